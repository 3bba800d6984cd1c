"""Every rule: shares against differences, written formulas against computed numbers, all kinds."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from backprop_cli.arithmetic import Arithmetic
from backprop_cli.arithmetic.exact import EXACT
from backprop_cli.arithmetic.floating import FLOAT64
from backprop_cli.arithmetic.symbolic import SYMBOLIC
from backprop_cli.expression.evaluate import evaluate
from backprop_cli.expression.refs import Ref
from backprop_cli.expression.tree import Expr, Name, as_expr
from backprop_cli.expression.walking import expand
from backprop_cli.functions import averaging, dropping, normalizing, operators
from backprop_cli.functions.rules import fold
from backprop_cli.mathematics.activations import spelled_out

from ..symbols import symbols
from .cases import Case, all_cases
from .cases_windows import window_cases

Array = np.ndarray[Any, Any]
CASES = [*all_cases(), *window_cases()]
each = pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
STEP = 2e-4


pytestmark = pytest.mark.usefixtures("quiet")


def gradient_of(case: Case) -> Array:
    """Return a gradient of the value to send back: ones where the formula is written for ones."""
    value = case.rule.forward(FLOAT64, *case.inputs)
    if case.unit:
        return np.ones(value.shape)
    return np.linspace(-1.3, 1.7, value.size).reshape(value.shape)


def shares(case: Case, k: int, xp: Arithmetic, inputs: tuple[Array, ...], g: Array) -> Array:
    """Return operand k's share, summed over what it was broadcast along."""
    out = case.rule.forward(xp, *inputs)
    return fold(case.rule.share(xp, k, g, out, *inputs), inputs[k].shape)


@each
def test_share_is_the_central_difference(case: Case) -> None:
    g = gradient_of(case)
    for k in case.wanted:
        found = shares(case, k, FLOAT64, case.inputs, g)
        assert found.shape == case.inputs[k].shape
        for position in np.ndindex(found.shape):

            def moved(step: float, k: int = k, position: tuple[int, ...] = position) -> float:
                inputs = [array.copy() for array in case.inputs]
                inputs[k][position] += step
                return float((g * case.rule.forward(FLOAT64, *inputs)).sum())

            near, far = moved(STEP) - moved(-STEP), moved(2 * STEP) - moved(-2 * STEP)
            assert found[position] == pytest.approx(
                (8 * near - far) / (12 * STEP), rel=1e-8, abs=1e-8
            )


def indices(
    array: Array, rows: bool, flipped: bool = False
) -> Iterator[tuple[Any, tuple[int, ...]]]:
    """Yield each position of an array, and the index (from 1) that a formula gives it."""
    for position in np.ndindex(array.shape):
        index = tuple(i + 1 for i in (position[1:] if rows else position))
        yield position, index[::-1] if flipped else index


def leaves(case: Case, sample: int, g: Array) -> dict[Expr, Any]:
    """Return one sample's numbers by the names that formulas use."""
    value = case.rule.forward(FLOAT64, *case.inputs)
    found: dict[Expr, Any] = {}
    arrays = [*zip(case.rule.operands, case.inputs, case.rows[:-1], strict=False)]
    for k, (name, array, rows) in enumerate([*arrays, ("out", value, case.rows[-1])]):
        for position, index in indices(array, rows, k in case.flipped):
            if not rows or position[0] == sample:
                found[Name(name, index)] = array[position]
            if rows:  # what sums over the samples has them first
                found[Name(name, (position[0] + 1, *index))] = array[position]
    for position, index in indices(g, case.rows[-1]):
        if case.rows[-1]:
            found[Name("g", (position[0] + 1, *index))] = g[position]
        if not case.rows[-1] or position[0] == sample:
            found[Name("g", index)] = g[position]
    return found


def shapes(case: Case) -> tuple[tuple[int, ...], ...]:
    """Return the operands' shapes and the value's, of one sample."""
    value = case.rule.forward(FLOAT64, *case.inputs)
    arrays = (*case.inputs, value)
    return tuple(a.shape[1:] if r else a.shape for a, r in zip(arrays, case.rows, strict=True))


def number(formula: Expr, names: dict[Expr, Any]) -> float:
    return float(evaluate(spelled_out(expand(formula, {})), names, FLOAT64))


@each
def test_what_is_put_is_what_is_returned_to_the_last_bit(case: Case) -> None:
    rule, inputs, g = case.rule, case.inputs, gradient_of(case)
    value = rule.forward(FLOAT64, *inputs)
    out = np.full(value.shape, np.nan)
    put = rule.putting(FLOAT64, out, *inputs)
    for _ in range(2):
        put()
        assert out.tobytes() == np.ascontiguousarray(value).tobytes()
    for k in case.wanted:
        wanted = shares(case, k, FLOAT64, inputs, g)
        for into in (np.full(wanted.shape, np.nan), np.full(wanted.shape, np.inf)):
            rule.put_share(FLOAT64, k, into, g, value, *inputs)
            assert into.tobytes() == np.ascontiguousarray(wanted).tobytes()
            into[...] = np.nan
            rule.putting_share(FLOAT64, k, into, g, value, *inputs)()
            assert into.tobytes() == np.ascontiguousarray(wanted).tobytes()
        norms = [float(np.linalg.norm(array)) for array in inputs]
        most = rule.share_norm_bound(k, float(np.linalg.norm(g)), norms)
        assert np.linalg.norm(wanted) <= most * (1 + 1e-12)
        assert np.linalg.norm(value) <= rule.norm_bound(value.size, norms) * (1 + 1e-12)


@each
def test_the_written_value_is_the_computed_one(case: Case) -> None:
    value, g = case.rule.forward(FLOAT64, *case.inputs), gradient_of(case)
    if case.summed:
        names = leaves(case, 0, g)
        parts = (case.rule.write(i, shapes(case)) for _, i in indices(case.inputs[0], False))
        assert sum(number(part, names) for part in parts) == pytest.approx(float(value), rel=1e-13)
        return
    for position, index in indices(value, case.rows[-1]):
        sample = position[0] if case.rows[-1] else 0
        written = number(case.rule.write(index, shapes(case)), leaves(case, sample, g))
        assert written == pytest.approx(value[position], rel=1e-13, abs=1e-14)


@each
def test_the_written_share_is_the_computed_one(case: Case) -> None:
    g = gradient_of(case)
    samples = len(case.inputs[0]) if case.rows[0] else 1
    for k in case.wanted:
        found = shares(case, k, FLOAT64, case.inputs, g)
        written = np.zeros(found.shape)
        once = case.rule.over_samples and not case.rows[k]
        for sample in range(1 if once else samples):
            names = leaves(case, sample, g)
            for position, index in indices(found, case.rows[k], k in case.flipped):
                if not case.rows[k] or position[0] == sample:
                    share = case.rule.write_share(k, index, shapes(case))
                    written[position] += number(share, names)
        np.testing.assert_allclose(written, found, rtol=1e-12, atol=1e-14)


@each
def test_exact_numbers_agree(case: Case) -> None:
    g = gradient_of(case)
    exact = tuple(EXACT.array(array) for array in case.inputs)
    value = case.rule.forward(FLOAT64, *case.inputs)
    found = case.rule.forward(EXACT, *exact)
    np.testing.assert_allclose(found.astype(float), value, rtol=1e-13, atol=1e-14)
    for k in case.wanted:
        share = shares(case, k, EXACT, exact, EXACT.array(g))
        wanted = shares(case, k, FLOAT64, case.inputs, g)
        np.testing.assert_allclose(share.astype(float), wanted, rtol=1e-12, atol=1e-13)


@each
def test_symbols_agree(case: Case) -> None:
    g = gradient_of(case)
    arrays = (*case.inputs, g)
    named = [symbols(Ref(f"operand{i}"), array.shape) for i, array in enumerate(arrays)]
    numbers: dict[Expr, Any] = {}
    for names, array in zip(named, arrays, strict=True):
        numbers |= dict(zip(names.ravel(), array.ravel(), strict=True))

    def at_numbers(trees: Array) -> Array:
        flat = [float(evaluate(as_expr(tree), numbers, FLOAT64)) for tree in trees.ravel()]
        return np.array(flat).reshape(trees.shape)

    inputs = tuple(named[:-1])
    value = case.rule.forward(FLOAT64, *case.inputs)
    found = case.rule.forward(SYMBOLIC, *inputs)
    np.testing.assert_allclose(at_numbers(found), value, rtol=1e-12, atol=1e-14)
    for k in case.wanted:
        share = shares(case, k, SYMBOLIC, inputs, named[-1])
        wanted = shares(case, k, FLOAT64, case.inputs, g)
        np.testing.assert_allclose(at_numbers(share), wanted, rtol=1e-12, atol=1e-13)


def test_every_operator_has_a_case() -> None:
    tested = {type(case.rule) for case in CASES}
    for module in (operators, averaging, normalizing, dropping):
        for _, found in inspect.getmembers(module, inspect.isclass):
            if found.__module__ == module.__name__ and found not in NO_CASE:
                assert found in tested, found


NO_CASE = (averaging.Averaging, normalizing.Straightened)
"""What has no value of its own: its sum over paths is compared in ``tests/layers``."""
