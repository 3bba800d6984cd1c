"""A trial layer type on images: z_fij = Σ_c Σ_u Σ_v w_fcuv x_{c, s·i+u−s, s·j+v−s} + b_f."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from msgspec import Struct

from backprop_cli.arithmetic import Arithmetic
from backprop_cli.expression.indices import Index, fresh, plus, scaled
from backprop_cli.expression.tree import Expr, Name, add
from backprop_cli.functions.operators import summed
from backprop_cli.functions.rules import Array, NoForm, Rule, Shape
from backprop_cli.graph.building import Builder, Inputs, Lowered
from backprop_cli.layers import LayerType
from backprop_cli.spec.arrays import ARRAY, ArraySpec, WrittenArray
from backprop_cli.spec.reading import COUNT, Key
from backprop_cli.spec.records import LayerSpec

KERNEL = ("filter", "channel", "kernel row", "kernel column")
IMAGE = ("filter", "row", "column")


class Correlate(Rule, frozen=True):
    """z_fij = Σ_c Σ_u Σ_v w_fcuv x_{c, s·i+u−s, s·j+v−s} + b_f."""

    stride: int = 1

    name = "correlate"
    operands = ("x", "W", "b")

    def _windows(self, shapes: tuple[Shape, ...]) -> Iterator[tuple[int, int, slice, slice]]:
        rows, columns = shapes[-1][-2:]
        for u in range(shapes[1][2]):
            for v in range(shapes[1][3]):
                down = slice(u, u + self.stride * (rows - 1) + 1, self.stride)
                across = slice(v, v + self.stride * (columns - 1) + 1, self.stride)
                yield u, v, down, across

    def forward(self, xp: Arithmetic, *inputs: Array) -> Array:
        """Return every filter at every place."""
        x, W, b = inputs
        rows, columns = (
            (size - kernel) // self.stride + 1
            for size, kernel in zip(x.shape[2:], W.shape[2:], strict=True)
        )
        out = (len(x), len(W), rows, columns)
        total = np.zeros(out, dtype=x.dtype) + b[:, None, None]
        for u, v, down, across in self._windows((x.shape, W.shape, b.shape, out)):
            for f, c in np.ndindex(W.shape[:2]):
                total[:, f] = total[:, f] + W[f, c, u, v] * x[:, c, down, across]
        return np.asarray(total)

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Array:
        """Return what each pixel, each entry of the kernels, each bias gets."""
        x, W, b = inputs
        if k == 2:
            return np.asarray(g.sum(axis=(0, 2, 3)))
        total = (W if k else x) * 0
        for u, v, down, across in self._windows((x.shape, W.shape, b.shape, g.shape)):
            for f, c in np.ndindex(W.shape[:2]):
                if k == 1:
                    total[f, c, u, v] = (g[:, f] * x[:, c, down, across]).sum()
                else:
                    before = total[:, c, down, across]
                    total[:, c, down, across] = before + W[f, c, u, v] * g[:, f]
        return np.asarray(total)

    def _under(self, place: Index, inside: Index) -> Index:
        """Return the row (or column) of x that lies under a row of the kernel: s·i + u − s."""
        return plus(plus(scaled(place, self.stride), inside), -self.stride)

    def write(self, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return the weighted sum of one window."""
        f, i, j = index
        c, u, v = fresh("cuv", index)
        product = Name("W", (f, c, u, v)) * Name("x", (c, self._under(i, u), self._under(j, v)))
        return add(summed(product, (c, u, v), shapes[1][1:]), Name("b", (f,)))

    def write_share(self, k: int, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return the sum over the windows that the entry is in."""
        places = shapes[-1][1:]
        i, j = fresh("ij", index)
        if k == 2:
            return summed(Name("g", (*index, i, j)), (i, j), places)
        if k == 1:
            f, c, u, v = index
            under = Name("x", (c, self._under(i, u), self._under(j, v)))
            return summed(Name("g", (f, i, j)) * under, (i, j), places)
        c, m, n = index
        if not isinstance(m, int) or not isinstance(n, int):
            raise NoForm("written window by window")
        terms = [
            Name("W", (f + 1, c, m - self.stride * p, n - self.stride * q))
            * Name("g", (f + 1, p + 1, q + 1))
            for f, p, q in np.ndindex(*shapes[-1])
            if 1 <= m - self.stride * p <= shapes[1][2] and 1 <= n - self.stride * q <= shapes[1][3]
        ]
        return add(*terms) if terms else Name("g", (1, 1, 1)) * 0


class Kernels(Struct, frozen=True):
    """The keys: kernels, a bias each, the stride."""

    weights: ArraySpec | None = None
    bias: ArraySpec | None = None
    stride: int = 1


def lower(layer: LayerSpec, own: Kernels, inputs: Inputs, builder: Builder) -> Lowered | None:
    """Return the correlation with every filter."""
    channels, *image = inputs.shapes[0]
    size = own.weights.texts.shape if isinstance(own.weights, WrittenArray) else (1, channels, 2, 2)
    W = builder.parameter("W", size, own.weights, "weight", "weights", KERNEL)
    b = builder.parameter("b", size[:1], own.bias, "bias", "bias", ("filter",))
    places = ((n - k) // own.stride + 1 for n, k in zip(image, size[2:], strict=True))
    nodes = (inputs.nodes[0], W.node, b.node)
    z = builder.apply("z", Correlate(own.stride), nodes, (size[0], *places), IMAGE)
    return Lowered({"z": z}, (W, b))


TYPE = LayerType(
    "trial_conv2d",
    "filters over an image",
    {
        "weights": Key(ARRAY, "the kernels"),
        "bias": Key(ARRAY, "b"),
        "stride": Key(COUNT, "the step"),
    },
    Kernels,
    lower,
    """\
input: [[[1, -2, 0.5], [0, 1, 2], [3, -1, 0.25]], [[0.5, 1, -1], [2, 0, 1], [-0.5, 1.5, 1]]]
target: [[[1]]]
loss: half_squared_error
learning_rate: 0.1
regularization: {l2: 0.01}
layers:
  - name: edges
    type: trial_conv2d
    weights: [[[[0.5, -1], [1, 0.25]], [[0.1, 0.2], [-0.3, 0.4]]],
              [[[1, 0], [0.5, -0.5]], [[-0.2, 0.3], [0.6, 0.1]]]]
    bias: [0.1, -0.2]
    activation: tanh
  - {type: trial_conv2d, weights: [[[[1, -1], [0.5, 2]], [[0.3, 0.7], [-1, 0.2]]]], bias: [0.25],
     activation: sigmoid}
""",
    sample_rank=3,
)
STRIDED = """\
input: [[[[1, -2, 0.5], [0, 1, 2]]], [[[0.5, 1, -1], [2, 0, 1]]]]
target: [[[[1, 0]]], [[[0, 0.5]]]]
loss: half_squared_error
learning_rate: 0.1
layers:
  - {type: trial_conv2d, weights: [[[[0.5], [1]]]], bias: [0.1], stride: 2, activation: tanh}
"""
"""A batch of two images of one channel; the middle column is under no window."""
