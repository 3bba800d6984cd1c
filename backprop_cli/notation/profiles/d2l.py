"""Dive into Deep Learning (Zhang, Lipton, Li, Smola, 2023), chapters 9 and 10.

H_t = φ(W_xh X_t + W_hh H_{t−1} + b_h), O_t = W_hq H_t + b_q; the gates I_t, F_t, O_t and R_t, Z_t,
the candidates C̃_t, H̃_t. The book has a row a sample and x·W, which is ``weights_layout: in_out``.
"""

from __future__ import annotations

from ...spec.profile import Indices, Profile

GATES = {
    "i": "I",
    "f": "F",
    "o": "O",
    "g": "tilde C",
    "c": "C",
    "r": "R",
    "u": "Z",
    "n": "tilde H",
    "h": "H",
    **{
        f"{part}{gate}": f"{letter}_{before}{said}"
        for gate, said in zip("ifogrun", "ifocrzh", strict=True)
        for part, letter, before in (("W", "W", "x"), ("U", "W", "h"), ("b", "b", ""))
    },
}
"""A cell's gates, candidates and states, and its weights: W_xi on the input, W_hi on the state."""

PROFILE = Profile(
    name="d2l",
    title="Dive into Deep Learning: hidden H, cells I, F, O, C̃, C and R, Z, H̃, weights W_xh, W_hh",
    letters={
        "x": "X",
        "y": "y",
        "z": "z",
        "a": "H",
        "output": "hat y",
        "W": "W",
        "b": "b",
        "loss": "L",
        "cost": "L",
        "loss_terms": "ell",
        "data_loss": "L_0",
        "penalty": "s",
        "rate": "eta",
        "sample": "i",
        "samples": "n",
        "layers": "K",
        **GATES,
    },
    memory={
        "W1": "W_xh",
        "U1": "W_hh",
        "b1": "b_h",
        "z1": "z",
        "a1": "H",
        "W2": "W_hq",
        "b2": "b_q",
        "z2": "O",
        "a2": "hat y",
    },
    general_activation="phi",
    activations={"sigmoid": "sigma", "expression": "f", "activation": "phi"},
    indices=Indices(own="j", below="k", above="k"),
    layer_place="parentheses",
    bold="upright",
)
