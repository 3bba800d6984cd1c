"""Operators on tensors: the affine map, merges, sums over outputs and over the batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import partial
from math import inf, sqrt

import numpy as np

from ..arithmetic import Arithmetic
from ..arithmetic.entries import matmul
from ..expression.indices import Index, fresh, plus
from ..expression.tree import (
    ONE,
    ZERO,
    BigSum,
    Call,
    Div,
    Expr,
    Hadamard,
    MatMul,
    Name,
    Number,
    Transpose,
    add,
    mul,
)
from ..expression.walking import bind
from ..mathematics.formulas import formula
from .rules import Array, NoForm, Rule, Shape, apart, in_turn, indexed, multiplying, summing

MOST_INPUTS = 99
"""How many inputs a merge may have."""
MANY = 2**12
"""Numbers from which on an array takes longer to fill than a view of one number to make."""


def filled(value: Array, shape: Shape) -> Array:
    """Return an array of the shape with the value spread over it."""
    array = np.empty(shape, dtype=value.dtype)
    array[...] = value
    return array


def summed(body: Expr, letters: Sequence[Index], sizes: Shape) -> Expr:
    """Return Σ body over each letter, the first one outermost."""
    for letter, size in reversed(list(zip(letters, sizes, strict=True))):
        body = BigSum(str(letter), size, body)
    return body


def _letters(rank: int) -> tuple[Index, ...]:
    """Return the letters of sums over every axis: the last is k, as where there is one only."""
    return tuple("kpqrst"[:rank])[::-1]


class Affine(Rule, frozen=True):
    """z_j = Σ_k w_jk x_k + b_j, rows of x being samples; W is (units, inputs).

    Of a sequence each step is such a row: leading axes go along, and the parameters add them up.
    With ``in_out`` W is (inputs, units), as in courses that write x·W. Without a bias there are
    two operands; a bias of shape () is one number shared by every unit.
    """

    in_out: bool = False

    name = "affine"
    operands = ("x", "W", "b")

    def forward(self, xp: Arithmetic, *inputs: Array) -> Array:
        """Return x Wᵀ + b."""
        x, W = inputs[0], inputs[1]
        z = matmul(x, W if self.in_out else W.T)
        if len(inputs) == 3:
            if z.dtype != object:
                z += inputs[2]
            else:
                z = z + inputs[2]
        return np.asarray(z)

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Array:
        """Return g W, gᵀ x, or g itself (the walker sums over samples)."""
        return self._sent(k, g, inputs, None)

    def _sent(self, k: int, g: Array, inputs: tuple[Array, ...], into: Array | None) -> Array:
        x, W = inputs[0], inputs[1]
        if k == 0:
            return matmul(g, W.T if self.in_out else W, into)
        if g.ndim > 2:
            g, x = g.reshape(-1, g.shape[-1]), x.reshape(-1, x.shape[-1])
        if k == 1:
            return matmul(x.T, g, into) if self.in_out else matmul(g.T, x, into)
        return np.asarray(np.add.reduce(g, 0, out=into))

    def put(self, xp: Arithmetic, out: Array, *inputs: Array) -> None:
        """Put x Wᵀ + b into an array."""
        matmul(inputs[0], inputs[1] if self.in_out else inputs[1].T, out)
        if len(inputs) == 3:
            out += inputs[2]

    def put_share(
        self, xp: Arithmetic, k: int, into: Array, g: Array, out: Array, *inputs: Array
    ) -> None:
        """Put g W, gᵀ x or Σ g into an array; of a bias that units share Σ g is folded."""
        if k == 2 and into.shape != g.shape[-1:]:
            super().put_share(xp, k, into, g, out, *inputs)
        else:
            self._sent(k, g, inputs, into)

    def putting(self, xp: Arithmetic, out: Array, *inputs: Array) -> Callable[[], object]:
        """Return what puts x Wᵀ + b into an array."""
        x, W = inputs[0], inputs[1] if self.in_out else inputs[1].T
        if len(inputs) == 2:
            return multiplying(x, W, out)
        product = apart(out)
        return in_turn(multiplying(x, W, product), partial(np.add, product, inputs[2], out))

    def putting_share(
        self, xp: Arithmetic, k: int, into: Array, g: Array, out: Array, *inputs: Array
    ) -> Callable[[], object]:
        """Return what puts g W, gᵀ x or Σ g into an array."""
        x, W = inputs[0], inputs[1]
        if k == 0:
            return multiplying(g, W.T if self.in_out else W, into)
        if g.ndim > 2 or (k == 2 and into.shape != g.shape[-1:]):
            return super().putting_share(xp, k, into, g, out, *inputs)
        if k == 2:
            return summing(g, 0, into)
        return multiplying(*((x.T, g) if self.in_out else (g.T, x)), into)

    def puts(self, k: int | None) -> bool:
        """Return that it does."""
        return True

    def norm_bound(self, size: int, norms: Sequence[float]) -> float:
        """Return ‖x‖ ‖W‖ + √size ‖b‖."""
        return norms[0] * norms[1] + sqrt(size) * sum(norms[2:])

    def share_norm_bound(self, k: int, g: float, norms: Sequence[float]) -> float:
        """Return ‖g‖ ‖W‖ for x, ‖g‖ ‖x‖ for W."""
        return g * norms[1 - k] if k < 2 else inf

    def why(self, k: int) -> str:
        """Return why Wᵀ and a sum, why an outer product, why the error itself."""
        return (
            "a change of one unit below moves every unit that reads it, each by its own weight, "
            "and what all of these do to the loss is added. The way forward adds along one side of "
            "the weight matrix, the way back along the other: that is the transpose.",
            "a weight brings one value into one weighted sum, which moves by that value. So its "
            "gradient is the error where it ends times the value where it begins; all pairs make "
            "the outer product.",
            "a bias is added as it is, so the weighted sum moves by as much and the error arrives "
            "unchanged. One that units, steps or samples share collects it from all of them.",
        )[k]

    def write_whole(self, k: int, count: int) -> Expr:
        """Return Wᵀ g, g xᵀ or g of columns; g Wᵀ, xᵀ g or g of rows."""
        W, x, g = Name("W"), Name("x"), Name("g")
        if k == 2:
            return g
        factors = (Transpose(W), g) if k == 0 else (g, Transpose(x))
        return MatMul(factors[::-1] if self.in_out else factors)

    def write_rows(self, k: int, shapes: tuple[Shape, ...]) -> Expr | None:
        """Return g W, gᵀ x or Σ_t g_t; g Wᵀ, xᵀ g of an x·W file."""
        W, x, g = Name("W"), Name("x"), Name("g")
        if k == 2:
            return BigSum("t", shapes[-1][0], Name("g", ("t",))) if shapes[2] else None
        if k == 0:
            return MatMul((g, Transpose(W) if self.in_out else W), by_step=True)
        return MatMul((Transpose(x), g) if self.in_out else (Transpose(g), x), by_step=True)

    def write(self, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return Σ_k w_jk x_k + b_j."""
        *rest, j = index
        (k,) = fresh("k", tuple(rest))
        product = Name("W", (j, k)) * Name("x", (*rest, k))
        total: Expr = BigSum(k, shapes[0][-1], product)
        if len(shapes) == 4:
            total = add(total, Name("b", (j,) if shapes[2] else ()))
        return total

    def write_share(self, k: int, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return Σ_j w_jk g_j, g_j x_k, or g_j (Σ_j g_j for a shared bias)."""
        *sizes, units = shapes[-1]
        if k == 0:
            *rest, i = index
            (letter,) = fresh("j", index)
            body = Name("W", (letter, i)) * Name("g", (*rest, letter))
            return BigSum(letter, units, body)
        steps = fresh("trq"[: len(sizes)], index)
        if k == 1:
            j, i = index
            product = Name("g", (*steps, j)) * Name("x", (*steps, i))
            return summed(product, steps, tuple(sizes))
        own = index or ("j",)
        total = summed(Name("g", (*steps, *own)), steps, tuple(sizes))
        return total if index else BigSum("j", units, total)


class Sum(Rule, frozen=True):
    """The merge z = x₁ + x₂ + …; each input's share is g."""

    name = "add"
    operands = tuple(f"x{i}" for i in range(1, MOST_INPUTS + 1))

    def forward(self, xp: Arithmetic, *inputs: Array) -> Array:
        """Return the sum of the inputs."""
        total = inputs[0] + inputs[1]
        for more in inputs[2:]:
            total = total + more
        return np.asarray(total)

    def why(self, k: int) -> str:
        """Return why."""
        return (
            "a sum moves by as much as each of its terms, so each of them receives the whole error."
        )

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Array:
        """Return g: addition copies."""
        return g

    def norm_bound(self, size: int, norms: Sequence[float]) -> float:
        """Return Σ ‖xᵢ‖."""
        return sum(norms)

    def share_norm_bound(self, k: int, g: float, norms: Sequence[float]) -> float:
        """Return ‖g‖."""
        return g

    def write_whole(self, k: int, count: int) -> Expr:
        """Return g."""
        return Name("g")

    def write_rows(self, k: int, shapes: tuple[Shape, ...]) -> Expr:
        """Return g."""
        return Name("g")

    def write(self, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return x₁_j + x₂_j + …."""
        return add(*(Name(name, index) for name in self.operands[: len(shapes) - 1]))

    def write_share(self, k: int, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return g_j."""
        return Name("g", index)


class Product(Rule, frozen=True):
    """The merge z = x₁ ⊙ x₂ ⊙ …; an input's share is g times the others."""

    name = "multiply"
    operands = Sum.operands

    def forward(self, xp: Arithmetic, *inputs: Array) -> Array:
        """Return the product of the inputs, entry by entry."""
        total = inputs[0] * inputs[1]
        for more in inputs[2:]:
            total = total * more
        return np.asarray(total)

    def why(self, k: int) -> str:
        """Return why."""
        return "a factor's change is stretched by what it is multiplied by: the other factors."

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Array:
        """Return g times the other inputs."""
        for position, other in enumerate(inputs):
            if position != k:
                g = g * other
        return np.asarray(g)

    def write_whole(self, k: int, count: int) -> Expr:
        """Return g ⊙ the other inputs."""
        others = (Name(name) for i, name in enumerate(self.operands[:count]) if i != k)
        return Hadamard((Name("g"), *others))

    def write(self, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return x₁_j x₂_j …."""
        return mul(*(Name(name, index) for name in self.operands[: len(shapes) - 1]))

    def write_share(self, k: int, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return g_j times the other inputs' entries."""
        names = self.operands[: len(shapes) - 1]
        others = (Name(name, index) for i, name in enumerate(names) if i != k)
        return mul(Name("g", index), *others)


class Concat(Rule, frozen=True):
    """The merge z = (x₁, x₂, …), end to end; an input's share is its stretch of g."""

    name = "concat"
    operands = Sum.operands

    def forward(self, xp: Arithmetic, *inputs: Array) -> Array:
        """Return the inputs end to end."""
        return np.concatenate(inputs, axis=-1)

    def why(self, k: int) -> str:
        """Return why."""
        return (
            "joining only sets values side by side, so each gets back the errors at its own places."
        )

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Array:
        """Return the stretch of g that belongs to input k."""
        start = sum(x.shape[-1] for x in inputs[:k])
        return np.asarray(g[..., start : start + inputs[k].shape[-1]])

    def write_whole(self, k: int, count: int) -> Expr:
        """Return the part of g that belongs to input k."""
        return Call("part", (Name("g"), Name(self.operands[k])))

    def write(self, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return the entry of the input that the position falls in."""
        *rest, j = index
        if not isinstance(j, int):
            raise NoForm("a concatenation has no formula for a general unit")
        for name, shape in zip(self.operands, shapes[:-1], strict=False):
            if j <= shape[-1]:
                return Name(name, (*rest, j))
            j -= shape[-1]
        raise IndexError(index)

    def write_share(self, k: int, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return g at the position that the input's entry went to."""
        *rest, j = index
        return Name("g", (*rest, plus(j, sum(shape[-1] for shape in shapes[:k]))))


class Total(Rule, frozen=True):
    """C = Σ_k term_k: a sample's cost."""

    name = "sum"
    operands = ("t",)
    steady = True

    def forward(self, xp: Arithmetic, *inputs: Array) -> Array:
        """Return each sample's sum."""
        return np.asarray(np.add.reduce(inputs[0], tuple(range(1, inputs[0].ndim))))

    def putting(self, xp: Arithmetic, out: Array, *inputs: Array) -> Callable[[], object]:
        """Return what puts each sample's sum into an array."""
        return summing(inputs[0], tuple(range(1, inputs[0].ndim)), out)

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Array:
        """Return g for every term; of many it is each sample's one number, seen often."""
        (t,) = inputs
        spread = g.reshape(-1, *(1 for _ in t.shape[1:]))
        return np.broadcast_to(spread, t.shape) if t.size > MANY else filled(spread, t.shape)

    def write(self, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return Σ_k t_k, over every axis of the output."""
        own = _letters(len(shapes[0]))
        return summed(Name("t", own), own, shapes[0])

    def write_share(self, k: int, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return 1: each term counts once in its own sample's cost."""
        return ONE


class Batch(Rule, frozen=True):
    """loss = (1/N) Σ_n C_n, or Σ_n C_n: over the batch."""

    samples: int = 1
    mean: bool = True

    name = "batch"
    operands = ("C",)
    steady = True

    def forward(self, xp: Arithmetic, *inputs: Array) -> Array:
        """Return the mean or the sum over the samples."""
        return np.asarray(xp.scale(np.asarray(np.add.reduce(inputs[0])), self._divisor))

    def putting(self, xp: Arithmetic, out: Array, *inputs: Array) -> Callable[[], object]:
        """Return what puts the mean or the sum into an array."""
        total = summing(inputs[0], 0, out)
        if self._divisor == 1:
            return total
        return in_turn(total, partial(np.divide, out, self._divisor, out))

    def why(self, k: int) -> str:
        """Return why every sample brings its part."""
        if self._divisor == 1:
            return "the loss adds up the samples, so each brings its own gradient whole."
        return (
            "the loss is the mean over the samples, so each brings 1/N of its own gradient. "
            "Without it the steps would grow with the size of the batch."
        )

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Array:
        """Return g/N (or g) for every sample."""
        return filled(xp.scale(g, self._divisor), (self.samples,))

    @property
    def _divisor(self) -> int:
        return self.samples if self.mean else 1

    def write(self, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return (1/N) Σ_n C_n; the index of C counts samples."""
        total = BigSum("n", self.samples, Name("C", ("n",)))
        return self.factor * total if self._divisor != 1 else total

    def write_share(self, k: int, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return 1/N, or 1."""
        return self.factor

    @property
    def factor(self) -> Expr:
        """The number that each sample's share is multiplied by: 1/N, or 1."""
        return Div(ONE, Number(Fraction(self.samples))) if self._divisor != 1 else ONE


class Penalty(Rule, frozen=True):
    """λ₂/2 Σ w² + λ₁ Σ |w| over a layer's weights: one array, or ``count`` of them."""

    l2: Expr
    l1: Expr
    count: int = 1

    name = "penalty"

    @property
    def operands(self) -> tuple[str, ...]:
        """W, or W1, W2, … of several."""
        return ("W",) if self.count == 1 else tuple(f"W{i}" for i in range(1, self.count + 1))

    def why(self, k: int) -> str:
        """Return why a weight's own size is in its gradient."""
        return "the penalty grows with the weight's size, so its gradient pulls towards 0."

    def forward(self, xp: Arithmetic, *inputs: Array) -> Array:
        """Return the weights' part of the regularization."""
        each = self._weighted(formula("W**2/2"), formula("abs(W)"))
        sums = [xp.elementwise(each, {"W": weights}).sum() for weights in inputs]
        return np.asarray(sum(sums[1:], sums[0]))

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Array:
        """Return g(λ₂ w + λ₁ sign w)."""
        slope = self._weighted(formula("W"), formula("sign(W)"))
        return np.asarray(g * xp.elementwise(slope, {"W": inputs[k]}))

    def write(self, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return λ₂/2 w² + λ₁ |w| of one weight of the first array."""
        return self.write_of(0, index)

    def write_of(self, k: int, index: tuple[Index, ...]) -> Expr:
        """Return λ₂/2 w² + λ₁ |w| of one weight of array k; the value adds them all up."""
        return self._entry(k, index, self._weighted(formula("W**2/2"), formula("abs(W)")))

    def write_share(self, k: int, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return λ₂ w + λ₁ sign w of one weight."""
        return self._entry(k, index, self._weighted(formula("W"), formula("sign(W)")))

    def _entry(self, k: int, index: tuple[Index, ...], each: Expr) -> Expr:
        return indexed(bind(each, {"W": Name(self.operands[k])}), {self.operands[k]: index})

    def _weighted(self, squared: Expr, absolute: Expr) -> Expr:
        used = [(self.l2, squared), (self.l1, absolute)]
        parts = [weight * part for weight, part in used if weight != ZERO]
        return add(*parts)
