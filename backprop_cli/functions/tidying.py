"""Tidying: a product's signs before it, factors 1 left out, and what together is 1: 1/2·2."""

from __future__ import annotations

from fractions import Fraction

from ..expression.tree import (
    ONE,
    ZERO,
    Add,
    Call,
    Constant,
    Div,
    Expr,
    Hadamard,
    MatMul,
    Mul,
    Neg,
    Number,
    Transpose,
    add,
    mul,
)
from ..expression.walking import rebuild
from ..mathematics.formulas import without_ones


def tidied(tree: Expr) -> Expr:
    """Return the formula with −u·v for (−u)·v, and without factors 1, or 1/2 and 2."""
    return without_ones(_cancelled(_signed(tree)))


def without_zeros(tree: Expr) -> Expr:
    """Return the formula without terms that are 0, a product of 0 being 0."""
    node = rebuild(tree, without_zeros)
    match node:
        case Mul(factors) if ZERO in factors:
            return ZERO
        case Add(terms) if ZERO in terms:
            return add(*(term for term in terms if term != ZERO))
        case Neg(operand) if operand == ZERO:
            return ZERO
    return node


def _cancelled(tree: Expr) -> Expr:
    """Return the formula without two factors of a product that are 1/n and n."""
    node = rebuild(tree, _cancelled)
    if not isinstance(node, Mul):
        return node
    left: list[Expr] = []
    for factor in node.factors:
        value = _rational(factor)
        other = next((f for f in left if value and _rational(f) == 1 / value != 1), None)
        if other is None:
            left.append(factor)
        else:
            left.remove(other)
    return mul(*left) if left else ONE


def _rational(node: Expr) -> Fraction | None:
    """Return the number that is written as n or 1/n, if it is one."""
    match node:
        case Number(Fraction() as value):
            return value
        case Div(Number(Fraction() as top), Number(Fraction() as bottom)) if bottom:
            return top / bottom
    return None


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
        case Call("step", (Add((operand, Neg(Number(0)))),)):
            return Call("step", (operand,))
        case Call("step", (Add((Number(0), Neg(operand))),)):
            return Call("step", (_negative(operand),))
        case Call("sum", (Neg(operand),)):
            return Neg(Call("sum", (operand,)))
        case Div(Neg(top), bottom):
            return Neg(Div(top, bottom))
    return node


def _negative(node: Expr) -> Expr:
    """Return −u; of a difference u − v the other, v − u."""
    match node:
        case Add((first, Neg(second))):
            return second - first
        case Number(Fraction() as value):
            return Number(-value)
    return Neg(node)
