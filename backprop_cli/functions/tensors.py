"""Primitives of vectors and matrices: softmax, reductions, products, entries."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from msgspec import Struct

from ..arithmetic import Arithmetic
from ..expression.tree import (
    ONE,
    Call,
    Div,
    Expr,
    Hadamard,
    MatMul,
    Name,
    Number,
    Transpose,
    add,
    mul,
)
from ..expression.walking import bind
from .array_formulas import ONES, Whole, is_chosen, shared_out
from .rules import Array
from .softmax import SOFTMAX


class Softmaxed(Struct, frozen=True):
    """The softmax of a vector, or of each row of a matrix."""

    name = "softmax"
    gate = ""

    def forward(self, xp: Arithmetic, *inputs: Array) -> Any:
        """Return the softmax."""
        return SOFTMAX.forward(xp, inputs[0])

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Any:
        """Return a ⊙ (g − (g·a))."""
        return SOFTMAX.share(xp, 0, g, out, inputs[0])

    def whole(self, k: int, g: Expr, out: Expr, inputs: tuple[Whole, ...]) -> Expr:
        """Return (diag(a) − a aᵀ) g of a vector, a ⊙ (g − (g·a) by rows) of a matrix."""
        if len(inputs[0].shape) == 1:
            return bind(SOFTMAX.write_whole(0, 1), {"out": out, "g": g})
        rows = MatMul((Hadamard((g, out)), ONES))
        return Hadamard((out, g - MatMul((rows, Transpose(ONES)))))


class Reduce(Struct, frozen=True):
    """sum, mean, max or min of all entries."""

    function: str

    @property
    def name(self) -> str:
        """The function's name."""
        return self.function

    @property
    def gate(self) -> str:
        """``max`` and ``min`` route, ``sum`` copies, ``mean`` shares."""
        return {"sum": "addition"}.get(self.function, self.function)

    def forward(self, xp: Arithmetic, *inputs: Array) -> Any:
        """Return the one number."""
        flat = np.asarray(inputs[0]).ravel()
        if self.function == "sum":
            return np.add.reduce(flat)
        if self.function == "mean":
            return xp.scale(np.asarray(np.add.reduce(flat)), len(flat))
        if xp.native:
            return flat.max() if self.function == "max" else flat.min()
        names = [f"u{i}" for i in range(len(flat))]
        called = Call(self.function, tuple(map(Name, names)))
        return xp.elementwise(called, {n: np.asarray(v) for n, v in zip(names, flat, strict=True)})

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Any:
        """Return g, g/n, or g at the largest entries, equally."""
        x, spread = inputs[0], np.empty(inputs[0].shape, dtype=np.asarray(g).dtype)
        spread[...] = g
        if self.function == "sum":
            return spread
        if self.function == "mean":
            return xp.scale(spread, x.size)
        if x.size == 1:
            return spread
        if xp.name == "symbolic":
            ties = [is_chosen(entry, np.asarray(out).item()) for entry in x.ravel()]
            written = [Div(each, add(*ties)) for each in ties]
            return spread * _objects(written).reshape(x.shape)
        # Not ``out``: where that was rounded, or is somebody's own, no entry may be equal to it.
        chosen = np.asarray(self.forward(xp, x)).item()
        largest = [bool(entry == chosen) for entry in x.ravel()]
        each = Fraction(1, sum(largest))
        gates = _objects([each if is_largest else Fraction(0) for is_largest in largest])
        return spread * xp.array(gates).reshape(x.shape)

    def whole(self, k: int, g: Expr, out: Expr, inputs: tuple[Whole, ...]) -> Expr:
        """Return g in every entry, g/n, or g where the entry is the largest, over their number."""
        if self.function == "sum":
            return mul(g, ONES)
        if self.function == "mean":
            size = int(np.prod(inputs[0].shape, dtype=int))
            return mul(g, Div(ONE, Number(Fraction(size))), ONES)
        if all(n == 1 for n in inputs[0].shape):
            return g
        return mul(g, shared_out(is_chosen(inputs[0].tree, out)))


class Dot(Struct, frozen=True):
    """Σ u_i v_i of two vectors; shares g v and g u."""

    name = gate = "dot"

    def forward(self, xp: Arithmetic, *inputs: Array) -> Any:
        """Return u · v."""
        return np.add.reduce(np.asarray(inputs[0] * inputs[1]))

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Any:
        """Return g times the other vector."""
        return g * inputs[1 - k]

    def whole(self, k: int, g: Expr, out: Expr, inputs: tuple[Whole, ...]) -> Expr:
        """Return g times the other vector."""
        return mul(g, inputs[1 - k].tree)


class MatrixProduct(Struct, frozen=True):
    """A @ B of matrices and vectors; shares g Bᵀ and Aᵀ g."""

    name = gate = "matmul"

    def forward(self, xp: Arithmetic, *inputs: Array) -> Any:
        """Return A @ B."""
        return inputs[0] @ inputs[1]

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Any:
        """Return g Bᵀ, or Aᵀ g; a vector on the left is a row, on the right a column."""
        a, b = inputs
        if a.ndim == b.ndim == 1:
            return g * inputs[1 - k]
        if k == 0:
            if b.ndim == 1:
                return np.multiply.outer(g, b)
            return b @ g if a.ndim == 1 else g @ b.T
        if a.ndim == 1:
            return np.multiply.outer(a, g)
        return a.T @ g

    def whole(self, k: int, g: Expr, out: Expr, inputs: tuple[Whole, ...]) -> Expr:
        """Return g Bᵀ, or Aᵀ g."""
        a, b = inputs
        if len(a.shape) == len(b.shape) == 1:
            return mul(g, inputs[1 - k].tree)
        if k == 0:
            if len(a.shape) == 1:
                return MatMul((b.tree, g))
            return MatMul((g, Transpose(b.tree)))
        if len(a.shape) == 1:
            return MatMul((a.tree, Transpose(g)))
        return MatMul((Transpose(a.tree), g))


class Entry(Struct, frozen=True):
    """x[i] or X[i,j], positions from 1; the share is g there and 0 elsewhere."""

    index: tuple[int, ...]

    name = "entry"
    gate = "entry"

    def forward(self, xp: Arithmetic, *inputs: Array) -> Any:
        """Return the entry, or a matrix's row."""
        return inputs[0][self._where]

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Any:
        """Return g at the entry, zeros elsewhere."""
        spread = xp.array(np.zeros(inputs[0].shape))
        if spread.dtype == object:
            spread = xp.array(np.full(inputs[0].shape, Fraction(0), dtype=object))
        spread[self._where] = np.asarray(g).item() if np.ndim(g) == 0 else g
        return spread

    def whole(self, k: int, g: Expr, out: Expr, inputs: tuple[Whole, ...]) -> Expr:
        """Return g e_i, or g e_i e_jᵀ."""
        first = Name("e", self.index[:1])
        if len(inputs[0].shape) == 1:
            return mul(g, first)
        if len(self.index) == 1:
            return MatMul((first, Transpose(g)))
        return mul(g, MatMul((first, Transpose(Name("e", self.index[1:])))))

    @property
    def _where(self) -> tuple[int, ...]:
        return tuple(i - 1 for i in self.index)


def _objects(items: list[Any]) -> Array:
    result = np.empty(len(items), dtype=object)
    for position, item in enumerate(items):
        result[position] = item
    return result
