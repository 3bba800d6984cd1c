"""Dense networks that others worked by hand or in a sheet: their digits, and their slips."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from backprop_cli.api import loads
from backprop_cli.checking.mark_sheet import mark_sheet
from backprop_cli.checking.marking.answer_key import answer_key
from backprop_cli.checking.records import Judged, Sheet
from backprop_cli.graph.layer_names import resolve_layered
from backprop_cli.graph.records import Graph
from backprop_cli.passes.descent.course import course
from backprop_cli.passes.run import run

from ..checking.students import answer
from ..descending import of_text
from .test_published import agrees

BY_HAND = """\
input: [[2, 1, 2, 1], [-1, 1, 1, 2]]
target: {class: [2, 1]}
loss: cross_entropy
reduction: sum
layers:
  - activation: relu
    weights: [[1, 0, -1, 1], [0, 1, 1, 0], [1, -1, 0, 0]]
    bias: [1, 1, 0]
  - activation: relu
    weights: [[0, -1, 2], [-1, 1, 0], [0, 1, 1], [-1, 0, 0]]
    bias: [1, 2, 1, 3]
  - activation: softmax
    weights: [[0, -1, -1, 2], [-1, 0, 0, 0], [-1, 0, 1, 0]]
    bias: [5, 2, -4]
"""
RIGHT = {
    "z1": ["2 4 1", "1 3 -2"],
    "z2": ["-1 4 6 1", "-2 4 4 2"],
    "z3": ["-3 2 2", "1 2 0"],
    "a3": ["0.003358 0.498321 0.498321", "0.244728 0.665241 0.090031"],
    "delta3": ["0.003358 0.498321 -0.501679", "0.244728 -0.334759 0.090031"],
    "dW3": [
        "0 0.992345 0.99906 0.492815",
        "0 0.654248 1.650891 -0.171197",
        "0 -1.646593 -2.649951 -0.321618",
    ],
    "db3": "0.248086 0.163562 -0.411648",
    "da2": ["0.003358 -0.003358 -0.505036 0.006715", "0.244728 -0.244728 -0.154698 0.489457"],
}
"""AI by Hand in Excel (Tom Yeh), Backpropagation.xlsx, down to where its cell P20 is =J30."""
AFTER = {
    "delta2": RIGHT["da2"],
    "dW2": [
        "0.251444 0.747616 0.003358",
        "-0.251444 -0.747616 -0.003358",
        "-1.164771 -2.48424 -0.505036",
        "0.502888 1.495232 0.006715",
    ],
    "db2": "0.248086 -0.248086 -0.659734 0.496172",
    "da1": ["-0.003358 -0.511752 -0.498321", "-0.244728 -0.644155 0.334759"],
    "delta1": ["-0.003358 -0.511752 -0.498321", "-0.244728 -0.644155 0"],
    "dW1": [
        "0.238013 -0.248086 -0.251444 -0.492815",
        "-0.379349 -1.155907 -1.667658 -1.800061",
        "-0.996642 -0.498321 -0.996642 -0.498321",
    ],
    "db1": "-0.248086 -1.155907 -0.498321",
}


def numbers(written: Any) -> Any:
    """Return the texts of an array: a string a row."""
    return written.split() if isinstance(written, str) else [row.split() for row in written]


def marked(graph: Graph, given: dict[str, str], rate: float | None = None) -> dict[str, Judged]:
    """Return what is said of each answer."""
    answers = tuple(answer(name, raw, graph) for name, raw in given.items())
    key = answer_key(graph, run(graph), rate)
    return {each.answer.name: each for each in mark_sheet(key, Sheet("", "", answers)).judged}


def test_the_sheet_by_hand() -> None:
    graph = loads(BY_HAND)
    trace = run(graph)
    for name, printed in RIGHT.items():
        found = trace.array(resolve_layered(name, graph))
        texts = np.array(numbers(printed))
        # The sheet has six decimals and leaves zeros off.
        padded = [f"{float(text):.6f}" for text in texts.ravel()]
        agrees(found.ravel(), padded)


def test_the_sheets_missing_gate_is_explained_and_what_follows_costs_nothing() -> None:
    """The column of unit 1 has no gate; its two answers are wrong, all the others earn marks."""
    given: dict[str, str] = {}
    for name, printed in AFTER.items():
        texts = np.array(numbers(printed))
        for at in np.ndindex(texts.shape):
            given[f"{name}[{','.join(str(i + 1) for i in at)}]"] = str(texts[at])
    found = marked(loads(BY_HAND), given)
    wrong = {name: each for name, each in found.items() if each.verdict == "wrong"}
    assert set(wrong) == {"delta2[1,1]", "delta2[2,1]"}
    assert all("Which units were on" in each.message for each in wrong.values())
    assert {each.verdict for each in found.values()} == {"right", "wrong", "follow-through"}
    assert found["dW1[2,4]"].verdict == "follow-through"


def test_streetlights() -> None:
    """Grokking Deep Learning, chapter 6: sample by sample, sixty rounds, every digit."""
    chance = np.random.RandomState(1)
    first, second = (2 * chance.random_sample(shape) - 1 for shape in ((3, 4), (4, 1)))
    text = f"""\
weights_layout: in_out
input: [[1, 0, 1], [0, 1, 1], [0, 0, 1], [1, 1, 1]]
target: [[1], [1], [0], [0]]
loss: half_squared_error
learning_rate: 0.2
layers:
  - {{activation: relu, weights: {first.tolist()}, bias: none}}
  - {{weights: {second.tolist()}, bias: none}}
"""
    losses = course(of_text(text, batch_size=1), 240).losses
    rounds = [2 * sum(losses[4 * r - 4 : 4 * r]) for r in range(10, 61, 10)]
    printed = [
        0.6342311598444467,
        0.35838407676317513,
        0.0830183113303298,
        0.006467054957103705,
        0.0003292669000750734,
        1.5055622665134859e-05,
    ]
    assert rounds == pytest.approx(printed, rel=1e-13)


def test_two_neurons() -> None:
    """QuantLet, worked_backprop_example: one sigmoid after the other, and a step."""
    text = "input: [2]\ntarget: [1]\nloss: squared_error\nlearning_rate: 0.1\nlayers:\n" + "".join(
        f"  - {{activation: sigmoid, weights: [[{w}]], bias: none}}\n" for w in (0.5, 0.8)
    )
    graph = loads(text)
    trace = run(graph)
    printed = {"a1": "0.73", "z2": "0.58", "a2": "0.64", "da2": "-0.72", "dW2": "-0.12"}
    for name, number in printed.items():
        agrees(trace.array(resolve_layered(name, graph)).ravel(), [number])
    agrees(trace.array(resolve_layered("loss", graph)).ravel(), ["0.13"])
    (_, second) = of_text(text).recorded().parameters
    agrees(second.new.ravel(), ["0.812"])


def test_the_step_that_goes_up_is_explained() -> None:
    """Rashid's errata: w = 2.005 after a step for an error of 1.5; copies of it end with 1.995."""
    graph = loads("""\
input: [0.4, 0.5]
target: [0]
loss: {expression: "-1.5*a"}
layers: [{activation: sigmoid, weights: [[2.0, 3.0]], bias: none}]
""")
    trace = run(graph)
    agrees(trace.array(resolve_layered("z1", graph)).ravel(), ["2.3"])
    agrees(trace.array(resolve_layered("a1", graph)).ravel(), ["0.909"])
    agrees(trace.array(resolve_layered("dW1[1,1]", graph)).ravel(), ["-0.04969"])
    right = marked(graph, {"W1'[1,1]": "2.005"}, 0.1)
    assert right["W1'[1,1]"].verdict == "right"
    wrong = marked(graph, {"W1'[1,1]": "1.995"}, 0.1)["W1'[1,1]"]
    assert wrong.verdict == "wrong"
    assert "which way along the gradient" in wrong.message
