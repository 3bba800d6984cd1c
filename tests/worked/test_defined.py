"""Every letter of a layer's values that a page computes with stands by itself in a line of it."""

from __future__ import annotations

from typing import Any

import pytest

from backprop_cli.expression.tree import Quantity
from backprop_cli.notation.refs import every_ref

from ..commands.running import NAMES, config
from ..page.capture import Shown, shown
from ..page.truth import chains_of

NAMED = set[tuple[str, Any]]


def used_and_said(made: Shown) -> tuple[NAMED, NAMED]:
    """Return which of the layers' values a page has in its lines, and which as a side of one."""
    own = {(ref.part, ref.layer) for layer in made.graph.layers for ref in layer.values}
    forms = [form for chain in chains_of(made.document) for form in chain.forms]
    used = {(ref.part, ref.layer) for f in forms for ref in every_ref(f) if not ref.gradient}
    said = {(form.ref.part, form.ref.layer) for form in forms if isinstance(form, Quantity)}
    return used & own, said & own


@pytest.mark.parametrize("command", ["trace", "worksheet"])
def test_what_a_page_computes_with_is_said_on_it(command: str) -> None:
    for name in NAMES:
        made = shown(command, config(name))
        assert made is not None
        used, said = used_and_said(made)
        assert used <= said, name


def test_a_derivation_says_that_a_linear_output_is_its_sum() -> None:
    linear = 0
    for name in NAMES:
        made = shown("derive", config(name))
        if made is None or not made.graph.layers or made.graph.layers[-1].activation != "identity":
            continue
        last = made.graph.nodes[made.graph.layers[-1].a].ref
        used, said = used_and_said(made)
        assert used & {(last.part, last.layer)} <= said, name
        linear += 1
    assert linear > 5
