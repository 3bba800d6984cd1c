"""The forward tables: a layer's worked weighted sum, z, the activation with its number, a."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from msgspec import structs

from ...expression.evaluate import COMPARISONS
from ...expression.indices import Index
from ...expression.refs import Ref, plain_name
from ...expression.tree import ZERO, Call, Cases, Expr, Mul, Number, Quantity, numeric
from ...expression.walking import substitute
from ...functions.elementwise import Elementwise
from ...graph.records import Graph, Layer, Loop
from ...mathematics.activations import spelled_out
from ...mathematics.formulas import formula
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
    Section,
    Step,
    Table,
    Text,
    with_layers,
)
from ..entry_steps import entry_steps, titled, worked_chain
from ..general_steps import general_formula, whole_formula
from ..grids import remarks
from ..steps import Writer
from ..view import View
from .grid_sections import forward_grids, shows_grids
from .through_time import equations, own_refs, states, step_sections, table_of_steps


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


def layers_left_out(view: View, *, one: bool = True) -> Note:
    """Return the note on the layers in the middle that are not shown; ``one`` may be asked for."""
    first, last = view.between[0], view.between[-1]
    said = Text(f"layers {first} to {last} are left out: ")
    if not one:
        return Note((said, Code("--full"), Text(" shows them")))
    return Note((said, Code("--layer NAME"), Text(" shows one, "), Code("--full"), Text(" all")))


def layer_title(trace: Trace, layer: Layer) -> tuple[str | int, ...]:
    """Return ``1 'hidden' (dense 2 → 3, sigmoid)``."""
    activation = "" if layer.activation == "identity" else f", {layer.activation}"
    inputs = " + ".join(extent(trace.graph.nodes[n].shape) for n in layer.input_nodes)
    return (*titled(layer), f" ({layer.type} {inputs} → {extent(layer.shape)}{activation})")


def extent(shape: tuple[int, ...]) -> str:
    """Return ``3`` for three units, ``4×3`` for four steps of three."""
    return "×".join(map(str, shape))


def axes_label(graph: Graph, ref: Ref, unit: str = "unit") -> Text:
    """Return what heads a table's column of entries: ``unit``, or ``step,unit``."""
    return Text(",".join(unit if axis == "unit" else axis for axis in graph.axes(ref)))


def entry_label(index: tuple[int, ...]) -> Text:
    """Return what stands before an entry in such a table: ``2``, or ``1,2``."""
    return Text(",".join(map(str, index)))


def general_chains(subject: Trace | Graph, layer: Layer) -> tuple[Chain, ...]:
    """Return the layer's equations for a general unit j (a concatenation names its parts)."""
    graph = subject.graph if isinstance(subject, Trace) else subject
    z, a = (graph.general(graph.nodes[number].ref) for number in (layer.z, layer.a))
    written = general_formula(subject, z)
    whole = written == whole_formula(graph, layer.z)
    chains = [Chain((Quantity(z.whole() if whole else z), written))]
    if layer.activation != "identity":
        short = Call(layer.activation, (Quantity(z),))
        long = general_formula(subject, a)
        named = layer.activation not in ("softmax", "expression") and short != long
        chains.append(Chain((Quantity(a), short, long) if named else (Quantity(a), long)))
    return tuple(chains)


def entry_of(graph: Graph, number: int, sample: Index | None, *index: Index) -> Ref:
    """Return the entry of a layer's part."""
    return structs.replace(graph.nodes[number].ref, sample=sample, index=index)


def work_cell(step: Step) -> Inline:
    """Return the step's numbers, or the symbol where it only copies one quantity."""
    copied = isinstance(step.formula, Quantity)
    return Math(step.formula if copied else step.substituted)


def heading(ref: Ref) -> tuple[Inline, ...]:
    """Return a column's heading: the quantity in the notation's letters."""
    return (Math(Quantity(ref)),)


def _layer_blocks(trace: Trace, layer: Layer, view: View) -> list[Block]:
    from .parts import part_blocks

    chains = general_chains(trace, layer)
    writer = Writer(trace, view.widest_sum, nested=view.most_products)
    z = trace.graph.nodes[layer.z].ref
    loop = states(trace.graph, layer)
    if loop is not None:
        return _stepwise(writer, layer, view, loop)
    blocks = [*part_blocks(writer, layer.values[:-2], view), Equations(chains)]
    blocks += remarks(trace.graph, z)
    samples = view.shown_samples(trace.graph.samples)
    if shows_grids(writer, layer):
        for sample in samples:
            blocks += forward_grids(writer, layer, sample, view)
    else:
        tables = [_layer_table(writer, layer, sample, view) for sample in samples]
        blocks.append(stacked(tables, samples))
    blocks += samples_note(trace, samples)
    blocks += kink_notes(trace, layer)
    remark = trace.graph.rule(layer.z).remark
    return [*blocks, Note((Text(remark),))] if remark else blocks


def _stepwise(writer: Writer, layer: Layer, view: View, loop: Loop) -> list[Block]:
    """Return a layer of gates: its equations, its steps, and the values side by side."""
    blocks: list[Block] = [equations(writer, own_refs(layer))]
    blocks += step_sections(writer, layer, view, loop)
    samples = view.shown_samples(writer.graph.samples)
    tables = [table_of_steps(writer, layer, sample, view, loop) for sample in samples]
    title = (Text("Gates and states"),)
    blocks.append(Section(f"states-{layer.index}", title, (stacked(tables, samples),), 3))
    return [*blocks, *samples_note(writer.trace, samples)]


def line_by_line(writer: Writer, refs: Iterable[Ref], view: View) -> list[Block]:
    """Return a worked line an entry of what no table of a layer shows, the equation before them."""
    found: list[Block] = []
    for ref in refs:
        steps = entry_steps(writer, ref, view)
        general = _equation_of(writer, ref) if len(steps) > 1 else ()
        found += [Equations(general)] if general else []
        found.append(Equations(tuple(map(worked_chain, steps))))
    return found


def _equation_of(writer: Writer, ref: Ref) -> tuple[Chain, ...]:
    """Return the quantity's equation for a general entry, where there is one."""
    graph = writer.graph
    number = graph.number(ref.of())
    sampled = ref.gradient and graph.nodes[number].per_sample and not graph.single
    general = graph.general(structs.replace(ref, sample="n" if sampled else None))
    formula = general_formula(writer.trace, general)
    whole = not ref.gradient and formula == whole_formula(graph, number)
    return () if whole else (Chain((Quantity(general), formula)),)


def samples_note(trace: Trace, samples: tuple[int, ...]) -> list[Block]:
    """Return a note that says which samples are shown, if not all are."""
    if len(samples) == trace.graph.samples:
        return []
    shown = (
        f"samples {', '.join(map(str, samples))}" if len(samples) > 1 else f"sample {samples[0]}"
    )
    return [
        Note(
            (
                Text(f"{shown} of {trace.graph.samples}; "),
                Code("--sample i"),
                Text(" shows another, "),
                Code("--full"),
                Text(" all"),
            )
        )
    ]


def stacked(tables: list[Table], samples: tuple[int, ...]) -> Table:
    """Return the samples' tables as one, with the sample in a column of its own."""
    if len(tables) == 1:
        return tables[0]
    columns = (Column((Text("sample"),), kind="label"), *tables[0].columns)
    rows: list[tuple[Inline | None, ...]] = []
    for table, sample in zip(tables, samples, strict=True):
        for number, row in enumerate(table.rows):
            rows.append((Text(str(sample) if number == 0 else ""), *row))
    return Table(columns, tuple(rows))


def sample_caption(trace: Trace, sample: int) -> tuple[Inline, ...]:
    """Return ``sample 2`` in a batch, nothing for a single sample."""
    return () if trace.graph.single else (Text(f"sample {sample}"),)


def _layer_table(writer: Writer, layer: Layer, sample: int, view: View) -> Table:
    trace, of_sample = writer.trace, None if writer.graph.single else sample
    active = layer.activation != "identity"
    z, a = (writer.graph.nodes[number].ref for number in (layer.z, layer.a))
    general = trace.graph.general(z)
    columns = [
        Column((axes_label(trace.graph, z),), kind="label"),
        Column((Text("weighted sum" if layer.weight_refs else "input"),), kind="work"),
        Column(heading(general), plain_name(z)),
    ]
    if active:
        # Softmax takes all units at once: of one z alone it would be 1.
        joint = layer.activation == "softmax"
        named = Text("softmax") if joint else Math(Call(layer.activation, (Quantity(general),)))
        columns += [
            Column((named,), kind="work"),
            Column(heading(a.at(*general.index)), plain_name(a)),
        ]
    rows: list[tuple[Inline | None, ...]] = []
    for index in view.entries(writer.graph.shape_of(layer.a, sample)):
        if not index:
            rows.append((None,) * len(columns))
            continue
        step = writer.step(entry_of(writer.graph, layer.z, of_sample, *index))
        row: list[Inline | None] = [entry_label(index), work_cell(step), Figure(step.value)]
        if active:
            after = writer.step(entry_of(writer.graph, layer.a, of_sample, *index))
            row += [Math(chosen_case(trace, after)), Figure(after.value)]
        rows.append(tuple(row))
    return Table(tuple(columns), tuple(rows), sample_caption(trace, sample))


def chosen_case(trace: Trace, step: Step) -> Expr:
    """Return the step's numbers; of a function by cases, the case that holds."""
    return settled(trace, step.substituted)


def settled(trace: Trace, tree: Expr) -> Expr:
    """Return the tree with each function by cases replaced by the case that holds."""

    def choose(node: Expr) -> Expr | None:
        if isinstance(node, Mul) and _is_nothing(node):
            return ZERO
        if not isinstance(node, Cases):
            return None
        for condition, value in node.pieces:
            sides = (number_of(trace, condition.left), number_of(trace, condition.right))
            if COMPARISONS[condition.operator](*sides):
                return settled(trace, value)
        return settled(trace, node.otherwise)

    return substitute(tree, choose)


def _is_nothing(product: Mul) -> bool:
    """Return whether a product is 0·ln 0 in numbers, which counts for 0."""
    zeros = [numeric(factor) == 0 for factor in product.factors if numeric(factor) is not None]
    logarithms = (f for f in product.factors if isinstance(f, Call) and f.function in ("ln", "log"))
    return any(zeros) and any(numeric(ln.arguments[0]) == 0 for ln in logarithms)


def number_of(trace: Trace, tree: Expr) -> Any:
    """Return the value of a tree without quantities, in the trace's kind of number."""
    value = trace.arithmetic.elementwise(spelled_out(tree), {"_": np.zeros(1)})
    return value.ravel()[0]


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
        index = first[1:] if trace.graph.single else first
        name = f"z{layer.index}[{','.join(map(str, index))}]"
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
