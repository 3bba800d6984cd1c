"""A computation graph: a node an operation, the value over each edge, its gradient under it.

What an edge carries back is the share of this one consumer; where a node has several consumers,
the sum of the shares stands at the node itself.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from msgspec import structs

from ..expression.axes import dimensions
from ..expression.refs import Ref, plain_name
from ..expression.tree import (
    Add,
    Call,
    Div,
    Expr,
    Known,
    MatMul,
    Mul,
    Name,
    Neg,
    Number,
    Partial,
    Pow,
    Quantity,
)
from ..expression.walking import holds, substitute
from ..graph.parts import Given, Node
from ..graph.records import Graph
from ..notation.bound import bound
from ..notation.facts import facts_of
from ..passes.trace import Trace, all_finite
from ..worked.document import Line, Math, Text
from ..worked.graphs.arrays import whole_value
from .network import Parts, look
from .ordering import longest_paths
from .scene import DrawnEdge, DrawnNode, Label, NodeKind, Role
from .scribe import Scribe
from .vectors import is_small

GATES: dict[type[Expr], str] = {Add: "+", Mul: "×", Neg: "−", Div: "÷", MatMul: "×"}
"""Operations by their signs."""
SIGNS = {"xlogy": "× ln", "xdivy": "÷"}
"""What functions are drawn as that have no name of their own on a page."""
TALL = 32.0
"""Height of a box."""


def computation_parts(scribe: Scribe) -> Parts:
    """Return the graph's nodes and edges; a node that nothing reads is drawn too."""
    graph = scribe.graph
    ids, links = _links(graph)
    columns, consumers = longest_paths(ids, links), graph.consumers
    nodes = [
        _node(scribe, number, columns[ids[number]], {c for c, _ in consumers.get(number, ())})
        for number in range(len(graph.nodes))
    ]
    edges = [
        _edge(scribe, parent, number, ids)
        for number, node in enumerate(graph.nodes)
        for parent in dict.fromkeys(node.parents)
    ]
    return Parts(nodes, edges, fixed=False)


def reach(graph: Graph) -> int:
    """Return how many columns all lines of the picture cross, and how many nodes it has."""
    ids, links = _links(graph)
    columns = longest_paths(ids, links)
    return len(ids) + sum(columns[target] - columns[source] for source, target in links)


def _links(graph: Graph) -> tuple[list[str], list[tuple[str, str]]]:
    ids = [node_id(node.ref) for node in graph.nodes]
    return ids, [
        (ids[parent], ids[number])
        for number, node in enumerate(graph.nodes)
        for parent in dict.fromkeys(node.parents)
    ]


def node_id(ref: Ref) -> str:
    """Return the plain name in letters, digits and underscores."""
    sample = () if ref.sample is None else (ref.sample,)
    layer = "" if ref.layer is None else str(ref.layer)
    return "_".join([f"{ref.part}{layer}", *map(str, (*sample, *ref.index))])


def _node(scribe: Scribe, number: int, column: int, consumers: set[int]) -> DrawnNode:
    graph, wish = scribe.graph, scribe.wish
    node = graph.nodes[number]
    is_output, is_leaf = number == graph.output, node.rule is None
    is_data = graph.origin is not None and node.ref.part in ("x", "y")
    role: Role = "cost" if is_output else "name"
    if is_leaf:
        role = "forward" if is_data else "parameter"
    label = scribe.symbol(node.ref, role) if is_leaf else _formula(scribe, node, role)
    if wish.gates and not is_leaf:
        label = _gate(scribe, node, role)
    above: list[Label] = []
    below: list[Label] = []
    if is_output or not consumers:
        above += _value(scribe, number, "cost" if is_output else "forward")
    total = is_output or len(consumers) > 1 or (is_leaf and scribe.trace is None)
    if wish.backward and total and node.wants_gradient:
        below.append(_total(scribe, node.ref))
    if wish.local_gradients and not is_leaf and scribe.trace is not None:
        below += _local(scribe, number)
    kind: NodeKind = "operation"
    if is_leaf:
        kind = "input" if is_data else "parameter"
    return DrawnNode(
        node_id(node.ref),
        kind,
        label,
        tuple(above),
        tuple(below),
        column,
        number,
        width=max(TALL, label.width + 18),
        height=max(TALL, label.width + 18) if is_data else TALL,
        refs=(node.ref, node.ref.grad()),
        title=plain_name(node.ref, graph.in_out),
    )


def _formula(scribe: Scribe, node: Node, role: Role) -> Label:
    """Return ``c = a + b``: what a node computes, in the names of what it reads.

    Of arrays as the page has it: a product entry by entry is none of matrices.
    """
    graph = scribe.graph
    of_arrays = any(graph.nodes[parent].shape for parent in node.parents)
    tree = whole_value(graph, graph.number(node.ref)) if of_arrays else formula_of(graph, node)
    name, formula = scribe.adapted(Quantity(node.ref), tree)[:2]
    return scribe.line((Math(name), Text(" = "), Math(formula)), role, 15.0)


def _gate(scribe: Scribe, node: Node, role: Role) -> Label:
    """Return an operation's sign alone: ×, +, or the function's name."""
    tree = formula_of(scribe.graph, node)
    if isinstance(tree, Call) and tree.function in SIGNS:
        return scribe.line((Text(SIGNS[tree.function]),), role, 17.0)
    if isinstance(tree, Call):
        notation = scribe.notation
        own = notation.activation_letter if tree.function == notation.facts.activation else ""
        return scribe.line((Math(Name(own or notation.activation(tree.function))),), role, 17.0)
    sign = next((sign for kind, sign in GATES.items() if isinstance(tree, kind)), "")
    if isinstance(tree, Add) and len(tree.terms) == 2 and isinstance(tree.terms[1], Neg):
        sign = "−"
    line: Line = (Text(sign),)
    match tree:
        case Mul(factors) if constants := tuple(filter(_is_constant, factors)):
            line = (Text(f"{sign} "), Math(constants[0]))
        case Pow(_, Number(Fraction(numerator=2, denominator=1))):
            line = (Text("( )²"),)
    return scribe.line(line, role, 17.0) if line != (Text(""),) else _formula(scribe, node, role)


def _is_constant(tree: Expr) -> bool:
    return not holds(tree, Quantity)


def formula_of(graph: Graph, node: Node) -> Expr:
    """Return a node's formula in whole quantities."""
    rule = graph.formula(graph.number(node.ref))
    refs = [graph.nodes[parent].ref for parent in node.parents]
    operands = dict(zip(rule.operands, refs, strict=True))

    def change(node: Expr) -> Expr | None:
        if isinstance(node, Name) and node.id in operands:
            return Quantity(operands[node.id])
        if isinstance(node, Call) and node.function == "matmul":
            return MatMul(tuple(substitute(factor, change) for factor in node.arguments))
        return None

    return substitute(rule.tree, change)


def _total(scribe: Scribe, ref: Ref) -> Label:
    """Return ∂o/∂a = 9, the sum over the consumers."""
    number = scribe.graph.number(ref)
    shape = scribe.graph.nodes[number].shape
    if scribe.trace is None or not shape:
        return scribe.equation(ref.grad(), "gradient")
    gradient = scribe.trace.gradients[number]
    name = scribe.adapted(Quantity(ref.grad()))[0]
    array = np.zeros(shape) if gradient is None else gradient
    return scribe.line((Math(name), Text(" = "), *_array(scribe, ref, array)), "gradient")


def _value(scribe: Scribe, number: int, role: Role) -> list[Label]:
    """Return a node's value over it, where nothing reads it and so no edge shows it."""
    if scribe.trace is None or not scribe.wish.forward:
        return []
    ref = scribe.graph.nodes[number].ref
    line: Line = (Math(scribe.adapted(Quantity(ref))[0]), Text(" = "))
    return [scribe.line((*line, *_array(scribe, ref, scribe.trace.values[number])), role)]


def _local(scribe: Scribe, number: int) -> list[Label]:
    """Return ∂c/∂a = 1 for each input of an operation: what it multiplies its gradient by.

    Without numbers these stand on the edges already.
    """
    graph, trace = scribe.graph, scribe.trace
    node = graph.nodes[number]
    found = []
    for parent in dict.fromkeys(node.parents):
        other = graph.nodes[parent]
        if not other.wants_gradient:
            continue
        name = scribe.adapted(Partial(node.ref, other.ref))[0]
        line: Line = (Math(name),)
        if trace is not None and not node.shape and not other.shape:
            value = local_derivative(trace, number, parent)
            number_of = (Text(" = "), Math(Known(other.ref, value)))
            line = (*line, *((Text(" is undefined"),) if value is None else number_of))
        found.append(scribe.line(line, "local"))
    return found


def local_derivative(trace: Trace, number: int, parent: int) -> Any:
    """Return ∂(node)/∂(parent) of two single numbers; None where it is not finite."""
    one = trace.arithmetic.array(np.asarray(1))
    parents = trace.graph.nodes[number].parents
    positions = [k for k, other in enumerate(parents) if other == parent]
    try:
        with np.errstate(all="ignore"):
            shares = [trace.share(number, k, one) for k in positions]
            found = np.asarray(sum(shares[1:], shares[0]))
            return found[()] if all_finite(found) else None
    except (ZeroDivisionError, OverflowError):
        return None


def _edge(scribe: Scribe, parent: int, number: int, ids: list[str]) -> DrawnEdge:
    """Return an edge with the value that it carries forward and the share it carries back."""
    graph, wish, trace = scribe.graph, scribe.wish, scribe.trace
    ref = graph.nodes[parent].ref
    role, arrow = look(scribe)
    above: tuple[Label, ...] = ()
    below: tuple[Label, ...] = ()
    name = f"{ids[parent]}-{ids[number]}"
    if trace is not None and wish.forward:
        above = (scribe.line(_array(scribe, ref, trace.values[parent]), "forward"),)
    if wish.backward and graph.nodes[parent].wants_gradient:
        below = (_share(scribe, parent, number),)
    return DrawnEdge(
        name, ids[parent], ids[number], role, arrow, above, below, refs=(ref, ref.grad())
    )


def _share(scribe: Scribe, parent: int, number: int) -> Label:
    """Return what one consumer sends back along its edge; in symbols, the factor it sends by."""
    graph, trace = scribe.graph, scribe.trace
    node, ref = graph.nodes[number], graph.nodes[parent].ref
    if trace is None:
        return scribe.line((Math(scribe.adapted(Partial(node.ref, ref))[0]),), "local")
    if trace.gradients[number] is None:
        return scribe.line(_array(scribe, ref, np.zeros(graph.nodes[parent].shape)), "gradient")
    shares = [trace.message(number, i) for i, other in enumerate(node.parents) if other == parent]
    return scribe.line(_array(scribe, ref, sum(shares[1:], shares[0])), "gradient")


def _array(scribe: Scribe, ref: Ref, array: Any) -> Line:
    """Return a number, a small vector or matrix entry by entry, or the shape of a larger one."""
    array = np.asarray(array)
    if not array.shape:
        return (Math(Known(ref, array[()])),)
    if is_small(array):
        return (Math(scribe.array(ref, array)),)
    return (Text(dimensions(array.shape)),)


def of_numbers(scribe: Scribe) -> tuple[Graph, list[str]]:
    """Return the graph of single numbers that a network stands for, and notes.

    Of a batch it is the graph of one sample, and every gradient is of that sample's own cost.
    """
    if scribe.graph.words.picture == "computation":
        return scribe.graph, []
    from ..graph.operations import operations

    graph, notes = scribe.whole, []
    if graph.mixed:
        notes.append("All samples at once: they touch each other.")
    elif not graph.single:
        row = scribe.wish.sample
        notes.append(f"Sample {row} of {graph.samples} by itself: gradients are of its own cost.")
        graph = of_one_sample(graph, row)
    return operations(graph), notes


def settled(scribe: Scribe, graph: Graph) -> Scribe:
    """Return who writes the picture of that graph of single numbers, worked again."""
    if graph is scribe.graph:
        return scribe
    from ..passes.run import run

    trace = None
    if scribe.trace is not None:
        trace = run(
            graph,
            exact=scribe.trace.arithmetic.name == "exact",
            round_forward=scribe.wish.round_forward,
            round_backward=scribe.wish.round_backward,
        )
    notation = bound(scribe.notation, facts_of(graph))
    return Scribe(graph, trace, notation, scribe.settings, scribe.wish)


def of_one_sample(graph: Graph, row: int) -> Graph:
    """Return the network with one sample of its batch as its whole data."""
    given, cut = dict(graph.given), graph.cut_to(row)
    for leaf, data in graph.given.items():
        if graph.nodes[leaf].per_sample and data is not None:
            steps = map(slice, cut.nodes[leaf].shape if graph.lengths else ())
            at = (slice(row - 1, row), *steps)
            texts, floats = (
                None if array is None else array[at] for array in (data.texts, data.floats)
            )
            given[leaf] = Given(texts, floats)
    return structs.replace(cut, given=given, samples=1, single=True)
