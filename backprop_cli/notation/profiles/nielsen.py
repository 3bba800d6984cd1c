"""Neural Networks and Deep Learning (Michael Nielsen, 2015): the input is layer 1, a^1 = x.

Equations BP1 to BP4 of chapter 2: δ^L_j = ∂C/∂a^L_j σ′(z^L_j), δ^l_j = Σ_k w^{l+1}_kj δ^{l+1}_k
σ′(z^l_j), ∂C/∂b^l_j = δ^l_j, ∂C/∂w^l_jk = a^{l−1}_k δ^l_j.
"""

from __future__ import annotations

from ...spec.profile import Indices, Profile

PROFILE = Profile(
    name="nielsen",
    title="Nielsen: w^l_jk, z^l_j, a^l_j, δ^l_j, C_x; the input is layer 1",
    letters={
        "x": "x",
        "y": "y",
        "z": "z",
        "a": "a",
        "W": "w",
        "b": "b",
        "delta": "delta",
        "loss": "C",
        "cost": "C",
        "loss_terms": "c",
        "data_loss": "C_0",
        "penalty": "R",
        "rate": "eta",
        "sample": "x",
        "samples": "n",
    },
    general_activation="sigma",
    activations={"sigmoid": "sigma", "expression": "f", "activation": "sigma"},
    indices=Indices(own="j", below="k", above="k"),
    first_layer=1,
    square="y - a",
    factors=("number", "W", "a", "x", "delta", "gradient", "sum", "slope", "loss_terms"),
    cost_sample_place="subscript",
    cost_of_one="batch",
    equations={"output": "(BP1)", "hidden": "(BP2)", "b": "(BP3)", "W": "(BP4)"},
    input_is_activation=True,
)
