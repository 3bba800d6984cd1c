"""Words: the picture told line by line, for a terminal, a search or a screen reader."""

from __future__ import annotations

from ...printing.plain_math import AsciiMath, UnicodeMath
from ...problems import printable
from ..scene import Drawable, Plot, Scene
from . import Pen, PictureFormat
from ._labels import grid_lines, grid_name, marks_key, name_of, said


def draw_words(picture: Drawable, pen: Pen) -> str:
    """Return a line for each node with its values, and one for each edge with what it carries."""
    made = AsciiMath if pen.page.ascii_only else UnicodeMath
    printer = made(pen.notation, pen.settings)
    lines = [printable(picture.title), "", picture.description, ""]
    if isinstance(picture, Plot):
        return "\n".join([*lines[:2], *(said(label, printer) for label in picture.facts)]) + "\n"
    lines += _nodes(picture, printer)
    lines += [text for c in picture.captions if " = " in (text := said(c, printer))]
    lines += [""] if picture.edges else []
    lines += _edges(picture, printer)
    lines += [""] if picture.notes else []
    lines += [said(note, printer) for note in picture.notes]
    lines += marks_key(picture, printer.settings.said)
    return "\n".join(lines) + "\n"


def _nodes(scene: Scene, printer: UnicodeMath) -> list[str]:
    found = []
    for node in sorted(scene.nodes, key=lambda node: (node.column, node.row)):
        for grid in node.grids:
            for gradient in (False, True):
                rows = grid_lines(grid, printer, gradient=gradient)
                name = grid_name(grid, printer, gradient=gradient)
                found += [f"{name}:", *(f"  {row}" for row in rows)] if rows else []
        if node.label is None:
            continue
        name = said(node.label, printer)
        name = f"{node.title} ({name})" if name_of(node, printer) not in name else name
        values = [said(label, printer) for label in (*node.above, *node.below)]
        if values and values[0].startswith(f"{name} = "):
            name, values = values[0], values[1:]
        found.append(f"{name}: {', '.join(values)}" if values else name)
    return found


def _edges(scene: Scene, printer: UnicodeMath) -> list[str]:
    names = {
        node.id: name_of(node, printer) if node.label or node.grids else "…" for node in scene.nodes
    }
    there, back = ("->", "<-") if printer.arrow().text == "->" else ("→", "←")
    found = []
    for edge in scene.edges:
        values = [said(label, printer) for label in (*edge.above, *edge.below)]
        arrow = back if edge.arrow == "backward" else there
        line = f"{names[edge.source]} {arrow} {names[edge.target]}"
        found.append(f"{line}: {', '.join(values)}" if values else line)
    return found


FORMAT = PictureFormat(
    "words", (), "every node and edge in a line of words", draw_words, widths=False
)
