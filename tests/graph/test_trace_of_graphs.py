"""``backprop trace`` of computation graphs: what is shown, what is refused, what is left out."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from ..commands.running import config, printed, refused

GATES = """\
variables: {a: 2, b: 2, c: -3, y: 1}
graph:
  m: max(a, b) + min(a*b, 7)
  r: relu(c + 3) + abs(a - b)
  o: m*2 - r*y + b
"""
TENSORS = """\
variables:
  W: [[1, 2, -1], [0.5, -1, 3]]
  x: [1, -2, 0.5]
  v: [1, -1, 2]
graph:
  z: W @ x
  s: sum(W*v) + max(z) + mean(W)
  r: z @ W
  cost: s + dot(r, x)
"""


@pytest.fixture
def gates(tmp_path: Path) -> str:
    return written(tmp_path, GATES)


@pytest.fixture
def tensors(tmp_path: Path) -> str:
    return written(tmp_path, TENSORS)


def written(folder: Path, text: str) -> str:
    path = folder / "net.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--layer", "1"), "--layer 1: a computation graph has no layers"),
        (("--sample", "1"), "--sample 1: a computation graph has no samples"),
        (("--per-sample", "--format", "json"), "--per-sample: a computation graph has no samples"),
        (("--wrt", "q"), "--wrt: there is no 'q' in this graph"),
        (("--wrt", "a[1]"), "--wrt: 'a[1]': a is a single number"),
        (("--set", "m=3"), "--set m: it is computed, not given"),
        (("--set", "q=3"), "--set: there is no 'q' in this graph"),
        (("--set", "a=x"), "--set a: 'x' is not a number"),
    ],
)
def test_what_makes_no_sense_is_refused(gates: str, options: tuple[str, ...], message: str) -> None:
    assert message in refused("trace", gates, *options)


def test_what_is_given_can_be_changed(gates: str) -> None:
    found = json.loads(printed("trace", gates, "--set", "a=3", "--format", "json"))
    assert found["values"]["m"] == 9
    assert found["values"]["r"] == 1


def test_any_name_can_be_asked_for(gates: str) -> None:
    for name in ("a", "y", "m", "o", "d(a)", "dy", "(c)"):
        assert "From the loss" in printed("trace", gates, "--wrt", name)


def test_gates_are_explained_once_and_kinks_are_said(gates: str) -> None:
    text = " ".join(printed("trace", gates).split())
    for verb in ("addition copies", "multiplication swaps and scales", "max routes", "a fork sums"):
        assert text.count(verb) == 1
    assert text.count("r is computed at a kink") == 2
    assert "step(t) is 1 above 0, 0 below, 1/2 at 0" in text


def test_the_gradient_of_the_output_is_no_factor(gates: str) -> None:
    text = printed("trace", gates, "--steps")
    assert "d(m)  ∂o/∂m = 2\n" in text
    assert text.count("∂o/∂o") == 1


def test_rounding_speaks_of_nodes(gates: str) -> None:
    text = printed("trace", gates, "--round-forward", "1")
    assert "every node of the file is rounded to 1 decimal" in text


def test_factors_stay_as_they_are_written(tmp_path: Path) -> None:
    text = "variables: {loss_terms: 2, delta: 3, x: 5, W: 7}\n"
    text += "graph:\n  cost: loss_terms*delta\n  loss: cost*x*W\n"
    found = printed("trace", written(tmp_path, text), "--format", "text", "--notation", "bishop")
    assert "cost = lossₜₑᵣₘₛ·δ = 2·3 = 6" in found
    assert "loss = cost·x·W = 6·5·7 = 210" in found


def test_a_row_is_a_vector_transposed(tensors: str) -> None:
    text = printed("trace", tensors)
    assert "r = Wᵀ z" in text
    assert "sum(W ⊙ vᵀ) + max(z) + mean(W)" in text
    assert "∂cost/∂W" in text
    assert "𝟏 has a 1 in every entry" in text


def test_no_line_is_wider_than_the_terminal(tensors: str) -> None:
    for width in (80, 120):
        lines = printed("trace", tensors, width=width).splitlines()
        assert max(map(len, lines)) <= width


def test_numbers_align_around_what_is_left_out(tmp_path: Path) -> None:
    numbers = ", ".join(str((-1) ** i * (i + 1) / 8) for i in range(30))
    net = written(tmp_path, f"variables: {{x: [{numbers}]}}\ngraph: {{c: sum(x)}}\n")
    first = printed("trace", net).partition("⎣")[0]
    lines = [line for line in first.splitlines() if "⎢" in line]
    assert any("…" in line for line in lines)
    ends = {number.end() for line in lines for number in re.finditer(r"(?<![.\d])\d+", line)}
    assert len(ends) == 1, "whole parts end at one place, with and without a point"
    assert len({line.index("⎥") for line in lines}) == 1


def test_ties_share_in_the_worked_lines_too(tmp_path: Path) -> None:
    net = written(tmp_path, "variables: {x: [3, 1, 3]}\ngraph: {c: 4*max(x)}\n")
    found = json.loads(printed("trace", net, "--format", "json"))
    assert found["gradients"]["x"] == [2, 0, 2]
    text = printed("trace", net, "--format", "text")
    assert "otherwise}/2" in text


@pytest.mark.parametrize("option", ["", "--steps"])
def test_what_is_left_out_is_counted(tmp_path: Path, option: str) -> None:
    lines = "".join(f"  n{i}: n{i - 1} + a\n" for i in range(1, 1001))
    net = written(tmp_path, f"variables: {{a: 1, n0: 1}}\ngraph:\n{lines}")
    text = printed("trace", net, *([option] if option else []))
    assert ("600 more lines" if option else "600 more nodes") in text
    assert len(text.splitlines()) < 1500


@pytest.mark.parametrize("suffix", ["md", "tex", "typ", "html", "txt", "json"])
def test_every_format(tensors: str, tmp_path: Path, suffix: str) -> None:
    target = tmp_path / f"trace.{suffix}"
    assert printed("trace", tensors, "-o", str(target)) == ""
    assert "cost" in target.read_text(encoding="utf-8")


def test_a_chain_of_sixty_diamonds(tmp_path: Path) -> None:
    lines = "".join(f"  l{i}: x{i}/2\n  r{i}: x{i}/2\n  x{i + 1}: l{i} + r{i}\n" for i in range(60))
    net = written(tmp_path, f"variables: {{x0: 3}}\ngraph:\n{lines}")
    found = json.loads(printed("trace", net, "--exact", "--format", "json"))
    assert found["exact"]["x60"] == "3"
    assert found["exact"]["d(x0)"] == "1"


def test_the_packaged_graph_has_a_gradient_for_each_of_its_names() -> None:
    found = json.loads(printed("trace", config("multiply"), "--format", "json"))
    assert set(found["values"]) == set(found["gradients"]) == {"x", "y", "z", "q", "f"}
    assert found["loss"] == -12


def test_a_long_formula_of_single_numbers_has_its_numbers_beside_arrays_too(
    tmp_path: Path,
) -> None:
    graph = "variables: {u: 0.5, w: [1, 2]}\ngraph:\n  v: exp(u)/(1 + exp(u))\n  o: v*sum(w)\n"
    text = printed("trace", written(tmp_path, graph))
    assert "e^0.5" in text[text.index("d(u)") :].splitlines()[1]


@pytest.mark.parametrize("line", ["sum(h*h)", "mean(h) + sum(w)", "exp(sum(h)) * mean(w*h)"])
def test_a_number_s_sum_and_mean_are_itself_beside_those_of_arrays(
    line: str, tmp_path: Path
) -> None:
    graph = f"variables: {{w: [1, 2]}}\ngraph: {{h: 2, o: '{line}'}}\n"
    value = {"s": 4, "m": 5, "e": np.exp(2) * 3}[line[0]]
    assert f"o = {value:.5g}" in printed("trace", written(tmp_path, graph), "--digits", "4")
