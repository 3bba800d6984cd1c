"""Exercises like a network: its layers and its file, other short numbers, all of them worked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from backprop_cli.api import loads
from backprop_cli.exercises.like import exercise_like
from backprop_cli.exercises.recurrent import recurrent_spec
from backprop_cli.files.network import parse_network
from backprop_cli.layers import layer_types
from backprop_cli.passes.run import run as run_network
from backprop_cli.problems import Refusal, Source
from backprop_cli.spec.records import NetworkSpec

from ..commands.running import config, printed, refused, run

IMAGES = [name for name in layer_types() if "pool" in name or "conv" in name or name == "flatten"]


def example(name: str) -> NetworkSpec:
    return parse_network(Source(f"{name}.yaml", layer_types()[name].example))


@pytest.mark.parametrize("name", [*IMAGES, "dense", "add", "concat"])
def test_the_layers_stay_and_the_numbers_are_others(name: str) -> None:
    spec = example(name)
    made = exercise_like(spec, f"{name}.yaml", 3)
    before, after = loads(spec.source.text), made.graph
    assert [layer.type for layer in after.layers] == [layer.type for layer in before.layers]
    assert [n.shape for n in after.nodes] == [n.shape for n in before.nodes]
    own, other = run_network(before), run_network(after)
    assert not np.array_equal(own.values[0], other.values[0])
    for layer in after.layers:
        error = other.gradients[layer.z]
        assert error is not None
        assert np.abs(error).max() > 0
    assert exercise_like(spec, f"{name}.yaml", 3).text == made.text
    assert exercise_like(spec, f"{name}.yaml", 4).text != made.text


def test_the_file_keeps_its_words(tmp_path: Path) -> None:
    text = printed("exercise", "--like", config("image"), "--seed", "7")
    assert text.startswith("# backprop exercise --like image.yaml --seed 7\n")
    assert "# one kernel, laid on the image as it is written" in text
    path = tmp_path / "made.yaml"
    path.write_text(text, encoding="utf-8")
    assert "max_pool2d" in printed("trace", str(path))


def test_a_class_of_them_has_keys_that_are_right(tmp_path: Path) -> None:
    folder = tmp_path / "class"
    done = run("exercise", "--like", config("image"), "--count", "2", "-o", str(folder))
    assert done.code == 0
    for number in ("01", "02"):
        made = str(folder / f"exercise-{number}.yaml")
        key = str(folder / f"exercise-{number}-key.yaml")
        assert run("check", made, key).code == 0


@pytest.mark.parametrize(
    ("net", "options", "said"),
    [
        ("image", ("--shape", "2-2-1"), "--shape: the network is that of --like"),
        ("diamond", (), "--like diamond.yaml: a computation graph"),
        ("symbolic_2443", (), "input and target have no numbers in the file"),
    ],
)
def test_what_cannot_be_is_refused(net: str, options: tuple[str, ...], said: str) -> None:
    assert said in refused("exercise", "--like", config(net), *options)


def test_a_network_too_large_for_a_hand_is_refused() -> None:
    rows = [[1] * 20] * 20
    text = f"input: {rows}\ntarget: [1]\nloss: squared_error\nlayers:\n"
    text += "  - {type: conv2d, filters: 1, kernel: 3, weights: {init: ones}, bias: none}\n"
    text += "  - {type: global_avg_pool}\n"
    with pytest.raises(Refusal, match="nobody works this one by hand"):
        exercise_like(parse_network(Source("large.yaml", text)), "large.yaml", 1)


@pytest.mark.parametrize("kind", ["recurrent", "lstm", "gru"])
def test_networks_that_remember_are_made_to_be_worked(kind: str, tmp_path: Path) -> None:
    """Short numbers, gradients that reach every parameter; the key has each gate, and is right."""
    folder = tmp_path / kind
    options = ("--layer", kind, "--shape", "1-1-1", "--steps", "2", "--seed", "5")
    assert run("exercise", *options, "-o", str(folder), "--count", "1").code == 0
    made, key = (str(folder / f"exercise-01{end}.yaml") for end in ("", "-key"))
    text = Path(made).read_text(encoding="utf-8")
    assert text.startswith(f"# backprop exercise --layer {kind} --shape 1-1-1 --steps 2 --seed 5\n")
    traced = run_network(loads(text))
    for number in traced.graph.parameters.values():
        gradient = traced.gradients[number]
        assert gradient is not None
        assert np.abs(gradient).max() > 0
    written = Path(key).read_text(encoding="utf-8")
    answer = "a1" if kind == "recurrent" else "h1"
    assert f"  {answer}:\n" in written
    assert "right: " in run("check", made, key).out
    assert " wrong" not in run("check", made, key).out


@pytest.mark.parametrize("kind", ["recurrent", "lstm", "gru"])
def test_no_gate_and_no_state_is_0(kind: str) -> None:
    """A 0 in a product hides what is wrong in the other factor."""
    for seed in (3, 4, 6):
        graph = exercise_like(*recurrent_spec(kind, "1-1-1", 3, None, None), seed).graph
        traced = run_network(graph)
        for cell in graph.layers[0].cells[-1].parts.values():
            assert (traced.values[cell] != 0).all(), (seed, graph.nodes[cell].ref)


def test_the_arrays_of_gates_and_first_states_are_drawn_too() -> None:
    before = loads(Path(config("gru")).read_text(encoding="utf-8"))
    after = loads(printed("exercise", "--like", config("gru")))
    for name, number in before.parameters.items():
        own, other = before.given[number], after.given[after.parameters[name]]
        assert own is not None
        assert other is not None
        if own.numbers.size > 1:
            assert not np.array_equal(own.numbers, other.numbers), name


@pytest.mark.parametrize(
    ("options", "cure"),
    [
        (("--layer", "gru", "--steps", "9"), "take 2 to 4"),
        (("--layer", "gruu"), "take recurrent, lstm, gru"),
        (("--layer", "gru", "--shape", "1-9-1"), "up to 4 each"),
        (("--layer", "lstm", "--loss", "cross_entropy"), "take half_squared_error"),
        (("--layer", "lstm", "--activation", "relu"), "take --like"),
        (("--steps", "2", "--shape", "1-1"), "add --layer recurrent, lstm or gru"),
    ],
)
def test_what_no_such_exercise_is(options: tuple[str, ...], cure: str) -> None:
    assert cure in refused("exercise", *options)
