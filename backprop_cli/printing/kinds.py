"""What is told apart by colour: gradients, and the values of the forward pass."""

from __future__ import annotations

from ..expression.refs import Ref

GRADIENT, VALUE = "gradient", "value"


def kind_of(ref: Ref) -> str:
    """Return whether a quantity is a gradient, a value of the forward pass, or given."""
    if ref.gradient:
        return GRADIENT
    return VALUE if ref.part in ("z", "a") else ""
