"""Softmax: the one activation whose outputs depend on every input of the row."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arithmetic import Arithmetic
from ..expression.indices import Index, fresh
from ..expression.tree import (
    BigSum,
    Call,
    Constant,
    Div,
    Expr,
    Hadamard,
    MatMul,
    Name,
    Transpose,
)
from ..mathematics.formulas import formula
from .rules import Array, Rule, Shape
from .stable_losses import rest

CERTAIN = 0.5
"""A probability above which its row is taken with more care."""
COLLAPSES = (
    "the logarithm undoes the exponential: −ln of a softmax is the logarithm of the sum, less the "
    "score. That has the softmax itself for its derivative, less the target: the two collapse."
)
"""Why a softmax under its cross-entropy leaves output less target."""
CANCELS = (
    "the slope of the sigmoid cancels the denominator of the cross-entropy's derivative. What is "
    "left is output less target, which does not vanish where a unit is sure and wrong."
)
"""Why a sigmoid under its cross-entropy does."""


class Softmax(Rule, frozen=True):
    """a_j = exp(z_j) / Σ_k exp(z_k); share a_j (g_j − Σ_k g_k a_k)."""

    name = "softmax"
    operands = ("z",)

    def why(self, k: int) -> str:
        """Return why the derivative is a matrix."""
        return (
            "all outputs share one sum in the denominator, so each weighted sum moves all of them. "
            "The derivative is a matrix, and what comes back through every output is added."
        )

    def forward(self, xp: Arithmetic, *inputs: Array) -> Array:
        """Return the softmax of each row."""
        if not xp.native:
            e = xp.elementwise(formula("exp(z)"), {"z": xp.shifted(inputs[0])})
            return np.asarray(e / e.sum(axis=-1, keepdims=True))
        # One array for all three steps: of large ones it is their number that takes time.
        e = xp.shifted(inputs[0])
        np.exp(e, out=e)
        e /= e.sum(axis=-1, keepdims=True)
        return e

    def put(self, xp: Arithmetic, out: Array, *inputs: Array) -> None:
        """Put the softmax of each row into an array."""
        if not xp.native:
            super().put(xp, out, *inputs)
            return
        np.subtract(inputs[0], inputs[0].max(axis=-1, keepdims=True), out)
        np.exp(out, out)
        out /= out.sum(axis=-1, keepdims=True)

    def puts(self, k: int | None) -> bool:
        """Return that the value is."""
        return k is None

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Array:
        """Return Jᵀg without building the Jacobian J."""
        if not xp.native:
            return np.asarray(out * (g - (g * out).sum(axis=-1, keepdims=True)))
        difference = g - np.einsum("...j,...j->...", g, out)[..., None]
        certain = (out > CERTAIN).any(axis=-1)
        if certain.any() and adds_up(out[certain]):
            difference[certain] = _near_one(g[certain], out[certain], difference[certain])
        difference *= out
        return np.asarray(difference)

    def jacobian(self, out: Array) -> Array:
        """Return ∂a_j/∂z_k = a_j ([j = k] − a_k) of one row: (units, units)."""
        matrix: Array = -np.multiply.outer(out, out)
        for j, a in enumerate(out):
            matrix[j, j] = matrix[j, j] + a
        return matrix

    def write(self, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return exp(z_j)/Σ_k exp(z_k)."""
        (*before, _), width = index, shapes[0][-1]
        (k,) = fresh("k", tuple(before))
        body = Call("exp", (Name("z", (*before, k)),))
        return Div(Call("exp", (Name("z", index),)), BigSum(k, width, body))

    def write_whole(self, k: int, count: int) -> Expr:
        """Return (diag(a) − a aᵀ) g."""
        out = Name("out")
        jacobian = Call("diag", (out,)) - MatMul((out, Transpose(out)))
        return MatMul((jacobian, Name("g")))

    def write_rows(self, k: int, shapes: tuple[Shape, ...]) -> Expr:
        """Return a ⊙ (g − (g ⊙ a) 𝟏 𝟏ᵀ): of each row a ⊙ (g − Σ_k g_k a_k)."""
        ones, at = Constant("ones"), ("h",) if len(shapes[0]) > 2 else ()
        out, g = Name("out", at), Name("g", at)
        sums = MatMul((Hadamard((g, out)), ones, Transpose(ones)), by_step=True)
        return Hadamard((out, g - sums))

    def write_share(self, k: int, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return a_j (g_j − Σ_k g_k a_k)."""
        return Name("out", index) * (Name("g", index) - self.write_shared(k, index, shapes))

    def write_shared(self, k: int, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return Σ_k g_k a_k."""
        (*before, _), width = index, shapes[0][-1]
        (letter,) = fresh("k", tuple(before))
        return BigSum(letter, width, Name("g", (*before, letter)) * Name("out", (*before, letter)))


def _near_one(g: Array, a: Array, difference: Array) -> Array:
    """Return g_j − Σ_k g_k a_k of rows with one a_j near 1, there as g_j(1 − a_j) − the others.

    The difference itself has lost the digits in which a_j differs from 1.
    """
    largest = a.argmax(axis=-1)[..., None]
    others = g * a
    np.put_along_axis(others, largest, 0.0, axis=-1)
    near = g * rest(a) - others.sum(axis=-1, keepdims=True)
    np.put_along_axis(difference, largest, np.take_along_axis(near, largest, -1), axis=-1)
    return difference


def adds_up(a: Array) -> bool:
    """Return whether each row is a distribution, and no longer one rounded to few decimals."""
    near = 1e-5 if a.dtype == np.float32 else 1e-12
    return bool((np.abs(a.sum(axis=-1) - 1.0) < near).all())


def less_targets(xp: Arithmetic, a: Array, weighted: Array) -> Array:
    """Return a_j Σ_k w_k − w_j, of w = g·y; of a row that adds up to 1 without a difference.

    That is a_j Σ_{k≠j} w_k − w_j Σ_{k≠j} a_k.
    """
    total = weighted.sum(axis=-1, keepdims=True)
    if xp.native and adds_up(a):
        return np.asarray(a * (total - weighted) - weighted * rest(a))
    return np.asarray(a * total - weighted)


SOFTMAX: Any = Softmax()
