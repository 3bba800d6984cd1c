"""Digits of closed forms by intervals: what lies between two numbers that agree has their digits.

sympy's ``evalf`` finds them too, in far more time: it walks the form anew at each precision that it
tries. Here one walk is enough, and each part is worked out once. Where the bounds are apart, as
they are about a zero, nothing is said.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from typing import Any

WORKING = (440, 1760)
"""Digits of the bounds; more where a first look does not tell, as where much cancels."""
GUARD = 4
"""Digits past those that are wanted in which the bounds must agree."""


class NoBounds(ValueError):
    """A form was asked for an interval that this file does not know."""


def digits_of(form: Any, digits: int) -> str | None:
    """Return a sympy form's value to so many digits; None where its bounds do not tell them.

    What the most digits do not tell from zero is zero.
    """
    import mpmath

    for working in WORKING:
        try:
            low, high = _bounds(form, working)._mpi_
        except (ArithmeticError, ValueError):
            return None
        a, b = mpmath.mp.make_mpf(low), mpmath.mp.make_mpf(high)
        with mpmath.workdps(working):
            if not mpmath.isfinite(a) or not mpmath.isfinite(b):
                return None
            if a <= 0 <= b:
                continue
            if b - a <= min(abs(a), abs(b)) * mpmath.mpf(10) ** -(digits + GUARD):
                return str(mpmath.nstr((a + b) / 2, digits))
    return "0" if a <= 0 <= b and b - a < mpmath.mpf(10) ** -(WORKING[-1] // 2) else None


@functools.cache
def _context(working: int) -> Any:
    from mpmath.ctx_iv import MPIntervalContext

    context = MPIntervalContext()
    context.dps = working
    return context


@functools.lru_cache(maxsize=8192)
def _bounds(form: Any, working: int) -> Any:
    """Return the interval that the form's value lies in; raise NoBounds for others."""
    context = _context(working)
    if form.is_Rational:
        return context.mpf(int(form.p)) / int(form.q)
    if form.is_Add:
        return sum((_bounds(part, working) for part in form.args), context.zero)
    if form.is_Mul:
        factors = (_bounds(part, working) for part in form.args)
        return functools.reduce(operator.mul, factors, context.one)
    name = type(form).__name__
    if name in _CONSTANTS:
        return +getattr(context, _CONSTANTS[name])
    if form.is_Pow and name != "exp":
        return _power(context, _bounds(form.args[0], working), form.args[1])
    if name not in _FUNCTIONS:
        raise NoBounds(name)
    return _FUNCTIONS[name](context, _bounds(form.args[0], working))


def _power(context: Any, below: Any, exponent: Any) -> Any:
    if exponent.is_Integer:
        return below ** int(exponent)
    if not below.a > 0:
        raise NoBounds("a power of what may be negative")
    return context.exp(_bounds(exponent, context.dps) * context.ln(below))


def _tanh(context: Any, x: Any) -> Any:
    power = context.exp(-2 * x)
    return (1 - power) / (1 + power)


def _half_of_powers(context: Any, x: Any, sign: int) -> Any:
    return (context.exp(x) + sign * context.exp(-x)) / 2


def _logarithm(context: Any, x: Any) -> Any:
    if not x.a > 0:
        raise NoBounds("a logarithm of what may be negative")
    return context.ln(x)


def _rising(name: str, context: Any, x: Any) -> Any:
    """Return the bounds of a function that rises everywhere: its values at x's bounds."""
    import mpmath

    with mpmath.workdps(context.dps + 20):
        slack = mpmath.mpf(10) ** -context.dps
        ends = (getattr(mpmath, name)(mpmath.mp.make_mpf(end)) for end in x._mpi_)
        low, high = (end + sign * slack * abs(end) for end, sign in zip(ends, (-1, 1), strict=True))
        return context.mpf([low, high])


_CONSTANTS = {"Pi": "pi", "Exp1": "e"}
_FUNCTIONS: dict[str, Callable[[Any, Any], Any]] = {
    "exp": lambda context, x: context.exp(x),
    "log": _logarithm,
    "sin": lambda context, x: context.sin(x),
    "cos": lambda context, x: context.cos(x),
    "tanh": _tanh,
    "erf": functools.partial(_rising, "erf"),
    "atan": functools.partial(_rising, "atan"),
    "sinh": lambda context, x: _half_of_powers(context, x, -1),
    "cosh": lambda context, x: _half_of_powers(context, x, 1),
}
