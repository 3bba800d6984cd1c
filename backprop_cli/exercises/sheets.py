"""Answer sheets to fill in, and filled in: YAML with a word on each quantity, or JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from ..arithmetic.exact_number import Exact
from ..checking.sheets.answers import AskedNetwork
from ..expression.refs import Ref
from ..expression.tree import Expr, Number
from ..graph.records import Graph
from ..languages import ENGLISH, said
from ..printing.numbers import shown
from ..problems import printable
from .formulas import typed
from .questions import Question

AnswerOf = Callable[[Question, Ref], Any]
"""An entry's number or formula, or None for a blank; the flag asks for it after one step."""


def sheet_text(
    graph: Graph,
    questions: Sequence[Question],
    head: Sequence[str],
    digits: int | None,
    answer: AnswerOf | None = None,
    language: str = ENGLISH,
    *,
    turned: bool = False,
) -> str:
    """Return the sheet as YAML: ``head`` as comments, then a line of words a quantity.

    ``digits`` are the decimals asked for, None where exact answers or formulas are. ``answer``
    fills the sheet in; its comments are in the ``language``. With ``turned`` matrices of weights
    stand as the notation's pages have them, transposed.
    """
    asked = AskedNetwork(graph, {}, as_drawn=turned, known={})
    lines = [f"# {_one_line(said(line, language))}" for line in head]
    lines.append("student: ~" if answer is None else "student: key")
    lines += [f"digits: {digits}"] if digits is not None else []
    lines.append("answers:")
    for each in questions:
        lines.append(f"  # {_one_line(said(each.meaning, language))}")
        name = _key(each.name)
        value = _nested(each, asked, digits, answer)
        if len(each.shape) > 1:
            lines.append(f"  {name}:")
            lines += [f"    - {_flow(row)}" for row in value]
        else:
            lines.append(f"  {name}: {_flow(value)}")
    return "\n".join(lines) + "\n"


def sheet_object(
    graph: Graph,
    questions: Sequence[Question],
    digits: int | None,
    answer: AnswerOf | None = None,
    *,
    turned: bool = False,
) -> dict[str, Any]:
    """Return the sheet as plain data: what JSON writes."""
    asked = AskedNetwork(graph, {}, as_drawn=turned, known={})
    sheet: dict[str, Any] = {"student": None if answer is None else "key"}
    sheet |= {"digits": digits} if digits is not None else {}
    sheet["answers"] = {each.name: _nested(each, asked, digits, answer) for each in questions}
    return sheet


def answer_text(value: Any, digits: int | None, in_out: bool = False) -> str:
    """Return a number to so many decimals (a small one in scientific form), or a formula."""
    if isinstance(value, Expr):
        return typed(value, in_out)
    if digits is None:
        exact = isinstance(value, Exact) and not value.approximate
        return typed(Number(value)) if exact else repr(float(value))
    figure = shown(value, digits)
    power = "" if figure.power is None else f"e{figure.power}"
    return ("-" if figure.negative else "") + figure.digits + power


def _nested(
    each: Question, asked: AskedNetwork, digits: int | None, answer: AnswerOf | None
) -> Any:
    """Return the entries as nested lists of texts; None is a blank."""
    graph = asked.graph
    texts: list[str | None] = [
        "0"
        if graph.is_past_end(ref)
        else None
        if answer is None
        else answer_text(answer(each, ref), digits, graph.in_out)
        for ref in (entry.ref for entry in asked.quantity(each.ref, each.aspect).entries)
    ]
    nested: list[Any] = list(texts)
    for width in each.shape if asked.turns(each.ref) else each.shape[::-1]:
        nested = [nested[start : start + width] for start in range(0, len(nested), width)]
    return nested[0]


def _flow(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_flow, value))}]"
    if value is None:
        return "~"
    return value if _plain(value) else json.dumps(value)


def _plain(text: str) -> bool:
    """Return whether YAML reads the text as it stands, within brackets too."""
    simple = all(c.isascii() and (c.isalnum() or c in "+-*/.()_^ ") for c in text)
    return simple and text.strip() == text != "" and not text.startswith(("*", "- "))


def _key(name: str) -> str:
    return (
        name if name.replace("'", "").isalnum() and not name.startswith("'") else json.dumps(name)
    )


def _one_line(text: str) -> str:
    return printable(" ".join(text.split()))
