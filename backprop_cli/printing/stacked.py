"""StackedMath: what the formats that set type in two dimensions share: fractions stand upright."""

from __future__ import annotations

from ..expression.refs import Ref
from ..expression.tree import Expr, Quantity
from ..spec.profile import Symbol
from .mathematics import ATOM, POWER, PRODUCT, MathPrinter


class StackedMath(MathPrinter):
    """Draws with stacked fractions; a format gives their look, and everything else's."""

    scientific_binding = PRODUCT

    def named(self, symbol: Symbol) -> tuple[str, int]:
        """Return a symbol; one with a superscript needs parentheses under an exponent."""
        raised = symbol.sup or symbol.sample is not None
        return self.symbol(symbol), POWER if raised else ATOM

    def ratio(self, top: str, bottom: str) -> tuple[str, int]:
        """Return a stacked fraction of whole numbers."""
        return self.fraction(self.digits(top), self.digits(bottom)), POWER

    def division(self, top: Expr, bottom: Expr) -> tuple[str, int]:
        """Return a stacked fraction."""
        return self.fraction(self.draw(top), self.draw(bottom)), POWER

    def derivative_of(self, body: Expr, wrt: Ref) -> tuple[str, int]:
        """Return the body under ∂, in parentheses, over ∂wrt."""
        inner = self.draw(body) if isinstance(body, Quantity) else self.enclosed(body)
        return self.fraction(self.partial() + inner, self.differential(wrt)), POWER
