"""Pictures in LaTeX: TikZ within the text, no wider than it and no higher than its page."""

from __future__ import annotations

from ...diagrams.formats.tikz import UNIT, LineMath, tikzpicture
from ...printing.latex.words import words
from ...printing.mathematics import MathPrinter
from ...worked.document import Picture, ValueCurve
from ..pictures import scene_for
from ..plot import points, scale_of, steps_marked

PACKAGES, LIBRARY = "amsmath,amssymb,tikz", r"\usetikzlibrary{arrows.meta}"
_WIDE, _TALL = 340.0, 190.0
"""The field of a plot, in points."""
_MOST_POINTS, _TALLEST = 400, 380.0


def picture(block: Picture, printer: MathPrinter) -> str:
    """Return the picture in the middle of the line, made smaller where it is too wide."""
    if isinstance(block.subject, ValueCurve):
        drawn, height = _curve(block.subject), _TALL
    else:
        scene = scene_for(block, printer)
        drawn = tikzpicture(scene, LineMath(printer.profile, printer.settings))
        height = UNIT * scene.height
    fitted = f"\\resizebox{{{least('width', 'linewidth')}}}{{!}}{{%\n{drawn}%\n}}"
    if height > _TALLEST:
        fitted = f"\\resizebox{{!}}{{{least('totalheight', '0.7', 'textheight')}}}{{%\n{fitted}}}"
    return f"\\begin{{center}}\n{fitted}\n\\end{{center}}"


def least(own: str, *most: str) -> str:
    """Return a box's own width or height, or the most that it may be."""
    limit = most[0] + f"\\{most[1]}" if len(most) > 1 else f"\\{most[0]}"
    return rf"\ifdim\{own}>{limit} {limit}\else\{own}\fi"


def _curve(curve: ValueCurve) -> str:
    """Return values over their number: both axes, with their numbers, and the curve."""
    scale = scale_of(curve)
    parts = []
    for at, text in scale.ticks():
        y = f"{at * _TALL:.2f}"
        parts.append(rf"\draw[bp-rule] (0,{y}) -- ({_WIDE:g},{y});")
        parts.append(rf"\node[left] at (0,{y}) {{{_number(text)}}};")
    for at, mark in steps_marked(curve):
        x = f"{at * _WIDE:.2f}"
        parts.append(rf"\draw ({x},0) -- ({x},-4) node[below] {{${mark}$}};")
    way = [f"({x * _WIDE:.2f},{y * _TALL:.2f})" for x, y in points(curve, _MOST_POINTS)]
    rows = [" -- ".join(way[start : start + 6]) for start in range(0, len(way), 6)]
    parts.append("\\draw[bp-forward, thick, line join=round] " + "\n    -- ".join(rows) + ";")
    if len(way) <= 40:
        parts += [rf"\fill[bp-forward] {place} circle[radius=2];" for place in way]
    up = words(curve.up + (" (logarithmic)" if scale.logarithmic else ""))
    parts += [
        rf"\draw (0,{_TALL:g}) -- (0,0) -- ({_WIDE:g},0);",
        rf"\node[below] at ({_WIDE / 2:g},-18) {{{words(curve.across)}}};",
        rf"\node[rotate=90] at (-48,{_TALL / 2:g}) {{{up}}};",
    ]
    inner = "\n".join(f"  {part}" for part in parts)
    return f"\\begin{{tikzpicture}}[x=1pt, y=1pt, font=\\small]\n{inner}\n\\end{{tikzpicture}}"


def _number(text: str) -> str:
    digits, _, power = text.replace("−", "-").partition("e")
    return f"${digits} \\cdot 10^{{{power}}}$" if power else f"${digits}$"
