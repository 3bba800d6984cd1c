"""A slip at one step of a recurrent layer: what is carried on from it keeps its marks."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest

from backprop_cli.api import check, loads

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
