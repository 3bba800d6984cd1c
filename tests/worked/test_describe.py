"""``describe``: counts, types, what is stored, and units that begin equal."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import yaml

from backprop_cli.api import load
from backprop_cli.worked.describe.describe_document import describe_object, in_bytes, symmetries

from ..commands.running import EXAMPLES, LAYERED, config, printed
from ..networks import loads
from .quantities import example


def spec(name: str) -> dict[str, Any]:
    """Return the example's file as plain YAML."""
    with open(config(name), encoding="utf-8") as file:
        found: dict[str, Any] = yaml.safe_load(file)
    return found


def size(written: Any) -> int:
    """Return how many numbers an array has, or the arrays of gates together."""
    if isinstance(written, dict):
        return sum(map(size, written.values()))
    return int(np.array(written, dtype=float).size)


WRITTEN = [name for name in LAYERED if "init" not in str(spec(name))]
RECURRENT = [name for name in WRITTEN if "recurrent_weights" in str(spec(name))]


@pytest.mark.parametrize("name", RECURRENT)
def test_the_counts_of_a_recurrent_network(name: str) -> None:
    weights = biases = 0
    for layer in spec(name)["layers"]:
        weights += size(layer["weights"]) + size(layer.get("recurrent_weights", []))
        biases += 0 if layer["bias"] == "none" else size(layer["bias"])
    found = describe_object(example(name).graph)
    assert (found["weights"], found["biases"]) == (weights, biases)


@pytest.mark.parametrize("name", [name for name in WRITTEN if name not in RECURRENT])
def test_the_counts_are_those_of_the_file(name: str) -> None:
    weights = biases = 0
    for layer in spec(name)["layers"]:
        others = [np.size(layer[key]) for key in ("scale", "shift") if key in layer]
        if layer.get("type") == "embedding":
            others.append(np.size(layer.pop("weights")))
        biases += sum(others)
        matrix = np.array(layer.get("weights", []), dtype=float)
        weights += matrix.size
        if layer.get("type") == "conv2d":
            matrix = matrix.reshape(-1, matrix.size)  # here one filter, written as its kernel
        for key in ("query", "key", "value", "output"):
            weights += np.size(layer.get(key, [])) if layer.get(key) != "none" else 0
        units = matrix.shape[-1 if spec(name).get("weights_layout") == "in_out" else 0]
        if "shared_bias" in layer:
            biases += 1
        elif matrix.size and layer.get("bias") != "none":
            biases += units
    found = describe_object(example(name).graph)
    assert (found["weights"], found["biases"]) == (weights, biases)
    assert found["parameters"] == weights + biases
    assert found["cost"] == f"C : R^{weights + biases} -> R"


@pytest.mark.parametrize("name", EXAMPLES)
def test_json_says_what_the_screen_says(name: str) -> None:
    found = json.loads(printed("describe", config(name), "--format", "json"))
    assert found == describe_object(load(config(name)))
    text = printed("describe", config(name))
    assert f"{found['stored_values']} numbers" in text
    if "layers" in found:
        count = found["parameters"]
        assert f"{count} parameter{'s' if count != 1 else ''}: " in text


def test_a_graph_s_variables_nodes_and_type() -> None:
    found = describe_object(load(config("diamond")))
    assert found["variables"] == {"a": [], "b": []}
    assert [node["name"] for node in found["nodes"]] == ["c", "d", "o"]
    assert [node["from"] for node in found["nodes"]] == [["a", "b"], ["a", "b"], ["c", "d"]]
    assert [node["used_by"] for node in found["nodes"]] == [["o"], ["o"], []]
    assert (found["output"], found["type"], found["stored_values"]) == ("o", "R^2 -> R", 5)


def test_a_network_as_its_graph() -> None:
    """Mazur's: 2 inputs, 8 weights, 2 shared biases, 2 targets; 4 activations and the cost."""
    found = json.loads(printed("describe", config("mazur"), "--as-graph", "--format", "json"))
    assert len(found["variables"]) == 14
    assert [node["name"] for node in found["nodes"]] == ["a1[1]", "a1[2]", "a2[1]", "a2[2]", "loss"]
    assert found["nodes"][0]["from"] == ["W1[1,1]", "x[1]", "W1[1,2]", "x[2]", "b1"]


def test_what_is_stored_for_the_backward_pass() -> None:
    """2 + 2·2 + 2·2 numbers for x, z and a of Mazur's network; a batch of four has four of each."""
    assert describe_object(example("mazur").graph)["stored_values"] == 10
    assert describe_object(example("xor_batch").graph)["stored_values"] == 4 * (2 + 4 + 2)


def test_units_that_begin_equal_are_named() -> None:
    graph = loads(
        "input: [1, 2]\ntarget: [1]\nloss: squared_error\nlayers:\n"
        "  - {weights: [[1, 2], [3, 4], [1, 2]], bias: [1, 1, 1], activation: tanh}\n"
        "  - {weights: [[5, 6, 5]], bias: none}\n"
    )
    assert [(layer.index, units) for layer, units in symmetries(graph)] == [(1, (1, 3))]


@pytest.mark.parametrize(
    "change",
    [("[5, 6, 5]", "[5, 6, 7]"), ("[1, 1, 1]", "[1, 1, 2]"), ("[1, 2]], bias", "[1, 3]], bias")],
)
def test_units_that_differ_anywhere_are_not(change: tuple[str, str]) -> None:
    text = (
        "input: [1, 2]\ntarget: [1]\nloss: squared_error\nlayers:\n"
        "  - {weights: [[1, 2], [3, 4], [1, 2]], bias: [1, 1, 1], activation: tanh}\n"
        "  - {weights: [[5, 6, 5]], bias: none}\n"
    )
    assert symmetries(loads(text.replace(*change))) == []


def test_zeros_are_equal_units_in_either_layout() -> None:
    for layout, inner in (("out_in", "[[0, 0, 0]]"), ("in_out", "[[0], [0], [0]]")):
        graph = loads(
            f"weights_layout: {layout}\ninput: [1]\ntarget: [1]\nloss: squared_error\nlayers:\n"
            "  - {units: 3, weights: {init: zeros}, bias: 0}\n"
            f"  - {{weights: {inner}, bias: none}}\n"
        )
        assert [units for _, units in symmetries(graph)] == [(1, 2, 3)]


@pytest.mark.parametrize(
    ("size", "said"),
    [
        (0, "0 bytes"),
        (96, "96 bytes"),
        (1500, "1.5 kB"),
        (2_400_000, "2.4 MB"),
        (10**10, "10.0 GB"),
    ],
)
def test_bytes_as_people_say_them(size: int, said: str) -> None:
    assert in_bytes(size) == said
