"""``type: multiply``: z = x₁ ⊙ x₂ ⊙ …, then the activation."""

from __future__ import annotations

from ..functions.operators import Product
from . import LayerType
from ._merge import joining, merge
from .activation import Nothing

TYPE = LayerType(
    "multiply",
    "the product of its inputs, entry by entry",
    {},
    Nothing,
    merge(Product()),
    joining("multiply"),
)
