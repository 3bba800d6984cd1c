"""Parentheses: what is drawn in ASCII, read again, is the number that was drawn."""

from __future__ import annotations

import math
import re
import unicodedata
import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, reject, settings
from hypothesis import strategies as st

from backprop_cli.arithmetic.floating import FLOAT64
from backprop_cli.expression.evaluate import evaluate
from backprop_cli.expression.parse import ExpressionError, Grammar, Limits, parse
from backprop_cli.expression.tree import Expr, Name
from backprop_cli.functions.elementary import ELEMENTARY
from backprop_cli.notation import profile
from backprop_cli.printing.mathematics import Settings
from backprop_cli.printing.plain_math import AsciiMath, UnicodeMath

from .trees import NAMES, trees

PROFILE = profile("standard")
GRAMMAR = Grammar(
    names=NAMES,
    functions={name: (entry.arity, entry.arity) for name, entry in ELEMENTARY.items()},
    limits=Limits(exponent=10**6),
)
VALUES: dict[Expr, Any] = {
    Name(name): value for name, value in zip(NAMES, (0.75, -1.25, 2.5, 0.4), strict=True)
}


def value(tree: Expr) -> float:
    """Return the tree's number; nan or infinite where it has none."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        try:
            return float(evaluate(tree, VALUES, FLOAT64))
        except (ZeroDivisionError, OverflowError):
            return math.nan


def again(drawn: str) -> Expr:
    """Return the tree that the drawn text says."""
    try:
        return parse(drawn, GRAMMAR)
    except ExpressionError as error:
        if "too large an exponent" in str(error):  # the parser's own bound
            reject()
        raise AssertionError(f"{drawn}: {error}") from None


@pytest.mark.parametrize("exact", [False, True])
@settings(max_examples=150, deadline=None)
@given(tree=trees())
def test_drawn_in_ascii_and_read_again(exact: bool, tree: Expr) -> None:
    wanted = value(tree)
    assume(math.isfinite(wanted) and abs(wanted) < 1e30)
    drawn = AsciiMath(PROFILE, Settings(12, exact)).draw(tree)
    found = value(again(drawn))
    assert found == pytest.approx(wanted, rel=1e-6, abs=1e-6), drawn


def to_ascii(text: str) -> str:
    """Return Unicode mathematics in the parser's letters, sign by sign."""
    text = re.sub("[⁰¹²³⁴⁵⁶⁷⁸⁹ᵃᵇᶻʸ]+", lambda m: f"^({unicodedata.normalize('NFKC', m[0])})", text)
    text = text.translate(str.maketrans("−·", "-*"))
    text = re.sub(r"√(\w)", r"sqrt(\1)", text).replace("√", "sqrt")
    return re.sub(r"((?<![a-z])[abyz]|\))\(", r"\1*(", text)


@settings(max_examples=100, deadline=None)
@given(trees())
def test_unicode_says_the_same_as_ascii(tree: Expr) -> None:
    wanted = value(tree)
    assume(math.isfinite(wanted) and abs(wanted) < 1e30)
    drawn = UnicodeMath(PROFILE, Settings(12)).draw(tree)
    assume("|" not in drawn)
    found = value(again(to_ascii(drawn)))
    assert found == pytest.approx(wanted, rel=1e-6, abs=1e-6), drawn


@settings(max_examples=100, deadline=None)
@given(trees(), st.booleans())
def test_no_two_signs_meet(tree: Expr, exact: bool) -> None:
    """``a − −b`` and ``2·−3`` are never written."""
    drawn = UnicodeMath(PROFILE, Settings(4, exact)).draw(tree)
    assert not re.search(r"[−+·/^] ?−", drawn), drawn


@pytest.mark.parametrize(
    ("formula", "drawn"),
    [
        ("a - (b - z)", "a − (b − z)"),
        ("a - (-3)", "a − (−3)"),
        ("a*(b + z)", "a(b + z)"),
        ("(-2)*a", "−2·a"),
        ("3*(-2)", "3·(−2)"),
        ("a/(b*z)", "a/(b·z)"),
        ("a/b/z", "a/b/z"),
        ("a/(b/z)", "a/(b/z)"),
        ("(a + b)**2", "(a + b)²"),
        ("(-a)**2", "(−a)²"),
        ("-a**2", "−a²"),
        ("a**b**z", "a^(bᶻ)"),
        ("(a**b)**z", "(aᵇ)ᶻ"),
        ("exp(-a)", "e^(−a)"),
        ("sqrt(a + b)", "√(a + b)"),
        ("abs(a - b)", "|a − b|"),
        ("1/(1 + exp(-z))", "1/(1 + e^(−z))"),
    ],
)
def test_as_a_person_writes_it(formula: str, drawn: str) -> None:
    found = UnicodeMath(PROFILE, Settings()).draw(parse(formula, GRAMMAR))
    assert found.replace("(−2)·a", "−2·a") == drawn
