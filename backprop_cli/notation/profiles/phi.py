"""Understanding Backpropagation: z ≡ Wx + b, a ≡ φ(z), C(y, a); ∂C/∂a = −(y − a).

A lone neuron has no layer number and no unit index: w₁, b, z, a, δ.
"""

from __future__ import annotations

from ...spec.profile import Profile

PROFILE = Profile(
    name="phi",
    title="z ≡ Wx + b, a ≡ φ(z), C(y, a), −(y − a); a lone neuron's w₁, b, δ without its number",
    letters={
        "x": "x",
        "y": "y",
        "z": "z",
        "a": "a",
        "W": "W",
        "b": "b",
        "delta": "delta",
        "loss": "C",
        "cost": "C",
        "loss_terms": "c",
        "data_loss": "C_0",
        "penalty": "R",
        "rate": "alpha",
    },
    entries={"W": "w"},
    memory={
        "W1": "W^xh",
        "U1": "W^hh",
        "b1": "b^h",
        "z1": "z^h",
        "a1": "h",
        "delta1": "delta^h",
        "W2": "W^hy",
        "b2": "b^y",
        "z2": "z^y",
        "a2": "hat y",
        "delta2": "delta^y",
    },
    general_activation="phi",
    activations={"sigmoid": "sigma", "expression": "f", "activation": "phi"},
    difference="-(y - a)",
    square="y - a",
    cost_as="outputs",
    target_first=True,
    definition="≡",
    delta_definition="≡",
    factors=("number", "W", "delta", "gradient", "slope", "loss_terms", "a", "x", "sum"),
    drop_lone=True,
)
