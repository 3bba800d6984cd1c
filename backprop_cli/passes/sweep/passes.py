"""The quantity at the points of a grid: by one pass over many points, or a pass a point."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from msgspec import Struct

from ...arithmetic.floating import FLOAT64
from ...arithmetic.points import POINTS, Many, Undecided, stacked
from ...expression.refs import Ref
from ...functions.losses import LossTerms
from ...graph.names import scores_behind
from ...graph.records import Graph
from ...graph.values import leaf_arrays
from ...problems import Refusal
from ..run import check_fit, check_numbers, run_on
from ..trace import Trace, backward, forward
from .grid import Grid, Varied, asked, varied

Array = np.ndarray[Any, Any]
MOST_WORK = 20_000
"""Multiplications of a pass past which a pass a point is faster than one over many."""
HELD = 4_000_000
"""Numbers that one pass over many points may have in its nodes."""
MOST_AT_ONCE = 8192
"""Points of one pass: with more of them the vectors leave the processor's cache."""


class SweepSubject(Struct, frozen=True):
    """What is computed at every point: the graph, the grid, each axis's leaf, the quantity."""

    graph: Graph
    grid: Grid
    leaves: dict[int, Array]
    places: tuple[Varied, ...]
    ref: Ref
    number: int

    @property
    def until(self) -> int | None:
        """The last node that must be computed, where not all must."""
        return None if self.ref.gradient else self.number


def subject_of(graph: Graph, grid: Grid) -> SweepSubject:
    """Return what is computed; raise Refusal where numbers are missing."""
    ref = asked(graph, grid.of)
    number = graph.number(scores_behind(ref, graph))
    check_numbers(graph, only_forward=not ref.gradient and number <= graph.output)
    places = tuple(varied(graph, axis.name) for axis in grid.axes)
    return SweepSubject(graph, grid, leaf_arrays(graph, FLOAT64), places, ref, number)


def values_at(
    subject: SweepSubject, span: range, tell: Callable[[int], None] | None = None
) -> Array:
    """Return the quantity at the points of the span; NaN where a pass there is refused.

    ``tell`` hears how many points are done.
    """
    found = np.full(len(span), np.nan)
    size = _at_once(subject.graph)
    together = size > 1
    for start in range(0, len(span), max(1, size)):
        some = span[start : start + max(1, size)]
        vectors = subject.grid.coordinates(some)
        here = found[start : start + len(some)]
        if together:
            try:
                here[...] = _together(subject, vectors)
            except (Undecided, ZeroDivisionError, OverflowError):
                together = False
        for at in np.flatnonzero(np.isnan(here)).tolist():
            here[at] = value_at(subject, tuple(float(vector[at]) for vector in vectors))
            if tell is not None:
                tell(start + at + 1)
        if tell is not None:
            tell(start + len(some))
    return found


def trace_at(subject: SweepSubject, point: tuple[float, ...]) -> Trace:
    """Return the whole trace at one point; raise Refusal where there is none."""
    return run_on(subject.graph, _moved(subject, point, subject.leaves))


def value_at(subject: SweepSubject, point: tuple[float, ...]) -> float:
    """Return the quantity at one point by a pass of its own; NaN where it is refused."""
    graph, until = subject.graph, subject.until
    try:
        values = forward(graph, FLOAT64, _moved(subject, point, subject.leaves), until=until)
        if _reads(subject):
            check_fit(graph, values)
        trace = Trace(graph, FLOAT64, values)
        if subject.ref.gradient:
            needed, whole = frozenset((subject.number,)), graph.loop(subject.number) is not None
            trace = backward(graph, FLOAT64, values, needed=needed, whole=whole)
        return float(trace.array(subject.ref))
    except Refusal:
        return math.nan


def _together(subject: SweepSubject, vectors: list[Array]) -> Array:
    """Return the quantity at many points by one pass; NaN where something is not finite."""
    graph = subject.graph
    if _reads(subject) == "signs" and any(graph.target == place.number for place in subject.places):
        raise Undecided
    numbers = tuple(map(Many, vectors))
    lifted = {number: POINTS.array(leaf) for number, leaf in subject.leaves.items()}
    with np.errstate(all="ignore"):
        values = forward(graph, POINTS, _moved(subject, numbers, lifted), until=subject.until)
        trace = Trace(graph, POINTS, values)
        if subject.ref.gradient:
            trace = backward(graph, POINTS, values)
    found = stacked(trace.array(subject.ref))
    whole = np.ones(len(vectors[0]), dtype=bool)
    for (*_, watched), value in zip(graph.plan, values, strict=False):
        if watched:
            every = stacked(value)
            whole &= np.isfinite(every).reshape(-1, every.shape[-1]).all(axis=0)
    if _reads(subject) in ("probabilities", "distribution"):
        outputs = stacked(values[graph.output])
        whole &= ((outputs >= 0) & (outputs <= 1)).reshape(-1, outputs.shape[-1]).all(axis=0)
    return np.where(whole & np.isfinite(found), found, np.nan)


def _moved(
    subject: SweepSubject, point: tuple[Any, ...], leaves: dict[int, Array]
) -> dict[int, Array]:
    """Return the leaves with the point's numbers put in."""
    found = dict(leaves)
    for place, number in zip(subject.places, point, strict=True):
        if found[place.number] is leaves[place.number]:
            found[place.number] = leaves[place.number].copy()
        found[place.number][... if place.position is None else place.position] = number
    return found


def _reads(subject: SweepSubject) -> str:
    """Return what the loss takes, where the pass comes to it: numbers, probabilities, signs."""
    graph = subject.graph
    rule = None if graph.terms is None else graph.nodes[graph.terms].rule
    past = graph.terms is not None and (subject.ref.gradient or subject.number >= graph.terms)
    return rule.loss.takes if past and isinstance(rule, LossTerms) else ""


def _at_once(graph: Graph) -> int:
    """Return how many points one pass computes; 1 where a pass a point is faster."""
    work = numbers = 0
    for node in graph.nodes:
        rows = graph.samples if node.per_sample else 1
        own = rows * math.prod(node.shape)
        read = [math.prod(graph.nodes[parent].shape) for parent in node.parents]
        numbers += own
        work += max([own, *(graph.samples * each for each in read)])
    if work > MOST_WORK:
        return 1
    return max(2, min(MOST_AT_ONCE, HELD // max(1, numbers)))
