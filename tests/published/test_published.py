"""Worked examples that others published, each figure to the last digit that they printed."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backprop_cli.expression.refs import Ref
from backprop_cli.graph.build import build
from backprop_cli.passes.run import run
from backprop_cli.passes.trace import Trace
from backprop_cli.spec.network import read_network

CONFIGS = Path(__file__).parents[2] / "configs"


def traced(name: str, forward: int | None = None, backward: int | None = None) -> Trace:
    """Return the example's trace, values and gradients written to so many decimals."""
    graph = build(read_network(str(CONFIGS / f"{name}.yaml")))
    return run(graph, round_forward=forward, round_backward=backward)


def value(trace: Trace, name: str) -> Any:
    """Return a single sample's value by its plain name, with ``d`` in front its gradient."""
    graph = trace.graph
    nodes = {**graph.parameters, "x": graph.number(Ref("x"))}
    for layer in graph.layers:
        nodes |= {f"z{layer.index}": layer.z, f"a{layer.index}": layer.a}
    nodes |= {"loss": graph.loss or 0, "loss_terms": graph.terms or 0}
    gradient = name not in nodes
    node = nodes[name.replace("delta", "dz", 1)[1:] if gradient else name]
    found = trace.gradients[node] if gradient else trace.values[node]
    assert found is not None
    return found[0] if graph.nodes[node].per_sample else found


def agrees(found: Any, printed: Any) -> None:
    """Check numbers against printed ones, each text to its last digit."""
    texts = np.array(printed, dtype=object)
    numbers = np.asarray(found)
    assert numbers.shape == texts.shape
    for number, text in zip(numbers.ravel().tolist(), texts.ravel().tolist(), strict=True):
        last = Decimal(text).as_tuple().exponent
        assert isinstance(last, int)
        half = Decimal(5).scaleb(last - 1) * Decimal("1.000001")
        assert abs(Decimal(repr(number)) - Decimal(text)) <= half, (number, text)


MAZUR = {
    "z1": ["0.3775", "0.3925"],
    "a1": ["0.593269992", "0.596884378"],
    "a2": ["0.75136507", "0.772928465"],
    "loss_terms": ["0.274811083", "0.023560026"],
    "loss": "0.298371109",
}
"""A Step by Step Backpropagation Example (Matt Mazur, 2015)."""


@pytest.mark.parametrize("name", MAZUR)
def test_mazur_forward(name: str) -> None:
    agrees(value(traced("mazur"), name), MAZUR[name])


@pytest.mark.parametrize("decimals", [None, 9])
def test_mazur_backward(decimals: int | None) -> None:
    trace = traced("mazur", decimals, decimals)
    agrees(value(trace, "z2")[0], "1.105905967")
    agrees(value(trace, "da2")[0], "0.74136507")
    a1, a2 = value(trace, "a1"), value(trace, "a2")
    agrees(a2[0] * (1 - a2[0]), "0.186815602")
    agrees(value(trace, "delta2")[0], "0.138498562")
    agrees(value(trace, "dW2")[0, 0], "0.082167041")
    agrees(value(trace, "W2")[0, 0] * value(trace, "delta2")[0], "0.055399425")
    agrees(value(trace, "da1")[0], "0.036350306")
    agrees(a1[0] * (1 - a1[0]), "0.241300709")
    agrees(value(trace, "dW1")[0, 0], "0.000438568")


def test_mazurs_second_path_comes_from_a_delta_of_nine_decimals() -> None:
    """Half of -0.038098237 is -0.0190491185; the unrounded delta gives -0.019049118."""
    trace = traced("mazur", backward=9)
    assert value(trace, "delta2")[1] == -0.038098237
    agrees(value(trace, "W2")[1, 0] * value(trace, "delta2")[1], "-0.019049119")


def test_mazurs_shared_bias_has_the_sum_for_its_gradient() -> None:
    trace = traced("mazur")
    for layer in (1, 2):
        assert value(trace, f"b{layer}").shape == ()
        total = value(trace, f"delta{layer}").sum()
        assert value(trace, f"db{layer}") == pytest.approx(total, rel=1e-15)


SOFTMAX_RELU = {
    "z1": ["2.28", "-0.68"],
    "z2": ["0.4332", "-0.228", "0.228"],
    # The source prints …43635, its last digits the rounding of a float; the number is …4363636….
    "loss": "1.051375468504364",
    "delta2": ["0.429052723714", "0.221490524653", "-0.650543248367"],
    "dW2": [
        ["0.978240210068", "0.504998396209", "-1.483238606277"],
        ["0", "0", "0"],
    ],
    "da1": ["-0.005683359796", "-0.036817689655"],
    "db1": ["-0.005683359796", "0"],
    "dW1": [["-0.090933756736", "0"], ["0.034100158776", "0"]],
}
"""A study notebook for CS231n: ReLU, softmax, cross-entropy, weights by (input, unit). Its products
are of gradients written to twelve decimals: 2.28 · 0.429052723714 = 0.978240210068."""


@pytest.mark.parametrize("name", SOFTMAX_RELU)
def test_softmax_relu(name: str) -> None:
    agrees(value(traced("softmax_relu", backward=12), name), SOFTMAX_RELU[name])


@pytest.mark.parametrize("name", SOFTMAX_RELU)
def test_softmax_relu_unrounded(name: str) -> None:
    wanted = np.array(SOFTMAX_RELU[name]).astype(float)
    np.testing.assert_allclose(value(traced("softmax_relu"), name), wanted, atol=1e-11)


UPDATES = {
    "W2": [["0.00804047"], ["0.00555918"]],
    "W1": [
        ["1.77005547e-4", "-5.11178506e-4"],
        ["3.54011093e-5", "-1.02235701e-4"],
        ["-7.08022187e-5", "2.04471402e-4"],
    ],
}
"""The 3-2-1 exercise of Udacity's deep learning course: minus the rate 0.5 times each gradient."""


@pytest.mark.parametrize("name", UPDATES)
def test_three_two_one(name: str) -> None:
    agrees(-0.5 * value(traced("three_two_one"), f"d{name}"), UPDATES[name])


TANH_NEURON = {
    "a1": ["0.7071"],
    "dx": ["-1.5", "0.5"],
    "dW1": [["1.0", "0.0"]],
    "db1": ["0.5"],
}
"""The spelled-out intro to neural networks and backpropagation (Andrej Karpathy): o = tanh(n)."""


@pytest.mark.parametrize("name", TANH_NEURON)
def test_tanh_neuron(name: str) -> None:
    agrees(value(traced("tanh_neuron"), name), TANH_NEURON[name])


SIGMOID_NEURON: dict[str, Any] = {
    "z1": [1.0],
    "a1": [0.73],
    "da1": [-0.27],
    "dW1": [[0.053217, 0.106434]],
    "db1": [-0.053217],
    "loss": 0.03645,
}
"""A neuron worked by hand with a written as 0.73. The text prints 0.0729 for the loss, which is the
square without the ½ of its own definition; and dW1[1,2] is twice dW1[1,1], as its inputs are."""


@pytest.mark.parametrize("name", SIGMOID_NEURON)
def test_sigmoid_neuron_with_activations_to_two_decimals(name: str) -> None:
    trace = traced("sigmoid_neuron", forward=2)
    np.testing.assert_allclose(value(trace, name), SIGMOID_NEURON[name], rtol=1e-14)
    a = value(trace, "a1")[0]
    assert a * (1 - a) == pytest.approx(0.1971, rel=1e-14)


CS231N_NEURON = {"a1": ["0.73"], "W": ["-0.20", "-0.39", "0.20"], "x": ["0.39", "-0.59"]}
"""CS231n's notes on backpropagation: ∂f/∂w and ∂f/∂x of the same neuron's output f.

f is not a loss there; ∂loss = (a − y) ∂f gives it back."""


def test_sigmoid_neuron_of_cs231n() -> None:
    trace = traced("sigmoid_neuron")
    agrees(value(trace, "a1"), CS231N_NEURON["a1"])
    slope = value(trace, "da1")[0]
    weights = [*value(trace, "dW1")[0], *value(trace, "db1")]
    agrees(np.array(weights) / slope, CS231N_NEURON["W"])
    agrees(value(trace, "dx") / slope, CS231N_NEURON["x"])


def test_every_example_runs_in_both_kinds_of_number_and_is_named() -> None:
    for path in sorted(CONFIGS.glob("*.yaml")):
        assert path.read_text(encoding="utf-8").startswith("name: ")
        graph = build(read_network(str(path)))
        if graph.symbolic:
            continue
        one, other = run(graph), run(graph, exact=True)
        for number, gradient in enumerate(one.gradients):
            exact = other.gradients[number]
            assert (gradient is None) == (exact is None)
            if gradient is not None and exact is not None:
                np.testing.assert_allclose(gradient, exact.astype(float), rtol=1e-11, atol=1e-13)
