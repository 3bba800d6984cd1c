"""Norms: of all entries together, and ‖W‖₂ of a matrix, its largest singular value."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
SAFE = 1e-200
"""The sum of squares above which none of those that matter is lost, and below 1 of which none is
too large."""
WHOLE = 200
"""Up to this size a matrix is decomposed whole."""
MOST_STEPS, LOOKS = 300, 10
"""Steps before it is decomposed whole; after every so many it is looked whether it is found."""
NEAR = 1e-12


def norm(array: Array | None) -> float:
    """Return the Euclidean norm of all entries together; 0 where there is no array."""
    if array is None or not array.size:
        return 0.0
    square = float(np.vdot(array, array))
    if SAFE < square < 1 / SAFE:
        return math.sqrt(square)
    largest = float(np.abs(array).max())
    scaled = np.ravel(array) / largest if largest else np.ravel(array)
    return largest * math.sqrt(np.vdot(scaled, scaled))


def spectral_norm(matrix: Array) -> float:
    """Return ‖W‖₂; of a large matrix by Lanczos' iteration on WᵀW, until nothing is left over.

    Where that does not end the matrix is decomposed whole.
    """
    largest = float(np.abs(matrix).max(initial=0.0))
    if min(matrix.shape) <= WHOLE or not largest:
        return float(np.linalg.norm(matrix, 2))
    scaled = matrix / largest
    start = np.random.default_rng(0).standard_normal(matrix.shape[1])
    basis = np.empty((MOST_STEPS, matrix.shape[1]))
    basis[0] = start / np.linalg.norm(start)
    small = np.zeros((MOST_STEPS, MOST_STEPS))
    for step in range(min(MOST_STEPS, matrix.shape[1])):
        sent, done = scaled.T @ (scaled @ basis[step]), basis[: step + 1]
        small[step, step] = basis[step] @ sent
        for _ in range(2):  # Once leaves roundings that come back as copies of what was found.
            sent -= done.T @ (done @ sent)
        rest = float(np.linalg.norm(sent))
        if step % LOOKS == 0 or rest <= NEAR * small[0, 0]:
            values, vectors = np.linalg.eigh(small[: step + 1, : step + 1])
            if rest * abs(vectors[-1, -1]) <= NEAR * values[-1]:
                return largest * float(np.sqrt(values[-1]))
        if not rest:
            break
        if step + 1 < MOST_STEPS:
            small[step, step + 1] = small[step + 1, step] = rest
            basis[step + 1] = sent / rest
    return float(np.linalg.norm(matrix, 2))
