"""The arithmetic of exact numbers: what the rules ask of a kind of number, no float among them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from ..expression.evaluate import COMPARISONS, evaluate, first_that_holds
from ..expression.tree import Expr, as_expr
from ..mathematics.activations import spelled_out
from ..mathematics.elementary import ELEMENTARY
from . import Array
from .entries import each, evaluated_each
from .exact_number import (
    HIGHEST_EXPONENT,
    LONGEST_FRACTION,
    Exact,
    bounded,
    closed_form,
    context,
    height,
    is_held,
    lift,
    spread,
)

LARGEST_ARGUMENT = 10**8
"""Size of an exponent of e past which a number is too large, or too small, to compute with."""
MOST_TURNS = 10**340
"""Size past which 400 digits no longer say where on the circle an angle is."""


class ExactArithmetic:
    """The arithmetic of exact numbers, in numpy object arrays."""

    name = "exact"
    native = False

    def array(self, values: Array) -> Array:
        """Return written numbers as exact ones; a float is the shortest decimal that says it."""
        return each(self.number, values)

    def written(self, number: Fraction | Expr) -> Exact:
        """Return the number exactly: ``sqrt(2)/2`` stays what it is."""
        exact: Exact = evaluate(as_expr(number), {}, self)
        return exact

    def elementwise(self, formula: Expr, names: Mapping[str, Array]) -> Array:
        """Return the formula's exact value entry by entry; only branches taken are computed."""
        return evaluated_each(spelled_out(formula), names, self)

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
        base, exponent = lift(base), lift(exponent)
        power = exponent.value
        if base.sign() == 0 and exponent.sign() < 0:
            raise ZeroDivisionError
        if isinstance(base.value, Fraction) and isinstance(power, Fraction):
            bits = max(base.value.numerator.bit_length(), base.value.denominator.bit_length())
            if power.denominator == 1 and abs(power) * bits <= LONGEST_FRACTION:
                return Exact(base.value ** int(power))
        if base.sign() < 0 and not (isinstance(power, Fraction) and power.denominator == 1):
            raise ZeroDivisionError
        if is_held(base.value) or is_held(power) or abs(exponent.digits()) > HIGHEST_EXPONENT:
            return _power_of_digits(base, exponent)
        below, above = closed_form(base), closed_form(exponent)
        if (height(above) if above.is_Rational else 1) * spread(below) > HIGHEST_EXPONENT:
            return _power_of_digits(base, exponent)
        return bounded(below**above)

    def call(self, function: str, arguments: list[Any]) -> Exact:
        """Return an elementary function's exact value."""
        numbers = [lift(argument) for argument in arguments]
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

        return bounded(getattr(sympy, name)(closed_form(first)))

    def compare(self, comparison: str, left: Any, right: Any) -> Any:
        """Return the comparison."""
        return COMPARISONS[comparison](lift(left), lift(right))

    cases = staticmethod(first_that_holds)


def _is_power(name: str, number: Exact) -> bool:
    """Return whether e to this power is one of a number with an exponent of many digits."""
    import sympy

    form = closed_form(number)
    if name != "exp" or not form.has(sympy.log):
        return False
    factors = form.xreplace(dict.fromkeys(form.atoms(sympy.log), sympy.pi)).atoms(sympy.Rational)
    return math.prod(map(height, factors)) * spread(form) > HIGHEST_EXPONENT


def _power_of_digits(base: Exact, exponent: Exact) -> Exact:
    """Return base ** exponent to 400 digits; raise OverflowError where it is out of all reach."""
    mp, below, above = context(), base.digits(), exponent.digits()
    if below == 0:
        return Exact(mp.mpf(below**above))
    if abs(above * mp.log(abs(below))) > LARGEST_ARGUMENT:
        raise OverflowError
    return _real(below**above)


def _digits_of(name: str, number: Exact) -> Exact:
    """Return a function's value to 400 digits; raise OverflowError where it is out of all reach."""
    value = number.digits()
    if name in ("exp", "sinh", "cosh") and abs(value) > LARGEST_ARGUMENT:
        raise OverflowError
    if name in ("sin", "cos", "tan") and abs(value) > HIGHEST_EXPONENT:
        if number.approximate and abs(value) > MOST_TURNS:
            raise OverflowError
        if not number.approximate:
            import sympy

            return Exact(Exact(getattr(sympy, name)(closed_form(number))).digits())
    return _real(getattr(context(), name)(value))


def _real(value: Any) -> Exact:
    if not is_held(value) or not context().isfinite(value):
        raise ZeroDivisionError
    return Exact(value)


EXACT = ExactArithmetic()
