"""Good networks: targets, blanks, biases, merges and functions as each may be written."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from backprop_cli import api
from backprop_cli.arithmetic.floating import FLOAT64
from backprop_cli.expression.refs import Ref
from backprop_cli.expression.tree import Number
from backprop_cli.graph.records import Graph
from backprop_cli.graph.values import leaf_arrays
from backprop_cli.mathematics.activations import ACTIVATIONS, ALIASES
from backprop_cli.passes.run import run

Array = np.ndarray[Any, Any]


def target(graph: Graph) -> Array:
    assert graph.target is not None
    return leaf_arrays(graph, FLOAT64)[graph.target]


def classes(target_text: str, loss: str = "cross_entropy", batch: bool = True) -> Graph:
    data = "[[1, 2], [3, 4]]" if batch else "[1, 2]"
    return api.loads(
        f"input: {data}\ntarget: {target_text}\nloss: {loss}\n"
        "layers:\n  - {units: 3, activation: softmax, weights: {init: ones}, bias: none}\n"
    )


@pytest.mark.parametrize("loss", ["cross_entropy", "softmax_cross_entropy", "kl_divergence"])
def test_a_class_is_a_one_among_zeros(loss: str) -> None:
    assert target(classes("{class: 2}", loss, batch=False)).tolist() == [[0, 0, 1]]
    assert target(classes("{class: [2, 0]}", loss)).tolist() == [[0, 0, 1], [1, 0, 0]]
    assert run(classes("{class: [2, 0]}", loss)).values


def test_one_sample_and_batches() -> None:
    single = api.loads("input: [1, 2]\nlayers: [{units: 1}]\n")
    one = api.loads("input: [[1, 2]]\nlayers: [{units: 1}]\n")
    two = api.loads("input: [[1, 2], [3, 4]]\nlayers: [{units: 1}]\n")
    assert [(g.samples, g.single) for g in (single, one, two)] == [
        (1, True),
        (1, False),
        (2, False),
    ]


@pytest.mark.parametrize(
    ("text", "symbolic"),
    [
        ("layers: [{weights: [[1, 2]]}]", ("x", "b1")),
        ("input: [~, ~]\nlayers: [{units: 3}]", ("x", "W1", "b1")),
        ("input: [null, ]\nlayers: [{units: 3, bias: none}]", ("x", "W1")),
        ("input:\n  - ~\n  -\nlayers: [{units: 3, bias: none}]", ("x", "W1")),
        ("input: [1, 2]\nlayers: [{units: 3, shared_bias: 1}]", ("W1",)),
        ("input: [1, 2]\nlayers: [{weights: [[1, 2]], bias: none}]", ()),
        ("input: [1, 2]\nlayers: [{weights: [[1, 2]], bias: 3}]", ()),
        ("input: [1, 2]\nlayers: [{bias: [1, 2, 3]}]", ("W1",)),
        ("input: [1]\nloss: huber\nlayers: [{weights: [[1]], bias: none}]", ("y",)),
        ("input: [1]\ntarget: [~]\nloss: huber\nlayers: [{units: 1}]", ("W1", "b1", "y")),
        ("input: [[~], [~]]\ntarget: [[~], [~]]\nloss: huber\nlayers: [{units: 1}]", None),
    ],
)
def test_what_is_left_out_stays_a_symbol(text: str, symbolic: tuple[str, ...] | None) -> None:
    graph = api.loads(text)
    assert graph.symbolic == (("x", "W1", "b1", "y") if symbolic is None else symbolic)


def test_blanks_have_the_shape_they_are_written_in() -> None:
    graph = api.loads("input: [[~, ~, ~], [~, ~, ~]]\nlayers: [{units: 1}]\n")
    assert (graph.samples, graph.nodes[graph.number(Ref("x"))].shape) == (2, (3,))


def test_biases() -> None:
    layers = "- {units: 2, bias: 0.5}\n- {units: 2, shared_bias: 0.5}\n- {units: 2, bias: none}\n"
    graph = api.loads(f"input: [1]\nlayers:\n{layers}")
    assert graph.nodes[graph.parameters["b1"]].shape == (2,)
    assert graph.nodes[graph.parameters["b2"]].shape == ()
    assert "b3" not in graph.parameters
    given = graph.given[graph.parameters["b1"]]
    assert given is not None
    assert given.texts is not None
    assert given.texts.tolist() == ["0.5", "0.5"]


def test_merges_skips_and_layers_in_any_order() -> None:
    graph = api.loads("""\
input: [1, 2]
layers:
  - {name: sum, type: add, from: [b, a, input]}
  - {name: b, from: a, weights: [[1, 0], [0, 1]], bias: [10, 10]}
  - {name: a, from: input, weights: [[2, 0], [0, 2]], bias: none}
  - {name: all, type: concat, from: [sum, a], activation: relu}
  - {type: multiply, from: [all, all]}
  - {type: activation, activation: tanh}
""")
    trace = run(graph, only_forward=True)
    by_name = {layer.name or str(layer.index): trace.values[layer.a] for layer in graph.layers}
    assert by_name["sum"].tolist() == [[15, 20]]
    assert by_name["all"].tolist() == [[15, 20, 2, 4]]
    assert by_name["5"].tolist() == [[225, 400, 4, 16]]
    assert graph.output == graph.layers[-1].a


def test_both_layouts_are_the_same_network() -> None:
    out_in = "input: [1, 2, 3]\nlayers: [{weights: [[1, 2, 3], [4, 5, 6]], bias: none}]\n"
    in_out = "input: [1, 2, 3]\nlayers: [{weights: [[1, 4], [2, 5], [3, 6]], bias: none}]\n"
    first = run(api.loads(out_in), only_forward=True)
    second = run(api.loads(f"weights_layout: in_out\n{in_out}"), only_forward=True)
    assert first.values[-1].tolist() == second.values[-1].tolist() == [[14, 32]]


@pytest.mark.parametrize("name", [n for n in ACTIVATIONS if n != "gelu_tanh"])
def test_every_activation_by_its_name(name: str) -> None:
    for text in (name, f"{{type: {name}}}"):
        graph = api.loads(f"input: [1]\nlayers: [{{units: 1, activation: {text}}}]\n")
        assert graph.layers[0].activation == name


@pytest.mark.parametrize("alias", ALIASES)
def test_every_alias_is_its_activation(alias: str) -> None:
    graph = api.loads(f"input: [1]\nlayers: [{{units: 1, activation: {alias}}}]\n")
    assert graph.layers[0].activation == ALIASES[alias]


def test_settings_are_exact_and_reach_the_function() -> None:
    text = "input: [-3]\nlayers: [{weights: [[1]], bias: none, activation: %s}]\n"
    rule = api.loads(text % "{type: leaky_relu, slope: 1/3}")
    assert run(rule, only_forward=True).values[-1].tolist() == [[-1]]
    node: Any = rule.nodes[rule.layers[0].a].rule
    assert float(node.settings["slope"].numerator.value) == 1
    exact: Any = api.loads(text % "{type: elu, alpha: 0.1}")
    assert isinstance(exact.nodes[exact.layers[0].a].rule.settings["alpha"], Number)
    tanh = api.loads(text % "{type: gelu, approximate: tanh}")
    erf = api.loads(text % "{type: gelu, approximate: none}")
    assert [g.layers[0].activation for g in (tanh, erf)] == ["gelu_tanh", "gelu"]


def test_formulas() -> None:
    text = (
        "input: [2]\ntarget: [1]\nloss: {expression: 'sum((a - y)**4)'}\n"
        "layers: [{weights: [[1]], bias: none, activation: {expression: z*sigmoid(1.702*z)}}]\n"
    )
    a = 2 / (1 + np.exp(-3.404))
    assert run(api.loads(text)).values[-1] == pytest.approx((a - 1) ** 4, rel=1e-12)


@pytest.mark.parametrize(
    ("formula", "wanted"),
    [
        ("a*sum(y)", 6),
        ("sum(a)/mean(y)", 1.5),
        ("max(a) - min(y)", 1),
        ("dot(a, y)*a", 18),
        ("sum(a) + a", 6),
    ],
)
def test_over_one_output_there_is_nothing_to_reduce(formula: str, wanted: float) -> None:
    text = f'input: [3]\ntarget: [2]\nloss: {{expression: "{formula}"}}\n'
    graph = api.loads(f"{text}layers: [{{weights: [[1]], bias: none}}]\n")
    assert run(graph).values[-1] == pytest.approx(wanted)


def test_everything_else_at_the_top_level() -> None:
    graph = api.loads("""\
name: everything
description: |
  several
  lines
input: [[1], [2]]
target: [[1], [2]]
loss: {type: huber, delta: 1/2}
reduction: sum
regularization: {l2: 0.1, l1: 1e-3}
learning_rate: 1/2
optimizer: {type: adam, beta1: 0.8}
seed: 7
weights_layout: out_in
notation: standard
layers: [{weights: [[1]], bias: none}]
""")
    assert (graph.name, graph.description, graph.mean) == ("everything", "several\nlines\n", False)
    assert len(graph.penalties) == 1


def test_no_penalty_where_it_is_zero() -> None:
    text = "input: [1]\ntarget: [1]\nloss: huber\nlayers: [{weights: [[1]], bias: none}]\n"
    assert api.loads(f"regularization: {{l2: 0}}\n{text}").penalties == ()
