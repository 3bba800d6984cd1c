"""Elementary functions: how each is computed in floats, called in sympy, and differentiated."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from msgspec import Struct

from . import stable

Array = np.ndarray[Any, Any]


class Elementary(Struct, frozen=True):
    """One function: its numpy form, the names sympy and mpmath know it by, its derivatives.

    ``derivatives`` has one formula an argument, in ``u`` and ``v`` (the arguments) and ``f`` (the
    function's own value). ``numpy_slope`` is the derivative in u of a function of one argument
    where the formula would lose digits or overflow.
    """

    name: str
    numpy: Callable[..., Any]
    sympy: str
    derivatives: tuple[str, ...]
    kink: str = ""
    numpy_slope: Callable[[Any], Any] | None = None

    @property
    def arity(self) -> int:
        """How many arguments it takes."""
        return len(self.derivatives)


def _largest(*arguments: Any) -> Any:
    """Return the largest of two or more, entry by entry."""
    return functools.reduce(np.maximum, arguments)


def _smallest(*arguments: Any) -> Any:
    """Return the smallest of two or more, entry by entry."""
    return functools.reduce(np.minimum, arguments)


def _erf(x: Any) -> Any:
    """Return erf(x) entry by entry; numpy has none."""
    flat = stable.as_floats(x)
    return np.array([math.erf(v) for v in flat.ravel().tolist()], flat.dtype).reshape(flat.shape)


def _xlogy(x: Any, y: Any) -> Any:
    """Return x·ln y, with 0·ln 0 = 0."""
    x, y = np.broadcast_arrays(stable.as_floats(x), stable.as_floats(y))
    return np.where(x == 0, 0.0, x * np.log(np.where(x == 0, 1.0, y)))


def _xdivy(x: Any, y: Any) -> Any:
    """Return x/y, with 0/0 = 0."""
    x, y = np.broadcast_arrays(stable.as_floats(x), stable.as_floats(y))
    return np.where(x == 0, 0.0, x / np.where(x == 0, 1.0, y))


_TABLE = (
    Elementary("exp", np.exp, "exp", ("f",)),
    Elementary("ln", np.log, "log", ("1/u",)),
    Elementary("log", np.log, "log", ("1/u",)),
    Elementary("sqrt", np.sqrt, "sqrt", ("1/(2*f)",)),
    Elementary("abs", np.abs, "Abs", ("sign(u)",), kink="|u|′ = 0 at u = 0"),
    Elementary("sign", np.sign, "sign", ("0",)),
    Elementary("sin", np.sin, "sin", ("cos(u)",)),
    Elementary("cos", np.cos, "cos", ("-sin(u)",)),
    Elementary("tan", np.tan, "tan", ("1 + f**2",)),
    Elementary("sinh", np.sinh, "sinh", ("cosh(u)",)),
    Elementary("cosh", np.cosh, "cosh", ("sinh(u)",)),
    Elementary("tanh", np.tanh, "tanh", ("1 - f**2",), numpy_slope=stable.tanh_slope),
    Elementary("arctan", np.arctan, "atan", ("1/(1 + u**2)",), numpy_slope=stable.arctan_slope),
    Elementary("erf", _erf, "erf", ("2/sqrt(pi)*exp(-u**2)",), numpy_slope=stable.erf_slope),
    Elementary("xlogy", _xlogy, "", ("ln(v)", "xdivy(u, v)")),
    Elementary("xdivy", _xdivy, "", ("1/v", "-u/v/v")),
    Elementary("max", _largest, "Max", ("step(u - v)", "step(v - u)")),
    Elementary("min", _smallest, "Min", ("step(v - u)", "step(u - v)")),
    Elementary("step", lambda x: np.heaviside(x, 0.5), "Heaviside", ("0",)),
)
ELEMENTARY = {entry.name: entry for entry in _TABLE}
"""The functions by name. ``xlogy`` is u·ln v with 0·ln 0 = 0, ``xdivy`` is u/v with 0/0 = 0,
``step`` is 0 below 0, 1 above, and ½ at 0, where the two arguments of a maximum share. ``max`` and
``min`` also take more than two, where a reduction over outputs was written out."""

WRITABLE = tuple(name for name in ELEMENTARY if name not in ("xlogy", "xdivy", "step"))
"""The functions that a network file may name."""
