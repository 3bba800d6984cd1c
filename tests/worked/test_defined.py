"""Every letter of a layer's values that a page computes with stands by itself in a line of it."""

from __future__ import annotations

import pytest

from backprop_cli.expression.tree import Quantity
from backprop_cli.notation.refs import every_ref

from ..commands.running import NAMES, config
from ..page.capture import shown
from ..page.truth import chains_of


@pytest.mark.parametrize("command", ["trace", "worksheet"])
def test_what_a_page_computes_with_is_said_on_it(command: str) -> None:
    for name in NAMES:
        made = shown(command, config(name))
        assert made is not None
        own = {(ref.part, ref.layer) for layer in made.graph.layers for ref in layer.values}
        forms = [form for chain in chains_of(made.document) for form in chain.forms]
        used = {(ref.part, ref.layer) for f in forms for ref in every_ref(f) if not ref.gradient}
        said = {(form.ref.part, form.ref.layer) for form in forms if isinstance(form, Quantity)}
        assert used & own <= said, name
