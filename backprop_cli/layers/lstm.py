"""``type: lstm``: gates let the state through, in and out: c_t = f ⊙ c_{t−1} + i ⊙ g."""

from __future__ import annotations

from ..functions.entrywise import Entrywise, Factor
from ..functions.weighted import WeightedTerm
from ..graph.building import Builder, Inputs, Lowered
from ..spec.records import LayerSpec
from . import LayerType
from ._gates import gate_arrays
from ._states import Cellar, States, bends, keys_of

GATES = ("i", "f", "g", "o")
PEEPHOLES = ("i", "f", "o")


def lower(layer: LayerSpec, own: States, inputs: Inputs, builder: Builder) -> Lowered | None:
    """Return the four gates, the state c and the output h of every step, and the parameters."""
    cells = Cellar(layer, own, GATES, inputs, builder)
    sigma = bends(layer, builder, own.gate_activation, "sigmoid", "gate_activation")
    phi = bends(layer, builder, layer.activation, "tanh", "activation")
    if sigma is None or phi is None or not cells.known:
        return None
    cells.matrices()
    if own.peephole is not None:
        cells.vectors("p", "peephole", PEEPHOLES, "weight")
    h, c = cells.initial("h", "initialh"), cells.initial("c", "initialc")
    for gate in GATES[:3]:
        looks = own.peephole is not None and gate in PEEPHOLES
        state = WeightedTerm("c", f"p{gate}", matrix=False) if looks else None
        cells.weighted(gate, {"h": h, "c": c}, state)
        cells.now(gate, phi if gate == "g" else sigma, z=f"z{gate}")
    # A rule's formulas call its gradient g, so g has another name in them.
    new = (Factor("i"), Factor("candidate"))
    kept = Entrywise(("f", "c", "i", "candidate"), ((Factor("f"), Factor("c")), new))
    cells.late("c", kept, {"c": c}, candidate="g")
    looks = own.peephole is not None
    cells.weighted("o", {"h": h}, WeightedTerm("c", "po", matrix=False) if looks else None)
    cells.now("o", sigma, z="zo")
    cells.now("h", Entrywise(("o", "c"), ((Factor("o"), Factor("c", of=phi)),)))
    return cells.lowered("h", tuple((f"z{gate}", gate) for gate in GATES))


TYPE = LayerType(
    "lstm",
    "gates i, f, o and a candidate g: c_t = f*c_(t-1) + i*g, h_t = o*tanh(c_t)",
    {
        **keys_of(GATES, ("h", "c")),
        "peephole": gate_arrays(
            PEEPHOLES, "what i and f see of the state before, and o of the state", flat=True
        ),
    },
    States,
    lower,
    """\
input: [[1, 2], [0.5, 3]]
target: [[0.5], [1.25]]
loss: half_squared_error
learning_rate: 0.1
layers:
  - name: memory
    type: lstm
    units: 1
    weights: {i: [[0.95, 0.8]], f: [[0.7, 0.45]], g: [[0.45, 0.25]], o: [[0.6, 0.4]]}
    recurrent_weights: {i: [[0.8]], f: [[0.1]], g: [[0.15]], o: [[0.25]]}
    bias: {i: [0.65], f: [0.15], g: [0.2], o: [0.1]}
""",
    sample_rank=2,
)
