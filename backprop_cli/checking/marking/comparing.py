"""One number against the truth: too coarse, exact, off in the last digit, close."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable
from typing import Any

import numpy as np
from msgspec import Struct

from ...arithmetic.rounding import clearly_rounded, rounded_array
from ..records import Acceptance

Array = np.ndarray[Any, Any]

FLOAT_NOISE = 1e-9
"""What two ways to the same number may differ by, relatively."""
SMALLEST = 1e-12
"""Below this a number is told from zero by its digits alone, never by closeness."""
CANCELLED = 1e-14
"""What floats leave of numbers that cancel, where a person writes 0."""
MOST_SLACK = 0.2
"""The part of a number that may be open since what it is computed from was rounded."""
MOST_UNITS = 16.0
"""Units of its last place that may be open so, however small the number is."""
EXACT_DIGITS = 99
"""The significant digits of an expression or a fraction."""


class Rounded(Struct, frozen=True):
    """A number as it was written: its value, its last place (0: exact), its significant digits."""

    value: float
    unit: float
    digits: int


@functools.lru_cache(maxsize=4096)
def rounded_number(value: float, unit: float) -> Rounded:
    """Return the number with its significant digits: 0.050 has two, 0.0 none, 1/3 all."""
    if unit <= 0:
        return Rounded(value, 0.0, EXACT_DIGITS)
    whole = round(abs(value) / unit) if abs(value) < 1e30 * unit else 10**30
    return Rounded(value, unit, len(str(whole)) if whole else 0)


def within(difference: float, bound: float) -> bool:
    """Return whether |difference| ≤ bound, but for the last bits of a float."""
    return abs(difference) <= bound * (1 + 1e-9) + 1e-300


def exact(s: Rounded, e: float) -> bool:
    """|s − e| ≤ max(½u, 1e-9·|e|): e rounded as finely as s is written."""
    slack = 4e-16 * (abs(e) + abs(s.value))
    return within(s.value - e, max(s.unit / 2, FLOAT_NOISE * abs(e)) + slack)


def last_digit(s: Rounded, e: float) -> bool:
    """|s − e| ≤ 1u, where s has at least two significant digits and not both are whole numbers."""
    if s.digits < 2 or s.unit <= 0 or whole(s, e):
        return False
    return within(s.value - e, s.unit + 4e-16 * abs(e))


def whole(s: Rounded, e: float) -> bool:
    """Whether s is written as a whole number and e is one: 12 is no rounding of 11."""
    return s.unit >= 1 and abs(e / s.unit - round(e / s.unit)) <= FLOAT_NOISE


def close(s: Rounded, e: float, tolerance: float) -> bool:
    """|s − e| ≤ tolerance·|e|; a true zero is met within 1e-12."""
    if abs(e) < SMALLEST:
        return e == 0 and abs(s.value) <= SMALLEST
    return within(s.value - e, tolerance * abs(e))


def truncated(s: Rounded, e: float) -> bool:
    """Whether s is e with its further digits cut off where rounding would give another number."""
    if s.unit <= 0 or s.digits < 2 or exact(s, e) or s.value * e < 0:
        return False
    gap = abs(e) - abs(s.value)
    return 0 < gap < s.unit * (1 - 1e-9)


COARSER = 99.0
"""Units of a sheet's last place in one of a number that is coarser: two decimals fewer, or more."""
MOST_REMEMBERED = 32
"""Numbers of an array up to which it is remembered how it is rounded."""


class Fineness(Struct, frozen=True):
    """How finely answers are to be written.

    ``digits`` are the decimals asked for, None where nothing is: then 2 decimals or 2 significant
    digits are enough. ``habit`` are the decimals that the sheet itself is written with;
    ``significant`` says that it counts significant digits, by which nothing is rounded to 0.
    """

    digits: int | None = None
    habit: int | None = None
    significant: bool = False

    @property
    def wanted(self) -> int:
        """The decimals that are enough."""
        return 2 if self.digits is None else self.digits

    @property
    def places(self) -> int | None:
        """The decimals that a 0 stands for."""
        return self.habit if self.digits is None else self.digits

    @property
    def zero(self) -> Rounded:
        """A 0, however it is written."""
        if self.places is None:
            return Rounded(0.0, 0.0 if self.significant else 0.01, 0)
        return Rounded(0.0, 10.0**-self.places, 0)

    def imprecise(self, s: Rounded, e: float) -> bool:
        """Whether s is coarser than both the decimals and as many significant digits.

        A 0 for what is not 0 says nothing, unless it is e rounded as the sheet is rounded. A number
        that drops its trailing zeros is fine: 0.1 for 0.1002, as spreadsheets and JSON write it.
        """
        if same(s.value, e):
            return False
        if s.value == 0:
            return not self.zero_is(s, e, 0.5)
        if s.unit <= 10.0**-self.wanted * (1 + 1e-9) or s.digits >= self.wanted:
            return False
        return not self.without_zeros(s, e)

    def zero_is(self, s: Rounded, e: float, units: float) -> bool:
        """Whether a written 0 is e rounded to the decimals asked for, or to the sheet's."""
        return self.has_zeros and not self._coarser(s) and within(e, units * self.zero.unit)

    def zero_read(self, s: Rounded, e: float) -> Rounded:
        """Return a 0 as fine as its sheet, written as 0, 0.00 or 0*1; too coarse a one stays."""
        return s if self._coarser(s) and self.zero_is(self.zero, e, 1.0) else self.zero

    def coarse_read(self, s: Rounded) -> Rounded:
        """Return a number on a sheet of many more decimals: it was rounded last, or drops zeros.

        Nothing before it was as coarse, so that it is off by half a unit at most: 1.0 is no 0.9.
        """
        if self.habit is None or not COARSER * 10.0**-self.habit <= s.unit < 1:
            return s
        return Rounded(s.value, s.unit / 2, s.digits)

    def _coarser(self, s: Rounded) -> bool:
        """Whether a 0 says less than is asked for, and no number beside it says how it is meant."""
        return self.habit is None and s.unit > self.zero.unit * (1 + 1e-9)

    @property
    def has_zeros(self) -> bool:
        """Whether the sheet is rounded to decimals, so that small numbers become 0 on it."""
        return self.places is not None and self.places >= 2

    def without_zeros(self, s: Rounded, e: float) -> bool:
        """Whether s is e to the decimals that are enough, its trailing zeros dropped."""
        units = 0.5 if self.digits is None else 1.0
        return s.value != 0 and within(s.value - e, units * 10.0**-self.wanted)

    def means(self, s: Rounded, computed: float) -> bool:
        """Whether a coarse number is just what was computed."""
        if s.value == 0:
            return same(s.value, computed) or self.zero_is(s, computed, 1.0)
        return same(s.value, computed) or self.without_zeros(s, computed)


def same(s: float, e: float) -> bool:
    """Whether two numbers are equal but for a float's last bits."""
    zeros = (e == 0 and abs(s) <= SMALLEST) or (s == 0 and abs(e) <= CANCELLED)
    return zeros or abs(s - e) <= FLOAT_NOISE * abs(e)


def follows(s: Rounded, computed: float, units: float = 1.0) -> bool:
    """|s − computed| ≤ max(``units``·u, 1e-9·|s|): what one step gives from somebody's numbers.

    With one significant digit, or between whole numbers, ½u.
    """
    if not math.isfinite(computed):
        return False
    if s.digits < 2 or whole(s, computed):
        units = 0.5
    noise = 4e-16 * (abs(computed) + abs(s.value))
    return within(s.value - computed, max(units * s.unit, FLOAT_NOISE * abs(s.value)) + noise)


def telling(s: Rounded, computed: float, slack: float) -> bool:
    """Whether it says anything that a number is within a slack of another.

    Not where the slack is a good part of the numbers and hides digits that were written; what
    floats leave of numbers that cancel has none.
    """
    size = max(abs(s.value), abs(computed))
    return abs(s.value) <= CANCELLED or slack <= MOST_SLACK * size or slack <= MOST_UNITS * s.unit


def direct(s: Rounded, e: float, tolerance: float | None) -> Acceptance | None:
    """Return which of the first rules accepts s as the true e; a tolerance of None is not used."""
    if exact(s, e) or same(s.value, e):
        return "exact"
    if last_digit(s, e):
        return "last-digit"
    if tolerance is not None and close(s, e, tolerance):
        return "close"
    return None


class RoundingHabit(Struct, frozen=True):
    """How finely somebody rounds: to so many decimals, or to so many significant digits."""

    digits: int
    significant: bool

    def rounded(self, array: Array) -> Array:
        """Return the array with every number rounded half away from zero, if all are finite."""
        if array.size > MOST_REMEMBERED or array.dtype != np.float64:
            return self.rounded_anew(array)
        return _rounded_once(self, array.tobytes(), array.shape)

    def rounded_anew(self, array: Array) -> Array:
        """Return the same, worked out."""
        if not np.isfinite(array).all():
            return array
        places: Any = min(self.digits, 300)
        if self.significant:
            size = np.where(np.isfinite(array) & (array != 0), np.abs(array), 1.0)
            places = np.clip(self.digits - 1 - np.floor(np.log10(size)), -300, 300)
        clear = clearly_rounded(array, places)
        return rounded_array(without_noise(array), places) if clear is None else clear


@functools.lru_cache(maxsize=4096)
def _rounded_once(habit: RoundingHabit, numbers: bytes, shape: tuple[int, ...]) -> Array:
    return habit.rounded_anew(np.frombuffer(numbers).reshape(shape))


def without_noise(array: Array) -> Array:
    """Return the array to fifteen digits: what floats leave beside a half is no less than it."""
    flat = [float(f"{number:.15g}") for number in array.ravel().tolist()]
    return np.array(flat).reshape(array.shape)


def decimals_of(habits: Iterable[RoundingHabit]) -> int | None:
    """Return to how many decimals a sheet is rounded, None where that is not its habit."""
    return next((habit.digits for habit in habits if not habit.significant), None)


def rounding_habits(figures: Iterable[Rounded]) -> tuple[RoundingHabit, ...]:
    """Return how finely the numbers were rounded: one grade, or both kinds where both fit.

    A whole number beside others says nothing of it: it is one, or drops its decimals.
    """
    written = [f for f in figures if f.unit > 0 and f.value != 0]
    written = [f for f in written if f.unit < 1] or written
    if not written:
        return ()
    places, n = _most([-round(math.log10(f.unit)) for f in written])
    digits, m = _most([f.digits for f in written])
    decimal, significant = RoundingHabit(max(places, 0), False), RoundingHabit(digits, True)
    if n == m and len(written) < 8:
        return (decimal, significant)
    return (decimal,) if n >= m else (significant,)


def _most(numbers: list[int]) -> tuple[int, int]:
    """Return the commonest of the numbers, and how often it is there."""
    best = max(set(numbers), key=lambda number: (numbers.count(number), number))
    return best, numbers.count(best)
