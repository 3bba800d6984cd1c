"""One exact number: a fraction while it stays rational, sympy's form past that, then many digits.

A value leaves the fractions only when a function takes it out of them (``exp(-1)``), and leaves
sympy's closed forms only when the form would be too long to read; it is then held to 400 digits and
marked as approximate. No float ever enters.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from .intervals import digits_of

if TYPE_CHECKING:
    import mpmath

LONGEST_FRACTION = 4096
"""Bits of a numerator or denominator past which a fraction becomes 400 digits; of all the numbers
in a closed form together."""
LONGEST_FORM = 90
"""Operations of a closed form past which it becomes 400 digits."""
DEEPEST_FORM = 3
"""Functions inside one another past which a form becomes 400 digits: sympy evaluates a deeper one
in a time that doubles with every level."""
HIGHEST_EXPONENT = 1000
"""Numerator or denominator of an exponent past which a form becomes 400 digits: sympy factors the
base of 189**(987654321/10**9) into powers of that size."""
DIGITS = 400
MOST_DIGITS = 800
"""Digits that a closed form may take to tell it from zero."""
CANCELLED = 10**340
"""A difference of numbers held to so many digits that is this much smaller than they are is zero:
of what is left above it, and so of 1 − tanh² within float64's range, 60 digits are right."""


class Exact:
    """One exact number, held as a Fraction, a sympy expression, or 400 digits."""

    __slots__ = ("_digits", "value")

    def __init__(self, value: Any) -> None:
        self.value = value
        self._digits: Any = None

    @property
    def approximate(self) -> bool:
        """Whether the number is held to 400 digits only."""
        return not isinstance(self.value, Fraction) and is_held(self.value)

    def __repr__(self) -> str:
        """Return the closed form: 3/8, e^{-1}; past its readable length, digits."""
        from .exact_text import exact_text

        return exact_text(self)

    def __add__(self, other: Any) -> Exact:
        return _combine(self, other, operator.add)

    def __radd__(self, other: Any) -> Exact:
        return lift(other) + self

    def __sub__(self, other: Any) -> Exact:
        return _combine(self, other, operator.sub)

    def __rsub__(self, other: Any) -> Exact:
        return lift(other) - self

    def __mul__(self, other: Any) -> Exact:
        return _combine(self, other, operator.mul)

    def __rmul__(self, other: Any) -> Exact:
        return lift(other) * self

    def __truediv__(self, other: Any) -> Exact:
        return _combine(self, other, operator.truediv)

    def __rtruediv__(self, other: Any) -> Exact:
        return lift(other) / self

    def __neg__(self) -> Exact:
        return Exact(-self.value)

    def __float__(self) -> float:
        try:
            return float(self.value if isinstance(self.value, Fraction) else self.digits())
        except OverflowError:
            return math.copysign(math.inf, self.sign())

    def __eq__(self, other: object) -> bool:
        if isinstance(other, float | np.floating):
            return NotImplemented  # an approximation is never the number: caches ask
        return _compared(self, other) == 0

    def __hash__(self) -> int:
        return hash(float(self))

    def __lt__(self, other: Any) -> bool:
        return _compared(self, other) < 0

    def __le__(self, other: Any) -> bool:
        return _compared(self, other) <= 0

    def __gt__(self, other: Any) -> bool:
        return _compared(self, other) > 0

    def __ge__(self, other: Any) -> bool:
        return _compared(self, other) >= 0

    def sign(self) -> int:
        """Return −1, 0 or 1."""
        value = self.value if isinstance(self.value, Fraction) else self.digits()
        return bool(value > 0) - bool(value < 0)

    def digits(self) -> mpmath.mpf:
        """Return the value to 400 digits; a closed form with none by 800 is zero.

        Raises ZeroDivisionError where it is no finite real number.
        """
        if self._digits is None:
            self._digits = self._worked_out()
        return self._digits

    def _worked_out(self) -> mpmath.mpf:
        mp = context()
        if isinstance(self.value, Fraction):
            return mp.mpf(self.value.numerator) / self.value.denominator
        if is_held(self.value):
            return self.value
        found = digits_of(self.value, DIGITS)
        if found is not None:
            return mp.mpf(found)
        real, imaginary = self.value.evalf(DIGITS, maxn=MOST_DIGITS).as_real_imag()
        if not real.is_finite or (imaginary != 0 and not _no_digits(imaginary)):
            raise ZeroDivisionError
        return mp.mpf(0 if _no_digits(real) else str(real))


def _no_digits(number: Any) -> bool:
    """Return whether sympy found no digit of a number that it could vouch for (its own mark)."""
    return bool(number.is_Float and number._prec == 1)


def _compared(left: Exact, right: Any) -> int:
    return (left - lift(right)).sign()


@functools.cache
def context() -> Any:
    """Return the mpmath that numbers held to 400 digits are made with."""
    import mpmath

    found = mpmath.MPContext()
    found.dps = DIGITS
    return found


def is_held(value: Any) -> bool:
    """Return whether a value is held to digits, without importing mpmath for it."""
    return type(value).__name__ == "mpf"


def lift(value: Any) -> Exact:
    """Return the number as an exact one; a float is refused."""
    if isinstance(value, Exact):
        return value
    if isinstance(value, float | np.floating):
        raise TypeError("a float among exact numbers")
    return Exact(Fraction(int(value)) if isinstance(value, np.integer) else Fraction(value))


def _combine(left: Exact, other: Any, operate: Callable[[Any, Any], Any]) -> Exact:
    """Return the result in the exactest form both allow; an array takes the operation itself."""
    if isinstance(other, np.ndarray):
        return cast(Exact, NotImplemented)
    right = lift(other)
    a, b = left.value, right.value
    if operate is operator.truediv and right.sign() == 0:
        raise ZeroDivisionError
    if isinstance(a, Fraction) and isinstance(b, Fraction):
        return bounded(operate(a, b))
    product = operate in (operator.mul, operator.truediv)
    if product and any(isinstance(value, Fraction) and value == 0 for value in (a, b)):
        return Exact(Fraction(0))
    if is_held(a) or is_held(b):
        return _of_digits(left, right, operate)
    first, second = closed_form(left), closed_form(right)
    if product and spread(first) * spread(second) > HIGHEST_EXPONENT:
        return _of_digits(left, right, operate)
    return bounded(operate(first, second))


def _of_digits(left: Exact, right: Exact, operate: Callable[[Any, Any], Any]) -> Exact:
    """Return the result of the numbers' digits; what cancels to less than they say is zero."""
    first = left.digits()
    result = operate(first, right.digits())
    gone = operate in (operator.add, operator.sub) and abs(result) * CANCELLED < abs(first)
    return Exact(context().mpf(0) if gone else result)


def closed_form(number: Exact) -> Any:
    """Return the number as a sympy expression (400 digits become a sympy Float)."""
    import sympy

    value = number.value
    if isinstance(value, Fraction):
        return sympy.Rational(value.numerator, value.denominator)
    return sympy.Float(str(value), DIGITS) if is_held(value) else value


def bounded(value: Any) -> Exact:
    """Return the value, as a fraction where it is one, as digits where it got too long."""
    if isinstance(value, Fraction):
        bits = max(value.numerator.bit_length(), value.denominator.bit_length())
        return Exact(value) if bits <= LONGEST_FRACTION else Exact(Exact(value).digits())
    if value.is_Rational:
        return bounded(Fraction(int(value.p), int(value.q)))
    if _has_no_value(value):
        raise ZeroDivisionError
    number = Exact(value)
    if value.is_Add and number.digits() == 0:
        # sympy looks for a hidden zero's minimal polynomial whenever it meets one.
        return Exact(Fraction(0))
    short = value.count_ops() <= LONGEST_FORM and _nesting(value) <= DEEPEST_FORM
    short = short and _bits(value) <= LONGEST_FRACTION
    return number if short and spread(value) <= HIGHEST_EXPONENT else Exact(number.digits())


def _has_no_value(value: Any) -> bool:
    """Return whether a form holds 1/0 or a root of −1; sympy's own questions cost far more."""
    import sympy

    return bool(value.has(sympy.zoo, sympy.nan, sympy.oo, -sympy.oo, sympy.I))


def spread(value: Any) -> int:
    """Return the largest numerator or denominator of an exponent in a form."""
    import sympy

    exponents = (power.exp for power in value.atoms(sympy.Pow))
    return max((height(e) for e in exponents if e.is_Rational), default=1)


def height(number: Any) -> int:
    """Return the larger of a rational number's numerator and denominator."""
    return max(abs(int(number.p)), int(number.q))


def _bits(value: Any) -> int:
    """Return how long the numbers in a form are, all together; each as often as it stands there."""
    if value.is_Rational:
        return height(value).bit_length()
    return sum(map(_bits, value.args))


def _nesting(value: Any) -> int:
    """Return how many functions stand inside one another."""
    below = max(map(_nesting, value.args), default=0)
    return below + 1 if value.is_Function else below
