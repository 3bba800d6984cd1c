"""The forward pass of a loop: each node's value, step by step."""

from __future__ import annotations

import numpy as np

from ...arithmetic import Arithmetic
from ...arithmetic.entries import matmul
from ...functions.weighted import Weighted
from ...graph.records import Graph, Loop
from .products import LoopProduct, products, reader
from .reading import Array, LoopValues, Read, StepChange, at_step, by_step, reads_of


def loop_values(
    graph: Graph,
    xp: Arithmetic,
    loop: Loop,
    values: LoopValues,
    *,
    change: StepChange | None = None,
) -> dict[int, Array]:
    """Return the values of the loop's nodes, (samples, steps, …), from those of all before it.

    Past the end of a sample they are 0. ``change`` replaces a value of one step before it is used;
    the node that it gets is of that step: its ref has the step for an index.
    """
    clock, found, numbers = loop.clock, dict[int, Array](), loop.numbers
    live = by_step(clock.live(graph.samples)) if clock.lengths else None
    every = products(graph, loop, values)
    parents = {parent for number in numbers for parent in graph.nodes[number].parents}
    kind = np.result_type(*(values[parent].dtype for parent in parents if parent not in loop))
    reads = {n: reads_of(graph, xp, loop, n, values, found) for n in numbers}
    taken: list[Read] = []
    for product in every:
        ahead = None
        if product.vector not in loop:
            vector, matrix = values[product.vector], product.matrix
            ahead = np.empty((clock.steps, len(vector), matrix.shape[1]), dtype=kind)
            matmul(vector, matrix, by_step(ahead))
            if not any(part.term.gate for part in product.parts):
                found |= {part.number: ahead[:, :, part.columns] for part in product.parts}
        number, position = reader(product)
        taken.append(_once(product, ahead, reads[number][position]))
    steps = {n: _step(graph, xp, n, reads[n], every, taken) for n in numbers}
    together = _together(graph, loop, every, taken, values)
    steps |= together
    for t in clock.order():
        ends = live is not None and not live[t].all()
        for number in numbers:
            value = steps[number](t)
            if change is not None:
                value = change(at_step(graph.nodes[number], t), value)
            if live is not None and ends:
                value = np.where(live[t][:, None], value, xp.array(np.zeros(value.shape)))
            elif number in together and change is None:
                continue
            if number not in found:
                rest = [n for n in numbers if n not in found]
                room = np.empty((len(rest), clock.steps, *value.shape), dtype=value.dtype)
                found |= dict(zip(rest, room, strict=True))
            found[number][t] = value
    return {number: by_step(array) for number, array in found.items()}


def _once(product: LoopProduct, ahead: Array | None, read: Read) -> Read:
    """Return a product at a step: as it was computed ahead, or when it is first asked for."""
    if ahead is not None:
        return lambda t: ahead[t]
    held: dict[int, Array] = {}

    def at(t: int) -> Array:
        if t not in held:
            held.clear()
            held[t] = read(t) @ product.matrix
        return held[t]

    return at


def _step(
    graph: Graph,
    xp: Arithmetic,
    number: int,
    reads: list[Read],
    every: list[LoopProduct],
    taken: list[Read],
) -> Read:
    """Return how a node is computed at a step."""
    own = graph.rule(number).step_rule
    if not isinstance(own, Weighted):
        return lambda t: own.forward(xp, *[read(t) for read in reads])
    known = [
        (part.term.weights, part.columns, product)
        for parts, product in zip((each.parts for each in every), taken, strict=True)
        for part in parts
        if part.number == number
    ]
    names = {weights for weights, *_ in known}
    vectors = {term.vector for term in own.terms if term.weights in names}
    left = [
        (name, read)
        for name, read in zip(own.operands, reads, strict=True)
        if name not in names | vectors
    ]

    def weighted(t: int) -> Array:
        parts = {weights: product(t)[:, columns] for weights, columns, product in known}
        return own.added({name: read(t) for name, read in left}, parts)

    return weighted


def _together(
    graph: Graph, loop: Loop, every: list[LoopProduct], taken: list[Read], values: LoopValues
) -> dict[int, Read]:
    """Return how nodes are computed that are two products and a bias, alike but for their weights.

    That is z = W x + U h + b of every gate at once, put where W x was found ahead.
    """
    if len(every) != 2 or any(p.term.gate or p.term.offset for e in every for p in e.parts):
        return {}
    (first, second), (one, other) = every, taken
    parts = first.parts
    readers = [part.number for part in parts]
    whole = all(len(part.rule.terms) == 2 for part in parts)
    if not whole or first.vector in loop or readers != [part.number for part in second.parts]:
        return {}
    biases = [
        values[graph.nodes[part.number].parents[part.rule.operands.index(part.rule.bias)]]
        for part in parts
        if part.rule.bias
    ]
    if biases and len(biases) < len(parts):
        return {}
    bias = np.concatenate(biases) if biases else None
    held: dict[int, Array] = {}

    def computed(columns: slice) -> Read:
        def at(t: int) -> Array:
            if t not in held:
                held.clear()
                held[t] = total = one(t)
                total += other(t)
                if bias is not None:
                    total += bias
            return held[t][:, columns]

        return at

    return {part.number: computed(part.columns) for part in parts}
