"""Dropout: what a mask keeps, divided by how much is kept on average."""

from __future__ import annotations

import numpy as np

from ..arithmetic import Arithmetic
from ..expression.indices import Index
from ..expression.tree import ONE, Div, Expr, Hadamard, Mul, Name
from .rules import Array, Rule, Shape


class Dropped(Rule, frozen=True):
    """z = x ⊙ mask/(1 − rate); the share of x is g ⊙ mask/(1 − rate).

    So the mean of z over all masks is x (inverted dropout), and nothing is scaled afterwards.
    """

    rate: Expr

    name = "dropout"
    operands = ("x", "mask")

    @property
    def remark(self) -> str:
        """Why what is kept is divided."""
        return (
            "1 in the mask keeps a value, 0 drops it; what is kept is divided by 1 − rate, so that "
            "the mean over all masks is the value itself"
        )

    def why(self, k: int) -> str:
        """Return why nothing, or more, comes back."""
        return (
            "a value that was dropped did not reach the loss, so nothing comes back to it. One "
            "that was kept was made larger, and its error is made larger by the same factor."
        )

    def forward(self, xp: Arithmetic, *inputs: Array) -> Array:
        """Return x ⊙ mask/(1 − rate)."""
        x, mask = inputs
        return np.asarray(xp.elementwise(self._of(Name("x"), Name("m")), {"x": x, "m": mask}))

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Array:
        """Return g times the other input, divided by 1 − rate."""
        other = inputs[1 - k]
        return np.asarray(xp.elementwise(self._of(Name("g"), Name("m")), {"g": g, "m": other}))

    def write(self, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return x mask/(1 − rate) of one entry."""
        return self._of(Name("x", index), Name("mask", index))

    def write_share(self, k: int, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return g mask/(1 − rate) of one entry."""
        return self._of(Name("g", index), Name(self.operands[1 - k], index))

    def write_whole(self, k: int, count: int) -> Expr:
        """Return g ⊙ mask/(1 − rate) of whole arrays."""
        return Div(Hadamard((Name("g"), Name(self.operands[1 - k]))), ONE - self.rate)

    def _of(self, value: Expr, mask: Expr) -> Expr:
        return Div(Mul((value, mask)), ONE - self.rate)
