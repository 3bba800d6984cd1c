"""Entrywise: sums of products taken entry by entry: c = f ⊙ c + i ⊙ g, h = o ⊙ tanh(c)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct

from ..arithmetic import Arithmetic
from ..expression.indices import Index
from ..expression.tree import (
    ONE,
    ZERO,
    Call,
    Cases,
    Compare,
    Derivative,
    Expr,
    Hadamard,
    Letter,
    Name,
    Neg,
    Number,
    add,
    mul,
)
from ..expression.walking import bind
from .elementwise import Elementwise
from .rules import Array, NoForm, Rule, Shape, indexed


class Factor(Struct, frozen=True):
    """One factor: an operand, 1 − it (``complement``), or a function of it (``of``)."""

    operand: str
    complement: bool = False
    of: Elementwise | None = None


class Entrywise(Rule, frozen=True):
    """out_j = Σ over products of Π of their factors' entries j."""

    operands: tuple[str, ...]
    products: tuple[tuple[Factor, ...], ...]

    @property
    def name(self) -> str:
        """``product`` of one product, else ``gated sum``."""
        return "gated product" if len(self.products) == 1 else "gated sum"

    def forward(self, xp: Arithmetic, *inputs: Array) -> Array:
        """Return the sum of the products."""
        at, total = dict(zip(self.operands, inputs, strict=True)), None
        for product in self.products:
            part = _times([_value(xp, factor, at[factor.operand]) for factor in product])
            total = part if total is None else total + part
        if total is None:
            raise NoForm("a sum of nothing")
        return np.asarray(total)

    def put(self, xp: Arithmetic, out: Array, *inputs: Array) -> None:
        """Put the sum of the products into an array."""
        at, known = dict(zip(self.operands, inputs, strict=True)), None
        for product in self.products:
            into = out if known is None else np.empty_like(out)
            total, *others = (_value(xp, factor, at[factor.operand]) for factor in product)
            for factor in others:
                total = np.multiply(total, factor, out=into)
            known = total if known is None else np.add(known, total, out=out)
        if known is not out:
            out[...] = known

    def puts(self, k: int | None) -> bool:
        """Return that the value is."""
        return k is None

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Array:
        """Return g times the other factors of each product that has the operand, and its slope."""
        return self._sent(xp, k, [g], dict(zip(self.operands, inputs, strict=True)), {})

    def multiplies(self, k: int) -> bool:
        """Return that it does: each product is taken entry by entry."""
        return True

    def multipliers(
        self, xp: Arithmetic, positions: Sequence[int], out: Array, *inputs: Array
    ) -> tuple[Array, ...]:
        """Return the other factors of each product that has the operand, times its slope."""
        at, known = dict(zip(self.operands, inputs, strict=True)), dict[int, Array]()
        found = (self._sent(xp, k, [], at, known) for k in positions)
        return tuple(f if f.shape == out.shape else np.broadcast_to(f, out.shape) for f in found)

    def _sent(
        self,
        xp: Arithmetic,
        k: int,
        first: list[Array],
        at: Mapping[str, Array],
        known: dict[int, Array],
    ) -> Array:
        """Return what input k is sent; without a gradient to begin with, its factor.

        ``known`` keeps the values of functions for other inputs.
        """

        def value(factor: Factor) -> Array:
            if factor.of is not None and id(factor) not in known:
                known[id(factor)] = factor.of.forward(xp, at[factor.operand])
            return known[id(factor)] if factor.of else _value(xp, factor, at[factor.operand])

        total = None
        for factor, others in self._of(k):
            parts = [*first, *map(value, others)]
            if factor.of is not None:
                z, a = at[factor.operand], value(factor)
                parts.append(
                    factor.of.slope(xp, z, a) if first else factor.of.multipliers(xp, (0,), a, z)[0]
                )
            back = _times(parts) if parts else xp.array(np.asarray(1))
            back = -back if factor.complement else back
            total = back if total is None else total + back
        return np.asarray(total)

    def why(self, k: int) -> str:
        """Return why."""
        return (
            "a factor's change is stretched by what it is multiplied by, entry by entry; a sum "
            "hands the error on to each of its terms as it is."
        )

    def write(self, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return the sum of the products of entries."""
        return add(*(mul(*(_written(f, index) for f in product)) for product in self.products))

    def write_share(self, k: int, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return g_j times the other factors, and the function's slope."""
        terms: list[Expr] = []
        for factor, others in self._of(k):
            factors = [Name("g", index), *(_written(other, index) for other in others)]
            if factor.of is not None:
                slope = bind(factor.of.derivative, {"a": factor.of.value})
                factors.append(
                    indexed(bind(slope, {"z": Name(factor.operand)}), {factor.operand: index})
                )
            terms.append(Neg(mul(*factors)) if factor.complement else mul(*factors))
        return add(*terms)

    def write_whole(self, k: int, count: int) -> Expr | None:
        """Return g ⊙ the other factors ⊙ the slope."""
        terms: list[Expr] = []
        for factor, others in self._of(k):
            factors: list[Expr] = [Name("g"), *(_written(other, ()) for other in others)]
            if factor.of is not None:
                factors.append(Derivative(factor.of.name, Name(factor.operand)))
            term = Hadamard(tuple(factors)) if len(factors) > 1 else factors[0]
            terms.append(Neg(term) if factor.complement else term)
        return add(*terms)

    def _of(self, k: int) -> list[tuple[Factor, list[Factor]]]:
        """Return each place of an operand: its factor, and the others of that product."""
        return [
            (factor, [other for i, other in enumerate(product) if i != position])
            for product in self.products
            for position, factor in enumerate(product)
            if factor.operand == self.operands[k]
        ]


class AtStep(Rule, frozen=True):
    """out = x_t of one step t, counted from 1: the last step's output of a sequence.

    ``steps`` has the step of each sample, where it is not the same.
    """

    step: int
    steps: tuple[int, ...] = ()

    operands = ("x",)
    name = "one step"

    def forward(self, xp: Arithmetic, *inputs: Array) -> Array:
        """Return that step."""
        return np.asarray(inputs[0][self._places(inputs[0])])

    def of_sample(self, sample: int) -> AtStep:
        """Return the rule of one sample."""
        return AtStep(self.steps[sample - 1]) if self.steps else self

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Array:
        """Return g at that step, 0 at the others."""
        back = inputs[0] * 0
        back[self._places(back)] = g
        return np.asarray(back)

    def why(self, k: int) -> str:
        """Return why."""
        return "only the last step's state is read, so the loss reaches the others through it."

    def write(self, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return x at that step."""
        return Name("x", (self.step, *index))

    def write_share(self, k: int, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return g at that step, 0 at another; of a step that is a letter, both cases."""
        back = Name("g", index[1:])
        if isinstance(index[0], int):
            return back if index[0] == self.step else ZERO
        if len(set(self.steps)) > 1:
            raise NoForm("the last step is another in each sample")
        return Cases(((Compare("==", Letter(index[0]), Number(self.step)), back),), ZERO)

    def only(self, samples: slice) -> AtStep:
        """Return the rule of some of the samples."""
        return AtStep(self.step, self.steps[samples])

    def _places(self, sequence: Array) -> tuple[Array, Array]:
        """Return which row of each sample is the step."""
        count = len(sequence)
        return np.arange(count), np.array(self.steps or (self.step,) * count) - 1


def _value(xp: Arithmetic, factor: Factor, v: Array) -> Array:
    if factor.of is not None:
        return factor.of.forward(xp, v)
    return np.asarray(1 - v) if factor.complement else v


def _times(factors: list[Array]) -> Array:
    total = factors[0]
    for factor in factors[1:]:
        total = total * factor
    return total


def _written(factor: Factor, index: tuple[Index, ...]) -> Expr:
    own = Name(factor.operand, index)
    if factor.of is not None:
        if not index:
            return Call(factor.of.name, (own,))
        return indexed(bind(factor.of.value, {"z": Name(factor.operand)}), {factor.operand: index})
    return add(ONE, Neg(own)) if factor.complement else own
