"""``type: multiply``: z = x₁ ⊙ x₂ ⊙ …, then the activation."""

from __future__ import annotations

from ..functions.operators import Product
from ..graph.building import merge
from . import LayerType
from .activation import Nothing


def joining(name: str) -> str:
    """Return the example of a type that joins two branches."""
    return f"""\
input: [1, -2]
target: [1]
loss: half_squared_error
learning_rate: 0.1
layers:
  - {{name: inner, activation: tanh, weights: [[0.5, -1], [1, 0.25]], bias: [0.1, -0.2]}}
  - {{name: joined, type: {name}, from: [inner, input], activation: sigmoid}}
  - {{units: 1, weights: {{init: ones}}, bias: none}}
"""


TYPE = LayerType(
    "multiply",
    "the product of its inputs, entry by entry",
    {},
    Nothing,
    merge(Product()),
    joining("multiply"),
)
