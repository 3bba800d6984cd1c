"""Half precision: which gradients a float16 cannot hold, and the loss scale that mends it.

A float16 holds numbers from 2⁻¹⁴ = 6.1e-5 to 65504 with 11 bits; smaller ones are subnormal, with
fewer bits, down to 2⁻²⁴ = 6.0e-8; below half of that they become 0. Multiplying the loss by a power
of two multiplies every gradient by it, and costs no digit.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from msgspec import Struct

from ...expression.refs import Ref
from ...graph.records import Graph
from ..differences.gradient_check import scale_of
from ..trace import Trace

Array = np.ndarray[Any, Any]
NORMAL = 2.0**-14
LARGEST = 65504.0
MOST_DOUBLED = 1023
"""How often the loss is doubled at most: more often no float64 is."""
MOST_NAMED = 6
"""Entries named of each quantity; the rest are counted."""


class HalfQuantity(Struct, frozen=True):
    """One gradient in float16: how many entries become 0, subnormal or infinite.

    ``after`` are the same three numbers with the loss scaled. ``named`` are the first entries that
    become 0, as positions from 1.
    """

    ref: Ref
    entries: int
    zero: int
    subnormal: int
    infinite: int
    after: tuple[int, int, int]
    smallest: float
    largest: float
    named: tuple[tuple[int, ...], ...] = ()


class HalfPrecision(Struct, frozen=True):
    """The gradients of a pass in float16.

    ``scale`` is the power of two to multiply the loss by, 1 where none is needed; ``clean`` says
    whether it leaves no entry 0, subnormal or infinite. ``smallest`` and ``largest`` are of the
    non-zero gradients.
    """

    quantities: tuple[HalfQuantity, ...]
    scale: float
    clean: bool
    smallest: float
    largest: float

    @property
    def zero(self) -> int:
        """How many entries become 0."""
        return sum(quantity.zero for quantity in self.quantities)

    @property
    def subnormal(self) -> int:
        """How many entries become subnormal."""
        return sum(quantity.subnormal for quantity in self.quantities)

    @property
    def infinite(self) -> int:
        """How many entries become infinite."""
        return sum(quantity.infinite for quantity in self.quantities)


def half_precision(trace: Trace) -> HalfPrecision:
    """Return how the gradients fare in float16: of parameters, and of every z, a and x.

    A batch's rows are taken as ∂loss/∂(entry), divided by N under a mean, as a program holds them.
    """
    graph = trace.graph
    arrays: dict[int, Array] = {}
    for number in range(len(graph.nodes)):
        gradient = trace.gradients[number]
        if gradient is not None and carried(graph, number):
            arrays[number] = gradient / scale_of(graph, number)
    sizes = np.concatenate([np.abs(a).ravel() for a in arrays.values()] or [np.zeros(0)])
    sizes = sizes[sizes > 0]
    if not sizes.size:
        return HalfPrecision((), 1.0, True, 0.0, 0.0)
    smallest, largest = float(sizes.min()), float(sizes.max())
    scale = loss_scale(smallest, largest)
    found = tuple(_quantity(graph, number, array, scale) for number, array in arrays.items())
    clean = not any(sum(quantity.after) for quantity in found)
    return HalfPrecision(found, scale, clean, smallest, largest)


def loss_scale(smallest: float, largest: float) -> float:
    """Return the least power of two ≥ 1 that makes every gradient normal, if it can.

    Where that would overflow, the largest that does not; below 1 where the gradients overflow
    already.
    """
    needed = math.ceil(math.log2(NORMAL) - math.log2(smallest))
    allowed = math.floor(math.log2(LARGEST) - math.log2(largest))
    return 2.0 ** min(max(needed, 0), allowed, MOST_DOUBLED)


def carried(graph: Graph, number: int) -> bool:
    """Return whether a backward pass keeps this node's gradient: all but those of the loss."""
    return number not in graph.loss_nodes


def _quantity(graph: Graph, number: int, array: Array, scale: float) -> HalfQuantity:
    node = graph.nodes[number]
    zero, subnormal, infinite = _lost(array)
    after = tuple(int(lost.sum()) for lost in _lost(array * scale))
    sizes = np.abs(array[array != 0])
    named = []
    for where in np.argwhere(zero)[:MOST_NAMED]:
        at = tuple(int(i) + 1 for i in where)
        named.append(at[1:] if node.per_sample and graph.single else at)
    return HalfQuantity(
        node.ref,
        int(array.size),
        int(zero.sum()),
        int(subnormal.sum()),
        int(infinite.sum()),
        (after[0], after[1], after[2]),
        float(sizes.min()) if sizes.size else 0.0,
        float(sizes.max()) if sizes.size else 0.0,
        tuple(named),
    )


def _lost(array: Array) -> tuple[Array, Array, Array]:
    """Return which entries become 0 that are not, become subnormal, and become infinite."""
    with np.errstate(all="ignore"):
        half = np.abs(array).astype(np.float16)
    size = half.astype(np.float64)
    return (
        (size == 0) & (array != 0),
        (size > 0) & (size < NORMAL),
        np.isinf(half),
    )
