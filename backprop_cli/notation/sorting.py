"""The order of factors in a product, and of a bias in a sum."""

from __future__ import annotations

from ..expression.refs import Ref
from ..expression.tree import (
    Add,
    BigSum,
    Derivative,
    Expr,
    Known,
    Mul,
    Neg,
    Quantity,
    rebuild,
    walk,
)
from .bound import ABOVE, Notation
from .refs import is_gradient


def kind(ref: Ref) -> str:
    """Return a quantity's kind as a factor."""
    if ref.gradient:
        return "delta" if ref.part in ("z", ABOVE) else "gradient"
    return ref.part


def ordered(factors: tuple[Expr, ...], notation: Notation) -> tuple[Expr, ...]:
    """Return a product's factors in the notation's order, if the kind of each is known."""
    kinds = [_factor_kind(factor, notation) for factor in factors]
    if not all(kinds):
        return factors
    ranked = sorted(zip(kinds, factors, strict=True), key=lambda pair: notation.rank(pair[0]))
    return tuple(factor for _, factor in ranked)


def _factor_kind(factor: Expr, notation: Notation) -> str:
    """Return the kind by which a factor is put in its place; nothing where it keeps it."""
    if isinstance(factor, Quantity | Known):
        return kind(factor.ref)
    if isinstance(factor, Derivative) and "slope" in notation.factors:
        return "slope"
    if "sum" in notation.factors and isinstance(factor, BigSum | Add):
        weighted = any(is_gradient(n, "z") or is_gradient(n, ABOVE) for n in walk(factor))
        return "sum" if weighted else ""
    return ""


def sorted_factors(tree: Expr, target: Ref | None, notation: Notation) -> Expr:
    """Return the tree with each product's factors in the notation's order.

    In the equation of a δ, what multiplies ∂C/∂a of the same layer is the slope, even where it is
    spelled out: it goes before or behind as one.
    """
    layer = target.layer if target is not None and kind(target) == "delta" else None
    slope_first = "slope" in notation.factors and notation.rank("slope") < notation.rank("gradient")

    def change(node: Expr) -> Expr:
        inner = rebuild(node, change)
        if not isinstance(inner, Mul):
            return inner
        first, *rest = inner.factors
        spelled = layer is not None and is_gradient(first, "a") and _layer(first) == layer
        named = any(isinstance(factor, Derivative) for factor in rest)
        if spelled and slope_first and not named and not any(map(is_gradient, rest)):
            return Mul((*rest, first))
        return Mul(ordered(inner.factors, notation))

    return change(tree)


def _layer(node: Expr) -> int | str | None:
    return node.ref.layer if isinstance(node, Quantity | Known) else None


def biases_first(tree: Expr) -> Expr:
    """Return the tree with a bias before the weighted sum it is added to."""

    def change(node: Expr) -> Expr:
        inner = rebuild(node, change)
        if not isinstance(inner, Add):
            return inner
        biases = [term for term in inner.terms if _is_bias(term)]
        others = [term for term in inner.terms if not _is_bias(term)]
        if len(biases) != 1 or any(isinstance(term, Neg) for term in others[:1]):
            return inner
        return Add((*biases, *others))

    return change(tree)


def _is_bias(node: Expr) -> bool:
    if not isinstance(node, Quantity | Known):
        return False
    return node.ref.part == "b" and not node.ref.gradient
