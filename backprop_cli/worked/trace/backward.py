"""The backward tables: ∂C/∂a as a worked sum over the units above, σ′(z), δ; from the loss in."""

from __future__ import annotations

from msgspec import structs

from ...expression.refs import Ref, plain_name
from ...expression.tree import Derivative, Expr, Quantity
from ...graph.parts import Layer, Loop
from ...graph.records import Graph
from ...passes.trace import Trace
from ..building import section
from ..document import (
    Block,
    Chain,
    Column,
    Equations,
    Figure,
    Inline,
    Math,
    Note,
    Section,
    Table,
    with_layers,
)
from ..general_steps import general_formula
from ..grids import is_grid, named_remarks, remarks, shows_grids
from ..steps import Writer
from ..view import View
from .cells import (
    axes_label,
    entry_label,
    entry_of,
    heading,
    sample_caption,
    samples_note,
    settled,
    stacked,
    work_cell,
)
from .forward import is_brief, layer_sections, layer_title, parts_of, states, worked_first
from .totals import RowTotals, equations_of, over_totals, totals_of


def backward_sections(trace: Trace, view: View) -> list[Block]:
    """Return a section a layer, the last layer first, then the input's."""
    sections = layer_sections(
        reversed(trace.graph.layers),
        view,
        lambda layer: Section(
            f"backward-{layer.index}",
            (with_layers(("Backward: layer ", *layer_title(trace, layer))),),
            tuple(_layer_blocks(trace, layer, view)),
        ),
    )
    if not view.layers and input_gradient(trace.graph):
        sections.append(_input_section(trace, view))
    return sections


def input_gradient(graph: Graph) -> bool:
    """Return whether the input has a gradient: whole numbers that choose rows have none."""
    return graph.input is not None and graph.nodes[graph.input].wants_gradient


def _layer_blocks(trace: Trace, layer: Layer, view: View) -> list[Block]:
    if trace.gradients[layer.a] is None:
        return [_unused(layer)]
    writer = Writer(trace, view.widest_sum, nested=view.most_products)
    loop = states(trace.graph, layer)
    if loop is not None:
        return _stepwise(writer, layer, view, loop)
    samples = view.shown_samples(trace.graph.samples)
    parts = [ref.grad() for ref in reversed(layer.values[:-2])]
    every = (trace.graph.nodes[layer.a].ref.grad(), *parts)
    said = dict.fromkeys(note for ref in every for note in remarks(trace.graph, ref))
    if is_brief(writer, layer, view):
        return [*said, *_brief(writer, layer, view), *samples_note(trace, samples)]
    chains = general_chains(trace, layer)
    blocks: list[Block] = [Equations(chains), *said]
    if shows_grids(writer, layer):
        from .grid_sections import backward_grids

        for sample in samples:
            blocks += backward_grids(writer, layer, sample, view)
    else:
        pairs = [_delta_table(writer, layer, sample, view, chains[-1]) for sample in samples]
        blocks += equations_of(totals for _, totals in pairs)
        blocks.append(stacked([table for table, _ in pairs], samples))
    blocks += parts_of(writer, parts, view)
    blocks += _long_ways(writer, layer, view)
    return [*blocks, *samples_note(trace, samples)]


def _stepwise(writer: Writer, layer: Layer, view: View, loop: Loop) -> list[Block]:
    """Return the gradients of a layer of gates: their equations, and its steps from the last."""
    from .through_time import equations, own_refs, step_sections, tables_of_steps

    trace, own = writer.trace, own_refs(layer, gradient=True)
    blocks: list[Block] = [equations(writer, own), *named_remarks(trace.graph, own)]
    blocks += step_sections(writer, layer, view, loop, gradient=True)
    blocks += tables_of_steps(writer, layer, view, loop, gradient=True) if view.brief else []
    return [*blocks, *samples_note(trace, view.shown_samples(trace.graph.samples))]


def _brief(writer: Writer, layer: Layer, view: View) -> list[Block]:
    """Return each gradient's equation and an entry in numbers, then all of them as tables."""
    from .briefly import brief_blocks
    from .parts import general_chain

    graph, trace = writer.graph, writer.trace
    chains = general_chains(trace, layer)
    a, z = (graph.nodes[number].ref.grad() for number in (layer.a, layer.z))
    own = (z,) if len(chains) == 1 else (a, z)
    parts = tuple(ref.grad() for ref in reversed(layer.values[:-2]))
    equations = [next(iter(general_chain(trace, ref)), None) for ref in parts]
    pairs = zip((*own, *parts), (*chains, *equations), strict=True)
    worked = worked_first(reversed(graph.layers), layer)
    blocks = brief_blocks(writer, pairs, view, worked=worked)
    return [*blocks, *(_long_ways(writer, layer, view) if worked else ())]


def _long_ways(writer: Writer, layer: Layer, view: View) -> list[Block]:
    """Return the other ways to a gradient beside the short one, and whether they agree."""
    trace, blocks = writer.trace, list[Block]()
    if layer.closed is not None:
        from .paths import path_blocks

        blocks += path_blocks(writer, layer, view)
    if not view.corners and (layer.activation == "softmax" or trace.graph.has_shortcut(layer)):
        from .jacobian import jacobian_blocks

        for sample in view.shown_samples(trace.graph.samples):
            blocks += jacobian_blocks(writer, layer, sample, view)
    return blocks


def _unused(layer: Layer) -> Block:
    where = layer.name or layer.index
    return Note(
        (with_layers(("the loss does not depend on layer ", where, ": its gradients are 0")),)
    )


def general_chains(trace: Trace, layer: Layer) -> tuple[Chain, ...]:
    """Return the layer's backward equations for a general unit."""
    writer = Writer(trace, general=True)
    z, a = (
        trace.graph.general(trace.graph.nodes[number].ref, "k") for number in (layer.z, layer.a)
    )
    da, delta = a.grad(), z.grad()
    shortcut = trace.graph.has_shortcut(layer)
    chains = [] if shortcut else [Chain((Quantity(da), general_formula(trace, da)))]
    return (*chains, Chain((Quantity(delta), *delta_forms(writer, layer, shortcut))))


def delta_forms(writer: Writer, layer: Layer, shortcut: bool) -> tuple[Expr, ...]:
    """Return δ's general formula; with σ′ by name first, where the activation has a slope."""
    graph = writer.graph
    z, a = (graph.general(graph.nodes[number].ref, "k") for number in (layer.z, layer.a))
    written = writer.gradient_formula(z.grad())
    if shortcut or layer.activation in ("softmax", "identity", "expression"):
        if layer.activation == "identity" and not shortcut:
            return (Quantity(a.grad()),)
        return (written,)
    return (Quantity(a.grad()) * Derivative(layer.activation, Quantity(z)), written)


def _delta_table(
    writer: Writer, layer: Layer, sample: int, view: View, equation: Chain
) -> tuple[Table, RowTotals]:
    """Return the table, and the sums that its rows of δ have in common."""
    graph, of_sample = writer.graph, None if writer.graph.single else sample
    a, z = (graph.nodes[number].ref for number in (layer.a, layer.z))
    shortcut = graph.has_shortcut(layer)
    rule = graph.rule(layer.a)
    general = graph.general(z, "k")
    k, general_a = general.index, structs.replace(a, sample=general.sample, index=general.index)
    separate = rule.write_slope(k) is not None
    sloped = separate and layer.activation != "identity" and not shortcut
    columns = [Column((axes_label(graph, z),), kind="label")]
    if not shortcut:
        columns += [
            Column(heading(general_a.grad()), kind="work"),
            Column((), plain_name(a.grad())),
        ]
    if sloped:
        slope = Derivative(layer.activation, Quantity(general))
        name = f"{plain_name(a)}/{plain_name(z)}".replace("/", "/d")
        columns += [Column((Math(slope),), kind="work"), Column((), f"d{name}")]
    elif shortcut or not separate:
        columns.append(Column(heading(general.grad()), kind="work"))
    columns.append(Column(heading(general.grad()), plain_name(z.grad())))
    indices = _inward(graph, layer, sample, view)
    deltas = [writer.step(entry_of(graph, layer.z, of_sample, *i).grad()) for i in indices if i]
    totals, found = totals_of(writer, equation, deltas), iter(deltas)
    rows: list[tuple[Inline | None, ...]] = []
    for index in indices:
        if not index:
            rows.append((None,) * len(columns))
            continue
        row: list[Inline | None] = [entry_label(index)]
        if not shortcut:
            step = writer.step(entry_of(graph, layer.a, of_sample, *index).grad())
            shown = settled(writer.trace, step.substituted)
            copied = isinstance(step.formula, Quantity)
            row += [work_cell(step) if copied else Math(shown), Figure(step.value)]
        delta = next(found)
        if sloped:
            local = writer.slope(layer.a, index, of_sample)
            row += [Math(settled(writer.trace, local.substituted)), Figure(local.value)]
        elif shortcut or not separate:
            row.append(Math(over_totals(delta, totals)))
        rows.append((*row, Figure(delta.value)))
    return Table(tuple(columns), tuple(rows), sample_caption(writer.trace, sample)), totals


def _inward(graph: Graph, layer: Layer, sample: int, view: View) -> list[tuple[int, ...]]:
    """Return the shown entries, () for a gap: of a recurrent layer from the last step back."""
    found, loop = list(view.entries(graph.shape_of(layer.a, sample))), graph.loop(layer.a)
    if loop is None:
        return found
    if () not in found:
        return sorted(found, key=lambda index: -loop.clock.forth * index[0])
    return found if loop.clock.reverse else found[::-1]


def _input_section(trace: Trace, view: View) -> Section:
    writer = Writer(trace, view.widest_sum, nested=view.most_products)
    x = trace.graph.general(Ref("x", None, True), "k")
    equation = Chain((Quantity(x), general_formula(trace, x)))
    blocks: list[Block] = [Equations((equation,))]
    if not view.corners:
        blocks += remarks(trace.graph, x)
    samples = view.shown_samples(trace.graph.samples)
    if is_grid(trace.graph, x):
        from .grid_sections import input_grids

        for sample in samples:
            blocks += input_grids(writer, sample, view)
        return _input(blocks, trace, samples)
    if view.brief and len(trace.graph.axes(x)) > 1:
        from .briefly import brief_blocks

        blocks = [*blocks[1:], *brief_blocks(writer, [(Ref("x", None, True), equation)], view)]
        return _input(blocks, trace, samples)
    columns = (
        Column((axes_label(trace.graph, x, "input"),), kind="label"),
        Column(heading(x), kind="work"),
        Column((), "dx"),
    )
    tables = []
    for sample in samples:
        rows: list[tuple[Inline | None, ...]] = []
        for k in view.entries(trace.graph.shape_of(trace.graph.number(Ref("x")), sample)):
            if not k:
                rows.append((None,) * 3)
                continue
            of_sample = None if trace.graph.single else sample
            step = writer.step(Ref("x", None, True, of_sample, k))
            rows.append((entry_label(k), work_cell(step), Figure(step.value)))
        tables.append(Table(columns, tuple(rows), sample_caption(trace, sample)))
    blocks.append(stacked(tables, samples))
    return _input(blocks, trace, samples)


def _input(blocks: list[Block], trace: Trace, samples: tuple[int, ...]) -> Section:
    blocks = [*blocks, *samples_note(trace, samples)]
    return section("backward-input", "Backward: input", blocks)
