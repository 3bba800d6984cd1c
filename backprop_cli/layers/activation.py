"""``type: activation``: an activation by itself, without parameters."""

from __future__ import annotations

from msgspec import Struct

from ..functions.elementwise import bound_to
from ..graph.building import Builder, Inputs, Lowered
from ..mathematics.activations import ACTIVATIONS
from ..spec.records import LayerSpec
from . import LayerType


class Nothing(Struct, frozen=True):
    """A layer without keys of its own."""


def lower(layer: LayerSpec, own: Nothing, inputs: Inputs, builder: Builder) -> Lowered | None:
    """Return a node that hands its one input on as z."""
    if len(inputs.nodes) != 1:
        place = layer.sources[0].place
        cure = "join them first with 'type: concat' or 'type: add'"
        builder.say(f"an activation has one input, not {len(inputs.nodes)}", place, cure)
        return None
    rule = bound_to(ACTIVATIONS["identity"])
    axes = builder.nodes[inputs.nodes[0]].axes
    return Lowered({"z": builder.apply("z", rule, inputs.nodes, inputs.shapes[0], axes)})


EXAMPLE = """\
input: [1, -2]
target: [0, 1]
loss: half_squared_error
learning_rate: 0.1
layers:
  - {weights: [[0.5, -1], [1, 0.25]], bias: [0.1, -0.2]}
  - {name: bend, type: activation, activation: tanh}
"""

TYPE = LayerType(
    "activation", "an activation by itself: z is its input", {}, Nothing, lower, EXAMPLE
)
