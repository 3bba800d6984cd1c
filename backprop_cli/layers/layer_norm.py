"""``type: layer_norm``: each sample (or step) centred and divided by its own deviation."""

from __future__ import annotations

from ..graph.building import Builder, Inputs, Lowered
from ..spec.records import LayerSpec
from . import LayerType
from ._normalizing import KEYS, Normalization, epsilon_of, one_input, scaled, several, standardized


def lower(layer: LayerSpec, own: Normalization, inputs: Inputs, builder: Builder) -> Lowered | None:
    """Return mean, var and xhat of the last axis, and z."""
    if not one_input(layer, inputs, builder):
        return None
    (x,), (shape,) = inputs.nodes, inputs.shapes
    cure = "give the layer below two units or more, or leave this one out"
    if not several(layer, shape[-1], builder, cure):
        return None
    last = len(shape) - 1
    axes = builder.nodes[x].axes[:-1]
    parts, closed = standardized(builder, x, (last,), 0, epsilon_of(own), axes)
    return scaled(builder, own, parts, last, closed=closed)


EXAMPLE = """\
input: [1, -2, 0.5]
target: [1]
loss: half_squared_error
learning_rate: 0.1
layers:
  - {name: norm, type: layer_norm, scale: [1, 2, 0.5], shift: [0, 0.5, -1], activation: sigmoid}
  - {units: 1, weights: [[1, 2, -1]], bias: none}
"""

TYPE = LayerType(
    "layer_norm",
    "mean 0 and variance 1 along the last axis, then z = γ ⊙ xhat + β",
    KEYS,
    Normalization,
    lower,
    EXAMPLE,
    meanings={
        "mean": "means over a row",
        "var": "variances over a row",
        "xhat": "normalized values",
    },
)
