"""Remedies in time, measured: other recurrent weights, a gate held open, and what is left then."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from msgspec import Struct

from ...arithmetic.floating import FLOAT64
from ...expression.refs import plain_name
from ...graph.parts import Parameter
from ...graph.records import Array
from ...graph.values import leaf_arrays
from ...problems import Refusal
from ..run import run_on
from ..trace import Trace
from .through_time import TimeHealth, time_healths

WORTH = 1.5
"""By what factor what is left must change for the better."""
FAR = 100.0
"""Times the last step's error above which it has grown too much on its way."""
OPENED = 1.0
"""What is added to the bias of the gate that a state is multiplied by."""
MOST_WRITTEN = 4
"""Units up to which a matrix is written out in the line to write."""


class TimeRemedy(Struct, frozen=True):
    """One change and what it does: ``what`` it is, the line to ``write``.

    ``before`` and ``after`` are the part of the last step's error that is left at ``step``, the
    first.
    """

    layer: int
    what: str
    write: str
    step: int
    before: float
    after: float


def time_remedies(trace: Trace, times: tuple[TimeHealth, ...]) -> tuple[TimeRemedy, ...]:
    """Return what keeps the last step's error on its way back in time, the best first.

    Where enough of it arrives at the first step, and not too much, there is nothing to mend.
    """
    found = []
    for position, health in enumerate(times):
        before = health.steps[-1].product
        if health.lost is None and before <= FAR:
            continue
        for what, write, changed in _changes(trace, health):
            after = _measured(trace, changed, position)
            if after and abs(np.log(after)) < abs(np.log(max(before, 1e-300))) - np.log(WORTH):
                step = health.steps[-1].step
                found.append(TimeRemedy(health.index, what, write, step, before, after))
    return tuple(sorted(found, key=lambda each: abs(float(np.log(each.after)))))


def _changes(trace: Trace, health: TimeHealth) -> Iterator[tuple[str, str, Mapping[int, Array]]]:
    """Yield what may be changed, the line to write, and the numbers that are then given."""
    graph = trace.graph
    layer = next(each for each in graph.layers if each.index == health.index)
    refs = {own.ref for own in health.weights}
    matrices = [own for own in layer.held if graph.nodes[own.node].ref in refs]
    if len(matrices) == 1:
        own = matrices[0]
        units = len(trace.values[own.node])
        rows = [[int(i == j) for j in range(units)] for i in range(units)]
        write = f"{own.key}: {rows}" if units <= MOST_WRITTEN else ""
        yield f"the identity in place of {_name(trace, own)}", write, {own.node: np.eye(units)}
    if health.lost is None:
        names = " and ".join(_name(trace, own) for own in matrices)
        yield f"{names} halved", "", {own.node: trace.values[own.node] / 2 for own in matrices}
        return
    for gate in health.kept:
        (z,) = graph.nodes[graph.number(gate.ref)].parents
        for own in layer.held:
            if own.kind == "bias" and own.node in graph.nodes[z].parents:
                more, sign = ("smaller", -1.0) if gate.complement else ("larger", 1.0)
                yield (
                    f"{_name(trace, own)} {more} by {OPENED:g}",
                    "",
                    {own.node: trace.values[own.node] + sign * OPENED},
                )


def _name(trace: Trace, own: Parameter) -> str:
    return plain_name(trace.graph.nodes[own.node].ref)


def _measured(trace: Trace, changed: Mapping[int, Array], position: int) -> float:
    """Return the part of the last step's error that is left at the first; 0 past a float."""
    graph = trace.graph
    try:
        times = time_healths(run_on(graph, {**leaf_arrays(graph, FLOAT64), **changed}))
    except Refusal:
        return 0.0
    return times[position].steps[-1].product
