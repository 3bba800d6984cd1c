"""What is printed says what its tree says: read again, each formula has the tree's own value."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from msgspec import Struct

from backprop_cli.expression.tree import Expr
from backprop_cli.notation import profile
from backprop_cli.printing.mathematics import Settings
from backprop_cli.worked.document import Chain, Math

from .capture import NOTATIONS, Shown, every_call, shown
from .readers.drawing import arrays, scalars
from .readers.holding import READERS, held

SHARE = int(os.environ.get("RENDERED_SHARE", "12"))
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
    print(f"{name}: {told[True]} formulas, {told[False]} without a value")
    assert told[True] > 100 * told[False]
    assert told[True] > 40_000 / SHARE


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=150, deadline=None)
@given(tree=scalars() | arrays())
def test_any_tree_is_read_as_it_is_meant(name: str, tree: Expr) -> None:
    for notation in ("standard", "goodfellow", "ng"):
        held(tree, name, READERS[name].printer(profile(notation), Settings(DIGITS)))
