"""A curve as a picture: in characters for a terminal, or as SVG; nothing is loaded for either."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from html import escape

from msgspec import Struct

from ..printing.numbers import shown
from ..problems import printable
from ..worked.document import ValueCurve

MOST_POINTS = 2000
LOGARITHMIC = 100.0
"""A curve that is all positive is drawn on a logarithmic axis from this ratio up."""
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))


class Scale(Struct, frozen=True):
    """The vertical axis: the lowest and the highest value (their logarithms where it is so)."""

    low: float
    high: float
    logarithmic: bool

    def ticks(self) -> list[tuple[float, str]]:
        """Return where the axis is marked, from 0 to 1, and with which numbers."""
        low, high = self.low, self.high
        if self.logarithmic:
            powers = range(math.ceil(low), math.floor(high) + 1)
            apart = max(1, math.ceil(len(powers) / 6))
            marks = [(p, _number(10.0**p)) for p in powers if p % apart == 0]
            return [((p - low) / (high - low), text) for p, text in marks]
        rounds = nice_numbers(low, high, 5)
        return [((value - low) / (high - low), _number(value)) for value in rounds]


def scale_of(plot: ValueCurve) -> Scale:
    """Return the axis of a plot: logarithmic where only magnitudes could be seen."""
    low, high = min(plot.values), max(plot.values)
    logarithmic = low > 0 and high / low >= LOGARITHMIC
    if logarithmic:
        low, high = math.log10(low), math.log10(high)
    elif 0 < low < high - low:
        low = 0.0
    room = (high - low) * 0.05 or abs(high) * 0.1 or 1.0
    return Scale(low - room if low else low, high + room, logarithmic)


def points(plot: ValueCurve, most: int) -> list[tuple[float, float]]:
    """Return the curve's points, x and y from 0 to 1; of many only the extremes are kept."""
    scale = scale_of(plot)
    heights = [math.log10(v) for v in plot.values] if scale.logarithmic else list(plot.values)
    across, tall = max(1, len(heights) - 1), scale.high - scale.low
    return [(i / across, (heights[i] - scale.low) / tall) for i in _kept(heights, most)]


def nice_numbers(low: float, high: float, most: int) -> list[float]:
    """Return at most about so many round numbers within a range: steps of 1, 2 or 5."""
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * digit for digit in (1, 2, 5, 10) if power * digit >= rough * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(i * step, 12 - math.floor(math.log10(step))) for i in range(first, last + 1)]


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


def _number(value: float) -> str:
    figure = shown(value, 4)
    sign = "−" if figure.negative else ""
    return sign + figure.digits + (f"e{figure.power}" if figure.power is not None else "")


def text_plot(curve: ValueCurve, width: int, *, ascii_only: bool = False, height: int = 12) -> str:
    """Return the curve in characters: Braille dots, or stars where only ASCII can be printed."""
    scale = scale_of(curve)
    rows = {round((1 - at) * (height - 1)): text for at, text in scale.ticks()}
    margin = max(map(len, rows.values()), default=1)
    columns = max(10, min(width, 100) - margin - 4)
    across, down = (1, 1) if ascii_only else (2, 4)
    cells = [[0] * columns for _ in range(height)]
    wide, tall = columns * across - 1, height * down - 1
    drawn = [(x * wide, (1 - y) * tall) for x, y in points(curve, 4 * wide)]
    for (x0, y0), (x1, y1) in zip(drawn, drawn[1:] or drawn, strict=False):
        dots = int(max(abs(x1 - x0), abs(y1 - y0))) + 1
        for dot in range(dots + 1):
            x = round(x0 + (x1 - x0) * dot / dots)
            y = round(y0 + (y1 - y0) * dot / dots)
            cells[y // down][x // across] |= 1 if ascii_only else _DOTS[y % 4][x % 2]
    bar, corner, flat, tick = ("|", "+", "-", "+") if ascii_only else ("│", "└", "─", "┤")
    lines = [f"  {curve.up}{f', {curve.scaled}' if scale.logarithmic else ''}"]
    for number, row in enumerate(cells):
        label = rows.get(number, "")
        drawn_row = "".join(_cell(cell, ascii_only=ascii_only) for cell in row).rstrip()
        lines.append(f"  {label:>{margin}} {tick if label else bar}{drawn_row}".rstrip())
    lines.append(f"  {'':>{margin}} {corner}{flat * columns}")
    last = curve.first + len(curve.values) - 1
    ends = f"{curve.first}{curve.across:^{columns - len(str(curve.first)) - len(str(last))}}{last}"
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
    font: str = "'DejaVu Sans',Verdana,sans-serif"

    def style(self) -> str:
        """Return the style sheet, of nothing but this picture."""
        rules = (
            f"text{{font-family:{self.font};font-size:13px;fill:{self.ink}}}",
            ".title{font-size:16px;font-weight:600}",
            f".grid{{stroke:{self.rule};stroke-width:1}}",
            f".axis{{stroke:{self.ink};stroke-width:1.2;fill:none}}",
            f".curve{{fill:none;stroke:{self.curve};stroke-width:2;stroke-linejoin:round}}",
            f"circle{{fill:{self.curve}}}",
        )
        return "".join(f".loss-plot {rule}" for rule in rules)


_OWN = Ink()
_PAGES = Ink("var(--ink)", "var(--rule)", "var(--value)", "inherit")


def steps_marked(curve: ValueCurve) -> list[tuple[float, int]]:
    """Return where the axis of steps is marked, from 0 to 1, and with which numbers."""
    steps = max(1, len(curve.values) - 1)
    marks = nice_numbers(curve.first, curve.first + steps, 8)
    return [((mark - curve.first) / steps, int(mark)) for mark in marks if mark == int(mark)]


def curve_size(*, headed: bool) -> tuple[float, float]:
    """Return the width and height of a curve's picture, with its title or without."""
    return _WIDTH, _HEIGHT - (0 if headed else _TITLE)


def curve_words(curve: ValueCurve, said: Callable[[str], str]) -> str:
    """Return in words what a curve shows, for who cannot see it."""
    first, last = curve.values[0], curve.values[-1]
    steps = f"{curve.across} {curve.first} to {curve.first + len(curve.values) - 1}"
    return said(f"Plot of {curve.up} over {steps}: from {_number(first)} to {_number(last)}")


def svg_plot(
    curve: ValueCurve, said: Callable[[str], str], *, within: bool = False, headed: bool = True
) -> str:
    """Return the curve as an SVG picture, or as a part of a page, in the page's colours.

    ``said`` gives words in the reader's language.
    """
    headed = headed and not within
    scale, ink, above = scale_of(curve), _PAGES if within else _OWN, 0 if headed else _TITLE
    wide, tall = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="loss-plot" width="{_WIDTH}" '
        f'height="{_HEIGHT - above}" viewBox="0 {above} {_WIDTH} {_HEIGHT - above}" role="img" '
        f'aria-label="{_words(curve_words(curve, said))}">',
        f"<title>{_words(curve.title or curve.up)}</title>",
        f"<style>{ink.style()}</style>",
    ]
    if not within:
        parts.append(f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>')
    if headed:
        parts.append(f'<text class="title" x="{_LEFT}" y="26">{_words(curve.title)}</text>')
    for at, label in scale.ticks():
        y = _TOP + (1 - at) * tall
        parts.append(
            f'<line class="grid" x1="{_LEFT}" y1="{y:.1f}" x2="{_LEFT + wide}" y2="{y:.1f}"/>'
            f'<text x="{_LEFT - 8}" y="{y + 4.5:.1f}" text-anchor="end">{label}</text>'
        )
    for at, mark in steps_marked(curve):
        x, y = _LEFT + at * wide, _TOP + tall
        parts.append(
            f'<line class="axis" x1="{x:.1f}" y1="{y}" x2="{x:.1f}" y2="{y + 5}"/>'
            f'<text x="{x:.1f}" y="{y + 20}" text-anchor="middle">{mark}</text>'
        )
    drawn = [(_LEFT + x * wide, _TOP + (1 - y) * tall) for x, y in points(curve, MOST_POINTS)]
    if len(drawn) <= 40:
        parts += [f'<circle cx="{x:.2f}" cy="{y:.2f}" r="3"/>' for x, y in drawn]
    line = " ".join(f"{x:.2f},{y:.2f}" for x, y in drawn)
    up = curve.up + (f" ({curve.scaled})" if scale.logarithmic else "")
    parts += [
        f'<polyline class="curve" points="{line}"/>',
        f'<path class="axis" d="M{_LEFT} {_TOP}V{_TOP + tall}H{_LEFT + wide}"/>',
        f'<text x="{_LEFT + wide / 2:.0f}" y="{_HEIGHT - 12}" text-anchor="middle">'
        f"{_words(curve.across)}</text>",
        f'<text transform="translate(18 {_TOP + tall / 2:.0f}) rotate(-90)" text-anchor="middle">'
        f"{_words(up)}</text>",
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _words(text: str) -> str:
    return escape(printable(text))
