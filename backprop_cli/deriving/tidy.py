"""Formulas without what a setting at its default leaves behind: 1·z, z/1, (−1)·z."""

from __future__ import annotations

from ..expression.tree import Div, Expr, Mul, Neg, Number, Pow, mul, rebuild


def tidied(tree: Expr) -> Expr:
    """Return the same formula without factors, divisors and exponents of one."""
    inner = rebuild(tree, tidied)
    match inner:
        case Mul(factors):
            kept = [factor for factor in factors if not _is(factor, 1)]
            minus = [factor for factor in kept if _is(factor, -1)]
            rest = [factor for factor in kept if not _is(factor, -1)]
            if not rest:
                return inner
            product = mul(*rest)
            return Neg(product) if len(minus) % 2 else product
        case Div(numerator, denominator) if _is(denominator, 1):
            return numerator
        case Pow(base, exponent) if _is(exponent, 1):
            return base
    return inner


def _is(node: Expr, value: int) -> bool:
    if isinstance(node, Neg):
        return _is(node.operand, -value)
    return isinstance(node, Number) and bool(node.value == value)
