"""sympy's derivative: the loss as a formula of one entry, all else numbers.

Nothing of the backward pass is used: a forward pass on these numbers writes the loss down as a
formula in t, the change of the entry; sympy differentiates it and puts t = 0 in. Cases, |u|, max
and min stand as the branch that holds at t = 0.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, cast

import numpy as np

from ...arithmetic import Array
from ...arithmetic.entries import each, evaluated_each
from ...expression.evaluate import COMPARISONS, evaluate
from ...expression.tree import Expr, as_expr
from ...mathematics.activations import spelled_out
from ...mathematics.elementary import ELEMENTARY

DIGITS = 30
"""Digits of a derivative."""
HELD = 400
"""Digits of the numbers on the way, which tell e^−745 from nothing beside 1."""
LARGEST = 10**8
"""Size of an exponent of e, or of an angle, past which its digits would take no end of time."""
MOST_PARTS = 500
"""Parts of a formula past which sympy is not asked: its time grows faster than the formula."""


class TooLong(Exception):
    """The loss, written as a formula of one entry, has more than ``MOST_PARTS`` parts."""


class OneVariable:
    """A number that may depend on t: its value at t = 0, and how to write its formula if it does.

    A formula is written only when it is asked for, once, after its length is known.
    """

    __slots__ = ("_form", "parts", "value", "write")

    def __init__(self, value: Any, write: Callable[[], Any] | None = None, parts: int = 1) -> None:
        if parts > MOST_PARTS:
            raise TooLong
        self.value, self.write, self.parts = value, write, parts
        self._form: Any = None

    @property
    def form(self) -> Any:
        """The formula in t, or the number, as sympy's."""
        if self._form is None:
            self._form = _float(self.value) if self.write is None else self.write()
        return self._form

    def __add__(self, other: Any) -> OneVariable:
        return _combined(self, other, operator.add)

    def __radd__(self, other: Any) -> OneVariable:
        return _combined(lift(other), self, operator.add)

    def __sub__(self, other: Any) -> OneVariable:
        return _combined(self, other, operator.sub)

    def __rsub__(self, other: Any) -> OneVariable:
        return _combined(lift(other), self, operator.sub)

    def __mul__(self, other: Any) -> OneVariable:
        return _combined(self, other, operator.mul)

    def __rmul__(self, other: Any) -> OneVariable:
        return _combined(lift(other), self, operator.mul)

    def __truediv__(self, other: Any) -> OneVariable:
        return _combined(self, other, operator.truediv)

    def __rtruediv__(self, other: Any) -> OneVariable:
        return _combined(lift(other), self, operator.truediv)

    def __float__(self) -> float:
        return float(self.value)

    def __neg__(self) -> OneVariable:
        write = None if self.write is None else lambda: -self.form
        return OneVariable(-self.value, write, self.parts)


def variable(value: float) -> OneVariable:
    """Return value + t."""
    number = _context().mpf(value)
    return OneVariable(number, lambda: _float(number) + _t(), 2)


def slope(number: OneVariable) -> float | None:
    """Return the derivative at t = 0, or None where it is no finite real number there.

    Raises TooLong where functions stand deeper in one another than sympy follows.
    """
    if number.write is None:
        return 0.0
    import sympy

    try:
        found = sympy.diff(number.form, _t()).xreplace({_t(): sympy.Integer(0)}).evalf(DIGITS)
    except RecursionError:
        raise TooLong from None
    return float(found) if found.is_number and found.is_real and found.is_finite else None


def lift(value: Any) -> OneVariable:
    """Return a plain number as one that does not depend on t."""
    if isinstance(value, OneVariable):
        return value
    if isinstance(value, Fraction):
        return OneVariable(_context().mpf(value.numerator) / value.denominator)
    if isinstance(value, int | np.integer):
        return OneVariable(_context().mpf(int(value)))
    return OneVariable(_context().mpf(float(value)))


@functools.cache
def _context() -> Any:
    import mpmath

    context = mpmath.MPContext()
    context.dps = HELD
    return context


@functools.cache
def _t() -> Any:
    import sympy

    return sympy.Symbol("t", real=True)


def _float(value: Any) -> Any:
    import sympy

    return sympy.Float(str(value), HELD)


def _combined(left: OneVariable, other: Any, operate: Callable[[Any, Any], Any]) -> OneVariable:
    """Return the result; an array takes the operation itself."""
    if isinstance(other, np.ndarray):
        return cast(OneVariable, NotImplemented)
    right = lift(other)
    if operate is operator.truediv and right.value == 0:
        raise ZeroDivisionError
    value = operate(left.value, right.value)
    if left.write is None and right.write is None:
        return OneVariable(value)
    plain = left.value if left.write is None else right.value if right.write is None else None
    if operate is operator.mul and plain == 0:
        return OneVariable(value)
    parts = left.parts + right.parts + 1
    return OneVariable(value, lambda: operate(left.form, right.form), parts)


class SympyArithmetic:
    """The arithmetic of formulas in t."""

    name = "sympy"
    native = False

    def array(self, values: Array) -> Array:
        """Return the numbers in an object array."""
        return each(lift, values)

    def written(self, number: Fraction | Expr) -> OneVariable:
        """Return the number to so many digits."""
        return lift(evaluate(as_expr(number), {}, self))

    def elementwise(self, formula: Expr, names: Mapping[str, Array]) -> Array:
        """Return the formula entry by entry."""
        return each(lift, evaluated_each(spelled_out(formula), names, self, lift))

    def shifted(self, z: Array) -> Array:
        """Return z: these exponentials do not overflow."""
        return z

    def scale(self, array: Array, divisor: int) -> Array:
        """Return array / divisor."""
        return array if divisor == 1 else np.asarray(array / divisor, dtype=object)

    def number(self, value: Any) -> OneVariable:
        """Return a written number."""
        return lift(value)

    def constant(self, name: str) -> OneVariable:
        """Return pi or e."""
        return OneVariable(+_context().pi if name == "pi" else +_context().e)

    def power(self, base: OneVariable, exponent: OneVariable) -> OneVariable:
        """Return base ** exponent; a whole exponent stays one."""
        base, exponent = lift(base), lift(exponent)
        if base.value == 0 and exponent.value < 0:
            raise ZeroDivisionError
        if base.value != 0 and abs(exponent.value * _context().log(abs(base.value))) > LARGEST:
            raise OverflowError
        value = base.value**exponent.value
        if base.write is None and exponent.write is None:
            return OneVariable(_real(value))
        whole = exponent.write is None and exponent.value == int(exponent.value)

        def write() -> Any:
            return base.form ** (int(exponent.value) if whole else exponent.form)

        return OneVariable(_real(value), write, base.parts + exponent.parts + 1)

    def call(self, function: str, arguments: list[Any]) -> OneVariable:
        """Return an elementary function; a kinked one is the branch that holds at t = 0."""
        numbers = [lift(argument) for argument in arguments]
        first = numbers[0]
        match function:
            case "abs":
                return -first if first.value < 0 else first if first.value > 0 else lift(0)
            case "sign":
                return lift(int(first.value > 0) - int(first.value < 0))
            case "step":
                return lift(Fraction(1 + int(first.value > 0) - int(first.value < 0), 2))
            case "max":
                return max(numbers, key=lambda number: number.value)
            case "min":
                return min(numbers, key=lambda number: number.value)
            case "xdivy":
                return first if _is_zero(first) else first / numbers[1]
            case "xlogy":
                return first if _is_zero(first) else first * self.call("ln", numbers[1:])
        name = ELEMENTARY[function].sympy
        if name == "log" and first.value <= 0:
            raise ZeroDivisionError
        if abs(first.value) > LARGEST and name in ("exp", "sinh", "cosh", "sin", "cos", "tan"):
            raise OverflowError
        value = _real(getattr(_context(), name)(first.value))
        if first.write is None:
            return OneVariable(value)

        def write() -> Any:
            import sympy

            return getattr(sympy, name)(first.form)

        return OneVariable(value, write, first.parts + 1)

    def compare(self, comparison: str, left: Any, right: Any) -> Any:
        """Return the comparison at t = 0."""
        return COMPARISONS[comparison](lift(left).value, lift(right).value)

    def cases(self, pieces: list[tuple[Any, Callable[[], Any]]], otherwise: Any) -> Any:
        """Return the first piece whose condition holds at t = 0."""
        for condition, branch in pieces:
            if condition:
                return branch()
        return otherwise()


def _is_zero(number: OneVariable) -> bool:
    return number.write is None and bool(number.value == 0)


def _real(value: Any) -> Any:
    if type(value).__name__ != "mpf" or not _context().isfinite(value):
        raise ZeroDivisionError
    return value


SYMPY = SympyArithmetic()
