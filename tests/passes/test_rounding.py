"""Values written down to N decimals before they are used: half away from zero, on the decimal."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backprop_cli.api import load
from backprop_cli.arithmetic.exact import EXACT
from backprop_cli.arithmetic.rounding import round_decimals, rounded_array
from backprop_cli.expression.refs import Ref
from backprop_cli.graph.as_graph import weights_as_nodes
from backprop_cli.graph.operations import operations
from backprop_cli.passes.run import run

from ..commands.running import LAYERED, NAMES, config, printed
from ..networks import FULL, SMALL, Network, loads, network

Array = np.ndarray[Any, Any]


@pytest.mark.parametrize(
    ("value", "digits", "wanted"),
    [
        (0.285, 2, 0.29),
        (-0.285, 2, -0.29),
        (2.5e-5, 4, 0.0),
        (5e-5, 4, 1e-4),
        (-5e-5, 4, -1e-4),
        (0.125, 2, 0.13),
        (2.675, 2, 2.68),
        (0.5, 0, 1.0),
        (-2.5, 0, -3.0),
        (0.7310585786300049, 2, 0.73),
        (1e22, 3, 1e22),
        (1.7976931348623157e308, 12, 1.7976931348623157e308),
        (1234567.5, 30, 1234567.5),
        (5e-324, 4, 0.0),
        (0.1, 30, 0.1),
    ],
)
def test_half_goes_away_from_zero_on_the_shortest_decimal(
    value: float, digits: int, wanted: float
) -> None:
    found = round_decimals(value, digits)
    assert found == wanted
    assert type(found) is float


@pytest.mark.parametrize("value", [-0.0, -1e-9, -0.004])
def test_there_is_no_minus_zero(value: float) -> None:
    assert str(round_decimals(value, 2)) == "0.0"


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(0, 12))
def test_floats_round_as_their_decimals_do(value: float, digits: int) -> None:
    with localcontext() as context:
        context.prec = 700
        wanted = Decimal(repr(value)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    assert round_decimals(value, digits) == float(wanted)


@given(st.fractions(), st.integers(0, 12))
def test_fractions_round_exactly(value: Fraction, digits: int) -> None:
    found = round_decimals(value, digits)
    assert isinstance(found, Fraction)
    assert (found * 10**digits).denominator == 1
    half = Fraction(1, 2 * 10**digits)
    assert abs(found - value) <= half
    if abs(found - value) == half:
        assert abs(found) > abs(value)


def test_exact_arrays_round_to_fractions() -> None:
    root = EXACT.call("sqrt", [EXACT.number(2)])
    array = np.array([root, EXACT.number(0.285)], dtype=object)
    assert [number.value for number in rounded_array(array, 2)] == [
        Fraction(141, 100),
        Fraction(29, 100),
    ]


def on_the_grid(array: Array, digits: int) -> bool:
    return bool(np.array_equal(array, rounded_array(array, digits)))


def near(found: Array, wanted: Array, digits: int) -> bool:
    """Return whether found may be wanted, rounded; a tie may fall either way in floats."""
    slack = 0.5 * 10.0**-digits + 1e-11 * max(1.0, np.abs(wanted).max(initial=0.0))
    return bool(np.abs(found - wanted).max(initial=0.0) <= slack)


@settings(max_examples=60)
@given(st.integers(10_000, 10_000_000), st.integers(1, 6))
def test_values_are_rounded_before_they_are_used(seed: int, digits: int) -> None:
    trace = run(loads(safe(seed).text), round_forward=digits)
    for number, node in enumerate(trace.graph.nodes):
        if node.rule is None:
            continue
        inputs = [trace.values[parent] for parent in node.parents]
        computed = node.rule.forward(trace.arithmetic, *inputs)
        if node.ref.part in ("z", "a"):
            assert on_the_grid(trace.values[number], digits)
            assert np.array_equal(trace.values[number], rounded_array(computed, digits))
        else:
            assert np.array_equal(trace.values[number], computed)


@settings(max_examples=60)
@given(st.integers(10_000, 10_000_000), st.integers(1, 6))
def test_gradients_are_rounded_before_they_are_used(seed: int, digits: int) -> None:
    trace = run(loads(safe(seed).text), round_backward=digits)
    graph = trace.graph
    for number, consumers in graph.consumers.items():
        gradient = trace.gradients[number]
        if gradient is None or any(graph.nodes[c].shortcut is not None for c, _ in consumers):
            continue
        assert on_the_grid(gradient, digits)
        sent = [
            trace.message(consumer, position)
            for consumer, position in consumers
            if trace.gradients[consumer] is not None
        ]
        assert near(gradient, np.sum(np.array(sent), axis=0), digits)


def safe(seed: int) -> Network:
    """Return the first network from this seed on whose outputs may be rounded to 0 and to 1."""
    while True:
        found = network(seed, FULL)
        if not any(word in found.text for word in ("cross_entropy", "kl_divergence")):
            return found
        seed += 1


@pytest.mark.parametrize("seed", range(7000, 7010))
def test_exact_numbers_round_as_floats_do(seed: int) -> None:
    """Away from ties, which floats may miss."""
    text = network(seed, SMALL).text
    if "cross_entropy" in text or "kl_divergence" in text:
        return
    graph = loads(text)
    one = run(graph, round_forward=5, round_backward=5)
    other = run(graph, exact=True, round_forward=5, round_backward=5)
    for number, gradient in enumerate(one.gradients):
        exact = other.gradients[number]
        assert (gradient is None) == (exact is None)
        if gradient is not None and exact is not None:
            np.testing.assert_allclose(exact.astype(float), gradient, atol=1.01e-5)


@pytest.mark.parametrize("digits", [1, 2, 3])
@pytest.mark.parametrize("name", LAYERED)
def test_a_network_has_the_same_rounded_numbers_as_a_graph(name: str, digits: int) -> None:
    """Each z and a is rounded, nothing of the loss is, a node an activation or an operation."""
    graph = load(config(name))
    assert graph.loss is not None
    plain = run(graph, round_forward=digits)
    for seen in (weights_as_nodes(graph, merged=False), operations(graph)):
        found = run(seen, round_forward=digits)
        assert seen.loss is not None
        same = pytest.approx(float(plain.values[graph.loss]), rel=1e-12, abs=1e-12)
        assert float(found.values[seen.loss]) == same
        for node, value in zip(seen.nodes, found.values, strict=True):
            number = graph.numbers.get(Ref(node.ref.part, node.ref.layer))
            if number is None or node.inner or node.ref.part not in ("z", "a"):
                continue
            at = tuple(int(i) - 1 for i in node.ref.index)
            row = (int(node.ref.sample or 1) - 1, *at)
            assert float(value) == pytest.approx(float(plain.values[number][row]), abs=1e-12)


def test_what_is_rounded_is_said() -> None:
    """The sentence at the top names what it is: z and a of layers, the lines of a graph."""
    for name in NAMES:
        layered = load(config(name)).layered
        for call in (("trace", config(name)), ("step", config(name), "--lr", "0.1")):
            said = " ".join(printed(*call, "--round-forward", "2").split())
            assert ("every z and a is rounded to 2 decimals" in said) is layered
            assert ("every node of the file is rounded to 2 decimals" in said) is not layered


def test_whole_arrays_are_rounded_as_their_decimals_say() -> None:
    """Quick or not, each entry is the decimal half up: halves, tiny ones and large ones too."""
    random = np.random.default_rng(3)
    plain = random.normal(0, 10.0 ** random.integers(-6, 7, 400))
    halves = np.array([0.285, -1.005, 0.5, 2.5, 1e-320, 1e22, 0.0, -0.0004, 12345.675])
    for digits in range(7):
        for array in (*np.split(plain, 40), halves):
            wanted = [round_decimals(value, digits) for value in array.tolist()]
            assert rounded_array(array, digits).tolist() == wanted
            each = np.full(array.shape, digits)
            assert rounded_array(array, each).tolist() == wanted
