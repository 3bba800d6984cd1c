"""What a change does to one network: the loss and the most changed quantities, before and after."""

from __future__ import annotations

from typing import Any

from ...expression.refs import Ref, plain_name
from ...expression.tree import Quantity
from ...passes.trace import Trace
from ..building import column, note, section
from ..document import Block, Code, Column, Math, Section, Table, Text
from ..entry_steps import figure
from .pairs import EntryPair, QuantityPair, paired

MOST_CHANGED = 6
"""Quantities that are shown, each with its most different entry."""
Names = tuple[str, str]


def changed_section(before: Trace, after: Trace, wanted: tuple[Ref, ...] = ()) -> Section:
    """Return what changes in one network: the loss, then what was asked for, then the rest."""
    pairs, names = paired(before, after), ("before", "after")
    ends = [end(trace) for trace in (before, after)]
    rows: list[EntryPair] = []
    if None not in ends:
        refs, values = zip(*(end for end in ends if end is not None), strict=True)
        rows.append(EntryPair(refs[0], *values))
    asked = {ref.bare() for ref in wanted}
    ranked = sorted((*pairs.values, *pairs.gradients), key=lambda p: p.ref.bare() not in asked)
    of_loss = {row.ref for row in rows}
    rest = [pair for pair in ranked if pair.ref not in of_loss and pair.ref.part != "loss_terms"]
    rows += [_shown(pair, wanted) for pair in rest[:MOST_CHANGED]]
    blocks: list[Block] = [table(before, rows, names)]
    if len(rest) > MOST_CHANGED:
        more = len(rest) - MOST_CHANGED
        said = f"each with its most different entry; {more} more change too"
        blocks.append(note(said))
    return section("changed", "Before and after the change", blocks)


def _shown(pair: QuantityPair, wanted: tuple[Ref, ...]) -> EntryPair:
    """Return the entry that was asked for, else the one that differs most."""
    return next((each for each in pair.entries if each.ref in wanted), pair.entries[0])


def end(trace: Trace) -> tuple[Ref, Any] | None:
    """Return the loss, or a graph's output, with its number."""
    graph = trace.graph
    number = graph.loss if graph.loss is not None else None
    if number is None or trace.values[number].shape:
        return None
    return graph.nodes[number].ref, trace.values[number][()]


def table(trace: Trace, rows: list[EntryPair], names: Names) -> Table:
    """Return the entries of both, side by side."""
    columns = (
        Column((), kind="label"),
        Column((), kind="label"),
        *(Column((Code(name) if "." in name else Text(name),)) for name in names),
        column("change", "figure"),
    )
    return Table(
        columns,
        tuple(
            (
                Code(plain_name(row.ref, trace.graph.in_out)),
                Math(Quantity(row.ref)),
                *(figure(value) for value in (row.one, row.other, row.change)),
            )
            for row in rows
        ),
    )
