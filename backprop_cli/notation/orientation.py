"""Orientation: whole matrices and vectors as the notation has them, where the file has them turned.

A notation that writes w_ij from i to j means by W the transpose of a file's W (to, from): with
column vectors Wᵀδ is its W δ, with row vectors its δ Wᵀ. An x·W file has them so already.
"""

from __future__ import annotations

from msgspec import structs

from ..expression.axes import MATRICES
from ..expression.indices import FromTo
from ..expression.refs import Ref
from ..expression.tree import (
    Call,
    Constant,
    Derivative,
    Div,
    Expr,
    MatMul,
    Matrix,
    Mul,
    Nabla,
    Partial,
    Quantity,
    Transpose,
)
from ..expression.walking import rebuild, walk
from .bound import Notation
from .refs import first_ref, refs_in


def oriented(trees: tuple[Expr, ...], target: Ref | None, notation: Notation) -> tuple[Expr, ...]:
    """Return the forms of one chain in the orientation of a notation that turns weights."""
    # A Jacobian has a row for each entry above, whichever way vectors lie.
    jacobian = isinstance(trees[0], Partial) and trees[0].of.layer is not None
    by_step = any(isinstance(n, MatMul) and n.by_step for tree in trees for n in walk(tree))
    all_samples = _of_all_samples(trees)
    if notation.vectors == "row" and not (jacobian or by_step or all_samples):
        return tuple(map(_in_rows, trees))
    about_weights = target is not None and _is_matrix(target)
    turned = tuple(map(_transposed if about_weights else _with_turned_weights, trees))
    if notation.vectors == "row" and all_samples:
        about_bias = target is not None and target.gradient and target.part == "b"
        return tuple(map(_sum_in_a_row if about_bias else _with_bias_rows, turned))
    return turned


def _of_all_samples(trees: tuple[Expr, ...]) -> bool:
    """Return whether the rows are samples, in whatever direction vectors are written."""
    refs = (ref for tree in trees for node in walk(tree) for ref in refs_in(node))
    return any(isinstance(ref.sample, FromTo) for ref in refs)


def _with_bias_rows(node: Expr) -> Expr:
    """Return X W + 1 bᵀ as X W + 1 b: the bias is a row as it stands."""
    match node:
        case Transpose(Quantity(Ref(part="b")) as bias):
            return bias
        case Transpose(Matrix(of=None, by_step=False) as bias):
            return _flipped(bias)
        case _:
            return rebuild(node, _with_bias_rows)


def _sum_in_a_row(node: Expr) -> Expr:
    """Return Δᵀ 1 as 1ᵀ Δ."""
    match node:
        case MatMul(factors):
            plain = (f.operand if isinstance(f, Transpose) else Transpose(f) for f in factors)
            return MatMul(tuple(plain)[::-1])
        case Matrix(by_step=False):
            return _flipped(node)
        case _:
            return rebuild(node, _sum_in_a_row)


def is_turned(forms: tuple[Expr, ...]) -> bool:
    """Return whether the chain's matrix is not the one that its plain name means."""
    target = first_ref(forms[0]) if forms else None
    return target is not None and _is_matrix(target)


def _is_matrix(ref: Ref) -> bool:
    """Return whether the quantity is a layer's whole weight matrix, or the gradient of one."""
    return ref.part.startswith(MATRICES) and not ref.index and ref.layer is not None


def _holds_matrix(node: Expr) -> bool:
    return isinstance(node, Quantity | Partial | Nabla) and _is_matrix(refs_in(node)[-1])


def _flipped(matrix: Matrix) -> Matrix:
    """Return the entries with rows for columns."""
    return structs.replace(matrix, rows=tuple(zip(*matrix.rows, strict=True)))


def _in_rows(node: Expr) -> Expr:
    """Return the transpose, every vector read as a row: W x + b as x W + b."""
    match node:
        case MatMul(factors):
            return MatMul(tuple(map(_in_rows, reversed(factors))))
        case Matrix(by_step=True):
            return node
        case Matrix():
            return _flipped(node)
        case Transpose(Partial() as jacobian):
            return jacobian
        case _:
            return rebuild(node, _in_rows)


def _with_turned_weights(node: Expr) -> Expr:
    """Return the same value with Wᵀ for the file's W."""
    match node:
        case Transpose(operand) if _holds_matrix(operand):
            return operand
        case Transpose(Matrix() as matrix) if matrix.of is not None:
            return _flipped(matrix)
        case Matrix() if node.of is not None:
            return Transpose(_flipped(node))
        case Matrix():
            return node
        case _ if _holds_matrix(node):
            return Transpose(node)
        case _:
            return rebuild(node, _with_turned_weights)


def _transposed(node: Expr) -> Expr:
    """Return the transpose with Wᵀ for the file's W: δ aᵀ as a δᵀ."""
    match node:
        case _ if _holds_matrix(node):
            return node
        case Matrix():
            return _flipped(node)
        case MatMul(factors):
            return MatMul(tuple(map(_turned_factor, reversed(factors))))
        case Transpose(operand):
            return _with_turned_weights(operand)
        case Mul(factors):
            return Mul(tuple(_transposed(f) if _has_axes(f) else f for f in factors))
        case Div(numerator, denominator):
            return Div(_transposed(numerator), denominator)
        case Quantity() | Nabla() | Derivative() | Constant():
            return Transpose(node) if _has_axes(node) else node
        case _:
            return rebuild(node, _transposed)


def _turned_factor(node: Expr) -> Expr:
    """Return the transpose of a matrix product's factor: as a whole where vectors alone are in it.

    So it is though they are of one step, whose index is no unit's.
    """
    inner = list(walk(node))
    if any(isinstance(n, Matrix | MatMul | Transpose) or _holds_matrix(n) for n in inner):
        return _transposed(node)
    of_vectors = any(isinstance(n, Quantity | Partial | Nabla) for n in inner)
    return Transpose(node) if of_vectors else _transposed(node)


def _has_axes(tree: Expr) -> bool:
    """Return whether the tree is of vectors or matrices, not a number."""
    for node in walk(tree):
        if isinstance(node, Matrix | MatMul | Transpose) or node == Constant("ones"):
            return True
        whole = isinstance(node, Quantity | Partial | Nabla) and not refs_in(node)[-1].index
        if whole and refs_in(node)[-1].part in ("W", "b", "x", "y", "z", "a", "above"):
            return True
    return isinstance(tree, Call) and tree.function == "diag"
