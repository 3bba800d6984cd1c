"""Whole arrays of a computation graph in a line: the formula, the numbers put in, the value."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from ...expression.indices import positions
from ...expression.refs import Ref
from ...expression.tree import (
    ONE,
    Add,
    Call,
    Cases,
    Constant,
    Derivative,
    Div,
    Dots,
    Expr,
    MatMul,
    Matrix,
    Name,
    Number,
    Quantity,
    Tangent,
    Transpose,
    add,
)
from ...expression.walking import bind, children, holds, substitute
from ...functions.array_formulas import shared_out
from ...functions.tidying import tidied
from ...graph.names import own_name
from ...graph.records import Graph
from ...passes.trace import Trace
from ..document import Step, read_by
from ..steps import Writer
from ..view import View
from .array_values import Unknown, array_of, whole_number

Array = np.ndarray[Any, Any]
WIDEST = 8
"""Numbers that may stand side by side in a substituted line."""


def is_scalar(graph: Graph, number: int) -> bool:
    """Return whether a node and all that it reads are single numbers."""
    node = graph.nodes[number]
    return node.shape == () and all(graph.nodes[p].shape == () for p in node.parents)


def whole_value(graph: Graph, number: int) -> Expr:
    """Return a node's formula for whole arrays, in quantities."""
    shapes = tuple(graph.nodes[parent].shape for parent in graph.nodes[number].parents)
    return in_quantities(graph, number, graph.formula(number).write_value(shapes))


def whole_message(trace: Trace, consumer: int, position: int) -> Expr:
    """Return what a consumer sends to one parent, for whole arrays, in quantities.

    The gradient of the output is left out, being 1; where several entries are the largest, the
    gradient is divided by their number; where one is, it alone has it.
    """
    graph = trace.graph
    shapes = tuple(graph.nodes[parent].shape for parent in graph.nodes[consumer].parents)
    written = graph.formula(consumer).write_message(position, shapes)
    if consumer == graph.loss:
        written = tidied(bind(written, {"g": ONE}))
    return shared(in_quantities(graph, consumer, written), trace)


def shared(tree: Expr, trace: Trace) -> Expr:
    """Return a formula with the number of largest entries put in where several share."""
    return substitute(tree, lambda node: _shared(node, trace))


def _shared(node: Expr, trace: Trace) -> Expr | None:
    """Return [entry = largest] over the number of entries that are; alone where it is one."""
    try:
        match node:
            case Div(Cases() as chosen, _) if node == shared_out(chosen):
                ties = _ties(chosen, trace).sum()
                return Div(chosen, Number(Fraction(int(ties)))) if ties > 1 else chosen
            case Div(g, MatMul((Transpose(Cases() as chosen), Constant("ones")))):
                return g if _ties(chosen, trace).sum(axis=0).max() == 1 else None
            case Div(g, MatMul((Cases() as chosen, Constant("ones")))):
                return g if _ties(chosen, trace).sum(axis=1).max() == 1 else None
    except Unknown:
        pass
    return None


def _ties(chosen: Cases, trace: Trace) -> Array:
    """Return which entries are the largest, of all or of their line."""
    ((test, _),) = chosen.pieces
    largest = test.right
    match largest:
        case MatMul((Constant("ones"), repeated)) | MatMul((repeated, Transpose(Constant("ones")))):
            largest = repeated
    return np.asarray(whole_number(test.left, trace) == whole_number(largest, trace), dtype=bool)


def whole_step(writer: Writer, ref: Ref) -> Step:
    """Return the step of a whole array: its formula for arrays, or the sum of its messages."""
    graph, trace = writer.graph, writer.trace
    number = graph.number(ref)
    if ref.gradient:
        uses = [use for use in writer.consumers.get(number, ()) if use[0] in writer.reached]
        formula = add(*(whole_message(trace, *use) for use in uses))
    else:
        formula = whole_value(graph, number)
    value = array_of(trace, ref)
    rule = writer.reason(ref)
    name = own_name(ref, graph)
    return Step(name, ref, rule, read_by(formula), formula, formula, value)


def in_quantities(graph: Graph, number: int, written: Expr) -> Expr:
    """Return a rule's formula with its operands, ``g`` and ``out`` turned into quantities."""
    node = graph.nodes[number]
    refs = dict(
        zip(
            graph.rule(number).operands,
            (graph.nodes[parent].ref for parent in node.parents),
            strict=True,
        )
    )
    refs |= {"g": node.ref.grad(), "out": node.ref}

    def quantity(leaf: Expr) -> Expr | None:
        if not isinstance(leaf, Name) or leaf.id not in refs:
            return None
        return Quantity(refs[leaf.id].at(*leaf.index))

    return substitute(written, quantity)


def with_numbers(
    trace: Trace, tree: Expr, view: View, tangents: Sequence[Array] = ()
) -> Expr | None:
    """Return the formula with each quantity's numbers put in; None where they would not fit.

    What chooses or has no formula of its own on a line ([x = max x], step, f′) is worked out.
    ``tangents`` are what each node carries in forward mode.
    """

    def array(node: Expr) -> Array | None:
        if isinstance(node, Quantity):
            return array_of(trace, node.ref)
        if not isinstance(node, Tangent):
            return None
        number = trace.graph.number(node.ref)
        is_entry = trace.graph.nodes[number].ref != node.ref
        return np.asarray(
            tangents[number][positions(node.ref.index)] if is_entry else tangents[number]
        )

    def numbers(node: Expr) -> Expr | None:
        if isinstance(node, Transpose):
            found = array(node.operand)
            is_row = found is not None and found.ndim == 1
            return array_tree(found[None, :], view) if found is not None and is_row else None
        found = array(node)
        if found is not None:
            return array_tree(found, view)
        chooses = isinstance(node, Cases | Derivative)
        if not chooses and not (isinstance(node, Call) and node.function == "step"):
            return None
        try:
            return array_tree(whole_number(node, trace), view)
        except Unknown:
            return None

    substituted = substitute(tree, numbers)
    matrices = holds(substituted, Matrix)
    fits = view.full or _width(substituted) <= (WIDEST if matrices else 3 * WIDEST)
    return substituted if fits else None


def _width(tree: Expr, on_a_line: bool = False) -> int:
    """Return about how many numbers stand side by side in the formula."""
    if isinstance(tree, Matrix):
        return len(tree.rows[0]) * (len(tree.rows) if on_a_line else 1)
    if isinstance(tree, Number):
        return 1
    if isinstance(tree, Add) and not on_a_line:
        return max(_width(term) for term in tree.terms)  # it breaks before each
    inline = on_a_line or isinstance(tree, Div)
    inline = inline or (isinstance(tree, Call) and tree.function in ("exp", "abs", "sqrt"))
    return sum(_width(child, inline) for child in children(tree))


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
