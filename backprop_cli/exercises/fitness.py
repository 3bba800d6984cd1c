"""How good drawn numbers are: what hides a mistake by being 0, and how long they are by hand."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
from msgspec import Struct

from ..arithmetic.floating import FLOAT64
from ..functions.softmax import Softmax
from ..graph.records import Graph
from ..graph.values import leaf_arrays
from ..passes.differences.kinks import any_on_a_kink
from ..passes.run import run
from ..passes.trace import Trace
from ..problems import Refusal
from .generating import ALIKE, SMALLEST, TINY, symmetries
from .lengths import length

Array = np.ndarray[Any, Any]
LARGEST = 12.0
"""How large a value should be; where none is found it may be three times as large."""
SMOOTH = 3.0
"""The same where a state goes through one function again and again."""
OF_LINES = 200.0
"""The same of a graph's lines."""
APART = 8.0
"""How far apart scores may lie: of e^8 the smaller probability has four decimals left."""
FILTERS = ("filter", "channel")


class Fitness(Struct, frozen=True):
    """What is 0, each by its name; how much is too large; the characters, and what hides mistakes.

    An entry of ``nothing`` is an error of a unit in all samples, a gradient of one parameter, a
    gate or a state at one step. ``sharp`` is by how much a softmax in a layer is 0 and 1 at once.
    """

    nothing: frozenset[tuple[int, int]]
    sharp: int
    large: int
    points: float

    def rank(self, always: frozenset[tuple[int, int]]) -> tuple[int, int, int, float]:
        """Return what is compared, the less the better; what is ``always`` 0 is nobody's fault."""
        return len(self.nothing - always), self.sharp, self.large, self.points


def fitness(graph: Graph, free: frozenset[int] = frozenset()) -> Fitness | None:
    """Return how good a graph's numbers are; None where they do not work, or hit a kink.

    ``free`` are the parameters whose gradients may be 0: a one-hot input chooses among them.
    """
    try:
        trace = run(graph)
    except Refusal:
        return None
    if any_on_a_kink(graph, leaf_arrays(graph, FLOAT64)):
        return None
    largest = SMOOTH if graph.loops else LARGEST if graph.layers else OF_LINES
    sizes = [float(np.abs(trace.values[number]).max()) for number in _computed(graph)]
    if max(sizes) > 3 * largest:
        return None
    nothing, points = set(_states(graph, trace)), 0.0
    for number in (*_computed(graph), *graph.parameters.values()):
        gradient = trace.gradients[number]
        if gradient is None:
            return None
        small = _of_units(graph, number, np.abs(gradient)) < SMALLEST
        small = small if graph.layers else small | (trace.values[number] == 0)
        nothing |= {(number, int(at)) for at in np.flatnonzero(small) if number not in free}
        points += _length(trace.values[number]) + _length(gradient)
        points += TINY * int(((gradient != 0) & (np.abs(gradient) < 0.01)).sum())
    points += 4 * ALIKE * _likeness(graph, trace)
    large = sum(size > largest for size in sizes)
    return Fitness(frozenset(nothing), _sharpness(graph, trace), large, points)


def _computed(graph: Graph) -> list[int]:
    """Return what is asked for with its error: each layer's z, each line."""
    lines = (n for n, node in enumerate(graph.nodes) if node.rule is not None and not node.inner)
    return [layer.z for layer in graph.layers] or list(lines)


def _sharpness(graph: Graph, trace: Trace) -> int:
    """Return how far scores lie too far apart within a layer: their softmax is 0 and 1 at once."""
    inner = (graph.number(ref) for layer in graph.layers for ref in layer.values[:-2])
    apart = [
        float(np.ptp(trace.values[graph.nodes[number].parents[0]], axis=-1).max())
        for number in inner
        if isinstance(graph.nodes[number].rule, Softmax)
    ]
    return max((int(each / APART) for each in apart), default=0)


def _states(graph: Graph, trace: Trace) -> Iterator[tuple[int, int]]:
    """Yield gates and states that are 0: in a product it hides every mistake of the rest."""
    for layer in graph.layers:
        for number in layer.cells[-1].parts.values() if graph.loop(layer.z) else ():
            yield from ((number, int(at)) for at in np.flatnonzero(trace.values[number] == 0))


def _of_units(graph: Graph, number: int, sizes: Array) -> Array:
    """Return the largest error of each unit, or of each filter, over samples, steps and places."""
    node = graph.nodes[number]
    if not node.per_sample or not node.shape or not graph.layers:
        return sizes
    at = next((i for i, axis in enumerate(node.axes) if axis in FILTERS), len(node.axes) - 1)
    largest: Array = np.moveaxis(sizes, at + 1, 0).reshape(node.shape[at], -1).max(axis=1)
    return largest


def _likeness(graph: Graph, trace: Trace) -> int:
    """Return by how much weights look the same turned, units and samples the same as others."""
    arrays = [trace.values[number] for number in graph.parameters.values()]
    if graph.samples > 1 and graph.input is not None:
        rows = trace.values[graph.input].reshape(graph.samples, -1)
        arrays.append(rows)
    return sum(symmetries(np.asarray(a, dtype=float)) for a in arrays if a.ndim == 2)


def _length(array: Array) -> float:
    """Return the characters of an array's numbers, those that are no short fractions as six."""
    texts = [Fraction(str(round(float(each), 6))).limit_denominator(64) for each in array.ravel()]
    close = zip(texts, array.ravel().tolist(), strict=True)
    return float(sum(length(t) if abs(float(t) - each) < 1e-9 else 6 for t, each in close))
