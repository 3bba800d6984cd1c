"""Arrays → nested lists, as JSON has them: of floats, or of exact texts."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arithmetic.floating import shortest

Array = np.ndarray[Any, Any]


def floats(array: Array) -> Array:
    """Return an array's numbers as floats: itself, where it has them."""
    return np.asarray(shortest(np.asarray(array)), dtype=np.float64)


def plain_floats(array: Array) -> Any:
    """Return nested lists of floats; −0 becomes 0."""
    return (floats(array) + 0.0).tolist()


def exact_texts(array: Array) -> Any:
    """Return nested lists of exact texts such as ``3/8`` and ``1/(1+e^{-1})``."""
    from ..arithmetic.entries import each
    from ..arithmetic.exact_text import exact_text

    return each(exact_text, array).tolist()
