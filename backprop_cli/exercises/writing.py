"""A network file written for people: short exact numbers, one layer a block."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .lengths import number_text

Array = np.ndarray[Any, Any]
SETTINGS = {
    "leaky_relu": "{type: leaky_relu, slope: 0.1}",
    "gelu_tanh": "{type: gelu, approximate: tanh}",
}
"""Activations that are written with a setting: a slope that is short by hand."""


def nested(array: Array) -> str:
    """Return fractions as a YAML list, or a list of lists: ``[[1, -2], [0.5, 3]]``."""
    if array.ndim == 0:
        return number_text(array.item())
    return f"[{', '.join(nested(np.asarray(part, dtype=object)) for part in array)}]"


def network_text(head: Mapping[str, str], layers: list[tuple[int, str, Array, Array]]) -> str:
    """Return the file: ``head`` as it stands, then a block a layer (units, activation, W, b)."""
    lines = [f"{key}: {value}" for key, value in head.items()]
    lines.append("layers:")
    for units, activation, weights, bias in layers:
        lines.append(f"  - units: {units}")
        lines.append(f"    activation: {SETTINGS.get(activation, activation)}")
        lines.append(f"    weights: {nested(weights)}")
        lines.append(f"    bias: {nested(bias)}")
    return "\n".join(lines) + "\n"
