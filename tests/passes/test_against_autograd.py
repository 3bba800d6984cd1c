"""Every gradient of random networks against autograd, central differences and the other numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from backprop_cli.arithmetic.floating import FLOAT64
from backprop_cli.expression.refs import Ref
from backprop_cli.graph.records import Graph
from backprop_cli.graph.values import leaf_arrays
from backprop_cli.passes.run import run
from backprop_cli.passes.trace import Trace, forward
from backprop_cli.spec.functions import ACTIVATION_NAMES

from .. import networks
from ..networks import MANY, loads, network
from . import oracle, oracle_functions

Array = np.ndarray[Any, Any]
CHUNKS = [range(start, start + 50) for start in range(0, max(300, MANY), 50)]
STEP = 2e-4


def close(found: Array, wanted: Array, tolerance: float, what: str) -> None:
    """Compare within the tolerance times the largest entry, or 1."""
    assert found.shape == wanted.shape, what
    size = max(1.0, float(np.abs(wanted).max(initial=0.0)))
    worst = float(np.abs(found - wanted).max(initial=0.0))
    assert worst <= tolerance * size, f"{what}: off by {worst:.3g} of {size:.3g}"


def named(graph: Graph) -> dict[str, int]:
    """Return the nodes of x, the parameters, and each layer's z and a, by plain name."""
    found = {"x": graph.number(Ref("x")), **graph.parameters}
    for layer in graph.layers:
        found |= {f"z{layer.index}": layer.z, f"a{layer.index}": layer.a}
    return found


def gradient(trace: Trace, node: int) -> Array:
    """Return the node's gradient; what the loss does not depend on has zeros."""
    found = trace.gradients[node]
    return np.zeros(trace.values[node].shape) if found is None else found


@pytest.mark.parametrize("seeds", CHUNKS, ids=str)
def test_values_and_gradients_are_autograds(seeds: range) -> None:
    for seed in seeds:
        net = network(seed)
        trace = run(loads(net.text))
        nodes = named(trace.graph)
        values = oracle.values(net.spec, oracle.parameters(net.spec))
        assert trace.graph.loss is not None
        close(trace.values[trace.graph.loss], np.asarray(values["loss"]), 1e-10, net.text)
        wanted = oracle.gradients(net.spec)
        assert set(wanted) == set(nodes), net.text
        for name, node in nodes.items():
            close(trace.values[node], values[name], 1e-10, f"{name}\n{net.text}")
            close(gradient(trace, node), wanted[name], 1e-10, f"d{name}\n{net.text}")


@pytest.mark.parametrize("seeds", CHUNKS, ids=str)
def test_directional_derivatives_are_central_differences(seeds: range) -> None:
    """Along a random direction of each array, with the error term of second order removed.

    Every other network: autograd has them all.
    """
    kinks = compared = 0
    for seed in seeds[::2]:
        net = network(seed)
        graph = loads(net.text)
        trace, leaves = run(graph), leaf_arrays(graph, FLOAT64)
        random = np.random.default_rng(seed)
        given = oracle.parameters(net.spec)
        for name, node in {"x": graph.number(Ref("x")), **graph.parameters}.items():
            direction = random.uniform(-1, 1, leaves[node].shape)
            steps = [np.asarray(k * STEP * direction) for k in (-2, -1, 1, 2)]
            if crosses_a_kink(net.spec, given, name, steps):
                kinks += 1
                continue
            compared += 1
            at = [loss_at(graph, {**leaves, node: leaves[node] + step}) for step in steps]
            slope = (at[0] - 8 * at[1] + 8 * at[2] - at[3]) / (12 * STEP)
            rows = graph.samples if graph.mean and name == "x" else 1
            found = float((gradient(trace, node) * direction).sum()) / rows
            off = abs(found - slope)
            assert off <= 1e-8 * max(1.0, abs(at[1])), f"d{name}: {off:.3g}\n{net.text}"
    assert compared > 20 * kinks


def crosses_a_kink(
    spec: oracle.Spec, given: oracle.Named, name: str, steps: Sequence[Array]
) -> bool:
    """Return whether some value is on another side of a kink at one of the steps."""
    here = oracle.sides(spec, given)
    weights = np.sign(given[name]) if name.startswith("W") else None
    for step in steps:
        moved = given[name] + step
        there = oracle.sides(spec, {**given, name: moved})
        if any(not np.array_equal(a, b) for a, b in zip(here, there, strict=True)):
            return True
        if weights is not None and not np.array_equal(weights, np.sign(moved)):
            return True
    return False


def loss_at(graph: Graph, leaves: dict[int, Array]) -> float:
    """Return the loss with other numbers at the leaves."""
    assert graph.loss is not None
    return float(forward(graph, FLOAT64, leaves)[graph.loss])


def test_the_networks_cover_the_tables() -> None:
    """Whatever a file may name occurs, and the oracle knows it."""
    text = "\n".join(network(seed).text for seeds in CHUNKS for seed in seeds)
    for name in (*ACTIVATION_NAMES, *networks.LOSS_NAMES, "approximate"):
        assert name in text
    for expression in networks.ACTIVATION_EXPRESSIONS:
        assert expression in oracle_functions.ACTIVATION_EXPRESSIONS
        assert expression in text
    for expression in (*networks.TERM_LOSSES, *networks.JOINT_LOSSES):
        assert expression in oracle_functions.LOSS_EXPRESSIONS
        assert expression in text
    for key in ("shared_bias", "bias: none", "in_out", "unused", "class:", "l1:", "l2:", "sum"):
        assert key in text
