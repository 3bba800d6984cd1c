"""``type: concat``: z = (x₁, x₂, …), then the activation."""

from __future__ import annotations

from ..functions.operators import Concat
from ..graph.building import merge
from . import LayerType
from .activation import Nothing
from .multiply import joining

TYPE = LayerType("concat", "its inputs end to end", {}, Nothing, merge(Concat()), joining("concat"))
