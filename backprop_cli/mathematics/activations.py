"""Activations: formula, derivative as a teacher writes it, numpy form where it must be stable.

Formulas are in ``z`` (the pre-activation); derivatives also in ``a`` (the activation), where that
is the form taught: σ′ = a(1 − a). Defaults and conventions at kinks are PyTorch's.
"""

from __future__ import annotations

import functools

import numpy as np
from msgspec import Struct

from ..expression.tree import Call, Derivative, Expr
from ..expression.walking import bind, substitute
from . import stable
from .elementary import ELEMENTARY
from .formulas import (
    FunctionSetting,
    Kink,
    NumpyForm,
    Piece,
    Written,
    by_cases,
    formula,
    settle,
    tree_of,
)


class Activation(Struct, frozen=True):
    """One activation of the table.

    The numpy forms take z and the settings, and lose no digits over the whole range of floats.
    ``numpy_by_value`` is the derivative's formula in a: for an a that was rounded, and wherever |a|
    is not so near 1 that it loses digits. ``numpy_into`` puts the value into ``out``,
    ``numpy_share_into`` g·f′ of g and z. ``idempotent``: f(f(z)) is f(z), and f′ the same at both.
    """

    name: str
    written: Expr | Written
    written_derivative: Expr | Written
    aliases: tuple[str, ...] = ()
    letter: str = ""
    parameters: tuple[FunctionSetting, ...] = ()
    kinks: tuple[Kink, ...] = ()
    numpy_value: NumpyForm | None = None
    numpy_derivative: NumpyForm | None = None
    numpy_by_value: NumpyForm | None = None
    numpy_into: NumpyForm | None = None
    numpy_share_into: NumpyForm | None = None
    idempotent: bool = False

    @property
    def value(self) -> Expr:
        """The formula of a."""
        return tree_of(self.written)

    @property
    def derivative(self) -> Expr:
        """The formula of f′, in z or in a."""
        return tree_of(self.written_derivative)


def _plain(
    name: str,
    value: str,
    derivative: str,
    *,
    aliases: tuple[str, ...] = (),
    letter: str = "",
    parameters: tuple[FunctionSetting, ...] = (),
    kinks: tuple[Kink, ...] = (),
    numpy_value: NumpyForm | None = None,
    numpy_derivative: NumpyForm | None = None,
    numpy_by_value: NumpyForm | None = None,
    numpy_into: NumpyForm | None = None,
    numpy_share_into: NumpyForm | None = None,
    idempotent: bool = False,
) -> Activation:
    functions = ("sigmoid", "softplus")
    return Activation(
        name,
        Written(value, functions),
        Written(derivative, functions),
        aliases,
        letter,
        parameters,
        kinks,
        numpy_value,
        numpy_derivative,
        numpy_by_value,
        numpy_into,
        numpy_share_into,
        idempotent,
    )


def _cases(
    name: str,
    pieces: tuple[Piece, ...],
    otherwise: tuple[str, str],
    *,
    parameters: tuple[FunctionSetting, ...] = (),
    kinks: tuple[Kink, ...] = (),
    numpy_value: NumpyForm | None = None,
    numpy_derivative: NumpyForm | None = None,
    numpy_into: NumpyForm | None = None,
    numpy_share_into: NumpyForm | None = None,
    idempotent: bool = False,
) -> Activation:
    value, derivative = by_cases("z", pieces, *otherwise)
    return Activation(
        name,
        value,
        derivative,
        parameters=parameters,
        kinks=kinks,
        numpy_value=numpy_value,
        numpy_derivative=numpy_derivative,
        numpy_into=numpy_into,
        numpy_share_into=numpy_share_into,
        idempotent=idempotent,
    )


_SELU_ALPHA = "1.6732632423543772848170429916717"
_SELU_SCALE = "1.0507009873554804934193349852946"
_SELU_BOTH = 1.7580993408473768
"""The product of both; that of their floats would be off in its last digit."""
_GELU_TANH = "sqrt(2/pi)*(z + 0.044715*z**3)"

_TABLE = (
    _plain(
        "identity",
        "z",
        "1",
        aliases=("linear",),
        numpy_value=lambda z: z,
        numpy_derivative=np.ones_like,
        numpy_into=lambda z, out: out if out is z else np.positive(z, out=out),
        numpy_share_into=lambda g, z, out: out if out is g else np.positive(g, out=out),
        idempotent=True,
    ),
    _plain(
        "sigmoid",
        "1/(1 + exp(-z))",
        "a*(1 - a)",
        aliases=("logistic",),
        letter="σ",
        numpy_value=stable.sigmoid,
        numpy_derivative=stable.sigmoid_slope,
        numpy_by_value=lambda a: a * (1.0 - a),
        numpy_into=stable.sigmoid_into,
        numpy_share_into=stable.sigmoid_share,
    ),
    _plain(
        "tanh",
        "tanh(z)",
        "1 - a**2",
        numpy_value=np.tanh,
        numpy_derivative=stable.tanh_slope,
        numpy_by_value=lambda a: 1.0 - a * a,
        numpy_into=np.tanh,
    ),
    _cases(
        "relu",
        (Piece(">", "0", "z", "1"),),
        ("0", "0"),
        kinks=(Kink("0", "relu'(0) = 0"),),
        numpy_value=lambda z: np.maximum(z, 0.0),
        numpy_derivative=lambda z: (z > 0).astype(z.dtype),
        numpy_into=lambda z, out: np.maximum(z, 0.0, out=out),
        numpy_share_into=lambda g, z, out: np.multiply(g, z > 0, out=out),
        idempotent=True,
    ),
    _cases(
        "leaky_relu",
        (Piece(">", "0", "z", "1"),),
        ("slope*z", "slope"),
        parameters=(FunctionSetting("slope", "0.01", "the slope below 0"),),
        kinks=(Kink("0", "leaky_relu'(0) = slope"),),
        numpy_value=lambda z, slope: np.where(z > 0, z, slope * z),
        numpy_derivative=lambda z, slope: np.where(z > 0, z.dtype.type(1), slope),
    ),
    _cases(
        "elu",
        (Piece(">", "0", "z", "1"),),
        ("alpha*(exp(z) - 1)", "a + alpha"),
        parameters=(FunctionSetting("alpha", "1", "minus the limit far below 0"),),
        kinks=(Kink("0", "elu'(0) = alpha"),),
        numpy_value=lambda z, alpha: np.where(z > 0, z, alpha * np.expm1(np.minimum(z, 0))),
        numpy_derivative=lambda z, alpha: np.where(z > 0, 1.0, alpha * np.exp(np.minimum(z, 0))),
    ),
    _cases(
        "selu",
        (Piece(">", "0", f"{_SELU_SCALE}*z", _SELU_SCALE),),
        (f"{_SELU_SCALE}*{_SELU_ALPHA}*(exp(z) - 1)", f"{_SELU_SCALE}*{_SELU_ALPHA}*exp(z)"),
        kinks=(Kink("0", "selu'(0) = 1.7581, the limit from below"),),
        numpy_value=lambda z: np.where(
            z > 0, float(_SELU_SCALE) * z, _SELU_BOTH * np.expm1(np.minimum(z, 0))
        ),
        numpy_derivative=lambda z: np.where(
            z > 0, float(_SELU_SCALE), _SELU_BOTH * np.exp(np.minimum(z, 0))
        ),
    ),
    _plain(
        "softplus",
        "ln(1 + exp(beta*z))/beta",
        "1/(1 + exp(-beta*z))",
        parameters=(FunctionSetting("beta", "1", "how sharp the bend is"),),
        numpy_value=stable.softplus,
        numpy_derivative=lambda z, beta: stable.sigmoid(beta * z),
    ),
    _plain(
        "softsign",
        "z/(1 + abs(z))",
        "1/(1 + abs(z))**2",
        numpy_value=stable.softsign,
        numpy_derivative=stable.softsign_slope,
    ),
    _plain(
        "gelu",
        "z*(1 + erf(z/sqrt(2)))/2",
        "(1 + erf(z/sqrt(2)))/2 + z*exp(-z**2/2)/sqrt(2*pi)",
        numpy_value=stable.gelu,
        numpy_derivative=stable.gelu_slope,
    ),
    _plain(
        "gelu_tanh",
        f"z*(1 + tanh({_GELU_TANH}))/2",
        f"(1 + tanh({_GELU_TANH}))/2"
        f" + z*(1 - tanh({_GELU_TANH})**2)/2*sqrt(2/pi)*(1 + 3*0.044715*z**2)",
        numpy_value=stable.gelu_tanh,
        numpy_derivative=stable.gelu_tanh_slope,
    ),
    _plain(
        "silu",
        "z*sigmoid(z)",
        "sigmoid(z)*(1 + z*(1 - sigmoid(z)))",
        aliases=("swish",),
        numpy_value=stable.silu,
        numpy_derivative=stable.silu_slope,
    ),
    _plain(
        "mish",
        "z*tanh(softplus(z))",
        "tanh(softplus(z)) + z*sigmoid(z)*(1 - tanh(softplus(z))**2)",
        numpy_value=stable.mish,
        numpy_derivative=stable.mish_slope,
    ),
    _cases(
        "hard_sigmoid",
        (Piece("<=", "-3", "0", "0"), Piece(">=", "3", "1", "0")),
        ("z/6 + 1/2", "1/6"),
        kinks=(Kink("-3", "hard_sigmoid'(-3) = 0"), Kink("3", "hard_sigmoid'(3) = 0")),
        numpy_value=lambda z: np.clip(z / 6.0 + 0.5, 0.0, 1.0),
        numpy_derivative=lambda z: (np.abs(z) < 3.0) * z.dtype.type(1.0 / 6.0),
    ),
    _cases(
        "hard_tanh",
        (Piece("<=", "-1", "-1", "0"), Piece(">=", "1", "1", "0")),
        ("z", "1"),
        kinks=(Kink("-1", "hard_tanh'(-1) = 0"), Kink("1", "hard_tanh'(1) = 0")),
        numpy_value=lambda z: np.clip(z, -1.0, 1.0),
        numpy_derivative=lambda z: (np.abs(z) < 1.0).astype(z.dtype),
    ),
)
ACTIVATIONS = {entry.name: entry for entry in _TABLE}
"""The elementwise activations by name; ``gelu_tanh`` is what ``{type: gelu, approximate: tanh}``
means. Softmax, which is not elementwise, is a rule of its own (``functions/softmax.py``)."""

ALIASES = {alias: entry.name for entry in _TABLE for alias in entry.aliases}


_SPELLED = ({*ACTIVATIONS, *ALIASES}) - {*ELEMENTARY}


@functools.lru_cache(maxsize=512)
def spelled_out(tree: Expr) -> Expr:
    """Return the formula with activations called by name replaced by their own formulas."""

    def replace(node: Expr) -> Expr | None:
        if isinstance(node, Call) and node.function in _SPELLED:
            entry = ACTIVATIONS[ALIASES.get(node.function, node.function)]
            inner = spelled_out(settle(entry.value, defaults(entry)))
            return bind(inner, {"z": spelled_out(node.arguments[0])})
        if isinstance(node, Derivative) and node.function in (*ACTIVATIONS, *ALIASES):
            entry = ACTIVATIONS[ALIASES.get(node.function, node.function)]
            value, slope = (settle(t, defaults(entry)) for t in (entry.value, entry.derivative))
            inner = spelled_out(bind(slope, {"a": value}))
            return bind(inner, {"z": spelled_out(node.argument)})
        return None

    return substitute(tree, replace)


def defaults(entry: Activation) -> dict[str, Expr]:
    """Return the entry's settings at their default values."""
    return {p.name: formula(p.default) for p in entry.parameters}
