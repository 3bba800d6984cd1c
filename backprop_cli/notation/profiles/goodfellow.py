"""Deep Learning (Goodfellow, Bengio, Courville, 2016), algorithms 6.3 and 6.4.

a^(k) = b^(k) + W^(k) h^(k−1), h^(k) = f(a^(k)), ŷ = h^(l); the gradient with respect to a^(k) is g.
The loss of one sample is L(ŷ, y), the cost of all J.
"""

from __future__ import annotations

from ...spec.profile import Indices, Profile

PROFILE = Profile(
    name="goodfellow",
    title="Goodfellow: a^(k) = b^(k) + W^(k) h^(k−1), h^(k) = f(a^(k)), ŷ, gradients g, L and J",
    letters={
        "x": "x",
        "y": "y",
        "z": "a",
        "a": "h",
        "output": "hat y",
        "W": "W",
        "b": "b",
        "delta": "g",
        "loss": "J",
        "cost": "L",
        "loss_terms": "ell",
        "data_loss": "J_0",
        "penalty": "Omega",
        "rate": "epsilon",
        "sample": "i",
        "samples": "m",
        "layer": "k",
        "layers": "l",
    },
    memory={
        "W1": "U",
        "U1": "W",
        "b1": "b",
        "z1": "a",
        "a1": "h",
        "W2": "V",
        "b2": "c",
        "z2": "o",
        "a2": "hat y",
    },
    general_activation="f",
    activations={"sigmoid": "sigma", "expression": "phi", "activation": "f"},
    indices=Indices(own="i", below="j", above="j"),
    layer_place="parentheses",
    time_place="parentheses",
    factors=("number", "W", "delta", "gradient", "slope", "loss_terms", "a", "x", "sum"),
    bias_first=True,
    commas=True,
    bold="italic",
)
