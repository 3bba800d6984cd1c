"""A batch as matrices: every equation's numbers come to its value, in both layouts."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from backprop_cli.api import loads, trace
from backprop_cli.expression.refs import Ref
from backprop_cli.expression.tree import Name
from backprop_cli.worked.stacked import StackedSamples, stacks
from backprop_cli.worked.view import View

from ..commands.running import config, printed, run
from ..page.evaluating import Evaluator

LAYERS = """\
  - {{units: 3, activation: {hidden}, weights: {{init: normal}}, bias: {bias}}}
  - {{units: 2, activation: {output}, weights: {{init: normal}}, {last}}}
"""
NET = """\
input: [[1, -2], [0.5, 0.25], [0.1, 0.7], [2, 1], [-1, 0.3]]
target: [[1, 0], [0, 1], [1, 0], [0.5, 0.5], [0, 1]]
loss: {loss}
seed: 3
weights_layout: {layout}
reduction: {reduction}
layers:
"""
CASES = [
    *itertools.product(
        ("out_in", "in_out"), ("mean", "sum"), ("half_squared_error/sigmoid",), ("[1, 2, 3]",)
    ),
    ("out_in", "mean", "cross_entropy/softmax", "none"),
    ("in_out", "mean", "squared_error/identity", "0.5"),
    ("out_in", "sum", "sigmoid_cross_entropy/identity", "[0, 0, 1]"),
    ("in_out", "mean", "mean_squared_error/tanh", "[0, 0, 1]"),
]


def network(layout: str, reduction: str, ends: str, bias: str) -> str:
    loss, output = ends.split("/")
    last = "shared_bias: 0.2" if bias == "0.5" else "bias: [0.1, -0.4]"
    text = NET.format(loss=loss, layout=layout, reduction=reduction)
    return text + LAYERS.format(hidden="tanh", output=output, bias=bias, last=last)


@pytest.mark.parametrize(("layout", "reduction", "ends", "bias"), CASES)
def test_all_samples_at_once(layout: str, reduction: str, ends: str, bias: str) -> None:
    graph = loads(network(layout, reduction, ends, bias))
    done = trace(graph)
    x = done.value("x")
    stacked = StackedSamples(done.trace, View(full=True))
    assert stacks(graph)
    share = 1 / len(x) if reduction == "mean" else 1
    for layer in graph.layers:
        below = x if layer.index == 1 else done.value("a1")
        delta = done.value(f"delta{layer.index}")
        product = below.T @ delta if layout == "in_out" else delta.T @ below
        assert done.value(f"dW{layer.index}") == pytest.approx(share * product)
        chains = [*stacked.forward(layer), *(stacked.gradient(layer, p) for p in layer.parameters)]
        error = stacked.error(layer)
        if ends != "sigmoid_cross_entropy/identity" or layer.index == 1:
            assert error is not None
            chains.append(error)
        for chain in chains:
            assert chain.target is not None
            target = chain.target
            wanted = done.trace.array(Ref(target.part, target.layer, target.gradient))
            evaluator = Evaluator(done.trace, names={Name("N"): np.asarray(5.0)})
            for form in chain.forms[1:]:
                found = np.asarray(evaluator.value(form))
                assert found.squeeze() == pytest.approx(wanted.squeeze()), chain


def test_the_page_in_both_layouts_and_the_trace() -> None:
    text = printed("derive", config("xor_batch"), "--style", "matrix")
    assert "∂C/∂W¹ = 1/N·(Δ¹)ᵀ X" in text
    assert "Δ¹ = Δ² W² ⊙ tanh′(Z¹)" in text
    assert " Δ¹       4 × 2" in text
    text = printed("trace", config("xor_batch"), "--only", "gradients")
    assert "dW1  ∂C/∂W¹ = 1/N·(Δ¹)ᵀ X = 1/4·" in text
    # The matrix of a gradient ends the product; no table says it again.
    assert text.count("∂C/∂w¹₂ₖ") == 0
    rows = network("in_out", "mean", "half_squared_error/sigmoid", "[1, 2, 3]")
    assert "∂C/∂W¹ = 1/N·Xᵀ Δ¹" in run("derive", "-", "--style", "matrix", stdin=rows).out
    normal = rows.replace("layers:\n", "layers:\n  - {type: batch_norm}\n")
    assert not stacks(loads(normal))
    assert "All samples at once" not in run("derive", "-", "--style", "matrix", stdin=normal).out
