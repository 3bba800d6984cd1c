"""A plot of functions in characters: dots of Braille, eight to a character."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from itertools import pairwise

from ....printing.styled import Styled, cell_len
from ...scene import Curve, Plot, Point, Role
from .. import Pen
from .._canvas import RIGHT, UP, Canvas
from .._labels import said, text_printer

HEIGHT = 18
WIDEST = 76
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""The bits of a Braille character by row and column."""
DASH, SKIP = 7, 3
"""The derivative's line in dots: drawn, left out."""


def plot_lines(plot: Plot, pen: Pen, styles: Mapping[Role, str]) -> list[list[Styled]]:
    """Return the plot's lines: its title and curves' names, the field with axes, the sentences."""
    printer = text_printer(pen)
    ascii_only = pen.page.ascii_only
    canvas = Canvas(ascii_only=ascii_only)
    left = max(cell_len(said(tick.label, printer)) for tick in plot.y_ticks) + 2
    axis = said(plot.axis, printer)
    width = min(WIDEST, pen.page.width - left - cell_len(axis) - 2)
    field = _Field(plot, width, ascii_only)
    top = 3
    canvas.write(0, 0, said(plot.heading, printer), "bold")
    x = left
    for curve in plot.curves:
        sample, name = field.sample(curve), said(curve.label, printer)
        canvas.write(x, 1, f"{sample} {name}", styles[curve.role])
        x += cell_len(sample) + cell_len(name) + 4
    _axes(canvas, plot, field, (left, top), pen)
    for curve in plot.curves:
        for (column, row), sign in field.drawn(curve).items():
            canvas.write(left + column, top + row, sign, styles[curve.role])
    for mark in plot.marks:
        column, row = field.cell(mark.at)
        sign = ("o" if mark.open else "@") if ascii_only else ("○" if mark.open else "●")
        canvas.write(left + column, top + row, sign, styles[mark.role])
        if mark.label is not None:
            text = said(mark.label, printer)
            after = left + column + 2
            if after + cell_len(text) > left + width:
                after = left + column - 1 - cell_len(text)
            canvas.write(after, top + max(0, row - 1), text, styles[mark.label.role])
    foot = top + HEIGHT + 2
    spans = [span for span in plot.spans if span.label is not None]
    for span in spans:
        _span(
            canvas,
            field,
            (span.low, span.high),
            (left, foot),
            said(span.label, printer) if span.label else "",
        )
    facts: list[list[Styled]] = [
        [(line, styles[fact.role])]
        for fact in plot.facts
        for line in textwrap.wrap(said(fact, printer), pen.page.width, subsequent_indent="  ")
    ]
    return [*canvas.lines(), [], *facts]


def _axes(canvas: Canvas, plot: Plot, field: _Field, corner: Point, pen: Pen) -> None:
    """Draw the frame with its ticks and numbers, and the axes through 0."""
    printer = text_printer(pen)
    left, top = (int(value) for value in corner)
    canvas.upright("frame", left - 1, top, top + HEIGHT, "dim")
    canvas.level("frame", top + HEIGHT, left - 1, left + field.width, "dim")
    canvas.touch("frame", left - 1, top, UP, "dim")
    canvas.touch("frame", left + field.width, top + HEIGHT, RIGHT, "dim")
    across, down = field.cell((0.0, 0.0))
    for column in range(field.width):
        canvas.write(left + column, top + down, "-" if canvas.ascii_only else "╌", "dim")
    for row in range(HEIGHT):
        canvas.write(left + across, top + row, "|" if canvas.ascii_only else "┊", "dim")
    for tick in plot.y_ticks:
        text = said(tick.label, printer)
        row = top + field.cell((0.0, tick.at))[1]
        canvas.write(left - 2 - cell_len(text), row, text, "dim")
    for tick in plot.x_ticks:
        text = said(tick.label, printer)
        column = left + field.cell((tick.at, 0.0))[0]
        begin = column - cell_len(text) // 2 - text.startswith(("-", "−"))
        canvas.write(max(0, begin), top + HEIGHT + 1, text, "dim")
    canvas.write(left + field.width + 1, top + HEIGHT, said(plot.axis, printer))


def _span(
    canvas: Canvas, field: _Field, ends: tuple[float, float], corner: Point, text: str
) -> None:
    """Mark a range of z under the axis, with the word for it."""
    left, row = (int(value) for value in corner)
    begin, end = (left + field.cell((z, 0.0))[0] for z in ends)
    for x in range(begin, end + 1):
        canvas.write(x, row, "=" if canvas.ascii_only else "━", "dim")
    if end - begin > cell_len(text) + 2:
        canvas.write((begin + end - cell_len(text)) // 2, row, f" {text} ", "dim")


class _Field:
    """The cells of a plot, and what a curve draws in each."""

    def __init__(self, plot: Plot, width: int, ascii_only: bool) -> None:
        self.plot, self.width, self.ascii_only = plot, width, ascii_only
        self.marks: dict[tuple[int, int], int] = {}

    def dot(self, point: Point) -> Point:
        """Return where a point stands, in dots of Braille from the top left."""
        (low, high), (least, most) = self.plot.x_range, self.plot.y_range
        across = (point[0] - low) / (high - low) * (2 * self.width - 1)
        down = (most - point[1]) / (most - least) * (4 * HEIGHT - 1)
        return across, down

    def cell(self, point: Point) -> tuple[int, int]:
        """Return the character cell of a point."""
        across, down = self.dot(point)
        column = min(max(round(across), 0) // 2, self.width - 1)
        return column, min(max(round(down), 0) // 4, HEIGHT - 1)

    def dots(self, curve: Curve) -> list[tuple[int, int]]:
        """Return the dots of a curve, each next to the one before."""
        found: list[tuple[int, int]] = []
        for piece in curve.pieces:
            for (x0, y0), (x1, y1) in pairwise(piece):
                (a0, d0), (a1, d1) = self.dot((x0, y0)), self.dot((x1, y1))
                steps = max(1, round(max(abs(a1 - a0), abs(d1 - d0))))
                for step in range(steps + 1):
                    share = step / steps
                    place = (round(a0 + share * (a1 - a0)), round(d0 + share * (d1 - d0)))
                    if not found or found[-1] != place:
                        found.append(place)
        return found

    def drawn(self, curve: Curve) -> dict[tuple[int, int], str]:
        """Return the character of each cell that a curve runs through."""
        broken = curve.role == "gradient"
        signs: dict[tuple[int, int], str] = {}
        own: dict[tuple[int, int], int] = {}
        for number, (across, down) in enumerate(self.dots(curve)):
            if broken and number % (DASH + SKIP) >= DASH:
                continue
            cell = (across // 2, down // 4)
            if not (0 <= cell[0] < self.width and 0 <= cell[1] < HEIGHT):
                continue
            own[cell] = own.get(cell, 0) | _DOTS[down % 4][across % 2]
        for cell, bits in own.items():
            self.marks[cell] = self.marks.get(cell, 0) | bits
            ascii_sign = "." if broken else "*"
            signs[cell] = ascii_sign if self.ascii_only else chr(0x2800 + self.marks[cell])
        return signs

    def sample(self, curve: Curve) -> str:
        """Return a piece of the curve's line, to stand beside its name."""
        if self.ascii_only:
            return "..." if curve.role == "gradient" else "***"
        return "⠒⠂⠐⠒" if curve.role == "gradient" else "⠒⠒⠒⠒"
