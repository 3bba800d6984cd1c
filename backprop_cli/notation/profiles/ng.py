"""Deep Learning Specialization (Andrew Ng): z^[l], a^[l], W^[l], sample (i), and d for gradients.

dz^[l] = da^[l] g′(z^[l]), dw^[l]_jk = dz^[l]_j a^[l−1]_k, da^[l−1]_k = Σ_j w^[l]_jk dz^[l]_j; the
loss of one sample is ℒ, the cost of m samples J.
"""

from __future__ import annotations

from ...spec.profile import Indices, Profile

GATES = {
    "i": "Gamma_u",
    "f": "Gamma_f",
    "o": "Gamma_o",
    "r": "Gamma_r",
    "u": "Gamma_u",
    "g": "tilde c",
    "n": "tilde c",
    "c": "c",
    "h": "a",
    **{
        f"{part}{gate}": f"{letter}_{said}{after}"
        for gate, said in zip("ifogrun", "ufocruc", strict=True)
        for part, letter, after in (
            ("z", "z", ""),
            ("W", "W", "x"),
            ("U", "W", "a"),
            ("b", "b", ""),
        )
    },
}
"""Γ_u, Γ_f, Γ_o, Γ_r and c̃, the letters of a cell; its weights on [a^⟨t−1⟩, x^⟨t⟩] in two parts."""

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
        **GATES,
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
