"""Computation graphs to work by hand: whole numbers, everything used, a fork."""

from __future__ import annotations

import autograd.numpy as np
import pytest
import yaml
from autograd import grad

from backprop_cli.exercises.graphs import FEWEST_NODES, MOST_NODES, graph_exercise
from backprop_cli.passes.run import run
from backprop_cli.problems import Refusal

from ..commands.running import process

SIZES = range(FEWEST_NODES, MOST_NODES + 1)


@pytest.mark.parametrize("nodes", SIZES)
def test_values_and_gradients_are_whole_and_none_is_zero(nodes: int) -> None:
    for seed in range(3):
        found = graph_exercise(nodes, seed).graph
        trace = run(found)
        numbers = [float(value) for value in (*trace.values, *map(np.asarray, trace.gradients))]
        assert all(number == int(number) and 0 < abs(number) <= 200 for number in numbers)
        assert len(found.nodes) - len(found.given) == nodes


@pytest.mark.parametrize("nodes", SIZES)
def test_everything_reaches_the_output_and_something_forks(nodes: int) -> None:
    found = graph_exercise(nodes, 5).graph
    assert found.reached == frozenset(range(len(found.nodes)))
    assert max(len(set(uses)) for uses in found.consumers.values()) > 1


@pytest.mark.parametrize("nodes", [2, 5, 9])
def test_its_gradients_are_autograds(nodes: int) -> None:
    found = graph_exercise(nodes, 11)
    spec = yaml.safe_load(found.text)
    lines = {name: compile(str(line), name, "eval") for name, line in spec["graph"].items()}

    def output(given: dict[str, float]) -> float:
        values = dict(given)
        for name, code in lines.items():
            values[name] = eval(code, {"__builtins__": {}}, values)
        return values[name]

    wanted = grad(output)({name: float(value) for name, value in spec["variables"].items()})
    trace = run(found.graph)
    for name, node in found.graph.parameters.items():
        gradient = trace.gradients[node]
        assert gradient is not None
        assert float(gradient) == pytest.approx(wanted[name], rel=1e-12)


def test_the_same_seed_gives_the_same_graph_everywhere() -> None:
    words = ("exercise", "--graph", "--nodes", "6", "--seed", "3")
    texts = {process(*words, environment={"PYTHONHASHSEED": salt}).stdout for salt in ("0", "99")}
    assert texts == {graph_exercise(6, 3).text.encode()}


def test_another_seed_gives_another_graph() -> None:
    assert len({graph_exercise(5, seed).text.partition("var")[2] for seed in range(8)}) == 8


@pytest.mark.parametrize("nodes", [-1, 0, 1, 13, 10**9])
def test_a_graph_of_no_such_size_is_refused(nodes: int) -> None:
    with pytest.raises(Refusal, match=f"--nodes {nodes}"):
        graph_exercise(nodes, 0)
