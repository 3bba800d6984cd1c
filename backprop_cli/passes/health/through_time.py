"""How the error of the last step fares on its way back in time, step by step.

The loss of one step alone, the last that has one, is sent back through a recurrent layer; the norm
of what reaches the states of each step before it is measured. For h_t = φ(W x_t + U h_{t−1} + b) no
step can multiply it by more than max|φ′|·‖U‖₂.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from msgspec import Struct

from ...arithmetic.floating import FLOAT64
from ...expression.refs import Ref
from ...functions.delayed import Delayed
from ...functions.entrywise import Entrywise
from ...functions.weighted import Weighted
from ...graph.parts import Layer, Loop
from ...graph.records import Array, Graph
from ..loops.gradients import loop_gradients
from ..loops.reading import without_cuts
from ..shares import arriving
from ..trace import Trace, backward
from .layers import largest_slope
from .norms import norm

LOST = 0.01
"""The part of the last step's error below which it counts as lost."""


class StepBack(Struct, frozen=True):
    """One step on the way back: what reaches it, by how much less than the step after it."""

    step: int
    norm: float
    factor: float
    product: float


class RecurrentWeights(Struct, frozen=True):
    """A matrix U: its 2-norm, and the size of its largest eigenvalue."""

    ref: Ref
    norm: float
    radius: float


class KeptBy(Struct, frozen=True):
    """A gate that a state is multiplied by, as g or (``complement``) 1 − g, and its mean."""

    ref: Ref
    mean: float
    complement: bool = False


class TimeHealth(Struct, frozen=True):
    """One recurrent layer: the way back, step by step, and what decides it.

    ``bound`` is what no step can exceed, where one is known; ``kept`` are the gates that a state
    is multiplied by on its way. ``lost`` is the step at which less than ``LOST`` is left.
    ``cut`` is, by parameter, the part of the gradient that a truncation leaves out.
    """

    index: int
    steps: tuple[StepBack, ...]
    weights: tuple[RecurrentWeights, ...]
    bound: float | None = None
    kept: tuple[KeptBy, ...] = ()
    lost: int | None = None
    cut: tuple[tuple[Ref, float], ...] = ()


def time_healths(trace: Trace) -> tuple[TimeHealth, ...]:
    """Return the health through time of each recurrent layer that the loss depends on."""
    found = []
    for layer in trace.graph.layers:
        for loop in trace.graph.loops:
            owned = any(n in loop for cell in layer.cells for n in cell.parts.values())
            if owned and trace.gradients[loop.last] is not None:
                found.append(_health(trace, layer, loop))
    return tuple(found)


def _health(trace: Trace, layer: Layer, loop: Loop) -> TimeHealth:
    graph = without_cuts(trace.graph)
    own = next(each for each in graph.loops if each.first == loop.first)
    sizes = _way_back(graph, trace, own)
    steps: list[StepBack] = []
    for step, size in sizes:
        before = steps[-1].norm if steps else size
        factor = size / before if before else 0.0
        steps.append(StepBack(step, size, factor, size / sizes[0][1] if sizes[0][1] else 0.0))
    lost = next((each.step for each in steps if each.product < LOST), None)
    weights = tuple(_weights(trace, loop))
    bound = None
    edges = [number for number in loop.numbers if isinstance(graph.rule(number), Delayed)]
    if len(edges) == 1 and len(weights) == 1:
        slope = largest_slope(graph.rule(layer.cells[-1].parts[layer.cells[-1].activated[0][1]]))
        bound = None if slope is None else slope * weights[0].norm
    cut = tuple(_left_out(trace, graph, layer)) if loop.clock.truncate is not None else ()
    return TimeHealth(
        layer.index, tuple(steps), weights, bound, tuple(_kept(trace, loop)), lost, cut
    )


def _states(graph: Graph, loop: Loop) -> list[int]:
    """Return the nodes that are read a step late."""
    found = {
        graph.nodes[number].parents[position]
        for number in loop.numbers
        for position in graph.rule(number).late_inputs
    }
    return sorted(found)


def _way_back(graph: Graph, trace: Trace, loop: Loop) -> list[tuple[int, float]]:
    """Return each step, the last first, with the norm of what one step's error is there."""
    values, gradients = trace.values, trace.gradients
    outside: dict[int, Array | None] = {
        number: arriving(graph, FLOAT64, number, values, gradients, past=loop)
        for number in loop.numbers
    }
    order = list(loop.clock.order())[::-1]
    felt = [g for g in outside.values() if g is not None]
    start = next((i for i, t in enumerate(order) if any(norm(g[:, t]) for g in felt)), 0)
    alone: dict[int, Array | None] = {}
    for number, gradient in outside.items():
        if gradient is not None:
            only = np.zeros(gradient.shape)
            only[:, order[start]] = gradient[:, order[start]]
            alone[number] = only
    found = loop_gradients(graph, FLOAT64, loop, values, alone).gradients
    states = _states(graph, loop)
    every = [np.concatenate([found[n][:, t].ravel() for n in states]) for t in order[start:]]
    return [(t + 1, norm(each)) for t, each in zip(order[start:], every, strict=True)]


def _weights(trace: Trace, loop: Loop) -> Iterator[RecurrentWeights]:
    for number in loop.numbers:
        rule, node = trace.graph.rule(number), trace.graph.nodes[number]
        if not isinstance(rule, Delayed) or not isinstance(rule.rule, Weighted):
            continue
        for term in rule.rule.terms:
            if term.vector in rule.late and term.matrix:
                parent = node.parents[rule.operands.index(term.weights)]
                matrix = trace.values[parent]
                radius = float(np.abs(np.linalg.eigvals(matrix)).max())
                ref = trace.graph.nodes[parent].ref
                yield RecurrentWeights(ref, float(np.linalg.norm(matrix, 2)), radius)


def _kept(trace: Trace, loop: Loop) -> Iterator[KeptBy]:
    """Yield the gates that a state is multiplied by on its way, and their mean."""
    for number in loop.numbers:
        rule, node = trace.graph.rule(number), trace.graph.nodes[number]
        if not isinstance(rule, Delayed) or not isinstance(rule.rule, Entrywise):
            continue
        for product in rule.rule.products:
            if any(factor.operand in rule.late for factor in product):
                for factor in product:
                    if factor.operand not in rule.late:
                        gate = node.parents[rule.operands.index(factor.operand)]
                        live = loop.clock.live(trace.graph.samples)
                        mean = float(trace.values[gate][live].mean())
                        ref = trace.graph.nodes[gate].ref
                        kept = 1 - mean if factor.complement else mean
                        yield KeptBy(ref, kept, factor.complement)


def _left_out(trace: Trace, graph: Graph, layer: Layer) -> Iterator[tuple[Ref, float]]:
    whole = backward(graph, FLOAT64, trace.values)
    for own in layer.held:
        full, cut = whole.gradients[own.node], trace.gradients[own.node]
        if full is not None and norm(full):
            rest = full if cut is None else full - cut
            yield trace.graph.nodes[own.node].ref, norm(rest) / norm(full)
