"""What there is to see in a sweep: the least value, the file's own point, slopes, a descent."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from msgspec import Struct, structs

from ...arithmetic.floating import FLOAT64
from ...problems import Refusal, refuse
from ...spec.records import NetworkSpec
from ..descent.descender import Descender
from ..descent.plan import Options, plan_of, standing_of
from ..descent.records import Overflowed
from ..differences.kinks import any_on_a_kink
from .grid import Varied
from .passes import SweepSubject, trace_at, value_at
from .records import Swept

Array = np.ndarray[Any, Any]
Coordinates = tuple[float, ...]
STEP = 1e-6
"""The step of the difference quotient that a slope is held against, in units of the entry."""
AGREE = 1e-4


class Spot(Struct, frozen=True):
    """One point: its coordinates, the value there, and the slopes along the axes, if any."""

    point: Coordinates
    value: float
    slopes: tuple[float, ...] = ()


_ROUNDING = 1e-13
"""Values that differ by less are the same but for rounding."""


class SweepReading(Struct, frozen=True):
    """What one sees: the least and the greatest point of the grid, the file's own, the path.

    ``border`` says of each axis whether the least point is at its end; ``beside`` are, on one
    axis, the slopes just before and just after the least point. ``missing`` points have no value.
    ``as_low`` and ``as_high`` are how many more points are as low or high, but for rounding.
    """

    least: Spot | None
    greatest: Spot | None
    own: Spot | None
    border: tuple[bool, ...]
    beside: tuple[float, float] | None
    missing: int
    path: tuple[Spot, ...] = ()
    stopped: str = ""
    as_low: int = 0
    as_high: int = 0


def reading_of(
    subject: SweepSubject, swept: Swept, path: tuple[tuple[Spot, ...], str]
) -> SweepReading:
    """Return what there is to see in a whole sweep."""
    values, grid = swept.values, swept.grid
    missing = int(np.isnan(values).sum())
    own_point = tuple(own_number(subject, place) for place in subject.places)
    own = _spot(subject, own_point)
    if missing == len(values):
        return SweepReading(None, None, own, (), None, missing, *path)
    low, high = int(np.nanargmin(values)), int(np.nanargmax(values))
    at = [int(n) for n in np.unravel_index(low, grid.shape)]
    border = tuple(n in (0, size - 1) for n, size in zip(at, grid.shape, strict=True))
    least = _spot(subject, grid.point(low)) or Spot(grid.point(low), float(values[low]))
    beside = None
    if len(grid.axes) == 1 and not any(border):
        found = [_slopes(subject, grid.point(low + side)) for side in (-1, 1)]
        if all(found):
            beside = (found[0][0], found[1][0])
    greatest = Spot(grid.point(high), float(values[high]))
    as_low, as_high = (
        int(np.isclose(values, values[at], rtol=_ROUNDING, atol=0).sum()) - 1 for at in (low, high)
    )
    return SweepReading(least, greatest, own, border, beside, missing, *path, as_low, as_high)


def own_number(subject: SweepSubject, place: Varied) -> float:
    """Return what the file has for an entry; NaN for a bias whose entries differ."""
    return number_of(subject.leaves[place.number], place.position)


def number_of(leaf: Array, position: tuple[int, ...] | None) -> float:
    """Return an entry of a leaf, or what all of its entries are; NaN where they differ."""
    if position is not None:
        return float(leaf[position])
    first = float(leaf.ravel()[0])
    return first if (leaf == first).all() else math.nan


def _spot(subject: SweepSubject, point: Coordinates) -> Spot | None:
    value = value_at(subject, point) if not any(map(math.isnan, point)) else math.nan
    return None if math.isnan(value) else Spot(point, value, _slopes(subject, point))


def _slopes(subject: SweepSubject, point: Coordinates) -> tuple[float, ...]:
    """Return ∂loss/∂(axis) of each axis by backpropagation, as far as differences agree with it.

    Nothing where what is asked for is not the loss, or at a kink, where there is no slope.
    """
    graph = subject.graph
    per_sample = any(graph.nodes[place.number].per_sample for place in subject.places)
    if subject.ref.gradient or subject.number != graph.end or (per_sample and graph.samples > 1):
        return ()
    if graph.loss is None or any(place.position is None for place in subject.places):
        return ()
    try:
        trace = trace_at(subject, point)
    except Refusal:
        return ()
    if any_on_a_kink(graph, {number: trace.values[number] for number in subject.leaves}):
        return ()
    found = []
    for axis, place in enumerate(subject.places):
        gradient = trace.gradients[place.number]
        slope = 0.0 if gradient is None else float(gradient[place.position])
        size = STEP * max(1.0, abs(point[axis]))
        ends = [
            value_at(subject, (*point[:axis], point[axis] + side * size, *point[axis + 1 :]))
            for side in (-1, 1)
        ]
        quotient = (ends[1] - ends[0]) / (2 * size)
        scale = max(abs(slope), 1e-10 * max(map(abs, ends)) / size, 1e-300)
        if not abs(quotient - slope) <= AGREE * scale:
            return ()
        found.append(slope)
    return tuple(found)


def descended(
    subject: SweepSubject, spec: NetworkSpec, options: Options, steps: int
) -> tuple[tuple[Spot, ...], str]:
    """Return the places that a descent in the varied parameters alone goes through.

    It begins at the file's numbers; every other parameter stays. Also why it stopped early, if so.
    """
    graph = subject.graph
    check_path(subject)
    plan = plan_of(graph, spec, options)
    frozen = {
        number: np.ones(graph.nodes[number].shape, dtype=bool)
        for number in graph.parameters.values()
    }
    for place in subject.places:
        frozen[place.number][... if place.position is None else place.position] = False
    plan = structs.replace(plan, frozen=frozen)
    descender = Descender(graph, plan, standing_of(graph, spec, plan, FLOAT64))
    found = []
    try:
        for taken in range(steps + 1):
            point = tuple(number_of(descender.leaves[p.number], p.position) for p in subject.places)
            found.append(Spot(point, float(descender.loss())))
            if taken < steps:
                descender.step()
    except Overflowed as overflow:
        return tuple(found), str(overflow)
    return tuple(found), ""


def check_path(subject: SweepSubject) -> None:
    """Refuse a path where no step moves what is varied, or where another thing is seen."""
    graph = subject.graph
    if subject.ref.gradient or subject.number != graph.end:
        message = f"--steps: a descent goes down the loss, and {subject.grid.of} is asked for"
        raise refuse(message, None, "leave --of or --steps out")
    for place, axis in zip(subject.places, subject.grid.axes, strict=True):
        if place.number not in graph.parameter_nodes or place.number in graph.data:
            message = f"--steps: {axis.name} is no parameter, which a step would move"
            raise refuse(message, None, f"vary one of {', '.join(graph.parameters)}")
        if place.position is None and math.prod(graph.nodes[place.number].shape) > 1:
            message = f"--steps: a step moves the entries of {axis.name} apart"
            raise refuse(message, None, f"vary one of them, such as {axis.name}[1]")
