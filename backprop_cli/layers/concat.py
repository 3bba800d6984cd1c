"""``type: concat``: z = (x₁, x₂, …), then the activation."""

from __future__ import annotations

from ..functions.operators import Concat
from . import LayerType
from ._merge import joining, merge
from .activation import Nothing

TYPE = LayerType("concat", "its inputs end to end", {}, Nothing, merge(Concat()), joining("concat"))
