"""The forward pass of a loop: each node's value, step by step, where all its values are kept."""

from __future__ import annotations

from collections.abc import Callable
from itertools import takewhile
from math import isfinite

import numpy as np
from msgspec import Struct, structs

from ...arithmetic import Arithmetic
from ...arithmetic.entries import matmul
from ...functions.rules import Rule
from ...functions.weighted import Weighted, WeightedTerm
from ...graph.parts import Loop
from ...graph.records import Graph
from .products import LoopProduct, ProductPart, products, reader
from .reading import (
    Always,
    Array,
    LoopValues,
    Read,
    StepChange,
    at_step,
    blocks,
    by_step,
    held_once,
    reads_of,
)

Put = Callable[[int], None]
"""What puts what is computed at a step where it belongs."""


class LoopPass(Struct, frozen=True):
    """The values of a loop's nodes, (samples, steps, …); ``finite``: whether all are known to be.

    A sum of squares tells, while they are near.
    """

    values: dict[int, Array]
    finite: bool


def loop_values(
    graph: Graph,
    xp: Arithmetic,
    loop: Loop,
    values: LoopValues,
    *,
    change: StepChange | None = None,
) -> LoopPass:
    """Return the values of the loop's nodes from those of all before it.

    Past the end of a sample they are 0. ``change`` replaces a value of one step before it is used;
    the node that it gets is of that step: its ref has the step for an index.
    """
    clock, every = loop.clock, products(graph, loop, values)
    rooms, found = _rooms(graph, loop, every, values)
    ahead, puts = _puts(graph, xp, loop, every, values, rooms, found)
    plan = [(graph.nodes[number], found[number], puts[number]) for number in loop.numbers]
    past = by_step(~clock.live(graph.samples)) if clock.lengths else None
    none = xp.array(np.zeros(()))
    watched = _watched(graph, loop, found)
    squares = 0.0
    for at, steps in blocks(clock, max(room[0].size for room in (*rooms, *found.values()))):
        for put_block in ahead:
            put_block(at)
        for t in steps:
            ended = past is not None and past[t].any()
            for node, room, own in plan:
                for put in own:
                    put(t)
                if change is not None:
                    room[t] = change(at_step(node, t), room[t])
                if past is not None and ended:
                    room[t, past[t]] = none
        squares += sum(float(np.vdot(room[at], room[at])) for room in watched)
    whole = {number: by_step(room) for number, room in found.items()}
    return LoopPass(whole, bool(watched) and isfinite(squares))


def _watched(graph: Graph, loop: Loop, found: dict[int, Array]) -> list[Array]:
    """Return the arrays of floats that hold all values that are looked at, each once."""
    if any(found[number].dtype.kind != "f" for number in loop.numbers):
        return []
    return held_once(found[number] for number in loop.numbers if graph.nodes[number].watched)


def _rooms(
    graph: Graph, loop: Loop, every: list[LoopProduct], values: LoopValues
) -> tuple[list[Read], dict[int, Array]]:
    """Return arrays for the products, and for the values of the nodes.

    Of what is outside the loop a product is found for many steps at once. A node that adds to it
    has its columns for its own array.
    """
    parents = {parent for number in loop.numbers for parent in graph.nodes[number].parents}
    kind = np.result_type(*(values[parent].dtype for parent in parents if parent not in loop))
    size = loop.clock.steps, graph.samples
    rooms: list[Read] = []
    found: dict[int, Array] = {}
    for product in every:
        width = product.matrix.shape[1]
        if product.vector in loop:
            rooms.append(Always(np.empty((graph.samples, width), dtype=kind)))
            continue
        room = np.empty((*size, width), dtype=kind)
        plain = [part for part in product.parts if not part.term.gate]
        found = {part.number: room[:, :, part.columns] for part in plain} | found
        rooms.append(room)
    rest = [number for number in loop.numbers if number not in found]
    room = np.empty((len(rest), *size, *graph.nodes[loop.last].shape[1:]), dtype=kind)
    return rooms, found | dict(zip(rest, room, strict=True))


def _puts(
    graph: Graph,
    xp: Arithmetic,
    loop: Loop,
    every: list[LoopProduct],
    values: LoopValues,
    rooms: list[Read],
    found: dict[int, Array],
) -> tuple[list[Callable[[slice], None]], dict[int, list[Put]]]:
    """Return what computes products for a block of steps, and what each node at a step."""
    reads = reads_of(graph, xp, loop, values, found)
    before: list[Callable[[slice], None]] = []
    puts: dict[int, list[Put]] = {number: [] for number in loop.numbers}
    pieces: dict[tuple[int, str], Read] = {}
    there: set[tuple[int, str]] = set()
    ahead: list[tuple[LoopProduct, Array]] = []
    for product, room in zip(every, rooms, strict=True):
        if not isinstance(room, np.ndarray):
            continue
        number, position = reader(product)
        own = [part for part in product.parts if found[part.number].base is room]
        always = _constants(graph, product, own, values)
        before.append(_product_ahead(reads[number][position], product.matrix, always, room))
        pieces |= {part.key: room[:, :, part.columns] for part in product.parts}
        there |= {part.key for part in own}
        ahead.append((structs.replace(product, parts=tuple(own)), room))
    for product, room in zip(every, rooms, strict=True):
        if not isinstance(room, Always):
            continue
        number, position = reader(product)
        puts[number].append(_product(reads[number][position], product.matrix, room.array))
        pieces |= {part.key: Always(room.array[:, part.columns]) for part in product.parts}
        for other, total in ahead:
            both = _beside(other, product)
            if both:
                columns = slice(0, both[-1].last)
                puts[number].append(_addition(total[:, :, columns], room.array[:, columns]))
                there |= {part.key for part in both}
    homes = {number for number, _ in there}
    for number in loop.numbers:
        rule = graph.rule(number).step_rule
        if isinstance(rule, Weighted) and number in homes:
            read = dict(zip(rule.operands, reads[number], strict=True))
            for term in rule.terms:
                key = number, term.weights
                if key not in there:
                    puts[number].append(_term(rule, term, read, pieces.get(key), found[number]))
        else:
            puts[number].append(_computed(xp, rule, reads[number], found[number]))
    return before, puts


def _constants(
    graph: Graph, product: LoopProduct, parts: list[ProductPart], values: LoopValues
) -> Array:
    """Return what these nodes add that is the same at every step, in the product's columns."""
    found = np.zeros(product.matrix.shape[1], dtype=product.matrix.dtype)
    for part in parts:
        rule, parents = part.rule, graph.nodes[part.number].parents
        offsets = [term.offset for term in rule.terms if not term.gate]
        for name in filter(None, (*offsets, rule.bias)):
            found[part.columns] += values[parents[rule.operands.index(name)]]
    return found


def _beside(one: LoopProduct, other: LoopProduct) -> list[ProductPart]:
    """Return the other's parts of the nodes with which both begin, as they stand."""
    both = takewhile(
        lambda parts: (
            (parts[0].number, parts[0].first) == (parts[1].number, parts[1].first)
            and not parts[1].term.gate
        ),
        zip(one.parts, other.parts, strict=False),
    )
    return [part for _, part in both]


def _product_ahead(
    read: Read, matrix: Array, always: Array, room: Array
) -> Callable[[slice], None]:
    """Return what finds a product and adds what is constant, for a block of steps."""

    def put(at: slice) -> None:
        block = room[at]
        matmul(read[at], matrix, block)
        block += always

    return put


def _product(read: Read, matrix: Array, room: Array) -> Put:
    """Return what finds a product at a step."""

    def put(t: int) -> None:
        np.matmul(read[t], matrix, out=room)

    return put


def _addition(total: Array, addend: Array) -> Put:
    """Return what adds what is found at a step."""

    def put(t: int) -> None:
        at = total[t]
        at += addend

    return put


def _term(
    rule: Weighted, term: WeightedTerm, read: dict[str, Read], piece: Read | None, total: Array
) -> Put:
    """Return what adds a term; of one that is a product M v, the piece is known.

    What is constant has been added already.
    """
    names = term.operands if piece is None else term.operands[2:]
    term = term if term.gate else structs.replace(term, offset="")

    def put(t: int) -> None:
        at = total[t]
        at += rule.value(
            term, {name: read[name][t] for name in names}, None if piece is None else piece[t]
        )

    return put


def _computed(xp: Arithmetic, rule: Rule, reads: list[Read], room: Array) -> Put:
    """Return what computes a rule from its inputs at a step."""

    def put(t: int) -> None:
        rule.put(xp, room[t], *[read[t] for read in reads])

    return put
