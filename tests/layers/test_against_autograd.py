"""Values and gradients of random networks of these layers against autograd and differences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from backprop_cli.api import loads
from backprop_cli.arithmetic.floating import FLOAT64
from backprop_cli.graph.names import known_refs
from backprop_cli.graph.records import Graph
from backprop_cli.graph.values import leaf_arrays
from backprop_cli.passes.run import run
from backprop_cli.passes.trace import forward

from ..networks import MANY
from ..passes.test_against_autograd import close
from . import oracle
from .random_networks import network

SEEDS = range(MANY * 2 // 3)
CHUNKS = [SEEDS[start : start + 50] for start in range(0, len(SEEDS), 50)]
STEP = 2e-4
Array = np.ndarray[Any, Any]
Leaves = dict[int, Array]


@pytest.mark.parametrize("seeds", CHUNKS, ids=str)
def test_every_value_and_gradient(seeds: range) -> None:
    seen: set[str] = set()
    for seed in seeds:
        spec, text = network(seed)
        trace = run(loads(text))
        graph = trace.graph
        nodes = {name: graph.number(ref) for name, ref in known_refs(graph).items()}
        wanted = oracle.gradients(spec)
        values = oracle.values(spec, oracle.parameters(spec))
        assert graph.loss is not None
        close(trace.values[graph.loss], np.asarray(values["loss"]), 1e-10, text)
        for name, slope in wanted.items():
            node, found = graph.nodes[nodes[name]], trace.gradients[nodes[name]]
            # A row of a gradient is N times the loss's under a mean, so that it is a sample's own.
            times = graph.samples if node.per_sample and graph.mean else 1
            close(trace.values[nodes[name]], np.asarray(values[name]), 1e-10, f"{name}\n{text}")
            zero = np.zeros(trace.values[nodes[name]].shape)
            own = zero if found is None else found
            close(own, np.asarray(slope) * times, 1e-9, f"d{name}\n{text}")
        seen |= {layer.type for layer in graph.layers}
    assert seeds.start or len(seen) == 7


def test_learnt_and_given_are_told_apart() -> None:
    """What autograd has a gradient for is what ``step`` moves, and the input."""
    for seed in SEEDS:
        spec, text = network(seed)
        graph = loads(text)
        learnt = set(oracle.parameters(spec)) - {"x"}
        assert set(graph.parameters) == learnt, text


def loss_along(graph: Graph, leaves: Leaves, node: int, direction: Array, step: float) -> float:
    """Return the loss a step along a direction of one array."""
    there = {**leaves, node: leaves[node] + step * direction}
    return float(forward(graph, FLOAT64, there)[graph.loss or 0])


@pytest.mark.parametrize("seeds", CHUNKS, ids=str)
def test_central_differences(seeds: range) -> None:
    """Along a random direction of each array of parameters, two step sizes put together."""
    for seed in seeds:
        graph = loads(network(seed)[1])
        trace, leaves = run(graph), leaf_arrays(graph, FLOAT64)
        random = np.random.default_rng(seed)
        for name, node in graph.parameters.items():
            along = random.uniform(-1, 1, leaves[node].shape)
            steps = (-2 * STEP, -STEP, STEP, 2 * STEP)
            ends = [loss_along(graph, leaves, node, np.asarray(along), h) for h in steps]
            slope = (8 * (ends[2] - ends[1]) - (ends[3] - ends[0])) / (12 * STEP)
            found = trace.gradients[node]
            own = 0.0 if found is None else float((found * along).sum())
            assert own == pytest.approx(slope, rel=1e-7, abs=1e-7), (seed, name)
