"""Lettering: a line of mathematics and words as runs of text, and how much room they take.

A run is a piece of text in one slope, at one height above or below the line; what the printer of
pictures draws is runs.
"""

from __future__ import annotations

import unicodedata

from msgspec import Struct, structs

from ..expression.indices import Index, side_by_side
from ..expression.tree import Div, Expr, numeric
from ..notation.letters import ACCENTS, GREEK
from ..printing.drawn import ATOM, POWER, PRODUCT, Drawn
from ..printing.plain_math import UnicodeMath
from ..problems import printable
from ..spec.profile import Symbol
from ..worked.document import Figure, Inline, Line, Math
from .metrics import advance
from .scene import Label, Role

SMALL, SMALLEST = 0.82, 0.7
"""Size of an index beside its letter's, and of an index of an exponent."""
RISE, DROP = 0.45, 0.26
"""How far a superscript is raised and a subscript lowered, in em of the line."""
SPARE = 1.06
"""Room for a reader's own font, which may be a little wider than the shipped one."""
LINE = 1.42
"""Height of a line, in em: an index never meets the exponent of the line below it."""
BODY, INSIDE, SMALLPRINT, HEADING = 14.0, 17.0, 13.0, 16.0
"""Sizes of letters: values, a node's own name, notes, the title."""
POINT = 0.75
"""A pixel of a picture, in points."""


ANGLES = str.maketrans("⟨⟩", "‹›")
"""The angles of a^⟨t⟩ by signs that the shipped fonts have."""
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


class Lettered(Drawn, frozen=True):
    """A drawn piece as runs; plain text beside it is upright."""

    runs: tuple[Run, ...] = ()

    def __add__(self, other: Drawn | str) -> Lettered:
        return lettered(*self.runs, *runs(other), lead=self.lead)

    def __radd__(self, other: Drawn | str) -> Lettered:
        lead = other.lead if isinstance(other, Drawn) else "" if other else self.lead
        return lettered(*runs(other), *self.runs, lead=lead)

    def bound(self, binding: int) -> Lettered:
        """Return the piece as one that binds so tightly."""
        return self if binding == self.binding else structs.replace(self, binding=binding)


def lettered(*found: Run, lead: str = "") -> Lettered:
    """Return the runs as one piece."""
    return Lettered("".join(run.text for run in found), lead=lead, runs=found)


def runs(drawn: Drawn | str) -> tuple[Run, ...]:
    """Return a piece's runs."""
    if isinstance(drawn, Lettered):
        return drawn.runs
    return (Run(str(drawn)),) if str(drawn) else ()


class RunMath(UnicodeMath):
    """Mathematics in runs: single letters italic, indices raised and lowered."""

    scientific_binding = PRODUCT

    def symbol(self, symbol: Symbol) -> Drawn:
        """Return the letter, its layer raised, its indices lowered under it."""
        letter, _, tail = symbol.letter.partition("_")
        base = slanted(GREEK.get(letter, letter) + ACCENTS.get(symbol.accent, ""))
        above = _shifted(_slanted_each(symbol.raised().translate(ANGLES)), RISE)
        index = symbol.lowered()
        word = len(tail) > 1 and not index
        below = _shifted((Run(tail),) if word else _slanted_each(tail + index), -DROP)
        if above and below:
            below = _under(below, sum(run.width for run in above))
        argument = GREEK.get(symbol.argument, symbol.argument)
        inner = (Run("("), slanted(argument), Run(")")) if argument else ()
        prefix = (slanted(symbol.prefix),) if symbol.prefix else ()
        return lettered(*prefix, base, *above, *below, *inner)

    def named(self, symbol: Symbol) -> Drawn:
        """Return a symbol; what is raised already needs parentheses under an exponent."""
        raised = symbol.raised() and not symbol.argument
        return self.symbol(symbol).bound(POWER if raised else ATOM)

    def raised(self, base: Drawn, exponent: Drawn) -> Drawn:
        """Return base to the exponent."""
        return base + lettered(*_shifted(runs(exponent), RISE))

    def function(self, name: str) -> Drawn:
        """Return the notation's letter for an activation, else the function's name."""
        letter = self.profile.activation(name)
        return lettered(slanted(GREEK.get(letter, letter)))

    def sum_sign(self, index: str, upper: Drawn | None) -> Drawn:
        """Return Σ with its index."""
        return lettered(Run("Σ"), *_lowered(index), Run(" "))

    def scientific(self, digits: str, power: int) -> Drawn:
        return lettered(Run(f"{digits}·10"), *_shifted(_slanted_each(str(power)), RISE), lead="0")

    def division(self, top: Expr, bottom: Expr) -> Drawn:
        """Return top/bottom on the line; a formula's half or quarter by its own sign."""
        sign = self.sign_of(top, bottom)
        return Drawn(sign) if sign else super().division(top, bottom)

    def sign_of(self, top: Expr, bottom: Expr) -> str:
        """Return the sign that a half or a quarter has."""
        found = _FRACTIONS.get((numeric(top), numeric(bottom)), "")
        return "" if self.settings.exact else found

    def is_quotient(self, node: Expr) -> bool:
        """Return whether the node is drawn as one thing over another; ½ is a sign."""
        sign = isinstance(node, Div) and self.sign_of(node.numerator, node.denominator)
        return not sign and super().is_quotient(node)

    def times(self, before: Expr, after: Expr, drawn: Drawn) -> Drawn:
        """Return a dot beside a number or a fraction, else a space."""
        mark = super().times(before, after, drawn)
        fractions = map(self.is_quotient, (before, after))
        apart = mark.text and not any(fractions) and not self.dotted(before, after)
        return Drawn(" ") if apart else mark

    def partial_in(self, index: tuple[Index, ...], function: Drawn) -> Drawn:
        """Return ∂ⱼC."""
        return lettered(Run("∂"), *_lowered(side_by_side(index))) + function

    def nabla(self, of: Drawn, wrt: Drawn) -> Drawn:
        """Return ∇ with its variable lowered."""
        return lettered(Run("∇"), *_shifted(runs(wrt), -DROP)) + of

    def transposed(self, operand: Drawn) -> Drawn:
        """Return the operand with a raised T."""
        return operand + lettered(*_shifted((Run("T"),), RISE))


def slanted(text: str) -> Run:
    """Return a single letter in italics; words stay upright."""
    plain = unicodedata.normalize("NFC", text)
    return Run(plain, italic=len(plain) == 1 and plain.isalpha())


def _slanted_each(text: str) -> tuple[Run, ...]:
    """Return an index, its letters in italics one by one."""
    return tuple(map(slanted, text.replace("-", "−")))


def _lowered(index: str) -> tuple[Run, ...]:
    return _shifted(_slanted_each(index), -DROP)


def _shifted(found: tuple[Run, ...], by: float) -> tuple[Run, ...]:
    """Return the runs raised, or lowered, and smaller."""
    return tuple(
        structs.replace(
            r,
            rise=by + r.rise * SMALL,
            scale=max(r.scale * SMALL, SMALLEST),
            back=r.back * max(r.scale * SMALL, SMALLEST) / r.scale,
        )
        for r in found
    )


def _under(lowered: tuple[Run, ...], raised: float) -> tuple[Run, ...]:
    """Return a subscript drawn back under what is raised, and the room that this needs beyond."""
    width = sum(run.width for run in lowered)
    first = structs.replace(lowered[0], back=lowered[0].back + raised)
    beyond = (Run("", back=width - raised),) if raised > width else ()
    return (first, *lowered[1:], *beyond)


def lettering(line: Line, printer: RunMath) -> list[Run]:
    """Return the runs of a label's line, neighbours of one look joined."""
    found: list[Run] = []
    gap = 0.0
    for run in (run for part in line for run in _runs_of(part, printer)):
        if not run.text:
            gap += run.back
            continue
        look = structs.replace(run, back=run.back + gap)
        gap = 0.0
        before = structs.replace(found[-1], text="", back=0.0) if found else None
        if before == structs.replace(look, text=""):
            found[-1] = structs.replace(found[-1], text=found[-1].text + look.text)
        else:
            found.append(look)
    return [*found, Run("", back=gap)] if gap else found


def _runs_of(part: Inline, printer: RunMath) -> tuple[Run, ...]:
    match part:
        case Math(expr):
            return runs(printer.visit(expr))
        case Figure(value):
            return runs(printer.number(value))
        case _:
            return runs(printable(part.text))


class Letterer(Struct, frozen=True):
    """Makes labels of the size that they will be drawn in."""

    printer: RunMath

    def label(self, line: Line, role: Role = "name", size: float = BODY) -> Label:
        """Return the label with the width and height of its box, not yet placed."""
        found = lettering(line, self.printer)
        width = SPARE * sum(run.width for run in found)
        finest = min((run.scale for run in found if run.text), default=1.0)
        return Label(line, role, size, finest, width=width * size, height=size * LINE)


def from_left(label: Label, left: float, y: float) -> Label:
    """Return the label with its line at the left edge of a box that begins at ``left``."""
    return structs.replace(label, x=left + label.width / 2, y=y, anchor="start")
