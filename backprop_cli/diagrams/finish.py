"""The finished scene: parts placed, with a heading, a legend, notes, and a description in words."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct, structs

from ..expression.refs import plain_name
from ..graph.records import Graph
from ..graph.words import NETWORK, Words
from ..problems import counted
from ..worked.document import Strong, Text
from .layout import FLOW, Placed
from .lettering import HEADING, SMALLPRINT, Letterer, from_left
from .scene import (
    MEANINGS,
    DrawnCell,
    DrawnEdge,
    DrawnGrid,
    DrawnNode,
    Label,
    Role,
    Scene,
    SceneKind,
)
from .scribe import Scribe
from .wish import Wish

MARGIN = 20.0
SWATCH = 16.0
"""Width of a colour's sample before its meaning."""
NARROWEST, LEAST = 420.0, 300.0
"""Of a picture: as a rule, and where its width is dear."""
LOW, BROAD = 480.0, 588.0
"""The height of a picture under which it is dear, and its least width there: a row of words."""
CLOSE = 6.0
"""The margin where the width is dear."""


class Around(Struct, frozen=True):
    """What stands around a picture: whose letters it has, whether a heading, which part it is.

    ``narrow`` says that its width is dear, ``low`` its height; ``tight`` that columns stand close;
    ``noted`` that it has the notes. ``flow`` is how wide stacks of labels under it may be.
    """

    scribe: Scribe
    headed: bool = True
    narrow: bool = False
    low: bool = False
    tight: bool = False
    noted: bool = True
    flow: float = FLOW
    part: tuple[int, int] = (1, 1)


def finished(parts_notes: Iterable[str], placed: Placed, around: Around) -> Scene:
    """Return the scene with everything around the picture itself."""
    scribe = around.scribe
    wish, graph, said = scribe.wish, scribe.graph, scribe.settings.said
    kind = wish.kind
    title, notes_said = said(title_of(graph, wish, kind)), [said(note) for note in parts_notes]
    number, count = around.part
    if count > 1:
        which = said(f"Part {number} of {count}.")
        title = f"{title}. {which}"
        notes_said = [which, *(notes_said if around.noted else [])]
    margin = CLOSE if around.tight else MARGIN
    least = BROAD if around.low else LEAST if around.narrow else NARROWEST
    heading = heading_label(scribe, around) if around.headed else None
    width = max(placed.width, least, heading.width if heading is not None else 0.0)
    inside = (width - placed.width) / 2 + margin
    top = margin
    if heading is not None:
        top += heading.height + 12
        heading = from_left(heading, margin, margin + heading.height / 2)
    nodes = tuple(moved_node(node, inside, top) for node in placed.nodes)
    edges = tuple(moved_edge(edge, inside, top) for edge in placed.edges)
    captions = tuple(moved(label, inside, top) for label in placed.captions)
    bottom = top + placed.height + 18
    meanings = {
        role: said(meaning)
        for role, meaning in meanings_of(graph, used_roles(nodes, edges, captions)).items()
    }
    legend, bottom = legend_of(meanings, scribe.letterer, width, bottom, margin)
    beside: tuple[Label, ...] = ()
    if count > 1 and around.low and legend:
        beside = _beside(legend[-1], scribe.words(which, "quiet", SMALLPRINT), margin + width)
        notes_said = notes_said[len(beside) :]
    notes, bottom = wrapped(notes_said, scribe.letterer, width, bottom, margin)
    return Scene(
        kind,
        wish.passes,
        title,
        said(description_of(scribe.graph, nodes, edges, wish, kind)),
        nodes,
        edges,
        heading,
        captions,
        (*beside, *notes),
        legend,
        width + 2 * margin,
        bottom + margin - 4,
    )


def heading_label(scribe: Scribe, around: Around) -> Label:
    """Return the heading, with letters no larger than a narrow picture has room for."""
    wish, graph = scribe.wish, scribe.graph
    own = heading_of(graph, wish, wish.kind)
    # A network's name is its author's, which no language changes.
    line = (Strong(own if own == graph.name else scribe.settings.said(own)),)
    heading = scribe.letterer.label(line, "name", HEADING)
    if around.narrow and heading.width > NARROWEST:
        small = max(SMALLPRINT, HEADING * NARROWEST / heading.width)
        return scribe.letterer.label(line, "name", small)
    return heading


def heading_of(graph: Graph, wish: Wish, kind: SceneKind) -> str:
    """Return what stands over the picture."""
    if kind == "generic":
        return "One weight" if wish.local else "One unit"
    return graph.name or f"A {graph.words.subject}"


def title_of(graph: Graph, wish: Wish, kind: SceneKind) -> str:
    """Return the picture's title in words."""
    which = {"forward": "forward pass", "backward": "backward pass", "both": "both passes"}
    if kind == "generic":
        return f"{heading_of(graph, wish, kind)} of a network: {which[wish.passes]}"
    what = {
        "network": "network",
        "weights-as-nodes": "network with its weights as nodes",
        "computation": "computation graph",
        "grids": "network as grids",
        "rolled": "network rolled up",
        "unrolled": "network unrolled in time",
        "cell": "inside of a cell",
    }[kind]
    name = f"{graph.name}: " if graph.name else ""
    title = f"{name}{what}, {which[wish.passes]}"
    if wish.focus is not None:
        title += f", focus on {plain_name(wish.focus, graph.in_out)}"
    return title


def description_of(
    graph: Graph,
    nodes: tuple[DrawnNode, ...],
    edges: tuple[DrawnEdge, ...],
    wish: Wish,
    kind: SceneKind,
) -> str:
    """Return what the picture shows, in sentences, in the legend's words."""
    own = words_of(graph).parameter
    kinds = {"input": "input", "unit": "unit", "parameter": own, "operation": "operation"}
    counts = [
        counted(count, word)
        for kind_of, word in kinds.items()
        if (count := sum(node.kind == kind_of for node in nodes))
    ]
    said = f"{', '.join(counts)}, joined by {counted(len(edges), 'line')}"
    if kind == "grids":
        grids = sum(bool(node.grids) for node in nodes)
        said = f"{grids} quantities as grids of cells, joined by {len(edges)} lines, from left"
        said += " to right."
        if wish.forward:
            said += " Values of the forward pass stand in the cells."
        if wish.backward:
            under = " under them" if wish.forward else " in the cells"
            said += f" Gradients stand{under}."
        return said
    if kind in ("rolled", "unrolled"):
        steps = "a loop for the step after" if kind == "rolled" else "steps from left to right"
        said += f": layers from the bottom up, {steps}."
        if wish.forward and kind == "unrolled":
            said += " Values of the forward pass stand in the boxes."
        return said + (" Gradients stand under them and at the lines." if wish.backward else "")
    said += " from left to right."
    labels = [label for node in nodes for label in node.labels]
    labels += [label for edge in edges for label in edge.above]
    valued = wish.forward and any(label.role == "forward" for label in labels)
    if valued:
        said += " Values of the forward pass stand over the lines and circles."
    if wish.backward:
        said += f" Gradients stand under {'them' if valued else 'the lines and circles'}."
    return said


def used_roles(
    nodes: tuple[DrawnNode, ...], edges: tuple[DrawnEdge, ...], captions: tuple[Label, ...]
) -> list[Role]:
    """Return the roles whose colours carry a meaning in this picture, in the legend's order."""
    labels = [label for node in nodes for label in node.labels]
    labels += [label for edge in edges for label in (*edge.above, *edge.below)]
    used = {label.role for label in (*labels, *captions)} | {edge.role for edge in edges}
    return [role for role in MEANINGS if role in used]


def words_of(graph: Graph) -> Words:
    """Return what the graph's things are called; a picture in letters has no nodes of its own."""
    return graph.words if graph.nodes else NETWORK


def meanings_of(graph: Graph, roles: list[Role]) -> dict[Role, str]:
    """Return what each colour means; a graph's output need not be a cost."""
    kind = words_of(graph)
    own = {
        "cost": kind.cost,
        "gradient": f"gradient of the {kind.cost}",
        "parameter": kind.parameter,
    }
    return {role: own.get(role, MEANINGS[role]) for role in roles}


def legend_of(
    meanings: dict[Role, str], letterer: Letterer, width: float, top: float, left: float = MARGIN
) -> tuple[tuple[Label, ...], float]:
    """Return the legend's labels in rows from ``top`` on, and where it ends."""
    found: list[Label] = []
    x, y = left, top
    for role, meaning in meanings.items():
        label = letterer.label((Text(meaning),), role, SMALLPRINT)
        if x > left and x + SWATCH + label.width > left + width:
            x, y = left, y + label.height
        found.append(from_left(label, x + SWATCH, y + label.height / 2))
        x += SWATCH + label.width + 18
    return tuple(found), (y + SMALLPRINT * 1.25 + 4 if found else top)


def _beside(last: Label, label: Label, right: float) -> tuple[Label, ...]:
    """Return a label at the end of the legend's row, where there is room for it."""
    left = last.x + last.width / 2 + 18
    return (from_left(label, left, last.y),) if left + label.width <= right else ()


def wrapped(
    notes: Iterable[str], letterer: Letterer, width: float, top: float, left: float = MARGIN
) -> tuple[tuple[Label, ...], float]:
    """Return sentences broken to the width, a label a line, and where they end."""
    lines: list[Label] = []
    for note in notes:
        line = ""
        for word in note.split():
            longer = f"{line} {word}".strip()
            if line and letterer.label((Text(longer),), "quiet", SMALLPRINT).width > width:
                lines.append(letterer.label((Text(line),), "quiet", SMALLPRINT))
                longer = word
            line = longer
        lines.append(letterer.label((Text(line),), "quiet", SMALLPRINT))
    placed = []
    for label in lines:
        placed.append(from_left(label, left, top + label.height / 2))
        top += label.height
    return tuple(placed), top


def moved(label: Label, x: float, y: float) -> Label:
    """Return the label moved."""
    return structs.replace(label, x=label.x + x, y=label.y + y)


def moved_node(node: DrawnNode, x: float, y: float) -> DrawnNode:
    """Return the node moved with all that is written at it."""
    return structs.replace(
        node,
        x=node.x + x,
        y=node.y + y,
        label=None if node.label is None else moved(node.label, x, y),
        above=tuple(moved(label, x, y) for label in node.above),
        below=tuple(moved(label, x, y) for label in node.below),
        grids=tuple(moved_grid(grid, x, y) for grid in node.grids),
    )


def moved_grid(grid: DrawnGrid, x: float, y: float) -> DrawnGrid:
    """Return the grid moved with all its cells."""
    return DrawnGrid(
        tuple(moved(label, x, y) for label in grid.names),
        tuple(tuple(moved_cell(cell, x, y) for cell in row) for row in grid.rows),
        tuple(moved(label, x, y) for label in grid.counts),
    )


def moved_cell(cell: DrawnCell, x: float, y: float) -> DrawnCell:
    """Return the cell moved with what is written in it."""
    labels = tuple(moved(label, x, y) for label in cell.labels)
    return structs.replace(cell, x=cell.x + x, y=cell.y + y, labels=labels)


def moved_edge(edge: DrawnEdge, x: float, y: float) -> DrawnEdge:
    """Return the edge moved with all that is written at it."""
    return structs.replace(
        edge,
        points=tuple((px + x, py + y) for px, py in edge.points),
        above=tuple(moved(label, x, y) for label in edge.above),
        below=tuple(moved(label, x, y) for label in edge.below),
    )
