"""A Step by Step Backpropagation Example (Matt Mazur, 2015): net_h1, out_h1, w_5, E_total.

Units have names (i1, h1, o1), weights are counted through the network in the order of the file,
the two biases are b_1 and b_2. Several hidden layers, which the example has not, are counted:
h1,2 is the second unit of the first. In a general equation w^h_jk is a weight into hidden unit j.
"""

from __future__ import annotations

from ...spec.profile import Profile, Units

PROFILE = Profile(
    name="mazur",
    title="Mazur: net_h1, out_h1, w_5, target_o1, E_total",
    letters={
        "x": "i",
        "y": "target",
        "z": "net",
        "a": "out",
        "W": "W",
        "b": "b",
        "delta": "delta",
        "loss": "E_total",
        "cost": "E_total",
        "loss_terms": "E",
        "data_loss": "E_data",
        "penalty": "R",
        "rate": "eta",
    },
    entries={"W": "w"},
    activations={"sigmoid": "sigma", "expression": "f", "activation": "sigma"},
    units=Units(input="i", hidden="h", output="o"),
    difference="-(y - a)",
    square="y - a",
    constants_inside=True,
    factors=("number", "delta", "gradient", "slope", "W", "loss_terms", "a", "x", "sum"),
)
