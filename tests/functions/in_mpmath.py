"""Our trees in mpmath, 400 digits: enough to tell e^−745 from nothing beside 1."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import mpmath
import numpy as np

from backprop_cli.expression.evaluate import COMPARISONS
from backprop_cli.expression.tree import (
    Add,
    Call,
    Cases,
    Constant,
    Div,
    Expr,
    Mul,
    Name,
    Neg,
    Number,
    Pow,
)

MP = mpmath.MPContext()
MP.dps = 400
LARGEST, SMALLEST = float(np.finfo(np.float64).max), 5e-324
FUNCTIONS: dict[str, Any] = {
    "exp": MP.exp,
    "ln": MP.log,
    "log": MP.log,
    "sqrt": MP.sqrt,
    "abs": abs,
    "sign": MP.sign,
    "sin": MP.sin,
    "cos": MP.cos,
    "tan": MP.tan,
    "sinh": MP.sinh,
    "cosh": MP.cosh,
    "tanh": MP.tanh,
    "arctan": MP.atan,
    "erf": MP.erf,
    "max": max,
    "min": min,
    "step": lambda u: (MP.sign(u) + 1) / 2,
    "xlogy": lambda u, v: MP.zero if u == 0 else u * MP.log(v),
    "xdivy": lambda u, v: MP.zero if u == 0 else u / v,
}


def value(tree: Expr, **names: float) -> Any:
    """Return the value of a formula of elementary functions at the very floats that are given."""
    known = {name: MP.mpf(number) for name, number in names.items()}

    def of(node: Expr) -> Any:
        match node:
            case Number(number):
                exact = Fraction(number)
                return MP.mpf(exact.numerator) / exact.denominator
            case Constant(name):
                return +MP.pi if name == "pi" else +MP.e
            case Name(name):
                return known[name]
            case Add(terms):
                return MP.fsum(map(of, terms))
            case Mul(factors):
                return MP.fprod(map(of, factors))
            case Neg(operand):
                return -of(operand)
            case Div(top, bottom):
                return of(top) / of(bottom)
            case Pow(base, exponent):
                return of(base) ** of(exponent)
            case Call(function, arguments):
                return FUNCTIONS[function](*map(of, arguments))
            case Cases(pieces, otherwise):
                for condition, piece in pieces:
                    if COMPARISONS[condition.operator](of(condition.left), of(condition.right)):
                        return of(piece)
                return of(otherwise)
        raise TypeError(type(node).__name__)

    return of(tree)


def ulps(found: float, truth: Any) -> float:
    """Return how many units in the last place a float is from the truth; past 1.8e308 is ∞."""
    if abs(truth) > LARGEST:
        return 0.0 if found == (np.inf if truth > 0 else -np.inf) else np.inf
    if not np.isfinite(found):
        return np.inf
    unit = max(float(np.spacing(abs(float(truth)))), SMALLEST)
    return float(abs(MP.mpf(float(found)) - truth) / MP.mpf(unit))
