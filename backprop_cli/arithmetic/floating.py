"""float64: numpy arrays, whole batches at once."""

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

    def array(self, values: Array) -> Array:
        """Return the numbers as float64."""
        return np.asarray(values, dtype=np.float64)

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
            result = np.asarray(evaluate(stable(formula), leaves, self), dtype=np.float64)
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
        (argument,) = (np.asarray(each, dtype=np.float64) for each in arguments)
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


FLOAT64 = Float64()


def floats(settings: dict[str, Expr]) -> dict[str, Any]:
    """Return a function's settings as floats, for the numpy forms."""
    return {name: evaluate(value, {}, FLOAT64) for name, value in settings.items()}
