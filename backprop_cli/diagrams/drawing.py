"""From a network to a scene: which parts the picture has, where they stand."""

from __future__ import annotations

from ..graph.records import Graph
from ..notation.bound import Notation
from ..passes.trace import Trace
from ..render.mathematics import Settings
from .finish import finished
from .layout import placed
from .network import Parts, network_parts
from .scene import Scene
from .scribe import Scribe
from .wish import Wish


def scene_of(
    graph: Graph, trace: Trace | None, wish: Wish, notation: Notation, settings: Settings
) -> Scene:
    """Return the picture that is asked for; without a trace it has symbols and no numbers."""
    scribe = Scribe(graph, trace, notation, settings, wish)
    parts = parts_of(scribe)
    laid = placed(
        parts.nodes,
        parts.edges,
        parts.headers,
        parts.footers,
        fixed=parts.fixed,
        lanes=parts.lanes,
    )
    return finished(parts.notes, laid, scribe, wish.kind)


def parts_of(scribe: Scribe) -> Parts:
    """Return what the picture is made of."""
    return network_parts(scribe)
