"""A gradient times a small change beside what the cost really does."""

from __future__ import annotations

import math

import pytest

from backprop_cli.api import load
from backprop_cli.expression.refs import Ref, plain_name
from backprop_cli.graph.resolving import resolve
from backprop_cli.passes.differences.delta import meaning_of
from backprop_cli.passes.run import run
from backprop_cli.problems import Refusal

from ..commands.running import CONFIGS
from .small_networks import kink_body, small, traced


def test_what_a_change_misses_is_half_the_second_derivative() -> None:
    """C = ½(wx + b − y)²: adding Δ to z changes it by δΔ + ½Δ² exactly."""
    trace = traced(small("  - {weights: [[2, -3]], bias: [1]}\n"))
    meaning = meaning_of(trace, resolve("z1[1]", trace.graph), 0.25)
    assert meaning.gradient == 2 - 6 + 1 - 0.5
    for change, by in zip(meaning.changes, (0.25, 0.025, 0.0025), strict=True):
        assert change.by == pytest.approx(by)
        assert change.foretold == pytest.approx(meaning.gradient * by)
        assert change.missed == pytest.approx(by**2 / 2, rel=1e-6)


def test_what_a_change_misses_falls_like_its_square() -> None:
    """A sigmoid neuron by hand: C(z) = ½(σ(z) − 1)² at z = 1, with x = (−1, −2)."""
    trace = run(load(CONFIGS / "sigmoid_neuron.yaml"))
    meaning = meaning_of(trace, Ref("z", 1, index=(1,)), 0.01)

    def cost(z: float) -> float:
        return 0.5 * (1 / (1 + math.exp(-z)) - 1) ** 2

    for change in meaning.changes:
        assert change.actual == pytest.approx(cost(1 + change.by) - cost(1), rel=1e-9)
    first, second, third = (change.missed for change in meaning.changes)
    assert first / second == pytest.approx(100, rel=0.05)
    assert second / third == pytest.approx(100, rel=0.01)


def test_a_batchs_change_is_of_the_samples_own_cost() -> None:
    trace = run(load(CONFIGS / "xor_batch.yaml"))
    meaning = meaning_of(trace, Ref("z", 1, sample=2, index=(1,)), 1e-4)
    assert meaning.of == Ref("cost", sample=2)
    graph = trace.graph
    assert graph.cost is not None
    assert meaning.cost == trace.values[graph.cost][1]
    assert meaning.changes[0].actual == pytest.approx(meaning.changes[0].foretold, rel=1e-3)


@pytest.mark.parametrize("name", ["W1[1,2]", "b1[1]", "a1[1]", "x[1]"])
def test_anything_with_a_gradient_can_be_changed(name: str) -> None:
    text = small(
        "  - {activation: tanh, weights: [[0.4, -0.3]], bias: [0.2]}\n"
        "  - {weights: [[0.7]], bias: [0]}\n"
    )
    trace = traced(text)
    meaning = meaning_of(trace, resolve(name, trace.graph), 1e-5)
    assert meaning.changes[0].actual == pytest.approx(meaning.changes[0].foretold, rel=1e-4)


def test_a_graphs_node_can_be_changed() -> None:
    """o = (a + b)·ab/2 at a = 2, b = 3: ∂o/∂c = 3, and o is linear in c."""
    trace = run(load(CONFIGS / "diamond.yaml"))
    meaning = meaning_of(trace, Ref("c"), 0.5)
    assert meaning.gradient == 3
    assert meaning.changes[0].actual == pytest.approx(1.5)
    assert abs(meaning.changes[0].missed) <= meaning.rounding


def test_a_kink_on_the_way_is_told() -> None:
    trace = traced(small(kink_body("relu", "[[1, -0.6]]")))
    meaning = meaning_of(trace, resolve("z1[1]", trace.graph), 0.5)
    assert [plain_name(kink.ref) for kink in meaning.kinks] == ["z1[1]"]
    assert meaning.kinks[0].distance == pytest.approx(-0.2)
    still = meaning_of(trace, resolve("z1[1]", trace.graph), -0.5)
    assert still.kinks == ()


def test_a_change_that_overflows_is_refused() -> None:
    text = small('  - {activation: {expression: "exp(z)"}, weights: [[1, 1]], bias: [0]}\n')
    trace = traced(text)
    with pytest.raises(Refusal, match="--delta 1000"):
        meaning_of(trace, resolve("z1[1]", trace.graph), 1000)
