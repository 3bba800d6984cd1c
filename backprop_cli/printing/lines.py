"""A line of numbers: a substituted form, redone with other numbers in their places."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from msgspec import Struct

from ..arithmetic.floating import Float64
from ..expression.evaluate import Scalars, evaluate
from ..expression.tree import (
    Add,
    Call,
    Cases,
    Compare,
    Constant,
    Div,
    Expr,
    Hadamard,
    Known,
    MatMul,
    Matrix,
    Mul,
    Neg,
    Number,
    Pow,
    Transpose,
    numeric,
)
from ..expression.walking import walk
from ..mathematics.activations import spelled_out
from ..mathematics.elementary import ELEMENTARY

Figures = Mapping[Any, Any]
"""What each number is as it is printed; one that is missing is itself."""
MOST_APART = 12
"""In a line of more different numbers than these all are rounded alike."""
_INSIDE = (Add, Mul, Neg, Div, Pow, Call, Cases, Compare, Constant)
_MATRIX = (Matrix, MatMul, Hadamard, Transpose)
_ADDS_UP = ("sum", "mean")
"""What is computed of a matrix, of all of it or along an axis."""
_ONES = Constant("ones")


class NumberLine(Struct, frozen=True):
    """A form of numbers alone: groups of them that are rounded alike, and what they give.

    ``form`` has its functions written out. ``value`` takes the numbers that are to be others, as
    they are printed. A matrix's column, which shares its decimals, is the tuple of its numbers.
    """

    form: Expr
    groups: tuple[frozenset[Any], ...]
    value: Callable[[Figures], Any]
    tall: bool = False


def line_of(form: Expr) -> NumberLine | None:
    """Return the form as a line, if it is put together of numbers alone."""
    values: dict[Any, None] = {}
    tall = calls = False
    for node in walk(form):
        if isinstance(node, Number | Known):
            values[node.value] = None
        elif _is_array(node):
            tall = True
            if isinstance(node, Matrix):
                columns = map(_numbers, zip(*node.rows, strict=True))
                values |= dict.fromkeys(column for column in columns if None not in column)
        elif not isinstance(node, _INSIDE):
            return None
        calls = calls or isinstance(node, Call)
    if not values:
        return None
    computed = spelled_out(form) if calls else form
    if (calls or tall) and not all(map(_is_computed, walk(computed))):
        return None
    apart = not tall and len(values) <= MOST_APART
    groups = tuple(frozenset({v}) for v in values) if apart else (frozenset(values),)
    value = functools.partial(_value if tall else _number, computed)
    return NumberLine(computed, groups, value, tall)


def _is_computed(node: Expr) -> bool:
    """Return whether the node has a value here: a known function, and of no matrices."""
    if isinstance(node, Call) and node.function in _ADDS_UP:
        return _is_tall(node)
    if isinstance(node, Call) and node.function not in ELEMENTARY:
        return False
    if node == Constant("axis"):
        return True
    return not (isinstance(node, Call | Cases | Compare) and _is_tall(node))


def _is_tall(node: Expr) -> bool:
    return any(map(_is_array, walk(node)))


def _is_array(node: Expr) -> bool:
    return isinstance(node, _MATRIX) or node == _ONES


def _numbers(column: tuple[Expr, ...]) -> tuple[Any, ...]:
    return tuple(map(numeric, column))


class _Printed(Float64):
    """float64 in which some numbers are as they are printed."""

    def __init__(self, figures: Figures) -> None:
        self.figures = figures

    def number(self, value: Any) -> float:
        """Return the number as printed, or as it is where that is not given."""
        found = self.figures.get(value)
        return float(value) if found is None else found


def _number(node: Expr, figures: Figures) -> Any:
    """Return the value of a form without matrices; nan where it has none."""
    try:
        return evaluate(node, {}, _Printed(figures))
    except (ZeroDivisionError, OverflowError):
        return math.nan


def _value(node: Expr, figures: Figures) -> Any:
    """Return the form's value as it is printed, of a matrix its entries' in an array."""
    return array_of(node, _Printed(figures), figures)


def array_of(node: Expr, kind: Scalars, columns: Figures) -> Any:
    """Return a form's value in a kind of number; ``columns`` has those of a matrix's that differ.

    What a 𝟏 spreads out has a row or column of which there are many.
    """
    of = functools.partial(array_of, kind=kind, columns=columns)
    if not _is_tall(node):
        return np.asarray(evaluate(node, {}, kind))
    match node:
        case Constant():
            return np.asarray(kind.number(1.0))
        case Matrix(rows):
            return np.array([_column(c, of, columns) for c in zip(*rows, strict=True)]).T
        case Transpose(operand):
            return of(operand).T
        case MatMul(factors):
            return _product(factors, of)
        case Hadamard(factors) | Mul(factors):
            return functools.reduce(np.multiply, map(of, factors))
        case Add(terms):
            return functools.reduce(np.add, map(of, terms))
        case Neg(operand):
            return -of(operand)
        case Div(top, bottom):
            return of(top) / of(bottom)
        case Pow(base, exponent):
            return of(base) ** of(exponent)
        case Call(function, (inside,)) if function in _ADDS_UP:
            return _added(function, of(inside).reshape(1, -1), 1, kind)
        case Call(function, (inside, Compare(_, _, Number(axis)))) if function in _ADDS_UP:
            return _added(function, of(inside), int(axis) - 1, kind)
    raise TypeError(f"{type(node).__name__} of matrices has no value here")


def _added(function: str, array: Any, axis: int, kind: Scalars) -> Any:
    """Return the sums or means along an axis as a column, one of all as one number."""
    total = np.asarray(array.sum(axis=axis)).reshape(-1, 1)
    if function == "mean":
        total = total / kind.number(float(array.shape[axis]))
    return total if len(total) > 1 else total.reshape(())


def _column(entries: tuple[Expr, ...], of: Callable[[Expr], Any], columns: Figures) -> Any:
    printed = columns.get(_numbers(entries))
    return printed if printed is not None else [of(entry)[()] for entry in entries]


def _product(factors: tuple[Expr, ...], of: Callable[[Expr], Any]) -> Any:
    """Return a product of matrices from left to right; a matrix of one entry may be a number.

    A 𝟏 beside a matrix adds up its rows, a 𝟏ᵀ before one its columns; else they spread out.
    """
    found, adds_up = None, False
    for factor in factors:
        if factor == _ONES:
            found = None if found is None else found.sum(axis=1, keepdims=True)
        elif factor == Transpose(_ONES):
            adds_up = found is None
        elif adds_up:
            found, adds_up = of(factor).sum(axis=0, keepdims=True), False
        else:
            right = of(factor)
            apart = found is None or not found.ndim or not right.ndim
            found = right if found is None else found * right if apart else found @ right
    return np.asarray(1.0) if found is None else found
