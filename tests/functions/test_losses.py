"""Losses: the derivative against sympy, floats in the far tails, kinks and 0·ln 0."""

from __future__ import annotations

import numpy as np
import pytest
import sympy

from backprop_cli.arithmetic.exact import EXACT
from backprop_cli.arithmetic.floating import FLOAT64
from backprop_cli.expression.tree import Expr
from backprop_cli.functions.fused import FUSED
from backprop_cli.functions.losses import LOSSES, SOFTMAX_CROSS_ENTROPY, Loss, loss_terms
from backprop_cli.functions.softmax import SOFTMAX
from backprop_cli.mathematics.activations import spelled_out

from .cases import NUMBERS, READ_AS, losses
from .in_sympy import at, in_sympy, symbol

ALL = list(losses())
each = pytest.mark.parametrize(("name", "entry", "settings"), ALL, ids=[name for name, *_ in ALL])


pytestmark = pytest.mark.usefixtures("quiet")


@each
def test_derivative_is_sympys(name: str, entry: Loss, settings: dict[str, Expr]) -> None:
    rule = loss_terms(entry, 3, settings)
    found = in_sympy(spelled_out(rule.derivative))
    wanted = sympy.diff(in_sympy(spelled_out(rule.term)), symbol("a"))
    for a, y in zip(*(array.ravel().tolist() for array in READ_AS[entry.takes]), strict=True):
        if entry.takes in ("probabilities", "distribution") and y == 0:
            continue
        assert abs(at(found, a=a, y=y) - at(wanted, a=a, y=y)) < 1e-20, (a, y)


@each
def test_floats_are_the_exact_values(name: str, entry: Loss, settings: dict[str, Expr]) -> None:
    """To 14 digits of the larger of 1 and the value, far from the target too."""
    rule = loss_terms(entry, 3, settings)
    outputs, targets = READ_AS[entry.takes]
    far = np.array([-700.0, -40.0, 40.0, 700.0])
    if entry.takes in ("probabilities", "distribution"):
        far = np.array([1e-300, 1e-12, 0.5, 1 - 2.0**-13])
    a = np.concatenate([outputs.ravel(), far, far])
    y = np.concatenate([targets.ravel(), np.repeat(targets.ravel()[:2], 4)])
    exact = EXACT.array(a), EXACT.array(y)
    found = rule.forward(FLOAT64, a, y), rule.share(FLOAT64, 0, np.ones(a.shape), a, a, y)
    ones = EXACT.array(np.ones(a.shape))
    wanted = rule.forward(EXACT, *exact), rule.share(EXACT, 0, ones, ones, *exact)
    for one, other in zip(found, wanted, strict=True):
        numbers = other.astype(float)
        off = np.abs(one - numbers) / np.maximum(1.0, np.abs(numbers))
        assert off.max() < 1e-14, (a[off.argmax()], y[off.argmax()])


AT_THE_EDGE = [
    ("absolute_error", 2.0, 2.0, 0.0, 0.0),
    ("huber", 1.0, 0.0, 0.5, 1.0),
    ("huber", -1.0, 0.0, 0.5, -1.0),
    ("hinge", 1.0, 1.0, 0.0, 0.0),
    ("hinge", -1.0, -1.0, 0.0, 0.0),
    ("binary_cross_entropy", 1.0, 1.0, 0.0, -1.0),
    ("binary_cross_entropy", 0.0, 0.0, 0.0, 1.0),
    ("cross_entropy", 0.0, 0.0, 0.0, 0.0),
    ("kl_divergence", 0.0, 0.0, 0.0, 0.0),
    ("log_cosh", 700.0, 0.0, 699.3068528194400547, 1.0),
    ("sigmoid_cross_entropy", 700.0, 0.0, 700.0, 1.0),
    ("sigmoid_cross_entropy", -700.0, 1.0, 700.0, -1.0),
]
"""loss, a, y, its term, its derivative: by hand, with 0·ln 0 = 0/0 = 0."""


@pytest.mark.parametrize(("name", "a", "y", "term", "slope"), AT_THE_EDGE)
def test_edges(name: str, a: float, y: float, term: float, slope: float) -> None:
    rule = loss_terms(LOSSES[name], 1)
    outputs, targets = np.array([[a]]), np.array([[y]])
    assert float(rule.forward(FLOAT64, outputs, targets)[0, 0]) == pytest.approx(term, abs=1e-15)
    share = rule.share(FLOAT64, 0, np.ones((1, 1)), outputs, outputs, targets)
    assert float(share[0, 0]) == pytest.approx(slope, abs=1e-15)


def test_every_table_loss_is_zero_or_least_at_its_target() -> None:
    """Each table loss has slope 0, or no loss at all, where the output is what was wanted."""
    for name, entry in LOSSES.items():
        if entry.takes != "numbers":
            continue
        rule = loss_terms(entry, 3)
        assert not rule.forward(FLOAT64, NUMBERS, NUMBERS).any(), name
        assert not rule.share(FLOAT64, 0, np.ones((2, 3)), NUMBERS, NUMBERS, NUMBERS).any(), name


@pytest.mark.parametrize("logits", [[700.0, -700.0, 3.0], [1e6, 0.0, -1e6], [0.1, 0.2, 0.3]])
def test_softmax_cross_entropy_far_out(logits: list[float]) -> None:
    """C = ln Σ exp(a) − a_k, and ∂C/∂a = softmax(a) − y, without overflow."""
    a, y = np.array([logits]), np.array([[0.0, 0.0, 1.0]])
    shifted = [logit - max(logits) for logit in logits]
    wanted = np.log(np.exp(shifted).sum()) - shifted[2]
    terms = SOFTMAX_CROSS_ENTROPY.forward(FLOAT64, a, y)
    assert terms.sum() == pytest.approx(wanted, rel=1e-14)
    share = SOFTMAX_CROSS_ENTROPY.share(FLOAT64, 0, np.ones((1, 3)), terms, a, y)
    np.testing.assert_allclose(share, SOFTMAX.forward(FLOAT64, a) - y, atol=1e-16)


@pytest.mark.parametrize(("activation", "loss"), FUSED)
def test_the_short_way_is_the_long_way(activation: str, loss: str) -> None:
    """∂C/∂z past ∂C/∂a equals the activation's share of the loss's share."""
    from backprop_cli.functions.elementwise import bound_to
    from backprop_cli.mathematics.activations import ACTIVATIONS

    rule = SOFTMAX if activation == "softmax" else bound_to(ACTIVATIONS[activation])
    terms = loss_terms(LOSSES[loss], 3)
    y, g = READ_AS[LOSSES[loss].takes][1], np.array([[1.0, 1.0, 1.0], [0.5, 2.0, -1.0]])
    a = rule.forward(FLOAT64, NUMBERS)
    long = rule.share(FLOAT64, 0, terms.share(FLOAT64, 0, g, g, a, y), a, NUMBERS)
    short = FUSED[activation, loss].share(FLOAT64, 0, g, a, NUMBERS, y)
    np.testing.assert_allclose(short, long, rtol=1e-12, atol=1e-15)
