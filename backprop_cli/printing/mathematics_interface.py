"""Looks: what a format fills in of drawn mathematics, one method a part."""

from __future__ import annotations

from abc import ABC, abstractmethod

from ..expression.indices import Index
from ..expression.refs import Ref
from ..expression.tree import Compare, Expr
from ..spec.profile import Symbol
from .drawn import Drawn


class Looks(ABC):
    """How each part of an expression looks; drawn parts come in, and one goes out."""

    def parentheses(self, inner: Drawn) -> Drawn:
        """Return (inner), as tall as it is."""
        return Drawn("(", lead="(") + inner + ")"

    def opening(self) -> Drawn:
        """Return the parenthesis that opens what is closed on another line."""
        return Drawn("(", lead="(")

    def closing(self) -> Drawn:
        """Return the parenthesis that closes what was opened on another line."""
        return Drawn(")")

    @abstractmethod
    def visit(self, node: Expr) -> Drawn:
        """Return the node drawn, with how tightly it binds."""

    def drawn(self, node: Expr, around: int = 0) -> Drawn:
        """Return the node drawn, in parentheses where what stands around binds tighter."""
        found = self.visit(node)
        return self.parentheses(found) if found.binding < around else found

    def draw(self, node: Expr) -> str:
        """Return the node's text."""
        return self.visit(node).text

    def digits(self, text: str) -> Drawn:
        """Return the digits of a number without sign."""
        return Drawn(text, lead="0")

    @abstractmethod
    def symbol(self, symbol: Symbol) -> Drawn:
        """Return a letter with its indices."""

    @abstractmethod
    def constant(self, name: str) -> Drawn:
        """Return π or e."""

    @abstractmethod
    def fraction(self, top: Drawn, bottom: Drawn) -> Drawn:
        """Return ∂top/∂bottom of two drawn parts."""

    @abstractmethod
    def ratio(self, top: str, bottom: str) -> Drawn:
        """Return the fraction of two whole numbers."""

    @abstractmethod
    def division(self, top: Expr, bottom: Expr) -> Drawn:
        """Return top divided by bottom."""

    @abstractmethod
    def raised(self, base: Drawn, exponent: Drawn) -> Drawn:
        """Return base to the exponent, both drawn."""

    @abstractmethod
    def root(self, argument: Expr) -> Drawn:
        """Return √argument."""

    @abstractmethod
    def absolute(self, argument: Expr) -> Drawn:
        """Return |argument|."""

    @abstractmethod
    def norm(self, argument: Expr) -> Drawn:
        """Return ‖argument‖, which a formula of a file cannot write."""

    @abstractmethod
    def applied(self, function: Drawn, arguments: list[Expr]) -> Drawn:
        """Return function(arguments)."""

    @abstractmethod
    def function(self, name: str) -> Drawn:
        """Return how a function's name is written."""

    @abstractmethod
    def sum_sign(self, index: str, upper: Drawn | None) -> Drawn:
        """Return Σ over the index, to its upper bound where that has a sign."""

    @abstractmethod
    def cases(self, pieces: tuple[tuple[Compare, Expr], ...], otherwise: Expr) -> Drawn:
        """Return a function by cases."""

    @abstractmethod
    def scientific(self, digits: str, power: int) -> Drawn:
        """Return digits·10^power."""

    @abstractmethod
    def times(self, before: Expr, after: Expr, drawn: Drawn) -> Drawn:
        """Return what stands between two factors."""

    @abstractmethod
    def plus(self, negated: bool) -> Drawn:
        """Return the sign between two terms."""

    @abstractmethod
    def minus(self) -> Drawn:
        """Return the leading minus."""

    @abstractmethod
    def partial(self) -> Drawn:
        """Return ∂."""

    @abstractmethod
    def prime(self) -> Drawn:
        """Return the mark of a derivative."""

    @abstractmethod
    def relation(self, operator: str) -> Drawn:
        """Return <, ≤, =, ≥ or >."""

    @abstractmethod
    def partial_in(self, index: tuple[Index, ...], function: Drawn) -> Drawn:
        """Return ∂_jC: the derivative of a drawn function in entry j of its argument."""

    @abstractmethod
    def derivative_of(self, body: Expr, wrt: Ref) -> Drawn:
        """Return ∂(body)/∂wrt."""

    @abstractmethod
    def nabla(self, of: Drawn, wrt: Drawn) -> Drawn:
        """Return ∇_wrt of, both drawn."""

    @abstractmethod
    def matrix(self, rows: list[list[Drawn]]) -> Drawn:
        """Return a matrix of drawn entries."""

    @abstractmethod
    def transposed(self, operand: Drawn) -> Drawn:
        """Return the transpose of what is drawn."""

    @abstractmethod
    def side_by_side(self, factors: list[Drawn]) -> Drawn:
        """Return a product of matrices."""

    @abstractmethod
    def entrywise(self, factors: list[Drawn]) -> Drawn:
        """Return a product entry by entry."""

    @abstractmethod
    def assigned(self) -> Drawn:
        """Return the arrow of an assignment, ←."""

    @abstractmethod
    def arrow(self) -> Drawn:
        """Return the arrow of a function's type."""

    @abstractmethod
    def dots(self) -> Drawn:
        """Return the mark of what is left out."""

    @abstractmethod
    def blank(self, width: int) -> Drawn:
        """Return a line to write so many characters on."""
