"""TikZ: the picture as LaTeX draws it, in the letters of the document around it."""

from __future__ import annotations

import re

from msgspec import structs

from ...expression.tree import Expr
from ...printing.drawn import Drawn, Height
from ...printing.latex.lines import line
from ...printing.latex.looks import macros
from ...printing.latex.printer import LatexMath
from ...printing.latex.width import in_table
from ...printing.page import TEX_WIDTH
from ...printing.stacked import OneLineMath
from ..colours import BAND, COLOURS, FADED, FILLS, INK, RULE, TINT, WASH, WINDOW
from ..scene import (
    Drawable,
    DrawnCell,
    DrawnEdge,
    DrawnNode,
    Label,
    Plot,
    Point,
    Role,
    Scene,
    Span,
)
from . import Pen, PictureFormat

UNIT = 0.75
"""Points of a pixel."""
SIZES = ((16.5, 10, 7), (99.0, 10.95, 8))
"""Letters of a label up to so many pixels: their points, ones that LaTeX has, and an index's."""
LINES: dict[str, Role] = {
    "parameter": "parameter",
    "cost": "cost",
    "input": "forward",
    "target": "forward",
}
NEEDS = "% needs \\usepackage{amsmath,amssymb,tikz} and \\usetikzlibrary{arrows.meta}\n"
PREAMBLE = r"""\documentclass[border=4pt]{standalone}
\usepackage{amsmath,amssymb,tikz}
\usetikzlibrary{arrows.meta}
"""
_OPENING = (
    rf"\begin{{tikzpicture}}[x={UNIT}pt, y=-{UNIT}pt, inner sep=0pt, outer sep=0pt,"
    " >={Stealth[length=5pt]}]"
)
THINNEST, THICKEST = 0.6, 4.5
"""Of a line whose thickness says how large something is, in points."""
_TALLEST = 380.0
"""The height, in points, up to which a picture surely fits on a page."""


class LineMath(OneLineMath, LatexMath):
    """LaTeX mathematics one line high: fractions with a stroke, matrices small."""

    def times(self, before: Expr, after: Expr, drawn: Drawn) -> Drawn:
        """Return a dot beside numbers and fractions, a space between symbols."""
        fractions = map(self.is_quotient, (before, after))
        return Drawn(r" \cdot ") if any(fractions) else super().times(before, after, drawn)

    def raised(self, base: Drawn, exponent: Drawn) -> Drawn:
        """Return base to the exponent, whose own indices are no smaller than it."""
        text = re.sub(r"([_^])\{", r"\1{\\scriptstyle ", str(exponent))
        return super().raised(base, structs.replace(exponent, text=text))

    def matrix(self, rows: list[list[Drawn]]) -> Drawn:
        """Return a matrix whose rows are no higher than a line of small letters."""
        drawn = r" \\ ".join(" & ".join(map(str, row)) for row in rows)
        text = rf"\left[\begin{{smallmatrix}} {drawn} \end{{smallmatrix}}\right]"
        return Drawn(text, tall=Height(rows=len(rows)), width=in_table(rows))


def points_of(pixels: float, finest: float = 1.0) -> float:
    """Return the size in points, one that LaTeX has, of a label of so many pixels, or its index."""
    letter, index = next(sizes for most, *sizes in SIZES if pixels <= most)
    return letter if finest == 1 else index


def draw_tikz(picture: Drawable, pen: Pen) -> str:
    """Return a tikzpicture, or with ``standalone`` a document that compiles by itself."""
    body = tikzpicture(picture, LineMath(pen.notation, pen.settings))
    wide = pen.page.layout.width
    if wide is not None:
        share = pen.share(picture)
        number, unit = (1.0, wide.written) if wide.relative else wide.parts
        across = wide.written if share == 1 else f"{share * number:.4g}{unit}"
        body = f"\\resizebox{{{across}}}{{!}}{{%\n{body}}}"
    looks = definitions(body)
    if pen.page.standalone:
        return f"{PREAMBLE}{looks}\\begin{{document}}\n{body}\n\\end{{document}}\n"
    body = body if wide is not None else fitted(body, UNIT * picture.height)
    return f"{NEEDS}{looks}\\noindent\n{body}\n"


def fitted(drawn: str, height: float) -> str:
    """Return what is drawn no wider than the text around it, and no higher than its page."""
    body = f"\\resizebox{{{least('width', 'linewidth')}}}{{!}}{{%\n{drawn}%\n}}"
    if height <= _TALLEST:
        return body
    return f"\\resizebox{{!}}{{{least('totalheight', '0.92', 'textheight')}}}{{%\n{body}}}"


def least(own: str, *most: str) -> str:
    """Return a box's own width or height, or the most that it may be."""
    limit = most[0] + f"\\{most[1]}" if len(most) > 1 else f"\\{most[0]}"
    return rf"\ifdim\{own}>{limit} {limit}\else\{own}\fi"


def definitions(body: str) -> str:
    """Return the colours and macros that a text uses; one that is defined before stays as it is."""
    colours = {role: light for role, (light, _) in COLOURS.items()}
    colours |= {
        "wash": WASH[0],
        "tint": TINT[0],
        "rule": RULE[0],
        "band": BAND[0],
        "ink": INK[0],
        "window": WINDOW[0],
        **{f"f-{fill}": light for fill, (light, _) in FILLS.items()},
    }
    used = set(re.findall(r"\bbp-([a-z-]+)", body))
    lines = [
        rf"\providecolor{{bp-{name}}}{{HTML}}{{{code[1:].upper()}}}"
        for name, code in colours.items()
        if name in used
    ]
    lines += macros(body)
    return "".join(f"{line}\n" for line in ("% How it looks, to be changed here:", *lines) if lines)


def tikzpicture(picture: Drawable, printer: LineMath) -> str:
    """Return the environment alone."""
    canvas = _TikzCanvas(printer)
    parts = canvas.scene(picture) if isinstance(picture, Scene) else canvas.plot(picture)
    size = f"({picture.width:.1f},{picture.height:.1f})"
    box = rf"\path[use as bounding box] (0,0) rectangle {size};"
    return "\n".join([_OPENING, *(f"  {part}" for part in (box, *parts)), "\\end{tikzpicture}"])


class _TikzCanvas:
    def __init__(self, printer: LineMath) -> None:
        self.printer = printer

    def scene(self, scene: Scene) -> list[str]:
        """Return the lines, then the shapes, then what is written."""
        parts = [part for edge in scene.edges for part in self.edge(edge)]
        parts += [part for node in scene.nodes for part in self.node(node)]
        parts += map(self.text, (*scene.captions, *scene.notes))
        parts += [self.text(scene.heading)] if scene.heading is not None else []
        for label in scene.legend:
            left, top = label.x - label.width / 2 - 14, label.y - 5
            parts.append(
                rf"\fill[bp-{label.role}, rounded corners=1pt]"
                rf" {_at((left, top))} rectangle {_at((left + 10, top + 10))};"
            )
            parts.append(self.text(label))
        return parts

    def edge(self, edge: DrawnEdge) -> list[str]:
        """Return a line with its head, and what is written at it."""
        looks = [f"bp-{edge.role}"]
        looks += ["dashed"] if edge.role == "gradient" else []
        looks += {"forward": ["->"], "backward": ["<-"], "none": []}[edge.arrow]
        if edge.strength is not None:
            width = THINNEST + (THICKEST - THINNEST) * edge.strength
            looks.append(f"line width={width:.2f}pt")
        labels = map(self.text, (*edge.above, *edge.below))
        return _scope([rf"\draw[{', '.join(looks)}] {_way(edge.points)};", *labels], edge.faded)

    def node(self, node: DrawnNode) -> list[str]:
        """Return a shape with its name and its values."""
        if node.kind == "ellipsis":
            return [rf"\fill[bp-quiet] {_at(dot)} circle[radius=1.3pt];" for dot in node.dots]
        inside = f"f-{node.fill}" if node.fill else "wash"
        look = rf"\filldraw[draw=bp-{LINES.get(node.kind, 'name')}, fill=bp-{inside}"
        if node.round:
            radius = UNIT * node.width / 2
            shape = rf"{look}] {_at((node.x, node.y))} circle[radius={radius:.2f}pt];"
        else:
            corner = 3.0 if node.kind == "parameter" else UNIT * min(14.0, node.height / 2)
            low = (node.x - node.width / 2, node.y - node.height / 2)
            high = (node.x + node.width / 2, node.y + node.height / 2)
            shape = f"{look}, rounded corners={corner:.2f}pt] {_at(low)} rectangle {_at(high)};"
        shapes = [shape]
        if node.grids:
            cells = (cell for grid in node.grids for cell in grid.cells if cell.labels)
            shapes = [part for cell in cells for part in self.cell(cell, node)]
        return _scope([*shapes, *map(self.text, node.labels)], node.faded)

    def cell(self, cell: DrawnCell, node: DrawnNode) -> list[str]:
        """Return a cell: filled where it is read, thick where chosen, a winner with a dot."""
        chosen = "chosen" in cell.marks
        inset = 1.2 if chosen else 0.0
        wide, high = cell.width / 2 - inset, cell.height / 2 - inset
        corners = (cell.x - wide, cell.y - high), (cell.x + wide, cell.y + high)
        line = "name" if chosen else "parameter" if node.kind == "parameter" else "quiet"
        look = f"draw=bp-{line}, fill=bp-{'window' if 'read' in cell.marks else 'wash'}"
        look += ", line width=1.8pt" if chosen else ""
        frame = rf"\filldraw[{look}] {_at(corners[0])} rectangle {_at(corners[1])};"
        if "winner" not in cell.marks:
            return [frame]
        return [frame, rf"\fill[bp-name] {_at(cell.corner)} circle[radius=1.8pt];"]

    def text(self, label: Label) -> str:
        """Return a label: its middle at its place, or its left end where lines stand in a block."""
        x, anchor = label.x, ""
        if label.anchor == "start":
            x, anchor = x - label.width / 2, ", anchor=west"
        if label.role == "gradient":
            anchor += ", fill=bp-tint, rounded corners=1.5pt, inner xsep=2pt"
        size = points_of(label.size)
        font = rf"\fontsize{{{size}}}{{{1.2 * size:.1f}}}\selectfont"
        return (
            rf"\node[bp-{label.role}, font={font}{anchor}] at {_at((x, label.y))}"
            rf" {{{line(label.line, self.printer)}\strut}};"
        )

    # -- a plot's parts

    def plot(self, plot: Plot) -> list[str]:
        """Return the field with what is marked in it, the curves, and the sentences."""
        box = plot.box
        right, bottom = box.left + box.width, box.top + box.height
        parts = [part for span in plot.spans for part in self.span(span, plot)]
        across, down = plot.to_pixels((0.0, 0.0))
        parts.append(rf"\draw[bp-rule] {_at((box.left, down))} -- {_at((right, down))};")
        parts.append(rf"\draw[bp-rule] {_at((across, box.top))} -- {_at((across, bottom))};")
        for tick in plot.x_ticks:
            x = plot.to_pixels((tick.at, 0.0))[0]
            parts.append(rf"\draw[bp-rule] {_at((x, bottom))} -- {_at((x, bottom + 5))};")
        for tick in plot.y_ticks:
            y = plot.to_pixels((0.0, tick.at))[1]
            parts.append(rf"\draw[bp-rule] {_at((box.left, y))} -- {_at((box.left - 5, y))};")
        corners = f"{_at((box.left, box.top))} rectangle {_at((right, bottom))}"
        parts.append(rf"\draw[bp-rule] {corners};")
        for curve in plot.curves:
            look = f"bp-{curve.role}, line width=1.6pt"
            look += ", dash pattern=on 5pt off 3pt" if curve.role == "gradient" else ""
            for piece in curve.pieces:
                parts.append(rf"\draw[{look}] {_path(_thinned(piece), plot)};")
            end, y = curve.label.x - curve.label.width / 2 - 6, curve.label.y
            parts.append(rf"\draw[{look}] {_at((end - 28, y))} -- {_at((end, y))};")
            parts.append(self.text(curve.label))
        for mark in plot.marks:
            inside = "white" if mark.open else f"bp-{mark.role}"
            where = _at(plot.to_pixels(mark.at))
            look = f"draw=bp-{mark.role}, fill={inside}, line width=1.2pt"
            parts.append(rf"\filldraw[{look}] {where} circle[radius=2.6pt];")
            parts += [self.text(mark.label)] if mark.label is not None else []
        labels = [plot.heading, plot.axis, *plot.facts]
        labels += [tick.label for tick in (*plot.x_ticks, *plot.y_ticks)]
        return [*parts, *map(self.text, labels)]

    def span(self, span: Span, plot: Plot) -> list[str]:
        """Return a range of z as a band."""
        left, right = (plot.to_pixels((x, 0.0))[0] for x in (span.low, span.high))
        box = plot.box
        band = f"{_at((left, box.top))} rectangle {_at((right, box.top + box.height))}"
        label = [] if span.label is None else [self.text(span.label)]
        return [rf"\fill[bp-band] {band};", *label]


def _scope(parts: list[str], faded: bool) -> list[str]:
    """Return the parts, seen through where they are faded."""
    return [rf"\begin{{scope}}[opacity={FADED}]", *parts, r"\end{scope}"] if faded else parts


def _way(points: tuple[Point, ...]) -> str:
    """Return the way through the points: level runs straight, the rest in curves level at ends."""
    (x0, y0), *rest = points
    way = [_at((x0, y0))]
    for x, y in rest:
        if abs(y - y0) < 0.05:
            if x != x0:
                way.append(f"-- {_at((x, y0))}")
                x0 = x
            continue
        if x == x0:
            way.append(f"-- {_at((x, y))}")
            y0 = y
            continue
        middle = (x0 + x) / 2
        way.append(f".. controls {_at((middle, y0))} and {_at((middle, y))} .. {_at((x, y))}")
        x0, y0 = x, y
    return " ".join(way)


def _path(points: tuple[Point, ...], plot: Plot) -> str:
    return " -- ".join(_at(plot.to_pixels(point)) for point in points)


def _thinned(points: tuple[Point, ...]) -> tuple[Point, ...]:
    """Return every fourth point and the last: TeX draws each piece of a curve slowly."""
    return (*points[:-1:4], points[-1])


def _at(point: Point) -> str:
    return "(" + ",".join(f"{value:.1f}".removesuffix(".0") for value in point) + ")"


FORMAT = PictureFormat(
    "tikz",
    ("tex", "tikz"),
    "a picture for LaTeX, drawn by TikZ",
    draw_tikz,
    takes=("--standalone", "--width", TEX_WIDTH),
    sizes=points_of,
)
