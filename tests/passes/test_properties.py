"""What holds for every network: shapes, batches, shared parameters, messages, layers left over."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from msgspec import structs

from backprop_cli.arithmetic.floating import FLOAT64
from backprop_cli.functions.elementwise import bound_to
from backprop_cli.functions.fused import FUSED
from backprop_cli.graph.records import Graph
from backprop_cli.graph.values import leaf_arrays
from backprop_cli.mathematics.activations import ACTIVATIONS
from backprop_cli.passes.run import run
from backprop_cli.passes.trace import Trace, backward, forward
from backprop_cli.problems import Refusal

from ..networks import Mapping, loads, network, with_rule

Array = np.ndarray[Any, Any]
seeds = st.integers(min_value=10_000, max_value=10_000_000)
some = settings(max_examples=60)


def run_text(text: str) -> Trace:
    """Return the trace; a random network whose numbers overflow is no example."""
    try:
        return run(loads(text))
    except Refusal as refusal:
        if "overflows" in str(refusal):
            reject()
        raise


def run_spec(spec: Mapping) -> Trace:
    return run_text(yaml.safe_dump(spec, sort_keys=False))


def gradients(trace: Trace) -> dict[str, Array | None]:
    """Return the parameters' gradients by plain name."""
    return {name: trace.gradients[node] for name, node in trace.graph.parameters.items()}


@some
@given(seeds)
def test_a_gradient_has_the_shape_of_its_quantity(seed: int) -> None:
    trace = run_text(network(seed).text)
    for number, (value, gradient) in enumerate(zip(trace.values, trace.gradients, strict=True)):
        node = trace.graph.nodes[number]
        rows = (trace.graph.samples,) if node.per_sample else ()
        assert value.shape == (*rows, *node.shape)
        assert gradient is None or gradient.shape == value.shape
        assert value.dtype == np.float64
        assert gradient is None or gradient.dtype == np.float64


def samples_of(spec: Mapping) -> list[Mapping]:
    """Return the batch's samples as networks of their own."""
    alone = []
    for row in range(len(spec["input"])):
        one = copy.deepcopy(spec)
        one["input"] = spec["input"][row]
        target = spec["target"]
        chosen = target["class"][row] if isinstance(target, dict) else target[row]
        one["target"] = {"class": chosen} if isinstance(target, dict) else chosen
        alone.append(one)
    return alone


@some
@given(seeds, st.sampled_from(["mean", "sum"]))
def test_a_batch_is_the_mean_or_the_sum_of_its_samples(seed: int, reduction: str) -> None:
    spec = {**network(seed).spec, "reduction": reduction}
    spec.pop("regularization", None)
    if not isinstance(spec["input"][0], list):
        return
    whole, alone = run_spec(spec), [run_spec(one) for one in samples_of(spec)]
    reduce = np.mean if reduction == "mean" else np.sum
    for name, found in gradients(whole).items():
        parts = [gradients(trace)[name] for trace in alone]
        if found is None:
            assert parts == [None] * len(parts)
            continue
        wanted = reduce(np.array(parts, dtype=np.float64), axis=0)
        size = max(1.0, np.abs(wanted).max(initial=0.0))
        np.testing.assert_allclose(found, wanted, rtol=1e-11, atol=1e-12 * size)
    for number, node in enumerate(whole.graph.nodes):
        rows = whole.gradients[number]
        if node.per_sample and rows is not None:
            own = np.concatenate([np.asarray(trace.gradients[number]) for trace in alone])
            size = max(1.0, np.abs(own).max(initial=0.0))
            np.testing.assert_allclose(rows, own, rtol=1e-11, atol=1e-12 * size)


@some
@given(seeds)
def test_a_shared_bias_has_the_sum_of_its_units_gradients(seed: int) -> None:
    shared, separate = network(seed).spec, copy.deepcopy(network(seed).spec)
    for layer in separate["layers"]:
        if "shared_bias" in layer:
            layer["bias"] = layer.pop("shared_bias")
    one, other = gradients(run_spec(shared)), gradients(run_spec(separate))
    for number, layer in enumerate(shared["layers"], 1):
        if "shared_bias" not in layer:
            continue
        total, parts = one[f"b{number}"], other[f"b{number}"]
        if total is None or parts is None:
            assert total is parts
            continue
        assert total.shape == ()
        np.testing.assert_allclose(total, parts.sum(), rtol=1e-11, atol=1e-12)


@some
@given(seeds)
def test_a_gradient_is_the_sum_of_the_messages_to_it(seed: int) -> None:
    trace = run_text(network(seed).text)
    graph = trace.graph
    for number, consumers in graph.consumers.items():
        gradient = trace.gradients[number]
        if gradient is None or number == graph.loss:
            continue
        sent = [
            trace.message(consumer, position)
            for consumer, position in consumers
            if trace.gradients[consumer] is not None
        ]
        wanted = np.sum(np.array(sent), axis=0)
        size = max(1.0, max(float(np.abs(message).max(initial=0.0)) for message in sent))
        np.testing.assert_allclose(gradient, wanted, rtol=1e-9, atol=1e-11 * size)


UNUSED = """
input: [1, 2]
target: [0.5]
loss: half_squared_error
layers:
  - {name: used, weights: [[0.1, 0.2]], bias: [0.3], activation: tanh}
  - {name: lonely, from: input, weights: [[1, 1], [2, 2]], bias: [1, 1], activation: softmax}
  - {name: last, from: used, weights: [[2]], bias: none}
"""


@pytest.mark.parametrize("exact", [False, True])
def test_a_layer_that_nobody_reads_gets_no_gradient(exact: bool) -> None:
    trace = run(loads(UNUSED), exact=exact)
    lonely = trace.graph.layers[1]
    assert all(
        trace.gradients[n] is None for n in (lonely.z, lonely.a, *lonely.parameters.values())
    )
    assert trace.gradients[trace.graph.parameters["W1"]] is not None
    penalized = run(loads(UNUSED + "regularization: {l2: 1/2}\n"), exact=exact)
    weights = penalized.gradients[penalized.graph.parameters["W2"]]
    assert weights is not None
    assert weights.astype(float).tolist() == [[0.5, 0.5], [1.0, 1.0]]


def test_no_penalty_is_no_penalty() -> None:
    plain, zero = loads(UNUSED), loads(UNUSED + "regularization: {l2: 0, l1: 0.0}\n")
    for name, gradient in gradients(run(plain)).items():
        other = gradients(run(zero))[name]
        assert (gradient is None) or np.array_equal(gradient, np.asarray(other))


def test_another_rule_changes_one_node_and_what_follows() -> None:
    graph = loads(UNUSED)
    leaves, layer = leaf_arrays(graph, FLOAT64), graph.layers[0]
    plain = run(graph)
    identity = with_rule(graph, layer.a, bound_to(ACTIVATIONS["identity"]))
    values = forward(identity, FLOAT64, leaves)
    assert np.array_equal(values[layer.a], plain.values[layer.z])
    without_slope = backward(identity, FLOAT64, plain.values)
    assert np.array_equal(
        np.asarray(without_slope.gradients[layer.z]), np.asarray(plain.gradients[layer.a])
    )
    assert len(forward(graph, FLOAT64, leaves, until=layer.a)) == layer.a + 1


SOFTMAX = """
input: [0.3, -0.9]
target: {class: 0}
loss: cross_entropy
layers:
  - {weights: [[1, 0.5], [-0.2, 0.7], [0.3, 0.1]], bias: none, activation: softmax}
"""


def test_the_short_way_uses_the_activation_as_it_was_written_down() -> None:
    """With a at two decimals, a − y has two decimals too."""
    graph = loads(SOFTMAX)
    short = graph.nodes[graph.output].shortcut
    assert short is not None
    fused = structs.replace(short, rule=FUSED["softmax", "cross_entropy"])
    nodes = list(graph.nodes)
    nodes[graph.output] = structs.replace(nodes[graph.output], shortcut=fused)
    trace = run(structs.replace(graph, nodes=tuple(nodes)), round_forward=2)
    a, delta = trace.values[graph.output], trace.gradients[graph.layers[0].z]
    assert np.array_equal(np.asarray(delta), a - np.array([[1.0, 0.0, 0.0]]))


def culprit(graph: Graph) -> str:
    with pytest.raises(Refusal) as caught:
        run(graph)
    return caught.value.problems[0].message


def test_the_gradient_that_is_named_is_the_first_one_on_the_way_back() -> None:
    root = '{expression: "sqrt(z)"}'
    text = UNUSED.replace("activation: tanh", f"activation: {root}")
    text = text.replace("[[0.1, 0.2]], bias: [0.3]", "[[2, -1]], bias: [0]")
    assert culprit(loads(text)).startswith(("delta1", "dz1"))
