"""Numbers as a format draws them: rounded, exact, a column of them with decimals in common."""

from __future__ import annotations

import functools
import re
from fractions import Fraction
from typing import Any

from msgspec import structs

from ..expression.tree import Dots, Expr, Known, Number, numeric
from .drawn import ATOM, PRODUCT, SUM, Drawn
from .mathematics_interface import Looks
from .numbers import ShownNumber
from .settings import APPROXIMATE_DIGITS, Settings

_POINT = r"(?<=\d)\.(?=\d)"


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

    def column(self, entries: tuple[Expr, ...]) -> list[Drawn]:
        """Return a matrix's column, entry by entry; numbers share their decimals."""
        figures = self.figures(entries)
        if figures is None:
            return [self.visit(entry) for entry in entries]
        pairs = zip(entries, figures, strict=True)
        return [self.visit(e) if figure is None else self.figure(figure) for e, figure in pairs]

    def figures(self, entries: tuple[Expr, ...]) -> list[ShownNumber | None] | None:
        """Return a column's numbers with decimals that go together, None where one is left out.

        Nothing for a column that is not of numbers, or that is exact.
        """
        numbers = [entry for entry in entries if isinstance(entry, Number | Known)]
        others = sum(isinstance(entry, Dots) for entry in entries)
        if not numbers or len(numbers) + others < len(entries) or self.settings.exact:
            return None
        extra = max(number.extra for number in numbers)
        found = iter(self.settings.together((number.value for number in numbers), extra))
        return [next(found) if isinstance(entry, Number | Known) else None for entry in entries]

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
            text = re.sub(_POINT, lambda _: self.decimal_comma, drawn.text)
            drawn = structs.replace(drawn, text=text)
        return (self.minus() + drawn).bound(SUM) if figure.negative else drawn


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
