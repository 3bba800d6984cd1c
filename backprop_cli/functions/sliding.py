"""conv1d, conv2d and max_pool2d of a graph's vectors and matrices: one channel, one filter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from msgspec import Struct

from ..arithmetic import Arithmetic
from ..expression.axes import dimensions
from ..expression.parse import STEPS, named
from ..expression.tree import Call, Expr
from .arrangements import alone, zeros
from .array_formulas import Whole
from .convolution import Convolution
from .rules import Array, Shape
from .tensors import Reduce
from .windows import Slide, Sliding


class Correlated(Struct, frozen=True):
    """z_ij = Σ_u Σ_v k_uv x_{i+u−1, j+v−1}; k gets conv(x, g), x all windows that cover it."""

    rank: int
    stride: int = 1
    padding: int = 0
    dilation: int = 1

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
        found = tuple(slide.windows for slide in self._rule.sliding.along(*shapes))
        if min(found) < 1:
            sizes = " over ".join(dimensions(shape) for shape in reversed(shapes))
            more = f", with padding {self.padding}" if self.padding else ""
            more += f", its places {self.dilation} apart" if self.dilation > 1 else ""
            raise ValueError(f"{self.name} of a kernel of {sizes}{more}: the kernel is larger")
        return found

    @property
    def _rule(self) -> Convolution:
        return Convolution(sliding(self.rank, self.stride, self.padding, self.dilation))

    def forward(self, xp: Arithmetic, *inputs: Array) -> Any:
        """Return the weighted sum of each window."""
        return self._rule.forward(xp, *(each[None, None] for each in inputs))[0, 0]

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Any:
        """Return the windows that cover an entry of x, or conv(x, g)."""
        both = (each[None, None] for each in inputs)
        return self._rule.share(xp, k, g[None, None], out[None, None], *both)[0, 0]

    def whole(self, k: int, g: Expr, out: Expr, inputs: tuple[Whole, ...]) -> Expr:
        """Return full(g, k), or conv(x, g), whose stride is the dilation, and the other way."""
        if k == 0:
            steps = {"stride": self.stride, "padding": self.padding, "dilation": self.dilation}
            return Call("full", (g, inputs[1].tree, *_given(steps)))
        steps = {"stride": self.dilation, "padding": self.padding, "dilation": self.stride}
        return Call(self.name, (inputs[0].tree, g, *_given(steps)))


class MaxPooled(Struct, frozen=True):
    """The largest of each window of a matrix; ties share the gradient, windows that overlap add.

    Without a stride the windows lie side by side. What is outside of the matrix is not looked at.
    """

    lengths: tuple[int, int]
    stride: int = 0
    padding: int = 0
    dilation: int = 1

    name = "max_pool2d"
    gate = "max_pool"

    def shape(self, shapes: list[Shape], operand: str) -> Shape:
        """Return how many windows there are along each axis; what is left over is not read."""
        if len(shapes[0]) != 2:
            raise ValueError("max_pool2d takes a matrix")
        if 2 * self.padding > min(self.lengths):
            raise ValueError(f"max_pool2d: padding={self.padding} is more than half of the window")
        rows, columns = (slide.windows for slide in self._slides(shapes[0]))
        if min(rows, columns) < 1:
            window, image = (dimensions(each) for each in (self.lengths, shapes[0]))
            raise ValueError(f"max_pool2d of a window of {window} over {image}: it is larger")
        return rows, columns

    def _slides(self, shape: Shape) -> tuple[Slide, ...]:
        strides = (self.stride or length for length in self.lengths)
        pads, apart = ((self.padding, self.padding),) * 2, (self.dilation,) * 2
        return Sliding(tuple(strides), pads, apart).along(shape, self.lengths)

    def _windows(self, shape: Shape) -> Iterator[tuple[Shape, tuple[Array, ...]]]:
        """Yield each window and what lies under it, row by row."""
        slides = self._slides(shape)
        for window in np.ndindex(*(slide.windows for slide in slides)):
            at = [slide.at(i + 1, 1) for slide, i in zip(slides, window, strict=True)]
            runs = [range(m, m + s.reach, s.dilation) for s, m in zip(slides, at, strict=True)]
            under = zip(slides, runs, strict=True)
            yield window, np.ix_(*([m - 1 for m in run if s.inside(m)] for s, run in under))

    def forward(self, xp: Arithmetic, *inputs: Array) -> Any:
        """Return the largest of each window."""
        (x,) = inputs
        found = np.empty(self.shape([x.shape], ""), dtype=x.dtype)
        for window, under in self._windows(x.shape):
            found[window] = np.asarray(LARGEST.forward(xp, x[under]))[()]
        return found

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Any:
        """Return each window's gradient at its largest entries."""
        (x,) = inputs
        spread = zeros(xp, x.shape)
        for window, under in self._windows(x.shape):
            back, largest = alone(g[window]), alone(out[window])
            spread[under] += LARGEST.share(xp, 0, back, largest, x[under])
        return spread

    def whole(self, k: int, g: Expr, out: Expr, inputs: tuple[Whole, ...]) -> Expr:
        """Return unpool(g, x)."""
        return Call("unpool", (g, inputs[0].tree))


LARGEST = Reduce("max")


def sliding(rank: int, stride: int, padding: int, dilation: int) -> Sliding:
    """Return a window that slides along each axis alike."""
    return Sliding((stride,) * rank, ((padding, padding),) * rank, (dilation,) * rank)


def _given(steps: dict[str, int]) -> tuple[Expr, ...]:
    """Return the steps that are not the usual ones, by name."""
    return tuple(named(name, n) for name, n in steps.items() if n != STEPS[name])
