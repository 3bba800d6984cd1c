"""Looks: what a format fills in of drawn mathematics, one method a part."""

from __future__ import annotations

from abc import ABC, abstractmethod

from ..expression.indices import Index
from ..expression.refs import Ref
from ..expression.tree import Compare, Expr
from ..notation.profile import Symbol


class Looks(ABC):
    """How each part of an expression looks; drawn parts come in and go out as text."""

    def parentheses(self, text: str, *, tall: bool = False) -> str:
        """Return (text); ``tall`` where more than one line of it stands above another."""
        return f"({text})"

    def opening(self) -> str:
        """Return the parenthesis that opens what is closed on another line."""
        return "("

    def closing(self) -> str:
        """Return the parenthesis that closes what was opened on another line."""
        return ")"

    @abstractmethod
    def symbol(self, symbol: Symbol) -> str:
        """Return a letter with its indices."""

    @abstractmethod
    def constant(self, name: str) -> str:
        """Return π or e."""

    @abstractmethod
    def fraction(self, top: str, bottom: str) -> str:
        """Return ∂top/∂bottom of two drawn parts."""

    @abstractmethod
    def ratio(self, top: str, bottom: str) -> tuple[str, int]:
        """Return the fraction of two whole numbers."""

    @abstractmethod
    def division(self, top: Expr, bottom: Expr) -> tuple[str, int]:
        """Return top divided by bottom."""

    @abstractmethod
    def raised(self, base: str, exponent: str) -> str:
        """Return base to the exponent, both drawn."""

    @abstractmethod
    def root(self, argument: Expr) -> str:
        """Return √argument."""

    @abstractmethod
    def absolute(self, argument: Expr) -> str:
        """Return |argument|."""

    @abstractmethod
    def applied(self, function: str, arguments: list[Expr]) -> str:
        """Return function(arguments)."""

    @abstractmethod
    def function(self, name: str) -> str:
        """Return how a function's name is written."""

    @abstractmethod
    def big_sum(self, index: str, upper: str, body: Expr) -> str:
        """Return Σ of body over the index, to its upper bound where that has a sign."""

    @abstractmethod
    def cases(self, pieces: tuple[tuple[Compare, Expr], ...], otherwise: Expr) -> str:
        """Return a function by cases."""

    @abstractmethod
    def scientific(self, digits: str, power: int) -> str:
        """Return digits·10^power."""

    @abstractmethod
    def times(self, before: Expr, after: Expr, text: str) -> str:
        """Return what stands between two factors."""

    @abstractmethod
    def plus(self, negated: bool) -> str:
        """Return the sign between two terms."""

    @abstractmethod
    def minus(self) -> str:
        """Return the leading minus."""

    @abstractmethod
    def partial(self) -> str:
        """Return ∂."""

    @abstractmethod
    def prime(self) -> str:
        """Return the mark of a derivative."""

    @abstractmethod
    def relation(self, operator: str) -> str:
        """Return <, ≤, =, ≥ or >."""

    @abstractmethod
    def partial_in(self, index: tuple[Index, ...], function: str) -> str:
        """Return ∂_jC: the derivative of a drawn function in entry j of its argument."""

    @abstractmethod
    def derivative_of(self, body: Expr, wrt: Ref) -> tuple[str, int]:
        """Return ∂(body)/∂wrt."""

    @abstractmethod
    def nabla(self, of: str, wrt: str) -> str:
        """Return ∇_wrt of, both drawn."""

    @abstractmethod
    def matrix(self, rows: list[list[str]]) -> str:
        """Return a matrix of drawn entries."""

    @abstractmethod
    def transposed(self, operand: str) -> str:
        """Return the transpose of what is drawn."""

    @abstractmethod
    def side_by_side(self, factors: list[str]) -> str:
        """Return a product of matrices."""

    @abstractmethod
    def entrywise(self, factors: list[str]) -> str:
        """Return a product entry by entry."""

    @abstractmethod
    def assigned(self) -> str:
        """Return the arrow of an assignment, ←."""

    @abstractmethod
    def arrow(self) -> str:
        """Return the arrow of a function's type."""

    @abstractmethod
    def dots(self) -> str:
        """Return the mark of what is left out."""

    @abstractmethod
    def blank(self, width: int) -> str:
        """Return a line to write so many characters on."""
