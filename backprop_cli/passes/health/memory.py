"""What the forward pass keeps for the backward pass: x and all that a layer computes, gates too."""

from __future__ import annotations

from math import prod

from msgspec import Struct

from ...expression.refs import Ref
from ...graph.records import Graph


class Kept(Struct, frozen=True):
    """The arrays kept for one layer (0: the input), or of one line of a graph."""

    layer: int | None
    refs: tuple[Ref, ...]
    numbers: int

    @property
    def float32(self) -> int:
        """Bytes in float32."""
        return 4 * self.numbers

    @property
    def float64(self) -> int:
        """Bytes in float64."""
        return 8 * self.numbers


def kept_in_layers(graph: Graph) -> tuple[Kept, ...]:
    """Return what is kept, layer by layer from the input.

    An identity's a is its z, and is not kept twice.
    """
    found = [] if graph.input is None else [_kept(graph, 0, [graph.input])]
    for layer in graph.layers:
        parts = [number for cell in layer.cells for number in cell.parts.values()]
        own = [number for number in parts if graph.rule(number).name != "identity"]
        found += [_kept(graph, layer.index, own)] if own else []
    return tuple(found)


def kept_nodes(graph: Graph) -> tuple[Kept, ...]:
    """Return what is kept of a computation graph: each node."""
    return tuple(_kept(graph, None, [number]) for number in range(len(graph.nodes)))


def _kept(graph: Graph, layer: int | None, numbers: list[int]) -> Kept:
    nodes = [graph.nodes[number] for number in numbers]
    sizes = (prod(node.shape) * (graph.samples if node.per_sample else 1) for node in nodes)
    return Kept(layer, tuple(node.ref for node in nodes), sum(sizes))
