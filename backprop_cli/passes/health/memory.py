"""What the forward pass keeps for the backward pass: the numbers of x and of each z and a."""

from __future__ import annotations

import numpy as np
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


def kept_values(graph: Graph) -> tuple[Kept, ...]:
    """Return what is kept, layer by layer from the input.

    An identity's a is its z, and is not kept twice. In a computation graph each node is kept.
    """
    found: dict[str, tuple[int | None, list[Ref], int]] = {}
    for node in graph.nodes:
        same = node.rule is not None and node.rule.name == "identity" and graph.layered
        if same or (graph.layered and node.ref.part not in ("x", "z", "a")):
            continue
        layer = node.ref.layer if isinstance(node.ref.layer, int) else 0
        key = str(layer) if graph.layered else node.ref.part
        _, refs, numbers = found.get(key, (None, [], 0))
        size = int(np.prod(node.shape)) * (graph.samples if node.per_sample else 1)
        found[key] = (layer if graph.layered else None, [*refs, node.ref], numbers + size)
    kept = [Kept(layer, tuple(refs), numbers) for layer, refs, numbers in found.values()]
    return tuple(sorted(kept, key=lambda each: each.layer or 0))
