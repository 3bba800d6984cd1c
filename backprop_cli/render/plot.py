"""A curve as a picture: in characters for a terminal, or as SVG; nothing is loaded for either."""

from __future__ import annotations

import itertools
import math
import sys
from collections.abc import Sequence
from html import escape
from math import isfinite

from msgspec import Struct, structs

from ..diagrams.colours import COLOURS
from ..diagrams.scene import PlotField
from ..printing.numbers import shown
from ..problems import printable
from ..worked.document import PlotPoint, ValueCurve
from .plot_marks import NamedMark, named_marks, names_of

MOST_POINTS = 2000
LETTERS = 13
"""The size of a picture's letters, in pixels."""
LOGARITHMIC = 100.0
"""A curve that is all positive is drawn on a logarithmic axis from this ratio up."""
GRADIENT = COLOURS["gradient"][0]
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))


MOST = sys.float_info.max
_LOGARITHMS = (-323.3, 308.25)
"""Those of the least and of the largest float64."""


def _unit(low: float, high: float) -> float:
    """Return a power of ten in which the distance of two numbers is a float64 and not 0."""
    size = max(abs(low), abs(high))
    if size > 1e300:
        return 1e10
    return 1e-290 if size < 1e-280 else 1.0


def share_between(value: float, low: float, high: float) -> float:
    """Return how far from ``low`` to ``high`` a value is, from 0 to 1; 0 where they are one."""
    unit = _unit(low, high)
    span = high / unit - low / unit
    return (value / unit - low / unit) / span if span else 0.0


class Scale(Struct, frozen=True):
    """The vertical axis: the lowest and the highest value (their logarithms where it is so)."""

    low: float
    high: float
    logarithmic: bool
    point: str = "."

    def share(self, value: float) -> float:
        """Return how far up a value is, from 0 to 1."""
        place = math.log10(value) if self.logarithmic else value
        return share_between(place, self.low, self.high)

    def ticks(self) -> list[tuple[float, str]]:
        """Return where the axis is marked, from 0 to 1, and with which numbers."""
        low, high = self.low, self.high
        if self.logarithmic:
            powers = range(math.ceil(low), math.floor(high) + 1)
            apart = max(1, math.ceil(len(powers) / 6))
            marks = [(float(p), number_text(10.0**p, self.point)) for p in powers if p % apart == 0]
        else:
            values = nice_numbers(low, high, 5)
            marks = [(value, number_text(value, self.point)) for value in values]
        return [(share_between(place, low, high), text) for place, text in marks]


def scale_of(plot: ValueCurve) -> Scale:
    """Return the axis of a plot: logarithmic where only magnitudes could be seen."""
    return structs.replace(scale_between(plot.values), point=plot.words.point)


def scale_between(values: Sequence[float]) -> Scale:
    """Return the axis of values, NaN apart."""
    finite = [value for value in values if isfinite(value)] or [0.0]
    low, high = min(finite), max(finite)
    least, most = -MOST, MOST
    logarithmic = low > 0 and high / low >= LOGARITHMIC
    if logarithmic:
        low, high = math.log10(low), math.log10(high)
        least, most = _LOGARITHMS
    elif 0 < low < high - low:
        low = 0.0
    room = (high * 0.05 - low * 0.05) or abs(high) * 0.1 or 1.0
    return Scale(max(low - room, least) if low else low, min(high + room, most), logarithmic)


def pieces(plot: ValueCurve, most: int) -> list[list[PlotPoint]]:
    """Return the curve's points, x and y from 0 to 1, in pieces between what are no numbers.

    Of many points only the extremes are kept.
    """
    scale, axis = scale_of(plot), span_of(plot)
    found: list[list[PlotPoint]] = []
    for drawn, group in itertools.groupby(
        range(len(plot.values)), lambda i: isfinite(plot.values[i])
    ):
        if drawn:
            inside = list(group)
            kept = _kept([plot.values[i] for i in inside], most)
            found.append(
                [(axis.share(inside[i]), scale.share(plot.values[inside[i]])) for i in kept]
            )
    return found


class AcrossAxis(Struct, frozen=True):
    """The horizontal axis: its ends, and where each value stands."""

    low: float
    high: float
    places: Sequence[float]

    def share(self, number: int) -> float:
        """Return how far along a value stands, from 0 to 1."""
        return self.along(self.places[number])

    def along(self, place: float) -> float:
        """Return how far along a place is, from 0 to 1."""
        return share_between(place, self.low, self.high)


def span_of(plot: ValueCurve) -> AcrossAxis:
    """Return the horizontal axis of a plot."""
    places = plot.at or range(plot.first, plot.first + len(plot.values))
    first, last = places[0], places[-1]
    if last == first:
        last = min(first + max(1, abs(first)), MOST)
    return AcrossAxis(first, last, places)


def nice_numbers(low: float, high: float, most: int) -> list[float]:
    """Return at most about so many round numbers within a range: steps of 1, 2 or 5."""
    unit = _unit(low, high)
    low, high = low / unit, high / unit
    rough = (high - low) / most
    if not rough:
        return [low * unit]
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * digit for digit in (1, 2, 5, 10) if power * digit >= rough * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    places = 12 - math.floor(math.log10(step))
    found = [round(i * step, places) * unit for i in range(first, last + 1)]
    return [number for number in found if isfinite(number)]


def _kept(values: Sequence[float], most: int) -> list[int]:
    """Return which points are drawn: of each of many stretches the least and the greatest."""
    count = len(values)
    if count <= most:
        return list(range(count))
    kept = {0, count - 1}
    stretches = most // 2
    for stretch in range(stretches):
        inside = range(stretch * count // stretches, (stretch + 1) * count // stretches)
        kept.add(min(inside, key=values.__getitem__))
        kept.add(max(inside, key=values.__getitem__))
    return sorted(kept)


def number_text(value: float, point: str = ".") -> str:
    """Return a number as it stands at an axis."""
    figure = shown(value, 4)
    sign = "−" if figure.negative else ""
    return (
        sign
        + figure.digits.replace(".", point)
        + (f"e{figure.power}" if figure.power is not None else "")
    )


def text_plot(curve: ValueCurve, width: int, *, ascii_only: bool = False, height: int = 12) -> str:
    """Return the curve in characters: Braille dots, or stars where only ASCII can be printed."""
    scale = scale_of(curve)
    rows = {round((1 - at) * (height - 1)): text for at, text in scale.ticks()}
    margin = max(map(len, rows.values()), default=1)
    columns = max(10, min(width, 100) - margin - 4)
    across, down = (1, 1) if ascii_only else (2, 4)
    cells = [[0] * columns for _ in range(height)]
    wide, tall = columns * across - 1, height * down - 1
    for piece in pieces(curve, 4 * wide):
        drawn = [(x * wide, (1 - y) * tall) for x, y in piece]
        for (x0, y0), (x1, y1) in zip(drawn, drawn[1:] or drawn, strict=False):
            dots = int(max(abs(x1 - x0), abs(y1 - y0))) + 1
            for dot in range(dots + 1):
                x = round(x0 + (x1 - x0) * dot / dots)
                y = round(y0 + (y1 - y0) * dot / dots)
                cells[y // down][x // across] |= 1 if ascii_only else _DOTS[y % 4][x % 2]
    bar, corner, flat, tick = ("|", "+", "-", "+") if ascii_only else ("│", "└", "─", "┤")
    lines = [f"  {curve.up}{f', {curve.words.logarithmic}' if scale.logarithmic else ''}"]
    for number, row in enumerate(cells):
        label = rows.get(number, "")
        drawn_row = "".join(_cell(cell, ascii_only=ascii_only) for cell in row).rstrip()
        lines.append(f"  {label:>{margin}} {tick if label else bar}{drawn_row}".rstrip())
    lines.append(f"  {'':>{margin}} {corner}{flat * columns}")
    axis = span_of(curve)
    first, last = (place_text(axis.places[end], curve.words.point) for end in (0, -1))
    ends = f"{first}{curve.across:^{columns - len(first) - len(last)}}{last}"
    lines.append(f"  {'':>{margin}}  {ends}")
    text = "\n".join(lines) + "\n"
    return text.replace("−", "-") if ascii_only else text


def _cell(dots: int, *, ascii_only: bool) -> str:
    if not dots:
        return " "
    return "*" if ascii_only else chr(0x2800 + dots)


_WIDTH, _HEIGHT = 720, 440
_LEFT, _RIGHT, _TOP, _BOTTOM = 86, 24, 44, 56
_TITLE = 30
"""The height of what stands above a plot that is a picture of its own."""


class Ink(Struct, frozen=True):
    """The colours of a picture: written ones, or the page's own that follow its dark mode."""

    ink: str = "#222"
    rule: str = "#ddd"
    curve: str = "#1f5fa8"
    paper: str = "#fff"
    font: str = "'DejaVu Sans',Verdana,sans-serif"

    @property
    def marks(self) -> tuple[str, ...]:
        """The rules for what is pointed out: a descent's path, single points."""
        return (
            f".path{{fill:{GRADIENT};stroke:{self.paper};stroke-width:1.5}}",
            f".mark{{fill:{self.paper};stroke:{self.ink};stroke-width:2}}",
            f".name{{paint-order:stroke;stroke:{self.paper};stroke-width:3px}}",
        )

    def style(self, *, marked: bool = False) -> str:
        """Return the style sheet, of nothing but this picture."""
        rules = (
            f"text{{font-family:{self.font};font-size:{LETTERS}px;fill:{self.ink}}}",
            ".title{font-size:16px;font-weight:600}",
            f".grid{{stroke:{self.rule};stroke-width:1}}",
            f".axis{{stroke:{self.ink};stroke-width:1.2;fill:none}}",
            f".curve{{fill:none;stroke:{self.curve};stroke-width:2;stroke-linejoin:round}}",
            f"circle{{fill:{self.curve}}}",
            *(self.marks if marked else ()),
        )
        return "".join(f".loss-plot {rule}" for rule in rules)


OWN = Ink()
PAGES = Ink("var(--ink)", "var(--rule)", "var(--value)", "var(--paper)", "inherit")


def across_marked(curve: ValueCurve) -> list[tuple[float, str]]:
    """Return where the horizontal axis is marked, from 0 to 1, and with which numbers."""
    axis = span_of(curve)
    marks = nice_numbers(axis.low, axis.high, 8)
    shown = marks if curve.at else [int(mark) for mark in marks if mark == int(mark)]
    return [(axis.along(mark), place_text(mark, curve.words.point)) for mark in shown]


def place_text(place: float, point: str = ".") -> str:
    """Return a place on the horizontal axis: a step's number, or any number."""
    return str(place) if isinstance(place, int) else number_text(place, point)


def path_places(curve: ValueCurve) -> list[PlotPoint]:
    """Return where a descent's places are, x and y from 0 to 1, so far as they are on the plot."""
    scale, axis = scale_of(curve), span_of(curve)
    inside = [(x, y) for x, y in curve.path if axis.low <= x <= axis.high and isfinite(y)]
    found = [(axis.along(x), scale.share(y)) for x, y in inside if y > 0 or not scale.logarithmic]
    return [(x, y) for x, y in found if 0 <= y <= 1]


def marked_places(curve: ValueCurve) -> list[tuple[str, PlotPoint]]:
    """Return what is marked on the curve, x and y from 0 to 1."""
    scale, axis = scale_of(curve), span_of(curve)
    return [(name, (axis.along(x), scale.share(y))) for name, (x, y) in names_of(curve)]


def curve_size(*, headed: bool) -> tuple[float, float]:
    """Return the width and height of a curve's picture, with its title or without."""
    return _WIDTH, _HEIGHT - (0 if headed else _TITLE)


def curve_words(curve: ValueCurve) -> str:
    """Return in words what a curve shows, for who cannot see it."""
    axis, point = span_of(curve), curve.words.point
    said = curve.words.curve.format(
        up=curve.up,
        across=curve.across,
        low=place_text(axis.places[0], point),
        high=place_text(axis.places[-1], point),
    )
    finite = [value for value in curve.values if isfinite(value)]
    if finite:
        first, last = (number_text(finite[end], point) for end in (0, -1))
        said += f": {curve.words.span.format(first=first, last=last)}"
    if curve.least is not None:
        x, y = (number_text(each, point) for each in curve.least)
        said += f", {curve.words.curve_least.format(x=x, y=y)}"
    return said


def svg_plot(curve: ValueCurve, *, within: bool = False, headed: bool = True) -> str:
    """Return the curve as an SVG picture, or as a part of a page, in the page's colours."""
    headed = headed and not within
    scale, ink = scale_of(curve), PAGES if within else OWN
    above = 0 if headed else _TITLE
    wide, tall = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="loss-plot" width="{_WIDTH}" '
        f'height="{_HEIGHT - above}" viewBox="0 {above} {_WIDTH} {_HEIGHT - above}" role="img" '
        f'aria-label="{svg_words(curve_words(curve))}">',
        f"<title>{svg_words(curve.title or curve.up)}</title>",
        f"<style>{ink.style(marked=bool(curve.at))}</style>",
    ]
    if not within:
        parts.append(f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>')
    if headed:
        parts.append(f'<text class="title" x="{_LEFT}" y="26">{svg_words(curve.title)}</text>')
    for at, label in scale.ticks():
        y = _TOP + (1 - at) * tall
        parts.append(
            f'<line class="grid" x1="{_LEFT}" y1="{y:.1f}" x2="{_LEFT + wide}" y2="{y:.1f}"/>'
            f'<text x="{_LEFT - 8}" y="{y + 4.5:.1f}" text-anchor="end">{label}</text>'
        )
    for at, mark in across_marked(curve):
        x, y = _LEFT + at * wide, _TOP + tall
        parts.append(
            f'<line class="axis" x1="{x:.1f}" y1="{y}" x2="{x:.1f}" y2="{y + 5}"/>'
            f'<text x="{x:.1f}" y="{y + 20}" text-anchor="middle">{mark}</text>'
        )

    def place(x: float, y: float) -> PlotPoint:
        return _LEFT + x * wide, _TOP + (1 - y) * tall

    lines = [[place(*point) for point in piece] for piece in pieces(curve, MOST_POINTS)]
    for drawn in lines:
        if len(drawn) <= 40 and not curve.at:
            parts += [f'<circle cx="{x:.2f}" cy="{y:.2f}" r="3"/>' for x, y in drawn]
        line = " ".join(f"{x:.2f},{y:.2f}" for x, y in drawn)
        parts.append(f'<polyline class="curve" points="{line}"/>')
    for x, y in (place(*point) for point in path_places(curve)):
        parts.append(f'<circle class="path" cx="{x:.2f}" cy="{y:.2f}" r="4"/>')
    marks = [(name, place(*point)) for name, point in marked_places(curve)]
    field = PlotField(_LEFT, _TOP, wide, tall)
    parts += itertools.chain(*map(_marked, named_marks(curve, marks, lines, field, LETTERS)))
    up = curve.up + (f" ({curve.words.logarithmic})" if scale.logarithmic else "")
    parts += [
        f'<path class="axis" d="M{_LEFT} {_TOP}V{_TOP + tall}H{_LEFT + wide}"/>',
        f'<text x="{_LEFT + wide / 2:.0f}" y="{_HEIGHT - 12}" text-anchor="middle">'
        f"{svg_words(curve.across)}</text>",
        f'<text transform="translate(18 {_TOP + tall / 2:.0f}) rotate(-90)" text-anchor="middle">'
        f"{svg_words(up)}</text>",
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _marked(mark: NamedMark) -> list[str]:
    """Return a point of the curve, and its name."""
    return [
        f'<circle class="mark" cx="{mark.at[0]:.2f}" cy="{mark.at[1]:.2f}" r="4"/>',
        f'<text class="name" x="{mark.middle[0]:.2f}" y="{mark.middle[1] + 4.5:.2f}" '
        f'text-anchor="middle">{svg_words(mark.name)}</text>',
    ]


def svg_words(text: str) -> str:
    """Return words for a picture: nothing in them is markup, or unseen."""
    return escape(printable(text))
