"""What a program's gradients show together: softmax twice, one factor in all, two exchanged."""

from __future__ import annotations

import numpy as np
import pytest

from backprop_cli.api import loads
from backprop_cli.checking.mark_sheet import mark_sheet
from backprop_cli.checking.marking.answer_key import answer_key
from backprop_cli.checking.mistakes import catalogue
from backprop_cli.checking.records import Marked, Sheet
from backprop_cli.passes.run import run
from tests.checking.students import answer

W = np.array([[-0.47, 0.25], [-0.52, -0.65], [0.71, -0.15]])
B = np.array([0.04, 0.07, -0.13])
X = np.array([[0.1, -0.4], [0.6, 0.1], [-0.5, 0.4]])
Y = np.eye(3)[[0, 2, 1]]
Page = dict[str, np.ndarray]


def text(loss: str, activation: str) -> str:
    given = Y.tolist() if loss[:3] in ("sig", "bin", "hal") else "{class: [0, 2, 1]}"
    layer = f"{{activation: {activation}, weights: {W.tolist()}, bias: {B.tolist()}}}"
    return f"input: {X.tolist()}\ntarget: {given}\nloss: {loss}\nlayers: [{layer}]\n"


def softmax(z: np.ndarray) -> np.ndarray:
    return np.asarray(np.exp(z) / np.exp(z).sum(axis=1, keepdims=True))


def sigmoid(z: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-z)))


def twice(W: np.ndarray, B: np.ndarray, *, soft: bool) -> float:
    z = X @ W.T + B
    if soft:
        return float(-(Y * np.log(softmax(softmax(z)))).sum() / len(X))
    q = sigmoid(sigmoid(z))
    return float(-(Y * np.log(q) + (1 - Y) * np.log(1 - q)).sum() / len(X))


def differences(loss: object, at: np.ndarray) -> np.ndarray:
    """Return the gradient by central differences."""
    assert callable(loss)
    found = np.zeros_like(at)
    for index in np.ndindex(*at.shape):
        step = np.zeros_like(at)
        step[index] = 1e-5
        found[index] = (loss(at + step) - loss(at - step)) / 2e-5
    return found


def marked(source: str, page: Page, digits: int = 7) -> Marked:
    graph = loads(source)
    answers = [
        answer(f"{name}[{','.join(str(i + 1) for i in index)}]", f"{value:.{digits}g}", graph)
        for name, array in page.items()
        for index, value in np.ndenumerate(array)
    ]
    return mark_sheet(answer_key(graph, run(graph)), Sheet("", "", tuple(answers)))


def named(found: Marked) -> set[str | None]:
    return {each.mistake for each in found.judged if each.verdict != "right"}


@pytest.mark.parametrize(
    ("loss", "activation"),
    [
        ("softmax_cross_entropy", "identity"),
        ("cross_entropy", "softmax"),
        ("sigmoid_cross_entropy", "identity"),
        ("binary_cross_entropy", "sigmoid"),
    ],
)
def test_softmax_applied_twice_is_named(loss: str, activation: str) -> None:
    soft = activation == "softmax" or loss.startswith("softmax")
    page = {
        "dW1": differences(lambda W: twice(W, B, soft=soft), W),
        "db1": differences(lambda B: twice(W, B, soft=soft), B),
    }
    found = marked(text(loss, activation), page)
    assert named(found) == {"softmax-twice"}
    assert catalogue()["softmax-twice"].hint in {each.message for each in found.judged}
