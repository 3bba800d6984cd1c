"""Formulas whose forms that lose digits are functions of their own: 1 − tanh², ln(1 + eᵘ).

The names have a space in them, so that no file can call them; ``mathematics/stable.py`` computes
them.
"""

from __future__ import annotations

import functools

from .tree import ONE, Add, Call, Derivative, Div, Expr, Neg, Number, Pow
from .walking import rebuild

LOGISTIC = "1/(1 + exp)"
SOFTPLUS = "ln(1 + exp)"
LN_COSH = "ln(cosh)"
EXPM1 = "exp - 1"
ERFC = "1 + erf"
ONE_PLUS_TANH = "1 + tanh"
SECH_SQUARED = "1 - tanh**2"
SOFTSIGN = "u/(1 + abs)"
SLOPE = " slope"
"""What follows the name of a function that is meant by its derivative."""


@functools.lru_cache(maxsize=512)
def stable(tree: Expr) -> Expr:
    """Return the formula with the forms that lose digits replaced by functions of their own."""
    node = rebuild(tree, stable)
    match node:
        case Derivative(function, u, ()):
            return Call(function + SLOPE, (u,))
        case Div(top, Add((one, Call("exp", (u,))))) if top == ONE and one == ONE:
            return Call(LOGISTIC, (u,))
        case Div(Call("exp", (u,)), Add((one, Call("exp", (v,))))) if u == v and one == ONE:
            return Call(LOGISTIC, (_negated(u),))
        case Div(Call("exp", (u,)), Pow(Add((one, Call("exp", (v,)))), two)) if (
            u == v and one == ONE and two == _TWO
        ):
            return Call(LOGISTIC, (u,)) * Call(LOGISTIC, (_negated(u),))
        case Div(u, Add((one, Call("abs", (v,))))) if u == v and one == ONE:
            return Call(SOFTSIGN, (u,))
        case Add((one, Neg(Call("1/(1 + exp)", (u,))))) if one == ONE:
            return Call(LOGISTIC, (_negated(u),))
        case Add((one, Neg(Call("sigmoid" | "logistic" as name, (u,))))) if one == ONE:
            return Call(name, (_negated(u),))
        case Add((Call("exp", (u,)), Neg(one))) if one == ONE:
            return Call(EXPM1, (u,))
        case Add((one, Call("tanh", (u,)))) if one == ONE:
            return Call(ONE_PLUS_TANH, (u,))
        case Add((one, Neg(Call("tanh", (u,))))) if one == ONE:
            return Call(ONE_PLUS_TANH, (_negated(u),))
        case Add((one, Neg(Pow(Call("tanh", (u,)), two)))) if one == ONE and two == _TWO:
            return Call(SECH_SQUARED, (u,))
        case Add((one, Call("erf", (u,)))) if one == ONE:
            return Call(ERFC, (u,))
        case Call("ln" | "log", (Add((one, Call("exp", (u,)))),)) if one == ONE:
            return Call(SOFTPLUS, (u,))
        case Call("ln" | "log", (Call("1/(1 + exp)", (u,)),)):
            return Neg(Call(SOFTPLUS, (u,)))
        case Call("ln" | "log", (Call("sigmoid" | "logistic", (u,)),)):
            return Neg(Call(SOFTPLUS, (_negated(u),)))
        case Call("ln" | "log", (Call("cosh", (u,)),)):
            return Call(LN_COSH, (u,))
    return node


_TWO = Number(ONE.value * 2)


def _negated(u: Expr) -> Expr:
    return u.operand if isinstance(u, Neg) else Neg(u)
