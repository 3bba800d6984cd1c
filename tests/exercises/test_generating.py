"""Exercises from a seed: fit to be worked by hand, the same everywhere, and right."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backprop_cli.exercises.generating import different, exercise
from backprop_cli.exercises.lengths import fractions, length, number_text
from backprop_cli.exercises.outline import (
    MOST_SAMPLES,
    Outline,
    has_flat,
    is_rational,
    loss_is_rational,
    outline_of,
)
from backprop_cli.exercises.random_networks import kinks
from backprop_cli.exercises.recurrent import GATES, recurrent_spec
from backprop_cli.graph.records import Graph
from backprop_cli.mathematics.activations import ACTIVATIONS
from backprop_cli.passes.run import run
from backprop_cli.passes.trace import Trace
from backprop_cli.problems import Refusal

from ..commands.running import process
from ..pairing import EACH
from ..passes.oracle import gradients, parameters, values
from .outlines import LAYERS, LOSS_NAMES, made, outlines, plain

SEVENTH = """\
# backprop exercise --shape 2-2-1 --activation relu --loss half_squared_error --seed 7
name: Exercise 1
input: [4, -2]
target: [5]
loss: half_squared_error
layers:
  - units: 2
    activation: relu
    weights: [[1, -2], [2, -1]]
    bias: [-1, -2]
  - units: 1
    activation: relu
    weights: [[3, -2]]
    bias: [2]
"""
LONGEST = {"identity": 6, "relu": 6, "leaky_relu": 6, "hard_tanh": 8, "hard_sigmoid": 10}
"""The characters of the longest exact value over one to three layers, in a batch of three too.

A sixth for each layer makes hard_sigmoid's longer; softsign squares denominators, and is worked
with decimals.
"""


def test_every_activation_and_every_loss_is_covered() -> None:
    every = [outline for name in LAYERS for outline in outlines(name)]
    assert {outline.loss for outline in every} == set(LOSS_NAMES)
    assert {name for outline in every for name in outline.activations} >= {*ACTIVATIONS, "softmax"}


@pytest.mark.parametrize("activation", LAYERS)
def test_an_exercise_is_fit_to_be_worked(activation: str) -> None:
    for outline in outlines(activation)[:: 1 if EACH else 2]:
        found = made(outline)
        trace = run(found.graph)
        check_units(found.graph, trace)
        check_errors(found.graph, trace, outline)
        assert not found.graph.symbolic
        assert all(float(abs(w).max()) <= 12 for w in given_numbers(found.graph, trace))


@pytest.mark.parametrize("activation", LAYERS)
def test_its_numbers_are_right(activation: str) -> None:
    for outline in outlines(activation)[::2]:
        found = made(outline)
        trace, spec = run(found.graph), plain(found.text)
        forward = values(spec, parameters(spec))
        backward = gradients(spec)
        for name in ("loss", "z1", "a1"):
            layer = int(name[1:]) if name != "loss" else None
            node = next(
                i
                for i, n in enumerate(found.graph.nodes)
                if n.ref.part == name[:1] * bool(layer) + name * (not layer)
                and n.ref.layer == layer
            )
            np.testing.assert_allclose(trace.values[node], forward[name], rtol=1e-9, atol=1e-12)
        for name, node in found.graph.parameters.items():
            gradient = trace.gradients[node]
            assert gradient is not None
            np.testing.assert_allclose(gradient, backward[name], rtol=1e-8, atol=1e-11)


def check_units(graph: Graph, trace: Trace) -> None:
    """No unit is dead, none is at a kink, and none is far out on a curve."""
    for layer in graph.layers:
        z = trace.values[layer.z]
        for kink in kinks(layer.activation):
            assert (abs(z - kink) > 1e-9).all()
        if has_flat(layer.activation):
            slopes = np.array(trace.gradients[layer.z]) != 0
            assert slopes.any(axis=0).all(), graph.nodes[layer.z].ref
        if layer.activation in ("sigmoid", "tanh", "softmax"):
            assert (abs(z) <= 6).all()
        assert (abs(z) <= 48).all()


def check_errors(graph: Graph, trace: Trace, outline: Outline) -> None:
    """Each output of each sample has an error, and something comes back to each weight matrix."""
    error = trace.gradients[graph.layers[-1].z]
    assert error is not None
    assert (abs(error) > 1e-4).any(axis=0).all()
    a, y = trace.values[graph.output], trace.values[graph.target or 0]
    if outline.loss not in ("sigmoid_cross_entropy", "softmax_cross_entropy", "hinge"):
        assert (a != y).any(axis=1).all()
    for node in graph.parameters.values():
        assert np.any(trace.gradients[node])


def given_numbers(graph: Graph, trace: Trace) -> list[np.ndarray]:
    """Return the numbers of the parameters and of the input."""
    return [trace.values[node] for node in (*graph.parameters.values(), graph.input or 0)]


@pytest.mark.parametrize("activation", LONGEST)
def test_every_exact_value_is_short(activation: str) -> None:
    for outline in outlines(activation):
        if not loss_is_rational(outline.loss):
            continue
        trace = run(made(outline).graph, exact=True)
        for array in (*trace.values, *trace.gradients):
            numbers = fractions(array) if array is not None else []
            assert numbers is not None
            assert max(map(length, numbers), default=0) <= LONGEST[activation], outline.words


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu,softmax", "softplus"])
def test_the_first_sums_are_short_where_a_table_is_needed(activation: str) -> None:
    for outline in outlines(activation):
        graph = made(outline).graph
        z = run(graph).values[graph.layers[0].z]
        assert all(length(Fraction(repr(v))) <= 4 for v in abs(z).ravel().tolist())


def test_gradients_can_be_told_apart() -> None:
    for seed in range(5):
        graph = made(outline_of("2-2-1", "relu"), seed).graph
        trace = run(graph)
        for node in graph.parameters.values():
            sizes = np.abs(trace.gradients[node]).ravel().tolist()  # type: ignore[arg-type]
            assert len(set(sizes)) == len(sizes)


def test_the_same_seed_gives_the_same_file_everywhere() -> None:
    words = ("exercise", "--shape", "2-2-1", "--activation", "relu", "--seed", "7")
    for salt in ("0", "1234"):
        done = process(*words, environment={"PYTHONHASHSEED": salt})
        assert done.stdout.decode() == SEVENTH


def test_another_seed_and_another_number_give_another_file() -> None:
    outline = outline_of("2-2-1", "sigmoid")
    by_seed = {exercise(outline, seed).text.partition("input")[2] for seed in range(8)}
    by_number = {exercise(outline, 0, number).text.partition("input")[2] for number in range(1, 8)}
    assert len(by_seed) == 8
    assert len(by_number) == 7


def test_a_class_gets_different_exercises() -> None:
    outline = outline_of("1-1", "identity")
    found = list(different(lambda number, salt: exercise(outline, 3, number, "", salt), 12))
    assert len({each.text.partition("input")[2] for each in found}) == 12
    assert found[0].text == exercise(outline, 3).text


@pytest.mark.parametrize("activation", ["relu", "hard_tanh", "hard_sigmoid", "relu,sigmoid"])
@pytest.mark.parametrize("batch", [None, 3])
def test_one_unit_is_dead_where_that_is_asked(activation: str, batch: int | None) -> None:
    graph = exercise(outline_of("2-3-1", activation, batch=batch, dead=True), 2).graph
    trace = run(graph)
    off = (np.array(trace.gradients[graph.layers[0].z]) == 0).all(axis=0)
    assert off.sum() == 1


def test_fractions_stay_fractions_where_that_is_said() -> None:
    assert {name for name in ACTIVATIONS if is_rational(name)} == {*LONGEST, "softsign"}


@settings(max_examples=10)
@given(
    st.lists(st.integers(1, 4), min_size=2, max_size=4),
    st.sampled_from(("relu", "tanh", "leaky_relu", "hard_tanh", "sigmoid", "selu,identity")),
    st.sampled_from((None, 1, 3)),
    st.integers(0, 10**6),
)
def test_any_small_shape_can_be_made(
    units: list[int], activation: str, batch: int | None, seed: int
) -> None:
    outline = outline_of("-".join(map(str, units)), activation, batch=batch)
    graph = exercise(outline, seed).graph
    trace = run(graph)
    assert [layer.units for layer in graph.layers] == units[1:]
    assert graph.samples == (batch or 1)
    check_units(graph, trace)


def test_the_largest_that_is_allowed_can_be_made() -> None:
    for shape in ("12-12-4", "5-5-5-5-5-5-5"):
        graph = exercise(outline_of(shape, "relu"), 0).graph
        check_units(graph, run(graph))


@pytest.mark.parametrize(
    ("number", "text"),
    [("3", "3"), ("-1/2", "-0.5"), ("1/3", "1/3"), ("-7/8", "-0.875"), ("1/16", "1/16")],
)
def test_a_number_is_written_exactly(number: str, text: str) -> None:
    assert number_text(Fraction(number)) == text
    assert Fraction(text) == Fraction(number)


@pytest.mark.parametrize(
    ("shape", "activation", "loss", "says"),
    [
        ("2--1", "relu", None, "--shape 2--1: not a shape"),
        ("0-2", "relu", None, "no inputs"),
        ("2-0-1", "relu", None, "layer 1 has no units"),
        ("4", "relu", None, "one number"),
        ("99999999999999999999-1", "relu", None, "more than one works by hand"),
        ("2-1" * 200, "relu", None, "not a shape"),
        ("-".join("2" * 9), "relu", None, "too many layers"),
        ("٢-2", "relu", None, "not a shape"),
        ("2-2-1", "rely", None, "did you mean 'relu'?"),
        ("2-2-1", "relu,relu,relu", None, "3 names for 2 layers"),
        ("2-2-1", "relu", "half_square_error", "did you mean 'half_squared_error'?"),
        ("2-2-1", "relu,softmax", None, "softmax over one unit is always 1"),
        ("2-2-2", "relu", "cross_entropy", "--activation relu,softmax"),
        ("2-2", "relu", "cross_entropy", "--activation softmax"),
        ("2-2-2", "tanh", "binary_cross_entropy", "--activation tanh,sigmoid"),
        ("2-2-2", "sigmoid", "sigmoid_cross_entropy", "--activation sigmoid,identity"),
        ("2-2-1", "identity", "softmax_cross_entropy", "of one output is always 0"),
    ],
)
def test_what_cannot_be_is_refused_with_a_cure(
    shape: str, activation: str, loss: str | None, says: str
) -> None:
    with pytest.raises(Refusal) as refusal:
        outline_of(shape, activation, loss)
    assert says in str(refusal.value)
    assert all(problem.cure for problem in refusal.value.problems)


@pytest.mark.parametrize("batch", [0, -3, 1000])
def test_a_batch_has_samples_but_not_many(batch: int) -> None:
    with pytest.raises(Refusal, match="--batch"):
        outline_of("2-2-1", "relu", batch=batch)


@pytest.mark.parametrize("kind", GATES)
@pytest.mark.parametrize("batch", [0, -1, MOST_SAMPLES + 1, 10**7])
def test_a_batch_of_sequences_too(kind: str, batch: int) -> None:
    """Before its zeros are written: of millions that takes minutes."""
    with pytest.raises(Refusal, match="--batch"):
        recurrent_spec(kind, "1-1-1", 2, None, batch)


def test_no_unit_can_be_dead_where_no_slope_is_zero() -> None:
    for shape, activation in (("2-2-1", "sigmoid"), ("2-1", "relu"), ("2-1-1", "relu")):
        with pytest.raises(Refusal, match="allow-dead"):
            outline_of(shape, activation, dead=True)
