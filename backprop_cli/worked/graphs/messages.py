"""The backward pass of a computation graph: incoming gradient × local gradient, edge by edge."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ...expression.refs import plain_name
from ...expression.tree import (
    ONE,
    Compare,
    Diff,
    Dots,
    Expr,
    Name,
    Number,
    Partial,
    Quantity,
    add,
    mul,
)
from ...expression.walking import children, shown_positions, walk
from ...functions.array_formulas import ONES
from ...functions.formula import Operation
from ...functions.unspecified import Unspecified
from ...graph.names import own_name
from ...graph.records import Graph
from ...passes.paths import Edge
from ...passes.trace import Trace
from ..building import column, section
from ..document import (
    Block,
    Chain,
    Equations,
    Figure,
    Inline,
    Math,
    Note,
    Section,
    Table,
    Text,
)
from ..entry_steps import evaluated, is_readable
from ..steps import Writer
from ..trace.cells import settled
from ..view import MOST_LINES, View
from .array_values import array_of
from .arrays import array_tree, in_quantities, is_scalar, whole_message, with_numbers
from .remarks import gate_notes

Array = np.ndarray[Any, Any]
CANCELLED = 1e-14
"""Of the terms' size, what is left of a sum that is rounding alone."""
MOST_EDGES = 40
"""Edges of one node that the table shows; past it the first ones and the last."""
MOST_LEAVES = 8
"""Numbers and letters of a local gradient in the table; where one has more, all stand in lines."""


def edges_into(writer: Writer, number: int) -> list[Edge]:
    """Return the edges along which a node receives its gradient, in the order of the file."""
    uses = writer.consumers.get(number, ())
    return [Edge(c, position) for c, position in uses if c in writer.reached]


def local_formula(graph: Graph, edge: Edge) -> Expr:
    """Return ∂consumer/∂parent between single numbers; of an unspecified function, its name."""
    rule = graph.formula(edge.consumer)
    if not is_called(graph, edge):
        return in_quantities(graph, edge.consumer, rule.local(edge.position))
    node = graph.nodes[edge.consumer]
    return Partial(node.ref, graph.nodes[node.parents[edge.position]].ref)


def is_called(graph: Graph, edge: Edge) -> bool:
    """Return whether the consumer is an unspecified function of the parent itself: u = g(x)."""
    rule = graph.formula(edge.consumer)
    last = rule.slots[-1]
    if not (
        isinstance(last, Operation)
        and isinstance(last.primitive, Unspecified)
        and last.inputs.count(edge.position) == 1
    ):
        return False
    others = [i for i in last.inputs if i != edge.position]
    return all(edge.position not in rule.needs[i] for i in others)


def local_value(trace: Trace, edge: Edge) -> Any:
    """Return the number of a local gradient between single numbers."""
    one = trace.arithmetic.array(np.asarray(1))
    with np.errstate(all="ignore"):
        return trace.share(edge.consumer, edge.position, one)[()]


def backward_section(writer: Writer, view: View) -> Section:
    """Return the backward pass: a line an edge, the sums, and what each kind of gate does."""
    graph = writer.graph
    order = [
        number
        for number in range(len(graph.nodes) - 1, -1, -1)
        if number in writer.reached and number != graph.loss
    ]
    start = Chain((Quantity(graph.nodes[graph.output].ref.grad()), ONE))
    blocks: list[Block] = [Equations((start,))]
    shown = order if view.full else _first(writer, order)
    edges = [edge for number in shown for edge in edges_into(writer, number)]
    if all(is_scalar(graph, edge.consumer) and _fits(graph, edge) for edge in edges):
        blocks += [_table(writer, shown, 10**9 if view.full else MOST_EDGES), *_sums(writer, shown)]
    else:
        chains = [tuple(_chains(writer, number, view)) for number in shown]
        blocks += map(Equations, chains)
        blocks += ones_note(chain for each in chains for chain in each)
    if len(shown) < len(order):
        left = Text(f"{len(order) - len(shown)} more nodes: --full shows all")
        blocks.append(Note((left,)))
    unreached = [
        Math(Quantity(node.ref))
        for number, node in enumerate(graph.nodes)
        if number not in writer.reached and node.wants_gradient
    ]
    if unreached:
        blocks.append(_unreached(unreached))
    return section("backward", "Backward", (*blocks, *gate_notes(graph)))


def _fits(graph: Graph, edge: Edge) -> bool:
    """Return whether a local gradient has room in a table: a whole neuron in one line has not.

    Of a network seen as a graph it stays there: many messages of few kinds want short names.
    """
    if graph.origin is not None:
        return True
    leaves = (node for node in walk(local_formula(graph, edge)) if not children(node))
    return sum(1 for _ in leaves) <= MOST_LEAVES


def ones_note(chains: Iterable[Chain]) -> list[Block]:
    """Return what 𝟏 is, where it stands in an equation."""
    said = Note((Math(ONES), Text(" has a 1 in every entry")))
    return [said] if any(ONES in walk(form) for c in chains for form in c.forms) else []


def _first(writer: Writer, order: list[int]) -> list[int]:
    """Return the first nodes whose edges together are not too many lines."""
    lines = 0
    shown: list[int] = []
    for number in order:
        lines += min(MOST_EDGES, len(edges_into(writer, number)))
        if lines > MOST_LINES and shown:
            break
        shown.append(number)
    return shown


def _unreached(found: list[Math]) -> Note:
    names: list[Inline] = []
    for position, name in enumerate(found[:8]):
        names += [Text(", "), name] if position else [name]
    more = f" and {len(found) - 8} more" if len(found) > 8 else ""
    what = " does" if len(found) == 1 else " do"
    said = f"{more}{what} not reach the output: gradient 0"
    return Note((*names, Text(said)))


# -- single numbers: a table


def _table(writer: Writer, numbers: list[int], most: int) -> Table:
    """Return the edges as rows: incoming × local = message, and each node's gradient.

    Of a node with more than ``most`` edges the first ones and the last are shown.
    """
    graph, trace = writer.graph, writer.trace
    columns = [
        column("node"),
        column("through"),
        column("incoming", "figure"),
        column("local gradient", "work"),
        column("value", "figure"),
        column("message", "figure"),
        column("gradient", "figure"),
    ]
    rows: list[tuple[Inline | None, ...]] = []
    for number in numbers:
        edges = edges_into(writer, number)
        total = Figure(array_of(trace, graph.nodes[number].ref.grad())[()])
        shown = shown_positions(len(edges), most)
        for before, position in zip((0, *shown), shown, strict=False):
            if position != before + 1:
                rows.append((None,) * len(columns))
            name = Math(Quantity(graph.nodes[number].ref)) if position == 1 else Text("")
            last = total if position == len(edges) else Text("")
            rows.append((name, *_row(writer, edges[position - 1]), last))
    return Table(tuple(columns), tuple(rows))


def _row(writer: Writer, edge: Edge) -> tuple[Inline, ...]:
    """Return an edge's cells: through, incoming, local gradient and its value, message."""
    graph, trace = writer.graph, writer.trace
    consumer, formula = graph.nodes[edge.consumer].ref, local_formula(graph, edge)
    substituted = settled(trace, writer.numbers(formula))
    same = isinstance(formula, Quantity) or formula == substituted
    same = same or not is_readable(substituted)
    return (
        Math(Quantity(consumer)),
        Figure(array_of(trace, consumer.grad())[()]),
        Math(formula if same else Compare("==", formula, substituted)),
        Figure(local_value(trace, edge)),
        Figure(trace.message(edge.consumer, edge.position)[()]),
    )


def _sums(writer: Writer, numbers: list[int]) -> list[Block]:
    """Return the chain rule over several consumers, for each node that has them."""
    graph, trace = writer.graph, writer.trace
    chains = []
    for number in numbers:
        edges = edges_into(writer, number)
        if len(edges) < 2:
            continue
        ref = graph.nodes[number].ref
        terms: list[Expr] = []
        messages: list[Expr] = []
        shown = shown_positions(len(edges), writer.widest)
        for before, position in zip((0, *shown), shown, strict=False):
            if position != before + 1:
                terms.append(Dots(position - before - 1))
                messages.append(terms[-1])
            edge = edges[position - 1]
            consumer = graph.nodes[edge.consumer].ref
            if edge.consumer == graph.loss:  # ∂o/∂a is the whole sum: the term is of o's formula
                terms.append(Diff(_body(graph, edge.consumer), ref))
            else:
                terms.append(mul(Quantity(consumer.grad()), Partial(consumer, ref)))
            messages.append(Number(trace.message(edge.consumer, edge.position)[()]))
        total = array_of(trace, ref.grad())[()]
        forms = (Quantity(ref.grad()), add(*terms))
        chains.append(evaluated(forms, add(*messages), total, own_name(ref.grad(), graph)))
    return [Equations(tuple(chains))] if chains else []


def _body(graph: Graph, number: int) -> Expr:
    """Return the formula of a single number in the quantities that it is computed from."""
    return in_quantities(graph, number, graph.formula(number).tree)


# -- arrays: a line an edge


def _chains(writer: Writer, number: int, view: View) -> list[Chain]:
    """Return a node's messages, one a line, and their sum where there are several."""
    graph, trace = writer.graph, writer.trace
    ref = graph.nodes[number].ref
    edges = edges_into(writer, number)
    target = Quantity(ref.grad())
    total = array_tree(array_of(trace, target.ref), view)
    chains = []
    for edge in edges:
        formula = whole_message(trace, edge.consumer, edge.position)
        message = array_tree(trace.message(edge.consumer, edge.position), view)
        name = own_name(ref.grad(), graph)
        left: Expr = target
        if len(edges) > 1:
            consumer = graph.nodes[edge.consumer].ref
            name, left = f"through {plain_name(consumer)}", message_name(writer, edge)
        forms = [left, formula]
        numbers = with_numbers(trace, formula, view)
        if numbers is not None and not isinstance(formula, Quantity):
            forms.append(numbers)
        chains.append(Chain((*forms, message), name))
    if len(edges) > 1:
        shown = shown_positions(len(edges), writer.widest)
        terms = [message_name(writer, edges[i - 1]) for i in shown]
        put = summed(trace, [edges[i - 1] for i in shown], view)
        forms = [target, add(*terms), *put, total]
        chains.append(Chain(tuple(forms), own_name(ref.grad(), graph)))
    return chains


def summed(trace: Trace, edges: list[Edge], view: View) -> list[Expr]:
    """Return the messages' sum in numbers: of a single number, and where arrays leave noise."""
    messages = [trace.message(edge.consumer, edge.position) for edge in edges]
    if messages[0].shape and not _cancel(messages):
        return []
    return [add(*(array_tree(message, view) for message in messages))]


def _cancel(messages: list[Array]) -> bool:
    """Return whether an entry of the sum is as little beside its terms as their rounding."""
    if not all(message.dtype == np.float64 for message in messages):
        return False
    total, size = np.abs(sum(messages)), sum(map(np.abs, messages))
    return bool(((total > 0) & (total < CANCELLED * size)).any())


def message_name(writer: Writer, edge: Edge) -> Expr:
    """Return the name of a message: μ, lowered its consumer, and to whom where it sends several."""
    graph = writer.graph
    node = graph.nodes[edge.consumer]
    added = [p for p in dict.fromkeys(node.parents) if len(edges_into(writer, p)) > 1]
    to = graph.nodes[node.parents[edge.position]].ref
    names = (node.ref, to) if len(added) > 1 else (node.ref,)
    return Name("mu", tuple(plain_name(ref, graph.in_out) for ref in names))
