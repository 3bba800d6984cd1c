"""The numbers that formulas are held to: each symbol has one of its own, and so has each operation.

A vector or a matrix is a matrix of two rows, anything else a real number. Sums, products,
quotients and what a calculator knows are themselves; any other operation is a smooth function
drawn for it, so that no two trees but those that mean the same have one value.
"""

from __future__ import annotations

import functools
import hashlib
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

Value = Any
"""A real number, or a 2 × 2 array of them."""

KNOWN: dict[str, Callable[[Value], Value]] = {
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "arctan": np.arctan,
}
CALCULATED = (*KNOWN, "ln")
NUMBERS = {"π": math.pi, "pi": math.pi, "e": math.e}


def generator(key: str) -> np.random.Generator:
    return np.random.default_rng(int.from_bytes(hashlib.blake2b(key.encode()).digest()[:8]))


@functools.lru_cache(maxsize=100_000)
def drawn(key: str, *, matrix: bool = False) -> Value:
    """Return the number, or the matrix, that stands for a symbol."""
    if key in NUMBERS:
        return NUMBERS[key]
    numbers = generator(f"{key} {matrix}").uniform(0.3, 1.7, (2, 2))
    return numbers if matrix else float(numbers[0, 0])


@functools.lru_cache(maxsize=100_000)
def _shape(name: str, count: int) -> Any:
    return generator(f"{name}/{count}").uniform(0.4, 1.4, (count, 3))


def applied(name: str, *arguments: Value) -> Value:
    """Return the value of a function that has this name, entry by entry.

    A large argument is brought near first: its rounding would be a whole turn of a sine.
    """
    if len(arguments) == 1:
        if name in KNOWN:
            return result(KNOWN[name](arguments[0]))
        if name == "ln" and is_positive(arguments[0]):
            return math.log(arguments[0])
    total: Value = 0.25
    for (size, speed, shift), argument in zip(_shape(name, len(arguments)), arguments, strict=True):
        total = total + size * np.sin(speed * np.arcsinh(argument) + shift)
    return result(total)


def result(value: Value) -> Value:
    return value if isinstance(value, np.ndarray) else float(value)


def is_positive(value: Value) -> bool:
    return not isinstance(value, np.ndarray) and value > 0


def differential(of: Value) -> Value:
    return applied("∂", of)


def summed(index: str, high: str, body: Value) -> Value:
    return applied(f"Σ {index} {high}", body)


def related(signs: Sequence[str], values: Sequence[Value]) -> Value:
    return applied(" ".join(signs), *values)


def absolute(value: Value) -> Value:
    return applied("| |", value)


def power(base: Value, exponent: Value) -> Value:
    if isinstance(base, np.ndarray) or isinstance(exponent, np.ndarray):
        return applied("^", base, exponent)
    return base**exponent if base > 0 or exponent == int(exponent) else applied("^", base, exponent)


def root(value: Value) -> Value:
    return math.sqrt(value) if is_positive(value) else applied("√", value)


def plus(one: Value, other: Value) -> Value:
    if isinstance(one, np.ndarray) and not isinstance(other, np.ndarray):
        other = other * np.eye(2)
    if isinstance(other, np.ndarray) and not isinstance(one, np.ndarray):
        one = one * np.eye(2)
    return one + other


def times(one: Value, other: Value) -> Value:
    both = isinstance(one, np.ndarray) and isinstance(other, np.ndarray)
    return one @ other if both else one * other


def over(top: Value, bottom: Value) -> Value:
    return top / bottom if not isinstance(bottom, np.ndarray) else applied("/", top, bottom)


def transposed(value: Value) -> Value:
    return value.T if isinstance(value, np.ndarray) else applied("T", value)


def matrix(rows: Sequence[Sequence[Value]]) -> Value:
    """Return one matrix of two rows for a matrix of any shape."""
    total: Value = np.zeros((2, 2))
    for i, row in enumerate(rows):
        for k, entry in enumerate(row):
            total = total + entry * drawn(f"entry {i} {k}", matrix=True)
    return total


def agree(one: Value, other: Value) -> bool | None:
    """Return whether two values are one; None where there is none, or none that can be told."""
    if not all(np.all(np.isfinite(side)) and np.max(np.abs(side)) < 1e9 for side in (one, other)):
        return None
    same_kind = isinstance(one, np.ndarray) == isinstance(other, np.ndarray)
    return same_kind and bool(np.allclose(one, other, rtol=1e-6, atol=1e-8))
