"""One number against the truth: too coarse, exact, off in the last digit, close."""

from __future__ import annotations

import math
from collections.abc import Iterable

from msgspec import Struct

from .records import Rule

FLOAT_NOISE = 1e-9
"""What two ways to the same number may differ by, relatively."""
SMALLEST = 1e-12
"""Below this a number is told from zero by its digits alone, never by closeness."""
EXACT_DIGITS = 99
"""The significant digits of an expression or a fraction."""


class Figure(Struct, frozen=True):
    """A number as it was written: its value, its last place (0: exact), its significant digits."""

    value: float
    unit: float
    digits: int


def figure(value: float, unit: float) -> Figure:
    """Return the number with its significant digits: 0.050 has two, 0.0 none, 1/3 all."""
    if unit <= 0:
        return Figure(value, 0.0, EXACT_DIGITS)
    whole = round(abs(value) / unit) if abs(value) < 1e30 * unit else 10**30
    return Figure(value, unit, len(str(whole)) if whole else 0)


def within(difference: float, bound: float) -> bool:
    """Return whether |difference| ≤ bound, but for the last bits of a float."""
    return abs(difference) <= bound * (1 + 1e-9) + 1e-300


def exact(s: Figure, e: float) -> bool:
    """|s − e| ≤ max(½u, 1e-9·|e|): e rounded as finely as s is written."""
    slack = 4e-16 * (abs(e) + abs(s.value))
    return within(s.value - e, max(s.unit / 2, FLOAT_NOISE * abs(e)) + slack)


def last_digit(s: Figure, e: float) -> bool:
    """|s − e| ≤ 1u, where s has at least two significant digits."""
    return s.digits >= 2 and s.unit > 0 and within(s.value - e, s.unit + 4e-16 * abs(e))


def close(s: Figure, e: float, tolerance: float) -> bool:
    """|s − e| ≤ tolerance·|e|; a true zero is met within 1e-12."""
    if abs(e) < SMALLEST:
        return e == 0 and abs(s.value) <= SMALLEST
    return within(s.value - e, tolerance * abs(e))


def truncated(s: Figure, e: float) -> bool:
    """Whether s is e with its further digits cut off where rounding would give another number."""
    if s.unit <= 0 or s.digits < 2 or exact(s, e) or s.value * e < 0:
        return False
    gap = abs(e) - abs(s.value)
    return 0 < gap < s.unit * (1 - 1e-9)


def imprecise(s: Figure, e: float, digits: int | None) -> bool:
    """Whether s is coarser than both 2 decimals and 2 significant digits (or than ``digits``).

    A number that drops its trailing zeros is not: 0.05 where 4 decimals are asked and e is 0.05003.
    """
    wanted = 2 if digits is None else digits
    if s.unit <= 10.0**-wanted * (1 + 1e-9) or s.digits >= wanted:
        return False
    if digits is not None and s.value != 0 and within(s.value - e, 0.5 * 10.0**-wanted):
        return False
    return not same(s.value, e)


def same(s: float, e: float) -> bool:
    """Whether two numbers are equal but for a float's last bits."""
    return abs(s - e) <= FLOAT_NOISE * abs(e) or (e == 0 and abs(s) <= SMALLEST)


def follows(s: Figure, computed: float, units: float = 1.0) -> bool:
    """|s − computed| ≤ max(``units``·u, 1e-9·|s|): what one step gives from somebody's numbers."""
    if not math.isfinite(computed):
        return False
    noise = 4e-16 * (abs(computed) + abs(s.value))
    return within(s.value - computed, max(units * s.unit, FLOAT_NOISE * abs(s.value)) + noise)


def direct(s: Figure, e: float, tolerance: float | None) -> Rule | None:
    """Return which of the first rules accepts s as the true e; a tolerance of None is not used."""
    if exact(s, e):
        return "exact"
    if last_digit(s, e):
        return "last-digit"
    if tolerance is not None and close(s, e, tolerance):
        return "close"
    return None


def counts_significant(figures: Iterable[Figure]) -> bool:
    """Whether somebody writes a fixed number of significant digits, not of decimals."""
    written = [f for f in figures if f.unit > 0 and f.value != 0]
    if len(written) < 3:
        return False
    units = [round(math.log10(f.unit)) for f in written]
    digits = [f.digits for f in written]
    steady = max(map(units.count, set(units)))
    return len(set(units)) > 1 and max(map(digits.count, set(digits))) > steady
