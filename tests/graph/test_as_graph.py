"""A network as its computation graph: the same numbers, entry by entry, as the network of layers.

Under a mean over N samples a row of the layers' gradients is of that sample's own cost, so N times
what the graph, whose gradients are all of the loss, has for it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from backprop_cli.api import load, loads
from backprop_cli.expression.refs import plain_name
from backprop_cli.expression.tree import Neg
from backprop_cli.functions.formula import Formula
from backprop_cli.graph.as_graph import weights_as_nodes
from backprop_cli.graph.operations import operations
from backprop_cli.graph.records import Graph
from backprop_cli.graph.resolving import resolve
from backprop_cli.passes.run import run
from backprop_cli.passes.trace import Trace
from backprop_cli.problems import Refusal
from backprop_cli.worked.steps import entry

from ..commands.running import CONFIGS, LAYERED, printed
from ..networks import MANY, network

MADE = {"units": weights_as_nodes, "operations": operations}
made = pytest.mark.parametrize("kind", MADE)


def agree(graph: Graph, kind: str, *, exact: bool = False) -> None:
    """Compare every entry that the graph shares with the network: its value and its gradient."""
    layered, seen = run(graph, exact=exact), run(MADE[kind](graph), exact=exact)
    shared = 0
    for number, node in enumerate(seen.graph.nodes):
        if graph.find(node.ref) is None or node.ref.part in ("cost", "penalty"):
            continue
        shared += 1
        same(seen.values[number].item(), entry(layered, node.ref), exact=exact)
        gradient = seen.gradients[number]
        if gradient is not None and node.ref.part != "y":
            wanted = entry(layered, node.ref.grad())
            rows = graph.samples if graph.mean and _is_a_row(layered, node.ref) else 1
            same(gradient.item() * rows, wanted, exact=exact)
    assert shared >= sum(layered.values[leaf].size for leaf in graph.given)


def _is_a_row(trace: Trace, ref: Any) -> bool:
    return trace.graph.nodes[trace.graph.number(ref)].per_sample


def same(found: Any, wanted: Any, *, exact: bool) -> None:
    scale = max(1.0, abs(float(wanted)))
    assert abs(float(found) - float(wanted)) <= (1e-12 if exact else 1e-10) * scale


@made
@pytest.mark.parametrize("name", LAYERED)
def test_every_example(name: str, kind: str) -> None:
    agree(load(CONFIGS / f"{name}.yaml"), kind)


@made
@pytest.mark.parametrize("name", ["bishop", "mazur", "residual", "three_two_one"])
def test_exactly(name: str, kind: str) -> None:
    agree(load(CONFIGS / f"{name}.yaml"), kind, exact=True)


@made
@pytest.mark.parametrize("first", range(0, MANY // 3, 20))
def test_random_networks(first: int, kind: str) -> None:
    for seed in range(first, first + 20):
        agree(loads(network(seed).text), kind)


@made
@pytest.mark.parametrize("name", LAYERED)
def test_names_find_their_nodes(name: str, kind: str) -> None:
    graph = MADE[kind](load(CONFIGS / f"{name}.yaml"))
    for node in graph.nodes:
        assert resolve(plain_name(node.ref, graph.in_out), graph) == node.ref
    assert len({plain_name(node.ref, graph.in_out) for node in graph.nodes}) == len(graph.nodes)


def test_an_activation_s_inputs_are_its_weights_and_the_activations_below() -> None:
    graph = weights_as_nodes(load(CONFIGS / "mazur.yaml"))
    number = graph.number(resolve("a2[1]", graph))
    names = [plain_name(graph.nodes[p].ref) for p in graph.nodes[number].parents]
    assert names == ["W2[1,1]", "a1[1]", "W2[1,2]", "a1[2]", "b2"]


@pytest.mark.parametrize("name", [*LAYERED, "diamond", "micrograd"])
def test_one_operation_a_node(name: str) -> None:
    graph = operations(load(CONFIGS / f"{name}.yaml"))
    for node in graph.nodes:
        if isinstance(node.rule, Formula):
            signs = sum(isinstance(slot.tree, Neg) for slot in node.rule.operations[:-1])
            assert len(node.rule.operations) - signs <= 1
    assert run(graph).graph.loss == graph.output


def test_a_difference_is_one_operation() -> None:
    graph = operations(load(CONFIGS / "sigmoid_neuron.yaml"))
    number = graph.number(resolve("v3", graph))
    names = [plain_name(graph.nodes[parent].ref) for parent in graph.nodes[number].parents]
    assert names == ["a1[1]", "y[1]"]
    assert run(graph).values[number].item() == pytest.approx(1 / (1 + np.exp(-1)) - 1)


def test_the_outputs_of_a_softmax_share_the_exponentials_and_their_sum() -> None:
    graph = operations(load(CONFIGS / "softmax_relu.yaml"))
    rules = [node.rule for node in graph.nodes if isinstance(node.rule, Formula)]
    assert sum(rule.name == "exp" for rule in rules) == 3
    numbers = [graph.number(resolve(f"a2[{unit}]", graph)) for unit in (1, 2, 3)]
    assert len({graph.nodes[number].parents[1] for number in numbers}) == 1


def test_what_a_file_writes_twice_stays_twice() -> None:
    text = "variables: {a: 2}\ngraph: {b: exp(a) + 1, o: exp(a) * b}\n"
    graph = operations(loads(text))
    rules = [node.rule for node in graph.nodes if isinstance(node.rule, Formula)]
    assert sum(rule.name == "exp" for rule in rules) == 2


def test_inner_results_have_names_that_no_node_has() -> None:
    text = "variables: {v: 2, v1: 3, u: 4}\ngraph:\n  o: (v + v1) * (u + v) * exp(v)\n"
    graph = operations(loads(text))
    names = [plain_name(node.ref) for node in graph.nodes]
    assert len(set(names)) == len(names)
    assert run(graph).values[graph.output].item() == pytest.approx(5 * 6 * np.exp(2))


def test_a_network_too_large_for_it_is_refused() -> None:
    text = (
        "input: [1]\ntarget: [1]\nloss: huber\nlayers:\n"
        "  - {units: 20000, weights: {init: ones}}\n  - {units: 1, weights: {init: ones}}\n"
    )
    with pytest.raises(Refusal, match="more than 20000 nodes"):
        weights_as_nodes(loads(text))


def test_without_a_loss_there_is_no_graph() -> None:
    with pytest.raises(Refusal, match="it has none"):
        weights_as_nodes(loads("input: [1]\nlayers: [{units: 1, weights: [[2]], bias: none}]\n"))


@pytest.mark.parametrize(
    "words", [("--as-graph",), ("--as-graph", "operations"), ("--as-graph=units",)]
)
def test_the_option_may_stand_anywhere(words: tuple[str, ...]) -> None:
    file = str(CONFIGS / "sigmoid_neuron.yaml")
    assert printed("trace", *words, file) == printed("trace", file, *words)
    assert "∂C/∂C = 1" in printed("trace", file, *words)


def test_nobody_says_that_the_targets_do_not_matter() -> None:
    file = str(CONFIGS / "sigmoid_neuron.yaml")
    for kind in MADE:
        words = ("--as-graph", "operations") if kind == "operations" else ("--as-graph",)
        assert "not reach the output" not in printed("trace", file, *words)
