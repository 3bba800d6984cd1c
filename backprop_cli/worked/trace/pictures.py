"""Pictures beside the worked sections: each pass where it begins, a parameter's way to the loss."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from msgspec import structs

from ...expression.refs import Ref
from ...graph.records import Graph
from ...passes.trace import Trace
from ..document import Block, Picture, Section

MOST_NODES = 60
"""Nodes of a computation graph past which a picture beside the steps cannot be read."""
MOST_LAYERS = 12
"""Layers past which it cannot; the units of a wide layer are left out by themselves."""


def pictured(blocks: Sequence[Block], subject: Trace | Graph, sample: int = 1) -> list[Block]:
    """Return the blocks with a picture at the start of the forward and of the backward pass."""
    waiting = {"forward", "backward"} if fits(subject) else set()
    found: list[Block] = []
    for block in blocks:
        name = block.id.partition("-")[0] if isinstance(block, Section) else ""
        if isinstance(block, Section) and name in waiting:
            waiting.remove(name)
            passes: Literal["forward", "backward"] = "forward" if name == "forward" else "backward"
            picture = Picture(subject, passes, sample)
            block = structs.replace(block, blocks=(picture, *block.blocks))
        found.append(block)
    return found


def way_of(subject: Trace | Graph, ref: Ref, sample: int = 1) -> list[Block]:
    """Return the picture of what a parameter's gradient goes through, if it is a parameter's."""
    graph = subject.graph if isinstance(subject, Trace) else subject
    if not fits(subject) or not ref.gradient or graph.loss is None:
        return []
    number = graph.find(ref)
    if graph.layered:
        entry = ref.part in ("W", "b") and bool(ref.index)
        return [Picture(subject, "both", sample, ref.of())] if entry else []
    if number is None or graph.nodes[number].rule is not None or number not in graph.reached:
        return []
    return [Picture(subject, "both", sample, graph.nodes[number].ref)]


def fits(subject: Trace | Graph) -> bool:
    """Return whether the network is small enough to be drawn beside its steps."""
    graph = subject.graph if isinstance(subject, Trace) else subject
    if graph.layered:
        return len(graph.layers) <= MOST_LAYERS
    return len(graph.nodes) <= MOST_NODES
