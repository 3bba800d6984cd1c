"""From a network to a scene: which parts the picture has, where they stand."""

from __future__ import annotations

from math import prod

from msgspec import structs

from ..graph.records import Graph
from ..notation.bound import Notation
from ..passes.trace import Trace
from ..printing.settings import Settings
from ..problems import refuse
from .by_kind import network_as_drawn
from .cell import cell_parts
from .chain import GridChain, in_a_chain
from .computation import computation_parts, of_numbers, reach, settled
from .finish import CLOSE, LOW, Around, finished
from .focusing import focused
from .folding import WIDTHS, folded
from .grid import GridParts, on_grid
from .grids import grids_parts
from .layout import FLOW, placed
from .network import Parts
from .scene import DrawnNode, Label, Scene
from .scribe import Scribe
from .slicing import sliced
from .splitting import Content, Room, split
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


def scenes_of(
    graph: Graph,
    trace: Trace | None,
    wish: Wish,
    notation: Notation,
    settings: Settings,
    room: Room | None = None,
    *,
    headed: bool = True,
) -> list[Scene]:
    """Return the picture that is asked for; without a trace it has symbols and no numbers.

    It is in parts where its letters would be too small in the room.
    """
    scribe, content = content_of(Scribe(graph, trace, notation, settings, wish))
    around = Around(scribe, headed=headed)
    if room is None:
        return [drawn(content, around)]
    wide, high = room.most
    flow = min(wide - 2 * CLOSE, FLOW)
    around = structs.replace(around, narrow=True, low=high < LOW, flow=flow)
    whole = drawn(content, around)
    if room.holds(whole):
        return [whole]
    tight = structs.replace(around, tight=True)
    narrower = drawn(content, tight)
    if room.holds(narrower):
        return [narrower]
    parts = _in_parts(content, tight, room)
    return [narrower, *parts] if room.least(narrower) >= room.overview else parts


def _in_parts(content: Content, around: Around, room: Room) -> list[Scene]:
    """Return the picture in parts: of columns, and of those too wide or too high in slices."""
    one_of_many = structs.replace(around, part=(1, 2), noted=False)

    def fits(part: Content) -> bool:
        return room.holds(drawn(part, one_of_many))

    def parts_of(part: Content) -> list[Content]:
        if fits(part):
            return [part]
        for most in WIDTHS:
            narrow = folded(part, around.scribe.letterer, most)
            if room.is_wide_enough(drawn(narrow, one_of_many)):
                part = narrow
                break
        return [part] if fits(part) else sliced(part, fits, content, named)

    def named(node: DrawnNode) -> Label:
        return around.scribe.symbol(node.refs[0])

    parts = [piece for part in split(content, fits) for piece in parts_of(part)]
    count = len(parts)
    arounds = [structs.replace(around, part=(n, count), noted=False) for n in range(1, count + 1)]
    for place in reversed(range(count)):
        with_notes = structs.replace(arounds[place], noted=True)
        if room.holds(drawn(parts[place], with_notes)):
            arounds[place] = with_notes
            break
    else:
        arounds[-1] = structs.replace(arounds[-1], noted=True)
    return [drawn(part, own) for part, own in zip(parts, arounds, strict=True)]


def drawn(content: Content, around: Around) -> Scene:
    """Return the content in its places, with what stands around it."""
    if isinstance(content, GridParts):
        laid = on_grid(content, around.flow)
    elif isinstance(content, GridChain):
        laid = in_a_chain(content, tight=around.tight)
    else:
        laid = placed(
            content.nodes,
            content.edges,
            content.headers,
            content.footers,
            fixed=content.fixed,
            lanes=content.lanes,
            under=content.under,
            tight=around.tight,
        )
    return finished(content.notes, laid, around)


def content_of(scribe: Scribe) -> tuple[Scribe, Content]:
    """Return what the picture consists of, and who writes it."""
    wish, graph = scribe.wish, scribe.whole
    said: list[str] = []
    if wish.kind == "computation":
        single, said = of_numbers(scribe)
        if wish.focus is None:
            _check_size(len(graph.nodes), MOST_NODES, graph)
            _check_size(reach(single), MOST_CROSSED, graph)
        scribe = settled(scribe, single)
    elif wish.full:
        numbers = {graph.input or 0, *(layer.a for layer in graph.layers)}
        numbers |= {*graph.parameters.values()}
        every = sum(prod(graph.nodes[number].shape) for number in numbers)
        _check_size(every, MOST_FULL, graph)
    if wish.kind in ON_GRID:
        return scribe, ON_GRID[wish.kind](scribe)
    if wish.kind == "grids":
        return scribe, grids_parts(scribe)
    parts: Parts = PARTS[wish.kind](scribe)
    if wish.kind != "cell":
        parts = focused(parts, wish, scribe.graph)
    columns = {node.id: node.column for node in parts.nodes}
    crossed = sum(abs(columns[edge.target] - columns[edge.source]) for edge in parts.edges)
    _check_size(len(parts.nodes) + crossed, MOST_CROSSED, graph)
    return scribe, structs.replace(parts, notes=[*parts.notes, *said])


def _check_size(size: int, most: int, graph: Graph) -> None:
    """Refuse a picture that nobody could read, before it is laid out."""
    if size > most:
        message = f"a picture of {size:,} nodes and lines: more than {most:,}"
        cure = "--focus NAME draws a part, 'backprop describe' lists the names"
        if most == MOST_FULL:
            cure = f"leave --full out; {cure}"
        elif graph.words.picture == "network":
            cure = f"without --kind its layers are drawn; {cure}"
        raise refuse(message, None, cure, graph.source)
