"""What the nodes of a loop read at a step, of whom, and how arrays lie inside of it.

What crosses the border of a loop goes by whole arrays, as everywhere; only what the nodes read of
each other is taken a step at a time. Inside, arrays are (steps, samples, …).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from msgspec import Struct, structs

from ...arithmetic import Arithmetic
from ...functions.delayed import Delayed
from ...graph.records import Graph, Loop, Node

Array = np.ndarray[Any, Any]
LoopValues = Sequence[Array] | Mapping[int, Array]
StepChange = Callable[[Node, Array], Array]
Read = Callable[[int], Array]
"""An input of a rule at a step, from 0."""


def by_step(array: Array, *, dense: bool = False) -> Array:
    """Return the array with steps and samples exchanged."""
    found = array.swapaxes(0, 1)
    return np.ascontiguousarray(found) if dense else found


def at_step(node: Node, t: int) -> Node:
    """Return the node as it is at one step, counted from 0."""
    return structs.replace(node, ref=node.ref.at(t + 1), shape=node.shape[1:], axes=node.axes[1:])


def reads_of(
    graph: Graph,
    xp: Arithmetic,
    loop: Loop,
    number: int,
    values: LoopValues,
    found: Mapping[int, Array],
) -> list[Read]:
    """Return how each input of a node is read at a step, while the loop's values are ``found``."""
    rule = graph.rule(number)
    parents, late, own = graph.nodes[number].parents, rule.late_inputs, rule.step_rule
    clock = loop.clock
    ends = clock.ends(graph.samples)

    def reader(position: int) -> Read:
        parent = parents[position]
        if parent not in loop:
            array = values[parent]
            by_step = array.swapaxes(0, 1) if array.ndim > 1 else array
            return (lambda t: by_step[t]) if graph.nodes[parent].per_sample else (lambda t: array)
        if position not in late:
            return lambda t: found[parent][t]
        start = start_of(graph, xp, parent, late[position], parents, values)
        first, forth = clock.first - 1, clock.forth

        def before(t: int) -> Array:
            if t == first:
                return start
            state: Array = found[parent][t - forth]
            if clock.reverse and clock.lengths:
                state = np.where((ends == t + 1)[:, None], start, state)
            return state

        return before

    return [reader(p) for p in range(len(own.operands) if rule is not own else len(parents))]


def start_of(
    graph: Graph,
    xp: Arithmetic,
    state: int,
    start: int | None,
    parents: tuple[int, ...],
    values: LoopValues,
) -> Array:
    """Return the state before the first step, a row a sample."""
    shape = (graph.samples, *graph.nodes[state].shape[1:])
    if start is None:
        return xp.array(np.zeros(shape))
    return np.broadcast_to(values[parents[start]], shape)


class Always(Struct, frozen=True):
    """An input that is the same at every step."""

    array: Array

    def __getitem__(self, step: Any) -> Array:
        return self.array


def wholes(
    graph: Graph, xp: Arithmetic, loop: Loop, values: LoopValues
) -> dict[int, list[Array | Always]]:
    """Return what the inputs of each node are at every step, when all values are known."""
    late: dict[tuple[int, int | None], Array] = {}
    steps: dict[int, Array | Always] = {}
    found: dict[int, list[Array | Always]] = {}
    for number in loop.numbers:
        rule, parents = graph.rule(number), graph.nodes[number].parents
        found[number] = []
        for position, parent in enumerate(parents[: len(rule.step_rule.operands)]):
            if position in rule.late_inputs:
                at = rule.late_inputs[position]
                key = parent, None if at is None else parents[at]
                if key not in late:
                    start = start_of(graph, xp, parent, at, parents, values)
                    late[key] = by_step(loop.clock.shifted(values[parent], start), dense=True)
                found[number].append(late[key])
                continue
            if parent not in steps:
                array = values[parent]
                mine = graph.nodes[parent].per_sample
                steps[parent] = by_step(array, dense=parent not in loop) if mine else Always(array)
            found[number].append(steps[parent])
    return found


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
