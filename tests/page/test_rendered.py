"""What is printed says what its tree says: read again, each formula has the tree's own value."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct

from backprop_cli.expression.refs import Ref
from backprop_cli.expression.tree import (
    Add,
    BigSum,
    Call,
    Cases,
    Compare,
    Derivative,
    Div,
    Expr,
    Hadamard,
    MatMul,
    Mul,
    Name,
    Neg,
    Number,
    Partial,
    Pow,
    Quantity,
    Transpose,
)
from backprop_cli.notation import profile
from backprop_cli.notation.bound import bound
from backprop_cli.notation.facts import Facts
from backprop_cli.printing.drawn import Drawn
from backprop_cli.printing.mathematics import MathPrinter
from backprop_cli.printing.plain_math import UnicodeMath
from backprop_cli.printing.settings import Settings
from backprop_cli.worked.document import Chain, Math

from ..pairing import ALL
from ..render.kinds import KINDS, LOOKS
from .capture import NOTATIONS, Shown, every_call, shown
from .counting import counted
from .readers.drawing import arrays, scalars
from .readers.grammar import MisreadError
from .readers.holding import READERS, Held, held

SHARE = 1 if ALL else int(os.environ.get("RENDERED_SHARE", "60"))
"""One in so many calls is read, each in its own notation and one more; 1 is every call in all."""
DIGITS = 25
"""So many that each number is printed as it is."""


def formulas(part: Any) -> Iterator[Expr]:
    """Yield the trees of all mathematics in a part of a document."""
    match part:
        case Math(expr):
            yield expr
        case Chain(forms=forms, ranges=ranges):
            yield from (*forms, *ranges)
        case Struct():
            for name in part.__struct_fields__:
                yield from formulas(getattr(part, name))
        case tuple():
            for inner in part:
                yield from formulas(inner)


def pages() -> Iterator[tuple[Shown, str]]:
    """Yield the calls of this run, each with the notations that it is printed in."""
    for number, call in enumerate(every_call()):
        page = shown(*call) if number % SHARE == 0 else None
        if page is not None:
            more = NOTATIONS if SHARE == 1 else (NOTATIONS[number // SHARE % len(NOTATIONS)],)
            yield from ((page, notation) for notation in ("", *more))


@pytest.fixture(scope="module")
def documents() -> list[tuple[Shown, str]]:
    return list(pages())


@pytest.mark.parametrize("name", READERS)
def test_every_document_is_read_as_it_is_meant(
    name: str, documents: list[tuple[Shown, str]]
) -> None:
    told: Counter[bool] = Counter()
    for page, notation in documents:
        letters = page.written(notation)
        printer = READERS[name].printer(letters, Settings(DIGITS, "--exact" in page.call))
        found = {repr(tree): tree for tree in formulas(page.spoken(notation))}
        told.update(held(tree, name, printer) for tree in found.values())
    counted("rendered", told[True])
    assert told[True] > 100 * told[False]
    assert told[True] > 20_000 / SHARE


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=30)
@given(tree=scalars() | arrays(), exact=st.booleans())
def test_any_tree_is_read_as_it_is_meant(name: str, tree: Expr, exact: bool) -> None:
    for notation in ("standard", "goodfellow", "ng"):
        held(tree, name, READERS[name].printer(profile(notation), Settings(DIGITS, exact)))


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("kind", [*KINDS, *LOOKS])
def test_each_kind_of_node_is_read_as_it_is_meant(name: str, kind: str) -> None:
    printer = READERS[name].printer(profile("standard"), Settings(DIGITS))
    assert held({**KINDS, **LOOKS}[kind], name, printer)


def broken(printer: type[MathPrinter], planted: str) -> type[MathPrinter]:
    """Return a printer in which one method does not what it should."""

    class Broken(printer):  # type: ignore[valid-type, misc]
        pass

    changed: dict[str, Any] = {
        "brackets are dropped": ("parentheses", lambda self, inner: inner),
        "minus is plus": ("plus", lambda self, negated: printer.plus(self, False)),
        "terms change places": ("division", lambda self, a, b: printer.division(self, b, a)),
        "powers lose their brackets": (
            "power",
            lambda self, a, b: self.raised(self.visit(a), self.visit(b)),
        ),
        "sums reach too far": (
            "visit",
            lambda self, node: (
                printer.visit(self, node).bound(4)
                if isinstance(node, BigSum | Add)
                else printer.visit(self, node)
            ),
        ),
        "primes are lost": ("primed", lambda self, function: function),
        "transposes are lost": ("transposed", lambda self, operand: operand),
        "⊙ is a product": ("entrywise", lambda self, factors: self.side_by_side(factors)),
    }
    name, method = changed[planted]
    setattr(Broken, name, method)
    return Broken


PLANTED = (
    "brackets are dropped",
    "minus is plus",
    "terms change places",
    "powers lose their brackets",
    "sums reach too far",
    "primes are lost",
    "transposes are lost",
    "⊙ is a product",
)
A, B, G = (Quantity(Ref(part)) for part in "abg")
Z, W, X = Quantity(Ref("z", 1, index=(1,))), Quantity(Ref("W", 1, index=(1, 2))), Name("m")
FORMULAS: dict[str, Expr] = {
    "brackets": Mul((W, Add((Z, Neg(X))))),
    "a minus": Add((Z, Neg(Mul((W, X))))),
    "a quotient": Div(Add((Z, X)), Mul((W, X))),
    "a power": Pow(Add((Z, X)), Number(2)),
    "a power of names": Pow(Add((X, Name("n"))), Number(2)),
    "a power of a power": Pow(Pow(Z, X), W),
    "a root": Mul((Call("sqrt", (Add((Z, X)),)), W)),
    "a call": Call("relu", (Add((Z, Neg(W))),)),
    "a derivative": Mul((Derivative("sigmoid", Z), Add((X, W)))),
    "a sum": Mul((X, BigSum("k", 3, Mul((Z, W))))),
    "a fraction": Mul((Partial(Ref("loss"), Ref("a", 1, index=(1,))), Z)),
    "cases": Cases(((Compare(">", Z, Number(0)), Z),), Mul((X, Z))),
    "matrices": MatMul((Transpose(Quantity(Ref("W", 1))), Hadamard((Quantity(Ref("a", 1)),) * 2))),
}
"""Formulas in which each sign and each pair of brackets counts."""
IN_A_GRAPH = Facts(known=True, names=frozenset(("a", "b", "g")))


def refused(name: str, tree: Expr, drawn: str, printer: MathPrinter) -> bool:
    try:
        return Held(tree, READERS[name], printer).agrees(Drawn(drawn)) is False
    except MisreadError:
        return True


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("planted", PLANTED)
def test_a_planted_fault_is_refused(name: str, planted: str) -> None:
    """A printer with one fault is seen on the formulas that it concerns."""
    printer = broken(READERS[name].printer, planted)(profile("standard"), Settings(DIGITS))
    seen = []
    for kind, tree in FORMULAS.items():
        try:
            held(tree, name, printer)
        except MisreadError:
            seen.append(kind)
    assert seen, f"no formula tells that {planted}"


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("g(a + b)", Mul((G, Add((A, B))))),
        ("a/b(a + g)", Mul((Div(A, B), Add((A, G))))),
        ("a − −b", Add((A, B))),
        ("−(a·b", Neg(Mul((A, B)))),
        ("a + b)", Add((A, B))),
    ],
)
def test_what_can_be_misread_is_refused(text: str, tree: Expr) -> None:
    """A name of the file before brackets, a product beside a denominator, signs that meet."""
    printer = UnicodeMath(bound(profile("standard"), IN_A_GRAPH), Settings())
    assert refused("text", tree, text, printer)
    assert held(tree, "text", printer)
