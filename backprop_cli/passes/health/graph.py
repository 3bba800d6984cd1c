"""A computation graph's health: each node's gradient, and the factor along each edge."""

from __future__ import annotations

from msgspec import Struct

from ...expression.refs import Ref
from ..trace import Trace
from .norms import norm


class NodeEdge(Struct, frozen=True):
    """What one consumer sends down: ‖its message‖ over ‖its own gradient‖."""

    consumer: Ref
    factor: float
    sent: float


class NodeHealth(Struct, frozen=True):
    """One node: the norms of its value and gradient, and what it receives from each consumer.

    ``steps`` is how many edges the strongest way down from the output has.
    """

    ref: Ref
    value: float
    gradient: float
    edges: tuple[NodeEdge, ...]
    variable: bool
    steps: int
    reached: bool


def node_healths(trace: Trace) -> tuple[NodeHealth, ...]:
    """Return each node's health, the output first."""
    graph, consumers = trace.graph, trace.graph.consumers
    steps: dict[int, int] = {}
    found: list[NodeHealth] = []
    for number in range(len(graph.nodes) - 1, -1, -1):
        node, gradient = graph.nodes[number], trace.gradients[number]
        edges: list[tuple[int, NodeEdge]] = []
        for consumer, position in consumers.get(number, ()):
            if trace.gradients[consumer] is None or gradient is None:
                continue
            sent, own = norm(trace.message(consumer, position)), norm(trace.gradients[consumer])
            edge = NodeEdge(graph.nodes[consumer].ref, sent / own if own else 0.0, sent)
            edges.append((consumer, edge))
        edges.sort(key=lambda pair: -pair[1].sent)
        steps[number] = steps[edges[0][0]] + 1 if edges else 0
        found.append(
            NodeHealth(
                node.ref,
                norm(trace.values[number]),
                norm(gradient),
                tuple(edge for _, edge in edges),
                node.rule is None,
                steps[number],
                gradient is not None,
            )
        )
    return tuple(found)
