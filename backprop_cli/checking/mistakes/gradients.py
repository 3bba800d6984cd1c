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
    "Which index of dW counts the unit with the δ, and which what it reads?",
    "{entry} is an entry of a·δᵀ; dW is δ·aᵀ: rows and columns are exchanged.",
)
def outer_transposed(at: Site) -> Iterator[Array]:
    """Exchange rows and columns, a δᵀ for δ aᵀ, where dW is square: shows off the diagonal."""
    matrix = at.kind == "gradient" and at.does == "weight" and at.computed.ndim == 2
    if matrix and at.computed.shape[0] == at.computed.shape[1] > 1:
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


@mistake(
    "bias-gradient-times-bias",
    "the bias's gradient multiplied by the bias",
    "Does the bias itself stand in its own gradient?",
    "{entry} has the bias itself as one more factor; it meets the constant 1, so that δ is left.",
)
def bias_gradient_times_bias(at: Site) -> Iterator[Array]:
    """δ·b in place of δ."""
    if at.of_bias:
        yield at.computed * at.value(at.node)


@mistake(
    "bias-gradient-zero",
    "the bias's gradient taken for 0, or for the bias",
    "How does the weighted sum change when the bias does?",
    "{entry}: the bias meets the constant 1 in the sum, so its gradient is δ, not 0 nor the bias.",
    rank=12,
)
def bias_gradient_zero(at: Site) -> Iterator[Array]:
    """Db = 0, as of a constant; or db = b."""
    if at.of_bias:
        yield np.zeros_like(at.computed)
        yield np.asarray(at.value(at.node), dtype=np.float64)


@mistake(
    "gradient-without-delta",
    "the input alone for the weight's gradient",
    "Which two numbers meet at a weight on the way back?",
    "{entry} is what the weight is multiplied by, without the δ of the unit it goes to.",
)
def gradient_without_delta(at: Site) -> Iterator[Array]:
    """dW[j,k] = x[k]: the local derivative in place of the gradient."""
    own = at.dense
    if own is not None and at.of_weights:
        x = at.value(at.below(own))
        row = at.over_batch(np.add.reduce(x, 0))
        yield at.stored(np.repeat(row[None, :], own.shape[-1], axis=0))


@mistake(
    "gradient-without-input",
    "δ alone for the weight's gradient",
    "Which two numbers meet at a weight on the way back?",
    "{entry} is the δ of its unit, without what the weight is multiplied by.",
)
def gradient_without_input(at: Site) -> Iterator[Array]:
    """dW[j,k] = δ[j]: the weight's input is forgotten."""
    own = at.dense
    if own is not None and at.of_weights:
        column = at.over_batch(np.add.reduce(at.gradient(own.z), 0))
        yield at.stored(np.repeat(column[:, None], at.value(at.below(own)).shape[-1], axis=1))


@mistake(
    "gradient-times-weight",
    "the weight's gradient multiplied by the weight",
    "Does the weight itself stand in its own gradient?",
    "{entry} has the weight itself as one more factor.",
)
def gradient_times_weight(at: Site) -> Iterator[Array]:
    """δ·x·w in place of δ·x."""
    if at.of_weights:
        yield at.computed * at.value(at.node)


@mistake(
    "weight-for-input",
    "the weight in place of its input in the weight's gradient",
    "What is the weight multiplied by, going forward? That meets δ on the way back.",
    "{entry} is δ times the weight itself; dW is δ times what the weight is multiplied by.",
    rank=30,
)
def weight_for_input(at: Site) -> Iterator[Array]:
    """δ·w in place of δ·x."""
    own = at.dense
    if own is not None and at.of_weights:
        delta = at.over_batch(np.add.reduce(at.gradient(own.z), 0))
        yield at.stored(delta[:, None] * at.weights(own))


@mistake(
    "error-for-delta",
    "the error at a in place of δ",
    "Is it the error at the unit's output that meets the weight's input, or δ?",
    "{entry} is taken with ∂C/∂a, before σ′ is multiplied in.",
    rank=30,
)
def error_for_delta(at: Site) -> Iterator[Array]:
    """DW = (∂C/∂a)ᵀ x, db = ∂C/∂a: σ′ is missing here and not in δ."""
    own = at.dense
    if own is None or own.activation == "identity" or not (at.of_weights or at.of_bias):
        return
    error = at.gradient(own.a)
    if at.of_bias:
        yield _summed(at, error)
    else:
        yield at.stored(at.over_batch(error.T @ at.value(at.below(own))))


@mistake(
    "one-sample",
    "one sample in place of the batch, or one left out",
    "Over which samples is it taken? Count them.",
    "{entry} does not go over each sample of the batch.",
    rank=30,
)
def one_sample(at: Site) -> Iterator[Array]:
    """Take the last (or the first) sample alone, or all but one."""
    own, samples = at.dense, at.graph.samples
    if own is None or samples < 2 or not (at.of_weights or at.of_bias):
        return
    rows = at.gradient(own.z)
    x = at.value(at.below(own)) if at.of_weights else np.ones((samples, 1))
    each = [np.outer(rows[n], x[n]) for n in range(min(samples, 8))]
    total = np.add.reduce([np.outer(rows[n], x[n]) for n in range(samples)])
    for n in (samples - 1, *range(min(samples, 8) - 1)):
        single = each[n] if n < len(each) else np.outer(rows[n], x[n])
        found = [single, (total - single) / samples, (total - single) / (samples - 1)]
        for wrong in found if at.graph.mean else (single, total - single):
            if at.of_weights:
                yield at.stored(wrong)
            else:
                yield wrong[:, 0] if at.computed.shape else np.asarray(wrong.sum())


@mistake(
    "mean-of-factors",
    "the product of means in place of the mean of products",
    "Is each sample's product averaged, or are averages multiplied?",
    "{entry} multiplies the averages of δ and of the input; each sample's product is averaged.",
    rank=30,
)
def mean_of_factors(at: Site) -> Iterator[Array]:
    """mean(δ)·mean(x) in place of mean(δ·x)."""
    own = at.dense
    if own is not None and at.of_weights and at.graph.samples > 1:
        delta, x = at.gradient(own.z), at.value(at.below(own))
        yield at.stored(np.outer(delta.mean(axis=0), x.mean(axis=0)))


def _summed(at: Site, rows: Array) -> Array:
    total = at.over_batch(np.add.reduce(rows, 0))
    return total if at.computed.shape else np.asarray(total.sum())


MISTAKES = (
    outer_transposed,
    z_instead_of_a,
    bias_gradient_times_input,
    bias_gradient_times_bias,
    bias_gradient_zero,
    gradient_without_delta,
    gradient_without_input,
    gradient_times_weight,
    weight_for_input,
    error_for_delta,
    one_sample,
    mean_of_factors,
)
