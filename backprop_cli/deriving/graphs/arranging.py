"""The document of a computation graph's derivation: its lines, then what the mode derives."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from ...expression.refs import Ref, plain_name
from ...expression.tree import Expr, Quantity
from ...graph.names import UnknownName
from ...graph.records import Graph
from ...graph.resolving import resolve
from ...graph.surgery import weights_as_nodes
from ...passes.trace import Trace
from ...printing.mathematics import MathPrinter
from ...problems import nearest, refuse
from ...worked.arranging import shape_sentence
from ...worked.document import (
    Block,
    Chain,
    Code,
    Document,
    Equations,
    Note,
    Paragraph,
    Picture,
    Section,
    Text,
)
from ...worked.entries import worked_chain
from ...worked.picturing import fits, pictured, way_of
from ...worked.wholes import array_of, array_tree, is_scalar, whole_value, with_numbers
from ..arranging import plain_steps
from . import Mode, modes
from .expanding import check_closed_form as check_closed_form
from .subject import Subject

SEEN_AS_GRAPH = "the network is seen as its computation graph: a node an activation, weights too"
MOST_NODES = 60
"""Lines of the graph that are repeated before it is derived."""


class Derived(Struct, frozen=True):
    """A derivation: the mode, its document, and plain data for JSON."""

    graph: Graph
    mode: Mode
    document: Document
    data: dict[str, Any]


def mode_named(name: str | None) -> Mode:
    """Return the mode of a name, reverse by default; raise Refusal where there is none."""
    if name is not None and name not in modes():
        raise refuse(f"--mode: there is no mode '{name}'", None, nearest(name, modes()))
    return modes()[name or "reverse"]


def is_through_graph(graph: Graph, mode: str | None) -> bool:
    """Return whether the derivation goes node by node: of a graph, or forward, or along paths."""
    mode_named(mode)
    return not graph.layered or mode not in (None, "reverse")


def check_style(graph: Graph, mode: str | None, style: str) -> None:
    """Refuse a style other than leibniz where the derivation goes node by node."""
    if style == "leibniz" or not is_through_graph(graph, mode):
        return
    what = f"--mode {mode}" if mode not in (None, "reverse") else "a computation graph"
    message = f"--style {style}: {what} is derived node by node, which has no styles"
    raise refuse(message, None, "leave --style out; --mode is reverse, forward or paths")


def check_roundings(
    mode: str | None, round_forward: int | None, round_backward: int | None
) -> None:
    """Refuse roundings of what a mode does not compute: gradients, and in dual numbers values."""
    rounded = "--round-backward" if round_backward is not None else ""
    if round_forward is not None and mode == "forward":
        rounded = "--round-forward"
    if mode in (None, "reverse") or not rounded:
        return
    what = "unrounded dual numbers" if mode == "forward" else "no gradient but the last"
    message = f"{rounded}: --mode {mode} computes with {what}"
    raise refuse(message, None, f"leave {rounded} out, or use --mode reverse")


def as_nodes(graph: Graph, wrt: tuple[str, ...]) -> tuple[Graph, tuple[str, ...]]:
    """Return the graph of a network's activations and weights, and the names as its nodes'.

    A whole parameter (``W1``) is each of its entries there.
    """
    nodes = weights_as_nodes(graph)
    return nodes, tuple(name for each in wrt for name in _entries(each, graph, nodes))


def _entries(name: str, network: Graph, nodes: Graph) -> list[str]:
    try:
        ref = resolve(name, network).of()
    except UnknownName:
        return [name]
    if ref.index:
        return [name]
    found = [
        node.ref for node in nodes.nodes if (node.ref.part, node.ref.layer) == (ref.part, ref.layer)
    ]
    return [f"d({plain_name(each, nodes.in_out)})" for each in found] or [name]


def derived(
    graph: Graph,
    trace: Trace | None,
    mode: Mode,
    wanted: tuple[Ref, ...],
    conventions: tuple[str, ...] = (),
) -> Derived:
    """Return the derivation of the wanted gradients (none: of every node)."""
    subject = Subject(graph, trace, wanted)
    opening: list[Block] = [Paragraph((Text(shape_sentence(graph)),))]
    opening += [Note((Text(sentence),)) for sentence in conventions]
    shown = trace or graph
    lines = _lines(subject)
    worked = mode.work(subject)
    blocks: list[Block] = [lines, *worked.blocks]
    if wanted:
        opening += way_of(shown, wanted[0].grad())
    else:
        blocks = _with_pictures(blocks, shown)
    title = graph.name or "Computation graph"
    return Derived(graph, mode, Document(title, (*opening, *blocks)), worked.data)


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


def derived_object(found: Derived, latex: MathPrinter, text: MathPrinter) -> dict[str, Any]:
    """Return the derivation as plain data: a step a chain, then the mode's own."""
    return {
        "format": "backprop-derive",
        "version": 1,
        "name": found.graph.name,
        "mode": found.mode.name,
        "loss_function": found.graph.loss_name or None,
        "steps": plain_steps(found.graph, found.document, latex, text),
        **found.data,
    }


# -- the graph's lines


def _lines(subject: Subject) -> Section:
    """Return each line of the graph that matters, with its numbers if there are any."""
    graph = subject.graph
    every = subject.between(subject.starts())[::-1] if subject.wanted else range(len(graph.nodes))
    kept = {p for n in every for p in (n, *graph.nodes[n].parents)}
    leaves = [n for n in graph.given if n in kept]
    nodes = [n for n in every if n not in graph.given]
    given = [_given(subject, n) for n in leaves[:MOST_NODES]] if subject.trace else []
    blocks: list[Block] = [Equations(tuple(given))] if given else []
    blocks.append(Equations(tuple(_line(subject, n) for n in nodes[:MOST_NODES])))
    left = len(nodes) - MOST_NODES
    if left > 0:
        more = f"{left} more node{'s' if left > 1 else ''}: "
        blocks.append(Note((Text(more), Code("backprop trace --full"), Text(" shows all"))))
    return Section("forward", (Text("The graph"),), tuple(blocks))


def _given(subject: Subject, number: int) -> Chain:
    quantity = Quantity(subject.ref(number))
    value = array_tree(array_of(subject.numbers, quantity), subject.view)
    return Chain((quantity, value), _label(subject, number))


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
    value = array_tree(array_of(subject.trace, quantity), subject.view)
    return Chain((*forms, value), label)


def _label(subject: Subject, number: int) -> str:
    """Return the plain name beside a line, where the letters on it are a notation's."""
    return subject.name(number) if subject.graph.origin is not None else ""
