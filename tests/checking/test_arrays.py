"""Answers out of programs and spreadsheets: read with their precision, bounded, nothing run."""

from __future__ import annotations

import contextlib
import io
import json
import pickle
import re
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import backprop_cli
from backprop_cli.checking.sheets.from_arrays import LARGEST_ARRAYS, read_arrays
from backprop_cli.checking.sheets.from_xlsx import xlsx_rows
from backprop_cli.checking.sheets.parsing import NO_VALUE, NO_VALUE_CURE
from backprop_cli.problems import Refusal

from ..commands.running import config, run

MAZUR = backprop_cli.trace(config("mazur"))
GRADIENTS: dict[str, Any] = {
    f"d{name}": np.asarray(MAZUR.gradient(name)) for name in ("W1", "b1", "W2", "b2")
}
BATCH = (
    "input: [[0.7, -0.4], [0.3, 0.9], [-1.2, 0.5]]\ntarget: [[0.2], [0.7], [0.5]]\n"
    "loss: half_squared_error\nlayers:\n"
    "  - {activation: tanh, weights: [[0.3, -0.2], [0.8, 0.1], [0.5, 0.4]], bias: [0.1, -0.2, 0]}\n"
    "  - {activation: sigmoid, weights: [[0.6, -0.5, 0.2]], bias: [0.2]}\n"
)

SQUARE = """\
input: [1, 2]
target: [1]
loss: half_squared_error
layers:
  - {units: 2, activation: sigmoid, weights: [[0.5, -0.3], [0.2, 0.4]], bias: [0.1, -0.1]}
  - {units: 1, activation: sigmoid, weights: [[0.7, -0.6]], bias: [0.2]}
"""


def check(path: Path, network: str = config("mazur")) -> backprop_cli.CheckedAnswers:
    return backprop_cli.check(network, path)


def saved(folder: Path, arrays: dict[str, Any], name: str = "ada.npz") -> Path:
    np.savez(folder / name, **arrays)
    return folder / name


def verdicts(found: backprop_cli.CheckedAnswers) -> set[str]:
    return {each.verdict for each in found.marked[0].judged}


@pytest.mark.parametrize("kind", [np.float64, np.float32, np.float16])
def test_a_programs_gradients_are_right_to_their_precision(kind: Any, tmp_path: Path) -> None:
    arrays = {name: array.astype(kind) for name, array in GRADIENTS.items()}
    found = check(saved(tmp_path, arrays))
    assert verdicts(found) == {"right"}
    assert len(found.marked[0].judged) == 4 + 1 + 4 + 1
    wrong = {name: array * (1 + 4e-2) for name, array in arrays.items()}
    assert verdicts(check(saved(tmp_path, wrong))) == {"wrong"}


def test_a_program_gets_the_same_diagnosis_as_a_person(tmp_path: Path) -> None:
    """The gradients of a batch added up where the loss takes the mean: times three."""
    (tmp_path / "net.yaml").write_text(BATCH, encoding="utf-8")
    traced = backprop_cli.trace(tmp_path / "net.yaml")
    names = ("W1", "b1", "W2", "b2")
    arrays = {f"d{name}": 3 * np.asarray(traced.gradient(name)) for name in names}
    found = check(saved(tmp_path, arrays), network=str(tmp_path / "net.yaml"))
    assert {each.mistake for each in found.marked[0].judged} == {"sum-or-mean"}


def test_names_of_frameworks_and_shapes(tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_text(BATCH, encoding="utf-8")
    traced = backprop_cli.trace(tmp_path / "net.yaml")
    W1, b1, W2, b2 = (np.asarray(traced.gradient(name)) for name in ("W1", "b1", "W2", "b2"))
    both, turned = (W1, b1, W2, b2), (W1.T, b1, W2.T, b2)
    names = ("fc1.weight.grad", "fc1.bias.grad", "fc2.weight.grad", "fc2.bias.grad")
    torch = dict(zip(names, both, strict=True))
    names = ("dense/kernel:0", "dense/bias:0", "dense_1/kernel:0", "dense_1/bias:0")
    keras = dict(zip(names, turned, strict=True))
    shapes = dict(zip(("first", "second", "third", "fourth"), both, strict=True))
    for arrays in (torch, keras, shapes):
        found = check(saved(tmp_path, arrays), network=str(tmp_path / "net.yaml"))
        assert verdicts(found) == {"right"}, arrays
        assert not found.sheets[0].problems
        assert len(found.marked[0].judged) == 13


NORMED = (
    "input: [[0.7, -0.4], [0.3, 0.9], [-1.2, 0.5]]\ntarget: [[0.2], [0.7], [0.5]]\n"
    "loss: half_squared_error\nlayers:\n"
    "  - {name: fc1, weights: [[0.3, -0.2], [0.8, 0.1]], bias: [0.1, -0.2]}\n"
    "  - {name: bn1, type: batch_norm, scale: [1.2, 0.7], shift: [0.1, -0.3]}\n"
    "  - {name: act, type: activation, activation: tanh}\n"
    "  - {name: fc2, weights: [[0.6, -0.5]], bias: [0.2]}\n"
)
GATED = """
seed: 1
sample_shape: [2, 2]
input: [[0.6, 0.1], [-0.5, 0.2]]
target: [[0.3], [0.2]]
loss: half_squared_error
layers:
  - {name: rnn, type: GRU, units: 2, gates: [GATES], reset: after, recurrent_bias: [0.1, 0.2, 0.3,
     0.4, 0.5, 0.6], weights: {init: uniform},
     recurrent_weights: {init: uniform}, bias: {init: uniform}}
  - {name: out, weights: [[0.6, -0.5]], bias: [0.2]}
"""


@pytest.mark.parametrize(
    ("kind", "gates"), [("gru", "run"), ("gru", "unr"), ("lstm", "ifgo"), ("lstm", "fiog")]
)
@pytest.mark.parametrize("prefix", ["rnn.", ""])
def test_stacked_gradients_are_those_of_each_gate(
    kind: str, gates: str, prefix: str, tmp_path: Path
) -> None:
    """As PyTorch keeps them; a right array beside them stays what it is, whatever comes first."""
    text = GATED.replace("GRU", kind).replace("GATES", ", ".join(gates))
    if kind == "lstm":
        text = re.sub(r", reset: after, recurrent_bias: \[[^\]]*\]", "", text)
    (tmp_path / "net.yaml").write_text(text, encoding="utf-8")
    traced = backprop_cli.trace(tmp_path / "net.yaml")

    def whole(letter: str) -> Any:
        return np.concatenate([np.asarray(traced.gradient(f"{letter}{g}1")) for g in gates])

    words = {"weight_ih": "W", "weight_hh": "U", "bias_ih": "b"}
    words["bias_hh"] = "c" if kind == "gru" else "b"
    arrays = {f"{prefix}{word}_l0.grad": whole(letter) for word, letter in words.items()}
    arrays["out.weight.grad"] = np.asarray(traced.gradient("W2"))
    found = check(saved(tmp_path, arrays), network=str(tmp_path / "net.yaml"))
    assert verdicts(found) == {"right"}
    assert not found.sheets[0].problems
    counted = sum(array.size for array in arrays.values()) - (2 * 4 if kind == "lstm" else 0)
    assert len(found.marked[0].judged) == counted
    arrays[f"{prefix}weight_ih_l0.grad"] = whole("W")[: 2 * len(gates) - 1]
    broken = check(saved(tmp_path, arrays), network=str(tmp_path / "net.yaml"))
    of_out = [e.verdict for e in broken.marked[0].judged if e.answer.name.startswith("dW2")]
    assert of_out == ["right", "right"]


def test_gradients_called_as_parameters_are_said_so_once_a_quantity(tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_text(BATCH, encoding="utf-8")
    traced = backprop_cli.trace(tmp_path / "net.yaml")
    arrays = {name: np.asarray(traced.gradient(name)) for name in ("W1", "b1")}
    judged = check(saved(tmp_path, arrays), network=str(tmp_path / "net.yaml")).marked[0].judged
    assert {each.message for each in judged} == {
        f"given, not asked: it earns no mark; right as d{name}: call it so" for name in arrays
    }


def test_an_array_that_could_be_several_names_them_and_the_cure(tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_text(NORMED, encoding="utf-8")
    found = check(saved(tmp_path, {"arr_1": np.ones(2)}), network=str(tmp_path / "net.yaml"))
    (problem,) = found.sheets[0].problems
    assert problem.message == "arr_1: it could be db1 or dgamma2 or dbeta2"
    assert "names: {arr_1: db1}" in problem.cure


ATTENDING = (
    "sample_shape: [3, 2]\ninput: [[0.6, 0.1], [-0.5, 0.2], [0.3, 0.8]]\n"
    "target: [[0.3, 0.8], [0.2, -0.8], [-0.8, 0.7]]\nloss: half_squared_error\nlayers:\n"
    "  - {type: attention, query: [[-0.7, 0.2], [-0.1, 0.7]], key: [[0.4, -0.1], [-0.8, 0.6]],"
    " value: [[-0.3, 0.1], [0.4, -1.2]], output: [[0.1, -0.2], [0.4, 0.3]]}\n"
)


def test_what_a_program_keeps_beside_its_gradients_is_no_answer(tmp_path: Path) -> None:
    """Its parameters, as they are or moved on, its input, what its normalization keeps."""
    (tmp_path / "net.yaml").write_text(NORMED, encoding="utf-8")
    traced = backprop_cli.trace(tmp_path / "net.yaml")
    own = {"fc1.weight": "W1", "fc1.bias": "b1", "bn1.weight": "gamma2", "bn1.bias": "beta2",
           "fc2.weight": "W4", "fc2.bias": "b4"}  # fmt: skip
    state = {name: np.asarray(traced.value(of)) for name, of in own.items()}
    gradients = {name: np.asarray(traced.gradient(of)) for name, of in own.items()}
    of_layers = {f"bn1.running_{what}": np.ones(2) for what in ("mean", "var")}
    plain = {own[name]: 1.1 * array for name, array in state.items()} | {"x": np.zeros((3, 2))}
    torch = {f"{name}.grad": array for name, array in gradients.items()}
    counted = {name.replace("fc1", "net.0").replace("bn1", "net.1").replace("fc2", "net.3"): array
               for name, array in (state | torch).items()}  # fmt: skip
    wanted = {f"d{own[name]}": array for name, array in gradients.items()}
    for arrays in (
        state | of_layers | {"bn1.num_batches_tracked": np.array(3)} | torch,
        {f"params.{name}": array.T for name, array in state.items()} | torch,
        counted,
        plain | wanted,
        state | wanted,
        {f"params/{own[n]}": a for n, a in state.items()}
        | {f"grads/{own[n]}": a for n, a in gradients.items()},
    ):
        for path in (saved(tmp_path, arrays), tmp_path / "ada.json"):
            texts = {name: np.asarray(array).tolist() for name, array in arrays.items()}
            (tmp_path / "ada.json").write_text(json.dumps(texts), encoding="utf-8")
            found = check(path, network=str(tmp_path / "net.yaml"))
            assert not found.sheets[0].problems, list(arrays)
            assert verdicts(found) == {"right"}, list(arrays)
            assert found.marked[0].score == found.marked[0].max_score == 13


def test_parameters_alone_are_answers_that_were_not_asked(tmp_path: Path) -> None:
    arrays = {name: np.asarray(MAZUR.value(name)) for name in ("W1", "b1")}
    marked = check(saved(tmp_path, arrays)).marked[0]
    assert len(marked.judged) == 5
    assert not marked.max_score


def test_a_variance_by_one_less_is_named_in_every_gradient_behind_it(tmp_path: Path) -> None:
    """What torch.var gives by default, differentiated by differences."""
    (tmp_path / "net.yaml").write_text(NORMED, encoding="utf-8")
    x, y = np.array([[0.7, -0.4], [0.3, 0.9], [-1.2, 0.5]]), np.array([[0.2], [0.7], [0.5]])
    own = {"W1": [[0.3, -0.2], [0.8, 0.1]], "gamma2": [1.2, 0.7], "beta2": [0.1, -0.3],
           "W4": [[0.6, -0.5]], "b4": [0.2]}  # fmt: skip
    at = {name: np.array(each) for name, each in own.items()}

    def loss() -> float:
        z = x @ at["W1"].T + [0.1, -0.2]
        hat = (z - z.mean(0)) / np.sqrt(z.var(0, ddof=1) + 1e-5)
        a = np.tanh(at["gamma2"] * hat + at["beta2"]) @ at["W4"].T + at["b4"]
        return float(((a - y) ** 2).sum() / 2 / len(x))

    arrays = {name: np.zeros_like(array) for name, array in at.items()}
    for name, array in at.items():
        for place in np.ndindex(array.shape):
            there = array[place]
            array[place] = there + 1e-6
            up = loss()
            array[place] = there - 1e-6
            arrays[name][place] = (up - loss()) / 2e-6
            array[place] = there
    found = check(
        saved(tmp_path, {f"d{n}": a.astype(np.float32) for n, a in arrays.items()}),
        network=str(tmp_path / "net.yaml"),
    ).marked[0]
    assert {e.mistake for e in found.judged if e.verdict == "wrong"} == {"variance-less-one"}
    off = {e.answer.name.partition("[")[0] for e in found.judged if e.verdict != "right"}
    assert off >= {"dW1", "dgamma2", "dbeta2", "dW4", "db4"}
    assert not found.remarks


PROGRAMS = {
    "a layer's name": (NORMED, {
        "fc1.weight.grad": "W1", "fc1.bias.grad": "b1", "bn1.weight.grad": "gamma2",
        "bn1.bias.grad": "beta2", "fc2.weight.grad": "W4", "fc2.bias.grad": "b4"}),
    "in any order": (NORMED, {
        "bn1.weight": "gamma2", "bn1.bias": "beta2", "model.fc1.weight": "W1", "fc1.bias": "b1"}),
    "one layer alone": (NORMED, {'grads["fc2.weight"]': "W4", 'grads["fc2.bias"]': "b4"}),
    "one layer has it": (NORMED, {"dgamma": "gamma2", "dbeta": "beta2", "d_w4": "W4"}),
    "counted": (NORMED, {
        "0.weight.grad": "W1", "0.bias.grad": "b1", "1.weight.grad": "gamma2",
        "1.bias.grad": "beta2", "3.weight.grad": "W4", "3.bias.grad": "b4"}),
    "attention": (ATTENDING, {"dWq": "Wq1", "dWk": "Wk1", "dWv": "Wv1", "dWo": "Wo1"}),
    "modules": (ATTENDING, {f"W{p}.weight.grad": f"W{p}1" for p in "qkvo"}),
    "projections": (ATTENDING, {
        "attn.q_proj.weight.grad": "", "q_proj.weight.grad": "Wq1", "k_proj.weight.grad": "Wk1",
        "v_proj.weight.grad": "Wv1", "out_proj.weight.grad": "Wo1"}),
    "raised": (ATTENDING, {f"W_{p.upper()}.grad": f"W{p}1" for p in "qkvo"}),
    "capitals": (BATCH, {"dZ1": "z1", "dZ2": "z2", "W1.grad": "W1", "grad_W2": "W2"}),
}  # fmt: skip


@pytest.mark.parametrize("how", PROGRAMS)
def test_a_programs_name_means_what_alone_has_it(how: str, tmp_path: Path) -> None:
    text, meant = PROGRAMS[how]
    (tmp_path / "net.yaml").write_text(text, encoding="utf-8")
    traced = backprop_cli.trace(tmp_path / "net.yaml")
    arrays = {name: np.asarray(traced.gradient(own)) for name, own in meant.items() if own}
    found = check(saved(tmp_path, arrays), network=str(tmp_path / "net.yaml"))
    assert not found.sheets[0].problems
    told = {each.answer.name.partition("[")[0] for each in found.marked[0].judged}
    names = {f"delta{own[1:]}" if own[0] == "z" else f"d{own}" for own in meant.values() if own}
    assert (verdicts(found), told) == ({"right"}, names)


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        (BATCH, "dW", "dW: it could be dW1 or dW2"),
        (BATCH, "weight.grad", "weight.grad: it could be dW1 or dW2"),
        (NORMED, "bn1.running_mean", "bn1.running_mean: layer bn1 has no 'running_mean'"),
        (NORMED, "bn2.weight.grad", "bn2.weight.grad: no quantity is told by it"),
        (ATTENDING, "A1", "A1: it could be a1 or p1"),
        (ATTENDING, "Wq", "Wq: it could be Wq1 or dWq1"),
    ],
)
def test_what_could_be_two_things_is_refused_and_counted(
    text: str, name: str, said: str, tmp_path: Path
) -> None:
    (tmp_path / "net.yaml").write_text(text, encoding="utf-8")
    arrays = {name: np.ones((2, 2, 2)), "loss": np.array(0.1)}
    found = check(saved(tmp_path, arrays), network=str(tmp_path / "net.yaml"))
    assert [problem.message for problem in found.sheets[0].problems] == [said]
    most = 1 if "no quantity" in said else 9
    assert (found.marked[0].score, found.marked[0].max_score) == (0, most)


def test_arrays_are_read_alike_whatever_door_they_come_by(tmp_path: Path) -> None:
    arrays = {f"grads.{name}": array for name, array in GRADIENTS.items()}
    plain = {name: array.tolist() for name, array in GRADIENTS.items()}
    by_layer = {"layer_1": {"weight": plain["dW1"], "bias": plain["db1"]}}
    by_layer["layer_2"] = {"weight": plain["dW2"], "bias": plain["db2"]}
    flat = {f"{key}.{what}": v for key, each in by_layer.items() for what, v in each.items()}
    found = [check(saved(tmp_path, arrays))]
    for dump in ({"grads": plain}, by_layer, flat, {"student": "Ada", "answers": flat}):
        (tmp_path / "a.json").write_text(json.dumps(dump), encoding="utf-8")
        found += [check(tmp_path / "a.json"), backprop_cli.check(config("mazur"), dump)]
    found.append(backprop_cli.check(config("mazur"), arrays))
    for each in found:
        assert not each.sheets[0].problems
        assert verdicts(each) == {"right"}
        assert len(each.marked[0].judged) == 10
    assert found[-2].marked[0].sheet.student == "Ada"


def test_the_softmax_for_the_scores_has_a_name(tmp_path: Path) -> None:
    text = "input: [0.7, -0.4]\ntarget: {class: 1}\nloss: softmax_cross_entropy\nlayers:\n"
    text += "  - {weights: [[0.3, -0.2], [0.8, 0.1], [-0.5, 0.6]], bias: [0.1, -0.2, 0.3]}\n"
    (tmp_path / "net.yaml").write_text(text, encoding="utf-8")
    scores = np.array([[0.3, -0.2], [0.8, 0.1], [-0.5, 0.6]]) @ [0.7, -0.4] + [0.1, -0.2, 0.3]
    arrays = {"Z1": scores, "A1": np.exp(scores) / np.exp(scores).sum()}
    found = check(saved(tmp_path, arrays), network=str(tmp_path / "net.yaml"))
    wrong = {each.mistake for each in found.marked[0].judged if each.verdict == "wrong"}
    assert wrong == {"softmax-for-scores"}


def test_what_cannot_be_told_is_said(tmp_path: Path) -> None:
    arrays = {"first": np.zeros((3, 1)), "dW2": GRADIENTS["dW2"][0], "loss": np.array(0.2983711)}
    found = check(saved(tmp_path, arrays))
    said = [problem.message for problem in found.sheets[0].problems]
    assert sorted(said) == ["dW2: 2 where 2 × 2 is asked", "first: no quantity is told by it"]
    assert [each.verdict for each in found.marked[0].judged].count("right") == 1
    assert verdicts(found) == {"right", "unreadable"}


def test_an_array_of_another_shape_counts_whatever_it_is_called(tmp_path: Path) -> None:
    """A transposed array is unreadable, entry by entry, under a plain name as under a program's."""
    (tmp_path / "net.yaml").write_text(BATCH, encoding="utf-8")
    traced = backprop_cli.trace(tmp_path / "net.yaml")
    own = [np.asarray(traced.gradient(name)) for name in ("W1", "b1", "W2", "b2")]
    turned = (own[0].T, *own[1:])
    torch = ("fc1.weight.grad", "fc1.bias.grad", "fc2.weight.grad", "fc2.bias.grad")
    for names in (("dW1", "db1", "dW2", "db2"), torch):
        path = saved(tmp_path, dict(zip(names, turned, strict=True)))
        done = run("check", str(tmp_path / "net.yaml"), str(path))
        assert "7 right, 6 unreadable: 7 of 13 marks" in done.out
        assert f"{names[0]}: 2 × 3 where 3 × 2 is asked: it is transposed" in done.err


def test_a_program_that_has_inputs_first_is_read_so_throughout(tmp_path: Path) -> None:
    """dW2 is 3 × 1 where 1 × 3 is asked, dW1 square: x·W gives both so."""
    (tmp_path / "net.yaml").write_text(SQUARE, encoding="utf-8")
    traced = backprop_cli.trace(tmp_path / "net.yaml")
    own = {f"d{name}": np.asarray(traced.gradient(name)) for name in ("W1", "b1", "W2", "b2")}
    turned = {name: array.T for name, array in own.items()}
    for arrays, verdict in ((own, {"right"}), (turned, {"right"})):
        found = backprop_cli.check(tmp_path / "net.yaml", saved(tmp_path, arrays))
        assert verdicts(found) == verdict
    half = {**own, "dW1": own["dW1"].T}
    found = backprop_cli.check(tmp_path / "net.yaml", saved(tmp_path, half))
    assert verdicts(found) == {"right", "wrong"}


def test_the_largest_deviation_of_each_array_is_told_in_full(tmp_path: Path) -> None:
    """It would give the number away to whoever has a hint only."""
    (tmp_path / "net.yaml").write_text(SQUARE, encoding="utf-8")
    traced = backprop_cli.trace(tmp_path / "net.yaml")
    own = {f"d{name}": np.array(traced.gradient(name)) for name in ("W1", "b1", "W2", "b2")}
    own["dW1"][1, 0] += 0.25
    size = np.abs(np.asarray(traced.gradient("W1"))).max()
    path = str(saved(tmp_path, own))
    told = run("check", str(tmp_path / "net.yaml"), path, "--feedback", "full", width=100).out
    rows = [line.split() for line in told.partition("The largest deviations")[2].splitlines()]
    assert ["dW1", "0.25", f"{0.25 / size:.2g}", "dW1[2,1]"] in rows
    assert ["db2", "0", "0", "db2[1]"] in rows
    assert "deviation" not in run("check", str(tmp_path / "net.yaml"), path).out


def test_parameters_in_the_place_of_gradients_are_said_to_be_so(tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_text(SQUARE, encoding="utf-8")
    traced = backprop_cli.trace(tmp_path / "net.yaml")
    torch = {"fc1.weight": "W1", "fc1.bias": "b1", "fc2.weight": "W2", "fc2.bias": "b2"}
    arrays = {name: np.asarray(traced.value(own), "float32") for name, own in torch.items()}
    found = backprop_cli.check(tmp_path / "net.yaml", saved(tmp_path, arrays))
    (problem,) = found.sheets[0].problems
    assert "parameters as they are given, not their gradients" in problem.message
    assert (found.marked[0].score, found.marked[0].max_score) == (0, 9)
    arrays = {name: np.asarray(traced.gradient(own)) for name, own in torch.items()}
    found = backprop_cli.check(tmp_path / "net.yaml", saved(tmp_path, arrays))
    assert verdicts(found) == {"right"}


def test_a_mapping_of_the_markers_names_them(tmp_path: Path) -> None:
    saved(tmp_path, {"g1": GRADIENTS["dW1"], "g2": GRADIENTS["dW2"]})
    (tmp_path / "rubric.yaml").write_text("names: {g1: dW1, g2: dW2}\n", encoding="utf-8")
    arguments = ("--rules", str(tmp_path / "rubric.yaml"))
    done = run("check", config("mazur"), str(tmp_path / "ada.npz"), *arguments)
    assert "8 right: 8 of 8 marks" in done.out
    (tmp_path / "rubric.yaml").write_text("names: {g1: dW9}\n", encoding="utf-8")
    done = run("check", config("mazur"), str(tmp_path / "ada.npz"), *arguments)
    assert "rubric.yaml:1:13: there is no 'dW9' in this network" in done.err


def test_json_dumps_keep_the_precision_of_their_floats(tmp_path: Path) -> None:
    for kind in (np.float64, np.float32, np.float16):
        for plain in (True, False):
            arrays = {k: v.astype(kind) for k, v in GRADIENTS.items()}
            dump = {k: (v if plain else v.astype(float)).tolist() for k, v in arrays.items()}
            (tmp_path / "ada.json").write_text(json.dumps(dump), encoding="utf-8")
            assert verdicts(check(tmp_path / "ada.json")) == {"right"}, kind
    (tmp_path / "ada.json").write_text('{"z1": [0.38, 0.39], "loss": 0.298}', encoding="utf-8")
    assert verdicts(check(tmp_path / "ada.json")) == {"right"}


def test_one_array_is_named_by_its_file(tmp_path: Path) -> None:
    np.save(tmp_path / "dW1.npy", GRADIENTS["dW1"])
    assert verdicts(check(tmp_path / "dW1.npy")) == {"right"}


# -- attacks


class Evil:
    def __reduce__(self) -> tuple[Any, ...]:
        return (print, ("executed",))


def npy(array: Any) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=True)
    return stream.getvalue()


def npz(members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return stream.getvalue()


HUGE = b"\x93NUMPY\x01\x00v\x00" + (
    b"{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,), }".ljust(117) + b"\n"
)
CALL = b"\x93NUMPY\x01\x00\x76\x00" + b"{'descr': exit(), 'shape': (1,)}".ljust(117) + b"\n"
ATTACKS = {
    "objects": npz({"dW1.npy": npy(np.array([Evil()], dtype=object))}),
    "a bare pickle": pickle.dumps(Evil()),
    "a pickled member": npz({"dW1.npy": pickle.dumps(Evil())}),
    "a bomb": npz({"dW1.npy": b"\0" * (LARGEST_ARRAYS + 1)}),
    "many bombs": npz({f"a{n}.npy": b"\0" * 40_000 for n in range(60)}),
    "many members": npz({f"a{n}.npy": b"" for n in range(600)}),
    "a huge shape": npz({"dW1.npy": HUGE}),
    "texts": npz({"dW1.npy": npy(np.array(["x"]))}),
    "no header": npz({"dW1.npy": b"\x93NUMPY\x01\x00\x10\x00__import__('os')"}),
    "a call in the header": npz({"dW1.npy": CALL}),
    "nothing": b"",
    "cut off": npz({"dW1.npy": npy(np.ones(9))})[:-40],
}  # fmt: skip


@pytest.mark.parametrize("what", ATTACKS)
def test_attacks_are_refused_with_a_sentence(
    what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(Refusal):
        read_arrays(ATTACKS[what], "a.npz")
    (tmp_path / "a.npz").write_bytes(ATTACKS[what])
    found = check(tmp_path / "a.npz")
    assert found.sheets[0].problems
    assert "executed" not in capsys.readouterr().out


def test_damaged_files_are_refused_with_a_sentence(tmp_path: Path) -> None:
    saved(tmp_path, GRADIENTS)
    whole = (tmp_path / "ada.npz").read_bytes()
    random = np.random.default_rng(1)
    for _ in range(200):
        data = bytearray(whole)
        for place in random.integers(len(data), size=4):
            data[place] = random.integers(256)
        with contextlib.suppress(Refusal):
            read_arrays(bytes(data), "a.npz")


# -- spreadsheets

NS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
SHARED = f"<sst {NS}><si><t>quantity</t></si><si><t>answer</t></si><si><t>loss</t></si></sst>"
ROWS = (
    f"<worksheet {NS}><sheetData>"
    '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>'
    '<row r="2"><c r="A2" t="s"><v>2</v></c><c r="B2"><v>0.29799999999999999</v></c></row>'
    '<row r="3"><c r="A3" t="inlineStr"><is><t>z1[1]</t></is></c>'
    '<c r="B3"><f>0.3+0.0775</f><v>0.3775</v></c></row>'
    '<row r="5"><c r="A5" t="inlineStr"><is><t>a1[1]</t></is></c></row>'
    "</sheetData></worksheet>"
)


def xlsx(rows: str = ROWS, **more: str) -> bytes:
    members = {"xl/sharedStrings.xml": SHARED, "xl/worksheets/sheet1.xml": rows}
    members |= {name.replace("__", "/"): text for name, text in more.items()}
    return npz({name: text.encode() for name, text in members.items()})


def test_a_spreadsheet_is_a_sheet(tmp_path: Path) -> None:
    (tmp_path / "ada.xlsx").write_bytes(xlsx())
    judged = check(tmp_path / "ada.xlsx").marked[0].judged
    assert [(j.answer.name, j.answer.parsed.raw, j.verdict) for j in judged] == [
        ("loss", "0.298", "right"),
        ("z1[1]", "0.3775", "right"),
        ("a1[1]", "", "blank"),
    ]


@pytest.mark.parametrize(
    ("formula", "verdict"),
    [
        ("<f>0.3+0.0775</f>", "right"),
        ("<f>A1*$B$2</f><v></v>", "unreadable"),
        ("<f>SUM(C)</f><v/>", "unreadable"),
        ('<f t="shared" si="0"/>', "unreadable"),
        ("<f>A1*B2</f><v>0.3775</v>", "right"),
    ],
)
def test_a_formula_without_its_value_is_no_blank(
    formula: str, verdict: str, tmp_path: Path
) -> None:
    """A program that writes a spreadsheet leaves the values to whoever opens it."""
    (tmp_path / "ada.xlsx").write_bytes(
        xlsx(ROWS.replace("<f>0.3+0.0775</f><v>0.3775</v>", formula))
    )
    judged = check(tmp_path / "ada.xlsx").marked[0].judged[1]
    assert judged.verdict == verdict
    problem = judged.answer.parsed.problem
    assert (problem is not None) == (verdict == "unreadable")
    if problem is not None:
        assert (problem.message, problem.cure) == (NO_VALUE, NO_VALUE_CURE)
        assert problem.place is not None
        assert (problem.place.line, problem.place.column) == (3, 2)


def worksheet(*rows: tuple[Any, ...], merged: str = "") -> str:
    """Return a worksheet's XML; None is a cell that is not there."""
    lines = []
    for n, row in enumerate(rows, 1):
        cells = ""
        for letter, value in zip("ABCDEF", row, strict=False):
            if isinstance(value, str):
                cells += f'<c r="{letter}{n}" t="inlineStr"><is><t>{value}</t></is></c>'
            elif value is not None:
                cells += f'<c r="{letter}{n}"><v>{value}</v></c>'
        lines.append(f'<row r="{n}">{cells}</row>')
    merges = "".join(f'<mergeCell ref="{each}"/>' for each in merged.split())
    merges = f"<mergeCells>{merges}</mergeCells>" if merges else ""
    return f"<worksheet {NS}><sheetData>{''.join(lines)}</sheetData>{merges}</worksheet>"


HEAD = ("quantity", "answer")
LONG = (("z1[1]", 0.3775), ("z1[2]", 0.3925), ("loss", 0.2984))
WORKBOOK = {
    "xl__workbook.xml": f'<workbook {NS} xmlns:r="http://schemas.openxmlformats.org/officeDocument/'
    '2006/relationships"><sheets><sheet name="b" r:id="r2"/><sheet name="a" r:id="r1"/></sheets>'
    "</workbook>",
    "xl___rels__workbook.xml.rels": '<R><R Id="r1" Target="worksheets/sheet1.xml"/>'
    '<R Id="r2" Target="/xl/worksheets/sheet2.xml"/></R>',
}
TABLES: dict[str, tuple[str, ...]] = {
    "a title and a name above": (
        worksheet(("Exercise 3",), ("Student:", "Ada"), (), HEAD, *LONG, merged="A1:D1"),),
    "empty columns before": (worksheet(*((None, None, *row) for row in LONG)),),
    "columns in between": (
        worksheet(("#", "part", *HEAD, "notes"), *((1, "i", *row, "?") for row in LONG)),),
    "counted rows": (worksheet(*((n, *row) for n, row in enumerate(LONG, 1))),),
    "German heads, decimal commas": (
        worksheet(("Größe", "Antwort"), *((n, str(v).replace(".", ",")) for n, v in LONG)),),
    "merged names": (
        worksheet(("quantity", "entry", "answer"), ("z1", 1, 0.3775), (None, 2, 0.3925),
                  ("loss", None, 0.2984), merged="A2:A3"),),
    "numbers beside a name": (worksheet(("z1", 0.3775, 0.3925), ("loss", 0.2984)),),
    "a page of words first": (
        worksheet(HEAD, *LONG), worksheet(("Fill in the other page, please",))),
    "a page for each layer": (worksheet(HEAD, *LONG[2:]), worksheet(HEAD, *LONG[:2])),
}  # fmt: skip


@pytest.mark.parametrize("what", TABLES)
def test_a_spreadsheet_is_read_as_people_lay_it_out(what: str, tmp_path: Path) -> None:
    first, *more = TABLES[what]
    pages = {"xl__worksheets__sheet2.xml": more[0], **WORKBOOK} if more else {}
    (tmp_path / "ada.xlsx").write_bytes(xlsx(first, **pages))
    found = check(tmp_path / "ada.xlsx")
    assert not found.sheets[0].problems
    judged = found.marked[0].judged
    assert [(j.answer.name, j.verdict) for j in judged] == [(name, "right") for name, _ in LONG]
    if "above" in what:
        assert found.marked[0].sheet.student == "Ada"


def test_a_matrix_stands_below_its_name(tmp_path: Path) -> None:
    rows = ("dW2", None), (0.0822, 0.0827), (-0.0226, -0.0227), ("db2", 0.1004)
    (tmp_path / "ada.xlsx").write_bytes(xlsx(worksheet(*rows)))
    (tmp_path / "ada.csv").write_text("dW2;\n0.0822;0.0827\n-0.0226;-0.0227\ndb2;0.1004\n")
    for name in ("ada.xlsx", "ada.csv"):
        judged = check(tmp_path / name).marked[0].judged
        assert [j.verdict for j in judged] == ["right"] * 5, name


LAUGHS = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'
BAD_SHEETS = {
    "entities": xlsx(LAUGHS + ROWS),
    "an external entity": xlsx('<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + ROWS),
    "macros": xlsx(**{"xl/vbaProject.bin": "x"}),
    "links": xlsx(**{"xl/externalLinks/externalLink1.xml": "<a/>"}),
    "a bomb": xlsx(f"<worksheet {NS}>{' ' * 5_000_000}</worksheet>"),
    "a string that is not there": xlsx(ROWS.replace("<v>2</v>", "<v>99</v>")),
    "no worksheet": npz({"xl/workbook.xml": b"<a/>"}),
    "no XML": xlsx("hello"),
    "many cells": xlsx(
        f"<worksheet {NS}><sheetData>"
        + "".join(f'<row r="{n}"><c r="ZZ{n}"><v>1</v></c></row>' for n in range(1, 60))
        + "</sheetData></worksheet>"
    ),
    "nothing": b"",
}


@pytest.mark.parametrize("what", BAD_SHEETS)
def test_a_spreadsheet_with_more_than_cells_is_refused(what: str, tmp_path: Path) -> None:
    with pytest.raises(Refusal):
        xlsx_rows(BAD_SHEETS[what], "a.xlsx")
    (tmp_path / "a.xlsx").write_bytes(BAD_SHEETS[what])
    assert check(tmp_path / "a.xlsx").sheets[0].problems
