"""An exact number as text that LaTeX and people both read: ``3/8``, ``1/(1+e^{-1})``."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from ..expression.differentiate import from_sympy
from ..expression.tree import Add, Call, Constant, Div, Expr, Mul, Neg, Number, Pow
from .exact_number import Exact

SHOWN_DIGITS = 30


def exact_text(number: Exact) -> str:
    """Return the number's closed form; past its readable length, thirty digits."""
    value: Any = number.value
    if isinstance(value, Fraction):
        return str(value)
    if number.approximate:
        import mpmath

        return f"≈ {mpmath.nstr(value, SHOWN_DIGITS)}"
    return _draw(from_sympy(value), 0)


def _draw(node: Expr, around: int) -> str:
    match node:
        case Number(value):
            return str(value)
        case Constant(name):
            return name
        case Add(terms):
            text = ""
            for term in terms:
                minus = isinstance(term, Neg)
                inner = term.operand if isinstance(term, Neg) else term
                sign = "-" if minus else "+" if text else ""
                text += sign + _draw(inner, 2 if minus else 1)
            return _wrapped(text, 1, around)
        case Neg(operand):
            return _wrapped(f"-{_draw(operand, 2)}", 1, around)
        case Mul(factors):
            return _wrapped("*".join(_draw(factor, 2) for factor in factors), 2, around)
        case Div(top, bottom):
            return _wrapped(f"{_draw(top, 2)}/{_draw(bottom, 3)}", 2, around)
        case Pow(base, exponent):
            return _wrapped(f"{_draw(base, 4)}^{{{_draw(exponent, 0)}}}", 3, around)
        case Call("exp", (argument,)):
            return _wrapped(f"e^{{{_draw(argument, 0)}}}", 3, around)
        case Call(function, arguments):
            return f"{function}({', '.join(_draw(argument, 0) for argument in arguments)})"
    raise TypeError(f"{type(node).__name__} is not an exact number")


def _wrapped(text: str, binding: int, around: int) -> str:
    return f"({text})" if binding < around else text
