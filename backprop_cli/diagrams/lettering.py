"""Lettering: a line of mathematics and words as runs of text, and how much room they take.

A run is a piece of text in one slope, at one height above or below the line. The printer writes
one string in which four private characters mark where a slope or a height begins and ends.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from msgspec import Struct, structs

from ..expression.indices import Index
from ..expression.tree import Div, Expr, numeric
from ..notation.letters import ACCENTS, GREEK
from ..printing.mathematics import ATOM, PRODUCT
from ..printing.plain_math import UnicodeMath
from ..problems import printable
from ..spec.profile import Symbol
from ..worked.document import Figure, Line, Math
from .metrics import advance
from .scene import Label, Role

SLANT, UP, DOWN, END = "\ue000", "\ue001", "\ue002", "\ue003"
SMALL = 0.72
"""Size of an index beside its letter's."""
RISE, DROP = 0.42, 0.24
"""How far a superscript is raised and a subscript lowered, in em of the line."""
SPARE = 1.06
"""Room for a reader's own font, which may be a little wider than the shipped one."""
LINE = 1.42
"""Height of a line, in em: an index never meets the exponent of the line below it."""
BODY, INSIDE, SMALLPRINT, HEADING = 14.0, 17.0, 13.0, 16.0
"""Sizes of letters: values, a node's own name, notes, the title."""


_FRACTIONS = {(1, 2): "½", (1, 4): "¼", (3, 4): "¾"}


class Run(Struct, frozen=True):
    """A piece of text: upright or italic, raised by ``rise`` em, ``scale`` times the line's size.

    ``back`` is how far it is drawn back, in em: a subscript under the superscript beside it.
    """

    text: str
    italic: bool = False
    rise: float = 0.0
    scale: float = 1.0
    back: float = 0.0

    @property
    def level(self) -> int:
        """1 where it is raised above the line, −1 where it is lowered, 0 on it."""
        return (self.rise > 0) - (self.rise < 0)

    @property
    def width(self) -> float:
        """How far it leads on, in em of the line."""
        return self.scale * sum(advance(c, self.italic) for c in self.text) - self.back


class RunMath(UnicodeMath):
    """Mathematics with marked runs: single letters italic, indices raised and lowered."""

    scientific_binding = PRODUCT

    def symbol(self, symbol: Symbol) -> str:
        """Return the letter, its layer raised, its indices lowered."""
        letter, _, tail = symbol.letter.partition("_")
        letter = slanted(GREEK.get(letter, letter) + ACCENTS.get(symbol.accent, ""))
        argument = GREEK.get(symbol.argument, symbol.argument)
        drawn = slanted(symbol.prefix) + letter + _moved(UP, symbol.raised())
        drawn += _lowered(tail, symbol.lowered())
        return drawn + (f"({slanted(argument)})" if argument else "")

    def raised(self, base: str, exponent: str) -> str:
        """Return base to the exponent; what is raised already is put in parentheses."""
        if UP in base and not base.endswith(")"):
            base = self.parentheses(base)
        return base + UP + exponent + END

    def function(self, name: str) -> str:
        """Return the notation's letter for an activation, else the function's name."""
        letter = self.profile.activation(name)
        return slanted(GREEK.get(letter, letter))

    def big_sum(self, index: str, upper: str, body: Expr) -> str:
        """Return Σ with its index, and the body."""
        return f"Σ{_moved(DOWN, index)} {self.draw(body, PRODUCT)}"

    def scientific(self, digits: str, power: int) -> str:
        return f"{digits}·10{_moved(UP, str(power))}"

    def division(self, top: Expr, bottom: Expr) -> tuple[str, int]:
        """Return top/bottom on the line; a formula's half or quarter by its own sign."""
        sign = self.sign_of(top, bottom)
        return (sign, ATOM) if sign else super().division(top, bottom)

    def sign_of(self, top: Expr, bottom: Expr) -> str:
        """Return the sign that a half or a quarter has."""
        found = _FRACTIONS.get((numeric(top), numeric(bottom)), "")
        return "" if self.settings.exact else found

    def is_quotient(self, node: Expr) -> bool:
        """Return whether the node is drawn as one thing over another; ½ is a sign."""
        sign = isinstance(node, Div) and self.sign_of(node.numerator, node.denominator)
        return not sign and super().is_quotient(node)

    def times(self, before: Expr, after: Expr, text: str) -> str:
        """Return a dot beside a number or a fraction, else a space."""
        mark = super().times(before, after, text)
        fractions = map(self.is_quotient, (before, after))
        return " " if mark and not any(fractions) and not self.dotted(before, after) else mark

    def partial_in(self, index: tuple[Index, ...], function: str) -> str:
        """Return ∂ⱼC."""
        return f"∂{_moved(DOWN, ''.join(map(str, index)))}{function}"

    def nabla(self, of: str, wrt: str) -> str:
        """Return ∇ with its variable lowered."""
        return f"∇{_moved(DOWN, wrt)}{of}"

    def transposed(self, operand: str) -> str:
        """Return the operand with a raised T."""
        return f"({operand}){UP}T{END}" if UP in operand else f"{operand}{UP}T{END}"


def slanted(text: str) -> str:
    """Return a single letter in italics; words stay upright."""
    plain = unicodedata.normalize("NFC", text)
    return f"{SLANT}{plain}{END}" if len(plain) == 1 and plain.isalpha() else plain


def _moved(mark: str, text: str) -> str:
    """Return text raised or lowered, its letters in italics one by one."""
    if not text:
        return ""
    if any(c in text for c in (SLANT, UP, DOWN)):
        return mark + text + END
    text = text.replace("-", "−")
    return mark + "".join(map(slanted, text)) + END


def _lowered(tail: str, index: str) -> str:
    """Return what stands below: a word of the letter's own upright, then the indices."""
    if len(tail) > 1 and not index:
        return DOWN + tail + END
    return _moved(DOWN, tail + index)


def drawn(line: Line, printer: RunMath) -> str:
    """Return a line of a label as one marked string."""
    parts = []
    for part in line:
        match part:
            case Math(expr):
                parts.append(printer.draw(expr))
            case Figure(value):
                parts.append(printer.number(value)[0])
            case _:
                parts.append(printable(part.text))
    return "".join(parts)


def runs(marked: str) -> list[Run]:
    """Return the runs of a marked string, neighbours of one look joined."""
    found: list[Run] = []
    gap = 0.0
    for run in _parsed(iter(marked + END), Run("")):
        if not run.text:
            gap += run.back
            continue
        look = structs.replace(run, back=run.back + gap)
        gap = 0.0
        same = found and structs.replace(found[-1], text="", back=0.0) == structs.replace(
            look, text=""
        )
        if same:
            found[-1] = structs.replace(found[-1], text=found[-1].text + look.text)
        else:
            found.append(look)
    return [*found, Run("", back=gap)] if gap else found


def _parsed(characters: Iterator[str], look: Run) -> list[Run]:
    """Return the runs up to the END that closes what was opened, a letter a run."""
    found: list[Run] = []
    raised = None
    for character in characters:
        if character == END:
            break
        if character == SLANT:
            found += _parsed(characters, structs.replace(look, italic=True))
        elif character == UP:
            found += _parsed(characters, _shifted(look, RISE))
            raised = sum(run.width for run in found[-_length(found, look) :])
            continue
        elif character == DOWN:
            lowered = _parsed(characters, _shifted(look, -DROP))
            found += _under(lowered, raised) if raised else lowered
        else:
            found.append(structs.replace(look, text=character))
        raised = None
    return found


def _length(found: list[Run], look: Run) -> int:
    """Return how many runs at the end are raised above the line of ``look``."""
    count = 0
    while count < len(found) and found[-1 - count].rise > look.rise:
        count += 1
    return count


def _under(lowered: list[Run], raised: float) -> list[Run]:
    """Return a subscript drawn back under what is raised, and the room that this needs beyond."""
    if not lowered:
        return []
    width = sum(run.width for run in lowered)
    first = structs.replace(lowered[0], back=lowered[0].back + raised)
    beyond = [Run("", back=width - raised)] if raised > width else []
    return [first, *lowered[1:], *beyond]


def _shifted(look: Run, by: float) -> Run:
    """Return the look of what is raised, or lowered, beside it."""
    return structs.replace(look, rise=look.rise + by * look.scale, scale=look.scale * SMALL)


def extent(line: Line, printer: RunMath) -> float:
    """Return the line's width in em, with room for a reader's own font."""
    return SPARE * sum(run.width for run in runs(drawn(line, printer)))


class Letterer(Struct, frozen=True):
    """Makes labels of the size that they will be drawn in."""

    printer: RunMath

    def label(self, line: Line, role: Role = "name", size: float = BODY) -> Label:
        """Return the label with the width and height of its box, not yet placed."""
        return Label(line, role, size, width=extent(line, self.printer) * size, height=size * LINE)


def from_left(label: Label, left: float, y: float) -> Label:
    """Return the label with its line at the left edge of a box that begins at ``left``."""
    return structs.replace(label, x=left + label.width / 2, y=y, anchor="start")
