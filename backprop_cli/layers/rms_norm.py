"""``type: rms_norm``: each sample (or step) divided by the root of its mean square."""

from __future__ import annotations

from ..graph.building import Builder, Inputs, Lowered
from ..spec.records import LayerSpec
from . import LayerType
from ._normalizing import KEYS, Normalization, divided, epsilon_of, one_input, scaled


def lower(layer: LayerSpec, own: Normalization, inputs: Inputs, builder: Builder) -> Lowered | None:
    """Return rms and xhat of the last axis, and z."""
    if not one_input(layer, inputs, builder):
        return None
    parts, closed = divided(builder, inputs.nodes[0], epsilon_of(own))
    return scaled(builder, own, parts, len(inputs.shapes[0]) - 1, closed=closed)


EXAMPLE = """\
input: [1, -2]
target: [1]
loss: half_squared_error
learning_rate: 0.1
layers:
  - {activation: tanh, weights: [[1, -1], [0.5, 1], [-1, 0.25]], bias: [0, 1, 0.5]}
  - {name: norm, type: rms_norm, scale: [1, 2, 0.5], shift: none}
  - {units: 1, weights: [[1, 2, -1]], bias: [0.1], activation: sigmoid}
"""

TYPE = LayerType(
    "rms_norm",
    "mean square 1 along the last axis, then z = γ ⊙ xhat + β",
    KEYS,
    Normalization,
    lower,
    EXAMPLE,
    meanings={
        "rms": "roots of the mean square of a row",
        "xhat": "normalized values",
    },
)
