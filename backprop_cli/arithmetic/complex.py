"""complex128: what the complex step runs on, f′(x) ≈ Im f(x + ih)/h, without any cancellation.

Cases, |u|, max and min are decided by the real part, so that each piece is differentiated as it
stands.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from ..expression.evaluate import COMPARISONS, evaluate
from ..expression.stable import ERFC, stable
from ..expression.tree import Expr, Name, as_expr
from ..mathematics.activations import spelled_out
from ..mathematics.stable import FORMS
from . import Array
from .floating import entry_by_entry

HIGHEST_POWER = 100
"""Whole exponents up to which a power is a product."""


class NoComplexForm(Exception):
    """A function on the way has no complex form here; carries its name."""


class Complex128:
    """The arithmetic of numpy's complex128."""

    name = "complex128"
    native = False

    def array(self, values: Array) -> Array:
        """Return the numbers as complex128."""
        return np.asarray(values, dtype=np.complex128)

    def written(self, number: Fraction | Expr) -> complex:
        """Return the nearest complex number, its imaginary part 0."""
        return complex(evaluate(as_expr(number), {}, self))

    def elementwise(self, formula: Expr, names: Mapping[str, Array]) -> Array:
        """Return the formula's value on whole arrays."""
        leaves: dict[Expr, Any] = {Name(name): self.array(a) for name, a in names.items()}
        result = self.array(evaluate(stable(spelled_out(formula)), leaves, self))
        shape = np.broadcast_shapes(*(array.shape for array in names.values()))
        return result if result.shape == shape else np.broadcast_to(result, shape).copy()

    def shifted(self, z: Array) -> Array:
        """Return z less the number of each row whose real part is the largest.

        That one is then 0 with its imaginary part: its share is what the others leave of 1.
        """
        whole = self.array(z)
        largest = whole.real.argmax(axis=-1)
        return np.asarray(whole - np.take_along_axis(whole, largest[..., None], axis=-1))

    def scale(self, array: Array, divisor: int) -> Array:
        """Return array / divisor."""
        return np.asarray(array / divisor)

    def number(self, value: Any) -> complex:
        """Return the nearest complex number."""
        return complex(float(value)) if not isinstance(value, complex) else value

    def constant(self, name: str) -> complex:
        """Return pi or e."""
        return complex(math.pi if name == "pi" else math.e)

    def power(self, base: Any, exponent: Any) -> Any:
        """Return base ** exponent: a product for a whole exponent, else of a positive base."""
        if isinstance(exponent, complex) and exponent.imag == 0 and exponent.real.is_integer():
            count = int(exponent.real)
            if abs(count) <= HIGHEST_POWER:
                product = functools.reduce(lambda total, _: total * base, range(abs(count)), ONE_)
                return product if count >= 0 else 1 / product
        return np.exp(np.asarray(exponent) * _ln(base))

    def call(self, function: str, arguments: list[Any]) -> Any:
        """Return a function's value; raise NoComplexForm for one that has none here."""
        known = _FUNCTIONS.get(function)
        if known is None:
            raise NoComplexForm("erf" if function == ERFC else function)
        return known(*(np.asarray(a, dtype=np.complex128) for a in arguments))

    def compare(self, comparison: str, left: Any, right: Any) -> Any:
        """Return the comparison of the real parts."""
        return COMPARISONS[comparison](np.real(left), np.real(right))

    cases = staticmethod(entry_by_entry)


ONE_ = complex(1.0)


def _ln(u: Any) -> Array:
    """Return ln u where the real part is positive; elsewhere there is no real logarithm."""
    return np.where(np.real(u) > 0, np.log(u), np.nan)


def _sqrt(u: Array) -> Array:
    return np.where(u.real < 0, np.nan, np.sqrt(u))


def _abs(u: Array) -> Array:
    return np.where(u.real < 0, -u, np.where(u.real > 0, u, 0))


def _largest(*arguments: Array) -> Array:
    return functools.reduce(lambda u, v: np.where(u.real >= v.real, u, v), arguments)


def _smallest(*arguments: Array) -> Array:
    return functools.reduce(lambda u, v: np.where(u.real <= v.real, u, v), arguments)


def _xlogy(x: Array, y: Array) -> Array:
    return np.where(x == 0, 0, x * _ln(np.where(x == 0, 1, y)))


def _xdivy(x: Array, y: Array) -> Array:
    return np.where(x == 0, 0, x / np.where(x == 0, 1, y))


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "exp": np.exp,
    "ln": _ln,
    "log": _ln,
    "sqrt": _sqrt,
    "abs": _abs,
    "sign": lambda u: np.sign(u.real).astype(np.complex128),
    "sin": np.sin,
    "cos": np.cos,
    "tan": lambda u: np.sin(u) / np.cos(u),
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "arctan": np.arctan,
    "xlogy": _xlogy,
    "xdivy": _xdivy,
    "max": _largest,
    "min": _smallest,
    "step": lambda u: np.heaviside(u.real, 0.5).astype(np.complex128),
    **{name: form.value for name, form in FORMS.items() if name != ERFC},
}


COMPLEX128 = Complex128()
