"""Rounding as a person with a pocket calculator does: each value is written down, then used."""

from __future__ import annotations

from ..arithmetic import Array
from ..arithmetic.rounding import rounded_array
from ..graph.parts import Node
from ..graph.records import Graph
from .trace import Override


def forward_rounding(digits: int, graph: Graph) -> Override:
    """Return the change that rounds every z and a, or every line of a graph; never the loss.

    A network as a graph, also one operation a node, has the same numbers as the network.
    """
    loss = {graph.nodes[number].ref for number in graph.loss_nodes}
    terms = graph.words.terms

    def change(node: Node, value: Array) -> Array:
        kept = node.inner or node.ref in loss or node.ref.part in terms
        return value if kept else rounded_array(value, digits)

    return change


def backward_rounding(digits: int) -> Override:
    """Return the change that rounds every gradient before it is used."""

    def change(node: Node, gradient: Array) -> Array:
        return rounded_array(gradient, digits)

    return change
