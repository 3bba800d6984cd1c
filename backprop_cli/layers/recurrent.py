"""``type: recurrent``: h_t = φ(W x_t + U h_{t−1} + b), step by step."""

from __future__ import annotations

from ..graph.activating import activation
from ..graph.building import Builder, Inputs, Lowered
from ..spec.records import LayerSpec
from . import LayerType
from ._states import Cellar, States, keys_of


def lower(layer: LayerSpec, own: States, inputs: Inputs, builder: Builder) -> Lowered | None:
    """Return z and a of every step, and the parameters that all steps share."""
    cells = Cellar(layer, own, ("",), inputs, builder)
    rule = activation(layer, builder, layer.activation, "tanh")
    if rule is None or not cells.known:
        return None
    cells.matrices()
    start = cells.initial("h", "initial")
    cells.weighted("", {"h": start})
    cells.now("a", rule, z="z")
    return cells.lowered("a", (("z", "a"),))


TYPE = LayerType(
    "recurrent",
    "a state goes from step to step: h_t = φ(W x_t + U h_(t-1) + b), φ = tanh where none is said",
    keys_of(("",), ("h",)),
    States,
    lower,
    """\
input: [[1, -0.5], [0.25, 2], [-1, 0.5]]
target: [[0.5], [-1], [1]]
loss: half_squared_error
learning_rate: 0.1
layers:
  - name: memory
    type: recurrent
    weights: [[0.5, -0.25], [1, 0.75]]
    recurrent_weights: [[0.5, -1], [0.25, 0.5]]
    bias: [0.1, -0.2]
    initial: [0.5, -0.5]
  - {units: 1, weights: [[1, -0.5]], bias: [0.25]}
""",
    sample_rank=2,
    also=("rnn",),
)
