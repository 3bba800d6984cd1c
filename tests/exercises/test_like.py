"""Exercises like a network: its layers and its file, other short numbers, all of them worked."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from backprop_cli.api import loads
from backprop_cli.exercises.claims import without_claims
from backprop_cli.exercises.like import exercise_like
from backprop_cli.exercises.like_targets import target_like
from backprop_cli.exercises.random_networks import Chance
from backprop_cli.exercises.recurrent import recurrent_spec
from backprop_cli.expression.refs import Ref
from backprop_cli.files.network import parse_network
from backprop_cli.functions.losses import CATEGORICAL, LOSS_NAMES
from backprop_cli.layers import layer_types
from backprop_cli.passes.run import run as run_network
from backprop_cli.passes.trace import Trace
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
    assert nothing(other) == set()
    assert exercise_like(spec, f"{name}.yaml", 3).text == made.text
    assert exercise_like(spec, f"{name}.yaml", 4).text != made.text


def test_exercises_of_few_numbers_are_not_all_the_best_one() -> None:
    """Two variables: the shortest of many drawings would be the same in every exercise."""
    with open(config("micrograd"), encoding="utf-8") as file:
        spec = parse_network(Source("micrograd.yaml", file.read()))
    made = [exercise_like(spec, "micrograd.yaml", 1, number) for number in range(1, 5)]
    given = {"\n".join(each.text.splitlines()[1:]).partition("variables")[2] for each in made}
    assert len(given) > 2


def nothing(trace: Trace) -> set[str]:
    """Return the inputs that are 0, the parameters without a gradient, the units without error."""
    graph, found = trace.graph, set()
    assert graph.input is not None
    found |= {"x"} if (trace.values[graph.input] == 0).any() else set()
    for layer in graph.layers:
        for part, number in layer.parameters.items():
            gradient = trace.gradients[number]
            assert gradient is not None
            entries = np.argwhere(np.abs(gradient) < 1e-9) + 1
            found |= {f"d{part}{layer.index}{at}" for at in entries.tolist()}
        error = trace.gradients[layer.z]
        assert error is not None
        if error.ndim == 2:
            dead = np.flatnonzero(np.abs(error).max(axis=0) < 1e-9) + 1
            found |= {f"delta{layer.index}[{unit}]" for unit in dead.tolist()}
    return found


def network(layers: str, loss: str = "half_squared_error", target: str = "[1]") -> NetworkSpec:
    text = f"input: [1, 2]\ntarget: {target}\nloss: {loss}\nlayers:\n{layers}"
    return parse_network(Source("net.yaml", text))


HIDDEN = "  - {units: 3, activation: relu, weights: [[1, 1], [1, 1], [1, 1]], bias: [0, 0, 0]}\n"
KINDS = {
    "relu": (HIDDEN + "  - {units: 1, weights: [[1, 1, 1]], bias: [0]}\n", set()),
    "layer norm": (
        "  - {type: layer_norm, scale: [1, 1], shift: [0, 0], epsilon: 0.1}\n"
        "  - {units: 1, weights: [[1, 1]], bias: [0]}\n",
        set(),
    ),
    "residual": (
        HIDDEN + "  - {name: f, units: 2, weights: [[1, 1, 1], [1, 1, 1]], bias: [0, 0]}\n"
        "  - {type: add, from: [f, input], activation: relu}\n"
        "  - {units: 1, weights: [[1, 1]], bias: none}\n",
        set(),
    ),
    "dropout": (
        HIDDEN + "  - {type: dropout, rate: 0.5, mask: [1, 0, 1]}\n"
        "  - {units: 1, weights: [[1, 1, 1]], bias: [0]}\n",
        {"delta1[2]", "dW1[2, 1]", "dW1[2, 2]", "db1[2]", "dW3[1, 2]"},
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_no_unit_is_dead_and_no_error_is_0_but_by_the_mask(kind: str) -> None:
    layers, always = KINDS[kind]
    for seed in range(2):
        traced = run_network(exercise_like(network(layers), kind, seed).graph)
        assert nothing(traced) == always, seed


FORMS = ("[0, 1]", "{class: 1}", "[[0, 1], [1, 0], [0, 1]]", "{class: [1, 1, 0]}", "[0.1, 0.9]")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("loss", LOSS_NAMES)
def test_a_target_is_what_its_loss_takes_in_the_form_that_it_had(loss: str, form: str) -> None:
    """Each row has the model's numbers in another order; of a batch not all are alike."""
    if ("class" in form and loss not in CATEGORICAL) or (loss == "hinge" and "." in form):
        return
    given = form.replace("0", "-1") if loss == "hinge" else form
    inputs = "[[1, 2], [2, -1], [3, 1]]" if given.count("[") > 2 or ": [" in given else "[1, 2]"
    ends = {
        "cross_entropy": "softmax",
        "kl_divergence": "softmax",
        "binary_cross_entropy": "sigmoid",
    }
    text = f"input: {inputs}\ntarget: {given}\nloss: {loss}\nlayers:\n"
    text += f"  - {{units: 2, activation: {ends.get(loss, 'identity')}, "
    text += "weights: [[1, 0.5], [-1, 0.5]], bias: none}\n"
    spec = parse_network(Source("net.yaml", text))
    outputs, seen = run_network(loads(text), only_forward=True), set()
    for seed in range(6):
        made = target_like(spec, outputs, Chance(str(seed)))
        rows = made["class"] if isinstance(made, dict) else made
        seen.add(str(rows))
        if isinstance(made, dict):
            assert set(np.ravel(rows)) <= {0, 1}
        else:
            numbers = [[float(n.text) for n in row] for row in (rows if "[[" in given else [rows])]
            if loss in CATEGORICAL or "[[" in given:
                own = (
                    [0.1, 0.9] if "." in given else sorted([-1.0 if loss == "hinge" else 0.0, 1.0])
                )
                assert all(loss == "hinge" or sorted(row) == own for row in numbers)
            low = {"hinge": -1, "binary_cross_entropy": 0, "sigmoid_cross_entropy": 0}.get(loss)
            assert low is None or all(low <= n <= 1 for row in numbers for n in row)
        if inputs.startswith("[["):
            assert any(row != rows[0] for row in rows)
    assert len(seen) > 1 or loss == "hinge"


def test_one_hot_inputs_stay_and_words_are_words() -> None:
    for name in ("character_rnn", "skip_gram"):
        spec = parse_network(Source(name, Path(config(name)).read_text(encoding="utf-8")))
        for seed in range(2):
            traced = run_network(exercise_like(spec, name, seed).graph)
            x = traced.values[traced.graph.input or 0][0]
            assert (x.sum(axis=-1) == 1).all() if x.ndim > 1 else x[0] in range(8)
            assert set(np.unique(x)) <= ({0, 1} if x.ndim > 1 else set(range(8)))


def test_a_comment_on_the_old_numbers_goes() -> None:
    text = """# backprop exercise --like old.yaml --seed 1
# Sheet 5
name: N  # the name
input: [1, 0]   # two pixels
target: {class: 2}  # the third: y = (0, 0, 1)
# each row a "unit"
layers:
  # z1 is 0 here
  - {units: 2}  # so z2 = 3
  - {name: "a # 1"}
"""
    assert (
        without_claims(text)
        == """# Sheet 5
name: N  # the name
input: [1, 0]
target: {class: 2}
# each row a "unit"
layers:
  - {units: 2}
  - {name: "a # 1"}
"""
    )


@pytest.mark.parametrize(
    "described",
    [
        "description: the truth table  # c\n",
        "description: |\n  four\n\n  samples\n",
        '"description": >\n  a\n',
        "description:\n  two lines\n  of it\n",
        'description: "a\n  b"\n',
        "description:\n",
    ],
)
def test_a_description_of_the_old_numbers_goes(described: str) -> None:
    text = "# head\nname: XOR\n{}input: [1]\nlayers: []\n"
    assert without_claims(text.format(described)) == text.format("")


@pytest.mark.parametrize("name", ["diamond", "sigmoid_circuit"])
def test_a_graphs_variables_are_drawn_too(name: str) -> None:
    """Its lines stay; every value and every gradient is there to be worked."""
    spec = parse_network(Source(name, Path(config(name)).read_text(encoding="utf-8")))
    texts = {exercise_like(spec, name, seed).text for seed in range(3)}
    assert len({text.partition("variables:")[2] for text in texts}) == 3
    for text in texts:
        assert text.partition("graph:")[2] == spec.source.text.partition("graph:")[2]
        traced = run_network(loads(text))
        assert all((a != 0).all() for a in traced.values)
        assert all(g is not None and (g != 0).all() for g in traced.gradients)


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


@pytest.mark.parametrize("seed", range(3))
def test_attention_is_not_all_or_nothing(seed: int) -> None:
    """Scores far apart have a softmax of 1 and 10⁻⁴⁸, of which no error comes back."""
    made = loads(printed("exercise", "--like", config("self_attention"), "--seed", str(seed)))
    trace = run_network(made)
    shares = trace.array(Ref("p", 1))
    assert shares.min() > 1e-6
    assert shares.max() < 0.9999


@pytest.mark.parametrize(
    ("net", "options", "said"),
    [
        ("image", ("--shape", "2-2-1"), "--shape: the network is that of --like"),
        ("chain_rule", (), "the graph has variables or functions without numbers"),
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


@pytest.mark.parametrize(
    ("name", "after"),
    [
        ("Mazur's step by step example", "Mazur's step by step example"),
        ('a: "b" # c', 'a: "b" # c'),
        ("Exercise 3", "Exercise 3"),
        ("Exercise 12, after Exercise 1, after XOR", "XOR"),
    ],
)
def test_other_numbers_have_another_name(name: str, after: str) -> None:
    """What a file says by its name is of its own numbers: an exercise says where it is from."""
    text = json.dumps(name)
    spec = network(HIDDEN + "  - {units: 1, weights: [[1, 1, 1]], bias: [0]}\n")
    named = parse_network(Source("net.yaml", f"name: {text}  # stays\n{spec.source.text}"))
    made = exercise_like(named, "net.yaml", 1, number=4)
    assert made.graph.name == f"Exercise 4, after {after}"
    assert "# stays" in made.text
    assert exercise_like(spec, "net.yaml", 1, number=4).graph.name == "Exercise 4"
