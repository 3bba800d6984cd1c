"""The kinds of number that a pass runs on: floats, exact, symbolic; complex and dual to check.

``Arithmetic`` is what the rules ask of a kind; each kind is a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Protocol

import numpy as np

from ..expression.tree import Expr

Array = np.ndarray[Any, Any]


class Arithmetic(Protocol):
    """A kind of number: arrays of it add, multiply and ``@`` by themselves, the rest is here."""

    @property
    def name(self) -> str:
        """``float64``, ``float32``, ``exact`` or ``symbolic``."""
        ...

    @property
    def native(self) -> bool:
        """Whether its arrays are numpy's own floats, for which the rules have forms."""
        ...

    def array(self, values: Array) -> Array:
        """Return written numbers (fractions, floats) as an array of this kind."""
        ...

    def written(self, number: Fraction | Expr) -> Any:
        """Return one number as it was written: a fraction, or a tree such as sqrt(2)/2."""
        ...

    def elementwise(self, formula: Expr, names: Mapping[str, Array]) -> Array:
        """Return the formula's value entry by entry."""
        ...

    def shifted(self, z: Array) -> Array:
        """Return z less something the same in each row, so that exp(z) stays finite."""
        ...

    def scale(self, array: Array, divisor: int) -> Array:
        """Return array / divisor."""
        ...
