"""``type: global_avg_pool``: z[c] is the mean of channel c, one number a channel."""

from __future__ import annotations

from ..functions.pooling import ChannelMeans
from ..graph.building import Builder, Inputs, Lowered
from ..problems import counted
from ..spec.records import LayerSpec
from . import LayerType
from ._windows import one_input
from .activation import Nothing


def lower(layer: LayerSpec, own: Nothing, inputs: Inputs, builder: Builder) -> Lowered | None:
    """Return the mean of each channel."""
    shape = one_input(layer, inputs, builder)
    if shape is None:
        return None
    if len(shape) < 2:
        place = layer.sources[0].place if layer.sources else layer.place
        message = f"{layer.type.name} takes an image, not {counted(shape[0], 'value')}"
        builder.say(f"{message} (from {inputs.names})", place, "put it before 'type: flatten'")
        return None
    return Lowered({"z": builder.apply("z", ChannelMeans(), inputs.nodes, shape[:1])})


TYPE = LayerType(
    "global_avg_pool",
    "the mean of each channel",
    {},
    Nothing,
    lower,
    """\
input: [[1, 3, 2], [4, 6, 5], [0, -1, 2.5]]
target: [1, 0]
loss: half_squared_error
learning_rate: 0.1
layers:
  - {type: conv2d, weights: [[[[1, -1]]], [[[0.5, 0.25]]]], bias: [0, 0.5], activation: tanh}
  - {type: global_avg_pool}
""",
)
