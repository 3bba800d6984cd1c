"""One case for each rule: operands that fit it, away from kinks; the tables are enumerated."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
from msgspec import Struct

from backprop_cli.expression.parse import parse
from backprop_cli.expression.tokens import Grammar
from backprop_cli.expression.tree import Expr, Number
from backprop_cli.functions import operators
from backprop_cli.functions.averaging import Mean, RootMeanSquare, Variance
from backprop_cli.functions.dropping import Dropped
from backprop_cli.functions.elementwise import bound_to
from backprop_cli.functions.expressions import custom_activation, custom_loss
from backprop_cli.functions.losses import LOSSES, SOFTMAX_CROSS_ENTROPY, Loss, loss_terms
from backprop_cli.functions.normalizing import Divide, ScaleShift, Standardize
from backprop_cli.functions.rules import Rule
from backprop_cli.functions.softmax import SOFTMAX
from backprop_cli.mathematics.activations import ACTIVATIONS, ALIASES, Activation
from backprop_cli.mathematics.elementary import ELEMENTARY
from backprop_cli.mathematics.formulas import FunctionSetting

from .. import networks

Array = np.ndarray[Any, Any]
Z = np.array([[-3.6, -1.7, -0.6], [0.35, 1.4, 3.3]])
"""Pre-activations on all sides of the kinks that there are."""
NUMBERS = np.array([[-1.3, 0.4, 2.2], [0.9, -0.2, 0.6]])
TARGETS = np.array([[0.5, -0.3, 2.9], [-0.8, 0.1, 0.75]])
PROBABILITIES = np.array([[0.2, 0.7, 0.1], [0.35, 0.05, 0.6]])
READ_AS = {
    "numbers": (NUMBERS, TARGETS),
    "probabilities": (PROBABILITIES, np.array([[1.0, 0.0, 0.3], [0.0, 0.9, 1.0]])),
    "distribution": (PROBABILITIES, np.array([[0.0, 1.0, 0.0], [0.5, 0.2, 0.3]])),
    "logits": (NUMBERS, np.array([[1.0, 0.0, 0.3], [0.0, 0.9, 1.0]])),
    "signs": (NUMBERS, np.array([[1.0, -1.0, 1.0], [-1.0, 1.0, -1.0]])),
}
"""Outputs and targets by what a loss reads its outputs as."""


class Case(Struct, frozen=True):
    """A rule with operands.

    ``rows`` says of each operand, and at last of the value, whether its first axis counts samples.
    ``wanted`` are the operands that get a gradient; ``unit`` where ``write_share`` is for g = 1;
    ``summed`` where ``write`` is one entry's part of the value; ``flipped`` the operands whose
    index is written the other way round.
    """

    name: str
    rule: Rule
    inputs: tuple[Array, ...]
    rows: tuple[bool, ...]
    wanted: tuple[int, ...] = (0,)
    unit: bool = False
    summed: bool = False
    flipped: tuple[int, ...] = ()


def all_cases() -> list[Case]:
    """Return a case for every entry of every table, and for every operator."""
    return [*_activations(), *_losses(), *_operators(), *_averages(), *_normalizations()]


def other_settings(parameters: tuple[FunctionSetting, ...]) -> dict[str, Expr]:
    """Return settings that are not the defaults."""
    return {p.name: Number(Fraction(3, 5) + Fraction(p.default)) for p in parameters}


def activations() -> Iterator[tuple[str, Activation, dict[str, Expr]]]:
    """Yield each activation with its defaults, and with other settings where it has some."""
    for name, entry in ACTIVATIONS.items():
        yield name, entry, {}
        if entry.parameters:
            yield f"{name} set", entry, other_settings(entry.parameters)
    for text in networks.ACTIVATION_EXPRESSIONS:
        yield text, custom_activation(read(text)), {}


def losses() -> Iterator[tuple[str, Loss, dict[str, Expr]]]:
    """Yield each loss of the table with its defaults, and with other settings."""
    for name, entry in LOSSES.items():
        yield name, entry, {}
        if entry.parameters:
            yield f"{name} set", entry, other_settings(entry.parameters)


_FUNCTIONS = {
    **{name: (entry.arity, entry.arity) for name, entry in ELEMENTARY.items()},
    **dict.fromkeys((*ACTIVATIONS, *ALIASES), (1, 1)),
    "sum": (1, 1),
    "mean": (1, 1),
    "dot": (2, 2),
    "max": (1, 2),
    "min": (1, 2),
}


def read(text: str) -> Expr:
    """Return the tree of a formula in z, or in a and y."""
    return parse(text, Grammar(names=("z", "a", "y"), functions=_FUNCTIONS))


def loss_of(text: str, outputs: int) -> Any:
    """Return the rule of a loss formula."""
    return custom_loss(read(text), outputs, text)


def _activations() -> Iterator[Case]:
    for name, entry, settings in activations():
        yield Case(name, bound_to(entry, settings), (Z,), (True, True))
    yield Case("softmax", SOFTMAX, (Z,), (True, True))


def _losses() -> Iterator[Case]:
    rows = (True, True, True)
    for name, entry, settings in losses():
        rule = loss_terms(entry, 3, settings)
        yield Case(name, rule, READ_AS[entry.takes], rows, unit=True)
    for text in (*networks.TERM_LOSSES, *networks.JOINT_LOSSES):
        yield Case(text, loss_of(text, 3), READ_AS["numbers"], rows, unit=True)
    logits = (NUMBERS, READ_AS["distribution"][1])
    yield Case("softmax_cross_entropy", SOFTMAX_CROSS_ENTROPY, logits, rows, unit=True)


def _operators() -> Iterator[Case]:
    x, W = NUMBERS, np.array([[0.5, -1.1, 0.3], [0.8, 0.2, -0.7]])
    biases = {"": (np.array([0.4, -0.6]),), " shared": (np.array(0.25),), " none": ()}
    for layout in (False, True):
        for name, bias in biases.items():
            rule = operators.Affine(in_out=layout)
            inputs = (x, W.T.copy() if layout else W, *bias)
            rows = (True, *(False for _ in inputs[1:]), True)
            wanted = tuple(range(len(inputs)))
            flipped = (1,) if layout else ()
            title = f"affine{name}{' in_out' if layout else ''}"
            yield Case(title, rule, inputs, rows, wanted, flipped=flipped)
    several = (NUMBERS, TARGETS, Z)
    for merge in (operators.Sum(), operators.Product()):
        for count in (2, 3):
            rows, wanted = (True,) * (count + 1), tuple(range(count))
            yield Case(f"{merge.name} {count}", merge, several[:count], rows, wanted)
    uneven = (NUMBERS, TARGETS[:, :1], Z[:, 1:])
    yield Case("concat", operators.Concat(), uneven, (True,) * 4, (0, 1, 2))
    yield Case("sum", operators.Total(), (TARGETS,), (True, True), unit=True)
    costs = (np.array([0.3, 1.2, -0.5]),)
    yield Case("mean", operators.Batch(3), costs, (False, False), unit=True)
    yield Case("batch sum", operators.Batch(3, mean=False), costs, (False, False), unit=True)
    zero, some, more = (Number(Fraction(n, 10)) for n in (0, 3, 7))
    for l2, l1 in ((some, zero), (zero, more), (some, more), (zero, zero)):
        title = f"penalty l2={l2.value} l1={l1.value}"
        penalty = operators.Penalty(l2, l1)
        yield Case(title, penalty, (W,), (False, False), unit=True, summed=True)


IMAGES = np.linspace(-1.7, 2.3, 24).reshape(2, 3, 2, 2) ** 3 / 4
EPSILON = Number(Fraction(1, 50))


def _averages() -> Iterator[Case]:
    """Over the last axis, over the batch, over the batch and the places of an image."""
    for name, x, over, samples in (
        ("a row", NUMBERS, (0,), 0),
        ("a batch", NUMBERS, (), 2),
        ("images", IMAGES, (1, 2), 2),
        ("one image", IMAGES[:1], (1, 2), 1),
    ):
        alone = samples == 0
        yield Case(f"mean of {name}", Mean(over, samples), (x,), (True, alone))
        axes = tuple(axis + 1 for axis in over) + (() if alone else (0,))
        near = x.mean(axis=axes) + 0.3
        rows = (True, alone, alone)
        yield Case(f"variance of {name}", Variance(over, samples), (x, near), rows, (0, 1))
        var = x.var(axis=axes) + 0.1
        standard, each = Standardize(over, samples, EPSILON), (True, alone, alone, True)
        yield Case(f"standardize {name}", standard, (x, near, var), each, (0, 1, 2))
        if alone:
            rms = RootMeanSquare(over, 0, EPSILON)
            yield Case(f"rms of {name}", rms, (x,), (True, True))
            yield Case(f"divide {name}", Divide(over), (x, var), (True,) * 3, (0, 1))


def _normalizations() -> Iterator[Case]:
    gamma, beta = np.array([0.5, -1.2, 2.0]), np.array([0.1, 0.4, -0.3])
    held = {"scale, shift": (gamma, beta), "scale": (gamma,), "shift": (beta,), "neither": ()}
    for name, given in held.items():
        rule = ScaleShift(0, "scale" in name, "shift" in name)
        for what, x in (("rows", NUMBERS), ("images", IMAGES)):
            rows = (True, *(False for _ in given), True)
            wanted = tuple(range(len(given) + 1))
            yield Case(f"{name} of {what}", rule, (x, *given), rows, wanted)
    mask = np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]])
    dropped = Dropped(Number(Fraction(1, 5)))
    yield Case("dropout", dropped, (NUMBERS, mask), (True,) * 3, (0, 1))
