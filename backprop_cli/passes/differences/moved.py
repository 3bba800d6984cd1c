"""A pass with one entry moved: what every check without backpropagation is made of."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from msgspec import Struct

from ...arithmetic import Arithmetic
from ...arithmetic.floating import FLOAT64
from ...graph.parts import Node
from ...graph.records import Graph
from ...problems import Refusal
from ..trace import forward

Array = np.ndarray[Any, Any]


class Moved(Struct, frozen=True):
    """The forward pass with one entry moved, on any arithmetic."""

    graph: Graph
    leaves: Mapping[int, Array]
    number: int
    position: tuple[int, ...]

    def run(
        self, arithmetic: Arithmetic, move: Callable[[Any], Any]
    ) -> tuple[dict[int, Array], Callable[[Node, Array], Array]]:
        """Return the leaves and the change that put ``move(entry)`` in the entry's place."""
        leaves = {number: arithmetic.array(array) for number, array in self.leaves.items()}
        moved = self.graph.nodes[self.number]

        def put(array: Array, position: tuple[int, ...]) -> Array:
            changed = np.array(array)
            changed[position] = move(changed[position])
            return changed

        def change(node: Node, value: Array) -> Array:
            if node is moved:
                return put(value, self.position)
            if len(node.ref.index) != 1 or node.ref.whole() != moved.ref:
                return value
            row, step, *inner = self.position
            return put(value, (row, *inner)) if node.ref.index == (step + 1,) else value

        if self.number in leaves:
            leaves[self.number] = put(leaves[self.number], self.position)
            return leaves, lambda node, value: value
        return leaves, change

    def by(self, h: float) -> tuple[dict[int, Array], Callable[[Node, Array], Array]]:
        """Return the same in float64 with h added to the entry."""
        return self.run(FLOAT64, lambda value: value + h)

    def loss(self, arithmetic: Arithmetic, move: Callable[[Any], Any]) -> Any:
        """Return the loss; raise Refusal where a value on the way is not finite."""
        leaves, change = self.run(arithmetic, move)
        values = forward(self.graph, arithmetic, leaves, change=change, until=self.graph.loss)
        return values[-1].item()

    def shifted(self, h: float) -> float:
        """Return the loss in float64 with h added to the entry; NaN where it is not finite."""
        try:
            return float(self.loss(FLOAT64, lambda value: value + h))
        except Refusal:
            return math.nan
