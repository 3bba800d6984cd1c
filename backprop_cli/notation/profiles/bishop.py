"""Pattern Recognition and Machine Learning (Christopher Bishop, 2006), section 5.3; its later form.

a_j = Σ_i w_ji z_i + w_j0, z_j = h(a_j), δ_j = ∂L_n/∂a_j, δ_k = y_k − t_k for the outputs, and
δ_j = h′(a_j) Σ_k w_kj δ_k; the units k lie above j and the units i below. The loss is L here.
"""

from __future__ import annotations

from ...spec.profile import Indices, Profile

PROFILE = Profile(
    name="bishop",
    title="Bishop: a_j before the activation h, z_j after it, w_ji, outputs y_k, targets t_k, L_n",
    letters={
        "x": "x",
        "y": "t",
        "z": "a",
        "a": "z",
        "output": "y",
        "W": "W",
        "b": "w",
        "delta": "delta",
        "loss": "L",
        "cost": "L",
        "loss_terms": "ell",
        "data_loss": "L_D",
        "penalty": "L_W",
        "rate": "eta",
        "sample": "n",
        "samples": "N",
        "layers": "M",
    },
    entries={"W": "w"},
    general_activation="h",
    activations={"sigmoid": "sigma", "expression": "f", "activation": "h"},
    indices=Indices(own="j", below="i", above="k", output="k", input="i"),
    layer_place="parentheses",
    general_layers=(),
    factors=("number", "slope", "gradient", "W", "delta", "loss_terms", "a", "x", "sum"),
    bias_is_weight_zero=True,
    sample_place="subscript",
    cost_sample_place="subscript",
    cost_of_one="always",
    cost_as="weights",
    delta_definition=":=",
    bold="upright",
)
