"""How the error fares on its way down: each layer's factor, split into σ′ and W, and its bound.

Down one edge, from the δ of a layer m to the δ of a layer l that it reads,

    ‖δ^l‖ / ‖δ^m‖ = ‖(W^m)ᵀδ^m‖ / ‖δ^m‖ · ‖σ′(z^l) ⊙ (W^m)ᵀδ^m‖ / ‖(W^m)ᵀδ^m‖ ≤ ‖W^m‖₂ · max|σ′|.

Norms are Euclidean, over the units and samples together.
"""

from __future__ import annotations

import functools
import math
from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
from msgspec import Struct

from ...arithmetic.floating import FLOAT64
from ...functions.elementwise import Elementwise
from ...functions.operators import Affine, Concat, Product, Sum
from ...functions.rules import Rule
from ...functions.softmax import Softmax
from ...graph.parts import Layer
from ...graph.records import Graph
from ..trace import Trace
from .norms import norm, spectral_norm

Array = np.ndarray[Any, Any]
WIDEST = 40.0
"""How far from 0 the largest |σ′| is looked for."""


class LayerStep(Struct, frozen=True):
    """The error's way from layer ``above`` down to one that it reads.

    ``weights`` is the factor of W (or of a merge), ``slopes`` that of σ′; ``bound`` is what neither
    any error nor any z can make larger, None where none is known. ``part`` is the share of the
    lower layer's error that comes this way.
    """

    above: int
    weights: float
    slopes: float
    bound: float | None
    part: float = 1.0

    @property
    def factor(self) -> float:
        """By how much the error's norm is multiplied."""
        return self.weights * self.slopes


class LayerHealth(Struct, frozen=True):
    """One layer: norms, and the edges down which its error comes, the strongest first.

    ``ratio`` is ‖δ‖ over the output layer's; ``product`` the product of the factors of the
    strongest edges from the output down to here, ``bound`` of their bounds, ``steps`` how many.
    """

    index: int
    delta: float
    activation: float
    gradients: dict[str, float]
    ratio: float
    edges: tuple[LayerStep, ...] = ()
    product: float = 1.0
    bound: float | None = 1.0
    steps: int = 0
    reached: bool = True


def mean_factor(ratio: float, steps: int) -> float:
    """Return ratio^(1/steps): the factor a layer."""
    return ratio ** (1.0 / steps) if steps and ratio > 0 else (1.0 if not steps else 0.0)


Slopes = Mapping[int, float | None]
"""The largest |σ′| of each layer, by its number."""


def layer_healths(
    trace: Trace, rows: slice = slice(None), slopes: Slopes | None = None
) -> tuple[LayerHealth, ...]:
    """Return each layer's health, in the order of the file; ``rows`` chooses samples.

    Bounds need ``slopes``; without them there are none.
    """
    graph = trace.graph
    done: dict[int, LayerHealth] = {}
    top = norm(_rows(trace.gradients[graph.layers[-1].z], rows))
    for layer in sorted(graph.layers, key=lambda layer: -layer.z):
        done[layer.index] = _health(trace, layer, done, top, rows, slopes)
    return tuple(done[layer.index] for layer in graph.layers)


def error_ratio(trace: Trace, layer: Layer, rows: slice) -> float:
    """Return ‖δ‖ of a layer over the output layer's; 0 where none arrives."""
    top = norm(_rows(trace.gradients[trace.graph.layers[-1].z], rows))
    return norm(_rows(trace.gradients[layer.z], rows)) / top if top else 0.0


def _health(
    trace: Trace,
    layer: Layer,
    done: dict[int, LayerHealth],
    top: float,
    rows: slice,
    slopes: Slopes | None,
) -> LayerHealth:
    graph = trace.graph
    delta = trace.gradients[layer.z]
    gradients = {
        f"{part}{layer.index}": norm(trace.gradients[node])
        for part, node in layer.parameters.items()
    }
    size, activation = norm(_rows(delta, rows)), norm(_rows(trace.values[layer.a], rows))
    ratio = size / top if top else 0.0
    if delta is None:
        return LayerHealth(layer.index, 0.0, activation, gradients, 0.0, reached=False)
    above = [other for other in graph.readers.get(layer.a, ()) if done[other.index].reached]
    if not above:
        return LayerHealth(layer.index, size, activation, gradients, ratio)
    edges = sorted(
        (_edge(trace, layer, other, rows, slopes) for other in above), key=lambda e: -e.part
    )
    total = sum(edge.part for edge in edges)
    shared = tuple(
        LayerStep(e.above, e.weights, e.slopes, e.bound, e.part / total if total else 0.0)
        for e in edges
    )
    best = shared[0]
    before = done[best.above]
    bound = None if before.bound is None or best.bound is None else before.bound * best.bound
    product = before.product * best.factor
    return LayerHealth(
        layer.index, size, activation, gradients, ratio, shared, product, bound, before.steps + 1
    )


def _edge(
    trace: Trace, layer: Layer, above: Layer, rows: slice, slopes: Slopes | None
) -> LayerStep:
    """Return the edge from ``above`` down to ``layer``; its part is not yet a share of one."""
    inside = {number for cell in above.cells for number in cell.parts.values()}
    arrivals = trace.graph.arrivals[layer.a]
    edges = [(consumer, k) for consumer, k in reversed(arrivals) if consumer in inside]
    positions = [k for consumer, k in edges if consumer == above.z]
    sent = functools.reduce(np.add, (trace.message(consumer, k) for consumer, k in edges))
    sent = sent[rows]
    arriving = norm(_rows(trace.gradients[above.z], rows))
    a, z = trace.values[layer.a][rows], trace.values[layer.z][rows]
    rule = trace.graph.rule(layer.a)
    through = sent if layer.z == layer.a else np.asarray(rule.share(FLOAT64, 0, sent, a, z))
    size, part = norm(sent), norm(through)
    weights = size / arriving if arriving else 0.0
    passed = part / size if size else 0.0
    steepest = None if slopes is None else slopes[layer.index]
    whole = len(positions) == len(edges)
    below = None if steepest is None or not whole else merge_bound(trace, above, positions, rows)
    bound = None if steepest is None or below is None else steepest * below
    return LayerStep(above.index, weights, passed, bound, part)


def merge_bound(trace: Trace, above: Layer, positions: list[int], rows: slice) -> float | None:
    """Return ‖W‖₂; of a merge the largest it can multiply an error by; None where unknown."""
    graph = trace.graph
    node = graph.nodes[above.z]
    match node.rule:
        case Affine():
            return spectral_norm(trace.values[node.parents[1]])
        case Sum():
            return float(len(positions))
        case Concat():
            return math.sqrt(len(positions))
        case Product():
            total = 0.0
            for k in positions:
                others = [trace.values[p][rows] for i, p in enumerate(node.parents) if i != k]
                total += float(np.abs(functools.reduce(np.multiply, others)).max())
            return total
    # z is the value below itself
    same = node.rule is not None and node.rule.name == "identity"
    return 1.0 if same or above.type == "activation" else None


def _steepest(rule: Elementwise) -> float | None:
    """Return max |σ′(z)| over |z| ≤ 40, None where it still grows at the ends."""
    z = np.unique(np.concatenate([np.linspace(-WIDEST, WIDEST, 8001), [0.0]]))
    with np.errstate(all="ignore"):
        size = _slopes(rule, z)
        if not np.isfinite(size).all():
            return None
        best = int(size.argmax())
        inside = size[np.abs(z) < WIDEST / 2].max()
        if size[best] > inside * (1 + 1e-6):
            return None
        low, high = z[max(best - 1, 0)], z[min(best + 1, len(z) - 1)]
        fine = _slopes(rule, np.linspace(low, high, 4001))
    return float(max(size[best], fine.max()))


def _slopes(rule: Elementwise, z: Array) -> Array:
    return np.abs(np.asarray(rule.slope(FLOAT64, z, rule.forward(FLOAT64, z)), dtype=np.float64))


def largest_slope(rule: Rule) -> float | None:
    """Return the largest |σ′| that the activation has anywhere; None where it has no largest.

    Softmax's Jacobian has no larger singular value than ½.
    """
    if isinstance(rule, Softmax):
        return 0.5
    return _steepest(rule) if isinstance(rule, Elementwise) else None


def _rows(array: Array | None, rows: slice) -> Array | None:
    return None if array is None else array[rows]


def chain(graph: Graph) -> bool:
    """Return whether each layer's error comes down one edge only."""
    reads = Counter(node for layer in graph.layers for node in layer.input_nodes)
    return all(reads[layer.a] <= 1 for layer in graph.layers[:-1])
