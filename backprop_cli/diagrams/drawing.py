"""From a network to a scene: which parts the picture has, where they stand."""

from __future__ import annotations

from math import prod

from ..graph.records import Graph
from ..notation.bound import Notation
from ..passes.trace import Trace
from ..printing.settings import Settings
from ..problems import refuse
from .by_kind import network_as_drawn
from .cell import cell_parts
from .chain import in_a_chain
from .computation import computation_parts, settled
from .finish import finished
from .focusing import focused
from .grid import on_grid
from .grids import grids_parts
from .layout import placed
from .network import Parts
from .scene import Scene
from .scribe import Scribe
from .unrolled import rolled_parts, unrolled_parts
from .weights_as_nodes import weights_as_nodes_parts
from .wish import Wish

PARTS = {
    "network": network_as_drawn,
    "weights-as-nodes": weights_as_nodes_parts,
    "computation": computation_parts,
    "cell": cell_parts,
}
"""What each kind of picture is made of."""


ON_GRID = {"rolled": rolled_parts, "unrolled": unrolled_parts}
"""Those that stand on a grid, steps beside one another and layers over one another."""

MOST_NODES = 1000
"""Nodes of a computation graph past which a picture has to be of a part of it."""
MOST_FULL = 10_000
"""Units and parameters of which --full draws each."""
MOST_CROSSED = 20_000
"""Columns that all lines of a picture cross, and its nodes: what laying it out takes."""


def scene_of(
    graph: Graph, trace: Trace | None, wish: Wish, notation: Notation, settings: Settings
) -> Scene:
    """Return the picture that is asked for; without a trace it has symbols and no numbers."""
    scribe = Scribe(graph, trace, notation, settings, wish)
    said: list[str] = []
    if wish.kind == "computation":
        scribe, said = settled(scribe)
    if wish.kind == "computation" and wish.focus is None:
        _check_size(len(graph.nodes), MOST_NODES, graph)
    elif wish.full and wish.kind != "computation":
        numbers = {graph.input or 0, *(layer.a for layer in graph.layers)}
        numbers |= {*graph.parameters.values()}
        every = sum(prod(graph.nodes[number].shape) for number in numbers)
        _check_size(every, MOST_FULL, graph)
    if wish.kind in ON_GRID:
        grid = ON_GRID[wish.kind](scribe)
        return finished(grid.notes, on_grid(grid), scribe, wish.kind)
    if wish.kind == "grids":
        chain = grids_parts(scribe)
        return finished(chain.notes, in_a_chain(chain), scribe, wish.kind)
    parts: Parts = PARTS[wish.kind](scribe)
    if wish.kind != "cell":
        parts = focused(parts, wish, scribe.graph)
    columns = {node.id: node.column for node in parts.nodes}
    crossed = sum(abs(columns[edge.target] - columns[edge.source]) for edge in parts.edges)
    _check_size(len(parts.nodes) + crossed, MOST_CROSSED, graph)
    laid = placed(
        parts.nodes,
        parts.edges,
        parts.headers,
        parts.footers,
        fixed=parts.fixed,
        lanes=parts.lanes,
    )
    return finished([*parts.notes, *said], laid, scribe, wish.kind)


def _check_size(size: int, most: int, graph: Graph) -> None:
    """Refuse a picture that nobody could read, before it is laid out."""
    if size > most:
        message = f"a picture of {size:,} nodes and lines: more than {most:,}"
        cure = "leave --full out; --focus NAME draws a part, 'backprop describe' lists the names"
        if most != MOST_FULL:
            cure = cure.removeprefix("leave --full out; ")
        raise refuse(message, None, cure, graph.source)
