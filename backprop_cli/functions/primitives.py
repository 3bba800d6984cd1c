"""Primitives: the operations that a formula is made of, on scalars, vectors and matrices.

Each computes its value, gives each input's share of the gradient (before the axes of broadcasting
are summed), and writes that share for whole arrays. All run on any kind of number.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Protocol

import numpy as np
from msgspec import Struct

from ..arithmetic import Arithmetic
from ..expression.tree import (
    ZERO,
    Call,
    Cases,
    Compare,
    Derivative,
    Div,
    Expr,
    Name,
    Neg,
    Number,
    Pow,
    add,
    mul,
)
from ..expression.walking import bind, walk
from ..mathematics.elementary import ELEMENTARY
from ..mathematics.formulas import formula
from .array_formulas import Whole, is_chosen, product, times_slope
from .elementwise import Elementwise, called
from .rules import Array


class Primitive(Protocol):
    """One operation. ``gate`` is the kind that a remark is made of (addition, max)."""

    @property
    def name(self) -> str:
        """The operation's name, as a node or a message says it."""
        ...

    @property
    def gate(self) -> str:
        """Which remark of ``worked/graphs/remarks.py`` explains it, if one does."""
        ...

    def forward(self, xp: Arithmetic, *inputs: Array) -> Any:
        """Return the value."""
        ...

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Any:
        """Return input k's share of the gradient g, of the value's shape or the input's own."""
        ...

    def whole(self, k: int, g: Expr, out: Expr, inputs: tuple[Whole, ...]) -> Expr:
        """Return input k's share written for whole arrays."""
        ...


class Plus(Struct, frozen=True):
    """u + v + …; each input's share is g."""

    name = gate = "addition"

    def forward(self, xp: Arithmetic, *inputs: Array) -> Any:
        """Return the sum."""
        total = inputs[0]
        for more in inputs[1:]:
            total = total + more
        return total

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Any:
        """Return g: addition copies."""
        return g

    def whole(self, k: int, g: Expr, out: Expr, inputs: tuple[Whole, ...]) -> Expr:
        """Return g."""
        return g


class Minus(Struct, frozen=True):
    """−u; the share is −g."""

    name = gate = "negation"

    def forward(self, xp: Arithmetic, *inputs: Array) -> Any:
        """Return −u."""
        return -inputs[0]

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Any:
        """Return −g."""
        return -g

    def whole(self, k: int, g: Expr, out: Expr, inputs: tuple[Whole, ...]) -> Expr:
        """Return −g."""
        return Neg(g)


class Times(Struct, frozen=True):
    """u · v · …, entry by entry; an input's share is g times the others."""

    name = gate = "multiplication"

    def forward(self, xp: Arithmetic, *inputs: Array) -> Any:
        """Return the product."""
        total = inputs[0]
        for more in inputs[1:]:
            total = total * more
        return total

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Any:
        """Return g times the other inputs."""
        for position, other in enumerate(inputs):
            if position != k:
                g = g * other
        return g

    def whole(self, k: int, g: Expr, out: Expr, inputs: tuple[Whole, ...]) -> Expr:
        """Return g ⊙ the other inputs."""
        shape = np.broadcast_shapes(*(each.shape for each in inputs))
        others = [each for position, each in enumerate(inputs) if position != k]
        return product([Whole(g, shape), *others])


class Quotient(Struct, frozen=True):
    """u / v; shares g/v and −g u/v²."""

    name = gate = "division"

    def forward(self, xp: Arithmetic, *inputs: Array) -> Any:
        """Return u / v."""
        return xp.elementwise(formula("u/v"), {"u": inputs[0], "v": inputs[1]})

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Any:
        """Return g/v, or −g u/v², divided twice: v² may overflow where u/v² does not."""
        slope = _QUOTIENT[k] if xp.name == "symbolic" or k == 0 else _DIVIDED_TWICE
        return g * xp.elementwise(slope, {"u": inputs[0], "v": inputs[1]})

    def whole(self, k: int, g: Expr, out: Expr, inputs: tuple[Whole, ...]) -> Expr:
        """Return g ⊙ 1/v, or −g ⊙ u/v²."""
        return times_slope(g, _QUOTIENT[k], ("u", "v"), inputs)


_QUOTIENT = (formula("1/v"), Neg(formula("u/v**2")))
_DIVIDED_TWICE = Neg(formula("u/v/v"))


class Power(Struct, frozen=True):
    """uⁿ for a given number n; share g·n uⁿ⁻¹."""

    exponent: Fraction

    name = gate = "power"

    def forward(self, xp: Arithmetic, *inputs: Array) -> Any:
        """Return uⁿ."""
        return xp.elementwise(Pow(Name("u"), Number(self.exponent)), {"u": inputs[0]})

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Any:
        """Return g·n uⁿ⁻¹."""
        return g * xp.elementwise(self.slope, {"u": inputs[0]})

    def whole(self, k: int, g: Expr, out: Expr, inputs: tuple[Whole, ...]) -> Expr:
        """Return g ⊙ n uⁿ⁻¹."""
        return times_slope(g, self.slope, ("u",), inputs)

    @property
    def slope(self) -> Expr:
        """The derivative n uⁿ⁻¹, without exponents 1 and 0."""
        n, u = self.exponent, Name("u")
        if n in (0, 1):
            return Number(n)
        below = Pow(u, Number(n - 1)) if n != 2 else u
        return mul(Number(n), below) if n > 0 else Neg(mul(Number(-n), below))


class PowerOf(Struct, frozen=True):
    """uᵛ; shares g·v uᵛ⁻¹ (0 where v is 0) and g·uᵛ ln u (0 where u is 0)."""

    name = gate = "power"

    def forward(self, xp: Arithmetic, *inputs: Array) -> Any:
        """Return uᵛ."""
        return xp.elementwise(formula("u**v"), {"u": inputs[0], "v": inputs[1]})

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Any:
        """Return g·v uᵛ⁻¹, or g·uᵛ ln u."""
        names = {"u": inputs[0], "v": inputs[1], "f": out}
        return g * xp.elementwise(_POWER_OF[k] if xp.name == "symbolic" else _POWER_AT_0[k], names)

    def whole(self, k: int, g: Expr, out: Expr, inputs: tuple[Whole, ...]) -> Expr:
        """Return g ⊙ v uᵛ⁻¹, or g ⊙ uᵛ ln u."""
        return times_slope(g, bind(_POWER_OF[k], {"f": out}), ("u", "v"), inputs)


_POWER_OF = (formula("v*u**(v - 1)"), formula("f*ln(u)"))
_POWER_AT_0 = (
    Cases(((Compare("==", Name("v"), ZERO), ZERO),), _POWER_OF[0]),
    Cases(((Compare("==", Name("u"), ZERO), ZERO),), formula("f*ln(u)")),
)


class Apply(Struct, frozen=True):
    """An elementary function, entry by entry; share g times its derivative."""

    function: str

    @property
    def name(self) -> str:
        """The function's name."""
        return self.function

    @property
    def gate(self) -> str:
        """``max`` and ``min`` route, other functions scale by their slope."""
        return self.function if self.function in ("max", "min") else ""

    @property
    def kink(self) -> str:
        """The convention used where its derivative jumps, if it does."""
        return ELEMENTARY[self.function].kink

    def forward(self, xp: Arithmetic, *inputs: Array) -> Any:
        """Return f(u), or f(u, v)."""
        names = _LETTERS[: len(inputs)]
        called = Call(self.function, tuple(map(Name, names)))
        return xp.elementwise(called, dict(zip(names, inputs, strict=True)))

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Any:
        """Return g times the derivative in input k; by its formula where f(u) was rounded."""
        names = {**dict(zip(_LETTERS, (*inputs, *inputs[:1])[:2], strict=False)), "f": out}
        numpy_slope = ELEMENTARY[self.function].numpy_slope
        if numpy_slope is None or not xp.native:
            return g * xp.elementwise(self.slope(k), names)
        found, u = self.slope(k), np.asarray(inputs[0])
        rounded = out != self.forward(xp, u) if Name("f") in walk(found) else np.False_
        slope = numpy_slope(u)
        if rounded.any():
            slope = np.where(rounded, xp.elementwise(found, names), slope)
        return g * slope

    def whole(self, k: int, g: Expr, out: Expr, inputs: tuple[Whole, ...]) -> Expr:
        """Return g ⊙ f′(u)."""
        return times_slope(g, bind(self.slope(k), {"f": out}), _LETTERS, inputs)

    def slope(self, k: int) -> Expr:
        """Return the derivative's formula in input k, in ``u``, ``v`` and ``f``."""
        return formula(ELEMENTARY[self.function].derivatives[k])


_LETTERS = ("u", "v")


class Extreme(Struct, frozen=True):
    """max or min of three or more, entry by entry; ties share the gradient equally."""

    function: str

    @property
    def name(self) -> str:
        """The function's name."""
        return self.function

    @property
    def gate(self) -> str:
        """It routes."""
        return self.function

    def forward(self, xp: Arithmetic, *inputs: Array) -> Any:
        """Return the largest (smallest) of the inputs."""
        names = [f"u{i}" for i in range(len(inputs))]
        called = Call(self.function, tuple(map(Name, names)))
        return xp.elementwise(called, dict(zip(names, inputs, strict=True)))

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Any:
        """Return g·[input k is the largest]/(how many are)."""
        names = [f"u{i}" for i in range(len(inputs))]
        largest = out if xp.name == "symbolic" else self.forward(xp, *inputs)
        values = {**dict(zip(names, inputs, strict=True)), "f": largest}
        return g * xp.elementwise(self._gate(k, [Name(n) for n in names], Name("f")), values)

    def whole(self, k: int, g: Expr, out: Expr, inputs: tuple[Whole, ...]) -> Expr:
        """Return g ⊙ [input k is the largest]/(how many are)."""
        shape = np.broadcast_shapes(*(each.shape for each in inputs))
        gate = self._gate(k, [each.tree for each in inputs], out)
        return product([Whole(g, shape), Whole(gate, shape)])

    def _gate(self, k: int, inputs: Sequence[Expr], out: Expr) -> Expr:
        return Div(is_chosen(inputs[k], out), add(*(is_chosen(each, out) for each in inputs)))


class Activate(Struct, frozen=True):
    """An activation by name, entry by entry; share g·f′(u)."""

    name: str

    gate = ""

    @property
    def rule(self) -> Elementwise:
        """The activation's rule at its default settings."""
        return called(self.name)

    def forward(self, xp: Arithmetic, *inputs: Array) -> Any:
        """Return f(u); written down, it is called by its name."""
        if xp.name == "symbolic":
            return xp.elementwise(Call(self.name, (Name("z"),)), {"z": inputs[0]})
        return self.rule.forward(xp, inputs[0])

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Any:
        """Return g·f′(u)."""
        if xp.name == "symbolic":
            return g * xp.elementwise(self.rule.derivative, {"z": inputs[0], "a": out})
        return self.rule.share(xp, 0, g, out, inputs[0])

    def whole(self, k: int, g: Expr, out: Expr, inputs: tuple[Whole, ...]) -> Expr:
        """Return g ⊙ f′(u)."""
        slope = Derivative(self.name, inputs[0].tree)
        return product([Whole(g, inputs[0].shape), Whole(slope, inputs[0].shape)])


class Defined(Struct, frozen=True):
    """A function given by formulas in ``letters``: its value, and its derivative in each input."""

    name: str
    letters: tuple[str, ...]
    value: Expr
    slopes: tuple[Expr, ...]

    gate = ""

    def forward(self, xp: Arithmetic, *inputs: Array) -> Any:
        """Return the value; written down, the function is called by its name."""
        names = dict(zip(self.letters, inputs, strict=True))
        if xp.name == "symbolic":
            return xp.elementwise(Call(self.name, tuple(map(Name, self.letters))), names)
        return xp.elementwise(self.value, names)

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Any:
        """Return g times the derivative in input k; ``f`` in it is the value."""
        names = {**dict(zip(self.letters, inputs, strict=True)), "f": out}
        return g * xp.elementwise(self.slopes[k], names)

    def whole(self, k: int, g: Expr, out: Expr, inputs: tuple[Whole, ...]) -> Expr:
        """Return g ⊙ the derivative in input k."""
        return times_slope(g, bind(self.slopes[k], {"f": out}), self.letters, inputs)


# -- values that there are not
