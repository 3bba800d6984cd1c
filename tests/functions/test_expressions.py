"""Activations and losses given as expressions: what they mean, ties, and what is refused."""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np
import pytest

from backprop_cli.arithmetic.exact import EXACT
from backprop_cli.arithmetic.floating import FLOAT64
from backprop_cli.functions.elementwise import bound_to
from backprop_cli.functions.expressions import ExpressionLoss, custom_activation
from backprop_cli.functions.losses import LossTerms
from backprop_cli.problems import Refusal

from .. import networks
from .cases import loss_of, read

Array = np.ndarray[Any, Any]


def cost(text: str, a: Array, y: Array) -> float:
    return float(loss_of(text, a.shape[1]).forward(FLOAT64, a, y).sum())


def slopes(text: str, a: Array, y: Array | None = None) -> list[float]:
    rule = loss_of(text, a.shape[1])
    y = np.zeros(a.shape) if y is None else y
    found: list[float] = rule.share(FLOAT64, 0, np.ones((1, 1)), a, a, y)[0].tolist()
    return found


@pytest.mark.parametrize("text", networks.TERM_LOSSES)
def test_sums_over_outputs_have_a_term_for_each(text: str) -> None:
    assert isinstance(loss_of(text, 3), LossTerms)


@pytest.mark.parametrize("text", networks.JOINT_LOSSES)
def test_other_losses_have_one_term(text: str) -> None:
    assert isinstance(loss_of(text, 3), ExpressionLoss)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("sum(sum(a))", 6.0),
        ("sum(3) + sum(a)", 9.0),
        ("mean(mean(a))", 2.0),
        ("sum(a)*sum(2)", 12.0),
        ("a @ y", 14.0),
        ("dot(sum(a), 2)", 12.0),
        ("mean(a - mean(a))", 0.0),
        ("max(a) - min(a)", 2.0),
        ("max(sum(a), 2)", 6.0),
        ("sum(max(a, 2))", 7.0),
        ("max(mean(a))", 2.0),
        ("sum(a*sum(y))/sum(y)", 6.0),
    ],
)
def test_reductions_mean_what_numpys_mean(text: str, wanted: float) -> None:
    """A reduction of one number is that number: sum(sum(a)) is sum(a)."""
    a = np.array([[1.0, 2.0, 3.0]])
    assert cost(text, a, a) == pytest.approx(wanted, abs=1e-15)


@pytest.mark.parametrize(
    ("text", "a", "wanted"),
    [
        ("max(a)", [2.0, 2.0, 2.0], [1 / 3, 1 / 3, 1 / 3]),
        ("max(a)", [2.0, 1.0, 2.0], [0.5, 0.0, 0.5]),
        ("min(a)", [2.0, 1.0, 1.0], [0.0, 0.5, 0.5]),
        ("min(a)", [0.0, 0.0, 0.0], [1 / 3, 1 / 3, 1 / 3]),
        ("max(a)", [5.0], [1.0]),
        ("sum(max(a, 2))", [1.0, 2.0, 3.0], [0.0, 0.5, 1.0]),
        ("sum(abs(a))", [-1.0, 0.0, 3.0], [-1.0, 0.0, 1.0]),
        ("sum(relu(a))", [-1.0, 0.0, 3.0], [0.0, 0.0, 1.0]),
    ],
)
def test_ties_and_kinks_are_pytorchs(text: str, a: list[float], wanted: list[float]) -> None:
    """torch.amax and torch.maximum share equally among ties; abs'(0) = relu'(0) = 0."""
    assert slopes(text, np.array([a])) == pytest.approx(wanted, rel=1e-15)
    exact = EXACT.array(np.array([a]))
    rule = loss_of(text, len(a))
    ones = EXACT.array(np.ones((1, 1)))
    found = rule.share(EXACT, 0, ones, ones, exact, EXACT.array(np.zeros((1, len(a)))))
    assert found[0].astype(float).tolist() == pytest.approx(wanted, rel=1e-15)


@pytest.mark.parametrize("text", ["(a - y)**2", "a", "max(a) + max(a, y)", "sum(a)*a"])
def test_a_loss_with_a_value_for_each_output_is_refused(text: str) -> None:
    with pytest.raises(Refusal, match="one value for each output") as caught:
        loss_of(text, 2)
    assert f"sum({text})" in str(caught.value)
    loss_of(text, 1)


def test_a_loss_that_grows_without_bound_is_refused() -> None:
    nested = "a"
    for _ in range(20):
        nested = f"(a - mean({nested}))"
    with pytest.raises(Refusal, match="too long"):
        loss_of(f"sum({nested})", 5)


def test_deep_calls_take_no_longer_than_shallow_ones() -> None:
    text = "sum(a)**2"
    for _ in range(40):
        text = f"tanh({text})"
    assert cost(text, np.array([[0.1, 0.2]]), np.zeros((1, 2))) < 0.1


def test_an_activation_has_no_vectors() -> None:
    with pytest.raises(Refusal, match="z @ z"):
        custom_activation(read("z @ z"))


@pytest.mark.parametrize(
    ("text", "z", "slope"),
    [
        ("sqrt(z**2)", -3.0, -1.0),
        ("abs(abs(z))", -3.0, -1.0),
        ("ln(exp(z))", 2.0, 1.0),
        ("sign(z)*z", -2.0, -1.0),
        ("3", 1.0, 0.0),
        ("2**(-z)", 0.0, -np.log(2)),
        ("z**z", 2.0, 4 * (np.log(2) + 1)),
        ("z**(1/3)", 8.0, 1 / 12),
        ("e**z*pi", 0.0, np.pi),
        ("sin(arctan(z))", 0.0, 1.0),
        ("max(z, z)", 2.0, 1.0),
    ],
)
def test_derivatives_that_sympy_rewrites_come_back(text: str, z: float, slope: float) -> None:
    rule, at = bound_to(custom_activation(read(text))), np.array([z])
    assert rule.slope(FLOAT64, at, rule.forward(FLOAT64, at))[0] == pytest.approx(slope, rel=1e-14)


@pytest.mark.parametrize("text", ["(-2)**z", "z/0", "ln(-1)*z"])
def test_derivatives_that_are_no_numbers_give_none(text: str) -> None:
    """They are left to the pass, which says which value is not a number."""
    rule, at = bound_to(custom_activation(read(text))), np.array([0.5])
    with np.errstate(all="ignore"), contextlib.suppress(ZeroDivisionError):
        assert not np.isfinite(rule.slope(FLOAT64, at, at)).any()
