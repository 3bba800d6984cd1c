"""A heat map as a picture: shades that are told apart in grey too, in characters or as SVG."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from math import isfinite

from msgspec import Struct

from ..diagrams.scene import PlotField
from ..worked.document import HeatMap, PlotPoint
from .plot import (
    GRADIENT,
    LETTERS,
    LOGARITHMIC,
    MOST,
    OWN,
    PAGES,
    Scale,
    nice_numbers,
    number_text,
    share_between,
    svg_words,
)
from .plot_marks import NamedMark, named_marks, names_of

SHADES = 32
_ANCHORS = ("440154", "3b528b", "21918c", "5ec962", "fde725")
"""Each is lighter than the one before: so the shades keep their order in grey."""
MOST_TILES = 240
"""Tiles drawn along a side; of more values only so many are picked."""
_BLOCKS, _ASCII = " ░▒▓█", " .:*#"


class Tiles(Struct, frozen=True):
    """A heat map laid out in a field from 0 to 1: the shades' rectangles, what is marked, ticks.

    ``shades`` has for each shade (left, low, right, high) of every run of tiles in it; ``path`` is
    cut at the field's border.
    """

    scale: Scale
    shades: dict[int, list[tuple[float, float, float, float]]]
    path: tuple[PlotPoint, ...]
    marks: tuple[tuple[str, PlotPoint], ...]
    across: tuple[tuple[float, str], ...]
    up: tuple[tuple[float, str], ...]
    gaps: bool


def tiles_of(heat: HeatMap, most: int = MOST_TILES) -> Tiles:
    """Return the map laid out, with at most so many tiles along a side."""
    scale = shading(heat)
    xs, ys = edges(heat.columns), edges(heat.rows)
    columns, rows = _picked(len(heat.columns), most), _picked(len(heat.rows), most)
    found: dict[int, list[tuple[float, float, float, float]]] = {}
    gaps = False
    for bottom, top in itertools.pairwise((*rows, len(heat.rows))):
        low, high = (_along(ys, ys[end]) for end in (bottom, top))
        values = [heat.values[bottom][column] for column in columns]
        for shade, first, last in _runs(values, scale):
            left, right = (_along(xs, xs[(*columns, len(heat.columns))[n]]) for n in (first, last))
            if shade is None:
                gaps = True
            else:
                found.setdefault(shade, []).append((left, low, right, high))

    def place(point: PlotPoint) -> PlotPoint:
        return _along(xs, point[0]), _along(ys, point[1])

    def ticks(borders: list[float], most: int) -> tuple[tuple[float, str], ...]:
        places = nice_numbers(borders[0], borders[-1], most)
        return tuple((_along(borders, n), number_text(n, heat.words.point)) for n in places)

    marks = [(name, place(point)) for name, point in names_of(heat)]
    return Tiles(
        scale,
        found,
        _within(map(place, heat.path)),
        tuple(mark for mark in marks if _inside(mark[1])),
        ticks(xs, 8),
        ticks(ys, 6),
        gaps,
    )


def shading(heat: HeatMap) -> Scale:
    """Return what the shades stand for: from the least to the greatest, without room beside."""
    finite = [value for row in heat.values for value in row if isfinite(value)] or [0.0]
    low, high = min(finite), max(finite)
    logarithmic = low > 0 and high / low >= LOGARITHMIC
    if logarithmic:
        return Scale(math.log10(low), math.log10(high), True, heat.words.point)
    return Scale(low, high, False, heat.words.point)


def edges(places: Sequence[float]) -> list[float]:
    """Return the tiles' borders: half-way between the values, and as far outside of the ends."""
    if len(places) == 1:
        return [places[0] - 0.5, places[0] + 0.5]
    middle = [a / 2 + b / 2 for a, b in itertools.pairwise(places)]
    first, last = (
        end + (end - near) for end, near in ((places[0], middle[0]), (places[-1], middle[-1]))
    )
    return [max(first, -MOST), *middle, min(last, MOST)]


def _along(borders: list[float], place: float) -> float:
    return share_between(place, borders[0], borders[-1])


def _inside(place: PlotPoint) -> bool:
    return all(0 <= each <= 1 for each in place)


def _within(way: Iterable[PlotPoint]) -> tuple[PlotPoint, ...]:
    """Return the first stretch of a path that is on the map."""
    inside = itertools.dropwhile(lambda point: not _inside(point), way)
    return tuple(itertools.takewhile(_inside, inside))


def _picked(count: int, most: int) -> list[int]:
    """Return which of so many values are drawn."""
    return sorted({n * count // min(count, most) for n in range(min(count, most))})


def _spread(count: int, most: int) -> list[int]:
    """Return which of so many values are drawn, the first and the last among them."""
    last = min(count, most) - 1
    return [round(n * (count - 1) / last) for n in range(last + 1)] if last else [0]


def _runs(values: list[float], scale: Scale) -> Iterator[tuple[int | None, int, int]]:
    """Yield each run of neighbours of one shade: the shade (None is a gap), its ends."""
    shades = [shade_of(value, scale, SHADES) for value in values]
    first = 0
    for shade, group in itertools.groupby(shades):
        last = first + len(list(group))
        yield shade, first, last
        first = last


def shade_of(value: float, scale: Scale, shades: int) -> int | None:
    """Return which of so many shades a value has, from 0; None where it is no number."""
    if not isfinite(value):
        return None
    return min(shades - 1, max(0, int(scale.share(value) * shades)))


def colour(shade: int) -> str:
    """Return a shade's colour, as six hexadecimal digits; the darkest is the lowest."""
    at = shade / (SHADES - 1) * (len(_ANCHORS) - 1)
    below = min(int(at), len(_ANCHORS) - 2)
    pairs = zip(*(bytes.fromhex(each) for each in _ANCHORS[below : below + 2]), strict=True)
    return "".join(f"{round(one + (other - one) * (at - below)):02x}" for one, other in pairs)


def heat_words(heat: HeatMap) -> str:
    """Return in words what a heat map shows, for who cannot see it."""
    point = heat.words.point
    left, right, low, high = (
        number_text(places[end], point) for places in (heat.columns, heat.rows) for end in (0, -1)
    )
    said = heat.words.heat.format(
        of=heat.of, across=heat.across, left=left, right=right, up=heat.up, low=low, high=high
    )
    finite = [value for row in heat.values for value in row if isfinite(value)]
    if finite:
        span = heat.words.span
        first, last = (number_text(end, point) for end in (min(finite), max(finite)))
        said += f": {span.format(first=first, last=last)}"
    if heat.least is not None:
        x, y = (number_text(each, point) for each in heat.least)
        said += f", {heat.words.heat_least.format(across=heat.across, x=x, up=heat.up, y=y)}"
    return said


# -- in characters


def text_heat(heat: HeatMap, width: int, *, ascii_only: bool = False) -> str:
    """Return the map in characters: the fuller, the higher the value."""
    shades = _ASCII if ascii_only else _BLOCKS
    scale = shading(heat)
    names = [number_text(place, heat.words.point) for place in heat.rows]
    margin = max(map(len, names))
    columns = _spread(len(heat.columns), max(10, min(width, 100) - margin - 6))
    rows = _spread(len(heat.rows), 20)
    wide = max(1, min(4, (min(width, 100) - margin - 6) // len(columns)))
    marks = {
        (_nearest(heat.rows, rows, point[1]), _nearest(heat.columns, columns, point[0])): sign
        for point, sign in (
            *((point, "+") for point in heat.path[1:]),
            (heat.own, "x"),
            (heat.least, "o"),
        )
        if point is not None
    }
    marks = {place: sign for place, sign in marks.items() if -1 not in place}
    bar, corner, flat = ("|", "+", "-") if ascii_only else ("│", "└", "─")
    lines = [f"  {heat.up}"]
    for number, row in reversed(list(enumerate(rows))):
        cells = []
        for position, column in enumerate(columns):
            shade = shade_of(heat.values[row][column], scale, len(shades))
            cell = ("?" if shade is None else shades[shade]) * wide
            sign = marks.get((number, position))
            cells.append(cell if sign is None else sign + cell[1:])
        lines.append(f"  {names[row]:>{margin}} {bar}{''.join(cells)}".rstrip())
    across = len(columns) * wide
    lines.append(f"  {'':>{margin}} {corner}{flat * across}")
    first, last = (number_text(heat.columns[end], heat.words.point) for end in (0, -1))
    room = max(len(heat.across) + 2, across - len(first) - len(last))
    lines.append(f"  {'':>{margin}}  {first}{heat.across:^{room}}{last}")
    lines += ["", *_legend(heat, scale, shades, _meanings(heat, set(marks.values())), width)]
    text = "\n".join(lines) + "\n"
    return text.replace("−", "-") if ascii_only else text


def _nearest(places: Sequence[float], shown: list[int], place: float) -> int:
    """Return which of the shown values is nearest; −1 for what lies outside."""
    if not places[0] <= place <= places[-1]:
        return -1
    return min(range(len(shown)), key=lambda n: abs(places[shown[n]] - place))


def _meanings(heat: HeatMap, signs: set[str]) -> list[str]:
    """Return what the signs on the map mean; one sign may stand in one place for two."""
    names = {point: name for name, point in names_of(heat)}
    meant = {"x": heat.own, "o": heat.least}
    named = {sign: names[point] for sign, point in meant.items() if point is not None}
    named["+"] = heat.words.path
    return [f"{sign} {word}" for sign, word in named.items() if sign in signs]


def _legend(heat: HeatMap, scale: Scale, shades: str, named: list[str], width: int) -> list[str]:
    """Return what the shades mean, each with the values where it begins and ends."""
    count = len(shades)
    ends = [scale.low * (1 - n / count) + scale.high * (n / count) for n in range(count + 1)]
    numbers = [number_text(10.0**end if scale.logarithmic else end, scale.point) for end in ends]
    pairs = zip(shades, itertools.pairwise(numbers), strict=True)
    words = heat.words
    said = [f"'{sign}' {words.shade.format(first=a, last=b)}" for sign, (a, b) in pairs]
    lines = [f"  {heat.of}: {said[0]}"]
    for each in said[1:]:
        if len(f"{lines[-1]}, {each},") <= min(width, 100):
            lines[-1] += f", {each}"
        else:
            lines = [*lines[:-1], f"{lines[-1]},", f"  {each}"]
    return [*lines, *([f"  {'; '.join(named)}"] if named else [])]


# -- as SVG

_WIDTH, _HEIGHT, _TITLE = 720, 500, 16
_LEFT, _RIGHT, _TOP, _BOTTOM = 86, 130, 44, 56


def heat_size(*, headed: bool) -> tuple[float, float]:
    """Return the width and height of the picture, with its title or without."""
    return _WIDTH, _HEIGHT - (0 if headed else _TITLE)


def svg_heat(heat: HeatMap, *, within: bool = False, headed: bool = True) -> str:
    """Return the map as an SVG picture, or as a part of a page, in the page's colours."""
    headed = headed and not within
    tiles, ink, above = tiles_of(heat), PAGES if within else OWN, 0 if headed else _TITLE
    wide, tall = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
    own = (
        f".way{{fill:none;stroke:{GRADIENT};stroke-width:2.5;stroke-linejoin:round}}",
        ".halo{fill:none;stroke:#fff;stroke-width:5;stroke-linejoin:round}",
        ".point{fill:#fff;stroke:#000;stroke-width:1.5}",
        ".name{paint-order:stroke;stroke:#fff;stroke-width:3px;fill:#000}",
    )
    style = ink.style() + "".join(f".loss-plot {rule}" for rule in own)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="loss-plot" width="{_WIDTH}" '
        f'height="{_HEIGHT - above}" viewBox="0 {above} {_WIDTH} {_HEIGHT - above}" role="img" '
        f'aria-label="{svg_words(heat_words(heat))}">',
        f"<title>{svg_words(heat.title or heat.of)}</title>",
        f"<style>{style}</style>",
    ]
    if not within:
        parts.append(f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>')
    if headed:
        parts.append(f'<text class="title" x="{_LEFT}" y="26">{svg_words(heat.title)}</text>')

    def place(point: PlotPoint) -> PlotPoint:
        return _LEFT + point[0] * wide, _TOP + (1 - point[1]) * tall

    for shade, runs in sorted(tiles.shades.items()):
        drawn = "".join(
            f"M{_LEFT + left * wide:.1f} {_TOP + (1 - high) * tall:.1f}"
            f"H{_LEFT + right * wide:.1f}V{_TOP + (1 - low) * tall:.1f}H{_LEFT + left * wide:.1f}z"
            for left, low, right, high in runs
        )
        parts.append(f'<path {_filled(shade)} d="{drawn}"/>')
    way = [place(point) for point in tiles.path]
    parts += _svg_path(way)
    marks = [(name, place(point)) for name, point in tiles.marks]
    field = PlotField(_LEFT, _TOP, wide, tall)
    parts += itertools.chain(*map(_svg_mark, named_marks(heat, marks, [way], field, LETTERS)))
    parts += _svg_axes(heat, tiles, wide, tall)
    parts += _svg_legend(heat, tiles, tall)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _filled(shade: int) -> str:
    """Return a shade's attributes; its edge covers the seams that readers of PDF leave between."""
    drawn = f"#{colour(shade)}"
    return f'fill="{drawn}" stroke="{drawn}" stroke-width="1" shape-rendering="crispEdges"'


def _svg_path(way: list[PlotPoint]) -> list[str]:
    """Return the path of a descent, with a halo, so that it is seen on every shade."""
    if len(way) < 2:
        return []
    line = " ".join(f"{x:.2f},{y:.2f}" for x, y in way)
    drawn = [f'<polyline class="{name}" points="{line}"/>' for name in ("halo", "way")]
    x, y = way[-1]
    return [*drawn, f'<circle class="point" cx="{x:.2f}" cy="{y:.2f}" r="3.5"/>']


def _svg_mark(mark: NamedMark) -> list[str]:
    """Return a mark and its name."""
    (x, y), (middle, low) = mark.at, mark.middle
    sign = (
        f'<circle class="point" cx="{x:.2f}" cy="{y:.2f}" r="5"/>'
        if mark.own
        else f'<path class="point" d="M{x:.2f} {y - 6:.2f}l6 6l-6 6l-6 -6z"/>'
    )
    name = f'<text class="name" x="{middle:.2f}" y="{low + 4.5:.2f}" text-anchor="middle">'
    return [sign, f"{name}{svg_words(mark.name)}</text>"]


def _svg_axes(heat: HeatMap, tiles: Tiles, wide: float, tall: float) -> list[str]:
    parts = []
    for at, text in tiles.across:
        x, y = _LEFT + at * wide, _TOP + tall
        parts.append(
            f'<line class="axis" x1="{x:.1f}" y1="{y}" x2="{x:.1f}" y2="{y + 5}"/>'
            f'<text x="{x:.1f}" y="{y + 20}" text-anchor="middle">{text}</text>'
        )
    for at, text in tiles.up:
        y = _TOP + (1 - at) * tall
        parts.append(
            f'<line class="axis" x1="{_LEFT - 5}" y1="{y:.1f}" x2="{_LEFT}" y2="{y:.1f}"/>'
            f'<text x="{_LEFT - 8}" y="{y + 4.5:.1f}" text-anchor="end">{text}</text>'
        )
    return [
        *parts,
        f'<path class="axis" d="M{_LEFT} {_TOP}V{_TOP + tall}H{_LEFT + wide}"/>',
        f'<text x="{_LEFT + wide / 2:.0f}" y="{_HEIGHT - 12}" text-anchor="middle">'
        f"{svg_words(heat.across)}</text>",
        f'<text transform="translate(18 {_TOP + tall / 2:.0f}) rotate(-90)" text-anchor="middle">'
        f"{svg_words(heat.up)}</text>",
    ]


def _svg_legend(heat: HeatMap, tiles: Tiles, tall: float) -> list[str]:
    """Return the shades one over the other, with the values that they stand for."""
    x, high = _WIDTH - _RIGHT + 24, tall / SHADES
    parts = [
        f'<rect x="{x}" y="{_TOP + tall - (n + 1) * high:.2f}" width="18" height="{high:.2f}" '
        f"{_filled(n)}/>"
        for n in range(SHADES)
    ]
    for at, text in tiles.scale.ticks():
        if 0 <= at <= 1:
            y = _TOP + (1 - at) * tall
            parts.append(
                f'<line class="axis" x1="{x + 18}" y1="{y:.1f}" x2="{x + 23}" y2="{y:.1f}"/>'
                f'<text x="{x + 27}" y="{y + 4.5:.1f}">{text}</text>'
            )
    name = heat.of + (f" ({heat.words.logarithmic})" if tiles.scale.logarithmic else "")
    parts.append(f'<text x="{x + 9}" y="{_TOP - 12}" text-anchor="middle">{svg_words(name)}</text>')
    if tiles.gaps:
        y = _HEIGHT - 12
        parts.append(f'<text x="{x}" y="{y}">{svg_words(heat.words.gap)}</text>')
    return parts
