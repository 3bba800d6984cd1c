"""Averages: mean, variance and root mean square, of a sample or over a batch."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from ..arithmetic import Arithmetic
from ..expression.indices import Index, fresh
from ..expression.tree import ZERO, Call, Div, Expr, Mul, Name, Neg, Number, Pow, add, mul
from .operators import summed
from .rules import Array, Rule, Shape

TWO = Number(Fraction(2))
SAMPLE = "n"
"""The letter of a sum over the samples; a per-sample operand then has the sample first."""


class Averaging(Rule, frozen=True):
    """A rule that averages over axes of a sample, and with ``samples`` over so many of these.

    ``over`` are the positions of the axes in a sample's shape; without ``samples`` each sample
    has an average of its own. Formulas are written with the axes that are left as their index.
    """

    over: tuple[int, ...]
    samples: int = 0

    @property
    def over_samples(self) -> bool:
        """Whether the samples are averaged, and there are several."""
        return self.samples > 1

    def numbers_a_sample(self, shape: Shape) -> int:
        """Return how many numbers of a sample go into one average."""
        return math.prod(shape[axis] for axis in self.over)

    @property
    def axes(self) -> tuple[int, ...]:
        """The axes of an array that are averaged over; axis 0 counts the samples."""
        inside = tuple(axis + 1 for axis in self.over)
        return (0, *inside) if self.samples else inside

    def count(self, x: Array) -> int:
        """Return how many numbers one average is of."""
        return math.prod(x.shape[axis] for axis in self.axes)

    def mean(self, xp: Arithmetic, x: Array) -> Array:
        """Return the averages."""
        return np.asarray(xp.scale(np.asarray(np.add.reduce(x, self.axes)), self.count(x)))

    def spread(self, value: Array) -> Array:
        """Return an average with the axes it was taken over, each of length 1."""
        return np.expand_dims(value, self.axes)

    def size(self, shape: Shape) -> int:
        """Return how many numbers one average is of, from the shape of a sample."""
        return math.prod(shape[axis] for axis in self.over) * max(1, self.samples)

    def part(self, shape: Shape, times: int = 1) -> Expr:
        """Return 1/n, or 2/n."""
        return Div(Number(Fraction(times)), Number(Fraction(self.size(shape))))

    def kept(self, index: tuple[Index, ...]) -> tuple[Index, ...]:
        """Return the index of the average that an entry of x goes into."""
        return tuple(i for axis, i in enumerate(index) if axis not in self.over)

    def inside(self, index: tuple[Index, ...], rank: int) -> tuple[tuple[Index, ...], list[Index]]:
        """Return the entry of x that sums run over for an average, and the letters of the sums."""
        letters = fresh("kpq"[: len(self.over)], index)
        summing, left = iter(letters), iter(index)
        at = tuple(next(summing if axis in self.over else left) for axis in range(rank))
        return at, list(letters)

    def sum(self, body: Expr, letters: list[Index], shape: Shape) -> Expr:
        """Return Σ over the axes of a sample."""
        return summed(body, letters, tuple(shape[axis] for axis in self.over))

    def sum_of_all(self, body: Expr, letters: list[Index], shape: Shape) -> Expr:
        """Return Σ over the samples, where they are averaged, and over the axes."""
        inner = self.sum(body, letters, shape)
        return summed(inner, (SAMPLE,), (self.samples,)) if self.samples > 1 else inner

    def of_all(self, at: tuple[Index, ...]) -> tuple[Index, ...]:
        """Return the entry of x, with the sample that is summed over first."""
        return (SAMPLE, *at) if self.samples > 1 else at


class Mean(Averaging, frozen=True):
    """mean = (1/n) Σ x; the share of each x is g/n."""

    name = "mean"
    operands = ("x",)

    def why(self, k: int) -> str:
        """Return why each value receives the same part."""
        return (
            "a mean moves by a small part of a change in one of its values: one over how many "
            "there are. So each of them receives that part of its error."
        )

    def forward(self, xp: Arithmetic, *inputs: Array) -> Array:
        """Return the means."""
        return self.mean(xp, inputs[0])

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Array:
        """Return g/n for every value."""
        spread = self.spread(xp.scale(g, self.count(inputs[0])))
        return np.broadcast_to(spread, inputs[0].shape).copy()

    def write(self, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return (1/n) Σ x."""
        at, letters = self.inside(index, len(shapes[0]))
        total = self.sum_of_all(Name("x", self.of_all(at)), letters, shapes[0])
        return mul(self.part(shapes[0]), total)

    def write_share(self, k: int, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return (1/n) g."""
        return mul(self.part(shapes[0]), Name("g", self.kept(index)))


NO_SHARE = "the variance hands 0 on to the mean: the distances from the mean add up to 0"


class Variance(Averaging, frozen=True):
    """var = (1/n) Σ (x − mean)²; shares (2/n) g (x − mean), and −2 g ((1/n) Σ x − mean), a 0.

    The n values count: not n − 1, as an estimate from a sample would have it.
    """

    name = "variance"
    operands = ("x", "mean")

    def why(self, k: int) -> str:
        """Return why by twice the distance, and why nothing by way of the mean."""
        return (
            "the variance is a mean of squared distances, and a square changes by twice the "
            "distance. So what is far from the mean moves it more.",
            "the distances from the mean add up to 0, so moving the mean a little leaves the "
            "variance as it is: nothing comes back this way.",
        )[k]

    def remarks(self, k: int | None, shapes: tuple[Shape, ...]) -> tuple[str, ...]:
        """Return that the mean's share is a 0."""
        return (NO_SHARE,) if k == 1 else ()

    def forward(self, xp: Arithmetic, *inputs: Array) -> Array:
        """Return the variances."""
        centred = inputs[0] - self.spread(inputs[1])
        return self.mean(xp, centred * centred)

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Array:
        """Return 2 g (x − mean)/n; of the mean −2 g Σ (x − mean)/n."""
        x = inputs[0]
        centred = x - self.spread(inputs[1])
        if k == 0:
            return np.asarray(self.spread(xp.scale(g + g, self.count(x))) * centred)
        return np.asarray(-(g + g) * self.mean(xp, centred))

    def write(self, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return (1/n) Σ (x − mean)²."""
        at, letters = self.inside(index, len(shapes[0]))
        square = Pow(Name("x", self.of_all(at)) - Name("mean", index), TWO)
        return mul(self.part(shapes[0]), self.sum_of_all(square, letters, shapes[0]))

    def write_share(self, k: int, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return (2/n) g (x − mean), or −2 g ((1/n) Σ x − mean)."""
        if k == 0:
            own, part = self.kept(index), self.part(shapes[0], 2)
            return Mul((part, Name("g", own), Name("x", index) - Name("mean", own)))
        at, letters = self.inside(index, len(shapes[0]))
        total = self.sum_of_all(Name("x", self.of_all(at)), letters, shapes[0])
        difference = mul(self.part(shapes[0]), total) - Name("mean", index)
        return Neg(Mul((TWO, Name("g", index), difference)))


class RootMeanSquare(Averaging, frozen=True):
    """rms = √((1/n) Σ x² + ε); the share of each x is g x/(n rms)."""

    epsilon: Expr = ZERO

    name = "rms"
    operands = ("x",)

    def why(self, k: int) -> str:
        """Return why by the value itself."""
        return (
            "a large value moves a mean of squares more than a small one: by itself over how many "
            "there are. The root then divides by its own size."
        )

    def forward(self, xp: Arithmetic, *inputs: Array) -> Array:
        """Return the root of the mean of the squares."""
        mean = self.mean(xp, inputs[0] * inputs[0])
        return np.asarray(xp.elementwise(self.root(Name("v")), {"v": mean}))

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Array:
        """Return g x/(n rms)."""
        x = inputs[0]
        return np.asarray(self.spread(xp.scale(g / out, self.count(x))) * x)

    def write(self, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return √((1/n) Σ x² + ε)."""
        at, letters = self.inside(index, len(shapes[0]))
        square = Pow(Name("x", at), TWO)
        return self.root(mul(self.part(shapes[0]), self.sum(square, letters, shapes[0])))

    def write_share(self, k: int, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return g x/(n rms)."""
        own, count = self.kept(index), Number(Fraction(self.size(shapes[0])))
        product = mul(Name("g", own), Name("x", index))
        return Div(product, mul(count, Name("out", own)))

    def root(self, mean: Expr) -> Expr:
        """Return √(mean + ε)."""
        return Call("sqrt", (mean if self.epsilon == ZERO else add(mean, self.epsilon),))
