"""The short way through an activation and its loss at once: ∂C/∂z = a Σy − y, past ∂C/∂a."""

from __future__ import annotations

import numpy as np

from ..arithmetic import Arithmetic
from ..arithmetic.floating import FLOAT64
from ..expression.indices import Index, fresh, letters_of
from ..expression.tree import ONE, BigSum, Cases, Compare, Div, Expr, Letter, Mul, Name, Neg, Number
from ..mathematics.stable import sigmoid
from .rules import Array, Rule, Shape
from .softmax import CANCELS, COLLAPSES, SOFTMAX, less_targets
from .stable_losses import log_softmax, sigmoid_cross_entropy, sigmoid_cross_entropy_slope, times


class Fused(Rule, frozen=True):
    """∂C/∂z_j = a_j Σ_k y_k − y_j, the sum over the row; or a_j − y_j where units are separate.

    ``out`` is the activation as the forward pass left it (rounded, where values are rounded), and
    ``g`` the gradient of the loss's terms. ``relative`` is for y ln(y/a).
    """

    name: str
    across: bool = False
    relative: bool = False

    operands = ("z", "y")

    def forward(self, xp: Arithmetic, *inputs: Array) -> Array:
        """Raise: the forward pass has ``terms``."""
        raise ValueError(f"{self.name} is fused in the backward pass only")

    def why(self, k: int) -> str:
        """Return why activation and logarithm collapse."""
        return COLLAPSES if self.across else CANCELS

    def terms(self, long: Array, a: Array, z: Array, y: Array) -> Array:
        """Return the loss's terms by z where they are those of a by more digits, else the long way.

        Near 0 and 1 the logarithm of a float a has lost digits that z still has. An a that was
        rounded, or is 0 where it should not be, stays what the loss is of.
        """
        unrounded = a == (SOFTMAX.forward(FLOAT64, z) if self.across else sigmoid(z))
        return np.where(unrounded & np.isfinite(long), self._short(z, y), long)

    def sure_terms(self, a: Array, z: Array, y: Array) -> Array | None:
        """Return the terms by z of an a as it was computed; None where the long way must be seen.

        That has a logarithm which is not finite.
        """
        sure = a.min() > 0.0 and (self.across or a.max() < 1.0)
        return self._short(z, y) if sure else None

    def _short(self, z: Array, y: Array) -> Array:
        if not self.across:
            return sigmoid_cross_entropy(z, y)
        own = np.log(np.where(y == 0, 1.0, y)) if self.relative else 0.0
        return times(y, own - log_softmax(z))

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Array:
        """Return a Σ(g y) − g y, or g(a − y)."""
        z, y = inputs
        if self.across:
            return less_targets(xp, out, g * y)
        plain = g * (out - y)
        if not xp.native:
            return np.asarray(plain)
        return np.where(out == sigmoid(z), g * sigmoid_cross_entropy_slope(z, y), plain)

    def write(self, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Raise: the forward pass has no short way."""
        raise ValueError(f"{self.name} is fused in the backward pass only")

    def write_share(self, k: int, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return a_j Σ_k y_k − y_j, or a_j − y_j; the gradient of each term is 1."""
        out, y = Name("out", index), Name("y", index)
        if not self.across:
            return out - y
        (*rest, _), width = index, shapes[0][-1]
        (letter,) = fresh("k", index)
        return out * BigSum(letter, width, Name("y", (*rest, letter))) - y

    def write_collapse(self, index: tuple[Index, ...], width: int) -> tuple[Expr, ...]:
        """Return ∂C/∂a·∂a/∂z written out, before and after what cancels is cancelled.

        (a − y)/(a(1 − a))·a(1 − a), or Σ_i (−y_i/a_i)·∂a_i/∂z_j to a_j Σ_i y_i − y_j.
        """
        out, y = Name("out", index), Name("y", index)
        slope = Mul((out, ONE - out))
        if not self.across:
            return (Mul((Div(out - y, slope), slope)),)
        short = self.write_share(0, index, ((width,),))
        if width == 1:
            return (Mul((Neg(Div(y, out)), slope)), short)
        *rest, j = index
        (letter,) = fresh("i", (*rest, *letters_of(j)))
        each = (*rest, letter)
        own = Letter(j) if isinstance(j, str) else Number(j)
        alike = Compare("==", Letter(letter), own)
        a, target = Name("out", each), Name("y", each)
        jacobian = Cases(((alike, slope),), Neg(a * out))
        cancelled = Cases(((alike, Neg(y * (ONE - out))),), target * out)
        return (
            BigSum(letter, width, Mul((Neg(Div(target, a)), jacobian))),
            BigSum(letter, width, cancelled),
            short,
        )


FUSED = {
    ("softmax", "cross_entropy"): Fused("softmax_cross_entropy", across=True),
    ("softmax", "kl_divergence"): Fused("softmax_cross_entropy", across=True, relative=True),
    ("sigmoid", "binary_cross_entropy"): Fused("sigmoid_cross_entropy"),
}
"""The short way by (activation, loss)."""
