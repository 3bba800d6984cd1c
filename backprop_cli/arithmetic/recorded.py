"""Single numbers that write down what is done to them: each step a call on two floats.

A rule run on them once gives its own operations in its own order, so that floats put through the
steps come out as numpy has them, to the last bit. A division by 0 raises where numpy goes on.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

import numpy as np

from ..expression.evaluate import COMPARISONS, evaluate
from ..expression.stable import stable
from ..expression.tree import Expr, Name
from ..mathematics.elementary import ELEMENTARY
from . import Array
from .floating import FLOAT64

FloatCall = Callable[[Any, Any], Any]
NumberAt = int | float
"""Where a step finds a number: its place among inputs and results; or a constant itself."""
FloatStep = tuple[FloatCall, NumberAt, NumberAt]


class Recorded:
    """A number by its place among the inputs and the results of steps."""

    __slots__ = ("place", "recorder")

    def __init__(self, place: int, recorder: Recorder) -> None:
        self.place, self.recorder = place, recorder

    def __add__(self, other: Any) -> Recorded:
        return self.recorder.step(operator.add, self, other)

    def __radd__(self, other: Any) -> Recorded:
        return self.recorder.step(operator.add, other, self)

    def __sub__(self, other: Any) -> Recorded:
        return self.recorder.step(operator.sub, self, other)

    def __rsub__(self, other: Any) -> Recorded:
        return self.recorder.step(operator.sub, other, self)

    def __mul__(self, other: Any) -> Recorded:
        return self.recorder.step(operator.mul, self, other)

    def __rmul__(self, other: Any) -> Recorded:
        return self.recorder.step(operator.mul, other, self)

    def __truediv__(self, other: Any) -> Recorded:
        return self.recorder.step(operator.truediv, self, other)

    def __rtruediv__(self, other: Any) -> Recorded:
        return self.recorder.step(operator.truediv, other, self)

    def __neg__(self) -> Recorded:
        # −0 − x is −x for every float, 0 and −0 too.
        return self.recorder.step(operator.sub, -0.0, self)

    def __bool__(self) -> NoReturn:
        raise TypeError("a recorded number has no value yet")


class Recorder:
    """The arithmetic of recorded numbers; ``steps`` are what was done, each result one place on."""

    name = "recorded"

    def __init__(self, inputs: int) -> None:
        self.steps: list[FloatStep] = []
        self.inputs = [Recorded(place, self) for place in range(inputs)]

    def step(self, call: FloatCall, left: Any, right: Any) -> Recorded:
        """Write down a call; return its result."""
        self.steps.append((call, placed(left), placed(right)))
        return Recorded(len(self.inputs) + len(self.steps) - 1, self)

    def applied(self, function: Callable[[Any], Any], number: Any) -> Any:
        """Return what a function of one number has as its value."""
        return self.step(lambda u, _: float(function(u)), number, number)

    def array(self, values: Array) -> Array:
        """Return the numbers as floats."""
        return FLOAT64.array(values)

    def written(self, number: Any) -> float:
        """Return the nearest float."""
        return FLOAT64.written(number)

    def elementwise(self, formula: Expr, names: Mapping[str, Any]) -> Any:
        """Return the formula's value."""
        leaves: dict[Expr, Any] = {Name(name): number for name, number in names.items()}
        return evaluate(stable(formula), leaves, self)

    def shifted(self, z: Array) -> NoReturn:
        """Raise: a single number is no row."""
        raise TypeError("single numbers have no rows")

    def scale(self, array: Array, divisor: int) -> Any:
        """Return array / divisor."""
        return array if divisor == 1 else array / divisor

    def number(self, value: Any) -> float:
        """Return the nearest float."""
        return float(value)

    def constant(self, name: str) -> float:
        """Return pi or e."""
        return FLOAT64.constant(name)

    def power(self, base: Any, exponent: Any) -> Any:
        """Return base ** exponent, small whole powers by multiplication, as floats have it."""
        if isinstance(exponent, float) and exponent.is_integer() and 0 < exponent <= 3:
            return FLOAT64.power(base, exponent)
        return self.step(_power, base, exponent)

    def call(self, function: str, arguments: list[Any]) -> Any:
        """Return the function's value, found as floats find it."""
        if len(arguments) == 1:
            if function in ELEMENTARY:
                return self.applied(ELEMENTARY[function].numpy, arguments[0])
            return self.applied(lambda u: FLOAT64.call(function, [u]), arguments[0])
        numpy = ELEMENTARY[function].numpy
        total = arguments[0]
        for more in arguments[1:]:
            total = self.step(lambda u, v: float(numpy(u, v)), total, more)
        return total

    def compare(self, comparison: str, left: Any, right: Any) -> Any:
        """Return whether left < right, and so on."""
        return self.step(COMPARISONS[comparison], left, right)

    def cases(self, pieces: list[tuple[Any, Callable[[], Any]]], otherwise: Any) -> Any:
        """Return the first piece whose condition holds; all are worked out, as arrays do."""
        result = otherwise()
        for condition, branch in reversed(pieces):
            result = self.step(_otherwise, self.step(_where, condition, branch()), result)
        return result


def placed(number: Any) -> NumberAt:
    """Return where a step finds a number, recorded or constant."""
    return number.place if isinstance(number, Recorded) else float(number)


def _power(base: float, exponent: float) -> float:
    return float(np.power(base, exponent))


def _where(holds: bool, value: float) -> float | None:
    return value if holds else None


def _otherwise(value: float | None, other: float) -> float:
    return other if value is None else value
