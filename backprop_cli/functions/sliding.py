"""conv1d, conv2d and max_pool2d of a graph's vectors and matrices: one channel, one filter."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arithmetic import Arithmetic
from ..expression.tree import Call, Expr
from .arrangements import Arrangement, alone, zeros
from .array_formulas import Whole
from .convolution import Convolution
from .rules import Array, Shape
from .tensors import Reduce
from .windows import Sliding


class Correlated(Arrangement, frozen=True):
    """z_ij = Σ_u Σ_v k_uv x_{i+u−1, j+v−1}; k gets conv(x, g), x all windows that cover it."""

    rank: int

    gate = "conv"

    @property
    def name(self) -> str:
        """``conv1d`` or ``conv2d``."""
        return f"conv{self.rank}d"

    def shape(self, shapes: list[Shape], operand: str) -> Shape:
        """Return how many windows there are along each axis."""
        kinds = ("", "vectors", "matrices")[self.rank]
        if any(len(shape) != self.rank for shape in shapes):
            raise ValueError(f"{self.name} takes two {kinds}: what is slid over, and the kernel")
        found = tuple(n - k + 1 for n, k in zip(*shapes, strict=True))
        if min(found) < 1:
            sizes = " over ".join(" × ".join(map(str, shape)) for shape in reversed(shapes))
            raise ValueError(f"{self.name} of a kernel of {sizes}: the kernel is larger")
        return found

    @property
    def _rule(self) -> Convolution:
        ones = (1,) * self.rank
        return Convolution(Sliding(ones, ((0, 0),) * self.rank, ones))

    def forward(self, xp: Arithmetic, *inputs: Array) -> Any:
        """Return the weighted sum of each window."""
        return self._rule.forward(xp, *(each[None, None] for each in inputs))[0, 0]

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Any:
        """Return the windows that cover an entry of x, or conv(x, g)."""
        both = (each[None, None] for each in inputs)
        return self._rule.share(xp, k, g[None, None], out[None, None], *both)[0, 0]

    def whole(self, k: int, g: Expr, out: Expr, inputs: tuple[Whole, ...]) -> Expr:
        """Return full(g, k), or conv(x, g)."""
        if k == 0:
            return Call("full", (g, inputs[1].tree))
        return Call(self.name, (inputs[0].tree, g))


class MaxPooled(Arrangement, frozen=True):
    """The largest of each window of a matrix, side by side; ties share the gradient equally."""

    lengths: tuple[int, int]

    name = "max_pool2d"
    gate = "max_pool"

    def shape(self, shapes: list[Shape], operand: str) -> Shape:
        """Return how many windows there are along each axis; what is left over is not read."""
        if len(shapes[0]) != 2:
            raise ValueError("max_pool2d takes a matrix")
        found = tuple(n // size for n, size in zip(shapes[0], self.lengths, strict=True))
        if min(found) < 1:
            window, image = (" × ".join(map(str, each)) for each in (self.lengths, shapes[0]))
            raise ValueError(f"max_pool2d of a window of {window} over {image}: it is larger")
        return found

    def _under(self, window: tuple[int, ...]) -> tuple[slice, ...]:
        starts = [i * size for i, size in zip(window, self.lengths, strict=True)]
        return tuple(slice(a, a + n) for a, n in zip(starts, self.lengths, strict=True))

    def forward(self, xp: Arithmetic, *inputs: Array) -> Any:
        """Return the largest of each window."""
        found = np.empty(self.shape([inputs[0].shape], ""), dtype=inputs[0].dtype)
        for window in np.ndindex(found.shape):
            part = inputs[0][self._under(window)]
            found[window] = np.asarray(LARGEST.forward(xp, part))[()]
        return found

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Any:
        """Return each window's gradient at its largest entries."""
        spread = zeros(xp, inputs[0].shape)
        for window in np.ndindex(g.shape):
            under = self._under(window)
            back, largest = alone(g[window]), alone(out[window])
            spread[under] = LARGEST.share(xp, 0, back, largest, inputs[0][under])
        return spread

    def whole(self, k: int, g: Expr, out: Expr, inputs: tuple[Whole, ...]) -> Expr:
        """Return unpool(g, x)."""
        return Call("unpool", (g, inputs[0].tree))


LARGEST = Reduce("max")
