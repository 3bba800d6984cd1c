"""Optimizers: one entry each, with its settings, its state and its update, PyTorch's conventions.

An update is written once, as assignments θ ← … in the order in which they are made; they are what
a worked line shows and what exact numbers run on. Beside them stands the same arithmetic in place
on numpy arrays, operation by operation in the same order, so that not a bit differs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np
from msgspec import Struct

from ..arithmetic import Arithmetic
from ..arithmetic.floating import FLOAT64
from ..expression.evaluate import evaluate
from ..expression.tree import ONE, Call, Div, Expr, Name, Number, Pow

Array = np.ndarray[Any, Any]

THETA, G, ETA, T = Name("theta"), Name("g"), Name("eta"), Name("t")
"""A parameter, its gradient (clipped, decayed), the learning rate, the number of the step."""
M, V, M_HAT, V_HAT = Name("m"), Name("v"), Name("hat m"), Name("hat v")
_MU, _RHO, _EPSILON, LAMBDA = Name("mu"), Name("rho"), Name("epsilon"), Name("lambda")
_BETA1, _BETA2 = Name("beta", (1,)), Name("beta", (2,))
_TWO = Number(Fraction(2))


class Setting(Struct, frozen=True):
    """A number that an optimizer takes: its key in the file, its letter, its default, its range."""

    name: str
    letter: Name
    default: Fraction
    doc: str
    below_one: bool = False


class Assignment(Struct, frozen=True):
    """target ← formula; what is no state and not θ is used within the step only."""

    target: Name
    formula: Expr


class Work(Struct):
    """What one step changes in place: flat arrays, two more to compute in, and the numbers."""

    theta: Array
    g: Array
    state: dict[str, Array]
    scratch: tuple[Array, Array]
    numbers: dict[Name, float]


class Optimizer(Struct, frozen=True):
    """One way to step. ``state`` names what it keeps from step to step, at first 0.

    Weight decay is added to the gradient, g + λθ, unless it is ``decoupled``.
    """

    name: str
    doc: str
    convention: str
    settings: tuple[Setting, ...]
    state: tuple[str, ...]
    assignments: tuple[Assignment, ...]
    update: Callable[[Work], None]
    decoupled: bool = False

    @property
    def counts(self) -> bool:
        """Whether the number of the step matters (bias correction)."""
        return any(a.target == M_HAT for a in self.assignments)

    def setting(self, name: str) -> Setting | None:
        """Return the setting of a name."""
        return next((s for s in self.settings if s.name == name), None)


ADDED_FIRST = "weight decay: so many times the parameter is added to its gradient, before all else"


def decay(default: str = "0") -> Setting:
    """Return the setting of weight decay, which a rule has no letter of where it is 0."""
    added = "weight decay" if Fraction(default) else ADDED_FIRST
    return Setting("weight_decay", LAMBDA, Fraction(default), added)


def _constant(
    name: str, letter: Name, default: str, doc: str, *, below_one: bool = True
) -> Setting:
    return Setting(name, letter, Fraction(default), doc, below_one)


_EPSILON_SETTING = _constant(
    "epsilon", _EPSILON, "1e-8", "keeps the denominator from 0", below_one=False
)
_BETAS = (
    _constant("beta1", _BETA1, "0.9", "how much of m is kept"),
    _constant("beta2", _BETA2, "0.999", "how much of v is kept"),
    _EPSILON_SETTING,
)


def _sgd(w: Work) -> None:
    first, _ = w.scratch
    np.multiply(w.g, w.numbers[ETA], out=first)
    w.theta -= first


def _momentum(w: Work) -> None:
    first, _ = w.scratch
    v = w.state["v"]
    v *= w.numbers[_MU]
    v += w.g
    np.multiply(v, w.numbers[ETA], out=first)
    w.theta -= first


def _nesterov(w: Work) -> None:
    first, _ = w.scratch
    v = w.state["v"]
    v *= w.numbers[_MU]
    v += w.g
    np.multiply(v, w.numbers[_MU], out=first)
    first += w.g
    first *= w.numbers[ETA]
    w.theta -= first


def _keep_square(w: Work, kept: float) -> None:
    """Make v ← βv + (1 − β)g²."""
    first, _ = w.scratch
    v = w.state["v"]
    v *= kept
    np.multiply(w.g, w.g, out=first)
    first *= 1.0 - kept
    v += first


def _rmsprop(w: Work) -> None:
    first, second = w.scratch
    _keep_square(w, w.numbers[_RHO])
    np.sqrt(w.state["v"], out=second)
    second += w.numbers[_EPSILON]
    np.multiply(w.g, w.numbers[ETA], out=first)
    first /= second
    w.theta -= first


def _moments(w: Work) -> Array:
    """Move m and v on; return η m̂/(√v̂ + ε)."""
    first, second = w.scratch
    numbers, m = w.numbers, w.state["m"]
    beta1, beta2, t = numbers[_BETA1], numbers[_BETA2], numbers[T]
    m *= beta1
    np.multiply(w.g, 1.0 - beta1, out=first)
    m += first
    _keep_square(w, beta2)
    np.divide(m, 1.0 - FLOAT64.power(beta1, t), out=first)
    np.divide(w.state["v"], 1.0 - FLOAT64.power(beta2, t), out=second)
    np.sqrt(second, out=second)
    second += numbers[_EPSILON]
    first *= numbers[ETA]
    first /= second
    return first


def _adam(w: Work) -> None:
    w.theta -= _moments(w)


def _adamw(w: Work) -> None:
    change = _moments(w)
    w.theta *= 1.0 - w.numbers[ETA] * w.numbers[LAMBDA]
    w.theta -= change


_VELOCITY = Assignment(V, _MU * V + G)
_SQUARES = Assignment(V, _BETA2 * V + (ONE - _BETA2) * G**_TWO)
_CORRECTED = (
    Assignment(M, _BETA1 * M + (ONE - _BETA1) * G),
    _SQUARES,
    Assignment(M_HAT, Div(M, ONE - Pow(_BETA1, T))),
    Assignment(V_HAT, Div(V, ONE - Pow(_BETA2, T))),
)
_ADAPTED = Div(ETA * M_HAT, Call("sqrt", (V_HAT,)) + _EPSILON)
_MOMENTUM = _constant("momentum", _MU, "0.9", "how much of the velocity v is kept")

_TABLE = (
    Optimizer(
        "sgd",
        "gradient descent",
        "",
        (decay(),),
        (),
        (Assignment(THETA, THETA - ETA * G),),
        _sgd,
    ),
    Optimizer(
        "momentum",
        "gradient descent with momentum",
        "the velocity v is a sum of gradients; the rate multiplies it when it is used",
        (_MOMENTUM, decay()),
        ("v",),
        (_VELOCITY, Assignment(THETA, THETA - ETA * V)),
        _momentum,
    ),
    Optimizer(
        "nesterov",
        "Nesterov's accelerated gradient",
        "the gradient is taken where the parameters are, and the velocity looks ahead",
        (_MOMENTUM, decay()),
        ("v",),
        (_VELOCITY, Assignment(THETA, THETA - ETA * (_MU * V + G))),
        _nesterov,
    ),
    Optimizer(
        "rmsprop",
        "RMSprop",
        "the small constant is added to the root, not under it",
        (_constant("alpha", _RHO, "0.99", "how much of v is kept"), _EPSILON_SETTING, decay()),
        ("v",),
        (
            Assignment(V, _RHO * V + (ONE - _RHO) * G**_TWO),
            Assignment(THETA, THETA - Div(ETA * G, Call("sqrt", (V,)) + _EPSILON)),
        ),
        _rmsprop,
    ),
    Optimizer(
        "adam",
        "Adam",
        "the small constant is added to the root of the corrected v",
        (*_BETAS, decay()),
        ("m", "v"),
        (*_CORRECTED, Assignment(THETA, THETA - _ADAPTED)),
        _adam,
    ),
    Optimizer(
        "adamw",
        "Adam with weight decay of its own",
        "every parameter, biases too, decays by the rate times λ of itself, past the gradient",
        (*_BETAS, decay("0.01")),
        ("m", "v"),
        (*_CORRECTED, Assignment(THETA, (ONE - ETA * LAMBDA) * THETA - _ADAPTED)),
        _adamw,
        True,
    ),
)
OPTIMIZERS: dict[str, Optimizer] = {entry.name: entry for entry in _TABLE}
"""Every optimizer by name."""


def assigned(
    optimizer: Optimizer,
    arithmetic: Arithmetic,
    numbers: Mapping[Name, Any],
    arrays: Mapping[Name, Array],
) -> dict[Name, Array]:
    """Return what each target becomes, by the written formulas.

    ``numbers`` has the rate, the settings and t; ``arrays`` has θ, g and the state, of one shape.
    """
    known: dict[Name, Array] = dict(arrays)
    found: dict[Name, Array] = {}
    for assignment in optimizer.assignments:
        known[assignment.target] = found[assignment.target] = entrywise(
            assignment.formula, arithmetic, numbers, known
        )
    return found


def entrywise(
    formula: Expr, arithmetic: Arithmetic, numbers: Mapping[Name, Any], arrays: Mapping[Name, Array]
) -> Array:
    """Return the formula's value on arrays of one shape, entry by entry."""
    kind: Any = arithmetic
    if arithmetic.native:
        known: dict[Any, Any] = {**numbers, **arrays}
        return arithmetic.array(evaluate(formula, known, kind))
    shape = next(iter(arrays.values())).shape
    result = np.empty(shape, dtype=object)
    for position in np.ndindex(shape):
        leaves: dict[Any, Any] = {
            **numbers,
            **{name: array[position] for name, array in arrays.items()},
        }
        result[position] = evaluate(formula, leaves, kind)
    return result
