"""Dual numbers: a value and its derivative side by side, u + u′ε with ε² = 0.

(u + u′ε)(v + v′ε) = uv + (u′v + uv′)ε, and f(u + u′ε) = f(u) + f′(u)u′ε: a forward pass on them is
forward-mode differentiation. Both parts are floats, or both are exact. The derivatives of the
elementary functions are their table's; at a kink they are the backward pass's: the branch that is
taken counts, |u|′ = 0 at 0, and the largest of several share equally.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Protocol, cast

import numpy as np

from ..expression.evaluate import COMPARISONS, Scalars, evaluate, first_that_holds
from ..expression.stable import stable
from ..expression.tree import Expr, Name
from ..mathematics.activations import spelled_out
from ..mathematics.elementary import ELEMENTARY
from ..mathematics.formulas import formula
from ..mathematics.stable import FORMS
from . import Arithmetic, Array
from .entries import each, evaluated_each


class Base(Arithmetic, Scalars, Protocol):
    """What the two parts of a dual number are of: float64 or exact."""


class Dual:
    """A value and its derivative by the seed; None where it does not depend on the seed at all.

    That is not a derivative of 0: 0·∞ is no number, but what does not depend on the seed has no
    share in the derivative, whatever its slope.
    """

    __slots__ = ("derivative", "value")

    def __init__(self, value: Any, derivative: Any = None) -> None:
        self.value = value
        self.derivative = derivative

    def __add__(self, other: Any) -> Dual:
        if isinstance(other, np.ndarray):
            return cast(Dual, NotImplemented)
        v = _lift(other)
        return Dual(self.value + v.value, _plus(self.derivative, v.derivative))

    def __radd__(self, other: Any) -> Dual:
        return _lift(other) + self

    def __neg__(self) -> Dual:
        return Dual(-self.value, None if self.derivative is None else -self.derivative)

    def __sub__(self, other: Any) -> Dual:
        if isinstance(other, np.ndarray):
            return cast(Dual, NotImplemented)
        return self + -_lift(other)

    def __rsub__(self, other: Any) -> Dual:
        return _lift(other) - self

    def __mul__(self, other: Any) -> Dual:
        if isinstance(other, np.ndarray):
            return cast(Dual, NotImplemented)
        v = _lift(other)
        left = None if self.derivative is None else self.derivative * v.value
        right = None if v.derivative is None else self.value * v.derivative
        return Dual(self.value * v.value, _plus(left, right))

    def __rmul__(self, other: Any) -> Dual:
        return _lift(other) * self

    def __truediv__(self, other: Any) -> Dual:
        if isinstance(other, np.ndarray):
            return cast(Dual, NotImplemented)
        v = _lift(other)
        value = self.value / v.value
        change = None if v.derivative is None else -(value * v.derivative)
        top = _plus(self.derivative, change)
        return Dual(value, None if top is None else top / v.value)

    def __rtruediv__(self, other: Any) -> Dual:
        return _lift(other) / self

    def __repr__(self) -> str:
        return f"Dual({self.value}, {self.derivative})"


def _lift(number: Any) -> Dual:
    return number if isinstance(number, Dual) else Dual(number)


def _plus(left: Any, right: Any) -> Any:
    return right if left is None else left if right is None else left + right


class Duals:
    """The arithmetic of dual numbers over another one, in numpy object arrays."""

    name = "dual"
    native = False

    def __init__(self, base: Arithmetic) -> None:
        if base.name not in ("float64", "exact"):
            raise ValueError(f"dual numbers are over float64 or exact numbers, not {base.name}")
        self.base = cast(Base, base)
        self.floats = base.name == "float64"

    def array(self, values: Array) -> Array:
        """Return numbers that do not depend on the seed."""
        return each(lambda value: Dual(self._plain(value)), self.base.array(values))

    def seeded(self, values: Array, derivatives: Mapping[tuple[int, ...], Any]) -> Array:
        """Return the numbers with derivatives put in at some positions."""
        result = self.array(values)
        for position, derivative in derivatives.items():
            result[position] = Dual(result[position].value, self.base.number(derivative))
        return result

    def derivatives(self, array: Array) -> Array:
        """Return the derivatives as numbers of the base, 0 where there is none."""
        zero = self.base.number(0)
        result = np.empty(array.shape, dtype=np.float64 if self.floats else object)
        for position in np.ndindex(array.shape):
            entry: Any = array[position]
            result[position] = zero if entry.derivative is None else entry.derivative
        return result

    def written(self, number: Fraction | Expr) -> Dual:
        """Return one number as it was written; it does not depend on the seed."""
        return Dual(self._plain(self.base.written(number)))

    def elementwise(self, formula: Expr, names: Mapping[str, Array]) -> Array:
        """Return the formula's value entry by entry; only branches taken are computed."""
        plain = spelled_out(formula)
        tree = stable(plain) if self.floats else plain
        return evaluated_each(tree, names, self)

    def shifted(self, z: Array) -> Array:
        """Return floats less each row's largest, which is 0 with its derivative then.

        Exact exponentials do not overflow.
        """
        if not self.floats:
            return z
        values = np.empty(z.shape)
        for position in np.ndindex(z.shape):
            entry: Any = z[position]
            values[position] = entry.value
        largest = values.argmax(axis=-1)
        return np.asarray(z - np.take_along_axis(z, largest[..., None], axis=-1))

    def scale(self, array: Array, divisor: int) -> Array:
        """Return array / divisor."""
        return array if divisor == 1 else np.asarray(array / divisor, dtype=object)

    def number(self, value: Any) -> Dual:
        """Return a number that does not depend on the seed."""
        return value if isinstance(value, Dual) else Dual(self.base.number(value))

    def constant(self, name: str) -> Dual:
        """Return pi or e."""
        return Dual(self.base.constant(name))

    def power(self, base: Dual, exponent: Dual) -> Dual:
        """Return uᵛ, with (uᵛ)′ = v uᵛ⁻¹ u′ (0 where v is 0) + uᵛ ln u v′ (0 where u is 0)."""
        u, v = base.value, exponent.value
        value = self._plain(self.base.power(u, v))
        total = None
        if base.derivative is not None:
            if v == 0:
                slope = self.base.number(0)
            else:
                below = self.base.power(u, v - self.base.number(1))
                slope = v * self._plain(below) if v != 1 else v
            total = slope * base.derivative
        if exponent.derivative is not None:
            zero = self.base.number(0)
            slope = zero if u == 0 else value * self._plain(self.base.call("ln", [u]))
            total = _plus(total, slope * exponent.derivative)
        return Dual(value, total)

    def call(self, function: str, arguments: list[Any]) -> Dual:
        """Return an elementary function of dual numbers."""
        if function in ("max", "min"):
            return self._chosen(function, arguments)
        if function in FORMS:
            form, (argument,) = FORMS[function], arguments
            u, change = np.asarray(argument.value), argument.derivative
            slope = None if change is None else float(form.slope(u)) * change
            return Dual(float(form.value(u)), slope)
        values = [argument.value for argument in arguments]
        if function in ("xlogy", "xdivy") and arguments[0].derivative is None and values[0] == 0:
            return Dual(self.base.number(0))
        result = self._plain(self.base.call(function, values))
        known: dict[Expr, Any] = {Name("f"): result}
        known |= {Name(letter): value for letter, value in zip("uv", values, strict=False)}
        total = None
        entry = ELEMENTARY[function]
        for argument, slope in zip(arguments, entry.derivatives, strict=True):
            if argument.derivative is not None:
                if self.floats and entry.numpy_slope is not None:
                    local = float(entry.numpy_slope(np.asarray(values[0])))
                else:
                    local = self._plain(evaluate(formula(slope), known, self.base))
                total = _plus(total, local * argument.derivative)
        return Dual(result, total)

    def compare(self, comparison: str, left: Any, right: Any) -> Any:
        """Return the comparison of the values."""
        return COMPARISONS[comparison](_lift(left).value, _lift(right).value)

    cases = staticmethod(first_that_holds)

    def _chosen(self, function: str, arguments: list[Dual]) -> Dual:
        """Return the largest (smallest) number; those that tie share its derivative equally."""
        choose = max if function == "max" else min
        value = choose(argument.value for argument in arguments)
        tied = [argument for argument in arguments if argument.value == value]
        total = None
        for argument in tied:
            total = _plus(total, argument.derivative)
        return Dual(value, None if total is None else total / len(tied))

    def _plain(self, number: Any) -> Any:
        """Return a float of Python's own; an exact number as it is."""
        return float(number) if self.floats else number
