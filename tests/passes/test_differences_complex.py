"""The complex step of every activation and every loss against its own slope."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from backprop_cli.arithmetic.complex import COMPLEX128, NoComplexForm
from backprop_cli.arithmetic.floating import FLOAT64
from backprop_cli.functions.elementwise import bound_to
from backprop_cli.functions.losses import loss_terms
from backprop_cli.passes.differences.gradient_check import (
    IMAGINARY,
)

from ..functions.cases import activations, losses

POINTS = np.array([-31.0, -7.3, -2.2, -0.45, 0.35, 1.6, 5.9, 28.0])


@pytest.mark.parametrize(("name", "entry", "settings"), list(activations()))
def test_an_activations_complex_step_is_its_slope(name: str, entry: Any, settings: Any) -> None:
    rule = bound_to(entry, settings)
    if name == "gelu" or "gelu(" in name:
        with pytest.raises(NoComplexForm, match="erf"):
            rule.forward(COMPLEX128, POINTS + 1j * IMAGINARY)
        return
    found = rule.forward(COMPLEX128, POINTS + 1j * IMAGINARY).imag / IMAGINARY
    wanted = rule.slope(FLOAT64, POINTS, rule.forward(FLOAT64, POINTS))
    np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize(("name", "entry", "settings"), list(losses()))
def test_a_losss_complex_step_is_its_slope(name: str, entry: Any, settings: Any) -> None:
    rule = loss_terms(entry, 3, settings)
    a = np.array([[0.2, 0.35, 0.45]])
    y = np.array([[0.1, 0.3, 0.6]]) if entry.takes != "signs" else np.array([[1.0, -1.0, 1.0]])
    moved = a + 1j * IMAGINARY
    found = rule.forward(COMPLEX128, moved, y.astype(np.complex128)).imag / IMAGINARY
    ones = np.ones_like(a)
    wanted = rule.share(FLOAT64, 0, ones, rule.forward(FLOAT64, a, y), a, y)
    np.testing.assert_allclose(found, wanted, rtol=1e-12)
