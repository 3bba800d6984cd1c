"""What follows from a wrong answer: only what the rule gives from that answer's own number."""

from __future__ import annotations

import numpy as np
import pytest

from backprop_cli.api import check, loads

RNN = """
input: [[0.5], [-1], [0.8]]
target: [[0.3], [0.9], [-0.4]]
loss: half_squared_error
layers:
  - {type: rnn, units: 2, weights: [[0.6], [-0.4]], recurrent_weights: [[0.5, -0.3], [0.7, 0.2]],
     bias: none}
  - {units: 1, weights: [[0.8, -1.1]], bias: none}
"""
GRAPH = loads(RNN)
ENTRIES = [(t, j) for t in (1, 2) for j in (1, 2)]


def own_shares() -> tuple[np.ndarray, np.ndarray]:
    """Return each state's own error, and φ′ there, of a tanh network by plain numpy."""
    x, y, V = (0.5, -1, 0.8), (0.3, 0.9, -0.4), np.array([0.8, -1.1])
    W, U, h = np.array([0.6, -0.4]), np.array([[0.5, -0.3], [0.7, 0.2]]), np.zeros(2)
    errors, slopes = [], []
    for t in range(3):
        h = np.tanh(W * x[t] + U @ h)
        errors.append((V @ h - y[t]) * V)
        slopes.append(1 - h**2)
    return np.array(errors), np.array(slopes)


@pytest.mark.parametrize("at", ENTRIES[1:3], ids=str)
def test_a_slip_made_anew_at_another_entry_does_not_follow(at: tuple[int, int]) -> None:
    """Nothing through time, in da1 and again in delta1, as in two entries of da1."""
    errors, slopes = own_shares()
    t, j = at
    first = {f"da1[{t},{j}]": f"{errors[t - 1, j - 1]:.4f}"}
    for n, k in ENTRIES:
        number = f"{(errors * slopes)[n - 1, k - 1]:.4f}"
        found = check(GRAPH, first | {f"delta1[{n},{k}]": number}).marked[0].judged
        assert found[0].verdict == "wrong"
        assert found[1].verdict == ("follow-through" if (n, k) == at else "wrong"), (n, k)


NORM = loads("""
input: [1, 2, -1]
target: [0, 1, 1]
loss: half_squared_error
layers:
  - {units: 3, weights: [[1, 0, 2], [-1, 1, 0], [0.5, 0.5, -1]], bias: [0, 0, 0.5]}
  - {type: layer_norm, scale: [1, 2, 1], shift: [0, 0, 0.5], epsilon: 0}
  - {type: dropout, rate: 0.5, mask: [1, 0, 1]}
""")


@pytest.mark.parametrize("xhat", ["-1", "-1.0"])
@pytest.mark.parametrize("z", ["-2", "-2.0000", "-1.2247", "-2.9"])
def test_a_whole_number_is_no_room_for_anything(xhat: str, z: str) -> None:
    """With var 4 for 14/9·… x̂ is −2/√4 = −1, and dropout makes −1/(1 − 0.5) = −2 of it."""
    told = {"var2": "4", "xhat2[1]": xhat, "z3[1]": z}
    found = {each.answer.name: each.verdict for each in check(NORM, told).marked[0].judged}
    assert found["var2"] == "wrong"
    assert (found["z3[1]"] == "wrong") == (float(z) != -2)


FAR = loads("variables: {a: 1.2, b: 2}\ngraph:\n  p: 3*a\n  q: 100*p - 160*b\n")


@pytest.mark.parametrize(
    ("p", "q", "follows"),
    [
        ("3.25", "5.0", True),
        ("3.25", "5.4", True),
        ("3.2", "0.000", True),
        ("3.2", "4.321", False),
        ("3.25", "7.0", False),
    ],
)
def test_what_a_rounded_number_leaves_wide_open_is_no_evidence(
    p: str, q: str, follows: bool
) -> None:
    """100·3.2 − 320 may be −5 to 5, if 3.2 is rounded: 4.321 says nothing of how it was got."""
    found = check(FAR, {"p": p, "q": q}).marked[0].judged
    assert [each.verdict for each in found] == ["wrong", "follow-through" if follows else "wrong"]


def test_one_path_left_of_two_is_the_one_through_time() -> None:
    """Unit 1's own share: the other path is the next step, whose U is not the question."""
    told = {"da1[2,2]": f"{own_shares()[0][1, 1]:.4f}"}
    (each,) = check(GRAPH, told).marked[0].judged
    assert "nothing-through-time" in (each.mistake, *each.also)
