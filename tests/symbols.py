"""Quantities without numbers: arrays of symbols, to run a pass on."""

from __future__ import annotations

from typing import Any

import numpy as np

from backprop_cli.expression.refs import Ref
from backprop_cli.expression.tree import Quantity


def symbols(ref: Ref, shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    """Return an array of the quantity's entries as symbols."""
    result = np.empty(shape, dtype=object)
    for position in np.ndindex(shape):
        result[position] = Quantity(ref.at(*(i + 1 for i in position)))
    return result
