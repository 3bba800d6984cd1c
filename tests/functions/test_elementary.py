"""Elementary functions: each derivative against sympy, autograd and differences; exact values."""

from __future__ import annotations

import itertools
import math
from typing import Any

import autograd
import autograd.numpy
import numpy as np
import pytest
import sympy

from backprop_cli.arithmetic.exact import EXACT
from backprop_cli.arithmetic.floating import FLOAT64
from backprop_cli.expression.differentiate import differentiate
from backprop_cli.expression.tree import Call, Expr, Name
from backprop_cli.mathematics.elementary import ELEMENTARY, WRITABLE, Elementary
from backprop_cli.mathematics.formulas import formula

from .in_sympy import at, called, in_sympy, symbol

each = pytest.mark.parametrize("entry", ELEMENTARY.values(), ids=list(ELEMENTARY))
POINTS = (-2.3, -0.7, 0.4, 1.9)
STEP = 1e-4


pytestmark = pytest.mark.usefixtures("quiet")


def points(entry: Elementary) -> list[tuple[float, ...]]:
    """Return the points of its domain: where its value is finite, the arguments unequal."""
    tried = itertools.permutations(POINTS, entry.arity)
    found = [point for point in tried if np.isfinite(entry.numpy(*point))]
    assert len(found) >= 2
    return found


def slope(entry: Elementary, k: int, point: tuple[float, ...]) -> float:
    """Return the table's derivative by argument k, as the float pass computes it."""
    value = np.array(entry.numpy(*point))
    names = dict(zip("uv", map(np.array, point), strict=False))
    return float(FLOAT64.elementwise(formula(entry.derivatives[k]), {**names, "f": value}))


@each
def test_derivative_is_the_central_difference(entry: Elementary) -> None:
    for point, k in itertools.product(points(entry), range(entry.arity)):

        def moved(step: float, point: tuple[float, ...] = point, k: int = k) -> float:
            shifted = [u + step * (i == k) for i, u in enumerate(point)]
            return float(entry.numpy(*shifted))

        near, far = moved(STEP) - moved(-STEP), moved(2 * STEP) - moved(-2 * STEP)
        wanted = (8 * near - far) / (12 * STEP)
        assert slope(entry, k, point) == pytest.approx(wanted, rel=1e-9, abs=1e-10)


@each
def test_derivative_is_sympys(entry: Elementary) -> None:
    symbols = [symbol(name) for name in "uv"[: entry.arity]]
    value = called(entry.name, *symbols)
    for point, k in itertools.product(points(entry), range(entry.arity)):
        numbers = dict(zip("uv", point, strict=False))
        found = in_sympy(formula(entry.derivatives[k])).xreplace({symbol("f"): value})
        wanted = sympy.diff(value, symbols[k])
        assert abs(at(found, **numbers) - at(wanted, **numbers)) < 1e-20


@each
@pytest.mark.filterwarnings("ignore:Output seems independent")
def test_derivative_is_autograds(entry: Elementary) -> None:
    function = getattr(autograd.numpy, {"ln": "log"}.get(entry.name, entry.name), None)
    if entry.arity > 1:
        function = {"max": autograd.numpy.maximum, "min": autograd.numpy.minimum}.get(entry.name)
    if function is None:
        pytest.skip("autograd has no such function")
    for point, k in itertools.product(points(entry), range(entry.arity)):
        wanted: Any = autograd.grad(function, k)(*point)
        assert slope(entry, k, point) == pytest.approx(wanted, rel=1e-13)


@each
def test_numpy_and_exact_values_agree(entry: Elementary) -> None:
    for point in points(entry):
        exact = EXACT.call(entry.name, [EXACT.number(number) for number in point])
        assert float(exact) == pytest.approx(float(entry.numpy(*point)), rel=1e-14)


@pytest.mark.parametrize("name", WRITABLE)
def test_differentiate_knows_it(name: str) -> None:
    """The derivative of a formula that names the function is the table's."""
    entry = ELEMENTARY[name]
    letters = "uv"[: entry.arity]
    tree: Expr = Call(name, tuple(map(Name, letters)))
    for point, k in itertools.product(points(entry), range(entry.arity)):
        found = differentiate(tree, Name(letters[k]))
        names = dict(zip(letters, map(np.array, point), strict=True))
        wanted = slope(entry, k, point)
        assert float(FLOAT64.elementwise(found, names)) == pytest.approx(wanted, rel=1e-13)


AT_KINKS = [
    ("abs", (0.0,), (0.0,)),
    ("sign", (0.0,), (0.0,)),
    ("max", (2.0, 2.0), (0.5, 0.5)),
    ("min", (2.0, 2.0), (0.5, 0.5)),
    ("xlogy", (0.0, 0.0), (-math.inf, 0.0)),
]
"""function, arguments, derivatives: PyTorch's (abs, sign, maximum, minimum, xlogy)."""


@pytest.mark.parametrize(("name", "point", "slopes"), AT_KINKS)
def test_at_kinks(name: str, point: tuple[float, ...], slopes: tuple[float, ...]) -> None:
    entry = ELEMENTARY[name]
    assert [slope(entry, k, point) for k in range(entry.arity)] == list(slopes)


def test_zero_wins_over_what_is_not_finite() -> None:
    """0·ln 0 = 0 and 0/0 = 0, entry by entry, in both kinds of number."""
    zero, one = np.array([0.0, 0.0, 1.0]), np.array([0.0, 2.0, math.e])
    assert ELEMENTARY["xlogy"].numpy(zero, one).tolist() == [0.0, 0.0, 1.0]
    assert ELEMENTARY["xdivy"].numpy(zero, one).tolist() == [0.0, 0.0, 1 / math.e]
    nothing = EXACT.number(0)
    assert float(EXACT.call("xlogy", [nothing, nothing])) == 0.0
    assert float(EXACT.call("xdivy", [nothing, nothing])) == 0.0


def test_largest_and_smallest_of_several() -> None:
    numbers = [np.array([1.0, 5.0]), np.array([3.0, -2.0]), np.array([2.0, 0.0])]
    assert ELEMENTARY["max"].numpy(*numbers).tolist() == [3.0, 5.0]
    assert ELEMENTARY["min"].numpy(*numbers).tolist() == [1.0, -2.0]
