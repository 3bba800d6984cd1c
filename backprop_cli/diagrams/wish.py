"""Wish: which picture of a network the reader asks for."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from ..expression.refs import Ref
from ..functions.convolution import Convolution
from ..functions.pooling import Pooling
from ..graph.records import Graph
from .scene import Pass, SceneKind

Thickness = Literal["", "weight", "gradient"]
MOST_UNITS = 7
"""Units of one layer that are all drawn; of more, the first few and the last."""


def usual_kind(graph: Graph, *, of_units: bool = False, focused: bool = False) -> SceneKind:
    """Return the picture of a graph where none is asked for: of memory its steps, of images grids.

    ``of_units`` says that something is asked for that only single units and weights have.
    """
    if graph.words.picture != "network" or of_units:
        return graph.words.picture
    if graph.loops:
        return "network" if focused else "unrolled"
    return "grids" if has_windows(graph) else "network"


def has_windows(graph: Graph) -> bool:
    """Return whether a window slides over something: of a convolution, or a pooling."""
    return any(isinstance(node.rule, Convolution | Pooling) for node in graph.nodes)


class Wish(Struct, frozen=True):
    """The reader's choices: ``focus`` is a unit, a weight or a node of a graph.

    ``gates`` draws an operation as its sign alone; ``faded`` keeps what is not in focus, faded.
    ``step`` is the step in time whose cell is drawn, 0 where none is asked for.

    The roundings are those of the passes, for a network that is worked again as a graph.
    """

    kind: SceneKind = "network"
    passes: Pass = "both"
    focus: Ref | None = None
    local: bool = False
    sample: int = 1
    thickness: Thickness = ""
    full: bool = False
    local_gradients: bool = False
    step: int = 0
    round_forward: int | None = None
    round_backward: int | None = None
    gates: bool = False
    faded: bool = False

    @property
    def forward(self) -> bool:
        """Whether the values of the forward pass are shown."""
        return self.passes != "backward"

    @property
    def backward(self) -> bool:
        """Whether gradients are shown."""
        return self.passes != "forward"

    def shown(self, count: int, *wanted: int) -> tuple[int, ...]:
        """Return which of 1 … count are drawn; 0 marks where some are left out.

        Those that are ``wanted`` are drawn in any case.
        """
        if self.full or count <= MOST_UNITS:
            return tuple(range(1, count + 1))
        kept = sorted({*range(1, MOST_UNITS - 2), count, *wanted})
        found: list[int] = []
        for before, number in zip((0, *kept), kept, strict=False):
            found += [0, number] if number > before + 1 else [number]
        return tuple(found)
