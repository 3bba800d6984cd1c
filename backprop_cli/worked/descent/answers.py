"""What the network answers before a descent and after it, beside what it should."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import structs

from ...expression.refs import Ref
from ...expression.tree import Quantity
from ...graph.records import Graph
from ..building import column, note, section
from ..document import Block, Column, Inline, Math, Table
from ..entry_steps import figure
from ..view import View

Position = tuple[int, ...]
MOST_ANSWERS = 16
"""Outputs that the table of a descent shows."""


def answered(graph: Graph, view: View) -> Iterator[tuple[Ref, Position]]:
    """Yield each shown output, and where it stands among its node's values."""
    output = graph.nodes[graph.output]
    if graph.output == graph.loss or not output.per_sample:
        return
    for sample in (1,) if graph.single else view.shown_samples(graph.samples):
        of = output.ref if graph.single else structs.replace(output.ref, sample=sample)
        for index in filter(None, view.entries(output.shape)):
            yield of.at(*index), (sample - 1, *(i - 1 for i in index))


def answers(graph: Graph, before: Sequence[Any], after: Sequence[Any]) -> list[Block]:
    """Return the table of the outputs before the steps and after them; a graph has none."""
    found = list(answered(graph, View(full=True)))
    if not found:
        return []
    targets = None if graph.target is None else before[graph.target]
    columns = [Column((), kind="label")]
    told = targets is not None and targets.shape == before[graph.output].shape
    if told:
        columns.append(column("target", "figure"))
    columns += [column("before", "figure"), column("after", kind="figure")]
    rows: list[tuple[Inline | None, ...]] = []
    for ref, place in found[:MOST_ANSWERS]:
        cells: list[Inline] = [Math(Quantity(ref))]
        if told and targets is not None:
            cells.append(figure(targets[place]))
        cells += [figure(values[graph.output][place]) for values in (before, after)]
        rows.append(tuple(cells))
    blocks: list[Block] = [Table(tuple(columns), tuple(rows))]
    if len(found) > len(rows):
        blocks.append(note(f"the first {len(rows)} of {len(found)} outputs"))
    return [section("answers", "What the network answers", blocks)]
