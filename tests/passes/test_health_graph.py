"""Health of computation graphs, and the memory that any backward pass needs."""

from __future__ import annotations

import numpy as np
import pytest

from backprop_cli.api import load, loads
from backprop_cli.passes.health.diagnosis import diagnose
from backprop_cli.passes.health.memory import kept_in_layers, kept_nodes
from backprop_cli.passes.run import run
from backprop_cli.worked.describe.describe_document import describe_object

from ..commands.running import CONFIGS, NAMES
from .test_health import only


def test_a_graph_is_told_node_by_node() -> None:
    """o = (a + b)·ab/2 at a = 2, b = 3: ∂o/∂c = 3, ∂o/∂d = 2.5, ∂c/∂a = 1, ∂d/∂a = 3."""
    found = diagnose(run(load(CONFIGS / "diamond.yaml")))
    nodes = {node.ref.part: node for node in found.nodes}
    assert {name: node.gradient for name, node in nodes.items()} == {
        "o": 1, "c": 3, "d": 2.5, "a": 10.5, "b": 8,
    }  # fmt: skip
    edges = {(e.consumer.part, n.ref.part): e.factor for n in found.nodes for e in n.edges}
    assert edges == {
        ("o", "c"): 3, ("o", "d"): 2.5, ("c", "a"): 1, ("d", "a"): 3, ("c", "b"): 1, ("d", "b"): 2,
    }  # fmt: skip
    assert not found.layers
    assert not found.units
    assert not found.tried


def test_a_graph_that_vanishes_is_told() -> None:
    lines = "".join(f"  h{i}: 0.1 * h{i - 1}\n" for i in range(2, 6))
    text = f"variables: {{w: 2}}\ngraph:\n  h1: 0.1 * w\n{lines}"
    verdict = only(diagnose(run(loads(text))))
    assert (verdict.kind, verdict.steps) == ("vanishing", 5)
    assert verdict.ref is not None
    assert verdict.ref.part == "w"
    assert verdict.factor == pytest.approx(0.1)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_kept_adds_up_to_what_describe_says(name: str) -> None:
    graph = load(CONFIGS / f"{name}.yaml")
    kept = kept_in_layers(graph) if graph.layered else kept_nodes(graph)
    assert all(each.float64 == 2 * each.float32 == 8 * each.numbers for each in kept)
    assert sum(each.numbers for each in kept) == describe_object(graph)["stored_values"]
    if graph.layered:
        assert kept[0].layer == 0
        computed = [
            np.size(value)
            for node, value in zip(graph.nodes, run(graph).values, strict=True)
            if node.ref.part == "x" or (node.ref.layer is not None and node.rule is not None)
            if node.ref.part != "penalty" and (node.rule is None or node.rule.name != "identity")
        ]
        assert sum(each.numbers for each in kept) == sum(computed)
