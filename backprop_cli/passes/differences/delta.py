"""The meaning of a gradient: δ·Δz beside what adding Δz to z really changes.

C(z + Δz) = C(z) + δ·Δz + ½ C″(z) Δz² + …, so what δ·Δz misses falls like Δz².
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from msgspec import Struct

from ...arithmetic.floating import FLOAT64
from ...expression.refs import Ref, plain_name, stored_index
from ...graph.records import Array, Graph
from ...problems import Refusal, refuse
from ..trace import Trace, forward
from .kinks import CrossedKink, kinks_between
from .moved import Moved

TIMES = (1.0, 0.1, 0.01)
"""The changes that are made, in units of the one asked for."""


class Change(Struct, frozen=True):
    """One change of the entry: what δ·Δz foretells, and what the cost really does."""

    by: float
    foretold: float
    cost: float
    actual: float
    kinks: tuple[CrossedKink, ...] = ()

    @property
    def missed(self) -> float:
        """The true change less δ·Δz."""
        return self.actual - self.foretold

    @property
    def bend(self) -> float:
        """What is missed over Δz²; infinite where that overflows."""
        return self.missed / self.by / self.by if self.by else math.inf


class Meaning(Struct, frozen=True):
    """An entry's gradient as a rate: the changes made, largest first.

    ``of`` is the cost that the gradient is of: the loss, or its own sample's. ``rounding`` is what
    floats may make of a difference of two costs.
    """

    graph: Graph
    ref: Ref
    of: Ref
    value: float
    gradient: float
    cost: float
    changes: tuple[Change, ...]
    rounding: float

    @property
    def kinks(self) -> tuple[CrossedKink, ...]:
        """The kinks between z and z + Δz, at the largest change."""
        return self.changes[0].kinks

    def tells(self, change: Change, times: float = 1.0) -> bool:
        """Return whether what is missed is more than so many times the rounding of the costs."""
        return abs(change.missed) > times * self.rounding


@np.errstate(all="ignore")
def meaning_of(trace: Trace, ref: Ref, by: float) -> Meaning:
    """Return what changing one entry by Δ, Δ/10 and Δ/100 does to the cost.

    ``ref`` names one entry; raise Refusal where the cost with Δ added is not finite.
    """
    graph = trace.graph
    number = graph.number(ref)
    index = stored_index(ref, graph.in_out)
    per_sample = graph.nodes[number].per_sample
    position = (int(ref.sample or 1) - 1, *index) if per_sample else index
    leaves = {leaf: trace.values[leaf] for leaf in graph.given}
    moved = Moved(graph, leaves, number, position)
    gradients = trace.gradients[number]
    gradient = 0.0 if gradients is None else float(gradients[position])
    value = float(trace.values[number][position])
    own = per_sample and graph.samples > 1 and graph.cost is not None
    row = position[0] if own else None
    here = _cost(graph, trace.values, row)
    if not math.isfinite(value + by):
        name = plain_name(ref, graph.in_out)
        raise refuse(f"--delta {by:g}: {name} overflows", None, "give a smaller change")
    changes = []
    for times in TIMES:
        step = by * times
        there = _cost(graph, _values(moved, step), row)
        real = (value + step) - value
        kinks = kinks_between(graph, moved.by, (0.0, step))
        change = Change(step, gradient * real, there, there - here, kinks)
        if not math.isfinite(change.missed):
            raise refuse(f"--delta {step:g}: the change overflows", None, "give a smaller change")
        changes.append(change)
    largest = max(abs(here), *(abs(change.cost) for change in changes))
    rounding = 8 * float(np.finfo(np.float64).eps) * largest
    of = Ref("cost", sample=row + 1) if row is not None else graph.nodes[graph.loss or 0].ref
    return Meaning(graph, ref, of, value, gradient, here, tuple(changes), rounding)


def _values(moved: Moved, step: float) -> Sequence[Array]:
    leaves, change = moved.by(step)
    try:
        return forward(moved.graph, FLOAT64, leaves, change=change, until=moved.graph.loss)
    except Refusal as refusal:
        reason = refusal.problems[0].message
        raise refuse(f"--delta {step:g}: {reason}", None, "give a smaller change") from None


def _cost(graph: Graph, values: Sequence[Array], row: int | None) -> float:
    """Return the loss, or one sample's own cost."""
    if row is None or graph.cost is None:
        return float(values[graph.loss or 0])
    return float(values[graph.cost][row])
