"""``backprop gradcheck`` as a person runs it: every format, the exit codes, what is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from msgspec import structs

from backprop_cli.functions import elementwise
from backprop_cli.mathematics.activations import ACTIVATIONS
from backprop_cli.notation import profile_names

from ..texts import texts
from .running import NAMES, config, printed, refused, run

KINKED = """
input: [1, 2]
target: [0.5]
loss: half_squared_error
layers:
  - {activation: relu, weights: [[1, -0.5]], bias: [0]}
  - {weights: [[3]], bias: [1]}
"""


def wrong_slope(z: Any) -> Any:
    a = 1 / (1 + np.exp(-z))
    return a * (1 + a)


@pytest.fixture
def wrong_sigmoid(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give the table's sigmoid the derivative a(1 + a), also where its rule was made before."""
    wrong = structs.replace(ACTIVATIONS["sigmoid"], numpy_derivative=wrong_slope)
    monkeypatch.setitem(ACTIVATIONS, "sigmoid", wrong)
    elementwise._usual.cache_clear()
    yield
    elementwise._usual.cache_clear()


@pytest.mark.parametrize("name", NAMES)
def test_every_example_passes(name: str) -> None:
    assert "gradient check passed" in printed("gradcheck", config(name))


@pytest.mark.parametrize("name", [*texts(), "json"])
@pytest.mark.parametrize("delta", [(), ("--wrt", "z1[1]", "--delta", "0.01")])
def test_every_format_says_it(name: str, delta: tuple[str, ...]) -> None:
    text = printed("gradcheck", config("mazur"), "--format", name, *delta)
    assert ("foretold" if delta else "sympy") in text


@pytest.mark.parametrize("notation", profile_names())
def test_every_notation_draws_it(notation: str) -> None:
    assert printed("gradcheck", config("mazur"), "--notation", notation)
    changed = ("--wrt", "z1[1]", "--delta", "0.01", "--notation", notation)
    assert printed("gradcheck", config("mazur"), *changed)


@pytest.mark.usefixtures("wrong_sigmoid")
def test_a_wrong_derivative_exits_with_1() -> None:
    done = run("gradcheck", config("mazur"))
    assert done.code == 1
    assert "gradient check FAILED" in done.out
    assert "backpropagation gives" in done.out
    assert done.err == ""


@pytest.mark.usefixtures("wrong_sigmoid")
def test_a_wrong_derivative_exits_with_1_in_json_and_in_a_file(tmp_path: Path) -> None:
    done = run("gradcheck", config("mazur"), "--format", "json")
    assert done.code == 1
    assert json.loads(done.out)["passed"] is False
    path = tmp_path / "check.md"
    assert run("gradcheck", config("mazur"), "-o", str(path)).code == 1
    assert "FAILED" in path.read_text(encoding="utf-8")


def test_a_kink_is_named_and_exits_with_0() -> None:
    done = run("gradcheck", "-", stdin=KINKED)
    assert done.code == 0
    assert "z1[1] stands on a kink of relu" in done.out


def test_json_has_every_entry() -> None:
    found = json.loads(printed("gradcheck", config("mazur"), "--format", "json"))
    assert (found["format"], found["version"]) == ("backprop-gradcheck", 1)
    assert found["passed"] is True
    names = [entry["name"] for entry in found["entries"]]
    assert names == [
        *(f"dW1[{j},{k}]" for j in (1, 2) for k in (1, 2)),
        "db1",
        *(f"dW2[{j},{k}]" for j in (1, 2) for k in (1, 2)),
        "db2",
    ]
    first = found["entries"][0]
    assert first["backpropagation"] == pytest.approx(0.000438567713, rel=1e-6)
    for method in ("differences", "complex_step", "sympy"):
        assert first[method]["derivative"] == pytest.approx(first["backpropagation"], rel=1e-6)
        assert first[method]["verdict"] == "agrees"


def test_json_of_a_kink_names_it() -> None:
    found = json.loads(run("gradcheck", "-", "--format", "json", stdin=KINKED).out)
    (entry,) = [e for e in found["entries"] if e["name"] == "dW1[1,1]"]
    assert entry["verdict"] == "kink"
    assert entry["kinks"] == [{"name": "z1[1]", "function": "relu", "distance": 0.0}]


def test_json_of_a_change_has_what_was_foretold_and_what_came() -> None:
    arguments = ("--wrt", "z1[1]", "--delta", "0.5", "--format", "json")
    found = json.loads(printed("gradcheck", config("sigmoid_neuron"), *arguments))["delta"]
    assert found["value"] == 1
    sigmoid = 1 / (1 + np.exp(-1))
    delta = (sigmoid - 1) * sigmoid * (1 - sigmoid)
    assert found["gradient"] == pytest.approx(delta)
    assert found["changes"][0]["foretold"] == pytest.approx(0.5 * delta)
    after = 0.5 * (1 / (1 + np.exp(-1.5)) - 1) ** 2
    assert found["changes"][0]["cost"] == pytest.approx(after)


KINKED = """
input: [1, 1]
target: [1]
loss: half_squared_error
layers:
  - {units: 2, activation: relu, weights: [[1, -1], [0.5, 0.2]], bias: none}
  - {weights: [[1, -1]], bias: [0.3]}
"""


@pytest.mark.parametrize(
    ("name", "delta", "said"),
    [
        ("z1[1]", "0.01", "falls like Δ only"),
        ("z1[2]", "-0.9", "adding −0.9 crosses a kink"),
        ("z1[2]", "-0.9", "the error falls like Δ²"),
        ("z1[2]", "-80", "each of these changes crosses a kink"),
        ("z1[2]", "0.1", "the error falls like Δ²"),
        ("z1[2]", "1e-9", "so small a change cannot show more"),
        ("z1[1]", "-0.1", "nothing is missed but rounding: the cost is linear"),
    ],
)
def test_how_what_is_missed_falls(name: str, delta: str, said: str) -> None:
    """relu(z) of layer 1 at z = (0, 0.7); past them the loss is a parabola of z1."""
    done = run("gradcheck", "-", "--wrt", name, "--delta", delta, stdin=KINKED, width=200)
    assert said in done.out


def test_a_tiny_change_is_shown_as_it_is() -> None:
    text = printed("gradcheck", config("mazur"), "--wrt", "W1[1,1]", "--delta", "1e-9")
    assert "w¹₁₁ = 0.150000001 in place of 0.15" in text
    assert "linear" not in text


def test_powers_in_ascii() -> None:
    done = run("gradcheck", config("mazur"), "--wrt", "z1[1]", "--delta", "0.01", encoding="ascii")
    assert "Delta^2" in done.out
    assert "missed / added^2" in done.out
    assert "?" not in done.out


def test_the_names_of_wrt_choose() -> None:
    text = printed("gradcheck", config("residual"), "--wrt", "z2", "--wrt", "dx", "--wrt", "gate.W")
    assert "delta2[1]" in text
    assert "dx[2]" in text
    assert "dW3[2,2]" in text
    assert "dW1" not in text


def test_a_large_network_is_sampled_and_says_so() -> None:
    rows = [[0.01 * (j - k) for k in range(25)] for j in range(20)]
    text = (
        f"input: {[0.1] * 25}\ntarget: {[0.0] * 20}\nloss: squared_error\n"
        f"layers:\n  - {{activation: tanh, weights: {rows}, bias: 0}}\n"
    )
    done = run("gradcheck", "-", stdin=text)
    assert done.code == 0
    said = " ".join(done.out.split())
    assert "20 of 500 of W1, drawn with seed 0; --full checks every entry" in said
    assert "gradient verdict entries differences" in said
    assert "dW1 pass 20 " in said
    other = json.loads(run("gradcheck", "-", "--seed", "5", "--format", "json", stdin=text).out)
    assert other["seed"] == 5
    assert other["checked"]["dW1"] == {"entries": 20, "of": 500}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--delta", "0.01"), "--wrt names it"),
        (("--wrt", "z1", "--delta", "0.01"), "name one, such as z1[1]"),
        (("--wrt", "W1", "--delta", "0.01"), "name one, such as W1[1,1]"),
        (("--wrt", "z1[1]", "--delta", "0"), "not a change"),
        (("--wrt", "z1[1]", "--delta", "nan"), "not a change"),
        (("--wrt", "z1[1]", "--delta", "inf"), "not a change"),
        (("--wrt", "z1[1]", "--wrt", "z1[2]", "--delta", "1"), "--wrt names it"),
        (("--wrt", "z1[1]", "--delta", "1", "--full"), "belong to the check"),
        (
            (
                "--wrt",
                "loss",
            ),
            "is 1",
        ),
        (
            (
                "--wrt",
                "y",
            ),
            "no gradient is taken",
        ),
        (
            (
                "--wrt",
                "W7",
            ),
            "the layers are 1 to 2",
        ),
        (("--sample", "2"), "has 1 sample"),
        (("--sample", "1"), "none of them is checked"),
        (("--sample", "1", "--wrt", "W1"), "none of them is checked"),
        (("--tolerance", "0"), "--tolerance"),
        (("--standalone",), "belongs to latex"),
        (("--format", "doc"), "no format"),
    ],
)
def test_what_cannot_be_asked_is_refused(arguments: tuple[str, ...], says: str) -> None:
    assert says in refused("gradcheck", config("mazur"), *arguments)


def test_a_network_without_numbers_is_refused() -> None:
    assert "has no numbers" in refused("gradcheck", config("symbolic_2443"))


@pytest.mark.parametrize("width", [80, 120])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    for name in ("mazur", "residual", "diamond"):
        text = printed("gradcheck", config(name), width=width)
        assert max(map(len, text.splitlines())) <= width


def test_ascii_has_its_own_spellings() -> None:
    text = printed("gradcheck", config("mazur"), encoding="ascii")
    assert text.isascii()
    assert "?" not in text
