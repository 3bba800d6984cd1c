"""Mistakes in the gradients of weights and biases."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..replay import Array
from ._records import mistake
from ._site import Site


@mistake(
    "outer-transposed",
    "the outer product transposed",
    "Which index of dW counts the unit with the δ, and which the one with the activation?",
    "{entry} is an entry of a δᵀ; dW is δ aᵀ: rows and columns are exchanged.",
)
def outer_transposed(at: Site) -> Iterator[Array]:
    """Exchange rows and columns, a δᵀ for δ aᵀ, where dW is square: shows off the diagonal."""
    if at.of_weights and at.computed.shape[0] == at.computed.shape[1] > 1:
        yield at.computed.T


@mistake(
    "z-instead-of-a",
    "z used where the activation belongs",
    "What does the unit below hand on: what arrived at it, or what it made of that?",
    "{entry} is taken with z of the layer below, before the activation, where a belongs.",
)
def z_instead_of_a(at: Site) -> Iterator[Array]:
    """In dW = δ zᵀ, or z = W z + b of the next layer, the activation below is left out."""
    own = at.dense
    if own is None or not (at.of_weights or at.is_z):
        return
    source = at.replay.layer_of.get(at.below(own))
    if source is None or source.activation == "identity":
        return
    change = at.value(source.z) - at.value(source.a)
    if at.is_z:
        yield at.computed + change @ at.weights(own).T
    else:
        yield at.computed + at.stored(at.over_batch(at.gradient(own.z).T @ change))


@mistake(
    "bias-gradient-times-input",
    "the bias's gradient multiplied by an input, or the bias left as it was",
    "What does the bias multiply in the weighted sum?",
    "{entry}: the bias meets the constant 1 in the sum, so its gradient is δ alone, and it moves.",
)
def bias_gradient_times_input(at: Site) -> Iterator[Array]:
    """δ·x in place of δ; or b after the step is b as it was."""
    if at.kind == "update" and at.does == "bias":
        yield at.value(at.node)
        return
    own = at.layer
    if not at.of_bias or own is None:
        return
    delta, x = at.gradient(own.z), at.value(at.below(own))
    wide = len(delta.T) if at.computed.shape else 1
    for k in range(min(x.shape[-1], 6)):
        yield _summed(at, delta * x[:, k : k + 1])
    if x.shape[-1] > 1:
        yield _summed(at, delta * x.sum(axis=-1, keepdims=True))
        if x.shape[-1] == wide:
            yield _summed(at, delta * x)


def _summed(at: Site, rows: Array) -> Array:
    total = at.over_batch(np.add.reduce(rows, 0))
    return total if at.computed.shape else np.asarray(total.sum())


MISTAKES = (outer_transposed, z_instead_of_a, bias_gradient_times_input)
