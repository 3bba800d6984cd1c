"""Pairs of steps: what the loss at step t owes to the state at step k, of h_t = φ(W x + U h + b).

∂C_t/∂z_k = φ′(z_k) ⊙ (∂h_t/∂h_k)ᵀ ∂C_t/∂h_t with ∂h_t/∂h_k = Π_{j=k+1…t} diag(φ′(z_j)) U. Added
up over t they are δ_k, which the recursion finds without the products.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from ..functions.delayed import Delayed
from ..functions.elementwise import Elementwise
from ..functions.weighted import Weighted
from ..graph.parts import Layer, Loop
from ..graph.records import Array, Graph
from .shares import arriving
from .trace import Trace


class Recurrence(Struct, frozen=True):
    """A layer of h_t = φ(W x_t + U h_{t−1} + b): its loop, z, h, U and what h begins with."""

    layer: Layer
    loop: Loop
    z: int
    h: int
    weights: int
    start: int | None = None


class StepPairs(Struct, frozen=True):
    """One sample: by step j φ′(z_j) and ∂h_j/∂h_{j−1}; by pair (t, k) ∂h_t/∂h_k and ∂C_t/∂z_k."""

    order: tuple[int, ...]
    slopes: dict[int, Array]
    single: dict[int, Array]
    products: dict[tuple[int, int], Array]
    errors: dict[tuple[int, int], Array]


def recurrences(graph: Graph) -> list[Recurrence]:
    """Return the layers whose whole state is φ of one weighted sum, and that no loop reads."""
    found = []
    for layer in graph.layers:
        loop = graph.loop(layer.cells[-1].parts.get("z", -1))
        if loop is None or len(loop.numbers) != 2:
            continue
        z, h = loop.numbers
        rule = graph.rule(z)
        plain = isinstance(rule, Delayed) and isinstance(rule.rule, Weighted)
        later = any(other.first > loop.last for other in graph.loops)
        if plain and isinstance(graph.rule(h), Elementwise) and not later:
            (late,) = rule.late_inputs
            parents, start = graph.nodes[z].parents, rule.late_inputs[late]
            before = None if start is None else parents[start]
            found.append(Recurrence(layer, loop, z, h, parents[late + 1], before))
    return found


def pairs_of(trace: Trace, own: Recurrence, sample: int) -> StepPairs:
    """Return the pairs of a sample, from 1; none across a step at which the error is cut off."""
    graph, row, xp = trace.graph, sample - 1, trace.arithmetic
    clock = own.loop.clock.of_sample(sample)
    order = tuple(t + 1 for t in clock.order())
    z, h = trace.values[own.z][row], trace.values[own.h][row]
    rule = graph.rule(own.h)
    slopes = np.asarray(rule.slope(xp, z, h))
    matrix = trace.values[own.weights]
    matrix = matrix.T if graph.in_out else matrix
    arrived = arriving(graph, xp, own.h, trace.values, trace.gradients, past=own.loop)
    outside = h * 0 if arrived is None else arrived[row]
    single = {j: slopes[j - 1][:, None] * matrix for j in order[1:]}
    products: dict[tuple[int, int], Array] = {}
    errors: dict[tuple[int, int], Array] = {}
    for place, t in enumerate(order):
        product = None
        for k in reversed(order[: place + 1]):
            if k != t:
                if clock.cut(k):
                    break
                step = single[order[order.index(k) + 1]]
                product = step if product is None else product @ step
                products[t, k] = product
            back = outside[t - 1] if product is None else product.T @ outside[t - 1]
            errors[t, k] = slopes[k - 1] * back
    return StepPairs(order, {j: slopes[j - 1] for j in order}, single, products, errors)
