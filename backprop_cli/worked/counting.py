"""How many parameters a network has."""

from __future__ import annotations

import numpy as np

from ..graph.records import Graph


def parameter_counts(graph: Graph) -> tuple[int, int]:
    """Return (number of weights, number of all other parameters: biases, scales, shifts)."""
    sizes: dict[bool, int] = {True: 0, False: 0}
    for layer in graph.layers:
        for parameter in layer.held:
            size = int(np.prod(graph.nodes[parameter.node].shape))
            sizes[parameter.kind == "weight"] += size
    return sizes[True], sizes[False]
