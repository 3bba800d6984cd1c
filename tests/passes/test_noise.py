"""Gradients that are 0 but for rounding: by exact arithmetic, and never one that is little."""

from __future__ import annotations

import re

import numpy as np
import pytest

from backprop_cli.api import loads
from backprop_cli.passes.differences.gradient_check import check_gradients
from backprop_cli.passes.noise import noise_of, noise_sizes
from backprop_cli.passes.run import run

from ..commands.running import run as command

SUMS = [
    ("0.7*x", "-0.4*x", "-0.3*x", "y"),
    ("0.1*x", "0.2*x", "-0.3*x", "1e-15*y"),
    ("0.7*x*y", "-0.4*x*y", "-0.3*x*y", "1e-17*z"),
    ("1e-16*x", "1e-30*y", "3*z", "-3*z"),
    ("0.1*(x + y)", "0.3*(x - y)", "-0.4*x", "0.2*y"),
    ("1e8*0.7*x", "-1e8*0.4*x", "-1e8*0.3*x", "1e-7*y"),
    ("0.7*exp(x)", "-0.4*exp(x)", "-0.3*exp(x)", "y*z"),
]


@pytest.mark.parametrize("terms", SUMS)
def test_what_is_0_in_fractions_is_noise_and_nothing_else(terms: tuple[str, ...]) -> None:
    lines = "".join(f"  t{i}: '{term}'\n" for i, term in enumerate(terms))
    total = " + ".join(f"t{i}" for i in range(len(terms)))
    graph = loads(f"variables: {{x: 2, y: 3, z: 0.5}}\ngraph:\n{lines}  o: {total} + z\n")
    floats, exact = run(graph), run(graph, exact=True)
    noisy = noise_of(floats).gradients
    for number in graph.given:
        gradient, true = floats.gradients[number], exact.gradients[number]
        if gradient is None:
            continue
        assert true is not None
        if float(true) == 0:
            assert gradient == 0 or abs(gradient) <= noisy[number]
        else:
            assert number not in noisy, number


NORMALIZED = """\
input: [[0.7, 0.3], [0.1, 0.6], [-0.5, -0.2], [-1.5, 0.4], [-1, -0.6]]
target: {class: [0, 1, 2, 0, 1]}
loss: softmax_cross_entropy
seed: 5
layers:
  - {units: 4, weights: {init: he_normal}, bias: [-1.26, -0.1, 2.87, -1.47]}
  - {type: batch_norm, scale: [1.28, -1.02, 0.7, 0.9], shift: [0.1, 0.2, -0.3, 0.4]}
  - {units: 3, weights: {init: he_normal}, bias: [0, 0, 0]}
"""


def test_a_bias_before_a_normalization_gets_nothing() -> None:
    """Its gradient is 0 for every network: the mean takes the bias away again."""
    graph = loads(NORMALIZED)
    trace = run(graph)
    bias, weight = graph.parameters["b1"], graph.parameters["W1"]
    noisy = noise_of(trace).gradients
    found = np.asarray(trace.gradients[bias])
    assert found.any()
    assert (np.abs(found) <= noisy[bias]).all()
    assert set(noisy) == {bias}
    assert weight not in noisy
    assert noise_sizes(trace) >= set(map(float, np.abs(found[found != 0])))
    check = check_gradients(trace, (graph.nodes[bias].ref,), sympy=False)
    assert check.passed
    assert check.worst is not None
    assert check.worst.error == 0


CANCELLED = """\
input: [[1, 0.5], [0.25, 1], [-1, 2]]
target: [[0, 0, 0], [0, 0, 0], [0, 0, 0]]
loss: {expression: "sum(a)"}
seed: 3
layers:
  - {type: TYPE, units: 2, weights: {init: normal}, recurrent_weights: {init: normal}, bias: 0.1}
  - {weights: [[0.7, 0.7], [-0.4, -0.4], [-0.3, -0.3]], bias: [0, 0, 0]}
"""
"""0.7 − 0.4 − 0.3 comes back to each state: nothing, and so no gradient below."""


@pytest.mark.parametrize("layer", ["recurrent", "lstm", "gru"])
def test_noise_within_loops_is_found_too(layer: str) -> None:
    graph = loads(CANCELLED.replace("TYPE", layer))
    trace = run(graph)
    noisy = noise_of(trace).gradients
    below = [n for n in graph.parameters.values() if n < min(graph.loss_nodes)]
    last = {graph.parameters[name] for name in ("W2", "b2")}
    for number in set(below) - last:
        found = np.asarray(trace.gradients[number])
        assert found.any()
        assert ((found == 0) | (noisy[number] > 0)).all()
    assert noisy.keys().isdisjoint(last)


@pytest.mark.parametrize(
    "call", [("trace",), ("derive", "--numbers", "--style", "matrix"), ("step", "--lr", "0.1")]
)
def test_no_page_shows_what_rounding_leaves(call: tuple[str, ...]) -> None:
    name, *options = call
    text = command(name, "-", *options, stdin=NORMALIZED).out
    left = [line for line in text.splitlines() if re.search(r"e-1[5-9]", line)]
    assert [line for line in left if "both ways agree" not in line] == []
