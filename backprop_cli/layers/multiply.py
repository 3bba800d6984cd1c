"""``type: multiply``: z = x₁ ⊙ x₂ ⊙ …, then the activation."""

from __future__ import annotations

from ..functions.operators import Product
from ..graph.building import merge
from . import LayerType
from .activation import Nothing

TYPE = LayerType(
    "multiply", "the product of its inputs, entry by entry", {}, Nothing, merge(Product())
)
