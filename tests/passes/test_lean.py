"""The passes of a descent, laid down once: to the last bit those of the walks, and as refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from backprop_cli import api
from backprop_cli.arithmetic.floating import FLOAT64, Float64
from backprop_cli.graph.records import Graph
from backprop_cli.graph.values import leaf_arrays
from backprop_cli.passes import lean
from backprop_cli.passes.lean import LeanPasses, is_lean
from backprop_cli.passes.run import check_numbers
from backprop_cli.passes.trace import backward, forward, norm
from backprop_cli.problems import Refusal

from ..commands.running import NAMES, config
from ..networks import loads, network

Array = np.ndarray[Any, Any]


def laid_down(
    graph: Graph, kind: Float64 = FLOAT64
) -> tuple[LeanPasses, dict[int, Array], dict[int, Array]]:
    """Return the passes, the leaves that they read and the gradients that they put."""
    leaves = leaf_arrays(graph, kind)
    homes = {n: np.empty_like(leaf) for n, leaf in leaves.items() if graph.arrivals[n]}
    homes |= {n: np.empty_like(leaves[n]) for n in graph.parameters.values()}
    norms = {number: norm(leaf) for number, leaf in leaves.items()}
    return LeanPasses(graph, kind, leaves, norms, homes), leaves, homes


def agrees(graph: Graph, turns: int = 3) -> None:
    """Check pass after pass, each with other parameters, the first with the file's."""
    passes, leaves, homes = laid_down(graph)
    chance = np.random.default_rng(1)
    for _ in range(turns):
        values = forward(graph, FLOAT64, leaves)
        trace = backward(graph, FLOAT64, values)
        with np.errstate(all="ignore"):
            assert passes(leaves).tobytes() == values[graph.end].tobytes()
        for number, home in homes.items():
            wanted = trace.gradients[number]
            wanted = np.zeros(home.shape) if wanted is None else np.ascontiguousarray(wanted)
            assert home.tobytes() == wanted.tobytes(), graph.nodes[number].ref
        for number in graph.parameters.values():
            leaves[number] *= 1 + 0.01 * chance.normal(size=leaves[number].shape)
            passes.norms[number] = norm(leaves[number])


@pytest.mark.parametrize("small", [lean.SMALL, 0], ids=["small", "large"])
@pytest.mark.parametrize("name", NAMES)
def test_the_passes_are_the_walks(name: str, small: int, monkeypatch: pytest.MonkeyPatch) -> None:
    graph = api.load(config(name))
    try:
        check_numbers(graph, only_forward=False)
    except Refusal:
        return
    if not is_lean(graph):
        assert graph.loops
        return
    monkeypatch.setattr(lean, "SMALL", small)
    agrees(graph)


@pytest.mark.parametrize("seed", [0, 2, 3, 4, 5, 7])
def test_random_networks(seed: int) -> None:
    graph = loads(network(seed).text)
    if is_lean(graph):
        agrees(graph, 2)


BATCH = """
input: [[1, 2], [3, -4], [5, 6]]
target: [[1, 0], [0, 1], [1, 0]]
loss: {loss}
layers:
  - {{activation: {hidden}, weights: [[0.5, -0.25], [1, 2], [0.5, 1]], bias: [0.1, 0.2, -0.3]}}
  - {{activation: {last}, weights: [[1, 2, 3], [-1, 0.5, 1]], bias: {bias}}}
"""


@pytest.mark.parametrize("bias", ["[0.5, 0.25]", "0.5", "none"])
@pytest.mark.parametrize(
    ("last", "loss"),
    [
        ("softmax", "cross_entropy"),
        ("softmax", "kl_divergence"),
        ("sigmoid", "binary_cross_entropy"),
        ("identity", "softmax_cross_entropy"),
        ("identity", "mean_squared_error"),
        ("relu", "half_squared_error"),
        ("softmax", "half_squared_error"),
    ],
)
def test_ends_of_networks(last: str, loss: str, bias: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for small in (lean.SMALL, 0):
        monkeypatch.setattr(lean, "SMALL", small)
        agrees(api.loads(BATCH.format(loss=loss, hidden="relu", last=last, bias=bias)), 2)


@pytest.mark.parametrize("factor", [1e200, -1e200, 1e300, np.inf, np.nan])
@pytest.mark.parametrize("hidden", ["relu", "tanh", "identity"])
@pytest.mark.parametrize("small", [lean.SMALL, 0])
def test_what_is_not_finite_is_refused_alike(
    hidden: str, factor: float, small: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lean, "SMALL", small)
    text = BATCH.format(loss="cross_entropy", hidden=hidden, last="softmax", bias="[0.5, 0.25]")
    graph = api.loads(text)
    for number in graph.parameters.values():
        passes, leaves, _ = laid_down(graph)
        leaves[number] *= factor
        passes.norms[number] = norm(leaves[number])

        assert outcome(graph, leaves) == outcome(graph, leaves, passes)


def outcome(graph: Graph, leaves: dict[int, Array], passes: LeanPasses | None = None) -> str:
    """Return the loss, or why it is refused, by the walks or by passes laid down."""
    try:
        if passes is not None:
            with np.errstate(all="ignore"):
                return str(float(passes(leaves)))
        values = forward(graph, FLOAT64, leaves)
        backward(graph, FLOAT64, values)
        return str(float(values[graph.end]))
    except Refusal as refusal:
        return str(refusal)
