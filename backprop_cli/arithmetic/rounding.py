"""Rounding half away from zero, as on paper: the one answer of every room that rounds."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from . import Array
from .entries import each
from .floating import shortest

_WIDE = Context(prec=1000, rounding=ROUND_HALF_UP)
_PLAIN, _WHOLE, _CLEAR = 15, 1e10, 1e-4
"""Decimals, the size of a number in them, and the distance from a half, where floats are enough."""
_POWERS = np.array([float(10**k) for k in range(_PLAIN + 1)])
SMALLEST = 1e-300
"""Size below which an exact number is 0 to any number of decimals; e^(−10⁷) is no fraction."""


def half_up(number: Decimal, digits: int) -> Decimal:
    """Return the number rounded half away from zero to ``digits`` decimals."""
    return number.quantize(Decimal(1).scaleb(-digits), context=_WIDE)


def round_decimals(value: Any, digits: int) -> Any:
    """Return a fraction or a float rounded half away from zero to ``digits`` decimals.

    A float is rounded as the shortest decimal that says it, so 0.285 gives 0.29 at two.
    """
    if isinstance(value, Fraction):
        scaled = abs(value) * 10**digits
        whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
        return Fraction(whole if value >= 0 else -whole, 10**digits)
    if not math.isfinite(value):
        return value
    return float(half_up(Decimal(repr(float(value))), digits)) or 0.0


def clearly_rounded(array: Array, digits: Any) -> Array | None:
    """Return floats rounded to so many decimals; None where one is near a half, or is not plain.

    Away from a half it does not matter which decimal says a float, and the division is exact.
    """
    single = isinstance(digits, int)
    low, high = (digits, digits) if single else (digits.min(), digits.max())
    if low < 0 or high > _PLAIN:
        return None
    power = _POWERS[digits] if single else _POWERS[digits.astype(np.intp)]
    scaled = array * power
    size = np.abs(scaled)
    off = np.abs(size - np.floor(size) - 0.5)
    if not ((size < _WHOLE) & (off > _CLEAR)).all():
        return None
    return np.asarray(np.rint(scaled) / power + 0.0)


def rounded_array(array: Array, digits: Any) -> Array:
    """Return the array with every entry rounded, to one number of decimals or to each its own."""
    if array.dtype == object:
        return _rounded_exact(array, digits)
    if array.dtype == np.float32:
        return rounded_array(shortest(array), digits).astype(np.float32)
    clear = clearly_rounded(array, digits)
    if clear is not None:
        return clear
    pairs = zip(array.ravel().tolist(), np.broadcast_to(digits, array.shape).flat, strict=True)
    flat = [round_decimals(value, int(places)) for value, places in pairs]
    return np.array(flat, dtype=np.float64).reshape(array.shape)


def _rounded_exact(array: Array, digits: int) -> Array:
    from .exact_number import Exact

    def rounded(number: Exact) -> Exact:
        value = number.value
        if not isinstance(value, Fraction):
            tiny = abs(number.digits()) < SMALLEST
            value = Fraction(0) if tiny else Fraction(str(number.digits()))
        return Exact(round_decimals(value, digits))

    return each(rounded, array)
