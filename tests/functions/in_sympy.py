"""Our trees as sympy's expressions, for comparison: a walk of its own, apart from the package's."""

from __future__ import annotations

from typing import Any

import sympy

from backprop_cli.expression.tree import (
    Add,
    Call,
    Cases,
    Compare,
    Constant,
    Div,
    Expr,
    Mul,
    Name,
    Neg,
    Number,
    Pow,
)
from backprop_cli.mathematics.elementary import ELEMENTARY

RELATIONS = {"<": sympy.Lt, "<=": sympy.Le, ">": sympy.Gt, ">=": sympy.Ge, "==": sympy.Eq}
BY_FORMULA = {"xlogy": lambda u, v: u * sympy.log(v), "xdivy": lambda u, v: u / v}


def symbol(name: str) -> Any:
    return sympy.Symbol(name, real=True)


def called(function: str, *arguments: Any) -> Any:
    """Return sympy's value of an elementary function."""
    if function in BY_FORMULA:
        return BY_FORMULA[function](*arguments)
    return getattr(sympy, ELEMENTARY[function].sympy)(*arguments)


def in_sympy(tree: Expr) -> Any:
    """Return the formula in sympy, its plain names as real symbols."""
    match tree:
        case Number(value):
            return sympy.Rational(value.numerator, value.denominator)
        case Constant(name):
            return sympy.pi if name == "pi" else sympy.E
        case Name(name, index):
            return symbol(name + "".join(f"_{i}" for i in index))
        case Add(terms):
            return sympy.Add(*map(in_sympy, terms))
        case Mul(factors):
            return sympy.Mul(*map(in_sympy, factors))
        case Neg(operand):
            return -in_sympy(operand)
        case Div(numerator, denominator):
            return in_sympy(numerator) / in_sympy(denominator)
        case Pow(base, exponent):
            return in_sympy(base) ** in_sympy(exponent)
        case Call(function, arguments):
            return called(function, *map(in_sympy, arguments))
        case Cases(pieces, otherwise):
            found = [(in_sympy(value), _condition(condition)) for condition, value in pieces]
            return sympy.Piecewise(*found, (in_sympy(otherwise), True))
    raise TypeError(type(tree).__name__)


def _condition(compare: Compare) -> Any:
    return RELATIONS[compare.operator](in_sympy(compare.left), in_sympy(compare.right))


def at(expression: Any, **numbers: Any) -> Any:
    """Return the expression's value at the numbers, to 30 digits."""
    exact = {symbol(name): sympy.Rational(str(number)) for name, number in numbers.items()}
    return expression.xreplace(exact).evalf(30)
