"""SVG: self-contained, with real text, a title and a description, light or dark by itself."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from ...problems import printable
from ...worked.document import Strong
from ..colours import BAND, COLOURS, FADED, FILLS, INK, PAPER, RULE, TINT, WASH, WINDOW
from ..lettering import Run, RunMath, lettering
from ..scene import (
    Curve,
    Drawable,
    DrawnCell,
    DrawnEdge,
    DrawnNode,
    Label,
    Mark,
    Plot,
    Point,
    Scene,
    Span,
    fills_of,
)
from . import Pen, PictureFormat
from ._labels import described

FAMILY = (
    "'STIX Two Text', STIXGeneral, 'Times New Roman', Times, 'Liberation Serif', 'Nimbus Roman', "
    "serif"
)
FIRST = "'Times New Roman', STIXGeneral, serif"
"""What a program that knows one family only looks for, as CairoSVG: some Times is everywhere."""
CHOICE = f'@media all {{ [font-family*="STIX"] {{ font-family: {FAMILY} }} }}'
"""For the others, which read rules for a medium."""
BASELINE = 0.31
"""How far a line's baseline lies under the middle of its box, in em."""
THINNEST, THICKEST = 0.8, 4.8
THICK = 2.2
"""Width of a line past which its head is a larger one."""
"""Of a line whose thickness says how large something is, in pixels."""
_THEMES = (0, 1)


def draw_svg(picture: Drawable, pen: Pen) -> str:
    """Return the picture as an SVG document."""
    text = svg_text(picture, RunMath(pen.notation, pen.settings))
    wide = pen.page.layout.width
    if wide is None:
        return text
    number, unit = wide.parts
    number *= pen.share(picture)
    high = _number(number * picture.height / picture.width)
    given = f'width="{_number(picture.width)}" height="{_number(picture.height)}"'
    return text.replace(given, f'width="{_number(number)}{unit}" height="{high}{unit}"', 1)


def svg_text(
    picture: Drawable, printer: RunMath, *, prefix: str = "", settled: bool = False
) -> str:
    """Return the picture as SVG; ``prefix`` keeps ids apart where a page holds several.

    ``settled`` gives each run of a text its place by the shipped fonts' widths: for a program that
    draws with these and would take one font for a whole text, upright for want of an italic ′.
    """
    canvas = _SvgCanvas(printer, prefix, settled)
    parts = canvas.scene(picture) if isinstance(picture, Scene) else canvas.plot(picture)
    width, height = _number(picture.width), _number(picture.height)
    family, choice = (FAMILY, "") if settled else (FIRST, f" {CHOICE}")
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
        f' viewBox="0 0 {width} {height}" role="img"'
        f' aria-labelledby="{prefix}scene--title {prefix}scene--desc" font-family="{family}">'
    )
    lines = [
        head,
        f'<title id="{prefix}scene--title">{escape(printable(picture.title))}</title>',
        f'<desc id="{prefix}scene--desc">{escape(described(picture, printer))}</desc>',
        f"<style>{style(fills_of(picture))}{choice}</style>",
        canvas.heads(picture),
        f'<rect class="paper" width="{width}" height="{height}"/>',
        *parts,
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def style(fills: Iterable[str] = ()) -> str:
    """Return the colours as a style sheet: light, and dark where the reader prefers it."""
    light, dark = (" ".join([_rules(theme), *_fills(fills, theme)]) for theme in _THEMES)
    return f"{light} @media (prefers-color-scheme: dark) {{ {dark} }}"


def _fills(fills: Iterable[str], theme: int) -> list[str]:
    return [f".f-{fill} {{ fill: {FILLS[fill][theme]} }}" for fill in fills]


def _rules(theme: int) -> str:
    rules = [
        f".paper {{ fill: {PAPER[theme]} }}",
        f".rule {{ stroke: {RULE[theme]}; fill: none }}",
        f".shape {{ fill: {WASH[theme]}; stroke: {INK[theme]} }}",
        f".band {{ fill: {BAND[theme]} }}",
        f".tint {{ fill: {TINT[theme]} }}",
        f".window {{ fill: {WINDOW[theme]} }}",
    ]
    for role, colours in COLOURS.items():
        rules.append(f".t-{role} {{ fill: {colours[theme]} }}")
        rules.append(f".l-{role} {{ stroke: {colours[theme]} }}")
    return " ".join(rules)


class _SvgCanvas:
    def __init__(self, printer: RunMath, prefix: str, settled: bool) -> None:
        self.printer, self.prefix, self.settled = printer, prefix, settled

    def heads(self, picture: Drawable) -> str:
        """Return the arrow heads, one a colour, and larger ones where lines may be thick."""
        sizes = {"": 8}
        if isinstance(picture, Scene) and any(e.strength is not None for e in picture.edges):
            sizes["-thick"] = 15
        markers = [
            f'<marker id="{self.prefix}scene--head-{role}{kind}" viewBox="0 0 10 10"'
            f' refX="9" refY="5"'
            f' markerWidth="{size}" markerHeight="{size}" markerUnits="userSpaceOnUse"'
            f' orient="auto-start-reverse">'
            f'<path class="t-{role}" d="M0,1 L10,5 L0,9 z"/></marker>'
            for kind, size in sizes.items()
            for role in ("quiet", "gradient", "forward", "parameter", "cost")
        ]
        return f"<defs>{''.join(markers)}</defs>"

    def scene(self, scene: Scene) -> list[str]:
        """Return the lines, then the shapes, then what is written."""
        parts = ['<g class="edges">', *map(self.edge, scene.edges), "</g>"]
        parts += ['<g class="nodes">', *map(self.node, scene.nodes), "</g>"]
        labels = [*scene.captions, *scene.notes]
        labels += [scene.heading] if scene.heading is not None else []
        parts += map(self.text, labels)
        for label in scene.legend:
            left = label.x - label.width / 2 - 14
            parts.append(
                f'<rect class="t-{label.role}" x="{_number(left)}" y="{_number(label.y - 5)}"'
                f' width="10" height="10" rx="2"/>'
            )
            parts.append(self.text(label))
        return parts

    # -- a network's parts

    def edge(self, edge: DrawnEdge) -> str:
        """Return a line with its head and what is written at it."""
        width = 1.3
        if edge.strength is not None:
            width = THINNEST + (THICKEST - THINNEST) * edge.strength
        name = f"{self.prefix}scene--head-{edge.role}{'-thick' if width > THICK else ''}"
        head = {
            "forward": f' marker-end="url(#{name})"',
            "backward": f' marker-start="url(#{name})"',
            "none": "",
        }[edge.arrow]
        dashes = ' stroke-dasharray="7 3"' if edge.role == "gradient" else ""
        path = (
            f'<path class="l-{edge.role}" fill="none" stroke-width="{_number(width)}"{dashes}'
            f' stroke-linejoin="round" d="{path_of(edge.points)}"{head}/>'
        )
        labels = "".join(map(self.text, (*edge.above, *edge.below)))
        look = _faded(edge.faded)
        return f'<g id="{self.prefix}{edge.id}"{look}>{_tip(edge.title)}{path}{labels}</g>'

    def node(self, node: DrawnNode) -> str:
        """Return a shape with its name and its values."""
        role = {"parameter": "parameter", "cost": "cost", "input": "forward", "target": "forward"}
        fill = f" f-{node.fill}" if node.fill else ""
        line = f'class="shape l-{role.get(node.kind, "name")}{fill}" stroke-width="1.4"'
        left, top = node.x - node.width / 2, node.y - node.height / 2
        if node.kind == "ellipsis":
            shape = "".join(
                f'<circle class="t-quiet" cx="{_number(x)}" cy="{_number(y)}" r="2"/>'
                for x, y in node.dots
            )
        elif node.round:
            shape = (
                f'<circle {line} cx="{_number(node.x)}" cy="{_number(node.y)}"'
                f' r="{_number(node.width / 2)}"/>'
            )
        else:
            radius = 4 if node.kind == "parameter" else min(14.0, node.height / 2)
            shape = (
                f'<rect {line} x="{_number(left)}" y="{_number(top)}" rx="{_number(radius)}"'
                f' width="{_number(node.width)}" height="{_number(node.height)}"/>'
            )
        if node.grids:
            shape = "".join(self.cell(cell, node) for grid in node.grids for cell in grid.cells)
        written = "".join(map(self.text, node.labels))
        look = _faded(node.faded)
        return f'<g id="{self.prefix}{node.id}"{look}>{_tip(node.title)}{shape}{written}</g>'

    def cell(self, cell: DrawnCell, node: DrawnNode) -> str:
        """Return a cell: filled where it is read, thick where chosen, a winner with a dot."""
        if not cell.labels:
            return ""
        left, top = cell.x - cell.width / 2, cell.y - cell.height / 2
        look = "window" if "read" in cell.marks else "shape"
        line = f'class="{look} l-{"parameter" if node.kind == "parameter" else "quiet"}"'
        inset = 0.0
        if "chosen" in cell.marks:
            line, inset = f'class="{look} l-name" stroke-width="2.6"', 1.3
        frame = (
            f'<rect {line} x="{_number(left + inset)}" y="{_number(top + inset)}"'
            f' width="{_number(cell.width - 2 * inset)}"'
            f' height="{_number(cell.height - 2 * inset)}"/>'
        )
        if "winner" not in cell.marks:
            return frame
        x, y = cell.corner
        dot = f'<circle class="t-name" cx="{_number(x)}" cy="{_number(y)}" r="2.4"/>'
        return frame + dot

    def text(self, label: Label) -> str:
        """Return a label: a text with a run for each slope and height."""
        y = label.y + BASELINE * label.size
        strong = any(isinstance(part, Strong) for part in label.line)
        weight = ' font-weight="bold"' if strong else ""
        x = label.x if label.anchor == "middle" else label.x - label.width / 2
        anchor, found = label.anchor, lettering(label.line, self.printer)
        # A program may put each run of a text in the middle, so that they lie upon each other.
        if anchor == "middle" and (self.settled or len(found) > 1):
            x -= sum(run.width for run in found) * label.size / 2
            anchor = "start"
        spans = self.placed_spans(found, label, x, y) if self.settled else self.spans(found, label)
        return (
            f'{_tint(label)}<text class="t-{label.role}" x="{_number(x)}" y="{_number(y)}"'
            f' font-size="{_number(label.size)}" text-anchor="{anchor}"{weight}>{spans}</text>'
        )

    def placed_spans(self, found: list[Run], label: Label, x: float, y: float) -> str:
        """Return the runs of a label, each at a place of its own."""
        written = []
        for run in found:
            x -= run.back * label.size
            look = ' font-style="italic"' if run.italic else ""
            look += f' x="{x:.2f}" y="{y - run.rise * label.size:.2f}"'
            look += f' font-size="{_number(run.scale * label.size)}"'
            written.append(f"<tspan{look}>{escape(run.text, quote=False)}</tspan>")
            x += (run.width + run.back) * label.size
        return "".join(written)

    def spans(self, found: list[Run], label: Label) -> str:
        """Return the runs of a label; a span neither begins nor ends with a space, for librsvg."""
        written, at, back = [], 0.0, 0.0
        for run in found:
            back += run.back
            if not run.text.strip(" "):
                written.append(run.text)
                continue
            wanted = -run.rise * label.size
            look = ""
            if run.italic:
                look += ' font-style="italic"'
            if run.scale != 1.0:
                look += f' font-size="{_number(run.scale * label.size)}"'
            if step := round(wanted - at, 1):
                look += f' dy="{_number(step)}"'
                at += step  # as written, or what is rounded away adds up
            if back:
                look += f' dx="{_number(-back * label.size)}"'
                back = 0.0
            text = escape(run.text, quote=False)
            kept = text.strip(" ")
            written.append(text.replace(kept, f"<tspan{look}>{kept}</tspan>") if look else text)
        return "".join(written)

    # -- a plot's parts

    def plot(self, plot: Plot) -> list[str]:
        """Return the field with what is marked in it, the curves, and the sentences."""
        box = plot.box
        right, bottom = box.left + box.width, box.top + box.height
        parts = [self.span(span, plot) for span in plot.spans]
        ticks = []
        for tick in plot.x_ticks:
            x = _number(plot.to_pixels((tick.at, 0.0))[0])
            ticks.append(f"M{x},{_number(bottom)} v5")
        for tick in plot.y_ticks:
            y = _number(plot.to_pixels((0.0, tick.at))[1])
            ticks.append(f"M{_number(box.left)},{y} h-5")
        across, down = plot.to_pixels((0.0, 0.0))
        axes = f"M{_number(box.left)},{_number(down)} H{_number(right)}"
        axes += f" M{_number(across)},{_number(box.top)} V{_number(bottom)}"
        parts.append(f'<path class="rule" d="{axes} {" ".join(ticks)}"/>')
        parts.append(
            f'<rect class="rule" x="{_number(box.left)}" y="{_number(box.top)}"'
            f' width="{_number(box.width)}" height="{_number(box.height)}"/>'
        )
        parts += [self.curve(curve, plot) for curve in plot.curves]
        parts += [self.mark(mark, plot) for mark in plot.marks]
        labels = [plot.heading, plot.axis, *plot.facts]
        labels += [tick.label for tick in (*plot.x_ticks, *plot.y_ticks)]
        return [*parts, *map(self.text, labels)]

    def span(self, span: Span, plot: Plot) -> str:
        """Return a range of z as a band."""
        left, right = (plot.to_pixels((x, 0.0))[0] for x in (span.low, span.high))
        box = plot.box
        band = (
            f'<rect class="band" x="{_number(left)}" y="{_number(box.top)}"'
            f' width="{_number(right - left)}" height="{_number(box.height)}"/>'
        )
        return band + ("" if span.label is None else self.text(span.label))

    def curve(self, curve: Curve, plot: Plot) -> str:
        """Return a function's line, and a sample of it beside its name."""
        dash = ' stroke-dasharray="7 4"' if curve.role == "gradient" else ""
        look = f'class="l-{curve.role}" fill="none" stroke-width="2.2"{dash}'
        lines = []
        for piece in curve.pieces:
            way = " ".join(f"{_number(x)},{_number(y)}" for x, y in map(plot.to_pixels, piece))
            lines.append(f'<polyline {look} stroke-linejoin="round" points="{way}"/>')
        end = curve.label.x - curve.label.width / 2 - 6
        y = _number(curve.label.y)
        lines.append(f'<path {look} d="M{_number(end - 28)},{y} H{_number(end)}"/>')
        return "".join(lines) + self.text(curve.label)

    def mark(self, mark: Mark, plot: Plot) -> str:
        """Return a dot, or a ring where a piece ends without its point."""
        x, y = plot.to_pixels(mark.at)
        inside = "paper" if mark.open else f"t-{mark.role}"
        dot = (
            f'<circle class="{inside} l-{mark.role}" stroke-width="1.8"'
            f' cx="{_number(x)}" cy="{_number(y)}" r="4"/>'
        )
        return dot + ("" if mark.label is None else self.text(mark.label))


def _faded(faded: bool) -> str:
    return f' opacity="{FADED}"' if faded else ""


def path_of(points: tuple[Point, ...]) -> str:
    """Return the way through the points: level runs straight, the rest in curves level at ends."""
    (x0, y0), *rest = points
    way = [f"M{_number(x0)},{_number(y0)}"]
    for x, y in rest:
        if abs(y - y0) < 0.05:
            if x != x0:
                way.append(f"L{_number(x)},{_number(y0)}")
        elif x == x0:
            way.append(f"L{_number(x)},{_number(y)}")
        else:
            middle = (x0 + x) / 2
            way.append(
                f"C{_number(middle)},{_number(y0)} {_number(middle)},{_number(y)}"
                f" {_number(x)},{_number(y)}"
            )
        x0, y0 = x, y
    return " ".join(way)


def _tint(label: Label) -> str:
    """Return what a gradient stands on."""
    if label.role != "gradient":
        return ""
    width, height = label.width + 6, 1.36 * label.size
    left = label.x - width / 2
    return (
        f'<rect class="tint" rx="3" x="{_number(left)}" y="{_number(label.y - height / 2)}"'
        f' width="{_number(width)}" height="{_number(height)}"/>'
    )


def _tip(title: str) -> str:
    return f"<title>{escape(title)}</title>" if title else ""


def _number(value: float) -> str:
    """Return a length to a tenth of a pixel, without a needless zero or sign."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


FORMAT = PictureFormat(
    "svg", ("svg",), "a picture for pages and slides", draw_svg, takes=("--width",)
)
