"""How far off floats may be: each operation's own rounding, and what the numbers bring along."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..arithmetic.floating import FLOAT64, Float64
from ..expression.evaluate import COMPARISONS, evaluate, first_that_holds
from ..expression.tree import Call, Expr
from ..expression.walking import holds
from ..mathematics.activations import spelled_out
from .lines import array_of, line_of
from .settings import HALF_ULP


class Uncertain:
    """A float with a bound on its error; a result's own rounding is half a unit of its last bit."""

    __slots__ = ("error", "half", "value")

    def __init__(self, value: float, error: float, half: float = HALF_ULP) -> None:
        self.value, self.error, self.half = value, error + abs(value) * half, half

    def __add__(self, other: Uncertain) -> Uncertain:
        return Uncertain(self.value + other.value, self.error + other.error, self.half)

    def __sub__(self, other: Uncertain) -> Uncertain:
        return Uncertain(self.value - other.value, self.error + other.error, self.half)

    def __mul__(self, other: Uncertain) -> Uncertain:
        error = abs(self.value) * other.error + abs(other.value) * self.error
        return Uncertain(self.value * other.value, error, self.half)

    def __truediv__(self, other: Uncertain) -> Uncertain:
        value = self.value / other.value
        return Uncertain(
            value, (self.error + abs(value) * other.error) / abs(other.value), self.half
        )

    def __pow__(self, exponent: Uncertain) -> Uncertain:
        return _power(FLOAT64.power, self, exponent)

    def __neg__(self) -> Uncertain:
        return Uncertain(-self.value, self.error, self.half)


class _Bounds(Float64):
    """Floats with their errors; ``known`` gives a number's own, where it is more than rounding."""

    def __init__(self, known: Callable[[Any], float], half: float) -> None:
        self.known, self.half = known, half

    def number(self, value: Any) -> Any:
        """Return the number, which is off by its rounding and by what it is known to."""
        return Uncertain(float(value), self.known(value), self.half)

    def constant(self, name: str) -> Any:
        """Return pi or e."""
        return Uncertain(super().constant(name), 0.0, self.half)

    def power(self, base: Any, exponent: Any) -> Any:
        """Return base ** exponent."""
        return _power(super().power, base, exponent)

    def call(self, function: str, arguments: list[Any]) -> Any:
        """Return an elementary function's value."""
        return _moved(lambda *values: super(_Bounds, self).call(function, list(values)), arguments)

    def compare(self, comparison: str, left: Any, right: Any) -> Any:
        """Return the comparison of the values."""
        return COMPARISONS[comparison](left.value, right.value)

    cases = staticmethod(first_that_holds)


def _power(power: Callable[..., Any], base: Uncertain, exponent: Uncertain) -> Uncertain:
    """Return base ** exponent; a whole exponent is one, and moved a negative base has no power."""
    if exponent.value.is_integer():
        return _moved(lambda value: power(value, exponent.value), [base])
    return _moved(power, [base, exponent])


def _moved(function: Callable[..., Any], arguments: list[Any]) -> Uncertain:
    """Return a function's value; its error is what the arguments' errors move it by."""
    values = [argument.value for argument in arguments]
    value = float(function(*values))
    error = 0.0
    for number, argument in enumerate(arguments):
        above, below = (
            float(function(*values[:number], argument.value + e, *values[number + 1 :]))
            for e in (argument.error, -argument.error)
        )
        error += abs(above - below) / 2
    return Uncertain(value, error, arguments[0].half)


def errors_of(form: Expr, known: Callable[[Any], float], half: float = HALF_ULP) -> Any:
    """Return how far off each entry of a form of matrices may be, None where it has no value."""
    line = line_of(form)
    if line is None or not line.tall:
        return None
    with np.errstate(all="ignore"):
        try:
            found = array_of(line.form, _Bounds(known, half), {})
        except (ZeroDivisionError, OverflowError):
            return None
    return np.vectorize(lambda each: each.error, otypes=[float])(found)


def error_of(
    form: Expr, known: Callable[[Any], float] = lambda value: 0.0, half: float = HALF_ULP
) -> float:
    """Return how far off the value of a form of numbers may be, computed in floats."""
    if holds(form, Call):
        form = spelled_out(form)
    with np.errstate(all="ignore"):
        try:
            return float(evaluate(form, {}, _Bounds(known, half)).error)
        except (ZeroDivisionError, OverflowError):
            return math.inf
