"""How Does the Backpropagation Work (I), 2018: F, J(θ), C_i, after Nielsen; the input is layer 1.

∂C_i/∂w^l_jk = δ^l_j a^{l−1}_k, δ^l_j = Σ_q δ^{l+1}_q w^{l+1}_qj F′(z^l_j) and
δ^L_j = ∂C_i/∂a^L_j F′(z^L_j); sums run over p in the layer below and over q in the layer above.
"""

from __future__ import annotations

from ...spec.profile import Indices, Profile

PROFILE = Profile(
    name="nielsen-fj",
    title="w^l_jk, z^l_j, a^l_j, δ^l_j, F, C_i of a sample and J(θ); the input is layer 1",
    letters={
        "x": "x",
        "y": "y",
        "z": "z",
        "a": "a",
        "W": "w",
        "b": "b",
        "delta": "delta",
        "loss": "J(theta)",
        "cost": "C",
        "loss_terms": "c",
        "data_loss": "J_0",
        "penalty": "R",
        "rate": "eta",
        "sample": "i",
        "samples": "n",
        "width": "N",
        "given": "x",
    },
    general_activation="F",
    activations={"sigmoid": "sigma", "expression": "f", "activation": "F"},
    indices=Indices(own="j", below="k", above="q", summed="p"),
    first_layer=1,
    factors=("number", "gradient", "delta", "W", "a", "x", "slope", "sum", "loss_terms"),
    cost_sample_place="subscript",
    cost_of_one="always",
    equations={"W": "1", "b": "2", "hidden": "3", "output": "4"},
    width_raised=True,
    data_of_sample=True,
    shares={"W": "W", "b": "B"},
    input_is_activation=True,
)
