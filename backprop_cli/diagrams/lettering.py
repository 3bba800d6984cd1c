"""Lettering: a line of mathematics and words as runs of text, and how much room they take.

A run is a piece of text in one slope, at one height above or below the line. The printer writes
one string in which four private characters mark where a slope or a height begins and ends.
"""

from __future__ import annotations

import unicodedata

from msgspec import Struct, structs

from ..expression.refs import Index, Ref
from ..expression.tree import Expr, Quantity, numeric
from ..notation.letters import ACCENTS, GREEK
from ..notation.profile import Symbol
from ..render.mathematics import ATOM, PRODUCT
from ..render.plain_math import UnicodeMath
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
    """A piece of text: upright or italic, ``level`` 1 raised, −1 lowered, 0 on the line."""

    text: str
    italic: bool = False
    level: int = 0
    back: float = 0.0
    """How far it is drawn back, in em: a subscript under the superscript beside it."""

    @property
    def width(self) -> float:
        """How far it leads on, in em of the line."""
        size = SMALL if self.level else 1.0
        return size * sum(advance(c, self.italic) for c in self.text) - self.back


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
        return base + _moved(UP, exponent)

    def function(self, name: str) -> str:
        """Return the notation's letter for an activation, else the function's name."""
        letter = self.profile.activation(name)
        return slanted(GREEK.get(letter, letter))

    def big_sum(self, index: str, count: int | str, body: Expr) -> str:
        """Return Σ with its index, and the body."""
        return f"Σ{_moved(DOWN, index)} {self.draw(body, PRODUCT)}"

    def scientific(self, digits: str, power: int) -> str:
        """Return digits·10^power."""
        return f"{digits}·10{_moved(UP, str(power))}"

    def division(self, top: Expr, bottom: Expr) -> tuple[str, int]:
        """Return top/bottom on the line; a half, a quarter, … by its own sign."""
        sign = _FRACTIONS.get((numeric(top), numeric(bottom)))
        return (sign, ATOM) if sign else super().division(top, bottom)

    def times(self, before: Expr, after: Expr, text: str) -> str:
        """Return a dot beside a number or a fraction, else a space."""
        mark = super().times(before, after, text)
        fractions = (isinstance(n, Quantity) and self.is_fraction(n) for n in (before, after))
        return " " if mark and not any(fractions) and not self.dotted(before, after) else mark

    def partial_in(self, index: tuple[Index, ...], function: str) -> str:
        """Return ∂ⱼC."""
        return f"∂{_moved(DOWN, ''.join(map(str, index)))}{function}"

    def nabla(self, of: str, wrt: str) -> str:
        """Return ∇ of."""
        return f"∇{of}"

    def transposed(self, operand: str) -> str:
        """Return the operand with a raised T."""
        return f"({operand}){UP}T{END}" if UP in operand else f"{operand}{UP}T{END}"

    def derivative_of(self, body: Expr, wrt: Ref) -> tuple[str, int]:
        """Return ∂(body)/∂wrt on the line."""
        return f"∂({self.draw(body)})/{self.differential(wrt)}", PRODUCT


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
                parts.append(part.text)
    return "".join(parts)


def runs(marked: str) -> list[Run]:
    """Return the runs of a marked string, neighbours of one look joined."""
    found: list[Run] = []
    levels, slants = [0], [False]
    opened: list[list[int] | list[bool]] = []
    for character in marked:
        if character == SLANT:
            slants.append(True)
            opened.append(slants)
        elif character in (UP, DOWN):
            levels.append(levels[-1] or 1 if character == UP else levels[-1] or -1)
            opened.append(levels)
        elif character == END:
            opened.pop().pop()
        else:
            look = Run(character, slants[-1], levels[-1])
            if found and (found[-1].italic, found[-1].level) == (look.italic, look.level):
                found[-1] = structs.replace(found[-1], text=found[-1].text + character)
            else:
                found.append(look)
    return _stacked(found)


def _stacked(found: list[Run]) -> list[Run]:
    """Return the runs with each subscript drawn back under the superscript before it."""
    stacked: list[Run] = []
    raised = lowered = 0.0
    for run in found:
        before = stacked[-1].level if stacked else 0
        back = 0.0
        if run.level == 1:
            raised = run.width + (raised if before == 1 else 0.0)
            lowered = 0.0
        elif run.level == -1:
            if before == 1:
                back, lowered = raised, 0.0
            lowered += run.width
        elif before == -1 and raised:
            back = -max(0.0, raised - lowered)
        if run.level == 0:
            raised = 0.0
        stacked.append(structs.replace(run, back=back))
    if stacked and stacked[-1].level == -1 and raised > lowered:
        stacked.append(Run("", back=lowered - raised))
    return stacked


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
