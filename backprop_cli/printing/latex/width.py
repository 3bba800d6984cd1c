r"""How wide LaTeX will set a formula: an estimate from the widths of Computer Modern's glyphs.

The estimate is what lines are broken by; it errs on the wide side. Widths are in em, one for each
style of type that a formula may be set in.
"""

from __future__ import annotations

import functools

from ..drawn import Drawn, Height, Widths
from .words import upright_width

_SCALES = (1.0, 1.0, 0.72, 0.66)
"""Size of letters in a display, in a line of text, in a script, and in scripts of that.

The smallest are wide for their five points, and nothing is smaller.
"""
_NESTED = (1, 2, 3, 3)
"""The style that a fraction's parts are set in, in each style."""
_SCRIPT = (2, 2, 3, 3)
"""The style of sub- and superscripts in each style."""
DISPLAY, INLINE = 0, 1
_RELATIONS = {
    r"\le",
    r"\ge",
    r"\to",
    r"\approx",
    r"\equiv",
    r"\leftarrow",
    r"\in",
    r"\ne",
    "=",
    "<",
    ">",
    ":",
}
_OPERATORS = {"+", "-", r"\odot", r"\times", r"\pm"}
_NAMED = {
    **{rf"\{name}": 0.55 * len(name) + 0.4 for name in ("ln", "exp", "max", "min", "arctan")},
    **{rf"\{name}{h}": 1.75 + 0.6 * len(h) for name in ("sin", "cos", "tan") for h in ("", "h")},
    r"\cdots": 1.55,
    r"\nabla": 0.85,
    r"\cdot": 0.75,
    r"\sum": 1.65,
    r"\,": 0.17,
    r"\quad": 1.0,
    r"\qquad": 2.0,
}
_NARROW = set("ijlt.,;!|'[]()")
_WIDE = set("mMWNQGOHKDR")


@functools.lru_cache(maxsize=1024)
def scaled(width: float) -> Widths:
    """Return the widths of what is so wide in a display."""
    return tuple(width * scale for scale in _SCALES)


@functools.lru_cache(maxsize=1024)
def glyph(text: str, width: float | None = None, lead: str = "") -> Drawn:
    """Return one sign, which is as wide as its letters are, or as is said."""
    return Drawn(text, width=scaled(_width(text.strip()) if width is None else width), lead=lead)


@functools.lru_cache(maxsize=1024)
def letters(text: str, lead: str = "") -> Drawn:
    """Return signs that each stand for themselves: digits, indices."""
    return Drawn(text, width=scaled(sum(map(_width, text))), lead=lead)


def upright_letters(command: str, text: str) -> Drawn:
    r"""Return words in a command such as ``\operatorname``."""
    return glyph(rf"{command}{{{text}}}", upright_width(text))


def in_fraction(top: Widths, bottom: Widths) -> Widths:
    """Return the widths of a stacked fraction."""
    return tuple(max(top[inner], bottom[inner]) + 0.25 for inner in _NESTED)


def in_script(*scripts: Drawn) -> Widths:
    """Return what sub- and superscripts add: the wider of the two."""
    return tuple(max(s.width[inner] for s in scripts) + 0.05 for inner in _SCRIPT)


def under_sum(*bounds: Drawn) -> Widths:
    """Return what a sum's bounds add: above and below it in a display, else at its side."""
    beside = in_script(*bounds)
    return (max(0.0, beside[DISPLAY] - 0.05 - 1.4), *beside[1:])


def in_table(rows: list[list[Drawn]]) -> Widths:
    """Return the widths of an array: its columns' widest entries with the gaps between them."""
    columns = list(zip(*rows, strict=True))
    inside = (INLINE, *range(1, len(_SCALES)))
    return tuple(
        sum(max(entry.width[style] for entry in column) for column in columns)
        + (len(columns) + 0.8) * scale
        for style, scale in zip(inside, _SCALES, strict=True)
    )


def lines_of(tall: Height, bounds: float = 0.0) -> float:
    """Return how many lines of text a displayed line of mathematics is high, roughly.

    ``bounds`` is what a sum's take above and below it, where lines are many.
    """
    most = max(0.9 * tall.fractions, (0.9 + bounds) * tall.other)
    return 1.3 + most + 1.3 * max(0, tall.rows - 1)


def text_width(text: str, *, typewriter: bool = False) -> float:
    """Return the estimated width of words in em."""
    return len(text) * (0.53 if typewriter else 0.5)


def _width(sign: str) -> float:
    """Return the width of one sign, with the space that TeX puts around it."""
    if sign in _RELATIONS:
        return 1.4
    if sign in _OPERATORS:
        return 1.25
    if sign == ",":
        return 0.45
    if sign.startswith("\\"):
        return _NAMED.get(sign, 0.65)
    if sign in _NARROW:
        return 0.4 if sign not in ".'" else 0.3
    if sign in _WIDE:
        return 1.0
    if sign.isdigit():
        return 0.52
    return 0.7 if sign == "w" else 0.8 if sign.isupper() else 0.6
