"""The gradients of the parameters: the outer product, or the worked sum where there are more."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ...expression.axes import is_matrix
from ...expression.refs import Ref, plain_name
from ...expression.tree import Compare, Mul, Number, Quantity
from ...graph.parts import Layer
from ...passes.trace import Trace
from ..building import column, note
from ..document import (
    Block,
    Chain,
    Code,
    Column,
    Equations,
    Figure,
    Inline,
    Line,
    Math,
    Note,
    Section,
    Table,
    Text,
    with_layers,
)
from ..entry_steps import entry_steps, positions, worked_chain
from ..general_steps import general_formula
from ..grids import is_grid, remarks, shows_grids
from ..steps import Writer, entry
from ..view import View
from .forward import layer_sections, layer_title

MOST_WORKED = 16
"""Entries of one parameter that are worked line by line beside their table."""


def gradient_sections(trace: Trace, view: View) -> list[Block]:
    """Return a section a layer with parameters, the last layer first."""
    return layer_sections(
        (layer for layer in reversed(trace.graph.layers) if layer.parameters),
        view,
        lambda layer: Section(
            f"gradients-{layer.index}",
            (with_layers(("Gradients: layer ", *layer_title(trace, layer))),),
            tuple(_layer_blocks(trace, layer, view)),
        ),
    )


def _layer_blocks(trace: Trace, layer: Layer, view: View) -> list[Block]:
    writer = Writer(trace, view.widest_sum, nested=view.most_products)
    chains = general_chains(trace, layer)
    by_part = dict(zip(layer.parameters, chains, strict=True))
    briefly = view.brief and not (view.corners and shows_grids(writer, layer))
    whole = _whole(writer, layer) if briefly else ()
    beside = [(Ref(part, layer.index, True), by_part[part]) for part in whole]
    rest = tuple(chain for part, chain in by_part.items() if part not in whole)
    blocks: list[Block] = []
    if beside:
        from .briefly import brief_blocks

        worked = _parameters_first(reversed(trace.graph.layers), layer)
        blocks += brief_blocks(writer, beside, view, worked=worked)
    blocks += [Equations(rest)] if rest else []
    stands: tuple[str, ...] = ()
    if not trace.graph.single:
        from ..stacked import StackedSamples, stacks

        if stacks(trace.graph):
            stacked = StackedSamples(trace, view)
            blocks.append(Equations((stacked.gradient(layer, "W"),)))
            stands = ("W",)
    for part in layer.parameters:
        blocks += remarks(trace.graph, Ref(part, layer.index, True))
    for part in layer.parameters:
        if part not in whole:
            blocks += _part_blocks(writer, layer, part, view, stands=part in stands)
    return blocks


def _part_blocks(
    writer: Writer, layer: Layer, part: str, view: View, *, stands: bool
) -> list[Block]:
    """Return a parameter's gradient: a table of what is one product, else its entries worked.

    A matrix that already ``stands`` there, as a product, is not shown again.
    """
    trace, ref = writer.trace, Ref(part, layer.index, True)
    shape = trace.graph.nodes[layer.parameters[part]].shape
    plain, touched = _is_one_product(writer, ref), trace.graph.touched(layer.parameters[part])
    matrix = is_matrix(part, len(shape))
    blocks: list[Block] = []
    if matrix:
        alone = shape == (1, 1) and not plain
        blocks += [] if alone or stands else [_matrix(trace, layer, ref, view, outer=plain)]
    elif len(shape) == 2:
        blocks += [_rows(trace, ref, view, touched), *_unused(trace, ref, touched)]
        if plain:
            return blocks
    elif shape and plain:
        return [_vector(trace, ref, view)]
    if is_grid(trace.graph, ref) and not matrix:
        from .grid_sections import gradient_grids

        return [*blocks, *gradient_grids(writer, ref, view)]
    if view.corners and shows_grids(writer, layer):
        return [*blocks, _vector(trace, ref, view)]
    if plain:
        return blocks
    entries = int(np.prod(shape if touched is None else (len(touched), *shape[1:])))
    if entries <= MOST_WORKED or view.full:
        steps = entry_steps(writer, ref, view)
        return [*blocks, Equations(tuple(map(worked_chain, steps)))]
    if len(shape) == 1:
        blocks.append(_vector(trace, ref, view))
    elif not matrix:
        some = list(positions(trace.graph, ref, view))[:MOST_WORKED]
        steps = [writer.step(ref.at(*index)) for index in some]
        blocks.append(Equations(tuple(map(worked_chain, steps))))
    example = f"--wrt {plain_name(ref.of())}[{','.join('1' for _ in shape)}]"
    return [*blocks, Note((Code(example), Text(" works one entry line by line")))]


def _parameters_first(layers: Iterable[Layer], layer: Layer) -> bool:
    """Return whether no layer with the same parameters comes before: no activation matters."""
    return next(each for each in layers if each.type == layer.type and each.parameters) is layer


def _whole(writer: Writer, layer: Layer) -> tuple[str, ...]:
    """Return the parameters whose gradients stand in tables side by side: no grids, no lookups."""
    graph = writer.graph
    return tuple(
        part
        for part, number in layer.parameters.items()
        if 0 < len(graph.nodes[number].shape) < 3
        and graph.touched(number) is None
        and (is_matrix(part, 2) or not is_grid(graph, Ref(part, layer.index)))
    )


def general_chains(trace: Trace, layer: Layer) -> tuple[Chain, ...]:
    """Return ∂C/∂w_jk and ∂C/∂b_j for general j, k (n counts samples in a batch)."""
    chains = []
    for part in layer.parameters:
        ref = trace.graph.general(Ref(part, layer.index, True))
        chains.append(Chain((Quantity(ref), general_formula(trace, ref))))
    return tuple(chains)


def _is_one_product(writer: Writer, ref: Ref) -> bool:
    """Return whether each entry is one δ, of a matrix times one input, with nothing to add up."""
    graph, number = writer.graph, writer.number(ref)
    shape = graph.nodes[number].shape
    readers = [graph.nodes[consumer] for consumer, _ in writer.consumers.get(number, ())]
    if (
        not shape
        or graph.samples > 1
        or graph.loops
        or any(len(each.shape) > 1 for each in readers)
    ):
        return False
    formula = writer.gradient_formula(ref.at(*(1 for _ in shape)))
    if is_matrix(ref.part, len(shape)) and isinstance(formula, Mul):
        return len(formula.factors) == 2
    return isinstance(formula, Quantity)


def _matrix(trace: Trace, layer: Layer, ref: Ref, view: View, *, outer: bool) -> Table:
    """Return the gradient in the file's layout; the outer product's factors head rows, columns."""
    graph = trace.graph
    number = graph.find(ref)
    rows_count, columns_count = graph.nodes[number or 0].shape
    unit_rows = not graph.in_out
    delta = graph.nodes[layer.z].ref.grad()
    below = graph.nodes[layer.input_nodes[0]].ref

    def label(position: int, is_row: bool) -> tuple[tuple[Math], Math | None]:
        unit = is_row == unit_rows
        if outer:
            quantity = (delta if unit else below).at(position)
            return (Math(Quantity(quantity)),), Math(Number(entry(trace, quantity)))
        index = (position, "k") if unit else ("j", position)
        return (Math(Quantity(ref.at(*index))),), None

    def headed(position: int) -> Column:
        heading, value = label(position, False)
        return Column(heading, value=value)

    shown = view.columns(columns_count)
    columns = [Column((Code(plain_name(ref)),), kind="label")]
    columns += [column("…", "figure") if k == 0 else headed(k) for k in shown]
    rows: list[tuple[Inline | None, ...]] = []
    for j in view.rows(rows_count):
        if j == 0:
            rows.append((None,) * len(columns))
            continue
        cells = [None if k == 0 else Figure(_at(trace, ref, j, k)) for k in shown]
        heading, value = label(j, True)
        rows.append((_joined(heading if value is None else (*heading, Text(" = "), value)), *cells))
    return Table(tuple(columns), tuple(rows))


def _rows(trace: Trace, ref: Ref, view: View, touched: tuple[int, ...] | None) -> Table:
    """Return a table's gradient, of the rows that were looked up; … stands for some of them."""
    count, width = trace.graph.nodes[trace.graph.number(ref.of())].shape
    row, unit = trace.graph.general(ref).index
    shown = view.columns(width)
    columns = [Column((Code(plain_name(ref)),), kind="label")]
    for k in shown:
        columns.append(Column((Text("…"),) if k == 0 else (Math(Quantity(ref.at(row, k))),)))
    every = touched or tuple(range(1, count + 1))
    chosen = [every[i - 1] if i else 0 for i in view.rows(len(every))]
    rows: list[tuple[Inline | None, ...]] = []
    for j in chosen:
        if j == 0:
            rows.append((None,) * len(columns))
            continue
        cells = [None if k == 0 else Figure(entry(trace, ref.at(j, k))) for k in shown]
        rows.append((Math(Quantity(ref.at(j, unit))), *cells))
    return Table(tuple(columns), tuple(rows))


def _unused(trace: Trace, ref: Ref, touched: tuple[int, ...] | None) -> list[Block]:
    """Return the note that rows which no number chose have gradient 0."""
    count = trace.graph.nodes[trace.graph.number(ref.of())].shape[0]
    left = 0 if touched is None else count - len(touched)
    if not left:
        return []
    which = "the other row" if left == 1 else f"the other {left} rows"
    verb = "was" if left == 1 else "were"
    return [note(f"{which} of {plain_name(ref.of())} {verb} not looked up: gradient 0")]


def _joined(line: Line) -> Inline:
    """Return a label as one inline: an equation where it names a number."""
    if len(line) == 1:
        return line[0]
    first, last = line[0], line[-1]
    if isinstance(first, Math) and isinstance(last, Math):
        return Math(Compare("==", first.expr, last.expr))
    raise TypeError("a label is one inline, or name = number")


def _at(trace: Trace, ref: Ref, row: int, column: int) -> Any:
    index = (column, row) if trace.graph.in_out else (row, column)
    return entry(trace, ref.at(*index))


def _vector(trace: Trace, ref: Ref, view: View) -> Table:
    """Return a bias's gradient, an entry a column: it is δ itself."""
    number = trace.graph.find(ref)
    size = trace.graph.nodes[number or 0].shape[0]
    shown = view.columns(size)
    columns = [Column((), kind="label")]
    columns += [Column((Text("…"),) if k == 0 else (Math(Quantity(ref.at(k))),)) for k in shown]
    cells = [None if k == 0 else Figure(entry(trace, ref.at(k))) for k in shown]
    return Table(tuple(columns), ((Code(plain_name(ref)), *cells),))
