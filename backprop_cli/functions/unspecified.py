"""A function of which only the letter is known: f(u, v), and its derivatives ∂f/∂u."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from msgspec import Struct

from ..arithmetic import Arithmetic
from ..expression.tree import Call, Derivative, Expr, MatMul, Several, Transpose, add, mul
from .array_formulas import Whole
from .rules import Array, Shape


class Unspecified(Struct, frozen=True):
    """f(u, v, …) of which nothing is known; shares g·∂f/∂(input k), of several values Jᵀ g.

    ``size`` is what it gives, where that is stated: () is a number, (n,) are n values. Then it
    takes vectors too. Its values are f₁(u, v, …), f₂(u, v, …), …
    """

    letter: str
    size: Shape | None = None

    gate = ""

    @property
    def name(self) -> str:
        """The function's letter."""
        return self.letter

    def forward(self, xp: Arithmetic, *inputs: Array) -> Any:
        """Return f(u, v) as a symbol, or one for each of its values; it has no number."""
        parts = self._entries(xp, inputs)
        return _each(Call(letter, parts) for letter in self.values_by_letter()).reshape(
            self.size or ()
        )

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Any:
        """Return g·f′(u), or g·∂ₖf(u, v); of several values the sum of gᵢ·∂fᵢ/∂u."""
        parts, shape = self._entries(xp, inputs), np.shape(inputs[k])
        before = sum(np.size(each) for each in inputs[:k])
        letters, arriving = self.values_by_letter(), np.ravel(g)
        shares = (
            add(*(mul(up, slope(f, j, parts)) for up, f in zip(arriving, letters, strict=True)))
            for j in range(before, before + np.size(inputs[k]))
        )
        return _each(shares).reshape(shape)

    def whole(self, k: int, g: Expr, out: Expr, inputs: tuple[Whole, ...]) -> Expr:
        """Return g·f′(u), or g·∂ₖf(u, v); of several values Jᵀ g."""
        jacobian = slope(self.letter, k, tuple(each.tree for each in inputs))
        return MatMul((Transpose(jacobian), g)) if self.size else mul(g, jacobian)

    def shape(self, shapes: list[Shape], name: str) -> Shape:
        """Return the stated size; raise ValueError where it takes no such arguments."""
        if self.size is None and any(shapes):
            how = f"'functions: {{{self.letter}: 2}}' says how many values it gives"
            raise ValueError(f"{self.letter} is unspecified: of vectors, {how}")
        if any(len(shape) > 1 for shape in shapes):
            raise ValueError(f"{self.letter} is unspecified: it takes numbers and vectors")
        return self.size or ()

    def _entries(self, xp: Arithmetic, inputs: tuple[Array, ...]) -> tuple[Expr, ...]:
        if xp.name != "symbolic":
            raise ValueError(f"{self.letter} has no formula")
        return tuple(entry for each in inputs for entry in np.ravel(np.asarray(each)))

    def values_by_letter(self) -> list[str]:
        """Return the letter of each of its values: f, or f₁, f₂, f₃."""
        if not self.size:
            return [self.letter]
        return [f"{self.letter}{i}" for i in range(1, self.size[0] + 1)]


def slope(letter: str, k: int, parts: tuple[Expr, ...]) -> Expr:
    """Return f′(u), or ∂ₖf(u, v)."""
    if len(parts) == 1:
        return Derivative(letter, parts[0])
    return Derivative(letter, Several(parts), (k + 1,))


def _each(trees: Iterable[Expr]) -> Array:
    found = list(trees)
    result = np.empty(len(found), dtype=object)
    result[:] = found
    return result
