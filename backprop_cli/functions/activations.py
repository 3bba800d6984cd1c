"""Activations: formula, derivative as a teacher writes it, numpy form where it must be stable.

Formulas are in ``z`` (the pre-activation); derivatives also in ``a`` (the activation), where that
is the form taught: σ′ = a(1 − a). Defaults and conventions at kinks are PyTorch's.
"""

from __future__ import annotations

import functools

import numpy as np
from msgspec import Struct

from ..arithmetic import Arithmetic
from ..expression.indices import Index
from ..expression.tree import Call, Derivative, Expr, Hadamard, Name
from ..expression.walking import bind, substitute, walk
from . import stable
from .elementary import ELEMENTARY
from .elementwise import NumpyForm, Parameter, Piece, by_cases, floats, settle
from .rules import Array, Kink, Rule, Shape, formula, indexed


class Activation(Struct, frozen=True):
    """One activation of the table.

    The numpy forms take z and the settings, and lose no digits over the whole range of floats.
    """

    name: str
    value: Expr
    derivative: Expr
    aliases: tuple[str, ...] = ()
    letter: str = ""
    parameters: tuple[Parameter, ...] = ()
    kinks: tuple[Kink, ...] = ()
    numpy_value: NumpyForm | None = None
    numpy_derivative: NumpyForm | None = None


def _plain(
    name: str,
    value: str,
    derivative: str,
    *,
    aliases: tuple[str, ...] = (),
    letter: str = "",
    parameters: tuple[Parameter, ...] = (),
    kinks: tuple[Kink, ...] = (),
    numpy_value: NumpyForm | None = None,
    numpy_derivative: NumpyForm | None = None,
) -> Activation:
    functions = ("sigmoid", "softplus")
    return Activation(
        name,
        formula(value, functions),
        formula(derivative, functions),
        aliases,
        letter,
        parameters,
        kinks,
        numpy_value,
        numpy_derivative,
    )


def _cases(
    name: str,
    pieces: tuple[Piece, ...],
    otherwise: tuple[str, str],
    *,
    parameters: tuple[Parameter, ...] = (),
    kinks: tuple[Kink, ...] = (),
    numpy_value: NumpyForm | None = None,
    numpy_derivative: NumpyForm | None = None,
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
    ),
    _plain(
        "sigmoid",
        "1/(1 + exp(-z))",
        "a*(1 - a)",
        aliases=("logistic",),
        letter="σ",
        numpy_value=stable.sigmoid,
        numpy_derivative=stable.sigmoid_slope,
    ),
    _plain(
        "tanh",
        "tanh(z)",
        "1 - a**2",
        numpy_value=np.tanh,
        numpy_derivative=stable.tanh_slope,
    ),
    _cases(
        "relu",
        (Piece(">", "0", "z", "1"),),
        ("0", "0"),
        kinks=(Kink("0", "relu'(0) = 0"),),
        numpy_value=lambda z: np.maximum(z, 0.0),
        numpy_derivative=lambda z: (z > 0).astype(np.float64),
    ),
    _cases(
        "leaky_relu",
        (Piece(">", "0", "z", "1"),),
        ("slope*z", "slope"),
        parameters=(Parameter("slope", "0.01", "the slope below 0"),),
        kinks=(Kink("0", "leaky_relu'(0) = slope"),),
        numpy_value=lambda z, slope: np.where(z > 0, z, slope * z),
        numpy_derivative=lambda z, slope: np.where(z > 0, 1.0, slope),
    ),
    _cases(
        "elu",
        (Piece(">", "0", "z", "1"),),
        ("alpha*(exp(z) - 1)", "a + alpha"),
        parameters=(Parameter("alpha", "1", "minus the limit far below 0"),),
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
        parameters=(Parameter("beta", "1", "how sharp the bend is"),),
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
        numpy_derivative=lambda z: np.where(np.abs(z) < 3.0, 1.0 / 6.0, 0.0),
    ),
    _cases(
        "hard_tanh",
        (Piece("<=", "-1", "-1", "0"), Piece(">=", "1", "1", "0")),
        ("z", "1"),
        kinks=(Kink("-1", "hard_tanh'(-1) = 0"), Kink("1", "hard_tanh'(1) = 0")),
        numpy_value=lambda z: np.clip(z, -1.0, 1.0),
        numpy_derivative=lambda z: (np.abs(z) < 1.0).astype(np.float64),
    ),
)
ACTIVATIONS = {entry.name: entry for entry in _TABLE}
"""The elementwise activations by name; ``gelu_tanh`` is what ``{type: gelu, approximate: tanh}``
means. Softmax, which is not elementwise, is a rule of its own (``softmax.py``)."""

ALIASES = {alias: entry.name for entry in _TABLE for alias in entry.aliases}


_SPELLED = ({*ACTIVATIONS, *ALIASES}) - {*ELEMENTARY}


class Elementwise(Rule, frozen=True):
    """The rule of an elementwise activation with its settings: a = f(z), share g·f′(z).

    ``value`` and ``derivative`` are the entry's formulas with the settings put in.
    """

    activation: Activation
    settings: dict[str, Expr]
    bound: dict[str, float]
    value: Expr
    derivative: Expr

    operands = ("z",)

    @property
    def name(self) -> str:
        """The activation's name."""
        return self.activation.name

    @property
    def letter(self) -> str:
        """The letter of an activation without a formula."""
        return self.activation.letter if self.activation.letter == self.name else ""

    @property
    def kinks(self) -> tuple[Kink, ...]:
        """Where f′ jumps."""
        return self.activation.kinks

    def forward(self, xp: Arithmetic, *inputs: Array) -> Array:
        """Return f(z)."""
        numpy_value = self.activation.numpy_value
        if numpy_value is not None and xp.name == "float64":
            return numpy_value(inputs[0], **self.bound)
        return xp.elementwise(computable(xp, self.value), {"z": inputs[0]})

    def slope(self, xp: Arithmetic, z: Array, a: Array) -> Array:
        """Return f′(z); by its formula in ``a`` where ``a`` is not f(z) but was rounded."""
        value, slope = self.activation.numpy_value, self.activation.numpy_derivative
        if value is None or slope is None or xp.name != "float64":
            return xp.elementwise(computable(xp, self.derivative), {"z": z, "a": a})
        found = slope(z, **self.bound)
        rounded = a != value(z, **self.bound) if self.reads_value else np.False_
        if not rounded.any():
            return found
        return np.where(rounded, xp.elementwise(self.derivative, {"z": z, "a": a}), found)

    def fault(self, xp: Arithmetic, *inputs: Array) -> str:
        """Return why a file's formula has no value at z, in words; nothing where it overflows."""
        from .compiling import fault

        return fault(self.value, xp, {"z": inputs[0]}) if self.name == "expression" else ""

    @property
    def reads_value(self) -> bool:
        """Whether the derivative is written in a, as σ′ = a(1 − a) is."""
        return any(isinstance(node, Name) and node.id == "a" for node in walk(self.derivative))

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Array:
        """Return g·f′(z)."""
        if self.activation.name == "identity":
            return g
        return np.asarray(g * self.slope(xp, inputs[0], out))

    def write_whole(self, k: int, count: int) -> Expr:
        """Return g ⊙ f′(z)."""
        if self.name == "identity":
            return Name("g")
        return Hadamard((Name("g"), Derivative(self.name, Name("z"))))

    def write(self, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return the formula of f(z) at one entry."""
        return indexed(self.value, {"z": index})

    def write_slope(self, index: tuple[Index, ...]) -> Expr:
        """Return the formula of f′(z) at one entry, in ``z`` and ``out``."""
        renamed = bind(self.derivative, {"a": Name("out")})
        return indexed(renamed, {"z": index, "out": index})

    def write_share(self, k: int, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return g·f′(z) at one entry."""
        return Name("g", index) * self.write_slope(index)


@functools.lru_cache(maxsize=512)
def spelled_out(tree: Expr) -> Expr:
    """Return the formula with activations called by name replaced by their own formulas."""

    def replace(node: Expr) -> Expr | None:
        if isinstance(node, Call) and node.function in _SPELLED:
            entry = ACTIVATIONS[ALIASES.get(node.function, node.function)]
            inner = spelled_out(settle(entry.value, defaults(entry)))
            return bind(inner, {"z": spelled_out(node.arguments[0])})
        if isinstance(node, Derivative) and node.function in _SPELLED:
            entry = ACTIVATIONS[ALIASES.get(node.function, node.function)]
            value, slope = (settle(t, defaults(entry)) for t in (entry.value, entry.derivative))
            inner = spelled_out(bind(slope, {"a": value}))
            return bind(inner, {"z": spelled_out(node.argument)})
        return None

    return substitute(tree, replace)


def computable(xp: Arithmetic, tree: Expr) -> Expr:
    """Return a layer's formula as an arithmetic computes it: symbols want it spelled out."""
    return spelled_out(tree) if xp.name == "symbolic" else tree


def defaults(entry: Activation) -> dict[str, Expr]:
    """Return the entry's settings at their default values."""
    return {p.name: formula(p.default) for p in entry.parameters}


def bound_to(entry: Activation, settings: dict[str, Expr] | None = None) -> Elementwise:
    """Return the entry's rule, defaults filled in."""
    if not settings and ACTIVATIONS.get(entry.name) is entry:
        return _usual(entry.name)
    return _bound(entry, settings or {})


@functools.cache
def _usual(name: str) -> Elementwise:
    return _bound(ACTIVATIONS[name], {})


def _bound(entry: Activation, settings: dict[str, Expr]) -> Elementwise:
    filled = defaults(entry) | settings
    value, derivative = settle(entry.value, filled), settle(entry.derivative, filled)
    return Elementwise(entry, filled, floats(filled), value, derivative)


@functools.cache
def called(name: str) -> Elementwise:
    """Return the rule of an activation that a formula calls by name, at its default settings."""
    return bound_to(ACTIVATIONS[ALIASES.get(name, name)])
