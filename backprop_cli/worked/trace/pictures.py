"""Pictures beside the worked sections: each pass where it begins, a parameter's way to the loss."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from msgspec import structs

from ...expression.refs import Ref
from ...graph.records import Graph
from ...passes.trace import Trace
from ..document import Block, Picture, Section
from ..pages import pages_of


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
    focus = pages_of(graph).way(graph, ref)
    return [] if focus is None else [Picture(subject, "both", sample, focus)]


def fits(subject: Trace | Graph) -> bool:
    """Return whether the network is small enough to be drawn beside its steps."""
    graph = subject.graph if isinstance(subject, Trace) else subject
    return pages_of(graph).drawn(graph)
