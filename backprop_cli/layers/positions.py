"""``type: positions``: what says where a step stands, added to each step of a sequence."""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from ..functions.operators import Sum
from ..graph.building import Builder, Inputs, Lowered, sized
from ..graph.parts import Given
from ..spec.arrays import ARRAY, ArraySpec
from ..spec.reading import Key, word
from ..spec.records import LayerSpec
from . import LayerType
from ._normalizing import one_input

AXES = ("step", "unit")
LONGEST_WAVE = 10000


class Positions(Struct, frozen=True):
    """The keys of positions."""

    kind: str | None = None
    weights: ArraySpec | None = None


def lower(layer: LayerSpec, own: Positions, inputs: Inputs, builder: Builder) -> Lowered | None:
    """Return the sequence with a row added to each step."""
    if not one_input(layer, inputs, builder):
        return None
    (x,), (shape,) = inputs.nodes, inputs.shapes
    if len(shape) != 2:
        message = f"positions are added to a sequence, steps × units, not to {sized(shape)}"
        cure = "such as what an embedding without 'pool' gives, or an input of rows"
        builder.say(message, layer.place, cure)
        return None
    if own.weights is not None and own.kind == "sinusoidal":
        cure = "keep one: 'weights' are learnt, 'kind: sinusoidal' is given"
        builder.say("positions: both 'kind' and 'weights'", own.weights.place, cure)
        return None
    if own.kind == "sinusoidal":
        spec = Given(texts=sinusoidal(*shape))
        row = builder.constant("P", shape, spec, "kind", AXES)
        z = builder.apply("z", Sum(), (x, row.node), shape, builder.nodes[x].axes)
        return Lowered({"z": z}, constants=(row,))
    held = builder.parameter("P", shape, own.weights, "table", "weights", AXES)
    z = builder.apply("z", Sum(), (x, held.node), shape, builder.nodes[x].axes)
    return Lowered({"z": z}, (held,))


def sinusoidal(steps: int, units: int) -> np.ndarray:
    """p_{t,2i+1} = sin(t/10000^(2i/units)), p_{t,2i+2} = cos of it, t from 0 (Vaswani, 2017)."""
    texts = np.empty((steps, units), dtype=object)
    for t, unit in np.ndindex(steps, units):
        function, power = ("sin", "cos")[unit % 2], unit - unit % 2
        angle = f"{t}/{LONGEST_WAVE}**({power}/{units})" if power and t else str(t)
        texts[t, unit] = f"{function}({angle})"
    return texts


EXAMPLE = """\
sample_shape: [3, 2]
input: [[1, -2], [0.5, 3], [0.2, -1]]
target: [[1], [0], [1]]
loss: half_squared_error
learning_rate: 0.1
layers:
  - {type: positions, kind: sinusoidal}
  - {name: learnt, type: positions, weights: [[0.1, 0.2], [-0.3, 0.4], [0.5, 0]]}
  - {units: 1, weights: [[0.5, -1]], bias: [0.1], activation: sigmoid}
"""

TYPE = LayerType(
    "positions",
    "a row added to each step of a sequence, which says where it stands",
    {
        "kind": Key(word("sinusoidal", "learnt"), "sinusoidal: given; learnt: 'weights' (default)"),
        "weights": Key(ARRAY, "P: a row a step", also=("table", "w")),
    },
    Positions,
    lower,
    EXAMPLE,
    meanings={"P": "a wave each, read at every step"},
)
