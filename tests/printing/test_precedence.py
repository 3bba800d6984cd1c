"""Parentheses and signs as a person writes them; that they say the same is read in tests/page."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backprop_cli.expression.parse import parse
from backprop_cli.expression.tokens import Grammar, Limits
from backprop_cli.expression.tree import Expr
from backprop_cli.mathematics.elementary import ELEMENTARY
from backprop_cli.notation import profile
from backprop_cli.printing.plain_math import UnicodeMath
from backprop_cli.printing.settings import Settings

from .trees import NAMES, trees

PROFILE = profile("standard")
GRAMMAR = Grammar(
    names=NAMES,
    functions={name: (entry.arity, entry.arity) for name, entry in ELEMENTARY.items()},
    limits=Limits(exponent=10**6),
)


@settings(max_examples=100)
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
