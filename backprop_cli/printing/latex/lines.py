"""A line of words and mathematics in LaTeX, and how wide it will be."""

from __future__ import annotations

import re

from msgspec import Struct, structs

from ...worked.document import Code, Figure, Inline, Line, Math, Strong, Text
from ..drawn import Drawn
from ..mathematics import MathPrinter
from .looks import MARKED
from .printer import LatexMath
from .width import INLINE, text_width
from .words import code, words

_EDGES = re.compile(r"^(\s*)(.*?)(\s*)$", re.DOTALL)


class Size(Struct, frozen=True):
    """A size of type: the command that switches to it, its letters' share of normal width.

    And that of scripts and of the parts of fractions. Computer Modern's small letters are wider
    than the size says.
    """

    command: str
    scale: float
    scripts: float

    def wrap(self, text: str) -> str:
        """Return the text set in this size."""
        return text if not self.command else f"{{{self.command}\n{text}\n\\par}}"


NORMAL, SMALL = Size("", 1.0, 1.0), Size(r"\small", 0.925, 0.925)
SIZES = (
    NORMAL,
    SMALL,
    Size(r"\footnotesize", 0.85, 0.925),
    Size(r"\scriptsize\arraycolsep=3.5pt", 0.8, 0.855),
    Size(r"\tiny\arraycolsep=3pt", 0.7, 0.855),
)
"""From the size that is wished for to the least that can be read.

A matrix's columns are as far apart in any size, unless that is said.
"""


def line(parts: Line, printer: MathPrinter) -> str:
    """Return the line's words and mathematics."""
    return "".join(inline(part, printer) for part in parts)


def inline(part: Inline, printer: MathPrinter) -> str:
    """Return words made safe, names in typewriter letters, mathematics between dollars."""
    return set_inline(part, printer)[0]


def line_width(parts: Line, printer: MathPrinter) -> float:
    """Return the line's estimated width in em."""
    return sum(set_inline(part, printer)[1] for part in parts)


def set_inline(part: Inline, printer: MathPrinter) -> tuple[str, float]:
    """Return one part of a line, and its estimated width in em."""
    match part:
        case Text(text, cites=cites):
            return _citing(text, cites, printer), text_width(text)
        case Strong(text):
            return rf"\textbf{{{_spaced(text)}}}", 1.15 * text_width(text)
        case Code(text):
            return code(text) if text else "", text_width(text, typewriter=True)
        case Math(expr):
            return _between_dollars(printer.visit(expr))
        case Figure(value, marked):
            return _between_dollars(boxed(printer.number(value), marked, MARKED))


def boxed(drawn: Drawn, marked: bool, command: str = r"\boxed") -> Drawn:
    """Return mathematics with a frame around it, where it is marked."""
    return structs.replace(drawn, text=f"{command}{{{drawn}}}") if marked else drawn


def _citing(text: str, cites: tuple[str, ...], printer: MathPrinter) -> str:
    r"""Return words in which the numbers of equations are ``\eqref``, if these have labels."""
    labels = printer.labels if isinstance(printer, LatexMath) else ""
    found = ""
    for number in cites if labels else ():
        before, _, text = text.partition(number)
        found += _spaced(before) + rf"\eqref{{{labels}:{number}}}"
    return found + _spaced(text) if text or not found else found


def _between_dollars(drawn: Drawn) -> tuple[str, float]:
    return f"${drawn}$", drawn.width[INLINE]


def _spaced(text: str) -> str:
    """Return the words, with a space at either end kept where there is one."""
    found = _EDGES.match(text)
    if found is None or not found[2]:
        return " " if text else ""
    return (" " if found[1] else "") + words(found[2]) + (" " if found[3] else "")
