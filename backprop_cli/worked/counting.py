"""How many parameters a network has."""

from __future__ import annotations

import numpy as np

from ..graph.records import Graph

SAID = {
    "weight": "weight",
    "bias": "bias",
    "scale": "scale",
    "shift": "shift",
    "table": "table value",
    "state": "first state",
}
"""What one number of a parameter is called, by its kind."""


def counts_by_kind(graph: Graph) -> dict[str, int]:
    """Return how many numbers the parameters of each kind have: weights and biases, then others."""
    found = {"weight": 0, "bias": 0}
    for layer in graph.layers:
        for parameter in layer.held:
            size = int(np.prod(graph.nodes[parameter.node].shape))
            found[parameter.kind] = found.get(parameter.kind, 0) + size
    if any(count for kind, count in found.items() if kind not in ("weight", "bias")):
        return {kind: count for kind, count in found.items() if count}
    return found


def parameter_counts(graph: Graph) -> tuple[int, int]:
    """Return (number of weights, number of all other parameters: biases, scales, shifts)."""
    sizes: dict[bool, int] = {True: 0, False: 0}
    for layer in graph.layers:
        for parameter in layer.held:
            size = int(np.prod(graph.nodes[parameter.node].shape))
            sizes[parameter.kind == "weight"] += size
    return sizes[True], sizes[False]
