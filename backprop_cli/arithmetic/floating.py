"""float64 and float32: numpy arrays, whole batches at once."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from ..expression.evaluate import COMPARISONS, evaluate
from ..expression.stable import SLOPE, stable
from ..expression.tree import Call, Derivative, Expr, Name, Number, as_expr
from ..mathematics.activations import ACTIVATIONS, ALIASES, defaults, spelled_out
from ..mathematics.elementary import ELEMENTARY
from ..mathematics.stable import FORMS
from . import Array


def entry_by_entry(
    pieces: list[tuple[Any, Callable[[], Any]]], otherwise: Callable[[], Any]
) -> Any:
    """Return, entry by entry of arrays, the first piece whose condition holds."""
    result = otherwise()
    for condition, branch in reversed(pieces):
        result = np.where(condition, branch(), result)
    return result


class Float64:
    """The arithmetic of numpy's float64."""

    name = "float64"
    native = True
    kind: type[np.floating[Any]] = np.float64

    def array(self, values: Array) -> Array:
        """Return the numbers as arrays of this kind."""
        return np.asarray(values, dtype=self.kind)

    def written(self, number: Fraction | Expr) -> float:
        """Return the nearest float."""
        if isinstance(number, Number):
            return float(number.value)
        with np.errstate(all="ignore"):
            return float(evaluate(as_expr(number), {}, self))

    def elementwise(self, formula: Expr, names: Mapping[str, Array]) -> Array:
        """Return the formula's value on whole arrays; branches that are not taken cost nothing."""
        leaves: dict[Expr, Any] = {Name(name): array for name, array in names.items()}
        with np.errstate(all="ignore"):
            result = np.asarray(evaluate(stable(formula), leaves, self), dtype=self.kind)
        shapes = {array.shape for array in names.values()}
        shape = shapes.pop() if len(shapes) == 1 else np.broadcast_shapes(*shapes)
        return result if result.shape == shape else np.broadcast_to(result, shape).copy()

    def shifted(self, z: Array) -> Array:
        """Return z less each row's maximum."""
        return np.asarray(z - z.max(axis=-1, keepdims=True))

    def scale(self, array: Array, divisor: int) -> Array:
        """Return array / divisor."""
        return array if divisor == 1 else array / divisor

    def number(self, value: Any) -> float:
        """Return the nearest float."""
        return float(value)

    def constant(self, name: str) -> float:
        """Return pi or e."""
        return math.pi if name == "pi" else math.e

    def power(self, base: Any, exponent: Any) -> Any:
        """Return base ** exponent; small whole powers by multiplication."""
        if isinstance(exponent, float) and exponent.is_integer() and 0 < exponent <= 3:
            return base * base if exponent == 2 else base if exponent == 1 else base * base * base
        return np.power(base, exponent)

    def call(self, function: str, arguments: list[Any]) -> Any:
        """Return the function's value: an elementary one's, an activation's, a stable form's."""
        if function in ELEMENTARY:
            return ELEMENTARY[function].numpy(*arguments)
        (argument,) = (np.asarray(each, dtype=self.kind) for each in arguments)
        if function in FORMS:
            return FORMS[function].value(argument)
        slope, name = function.endswith(SLOPE), function.removesuffix(SLOPE)
        entry = ACTIVATIONS[ALIASES.get(name, name)]
        form = entry.numpy_derivative if slope else entry.numpy_value
        if form is None:
            z = Name("z")
            tree = Derivative(name, z) if slope else Call(name, (z,))
            return self.elementwise(spelled_out(tree), {"z": argument})
        return form(argument, **floats(defaults(entry)))

    def compare(self, comparison: str, left: Any, right: Any) -> Any:
        """Return the comparison entry by entry."""
        return COMPARISONS[comparison](left, right)

    cases = staticmethod(entry_by_entry)


class Float32(Float64):
    """The arithmetic of numpy's float32; what no array comes into is worked out in Python's floats.

    One of numpy's own would make float64 of an array that it meets.
    """

    name = "float32"
    kind = np.float32

    def array(self, values: Array) -> Array:
        """Return the numbers in float32; one that is beyond it is infinite."""
        with np.errstate(over="ignore"):
            return super().array(values)

    def power(self, base: Any, exponent: Any) -> Any:
        """Return base ** exponent."""
        return _weak(super().power(base, exponent), base, exponent)

    def call(self, function: str, arguments: list[Any]) -> Any:
        """Return the function's value."""
        plain = all(isinstance(each, float) for each in arguments)
        found = FLOAT64.call(function, arguments) if plain else super().call(function, arguments)
        return _weak(found, *arguments)

    def cases(
        self, pieces: list[tuple[Any, Callable[[], Any]]], otherwise: Callable[[], Any]
    ) -> Any:
        """Return, entry by entry, the first piece whose condition holds."""
        return entry_by_entry(pieces, lambda: self.array(otherwise()))


def _weak(found: Any, *arguments: Any) -> Any:
    """Return what came of Python's floats as one of them."""
    return float(found) if all(isinstance(each, float) for each in arguments) else found


FLOAT64, FLOAT32 = Float64(), Float32()
DTYPES = {kind.name: kind for kind in (FLOAT64, FLOAT32)}
LARGEST = {"float64": "1.8e308", "float32": "3.4e38"}
"""Past which a number is infinite."""


def shortest(array: Array) -> Array:
    """Return float32 as the float64 of the shortest decimals that say them: 0.1 is 0.1 again."""
    if array.dtype != np.float32:
        return array
    return np.asarray(array.astype(str).astype(np.float64))


def plain(entry: Any) -> Any:
    """Return one number as Python's own, of float32 the shortest that says it; exact ones stay."""
    found = np.asarray(entry)
    return float(str(found[()])) if found.dtype == np.float32 else found.item()


def floats(settings: dict[str, Expr]) -> dict[str, Any]:
    """Return a function's settings as floats, for the numpy forms."""
    return {name: evaluate(value, {}, FLOAT64) for name, value in settings.items()}
