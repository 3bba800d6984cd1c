"""A trial layer type whose kernel is no matrix: z_j = Σ_k w_k x_{j+k−1} + b."""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from backprop_cli.arithmetic import Arithmetic
from backprop_cli.expression.indices import Index
from backprop_cli.expression.tree import Expr, Name, add
from backprop_cli.functions.rules import Array, NoForm, Rule, Shape
from backprop_cli.graph.building import Builder, Inputs, Lowered
from backprop_cli.layers import LayerType
from backprop_cli.spec.arrays import ARRAY, ArraySpec, WrittenArray
from backprop_cli.spec.numbers import NUMBER, WrittenNumber
from backprop_cli.spec.reading import Key
from backprop_cli.spec.records import LayerSpec


class Slide(Rule, frozen=True):
    """z_j = Σ_k w_k x_{j+k−1} + b; it has no formula for a general index."""

    name = "slide"
    operands = ("x", "W", "b")

    def forward(self, xp: Arithmetic, *inputs: Array) -> Array:
        """Return the kernel at every place."""
        x, W, b = inputs
        return np.asarray(self._windows(x, len(W)) @ W + b)

    def _windows(self, x: Array, size: int) -> Array:
        places = x.shape[-1] - size + 1
        return np.stack([x[..., j : j + size] for j in range(places)], axis=-2)

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Array:
        """Return what each value, each entry of the kernel, the bias get."""
        x, W, _ = inputs
        if k == 2:
            return np.asarray(g.sum())
        if k == 1:
            windows = self._windows(x, len(W))
            products = g[..., None] * windows
            return np.asarray(products.sum(axis=tuple(range(products.ndim - 1))))
        total = x * 0
        for j in range(g.shape[-1]):
            for i, w in enumerate(W):
                total[..., j + i] = total[..., j + i] + g[..., j] * w
        return np.asarray(total)

    def write(self, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return the weighted sum of one window."""
        (j,) = index
        if not isinstance(j, int):
            raise NoForm("written window by window")
        size = shapes[1][0]
        terms = (Name("W", (i,)) * Name("x", (j + i - 1,)) for i in range(1, size + 1))
        return add(*terms, Name("b"))

    def write_share(self, k: int, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return the sum over the windows that the entry is in."""
        places, size = shapes[-1][0], shapes[1][0]
        if k == 2:
            return add(*(Name("g", (j,)) for j in range(1, places + 1)))
        (i,) = index
        if not isinstance(i, int):
            raise NoForm("written window by window")
        if k == 1:
            return add(*(Name("g", (j,)) * Name("x", (j + i - 1,)) for j in range(1, places + 1)))
        inside = [j for j in range(1, places + 1) if 1 <= i - j + 1 <= size]
        return add(*(Name("W", (i - j + 1,)) * Name("g", (j,)) for j in inside))


class Kernel(Struct, frozen=True):
    """The keys of a kernel."""

    weights: ArraySpec | None = None
    size: int = 2
    bias: WrittenNumber | None = None


def lower(layer: LayerSpec, own: Kernel, inputs: Inputs, builder: Builder) -> Lowered | None:
    """Return the sliding sum."""
    size = len(own.weights.texts) if isinstance(own.weights, WrittenArray) else own.size
    W = builder.parameter("W", (size,), own.weights, "weight", "weights")
    b = builder.parameter("b", (), own.bias, "bias", "bias")
    nodes = (inputs.nodes[0], W.node, b.node)
    z = builder.apply("z", Slide(), nodes, (inputs.shapes[0][0] - size + 1,))
    return Lowered({"z": z}, (W, b))


TYPE = LayerType(
    "trial_conv1d",
    "one kernel along the values",
    {"weights": Key(ARRAY, "the kernel"), "bias": Key(NUMBER, "b")},
    Kernel,
    lower,
    """\
input: [1, -2, 0.5, 3]
target: [1, 0]
loss: half_squared_error
learning_rate: 0.1
regularization: {l2: 0.01}
layers:
  - {name: kernel, type: trial_conv1d, weights: [0.5, -1, 2], bias: 0.1, activation: tanh}
  - {units: 2, weights: [[1, -1], [0.5, 2]], bias: [0, 0.25], activation: sigmoid}
""",
)
