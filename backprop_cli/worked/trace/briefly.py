"""Arrays over positions, too many for a line an entry: one entry worked, tables of the rest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import structs

from ...expression.axes import is_matrix
from ...expression.indices import Index
from ...expression.refs import Ref, plain_name, turned
from ...expression.tree import Expr, Quantity
from ...graph.records import Graph
from ...passes.trace import Trace
from ..building import column, section
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
from ..entry_steps import in_numbers
from ..given import GivenNumbers, equations
from ..steps import Writer, entry
from ..view import View
from .cells import entry_label, number_of, settled, stacked
from .choosing import teaching

MOST_ACROSS = 8
"""Columns of numbers that arrays beside each other have in a table."""
Group = tuple[tuple[Index, ...], tuple[int, ...]]
"""The axes down a table, of parameters their letters, and how far they go."""


def left_out_note() -> Note:
    """Return the sentence of a page that works one entry of each array, said once at its top."""
    return Note(
        (
            Text("of each array one entry is worked, of layers of one kind in the first: "),
            Code("--layer NAME"),
            Text(" works one layer, "),
            Code("--wrt NAME"),
            Text(" one quantity, "),
            Code("--full"),
            Text(" all"),
        )
    )


def brief_blocks(
    writer: Writer, arrays: Iterable[tuple[Ref, Chain | None]], view: View, *, worked: bool = True
) -> list[Block]:
    """Return each array's equation, an entry of it in numbers, then the arrays side by side.

    What only copies another array is that one: it has no table of its own.
    """
    samples = view.shown_samples(writer.graph.samples)
    chains: list[Chain] = []
    shown: list[Ref] = []
    for ref, equation in arrays:
        name = plain_name(ref, writer.graph.in_out)
        chains += [] if equation is None else [structs.replace(equation, name=name)]
        if equation is not None and is_copy(equation):
            continue
        shown.append(ref)
        if worked:
            chains.append(briefly_worked(writer.trace, first_step(writer, ref, samples[0])))
    found: list[Block] = [Equations(tuple(chains))] if chains else []
    return [*found, *side_by_side(writer, shown, view)]


def briefly_worked(trace: Trace, step: Step) -> Chain:
    """Return the step in numbers, of a function by cases the case that holds."""
    return in_numbers(structs.replace(step, substituted=settled(trace, step.substituted)))


def shown_entries_of(writer: Writer, number: int, sample: int, view: View) -> list[tuple[int, ...]]:
    """Return a node's entries that stand in a table's rows, or briefly those of one position."""
    shape = writer.graph.shape_of(number, sample)
    if not view.brief or len(shape) < 2:
        return list(view.entries(shape))
    one = tuple(1 for _ in shape[:-1])
    return [(*one, k) if k else () for k in view.columns(shape[-1])]


def is_copy(equation: Chain) -> bool:
    """Return whether an array is another one, entry by entry."""
    target, value = equation.forms[0], equation.forms[-1]
    if not (isinstance(target, Quantity) and isinstance(value, Quantity)):
        return False
    return target.ref.gradient and target.ref.index == value.ref.index


def first_step(writer: Writer, ref: Ref, sample: int) -> Step:
    """Return the step of the first entry, or of one that teaches more: the last row's first."""
    shape = writer.graph.shape_of(writer.number(ref), sample)
    of_sample = None if writer.graph.single or not _per_sample(writer.graph, ref) else sample
    first = tuple(1 for _ in shape)
    last = (*first[:-2], shape[-2], 1) if len(shape) > 1 else first
    indices = dict.fromkeys(turned(ref.part, at, writer.graph.in_out) for at in (first, last))
    usual = [structs.replace(ref, sample=of_sample, index=at) for at in indices]
    return writer.step(teaching(writer, usual)[0])


def side_by_side(
    writer: Writer,
    refs: Iterable[Ref],
    view: View,
    *,
    most: int = MOST_ACROSS,
    shared: bool = True,
) -> list[Block]:
    """Return the arrays as tables, those with the same rows beside each other.

    ``most`` are the columns of a table of several; ``shared`` are those of what whole rows share.
    """
    groups: dict[Group, list[Ref]] = {}
    for ref in refs:
        node = writer.graph.nodes[writer.number(ref)]
        down = max(1, len(node.shape) - 1)
        axes = node.axes[:down] if node.per_sample else _general(writer.graph, ref)[:down]
        groups.setdefault((axes, node.shape[:down]), []).append(ref)
    return [
        beside(writer, some, view, shared=shared)
        for group in groups.values()
        for some in _side_by_side(writer.graph, group, view, most)
    ]


def _side_by_side(graph: Graph, group: list[Ref], view: View, most: int) -> Iterator[list[Ref]]:
    """Yield as many arrays at a time as a table across has room for; a wide one stands alone."""
    some: list[Ref] = []
    taken = 0
    for ref in group:
        shape = graph.nodes[graph.number(ref.of())].shape
        width = len(view.columns(shape[-1])) if len(shape) > 1 else 1
        if some and taken + width > most:
            yield some
            some, taken = [], 0
        some.append(ref)
        taken += width
    yield some


def given_briefly(trace: Trace, view: View) -> list[Block]:
    """Return the data, then the parameters of all layers, those with as many rows together."""
    graph, writer = trace.graph, Writer(trace)
    numbers = GivenNumbers(graph)
    blocks = numbers.data()
    held = [held.node for layer in graph.layers for held in (*layer.held, *layer.constants)]
    for number in [number for number in held if numbers.is_image(number)]:
        blocks += numbers.images(number)
        held.remove(number)
    refs = [graph.nodes[number].ref for number in held if 0 < len(graph.nodes[number].shape) < 3]
    others = [number for number in held if graph.nodes[number].ref not in refs]
    blocks += [block for number in others for block in equations(numbers.said(number))]
    blocks += side_by_side(writer, refs, view)
    return [section("given", "Given", [*blocks, *numbers.notes()])]


def beside(writer: Writer, refs: list[Ref], view: View, *, shared: bool = True) -> Table:
    """Return one table of arrays with the same rows."""
    every = view.shown_samples(writer.graph.samples)
    samples = every if _per_sample(writer.graph, refs[0]) else every[:1]
    tables = [_beside(writer, refs, sample, view, shared) for sample in samples]
    return structs.replace(stacked(tables, samples), caption=())


def _beside(writer: Writer, refs: list[Ref], sample: int, view: View, with_shared: bool) -> Table:
    """Return the rows of arrays, the last axis across; before them what a whole row shares."""
    graph, trace = writer.graph, writer.trace
    shape = graph.shape_of(writer.number(refs[0]), sample)
    down = max(1, len(shape) - 1)
    columns = [Column((_rows_label(graph, refs[0], down),), kind="label")]
    down_letters, indices = _general(graph, refs[0])[:down], view.entries(shape[:down])
    rows: list[list[Inline | None]] = [[entry_label(index) if index else None] for index in indices]
    for ref in refs:
        own = structs.replace(ref, sample=sample) if _several(graph, ref) else ref
        sizes = graph.shape_of(writer.number(ref), sample)
        general = (*down_letters, *_general(graph, ref)[down:])
        whole = Writer(trace, general=True)
        shared = _shared(whole, graph.general(ref), general) if with_shared else None
        if shared is not None:
            columns.append(Column((Math(shared),)))
            for row, index in zip(rows, indices, strict=True):
                of_row = _shared(writer, own, (*index, 1)) if index else None
                number = None if of_row is None else number_of(trace, writer.numbers(of_row))
                row.append(Figure(number) if index else None)
        across = view.columns(sizes[-1]) if len(sizes) > 1 else (None,)
        for k in across:
            if k == 0:
                columns.append(column("…", "figure"))
            else:
                last = () if k is None else (k,)
                at = ref.at(*_placed(graph, ref, (*general[:down], *last)))
                any_one = structs.replace(at, sample=graph.general(ref).sample)
                columns.append(Column((Math(Quantity(any_one)),)))
            for row, index in zip(rows, indices, strict=True):
                if not index or k == 0:
                    row.append(None)
                    continue
                here = _placed(graph, ref, (*index, *(() if k is None else (k,))))
                row.append(Figure(entry(trace, own.at(*here))))
    return Table(tuple(columns), tuple(map(tuple, rows)))


def _rows_label(graph: Graph, ref: Ref, down: int) -> Text:
    """Return what heads the column before the numbers: ``step``, or ``head,query``."""
    axes = graph.axes(ref)[:down]
    return Text("row" if is_matrix(ref.part, len(graph.axes(ref))) else ",".join(axes))


def _placed(graph: Graph, ref: Ref, index: tuple[Index, ...]) -> tuple[Index, ...]:
    """Return an entry's index, of one that counts as the file does: a weight's is (to, from)."""
    return turned(ref.part, index, graph.in_out)


def _general(graph: Graph, ref: Ref) -> tuple[Index, ...]:
    return turned(ref.part, graph.general(ref).index, graph.in_out)


def _per_sample(graph: Graph, ref: Ref) -> bool:
    return graph.nodes[graph.number(ref.of())].per_sample


def _several(graph: Graph, ref: Ref) -> bool:
    return _per_sample(graph, ref) and not graph.single


def _shared(writer: Writer, ref: Ref, index: tuple[Index, ...]) -> Expr | None:
    """Return what is the same in the gradients of a whole row, where its one consumer has that."""
    if not ref.gradient:
        return None
    number = writer.number(ref)
    readers = [edge for edge in writer.consumers.get(number, ()) if edge[0] in writer.reached]
    if len(readers) != 1:
        return None
    ((consumer, position),) = readers
    if writer.graph.nodes[consumer].shortcut is not None:
        return None
    written = writer.graph.rule(consumer).write_shared(position, index, writer.shapes(consumer))
    return None if written is None else writer.named(written, consumer, ref.sample)
