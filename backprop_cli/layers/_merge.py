"""The lowering that ``add``, ``multiply`` and ``concat`` share: several layers become one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..functions.operators import MOST_INPUTS
from ..functions.rules import Rule
from ..graph.building import Builder, Inputs, Lowered, sized
from ..spec.records import LayerSpec


def merge(rule: Rule) -> Callable[[LayerSpec, Any, Inputs, Builder], Lowered | None]:
    """Return the lowering of a merge: two or more inputs of one width (concat: of any)."""

    def lower(layer: LayerSpec, own: Any, inputs: Inputs, builder: Builder) -> Lowered | None:
        widths = [shape[-1] for shape in inputs.shapes]
        place = layer.sources[0].place if layer.sources else layer.place
        if len(widths) < 2:
            cure = "name them: from: [first, second]"
            builder.say(f"{rule.name} joins two or more layers", place, cure)
            return None
        if len(widths) > MOST_INPUTS:
            cure = f"at most {MOST_INPUTS}"
            builder.say(f"{rule.name} joins {len(widths)} layers", place, cure)
            return None
        if rule.name != "concat" and len(set(widths)) > 1:
            different = next(i for i, width in enumerate(widths) if width != widths[0])
            first, other = layer.sources[0], layer.sources[different]
            message = (
                f"{rule.name} needs inputs of one width: '{first.name}' has {widths[0]}, "
                f"'{other.name}' has {widths[different]}"
            )
            cure = "make them equally wide, or join them end to end with 'type: concat'"
            builder.say(message, other.place, cure)
            return None
        shapes = {shape if rule.name != "concat" else shape[:-1] for shape in inputs.shapes}
        if len(shapes) > 1:
            found = " and ".join(map(sized, inputs.shapes))
            message = f"{rule.name} joins samples of one shape, not {found}"
            builder.say(message, place, "they differ along more than their last axis")
            return None
        width = sum(widths) if rule.name == "concat" else widths[0]
        shape = (*inputs.shapes[0][:-1], width)
        axes = builder.nodes[inputs.nodes[0]].axes
        return Lowered({"z": builder.apply("z", rule, inputs.nodes, shape, axes)})

    return lower


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
