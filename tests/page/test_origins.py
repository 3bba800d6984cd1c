"""Every number on a page has an origin above it: it is given, or a line has worked it out."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from msgspec import structs

from backprop_cli.expression.refs import Ref
from backprop_cli.expression.tree import Known, Quantity
from backprop_cli.expression.walking import walk
from backprop_cli.worked.document import Block, Chain, Equations, Math, Section, Table, Text

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


def blocks_in(blocks: tuple[Block, ...]) -> Iterator[Block]:
    """Yield every block in order, with those within sections."""
    for block in blocks:
        yield block
        if isinstance(block, Section):
            yield from blocks_in(block.blocks)


def in_table(table: Table) -> Iterator[Ref]:
    """Yield what the figures of a table are, a row a sample."""
    heads = [column.heading[0] for column in table.columns if column.heading]
    trees = [head.expr for head in heads if isinstance(head, Math)]
    refs = [tree.ref for tree in trees if isinstance(tree, Quantity)]
    for row in table.rows:
        if isinstance(row[0], Text) and row[0].text.isdecimal():
            yield from (structs.replace(ref, sample=int(row[0].text)) for ref in refs)


@pytest.mark.parametrize("name", ["xor_batch", "batch_norm", "shared_and_regularized"])
def test_errors_of_other_samples_stand_above_the_sums_that_read_them(name: str) -> None:
    for case in cases_of(name, exact=False):
        if not case.name.endswith(STYLES[1:]):
            continue
        there: set[Ref] = set()
        used = 0
        for block in blocks_in(case.document().blocks):
            there.update(in_table(block) if isinstance(block, Table) else ())
            for chain in block.chains if isinstance(block, Equations) else ():
                known = {node for form in chain.forms for node in walk(form)}
                errors = {n.ref for n in known if isinstance(n, Known) and n.ref and n.ref.gradient}
                others = {ref for ref in errors if isinstance(ref.sample, int) and ref.sample > 1}
                assert others <= there, (case.name, others - there)
                used += len(others)
        assert used, case.name
