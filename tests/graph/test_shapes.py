"""Samples, targets and layers of any rank: what one sample is, and what is said of misfits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from backprop_cli.api import loads
from backprop_cli.expression.axes import default_axes, entries, letters, place
from backprop_cli.expression.refs import Ref
from backprop_cli.graph.names import UnknownName
from backprop_cli.graph.resolving import resolve
from backprop_cli.passes.differences.gradient_check import check_gradients
from backprop_cli.passes.run import run
from backprop_cli.passes.trace import Trace
from backprop_cli.problems import Refusal

SEQUENCE = """\
sample_shape: {shape}
input: {input}
target: {target}
loss: {loss}
layers:
  - {{name: hidden, activation: tanh, weights: [[0.5, -1], [1, 0.25]], bias: [0.1, -0.2]}}
  - {{weights: [[1, -0.5], [0.25, 2]], bias: [0.5, 0]}}
"""
X = np.array([[1.0, -2.0], [0.5, 3.0], [0.25, -1.0]])
Y = np.array([[1.0, 0.0], [0.0, 0.5], [1.0, -1.0]])


def sequence(**changed: Any) -> str:
    said = {"shape": [3, 2], "input": X.tolist(), "target": Y.tolist()}
    return SEQUENCE.format(**{**said, "loss": "half_squared_error", **changed})


def by_hand(x: Any) -> Any:
    """Return the outputs of each step, by numpy."""
    hidden = np.tanh(x @ np.array([[0.5, -1], [1, 0.25]]).T + [0.1, -0.2])
    return hidden @ np.array([[1, -0.5], [0.25, 2]]).T + [0.5, 0]


def agrees(trace: Trace) -> bool:
    """Return whether every gradient is what differences and sympy say."""
    graph = trace.graph
    refs = [Ref("x"), *(graph.nodes[number].ref for number in graph.parameters.values())]
    refs += [ref for layer in graph.layers for ref in layer.values]
    return check_gradients(trace, tuple(refs)).passed


def test_a_dense_layer_works_at_every_step_and_the_loss_adds_the_steps_up() -> None:
    trace = run(loads(sequence()))
    assert trace.graph.single
    assert trace.values[trace.graph.output][0] == pytest.approx(by_hand(X))
    loss = trace.values[trace.graph.loss or 0]
    assert float(loss) == pytest.approx(0.5 * ((by_hand(X) - Y) ** 2).sum())


def test_one_axis_more_is_a_batch() -> None:
    batch, targets = [X.tolist(), (-X).tolist()], [Y.tolist(), Y.tolist()]
    trace = run(loads(sequence(input=batch, target=targets)))
    assert (trace.graph.samples, trace.graph.single) == (2, False)
    losses = [0.5 * ((by_hand(x) - Y) ** 2).sum() for x in (X, -X)]
    assert float(trace.values[trace.graph.loss or 0]) == pytest.approx(np.mean(losses))


def test_a_mean_over_outputs_is_one_over_the_units_of_a_step() -> None:
    trace = run(loads(sequence(loss="mean_squared_error")))
    wanted = ((by_hand(X) - Y) ** 2).mean(axis=-1).sum()
    assert float(trace.values[trace.graph.loss or 0]) == pytest.approx(wanted)


def test_a_class_a_step() -> None:
    given = sequence(target="{class: [1, 0, 1]}", loss="softmax_cross_entropy")
    trace = run(loads(given))
    assert trace.values[trace.graph.target or 0][0].tolist() == [[0, 1], [1, 0], [0, 1]]
    assert agrees(trace)


@pytest.mark.parametrize("layout", ["out_in", "in_out"])
def test_the_gradients_agree_with_differences(layout: str) -> None:
    text = f"weights_layout: {layout}\n" + sequence()
    assert agrees(run(loads(text)))


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"shape": [2, 2]}, "input: 3 × 2, but 'sample_shape' is 2 × 2"),
        ({"shape": [2]}, "target: "),
        ({"input": [1, 2]}, "input: lists nested 1 deep"),
        ({"target": [1, 0]}, "target: 2 values, but the output is 3 × 2"),
        ({"target": [[1, 0]]}, "target: 1 × 2, but the output is 3 × 2"),
        ({"target": "{class: [1, 0]}", "loss": "softmax_cross_entropy"}, "2 classes for 3 rows"),
        ({"shape": []}, "sample_shape: an empty list"),
        ({"shape": [3, 0]}, "sample_shape: a whole number above 0 is expected, not '0'"),
        ({"loss": "{expression: (sum(a - y))**2}"}, "loss: a formula of all outputs together"),
    ],
)
def test_what_is_said_of_a_misfit(changed: dict[str, Any], words: str) -> None:
    if changed == {"shape": [2]}:
        changed = {"shape": [2], "target": [[1], [0], [1]]}
    with pytest.raises(Refusal) as caught:
        loads(sequence(**changed), "net.yaml")
    assert words in str(caught.value)
    assert str(caught.value).startswith("net.yaml:")


@pytest.mark.parametrize("shape", [(4,), (2, 3), (2, 1, 3), (2, 2, 1, 3)])
def test_entries_are_counted_in_the_order_of_the_array(shape: tuple[int, ...]) -> None:
    size = int(np.prod(shape))
    found = list(entries(shape, range(1, size + 1)))
    assert found == [tuple(i + 1 for i in at) for at in np.ndindex(shape)]
    assert [place(shape, index) for index in found] == list(range(1, size + 1))
    assert list(entries(shape, (0,))) == [()]


@pytest.mark.parametrize("part", ["z", "W", "x", "b", "Uf"])
@pytest.mark.parametrize("rank", range(7))
def test_each_axis_has_a_letter_of_its_own(part: str, rank: int) -> None:
    axes = default_axes(part, rank)
    assert len(axes) == rank
    assert len(set(letters(axes))) == rank


@pytest.mark.parametrize("name", ["a1[2,1]", "a1[t=2,1]", "a1[t=2,j=1]", "hidden.a[t=2,1]"])
def test_a_position_may_have_the_letter_of_its_axis(name: str) -> None:
    assert resolve(name, loads(sequence())) == Ref("a", 1, index=(2, 1))


@pytest.mark.parametrize("name", ["a1[t=4,1]", "a1[k=2,1]", "a1[2,t=1]", "a1[t=2]", "a1[t=,1]"])
def test_a_wrong_letter_or_place_is_refused_with_the_range(name: str) -> None:
    with pytest.raises(UnknownName) as caught:
        resolve(name, loads(sequence()))
    assert "a1 runs from a1[1,1] to a1[3,2]" in str(caught.value)


def test_in_a_batch_the_sample_is_first() -> None:
    graph = loads(sequence(input=[X.tolist()] * 2, target=[Y.tolist()] * 2))
    wanted = Ref("z", 1, gradient=True, sample=2, index=(3, 1))
    assert resolve("delta1[2,t=3,1]", graph) == resolve("delta1[2,3,1]", graph) == wanted
    assert resolve("a1[2]", graph) == Ref("a", 1, sample=2)
