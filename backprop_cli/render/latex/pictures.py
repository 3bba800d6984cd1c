"""Pictures in LaTeX: TikZ within the text, no wider than it and no higher than its page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...diagrams.formats.tikz import UNIT, LineMath, fitted, least, points_of, tikzpicture
from ...diagrams.scene import PlotField, Scene
from ...diagrams.splitting import Room
from ...printing.latex.looks import FITTED
from ...printing.latex.words import words
from ...printing.mathematics import MathPrinter
from ...worked.document import HeatMap, Picture, PlotPoint, Plotted, ValueCurve
from ..heat import SHADES, Tiles, colour, tiles_of
from ..pictures import scenes_for
from ..plot import across_marked, marked_places, path_places, pieces, scale_of
from ..plot_marks import NamedMark, named_marks

PACKAGES, LIBRARY = "amsmath,amssymb,tikz", r"\usetikzlibrary{arrows.meta}"
_WIDE, _TALL = 340.0, 190.0
"""The field of a plot, in points."""
_LETTERS = 9.0
"""The size of its letters."""
_SMALLEST = 0.75
"""The least share of its size that a picture has where a page's end is near."""
_MOST_POINTS, _MOST_TILES = 400, 60


def picture(block: Picture, printer: MathPrinter, room: float) -> str:
    """Return the picture in the middle of a line of so many em, in parts if it were too small."""
    if isinstance(block.subject, Plotted):
        return _fitted(plot(block.subject), _TALL, smallest=_SMALLEST)
    letters = LineMath(printer.profile, printer.settings)
    place = Room.of(10 * room, points_of)
    scenes = scenes_for(block, printer, place)
    # The letters of all parts are equally large.
    scale = min(map(place.scale, scenes)) if len(scenes) > 1 else 1.0
    parts = (
        _fitted(tikzpicture(scene, letters), UNIT * scene.height, scale, _smallest(place, scene))
        for scene in scenes
    )
    return "\n\n".join(parts)


def _smallest(place: Room, scene: Scene) -> float:
    """Return the share of its size that a picture may have to fit on what is left of a page."""
    return max(_SMALLEST, place.readable / place.least(scene))


def plot(subject: ValueCurve | HeatMap) -> str:
    """Return a curve or a map as a tikzpicture."""
    return _curve(subject) if isinstance(subject, ValueCurve) else _heat(subject)


def _fitted(drawn: str, height: float, scale: float = 1.0, smallest: float = 1.0) -> str:
    """Return what is drawn no wider than the text, and no higher than its page.

    Where it does not fit on what is left of a page, it may be made smaller by that share.
    """
    if scale < 0.99:
        drawn, height = f"\\scalebox{{{scale:.3f}}}{{%\n{drawn}%\n}}", scale * height
    if smallest >= 0.98:
        return f"\\begin{{center}}\n{fitted(drawn, height)}\n\\end{{center}}"
    return f"{FITTED}{{{smallest:.2f}}}{{%\n{fitted(drawn, height)}%\n}}"


def shrunk(text: str, share: str) -> str:
    """Return the text made smaller where it is higher than that share of a page."""
    inner = f"\\begin{{minipage}}{{\\linewidth}}\n{text}\n\\end{{minipage}}"
    return f"\\resizebox*{{!}}{{{least('totalheight', share, 'textheight')}}}{{%\n{inner}}}"


def _curve(curve: ValueCurve) -> str:
    """Return values over their number: both axes, with their numbers, and the curve."""
    scale = scale_of(curve)
    parts = []
    for at, text in scale.ticks():
        y = f"{at * _TALL:.2f}"
        parts.append(rf"\draw[bp-rule] (0,{y}) -- ({_WIDE:g},{y});")
        parts.append(rf"\node[left] at (0,{y}) {{{_number(text)}}};")
    for at, mark in across_marked(curve):
        x = f"{at * _WIDE:.2f}"
        parts.append(rf"\draw ({x},0) -- ({x},-4) node[below] {{{_number(mark)}}};")
    for piece in pieces(curve, _MOST_POINTS):
        way = [_place(*point) for point in piece]
        rows = [" -- ".join(way[start : start + 6]) for start in range(0, len(way), 6)]
        parts.append("\\draw[bp-forward, thick, line join=round] " + "\n    -- ".join(rows) + ";")
        if len(way) <= 40 and not curve.at:
            parts += [rf"\fill[bp-forward] {place} circle[radius=2];" for place in way]
    if curve.path:
        for point in path_places(curve):
            parts.append(rf"\fill[bp-gradient] {_place(*point)} circle[radius=2.5];")
    for named in _marks(curve, marked_places(curve), pieces(curve, _MOST_POINTS)):
        parts.append(rf"\draw[fill=white, thick] {_point(named.at)} circle[radius=2.5];")
        parts.append(rf"\node[inner sep=1] at {_point(named.middle)} {{{words(named.name)}}};")
    up = words(curve.up + (f" ({curve.words.logarithmic})" if scale.logarithmic else ""))
    parts += [
        rf"\draw (0,{_TALL:g}) -- (0,0) -- ({_WIDE:g},0);",
        rf"\node[below] at ({_WIDE / 2:g},-18) {{{words(curve.across)}}};",
        rf"\node[rotate=90] at (-48,{_TALL / 2:g}) {{{up}}};",
    ]
    inner = "\n".join(f"  {part}" for part in parts)
    return f"\\begin{{tikzpicture}}[x=1pt, y=1pt, font=\\small]\n{inner}\n\\end{{tikzpicture}}"


def _heat(heat: HeatMap) -> str:
    """Return a quantity over two others: tiles, the path, what is marked, and the legend."""
    tiles = tiles_of(heat, _MOST_TILES)
    parts = []
    for shade in range(SHADES):
        parts.append(rf"\definecolor{{bp-heat-{shade}}}{{HTML}}{{{colour(shade).upper()}}}")
    for shade, runs in sorted(tiles.shades.items()):
        drawn = [f"{_place(*each[:2])} rectangle {_place(*each[2:])}" for each in runs]
        rows = [" ".join(drawn[start : start + 3]) for start in range(0, len(drawn), 3)]
        parts.append(rf"\filldraw[bp-heat-{shade}, line width=0.3] " + "\n    ".join(rows) + ";")
    if len(tiles.path) > 1:
        way = "\n    -- ".join(_place(*point) for point in tiles.path)
        parts += [rf"\draw[white, line width=3] {way};", rf"\draw[bp-gradient, thick] {way};"]
    for mark in _marks(heat, tiles.marks, [tiles.path]):
        sign = f"circle[radius={3 if mark.own else 2}]"
        parts.append(rf"\filldraw[fill=white] {_point(mark.at)} {sign};")
        parts.append(
            rf"\node[fill=white, inner sep=1] at {_point(mark.middle)} {{{words(mark.name)}}};"
        )
    parts += _heat_axes(heat, tiles)
    inner = "\n".join(f"  {part}" for part in parts)
    return f"\\begin{{tikzpicture}}[x=1pt, y=1pt, font=\\small]\n{inner}\n\\end{{tikzpicture}}"


def _heat_axes(heat: HeatMap, tiles: Tiles) -> list[str]:
    """Return both axes with their numbers, and beside them the shades with theirs."""
    parts = [rf"\draw (0,{_TALL:g}) -- (0,0) -- ({_WIDE:g},0);"]
    for at, text in tiles.across:
        x = f"{at * _WIDE:.2f}"
        parts.append(rf"\draw ({x},0) -- ({x},-4) node[below] {{{_number(text)}}};")
    for at, text in tiles.up:
        y = f"{at * _TALL:.2f}"
        parts.append(rf"\draw (0,{y}) -- (-4,{y}) node[left] {{{_number(text)}}};")
    left, high = _WIDE + 14, _TALL / SHADES
    for n in range(SHADES):
        corners = f"({left:g},{n * high:.2f}) rectangle ({left + 12:g},{(n + 1) * high:.2f})"
        parts.append(rf"\fill[bp-heat-{n}] {corners};")
    for at, text in tiles.scale.ticks():
        if 0 <= at <= 1:
            parts.append(rf"\node[right] at ({left + 12:g},{at * _TALL:.2f}) {{{_number(text)}}};")
    name = words(heat.of + (f" ({heat.words.logarithmic})" if tiles.scale.logarithmic else ""))
    return [
        *parts,
        rf"\node[above] at ({left + 6:g},{_TALL:g}) {{{name}}};",
        rf"\node[below] at ({_WIDE / 2:g},-18) {{{words(heat.across)}}};",
        rf"\node[rotate=90] at (-48,{_TALL / 2:g}) {{{words(heat.up)}}};",
    ]


def _marks(
    plot: Plotted,
    places: Iterable[tuple[str, PlotPoint]],
    lines: Iterable[Sequence[PlotPoint]],
) -> list[NamedMark]:
    """Return what is marked, in points from the top left of the field."""

    def down(place: PlotPoint) -> PlotPoint:
        return place[0] * _WIDE, (1 - place[1]) * _TALL

    field = PlotField(0, 0, _WIDE, _TALL)
    drawn = [[down(point) for point in line] for line in lines]
    return named_marks(plot, [(name, down(at)) for name, at in places], drawn, field, _LETTERS)


def _point(place: PlotPoint) -> str:
    """Return a place that is counted from the top as TikZ counts it."""
    return f"({place[0]:.2f},{_TALL - place[1]:.2f})"


def _place(x: float, y: float) -> str:
    return f"({x * _WIDE:.2f},{y * _TALL:.2f})"


def _number(text: str) -> str:
    digits, _, power = text.replace("−", "-").partition("e")
    return f"${digits} \\cdot 10^{{{power}}}$" if power else f"${digits}$"
