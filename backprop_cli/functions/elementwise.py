"""Elementwise activations as rules: a = f(z), and g·f′(z) as the share of z."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from functools import partial
from math import inf

import numpy as np

from ..arithmetic import Arithmetic
from ..arithmetic.floating import floats
from ..expression.indices import Index
from ..expression.tree import Derivative, Expr, Hadamard, Name
from ..expression.walking import bind, walk
from ..mathematics.activations import ACTIVATIONS, ALIASES, Activation, defaults, spelled_out
from ..mathematics.formulas import Kink, settle
from .rules import Array, Rule, Shape, indexed

LEAST = {"float64": 1e-4, "float32": 0.1}
"""Down to which a slope that is taken of a itself, such as a(1 − a), keeps its digits."""


class Elementwise(Rule, frozen=True):
    """The rule of an elementwise activation with its settings: a = f(z), share g·f′(z).

    ``value`` and ``derivative`` are the entry's formulas with the settings put in; it reads its
    value where the derivative is written in a, as σ′ = a(1 − a) is.
    """

    activation: Activation
    settings: dict[str, Expr]
    bound: dict[str, float]
    value: Expr
    derivative: Expr
    reads_value: bool = False

    operands = ("z",)

    @property
    def name(self) -> str:
        """The activation's name."""
        return self.activation.name

    @property
    def letter(self) -> str:
        """The letter of an activation without a formula."""
        return self.activation.letter if self.activation.letter == self.name else ""

    @property
    def kinks(self) -> tuple[Kink, ...]:
        """Where f′ jumps."""
        return self.activation.kinks

    def why(self, k: int) -> str:
        """Return why the slope is a factor, and why it is taken at z."""
        if self.name == "identity":
            return (
                "nothing bends here: what goes on is the weighted sum itself, and so is its error."
            )
        return (
            "a small change comes out multiplied by the slope of the curve where the forward pass "
            "was. Each unit hangs on its own weighted sum only: entry by entry, and no sum."
        )

    def forward(self, xp: Arithmetic, *inputs: Array) -> Array:
        """Return f(z)."""
        numpy_value = self.activation.numpy_value
        if numpy_value is not None and xp.native:
            return numpy_value(inputs[0], **self.bound)
        return xp.elementwise(computable(xp, self.value), {"z": inputs[0]})

    def put(self, xp: Arithmetic, out: Array, *inputs: Array) -> None:
        """Put f(z) into an array."""
        form = self.activation.numpy_into
        if form is None or not xp.native:
            out[...] = self.forward(xp, *inputs)
        else:
            form(inputs[0], out=out)

    def putting(self, xp: Arithmetic, out: Array, *inputs: Array) -> Callable[[], object]:
        """Return what puts f(z) into an array."""
        form = self.activation.numpy_into
        if form is None:
            return super().putting(xp, out, *inputs)
        return partial(form, inputs[0], out)

    def putting_share(
        self, xp: Arithmetic, k: int, into: Array, g: Array, out: Array, *inputs: Array
    ) -> Callable[[], object]:
        """Return what puts g·f′(z) into an array, f′ by its form in z."""
        slope, bound, z = self.activation.numpy_derivative, self.bound, inputs[0]
        if self.activation.numpy_share_into is not None:
            return partial(self.activation.numpy_share_into, g, z, into)
        if slope is None:
            return super().putting_share(xp, k, into, g, out, *inputs)
        return lambda: np.multiply(g, slope(z, **bound), into)

    def puts(self, k: int | None) -> bool:
        """Return whether numpy has a form that does."""
        entry = self.activation
        return (entry.numpy_into if k is None else entry.numpy_share_into) is not None

    @property
    def overwrites(self) -> bool:
        """Whether f(f(z)) is f(z), and f′ the same at both."""
        return self.activation.idempotent

    def norm_bound(self, size: int, norms: Sequence[float]) -> float:
        """Return ‖z‖ where |f(z)| ≤ |z|."""
        return norms[0] if self.activation.idempotent else inf

    def share_norm_bound(self, k: int, g: float, norms: Sequence[float]) -> float:
        """Return ‖g‖ where f′ is 0 or 1."""
        return g if self.activation.idempotent else inf

    def put_share(
        self, xp: Arithmetic, k: int, into: Array, g: Array, out: Array, *inputs: Array
    ) -> None:
        """Put g·f′(z) into an array."""
        form = self.activation.numpy_share_into
        if form is None or not xp.native:
            super().put_share(xp, k, into, g, out, *inputs)
        else:
            form(g, inputs[0], out=into)

    def slope(self, xp: Arithmetic, z: Array, a: Array) -> Array:
        """Return f′(z); by its formula in ``a`` where ``a`` is not f(z) but was rounded."""
        value, slope = self.activation.numpy_value, self.activation.numpy_derivative
        if value is None or slope is None or not xp.native:
            return xp.elementwise(computable(xp, self.derivative), {"z": z, "a": a})
        if not self.reads_value:
            return slope(z, **self.bound)
        rounded = a != value(z, **self.bound)
        if not rounded.any():
            return slope(z, **self.bound)
        quick = self.activation.numpy_by_value
        if quick is not None:
            by_value = quick(a, **self.bound)
        else:
            by_value = xp.elementwise(self.derivative, {"z": z, "a": a})
        return by_value if rounded.all() else np.where(rounded, by_value, slope(z, **self.bound))

    def multiplies(self, k: int) -> bool:
        """Return that it does: g·f′(z)."""
        return True

    def multipliers(
        self, xp: Arithmetic, positions: Sequence[int], out: Array, *inputs: Array
    ) -> tuple[Array, ...]:
        """Return f′(z), by its form in the value where that keeps enough digits."""
        by_value = self.activation.numpy_by_value
        if by_value is not None and xp.native:
            slope = by_value(out)
            if slope.min() > LEAST[xp.name]:
                return (slope,)
        return (self.slope(xp, inputs[0], out),)

    def fault(self, xp: Arithmetic, *inputs: Array) -> str:
        """Return why a file's formula has no value at z, in words; nothing where it overflows."""
        from .compiling import fault

        return fault(self.value, xp, {"z": inputs[0]}) if self.name == "expression" else ""

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Array:
        """Return g·f′(z)."""
        if self.activation.name == "identity":
            return g
        return np.asarray(g * self.slope(xp, inputs[0], out))

    def write_whole(self, k: int, count: int) -> Expr:
        """Return g ⊙ f′(z)."""
        if self.name == "identity":
            return Name("g")
        return Hadamard((Name("g"), Derivative(self.name, Name("z"))))

    def write(self, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return the formula of f(z) at one entry."""
        return indexed(self.value, {"z": index})

    def write_slope(self, index: tuple[Index, ...]) -> Expr:
        """Return the formula of f′(z) at one entry, in ``z`` and ``out``."""
        renamed = bind(self.derivative, {"a": Name("out")})
        return indexed(renamed, {"z": index, "out": index})

    def write_share(self, k: int, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return g·f′(z) at one entry."""
        return Name("g", index) * self.write_slope(index)


def computable(xp: Arithmetic, tree: Expr) -> Expr:
    """Return a layer's formula as an arithmetic computes it: symbols want it spelled out."""
    return spelled_out(tree) if xp.name == "symbolic" else tree


def bound_to(entry: Activation, settings: dict[str, Expr] | None = None) -> Elementwise:
    """Return the entry's rule, defaults filled in."""
    if not settings and ACTIVATIONS.get(entry.name) is entry:
        return _usual(entry.name)
    return _bound(entry, settings or {})


@functools.cache
def _usual(name: str) -> Elementwise:
    return _bound(ACTIVATIONS[name], {})


def _bound(entry: Activation, settings: dict[str, Expr]) -> Elementwise:
    filled = defaults(entry) | settings
    value, derivative = settle(entry.value, filled), settle(entry.derivative, filled)
    reads_value = any(isinstance(node, Name) and node.id == "a" for node in walk(derivative))
    return Elementwise(entry, filled, floats(filled), value, derivative, reads_value)


@functools.cache
def called(name: str) -> Elementwise:
    """Return the rule of an activation that a formula calls by name, at its default settings."""
    return bound_to(ACTIVATIONS[ALIASES.get(name, name)])
