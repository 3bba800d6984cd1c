"""Published examples of convolution and pooling, to their digits, in floats and exactly."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from backprop_cli.checking.mark_sheet import mark_sheet
from backprop_cli.checking.marking.answer_key import answer_key
from backprop_cli.checking.records import Sheet
from backprop_cli.passes.run import run

from ..checking.students import answer
from ..networks import loads
from .test_published import agrees

COUNTED = [[5 * row + column + 1 for column in range(5)] for row in range(5)]
IMAGE = [[1, 2, 3, 0, 1], [4, 5, 6, 1, 2], [7, 8, 9, 2, 3], [1, 2, 1, 0, 1], [2, 3, 2, 1, 0]]
EDGE = [[1, 0, -1], [1, 0, -1], [1, 0, -1]]
SQUARE = [[1, 3, 2, 1], [4, 6, 5, 2], [0, 1, 3, 4], [2, 1, 2, 0]]
FORWARD: dict[str, tuple[Any, str, Any]] = {
    "conv 41, first": (
        COUNTED,
        "type: conv2d, weights: [[1, 2], [3, -1]], bias: none",
        [[16, 21, 26, 31], [41, 46, 51, 56], [66, 71, 76, 81], [91, 96, 101, 106]],
    ),
    "conv 41, second": (
        COUNTED,
        "type: conv2d, weights: [[0.5, 3.2], [1, -1]], padding: 2, stride: 2, bias: none",
        [[0, 0, 0, 0], [0, 5.9, 13.3, 12.5], [0, 42.9, 50.3, 27.5], [0, 80.9, 88.3, 12.5]],
    ),
    "conv 41, third": (
        [[4 * row + column + 1 for column in range(4)] for row in range(4)],
        "type: conv2d, weights: [[1, 0], [-1, 1]], padding: 1, stride: 2, bias: none",
        [[1, 1, -4], [9, 7, -4], [0, 14, 16]],
    ),
    # Printed with the first row three times over, which the image does not give.
    "CS417, an edge": (
        IMAGE,
        f"type: conv2d, weights: {EDGE}, bias: none",
        [[-6, 12, 12], [-4, 12, 10], [-2, 10, 8]],
    ),
    "CS417, the largest": (SQUARE, "type: max_pool2d, window: 2, stride: 2", [[6, 5], [2, 4]]),
    "CS417, the mean": (SQUARE, "type: avg_pool2d, window: 2", [[3.5, 2.5], [1, 2.25]]),
}
"""Open-Deep-ML's question 41 and the numbers of a lab sheet of CS417 (2025)."""


@pytest.mark.parametrize("name", FORWARD)
def test_forward(name: str) -> None:
    image, layer, wanted = FORWARD[name]
    zeros = (np.asarray(wanted) * 0).astype(int).tolist()
    text = f"input: {image}\ntarget: [{zeros}]\nloss: half_squared_error\nlayers: [{{{layer}}}]\n"
    graph = loads(text)
    np.testing.assert_allclose(run(graph).values[graph.output][0, 0], wanted, rtol=1e-15)
    exact = run(graph, exact=True).values[graph.output][0, 0]
    assert [[Fraction(str(each)) for each in row] for row in wanted] == [
        [each.value for each in row] for row in exact
    ]


def test_the_edge_as_it_is_printed_is_found_and_explained() -> None:
    """CS417 has the first row three times: the window was not moved down."""
    text = f"input: {IMAGE}\ntarget: [{[[0] * 3] * 3}]\nloss: half_squared_error\n"
    graph = loads(f"{text}layers: [{{type: conv2d, weights: {EDGE}, bias: none}}]\n")
    printed = {(i, j): n for i in (1, 2, 3) for j, n in enumerate((-6, 12, 12), 1)}
    answers = tuple(answer(f"z1[1,{i},{j}]", str(n), graph) for (i, j), n in printed.items())
    marked = mark_sheet(answer_key(graph, run(graph), None), Sheet("", "", answers))
    wrong = {each.answer.name: each.mistake for each in marked.judged if each.verdict != "right"}
    assert set(wrong) == {f"z1[1,{at}]" for at in ("2,1", "2,3", "3,1", "3,2", "3,3")}
    assert set(wrong.values()) == {"window-not-moved"}


ONE_STEP = """\
input: [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
target: [1, 0]
loss: cross_entropy
learning_rate: 0.01
layers:
  - type: conv2d
    weights: [[0.004967141530112327, -0.0013826430117118466, 0.006476885381006925],
              [0.015230298564080254, -0.0023415337472333596, -0.0023413695694918055],
              [0.015792128155073915, 0.007674347291529088, -0.004694743859349522]]
    bias: [0]
    activation: relu
  - type: flatten
  - weights: [[0.005425600435859647], [-0.0046341769281246226]]
    bias: [0, 0]
    activation: softmax
"""
AFTER: dict[str, Any] = {
    "W1": [
        ["0.00501739", "-0.00128214", "0.00662764"],
        ["0.01543131", "-0.00209028", "-0.00203986"],
        ["0.01614389", "0.00807636", "-0.00424248"],
    ],
    "b1": ["0.0000502517066"],
    "W3": [["0.00635715"], ["-0.00556573"]],
    "b3": ["0.00499531", "-0.00499531"],
}


def test_one_step_of_a_network() -> None:
    """Convolution 3 × 3, relu, dense, softmax, cross-entropy (Open-Deep-ML's question 130)."""
    graph = loads(ONE_STEP)
    trace = run(graph)
    agrees(trace.values[graph.layers[0].z].ravel(), ["0.1864848004365172"])
    assert graph.loss is not None
    agrees(np.atleast_1d(trace.values[graph.loss]), ["0.6922096226927259"])
    for name, wanted in AFTER.items():
        number = graph.parameters[name]
        gradient: Any = trace.gradients[number]
        after = trace.values[number] - 0.01 * gradient
        agrees(after.reshape(np.shape(wanted)), wanted)
    dW: Any = trace.gradients[graph.parameters["W1"]]
    db: Any = trace.gradients[graph.parameters["b1"]]
    np.testing.assert_allclose(dW[0, 0], db[0] * np.arange(1, 10).reshape(3, 3), rtol=1e-14)
