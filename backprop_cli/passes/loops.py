"""Loops: the nodes of a recurrent layer, computed step by step, and their gradients step by step.

What crosses the border of a loop goes by whole arrays, as everywhere; only what the nodes read of
each other is taken a step at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from msgspec import Struct, structs

from ..arithmetic import Arithmetic
from ..functions.delayed import Delayed
from ..functions.rules import fold
from ..graph.records import Graph, Loop, Node

Array = np.ndarray[Any, Any]
StepChange = Callable[[Node, Array], Array]
Read = Callable[[int], Array]
"""The input of a rule at a step, from 0."""


class _LoopEdge(Struct, frozen=True):
    """What a node of the loop sends back within it: to which input, which position, how late."""

    consumer: int
    position: int
    late: bool


def loop_values(
    graph: Graph,
    xp: Arithmetic,
    loop: Loop,
    values: Sequence[Array] | Mapping[int, Array],
    *,
    change: StepChange | None = None,
) -> dict[int, Array]:
    """Return the values of the loop's nodes, (samples, steps, …), from those of all before it.

    ``change`` replaces a value of one step before it is used; the node that it gets is of that
    step: its ref has the step for an index.
    """
    found: dict[int, Array] = {}
    steps = [_forward(graph, xp, loop, number, values, found) for number in _numbers(loop)]
    before: int | None = None
    for t in loop.clock.order():
        for number, compute in steps:
            value = compute(t, before)
            if change is not None:
                value = change(_at_step(graph.nodes[number], t), value)
            array = found.get(number)
            if array is None:
                shape = (value.shape[0], loop.clock.steps, *value.shape[1:])
                array = found[number] = np.empty(shape, dtype=value.dtype)
            array[:, t] = value
        before = t
    return found


def loop_gradients(
    graph: Graph,
    xp: Arithmetic,
    loop: Loop,
    values: Sequence[Array],
    outside: Mapping[int, Array | None],
    *,
    change: StepChange | None = None,
) -> dict[int, Array]:
    """Return the gradients of the loop's nodes; ``outside`` is what comes from beyond it.

    The gradient at a step is what comes from outside, what the nodes of the same step send, and
    what those of the step after it send.
    """
    edges = _edges(graph, loop)
    reads = {number: _reads(graph, xp, loop, number, values) for number in _numbers(loop)}
    rules = {number: graph.rule(number).step_rule for number in _numbers(loop)}
    inside: dict[int, list[_LoopEdge]] = {number: [] for number in _numbers(loop)}
    for number, edge in edges:
        inside[number].append(edge)
    shapes = {number: (len(values[number]), *graph.nodes[number].shape[1:]) for number in inside}
    zeros = {n: xp.array(np.zeros(shape)) for n, shape in shapes.items()}
    totals: dict[int, list[Array]] = {n: [zeros[n]] * loop.clock.steps for n in inside}
    after: dict[int, Array] = {}
    later: dict[int, tuple[Array, ...]] = {}
    for t in reversed(loop.clock.order()):
        at: dict[int, Array] = {}
        inputs = {n: tuple(read(t) for read in reads[n]) for n in inside}
        cut = loop.clock.cut(t + 1)
        for number in reversed(_numbers(loop)):
            beyond = outside.get(number)
            total = None if beyond is None else beyond[:, t]
            for edge in inside[number]:
                if edge.late and (cut or edge.consumer not in after):
                    continue
                g = after[edge.consumer] if edge.late else at[edge.consumer]
                step = t + loop.clock.forth if edge.late else t
                used = later[edge.consumer] if edge.late else inputs[edge.consumer]
                out = values[edge.consumer][:, step]
                sent = rules[edge.consumer].share(xp, edge.position, g, out, *used)
                sent = fold(sent, shapes[number])
                total = sent if total is None else np.asarray(total + sent)
            gradient = zeros[number] if total is None else total
            if change is not None:
                gradient = change(_at_step(graph.nodes[number], t), gradient)
            at[number] = totals[number][t] = gradient
        after, later = at, inputs
    return {number: np.stack(each, axis=1) for number, each in totals.items()}


def without_cuts(graph: Graph) -> Graph:
    """Return the network with gradients that cross every step: nothing is truncated."""
    nodes = []
    for node in graph.nodes:
        rule = node.rule
        if isinstance(rule, Delayed) and rule.clock.truncate is not None:
            clock = structs.replace(rule.clock, truncate=None)
            node = structs.replace(node, rule=structs.replace(rule, clock=clock))
        nodes.append(node)
    loops = tuple(
        structs.replace(loop, clock=structs.replace(loop.clock, truncate=None))
        for loop in graph.loops
    )
    return structs.replace(graph, nodes=tuple(nodes), loops=loops)


def _at_step(node: Node, t: int) -> Node:
    """Return the node as it is at one step, counted from 0."""
    return structs.replace(node, ref=node.ref.at(t + 1), shape=node.shape[1:], axes=node.axes[1:])


def _numbers(loop: Loop) -> range:
    return range(loop.first, loop.last + 1)


def _edges(graph: Graph, loop: Loop) -> list[tuple[int, _LoopEdge]]:
    """Return the edges within the loop by the node that gets the share, later readers first."""
    return [
        (parent, _LoopEdge(number, position, position in graph.rule(number).late_inputs))
        for number in reversed(_numbers(loop))
        for position, parent in enumerate(graph.nodes[number].parents)
        if parent in loop
    ]


def _forward(
    graph: Graph,
    xp: Arithmetic,
    loop: Loop,
    number: int,
    values: Sequence[Array] | Mapping[int, Array],
    found: Mapping[int, Array],
) -> tuple[int, Callable[[int, int | None], Array]]:
    """Return how a node is computed at a step, given the step before."""
    rule = graph.rule(number)
    parents, late, own = graph.nodes[number].parents, rule.late_inputs, rule.step_rule
    count = len(own.operands) if rule is not own else len(parents)
    starts = {p: _start(graph, xp, parents[p], s, parents, values) for p, s in late.items()}

    def read(position: int, t: int, before: int | None) -> Array:
        parent = parents[position]
        if position in late:
            return starts[position] if before is None else found[parent][:, before]
        if parent in loop:
            return found[parent][:, t]
        array = values[parent]
        return array[:, t] if graph.nodes[parent].per_sample else array

    def compute(t: int, before: int | None) -> Array:
        return np.asarray(own.forward(xp, *[read(p, t, before) for p in range(count)]))

    return number, compute


def _reads(
    graph: Graph, xp: Arithmetic, loop: Loop, number: int, values: Sequence[Array]
) -> list[Read]:
    """Return how each input of a node is read at a step, when all values are known."""
    rule = graph.rule(number)
    parents, late, own = graph.nodes[number].parents, rule.late_inputs, rule.step_rule
    first, forth = loop.clock.first - 1, loop.clock.forth

    def reader(position: int) -> Read:
        parent = parents[position]
        array = values[parent]
        if position in late:
            start = _start(graph, xp, parent, late[position], parents, values)
            return lambda t: start if t == first else array[:, t - forth]
        per_sample = graph.nodes[parent].per_sample
        return (lambda t: array[:, t]) if per_sample else (lambda t: array)

    return [reader(p) for p in range(len(own.operands) if rule is not own else len(parents))]


def _start(
    graph: Graph,
    xp: Arithmetic,
    state: int,
    start: int | None,
    parents: tuple[int, ...],
    values: Sequence[Array] | Mapping[int, Array],
) -> Array:
    """Return the state before the first step, a row a sample."""
    shape = (graph.samples, *graph.nodes[state].shape[1:])
    if start is None:
        return xp.array(np.zeros(shape))
    return np.broadcast_to(values[parents[start]], shape)
