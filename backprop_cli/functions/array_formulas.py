"""Whole arrays in formulas: products entry by entry, rows and columns repeated, axes summed."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from msgspec import Struct

from ..expression.tree import (
    ONE,
    ZERO,
    Add,
    Call,
    Cases,
    Compare,
    Constant,
    Div,
    Expr,
    Hadamard,
    MatMul,
    Mul,
    Name,
    Neg,
    Number,
    Transpose,
    add,
    mul,
)
from ..expression.walking import bind, walk
from .rules import Shape

ONES = Constant("ones")


class Whole(Struct, frozen=True):
    """A whole array in a formula: its tree and its shape."""

    tree: Expr
    shape: Shape


def product(parts: list[Whole]) -> Expr:
    """Return the product entry by entry: single numbers before it, arrays joined by ⊙."""
    numbers = [each.tree for each in parts if each.shape == () and each.tree != ONE]
    arrays = [each for each in parts if each.shape != ()]
    written = [each for each in arrays if not is_constant(each.tree)]
    for each in arrays:
        if is_constant(each.tree):
            numbers += _scale(each.tree)
    full = np.broadcast_shapes(*(each.shape for each in arrays))
    shape = np.broadcast_shapes(*(each.shape for each in written))
    trees = tuple(each.tree for each in written)
    if shape == full:
        joined = [Hadamard(trees) if len(trees) > 1 else trees[0]] if trees else []
    elif not trees:
        joined = [ONES]
    else:
        joined = [_spread(Hadamard(trees) if len(trees) > 1 else trees[0], shape, full)]
    return mul(*numbers, *joined) if numbers or joined else ONE


def is_constant(tree: Expr) -> bool:
    """Return whether all entries of an array are one number: 𝟏, or a multiple of it."""
    inner = tree.operand if isinstance(tree, Neg) else tree
    return inner == ONES or (isinstance(inner, Mul) and inner.factors[-1] == ONES)


def _scale(tree: Expr) -> list[Expr]:
    """Return the factors of the number that stands in every entry."""
    if isinstance(tree, Neg):
        return [Neg(mul(*_scale(tree.operand), ONE))] if tree.operand != ONES else [Neg(ONE)]
    return list(tree.factors[:-1]) if isinstance(tree, Mul) else []


def _spread(tree: Expr, shape: Shape, full: Shape) -> Expr:
    """Return a row or a column repeated to the full shape: 𝟏 vᵀ, v 𝟏ᵀ."""
    if len(full) == 2 and len(shape) == 2 and shape[0] == 1 and shape[1] == full[1]:
        return MatMul((ONES, tree))
    if len(full) == 2 and len(shape) == 2 and shape[1] == 1 and shape[0] == full[0]:
        return MatMul((tree, Transpose(ONES)))
    return Hadamard((tree, ONES))


def times_slope(g: Expr, slope: Expr, letters: tuple[str, ...], inputs: tuple[Whole, ...]) -> Expr:
    """Return g ⊙ a derivative's formula of whole arrays, entry by entry."""
    full = np.broadcast_shapes(*(each.shape for each in inputs))
    shapes = dict(zip(letters, (each.shape for each in inputs), strict=False))
    used = [shapes.get(n.id, full) for n in walk(slope) if isinstance(n, Name)]
    bound = bind(slope, dict(zip(letters, (each.tree for each in inputs), strict=False)))
    return (
        g if bound == ONE else product([Whole(g, full), Whole(bound, np.broadcast_shapes(*used))])
    )


def conforming(inputs: tuple[Whole, ...]) -> tuple[Whole, ...]:
    """Return the inputs of an operation entry by entry; a vector beside a matrix is a row."""
    if max(len(each.shape) for each in inputs) < 2:
        return inputs
    return tuple(
        Whole(Transpose(each.tree), (1, *each.shape)) if len(each.shape) == 1 else each
        for each in inputs
    )


def folded(tree: Expr, shape: Shape, wanted: Shape) -> Expr:
    """Return a share of ``shape`` summed over the axes along which its owner was broadcast."""
    if shape == wanted:
        return tree
    if isinstance(tree, Neg):
        return Neg(folded(tree.operand, shape, wanted))
    if is_constant(tree):
        times = int(np.prod(shape, dtype=int)) // int(np.prod(wanted, dtype=int))
        count = [Number(Fraction(times))] if times != 1 else []
        return mul(*_scale(tree), *count, *([ONES] if wanted else [] if count else [ONE]))
    if isinstance(tree, Add) and any(node == ONES for node in walk(tree)):
        return add(*(folded(term, shape, wanted) for term in tree.terms))
    if wanted == () or all(n == 1 for n in wanted):
        return Call("sum", (tree,))
    if len(wanted) == 1:
        return MatMul((Transpose(tree), ONES))
    if wanted[1] == 1:
        return MatMul((tree, ONES))
    return MatMul((Transpose(ONES), tree))


def is_chosen(entry: Expr, chosen: Expr) -> Expr:
    """Return [entry = chosen]: 1 where it is, 0 where it is not."""
    return Cases(((Compare("==", entry, chosen), ONE),), ZERO)


def shared_out(chosen: Expr) -> Expr:
    """Return [entry = largest] over the number of entries that are: ties share equally."""
    return Div(chosen, Call("sum", (chosen,)))
