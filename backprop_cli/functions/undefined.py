"""Why an operation has no value: a division by 0, a root or a logarithm of a negative number."""

from __future__ import annotations

import numpy as np

from .primitives import Apply, Power, PowerOf, Primitive, Quotient
from .rules import Array


def undefined(primitive: Primitive, inputs: list[Array]) -> str:
    """Return why an operation has no value here, in words; nothing where it only overflows."""
    first, last = (np.asarray(np.real(inputs[i]), dtype=np.float64) for i in (0, -1))
    function = primitive.function if isinstance(primitive, Apply) else ""
    if isinstance(primitive, Quotient) and bool((last == 0).any()):
        return "it divides by 0"
    if function == "xdivy" and bool(((first != 0) & (last == 0)).any()):
        return "it divides by 0"
    if function == "xlogy":  # 0·ln 0 is 0
        first = np.where(first == 0, 1, last)
    if isinstance(primitive, Power | PowerOf):
        exponent = last if isinstance(primitive, PowerOf) else np.asarray(primitive.exponent)
        exponent = np.asarray(exponent, dtype=np.float64)
        if bool(((first == 0) & (exponent < 0)).any()):
            return "it divides by 0"
        if bool(((first < 0) & (exponent != np.round(exponent))).any()):
            return "it takes a root of a negative number"
    if function in ("ln", "log", "xlogy", "sqrt"):
        what = "the root" if function == "sqrt" else "the logarithm"
        if bool((first < 0).any()):
            return f"it takes {what} of a negative number"
        if bool((first == 0).any()):
            return f"it takes {what} of 0"
    return ""
