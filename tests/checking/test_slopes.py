"""Local derivatives as answers: right by differences, carried on, their mistakes named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from backprop_cli.api import check, loads
from backprop_cli.checking.marking.answer_key import answer_key
from backprop_cli.checking.sheets.answers import entries_of
from backprop_cli.checking.sheets.aspects import name_of
from backprop_cli.checking.sheets.names import PlainNames
from backprop_cli.checking.slopes import with_slopes
from backprop_cli.graph.names import UnknownName
from backprop_cli.passes.run import run

LAYERS = """
input: [[0.6, -0.9], [0.2, 0.4]]
target: [[1, 0], [0, 1]]
loss: cross_entropy
layers:
  - {activation: tanh, weights: [[0.4, -0.3], [0.7, 0.2]], bias: [0.1, -0.2]}
  - {activation: softmax, weights: [[0.6, -0.5], [0.3, 0.8]], bias: [0.15, 0.05]}
"""
ONE = """
input: [0.6, -0.9]
target: [0.3]
loss: half_squared_error
layers:
  - {activation: tanh, weights: [[0.4, -0.3], [0.7, 0.2]], bias: [0.1, -0.2]}
  - {activation: sigmoid, weights: [[0.6, -0.5]], bias: [0.15]}
"""
BIG = f"""
input: [1]
target: {[0] * 301}
loss: squared_error
seed: 1
layers:
  - {{activation: tanh, units: 301}}
  - {{units: 301}}
"""
GRAPH = """
variables: {x: 2, w: -1, b: 0.5}
graph:
  p: w * x
  q: p + b
  s: sigmoid(q)
  L: s * s + q
"""
NAMES = {
    LAYERS: ("da1[1,2]/dz1[1,2]", "da1/dz1", "da2[1,1]/dz2[1,2]", "da2[2,1]/dz2[2,1]",
             "dz2[1,2]/dW2[2,1]", "dz2[2,1]/da1[2,2]", "dz1[1,1]/db1[1]", "dz2[2,1]/dW2"),
    ONE: ("da1/dz1[2]", "da2/dz2", "dz2/da1", "dz2/dW2", "dz2/db2", "∂a1[1]/∂z1[1]"),
    GRAPH: ("dp/dw", "dp/dx", "dq/dp", "ds/dq"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "name"), [(t, n) for t, names in NAMES.items() for n in names])
def test_a_local_derivative_is_what_differences_say(text: str, name: str) -> None:
    graph = loads(text)
    ref, of = PlainNames(graph).find(name)
    assert PlainNames(graph).find(name_of(ref, of, graph)) == (ref, of)
    assert not isinstance(of, str)
    replay = with_slopes(answer_key(graph, run(graph)).replay, [(ref.bare(), of)])
    entries = entries_of(ref, graph)
    key, first = replay.place(entries[0], of)
    parent, consumer = graph.number(ref), graph.number(of)
    step = replay.at[consumer]
    above = replay.place(of)[1] if of.index or not graph.nodes[consumer].shape else None
    for at in range(first, first + len(entries)):
        values = []
        for h in (1e-6, -1e-6):
            used = list(replay.truth)
            used[parent] = used[parent].copy()
            used[parent].flat[at] += h
            values.append(step.compute(used).flat[at if above is None else above])
        wanted = (values[0] - values[1]) / 2e-6
        assert np.isclose(replay.truth[key].flat[at], wanted, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        (LAYERS, "da2/dz2", "name one"),
        (ONE, "da2/dz1", "not computed from z1 in one step"),
        (ONE, "ddelta1/dz1", "a derivative is of a value by a value"),
        (GRAPH, "dL/dL2", "there is no"),
    ],
)
def test_what_is_no_local_derivative_is_said(text: str, name: str, said: str) -> None:
    with pytest.raises(UnknownName) as caught:
        PlainNames(loads(text)).find(name)
    assert said in str(caught.value)


def test_what_follows_from_a_wrong_slope_keeps_its_mark() -> None:
    """σ′ with tanh's and sigmoid's exchanged: it costs there, and δ and dW follow from it."""
    answers = {
        "a1": ["0.5441", "0.0400"],
        "da1/dz1": ["0.2481", "0.0384"],
        "da2/dz2": "0.2374",
        "delta2": "0.0741",
        "delta1": ["0.0110", "-0.0014"],
        "dW1": [["0.0066", "-0.0099"], ["-0.0009", "0.0013"]],
    }
    network = loads(ONE)
    found = {each.answer.name: each for each in check(network, answers).marked[0].judged}
    assert found["da1/dz1[1]"].mistake == "wrong-derivative"
    assert found["da1/dz1[2]"].mistake == "wrong-derivative"
    assert {found[f"delta1[{n}]"].verdict for n in (1, 2)} == {"follow-through"}
    assert found["delta1[1]"].earlier == ("da1/dz1[1]",)
    rest = [n for n in found if not n.startswith(("da1", "delta1"))]
    assert {found[n].verdict for n in rest} <= {"right", "follow-through"}


@pytest.mark.parametrize(
    ("answers", "mistake"),
    [
        ({"p": "-2", "dp/dw": "-1", "dp/dx": "2"}, "other-inputs-share"),
        ({"q": "-1.5", "s": "0.1824", "ds/dq": "0.1824"}, "wrong-derivative"),
        ({"s": "0.1824", "dL/ds": "0.3649", "ds/dq": "0.3649"}, "gradient-for-slope"),
    ],
)
def test_a_slip_in_a_graphs_slope_is_named(answers: dict[str, str], mistake: str) -> None:
    judged = check(loads(GRAPH), answers).marked[0].judged
    assert mistake in {each.mistake for each in judged}


def test_a_class_keeps_few_keys(tmp_path: Path) -> None:
    graph = loads(ONE)
    key = answer_key(graph, run(graph))
    from backprop_cli.checking.records import Answer, ParsedAnswer, Sheet

    names = [f"da{n}/dz{n}[1]" for n in (1, 2)] + ["dz2/da1[1]", "dz2/dW2[1,1]", "dz2/db2[1]"]
    refs = [PlainNames(graph).find(name) for name in names]
    for chosen in range(1, 2 ** len(refs)):
        some = (ref for bit, ref in enumerate(refs) if chosen >> bit & 1)
        answers = tuple(Answer("", ref, ParsedAnswer("1"), of) for ref, of in some)
        key.asking(Sheet("", "", answers))
    assert len(key.asked) <= 16


def test_local_derivatives_are_bounded(tmp_path: Path) -> None:
    """A sheet that asks for a table of each entry is told so; long names are not kept."""
    graph = loads(BIG)
    many = {f"dz2[{n}]/dW2[{n},{n}]": "0" for n in (1, 2, 3)}
    found = check(graph, {**many, "z1[1]": "1"})
    assert "more than 200,000 numbers" in " ".join(str(found).split())
    assert [each.answer.name for each in found.marked[0].judged] == ["z1[1]"]
    plain = PlainNames(loads(ONE))
    for blanks in range(300, 310):
        plain.find(f"m({' ' * blanks}W1)")
    assert set(plain.found) == {"W1"}
