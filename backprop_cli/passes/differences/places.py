"""Which entries a gradient check moves: all, or as many as a few seconds allow."""

from __future__ import annotations

import math

import numpy as np
from msgspec import Struct, structs

from ...expression.refs import Ref, stored_index, turned
from ...graph.records import Graph

MOST_ENTRIES = 400
"""Entries up to which all are checked."""
SAMPLED = 20
"""Entries of each quantity checked past that."""
BUDGET = 4.0
"""Seconds that the entries together may take, by a rough count, before fewer are drawn."""
LEAST = 8
"""Entries that are checked in any case."""
A_NODE, A_PRODUCT, PASSES = 8e-6, 1e-9, 20
"""What a node and a multiplication of a pass take, and how many passes an entry takes."""


class Places(Struct, frozen=True):
    """Where a quantity's entries stand in its array: all of them, or those of some rows."""

    shape: tuple[int, ...]
    first: tuple[int, ...]

    @staticmethod
    def of(graph: Graph, ref: Ref, sample: int | None) -> Places:
        """Return the places of a quantity, of one sample's rows, or of an entry."""
        node = graph.nodes[graph.number(ref)]
        shape, first = node.shape, tuple(0 for _ in node.shape)
        if ref.index:
            first = stored_index(ref, graph.in_out)
            shape = (1,) * len(first)
        if not node.per_sample:
            return Places(shape, first)
        only = sample if ref.sample is None else int(ref.sample)
        rows, row = (graph.samples, 0) if only is None else (1, only - 1)
        return Places((rows, *shape), (row, *first))

    @property
    def count(self) -> int:
        """How many there are."""
        return math.prod(self.shape)

    def position(self, number: int) -> tuple[int, ...]:
        """Return where entry ``number`` stands, counted from 0, row by row."""
        pairs = zip(np.unravel_index(number, self.shape), self.first, strict=True)
        return tuple(int(i) + first for i, first in pairs)


def entries_in(graph: Graph, wanted: tuple[Ref, ...], sample: int | None = None) -> int:
    """Return how many entries there are of the quantities."""
    return sum(Places.of(graph, ref, sample).count for ref in wanted)


def affordable(graph: Graph) -> int:
    """Return how many entries are checked in a few seconds, by a count of a pass's work."""
    entry = PASSES * (A_NODE * len(graph.nodes) + A_PRODUCT * multiplications(graph))
    return max(LEAST, int(BUDGET / entry))


def multiplications(graph: Graph) -> int:
    """Return about how many multiplications a forward pass takes."""
    products = 0
    for node in graph.nodes:
        rows = graph.samples if node.per_sample else 1
        read = [math.prod(graph.nodes[parent].shape) for parent in node.parents]
        products += max([rows * math.prod(node.shape), *(graph.samples * each for each in read)])
    return products


def quotas_of(counts: list[int], sampled: int, room: int, random: np.random.Generator) -> list[int]:
    """Return how many of each quantity are checked: ``sampled`` at most, ``room`` in all."""
    quotas = [min(count, sampled) for count in counts]
    if sum(quotas) <= room:
        return quotas
    owners = np.repeat(np.arange(len(quotas)), quotas)
    drawn = random.choice(owners, room, replace=False)
    return [int(count) for count in np.bincount(drawn, minlength=len(quotas))]


def entry_ref(graph: Graph, number: int, position: tuple[int, ...]) -> Ref:
    """Return the quantity's entry that stands at a position of its array."""
    node = graph.nodes[number]
    index, sample = position, None
    if node.per_sample:
        sample, index = (None if graph.single else position[0] + 1), position[1:]
    ref = structs.replace(node.ref, sample=sample)
    return ref.at(*(i + 1 for i in turned(ref.part, index, graph.in_out)))
