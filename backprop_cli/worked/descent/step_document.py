"""One step of descent, worked: the rule, each parameter's entries, the loss before and after."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from ...expression.refs import Ref, plain_name, stored_index
from ...expression.tree import Expr, Known, Name, Number, Quantity
from ...functions.optimizers import ETA, THETA, G
from ...graph.records import Graph
from ...passes.descent.plan import Plan
from ...passes.descent.records import ParameterStep, StepRecord
from ...passes.descent.watching import is_parameter
from ...spec.numbers import number_float
from ..building import column, note, paragraph, section
from ..document import (
    Block,
    Chain,
    Column,
    Document,
    Equations,
    Figure,
    Inline,
    Math,
    Section,
    Table,
    Text,
)
from ..entry_steps import evaluated, is_short, positions
from ..trace.forward import layers_left_out
from ..trace.trace_document import shape_sentence
from ..view import View
from .answers import answered
from .rule import (
    KAPPA,
    altered_gradient,
    bound_names,
    clipping_section,
    is_altered,
    numbers_of,
    rate_letter,
    rule_section,
)

Forms = tuple[Expr, Expr, Expr, Expr]


def step_document(
    graph: Graph,
    plan: Plan,
    record: StepRecord,
    view: View,
    conventions: tuple[str, ...] = (),
    seen: tuple[tuple[Any, ...], ...] = (),
) -> Document:
    """Return the document of one step for one reader's view.

    ``seen`` are the numbers before and after of what the view names and is no parameter.
    """
    blocks: list[Block] = [paragraph(shape_sentence(graph))]
    said = [*conventions, *frozen_sentences(graph, plan), *batch_sentences(graph, plan, record)]
    blocks += [note(sentence) for sentence in said]
    blocks.append(rule_section(plan, record))
    if record.norm is not None:
        blocks.append(clipping_section(plan, record, view))
    wanted = {ref.whole() for ref in view.wrt}
    hidden = range(0) if wanted else view.between
    for parameter in record.parameters:
        if parameter.ref.layer in hidden:
            if isinstance(blocks[-1], Section):
                blocks.append(layers_left_out(view, None))
        elif not wanted or parameter.ref in wanted:
            blocks.append(_parameter_section(graph, plan, record, parameter, view))
    taken = {parameter.ref for parameter in record.parameters}
    stay = [
        plain_name(ref)
        for ref in dict.fromkeys(r.whole() for r in view.wrt if is_parameter(graph, r))
        if ref not in taken
    ]
    if stay:
        are = "is" if len(stay) == 1 else "are"
        blocks.append(note(f"{' and '.join(stay)} {are} frozen: no line to show"))
    others = [ref for ref in view.wrt if not is_parameter(graph, ref)]
    both = zip(others, *seen, strict=True) if seen else ()
    rows: list[tuple[Expr, Any, Any]] = [(Quantity(ref), *each) for ref, *each in both]
    blocks.append(_loss_section(graph, record, view, rows))
    return Document(graph.name or "Network", tuple(blocks))


def frozen_sentences(graph: Graph, plan: Plan) -> list[str]:
    """Return what must be said about parameters, and a graph's data, that stay."""
    data = ", ".join(plain_name(graph.nodes[number].ref) for number in sorted(graph.data))
    found = [f"data, so they stay: {data}"] if data else []
    return [*found, *([f"frozen, so they stay: {', '.join(plan.freeze)}"] if plan.freeze else [])]


def batch_sentences(graph: Graph, plan: Plan, record: StepRecord) -> list[str]:
    """Return what must be said about the samples that a step uses."""
    if plan.batch_size is None:
        return []
    first, last = record.samples
    which = f"sample {last}" if last == first + 1 else f"samples {first + 1} to {last}"
    return [f"this step uses {which} of {graph.samples}; the loss is over all of them"]


def _parameter_section(
    graph: Graph, plan: Plan, record: StepRecord, parameter: ParameterStep, view: View
) -> Section:
    ref = parameter.ref
    chosen = [wanted.index for wanted in view.wrt if wanted.whole() == ref and wanted.index]
    every = [
        entry_chains(graph, plan, record, parameter, ref.at(*index))
        for index in chosen or positions(graph, ref, view)
    ]
    shown = parameter.old.size if chosen else len(every)
    # An entry of several lines stands by itself, so that its g, m and v need no index.
    if any(len(chains) > 1 for chains in every):
        blocks: list[Block] = [Equations(tuple(chains)) for chains in every]
    else:
        blocks = [Equations(tuple(chain for chains in every for chain in chains))]
    left_out = parameter.old.size - shown
    if left_out:
        sentence = f"{left_out:,} more entries are left out; --full shows them"
        blocks.append(note(sentence))
    if plan.clip:
        blocks.append(note(_cut_off(plan, parameter)))
    name = f"{plain_name(ref)}'"
    return Section(name, (Math(Quantity(ref)), Text(f"  {name}")), tuple(blocks))


def _cut_off(plan: Plan, parameter: ParameterStep) -> str:
    """Return how many entries the clipping by value cut off."""
    most = number_float(plan.clip)
    slopes = np.abs(np.asarray(parameter.gradient, dtype=np.float64))
    count, size = int((slopes > most).sum()), slopes.size
    entries = "entry" if size == 1 else "entries"
    return f"{count or 'none'} of {size} {entries} of the gradient cut off at ±{plan.clip}"


def entry_chains(
    graph: Graph, plan: Plan, record: StepRecord, parameter: ParameterStep, ref: Ref
) -> list[Chain]:
    """Return the worked lines of one entry: what it keeps, then the entry itself."""
    at = stored_index(ref, graph.in_out)
    name = plain_name(Ref(f"{ref.part}", ref.layer), graph.in_out) + "'"
    if ref.index:
        name += plain_name(ref, graph.in_out)[len(name) - 1 :]
    old, target = parameter.old[at], Quantity(ref)
    if parameter.frozen is not None and parameter.frozen[at]:
        return [Chain((target, Number(old)), name)]
    slope = Quantity(ref.grad())
    symbols: dict[Name, Expr] = {THETA: target, G: slope, **rate_letter(plan)}
    numbers = numbers_of(plan, record.number, record.numbers[ETA])
    numbers |= {THETA: Known(ref, old), G: Known(ref.grad(), parameter.gradient[at])}
    chains: list[Chain] = []
    if is_altered(plan):
        formula = altered_gradient(plan, slope, target)
        known = {**numbers, KAPPA: Number(record.factor)}
        with_numbers = altered_gradient(plan, numbers[G], numbers[THETA])
        used = Number(parameter.used[at])
        forms: Forms = (G, formula, bound_names(with_numbers, known), used)
        chains.append(_chain(forms, "", "="))
        symbols[G], numbers[G] = G, used
    for letter, array in parameter.before.items():
        numbers[Name(letter)] = Number(array[at])
    for assignment in plan.optimizer.assignments:
        made = assignment.target
        value = Number(parameter.found[made][at])
        forms = (
            symbols.get(made, made),
            bound_names(assignment.formula, symbols),
            bound_names(assignment.formula, numbers),
            value,
        )
        kept = made == THETA or made.id in parameter.before
        chains.append(_chain(forms, name if made == THETA else "", "←" if kept else "="))
        numbers[made] = value
    return chains


def _chain(forms: Forms, name: str, relation: str) -> Chain:
    target, formula, substituted, value = forms
    if not isinstance(value, Number):
        return Chain((target, formula, substituted, value), name, relation=relation)
    return evaluated((target, formula), substituted, value.value, name, relation=relation)


def _loss_section(
    graph: Graph, record: StepRecord, view: View, more: list[tuple[Expr, Any, Any]]
) -> Section:
    """Return the loss, what the network says, and ``more``, before the step and after it."""
    rows: list[tuple[Expr, Any, Any]] = []

    def row(ref: Ref, position: tuple[int, ...] = ()) -> None:
        before, after = (v[graph.number(ref)][position] for v in (record.before, record.after))
        rows.append((Quantity(ref), before, after))

    loss = graph.nodes[graph.end].ref
    row(loss)
    if graph.cost is not None and not graph.single:
        for sample in view.shown_samples(graph.samples):
            row(Ref("cost", sample=sample), (sample - 1,))
    for ref, position in answered(graph, view):
        row(ref, position)
    known = {quantity for quantity, *_ in rows}
    blocks = _compared([*rows, *(each for each in more if each[0] not in known)])
    number = graph.number(loss)
    if float(record.after[number]) > float(record.before[number]):
        blocks.append(note("it has grown: a smaller rate would take a shorter step"))
    title = "Before and after, by a fresh forward pass"
    return section("loss", title, blocks)


def _compared(rows: list[tuple[Expr, Any, Any]]) -> list[Block]:
    """Return the values before and after side by side; exact ones too long for that, in lines."""
    if all(is_short(value) for _, *values in rows for value in values):
        columns = (
            Column((), kind="label"),
            column("before", "figure"),
            column("after", "figure"),
            column("change", "figure"),
        )
        cells: list[tuple[Inline | None, ...]] = [
            (Math(quantity), Figure(before), Figure(after), Figure(after - before))
            for quantity, before, after in rows
        ]
        return [Table(columns, tuple(cells))]
    blocks: list[Block] = []
    for title, position in (("before", 1), ("after", 2)):
        chains = tuple(_value_chain(row[0], row[position]) for row in rows)
        blocks.append(section(f"loss-{title}", title, (Equations(chains),), 3))
    return blocks


def _value_chain(quantity: Expr, value: Any) -> Chain:
    """Return name = value ≈ decimals: ≈ only before what is rounded."""
    if getattr(value, "approximate", False):
        return Chain((quantity, Number(value)), "", "≈")
    if _terminates(value):
        return Chain((quantity, Number(value)))
    return Chain((quantity, Number(value), Number(float(value))), "", "≈")


def _terminates(value: Any) -> bool:
    """Return whether an exact number is one that decimals would only say again: 3, 15/4."""
    inner = getattr(value, "value", value)
    return isinstance(inner, Fraction) and 10**40 % inner.denominator == 0
