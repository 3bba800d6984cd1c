"""Gradients by other ways than the pass backward: path by path, and by forward mode."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from backprop_cli.arithmetic import Arithmetic
from backprop_cli.graph.records import Graph
from backprop_cli.passes.forward_mode import tangents
from backprop_cli.passes.paths import flow, listed, path_message
from backprop_cli.passes.trace import Trace

Array = np.ndarray[Any, Any]
MOST_SUMMED = 100_000


def path_sum(trace: Trace, start: int) -> Array:
    """Return ∂output/∂start as the sum over all its paths; zeros where there is none."""
    found = flow(trace.graph)
    assert found.paths.get(start, 0) <= MOST_SUMMED
    total: Array | None = None
    for path in listed(found, start, MOST_SUMMED):
        message = path_message(trace, path)
        total = message if total is None else np.asarray(total + message)
    return trace.arithmetic.array(np.zeros(trace.values[start].shape)) if total is None else total


def forward_gradient(
    graph: Graph, arithmetic: Arithmetic, leaves: Mapping[int, Array], start: int
) -> Array:
    """Return ∂output/∂start, one sweep an entry; a sample's row is of its own cost C_i."""
    assert graph.loss is not None
    shape = graph.plan[start][2]
    result = arithmetic.array(np.zeros(shape))
    for index in np.ndindex(shape):
        result[index] = tangents(graph, arithmetic, leaves, start, index)[1][graph.loss].item()
    own = graph.mean and graph.nodes[start].per_sample
    return np.asarray(result * graph.samples) if own and graph.samples > 1 else result
