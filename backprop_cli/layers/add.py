"""``type: add``: z = x₁ + x₂ + …, then the activation."""

from __future__ import annotations

from ..functions.operators import Sum
from ..graph.building import merge
from . import LayerType
from .activation import Nothing
from .multiply import joining

TYPE = LayerType(
    "add", "the sum of its inputs, entry by entry", {}, Nothing, merge(Sum()), joining("add")
)
