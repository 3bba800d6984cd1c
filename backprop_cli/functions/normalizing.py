"""Normalization: x centred and divided, scaled and shifted, and the short way back."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from ..arithmetic import Arithmetic
from ..expression.indices import Index, fresh
from ..expression.tree import (
    ONE,
    ZERO,
    Call,
    Div,
    Expr,
    Hadamard,
    Mul,
    Name,
    Neg,
    Number,
    Pow,
    add,
    mul,
)
from ..expression.walking import bind
from .averaging import TWO, Averaging
from .operators import summed
from .rules import Array, Rule, Shape


class Standardize(Averaging, frozen=True):
    """xhat = (x − mean)/√(var + ε).

    Shares g/√(var + ε), −Σ g/√(var + ε), −½ Σ g (x − mean)/(var + ε)^(3/2).
    """

    epsilon: Expr = ZERO

    name = "standardize"
    operands = ("x", "mean", "var")

    def why(self, k: int) -> str:
        """Return why divided by the deviation, and why collected from all values."""
        return (
            "with the mean and the variance held, a value is only divided by the deviation, and so "
            "is its error.",
            "the mean is taken off every value alike, so it collects all their errors, with a "
            "minus.",
            "a larger variance draws every value towards 0, each by as much as it stands apart. So "
            "it collects all errors, weighed by these distances, with a minus.",
        )[k]

    def forward(self, xp: Arithmetic, *inputs: Array) -> Array:
        """Return the values, centred and scaled."""
        x, mean, var = inputs
        root = xp.elementwise(self.root(Name("v")), {"v": var})
        return np.asarray((x - self.spread(mean)) / self.spread(root))

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Array:
        """Return what x, the mean, the variance gets."""
        x, mean, var = inputs
        root = xp.elementwise(self.root(Name("v")), {"v": var})
        if k == 0:
            return np.asarray(g / self.spread(root))
        if k == 1:
            return np.asarray(-np.add.reduce(g, self.axes) / root)
        power = xp.elementwise(self._power(Name("v")), {"v": var})
        total = np.asarray(np.add.reduce(g * (x - self.spread(mean)), self.axes))
        return np.asarray(xp.scale(-total / power, 2))

    def fault(self, xp: Arithmetic, *inputs: Array) -> str:
        """Return that a variance is 0, where nothing is added to it."""
        found = np.asarray(np.real(inputs[2]), dtype=np.float64)
        return (
            "a variance is 0, and 'epsilon' too: 1e-5 keeps it defined"
            if (found == 0).any()
            else ""
        )

    def write(self, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return (x − mean)/√(var + ε)."""
        own = self.kept(index)
        difference = Name("x", index) - Name("mean", own)
        return Div(difference, self.root(Name("var", own)))

    def write_share(self, k: int, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return g/√(var + ε), −Σ g/√(var + ε), or −½ Σ g (x − mean)/(var + ε)^(3/2)."""
        if k == 0:
            return Div(Name("g", index), self.root(Name("var", self.kept(index))))
        at, letters = self.inside(index, len(shapes[0]))
        g = Name("g", self.of_all(at))
        if k == 1:
            total = self.sum_of_all(g, letters, shapes[0])
            return Neg(Div(total, self.root(Name("var", index))))
        product = g * (Name("x", self.of_all(at)) - Name("mean", index))
        total = self.sum_of_all(product, letters, shapes[0])
        return Neg(Mul((Div(ONE, TWO), Div(total, self._power(Name("var", index))))))

    def root(self, var: Expr) -> Expr:
        """Return √(var + ε)."""
        return Call("sqrt", (self._above(var),))

    def _power(self, var: Expr) -> Expr:
        return Pow(self._above(var), Div(Number(Fraction(3)), TWO))

    def _above(self, var: Expr) -> Expr:
        return var if self.epsilon == ZERO else add(var, self.epsilon)


class Divide(Averaging, frozen=True):
    """xhat = x/rms; shares g/rms, and −Σ g x/rms²."""

    name = "divide"
    operands = ("x", "rms")

    def why(self, k: int) -> str:
        """Return why divided, and why collected from all values."""
        return (
            "with the divisor held, a value is only divided by it, and so is its error.",
            "a larger divisor makes every value smaller, each by as much as it is large. So it "
            "collects all errors, weighed by the values, with a minus.",
        )[k]

    def forward(self, xp: Arithmetic, *inputs: Array) -> Array:
        """Return x/rms."""
        return np.asarray(inputs[0] / self.spread(inputs[1]))

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Array:
        """Return g/rms, or −Σ g x/rms²."""
        x, rms = inputs
        if k == 0:
            return np.asarray(g / self.spread(rms))
        return np.asarray(-np.add.reduce(g * x, self.axes) / (rms * rms))

    def fault(self, xp: Arithmetic, *inputs: Array) -> str:
        """Return that the divisor is 0, where nothing was added to the mean square."""
        found = np.asarray(np.real(inputs[1]), dtype=np.float64)
        return "a mean of squares is 0, and 'epsilon' too" if (found == 0).any() else ""

    def write(self, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return x/rms."""
        return Div(Name("x", index), Name("rms", self.kept(index)))

    def write_share(self, k: int, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return g/rms, or −Σ g x/rms²."""
        if k == 0:
            return Div(Name("g", index), Name("rms", self.kept(index)))
        at, letters = self.inside(index, len(shapes[0]))
        total = self.sum(Name("g", at) * Name("x", at), letters, shapes[0])
        return Neg(Div(total, Pow(Name("rms", index), TWO)))


class ScaleShift(Rule, frozen=True):
    """z = γ ⊙ xhat + β, a number each for a position along one axis of a sample.

    Without a scale γ is 1, without a shift β is 0.
    """

    axis: int
    scale: bool = True
    shift: bool = True

    name = "scale and shift"

    @property
    def operands(self) -> tuple[str, ...]:
        """What it reads: xhat, γ and β where there are some."""
        return ("xhat", *(("gamma",) if self.scale else ()), *(("beta",) if self.shift else ()))

    def why(self, k: int) -> str:
        """Return why stretched, and why collected from all places."""
        return {
            "xhat": "the scale stretches a change, and so it stretches the error."
            if self.scale
            else "what is only shifted hands its error on as it is.",
            "gamma": "a scale multiplies a normalized value, so it receives the error times that "
            "value, from every place that shares it.",
            "beta": "a shift is added as it is, so it collects the errors of every place that "
            "shares it.",
        }[self.operands[k]]

    def forward(self, xp: Arithmetic, *inputs: Array) -> Array:
        """Return γ ⊙ xhat + β."""
        z, *held = inputs
        if self.scale:
            z = self._along(held.pop(0), z) * z
        return np.asarray(z + self._along(held[0], z) if self.shift else z)

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Array:
        """Return g γ, Σ g xhat, or Σ g."""
        if k == 0:
            return np.asarray(self._along(inputs[1], g) * g) if self.scale else g
        each = g * inputs[0] if self.operands[k] == "gamma" else g
        others = tuple(axis for axis in range(g.ndim) if axis != self.axis + 1)
        return np.asarray(np.add.reduce(each, others))

    def _along(self, held: Array, like: Array) -> Array:
        shape = [1] * like.ndim
        shape[self.axis + 1] = -1
        return held.reshape(shape)

    def write(self, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return γ xhat + β of one entry."""
        own, z = (index[self.axis],), Name("xhat", index)
        product: Expr = Name("gamma", own) * z if self.scale else z
        return add(product, Name("beta", own)) if self.shift else product

    def write_share(self, k: int, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return g γ, Σ g xhat, or Σ g, over the other axes of a sample."""
        if k == 0:
            g = Name("g", index)
            return g * Name("gamma", (index[self.axis],)) if self.scale else g
        letters = iter(fresh("tpq"[: len(shapes[0]) - 1], index))
        at = tuple(index[0] if i == self.axis else next(letters) for i in range(len(shapes[0])))
        body: Expr = Name("g", at)
        if self.operands[k] == "gamma":
            body = body * Name("xhat", at)
        summing = [i for axis, i in enumerate(at) if axis != self.axis]
        sizes = tuple(size for axis, size in enumerate(shapes[0]) if axis != self.axis)
        return summed(body, summing, sizes)

    def write_whole(self, k: int, count: int) -> Expr | None:
        """Return g ⊙ γ of vectors; g itself where nothing multiplies it."""
        if k == 0 and self.scale:
            return Hadamard((Name("g"), Name("gamma")))
        if k and self.operands[k] == "gamma":
            return Hadamard((Name("g"), Name("xhat")))
        return Name("g")


class Straightened(Averaging, frozen=True):
    """What x gets, past mean and variance: (g − mean(g) − xhat·mean(g xhat))/√(var + ε).

    The short closed form; ``centred`` False leaves mean(g) out, as where no mean is taken off.
    ``divisor`` is the formula of what is divided by, in ``d``.
    """

    divisor: Expr = Name("d")
    centred: bool = True

    name = "closed form"
    operands = ("xhat", "d")

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Array:
        """Return the closed form."""
        xhat, d = inputs
        below = xp.elementwise(self.divisor, {"d": d})
        left = g - xhat * self.spread(self.mean(xp, g * xhat))
        if self.centred:
            left = left - self.spread(self.mean(xp, g))
        return np.asarray(left / self.spread(below))

    def write_share(self, k: int, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return the closed form of one entry; ``g`` is the gradient of xhat."""
        own = self.kept(index)
        rank = len(shapes[0])
        letters: list[Index] = list(fresh("kpq"[: len(self.over)], index))
        summing = iter(letters)
        at = tuple(next(summing) if a in self.over else index[a] for a in range(rank))
        every = ("m", *at) if self.samples > 1 else at
        part = self.part(shapes[0])

        def mean(body: Expr) -> Expr:
            inner = self.sum(body, letters, shapes[0])
            return mul(part, summed(inner, ("m",), (self.samples,)) if self.samples > 1 else inner)

        along = mean(Name("g", every) * Name("xhat", every))
        top: Expr = Name("g", index)
        if self.centred:
            top = top - mean(Name("g", every))
        top = top - Mul((Name("xhat", index), along))
        return Div(top, bind(self.divisor, {"d": Name("d", own)}))


def root_of(epsilon: Expr) -> Expr:
    """Return √(d + ε)."""
    return Standardize((), epsilon=epsilon).root(Name("d"))
