"""Digits of closed forms by intervals: what lies between two numbers that agree has their digits.

sympy's ``evalf`` finds them too, in far more time: it walks the form anew at each precision that it
tries. Here one walk is enough, and each part is worked out once. Where the bounds are apart, as
they are about a zero, nothing is said.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

WORKING = 440
"""Digits of the bounds."""
GUARD = 4
"""Digits past those that are wanted in which the bounds must agree."""


class NoBounds(ValueError):
    """A form was asked for an interval that this file does not know."""


def digits_of(form: Any, digits: int) -> str | None:
    """Return a sympy form's value to so many digits; None where its bounds do not tell them."""
    import mpmath

    try:
        low, high = _bounds(form)._mpi_
    except (ArithmeticError, ValueError):
        return None
    a, b = mpmath.mp.make_mpf(low), mpmath.mp.make_mpf(high)
    with mpmath.workdps(WORKING):
        if not mpmath.isfinite(a) or not mpmath.isfinite(b) or a <= 0 <= b:
            return None
        if b - a > min(abs(a), abs(b)) * mpmath.mpf(10) ** -(digits + GUARD):
            return None
        return str(mpmath.nstr((a + b) / 2, digits))


@functools.cache
def _context() -> Any:
    from mpmath.ctx_iv import MPIntervalContext

    context = MPIntervalContext()
    context.dps = WORKING
    return context


@functools.lru_cache(maxsize=8192)
def _bounds(form: Any) -> Any:
    """Return the interval that the form's value lies in; raise NoBounds for others."""
    context = _context()
    if form.is_Rational:
        return context.mpf(int(form.p)) / int(form.q)
    if form.is_Add:
        return sum(map(_bounds, form.args), context.zero)
    if form.is_Mul:
        return functools.reduce(lambda left, right: left * _bounds(right), form.args, context.one)
    name = type(form).__name__
    if name in _CONSTANTS:
        return +getattr(context, _CONSTANTS[name])
    if form.is_Pow and name != "exp":
        return _power(*form.args)
    if name not in _FUNCTIONS:
        raise NoBounds(name)
    return _FUNCTIONS[name](_bounds(form.args[0]))


def _power(base: Any, exponent: Any) -> Any:
    below = _bounds(base)
    if exponent.is_Integer:
        return below ** int(exponent)
    if not below.a > 0:
        raise NoBounds("a power of what may be negative")
    return _context().exp(_bounds(exponent) * _context().ln(below))


def _tanh(x: Any) -> Any:
    power = _context().exp(-2 * x)
    return (1 - power) / (1 + power)


def _half_of_powers(x: Any, sign: int) -> Any:
    return (_context().exp(x) + sign * _context().exp(-x)) / 2


def _logarithm(x: Any) -> Any:
    if not x.a > 0:
        raise NoBounds("a logarithm of what may be negative")
    return _context().ln(x)


def _rising(name: str, x: Any) -> Any:
    """Return the bounds of a function that rises everywhere: its values at x's bounds."""
    import mpmath

    with mpmath.workdps(WORKING + 20):
        slack = mpmath.mpf(10) ** -WORKING
        ends = (getattr(mpmath, name)(mpmath.mp.make_mpf(end)) for end in x._mpi_)
        low, high = (end + sign * slack * abs(end) for end, sign in zip(ends, (-1, 1), strict=True))
        return _context().mpf([low, high])


_CONSTANTS = {"Pi": "pi", "Exp1": "e"}
_FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "exp": lambda x: _context().exp(x),
    "log": _logarithm,
    "sin": lambda x: _context().sin(x),
    "cos": lambda x: _context().cos(x),
    "tanh": _tanh,
    "erf": lambda x: _rising("erf", x),
    "atan": lambda x: _rising("atan", x),
    "sinh": lambda x: _half_of_powers(x, -1),
    "cosh": lambda x: _half_of_powers(x, 1),
}
