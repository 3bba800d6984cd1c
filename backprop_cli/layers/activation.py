"""``type: activation``: an activation by itself, without parameters."""

from __future__ import annotations

from msgspec import Struct

from ..functions.activations import ACTIVATIONS, bound_to
from ..graph.building import Builder, Inputs, Lowered
from ..spec.network import LayerSpec
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
    return Lowered(builder.apply("z", rule, inputs.nodes, inputs.shapes[0]))


TYPE = LayerType("activation", "an activation by itself: z is its input", {}, Nothing, lower)
