"""Activations: the derivative against sympy and autograd, floats in the far tails, kinks."""

from __future__ import annotations

from typing import Any

import autograd
import numpy as np
import pytest
import sympy

from backprop_cli.arithmetic.exact import EXACT
from backprop_cli.arithmetic.floating import FLOAT64
from backprop_cli.expression.tree import Expr
from backprop_cli.expression.walking import bind
from backprop_cli.functions.elementwise import bound_to
from backprop_cli.functions.softmax import SOFTMAX
from backprop_cli.mathematics.activations import ACTIVATIONS, ALIASES, Activation, spelled_out

from ..passes import oracle_functions
from .cases import activations
from .in_sympy import at, in_sympy, symbol

ALL = list(activations())
each = pytest.mark.parametrize(("name", "entry", "settings"), ALL, ids=[name for name, *_ in ALL])
POINTS = ("-5.3", "-2.1", "-1.4", "-0.55", "0.2", "0.8", "1.7", "2.6", "4.9")
TAILS = (-700.0, -300.0, -60.0, -37.0, -20.0, -9.0, 9.0, 20.0, 37.0, 60.0, 300.0, 700.0)
SELU_SLOPE = 1.7580993408473766
"""scale · alpha of self-normalizing networks (Klambauer et al., 2017)."""
PYTORCH_AT_KINKS = {
    ("relu", 0.0): 0.0,
    ("leaky_relu", 0.0): 0.01,
    ("elu", 0.0): 1.0,
    ("selu", 0.0): SELU_SLOPE,
    ("softsign", 0.0): 1.0,
    ("hard_sigmoid", -3.0): 0.0,
    ("hard_sigmoid", 3.0): 0.0,
    ("hard_tanh", -1.0): 0.0,
    ("hard_tanh", 1.0): 0.0,
}
"""What PyTorch's backward gives there."""


pytestmark = pytest.mark.usefixtures("quiet")


@each
def test_derivative_is_sympys(name: str, entry: Activation, settings: dict[str, Expr]) -> None:
    rule = bound_to(entry, settings)
    value, slope = spelled_out(rule.value), spelled_out(rule.derivative)
    found = in_sympy(bind(slope, {"a": value}))
    wanted = sympy.diff(in_sympy(value), symbol("z"))
    for point in POINTS:
        assert abs(at(found, z=point) - at(wanted, z=point)) < 1e-20, point


@each
def test_floats_are_the_exact_values(
    name: str, entry: Activation, settings: dict[str, Expr]
) -> None:
    """To 14 digits of the larger of 1 and the value, where e^z nearly overflows too."""
    rule = bound_to(entry, settings)
    z = np.array([*TAILS, *map(float, POINTS), *kinks(entry)])
    a = rule.forward(FLOAT64, z)
    slope = rule.slope(FLOAT64, z, a)
    exact = EXACT.array(z)
    exact_a = rule.forward(EXACT, exact)
    for found, wanted in ((a, exact_a), (slope, rule.slope(EXACT, exact, exact_a))):
        numbers = wanted.astype(float)
        off = np.abs(found - numbers) / np.maximum(1.0, np.abs(numbers))
        assert off.max() < 1e-14, z[off.argmax()]


def kinks(entry: Activation) -> list[float]:
    return [float(kink.at) for kink in entry.kinks]


@each
def test_slope_at_a_kink_is_one_of_the_sides(
    name: str, entry: Activation, settings: dict[str, Expr]
) -> None:
    rule = bound_to(entry, settings)
    for kink in kinks(entry):
        z = np.array([kink - 1e-9, kink, kink + 1e-9])
        below, here, over = rule.slope(FLOAT64, z, rule.forward(FLOAT64, z))
        assert min(abs(here - below), abs(here - over)) < 1e-8


@pytest.mark.parametrize(("name", "kink"), PYTORCH_AT_KINKS)
def test_slope_at_a_kink_is_pytorchs(name: str, kink: float) -> None:
    rule, z = bound_to(ACTIVATIONS[name]), np.array([kink])
    slope = rule.slope(FLOAT64, z, rule.forward(FLOAT64, z))
    assert float(slope[0]) == pytest.approx(PYTORCH_AT_KINKS[name, kink], rel=1e-15)


def test_every_kink_says_the_slope_that_is_used() -> None:
    for entry in ACTIVATIONS.values():
        rule = bound_to(entry)
        for kink in entry.kinks:
            z = np.array([float(kink.at)])
            slope = float(rule.slope(FLOAT64, z, rule.forward(FLOAT64, z))[0])
            said = kink.says.split("=")[1].split(",")[0].strip()
            said = {p.name: p.default for p in entry.parameters}.get(said, said)
            assert float(said) == pytest.approx(slope, abs=5e-5)


@pytest.mark.parametrize("name", sorted({*ACTIVATIONS, *ALIASES} & {*oracle_functions.ACTIVATIONS}))
def test_derivative_is_autograds(name: str) -> None:
    rule = bound_to(ACTIVATIONS[ALIASES.get(name, name)])
    function = oracle_functions.ACTIVATIONS[name]
    z = np.array([*map(float, POINTS), *kinks(rule.activation), *(t for t in TAILS if abs(t) < 10)])
    a = rule.forward(FLOAT64, z)
    np.testing.assert_allclose(a, function(z), rtol=1e-13, atol=1e-14)
    wanted: Any = autograd.elementwise_grad(function)(z)
    np.testing.assert_allclose(rule.slope(FLOAT64, z, a), wanted, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(
    "z", [[0.0, 0.0], [1000.0, 0.0], [-1000.0, -1001.0, -900.0], [1.0], [700.0, -700.0, 3.0]]
)
def test_softmax_is_a_distribution_with_its_jacobian(z: list[float]) -> None:
    a = SOFTMAX.forward(FLOAT64, np.array([z]))[0]
    exact = SOFTMAX.forward(EXACT, EXACT.array(np.array([z])))[0]
    np.testing.assert_allclose(a, exact.astype(float), rtol=1e-14)
    assert a.sum() == pytest.approx(1.0, rel=1e-15)
    jacobian = SOFTMAX.jacobian(a)
    np.testing.assert_allclose(jacobian, np.diag(a) - np.outer(a, a), atol=1e-16)
    for row, unit in enumerate(np.eye(len(z))):
        share = SOFTMAX.share(FLOAT64, 0, unit[None], a[None], np.array([z]))
        np.testing.assert_allclose(share[0], jacobian[row], atol=1e-16)


def test_aliases_are_of_entries_and_of_nothing_else() -> None:
    assert set(ALIASES.values()) <= set(ACTIVATIONS)
    assert not set(ALIASES) & set(ACTIVATIONS)
