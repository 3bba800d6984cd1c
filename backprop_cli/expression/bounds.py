"""How large a formula's constant powers can get: what the parser bounds before computing any."""

from __future__ import annotations

from fractions import Fraction

from .tree import Add, Div, Expr, Mul, Neg, Number, Pow, children


def constant_power(exponent: Expr) -> Fraction:
    """Return a bound for a constant exponent's size; 1 where it holds a variable."""
    match exponent:
        case Number(value):
            return abs(Fraction(value))
        case Neg(operand):
            return constant_power(operand)
        case Pow(base, inner):
            size, times = constant_power(base), constant_power(inner)
            return size ** int(times) if times < 8 and size < 1000 else Fraction(10**9)
        case Add(terms):
            return sum((constant_power(term) for term in terms), Fraction(0))
        case Mul(factors):
            total = Fraction(1)
            for factor in factors:
                total *= constant_power(factor)
            return total
        case Div(numerator, Number(value)) if value:
            return constant_power(numerator) / abs(Fraction(value))
        case _:
            return Fraction(1)


def tower(base: Expr) -> Fraction:
    """Return the largest product of constant exponents already stacked inside ``base``."""
    inner = max((tower(child) for child in children(base)), default=Fraction(1))
    own = max(Fraction(1), constant_power(base.exponent)) if isinstance(base, Pow) else Fraction(1)
    return inner * own
