"""Exact numbers: fractions while they stay rational, sympy past that, many digits at the end.

A value leaves the fractions only when a function takes it out of them (``exp(-1)``), and leaves
sympy's closed forms only when the form would be too long to read; it is then held to 60 digits and
marked as approximate. No float ever enters.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from ..expression.evaluate import COMPARISONS, evaluate
from ..expression.tree import Expr, Name, as_expr
from ..mathematics.activations import spelled_out
from ..mathematics.elementary import ELEMENTARY
from . import Array
from .intervals import digits_of

if TYPE_CHECKING:
    import mpmath

LONGEST_FRACTION = 4096
"""Bits of a numerator or denominator past which a fraction becomes 60 digits."""
LONGEST_FORM = 90
"""Operations of a closed form past which it becomes 60 digits."""
DEEPEST_FORM = 3
"""Functions inside one another past which a form becomes 60 digits: sympy evaluates a deeper one
in a time that doubles with every level."""
HIGHEST_EXPONENT = 1000
"""Numerator or denominator of an exponent past which a form becomes 60 digits: sympy factors the
base of 189**(987654321/10**9) into powers of that size."""
LARGEST_ARGUMENT = 10**8
"""Size of an exponent of e past which a number is too large, or too small, to compute with."""
MOST_TURNS = 10**40
"""Size past which 60 digits no longer say where on the circle an angle is."""
DIGITS = 60
MOST_DIGITS = 400
"""Digits that a closed form may take to tell it from zero."""
CANCELLED = 1e-50
"""A difference of numbers held to 60 digits that is smaller than this, relatively, is zero."""


class Exact:
    """One exact number, held as a Fraction, a sympy expression, or 60 digits."""

    __slots__ = ("_digits", "value")

    def __init__(self, value: Any) -> None:
        self.value = value
        self._digits: Any = None

    @property
    def approximate(self) -> bool:
        """Whether the number is held to 60 digits only."""
        return not isinstance(self.value, Fraction) and _is_mpf(self.value)

    def __add__(self, other: Any) -> Exact:
        return _combine(self, other, operator.add)

    def __radd__(self, other: Any) -> Exact:
        return _lift(other) + self

    def __sub__(self, other: Any) -> Exact:
        return _combine(self, other, operator.sub)

    def __rsub__(self, other: Any) -> Exact:
        return _lift(other) - self

    def __mul__(self, other: Any) -> Exact:
        return _combine(self, other, operator.mul)

    def __rmul__(self, other: Any) -> Exact:
        return _lift(other) * self

    def __truediv__(self, other: Any) -> Exact:
        return _combine(self, other, operator.truediv)

    def __rtruediv__(self, other: Any) -> Exact:
        return _lift(other) / self

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
        """Return the value to 60 digits; a closed form with none by 400 is zero.

        Raises ZeroDivisionError where it is no finite real number.
        """
        if self._digits is None:
            self._digits = self._worked_out()
        return self._digits

    def _worked_out(self) -> mpmath.mpf:
        context = _context()
        if isinstance(self.value, Fraction):
            return context.mpf(self.value.numerator) / self.value.denominator
        if _is_mpf(self.value):
            return self.value
        found = digits_of(self.value, DIGITS)
        if found is not None:
            return context.mpf(found)
        real, imaginary = self.value.evalf(DIGITS, maxn=MOST_DIGITS).as_real_imag()
        if not real.is_finite or (imaginary != 0 and not _no_digits(imaginary)):
            raise ZeroDivisionError
        return context.mpf(0 if _no_digits(real) else str(real))


def _no_digits(number: Any) -> bool:
    """Return whether sympy found no digit of a number that it could vouch for (its own mark)."""
    return bool(number.is_Float and number._prec == 1)


def _compared(left: Exact, right: Any) -> int:
    return (left - _lift(right)).sign()


@functools.cache
def _context() -> Any:
    import mpmath

    context = mpmath.MPContext()
    context.dps = DIGITS
    return context


def _is_mpf(value: Any) -> bool:
    return type(value).__name__ == "mpf"


def _lift(value: Any) -> Exact:
    if isinstance(value, Exact):
        return value
    if isinstance(value, float | np.floating):
        raise TypeError("a float among exact numbers")
    return Exact(Fraction(int(value)) if isinstance(value, np.integer) else Fraction(value))


def _combine(left: Exact, other: Any, operate: Callable[[Any, Any], Any]) -> Exact:
    """Return the result in the exactest form both allow; an array takes the operation itself."""
    if isinstance(other, np.ndarray):
        return cast(Exact, NotImplemented)
    right = _lift(other)
    a, b = left.value, right.value
    if operate is operator.truediv and right.sign() == 0:
        raise ZeroDivisionError
    if isinstance(a, Fraction) and isinstance(b, Fraction):
        return _bounded(operate(a, b))
    if _is_mpf(a) or _is_mpf(b):
        first, second = left.digits(), right.digits()
        result = operate(first, second)
        gone = operate in (operator.add, operator.sub) and abs(result) < CANCELLED * abs(first)
        return Exact(_context().mpf(0) if gone else result)
    first, second = closed_form(left), closed_form(right)
    product = operate in (operator.mul, operator.truediv)
    if product and _spread(first) * _spread(second) > HIGHEST_EXPONENT:
        return Exact(operate(left.digits(), right.digits()))
    return _bounded(operate(first, second))


def closed_form(number: Exact) -> Any:
    """Return the number as a sympy expression (60 digits become a sympy Float)."""
    import sympy

    value = number.value
    if isinstance(value, Fraction):
        return sympy.Rational(value.numerator, value.denominator)
    return sympy.Float(str(value), DIGITS) if _is_mpf(value) else value


def _bounded(value: Any) -> Exact:
    """Return the value, as a fraction where it is one, as digits where it got too long."""
    if isinstance(value, Fraction):
        bits = max(value.numerator.bit_length(), value.denominator.bit_length())
        return Exact(value) if bits <= LONGEST_FRACTION else Exact(Exact(value).digits())
    if value.is_Rational:
        return _bounded(Fraction(int(value.p), int(value.q)))
    if _has_no_value(value):
        raise ZeroDivisionError
    number = Exact(value)
    if value.is_Add and number.digits() == 0:
        # sympy looks for a hidden zero's minimal polynomial whenever it meets one.
        return Exact(Fraction(0))
    short = value.count_ops() <= LONGEST_FORM and _nesting(value) <= DEEPEST_FORM
    return number if short and _spread(value) <= HIGHEST_EXPONENT else Exact(number.digits())


def _has_no_value(value: Any) -> bool:
    """Return whether a form holds 1/0 or a root of −1; sympy's own questions cost far more."""
    import sympy

    return bool(value.has(sympy.zoo, sympy.nan, sympy.oo, -sympy.oo, sympy.I))


def _spread(value: Any) -> int:
    """Return the largest numerator or denominator of an exponent in a form."""
    import sympy

    exponents = (power.exp for power in value.atoms(sympy.Pow))
    return max((_height(e) for e in exponents if e.is_Rational), default=1)


def _height(number: Any) -> int:
    return max(abs(int(number.p)), int(number.q))


def _nesting(value: Any) -> int:
    """Return how many functions stand inside one another."""
    below = max(map(_nesting, value.args), default=0)
    return below + 1 if value.is_Function else below


class ExactArithmetic:
    """The arithmetic of exact numbers, in numpy object arrays."""

    name = "exact"

    def array(self, values: Array) -> Array:
        """Return written numbers as exact ones; a float is the shortest decimal that says it."""
        source = np.asarray(values)
        result = np.empty(source.shape, dtype=object)
        for position, value in np.ndenumerate(source):
            result[position] = self.number(value)
        return result

    def written(self, number: Fraction | Expr) -> Exact:
        """Return the number exactly: ``sqrt(2)/2`` stays what it is."""
        exact: Exact = evaluate(as_expr(number), {}, self)
        return exact

    def elementwise(self, formula: Expr, names: Mapping[str, Array]) -> Array:
        """Return the formula's exact value entry by entry; only branches taken are computed."""
        plain = spelled_out(formula)
        arrays = np.broadcast_arrays(*names.values())
        result = np.empty(arrays[0].shape, dtype=object)
        leaves = [Name(name) for name in names]
        for position in np.ndindex(result.shape):
            entries: dict[Expr, Any] = dict(
                zip(leaves, (array[position] for array in arrays), strict=True)
            )
            result[position] = evaluate(plain, entries, self)
        return result

    def shifted(self, z: Array) -> Array:
        """Return z: exact exponentials do not overflow."""
        return z

    def scale(self, array: Array, divisor: int) -> Array:
        """Return array / divisor."""
        return array if divisor == 1 else np.asarray(array / Fraction(divisor), dtype=object)

    def number(self, value: Any) -> Exact:
        """Return a written number: ``0.1`` is 1/10."""
        if isinstance(value, Exact):
            return value
        if isinstance(value, float | np.floating):
            return Exact(Fraction(repr(float(value))))
        if isinstance(value, int | np.integer):
            return Exact(Fraction(int(value)))
        return Exact(value)

    def constant(self, name: str) -> Exact:
        """Return pi or e."""
        import sympy

        return Exact(sympy.pi if name == "pi" else sympy.E)

    def power(self, base: Exact, exponent: Exact) -> Exact:
        """Return base ** exponent."""
        base, exponent = _lift(base), _lift(exponent)
        power = exponent.value
        if base.sign() == 0 and exponent.sign() < 0:
            raise ZeroDivisionError
        if isinstance(base.value, Fraction) and isinstance(power, Fraction):
            bits = max(base.value.numerator.bit_length(), base.value.denominator.bit_length())
            if power.denominator == 1 and abs(power) * bits <= LONGEST_FRACTION:
                return Exact(base.value ** int(power))
        if base.sign() < 0 and not (isinstance(power, Fraction) and power.denominator == 1):
            raise ZeroDivisionError
        if _is_mpf(base.value) or _is_mpf(power) or abs(exponent.digits()) > HIGHEST_EXPONENT:
            return _power_of_digits(base, exponent)
        below, above = closed_form(base), closed_form(exponent)
        if (_height(above) if above.is_Rational else 1) * _spread(below) > HIGHEST_EXPONENT:
            return _power_of_digits(base, exponent)
        return _bounded(below**above)

    def call(self, function: str, arguments: list[Any]) -> Exact:
        """Return an elementary function's exact value."""
        numbers = [_lift(argument) for argument in arguments]
        first = numbers[0]
        match function:
            case "abs":
                return -first if first.sign() < 0 else first
            case "sign":
                return Exact(Fraction(first.sign()))
            case "step":
                return Exact(Fraction(first.sign() + 1, 2))
            case "max":
                return max(numbers)
            case "min":
                return min(numbers)
            case "xdivy":
                return first if first.sign() == 0 else first / numbers[1]
            case "xlogy":
                return first if first.sign() == 0 else first * self.call("ln", numbers[1:])
        name = ELEMENTARY[function].sympy
        if name == "log" and first.sign() <= 0:
            raise ZeroDivisionError
        if name == "sqrt" and first.sign() < 0:
            raise ZeroDivisionError
        if first.approximate or abs(first.digits()) > HIGHEST_EXPONENT or _is_power(name, first):
            return _digits_of(name, first)
        import sympy

        return _bounded(getattr(sympy, name)(closed_form(first)))

    def compare(self, comparison: str, left: Any, right: Any) -> Any:
        """Return the comparison."""
        return COMPARISONS[comparison](_lift(left), _lift(right))

    def cases(self, pieces: list[tuple[Any, Callable[[], Any]]], otherwise: Any) -> Any:
        """Return the first piece whose condition holds, computing no other."""
        for condition, branch in pieces:
            if condition:
                return branch()
        return otherwise()


def _is_power(name: str, number: Exact) -> bool:
    """Return whether e to this power is one of a number with an exponent of many digits."""
    import sympy

    form = closed_form(number)
    if name != "exp" or not form.has(sympy.log):
        return False
    factors = form.xreplace(dict.fromkeys(form.atoms(sympy.log), sympy.pi)).atoms(sympy.Rational)
    return math.prod(map(_height, factors)) * _spread(form) > HIGHEST_EXPONENT


def _power_of_digits(base: Exact, exponent: Exact) -> Exact:
    """Return base ** exponent to 60 digits; raise OverflowError where it is out of all reach."""
    context, below, above = _context(), base.digits(), exponent.digits()
    if below == 0:
        return Exact(context.mpf(below**above))
    if abs(above * context.log(abs(below))) > LARGEST_ARGUMENT:
        raise OverflowError
    return _real(below**above)


def _digits_of(name: str, number: Exact) -> Exact:
    """Return a function's value to 60 digits; raise OverflowError where it is out of all reach."""
    value = number.digits()
    if name in ("exp", "sinh", "cosh") and abs(value) > LARGEST_ARGUMENT:
        raise OverflowError
    if name in ("sin", "cos", "tan") and abs(value) > HIGHEST_EXPONENT:
        if number.approximate and abs(value) > MOST_TURNS:
            raise OverflowError
        if not number.approximate:
            import sympy

            return Exact(Exact(getattr(sympy, name)(closed_form(number))).digits())
    return _real(getattr(_context(), name)(value))


def _real(value: Any) -> Exact:
    if not _is_mpf(value) or not _context().isfinite(value):
        raise ZeroDivisionError
    return Exact(value)


EXACT = ExactArithmetic()
