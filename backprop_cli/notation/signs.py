"""Signs: −(y − a) for a − y, and a δ that is −∂C/∂z; the value stays what it was."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from msgspec import structs

from ..expression.tree import (
    Add,
    BigSum,
    Call,
    Div,
    Expr,
    Hadamard,
    Known,
    MatMul,
    Mul,
    Neg,
    Number,
    Pow,
    Quantity,
    Transpose,
)
from ..expression.walking import rebuild
from .bound import Notation
from .refs import is_gradient

_EVEN = ("abs", "cosh")


def turned_differences(tree: Expr, notation: Notation) -> Expr:
    """Return the tree with a − y as −(y − a), and (a − y)² as (y − a)², as the notation has it."""

    def leaf(node: Expr) -> Expr | None:
        square = notation.square == "y - a"
        if isinstance(node, Pow) and _is_even(node.exponent) and _is_difference(node.base):
            return Pow(_turned(node.base), node.exponent) if square else node
        if isinstance(node, Call) and node.function in _EVEN and _is_difference(node.arguments[0]):
            return Call(node.function, (_turned(node.arguments[0]),)) if square else node
        if _is_difference(node) and notation.difference == "-(y - a)":
            return Neg(_turned(node))
        return None

    return signed(tree, leaf)


def _is_even(exponent: Expr) -> bool:
    value = getattr(exponent, "value", None)
    return isinstance(value, Fraction | int) and value % 2 == 0


def _is_difference(node: Expr) -> bool:
    """Return whether the node is a − y, by symbols or by their numbers."""
    if not isinstance(node, Add) or len(node.terms) != 2 or not isinstance(node.terms[1], Neg):
        return False
    return _part(node.terms[0]) == "a" and _part(node.terms[1].operand) == "y"


def _part(node: Expr) -> str:
    plain = isinstance(node, Quantity | Known) and not node.ref.gradient
    return node.ref.part if plain and isinstance(node, Quantity | Known) else ""


def _turned(node: Expr) -> Expr:
    """Return y − a of a − y."""
    if not isinstance(node, Add) or not isinstance(node.terms[1], Neg):
        raise TypeError("a difference is turned")
    return Add((node.terms[1].operand, Neg(node.terms[0])))


def minus_gradients(trees: tuple[Expr, ...]) -> tuple[Expr, ...]:
    """Return the trees with −δ for each ∂C/∂z; an equation of δ without numbers is solved for it.

    A chain that ends in a number keeps its sides, since its name is that of ∂C/∂z.
    """

    def leaf(node: Expr) -> Expr | None:
        if isinstance(node, Quantity) and is_gradient(node, "z"):
            return Neg(Quantity(structs.replace(node.ref, gradient=True)))
        if isinstance(node, Known) and is_gradient(node, "z"):
            return Neg(Known(node.ref, -node.value))
        return None

    changed = tuple(signed(tree, leaf) for tree in trees)
    of_delta = len(trees) > 1 and is_gradient(trees[0], "z")
    if of_delta and not isinstance(trees[-1], Number | Known):
        return tuple(negated(tree) for tree in changed)
    return changed


def negated(tree: Expr) -> Expr:
    """Return −tree, without a double sign."""
    return tree.operand if isinstance(tree, Neg) else Neg(tree)


def signed(node: Expr, leaf: Callable[[Expr], Expr | None]) -> Expr:
    """Return the tree with ``leaf``'s replacements; the signs they bring are drawn outwards."""
    found = leaf(node)
    if found is not None:
        return found

    def within(child: Expr) -> Expr:
        return signed(child, leaf)

    match node:
        case Mul(factors) | Hadamard(factors) | MatMul(factors):
            changed, minus = _pulled(factors, within)
            product = type(node)(changed)
            return Neg(product) if minus else product
        case Neg(operand):
            inner = within(operand)
            if isinstance(inner, Neg) and _is_new(inner, operand):
                return inner.operand
            return Neg(inner)
        case BigSum(index, count, body):
            inner = within(body)
            if isinstance(inner, Neg) and _is_new(inner, body):
                return Neg(BigSum(index, count, inner.operand))
            return BigSum(index, count, inner)
        case Transpose(operand):
            inner = within(operand)
            if isinstance(inner, Neg) and _is_new(inner, operand):
                return Neg(Transpose(inner.operand))
            return Transpose(inner)
        case Div(numerator, denominator):
            (top, bottom), minus = _pulled((numerator, denominator), within)
            return Neg(Div(top, bottom)) if minus else Div(top, bottom)
        case Add(terms):
            new = [within(term) for term in terms]
            if all(isinstance(n, Neg) and _is_new(n, t) for n, t in zip(new, terms, strict=True)):
                return Neg(Add(tuple(n.operand for n in new if isinstance(n, Neg))))
            return Add(tuple(new))
        case _:
            return rebuild(node, within)


def _is_new(after: Expr, before: Expr) -> bool:
    """Return whether the sign was brought by a replacement."""
    return isinstance(after, Neg) and not isinstance(before, Neg)


def _pulled(
    factors: tuple[Expr, ...], within: Callable[[Expr], Expr]
) -> tuple[tuple[Expr, ...], bool]:
    """Return the changed factors without the signs that were brought, and whether one is left."""
    kept: list[Expr] = []
    minus = False
    for factor in factors:
        inner = within(factor)
        if isinstance(inner, Neg) and _is_new(inner, factor):
            minus, inner = not minus, inner.operand
        kept.append(inner)
    return tuple(kept), minus
