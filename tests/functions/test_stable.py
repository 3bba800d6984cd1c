"""No function loses digits anywhere in float64: every table against 400 digits, far out too."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from backprop_cli.arithmetic.complex import COMPLEX128, NoComplexForm
from backprop_cli.arithmetic.dual import Duals
from backprop_cli.arithmetic.floating import FLOAT64
from backprop_cli.expression.tree import Call, Derivative, Name
from backprop_cli.expression.walking import bind
from backprop_cli.functions.compiling import compiled
from backprop_cli.functions.elementwise import bound_to
from backprop_cli.functions.expressions import custom_activation
from backprop_cli.functions.fused import FUSED
from backprop_cli.functions.losses import LOSSES, SOFTMAX_CROSS_ENTROPY, loss_terms
from backprop_cli.functions.softmax import SOFTMAX
from backprop_cli.mathematics.activations import ACTIVATIONS, ALIASES, defaults, spelled_out
from backprop_cli.mathematics.elementary import ELEMENTARY, WRITABLE
from backprop_cli.mathematics.formulas import formula, settle
from backprop_cli.passes.differences.gradient_check import IMAGINARY

from .cases import read
from .in_mpmath import MP, ulps, value

SIZES = (0.0, 5e-324, 1e-300, 1e-8, 0.1, 1.0, 20.0, 26.7, 37.5, 40.0, 700.0, 745.0, 1e5, 1e300)
POINTS = tuple(dict.fromkeys(sign * size for size in SIZES for sign in (1.0, -1.0)))
FEW = 5.0
"""Units in the last place that a value may be off."""


pytestmark = pytest.mark.usefixtures("quiet")


def worst(found: Any, truths: list[Any]) -> tuple[float, int]:
    """Return the largest error in ulps, and where it is."""
    errors = [ulps(float(f), t) for f, t in zip(np.asarray(found).ravel(), truths, strict=True)]
    return max(errors), int(np.argmax(errors))


def slope_at(name: str, z: float) -> Any:
    """Return f′(z) by the table's formula, its value put in."""
    entry = ACTIVATIONS[ALIASES.get(name, name)]
    settings = defaults(entry)
    tree = bind(settle(entry.derivative, settings), {"a": settle(entry.value, settings)})
    return value(spelled_out(tree), z=z)


def value_at(name: str, z: float) -> Any:
    entry = ACTIVATIONS[ALIASES.get(name, name)]
    return value(spelled_out(settle(entry.value, defaults(entry))), z=z)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations(name: str) -> None:
    rule, z = bound_to(ACTIVATIONS[name]), np.array(POINTS)
    a = rule.forward(FLOAT64, z)
    error, at = worst(a, [value_at(name, point) for point in POINTS])
    assert error <= FEW, ("value", POINTS[at], a[at])
    slope = rule.slope(FLOAT64, z, a)
    error, at = worst(slope, [slope_at(name, point) for point in POINTS])
    assert error <= FEW, ("slope", POINTS[at], slope[at])


@pytest.mark.parametrize("name", [*ACTIVATIONS, *ALIASES])
def test_activations_that_a_formula_calls_by_name(name: str) -> None:
    """In an expression, in a line of a graph and as a derivative they are the table's."""
    z = np.array(POINTS)
    rule = bound_to(ACTIVATIONS[ALIASES.get(name, name)])
    a = rule.forward(FLOAT64, z)
    slope = rule.slope(FLOAT64, z, a)
    own = bound_to(custom_activation(read(f"{name}(z)")))
    np.testing.assert_array_equal(own.forward(FLOAT64, z), a)
    np.testing.assert_array_equal(own.slope(FLOAT64, z, a), slope)
    line, _ = compiled(Call(name, (Name("z"),)))
    np.testing.assert_array_equal(line.forward(FLOAT64, z), a)
    np.testing.assert_array_equal(line.share(FLOAT64, 0, np.ones(z.shape), a, z), slope)
    called = FLOAT64.elementwise(Derivative(name, Name("z")), {"z": z})
    np.testing.assert_array_equal(called, slope)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_other_ways_to_an_activations_slope(name: str) -> None:
    """The complex step and the dual number keep the digits too; both know its formula only."""
    rule = bound_to(ACTIVATIONS[name])
    points = [p for p in POINTS if p != 0 and abs(p) not in (1.0, 3.0) and abs(p) < 1e300]
    truths = [slope_at(name, point) for point in points]
    duals = Duals(FLOAT64)
    for point, truth in zip(points, truths, strict=True):
        seeded = duals.seeded(np.array([point]), {(0,): 1.0})
        found = duals.derivatives(rule.forward(duals, seeded))[0]
        assert found == pytest.approx(float(truth), rel=1e-12, abs=1e-300), point
        try:
            moved = rule.forward(COMPLEX128, np.array([point + 1j * IMAGINARY]))
        except NoComplexForm:
            assert name == "gelu"
            continue
        assert moved[0].imag / IMAGINARY == pytest.approx(float(truth), rel=1e-12, abs=1e-280)


def arguments(name: str) -> list[tuple[float, ...]]:
    """Return the points that a function has a value and a derivative at."""
    positive = [p for p in POINTS if p > 0]
    match name:
        case "ln" | "log" | "sqrt":
            return [(p,) for p in positive]
        case "xlogy":
            return list(itertools.product(POINTS, positive))
        case "xdivy":
            return [(u, v) for u, v in itertools.product(POINTS, POINTS) if v != 0]
        case "max" | "min":
            return list(itertools.product(POINTS, POINTS))
    return [(p,) for p in POINTS]


@pytest.mark.parametrize("name", ELEMENTARY)
def test_elementary_functions(name: str) -> None:
    entry, points = ELEMENTARY[name], arguments(name)
    letters = "uv"[: entry.arity]
    arrays = {x: np.array(column) for x, column in zip(letters, zip(*points, strict=True))}  # noqa: B905
    tree = Call(name, tuple(map(Name, letters)))
    named = [dict(zip(letters, point, strict=True)) for point in points]
    found = FLOAT64.elementwise(tree, arrays)
    error, at = worst(found, [value(tree, **point) for point in named])
    assert error <= FEW, (points[at], found[at])
    rule, _ = compiled(tree)
    for k, derivative in enumerate(entry.derivatives):
        if name not in WRITABLE:
            slope = FLOAT64.elementwise(formula(derivative), {**arrays, "f": found})
        else:
            g = np.ones(len(points))
            slope = rule.share(FLOAT64, k, g, found, *arrays.values())
        written = bind(formula(derivative), {"f": tree})
        truths = [_or_infinite(written, point) for point in named]
        error, at = worst(slope, truths)
        assert error <= FEW, (k, points[at], slope[at], truths[at])


def _or_infinite(tree: Any, point: dict[str, float]) -> Any:
    try:
        return value(tree, **point)
    except ZeroDivisionError:
        return MP.inf


NEAR_0_AND_1 = (5e-324, 1e-300, 1e-8, 0.3, 0.5, 0.9, 1 - 1e-8, 1 - 2.0**-53)
PAIRS = {
    "numbers": [(a, y) for a, y in itertools.product(POINTS, (0.0, 1.0, -0.3, 1e300)) if a != y],
    "signs": list(itertools.product(POINTS, (1.0, -1.0))),
    "logits": list(itertools.product(POINTS, (0.0, 1.0))),
    "probabilities": list(itertools.product(NEAR_0_AND_1, (0.0, 1.0, 0.3))),
    "distribution": list(itertools.product(NEAR_0_AND_1, (0.0, 1.0, 0.3))),
}


@pytest.mark.parametrize("name", LOSSES)
def test_losses(name: str) -> None:
    entry = LOSSES[name]
    rule, pairs = loss_terms(entry, 3), PAIRS[entry.takes]
    a, y = (np.array(column) for column in zip(*pairs, strict=True))
    trees = [spelled_out(tree) for tree in (rule.term, rule.derivative)]
    if name == "sigmoid_cross_entropy":
        trees[0] = formula("ln(1 + exp(a)) - y*a")
    terms = rule.forward(FLOAT64, a, y)
    share = rule.share(FLOAT64, 0, np.ones(a.shape), terms, a, y)
    for tree, found in zip(trees, (terms, share), strict=True):
        truths = [value(tree, a=one, y=other) for one, other in pairs]
        # a − y is rounded once, which the term may square and divide.
        error, at = worst(found, truths)
        assert error <= FEW, (pairs[at], found[at], MP.nstr(truths[at], 20))


GAPS = (0.0, 1e-8, 1.0, 20.0, 26.0, 31.0, 40.0, 700.0, 740.0, 744.44, 745.0)
ROWS = [[gap, 0.0] for gap in GAPS] + [[-gap, 0.0, 0.5] for gap in GAPS]
FARTHEST = [[1e308, 0.0], [-1e308, 0.0], [1e308, -1e308]]


def targets(row: list[float]) -> Iterator[np.ndarray[Any, Any]]:
    yield from np.eye(len(row))
    if row not in FARTHEST:
        yield np.array([0.25, 0.75, 0.0][: len(row)])


def softmax_of(row: list[float]) -> list[Any]:
    powers = [MP.exp(MP.mpf(z)) for z in row]
    return [p / MP.fsum(powers) for p in powers]


@pytest.mark.parametrize("row", [*ROWS, *FARTHEST], ids=str)
def test_softmax_and_the_losses_after_it(row: list[float]) -> None:
    """C = −Σ y ln p, and p Σy − y, of logits; of p itself as far as p is above 0."""
    z, exact = np.array([row]), softmax_of(row)
    a = SOFTMAX.forward(FLOAT64, z)
    assert worst(a, exact)[0] <= 400, "z less the largest is rounded once, which exp multiplies"
    for y in targets(row):
        truths = [
            MP.mpf(t) * (MP.log(MP.fsum(MP.exp(MP.mpf(w) - MP.mpf(v)) for w in row)))
            if t
            else MP.zero
            for t, v in zip(y.tolist(), row, strict=True)
        ]
        errors = [
            p * MP.fsum(y.tolist()) - MP.mpf(t) for p, t in zip(exact, y.tolist(), strict=True)
        ]
        ones = np.ones(z.shape)
        terms = SOFTMAX_CROSS_ENTROPY.forward(FLOAT64, z, y[None])
        assert worst(terms, truths)[0] <= FEW
        share = SOFTMAX_CROSS_ENTROPY.share(FLOAT64, 0, ones, terms, z, y[None])
        assert worst(share, errors)[0] <= 400
        if not (a[0][y > 0] > 0).all():
            continue
        for loss in ("cross_entropy", "kl_divergence"):
            rule, short = loss_terms(LOSSES[loss], len(row)), FUSED["softmax", loss]
            own = [MP.mpf(t) * MP.log(MP.mpf(t)) if t else MP.zero for t in y.tolist()]
            wanted = truths if loss == "cross_entropy" else map(MP.fadd, truths, own)
            found = short.terms(rule.forward(FLOAT64, a, y[None]), a, z, y[None])
            for one, truth in zip(found[0], wanted, strict=True):
                assert abs(float(one) - float(truth)) <= 1e-15 * max(1.0, abs(float(truth)))
                assert loss == "kl_divergence" or ulps(float(one), truth) <= FEW
            assert worst(short.share(FLOAT64, 0, ones, a, z, y[None]), errors)[0] <= 400


@pytest.mark.parametrize("z", [*(p for p in POINTS if abs(p) <= 36), -40.0, -700.0])
def test_sigmoid_and_binary_cross_entropy(z: float) -> None:
    """By z the pair has all digits; a alone has lost those of 1 − a."""
    short, rule = (
        FUSED["sigmoid", "binary_cross_entropy"],
        loss_terms(LOSSES["binary_cross_entropy"], 1),
    )
    at, sigma = np.array([[z]]), 1 / (1 + MP.exp(-MP.mpf(z)))
    a = bound_to(ACTIVATIONS["sigmoid"]).forward(FLOAT64, at)
    for y in (0.0, 1.0, 0.3):
        target, t = np.array([[y]]), MP.mpf(y)
        long = rule.forward(FLOAT64, a, target)
        cost = -(t * MP.log(sigma) + (1 - t) * MP.log(1 - sigma))
        assert ulps(float(short.terms(long, a, at, target)[0, 0]), cost) <= FEW
        share = short.share(FLOAT64, 0, np.ones((1, 1)), a, at, target)
        assert abs(float(share[0, 0]) - float(sigma - t)) <= 4e-16 * abs(float(sigma - t)) + (
            1e-16 if y == 0.3 else 0.0
        )


def test_what_was_rounded_is_worked_with_as_it_stands() -> None:
    """a(1 − a) of a rounded a, and the loss of it: the short forms are for f(z) itself."""
    z, a = np.array([[2.0]]), np.array([[0.88]])
    assert bound_to(ACTIVATIONS["sigmoid"]).slope(FLOAT64, z, a) == pytest.approx(0.88 * 0.12)
    assert bound_to(ACTIVATIONS["tanh"]).slope(FLOAT64, z, a) == pytest.approx(1 - 0.88**2)
    line, _ = compiled(read("tanh(z)"))
    assert line.share(FLOAT64, 0, np.ones((1, 1)), a, z) == pytest.approx(1 - 0.88**2)
    y, rule = np.array([[1.0]]), loss_terms(LOSSES["binary_cross_entropy"], 1)
    long = rule.forward(FLOAT64, a, y)
    assert FUSED["sigmoid", "binary_cross_entropy"].terms(long, a, z, y) == long
    assert FUSED["sigmoid", "binary_cross_entropy"].share(
        FLOAT64, 0, np.ones((1, 1)), a, z, y
    ) == pytest.approx(-0.12)
    z, a, y = np.array([[1.0, 0.0]]), np.array([[0.7, 0.2]]), np.array([[1.0, 0.0]])
    share = FUSED["softmax", "cross_entropy"].share(FLOAT64, 0, np.ones((1, 2)), a, z, y)
    np.testing.assert_allclose(share, [[-0.3, 0.2]], rtol=1e-15)
