"""``backprop diagnose`` as a person runs it: every format, the picture, what is refused."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock
from xml.etree import ElementTree

import numpy as np
import pytest
import yaml

from backprop_cli.api import loads, trace
from backprop_cli.notation import profile_names
from backprop_cli.render.bars import _size
from backprop_cli.worked.diagnose.bars import BAR, WIDEST_BAR, bar, bar_scale

from ..texts import texts
from .running import NAMES, config, printed, refused, run


def deep(activation: str, scale: float) -> str:
    """Return ten layers of four units, their weights drawn once."""
    random = np.random.default_rng(4)
    layers = [
        {
            "activation": activation,
            "weights": (scale * random.normal(size=(4, 4))).tolist(),
            "bias": [0.0] * 4,
        }
        for _ in range(10)
    ]
    spec = {"name": "deep", "input": [1, -0.5, 0.25, 2], "target": [0.1, 0.9, 0.5, 0.2]}
    return yaml.safe_dump({**spec, "loss": "half_squared_error", "layers": layers})


@pytest.mark.parametrize("name", NAMES)
def test_every_example_is_diagnosed(name: str) -> None:
    text = printed("diagnose", config(name), "--full")
    assert "In half precision" in text
    assert "float64" in text
    short = printed("diagnose", config(name))
    assert len(short) < len(text)
    assert "--full:" in short


@pytest.mark.parametrize("name", [*texts(), "json", "svg"])
@pytest.mark.parametrize("network", ["softmax_relu", "diamond"])
def test_every_format_says_it(name: str, network: str) -> None:
    text = printed("diagnose", config(network), "--format", name)
    assert "steady" in text or name == "svg"


@pytest.mark.parametrize("notation", profile_names())
def test_every_notation_draws_it(notation: str) -> None:
    assert printed("diagnose", config("residual"), "--notation", notation)


def test_a_deep_sigmoid_network_vanishes_on_screen() -> None:
    done = run("diagnose", "-", "--full", stdin=deep("sigmoid", 0.5))
    assert done.code == 0
    said = " ".join(done.out.split())
    assert "vanishing: the error reaches layer 1 with" in said
    assert "a layer over 9 layers" in said
    assert "loss scale 2" in said
    assert "Xavier: vanishing" in said
    assert BAR in said


def test_a_deep_linear_network_explodes_on_screen() -> None:
    done = run("diagnose", "-", stdin=deep("identity", 3.0))
    assert "exploding: the error reaches layer 1 with" in " ".join(done.out.split())


def test_a_dead_unit_is_named_on_screen() -> None:
    text = printed("diagnose", config("softmax_relu"))
    (row,) = [line for line in text.splitlines() if line.startswith(" a1[2]")]
    assert "dead" in row


def test_of_no_error_there_is_no_factor() -> None:
    """Layer 2 is off, so what would pass from it to layer 1 cannot be told: 0/0."""
    one = {"weights": [[-5]], "bias": [0], "activation": "relu"}
    layers = [{**one, "activation": "sigmoid"}, one, {"weights": [[0.5]], "bias": [0]}]
    spec = {"input": [1], "target": [0.2], "loss": "squared_error", "layers": layers}
    rows = run("diagnose", "-", "--full", stdin=yaml.safe_dump(spec)).out.splitlines()
    first, second = (
        next(r.split() for r in rows if r.startswith(f" {e}")) for e in ("3 → 2", "2 → 1")
    )
    assert [float(cell) for cell in first[3:6]] == [0.5, 0, 0]
    assert second[3:6] == ["–", "–", "–"]


def test_of_many_dead_units_a_few_a_layer_are_named() -> None:
    off = {"activation": "relu", "weights": [[-1] * 8] * 8, "bias": [-1] * 8}
    first = {**off, "weights": [[-1]] * 8}
    last = {"weights": [[1] * 8], "bias": [1]}
    layers = [first, *[off] * 5, last]
    spec = {"input": [1], "target": [0], "loss": "squared_error", "layers": layers}
    text = yaml.safe_dump(spec)
    short, full = (
        run("diagnose", "-", *more, stdin=text, width=400).out for more in ((), ("--full",))
    )
    assert [len(re.findall(r"\] +dead ", text)) for text in (short, full)] == [6 * 4, 6 * 8]
    assert "not named: 4 more dead in layer 1, 4 more dead in layer 2" in short
    assert "one sample only: a unit that is off on it may be on for others" in short
    assert "one sample only" not in printed("diagnose", config("xor_batch"))


@pytest.mark.parametrize(
    ("size", "said"), [(1.43e7, "1.43e7"), (6.1e-5, "6.1e−5"), (0.25, "0.25"), (0.0, "0")]
)
def test_a_bars_number_is_written_as_in_the_tables(size: float, said: str) -> None:
    assert _size(size) == said


def test_json_has_what_the_tables_have() -> None:
    text = run("diagnose", "-", "--format", "json", stdin=deep("sigmoid", 0.5)).out
    found = json.loads(text)
    assert (found["format"], found["version"]) == ("backprop-diagnose", 1)
    (verdict,) = found["verdicts"]
    assert verdict["kind"] == "vanishing"
    assert verdict["factor_a_layer"] ** 9 == pytest.approx(verdict["ratio"])
    layers = found["layers"]
    assert [layer["index"] for layer in layers] == list(range(1, 11))
    for layer in layers[:-1]:
        (edge,) = layer["from"]
        assert edge["factor"] == pytest.approx(edge["weights"] * edge["slopes"])
        assert edge["factor"] <= edge["bound"]
    assert found["half_precision"]["loss_scale"] > 1
    assert sum(each["numbers"] for each in found["memory"]) == 4 + 10 * 8
    assert {each["name"] for each in found["initialisations"]} == {"Xavier", "He"}


def test_json_of_a_graph_has_its_nodes() -> None:
    found = json.loads(printed("diagnose", config("diamond"), "--format", "json"))
    assert {node["name"]: node["gradient_norm"] for node in found["nodes"]}["a"] == 10.5
    assert "layers" not in found


def test_the_picture_has_a_bar_a_layer(tmp_path: Path) -> None:
    path = tmp_path / "health.svg"
    network = tmp_path / "net.yaml"
    network.write_text(deep("sigmoid", 0.5), encoding="utf-8")
    assert printed("diagnose", str(network), "-o", str(path)) == ""
    tree = ElementTree.fromstring(path.read_text(encoding="utf-8"))
    bars = [each for each in tree.iter("{http://www.w3.org/2000/svg}rect") if each.get("rx")]
    assert len(bars) == 10
    widths = [float(each.get("width", "0")) for each in bars]
    assert widths == sorted(widths, reverse=True)
    found = json.loads(printed("diagnose", str(network), "--format", "json"))["layers"]
    logs = [np.log10(layer["delta_norm"]) for layer in reversed(found)]
    steps = np.diff(widths) / np.diff(logs)
    np.testing.assert_allclose(steps, steps[0], rtol=5e-2)


@pytest.mark.skipif(importlib.util.find_spec("resvg_py") is None, reason="no resvg-py")
def test_the_picture_in_pixels(tmp_path: Path) -> None:
    path = tmp_path / "health.png"
    printed("diagnose", config("mazur"), "-o", str(path))
    assert path.read_bytes().startswith(b"\x89PNG")


def test_without_the_extra_pixels_say_what_to_install(tmp_path: Path) -> None:
    with mock.patch.dict(sys.modules, {"resvg_py": None}):
        said = run("diagnose", config("mazur"), "-o", str(tmp_path / "health.png")).err
    assert "pip install 'backprop-cli[png]'" in said


def test_a_name_in_the_picture_is_no_markup() -> None:
    text = deep("tanh", 0.5).replace("name: deep", 'name: "<script>alert(1)</script> & more"')
    done = run("diagnose", "-", "--format", "svg", stdin=text)
    assert "<script" not in done.out
    ElementTree.fromstring(done.out)


def test_a_deep_network_shows_its_ends_and_full_shows_all() -> None:
    one = {"weights": [[1]], "bias": [0]}
    spec = {"input": [1], "target": [0], "loss": "squared_error", "layers": [one] * 40}
    text = yaml.safe_dump(spec)
    short, full = (run("diagnose", "-", *more, stdin=text).out for more in ((), ("--full",)))
    assert not re.search(r"(?m)^ 15 ", short)
    assert re.search(r"(?m)^ 1 ", short)
    assert re.search(r"(?m)^ 15 ", full)
    assert " 20 → 19 " in full


@pytest.mark.parametrize("size", [1.0, 0.3, 1e-9, 4e5])
def test_a_bar_is_as_long_as_its_logarithm(size: float) -> None:
    low, high = bar_scale([1e-9, 4e5])
    assert (low, high) == (-10, 6)
    assert len(bar(size, (low, high))) == round(WIDEST_BAR * (np.log10(size) - low) / 16)
    assert bar(0.0, (low, high)) == "0"


def test_one_sample_alone() -> None:
    text = " ".join(printed("diagnose", config("xor_batch"), "--sample", "2").split())
    assert "the error of sample 2 alone" in text


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--sample", "9"), "has 1 sample"),
        (("--standalone",), "belongs to latex"),
        (("--format", "svg", "--standalone"), "belongs to latex"),
        (("--format", "doc"), "known: svg, png, html"),
        (("-o", "nowhere/health.svg"), "no folder"),
    ],
)
def test_what_cannot_be_asked_is_refused(arguments: tuple[str, ...], says: str) -> None:
    assert says in refused("diagnose", config("mazur"), *arguments)


def test_a_network_without_numbers_is_refused() -> None:
    assert "has no numbers" in refused("diagnose", config("symbolic_2443"))


@pytest.mark.parametrize("width", [80, 120])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    for name in ("softmax_relu", "residual", "diamond"):
        text = printed("diagnose", config(name), width=width)
        assert max(map(len, text.splitlines())) <= width


def test_ascii_has_its_own_spellings() -> None:
    for name in ("residual", "diamond"):
        text = printed("diagnose", config(name), encoding="ascii")
        assert text.isascii()
        assert "?" not in text


def remedies_of(text: str) -> dict[str, dict[str, float]]:
    found = json.loads(run("diagnose", "-", "--format", "json", stdin=text).out)
    return {remedy.pop("change"): remedy for remedy in found["remedies"]}


def size_of(spec: dict[str, Any], name: str) -> float:
    """Return the norm of a gradient of a network."""
    return float(np.linalg.norm(trace(loads(yaml.safe_dump(spec))).value(name)))


@pytest.mark.parametrize(
    ("change", "activation", "loss"),
    [
        ("tanh in place of sigmoid", "tanh", "half_squared_error"),
        ("binary_cross_entropy in place of half_squared_error", "sigmoid", "binary_cross_entropy"),
    ],
)
def test_a_remedy_is_what_the_changed_network_gives(
    change: str, activation: str, loss: str
) -> None:
    text = deep("sigmoid", 3.5)
    spec = yaml.safe_load(text)
    found = remedies_of(text)[change]
    assert found["gradient_before"] == pytest.approx(size_of(spec, "dW1"), rel=1e-12)
    for layer in spec["layers"][:-1]:
        layer["activation"] = activation
    assert found["gradient_after"] == pytest.approx(size_of({**spec, "loss": loss}, "dW1"))


def test_another_loss_counts_the_steps_that_have_a_target() -> None:
    text = """\
input: [[1, 1.0e+4], [1, 1], [1, 1]]
target: [[1], ~, [1]]
loss: squared_error
layers: [{type: rnn, activation: sigmoid, joined: [[1, 1, 1]], bias: none}]
"""
    spec = yaml.safe_load(text)
    found = remedies_of(text)["binary_cross_entropy in place of squared_error"]
    assert found["gradient_before"] == pytest.approx(size_of(spec, "dW1"))
    wanted = size_of({**spec, "loss": "binary_cross_entropy"}, "dW1")
    assert found["gradient_after"] == pytest.approx(wanted)


def test_first_weights_as_a_remedy_are_those_of_the_file() -> None:
    text = deep("identity", 3.0)
    spec, found = yaml.safe_load(text), remedies_of(text)
    sizes = []
    for seed in range(10):
        layers = [{"units": 4, "weights": {"init": "he_normal"}, "bias": 0}] * 10
        sizes.append(size_of({**spec, "seed": seed, "layers": layers}, "dW1"))
    wanted = np.exp(np.mean(np.log(sizes)))
    assert found["He's first weights"]["gradient_after"] == pytest.approx(wanted, rel=1e-9)
    halved = [{**e, "weights": (np.array(e["weights"]) / 2).tolist()} for e in spec["layers"]]
    after = size_of({**spec, "layers": halved}, "dW1")
    assert found["every weight halved"]["gradient_after"] == pytest.approx(after)


SHORT = """\
input: [1, -2]
target: [0.1, 0.9]
loss: half_squared_error
layers:
  - {activation: sigmoid, weights: [[6, 1], [-5, 2]], bias: [1, 0]}
  - {activation: sigmoid, weights: [[7, -4], [3, 5]], bias: [0, 2]}
  - {activation: sigmoid, weights: [[4, 3], [-6, 2]], bias: [1, 0]}
"""
"""Saturated units, three layers of them."""


SIGMA: dict[str, Callable[[Any], tuple[Any, Any]]] = {
    "sigmoid": lambda z: (1 / (1 + np.exp(-z)), np.exp(-z) / (1 + np.exp(-z)) ** 2),
    "tanh": lambda z: (np.tanh(z), 1 / np.cosh(z) ** 2),
    "relu": lambda z: (np.maximum(z, 0), np.where(z > 0, 1.0, 0.0)),
    "leaky_relu": lambda z: (np.where(z > 0, z, z / 100), np.where(z > 0, 1.0, 0.01)),
    "identity": lambda z: (z, np.ones_like(z)),
}


def errors_of(spec: dict[str, Any]) -> list[Any]:
    """Return δ of each layer of a chain under half the squared error, by numpy alone."""
    drawn = trace(loads(yaml.safe_dump(spec)))
    a, slopes, weights = np.array(spec["input"], dtype=float), [], []
    for number, layer in enumerate(spec["layers"], 1):
        weights.append(np.asarray(drawn.value(f"W{number}")))
        z = weights[-1] @ a + np.asarray(drawn.value(f"b{number}"))
        a, slope = SIGMA[layer.get("activation", "identity")](z)
        slopes.append(slope)
    deltas = [(a - np.array(spec["target"], dtype=float)) * slopes[-1]]
    for above, slope in zip(weights[:0:-1], slopes[-2::-1], strict=True):
        deltas.insert(0, above.T @ deltas[0] * slope)
    return deltas


def by_hand(spec: dict[str, Any]) -> float:
    """Return the norm of dW1 = δ¹ xᵀ by numpy alone."""
    return float(np.linalg.norm(np.outer(errors_of(spec)[0], spec["input"])))


def test_what_the_page_says_is_what_comes_of_writing_it() -> None:
    """The advice is written into the file as it stands, and the passes are worked in numpy."""
    page = run("diagnose", "-", stdin=SHORT, width=400).out
    told = r"the gradient of W1 is (\S+) times as large, (\S+) for (\S+?)(?:;.*)?: write (.*)"
    before, kinds = by_hand(yaml.safe_load(SHORT)), set()
    for times, after, was, line in re.findall(told, page):
        change = yaml.safe_load("{" + line + "}")
        kind, sizes = tuple(change), []
        function = {key: change.pop(key) for key in ("activation",) if key in change}
        for seed in range(1 if not change else 3 if function else 10):
            spec = yaml.safe_load(SHORT) | {"seed": seed}
            for layer in spec["layers"]:
                layer.update(change, units=2)
            for layer in spec["layers"][:-1]:
                layer.update(function)
            sizes.append(by_hand(spec))
        arrived = [size for size in sizes if size]
        lost = (
            f"in {len(sizes) - len(arrived)} of {len(sizes)} draws of them no error arrives at all"
        )
        assert (lost in page) == (len(arrived) < len(sizes))
        wanted = np.exp(np.mean(np.log(arrived)))
        assert read(after) == pytest.approx(wanted, rel=0.01), line
        assert read(was) == pytest.approx(before, rel=0.01)
        assert read(times) == pytest.approx(wanted / before, rel=0.06)
        kinds.add(kind)
    assert kinds == {("activation",), ("weights", "bias"), ("activation", "weights", "bias")}


def test_what_wakes_a_dead_unit_is_what_comes_of_writing_it() -> None:
    """δ¹₂ = 0.01·(W²ᵀ δ²)₂ with leaky_relu, 0 with relu, by numpy alone."""
    spec: dict[str, Any] = {
        "input": [1, -2],
        "target": [0.1],
        "loss": "half_squared_error",
        "layers": [
            {"activation": "relu", "weights": [[2, 1], [-3, 1]], "bias": [1, -0.5]},
            {"weights": [[1.5, -0.7]], "bias": [0.25]},
        ],
    }
    told = r"delta1\[2\] is no longer 0 but (\S+): write (.*)"
    page = run("diagnose", "-", stdin=yaml.safe_dump(spec), width=400).out
    ((after, line),) = re.findall(told, page)
    assert errors_of(spec)[0][1] == 0
    spec["layers"][0].update(yaml.safe_load("{" + line + "}"))
    assert read(after) == pytest.approx(errors_of(spec)[0][1], rel=0.01)


def read(number: str) -> float:
    """Return a printed number: 1.2e−5."""
    return float(number.replace("−", "-"))


def test_advice_comes_first_and_says_what_to_write() -> None:
    said = " ".join(run("diagnose", "-", stdin=deep("sigmoid", 0.5)).out.split())
    assert said.index("What to do") < said.index("The error, layer by layer")
    assert "the gradient of W1 is 310000 times as large" in said
    assert "write activation: tanh" in said
    assert "the error still vanishes: write weights: {init: he_normal}" in said
    said = " ".join(run("diagnose", "-", stdin=deep("identity", 3.0)).out.split())
    assert "backprop step NET --clip-norm 1 shortens the whole gradient" in said
    assert "delta1[2] is no longer 0" in printed("diagnose", config("softmax_relu"))
    assert "nothing to mend" in printed("diagnose", config("mazur"))
