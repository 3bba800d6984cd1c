"""CS231n, Convolutional Neural Networks for Visual Recognition (Stanford): f, W1, dW, row vectors.

f1 = xW1 + b1, h1 = relu(f1), the last layer's outputs are p (f where the loss takes
the softmax of these scores), a sample's loss is L_i; dW1 = xᵀ df1
and dh1 = df2 W2ᵀ, as the course's programs name them. W1's first index is the input's.
"""

from __future__ import annotations

from ...spec.profile import Indices, Profile

PROFILE = Profile(
    name="cs231n",
    title="CS231n: f1 = xW1 + b1 with row vectors, h1, outputs p, dW1 and df1 for gradients, L_i",
    letters={
        "x": "x",
        "y": "y",
        "z": "f",
        "a": "h",
        "output": "p",
        "scores": "f",
        "W": "W",
        "b": "b",
        "loss": "L",
        "cost": "L",
        "loss_terms": "ell",
        "data_loss": "L_data",
        "penalty": "R",
        "rate": "alpha",
        "sample": "i",
        "samples": "N",
        "layers": "D",
    },
    memory={
        "W1": "Wxh",
        "U1": "Whh",
        "b1": "bh",
        "z1": "f",
        "a1": "h",
        "W2": "Why",
        "b2": "by",
        "z2": "o",
        "a2": "p",
    },
    activations={"sigmoid": "sigma", "expression": "phi", "activation": "sigma"},
    indices=Indices(own="j", below="k", above="k"),
    weight_index="from-to",
    layer_place="beside",
    vectors="row",
    gradients="d",
    factors=("number", "a", "x", "delta", "gradient", "slope", "W", "loss_terms", "sum"),
    cost_sample_place="subscript",
    cost_of_one="batch",
)
