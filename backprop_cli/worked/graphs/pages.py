"""The pages of a computation graph: a line a node forward, a line an edge backward."""

from __future__ import annotations

from ...expression.refs import Ref, plain_name
from ...graph.names import shown_shape
from ...graph.records import Graph
from ...passes.trace import Trace
from ...problems import counted
from ..document import Block, Step, Text
from ..pages import Pages, Quantities
from ..steps import Writer
from ..trace.summary import summary_section
from ..view import View
from .arrays import whole_step
from .forward import forward_section
from .messages import backward_section

MOST_NODES = 60
"""Nodes past which a picture beside the steps cannot be read."""


def sentence(graph: Graph) -> str:
    """Return the graph in a line: ``2 variables, 3 nodes, output o``."""
    variables = len(graph.given)
    nodes = len(graph.nodes) - variables
    counts = f"{counted(variables, 'variable')}, {counted(nodes, 'node')}"
    return f"{counts}, output {plain_name(graph.nodes[graph.output].ref)}"


def checked(graph: Graph) -> str:
    """Return it by its variables and its output: ``2 variables → 3 lines, output o``."""
    lines = sum(node.rule is not None for node in graph.nodes)
    output = plain_name(graph.nodes[graph.output].ref)
    variables = counted(len(graph.parameters), "variable")
    return f"{variables} → {counted(lines, 'line')}, output {output}"


def tables(trace: Trace, view: View) -> list[Block]:
    """Return the sections: forward, backward, summary."""
    writer = Writer(trace, view.widest_sum, nested=view.most_products)
    blocks: list[Block] = []
    if view.only in ("", "forward"):
        blocks.append(forward_section(writer, view))
    if view.only in ("", "backward"):
        blocks.append(backward_section(writer, view))
    if view.only in ("", "gradients"):
        blocks.append(summary_section(trace, view))
    return blocks


def quantities(writer: Writer, view: View) -> Quantities:
    """Return each node forward, then each gradient."""
    graph = writer.graph
    wanted: Quantities = []
    lines = [node.ref for number, node in enumerate(graph.nodes) if number not in graph.given]
    if view.only in ("", "forward"):
        wanted.append(("forward", Text("Forward"), lines))
    if view.only != "forward":
        reached = graph.reached
        kept = [
            node.ref.grad()
            for number, node in enumerate(graph.nodes)
            if number in reached and (view.only != "gradients" or number in graph.given)
        ]
        wanted.append(("backward", Text("Backward"), kept[::-1]))
    return wanted


def steps(trace: Trace, view: View) -> list[Ref]:
    """Return each node, then each gradient from the output on."""
    return [ref for _, _, refs in quantities(Writer(trace), view) for ref in refs]


def whole(writer: Writer, ref: Ref) -> Step | None:
    """Return the step of a whole node."""
    return whole_step(writer, ref) if shown_shape(writer.graph, ref) else writer.step(ref)


def drawn(graph: Graph) -> bool:
    """Return whether there are few enough nodes."""
    return len(graph.nodes) <= MOST_NODES


def way(graph: Graph, ref: Ref) -> Ref | None:
    """Return the leaf, whole, whose gradient has a way of its own."""
    number = graph.number(ref)
    return graph.nodes[number].ref if number in graph.given and number in graph.reached else None


def asked(graph: Graph) -> list[Ref]:
    """Return each line, then each gradient from the output on."""
    refs = [node.ref for node in graph.nodes if node.rule is not None]
    if graph.loss is None:
        return refs
    inward = sorted(graph.reached - {graph.loss}, reverse=True)
    return refs + [graph.nodes[number].ref.grad() for number in inward]


NODES = Pages(sentence, checked, quantities, tables, steps, whole, drawn, way, asked)
