"""Tidying: a product's signs before it, and factors 1 left out."""

from __future__ import annotations

from ..expression.tree import ONE, Call, Constant, Div, Expr, Hadamard, MatMul, Mul, Neg, Transpose
from ..expression.walking import rebuild
from .elementwise import without_ones


def tidied(tree: Expr) -> Expr:
    """Return the formula with −u·v for (−u)·v, and without factors 1."""
    return without_ones(_signed(tree))


def _signed(tree: Expr) -> Expr:
    """Return the formula with the sign of each product before it; u − (−v) is u + v, ln e is 1."""
    node = rebuild(tree, _signed)
    match node:
        case Neg(Neg(operand)):
            return operand
        case Mul(parts) | Hadamard(parts) | MatMul(parts):
            plain = tuple(p.operand if isinstance(p, Neg) else p for p in parts)
            if plain == parts:
                return node
            negative = sum(isinstance(p, Neg) for p in parts) % 2 == 1
            product: Expr = type(node)(plain)
            return Neg(product) if negative else product
        case Call("ln" | "log", (Constant("e"),)):
            return ONE
        case Transpose(Neg(operand)):
            return Neg(Transpose(operand))
        case Call("sum", (Neg(operand),)):
            return Neg(Call("sum", (operand,)))
        case Div(Neg(top), bottom):
            return Neg(Div(top, bottom))
    return node
