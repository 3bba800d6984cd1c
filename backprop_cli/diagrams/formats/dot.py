"""DOT, the language of Graphviz: labels with raised and lowered indices, a colour a role."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import groupby

from ...problems import printable
from ..colours import COLOURS, FILLS, INK, RULE, WASH, WINDOW
from ..lettering import Run, RunMath, lettering
from ..scene import Drawable, DrawnEdge, DrawnGrid, DrawnNode, Label, Scene
from . import Pen, PictureFormat
from ._labels import asides, lines_of, names_of

LINES = {"parameter": "parameter", "cost": "cost", "input": "forward", "target": "forward"}
"""The colour of a node's outline by its kind; others are drawn in ink."""


def draw_dot(picture: Drawable, pen: Pen) -> str:
    """Return the picture as a digraph that Graphviz lays out from left to right."""
    if not isinstance(picture, Scene):
        raise TypeError("Graphviz draws graphs, no plots")
    printer = RunMath(pen.notation, pen.settings)
    names = names_of(node.id for node in picture.nodes)
    heading = [picture.heading] if picture.heading is not None else []
    title = _lines([*heading, *asides(picture)], printer)
    lines = [
        "digraph {",
        f"  rankdir=LR; ranksep=0.9; nodesep=0.35; labelloc=t; label={title};",
        '  fontname="Times"; node [fontname="Times", fontsize=14, style="filled,rounded",'
        f' fillcolor="{WASH[0]}", color="{INK[0]}"];',
        '  edge [fontname="Times", fontsize=12];',
    ]
    lines += [f"  {names[node.id]} [{_node(node, printer)}];" for node in picture.nodes]
    lines += [_edge(edge, names, printer) for edge in picture.edges]
    by_column = sorted(picture.nodes, key=lambda node: (node.column, node.row))
    for _, column in groupby(by_column, key=lambda node: node.column):
        lines.append(f"  {{ rank=same; {'; '.join(names[node.id] for node in column)}; }}")
    return "\n".join([*lines, "}"]) + "\n"


def _node(node: DrawnNode, printer: RunMath) -> str:
    """Return a node's attributes: its values stand in it, over and under its name."""
    if node.kind == "ellipsis":
        return 'shape=none, style="", label="⋮", fontsize=20'
    tip = f', tooltip="{_quoted(node.title)}"' if node.title else ""
    if node.grids:
        grids = "".join(f"<TD>{_grid(grid, node, printer)}</TD>" for grid in node.grids)
        table = f'<TABLE BORDER="0" CELLBORDER="0"><TR>{grids}</TR></TABLE>'
        return f'shape=plain, style="", label=<{table}>{tip}'
    inside = lines_of(node)
    label = _lines(inside, printer, bold=node.label if len(inside) > 1 else None)
    shape = "circle" if node.round and inside == [node.label] else "box"
    colour = RULE[0] if node.faded else COLOURS[LINES.get(node.kind, "name")][0]
    fill = f', fillcolor="{FILLS[node.fill][0]}"' if node.fill else ""
    return f'shape={shape}, color="{colour}"{fill}, label={label}{tip}'


def _grid(grid: DrawnGrid, node: DrawnNode, printer: RunMath) -> str:
    """Return a table of the cells: filled where read, thick where chosen, • at a winner."""
    colour = COLOURS["parameter" if node.kind == "parameter" else "quiet"][0]
    lines = [f'<TR><TD COLSPAN="{len(grid.rows[0])}">{_inner(grid.names, printer)}</TD></TR>']
    for row in grid.rows:
        cells = []
        for cell in row:
            fill = WINDOW[0] if "read" in cell.marks else WASH[0]
            look = f'BORDER="{3 if "chosen" in cell.marks else 1}" BGCOLOR="{fill}"'
            dot = " •" if "winner" in cell.marks else ""
            drawn = _inner(cell.labels, printer) if cell.labels else "…"
            cells.append(f"<TD {look if cell.labels else ''}>{drawn}{dot}</TD>")
        lines.append(f"<TR>{''.join(cells)}</TR>")
    look = f'BORDER="0" CELLBORDER="1" CELLSPACING="0" COLOR="{colour}"'
    first = lines[0].replace("<TD ", '<TD BORDER="0" ')
    return f"<TABLE {look}>{first}{''.join(lines[1:])}</TABLE>"


def _edge(edge: DrawnEdge, names: dict[str, str], printer: RunMath) -> str:
    colour = RULE[0] if edge.faded else COLOURS[edge.role][0]
    attributes = [f'color="{colour}"']
    attributes += ["style=dashed"] if edge.role == "gradient" else []
    if edge.arrow != "forward":
        attributes.append(f"dir={'back' if edge.arrow == 'backward' else 'none'}")
    if edge.strength is not None:
        attributes.append(f"penwidth={0.6 + 4 * edge.strength:.1f}")
    if edge.above or edge.below:
        attributes.append(f"label={_lines([*edge.above, *edge.below], printer)}")
    return f"  {names[edge.source]} -> {names[edge.target]} [{', '.join(attributes)}];"


def _lines(labels: list[Label], printer: RunMath, *, bold: Label | None = None) -> str:
    """Return labels under one another in an HTML-like label; Graphviz centres each."""
    if not labels:
        return '""'
    return f"<{_inner(labels, printer, bold=bold)}>"


def _inner(labels: Sequence[Label], printer: RunMath, *, bold: Label | None = None) -> str:
    drawn_lines = []
    for label in labels:
        inner = "".join(map(_run, lettering(label.line, printer))) or " "
        inner = f"<B>{inner}</B>" if label is bold else inner
        inner = f"<U>{inner}</U>" if label.role == "gradient" else inner
        drawn_lines.append(f'<FONT COLOR="{COLOURS[label.role][0]}">{inner}</FONT>')
    return "<BR/>".join(drawn_lines)


def _run(run: Run) -> str:
    # Graphviz takes a bare ] for the end of a section that is none.
    text = escape(printable(run.text), quote=False).replace("]", "&#93;")
    if not text:
        return ""
    text = f"<I>{text}</I>" if run.italic else text
    if not run.level:
        return text
    tag = "SUP" if run.level > 0 else "SUB"
    return f'<{tag}><FONT POINT-SIZE="9">{text}</FONT></{tag}>'


def _quoted(text: str) -> str:
    return printable(text).replace("\\", "\\\\").replace('"', '\\"')


FORMAT = PictureFormat(
    "dot", ("gv", "dot"), "a graph for Graphviz to lay out", draw_dot, plots=False
)
