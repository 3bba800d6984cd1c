"""``type: add``: z = x₁ + x₂ + …, then the activation."""

from __future__ import annotations

from ..functions.operators import Sum
from . import LayerType
from ._merge import joining, merge
from .activation import Nothing

TYPE = LayerType(
    "add", "the sum of its inputs, entry by entry", {}, Nothing, merge(Sum()), joining("add")
)
