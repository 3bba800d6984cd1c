"""The forward tables: a layer's worked weighted sum, z, the activation with its number, a."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from msgspec import structs

from ...expression.refs import Ref, plain_name
from ...expression.tree import Call, Number, Quantity
from ...functions.elementwise import Elementwise
from ...graph.parts import Layer, Loop
from ...graph.records import Graph
from ...mathematics.formulas import formula
from ...passes.trace import Trace
from ..building import column, note, section
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
    Section,
    Table,
    Text,
    with_layers,
)
from ..entry_steps import titled
from ..general_steps import general_formula, whole_formula
from ..grids import remarks, shows_grids
from ..steps import Writer
from ..view import View
from .cells import (
    axes_label,
    entry_label,
    entry_of,
    heading,
    number_of,
    sample_caption,
    samples_note,
    settled,
    stacked,
    work_cell,
)
from .totals import RowTotals, equations_of, over_totals, totals_of


def forward_sections(trace: Trace, view: View) -> list[Block]:
    """Return a section a layer, in the order of the file."""
    return layer_sections(
        trace.graph.layers,
        view,
        lambda layer: Section(
            f"forward-{layer.index}",
            (with_layers(("Forward: layer ", *layer_title(trace, layer))),),
            tuple(_layer_blocks(trace, layer, view)),
        ),
    )


def layer_sections(
    layers: Iterable[Layer], view: View, make: Callable[[Layer], Section]
) -> list[Block]:
    """Return the sections of the shown layers; a note stands where layers are left out."""
    blocks: list[Block] = []
    for layer in layers:
        if view.shows(layer.index):
            blocks.append(make(layer))
        elif layer.index in view.between and (not blocks or isinstance(blocks[-1], Section)):
            blocks.append(layers_left_out(view))
    return blocks


def layers_left_out(view: View, option: str | None = "--layer NAME", does: str = "shows") -> Note:
    """Return the note on the layers in the middle that are not shown, and how one is, if it can."""
    first, last = view.between[0], view.between[-1]
    said = Text(f"layers {first} to {last} are left out: ")
    if option is None:
        return Note((said, Code("--full"), Text(" shows them")))
    return Note((said, Code(option), Text(f" {does} one, "), Code("--full"), Text(" all")))


def layer_title(trace: Trace, layer: Layer) -> tuple[str | int, ...]:
    """Return ``1 'hidden' (dense 2 → 3, sigmoid)``."""
    activation = "" if layer.activation == "identity" else f", {layer.activation}"
    inputs = " + ".join(extent(trace.graph.nodes[n].shape) for n in layer.input_nodes)
    return (*titled(layer), f" ({layer.type} {inputs} → {extent(layer.shape)}{activation})")


def extent(shape: tuple[int, ...]) -> str:
    """Return ``3`` for three units, ``4×3`` for four steps of three."""
    return "×".join(map(str, shape))


def general_chains(subject: Trace | Graph, layer: Layer) -> tuple[Chain, ...]:
    """Return the layer's equations for a general unit j (a concatenation names its parts)."""
    graph = subject.graph if isinstance(subject, Trace) else subject
    z, a = (graph.general(graph.nodes[number].ref) for number in (layer.z, layer.a))
    written = general_formula(subject, z)
    whole = written == whole_formula(graph, layer.z, z.sample)
    first = z.whole() if whole else z
    if layer.activation == "identity":
        return (Chain((*also_called(graph, first), Quantity(first), written)),)
    short = Call(layer.activation, (Quantity(z),))
    long = general_formula(subject, a)
    named = layer.activation not in ("softmax", "expression") and short != long
    after = (Quantity(a), short, long) if named else (Quantity(a), long)
    return Chain((Quantity(first), written)), Chain(after)


def also_called(graph: Graph, z: Ref) -> tuple[Quantity, ...]:
    """Return a, where z is the answer of a layer without an activation: a = z."""
    layer = graph.layer_of(z)
    if layer is None or z.bare() != graph.nodes[layer.z].ref:
        return ()
    same = layer.activation == "identity" and layer.a != layer.z
    return (Quantity(structs.replace(z, part=graph.nodes[layer.a].ref.part)),) if same else ()


def _layer_blocks(trace: Trace, layer: Layer, view: View) -> list[Block]:
    chains = general_chains(trace, layer)
    writer = Writer(trace, view.widest_sum, nested=view.most_products)
    values = (*layer.values[:-2], trace.graph.nodes[layer.z].ref)
    said = dict.fromkeys(note for ref in values for note in remarks(trace.graph, ref))
    loop = states(trace.graph, layer)
    if loop is not None:
        return _stepwise(writer, layer, view, loop)
    if is_brief(writer, layer, view):
        return [*said, *_brief(writer, layer, view, chains)]
    blocks = [*parts_of(writer, layer.values[:-2], view), Equations(chains), *said]
    samples = view.shown_samples(trace.graph.samples)
    if shows_grids(writer, layer):
        from .grid_sections import forward_grids

        for sample in samples:
            blocks += forward_grids(writer, layer, sample, view)
    else:
        pairs = [_layer_table(writer, layer, sample, view, chains[-1]) for sample in samples]
        blocks += equations_of(totals for _, totals in pairs)
        blocks.append(stacked([table for table, _ in pairs], samples))
    return [*blocks, *_closing(trace, layer, samples)]


def states(graph: Graph, layer: Layer) -> Loop | None:
    """Return the loop of a layer of gates and states, which no table of z and a can show."""
    loop = graph.loop(layer.cells[-1].parts[next(iter(layer.cells[-1].parts))])
    pairs = [pair for cell in layer.cells for pair in cell.activated]
    return loop if loop is not None and len(pairs) > 1 else None


def is_brief(writer: Writer, layer: Layer, view: View) -> bool:
    """Return whether a layer over positions is shown by one entry and tables."""
    several = len(writer.graph.nodes[layer.z].shape) > 1
    return view.brief and several and not shows_grids(writer, layer)


def parts_of(writer: Writer, refs: Sequence[Ref], view: View) -> list[Block]:
    """Return the parts of a layer on the way to its z; most have none."""
    if not refs:
        return []
    from .parts import part_blocks

    return part_blocks(writer, refs, view)


def _brief(writer: Writer, layer: Layer, view: View, chains: tuple[Chain, ...]) -> list[Block]:
    """Return each array's equation and an entry in numbers, then the layer's arrays as tables."""
    from .briefly import brief_blocks
    from .parts import general_chain

    trace = writer.trace
    parts = layer.values[:-2]
    equations = [next(iter(general_chain(trace, ref)), None) for ref in parts]
    own = layer.values[-2:] if len(chains) > 1 else layer.values[-2:-1]
    pairs = zip((*parts, *own), (*equations, *chains), strict=True)
    worked = worked_first(trace.graph.layers, layer)
    blocks = brief_blocks(writer, pairs, view, worked=worked)
    return [*blocks, *_closing(trace, layer, view.shown_samples(trace.graph.samples))]


def worked_first(layers: Iterable[Layer], layer: Layer) -> bool:
    """Return whether none of its kind comes before a layer, in the order of the pass."""
    kind = (layer.type, layer.activation)
    return next(each for each in layers if (each.type, each.activation) == kind) is layer


def _closing(trace: Trace, layer: Layer, samples: tuple[int, ...]) -> list[Block]:
    """Return what is said under a layer's numbers: samples left out, kinks, conventions."""
    remark = trace.graph.settled_rule(layer.z, samples[0]).remark
    said: list[Block] = [note(remark)] if remark else []
    return [
        *samples_note(trace, samples),
        *kink_notes(trace, layer),
        *tie_notes(trace, layer),
        *said,
    ]


def _stepwise(writer: Writer, layer: Layer, view: View, loop: Loop) -> list[Block]:
    """Return a layer of gates: its equations, its steps, and the values side by side."""
    from .through_time import equations, own_refs, step_sections, table_of_steps, tables_of_steps

    said = (note for ref in own_refs(layer) for note in remarks(writer.graph, ref))
    blocks: list[Block] = [equations(writer, own_refs(layer)), *dict.fromkeys(said)]
    blocks += step_sections(writer, layer, view, loop)
    samples = view.shown_samples(writer.graph.samples)
    if view.brief:
        return [*blocks, *tables_of_steps(writer, layer, view, loop)]
    tables = [table_of_steps(writer, layer, sample, view, loop) for sample in samples]
    blocks.append(
        section(f"states-{layer.index}", "Gates and states", (stacked(tables, samples),), 3)
    )
    return [*blocks, *samples_note(writer.trace, samples)]


def _layer_table(
    writer: Writer, layer: Layer, sample: int, view: View, equation: Chain
) -> tuple[Table, RowTotals]:
    """Return the table, and the sums that its rows of activations have in common."""
    trace, of_sample = writer.trace, None if writer.graph.single else sample
    active = layer.activation != "identity"
    z, a = (writer.graph.nodes[number].ref for number in (layer.z, layer.a))
    general = trace.graph.general(z)
    columns = [
        Column((axes_label(trace.graph, z),), kind="label"),
        column("weighted sum" if layer.weight_refs else "input", "work"),
        Column(heading(general), plain_name(z)),
    ]
    if active:
        # Softmax takes all units at once: of one z alone it would be 1.
        joint = layer.activation == "softmax"
        named = Text("softmax") if joint else Math(Call(layer.activation, (Quantity(general),)))
        columns += [
            Column((named,), kind="work"),
            Column(
                heading(structs.replace(a, sample=general.sample, index=general.index)),
                plain_name(a),
            ),
        ]
    indices = list(view.entries(writer.graph.shape_of(layer.a, sample)))
    asked = [entry_of(writer.graph, layer.a, of_sample, *i) for i in indices if i and active]
    own = [writer.step(ref) for ref in asked]
    totals, activated = totals_of(writer, equation, own), iter(own)
    rows: list[tuple[Inline | None, ...]] = []
    for index in indices:
        if not index:
            rows.append((None,) * len(columns))
            continue
        step = writer.step(entry_of(writer.graph, layer.z, of_sample, *index))
        row: list[Inline | None] = [entry_label(index), work_cell(step), Figure(step.value)]
        if active:
            after = next(activated)
            work = settled(trace, over_totals(after, totals))
            row += [Math(work), Figure(after.value)]
        rows.append(tuple(row))
    return Table(tuple(columns), tuple(rows), sample_caption(trace, sample)), totals


def kink_notes(trace: Trace, layer: Layer) -> list[Block]:
    """Return, once for the layer, which derivative is used at a kink that was hit."""
    rule = trace.graph.rule(layer.a)
    notes: list[Block] = []
    for kink in rule.kinks:
        z = trace.values[layer.z]
        hit = np.argwhere(z == number_of(trace, formula(kink.at)))
        if not len(hit):
            continue
        first = tuple(int(i) + 1 for i in hit[0])
        name = _entry_name(trace.graph, layer.z, first)
        more = f" (and {len(hit) - 1} more)" if len(hit) > 1 else ""
        settings = rule.settings if isinstance(rule, Elementwise) else {}
        says = kink.says
        for setting, value in settings.items():
            if isinstance(value, Number):
                says = says.replace(f"= {setting}", f"= {setting} = {float(value.value):g}")
        notes.append(
            Note(
                (Code(name), Text(f" = {kink.at}{more} is at a kink; the derivative used: {says}"))
            )
        )
    return notes


def tie_notes(trace: Trace, layer: Layer) -> list[Block]:
    """Return, once for the layer, which of a window's equal largest values is taken."""
    node = trace.graph.nodes[layer.z]
    windows, taken = trace.graph.rule(layer.z).tied(trace.values[node.parents[0]])
    if not windows:
        return []
    more = f" (and {len(windows) - 1} more)" if len(windows) > 1 else ""
    window, first = (
        Code(_entry_name(trace.graph, number, tuple(i + 1 for i in at)))
        for number, at in ((layer.z, windows[0]), (node.parents[0], taken))
    )
    before = Text(f"{more}: the largest value is in its window more than once; the first, ")
    after = Text(", is taken, and gets the gradient (max_pool2d in a graph shares it among them)")
    return [Note((window, before, first, after))]


def _entry_name(graph: Graph, number: int, index: tuple[int, ...]) -> str:
    """Return an entry's plain name by its place among the samples."""
    shown = index[1:] if graph.single else index
    return f"{plain_name(graph.nodes[number].ref)}[{','.join(map(str, shown))}]"
