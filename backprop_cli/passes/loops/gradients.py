"""The backward pass of a loop: each node's gradient, step by step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from msgspec import Struct

from ...arithmetic import Arithmetic
from ...functions.rules import Rule, fold
from ...graph.records import Graph, Loop
from .products import EdgeKey, LoopProduct, ProductPart, products, reader, sent_outside
from .reading import Always, Array, LoopValues, StepChange, at_step, by_step, wholes

Send = Callable[[int, Array | None], Array]
"""A share of what is at a step, put into the array that is given, if one is."""
BLOCK = 1 << 13
"""How many numbers a block of steps has at most for which slopes are computed together."""


class LoopGradients(Struct, frozen=True):
    """The gradients of a loop's nodes, and what its products send to what is outside."""

    gradients: dict[int, Array]
    errors: tuple[tuple[LoopProduct, Array, Array], ...]
    """Of each product the vectors read and the gradients of what came out."""

    def sent(self, loop: Loop) -> dict[EdgeKey, Array | None]:
        """Return the shares that go out of the loop by its products, as ``sent_outside`` does."""
        found: dict[EdgeKey, Array | None] = {}
        for product, vector, errors in self.errors:
            found |= sent_outside(product, vector, errors, product.vector in loop)
        return found


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
    reads = wholes(graph, xp, loop, values)
    outs = {n: by_step(values[n]) for n in numbers}
    kind = np.result_type(*(array.dtype for array in outs.values()))
    totals, errors = _rooms(every, outs, kind)
    sends = _sends(graph, xp, loop, every, errors, reads, outs, totals)
    kept = {n: _kept(n, every, errors, reads, totals) for n in numbers}
    beyond = {n: None if g is None else by_step(g) for n, g in outside.items()}
    plan = [(n, totals[n], beyond.get(n), sends[n], kept[n]) for n in reversed(numbers)]
    returns = by_step(clock.returns(graph.samples))
    whole = [bool(row.all()) for row in returns]
    some = [bool(row.any()) for row in returns]
    for t in reversed(clock.order()):
        after = t + clock.forth
        for number, total, own, every_send, keep in plan:
            out, empty = total[t], own is None
            if own is not None:
                out[...] = own[t]
            for late, send in every_send:
                if not late:
                    sent = send(t, out if empty else None)
                elif some[t]:
                    sent = send(after, out if empty else None)
                    if not whole[t]:
                        sent = np.where(returns[t][:, None], sent, sent * 0)
                else:
                    continue
                if not empty:
                    out += sent
                elif sent is not out:
                    out[...] = sent
                empty = False
            if empty:
                out[...] = xp.array(np.zeros(out.shape))
            if change is not None:
                out[...] = change(at_step(graph.nodes[number], t), out)
            for put in keep:
                put(t)
    return LoopGradients(
        {number: by_step(array) for number, array in totals.items()},
        tuple(
            (product, reads[n][position][:], error)
            for product, error, (n, position) in zip(every, errors, map(reader, every), strict=True)
        ),
    )


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
    reads: Mapping[int, list[Array | Always]],
    totals: Mapping[int, Array],
) -> list[Callable[[int], None]]:
    """Return what puts a node's gradient at a step among those of the products that it reads."""

    def putting(part: ProductPart, error: Array) -> Callable[[int], None]:
        total = totals[number]
        gate: Array | Always = Always(np.asarray(1))
        if part.term.gate:
            gate = reads[number][part.rule.operands.index(part.term.gate)]

        def put(t: int) -> None:
            error[t, :, part.columns] = total[t] * gate[t]

        return put

    return [
        putting(part, error)
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
    reads: Mapping[int, list[Array | Always]],
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
        for position, parent in enumerate(graph.nodes[number].parents):
            if parent not in loop:
                continue
            late, i = position in rule.late_inputs, of_product.get((number, position))
            read, out, g = reads[number], outs[number], totals[number]
            if i is None:
                used = [each[0] for each in read]
                apart = own.multiplier(xp, position, out[0], *used) is not None
                how = _scaled if apart else _shared
                found[parent].append((late, how(xp, own, position, g, out, read)))
            elif i not in done:
                done.add(i)
                found[parent].append((late, _turned(errors[i], every[i].matrix)))
    return found


def _turned(errors: Array, matrix: Array) -> Send:
    """Return what the readers of a product send to the vector."""
    turned = np.ascontiguousarray(matrix.T)
    return lambda t, out: np.matmul(errors[t], turned, out=out)


def _shared(
    xp: Arithmetic, rule: Rule, position: int, g: Array, out: Array, reads: list[Array | Always]
) -> Send:
    """Return what a rule sends, from its inputs at a step."""

    def send(t: int, _: Array | None) -> Array:
        used = [read[t] for read in reads]
        return fold(rule.share(xp, position, g[t], out[t], *used), used[position].shape)

    return send


def _scaled(
    xp: Arithmetic, rule: Rule, position: int, g: Array, out: Array, reads: list[Array | Always]
) -> Send:
    """Return what a rule sends that works entry by entry: the gradient times its own of 1.

    The factors are found for a block of steps together, and are never all held at once.
    """
    steps = max(1, BLOCK // max(1, out[0].size))
    held: dict[int, Array] = {}

    def send(t: int, into: Array | None) -> Array:
        block, place = divmod(t, steps)
        factor = held.get(block)
        if factor is None:
            held.clear()
            at = slice(block * steps, (block + 1) * steps)
            factor = rule.multiplier(xp, position, out[at], *[read[at] for read in reads])
            assert factor is not None
            held[block] = factor
        return np.asarray(np.multiply(g[t], factor[place], out=into))

    return send
