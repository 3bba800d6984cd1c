"""A trial layer type with an inner node: z = γ ⊙ n + β with n = (x − mean x)/√(var x + ε)."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from msgspec import Struct

from backprop_cli.arithmetic import Arithmetic
from backprop_cli.expression.indices import Index
from backprop_cli.expression.tree import BigSum, Call, Div, Expr, Name, Number, add, mul
from backprop_cli.functions.rules import Array, Rule, Shape
from backprop_cli.graph.building import Builder, Inputs, Lowered
from backprop_cli.layers import LayerType
from backprop_cli.mathematics.formulas import formula
from backprop_cli.spec.arrays import ARRAY, ArraySpec
from backprop_cli.spec.reading import Key
from backprop_cli.spec.records import LayerSpec

EPSILON = Fraction(1, 100)


class Standardize(Rule, frozen=True):
    """n_j = (x_j − m)/s with m the mean of the row and s = √(mean of squares about m + ε)."""

    name = "standardize"
    operands = ("x",)

    def forward(self, xp: Arithmetic, *inputs: Array) -> Array:
        """Return each row, standardized."""
        x = inputs[0]
        width = Number(Fraction(x.shape[-1]))
        centred = x - _scaled(xp, x.sum(axis=-1, keepdims=True), width)
        variance = _scaled(xp, (centred * centred).sum(axis=-1, keepdims=True), width)
        return np.asarray(centred / self._root(xp, variance))

    def _root(self, xp: Arithmetic, variance: Array) -> Array:
        root = formula("sqrt(v + 1/100)")
        return np.asarray(xp.elementwise(root, {"v": variance}))

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Array:
        """Return (g − mean g − n·mean(g n))/s."""
        x = inputs[0]
        width = Number(Fraction(x.shape[-1]))
        centred = x - _scaled(xp, x.sum(axis=-1, keepdims=True), width)
        variance = _scaled(xp, (centred * centred).sum(axis=-1, keepdims=True), width)
        mean = _scaled(xp, g.sum(axis=-1, keepdims=True), width)
        along = _scaled(xp, (g * out).sum(axis=-1, keepdims=True), width)
        return np.asarray((g - mean - out * along) / self._root(xp, variance))

    def write(self, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return the formula of one entry."""
        return Div(Name("x", index) - self._mean(shapes), self._written_root(shapes))

    def write_share(self, k: int, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return the formula of one entry's share."""
        width = shapes[0][-1]
        part = Div(Number(Fraction(1)), Number(Fraction(width)))
        mean = mul(part, BigSum("p", width, Name("g", ("p",))))
        along = mul(part, BigSum("p", width, Name("g", ("p",)) * Name("out", ("p",))))
        inner = Name("g", index) - mean - Name("out", index) * along
        return Div(inner, self._written_root(shapes))

    def _mean(self, shapes: tuple[Shape, ...]) -> Expr:
        width = shapes[0][-1]
        part = Div(Number(Fraction(1)), Number(Fraction(width)))
        return mul(part, BigSum("q", width, Name("x", ("q",))))

    def _written_root(self, shapes: tuple[Shape, ...]) -> Expr:
        width = shapes[0][-1]
        part = Div(Number(Fraction(1)), Number(Fraction(width)))
        square = (Name("x", ("p",)) - self._mean(shapes)) ** 2
        variance = mul(part, BigSum("p", width, square))
        return Call("sqrt", (add(variance, Number(EPSILON)),))


class Scale(Rule, frozen=True):
    """z_j = γ_j n_j + β_j."""

    name = "scale"
    operands = ("n", "gamma", "beta")

    def forward(self, xp: Arithmetic, *inputs: Array) -> Array:
        """Return γ ⊙ n + β."""
        return np.asarray(inputs[1] * inputs[0] + inputs[2])

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Array:
        """Return g γ, g n, or g."""
        return np.asarray((g * inputs[1], g * inputs[0], g)[k])

    def write(self, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return γ_j n_j + β_j."""
        return Name("gamma", index) * Name("n", index) + Name("beta", index)

    def write_share(self, k: int, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return g_j γ_j, g_j n_j, or g_j."""
        g = Name("g", index)
        return (g * Name("gamma", index), g * Name("n", index), g)[k]


def _scaled(xp: Arithmetic, total: Array, width: Number) -> Array:
    return np.asarray(xp.scale(total, int(width.value)))


class Norm(Struct, frozen=True):
    """The keys: scale γ and shift β."""

    scale: ArraySpec | None = None
    shift: ArraySpec | None = None


def lower(layer: LayerSpec, own: Norm, inputs: Inputs, builder: Builder) -> Lowered | None:
    """Return n and z, with γ and β."""
    (node,), (shape,) = inputs.nodes, inputs.shapes
    gamma = builder.parameter("gamma", shape, own.scale, "scale", "scale")
    beta = builder.parameter("beta", shape, own.shift, "shift", "shift")
    n = builder.apply("n", Standardize(), (node,), shape)
    z = builder.apply("z", Scale(), (n, gamma.node, beta.node), shape)
    return Lowered({"n": n, "z": z}, (gamma, beta))


TYPE = LayerType(
    "trial_layer_norm",
    "standardizes each sample, then z = gamma n + beta",
    {"scale": Key(ARRAY, "gamma"), "shift": Key(ARRAY, "beta")},
    Norm,
    lower,
    """\
input: [[1, -2], [0.5, 3]]
target: [[1], [0]]
loss: half_squared_error
learning_rate: 0.1
layers:
  - {activation: tanh, weights: [[1, -1], [0.5, 1]], bias: [0, 1]}
  - {type: trial_layer_norm, scale: [1, 2], shift: [0, 0.5], activation: sigmoid}
  - {units: 1, weights: [[1, 2]], bias: none}
""",
)
