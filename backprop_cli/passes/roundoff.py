"""Roundoff: which gradients are 0 but for the rounding of what was added, by how much that can be.

|fl(Σ tᵢ) − Σ tᵢ| grows with Σ |tᵢ|, not with the sum: 0.3 − 0.1 − 0.2 is 0 to as many digits as its
terms have. Each term gᵢ ∂outᵢ/∂x is found by itself, from the consumer's own share, so that what
every rule adds up within it counts too; what a gradient is off by goes on to those below it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .trace import Trace

Array = np.ndarray[Any, Any]
SUSPECT = 1e-9
"""Of the largest gradient: only what is less is looked at."""
ULPS = 4
"""Roundings of each term: a share is a few products."""
MOST = 2_000
"""Entries of the nodes between that are looked at one by one."""


def rounded_away(trace: Trace, taken: Mapping[int, Array] = {}) -> Mapping[int, Array]:
    """Return, for gradients with entries that rounding alone explains, what each may be off by.

    Elsewhere in these arrays stands 0. Nothing where the network is too large to be looked
    through, or its gradients are exact. ``taken`` are gradients as another pass has them.
    """
    graph, gradients = trace.graph, _with(trace, taken)
    found = [g for g in gradients if g is not None and g.dtype.kind == "f" and g.size]
    if not found or graph.loops or not trace.arithmetic.native or graph.loss is None:
        return {}
    largest = max(float(np.abs(g).max()) for g in found)
    little = {
        number: (g != 0) & (np.abs(g) < SUSPECT * largest)
        for number, g in enumerate(gradients)
        if g is not None and g.dtype.kind == "f"
    }
    if not any(map(np.any, little.values())) or sum(g.size for g in found) > MOST:
        return {}
    bounds = _bounds(trace)
    noisy: dict[int, Array] = {}
    for number, small in little.items():
        if number not in bounds:
            continue
        sizes = np.abs(np.asarray(gradients[number]))
        within = small & (sizes <= bounds[number]) & np.isfinite(bounds[number])
        if within.any():
            noisy[number] = np.where(within, bounds[number], 0.0)
    return noisy


def noise_of(trace: Trace, taken: Mapping[int, Array] = {}) -> frozenset[float]:
    """Return the sizes of the gradients that are 0 but for rounding, and of whole ones their norm.

    ``taken`` are gradients as another pass has them.
    """
    found: set[float] = set()
    away = rounded_away(trace, taken)
    if not away:
        return frozenset()
    from .health.layers import norm

    gradients = _with(trace, taken)
    for number, bound in away.items():
        gradient = np.asarray(gradients[number])
        found |= {float(size) for size in np.abs(gradient[bound > 0])}
        if not gradient[bound == 0].any():
            found.add(norm(gradient))
    return frozenset(found)


def _with(trace: Trace, taken: Mapping[int, Array]) -> list[Array | None]:
    return [taken.get(number, gradient) for number, gradient in enumerate(trace.gradients)]


def _bounds(trace: Trace) -> dict[int, Array]:
    """Return what each gradient may be off by: the roundings of its terms, and those above."""
    graph, one = trace.graph, float(np.finfo(trace.values[-1].dtype).eps) / 2
    off: dict[int, Array] = {}
    for number in range(len(graph.nodes) - 1, -1, -1):
        gradient = trace.gradients[number]
        if gradient is None:
            continue
        total = np.zeros(gradient.shape)
        for consumer, position in graph.arrivals[number]:
            above = trace.gradients[consumer]
            if above is not None and consumer in off:
                total = total + _share(trace, consumer, position, above, off[consumer], ULPS * one)
        off[number] = total
    return off


def _share(
    trace: Trace, consumer: int, position: int, gradient: Array, off: Array, rounding: float
) -> Array:
    """Return what one consumer's share is off by: Σ |∂outᵢ/∂x|·(off gᵢ + rounding·|gᵢ|)."""
    parent = trace.graph.nodes[consumer].parents[position]
    total = np.zeros(trace.values[parent].shape)
    weights = off + rounding * np.abs(gradient)
    for where in np.ndindex(weights.shape):
        if not weights[where]:
            continue
        unit = np.zeros(gradient.shape, dtype=gradient.dtype)
        unit[where] = 1
        total += np.abs(trace.share(consumer, position, unit)) * weights[where]
    return total
