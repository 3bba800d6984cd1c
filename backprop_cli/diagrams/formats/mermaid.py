"""Mermaid, which GitHub, GitLab and many editors draw: a flowchart from left to right."""

from __future__ import annotations

import json

from msgspec import structs

from ...printing.plain_math import UnicodeMath
from ...problems import printable
from ..colours import COLOURS, INK, WASH
from ..scene import Drawable, DrawnEdge, DrawnGrid, DrawnNode, Label, Scene
from . import Pen, PictureFormat
from ._labels import asides, grid_lines, grid_name, lines_of, marks_key, names_of, said

SHAPES = {
    "input": ("(", ")"),
    "unit": ("(", ")"),
    "target": ("(", ")"),
    "cost": ("([", "])"),
    "parameter": ("[", "]"),
    "operation": ("[", "]"),
    "ellipsis": ("[", "]"),
}
"""What stands around a node's words, by its kind."""
LINES = {
    "input": COLOURS["forward"][0],
    "unit": INK[0],
    "target": COLOURS["forward"][0],
    "cost": COLOURS["cost"][0],
    "parameter": COLOURS["parameter"][0],
    "operation": INK[0],
}
"""The colour of a node's outline by its kind."""
MARKS = "#&<>\"'`*_~|\\[]{}$;%"
"""Characters that Mermaid, its Markdown or its formulas could take for marks of their own."""


MOST_EDGES = 500
"""Edges that Mermaid draws where nothing else was set up."""


def left_out(picture: Drawable) -> str:
    """Return what is said of a picture of more lines than Mermaid draws."""
    count = len(picture.edges) if isinstance(picture, Scene) else 0
    if count <= MOST_EDGES:
        return ""
    return f"{count - MOST_EDGES} of {count} lines left out, Mermaid draws {MOST_EDGES}"


def _nearest(scene: Scene) -> Scene:
    """Return as many lines as Mermaid draws, those nearest to the end, and what they join."""
    if len(scene.edges) <= MOST_EDGES:
        return scene
    column = {node.id: node.column for node in scene.nodes}
    last = sorted(scene.edges, key=lambda edge: -column[edge.target])[:MOST_EDGES]
    kept = {edge.id for edge in last}
    ends = {end for edge in last for end in (edge.source, edge.target)}
    return structs.replace(
        scene,
        nodes=tuple(node for node in scene.nodes if node.id in ends),
        edges=tuple(edge for edge in scene.edges if edge.id in kept),
    )


def draw_mermaid(picture: Drawable, pen: Pen) -> str:
    """Return the picture as a flowchart; backward arrows lead from right to left."""
    if not isinstance(picture, Scene):
        raise TypeError("Mermaid draws graphs, no plots")
    said_first, picture = left_out(picture), _nearest(picture)
    printer = UnicodeMath(pen.notation, pen.settings)
    names = names_of(node.id for node in picture.nodes)
    backward = any(edge.arrow == "backward" for edge in picture.edges)
    heading = [] if picture.heading is None else [said(picture.heading, printer)]
    lines = [line for title in heading for line in ("---", f"title: {_headline(title)}", "---")]
    lines.append(f"flowchart {'RL' if backward else 'LR'}")
    lines.append(f"  accTitle: {_plain(picture.title)}")
    lines.append(f"  accDescr: {_plain(picture.description)}")
    lines += [f"  {names[node.id]}{_node(node, printer)}" for node in picture.nodes]
    lines += [_edge(edge, names, printer, backward=backward) for edge in picture.edges]
    said_beside = [
        *([f"{printer.settings.said(said_first)}."] if said_first else []),
        *(said(note, printer) for note in asides(picture)),
        *marks_key(picture, printer.settings.said),
    ]
    for number, note in enumerate(said_beside, 1):
        lines.append(f'  note{number}_["{_quoted(note)}"]:::note')
    lines += _styles(picture, bool(said_beside))
    return "\n".join(lines) + "\n"


def _node(node: DrawnNode, printer: UnicodeMath) -> str:
    opening, closing = SHAPES[node.kind]
    if node.grids:
        lines = [line for grid in node.grids for line in _grid(grid, printer)]
        label = "<br/>".join(_quoted(line).replace("  ", "\u2002\u2002") for line in lines)
        return f'["{label}"]:::{node.kind}'
    label = "⋮" if node.kind == "ellipsis" else _lines(lines_of(node), printer)
    return f'{opening}"{label}"{closing}:::{node.kind}'


def _grid(grid: DrawnGrid, printer: UnicodeMath) -> list[str]:
    """Return a grid's name and its rows, then those of its gradient."""
    found = []
    for gradient in (False, True):
        rows = grid_lines(grid, printer, gradient=gradient)
        found += [grid_name(grid, printer, gradient=gradient), *rows] if rows else []
    return found


def _edge(edge: DrawnEdge, names: dict[str, str], printer: UnicodeMath, *, backward: bool) -> str:
    ends = (edge.target, edge.source) if backward else (edge.source, edge.target)
    source, target = (names[end] for end in ends)
    arrow = "---" if edge.arrow == "none" else "-->"
    words = _lines([*edge.above, *edge.below], printer)
    return f"  {source} {arrow}" + (f'|"{words}"|' if words else "") + f" {target}"


def _lines(labels: list[Label], printer: UnicodeMath) -> str:
    return "<br/>".join(_quoted(said(label, printer)) for label in labels)


def _styles(scene: Scene, noted: bool) -> list[str]:
    """Return a class for each kind of node there is, and the colour and thickness of the lines."""
    kinds = dict.fromkeys(node.kind for node in scene.nodes)
    lines = []
    for kind in kinds:
        look = "fill:none,stroke:none"
        if kind != "ellipsis":
            look = f"fill:{WASH[0]},stroke:{LINES[kind]},color:{INK[0]}"
        lines.append(f"  classDef {kind} {look}")
    if asides(scene) or noted:
        lines.append("  classDef note fill:none,stroke:none")
    for number, edge in enumerate(scene.edges):
        looks = [f"stroke:{COLOURS[edge.role][0]}"] if edge.role != "quiet" else []
        if edge.strength is not None:
            looks.append(f"stroke-width:{0.8 + 5 * edge.strength:.1f}px")
        if looks:
            lines.append(f"  linkStyle {number} {','.join(looks)}")
    return lines


def _quoted(text: str) -> str:
    """Return the text for between quotation marks, every mark by its number."""
    return "".join(f"#{ord(c)};" if c in MARKS else c for c in text) or " "


def _headline(text: str) -> str:
    """Return words of the head in quotes; ``%%{`` would set Mermaid up, wherever it stands."""
    return json.dumps(text, ensure_ascii=False).replace("%%{", "%\\u0025{")


def _plain(text: str) -> str:
    """Return a line of words for a screen reader, without what ends a line or a statement."""
    return " ".join("".join(" " if c in "#;{}" else c for c in printable(text)).split())


FORMAT = PictureFormat(
    "mermaid",
    ("mmd", "mermaid"),
    "a flowchart for Markdown pages that draw it",
    draw_mermaid,
    plots=False,
)
