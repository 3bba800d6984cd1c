"""How many parameters a network has."""

from __future__ import annotations

import numpy as np

from ..graph.records import Graph


def parameter_counts(graph: Graph) -> tuple[int, int]:
    """Return (number of weights, number of biases)."""
    weights = biases = 0
    for number in graph.parameters.values():
        node = graph.nodes[number]
        size = int(np.prod(node.shape))
        if len(node.shape) > 1:
            weights += size
        else:
            biases += size
    return weights, biases
