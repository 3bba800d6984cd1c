"""Pages: what is written of a subject, by its kind; a network of layers, or a computation graph."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from ..expression.refs import Ref
from ..graph.records import Graph
from ..passes.trace import Trace
from .document import Block, Step, Text
from .steps import Writer
from .view import View

Quantities = list[tuple[str, Text, list[Ref]]]
"""(id, title, quantities) of each section that works its entries line by line."""


class Pages(Struct, frozen=True):
    """How the pages of one kind of subject are made.

    ``sentence`` says the subject in a line, ``checked`` so that its gradient is in view.
    ``quantities`` are worked entry by entry, section by section, ``tables`` are the sections with
    the entries side by side; ``steps`` are all quantities in the order worked, ``whole`` is the
    step of one (None: it has none). ``drawn`` says whether a picture of it can be read beside the
    steps, ``way`` what of it a picture shows a gradient's way from. ``asked``
    is what a worksheet leaves blank.
    """

    sentence: Callable[[Graph], str]
    checked: Callable[[Graph], str]
    quantities: Callable[[Writer, View], Quantities]
    tables: Callable[[Trace, View], list[Block]]
    steps: Callable[[Trace, View], list[Ref]]
    whole: Callable[[Writer, Ref], Step | None]
    drawn: Callable[[Graph], bool]
    way: Callable[[Graph, Ref], Ref | None]
    asked: Callable[[Graph], list[Ref]]


def pages_of(graph: Graph) -> Pages:
    """Return how a subject's pages are made."""
    if graph.layered:
        from .trace.pages import LAYERS

        return LAYERS
    from .graphs.pages import NODES

    return NODES
