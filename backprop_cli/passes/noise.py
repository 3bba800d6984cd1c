"""Noise: what is 0 but for rounding, told by moving every number by its own last bits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from msgspec import structs

from ..arithmetic.floating import FLOAT64
from ..graph.values import leaf_arrays
from .trace import Trace, backward, forward

Array = np.ndarray[Any, Any]
LARGEST = 1e-9
"""What is looked at: of numbers below a million noise is no larger."""
ULPS = 4
"""By how many units of its last bit a number is moved."""
TURNS = 3


def without_noise(trace: Trace, leaves: Mapping[int, Array] | None = None) -> Trace:
    """Return the trace of the leaves with 0 for each entry that is moved by as much as it is.

    Of 0.1 + 0.2 − 0.3 floats leave 6e-17, which the last bit of 0.1 makes as much more or less;
    σ′ of a saturated unit, as small, moves by its own last bits.
    """
    if trace.arithmetic is not FLOAT64 or trace.rounded or not _may_be_noise(trace):
        return trace
    known = leaf_arrays(trace.graph, FLOAT64) if leaves is None else leaves
    moved = [_moved(trace, known, turn) for turn in range(TURNS)]
    values = [
        _cleared(array, [each.values[number] for each in moved])
        for number, array in enumerate(trace.values)
    ]
    gradients = [
        array if array is None else _cleared(array, [each.gradients[number] for each in moved])
        for number, array in enumerate(trace.gradients)
    ]
    return structs.replace(trace, values=values, gradients=gradients)


def _may_be_noise(trace: Trace) -> bool:
    every = (a for a in (*trace.values, *trace.gradients) if a is not None)
    return any(((a != 0) & (np.abs(a) < LARGEST)).any() for a in every)


def _moved(trace: Trace, leaves: Mapping[int, Array], turn: int) -> Trace:
    """Return the trace of other numbers: those with a gradient, which count no rows of a table."""
    graph, chance = trace.graph, np.random.default_rng(turn)
    other = {
        number: _nudged(array, chance.choice([-1, 1], array.shape))
        if graph.nodes[number].wants_gradient
        else array
        for number, array in leaves.items()
    }
    values = forward(graph, FLOAT64, other)
    if graph.loss is None or not trace.gradients:
        return structs.replace(trace, values=values)
    return backward(graph, FLOAT64, values)


def _nudged(array: Array, signs: Array) -> Array:
    """Return the array with each number moved by its own last bits, the largest left in place."""
    with np.errstate(over="ignore"):
        moved = array * (1 + signs * ULPS * np.finfo(float).eps)
    return np.where(np.isfinite(moved), moved, array)


def _cleared(array: Array, others: list[Array | None]) -> Array:
    """Return the array with 0 for each small number that is moved by half of itself or more."""
    known = [other for other in others if other is not None]
    small = (array != 0) & (np.abs(array) < LARGEST)
    if not small.any() or not known:
        return array
    off = np.max([np.abs(other - array) for other in known], axis=0)
    return np.where(small & (2 * off >= np.abs(array)), 0.0, array)
