"""Deep Learning Specialization (Andrew Ng): z^[l], a^[l], W^[l], sample (i), and d for gradients.

dz^[l] = da^[l] g′(z^[l]), dw^[l]_jk = dz^[l]_j a^[l−1]_k, da^[l−1]_k = Σ_j w^[l]_jk dz^[l]_j; the
loss of one sample is ℒ, the cost of m samples J.
"""

from __future__ import annotations

from ...spec.profile import Indices, Profile

PROFILE = Profile(
    name="ng",
    title="Ng: z^[l], a^[l], W^[l], the activation g, dz and dW for gradients, ℒ and J",
    letters={
        "x": "x",
        "y": "y",
        "z": "z",
        "a": "a",
        "W": "W",
        "b": "b",
        "loss": "J",
        "cost": "scriptL",
        "loss_terms": "ell",
        "data_loss": "J_0",
        "penalty": "R",
        "rate": "alpha",
        "sample": "i",
        "samples": "m",
    },
    entries={"W": "w"},
    memory={
        "W1": "W_ax",
        "U1": "W_aa",
        "b1": "b_a",
        "z1": "z",
        "a1": "a",
        "W2": "W_ya",
        "b2": "b_y",
        "z2": "z_y",
        "a2": "hat y",
    },
    general_activation="g",
    activations={"sigmoid": "sigma", "expression": "f", "activation": "g"},
    indices=Indices(own="j", below="k", above="k"),
    layer_place="brackets",
    time_place="angles",
    gradients="d",
    factors=("number", "W", "delta", "gradient", "slope", "loss_terms", "a", "x", "sum"),
    drop_lone=True,
)
