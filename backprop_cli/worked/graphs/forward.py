"""A computation graph forward: what is given, and a line a node."""

from __future__ import annotations

from ...expression.refs import plain_name
from ...expression.tree import Expr, Quantity
from ...graph.records import Graph
from ..building import note, section
from ..document import Block, Chain, Equations, Section
from ..entry_steps import worked_chain
from ..steps import Writer
from ..view import MOST_LINES, View
from .array_values import array_of
from .arrays import array_tree, is_scalar, whole_value, with_numbers
from .remarks import kink_notes


def forward_section(writer: Writer, view: View) -> Section:
    """Return what is given, then a line a node."""
    graph = writer.graph
    leaves = [_given(writer, number, view) for number in graph.given]
    lines = [number for number in range(len(graph.nodes)) if number not in graph.given]
    shown = lines if view.full else lines[:MOST_LINES]
    blocks: list[Block] = []
    if leaves:
        blocks.append(Equations(tuple(leaves if view.full else leaves[:MOST_LINES])))
    blocks.append(Equations(tuple(_line(writer, number, view) for number in shown)))
    if len(shown) < len(lines):
        blocks.append(note(f"{len(lines) - len(shown)} more nodes: --full shows all"))
    return section("forward", "Forward", (*blocks, *kink_notes(writer.trace)))


def _given(writer: Writer, number: int, view: View) -> Chain:
    quantity = Quantity(writer.graph.nodes[number].ref)
    value = array_tree(array_of(writer.trace, quantity.ref), view)
    return Chain((quantity, value), _name(writer.graph, number))


def _line(writer: Writer, number: int, view: View) -> Chain:
    """Return a node's line: its formula, the numbers put in, the value."""
    graph, trace = writer.graph, writer.trace
    quantity = Quantity(graph.nodes[number].ref)
    name = _name(graph, number)
    if is_scalar(graph, number):
        chain = worked_chain(writer.step(quantity.ref))
        return Chain(chain.forms, name, chain.closing)
    formula = whole_value(graph, number)
    forms: list[Expr] = [quantity, formula]
    numbers = with_numbers(trace, formula, view)
    if numbers is not None and not isinstance(formula, Quantity):
        forms.append(numbers)
    return Chain((*forms, array_tree(array_of(trace, quantity.ref), view)), name)


def _name(graph: Graph, number: int) -> str:
    """Return the plain name beside a line, where the letters on it are a notation's."""
    return plain_name(graph.nodes[number].ref, graph.in_out) if graph.origin is not None else ""
