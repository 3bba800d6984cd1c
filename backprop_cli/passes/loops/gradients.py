"""The backward pass of a loop: each node's gradient, step by step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from math import isfinite
from operator import or_
from typing import Any

import numpy as np
from msgspec import Struct

from ...arithmetic import Arithmetic
from ...functions.rules import Rule
from ...graph.parts import Loop
from ...graph.records import Graph
from .products import EdgeKey, LoopProduct, products, reader, sums_of
from .reading import (
    Array,
    LoopValues,
    Read,
    StepChange,
    at_step,
    blocks,
    by_step,
    held_once,
    reads_of,
    steps_of,
)

Send = Callable[[int, int, Array], object]
"""Puts a share of what is at a step into an array; in which row its gradients are comes second."""


class LoopGradients(Struct, frozen=True):
    """The gradients of a loop's nodes, and the shares that go out of it by products.

    ``gradients`` has none where none was kept; ``finite``: whether all are known to be.
    """

    gradients: dict[int, Array]
    sent: dict[EdgeKey, Array | None]
    """By consumer and position; None where a share stands with another of the same vector."""
    finite: bool


def loop_gradients(
    graph: Graph,
    xp: Arithmetic,
    loop: Loop,
    values: LoopValues,
    outside: Mapping[int, Array | None],
    *,
    change: StepChange | None = None,
    whole: bool = True,
) -> LoopGradients:
    """Return the gradients of the loop's nodes; ``outside`` is what comes from beyond it.

    The gradient at a step is what comes from outside, what the nodes of the same step send, and
    what those of the step after it send. Not ``whole``, the gradients of a block of steps take the
    place of those of the block after it, where all that leaves the loop leaves it by products.
    """
    clock, numbers, every = loop.clock, loop.numbers, products(graph, loop, values)
    outs = {n: by_step(values[n]) for n in numbers}
    reads = reads_of(graph, xp, loop, values, outs)
    kind = np.result_type(*(array.dtype for array in outs.values()))
    size = outs[loop.last].shape[:2]
    sums = [
        sums_of(product, reads[n][position], size, kind, inside=product.vector in loop)
        for product, (n, position) in zip(every, map(reader, every), strict=True)
    ]
    sent: dict[EdgeKey, Array | None] = reduce(or_, (each.sent() for each in sums), {})
    whole = whole or not _leaving(graph, loop) <= sent.keys()
    widths = [product.matrix.shape[1] for product in every]
    most = max(size[1] * max(widths, default=0), *(array[0].size for array in outs.values()))
    every_block = blocks(clock, most)
    length = clock.steps if whole else 1 + max(len(steps) for _, steps in every_block)
    totals, errors = _rooms(every, outs, length, kind)
    sends = _sends(graph, xp, loop, every, errors, reads, outs, totals)
    kept = {n: _kept(n, every, errors, reads, totals) for n in numbers}
    beyond = {n: None if g is None else by_step(g) for n, g in outside.items()}
    plan = [(n, totals[n], beyond.get(n), sends[n], kept[n]) for n in reversed(numbers)]
    returns = by_step(clock.returns(graph.samples))
    all_return = [bool(row.all()) for row in returns]
    some = [bool(row.any()) for row in returns]
    spare, none = np.empty_like(outs[loop.last][0], dtype=kind), xp.array(np.zeros(()))
    rooms = held_once((*totals.values(), *errors))
    watched = held_once(totals.values()) if kind.kind == "f" else []
    squares = 0.0
    for at, steps in reversed(every_block):
        first = 0 if whole else at.start
        rows = slice(at.start - first, at.start - first + len(steps))
        for t in reversed(steps):
            after, row = t + clock.forth, t - first
            for number, total, own, every_send, keep in plan:
                out = total[row]
                known = None if own is None else own[t]
                for late, send in every_send:
                    if late and not some[t]:
                        continue
                    into = out if known is None else spare
                    if late:
                        send(after, after - first, into)
                        if not all_return[t]:
                            into[~returns[t]] = none
                    else:
                        send(t, row, into)
                    known = into if known is None else np.add(known, spare, out=out)
                if known is not out:
                    out[...] = none if known is None else known
                if change is not None:
                    out[...] = change(at_step(graph.nodes[number], t), out)
                for put in keep:
                    put(t, row)
        for each, error in zip(sums, errors, strict=True):
            each.add(at, error[rows])
        squares += sum(float(np.vdot(room[rows], room[rows])) for room in watched)
        if not whole:
            for room in rooms:
                room[-1] = room[steps[0] - first]
    gradients = {number: by_step(array) for number, array in totals.items()} if whole else {}
    return LoopGradients(gradients, sent, bool(watched) and isfinite(squares))


def _leaving(graph: Graph, loop: Loop) -> set[EdgeKey]:
    """Return by which consumers and positions something leaves the loop."""
    return {
        edge
        for number, arriving in enumerate(graph.arrivals[: loop.first])
        for edge in arriving
        if edge[0] in loop
    }


def _rooms(
    every: list[LoopProduct], outs: Mapping[int, Array], length: int, kind: Any
) -> tuple[dict[int, Array], list[Array]]:
    """Return arrays for the nodes' gradients of so many steps, and for those of each product.

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
        samples = outs[readers[0]].shape[1]
        found = np.empty((length, samples, product.matrix.shape[1]), dtype=kind)
        if plain and totals.keys().isdisjoint(readers):
            homes[readers] = found
            totals |= {part.number: found[:, :, part.columns] for part in product.parts}
        errors.append(found)
    rest = [number for number in outs if number not in totals]
    room = np.empty((len(rest), length, *next(iter(outs.values())).shape[1:]), dtype=kind)
    return totals | dict(zip(rest, room, strict=True)), errors


def _kept(
    number: int,
    every: list[LoopProduct],
    errors: list[Array],
    reads: Mapping[int, list[Read]],
    totals: Mapping[int, Array],
) -> list[Callable[[int, int], object]]:
    """Return what puts a node's gradient at a step among those of the products that it reads."""
    total = totals[number]

    def putting(own: Array, gate: Read | None) -> Callable[[int, int], object]:
        if gate is None:
            return lambda t, row: np.copyto(own[row], total[row])
        return lambda t, row: np.multiply(total[row], gate[t], out=own[row])

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
    return lambda t, row, into: np.matmul(errors[row], turned, out=into)


def _shared(
    xp: Arithmetic, rule: Rule, position: int, g: Array, out: Array, reads: list[Read]
) -> Send:
    """Return what a rule sends, from its inputs at a step."""

    def send(t: int, row: int, into: Array) -> None:
        rule.put_share(xp, position, into, g[row], out[t], *[read[t] for read in reads])

    return send


def _scaled(
    xp: Arithmetic, rule: Rule, positions: list[int], g: Array, out: Array, reads: list[Read]
) -> list[Send]:
    """Return what a rule sends that works entry by entry: the gradient times its own of 1.

    The factors are found for a block of steps together, and are never all held at once.
    """
    length = steps_of(out[0].size)
    held: dict[int, tuple[Array, ...]] = {}

    def sending(place: int) -> Send:
        def send(t: int, row: int, into: Array) -> None:
            block, step = divmod(t, length)
            if block not in held:
                held.clear()
                at = slice(block * length, block * length + length)
                used = [read[at] for read in reads]
                held[block] = rule.multipliers(xp, positions, out[at], *used)
            np.multiply(g[row], held[block][place][step], out=into)

        return send

    return [sending(place) for place in range(len(positions))]
