"""A line of words and mathematics in LaTeX, and how wide it will be."""

from __future__ import annotations

import re

from msgspec import Struct

from ...worked.document import Code, Figure, Inline, Line, Math, Strong, Text
from ..mathematics import MathPrinter
from .width import formula_width, text_width
from .words import code, words

_EDGES = re.compile(r"^(\s*)(.*?)(\s*)$", re.DOTALL)


class Size(Struct, frozen=True):
    """A size of type: the command that switches to it, and its letters' share of normal width.

    Computer Modern's small letters are wider than the size says.
    """

    command: str
    scale: float

    def wrap(self, text: str) -> str:
        """Return the text set in this size."""
        return text if not self.command else f"{{{self.command}\n{text}\n\\par}}"


NORMAL, SMALL = Size("", 1.0), Size(r"\small", 0.925)
SIZES = (
    NORMAL,
    SMALL,
    Size(r"\footnotesize", 0.85),
    Size(r"\scriptsize", 0.8),
    Size(r"\tiny", 0.7),
)
"""From the size that is wished for to the least that can be read."""


def line(parts: Line, printer: MathPrinter) -> str:
    """Return the line's words and mathematics."""
    return "".join(inline(part, printer) for part in parts)


def inline(part: Inline, printer: MathPrinter) -> str:
    """Return words made safe, names in typewriter letters, mathematics between dollars."""
    match part:
        case Text(text):
            return _spaced(text)
        case Strong(text):
            return rf"\textbf{{{_spaced(text)}}}"
        case Code(text):
            return code(text) if text else ""
        case Math(expr):
            return f"${printer.draw(expr)}$"
        case Figure(value, marked):
            return f"${boxed(printer.number(value)[0], marked)}$"


def boxed(drawn: str, marked: bool) -> str:
    """Return mathematics with a frame around it, where it is marked."""
    return rf"\boxed{{{drawn}}}" if marked else drawn


def line_width(parts: Line, printer: MathPrinter) -> float:
    """Return the line's estimated width in em."""
    return sum(inline_width(part, printer) for part in parts)


def inline_width(part: Inline, printer: MathPrinter) -> float:
    """Return the estimated width in em of one part of a line."""
    match part:
        case Text(text):
            return text_width(text)
        case Strong(text):
            return 1.15 * text_width(text)
        case Code(text):
            return text_width(text, typewriter=True)
        case Math() | Figure():
            return formula_width(inline(part, printer).strip("$"), display=False)


def _spaced(text: str) -> str:
    """Return the words, with a space at either end kept where there is one."""
    found = _EDGES.match(text)
    if found is None or not found[2]:
        return " " if text else ""
    return (" " if found[1] else "") + words(found[2]) + (" " if found[3] else "")
