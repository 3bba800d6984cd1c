"""``type: flatten``: an image as a vector, channel by channel, row by row."""

from __future__ import annotations

import math

from ..functions.pooling import Flatten
from ..graph.building import Builder, Inputs, Lowered
from ..spec.records import LayerSpec
from . import LayerType
from ._windows import one_input
from .activation import Nothing


def lower(layer: LayerSpec, own: Nothing, inputs: Inputs, builder: Builder) -> Lowered | None:
    """Return the values in a row."""
    shape = one_input(layer, inputs, builder)
    if shape is None:
        return None
    return Lowered({"z": builder.apply("z", Flatten(), inputs.nodes, (math.prod(shape),))})


TYPE = LayerType(
    "flatten",
    "an image as a vector: channel by channel, row by row",
    {},
    Nothing,
    lower,
    """\
input: [[1, -2, 0.5], [0, 1, 2]]
target: [1, 0]
loss: half_squared_error
learning_rate: 0.1
layers:
  - {type: conv2d, weights: [[0.5, -1]], bias: [0.1], activation: tanh}
  - {type: flatten}
  - {units: 2, weights: [[1, -1, 0.5, 0], [0.5, 2, 1, 3]], bias: [0, 0.25], activation: sigmoid}
""",
)
