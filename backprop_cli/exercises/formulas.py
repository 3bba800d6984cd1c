"""A formula as one types it into an answer sheet: plain names, ``*``, ``**``, ``exp(…)``."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from ..expression import tree as t
from ..expression.refs import Ref, plain_name
from ..spec.functions import CALLABLE

SUM, PRODUCT, POWER, ATOM = 1, 2, 3, 4


class Untypable(Exception):
    """The formula holds something that a sheet has no words for, such as an unspecified f."""


def typed(tree: t.Expr, in_out: bool = False) -> str:
    """Return the formula's text, which an answer sheet reads; raise Untypable where none is."""
    return _Typist(in_out).draw(tree, 0)


class _Typist:
    def __init__(self, in_out: bool) -> None:
        self.in_out = in_out

    def draw(self, node: t.Expr, around: int) -> str:
        """Return the text, in parentheses where what stands around binds tighter."""
        text, binding = self.visit(node)
        return f"({text})" if binding < around else text

    def visit(self, node: t.Expr) -> tuple[str, int]:
        match node:
            case t.Number(value) | t.Known(_, value):
                return self.number(value)
            case t.Constant("pi" | "e" as name):
                return name, ATOM
            case t.Quantity(ref):
                return self.name(ref), ATOM
            case t.Add(terms):
                return self.sum(terms), SUM
            case t.Mul(factors):
                return "*".join(self.draw(f, PRODUCT + (i > 0)) for i, f in enumerate(factors)), (
                    PRODUCT
                )
            case t.Neg(operand):
                return f"-{self.draw(operand, PRODUCT)}", SUM
            case t.Div(top, bottom):
                return f"{self.draw(top, PRODUCT)}/{self.draw(bottom, POWER)}", PRODUCT
            case t.Pow(base, exponent):
                return f"{self.draw(base, ATOM)}**{self.draw(exponent, ATOM)}", POWER
            case t.Call("xlogy", (factor, argument)):
                return self.visit(t.Mul((factor, t.Call("ln", (argument,)))))
            case t.Call("xdivy", (top, bottom)):
                return self.visit(t.Div(top, bottom))
            case t.Call(function, arguments) if function in CALLABLE:
                inner = ", ".join(self.draw(argument, 0) for argument in arguments)
                return f"{function}({inner})", ATOM
            case t.Cases(pieces, otherwise):
                return self.visit(_blended(pieces, otherwise))
        raise Untypable(type(node).__name__)

    def sum(self, terms: tuple[t.Expr, ...]) -> str:
        text = ""
        for term in terms:
            minus = isinstance(term, t.Neg)
            drawn = self.draw(term.operand if isinstance(term, t.Neg) else term, PRODUCT)
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


def _blended(pieces: tuple[tuple[t.Compare, t.Expr], ...], otherwise: t.Expr) -> t.Expr:
    """Return a function by cases as a sum: each piece times 1 where it holds, else times 0."""
    result = otherwise
    for condition, value in reversed(pieces):
        low, high = condition.left, condition.right
        low, high = (high, low) if condition.operator in ("<", "<=") else (low, high)
        sign = t.Call("sign", (low if high == t.ZERO else low - high,))
        on, off = (t.ONE + sign) / 2, (t.ONE - sign) / 2
        parts = ((on, value), (off, result))
        terms = [w if each == t.ONE else w * each for w, each in parts if each != t.ZERO]
        result = t.add(*terms)
    return result
