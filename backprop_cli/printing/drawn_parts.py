"""What drawing by precedence works with: drawn terms and factors, zeros, trees of exact values."""

from __future__ import annotations

import functools
from typing import Any

from msgspec import Struct

from ..expression.tree import Expr, numeric


@functools.lru_cache(maxsize=1024)
def tree_of(value: Any) -> Expr:
    """Return the tree of a value of sympy's; kept, since a value stands in many formulas."""
    from ..expression.differentiate import from_sympy

    return from_sympy(value)


def is_zero(node: Expr) -> bool:
    """Return whether the leaf holds the number 0."""
    value = numeric(node)
    return value is not None and float(value) == 0


class Part(Struct, frozen=True):
    """A term or factor: the sign that leads to it, and whether it stands in parentheses.

    ``drawn`` is its text without the sign, drawn once since trees are deep.
    """

    lead: str
    node: Expr
    drawn: str
    wrapped: bool = False

    @property
    def text(self) -> str:
        """The part as it stands in the sum or product."""
        return self.lead + self.drawn
