"""What the nodes of a loop read at a step, of whom, and how arrays lie inside of it.

What crosses the border of a loop goes by whole arrays, as everywhere; only what the nodes read of
each other is taken a step at a time. Inside, arrays are (steps, samples, …).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from msgspec import Struct, structs

from ...arithmetic import Arithmetic
from ...functions.delayed import Clock, Delayed
from ...graph.parts import Loop, Node
from ...graph.records import Graph

Array = np.ndarray[Any, Any]
LoopValues = Sequence[Array] | Mapping[int, Array]
BLOCK = 1 << 16
"""How many numbers of one array a block of steps has at most: half a megabyte."""
StepChange = Callable[[Node, Array], Array]


def by_step(array: Array) -> Array:
    """Return the array with steps and samples exchanged."""
    return array.swapaxes(0, 1)


def at_step(node: Node, t: int) -> Node:
    """Return the node as it is at one step, counted from 0."""
    return structs.replace(node, ref=node.ref.at(t + 1), shape=node.shape[1:], axes=node.axes[1:])


def held_once(arrays: Iterable[Array]) -> list[Array]:
    """Return what holds the arrays: columns of one array are looked at once, with the others."""
    wholes = (a if a.flags.c_contiguous or a.base is None else a.base for a in arrays)
    return list({id(whole): whole for whole in wholes}.values())


class Always(Struct, frozen=True):
    """An input that is the same at every step."""

    array: Array

    def __getitem__(self, step: Any) -> Array:
        return self.array


class Late(Struct, frozen=True):
    """A state as each step reads it: that of the step before, ``start`` before the first.

    ``begins`` says at which step each sample begins, where each has a step of its own.
    """

    state: Array
    start: Array
    forth: int
    begins: Array | None

    def __getitem__(self, steps: Any) -> Array:
        if isinstance(steps, slice):
            return self._block(range(len(self.state))[steps])
        before = steps - self.forth
        found: Array = self.state[before] if 0 <= before < len(self.state) else self.start
        if self.begins is None:
            return found
        return np.where((self.begins == steps)[:, None], self.start, found)

    def _block(self, steps: range) -> Array:
        forth, count = self.forth, len(self.state)
        first, last = steps[0] - forth, steps[-1] - forth
        found: Array = self.state[max(first, 0) : last + 1]
        if first < 0:
            found = np.concatenate((self.start[None], found))
        elif last == count:
            found = np.concatenate((found, self.start[None]))
        if self.begins is None:
            return found
        begin = np.array(steps)[:, None] == self.begins
        return np.where(begin[:, :, None], self.start, found)


Read = Array | Always | Late
"""An input of a rule at every step: by a step from 0, or by a slice of them."""


def reads_of(
    graph: Graph, xp: Arithmetic, loop: Loop, values: LoopValues, found: Mapping[int, Array]
) -> dict[int, list[Read]]:
    """Return what the inputs of each node are at every step.

    ``found`` are the values of the loop's nodes, (steps, samples, …), which may be found later.
    """
    clock, starts = loop.clock, dict[tuple[int, int | None], Array]()
    apart = clock.reverse and bool(clock.lengths)
    begins = clock.firsts(graph.samples) if apart else None

    def read(parents: tuple[int, ...], position: int, late: Mapping[int, int | None]) -> Read:
        parent = parents[position]
        if position in late:
            key = parent, late[position]
            if key not in starts:
                starts[key] = _start(graph, xp, parent, late[position], parents, values)
            return Late(found[parent], starts[key], clock.forth, begins)
        if parent in loop:
            return found[parent]
        array = values[parent]
        return by_step(array) if graph.nodes[parent].per_sample else Always(array)

    every: dict[int, list[Read]] = {}
    for number in loop.numbers:
        rule, parents = graph.rule(number), graph.nodes[number].parents
        inputs = range(len(parents[: len(rule.step_rule.operands)]))
        every[number] = [read(parents, position, rule.late_inputs) for position in inputs]
    return every


def _start(
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


def steps_of(size: int) -> int:
    """Return how many steps of so many numbers a block has."""
    return max(1, BLOCK // max(1, size))


def blocks(clock: Clock, size: int) -> list[tuple[slice, range]]:
    """Return the steps in blocks, as they are computed; a step has ``size`` numbers at most.

    Of each: the slice, and its steps in their order. What is done with a block at once is done
    while its numbers are near.
    """
    count = steps_of(size)
    found = []
    for first in range(0, clock.steps, count):
        steps = range(first, min(first + count, clock.steps))
        found.append((slice(first, steps.stop), steps[:: clock.forth]))
    return found[:: clock.forth]


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
