"""The loss, term by term: each output's share, the sum, the batch, the penalties."""

from __future__ import annotations

import math

import numpy as np

from ...expression.refs import Ref
from ...expression.tree import Quantity
from ...graph.names import probability_ref
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
)
from ..entry_steps import worked_chain
from ..steps import Writer
from ..view import View
from .cells import axes_label, entry_label, heading, sample_caption, samples_note, settled, stacked


def loss_section(trace: Trace, view: View) -> Section:
    """Return the section of the loss."""
    graph = trace.graph
    writer = Writer(trace, view.widest_sum, nested=view.most_products)
    blocks: list[Block] = [*_general(trace)]
    samples = view.shown_samples(graph.samples)
    shape = graph.nodes[graph.terms].shape if graph.terms is not None else ()
    if view.brief and len(shape) > 1 and not graph.takes_softmax:
        from .briefly import briefly_worked, side_by_side

        one = writer.step(_largest_term(trace, samples[0]))
        blocks.append(Equations((briefly_worked(trace, one),)))
        blocks += side_by_side(writer, [Ref("loss_terms")], view)
    else:
        tables = [_terms_table(writer, sample, view) for sample in samples]
        blocks.append(stacked(tables, samples))
    if graph.single or math.prod(shape) > 1:
        costs = [Ref("cost", sample=s) for s in samples if not graph.single] or [_total_ref(trace)]
        blocks.append(Equations(tuple(worked_chain(writer.step(cost)) for cost in costs)))
    blocks += samples_note(trace, samples)
    if not graph.single:
        blocks.append(Equations((worked_chain(writer.step(_total_ref(trace))),)))
    if graph.penalties:
        summands = [graph.nodes[number].ref for number in graph.penalties]
        blocks.append(
            Equations(tuple(worked_chain(writer.step(r)) for r in (*summands, Ref("loss"))))
        )
    blocks += _kinks(trace)
    blocks += steps_counted(graph)
    return section("loss", f"Loss: {graph.loss_said}", blocks)


def steps_counted(graph: Graph) -> list[Note]:
    """Return what is said of how much each step of a sequence counts in the loss."""
    said = []
    if graph.weighs_steps:
        words = "m says how much a step counts: 0 where it has no target; under a mean over time, "
        said.append(f"{words}1 over the number of steps that have one")
    if graph.lengths:
        said.append(graph.endings)
    return [note(words) for words in said]


def _total_ref(trace: Trace) -> Ref:
    """Return the loss of the data: the loss itself where nothing is added to it."""
    return Ref("data_loss") if trace.graph.penalties else Ref("loss")


def _general(trace: Trace) -> list[Block]:
    writer = Writer(trace, general=True)
    joint = trace.graph.loss_name == "expression"
    target = trace.graph.general(Ref("loss_terms"), "k")
    try:
        term = writer.value_formula(target)
    except (ValueError, KeyError):
        return []
    if joint:
        return [Equations((Chain((Quantity(Ref("cost", sample=target.sample)), term)),))]
    chain = Chain((Quantity(target), term))
    if not trace.graph.takes_softmax:
        return [Equations((chain,))]
    from .likely import probability_rule

    return [Equations((probability_rule(writer, target), chain))]


def _terms_table(writer: Writer, sample: int, view: View) -> Table:
    terms, graph = Ref("loss_terms"), writer.graph
    shape = graph.shape_of(graph.number(terms), sample) if graph.terms is not None else ()
    trace, of_sample = writer.trace, None if writer.graph.single else sample
    likely = None
    if graph.takes_softmax:
        from ..probabilities import probabilities

        likely = probabilities(trace)
    columns = [Column((axes_label(graph, terms, "output"),), kind="label")]
    if likely is not None:
        columns.append(Column(heading(probability_ref(graph.general(terms, "k"))), "p"))
    columns.append(column("term", "work"))
    columns.append(Column(heading(graph.general(terms, "k")), "loss_terms"))
    rows: list[tuple[Inline | None, ...]] = []
    for k in _with_largest(view.entries(shape), trace, sample):
        if not k:
            rows.append((None,) * len(columns))
            continue
        step = writer.step(Ref("loss_terms", None, False, of_sample, k))
        own = () if likely is None else (Figure(likely[(sample - 1, *(i - 1 for i in k))]),)
        work = settled(trace, step.substituted)
        rows.append((entry_label(k), *own, Math(work), Figure(step.value)))
    return Table(tuple(columns), tuple(rows), sample_caption(trace, sample))


def _with_largest(
    shown: tuple[tuple[int, ...], ...], trace: Trace, sample: int
) -> tuple[tuple[int, ...], ...]:
    """Return the entries shown, among them the largest term: of a class it is the only one.

    An empty entry is a gap.
    """
    if () not in shown[1:] or trace.graph.terms is None:
        return shown
    largest = _largest_term(trace, sample).index
    if largest in shown:
        return shown
    gap = shown.index(())
    before = () if len(largest) == 1 and largest[0] == shown[gap - 1][0] + 1 else ((),)
    after = () if len(largest) == 1 and largest[0] == shown[gap + 1][0] - 1 else ((),)
    return (*shown[:gap], *before, largest, *after, *shown[gap + 1 :])


def _largest_term(trace: Trace, sample: int) -> Ref:
    """Return the loss's largest term of a sample."""
    values = trace.values[trace.graph.number(Ref("loss_terms"))][sample - 1]
    sizes = [abs(float(each)) for each in values.ravel()]
    at = np.unravel_index(int(np.argmax(sizes)), values.shape)
    index = tuple(int(i) + 1 for i in at)
    return Ref("loss_terms", sample=None if trace.graph.single else sample, index=index)


def _kinks(trace: Trace) -> list[Block]:
    graph = trace.graph
    if graph.terms is None or graph.target is None:
        return []
    rule = graph.rule(graph.terms)
    notes: list[Block] = []
    for kink in rule.kinks:
        names = {"a": trace.values[graph.output], "y": trace.values[graph.target]}
        hit = np.argwhere(trace.arithmetic.elementwise(formula(kink.at), names) == 0)
        if len(hit):
            index = ",".join(str(int(i) + 1) for i in (hit[0][1:] if graph.single else hit[0]))
            more = f" (and {len(hit) - 1} more)" if len(hit) > 1 else ""
            text = f"{more} is at a kink; the derivative used: {kink.says}"
            notes.append(Note((Code(f"loss_terms[{index}]"), Text(text))))
    return notes
