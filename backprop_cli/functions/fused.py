"""The short way through an activation and its loss at once: ∂C/∂z = a Σy − y, past ∂C/∂a."""

from __future__ import annotations

import numpy as np

from ..arithmetic import Arithmetic
from ..expression.indices import Index
from ..expression.tree import BigSum, Expr, Name
from .rules import Array, Rule, Shape


class Fused(Rule, frozen=True):
    """∂C/∂z_j = a_j Σ_k y_k − y_j, the sum over the row; or a_j − y_j where units are separate.

    ``out`` is the activation as the forward pass left it (rounded, where values are rounded), and
    ``g`` the gradient of the loss's terms.
    """

    name: str
    across: bool = False

    operands = ("z", "y")

    def forward(self, xp: Arithmetic, *inputs: Array) -> Array:
        """Raise: the forward pass has no short way."""
        raise ValueError(f"{self.name} is fused in the backward pass only")

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Array:
        """Return a Σ(g y) − g y, or g(a − y)."""
        if not self.across:
            return np.asarray(g * (out - inputs[1]))
        weighted = g * inputs[1]
        return np.asarray(out * weighted.sum(axis=-1, keepdims=True) - weighted)

    def write(self, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Raise: the forward pass has no short way."""
        raise ValueError(f"{self.name} is fused in the backward pass only")

    def write_share(self, k: int, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return a_j Σ_k y_k − y_j, or a_j − y_j; the gradient of each term is 1."""
        out, y = Name("out", index), Name("y", index)
        if not self.across:
            return out - y
        (*rest, _), width = index, shapes[0][-1]
        return out * BigSum("k", width, Name("y", (*rest, "k"))) - y


_SOFTMAX = Fused("softmax_cross_entropy", across=True)
FUSED = {
    ("softmax", "cross_entropy"): _SOFTMAX,
    ("softmax", "kl_divergence"): _SOFTMAX,
    ("sigmoid", "binary_cross_entropy"): Fused("sigmoid_cross_entropy"),
}
"""The short way by (activation, loss)."""
