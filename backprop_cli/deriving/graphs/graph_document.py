"""The document of a computation graph's derivation: its lines, then what the mode derives."""

from __future__ import annotations

from typing import Any

from ...expression.refs import Ref
from ...expression.tree import Expr, Quantity
from ...graph.records import Graph
from ...passes.noise import noise_sizes
from ...passes.trace import Trace
from ...problems import counted
from ...worked.building import note, paragraph, section
from ...worked.document import (
    Block,
    Chain,
    Code,
    Document,
    Equations,
    Note,
    Picture,
    Section,
    Text,
)
from ...worked.entry_steps import ending, worked_chain
from ...worked.graphs.array_values import array_of
from ...worked.graphs.arrays import array_tree, is_scalar, whole_value, with_numbers
from ...worked.graphs.remarks import with_symbols_said
from ...worked.trace.pictures import fits, pictured, way_of
from ...worked.trace.trace_document import shape_sentence
from ...worked.view import View
from . import Mode
from .expanding import check_closed_form as check_closed_form
from .subject import Subject

SEEN_AS_GRAPH = "the network is seen as its computation graph: a node an activation, weights too"
MOST_NODES = 60
"""Lines of the graph that are repeated before it is derived."""


def derived(
    graph: Graph,
    trace: Trace | None,
    mode: Mode,
    wanted: tuple[Ref, ...],
    view: View,
    conventions: tuple[str, ...] = (),
) -> tuple[Document, dict[str, Any]]:
    """Return the derivation of the wanted gradients (none: of every node), and plain data."""
    subject = Subject(graph, trace, wanted, view)
    opening: list[Block] = [paragraph(shape_sentence(graph))]
    opening += [note(sentence) for sentence in conventions]
    shown = trace or graph
    lines = _lines(subject)
    worked = mode.work(subject)
    blocks: list[Block] = [lines, *with_symbols_said(worked.blocks)]
    if wanted:
        opening += way_of(shown, wanted[0].grad())
    else:
        blocks = _with_pictures(blocks, shown)
    title = graph.name or "Computation graph"
    noise = noise_sizes(trace) if trace is not None else frozenset()
    return Document(title, (*opening, *blocks), noise=noise), worked.data


def _with_pictures(blocks: list[Block], shown: Trace | Graph) -> list[Block]:
    """Return the blocks with the graph drawn beside its lines, and its backward pass beside it."""
    found = pictured(blocks, shown)
    if not fits(shown):
        return found
    return [
        Section(b.id, b.title, (Picture(shown, "backward"), *b.blocks), b.level)
        if isinstance(b, Section) and b.id == "reverse"
        else b
        for b in found
    ]


# -- the graph's lines


def _lines(subject: Subject) -> Section:
    """Return each line of the graph that matters, with its numbers if there are any."""
    graph = subject.graph
    every = subject.between(subject.starts())[::-1] if subject.wanted else range(len(graph.nodes))
    kept = {p for n in every for p in (n, *graph.nodes[n].parents)}
    nodes = [n for n in every if n not in graph.given]
    leaves = [n for n in graph.given if n in kept]
    beside = sorted(kept.difference(leaves, nodes))  # what a line reads off the way to the output
    given = [_given(subject, n) for n in (*leaves, *beside)[:MOST_NODES]] if subject.trace else []
    blocks: list[Block] = [Equations(tuple(given))] if given else []
    blocks.append(Equations(tuple(_line(subject, n) for n in nodes[:MOST_NODES])))
    left = len(nodes) - MOST_NODES
    if left > 0:
        more = f"{counted(left, 'more node')}: "
        blocks.append(Note((Text(more), Code("backprop trace --full"), Text(" shows all"))))
    return section("forward", "The graph", blocks)


def _given(subject: Subject, number: int) -> Chain:
    quantity = Quantity(subject.ref(number))
    value = array_tree(array_of(subject.numbers, quantity.ref), subject.view)
    return ending((quantity, value), _label(subject, number))


def _line(subject: Subject, number: int) -> Chain:
    quantity = Quantity(subject.ref(number))
    label = _label(subject, number)
    if subject.trace is None:
        scalar = is_scalar(subject.graph, number)
        written = subject.body(number) if scalar else whole_value(subject.graph, number)
        return Chain((quantity, written), label)
    if is_scalar(subject.graph, number):
        chain = worked_chain(subject.writer.step(quantity.ref))
        return Chain(chain.forms, label, chain.closing)
    formula = whole_value(subject.graph, number)
    forms: list[Expr] = [quantity, formula]
    put = with_numbers(subject.trace, formula, subject.view)
    forms += [put] if put is not None and not isinstance(formula, Quantity) else []
    value = array_tree(array_of(subject.trace, quantity.ref), subject.view)
    return Chain((*forms, value), label)


def _label(subject: Subject, number: int) -> str:
    """Return the plain name beside a line, where the letters on it are a notation's."""
    return subject.name(number) if subject.graph.origin is not None else ""
