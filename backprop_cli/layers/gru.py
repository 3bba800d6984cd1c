"""``type: gru``: a reset gate r, an update gate u, and a candidate n for the new state."""

from __future__ import annotations

from ..functions.entrywise import Entrywise, Factor
from ..functions.weighted import WeightedTerm
from ..graph.building import Builder, Inputs, Lowered
from ..spec.reading import Key, word
from ..spec.records import LayerSpec
from . import LayerType
from ._gates import gate_arrays
from ._states import Cellar, States, bends, keys_of

GATES = ("r", "u", "n")


def lower(layer: LayerSpec, own: States, inputs: Inputs, builder: Builder) -> Lowered | None:
    """Return r, u, n and the state h of every step, and the parameters that all steps share."""
    cells = Cellar(layer, own, GATES, inputs, builder)
    sigma = bends(layer, builder, own.gate_activation, "sigmoid", "gate_activation")
    phi = bends(layer, builder, layer.activation, "tanh", "activation")
    if sigma is None or phi is None or not cells.known:
        return None
    cells.matrices()
    if own.recurrent_bias is not None:
        cells.vectors("c", "recurrent_bias", cells.gates, "bias")
    h = cells.initial("h", "initial")
    for gate in ("r", "u"):
        cells.weighted(gate, {"h": h})
        cells.now(gate, sigma, z=f"z{gate}")
    after = own.reset == "after"
    offset = "cn" if "cn" in cells.operands else ""
    reset = WeightedTerm("h", "Un", gate="r", where="outside" if after else "inside", offset=offset)
    cells.weighted("n", {"h": h}, state=reset)
    cells.now("n", phi, z="zn")
    old, new = (Factor("u"), Factor("u", complement=True))
    if own.update == "takes_new":
        old, new = new, old
    mixed = ((new, Factor("n")), (old, Factor("h")))
    if own.update == "takes_new":
        mixed = mixed[::-1]
    cells.late("h", Entrywise(("u", "n", "h"), mixed), {"h": h})
    return cells.lowered("h", tuple((f"z{gate}", gate) for gate in GATES))


TYPE = LayerType(
    "gru",
    "gates r and u and a candidate n: h_t = (1 - u)*n + u*h_(t-1)",
    {
        **keys_of(GATES, ("h",)),
        "recurrent_bias": gate_arrays(GATES, "c, added to U h of each gate", flat=True),
        "update": Key(
            word("keeps_old", "takes_new"),
            "h = (1-u)*n + u*h_(t-1), the default, or h = (1-u)*h_(t-1) + u*n",
        ),
        "reset": Key(
            word("after", "before"),
            "n = tanh(W x + b + r*(U h + c)), the default, or n = tanh(W x + U (r*h) + b)",
        ),
    },
    States,
    lower,
    """\
input: [[[1, -0.5], [0.25, 2]], [[-1, 0.5], [0.5, 1]]]
target: [[[0.5, 0], [-1, 0.5]], [[1, -0.5], [0, 1]]]
loss: half_squared_error
learning_rate: 0.1
layers:
  - name: memory
    type: gru
    weights: {r: [[0.5, -1], [1, 0.25]], u: [[-0.5, 1], [0.5, 0.75]], n: [[1, -0.5], [0.25, 1]]}
    recurrent_weights: {r: [[1, 0.5], [-0.5, 1]], u: [[0.5, -1], [1, 0.5]], n: [[1, 0.5], [-1, 1]]}
    bias: {r: [0.1, 0], u: [0, -0.2], n: [0.2, 0.1]}
""",
    sample_rank=2,
)
