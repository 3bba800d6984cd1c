"""The order of factors in a product, and of a bias in a sum."""

from __future__ import annotations

from collections.abc import Mapping

from ..expression.indices import Index
from ..expression.refs import Ref
from ..expression.tree import Add, BigSum, Derivative, Expr, Known, Mul, Neg, Quantity
from ..expression.walking import rebuild, walk
from .bound import ABOVE, Notation
from .refs import is_gradient

NO_KINDS: Mapping[str, str] = {}


def kind(ref: Ref, kinds: Mapping[str, str] = NO_KINDS) -> str:
    """Return a quantity's kind as a factor; ``kinds`` says what a layer's own parts are."""
    part = kinds.get(ref.part, ref.part)
    if ref.gradient:
        return "delta" if part in ("z", ABOVE) else "gradient"
    return part


def ordered(factors: tuple[Expr, ...], notation: Notation) -> tuple[Expr, ...]:
    """Return a product's factors in the notation's order, if the kind of each is known.

    A σ′ that has no place in that order keeps its own. In a computation graph all do.
    """
    if not notation.facts.layered:
        return factors
    kinds = {i: _factor_kind(factor, notation) for i, factor in enumerate(factors)}
    moved = [i for i, kind in kinds.items() if kind or not isinstance(factors[i], Derivative)]
    if not all(kinds[i] for i in moved):
        return factors
    found = list(factors)
    for place, i in zip(moved, sorted(moved, key=lambda i: notation.rank(kinds[i])), strict=True):
        found[place] = factors[i]
    return tuple(found)


def _factor_kind(factor: Expr, notation: Notation) -> str:
    """Return the kind by which a factor is put in its place; nothing where it keeps it."""
    if isinstance(factor, Quantity | Known):
        return kind(factor.ref, notation.facts.kinds)
    if isinstance(factor, Derivative) and "slope" in notation.factors:
        return "slope"
    if "sum" in notation.factors and isinstance(factor, BigSum | Add):
        return "sum" if _is_weighted(factor) else ""
    return ""


def sorted_factors(tree: Expr, target: Ref | None, notation: Notation) -> Expr:
    """Return the tree with each product's factors in the notation's order.

    In the equation of a δ, what multiplies ∂C/∂a of the same layer (or the Σ that stands for it)
    is the slope, even where it is spelled out: it goes before or behind as one.
    """
    layer = target.layer if target is not None and kind(target) == "delta" else None

    def change(node: Expr) -> Expr:
        inner = rebuild(node, change)
        if not isinstance(inner, Mul):
            return inner
        if layer is not None and "slope" in notation.factors:
            grouped = _grouped(inner.factors, layer, notation)
            if grouped:
                return Mul(grouped)
        return Mul(ordered(inner.factors, notation))

    return change(tree)


def _grouped(factors: tuple[Expr, ...], layer: Index, notation: Notation) -> tuple[Expr, ...]:
    """Return the factors of a δ, those of its slope together; nothing where they cannot be told."""
    if not any(_comes_in(f, layer) and not _is_weight(f) for f in factors):
        return ()
    incoming = tuple(f for f in factors if _comes_in(f, layer) or _is_beside(f, layer))
    slope = tuple(f for f in factors if f not in incoming)
    if not slope or any(is_gradient(n) for f in slope for n in walk(f)):
        return ()
    incoming = ordered(incoming, notation)
    kinds = (kind(f.ref) if isinstance(f, Quantity | Known) else "sum" for f in incoming)
    place = sum(notation.rank(what) <= notation.rank("slope") for what in kinds)
    return (*incoming[:place], *slope, *incoming[place:])


def _comes_in(factor: Expr, layer: Index) -> bool:
    """Return whether a factor of δ is of ∂C/∂a of its layer, or of the Σ w δ that stands for it."""
    if isinstance(factor, Quantity | Known):
        if _is_weight(factor):
            return True
        above = is_gradient(factor, "z") or is_gradient(factor, ABOVE)
        return above or (is_gradient(factor, "a") and factor.ref.layer == layer)
    return isinstance(factor, BigSum | Add) and _is_weighted(factor)


def _is_weight(factor: Expr) -> bool:
    return isinstance(factor, Quantity | Known) and kind(factor.ref) == "W"


def _is_beside(factor: Expr, layer: Index) -> bool:
    """Return whether a factor is the other input of a product: it comes with what comes in."""
    if not isinstance(factor, Quantity | Known) or factor.ref.gradient:
        return False
    return factor.ref.part in ("a", "x") and factor.ref.layer != layer


def _is_weighted(node: Expr) -> bool:
    return any(is_gradient(n, "z") or is_gradient(n, ABOVE) for n in walk(node))


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
