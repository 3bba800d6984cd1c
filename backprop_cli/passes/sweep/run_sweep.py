"""One sweep, or one part of it, from the network's file: what another process can do as well."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from msgspec import Struct

from ...graph.build import build
from ...graph.records import Graph
from ...problems import refuse
from ...spec.records import NetworkSpec
from .grid import check_size, grid_of
from .passes import SweepSubject, subject_of, values_at
from .records import Swept


class PlannedSweep(Struct, frozen=True):
    """A sweep before its first point: what is computed, at which points."""

    subject: SweepSubject
    part: tuple[int, int]

    @property
    def span(self) -> range:
        """The points."""
        return self.subject.grid.part(*self.part)


def run_sweep(
    spec: NetworkSpec, over: tuple[str, ...], of: str | None = None, part: tuple[int, int] = (1, 1)
) -> Swept:
    """Return the quantity (the loss, if none is named) at the points of a part of the grid.

    ``over`` are ``NAME=LOW:HIGH:COUNT`` or ``NAME=A,B,C``. Raises Refusal for what is none of them.
    """
    return taken(spec, begun(build(spec), over, of, part))


def begun(
    graph: Graph, over: tuple[str, ...], of: str | None, part: tuple[int, int]
) -> PlannedSweep:
    """Return a sweep that can begin; raise Refusal for what is no entry, no range, no part."""
    number, count = part
    if not 1 <= number <= count:
        message = f"--part {number}/{count}: parts count from 1 to their number"
        raise refuse(message, None, f"write --part 1/{max(1, count)}")
    grid = grid_of(graph, over, of)
    if count > grid.size:
        message = f"--part {number}/{count}: there are only {grid.size} points"
        raise refuse(message, None, f"cut them into {grid.size} parts or fewer")
    check_size(grid.count(number, count))
    return PlannedSweep(subject_of(graph, grid), part)


def taken(
    spec: NetworkSpec, asked: PlannedSweep, tell: Callable[[int], None] | None = None
) -> Swept:
    """Return what is found at the points; ``tell`` hears how many are done."""
    values = values_at(asked.subject, asked.span, tell)
    return Swept(spec.source.name, digest_of(spec), asked.subject.grid, values, asked.part)


def digest_of(spec: NetworkSpec) -> str:
    """Return what tells one network's text from another's."""
    return hashlib.sha256(spec.source.text.encode()).hexdigest()[:16]
