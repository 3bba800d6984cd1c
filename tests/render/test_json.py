"""JSON: every value and gradient under its plain name, at full precision, and the steps."""

from __future__ import annotations

import json
import math
import tracemalloc
from collections import deque
from typing import Any

import msgspec
import numpy as np
import pytest
import yaml
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from backprop_cli import api
from backprop_cli.expression.refs import plain_name
from backprop_cli.graph.names import known_refs
from backprop_cli.notation import profile, profile_names
from backprop_cli.passes.run import run
from backprop_cli.printing.latex.printer import LatexMath
from backprop_cli.printing.plain_math import UnicodeMath
from backprop_cli.printing.settings import Settings
from backprop_cli.problems import Refusal
from backprop_cli.render import json_text
from backprop_cli.render.json_trace import render_json
from backprop_cli.worked.view import View

from ..commands.running import LAYERED, NAMES, config, printed, refused
from ..networks import loads, network
from ..worked.quantities import MODEST, every_step, example


def traced(name: str, *options: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(printed("trace", config(name), *options, "--format", "json"))
    return found


def given_only(name: str) -> set[str]:
    """Return what no gradient is taken with respect to: a target, the numbers of words."""
    nodes = example(name).graph.nodes
    found = {plain_name(node.ref) for node in nodes if not node.wants_gradient}
    assert found <= {"x", "y"}
    return found


@pytest.mark.parametrize("name", NAMES)
def test_every_name_at_full_precision(name: str) -> None:
    found, wanted = traced(name), api.trace(config(name))
    names = set(known_refs(wanted.trace.graph))
    assert set(found["values"]) == names
    without = given_only(name)
    assert set(found["gradients"]) == names - without
    for key in names:
        value = np.asarray(found["values"][key])
        assert value.shape == wanted.value(key).shape
        assert np.array_equal(value, wanted.value(key) + 0.0)
        if key not in without:
            assert np.array_equal(found["gradients"][key], wanted.gradient(key) + 0.0)
    graph = wanted.trace.graph
    assert found["loss"] == wanted.trace.values[graph.output if graph.loss is None else graph.loss]
    assert (found["format"], found["version"]) == ("backprop-trace", 1)


def test_the_shapes_of_the_names() -> None:
    """One row a sample in a batch; a shared bias is one number; in_out weights as in the file."""
    batch = traced("shared_and_regularized")
    assert np.shape(batch["values"]["z1"]) == (2, 3)
    assert np.shape(batch["gradients"]["x"]) == (2, 2)
    assert isinstance(batch["values"]["b1"], float)
    assert isinstance(batch["gradients"]["b1"], float)
    assert np.shape(traced("mazur")["values"]["z1"]) == (2,)
    turned = traced("softmax_relu")
    assert turned["weights_layout"] == "in_out"
    assert np.shape(turned["values"]["W2"]) == np.shape(turned["gradients"]["W2"]) == (2, 3)


@pytest.mark.parametrize("name", LAYERED)
def test_one_step_a_quantity(name: str) -> None:
    found = traced(name)
    targets = [step["target"] for step in found["steps"]]
    assert len(set(targets)) == len(targets)
    for layer in found["layers"]:
        number = layer["index"]
        wanted = {f"z{number}", f"a{number}", f"da{number}", f"delta{number}"}
        if layer["type"] in ("lstm", "gru"):
            wanted = {f"h{number}", f"dh{number}"}
        assert wanted | {f"d{parameter}" for parameter in layer["parameters"]} <= set(targets)
    assert {"loss", "dx"} - {f"d{name}" for name in given_only(name)} <= set(targets)
    for step in found["steps"]:
        assert step["rule"]
        assert step["text"].count("=") >= 1
        assert step["latex"]
        key, gradient = plain(step["target"])
        if key in found["values"]:
            assert step["value"] == found["gradients" if gradient else "values"][key]


def plain(target: str) -> tuple[str, bool]:
    """Return the quantity's name and whether its gradient is meant."""
    if target.startswith("delta"):
        return target.replace("delta", "z"), True
    if target.startswith("data"):
        return target, False
    return (target[1:], True) if target.startswith("d") else (target, False)


@pytest.mark.parametrize("name", LAYERED)
def test_steps_one_an_entry(name: str) -> None:
    found = {step["target"]: step for step in traced(name, "--steps")["steps"]}
    trace = example(name)
    given = {plain_name(trace.graph.nodes[number].ref) for number in trace.graph.given}
    wanted = {s.id: s for s in every_step(trace) if s.id.partition("[")[0] not in given}
    assert set(wanted) <= set(found)
    for identity, step in wanted.items():
        assert found[identity]["value"] == float(step.value)
        assert found[identity]["rule"] == str(step.rule)


@pytest.mark.parametrize("name", NAMES)
def test_exact_strings_beside_the_floats(name: str) -> None:
    found = traced(name, "--exact")
    plain_values = traced(name)
    names = set(found["values"])
    assert set(found["exact"]) == names | {f"d({key})" for key in found["gradients"]}
    assert "exact" not in plain_values
    for key in names:
        assert np.shape(found["exact"][key]) == np.shape(found["values"][key])
        assert np.allclose(found["values"][key], plain_values["values"][key], rtol=1e-12, atol=0)


def test_exact_strings_are_what_the_file_says() -> None:
    found = traced("mazur", "--exact")["exact"]
    assert found["x"] == ["1/20", "1/10"]
    assert found["z1"] == ["151/400", "157/400"]  # 0.15/20 + 0.2/10 + 0.35
    assert found["a1"][0] == "1/(1+e^{-151/400})"


@pytest.mark.parametrize("name", LAYERED)
def test_the_samples_own_gradients_average_to_the_gradient(name: str) -> None:
    if example(name).graph.mixed:
        refused("trace", config(name), "--per-sample", "--format", "json")
        return
    found = traced(name, "--per-sample")
    own = found["sample_gradients"]
    with open(config(name), encoding="utf-8") as file:
        spec = yaml.safe_load(file)
    decay = spec.get("regularization", {}).get("l2", 0.0)
    over = 1 if spec.get("reduction") == "sum" else len(own)
    for key in own[0]:
        mean = np.sum([gradients[key] for gradients in own], axis=0) / over
        weights = np.asarray(found["values"][key]) if key.startswith("W") else 0.0
        wanted = np.asarray(found["gradients"][key]) - decay * weights
        assert np.allclose(mean, wanted, rtol=1e-12, atol=1e-15)
    assert "sample_gradients" not in traced(name)


def made(text: str) -> dict[str, Any]:
    """Return the JSON object of a network's text."""
    try:
        trace = run(loads(text))
    except Refusal as refusal:
        if "overflows" in str(refusal):
            reject()
        raise
    printers = (cls(profile("standard"), Settings()) for cls in (LatexMath, UnicodeMath))
    found: dict[str, Any] = json.loads("".join(render_json(trace, View(steps=True), *printers)))
    return found


def numbers(tree: Any) -> list[float]:
    if isinstance(tree, dict):
        return [n for value in tree.values() for n in numbers(value)]
    if isinstance(tree, list):
        return [n for value in tree for n in numbers(value)]
    return [tree] if isinstance(tree, float) else []


@settings(max_examples=12)
@given(st.integers(0, 10_000_000))
def test_random_networks_give_json_without_minus_zero(seed: int) -> None:
    for number in numbers(made(network(seed, MODEST).text)):
        assert math.isfinite(number)
        assert number != 0 or math.copysign(1, number) == 1


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("notation", profile_names())
def test_a_notation_never_changes_a_number(name: str, notation: str) -> None:
    found, plain_found = traced(name, "--notation", notation), traced(name)
    assert numbers(found) == numbers(plain_found)
    assert found["values"].keys() == plain_found["values"].keys()


def test_without_a_loss_there_are_no_gradients() -> None:
    found = traced("mazur", "--only", "forward")
    assert found["gradients"] == {}
    assert found["values"]["a2"] == traced("mazur")["values"]["a2"]


SHAPES = [(), (0,), (1,), (3, 0), (0, 3), (7,), (2, 3), (5, 1), (2, 2, 3), (3, 2, 5)]


@pytest.mark.parametrize("stretch", [1, 2, 3, 4, 6, 100])
def test_arrays_by_stretches_are_written_as_their_lists(
    stretch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_text, "STRETCH", stretch)
    arrays = [np.random.default_rng(1).normal(size=shape) for shape in SHAPES]
    for array in (*arrays, np.array([-0.0, 1e-7, np.nan, 1e300])):
        value = {"a": array, "é\u200b": [{"b": [array, "x"]}, "\\u00000"]}
        lists: Any = (array + 0.0).tolist()
        whole = {"a": lists, "é\u200b": [{"b": [lists, "x"]}, "\\u00000"]}
        wanted = msgspec.json.format(msgspec.json.encode(whole), indent=2).decode() + "\n"
        assert json_text.json_text(value) == wanted.replace("\u200b", "\\u200b")
    assert json.loads(json_text.json_text({"name": "\0000"})) == {"name": "\0000"}


@pytest.mark.parametrize("name", ["mazur", "xor_batch"])
@pytest.mark.parametrize("command", [("trace",), ("step", "--lr", "1"), ("trace", "--per-sample")])
def test_a_commands_json_is_the_same_by_any_stretches(
    name: str, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = (command[0], config(name), *command[1:], "--format", "json")
    whole = printed(*asked)
    monkeypatch.setattr(json_text, "STRETCH", 3)
    assert printed(*asked) == whole


def test_of_a_large_array_little_is_held() -> None:
    array = np.random.default_rng(1).normal(size=(40, 1000))
    deque(json_text.json_pieces(array[:1]), maxlen=0)
    tracemalloc.start()
    deque(json_text.json_pieces({"a": array, "b": {"c": array.T}}), maxlen=0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 200 * json_text.STRETCH < 2 * 40_000 * 25
