"""A tree's value: one walk, whatever kind of number the leaves hold."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from .tree import (
    Add,
    BigSum,
    Call,
    Cases,
    Compare,
    Constant,
    Div,
    Expr,
    Known,
    Mul,
    Neg,
    Number,
    Pow,
)
from .walking import expand as write_out

COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
}


Branch = tuple[Any, Callable[[], Any]]
"""A condition's value, and how to get the branch's."""


class Scalars(Protocol):
    """What a walk needs of a kind of number."""

    def number(self, value: Any) -> Any:
        """Return a written number in this kind."""
        ...

    def constant(self, name: str) -> Any:
        """Return pi or e."""
        ...

    def power(self, base: Any, exponent: Any) -> Any:
        """Return base ** exponent."""
        ...

    def call(self, function: str, arguments: list[Any]) -> Any:
        """Return an elementary function's value."""
        ...

    def cases(self, pieces: list[Branch], otherwise: Any) -> Any:
        """Return the value of the first piece whose condition holds."""
        ...

    def compare(self, comparison: str, left: Any, right: Any) -> Any:
        """Return whether left < right, and so on."""
        ...


def first_that_holds(pieces: list[Branch], otherwise: Callable[[], Any]) -> Any:
    """Return the first piece whose condition holds, computing no other."""
    return next((branch for holds, branch in pieces if holds), otherwise)()


def evaluate(node: Expr, leaves: Mapping[Expr, Any], kind: Scalars) -> Any:
    """Return the tree's value; ``leaves`` maps Name and Quantity nodes to theirs."""

    def value(child: Expr) -> Any:
        match child:
            case Number(number) | Known(_, number):
                return kind.number(number)
            case Constant(name):
                return kind.constant(name)
            case Add(terms):
                total = value(terms[0])
                for term in terms[1:]:
                    if isinstance(term, Neg):
                        total = total - value(term.operand)
                    else:
                        total = total + value(term)
                return total
            case Mul(factors):
                product = value(factors[0])
                for factor in factors[1:]:
                    product = product * value(factor)
                return product
            case Neg(operand):
                return -value(operand)
            case Div(numerator, denominator):
                return value(numerator) / value(denominator)
            case Pow(base, exponent):
                return kind.power(value(base), value(exponent))
            case Call(function, arguments):
                return kind.call(function, [value(argument) for argument in arguments])
            case Compare(comparison, left, right):
                return kind.compare(comparison, value(left), value(right))
            case Cases(pieces, otherwise):
                branches: list[Branch] = [
                    (value(condition), functools.partial(value, piece))
                    for condition, piece in pieces
                ]
                return kind.cases(branches, lambda: value(otherwise))
            case BigSum():
                return value(write_out(child, {}))
            case _:
                return leaves[child]

    return value(node)
