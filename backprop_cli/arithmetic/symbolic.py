"""Symbolic numbers: nodes of the expression tree in numpy object arrays.

``@``, ``*`` and ``+`` build products and sums by themselves, in the order of the operands; nothing
is simplified, so a pass run on symbols gives the formula as it would be written out by hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import numpy as np

from ..expression.tree import Expr, Number, as_expr
from ..expression.walking import bind
from . import Array
from .entries import each


class SymbolicArithmetic:
    """The arithmetic of expression trees."""

    name = "symbolic"
    native = False

    def array(self, values: Array) -> Array:
        """Return written numbers as nodes; nodes stay."""
        return each(lambda v: as_expr(v.item() if isinstance(v, np.generic) else v), values)

    def written(self, number: Fraction | Expr) -> Expr:
        """Return the number as a node."""
        return as_expr(number)

    def elementwise(self, formula: Expr, names: Mapping[str, Array]) -> Array:
        """Return the formula with its names replaced, entry by entry."""
        arrays = np.broadcast_arrays(*names.values())
        result = np.empty(arrays[0].shape, dtype=object)
        for position in np.ndindex(result.shape):
            entries = (as_expr(array[position]) for array in arrays)
            result[position] = bind(formula, dict(zip(names, entries, strict=True)))
        return result

    def shifted(self, z: Array) -> Array:
        """Return z: symbols do not overflow."""
        return z

    def scale(self, array: Array, divisor: int) -> Array:
        """Return array / divisor."""
        return array if divisor == 1 else np.asarray(array / Number(Fraction(divisor)))


SYMBOLIC = SymbolicArithmetic()
