"""A slip at one step of a recurrent layer: what is carried on from it keeps its marks."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest

from backprop_cli.api import check, loads
from backprop_cli.checking.mark_sheet import mark_sheet
from backprop_cli.checking.marking.answer_key import answer_key
from backprop_cli.checking.records import Rules
from backprop_cli.checking.replay import constant, replayed, with_entries
from backprop_cli.passes.run import run

NET = """
input: [[1], [2], [3]]
target: [[0.5], [1], [1.5]]
loss: half_squared_error
layers:
  - {type: rnn, units: 1, weights: [[0.5]], recurrent_weights: [[0.7]], bias: none}
"""
X, Y, W, U = (1.0, 2.0, 3.0), (0.5, 1.0, 1.5), 0.5, 0.7


def worked(slip: tuple[str, int] | None = None) -> dict[str, object]:
    """Return a student's answers, worked by hand, with a slip at one step carried on."""

    def written(part: str, t: int, value: float) -> float:
        return value + 0.1234 if (part, t) == slip else value

    before, z, a = 0.0, [], []
    for t, x in enumerate(X):
        z.append(written("z1", t, W * x + U * before))
        before = written("a1", t, math.tanh(z[t]))
        a.append(before)
    after, delta = 0.0, [0.0] * 3
    for t in (2, 1, 0):
        delta[t] = written("delta1", t, (a[t] - Y[t] + U * after) * (1 - a[t] ** 2))
        after = delta[t]
    return {
        "z1": [[round(each, 5)] for each in z],
        "a1": [[round(each, 5)] for each in a],
        "loss": round(sum((h - y) ** 2 for h, y in zip(a, Y, strict=True)) / 2, 5),
        "delta1": [[round(each, 5)] for each in delta],
        "dW1": round(sum(d * x for d, x in zip(delta, X, strict=True)), 5),
        "dU1": round(delta[1] * a[0] + delta[2] * a[1], 5),
    }


def verdicts(answers: dict[str, object]) -> Iterator[tuple[str, str]]:
    for marked in check(loads(NET), answers).marked:
        yield from ((each.answer.name, each.verdict) for each in marked.judged)


SLIPS = [
    (part, t, left_out)
    for part in ("z1", "a1", "delta1")
    for t in range(3)
    for left_out in ((), ("z1",), ("z1", "delta1"))
    if part not in left_out
]


@pytest.mark.parametrize(("part", "t", "left_out"), SLIPS)
def test_a_slip_costs_the_marks_of_one_answer(part: str, t: int, left_out: tuple[str, ...]) -> None:
    answers = {name: value for name, value in worked((part, t)).items() if name not in left_out}
    found = dict(verdicts(answers))
    assert [name for name, verdict in found.items() if verdict == "wrong"] == [f"{part}[{t + 1},1]"]
    assert "follow-through" in found.values()


def test_without_a_slip_all_is_right() -> None:
    assert {verdict for _, verdict in verdicts(worked())} == {"right"}


def test_steps_added_up_for_their_mean_and_the_reverse_are_told() -> None:
    right = {name: worked()[name] for name in ("loss", "delta1")}
    third = {"loss": f"{float(str(right['loss'])) / 3:.4f}"}
    for text, answers, factor in ((NET, third, "1/3"), (f"{NET}over_time: mean\n", right, "3")):
        for each in check(loads(text), answers).marked[0].judged:
            assert (each.verdict, each.mistake) == ("wrong", "sum-or-mean")
            assert f"a factor {factor}, the number of steps" in each.full


def test_a_known_mistake_is_known_however_many_digits_are_asked() -> None:
    """A third of the loss to three digits, where a rubric asks for four decimals."""
    graph = loads(NET)
    told = f"{float(str(worked()['loss'])) / 3:.3f}"
    sheet = check(graph, {"loss": told}).marked[0].sheet
    for digits in (None, 4):
        (each,) = mark_sheet(answer_key(graph, run(graph)), sheet, Rules(digits=digits)).judged
        assert (each.verdict, each.mistake) == ("wrong", "sum-or-mean")


SEMINAR = """
input: [[0.2], [0.3], [0.4]]
target: [7]
loss: half_squared_error
layers:
  - {type: rnn, units: 2, weights: [[2], [1]], recurrent_weights: [[1, 2], [3, 4]], bias: none,
     output: last}
  - {units: 1, weights: [[2, 4]], bias: none}
"""
STATES = [[0.37994896, 0.19737532], [0.87975882, 0.97711011], [0.9986059, 0.99999815]]
PRINTED = {
    "a1": STATES,
    "z2": 5.99720442000804,
    "dW1": [[0.00034735], [0.00272708]],
    "dU1": [[0.00053191, 0.00212484]] * 2,
}
"""What a seminar's notebook prints: states and output are right, the gradients are not.

It takes y − ŷ, goes back through (φ′ᵀU) ⊙ in place of Uᵀ(φ′ ⊙ …), and keeps of W the share of the
first step alone; of U it has one row for both.
"""
BETWEEN = {
    "delta2": 1.00279558,
    "da1": [[0.0020297606, 0.014188141], [0.0056102988, 0.02241157], [2.0055912, 4.0111823]],
}
"""What its formulas give on the way."""


def test_a_notebooks_wrong_gradients_are_found_and_explained() -> None:
    (marked,) = check(loads(SEMINAR), PRINTED).marked
    wrong = [each.answer.name for each in marked.judged if each.verdict == "wrong"]
    assert wrong == ["dW1[1,1]", "dW1[2,1]", *(f"dU1[{j},{k}]" for j in (1, 2) for k in (1, 2))]
    (marked,) = check(loads(SEMINAR), PRINTED | BETWEEN).marked
    known = {each.answer.name: each.mistake for each in marked.judged if each.mistake}
    assert known["delta2[1]"] == "sign"
    assert {known[f"da1[{t},{j}]"] for t in (1, 2) for j in (1, 2)} == {"jacobian-as-a-vector"}
    assert {known[f"dW1[{j},1]"] for j in (1, 2)} == {"one-step-of-the-sum"}
    assert {known[f"dU1[{j},{k}]"] for j in (1, 2) for k in (1, 2)} == {"outer-product-as-a-number"}


@pytest.mark.parametrize("names", [("dU1",), ("dW1",), ("dW1", "dU1")])
def test_a_notebooks_gradients_alone_are_explained(names: tuple[str, ...]) -> None:
    """Of one way back in time its matrices are taken for vectors, and the sign is the other."""
    (marked,) = check(loads(SEMINAR), {name: PRINTED[name] for name in names}).marked
    wrong = [each for each in marked.judged if each.verdict == "wrong"]
    assert wrong
    assert {(each.mistake, *each.also) for each in wrong} == {("way-back-as-vectors", "sign")}


LSTM = """
input: [[1], [0.5], [-1]]
target: [0.5]
loss: half_squared_error
layers:
  - type: lstm
    units: 1
    weights: {f: [[0.5]], i: [[0.4]], g: [[0.3]], o: [[0.2]]}
    recurrent_weights: {f: [[0.1]], i: [[0.2]], g: [[0.3]], o: [[0.4]]}
    bias: {f: 1, i: 0, g: 0, o: 0}
    output: last
"""
GATES = "figo"


def at_the_gates() -> dict[str, float]:
    """Return ∂C/∂gate of step 3, by hand."""
    weights = {"f": (0.5, 0.1, 1.0), "i": (0.4, 0.2, 0), "g": (0.3, 0.3, 0), "o": (0.2, 0.4, 0)}
    h, c, before, gate = 0.0, 0.0, 0.0, dict.fromkeys(GATES, 0.0)
    for x in (1.0, 0.5, -1.0):
        z = {name: w * x + u * h + b for name, (w, u, b) in weights.items()}
        gate = {n: math.tanh(v) if n == "g" else 1 / (1 + math.exp(-v)) for n, v in z.items()}
        before, c = c, gate["f"] * c + gate["i"] * gate["g"]
        h = gate["o"] * math.tanh(c)
    dc = (h - 0.5) * gate["o"] * (1 - math.tanh(c) ** 2)
    return {
        "f": dc * before,
        "i": dc * gate["g"],
        "g": dc * gate["i"],
        "o": (h - 0.5) * math.tanh(c),
    }


OTHERS: tuple[dict[str, str], ...] = ({}, {"df1[3,1]": "-0.0137"})


@pytest.mark.parametrize("other", OTHERS, ids=str)
def test_a_gates_slope_left_out_is_named_whatever_else_is_wrong(other: dict[str, str]) -> None:
    """What else is wrong has no known mistake."""
    gates = ("o",) if other else GATES
    sent = at_the_gates()
    told = {f"dz{gate}1[3,1]": f"{sent[gate]:.4f}" for gate in gates}
    (marked,) = check(loads(LSTM), told | other).marked
    known = {each.answer.name: (each.mistake, *each.also) for each in marked.judged}
    assert known == dict.fromkeys(told, ("gate-slope-left-out",)) | dict.fromkeys(other, (None,))


def test_what_was_written_down_is_never_what_is_computed() -> None:
    """Of each quantity of a loop at each step in time, whatever is changed before it."""
    graph = loads(NET)
    replay = answer_key(graph, run(graph)).replay
    read = frozenset(read for each in replay.order for read in each.reads)
    changes = {key: constant(replay.truth[key] + 0.1) for key in sorted(replay.timed & read)}
    for key in sorted(replay.timed):
        for t in range(3):
            used = list(replay.truth)
            used[key] = with_entries(used[key], [t], [9.87])
            for before in list(changes)[:: max(1, len(changes) // 6)]:
                if before != key:
                    made = replayed(replay, used, {before: changes[before]}, {key: ([t], [9.87])})
                    assert key not in made or made[key].flat[t] != 9.87
