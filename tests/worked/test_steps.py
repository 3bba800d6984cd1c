"""Every worked step is true: its numbers give its value, its formula too, by what it says it uses.

The tree is evaluated by itself, one operation at a time, and not by the rules of the passes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backprop_cli.expression.refs import Ref, plain_name
from backprop_cli.expression.tree import Expr, Known, Name, Number, Quantity
from backprop_cli.expression.walking import walk
from backprop_cli.graph.names import is_probability
from backprop_cli.graph.resolving import resolve
from backprop_cli.passes.run import run
from backprop_cli.passes.trace import Trace
from backprop_cli.worked.document import Step

from ..commands.running import NAMES
from .quantities import every_step, example, number, random_trace, same

numbers_of_networks = st.integers(0, 10_000_000)


def largest(tree: Expr) -> float:
    """Return the largest number in a tree: what its cancellations are to be measured by."""
    return max(
        (abs(float(n.value)) for n in walk(tree) if isinstance(n, Number | Known)), default=0.0
    )


def is_worked(trace: Trace, step: Step) -> None:
    """Check one step, in its three forms."""
    value, scale = float(step.value), largest(step.substituted) ** 2
    assert not any(isinstance(n, Quantity | Name) for n in walk(step.substituted))
    for form in (step.substituted, step.formula):
        assert same(number(trace, form), value, scale), (step.id, form)
    for ref in step.uses:
        assert trace.graph.find(ref) is not None or is_probability(ref, trace.graph)
    assert set(step.uses) == {n.ref for n in walk(step.formula) if isinstance(n, Quantity)}
    assert step.id == plain_name(step.target, trace.graph.in_out)
    assert step.rule


@pytest.mark.parametrize("name", NAMES)
def test_every_step_of_the_examples(name: str) -> None:
    trace = example(name)
    steps = list(every_step(trace))
    assert len({step.id for step in steps}) == len(steps)
    for step in steps:
        is_worked(trace, step)


@settings(max_examples=40)
@given(numbers_of_networks)
def test_every_step_of_random_networks(seed: int) -> None:
    trace = random_trace(seed)
    for step in every_step(trace):
        is_worked(trace, step)


@settings(max_examples=20)
@given(numbers_of_networks)
def test_a_step_uses_only_what_is_known_before_it(seed: int) -> None:
    """Values read earlier values; gradients read values, and gradients of what comes after."""
    trace = random_trace(seed)
    graph = trace.graph
    for step in every_step(trace):
        own = graph.find(step.target)
        assert own is not None
        for ref in step.uses:
            used = graph.output if is_probability(ref, graph) else graph.find(ref)
            assert used is not None
            if not step.target.gradient:
                assert not ref.gradient
                assert used < own
            elif ref.gradient:
                assert used > own


@settings(max_examples=30)
@given(numbers_of_networks)
def test_a_steps_name_leads_back_to_it(seed: int) -> None:
    trace = random_trace(seed)
    for step in every_step(trace):
        assert resolve(step.id, trace.graph) == step.target


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("digits", [1, 2, 5])
def test_rounding_changes_numbers_but_no_formula(name: str, digits: int) -> None:
    rounded = example(name, round_forward=digits, round_backward=digits)
    for plain, step in zip(every_step(example(name)), every_step(rounded), strict=True):
        if not any(isinstance(n, Number) for n in walk(plain.formula)):
            assert step.formula == plain.formula
        value = number(rounded, step.formula)
        is_written_down = step.target.part in ("z", "a", "W", "b", "x") and (
            step.target.gradient or step.target.part in ("z", "a")
        )
        if is_written_down:
            half = 0.5 * 10.0**-digits * (1 + 1e-9) + 1e-12
            assert abs(float(step.value) - value) <= half, step.id


@pytest.mark.parametrize("name", NAMES)
def test_the_exact_steps_say_the_same_numbers(name: str) -> None:
    exact = run(example(name).graph, exact=True)
    found = {step.id: float(step.value) for step in every_step(exact)}
    for step in every_step(example(name)):
        assert same(found[step.id], float(step.value)), step.id


def by_id(trace: Trace, name: str) -> Step:
    return next(step for step in every_step(trace) if step.id == name)


def test_the_worked_weighted_sum_by_its_parts() -> None:
    step = by_id(example("mazur"), "z1[2]")
    assert [plain_name(ref) for ref in step.uses] == ["W1[2,1]", "x[1]", "W1[2,2]", "x[2]", "b1"]


def test_a_hidden_activation_gets_the_sum_over_the_units_above() -> None:
    step = by_id(example("mazur"), "da1[2]")
    names = [plain_name(ref) for ref in step.uses]
    assert names == ["W2[1,2]", "delta2[1]", "W2[2,2]", "delta2[2]"]
    assert str(step.rule) == "sum over consumers"


def test_a_weight_gets_the_outer_product() -> None:
    step = by_id(example("mazur"), "dW1[2,1]")
    assert [plain_name(ref) for ref in step.uses] == ["delta1[2]", "x[1]"]
    assert str(step.rule) == "outer product"


def test_softmax_under_cross_entropy_gets_a_minus_y() -> None:
    for unit in (1, 2, 3):
        step = by_id(example("softmax_relu"), f"delta2[{unit}]")
        a, y = (
            Quantity(Ref(part, layer, index=(unit,))) for part, layer in (("a", 2), ("y", None))
        )
        assert step.formula == a - y
        assert str(step.rule) == "shortcut"


def test_a_skip_gets_the_sum_over_its_consumers() -> None:
    names = [plain_name(ref) for ref in by_id(example("residual"), "dx[1]").uses]
    assert {"delta1[1]", "delta1[2]", "delta2[1]", "delta5[3]"} <= set(names)


def test_a_shared_bias_gets_a_contribution_a_unit_and_a_sample() -> None:
    names: list[Any] = [plain_name(r) for r in by_id(example("shared_and_regularized"), "db1").uses]
    assert sorted(names) == [f"delta1[{n},{j}]" for n in (1, 2) for j in (1, 2, 3)]


def test_a_regularized_weight_gets_its_decay() -> None:
    trace = example("shared_and_regularized")
    step = by_id(trace, "dW2[1,2]")
    assert "W2[1,2]" in [plain_name(ref) for ref in step.uses]
    delta, a1 = trace.gradients[trace.graph.layers[1].z], trace.values[trace.graph.layers[0].a]
    assert delta is not None
    wanted = float(np.mean(delta[:, 0] * a1[:, 1])) + 0.1 * -0.5
    assert float(step.value) == pytest.approx(wanted, rel=1e-12)
