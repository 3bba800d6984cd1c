"""Numpy forms of the losses that lose no digits: of outputs near 0 and 1, of far logits."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..mathematics.stable import Array, sigmoid, softplus


def times(y: Array, number: Array) -> Array:
    """Return y·number, 0 where y is 0: 0·∞ counts for nothing."""
    return np.asarray(np.where(y == 0, 0.0, y * np.where(y == 0, 0.0, number)))


def mean_square(a: Array, y: Array, K: float) -> Array:
    """Return (a − y)²/K, divided before it can overflow."""
    e = a - y
    return np.asarray(e * (e / K))


def binary_cross_entropy(a: Array, y: Array) -> Array:
    """Return −(y ln a + (1 − y) ln(1 − a))."""
    return -(times(y, np.log(a)) + times(1.0 - y, np.log1p(-a)))


def sigmoid_cross_entropy(a: Array, y: Array) -> Array:
    """Return y ln(1 + e^{−a}) + (1 − y) ln(1 + eᵃ)."""
    return times(y, softplus(-a)) + times(1.0 - y, softplus(a))


def sigmoid_cross_entropy_slope(a: Array, y: Array) -> Array:
    """Return (1 − y) σ(a) − y σ(−a)."""
    return np.asarray((1.0 - y) * sigmoid(a) - y * sigmoid(-a))


def kl_divergence(a: Array, y: Array) -> Array:
    """Return y ln(y/a), by ln(1 + (y − a)/a) where they are near, by ln y − ln a where far."""
    some = np.where(y == 0, 1.0, y)
    ratio = some / a
    near = (ratio > 0.5) & (ratio < 2.0)
    log = np.where(near, np.log1p(np.where(near, (some - a) / a, 0.0)), np.log(some) - np.log(a))
    return times(y, log)


def log_softmax(z: Array) -> Array:
    """Return z_j − ln Σ_k exp(z_k), the logarithm of the softmax of each row."""
    rows, largest = _largest(z)
    shifted = rows - rows[largest][:, None]
    e = np.exp(shifted)
    e[largest] = 0.0
    shifted -= np.log1p(e.sum(axis=-1, keepdims=True))
    return shifted.reshape(z.shape)


def rest(a: Array) -> Array:
    """Return 1 − a_j of outputs that add up to 1: of a row's largest the sum of the others."""
    rows, largest = _largest(a)
    others = rows.copy()
    others[largest] = 0.0
    left: Any = 1.0 - rows
    left[largest] = others.sum(axis=-1)
    return np.asarray(left.reshape(a.shape))


def _largest(array: Array) -> tuple[Array, tuple[Array, Array]]:
    """Return the array's rows, one below the other, and where the largest of each stands."""
    rows = array.reshape(-1, array.shape[-1])
    return rows, (np.arange(len(rows)), rows.argmax(axis=-1))
