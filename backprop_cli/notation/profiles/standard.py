"""The default notation: z, a, w^l_jk, b^l_j, δ^l_j, C, σ; layers as the file numbers them."""

from __future__ import annotations

from ...spec.profile import Profile

PROFILE = Profile(
    name="standard",
    title="z, a, w, b, δ, C, σ; a weight's first index is the unit it goes to",
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
        "rate": "eta",
    },
    entries={"W": "w"},
    activations={"sigmoid": "sigma", "expression": "f", "activation": "sigma"},
)
