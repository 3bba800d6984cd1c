"""Long lines of mathematics: broken at signs, outer ones first, and never inside a number."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backprop_cli.expression.refs import Ref
from backprop_cli.expression.tree import Add, Div, Expr, Mul, Number, Quantity
from backprop_cli.notation import profile
from backprop_cli.printing.latex.printer import LatexMath
from backprop_cli.printing.mathml import MathMl
from backprop_cli.printing.plain_math import AsciiMath, UnicodeMath
from backprop_cli.printing.settings import Settings
from backprop_cli.printing.wrapping import least_width, wrap

from .trees import trees

PRINTERS = (
    UnicodeMath(profile("standard"), Settings()),
    AsciiMath(profile("standard"), Settings()),
)
PAIR = (MathMl(profile("standard"), Settings()), LatexMath(profile("standard"), Settings()))
drawn = st.builds(lambda tree, printer: printer.draw(tree), trees(25), st.sampled_from(PRINTERS))
TOKEN = re.compile(r"\d+(?:\.\d+)?(?:e-?\d+)?|\w+|\S")


@given(drawn, st.integers(1, 60))
def test_nothing_is_lost_and_nothing_is_split(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    tokens = [token for line in lines for token in TOKEN.findall(line)]
    assert tokens == TOKEN.findall(text)


@given(drawn, st.integers(1, 60))
def test_no_line_is_wider_unless_it_cannot_be_broken(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert all(len(line) <= width or len(line) <= least_width(text) for line in lines)
    assert max(map(len, wrap(text, least_width(text)))) <= least_width(text)
    assert lines == [text] or len(text) > width


@given(drawn, st.integers(5, 60))
def test_lines_begin_and_end_well(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert all(line == line.strip() and line for line in lines)
    for before, after in itertools.pairwise(lines):
        assert after[:2] in ("+ ", "− ", "- ", "= ") or before[-1] in "·*/,;"


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("0.4·0.1385 + 0.5·(−0.0381)", 18, ["0.4·0.1385", "+ 0.5·(−0.0381)"]),
        ("0.5597·(1 − 0.5597)", 18, ["0.5597·", "(1 − 0.5597)"]),
        ("1·2 + 3·4 + 5·6", 12, ["1·2 + 3·4", "+ 5·6"]),
        ("a + b·(c + d + e) + f", 12, ["a", "+ b·", "(c + d + e)", "+ f"]),
        ("a + b·(c + d) + f", 11, ["a", "+ b·(c + d)", "+ f"]),
        ("e^(−57/250)/(e^(1/2) + 1)", 14, ["e^(−57/250)/", "(e^(1/2) + 1)"]),
        ("max(0.1824, 0.8176)", 12, ["max(0.1824,", "0.8176)"]),
        ("−7.7143e-8", 3, ["−7.7143e-8"]),
        ("{a if a > 0; 0 otherwise}", 14, ["{a if a > 0;", "0 otherwise}"]),
    ],
)
def test_by_hand(text: str, width: int, lines: list[str]) -> None:
    assert wrap(text, width) == lines


@settings(max_examples=40)
@given(trees(20), st.integers(0, 6))
def test_mathml_is_cut_where_its_latex_is(tree: Expr, depth: int) -> None:
    """A piece of HTML has the LaTeX of that piece beside it, so no piece is without."""
    markup, source = ([level for level, _ in each.cuts(tree, depth)] for each in PAIR)
    assert markup == source


def test_a_long_numerator_stands_in_lines_in_both() -> None:
    """A page in HTML breaks it where LaTeX does, or sooner; each of its terms is there once."""
    factors = (
        (Quantity(Ref(p, n, index=(1, k))) for p, n in (("W", 1), ("a", 2))) for k in range(9, 40)
    )
    terms = tuple(Mul(tuple(each)) for each in factors)
    for count in (3, len(terms)):
        top = Add(terms[:count])
        page, source = (each.draw(Div(top, Number(2))) for each in PAIR)
        assert page.count("<mi>w</mi>") == count
        assert page.count("</mtr><mtr>") >= source.count(r"\\ &")
    assert "</mtr><mtr>" not in PAIR[0].draw(Div(Add(terms[:3]), Number(2)))
    assert r"\\ &" in source
