"""The shape of an activation: its range, its steepest slope, its kinks, where it is saturated.

Found from its values on a fine grid, every place then narrowed down between two grid points.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from msgspec import Struct

from ..arithmetic.floating import FLOAT64
from ..functions.elementwise import Elementwise
from ..mathematics.formulas import Kink
from ..passes.health.units import SATURATED, VERY_FAR, levels_off

FAR = 60.0
"""Past ±FAR every function of the table is its limit, or grows, to double precision."""
NEAR = 12.0
"""A bound that is not reached within ±NEAR is not reached at all."""
GRID = 48001
Function = Callable[[float], float]


class Interval(Struct, frozen=True):
    """The values of z, or of f, from ``low`` to ``high``; an end may be infinite, or left out."""

    low: float
    high: float
    low_closed: bool = False
    high_closed: bool = False


class Steepest(Struct, frozen=True):
    """The largest |f′|: at one ``at``, on the whole range ``over``, or only in the limit."""

    size: float
    at: tuple[float, ...] = ()
    over: Interval | None = None
    limit: float | None = None


class CurveShape(Struct, frozen=True):
    """What there is to say of a function and its derivative.

    ``saturated`` is where f levels off and |f′| is under 5 % of its largest; ``off`` where both
    are 0, so that no error passes.
    """

    range: Interval
    steepest: Steepest
    kinks: tuple[tuple[float, Kink], ...]
    saturated: tuple[Interval, ...]
    off: tuple[Interval, ...] = ()


def functions_of(rule: Elementwise) -> tuple[Function, Function]:
    """Return f and f′ of single numbers."""

    def value(z: float) -> float:
        with np.errstate(all="ignore"):
            return float(rule.forward(FLOAT64, np.array([z]))[0])

    def slope(z: float) -> float:
        array = np.array([z])
        with np.errstate(all="ignore"):
            return float(np.ravel(rule.slope(FLOAT64, array, rule.forward(FLOAT64, array)))[0])

    return value, slope


def sampled(rule: Elementwise, z: Any) -> tuple[Any, Any]:
    """Return f and f′ on a grid."""
    with np.errstate(all="ignore"):
        a = np.asarray(rule.forward(FLOAT64, z), dtype=float)
        slope = np.asarray(rule.slope(FLOAT64, z, a), dtype=float)
    return a, np.broadcast_to(slope, z.shape)


def shape_of(rule: Elementwise) -> CurveShape:
    """Return the shape of an activation with its settings."""
    z = np.linspace(-FAR, FAR, GRID)
    a, slope = sampled(rule, z)
    value, derivative = functions_of(rule)
    kinks = tuple((_number(kink.at), kink) for kink in rule.activation.kinks)
    steepest = _steepest(z, np.abs(slope), derivative)
    bound = SATURATED * steepest.size
    level = _level(rule, z, np.abs(slope), derivative, bound)
    off = tuple(span for span, (first, last) in level if not a[first : last + 1].any())
    saturated = tuple(span for span, _ in level if span not in off)
    return CurveShape(_range(z, a, value), steepest, kinks, saturated, off)


def _number(text: str) -> float:
    from ..expression.evaluate import evaluate
    from ..mathematics.formulas import formula

    return float(evaluate(formula(text), {}, FLOAT64))


def _range(z: Any, a: Any, value: Function) -> Interval:
    """Return the values that f takes: an end is closed where it is reached."""
    low, low_closed = _end(z, a, value)
    high, high_closed = _end(z, -a, lambda x: -value(x))
    return Interval(low, -high, low_closed, high_closed)


def _end(z: Any, a: Any, value: Function) -> tuple[float, bool]:
    """Return the greatest lower bound of f, and whether it is reached."""
    limit = round(min(value(-VERY_FAR), value(VERY_FAR)), 12) + 0.0
    if limit < -1e9:
        return -math.inf, False
    place = int(np.argmin(a))
    least = value(_lowest(value, z, place))
    near = np.abs(z) <= NEAR
    if least < limit - 1e-6:
        return least, True
    return limit, bool(a[near].min() <= limit + 1e-12)


def _lowest(function: Function, z: Any, place: int) -> float:
    """Return where the function is least around a grid point, by golden sections."""
    low, high = float(z[max(place - 1, 0)]), float(z[min(place + 1, len(z) - 1)])
    ratio = (math.sqrt(5) - 1) / 2
    for _ in range(80):
        left, right = high - ratio * (high - low), low + ratio * (high - low)
        if function(left) <= function(right):
            high = right
        else:
            low = left
    return (low + high) / 2


def _steepest(z: Any, size: Any, derivative: Function) -> Steepest:
    """Return the largest |f′|, and where it is reached."""
    most = float(size.max())
    below, above = (round(abs(derivative(x)), 12) for x in (-VERY_FAR, VERY_FAR))
    flat = np.isclose(size, most, rtol=1e-12, atol=0)
    near = np.abs(z) <= NEAR
    if flat.all():
        return Steepest(most, over=Interval(-math.inf, math.inf))
    if not flat[near].any():
        return Steepest(max(below, above), limit=math.inf if above >= below else -math.inf)
    runs = _runs(flat)
    first, last = runs[0]
    if last - first > 2:
        at_low = -math.inf if first == 0 else _boundary(z, first, derivative, most, rising=True)
        at_high = math.inf
        if last < len(z) - 1:
            at_high = _boundary(z, last, derivative, most, rising=False)
        closed = [
            math.isfinite(end) and math.isclose(abs(derivative(end)), most)
            for end in (at_low, at_high)
        ]
        return Steepest(most, over=Interval(at_low, at_high, *closed))
    places = []
    for first, last in runs:
        at = _lowest(lambda x: -abs(derivative(x)), z, (first + last) // 2)
        grid = float(z[(first + last) // 2])
        places.append(grid if abs(derivative(grid)) >= abs(derivative(at)) else at)
    return Steepest(abs(derivative(places[0])), at=tuple(places))


def _boundary(z: Any, place: int, derivative: Function, most: float, *, rising: bool) -> float:
    """Return where |f′| jumps to its largest value, between a grid point and the one outside."""
    inside, outside = float(z[place]), float(z[place - 1 if rising else place + 1])
    for _ in range(80):
        middle = (inside + outside) / 2
        if math.isclose(abs(derivative(middle)), most, rel_tol=1e-12):
            inside = middle
        else:
            outside = middle
    return round((inside + outside) / 2, 9) + 0.0


def _level(
    rule: Elementwise, z: Any, size: Any, derivative: Function, bound: float
) -> list[tuple[Interval, tuple[int, int]]]:
    """Return the ends of the line where f levels off, |f′| staying below the bound."""
    found = []
    for first, last in _runs(size < bound):
        low = high = math.inf
        if first == 0 and last < len(z) - 1 and levels_off(rule, -1):
            low, high = -math.inf, _crossing(derivative, bound, z[last + 1], z[last])
        elif last == len(z) - 1 and first > 0 and levels_off(rule, 1):
            low = _crossing(derivative, bound, z[first - 1], z[first])
        else:
            continue
        found.append((Interval(low, high), (first, last)))
    return found


def _crossing(derivative: Function, bound: float, steep: float, flat: float) -> float:
    """Return where |f′| falls below the bound, between a steep and a flat point."""
    steep, flat = float(steep), float(flat)
    for _ in range(80):
        middle = (steep + flat) / 2
        if abs(derivative(middle)) < bound:
            flat = middle
        else:
            steep = middle
    return round((steep + flat) / 2, 9) + 0.0


def _runs(mask: Any) -> list[tuple[int, int]]:
    """Return the first and last position of each stretch that is true."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], mask.astype(int), [0]))))
    return [(int(a), int(b) - 1) for a, b in zip(edges[::2], edges[1::2], strict=True)]
