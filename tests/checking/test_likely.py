"""p, the softmax that the loss takes, as an answer: right by numpy, and carried on from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backprop_cli.api import check, load, loads, trace

from ..commands.running import printed

ONE = """
input: [1, 2]
target: {class: 1}
loss: softmax_cross_entropy
layers: [{weights: [[0.1, 0.2], [0.3, -0.4], [0.5, 0.1]], bias: [0.1, 0.2, 0.3]}]
"""
ROWS = """
input: [[1, 2], [-1, 0.5]]
target: [[0.2, 0.8], [0.7, 0.7]]
loss: softmax_cross_entropy
layers:
  - {activation: tanh, weights: [[0.1, 0.2], [0.3, -0.4]], bias: 0.1}
  - {weights: [[0.1, 0.2], [0.3, -0.4]], bias: [0.1, 0.3]}
"""
NO_NUMBERS = """
input: [~]
target: {class: 1}
loss: softmax_cross_entropy
layers: [{units: 2}]
"""


def _texts(numbers: Any) -> Any:
    return [_texts(each) for each in numbers] if np.ndim(numbers) else f"{float(numbers):.6f}"


@pytest.mark.parametrize(("text", "last"), [(ONE, 1), (ROWS, 2)])
def test_probabilities_are_marked_and_what_follows_from_wrong_ones(text: str, last: int) -> None:
    network = loads(text)
    traced = trace(network)
    scores, y = np.atleast_2d(traced.value(f"a{last}")), np.atleast_2d(traced.value("y"))
    p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    slipped = p.copy()
    slipped[0, 1] += 0.11
    for used, first in ((p, "right"), (slipped, "follow-through")):
        delta = used * y.sum(axis=1, keepdims=True) - y
        loss = -(y * np.log(used)).sum() / len(y)
        shown = (used[0], delta[0]) if network.single else (used, delta)
        answers = {"p": _texts(shown[0]), f"delta{last}": _texts(shown[1]), "loss": _texts(loss)}
        marked = check(network, answers).marked[0].judged
        found = {each.answer.name: each.verdict for each in marked}
        at = "2" if network.single else "1,2"
        assert found.pop(f"p[{at}]") == ("right" if first == "right" else "wrong")
        assert found.pop(f"delta{last}[{at}]") == first
        assert found.pop("loss") == first
        assert set(found.values()) == {"right"}


@pytest.mark.parametrize("over_time", ["sum", "mean"])
def test_probabilities_of_a_sequence_are_worked_however_its_steps_are_added(
    over_time: str, tmp_path: Path
) -> None:
    """A loss that weighs its steps takes the softmax as well: page, key and JSON have it."""
    net = tmp_path / "net.yaml"
    net.write_text(
        f"input: [[1, 2], [0.5, 1]]\ntarget: {{class: [0, 1]}}\nsample_shape: [2, 2]\n"
        f"over_time: {over_time}\nloss: softmax_cross_entropy\n"
        "layers: [{weights: [[1, 0], [0.5, 1], [-1, 0.5]], bias: [0, 0, 0]}]\n"
    )
    scores = trace(load(net)).value("a1")
    p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    for arguments in ("trace", "trace --wrt p", "worksheet --blank p --solution"):
        command, *options = arguments.split()
        page = printed(command, str(net), *options)
        assert all(f"{number:.4f}" in page for number in p.ravel())
    found = json.loads(printed("trace", str(net), "--format", "json"))
    assert np.allclose(found["values"]["p"], p, rtol=1e-14)


def test_without_numbers_the_formula_is_marked() -> None:
    right, wrong = "exp(a1[1])/(exp(a1[1]) + exp(a1[2]))", "exp(a1[1])"
    marked = check(loads(NO_NUMBERS), {"p[1]": right, "p[2]": wrong}).marked[0].judged
    assert [each.verdict for each in marked] == ["right", "wrong"]


@pytest.mark.parametrize("notation", ["mazur", "cs231n", "nielsen"])
def test_it_has_its_name_in_the_letters_of_a_notation(notation: str) -> None:
    sheet = {"p₁": "0.3450", "p₂": "0.1403"}
    marked = check(loads(ONE), sheet, notation=notation).marked[0].judged
    assert [each.verdict for each in marked] == ["right", "right"]


def test_formulas_may_use_p_and_p_is_not_found_by_itself() -> None:
    """The sheet's own p is meant, as of any earlier answer."""
    net = loads(ONE)
    powers = np.exp(trace(net).value("a1"))
    p = [f"{each:.6f}" for each in powers / powers.sum()]
    formulas = ["p[1] - y[1]", "p[2] - 1", "p[3]"]
    right = {"p": p, "delta1": formulas, "loss": "-ln(p[2])"}
    assert {each.verdict for each in check(net, right).marked[0].judged} == {"right"}
    wrong = {"p": [p[0], p[1], "0.9"], "delta1": [p[0], "p[2] - 1", "p[3] - 0"]}
    found = {each.answer.name: each for each in check(net, wrong).marked[0].judged}
    assert found["p[3]"].verdict == "wrong"
    assert float(found["delta1[3]"].answer.parsed.value or 0) == pytest.approx(0.9)
    itself = check(net, {"p": ["p[1]", "p[3]", "p[1]"]}).marked[0].judged
    assert [each.verdict for each in itself] == ["unreadable", "unreadable", "wrong"]


@pytest.mark.parametrize("network", [ONE, ROWS])
def test_all_that_a_worksheet_asks_counts_and_nothing_else(network: str, tmp_path: Path) -> None:
    """p among it: its key has every mark."""
    net, key = tmp_path / "net.yaml", tmp_path / "key.json"
    net.write_text(network, encoding="utf-8")
    text = printed("worksheet", str(net), "--format", "json", "--solution")
    key.write_text(text, encoding="utf-8")
    said = printed("check", str(net), str(key), "--ask", "all")
    assert "not asked" not in said
    assert "blank" not in said
