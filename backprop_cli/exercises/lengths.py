"""How long a number is by hand: the characters of its shortest exact form."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
MOST_DECIMALS = 3
"""A fraction with more decimals than this is written p/q."""


def number_text(number: Fraction) -> str:
    """Return the number as it is written in a file: ``-0.5``, ``3``, ``1/3``; always exact."""
    if number.denominator == 1:
        return str(number.numerator)
    for decimals in range(1, MOST_DECIMALS + 1):
        scaled = number * 10**decimals
        if scaled.denominator == 1:
            digits = f"{abs(scaled.numerator):0{decimals + 1}d}"
            sign = "-" if number < 0 else ""
            return f"{sign}{digits[:-decimals]}.{digits[-decimals:]}"
    return f"{number.numerator}/{number.denominator}"


def length(number: Fraction) -> int:
    """Return the characters that the number takes, its sign left out: 0.25 takes 4, 1/3 three."""
    return len(number_text(abs(number)))


def fractions(array: Array) -> list[Fraction] | None:
    """Return the array's exact numbers as fractions; None where one is no fraction."""
    values = [getattr(entry, "value", entry) for entry in array.ravel().tolist()]
    return values if all(isinstance(value, Fraction) for value in values) else None
