"""Grids of cells in characters: one under the other, values and gradients side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ....printing.styled import Styled, cell_len
from ...scene import DrawnNode, Role, Scene
from .. import Pen
from .._labels import grid_lines, grid_name, lines_of, name_of, said, text_printer

INDENT, GAP = 4, 3
"""Before what a line acts with; between two grids."""
Lines = list[list[Styled]]


def cells_lines(scene: Scene, pen: Pen, styles: Mapping[Role, str]) -> Lines:
    """Return each quantity's grids from the input on, before each what leads to it."""
    printer = text_printer(pen)
    names = {node.id: name_of(node, printer) for node in scene.nodes}
    held = {node.id for node in scene.nodes if node.kind in ("parameter", "target")}
    nodes = {node.id: node for node in scene.nodes}
    mark = "<-" if scene.passes == "backward" else "->"
    mark = mark if pen.page.ascii_only else {"<-": "←", "->": "→"}[mark]
    found: Lines = []
    for node in scene.nodes:
        if node.id in held:
            continue
        into = [edge for edge in scene.edges if edge.target == node.id]
        grids = [nodes[edge.source] for edge in into if edge.source in held]
        sources = [edge.source for edge in into if edge.source not in held]
        if sources:
            words = [said(label, printer) for edge in into for label in edge.below]
            title = f"{', '.join(names[s] for s in sources)} {mark} {names[node.id]}"
            found += [[(title, "bold"), (f": {', '.join(words)}" if words else "", "")], []]
        for each in grids:
            found += [[(" " * INDENT, ""), *line] for line in _blocks(each, pen, styles, INDENT)]
            found.append([])
        found += [*_blocks(node, pen, styles, 0), []]
    return found[:-1]


def _blocks(node: DrawnNode, pen: Pen, styles: Mapping[Role, str], indent: int) -> Lines:
    """Return a node's grids side by side, as many as the page is wide enough for."""
    printer = text_printer(pen)
    if not node.grids:
        return [[(said(label, printer), styles[label.role])] for label in lines_of(node)]
    blocks: list[tuple[list[str], str]] = []
    for grid in node.grids:
        for gradient in (False, True):
            rows = grid_lines(grid, printer, gradient=gradient)
            if rows:
                role: Role = "gradient" if gradient else grid.names[0].role
                name = grid_name(grid, printer, gradient=gradient)
                blocks.append(([name, *rows], styles[role]))
    return list(_side_by_side(blocks, pen.page.width - indent))


def _side_by_side(blocks: list[tuple[list[str], str]], width: int) -> Iterable[list[Styled]]:
    """Yield the lines of blocks beside each other; what does not fit stands below."""
    while blocks:
        taken, room = 0, width
        for rows, _ in blocks:
            room -= max(map(cell_len, rows)) + (GAP if taken else 0)
            if taken and room < 0:
                break
            taken += 1
        here, blocks = blocks[:taken], blocks[taken:]
        widths = [max(map(cell_len, rows)) for rows, _ in here]
        for number in range(max(len(rows) for rows, _ in here)):
            line: list[Styled] = []
            for (rows, style), wide in zip(here, widths, strict=True):
                text = rows[number] if number < len(rows) else ""
                line += [(" " * GAP if line else "", ""), (text, style)]
                line.append((" " * (wide - cell_len(text)), ""))
            yield line
