"""Roundoff: what is 0 but for rounding, told by moving every number by its own last bits.

Of 0.1 + 0.2 − 0.3 floats leave 6e-17, which the last bit of 0.1 makes as much more or less; σ′ of
a saturated unit, as small, moves by its own last bits. The numbers that are given are moved, and
going back the gradient of each node, as what it is added up from was rounded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from msgspec import Struct, structs

from ..graph.parts import Node
from ..problems import Refusal
from .trace import Trace, backward, forward

Array = np.ndarray[Any, Any]
SUSPECT = 4.5e6
"""What is looked at: less than so many last bits of the largest, or of 1; noise is no larger."""
ULPS = 4
"""By how many units of its last bit a number is moved, at most."""
TURNS = 3
MOST = 10_000
"""Numbers of a network that is looked through: no page shows more, and each turn is a pass."""


class Roundoff(Struct, frozen=True):
    """By how much each entry that is noise may be off, and 0 at others; nodes that have some."""

    values: Mapping[int, Array] = {}
    gradients: Mapping[int, Array] = {}


def noise_of(trace: Trace) -> Roundoff:
    """Return what in a trace is moved by half of itself or more when all else hardly is.

    Nothing where its numbers are exact, were rounded on the way, or are more than ``MOST``.
    """
    if not trace.arithmetic.native or trace.rounded:
        return Roundoff()
    if sum(value.size for value in trace.values) > MOST:
        return Roundoff()
    bit = float(np.finfo(trace.values[-1].dtype).eps)
    little = [_little(arrays, bit) for arrays in (trace.values, trace.gradients)]
    if not any(little):
        return Roundoff()
    try:
        moved = [_moved(trace, ULPS * bit, turn) for turn in range(TURNS)]
    except Refusal:
        return Roundoff()  # so near the largest float that there is nothing small beside it
    of_values = _off(trace.values, little[0], [each.values for each in moved])
    return Roundoff(of_values, _off(trace.gradients, little[1], [each.gradients for each in moved]))


def without_noise(trace: Trace) -> Trace:
    """Return the trace with 0 for each entry that is noise."""
    noise = noise_of(trace)
    if not noise.values and not noise.gradients:
        return trace
    values = _cleared(trace.values, noise.values)
    gradients = _cleared(trace.gradients, noise.gradients)
    return structs.replace(trace, values=values, gradients=gradients)


def noise_sizes(trace: Trace) -> frozenset[float]:
    """Return the sizes of the entries that are noise, and of arrays that are all noise the norm."""
    noise = noise_of(trace)
    return frozenset(
        (*_sizes(trace.values, noise.values), *_sizes(trace.gradients, noise.gradients))
    )


def _little(arrays: Sequence[Array | None], bit: float) -> dict[int, Array]:
    """Return which entries are looked at, by the node that has them."""
    found = {n: a for n, a in enumerate(arrays) if a is not None and a.dtype.kind == "f" and a.size}
    sizes = {number: np.abs(array) for number, array in found.items()}
    bound = SUSPECT * bit * max([1.0, *(float(each.max()) for each in sizes.values())])
    little = {number: (size > 0) & (size < bound) for number, size in sizes.items()}
    return {number: each for number, each in little.items() if each.any()}


def _moved(trace: Trace, most: float, turn: int) -> Trace:
    """Return the trace of other numbers: those with a gradient, which count no rows of a table."""
    graph, arithmetic = trace.graph, trace.arithmetic
    chance = np.random.default_rng(turn)

    def nudged(array: Array) -> Array:
        """Move each number by its own last bits, the largest left in place."""
        by = chance.uniform(0.5, 1, array.shape) * chance.choice([-1, 1], array.shape)
        with np.errstate(over="ignore"):
            found = (array * (1 + most * by)).astype(array.dtype, copy=False)
        return np.where(np.isfinite(found), found, array)

    leaves = {
        number: nudged(trace.values[number])
        if graph.nodes[number].wants_gradient
        else trace.values[number]
        for number in graph.given
    }
    values = forward(graph, arithmetic, leaves)
    if graph.loss is None or not trace.gradients:
        return structs.replace(trace, values=values)

    def change(_: Node, gradient: Array) -> Array:
        return nudged(gradient)

    return backward(graph, arithmetic, values, change=change)


def _off(
    arrays: Sequence[Array | None],
    little: Mapping[int, Array],
    moved: Sequence[Sequence[Array | None]],
) -> dict[int, Array]:
    """Return by how much what is noise was moved, of small entries those by half of themselves."""
    found = {}
    for number, small in little.items():
        array = np.asarray(arrays[number])
        others = [each[number] for each in moved]
        off = np.max([np.abs(o - array) for o in others if o is not None] or [0 * array], axis=0)
        noisy = small & (2 * off >= np.abs(array))
        if noisy.any():
            found[number] = np.where(noisy, np.maximum(off, np.abs(array)), 0.0)
    return found


def _cleared(arrays: Sequence[Array | None], off: Mapping[int, Array]) -> Sequence[Any]:
    return [
        np.where(off[number] > 0, 0.0, array) if number in off and array is not None else array
        for number, array in enumerate(arrays)
    ]


def _sizes(arrays: Sequence[Array | None], off: Mapping[int, Array]) -> Iterator[float]:
    from .health.norms import norm

    for number, each in off.items():
        array = np.asarray(arrays[number])
        yield from map(float, np.abs(array[each > 0]))
        if not array[each == 0].any():
            yield norm(array)
