"""Whole arrays of a computation graph in a line: the formula, the numbers put in, the value."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..expression.refs import Ref
from ..expression.tree import Dots, Expr, Matrix, Name, Number, Quantity, add
from ..expression.walking import children, substitute, walk
from ..graph.names import plain_name
from ..graph.records import Graph
from ..passes.trace import Trace
from .document import Step
from .steps import Writer
from .view import View

Array = np.ndarray[Any, Any]
MOST_NUMBERS = 24
"""Entries that the arrays of one substituted line may have together."""


def is_scalar(graph: Graph, number: int) -> bool:
    """Return whether a node and all that it reads are single numbers."""
    node = graph.nodes[number]
    return node.shape == () and all(graph.nodes[p].shape == () for p in node.parents)


def whole_value(graph: Graph, number: int) -> Expr:
    """Return a node's formula for whole arrays, in quantities."""
    node = graph.nodes[number]
    rule: Any = node.rule
    shapes = tuple(graph.nodes[parent].shape for parent in node.parents)
    return in_quantities(graph, number, rule.write_value(shapes))


def whole_message(graph: Graph, consumer: int, position: int) -> Expr:
    """Return what a consumer sends to one parent, for whole arrays, in quantities."""
    node = graph.nodes[consumer]
    rule: Any = node.rule
    shapes = tuple(graph.nodes[parent].shape for parent in node.parents)
    return in_quantities(graph, consumer, rule.write_message(position, shapes))


def whole_step(writer: Writer, ref: Ref) -> Step:
    """Return the step of a whole array: its formula for arrays, or the sum of its messages."""
    graph, trace = writer.graph, writer.trace
    number = graph.number(ref)
    if ref.gradient:
        uses = [use for use in writer.consumers.get(number, ()) if use[0] in writer.reached]
        formula = add(*(whole_message(graph, *use) for use in uses))
    else:
        formula = whole_value(graph, number)
    uses_of = (node.ref for node in walk(formula) if isinstance(node, Quantity))
    value = array_of(trace, Quantity(ref))
    rule = writer.rule_name(ref)
    name = plain_name(ref, graph.in_out)
    return Step(name, ref, rule, tuple(dict.fromkeys(uses_of)), formula, formula, value)


def in_quantities(graph: Graph, number: int, written: Expr) -> Expr:
    """Return a rule's formula with its operands, ``g`` and ``out`` turned into quantities."""
    node = graph.nodes[number]
    rule: Any = node.rule
    refs = dict(
        zip(rule.operands, (graph.nodes[parent].ref for parent in node.parents), strict=True)
    )
    refs |= {"g": node.ref.grad(), "out": node.ref}

    def quantity(leaf: Expr) -> Expr | None:
        if not isinstance(leaf, Name) or leaf.id not in refs:
            return None
        return Quantity(refs[leaf.id].at(*leaf.index))

    return substitute(written, quantity)


def with_numbers(trace: Trace, tree: Expr, view: View) -> Expr | None:
    """Return the formula with each quantity's numbers put in; None where they would not fit."""
    used = {node.ref for node in walk(tree) if isinstance(node, Quantity)}
    size = sum(int(np.prod(array_of(trace, node).shape, dtype=int)) for node in map(Quantity, used))
    if size > MOST_NUMBERS and not view.full:
        return None
    return substitute(
        tree,
        lambda node: (
            array_tree(array_of(trace, node), view) if isinstance(node, Quantity) else None
        ),
    )


def array_of(trace: Trace, quantity: Quantity) -> Array:
    """Return a quantity's numbers; zeros for a gradient that does not reach it."""
    ref = quantity.ref
    number = trace.graph.number(ref)
    value = trace.values[number]
    array = trace.gradients[number] if ref.gradient else value
    if array is None:
        array = trace.arithmetic.array(np.zeros(value.shape))
    if ref.index and trace.graph.nodes[number].shape:
        array = np.asarray(array[tuple(int(i) - 1 for i in ref.index)])
    return array


def array_tree(array: Array, view: View) -> Expr:
    """Return an array as a matrix, a vector as a column; its corner where it is large."""
    if array.shape == ():
        return Number(array[()])
    table = array[:, None] if array.ndim == 1 else array
    rows, columns = view.rows(table.shape[0]), view.columns(table.shape[1])
    return Matrix(
        tuple(
            tuple(Number(table[i - 1, j - 1]) if i and j else Dots(1) for j in columns)
            for i in rows
        )
    )


def is_flat(tree: Expr) -> bool:
    """Return whether no matrix stands in the tree."""
    return not isinstance(tree, Matrix) and all(map(is_flat, children(tree)))
