"""Numbers as a format draws them: rounded, exact, a matrix of them with decimals in common."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from msgspec import structs

from ..expression.tree import Dots, Expr, Known, Number, numeric
from .drawn import ATOM, PRODUCT, SUM, Drawn
from .mathematics_interface import Looks
from .numbers import ShownNumber, with_comma
from .settings import APPROXIMATE_DIGITS, Settings

MatrixRows = tuple[tuple[Expr, ...], ...]


class NumberPrinter(Looks):
    """Draws numbers; closed forms are trees, which a MathPrinter draws."""

    scientific_binding = ATOM
    """How tightly digits·10^power binds: a product, unless the format has a shorter form."""

    decimal_comma = ","
    """How the comma of 0,5 is written, so that it is none between two things."""

    settings: Settings

    def number(self, value: Any, extra: int = 0) -> Drawn:
        """Return a number, exact or rounded."""
        if self.settings.exact:
            exact = self.exact_form(value)
            if exact is not None:
                return exact
        settings = self.settings
        if settings.exact and getattr(value, "approximate", False):
            settings = structs.replace(settings, digits=max(settings.digits, APPROXIMATE_DIGITS))
        return self.figure(settings.shown(value, extra))

    def entries(self, rows: MatrixRows) -> list[list[Drawn]]:
        """Return a matrix's entries, row by row; numbers share their decimals."""
        columns = zip(zip(*rows, strict=True), self.figures(rows), strict=True)
        drawn = [
            [
                self.visit(e) if figure is None else self.figure(figure)
                for e, figure in zip(entries, figures or [None] * len(entries), strict=True)
            ]
            for entries, figures in columns
        ]
        return [list(row) for row in zip(*drawn, strict=True)]

    def figures(self, rows: MatrixRows) -> list[list[ShownNumber | None] | None]:
        """Return a matrix's numbers column by column, None for an entry that is left out.

        All share their decimals. Nothing for a column that is not of numbers, or that is exact.
        """
        columns = list(zip(*rows, strict=True))
        of_numbers = [not self.settings.exact and _is_of_numbers(column) for column in columns]
        numbers = [
            entry
            for column, kept in zip(columns, of_numbers, strict=True)
            for entry in column
            if kept and isinstance(entry, Number | Known)
        ]
        extra = max((number.extra for number in numbers), default=0)
        found = iter(self.settings.together((number.value for number in numbers), extra))
        return [
            [next(found) if isinstance(entry, Number | Known) else None for entry in column]
            if kept
            else None
            for column, kept in zip(columns, of_numbers, strict=True)
        ]

    def exact_form(self, value: Any) -> Drawn | None:
        """Return a number's exact form, if it has a readable one."""
        inner = getattr(value, "value", value)
        if isinstance(inner, int):
            inner = Fraction(inner)
        if isinstance(inner, Fraction):
            if inner < 0:
                return (self.minus() + self.drawn(Number(-inner), PRODUCT)).bound(SUM)
            if inner.denominator == 1:
                return self.digits(str(inner.numerator))
            return self.ratio(str(inner.numerator), str(inner.denominator))
        form = self.closed_form(value)
        return None if form is None else self.visit(form)

    def closed_form(self, value: Any) -> Expr | None:
        """Return the tree of an exact value that is no fraction, such as 1/(1 + e^{-1})."""
        inner = getattr(value, "value", value)
        return tree_of(inner) if hasattr(inner, "free_symbols") else None

    def figure(self, figure: ShownNumber) -> Drawn:
        """Return a decimal number."""
        if figure.power is None:
            drawn = self.digits(figure.digits)
        else:
            drawn = self.scientific(figure.digits, figure.power).bound(self.scientific_binding)
        if self.settings.comma:
            text = with_comma(drawn.text, self.decimal_comma)
            drawn = structs.replace(drawn, text=text)
        return (self.minus() + drawn).bound(SUM) if figure.negative else drawn


def column_blocks(count: int) -> Iterator[list[range]]:
    """Yield a matrix's columns in two blocks as wide as each other, in three, … in one a column."""
    for number in range(2, count + 1):
        size = math.ceil(count / number)
        yield [range(first, min(first + size, count)) for first in range(0, count, size)]


def _is_of_numbers(column: tuple[Expr, ...]) -> bool:
    """Return whether a column holds numbers, and at most dots for those that are left out."""
    kinds = [isinstance(entry, Number | Known) for entry in column]
    return any(kinds) and all(
        is_number or isinstance(entry, Dots) for is_number, entry in zip(kinds, column, strict=True)
    )


@functools.lru_cache(maxsize=1024)
def tree_of(value: Any) -> Expr:
    """Return the tree of a value of sympy's; kept, since a value stands in many formulas."""
    from ..expression.differentiate import from_sympy

    return from_sympy(value)


def is_zero(node: Expr) -> bool:
    """Return whether the leaf holds the number 0."""
    value = numeric(node)
    inner = getattr(value, "value", value)
    if isinstance(inner, Fraction):
        return inner == 0
    return value is not None and float(value) == 0
