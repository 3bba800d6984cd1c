"""A formula as one types it into an answer sheet: plain names, ``*``, ``**``, ``exp(…)``."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from ..expression.refs import Ref, plain_name
from ..expression.tree import (
    ONE,
    ZERO,
    Add,
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
    Quantity,
    add,
)
from ..spec.functions import CALLABLE

SUM, PRODUCT, POWER, ATOM = 1, 2, 3, 4
_CLOSEST = 17
"""Digits of a number that has no closed form."""


class Untypable(Exception):
    """The formula holds something that a sheet has no words for, such as an unspecified f."""


def typed(tree: Expr, in_out: bool = False) -> str:
    """Return the formula's text, which an answer sheet reads; raise Untypable where none is."""
    return _Typist(in_out).draw(tree, 0)


class _Typist:
    def __init__(self, in_out: bool) -> None:
        self.in_out = in_out

    def draw(self, node: Expr, around: int) -> str:
        """Return the text, in parentheses where what stands around binds tighter."""
        text, binding = self.visit(node)
        return f"({text})" if binding < around else text

    def visit(self, node: Expr) -> tuple[str, int]:
        match node:
            case Number(value) | Known(_, value):
                return self.number(value)
            case Constant("pi" | "e" as name):
                return name, ATOM
            case Quantity(ref):
                return self.name(ref), ATOM
            case Add(terms):
                return self.sum(terms), SUM
            case Mul(factors):
                return "*".join(self.draw(f, PRODUCT + (i > 0)) for i, f in enumerate(factors)), (
                    PRODUCT
                )
            case Neg(operand):
                return f"-{self.draw(operand, PRODUCT)}", SUM
            case Div(top, bottom):
                return f"{self.draw(top, PRODUCT)}/{self.draw(bottom, POWER)}", PRODUCT
            case Pow(base, exponent):
                return f"{self.draw(base, ATOM)}**{self.draw(exponent, ATOM)}", POWER
            case Call("xlogy", (factor, argument)):
                return self.visit(Mul((factor, Call("ln", (argument,)))))
            case Call("xdivy", (top, bottom)):
                return self.visit(Div(top, bottom))
            case Call(function, arguments) if function in CALLABLE:
                inner = ", ".join(self.draw(argument, 0) for argument in arguments)
                return f"{function}({inner})", ATOM
            case Cases(pieces, otherwise):
                return self.visit(_blended(pieces, otherwise))
        raise Untypable(type(node).__name__)

    def sum(self, terms: tuple[Expr, ...]) -> str:
        text = ""
        for term in terms:
            minus = isinstance(term, Neg)
            drawn = self.draw(term.operand if isinstance(term, Neg) else term, PRODUCT)
            if drawn.startswith("-"):
                minus, drawn = not minus, drawn[1:]
            sign = ("-" if minus else "") if not text else (" - " if minus else " + ")
            text += sign + drawn
        return text

    def number(self, value: Any) -> tuple[str, int]:
        inner = getattr(value, "value", value)
        if isinstance(inner, int):
            inner = Fraction(inner)
        if isinstance(inner, Fraction):
            whole = inner.denominator == 1
            return str(inner), SUM if inner < 0 else ATOM if whole else PRODUCT
        if hasattr(inner, "free_symbols"):
            from ..expression.differentiate import from_sympy

            return self.visit(from_sympy(inner))
        text = repr(float(value))
        return text, SUM if text.startswith("-") else ATOM

    def name(self, ref: Ref) -> str:
        """Return the plain name; an entry of a named node's gradient is ``d(v[2])``."""
        if ref.gradient and ref.layer is None and ref.part not in ("x", "y"):
            return f"d({plain_name(ref.of(), self.in_out)})"
        return plain_name(ref, self.in_out)


def _blended(pieces: tuple[tuple[Compare, Expr], ...], otherwise: Expr) -> Expr:
    """Return a function by cases as a sum: each piece times 1 where it holds, else times 0."""
    result = otherwise
    for condition, value in reversed(pieces):
        low, high = condition.left, condition.right
        low, high = (high, low) if condition.operator in ("<", "<=") else (low, high)
        sign = Call("sign", (low if high == ZERO else low - high,))
        on, off = (ONE + sign) / 2, (ONE - sign) / 2
        parts = ((on, value), (off, result))
        terms = [w if each == ONE else w * each for w, each in parts if each != ZERO]
        result = add(*terms) if terms else ZERO
    return result
