"""How large a formula's constant powers can get: what the parser bounds before computing any.

An exact power such as (1/9)**(10**21) would fill the memory, however it is written: as
(1/9)**((1/1000)**-7), or with an exponent sqrt(10**42). So the exponent's size is found in floats.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from .tree import Add, Call, Constant, Div, Expr, Mul, Name, Neg, Number, Pow
from .walking import children, holds, walk

_FUNCTIONS: dict[str, Callable[..., float]] = {
    "abs": abs,
    "max": max,
    "min": min,
    "exp": math.exp,
    "ln": math.log,
    "log": math.log,
    "sqrt": math.sqrt,
    "tan": math.tan,
    "sinh": math.sinh,
    "cosh": math.cosh,
}
"""The functions whose values can be large; an unknown one is as large as its arguments."""


def exponent_size(exponent: Expr) -> float:
    """Return a bound for an exponent's size, variables counting as 1."""
    if not holds(exponent, Name):
        value = abs(_value(exponent))
        return 1.0 if math.isnan(value) else value
    match exponent:
        case Neg(operand):
            return exponent_size(operand)
        case Add(terms):
            return sum(map(exponent_size, terms))
        case Mul(factors):
            return math.prod(map(exponent_size, factors))
        case Div(numerator, denominator):
            divisor = abs(_value(denominator))
            return exponent_size(numerator) / (divisor if divisor > 0 else 1.0)
        case _:
            return 1.0


def _value(node: Expr) -> float:
    """Return a constant formula's value in floats: infinite past 1e308, nan where it has none."""
    try:
        match node:
            case Number(value):
                return float(value)
            case Constant(name):
                return math.pi if name == "pi" else math.e
            case Neg(operand):
                return -_value(operand)
            case Add(terms):
                return math.fsum(map(_value, terms))
            case Mul(factors):
                return math.prod(map(_value, factors))
            case Div(numerator, denominator):
                return _value(numerator) / _value(denominator)
            case Pow(base, exponent):
                return math.pow(_value(base), _value(exponent))
            case Call(function, arguments):
                values = [_value(argument) for argument in arguments]
                if function in _FUNCTIONS:
                    return _FUNCTIONS[function](*values)
                return max(map(abs, values), default=math.nan)
            case _:
                return math.nan
    except OverflowError:
        return math.inf
    except (ArithmeticError, ValueError, TypeError):
        return math.nan


def tower(base: Expr) -> float:
    """Return the largest product of constant exponents already stacked inside ``base``."""
    inner = max(map(tower, children(base)), default=1.0)
    return inner * max(1.0, exponent_size(base.exponent)) if isinstance(base, Pow) else inner


def exponents_height(tree: Expr) -> float:
    """Return a bound for the numerator and the denominator that a formula's exponents come to.

    e to the power of a logarithm is a power too; whole exponents are bounded where they are read.
    """
    total = 1.0
    for node in walk(tree):
        match node:
            case Pow(_, Number(value)) if value.denominator == 1:
                continue
            case Pow(_, exponent) | Call("exp", (exponent,)):
                logarithms = any(
                    isinstance(n, Call) and n.function in _LOGARITHMS for n in walk(exponent)
                )
                total *= _height(exponent) if isinstance(node, Pow) or logarithms else 1.0
    return total


_LOGARITHMS = ("ln", "log")


def _height(exponent: Expr) -> float:
    """Return a bound for the numerator and the denominator that an exponent can come to."""
    match exponent:
        case Number(value):
            return float(min(10**300, max(abs(value.numerator), value.denominator, 1)))
        case Pow(base, power):
            constant = not holds(power, Name)
            size = max(1.0, exponent_size(power)) if constant else 1.0
            return _raised(_height(base), size) * _height(power)
        case Call():
            return 1.0
        case _:
            return math.prod(map(_height, children(exponent)))


def _raised(size: float, power: float) -> float:
    try:
        return math.pow(size, power)
    except OverflowError:
        return math.inf
