"""What comes back to an array: each message has its own name, noise is ≈ 0, symbols are said."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ..commands.running import printed

LOG_SUM_EXP = "graph: {m: max(x), e: exp(x - m), s: sum(e), L: m + log(s)}\n"
PAIR = "variables: {x: 1, y: 2, z: 0}\ngraph: {s: x + y, m: 'max(y, z)', f: s * m}\n"
MODES = (("derive",), ("derive", "--mode", "forward"), ("derive", "--mode", "paths"))


def _page(folder: Path, text: str, command: str, *options: str) -> str:
    file = folder / "net.yaml"
    file.write_text(text, encoding="utf-8")
    return printed(command, str(file), *options, width=160)


@pytest.mark.parametrize("call", [("trace",), ("derive",), ("derive", "--numbers")])
def test_each_message_has_its_own_name_and_what_cancels_is_near_0(
    tmp_path: Path, call: tuple[str, ...]
) -> None:
    page = _page(tmp_path, f"variables: {{x: [1, 2, 3]}}\n{LOG_SUM_EXP}", *call)
    named = re.findall(r"  (μ\S+) = ", page)
    assert len(named) == len(set(named)) == 4
    assert "e-1" not in page
    assert call == ("derive",) or "= −1 + 1 ≈ 0" in page


@pytest.mark.parametrize("call", [*MODES, ("worksheet",)])
def test_step_and_ones_are_said(tmp_path: Path, call: tuple[str, ...]) -> None:
    assert _page(tmp_path, PAIR, *call).count("note: step(t) is 1 above 0") == 1
    page = _page(tmp_path, f"variables: {{x: [~, ~, ~]}}\n{LOG_SUM_EXP}", *call)
    assert page.count("note: 𝟏 has a 1 in every entry") == ("𝟏" in page)


NEURON = "variables: {w: 2, x: -1, v: -3, u: -2, b: -3}\ngraph: {f: %s}\n"


@pytest.mark.parametrize(
    ("line", "lines"),
    [
        ("w*x + v*u + b", False),
        ("tanh(w*x + v*u + b)", False),
        ("1/(1 + exp(-(w*x + v*u + b)))", True),
    ],
)
def test_a_local_gradient_that_is_long_stands_in_a_line_of_its_own(
    tmp_path: Path, line: str, lines: bool
) -> None:
    """In a table of 80 columns it would be a dozen lines high, a few letters wide."""
    file = tmp_path / "net.yaml"
    file.write_text(NEURON % line, encoding="utf-8")
    page = printed("trace", str(file), "--only", "backward", width=80)
    assert ("d(w)" in page) is lines
    assert (" through " in page) is not lines
    assert "0.1966" in page or line[0] != "1"


def test_a_sum_of_arrays_has_numbers_where_each_term_has_room(tmp_path: Path) -> None:
    """Negative sampling: three terms of −ln σ(u·v), and the three shares of v, are all worked."""
    vectors = "v: [0.5, -0.3], o: [0.1, 0.2], p: [0.4, -0.1], q: [-0.2, 0.3]"
    line = "-log(sigmoid(o@v)) - log(sigmoid(-p@v)) - log(sigmoid(-q@v))"
    page = _page(tmp_path, f"variables: {{{vectors}}}\ngraph: {{J: {line}}}\n", "trace")
    passes = page.partition("━━ Summary")[0]
    assert "log" not in page
    for start in ("J = −ln(", "d(v)  ∂J/∂v = "):
        chain = re.split(r"\n += ", passes.partition(start)[2].partition("\n\n")[0])
        assert len(chain) > 1
        assert "".join(chain[1:]).count("0.3") >= 3, chain
