"""Expressions that are alike but for their names are read as each is by itself, errors too."""

from __future__ import annotations

from typing import Any

import pytest

from backprop_cli.expression.alike import ParsedAlike, placed
from backprop_cli.expression.parse import parse
from backprop_cli.expression.tokens import ExpressionError, Grammar, Limits

NAMES = ("a", "b", "x1", "x2", "e", "axis", "n10")
GRAMMAR = Grammar(
    names=set(NAMES),
    functions={"max": (1, 9), "sum": (1, 2), "x3": (1, 1), "conv1d": (2, 2)},
    limits=Limits(characters=120),
    indexing=True,
    index_letters=False,
    arrays=True,
)
TEXTS = (
    "{u}*0.999 + {v}",
    "{u}*{u} - {v}/{u}",
    "2*{u} + 1e3*{v} + pi - e",
    "1e5{u}",
    "2{u}",
    "{u}.5",
    "max({u}, {v}, x3({u}))",
    "x3 + {u}",
    "{u} + x4",
    "x1'*{u}",
    "{u}'",
    "sum({u}, axis=1)",
    "{u}[1, 2:3] @ {v}[:, 2]",
    "{u}[{v}]",
    "{u}({v})",
    "conv1d({u}, {v}, stride=2)",
    "({u} + {v}",
    "{u} \u2212 {v} # {u}",
    "{u}^{v}**2 {u}",
    "{u}**101",
    "  ",
    "{u} + {v}" + " + {u}*{v}" * 14,
)


def read(text: str) -> Any:
    """Return what the parser itself makes of a text, or says."""
    try:
        return placed(parse(text, GRAMMAR))
    except ExpressionError as error:
        return error.message, error.column, error.width, error.cure


@pytest.mark.parametrize("text", TEXTS)
def test_alike_expressions_are_read_as_each_is_alone(text: str) -> None:
    alike = ParsedAlike(GRAMMAR, lambda tree: tree)
    for u in NAMES:
        for v in (*NAMES, "unknown"):
            one = text.format(u=u, v=v)
            try:
                found: Any = alike.parse(one)
            except ExpressionError as error:
                found = error.message, error.column, error.width, error.cure
            assert found == read(one), one


def test_a_tree_is_one_object_for_all_that_are_alike() -> None:
    alike = ParsedAlike(GRAMMAR, lambda tree: tree)
    one, other, third = (alike.parse(text) for text in ("a*2 + b", "x2*2 + a", "a*2 + a"))
    assert one[0] is other[0]
    assert (one[1], other[1], third[1]) == (("a", "b"), ("x2", "a"), ("a",))
    assert third[0] is not one[0]
