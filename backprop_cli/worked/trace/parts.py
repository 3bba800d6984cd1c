"""The parts of a layer on the way to its z: an equation, a table, one entry worked for each."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import structs

from ...expression.indices import Index
from ...expression.refs import Ref, plain_name
from ...expression.tree import Expr, Quantity
from ...functions.rules import NoForm
from ...graph.records import Graph
from ...passes.trace import Trace
from ..document import (
    Block,
    Chain,
    Code,
    Column,
    Equations,
    Figure,
    Inline,
    Math,
    Note,
    Step,
    Table,
    Text,
)
from ..entry_steps import worked_chain
from ..general_steps import whole_formula
from ..steps import Writer, entry
from ..view import View
from .forward import axes_label, entry_label, line_by_line, number_of, stacked

ROWS = 2
"""Axes from which on a part is shown as a table, with one entry worked."""


def part_blocks(writer: Writer, refs: Iterable[Ref], view: View) -> list[Block]:
    """Return, of what no table of a layer shows, a worked line an entry, or its rows as a table."""
    found: list[Block] = []
    several = False
    for ref in refs:
        shape = writer.graph.nodes[writer.number(ref)].shape
        if len(shape) < ROWS:
            found += line_by_line(writer, (ref,), view)
            continue
        found += _table_blocks(writer, ref, view)
        several = True
    if several:
        said = (Text("of each table one entry is worked: "), Code("--steps"), Text(" works all"))
        found.append(Note(said))
    return found


def _table_blocks(writer: Writer, ref: Ref, view: View) -> list[Block]:
    trace = writer.trace
    samples = view.shown_samples(trace.graph.samples)
    tables = [_table(writer, ref, sample, view) for sample in samples]
    equations = (*general_chain(trace, ref), worked_chain(_worked(writer, ref, samples[0])))
    table = structs.replace(stacked(tables, samples), caption=(Code(plain_name(ref)),))
    return [Equations(equations), table]


def general_chain(subject: Trace | Graph, ref: Ref) -> tuple[Chain, ...]:
    """Return the equation of a general entry; of a value without one, its operation by name."""
    writer = Writer(subject, general=True)
    graph = writer.graph
    sample = None if graph.single or not ref.gradient else "n"
    target = graph.general(structs.replace(ref, sample=sample))
    try:
        formula = writer.gradient_formula(target) if ref.gradient else writer.value_formula(target)
    except NoForm:
        if ref.gradient:
            return ()
        return (Chain((Quantity(ref), whole_formula(graph, writer.number(ref)))),)
    return (Chain((Quantity(target), formula)),)


def _worked(writer: Writer, ref: Ref, sample: int) -> Step:
    """Return the step of the first entry, or of the last row's first where that reads more."""
    shape = writer.graph.shape_of(writer.number(ref), sample)
    of_sample = None if writer.graph.single else sample
    first = tuple(1 for _ in shape)
    steps = [
        writer.step(structs.replace(ref, sample=of_sample, index=index))
        for index in (first, (*first[:-2], shape[-2], 1))
    ]
    return max(steps, key=lambda step: len(step.uses))


def _table(writer: Writer, ref: Ref, sample: int, view: View) -> Table:
    """Return the rows of a part, the last axis across; before them what a whole row shares."""
    trace, graph = writer.trace, writer.graph
    shape = graph.shape_of(writer.number(ref), sample)
    own = structs.replace(ref, sample=None if graph.single else sample)
    general = graph.general(ref).index
    shown = view.columns(shape[-1])
    rows_axis = Text(axes_label(graph, ref).text.rpartition(",")[0])
    columns = [Column((rows_axis,), kind="label")]
    shared = _shared(Writer(trace, general=True), own.bare(), general)
    if shared is not None:
        columns.append(Column((Math(shared),)))
    for k in shown:
        at = ref.at(*general[:-1], k)
        columns.append(Column((Text("…"),) if k == 0 else (Math(Quantity(at)),)))
    rows: list[tuple[Inline | None, ...]] = []
    for index in view.entries(shape[:-1]):
        if not index:
            rows.append((None,) * len(columns))
            continue
        row: list[Inline | None] = [entry_label(index)]
        if shared is not None:
            of_row = _shared(writer, own, (*index, 1))
            number = None if of_row is None else number_of(trace, writer.numbers(of_row))
            row.append(Figure(number))
        row += [None if k == 0 else Figure(entry(trace, own.at(*index, k))) for k in shown]
        rows.append(tuple(row))
    return Table(tuple(columns), tuple(rows))


def _shared(writer: Writer, ref: Ref, index: tuple[Index, ...]) -> Expr | None:
    """Return what is the same in the gradients of a whole row, where its one consumer has that."""
    if not ref.gradient:
        return None
    number = writer.number(ref)
    readers = [edge for edge in writer.consumers.get(number, ()) if edge[0] in writer.reached]
    if len(readers) != 1:
        return None
    ((consumer, position),) = readers
    written = writer.graph.rule(consumer).write_shared(position, index, writer.shapes(consumer))
    return None if written is None else writer.named(written, consumer, ref.sample)
