"""The summary: the loss, and each parameter beside its gradient."""

from __future__ import annotations

import numpy as np

from ...expression.axes import dimensions
from ...expression.refs import plain_name
from ...graph.names import own_name
from ...passes.trace import Trace
from ..building import column, note, section
from ..document import (
    Block,
    Code,
    Figure,
    Inline,
    Paragraph,
    Section,
    Strong,
    Table,
    Text,
)
from ..entry_steps import positions, total_entries
from ..steps import entry
from ..view import MOST_LINES, View

MOST_ENTRIES = 24
"""Parameters up to this many are listed one by one; past it, by their norms."""


def summary_section(trace: Trace, view: View) -> Section:
    """Return the closing section."""
    graph = trace.graph
    loss = trace.values[graph.loss or 0][()]
    name = plain_name(graph.nodes[graph.loss or 0].ref)
    blocks: list[Block] = [Paragraph((Strong(name), Text(" = "), Figure(loss)))]
    few = total_entries(graph) <= MOST_ENTRIES or view.full
    single = all(graph.nodes[n].shape == () for n in graph.parameters.values())
    if graph.parameters and (view.large or not view.brief):
        table = _entries(trace) if few or single else _norms(trace, view)
        left = 0 if view.full else len(table.rows) - MOST_LINES
        blocks.append(Table(table.columns, table.rows[:MOST_LINES]) if left > 0 else table)
        if left > 0:
            blocks.append(note(f"{left} more {graph.words.parameter}s: --full shows all"))
    return section("summary", "Summary", blocks)


def _entries(trace: Trace) -> Table:
    graph = trace.graph
    columns = (
        column(graph.words.parameter),
        column("value", "figure"),
        column("its gradient"),
        column("gradient", "figure"),
    )
    rows: list[tuple[Inline | None, ...]] = []
    for number in graph.parameters.values():
        node = graph.nodes[number]
        for index in positions(graph, node.ref, View(full=True)):
            ref = node.ref.at(*index)
            rows.append(
                (
                    Code(plain_name(ref, graph.in_out)),
                    Figure(entry(trace, ref)),
                    Code(own_name(ref.grad(), graph)),
                    Figure(entry(trace, ref.grad())),
                )
            )
    return Table(columns, tuple(rows))


def _norms(trace: Trace, view: View) -> Table:
    from ...passes.health.norms import norm

    graph = trace.graph
    columns = (
        column(graph.words.parameter),
        column("shape"),
        column("norm", "figure"),
        column("gradient"),
        column("norm", "figure"),
        column("largest", "figure"),
    )
    rows: list[tuple[Inline | None, ...]] = []
    for name, number in graph.parameters.items():
        if graph.nodes[number].ref.layer in view.between:
            if any(rows[-1]):
                rows.append((None,) * len(columns))
            continue
        value, gradient = trace.values[number], trace.gradients[number]
        slope = np.zeros(value.shape) if gradient is None else gradient
        rows.append(
            (
                Code(name),
                Text(dimensions(value.shape, "1")),
                Figure(norm(np.asarray(value, dtype=np.float64))),
                Code(own_name(graph.nodes[number].ref.grad(), graph)),
                Figure(norm(np.asarray(slope, dtype=np.float64))),
                Figure(float(np.abs(np.asarray(slope, dtype=np.float64)).max())),
            )
        )
    return Table(columns, tuple(rows))
