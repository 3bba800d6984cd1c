"""Arrays of numbers that numpy does not know: made, and computed with, entry by entry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..expression.evaluate import Scalars, evaluate
from ..expression.tree import Expr, Name
from . import Array


def each(make: Callable[[Any], Any], values: Any) -> Array:
    """Return an array of what is made of each entry."""
    source = np.asarray(values)
    result = np.empty(source.shape, dtype=object)
    for position, value in np.ndenumerate(source):
        result[position] = make(value)
    return result


def matmul(left: Array, right: Array, out: Array | None = None) -> Array:
    """Return ``left @ right``, in ``out`` where it is given; of objects matrix by matrix.

    Where a number of a stack's first matrix cannot be had (a division by 0, a formula too long),
    numpy goes on with the next one, and the interpreter loses the error.
    """
    if (left.ndim < 3 and right.ndim < 3) or object not in (left.dtype, right.dtype):
        return np.asarray(np.matmul(left, right, out=out))
    stack = np.broadcast_shapes(left.shape[:-2], right.shape[:-2])
    left = np.broadcast_to(left, (*stack, *left.shape[-2:]))
    right = np.broadcast_to(right, (*stack, *right.shape[-2:]))
    shape = (*stack, left.shape[-2], right.shape[-1])
    found = np.empty(shape, dtype=object) if out is None else out
    for position in np.ndindex(stack):
        found[position] = left[position] @ right[position]
    return found


def evaluated_each(
    tree: Expr, names: Mapping[str, Array], kind: Scalars, lift: Callable[[Any], Any] | None = None
) -> Array:
    """Return a tree's value entry by entry; ``lift`` makes numbers of the kind of what is there."""
    arrays = np.broadcast_arrays(*names.values())
    result = np.empty(arrays[0].shape, dtype=object)
    leaves = [Name(name) for name in names]
    for position in np.ndindex(result.shape):
        entries: Any = (array[position] for array in arrays)
        entries = entries if lift is None else map(lift, entries)
        result[position] = evaluate(tree, dict(zip(leaves, entries, strict=True)), kind)
    return result
