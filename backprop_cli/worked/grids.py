"""Images and kernels as grids: a table a quantity, a channel beside the other, a window marked."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator

from msgspec import structs

from ..expression.refs import Ref
from ..expression.tree import Quantity
from ..graph.parts import Layer
from ..graph.records import Graph
from .building import column, note
from .document import Column, Figure, Inline, Math, Note, Step, Table, Text
from .steps import Writer, entry
from .view import View

ACROSS = ("column", "position")
"""How the last axis of what is shown as a grid ends."""
MOST_ACROSS = 12
"""Columns of a grid's table, so far as more than two channels stand beside each other."""
EntryIndex = tuple[int, ...]


def is_grid(graph: Graph, ref: Ref) -> bool:
    """Return whether a quantity's last axes are the rows and columns (or places) of something."""
    axes = graph.axes(ref)
    return len(axes) > 1 and axes[-1].endswith(ACROSS)


def shows_grids(writer: Writer, layer: Layer) -> bool:
    """Return whether the layer's values are shown as grids: an image, each value by itself."""
    z = writer.graph.nodes[layer.z].ref
    rule, index = writer.graph.rule(layer.a), writer.graph.general(z).index
    return is_grid(writer.graph, z) and rule.write_slope(index) is not None


def grid(
    writer: Writer, ref: Ref, view: View, marked: Iterable[Ref] = (), *, apart: bool = False
) -> Table:
    """Return a quantity, of one sample, as a grid; ``apart``: of the marked entries' channels only.

    A grid of many channels, rows or columns shows the first ones and the last.
    """
    graph = writer.graph
    *outer, rows, columns = graph.nodes[writer.number(ref)].shape
    cut = apart and view.corners
    marks = {tuple(int(i) for i in each.index) for each in marked}
    across, down = (
        _shown(usual, {index[axis] for index in marks}, apart=cut)
        for axis, usual in ((-1, view.grid_columns(columns)), (-2, view.grid_rows(rows)))
    )
    blocks = _blocks(outer, view, {i[:-2] for i in marks} if apart else set(), len(across))
    whole = [b for b in blocks if b and sum(i[:-2] == b for i in marks) == rows * columns]
    marks = {index for index in marks if index[:-2] not in whole}

    def cell(index: EntryIndex) -> Inline:
        return Figure(entry(writer.trace, ref.at(*index)), index in marks)

    return _table(graph, ref, (blocks, down, across), cell)


def whole_grid(graph: Graph, ref: Ref, cell: Callable[[EntryIndex], Inline]) -> Table:
    """Return a quantity as a grid that leaves nothing out, each entry's cell as it is given."""
    *outer, rows, columns = graph.nodes[graph.number(ref)].shape
    blocks = tuple(itertools.product(*(range(1, size + 1) for size in outer)))
    down, across = (tuple(range(1, size + 1)) for size in (rows, columns))
    return _table(graph, ref, (blocks, down, across), cell)


ShownParts = tuple[tuple[EntryIndex | None, ...], tuple[int, ...], tuple[int, ...]]
"""What of a grid is shown: channels, rows, columns; None and 0 are gaps."""


def _table(
    graph: Graph, ref: Ref, parts: ShownParts, cell: Callable[[EntryIndex], Inline]
) -> Table:
    """Return the table: a row a row, the channels' columns side by side."""
    blocks, down, across = parts
    letter = graph.general(ref).index[-2]
    heads = [column(graph.axes(ref)[-2])]
    pairs = zip((None, *blocks), blocks, strict=False)
    beside = [before is not None and block is not None for before, block in pairs]
    for block, is_beside in zip(blocks, beside, strict=True):
        if block is None:
            heads.append(column("…"))
            continue
        heads += [Column((), kind="label")] if is_beside else []
        for place in across:
            at = ref.at(*block, letter, place)
            heads.append(Column((Math(Quantity(at)),) if place else (Text("…"),)))
    lines: list[tuple[Inline | None, ...]] = []
    for row in down:
        if not row:
            lines.append((None,) * len(heads))
            continue
        cells: list[Inline | None] = [Text(str(row))]
        for block, is_beside in zip(blocks, beside, strict=True):
            if block is None:
                cells.append(Text(""))
                continue
            cells += [Text("")] if is_beside else []
            cells += [cell((*block, row, place)) if place else None for place in across]
        lines.append(tuple(cells))
    return Table(tuple(heads), tuple(lines))


def _shown(usual: tuple[int, ...], marked: set[int], *, apart: bool) -> tuple[int, ...]:
    """Return which numbers from 1 are shown, the marked ones among them, or alone; 0 is a gap."""
    wanted = sorted({*(() if apart and marked else filter(None, usual)), *marked})
    found: list[int] = []
    for before, here in itertools.pairwise((0, *wanted)):
        found += [here] if here == before + 1 or (apart and not before) else [0, here]
    return tuple(found) if len(marked) <= len(usual) else usual


def _blocks(
    sizes: list[int], view: View, marked: set[EntryIndex], across: int
) -> tuple[EntryIndex | None, ...]:
    """Return the channels that stand beside each other; None is a gap.

    Of the marked ones alone a gap says only that there are more of these.
    """
    every = list(itertools.product(*(range(1, size + 1) for size in sizes)))
    most = len(every) if view.full else max(2, MOST_ACROSS // max(1, across))
    most = 1 if view.corners else most
    every = [block for block in every if block in marked] or every
    wanted = every[:most] if marked else []
    if not wanted:
        wanted = (
            every if len(every) <= most else [*every[: max(1, most - 1)], *every[-1:][: most - 1]]
        )
    found: list[EntryIndex | None] = []
    for block in wanted:
        place = every.index(block)
        if place and (not found or found[-1] != every[place - 1]):
            found.append(None)
        found.append(block)
    return (*found, *([None] if wanted[-1] != every[-1] else []))


def used_grids(writer: Writer, step: Step, view: View) -> list[Table]:
    """Return the grids that a step reads, images first, with what it reads of each marked."""
    by_quantity: dict[Ref, list[Ref]] = {}
    first = next((ref.sample for ref in step.uses if ref.sample is not None), None)
    for ref in step.uses:
        if ref.sample not in (None, first):
            continue  # of a batch's sum the first sample's part
        by_quantity.setdefault(ref.whole(), []).append(ref)
    own = step.target.of().whole()
    found = [
        (writer.graph.nodes[writer.number(whole)].per_sample, whole, refs)
        for whole, refs in by_quantity.items()
        if refs[0].index and is_grid(writer.graph, whole) and whole != own
    ]
    found.sort(key=lambda each: not each[0])
    return [grid(writer, whole, view, refs, apart=True) for _, whole, refs in found]


def examples(shape: tuple[int, ...], view: View) -> list[EntryIndex]:
    """Return the entries that are worked: the middle of the first channel, and the last."""
    *outer, rows, columns = shape
    middle = (*(1 for _ in outer), (rows + 1) // 2, (columns + 1) // 2)
    return list(dict.fromkeys((middle,) if view.corners or view.brief else (middle, shape)))


def of_sample(ref: Ref, writer: Writer, sample: int) -> Ref:
    """Return the quantity of one sample, where there are several."""
    per_sample = writer.graph.nodes[writer.number(ref)].per_sample
    several = per_sample and not writer.graph.single
    return structs.replace(ref, sample=sample) if several else ref


def remarks(graph: Graph, ref: Ref) -> list[Note]:
    """Return the note on a quantity's general formula, if there is one: edges, turned kernels."""
    number = graph.number(ref)
    said: list[str] = []
    if ref.gradient:
        for consumer, position in graph.consumers.get(number, ()):
            if consumer in graph.reached:
                said += graph.rule(consumer).remarks(position, _shapes(graph, consumer))
    elif graph.nodes[number].rule is not None:
        said += graph.rule(number).remarks(None, _shapes(graph, number))
    begins = [] if ref.gradient else _beginnings(graph, number)
    return [*([note("; ".join(dict.fromkeys(said)))] if said else []), *begins]


def _beginnings(graph: Graph, number: int) -> list[Note]:
    """Return what the state before the first step is, of each state that is read a step late."""
    loop, rule, parents = graph.loop(number), graph.nodes[number].rule, graph.nodes[number].parents
    if rule is None or loop is None:
        return []
    found = []
    for position, start in rule.late_inputs.items():
        if start is not None:
            before = graph.nodes[parents[position]].ref.at(loop.clock.first - loop.clock.forth)
            own = Math(Quantity(graph.nodes[parents[start]].ref))
            words = Text(", the state before the first step")
            found.append(Note((Math(Quantity(before)), Text(" is "), own, words)))
    return found


def named_remarks(graph: Graph, refs: Iterable[Ref]) -> Iterator[Note]:
    """Yield the notes on quantities that stand together, each with what it is about."""
    for ref in refs:
        for said in remarks(graph, ref):
            about = Math(Quantity(graph.general(ref, "k" if ref.gradient else "j")))
            yield Note((about, Text(": "), *said.line))


def _shapes(graph: Graph, number: int) -> tuple[tuple[int, ...], ...]:
    node = graph.nodes[number]
    return (*(graph.nodes[parent].shape for parent in node.parents), node.shape)
