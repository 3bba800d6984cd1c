"""StackedMath: what the formats that set type in two dimensions share: fractions stand upright."""

from __future__ import annotations

from ..expression.refs import Ref
from ..expression.tree import Expr, Quantity
from ..spec.profile import Symbol
from .drawn import ATOM, POWER, PRODUCT, Drawn, Height, Widths
from .mathematics import MathPrinter


class StackedMath(MathPrinter):
    """Draws with stacked fractions; a format gives their look, and everything else's."""

    scientific_binding = PRODUCT

    def named(self, symbol: Symbol) -> Drawn:
        """Return a symbol; one with a superscript needs parentheses under an exponent."""
        raised = symbol.sup or symbol.sample is not None
        return self.symbol(symbol).bound(POWER if raised else ATOM)

    def ratio(self, top: str, bottom: str) -> Drawn:
        """Return a stacked fraction of whole numbers."""
        return self.fraction(self.digits(top), self.digits(bottom)).bound(POWER)

    def division(self, top: Expr, bottom: Expr) -> Drawn:
        """Return a stacked fraction."""
        return self.fraction(self.visit(top), self.visit(bottom)).bound(POWER)

    def derivative_of(self, body: Expr, wrt: Ref) -> Drawn:
        """Return the body under ∂, in parentheses, over ∂wrt."""
        inner = self.visit(body) if isinstance(body, Quantity) else self.enclosed(body)
        return self.fraction(self.partial() + inner, self.differential(wrt)).bound(POWER)


def stacked(text: str, top: Drawn, bottom: Drawn, width: Widths = ()) -> Drawn:
    """Return a fraction, which is higher than what stands in it by one."""
    tall = top.tall.beside(bottom.tall)
    return Drawn(text, tall=Height(tall.fractions + 1, tall.other, tall.rows), width=width)
