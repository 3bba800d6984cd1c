"""Vectors under functions without a formula: ∂z/∂x = (∂u/∂x)ᵀ ∂z/∂u, a sum over u's values."""

from __future__ import annotations

from ...expression.indices import Index
from ...expression.refs import Ref
from ...expression.tree import (
    BigSum,
    Derivative,
    Diff,
    Dots,
    Expr,
    MatMul,
    Name,
    Partial,
    Quantity,
    Tangent,
    add,
    mul,
)
from ...expression.walking import shown_positions, substitute
from ...functions.formula import Operation
from ...functions.tangents import dotted, write_tangent
from ...passes.paths import Edge
from ...worked.document import Block, Chain, Math, Note, Text
from ...worked.graphs.arrays import in_quantities, shared
from ...worked.graphs.messages import is_called
from .subject import Subject


def in_general(subject: Subject, number: int) -> list[Chain]:
    """Return ∂z/∂xⱼ = Σᵢ ∂z/∂uᵢ·∂uᵢ/∂xⱼ of what only such functions read, one of them a vector."""
    node = subject.graph.nodes[number]
    if len(node.shape) > 1 or not _sums(subject, number):
        return []
    ref = node.ref.at(*("j" for _ in node.shape))
    terms = [_general(subject, edge, ref) for edge in subject.edges(number)]
    return [Chain((Quantity(ref.grad()), add(*terms)))]


def by_entry(subject: Subject, ref: Ref) -> list[Expr]:
    """Return an entry's derivative as such a sum, then written out; nothing where it is none."""
    ref = ref.of()
    number = subject.graph.number(ref)
    if not _sums(subject, number):
        return []
    edges = subject.edges(number)
    written = [term for edge in edges for term in _written(subject, edge, ref)]
    return [add(*(_general(subject, edge, ref) for edge in edges)), add(*written)]


def shapes(subject: Subject, numbers: list[int]) -> list[Block]:
    """Return of each Jacobian what its rows and its columns are, and what its transpose takes."""
    found: list[Block] = []
    for number in numbers:
        for edge in subject.edges(number):
            above = subject.graph.nodes[edge.consumer].shape
            below = subject.graph.nodes[number].shape
            if subject.jacobian(edge) is None or not above:
                continue
            up, down = subject.ref(edge.consumer), subject.ref(number)
            columns = below[0] if below else 1
            rows = (Text(f" is {above[0]} × {columns}: a row for each value of "), _math(up))
            each = (Text(", a column for each of "), _math(down)) if below else ()
            takes = Text(f"; transposed, it takes the {above[0]} numbers that arrive to {columns}")
            found.append(Note((Math(subject.partial(edge)), *rows, *each, takes)))
    return found


def _math(ref: Ref) -> Math:
    return Math(Quantity(ref))


def _sums(subject: Subject, number: int) -> bool:
    """Return whether every consumer is a function without a formula, one of several values."""
    edges = subject.edges(number)
    several = any(subject.graph.nodes[edge.consumer].shape for edge in edges)
    return several and all(subject.jacobian(edge) is not None for edge in edges)


def _general(subject: Subject, edge: Edge, ref: Ref) -> Expr:
    """Return one consumer's term of ∂z/∂(entry): Σᵢ over its values, if it has several."""
    shape = subject.graph.nodes[edge.consumer].shape
    return BigSum("i", shape[0], _at(subject, edge, ref, "i")) if shape else _at(subject, edge, ref)


def _written(subject: Subject, edge: Edge, ref: Ref) -> list[Expr]:
    """Return the same with a term a value, the first ones and the last where there are many."""
    shape = subject.graph.nodes[edge.consumer].shape
    if not shape:
        return [_at(subject, edge, ref)]
    found: list[Expr] = []
    shown = shown_positions(shape[0], subject.writer.widest)
    for before, position in zip((0, *shown), shown, strict=False):
        if position != before + 1:
            found.append(Dots(position - before - 1))
        found.append(_at(subject, edge, ref, position))
    return found


def _at(subject: Subject, edge: Edge, ref: Ref, *value: Index) -> Expr:
    """Return ∂z/∂uᵢ·∂uᵢ/∂(entry); of the output its formula under ∂."""
    if edge.consumer == subject.output:
        return Diff(subject.body(edge.consumer), ref)
    consumer = subject.ref(edge.consumer).at(*value)
    return mul(Quantity(consumer.grad()), Partial(consumer, ref))


# -- forward


def carried(subject: Subject, number: int, moved: frozenset[int]) -> Expr:
    """Return a node's derivative in those of its parents that are moved, for whole arrays: J ẋ."""
    graph = subject.graph
    node, rule = graph.nodes[number], graph.formula(number)
    at = [k for k, parent in enumerate(node.parents) if parent in moved]
    shapes = (*(graph.nodes[parent].shape for parent in node.parents), node.shape)
    written = write_tangent(rule, frozenset(at), shapes)
    if written is None:
        below = [subject.ref(node.parents[k]) for k in at]
        return add(*(MatMul((Partial(node.ref, ref), Tangent(ref))) for ref in below))
    dots = {dotted(operand): node.parents[k] for k, operand in enumerate(rule.operands)}

    def put(leaf: Expr) -> Expr | None:
        if isinstance(leaf, Name) and leaf.id in dots:
            return Tangent(subject.ref(dots[leaf.id]).at(*leaf.index))
        return None

    tree = in_quantities(graph, number, substitute(written, put))
    for k in at:
        tree = named(subject, Edge(number, k), tree)
    return shared(tree, subject.trace) if subject.trace is not None else tree


def named(subject: Subject, edge: Edge, written: Expr) -> Expr:
    """Return a formula with g′(x) by its name where u = g(x): ∂u/∂x, of the output ∂f(u)/∂u."""
    if not is_called(subject.graph, edge):
        return written
    jacobian = subject.jacobian(edge)
    last = subject.graph.formula(edge.consumer).slots[-1]
    place = last.inputs.index(edge.position) + 1 if isinstance(last, Operation) else 0

    def put(node: Expr) -> Expr | None:
        return jacobian if isinstance(node, Derivative) and node.index in ((), (place,)) else None

    return substitute(written, put)
