"""Losses: the term of one output, its derivative with respect to a, both as formulas.

A sample's cost is the sum of its terms. ``a`` is the output, ``y`` the target, ``K`` the number of
outputs. ``xlogy`` and ``xdivy`` are u·ln v and u/v with 0·ln 0 = 0/0 = 0. Defaults and conventions
at kinks are PyTorch's.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from fractions import Fraction
from functools import partial

import numpy as np
from msgspec import Struct

from ..arithmetic import Arithmetic
from ..arithmetic.floating import floats
from ..expression.indices import Index, fresh
from ..expression.tree import BigSum, Call, Div, Expr, Name, Neg, Number
from ..expression.walking import walk
from ..mathematics.formulas import (
    FunctionSetting,
    Kink,
    NumpyForm,
    Piece,
    Written,
    by_cases,
    formula,
    settle,
    tree_of,
)
from . import stable_losses
from .elementwise import computable
from .rules import Array, Rule, Shape, apart, in_turn, indexed
from .softmax import COLLAPSES, SOFTMAX, less_targets


class Loss(Struct, frozen=True):
    """One loss of the table.

    ``takes`` says what the outputs are read as: ``numbers``, ``probabilities`` (each), a
    ``distribution`` (they add up to one), ``logits``, ``signs`` (targets ±1). ``numpy_into`` puts
    the term into an array.
    """

    name: str
    written: Expr | Written
    written_derivative: Expr | Written
    takes: str = "numbers"
    categorical: bool = False
    parameters: tuple[FunctionSetting, ...] = ()
    kinks: tuple[Kink, ...] = ()
    numpy_term: NumpyForm | None = None
    numpy_derivative: NumpyForm | None = None
    numpy_into: NumpyForm | None = None

    @property
    def term(self) -> Expr:
        """The formula of one output's term."""
        return tree_of(self.written)

    @property
    def derivative(self) -> Expr:
        """The formula of ∂term/∂a."""
        return tree_of(self.written_derivative)


def _plain(
    name: str,
    term: str,
    derivative: str,
    *,
    takes: str = "numbers",
    categorical: bool = False,
    kinks: tuple[Kink, ...] = (),
    numpy_term: NumpyForm | None = None,
    numpy_derivative: NumpyForm | None = None,
    numpy_into: NumpyForm | None = None,
) -> Loss:
    trees = (Written(term, ("sigmoid",)), Written(derivative, ("sigmoid",)))
    forms = (numpy_term, numpy_derivative, numpy_into)
    return Loss(name, *trees, takes, categorical, (), kinks, *forms)


NEAR = 2**14
"""How many numbers stay near the processor while more than one thing is done to them."""


def _half_square(a: Array, y: Array, out: Array | None = None) -> Array:
    if a.size <= NEAR:
        e = np.subtract(a, y)
        return np.asarray(np.multiply(0.5 * e, e, out))
    e = np.asarray(np.subtract(a, y, out))
    flat = e.ravel("K")
    for start in range(0, e.size, NEAR):
        some = flat[start : start + NEAR]
        np.multiply(some, 0.5 * some, out=some)
    return e


_HUBER = by_cases(
    "abs(a - y)",
    (Piece("<=", "delta", "1/2*(a - y)**2", "a - y"),),
    "delta*(abs(a - y) - 1/2*delta)",
    "delta*sign(a - y)",
)
_HINGE = by_cases("y*a", (Piece("<", "1", "1 - y*a", "-y"),), "0", "0")

_TABLE = (
    _plain(
        "half_squared_error",
        "1/2*(a - y)**2",
        "a - y",
        numpy_term=_half_square,
        numpy_derivative=np.subtract,
        numpy_into=_half_square,
    ),
    _plain("squared_error", "(a - y)**2", "2*(a - y)"),
    _plain(
        "mean_squared_error",
        "1/K*(a - y)**2",
        "2/K*(a - y)",
        numpy_term=stable_losses.mean_square,
        numpy_derivative=lambda a, y, K: (a - y) / (K / 2.0),
    ),
    _plain(
        "absolute_error", "abs(a - y)", "sign(a - y)", kinks=(Kink("a - y", "|e|' = 0 at e = 0"),)
    ),
    Loss("huber", *_HUBER, parameters=(FunctionSetting("delta", "1", "where the parabola ends"),)),
    _plain("log_cosh", "ln(cosh(a - y))", "tanh(a - y)"),
    _plain(
        "binary_cross_entropy",
        "-(xlogy(y, a) + xlogy(1 - y, 1 - a))",
        "-xdivy(y, a) + xdivy(1 - y, 1 - a)",
        takes="probabilities",
        numpy_term=stable_losses.binary_cross_entropy,
    ),
    _plain("cross_entropy", "-xlogy(y, a)", "-xdivy(y, a)", takes="distribution", categorical=True),
    _plain(
        "sigmoid_cross_entropy",
        "-(y*ln(sigmoid(a)) + (1 - y)*ln(1 - sigmoid(a)))",
        "sigmoid(a) - y",
        takes="logits",
        numpy_term=stable_losses.sigmoid_cross_entropy,
        numpy_derivative=stable_losses.sigmoid_cross_entropy_slope,
    ),
    Loss("hinge", *_HINGE, takes="signs", kinks=(Kink("y*a - 1", "max(0, u)' = 0 at u = 0"),)),
    _plain(
        "kl_divergence",
        "xlogy(y, xdivy(y, a))",
        "-xdivy(y, a)",
        takes="distribution",
        categorical=True,
        numpy_term=stable_losses.kl_divergence,
    ),
)
LOSSES = {entry.name: entry for entry in _TABLE}
"""The losses whose term needs its own output only; ``softmax_cross_entropy`` is a rule beside."""


BEGINS = "everything begins here: how fast the loss changes with the network's own answer."


class LossTerms(Rule, frozen=True):
    """The rule of a table loss: the terms before they are added, as the output is shaped."""

    loss: Loss
    settings: dict[str, Expr]
    term: Expr
    derivative: Expr
    bound: dict[str, float]

    operands = tuple("ay")

    @property
    def name(self) -> str:
        """The loss's name."""
        return self.loss.name

    @property
    def kinks(self) -> tuple[Kink, ...]:
        """Where ∂term/∂a jumps."""
        return self.loss.kinks

    def why(self, k: int) -> str:
        """Return where everything begins."""
        return f"{BEGINS} Each output has a term of its own, so no other output comes in."

    def forward(self, xp: Arithmetic, *inputs: Array) -> Array:
        """Return the terms."""
        if self.loss.numpy_term is not None and xp.native:
            return self.loss.numpy_term(*inputs, **self.bound)
        return xp.elementwise(computable(xp, self.term), {"a": inputs[0], "y": inputs[1]})

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Array:
        """Return g·∂term/∂a."""
        if self.loss.numpy_derivative is not None and xp.native:
            back = np.asarray(self.loss.numpy_derivative(*inputs, **self.bound))
            back *= g
            return back
        slope = xp.elementwise(computable(xp, self.derivative), {"a": inputs[0], "y": inputs[1]})
        return np.asarray(g * slope)

    def putting(self, xp: Arithmetic, out: Array, *inputs: Array) -> Callable[[], object]:
        """Return what puts the terms into an array."""
        form = self.loss.numpy_into
        return super().putting(xp, out, *inputs) if form is None else partial(form, *inputs, out)

    def putting_share(
        self, xp: Arithmetic, k: int, into: Array, g: Array, out: Array, *inputs: Array
    ) -> Callable[[], object]:
        """Return what puts g·∂term/∂a into an array."""
        slope = self.loss.numpy_derivative
        if not isinstance(slope, np.ufunc):
            return super().putting_share(xp, k, into, g, out, *inputs)
        first = apart(into)
        return in_turn(partial(slope, *inputs, first), partial(np.multiply, first, g, into))

    def fault(self, xp: Arithmetic, *inputs: Array) -> str:
        """Return why the formula has no value here, in words; nothing where it overflows."""
        from .compiling import fault

        return fault(self.term, xp, {"a": inputs[0], "y": inputs[1]})

    def write(self, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return the formula of one term."""
        return indexed(self.term, {"a": index, "y": index})

    def write_share(self, k: int, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return the formula of ∂C/∂a; the gradient of each term is 1."""
        return indexed(self.derivative, {"a": index, "y": index})


def loss_terms(entry: Loss, outputs: int, settings: dict[str, Expr] | None = None) -> LossTerms:
    """Return the entry's rule for a number of outputs, defaults filled in."""
    if not settings and LOSSES.get(entry.name) is entry:
        return _usual(entry.name, outputs)
    return _terms(entry, outputs, settings or {})


@functools.lru_cache(maxsize=64)
def _usual(name: str, outputs: int) -> LossTerms:
    return _terms(LOSSES[name], outputs, {})


def _terms(entry: Loss, outputs: int, settings: dict[str, Expr]) -> LossTerms:
    filled: dict[str, Expr] = {p.name: formula(p.default) for p in entry.parameters}
    filled |= settings
    filled["K"] = Number(Fraction(outputs))
    term, derivative = settle(entry.term, filled), settle(entry.derivative, filled)
    averaged = Name("K") in walk(entry.term)
    bound = floats({"K": filled["K"]}) if averaged else {}
    return LossTerms(entry, filled, term, derivative, bound)


class SoftmaxCrossEntropy(Rule, frozen=True):
    """The terms −y_k ln softmax(a)_k, on logits."""

    name = "softmax_cross_entropy"
    operands = tuple("ay")

    def why(self, k: int) -> str:
        """Return why softmax and logarithm collapse."""
        return COLLAPSES

    def forward(self, xp: Arithmetic, *inputs: Array) -> Array:
        """Return the terms, by way of ln Σ exp."""
        a, y = inputs
        if xp.native:
            return stable_losses.times(y, -stable_losses.log_softmax(a))
        shifted = xp.shifted(a)
        e = xp.elementwise(formula("exp(z)"), {"z": shifted})
        total = xp.elementwise(formula("ln(z)"), {"z": e.sum(axis=-1, keepdims=True)})
        return np.asarray(y * (total - shifted))

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Array:
        """Return p·Σ(g·y) − g·y, where p is the softmax of the row."""
        return less_targets(xp, SOFTMAX.forward(xp, inputs[0]), g * inputs[1])

    def write(self, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return −y_j ln(softmax(a)_j)."""
        return Neg(Name("y", index) * Call("ln", (self._softmax(index, shapes),)))

    def write_share(self, k: int, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return softmax(a)_j Σ_k y_k − y_j."""
        (*rest, _), width = index, shapes[0][-1]
        (letter,) = fresh("k", tuple(rest))
        total = BigSum(letter, width, Name("y", (*rest, letter)))
        return self._softmax(index, shapes) * total - Name("y", index)

    def _softmax(self, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        (*rest, _), width = index, shapes[0][-1]
        (i,) = fresh("i", tuple(rest))
        body = Call("exp", (Name("a", (*rest, i)),))
        return Div(Call("exp", (Name("a", index),)), BigSum(i, width, body))


SOFTMAX_CROSS_ENTROPY = SoftmaxCrossEntropy()
LOSS_NAMES = (*LOSSES, SOFTMAX_CROSS_ENTROPY.name)
CATEGORICAL = (
    *(name for name, entry in LOSSES.items() if entry.categorical),
    SOFTMAX_CROSS_ENTROPY.name,
)


def target_kind(name: str) -> str:
    """Return what a loss's targets are: what it ``takes``, a ``distribution`` under softmax's.

    Of a formula of one's own nothing is known.
    """
    if name in LOSSES:
        return LOSSES[name].takes
    return "distribution" if name == SOFTMAX_CROSS_ENTROPY.name else ""
