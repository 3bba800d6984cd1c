"""The backward pass of a loop: each node's gradient, step by step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from operator import or_
from typing import Any

import numpy as np
from msgspec import Struct

from ...arithmetic import Arithmetic
from ...functions.rules import Rule, fold
from ...graph.records import Graph, Loop
from .products import EdgeKey, LoopProduct, products, reader, sums_of
from .reading import Array, LoopValues, Read, StepChange, at_step, blocks, by_step, reads_of

Send = Callable[[int, Array], object]
"""Puts a share of what is at a step into an array."""
BLOCK = 1 << 13
"""How many numbers a block of steps has at most for which slopes are computed together."""


class LoopGradients(Struct, frozen=True):
    """The gradients of a loop's nodes, and the shares that go out of it by products."""

    gradients: dict[int, Array]
    sent: dict[EdgeKey, Array | None]
    """By consumer and position; None where a share stands with another of the same vector."""


def loop_gradients(
    graph: Graph,
    xp: Arithmetic,
    loop: Loop,
    values: LoopValues,
    outside: Mapping[int, Array | None],
    *,
    change: StepChange | None = None,
) -> LoopGradients:
    """Return the gradients of the loop's nodes; ``outside`` is what comes from beyond it.

    The gradient at a step is what comes from outside, what the nodes of the same step send, and
    what those of the step after it send.
    """
    clock, numbers, every = loop.clock, loop.numbers, products(graph, loop, values)
    outs = {n: by_step(values[n]) for n in numbers}
    reads = reads_of(graph, xp, loop, values, outs)
    kind = np.result_type(*(array.dtype for array in outs.values()))
    totals, errors = _rooms(every, outs, kind)
    sends = _sends(graph, xp, loop, every, errors, reads, outs, totals)
    kept = {n: _kept(n, every, errors, reads, totals) for n in numbers}
    beyond = {n: None if g is None else by_step(g) for n, g in outside.items()}
    plan = [(n, totals[n], beyond.get(n), sends[n], kept[n]) for n in reversed(numbers)]
    returns = by_step(clock.returns(graph.samples))
    whole = [bool(row.all()) for row in returns]
    some = [bool(row.any()) for row in returns]
    spare, none = np.empty_like(outs[loop.last][0], dtype=kind), xp.array(np.zeros(()))
    sums = [
        sums_of(product, reads[n][position], error, inside=product.vector in loop)
        for product, error, (n, position) in zip(every, errors, map(reader, every), strict=True)
    ]
    size = max(array[0].size for array in (*errors, *outs.values()))
    for at, steps in reversed(blocks(clock, size)):
        for t in reversed(steps):
            after = t + clock.forth
            for number, total, own, every_send, keep in plan:
                out = total[t]
                known = None if own is None else own[t]
                for late, send in every_send:
                    if late and not some[t]:
                        continue
                    into = out if known is None else spare
                    send(after if late else t, into)
                    if late and not whole[t]:
                        into[~returns[t]] = none
                    known = into if known is None else np.add(known, spare, out=out)
                if known is not out:
                    out[...] = none if known is None else known
                if change is not None:
                    out[...] = change(at_step(graph.nodes[number], t), out)
                for put in keep:
                    put(t)
        for each in sums:
            each.add(at)
    gradients = {number: by_step(array) for number, array in totals.items()}
    return LoopGradients(gradients, reduce(or_, (each.sent() for each in sums), {}))


def _rooms(
    every: list[LoopProduct], outs: Mapping[int, Array], kind: Any
) -> tuple[dict[int, Array], list[Array]]:
    """Return arrays for the nodes' gradients, and for those of each product.

    Where no gate multiplies a product, its readers' are views of its own.
    """
    totals: dict[int, Array] = {}
    errors: list[Array] = []
    homes: dict[tuple[int, ...], Array] = {}
    for product in every:
        readers = tuple(part.number for part in product.parts)
        plain = not any(part.term.gate for part in product.parts)
        if plain and readers in homes:
            errors.append(homes[readers])
            continue
        found = np.empty((*outs[readers[0]].shape[:2], product.matrix.shape[1]), dtype=kind)
        if plain and totals.keys().isdisjoint(readers):
            homes[readers] = found
            totals |= {part.number: found[:, :, part.columns] for part in product.parts}
        errors.append(found)
    rest = [number for number in outs if number not in totals]
    room = np.empty((len(rest), *next(iter(outs.values())).shape), dtype=kind)
    return totals | dict(zip(rest, room, strict=True)), errors


def _kept(
    number: int,
    every: list[LoopProduct],
    errors: list[Array],
    reads: Mapping[int, list[Read]],
    totals: Mapping[int, Array],
) -> list[Callable[[int], object]]:
    """Return what puts a node's gradient at a step among those of the products that it reads."""
    total = totals[number]

    def putting(own: Array, gate: Read | None) -> Callable[[int], object]:
        if gate is None:
            return lambda t: np.copyto(own[t], total[t])
        return lambda t: np.multiply(total[t], gate[t], out=own[t])

    return [
        putting(
            error[:, :, part.columns],
            reads[number][part.rule.operands.index(part.term.gate)] if part.term.gate else None,
        )
        for product, error in zip(every, errors, strict=True)
        for part in product.parts
        if part.number == number and totals[number].base is not error
    ]


def _sends(
    graph: Graph,
    xp: Arithmetic,
    loop: Loop,
    every: list[LoopProduct],
    errors: list[Array],
    reads: Mapping[int, list[Read]],
    outs: Mapping[int, Array],
    totals: Mapping[int, Array],
) -> dict[int, list[tuple[bool, Send]]]:
    """Return what each node of the loop gets within it, whether a step late, later readers first.

    The readers of a product send together.
    """
    found: dict[int, list[tuple[bool, Send]]] = {n: [] for n in loop.numbers}
    of_product = {
        (part.number, part.rule.operands.index(part.term.vector)): i
        for i, product in enumerate(every)
        for part in product.parts
    }
    done: set[int] = set()
    for number in reversed(loop.numbers):
        rule, own = graph.rule(number), graph.rule(number).step_rule
        read, out, g = reads[number], outs[number], totals[number]
        apart: dict[bool, list[int]] = {False: [], True: []}
        for position, parent in enumerate(graph.nodes[number].parents):
            if parent not in loop:
                continue
            late, i = position in rule.late_inputs, of_product.get((number, position))
            if i is not None:
                if i not in done:
                    done.add(i)
                    found[parent].append((late, _turned(errors[i], every[i].matrix)))
            elif own.multiplies(position):
                apart[late].append(position)
            else:
                found[parent].append((late, _shared(xp, own, position, g, out, read)))
        for late, positions in apart.items():
            scaled = _scaled(xp, own, positions, g, out, read)
            for position, send in zip(positions, scaled, strict=True):
                found[graph.nodes[number].parents[position]].append((late, send))
    return found


def _turned(errors: Array, matrix: Array) -> Send:
    """Return what the readers of a product send to the vector."""
    turned = np.ascontiguousarray(matrix.T)
    return lambda t, into: np.matmul(errors[t], turned, out=into)


def _shared(
    xp: Arithmetic, rule: Rule, position: int, g: Array, out: Array, reads: list[Read]
) -> Send:
    """Return what a rule sends, from its inputs at a step."""

    def send(t: int, into: Array) -> None:
        used = [read[t] for read in reads]
        into[...] = fold(rule.share(xp, position, g[t], out[t], *used), used[position].shape)

    return send


def _scaled(
    xp: Arithmetic, rule: Rule, positions: list[int], g: Array, out: Array, reads: list[Read]
) -> list[Send]:
    """Return what a rule sends that works entry by entry: the gradient times its own of 1.

    The factors are found for a block of steps together, and are never all held at once.
    """
    length = max(1, BLOCK // max(1, out[0].size))
    held: dict[int, tuple[Array, ...]] = {}

    def sending(place: int) -> Send:
        def send(t: int, into: Array) -> None:
            block, step = divmod(t, length)
            if block not in held:
                held.clear()
                at = slice(block * length, block * length + length)
                used = [read[at] for read in reads]
                held[block] = rule.multipliers(xp, positions, out[at], *used)
            np.multiply(g[t], held[block][place][step], out=into)

        return send

    return [sending(place) for place in range(len(positions))]
