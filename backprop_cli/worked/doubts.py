"""Doubts: what a file may well say, and most likely does not mean, told beside what is given."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..expression.refs import Ref
from ..expression.tree import Compare, Number, Quantity
from ..functions.losses import CATEGORICAL
from ..graph.records import Graph
from .document import Code, Line, Math, Text

Array = np.ndarray[Any, Any]
TWICE = {
    ("softmax", "softmax_cross_entropy"): "cross_entropy",
    ("sigmoid", "sigmoid_cross_entropy"): "binary_cross_entropy",
}
"""An output's activation that the loss applies too, and the loss that does not."""
OTHERS = {
    ("sigmoid", "cross_entropy"): (
        "cross_entropy looks at no output whose target is 0; sigmoids, each a yes or no by "
        "itself, are mostly taken with ",
        "binary_cross_entropy",
    ),
    ("softmax", "binary_cross_entropy"): (
        "binary_cross_entropy takes each output for a yes or no by itself; a softmax, whose "
        "outputs add up to 1, is mostly taken with ",
        "cross_entropy",
    ),
}
"""An output's activation and a cross-entropy that is mostly another one's, and that other's."""
NEAR = 1e-6


def doubts(graph: Graph) -> list[Line]:
    """Return a line on each thing about the loss that is as likely a slip."""
    found: list[Line] = []
    last = graph.layers[-1] if graph.layers else None
    once = TWICE.get((last.activation, graph.loss_name)) if last is not None else None
    if last is not None and once is not None:
        first = f"{last.activation} is applied twice: by the last layer, and by the loss, "
        second = "which takes numbers as they come; for once, leave out "
        found.append(
            (
                Text(first + second),
                Code(f"activation: {last.activation}"),
                Text(", or write "),
                Code(f"loss: {once}"),
            )
        )
    other = OTHERS.get((last.activation, graph.loss_name)) if last is not None else None
    if other is not None:
        found.append((Text(other[0]), Code(f"loss: {other[1]}")))
    if graph.loss_name in CATEGORICAL:
        found += _no_distribution(graph)
    return found


def _no_distribution(graph: Graph) -> list[Line]:
    """Return what a target is, where it is no distribution: the first negative one, or a sum.

    Where several classes have a 1 their costs are added: so are those of the words around a word.
    """
    given = None if graph.target is None else graph.given[graph.target]
    if graph.target is None or given is None:
        return []
    y = given.numbers.reshape(graph.samples, *graph.nodes[graph.target].shape)
    sums = y.sum(axis=-1)
    takes = Text(f", where {graph.loss_said} takes shares that add up to 1, such as [0, 1]")
    for at in np.argwhere(y < 0)[:1]:
        is_below = Compare("==", Quantity(_target(graph, at)), Number(float(y[tuple(at)])))
        return [(Math(is_below), Text(" is negative"), takes)]
    several = ((y == 0) | (y == 1)).all(axis=-1)
    for at in np.argwhere((np.abs(sums - 1) > NEAR) & ~several)[:1]:
        total = Math(Number(float(sums[tuple(at)])))
        return [(Math(Quantity(_target(graph, at))), Text(" adds up to "), total, takes)]
    return []


def _target(graph: Graph, at: Array) -> Ref:
    """Return a target's row, or one of its entries."""
    sample, *index = at.tolist()
    one = None if graph.single else sample + 1
    return Ref("y", sample=one, index=tuple(i + 1 for i in index))
