"""Numbers at many points at once: an entry of an array is a vector, its value at each point.

A pass on them is a pass for every point, whatever the rules: what is worked out entry by entry is
worked out in float64 for all points together; what depends on no point is a float. A rule that
decides something by comparing numbers cannot decide it for all points: that raises Undecided.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, NoReturn, cast

import numpy as np

from ..expression.tree import Expr
from . import Array
from .floating import FLOAT64


class Undecided(Exception):
    """Something was asked of a number that differs from point to point."""


def _undecided(*_: object) -> NoReturn:
    raise Undecided


class Many:
    """A number at many points: its values there."""

    __slots__ = ("values",)

    def __init__(self, values: Array) -> None:
        self.values = values

    def __add__(self, other: Any) -> Many:
        return _combined(self, other, np.add)

    def __radd__(self, other: Any) -> Many:
        return Many(other + self.values)

    def __sub__(self, other: Any) -> Many:
        return _combined(self, other, np.subtract)

    def __rsub__(self, other: Any) -> Many:
        return Many(other - self.values)

    def __mul__(self, other: Any) -> Many:
        return _combined(self, other, np.multiply)

    def __rmul__(self, other: Any) -> Many:
        return Many(other * self.values)

    def __truediv__(self, other: Any) -> Many:
        return _combined(self, other, np.divide)

    def __rtruediv__(self, other: Any) -> Many:
        return Many(np.divide(other, self.values))

    def __neg__(self) -> Many:
        return Many(-self.values)

    __bool__ = __float__ = __int__ = _undecided
    __lt__ = __le__ = __gt__ = __ge__ = _undecided
    __eq__ = __ne__ = _undecided
    __hash__ = None  # type: ignore[assignment]  # numbers that cannot be compared have none


def _combined(one: Many, other: Any, operate: Callable[[Any, Any], Array]) -> Many:
    """Return the result; an array takes the operation itself."""
    if isinstance(other, np.ndarray):
        return cast(Many, NotImplemented)
    return Many(operate(one.values, other.values if isinstance(other, Many) else other))


class ManyPoints:
    """The arithmetic of numbers at many points, in numpy object arrays."""

    name = "points"
    native = False

    def array(self, values: Array) -> Array:
        """Return numbers that are the same at every point."""
        return np.asarray(np.asarray(values, dtype=np.float64).astype(object))

    def written(self, number: Fraction | Expr) -> float:
        """Return the nearest float."""
        return FLOAT64.written(number)

    def elementwise(self, formula: Expr, names: Mapping[str, Array]) -> Array:
        """Return the formula's value, in float64, at all entries and points together."""
        return split(FLOAT64.elementwise(formula, {n: stacked(a) for n, a in names.items()}))

    def shifted(self, z: Array) -> Array:
        """Return z less each row's maximum."""
        every = stacked(z)
        return split(every - every.max(axis=-2, keepdims=True))

    def scale(self, array: Array, divisor: int) -> Array:
        """Return array / divisor."""
        return array if divisor == 1 else np.asarray(array / divisor, dtype=object)


def stacked(array: Array) -> Array:
    """Return the numbers as floats, the points along a last axis: of length 1 where all agree."""
    entries: list[Any] = np.asarray(array, dtype=object).ravel().tolist()
    count = next((len(each.values) for each in entries if isinstance(each, Many)), 1)
    found = np.empty((len(entries), count))
    for row, entry in zip(found, entries, strict=True):
        row[...] = entry.values if isinstance(entry, Many) else entry
    return found.reshape(*np.shape(array), count)


def split(floats: Array) -> Array:
    """Return floats whose last axis is the points as an array of numbers at many points."""
    *shape, count = floats.shape
    found = np.empty(floats.size // max(1, count), dtype=object)
    if count == 1:
        found[:] = floats.ravel().tolist()
    else:
        found[:] = [Many(row) for row in floats.reshape(-1, count)]
    return found.reshape(shape)


POINTS = ManyPoints()
