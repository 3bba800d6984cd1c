"""Drawn: a piece of mathematics as a format writes it, and what those around it ask of it."""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterable

from msgspec import Struct

from ..expression.tree import Expr

SUM, PRODUCT, POWER, ATOM = 1, 2, 3, 4
"""How tightly something binds: 0 is a relation."""

Widths = tuple[float, ...]
"""The width in em in each style of type, in a format that has to know it; else nothing."""


class Height(Struct, frozen=True):
    """How much higher than a letter something is, so that it needs tall parentheses.

    ``fractions`` counts those one within the other, ``rows`` those of a table.
    """

    fractions: int = 0
    other: int = 0
    rows: int = 0

    def __bool__(self) -> bool:
        return self is not FLAT and self != FLAT

    def beside(self, other: Height) -> Height:
        """Return the height of the two side by side."""
        if other is FLAT or self is other:
            return self
        if self is FLAT:
            return other
        fractions, rows = max(self.fractions, other.fractions), max(self.rows, other.rows)
        return Height(fractions, max(self.other, other.other), rows)


FLAT = Height()
SYMBOL = Height(other=1)
"""The height of a sum's sign, and of room to write in."""


class Drawn(Struct, frozen=True):
    """A drawn piece: its text, how tightly it binds, how tall and how wide it is.

    ``lead`` says what it begins with where that matters beside another: ``(``, or ``0`` for any
    digit. Pieces and plain text are put together by ``+``; the sum binds as an atom.
    """

    text: str
    binding: int = ATOM
    tall: Height = FLAT
    width: Widths = ()
    lead: str = ""

    def __str__(self) -> str:
        return self.text

    @property
    def rows(self) -> int:
        """How many rows of a table it is high, of none one."""
        return max(1, self.tall.rows)

    def __add__(self, other: Drawn | str) -> Drawn:
        if isinstance(other, str):
            return Drawn(self.text + other, ATOM, self.tall, self.width, self.lead)
        width = beside(self.width, other.width)
        return Drawn(self.text + other.text, ATOM, self.tall.beside(other.tall), width, self.lead)

    def __radd__(self, other: str) -> Drawn:
        return Drawn(other + self.text, ATOM, self.tall, self.width, "" if other else self.lead)

    def bound(self, binding: int) -> Drawn:
        """Return the piece as one that binds so tightly."""
        if binding == self.binding:
            return self
        return Drawn(self.text, binding, self.tall, self.width, self.lead)


def beside(left: Widths, right: Widths) -> Widths:
    """Return the widths of two pieces side by side."""
    if not left or not right:
        return left or right
    return tuple(map(operator.add, left, right))


def of(text: str, *parts: Drawn, binding: int = ATOM, lead: str = "") -> Drawn:
    """Return a piece whose text was written around these parts, as tall as they are."""
    tall = FLAT
    for part in parts:
        tall = tall.beside(part.tall)
    return Drawn(text, binding, tall, (), lead)


def joined(sign: Drawn | str, parts: Iterable[Drawn]) -> Drawn:
    """Return the pieces with the sign between each two."""
    found: Drawn | None = None
    for part in parts:
        found = part if found is None else found + sign + part
    return found if found is not None else Drawn("")


class Part(Struct, frozen=True):
    """A term or factor: the sign that leads to it, and whether it stands in parentheses.

    ``drawn`` is without the sign, drawn once since trees are deep; ``closing`` ends its pieces,
    where that is more than a parenthesis.
    """

    lead: Drawn | None
    node: Expr
    drawn: Drawn
    wrapped: bool = False
    closing: Drawn | None = None

    @property
    def whole(self) -> Drawn:
        """The part as it stands in the sum or product."""
        return self.drawn if self.lead is None else self.lead + self.drawn


def together(parts: Iterable[Part]) -> Drawn:
    """Return a sum of its terms, or a product of its factors."""
    return functools.reduce(operator.add, (part.whole for part in parts))
