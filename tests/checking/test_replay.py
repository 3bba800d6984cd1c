"""One step recomputed from given numbers agrees with the whole network run on such numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backprop_cli.api import load, loads
from backprop_cli.checking.next_step import plain_descent
from backprop_cli.checking.replay import replay_of, replayed, with_entries
from backprop_cli.expression.refs import Ref
from backprop_cli.graph.build import with_value
from backprop_cli.graph.names import known_refs
from backprop_cli.graph.parts import Given
from backprop_cli.graph.records import Graph
from backprop_cli.graph.resolving import resolve
from backprop_cli.passes.run import run
from backprop_cli.problems import Refusal
from tests.networks import Sizes, network
from tests.networks import loads as network_of

LAYERS = ("mazur", "softmax_relu", "xor_batch", "residual", "shared_and_regularized", "diamond")
GRAPHS = (*LAYERS, "scalar_rnn", "gomez_lstm", "gru")
SMALL = Sizes(layers=3, units=3, samples=3, decimals=2)


def compared(graph: Graph) -> None:
    """Each step computed from the true arrays gives the true array, by every way to it."""
    trace = run(graph)
    replay = replay_of(graph, trace, plain_descent(0.25))
    used = list(replay.truth)
    for step in replay.order:
        true = replay.truth[step.key]
        scale = max(1.0, float(np.abs(true).max(initial=0.0)))
        assert np.allclose(step.compute(used), true, rtol=1e-9, atol=1e-12 * scale)
        for other in step.others:
            found = other(used)
            if np.isfinite(found).all():
                assert np.allclose(found, true, rtol=1e-6, atol=1e-8 * scale)


@pytest.mark.parametrize("name", GRAPHS)
def test_every_step_from_the_truth_gives_the_truth(name: str) -> None:
    compared(load(f"configs/{name}.yaml"))


@settings(max_examples=60)
@given(st.integers(0, 100_000))
def test_every_step_of_a_random_network_gives_the_truth(seed: int) -> None:
    graph = network_of(network(seed, SMALL).text)
    try:
        run(graph)
    except Refusal:
        return
    compared(graph)


@pytest.mark.parametrize("name", GRAPHS)
def test_a_changed_parameter_is_carried_on_as_a_whole_run_does(name: str) -> None:
    """Every array after a parameter is moved by 0.125 is that of the network with it moved."""
    graph = load(f"configs/{name}.yaml")
    replay = replay_of(graph, run(graph), plain_descent(0.25))
    for number in graph.parameters.values():
        moved = replay.truth[number] + 0.125
        changed = with_value(graph, number, Given(floats=moved))
        other = replay_of(changed, run(changed))
        used = list(replay.truth)
        used[number] = moved
        for step in replay.walk:
            used[step.key] = step.placed(step.compute(used), used[step.key])
        for step in replay.order:
            if step.kind != "update":
                assert np.allclose(used[step.key], other.truth[step.key], atol=1e-12)


def test_what_is_given_stops_what_changes_before_it() -> None:
    """With a2 given, another z1 changes a1 and z2 but nothing behind a2."""
    graph = load("configs/mazur.yaml")
    replay = replay_of(graph, run(graph), plain_descent(0.5))
    at = {name: graph.number(resolve(name, graph)) for name in known_refs(graph)}
    given = {at["a2"]: ([0, 1], [0.7, 0.8])}
    used = list(replay.truth)
    used[at["a2"]] = np.array([[0.7, 0.8]])
    changed = replayed(replay, used, {at["z1"]: lambda _: np.array([[1.0, -1.0]])}, given)
    assert {at["z1"], at["a1"], at["z2"], at["a2"]} <= set(changed)
    assert at["loss"] not in changed
    assert replay.gradient(at["z2"]) in changed
    assert np.array_equal(used[at["a2"]], np.array([[0.7, 0.8]]))


def test_places_count_from_one_in_the_files_own_layout() -> None:
    """W[2,1] of a file in (inputs, units) stands in its second row; samples come first."""
    graph = loads("""
input: [[1, 2], [3, 4]]
target: [[1], [0]]
loss: squared_error
weights_layout: in_out
layers: [{weights: [[5], [6]], bias: [7]}]
""")
    replay = replay_of(graph, run(graph), plain_descent(0.1))
    for name, value in {"W1[2,1]": 6, "x[2,1]": 3, "b1[1]": 7, "z1[2,1]": 46}.items():
        key, position = replay.place(resolve(name, graph))
        assert replay.truth[key].flat[position] == value
    key, position = replay.place(resolve("W1[2,1]", graph), "theta")
    gradient = replay.truth[replay.gradient(replay.node_of(key))].flat[position]
    assert replay.truth[key].flat[position] == pytest.approx(6 - 0.1 * gradient)
    with pytest.raises(KeyError):
        replay.place(Ref("q"))


def test_a_number_is_put_in_for_a_scalar_too() -> None:
    ones: tuple[Any, ...] = (np.float64(2.0), np.array(2.0), np.array([2.0]))
    for one in ones:
        assert with_entries(one, [0], [3.0]).ravel().tolist() == [3.0]


def test_numbers_are_put_into_a_matrix_that_is_kept_in_columns_too() -> None:
    columns = np.zeros((2, 3)).T
    assert with_entries(columns, [1, 4], [5.0, 7.0]).tolist() == [[0, 5], [0, 0], [7, 0]]
