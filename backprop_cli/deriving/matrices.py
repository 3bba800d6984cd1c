"""A derivation's vectors and matrices as numbers, large ones shortened."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from msgspec import structs

from ..expression.axes import is_matrix
from ..expression.indices import letters_of
from ..expression.refs import Ref, plain_name
from ..expression.tree import (
    Call,
    Constant,
    Derivative,
    Dots,
    Expr,
    MatMul,
    Matrix,
    Nabla,
    Number,
    Partial,
    Quantity,
)
from ..expression.walking import substitute, walk
from ..worked.document import Chain
from ..worked.entry_steps import ending
from .deriver import Deriver
from .forms import name_of

Array = np.ndarray[Any, Any]
PAGE = 55
"""Columns that the steps' matrices may take side by side: they are broken nowhere."""


def with_numbers(deriver: Deriver, forms: list[Expr], ref: Ref) -> Chain:
    """Return the chain with each vector and matrix as numbers, where there are numbers."""
    if deriver.trace is None:
        return Chain(tuple(forms))
    name, value = name_of(deriver, ref), value_of(deriver, ref)
    try:
        substituted = substitute(forms[-1], lambda node: _as_matrix(deriver, node))
    except ValueError:
        return ending((*forms, value), name)
    by_step = any(isinstance(node, MatMul) and node.by_step for node in walk(forms[-1]))
    fits = not by_step or deriver.view.full or _columns(substituted) <= PAGE
    return ending((*forms, *([substituted] if fits else []), value), name)


def _columns(tree: Expr) -> int:
    """Return about how many columns the matrices of a formula take, side by side."""
    matrices = [node for node in walk(tree) if isinstance(node, Matrix)]
    across = (column for each in matrices for column in zip(*each.rows, strict=True))
    return 5 * len(matrices) + sum(max(map(_digits, column)) + 2 for column in across)


def _digits(cell: Expr) -> int:
    """Return how many characters a number takes with four decimals."""
    value = cell.value if isinstance(cell, Number) else 0
    return len(f"{float(value):.4f}".removesuffix(".0000"))


def value_of(deriver: Deriver, ref: Ref) -> Expr:
    """Return a gradient's numbers; of a parameter in a batch, what the sample contributes."""
    number = deriver.general.number(ref)
    node = deriver.graph.nodes[number]
    if deriver.graph.single or node.per_sample or deriver.of_batch(ref):
        return matrix_of(deriver, ref)
    return as_matrix(deriver, deriver.sample_gradient(number))


def _as_matrix(deriver: Deriver, node: Expr) -> Expr | None:
    """Return a quantity's numbers as a vector or a matrix; σ′(z) as its vector."""
    match node:
        case Partial(of, wrt) if of.layer is not None and _is_wide(deriver, of, wrt):
            raise ValueError("a Jacobian of arrays has numbers of four indices")
        case Quantity(ref) if any(map(letters_of, ref.index)):
            raise ValueError("a step's own vector is seen from the numbers of all steps")
        case Quantity(ref):
            return matrix_of(deriver, ref)
        case Nabla(_, wrt):
            return matrix_of(deriver, wrt.grad())
        case Constant("ones"):
            raise ValueError("a vector of ones has the shape of what stands beside it")
        case Derivative(_, Quantity(z)):
            layer = deriver.layer(z)
            if len(layer.shape) > 1:
                raise ValueError("more than one axis: seen from its numbers")
            shown = deriver.view.rows(layer.units)
            slopes = [deriver.slope_value(z.at(unit)) if unit else None for unit in shown]
            return column_of(deriver, slopes)
        case Call("part", _):
            raise ValueError("a part of a vector is seen from its numbers")
    return None


def _is_wide(deriver: Deriver, *refs: Ref) -> bool:
    """Return whether one of the quantities has more than one axis."""
    shapes = (deriver.graph.nodes[deriver.general.number(ref)].shape for ref in refs)
    return any(len(shape) > 1 for shape in shapes)


def matrix_of(deriver: Deriver, ref: Ref) -> Expr:
    """Return a whole quantity's numbers."""
    trace = deriver.require()
    number = deriver.general.number(ref)
    array = trace.gradients[number] if ref.gradient else trace.values[number]
    if array is None:
        raise ValueError(plain_name(ref))
    per_sample = deriver.graph.nodes[number].per_sample
    if per_sample:
        array = array[int(ref.sample or 1) - 1]
    matrix = as_matrix(deriver, np.asarray(array))
    rows = per_sample or not is_matrix(ref.part, array.ndim)
    if isinstance(matrix, Matrix) and rows and array.ndim == 2:
        return structs.replace(matrix, by_step=True)
    weights = isinstance(matrix, Matrix) and is_matrix(ref.part, array.ndim)
    return structs.replace(matrix, of=ref) if weights else matrix


def as_matrix(deriver: Deriver, values: Array) -> Expr:
    """Return an array of numbers as a matrix, a vector, or one number; large ones shortened."""
    if values.ndim != 2:
        return column(deriver, list(values.ravel()))
    return grid(deriver, values.shape, lambda i, j: Number(values[i - 1, j - 1]))


def grid(deriver: Deriver, shape: tuple[int, ...], cell: Callable[[int, int], Expr]) -> Matrix:
    """Return the matrix of what stands at row i and column j from 1 on; a large one shortened."""
    rows, columns = deriver.view.rows(shape[0]), deriver.view.columns(shape[1])
    return Matrix(tuple(tuple(cell(i, j) if i and j else Dots(0) for j in columns) for i in rows))


def column(deriver: Deriver, values: list[Any]) -> Expr:
    """Return a vector: a column, or a row in courses that write x·W."""
    if len(values) == 1:
        return Number(values[0])
    shown = deriver.view.rows(len(values))
    return column_of(deriver, [values[i - 1] if i else None for i in shown])


def column_of(deriver: Deriver, values: list[Any]) -> Expr:
    """Return a vector of the values that are shown; None is a gap."""
    numbers: list[Expr] = [Dots(0) if value is None else Number(value) for value in values]
    if len(numbers) == 1:
        return numbers[0]
    if deriver.graph.in_out:
        return Matrix((tuple(numbers),))
    return Matrix(tuple((number,) for number in numbers))
