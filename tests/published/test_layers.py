"""Normalization, dropout and an embedding that others published, to the last digit printed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backprop_cli.api import loads
from backprop_cli.checking.mark_sheet import mark_sheet
from backprop_cli.checking.marking.answer_key import answer_key
from backprop_cli.checking.records import Sheet
from backprop_cli.files.network import read_network
from backprop_cli.graph.build import build
from backprop_cli.graph.layer_names import resolve_layered
from backprop_cli.passes.run import run
from backprop_cli.passes.trace import Trace

from ..checking.students import answer
from .test_published import agrees

CONFIGS = Path(__file__).parents[2] / "configs"


def found(trace: Trace, name: str) -> Any:
    """Return a quantity as the reader sees it, by its plain name."""
    return trace.array(resolve_layered(name, trace.graph))


def test_batch_normalization() -> None:
    """Batch normalization in akim42003/alexkode: y, and dγ, dβ, dx for dy = 1 everywhere."""
    trace = run(
        loads("""\
input: [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]
target: [[0, 0], [0, 0], [0, 0]]
loss: {expression: sum(a)}
reduction: sum
layers: [{type: batch_norm, scale: 1, shift: 0}]
""")
    )
    column = ["-1.2247", "0", "1.2247"]
    agrees(found(trace, "a1").T, [column, column])
    agrees(found(trace, "dgamma1"), ["0", "0"])
    agrees(found(trace, "dbeta1"), ["3", "3"])
    agrees(np.round(found(trace, "dx"), 9), [["0", "0"]] * 3)


def test_dropout() -> None:
    """Inverted dropout in Open-Deep-ML, question 151: training, inference, and back for a dy."""
    text = """\
input: [[1.0, 2.0], [3.0, 4.0]]
target: [[0.5, 0.2], [1.0, 2.0]]
loss: {expression: "dot(a, y)"}
reduction: sum
layers: [{type: dropout, rate: 0.2, mask: [[1, 0], [1, 1]]}]
"""
    trace = run(loads(text))
    agrees(found(trace, "da1"), [["0.5", "0.2"], ["1.0", "2.0"]])
    agrees(found(trace, "a1"), [["1.25", "0"], ["3.75", "5"]])
    agrees(found(trace, "dx"), [["0.625", "0"], ["1.25", "2.5"]])
    inference = run(loads(text.replace("mask: [[1, 0], [1, 1]]", "mode: eval")))
    agrees(found(inference, "a1"), [["1.0", "2.0"], ["3.0", "4.0"]])


DELTA = ["0.256", "0.251", "0.247", "0.248", "0.245", "0.253", "-0.741", "-0.759"]
RIGHT = {
    "a1": ["0.068", "0.170", "-0.109"],
    "z2": ["0.042", "0.020", "0.006", "0.007", "-0.005", "0.030", "0.052", "-0.021"],
    "a2": ["0.128", "0.125", "0.124", "0.124", "0.122", "0.127", "0.130", "0.120"],
    "delta2": DELTA,
    "dE1[2]": ["0.0637", "0.0179", "0.0469"],
    "dW2": [
        ["0.017", "0.044", "-0.028"],
        ["0.017", "0.043", "-0.027"],
        ["0.0168", "0.0421", "-0.0270"],
        ["0.017", "0.042", "-0.027"],
        ["0.017", "0.042", "-0.027"],
        ["0.017", "0.043", "-0.028"],
        ["-0.050", "-0.126", "0.081"],
        ["-0.052", "-0.129", "0.083"],
    ],
}
"""Demystifying Neural Network in Skip-Gram Language Modeling (2019), figures 14 to 18; where figure
16 has another row's error for the third word, what its own numbers give."""
PRINTED = {"delta2[3]": "0.513", "dE1[2,1]": "0.046", "dE1[2,2]": "0.049", "dE1[2,3]": "0.069"}
"""What it prints there, and what follows from that."""


def skip_gram() -> Trace:
    return run(build(read_network(str(CONFIGS / "skip_gram.yaml"))))


@pytest.mark.parametrize("name", RIGHT)
def test_skip_gram(name: str) -> None:
    trace = skip_gram()
    row = name.endswith("[2]")
    array = found(trace, name.removesuffix("[2]"))
    agrees(array[1] if row else array, RIGHT[name])
    others = np.delete(found(trace, "dE1"), 1, axis=0)
    assert not others.any()


def test_skip_gram_after_one_step() -> None:
    """Figures 19 and 20, η = 0.05."""
    trace = skip_gram()
    after = found(trace, "W2") - 0.05 * found(trace, "dW2")
    wanted = {0: ["0.191", "0.174", "0.013"], 2: ["-0.0668", "0.1149", "0.0843"]}
    for row, numbers in wanted.items():
        agrees(after[row], numbers)
    center = found(trace, "E1")[1] - 0.05 * found(trace, "dE1")[1]
    agrees(center, ["0.0648", "0.1691", "-0.1113"])


def test_the_misprint_is_found_and_what_follows_from_it_costs_nothing() -> None:
    graph = skip_gram().graph
    given = {f"delta2[{unit}]": text for unit, text in enumerate(DELTA, 1)} | PRINTED
    answers = tuple(answer(name, raw, graph) for name, raw in given.items())
    marked = mark_sheet(answer_key(graph, run(graph), None), Sheet("", "", answers))
    verdicts = {each.answer.name: each.verdict for each in marked.judged}
    assert verdicts.pop("delta2[3]") == "wrong"
    assert {verdicts.pop(name) for name in PRINTED if name in verdicts} == {"follow-through"}
    assert set(verdicts.values()) == {"right"}
