"""Every number on a page has an origin above it: it is given, or a line has worked it out."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from backprop_cli.expression.refs import Ref
from backprop_cli.expression.tree import Known, Quantity
from backprop_cli.expression.walking import walk
from backprop_cli.worked.document import Block, Chain, Equations, Section

from ..render.documents import cases_of

STYLES = ("trace steps", "leibniz numbers", "function numbers", "index numbers")
"""Documents whose numbers stand in lines, not in tables."""


def chains(blocks: tuple[Block, ...]) -> Iterator[Chain]:
    """Yield every line of the blocks in order."""
    for block in blocks:
        if isinstance(block, Section):
            yield from chains(block.blocks)
        elif isinstance(block, Equations):
            yield from block.chains


def array(ref: Ref) -> tuple[str, object, bool]:
    """Return which array an entry is of."""
    return ref.part, ref.layer, ref.gradient


@pytest.mark.parametrize("name", ["mazur", "scalar_rnn"])
def test_numbers_are_given_or_worked_out_before_they_are_used(name: str) -> None:
    for case in cases_of(name, exact=False):
        if not case.name.endswith(STYLES):
            continue
        there: set[tuple[str, object, bool]] = set()
        used = 0
        for chain in chains(case.document().blocks):
            known = [node for form in chain.forms for node in walk(form)]
            entries = {array(node.ref) for node in known if isinstance(node, Known) and node.ref}
            assert entries <= there, (case.name, chain)
            used += len(entries)
            if isinstance(target := chain.forms[0], Quantity):
                there.add(array(target.ref))
        assert used, case.name
