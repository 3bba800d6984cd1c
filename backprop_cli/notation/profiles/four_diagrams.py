"""Backpropagation in four diagrams (2018): I, L, A, O, E, W^k_ij, c, and no δ.

L is a unit's weighted sum, A = σ(L), O the L of the layer above, so that W^k leads from A^k to O^k
and ∂c/∂W^k_ij = A_i ∂c/∂O_j: the input's index comes first. The input I is layer 1.
"""

from __future__ import annotations

from ...spec.profile import Indices, Profile, UnitFigure

PROFILE = Profile(
    name="four-diagrams",
    title="Backpropagation in four diagrams: I, L, A, O, E, W^k_ij, c; ∂c/∂L instead of δ",
    letters={
        "x": "I",
        "y": "E",
        "z": "L",
        "a": "A",
        "above": "O",
        "linear_output": "O",
        "W": "W",
        "b": "b",
        "loss": "c",
        "cost": "c",
        "loss_terms": "ell",
        "data_loss": "c_0",
        "penalty": "R",
        "rate": "eta",
        "layer": "k",
        "layers": "K",
    },
    general_activation="sigma",
    activations={"sigmoid": "sigma", "expression": "f", "activation": "sigma"},
    indices=Indices(ascending=("i", "j", "m")),
    weight_index="from-to",
    first_layer=1,
    general_layers=("W", "b"),
    weights_leave=True,
    factors=("number", "a", "x", "W", "delta", "gradient", "sum", "slope", "loss_terms"),
    drop_lone=True,
    units_by_kind=True,
    unit_figure=UnitFigure(
        ("Input vector", "Linear accumulator", "Activation function", "Output vector"),
        numbered=3,
        biased=False,
    ),
)
