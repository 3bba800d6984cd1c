"""What a program's gradients show together: softmax twice, one factor in all, two exchanged."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from backprop_cli.api import loads, trace
from backprop_cli.checking.mark_sheet import mark_sheet
from backprop_cli.checking.marking.answer_key import answer_key
from backprop_cli.checking.mistakes import catalogue
from backprop_cli.checking.records import Marked, Sheet
from backprop_cli.passes.run import run
from tests.checking.students import answer
from tests.commands.running import run as command

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


TWO_LAYERS = """
input: [[0.1, -0.4], [0.6, 0.1], [-0.5, 0.4]]
target: [[0.2, 0.9, 0.1], [0.7, 0.1, 0.3], [0.5, 0.4, 0.6]]
loss: half_squared_error
layers:
  - {activation: tanh, weights: [[0.3, -0.2], [0.8, 0.1], [-0.4, 0.7]], bias: [0.1, -0.2, 0.3]}
  - {activation: tanh, weights: [[0.6, -0.5, 0.2], [-0.3, 0.4, 0.7], [0.9, 0.1, -0.6]],
     bias: [0.2, 0.4, -0.1]}
"""


def right() -> Page:
    """Return the gradients of the two layers by plain numpy."""
    x = np.array([[0.1, -0.4], [0.6, 0.1], [-0.5, 0.4]])
    y = np.array([[0.2, 0.9, 0.1], [0.7, 0.1, 0.3], [0.5, 0.4, 0.6]])
    W1 = np.array([[0.3, -0.2], [0.8, 0.1], [-0.4, 0.7]])
    W2 = np.array([[0.6, -0.5, 0.2], [-0.3, 0.4, 0.7], [0.9, 0.1, -0.6]])
    a1 = np.tanh(x @ W1.T + [0.1, -0.2, 0.3])
    a2 = np.tanh(a1 @ W2.T + [0.2, 0.4, -0.1])
    d2 = (a2 - y) * (1 - a2**2) / 3
    d1 = d2 @ W2 * (1 - a1**2)
    return {"dW1": d1.T @ x, "db1": d1.sum(0), "dW2": d2.T @ a1, "db2": d2.sum(0)}


@pytest.mark.parametrize("digits", [4, 8])
@pytest.mark.parametrize(
    ("factor", "said"),
    [
        (2 / 3, "all 21 are 0.6667 times the right ones: a mean over the 3 outputs?"),
        (4, "all 21 are 4 times the right ones: added up in several passes"),
        (0.3817, "all 21 are 0.3817 times the right ones: clipped by their norm"),
        (1.7, "all 21 are 1.7 times the right ones: another scale of the loss?"),
    ],
)
def test_one_factor_in_every_gradient_is_seen(factor: float, said: str, digits: int) -> None:
    found = marked(TWO_LAYERS, {name: factor * g for name, g in right().items()}, digits)
    assert named(found) == {"one-factor"}
    assert all(f"one of many: {said}" in each.full for each in found.judged)
    assert not re.search(r"\d", found.judged[0].message)
    assert not found.remarks


@pytest.mark.parametrize("count", [3, 4])
@pytest.mark.parametrize("loss", ["half_squared_error", "mean_squared_error"])
def test_a_sum_for_a_mean_says_over_what_and_which_way(count: int, loss: str) -> None:
    """Of 3 outputs and so many samples: each gradient is off by one of these numbers."""
    text = TWO_LAYERS.replace("half_squared_error", loss)
    if count == 4:
        text = text.replace("[-0.5, 0.4]]", "[-0.5, 0.4], [0.2, 0.7]]")
        text = text.replace("[0.5, 0.4, 0.6]]", "[0.5, 0.4, 0.6], [0.1, 0.3, 0.9]]")
    done = trace(loads(text))
    names = ("dW1", "db1", "dW2", "db2")
    page = {name: np.asarray(done.gradient(name[1:])) for name in names}
    summed, both = loss == "half_squared_error", "outputs and of samples" if count == 3 else ""
    over, under = (both or "samples", "samples") if not summed else ("samples", both or "samples")
    said = {
        float(count): f"a factor {count}, the number of {over}: a sum where a mean belongs.",
        1 / count: f"a factor 1/{count}, the number of {under}: a mean where a sum belongs.",
    }
    for factor, words in said.items():
        found = marked(text, {name: factor * each for name, each in page.items()}, 8)
        assert named(found) == {"sum-or-mean"}
        assert {each.full.partition("off by ")[2] for each in found.judged} == {words}
        assert not re.search(r"\d", found.judged[0].message)


def test_one_mistake_in_everything_is_said_and_worked_once(tmp_path: Path) -> None:
    net, ada = tmp_path / "net.yaml", tmp_path / "ada.json"
    net.write_text(TWO_LAYERS)
    ada.write_text(json.dumps({name: (-each).tolist() for name, each in right().items()}))
    found = command("check", str(net), str(ada), "--feedback", "full")
    _, _, said = found.out.partition("What to look at")
    assert "Worked out at dW1[1,1]; the others go alike." in " ".join(said.split())
    assert said.count("wrong sign") == 1
    assert said.count("∂C/∂w") == said.count("∂C/∂w¹₁₁") == 1
    assert "∂C/∂b" not in said


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (np.tanh, "The same holds of 18 more entries of a1."),
        (lambda x: 0.3 + 0.1 * np.cos(7 * x), "a1[1,1] …: not right, and no known mistake"),
    ],
)
def test_a_list_that_no_line_holds_says_what_its_names_are_entries_of(
    wrong: Callable[[np.ndarray], np.ndarray], said: str, tmp_path: Path
) -> None:
    x = np.arange(1, 21)[:, None] / 8
    net, ada = tmp_path / "net.yaml", tmp_path / "ada.json"
    layer = "{activation: sigmoid, weights: [[1]], bias: [0]}"
    ins = x.tolist()
    net.write_text(f"input: {ins}\ntarget: {ins}\nloss: squared_error\nlayers: [{layer}]\n")
    a1 = np.vstack([wrong(x[:-1]), sigmoid(x[-1:])]).round(4)
    ada.write_text(json.dumps({"z1": ins, "a1": a1.tolist()}))
    page = command("check", str(net), str(ada), "--feedback", "full").out
    assert said in " ".join(page.split())
    assert max(map(len, page.splitlines())) <= 80


def test_a_known_factor_keeps_its_name_and_other_factors_of_two_layers_are_none() -> None:
    page = right()
    for factor, name in ((-1, "sign"), (3, "sum-or-mean")):
        found = marked(TWO_LAYERS, {name: factor * g for name, g in page.items()})
        assert named(found) == {name}
    odd = {name: (1.3 if "1" in name else 1.6) * g for name, g in page.items()}
    assert "one-factor" not in named(marked(TWO_LAYERS, odd))
    assert not named(marked(TWO_LAYERS, page))


@pytest.mark.parametrize("digits", [3, 8])
def test_two_quantities_exchanged_as_wholes_are_named(digits: int) -> None:
    page = right()
    page["db1"], page["db2"] = page["db2"], page["db1"]
    found = marked(TWO_LAYERS, page, digits)
    assert named(found) == {"quantities-exchanged"}
    wrong = [each for each in found.judged if each.verdict == "wrong"]
    assert len(wrong) == 6
    assert {"db1", "db2"} <= set(wrong[0].message.replace(".", "").split())


def test_weights_and_bias_come_from_the_delta_that_was_left_blank() -> None:
    page = right()
    x = np.array([[0.1, -0.4], [0.6, 0.1], [-0.5, 0.4]])
    W2 = np.array([[0.6, -0.5, 0.2], [-0.3, 0.4, 0.7], [0.9, 0.1, -0.6]])
    y = np.array([[0.2, 0.9, 0.1], [0.7, 0.1, 0.3], [0.5, 0.4, 0.6]])
    a1 = np.tanh(x @ np.array([[0.3, -0.2], [0.8, 0.1], [-0.4, 0.7]]).T + [0.1, -0.2, 0.3])
    a2 = np.tanh(a1 @ W2.T + [0.2, 0.4, -0.1])
    d1 = (a2 - y) * (1 - a2**2) / 3 @ W2 * (1 - np.tanh(a1) ** 2)
    found = marked(TWO_LAYERS, page | {"dW1": d1.T @ x, "db1": d1.sum(0)})
    said = {each.message for each in found.judged if each.verdict == "follow-through"}
    assert said == {"as db1: what both are made of, delta1, is wrong"}
