"""Sentences with a condition are true of the network that they are printed for, both ways.

Each condition is decided here once more, from the file or by computing anew, and for each there is
a network that makes the program say the one, and one that makes it say the other.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backprop_cli.api import load
from backprop_cli.graph.records import Graph
from backprop_cli.passes.health.diagnosis import LIMIT
from backprop_cli.passes.run import run

from ..commands.running import EXAMPLES, NAMES, config, printed
from ..networks import Sizes, network
from ..passes.test_health import UNITS
from .counting import counted

DRAWN = Sizes(layers=4, units=3, samples=2, decimals=2)
BRANCH = "the layers branch here"
NO_WEIGHTS = "some layers are no weighted sums"
UNUSED = "not every layer reaches the loss"
EQUATIONS = re.compile(r"The (four )?equations")
HEAD = "input: [0.5, -1]\ntarget: [0.25]\nloss: half_squared_error\n"
DENSE = "  - {name: h, weights: [[1, 2], [0.5, -1]], bias: [0, 0.5], activation: tanh}\n"
LAST = "  - {weights: [[1, -2]], bias: [0]}\n"


def said(*call: str) -> str:
    """Return what a call prints, its white space made single blanks."""
    return " ".join(printed(*call, width=400).split())


def written(folder: Path, text: str) -> str:
    """Return the path of a file with this text."""
    path = folder / "net.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


# -- why there is no equation for a general layer


def reads(spec: dict[str, Any]) -> tuple[dict[str, int], list[dict[str, Any]]]:
    """Return how often each value is read on the way to the loss, and the layers on it."""
    layers = [{"name": f"#{i}", **layer} for i, layer in enumerate(spec["layers"])]
    before = ["input", *(layer["name"] for layer in layers)]
    for layer, previous in zip(layers, before, strict=False):
        source = layer.get("from", previous)
        layer["from"] = source if isinstance(source, list) else [source]
    by_name = {layer["name"]: layer for layer in layers}
    wanted, on_way = [layers[-1]["name"]], []
    while wanted:
        name = wanted.pop()
        if name in by_name and by_name[name] not in on_way:
            on_way.append(by_name[name])
            wanted += by_name[name]["from"]
    counts: dict[str, int] = {}
    for layer in on_way:
        for source in layer["from"]:
            counts[source] = counts.get(source, 0) + 1
    return counts, on_way


def wanted_sentence(spec: dict[str, Any]) -> str:
    """Return the beginning of what must be said, decided from the file."""
    counts, on_way = reads(spec)
    if any(count > 1 for count in counts.values()):
        return BRANCH
    if len(spec["layers"]) == 1 and spec["layers"][0].get("type") == "activation":
        return ""  # the one equation of the output layer, in which no weight stands
    if any(layer.get("type", "dense") != "dense" for layer in on_way):
        return NO_WEIGHTS
    return UNUSED if len(on_way) < len(spec["layers"]) else ""


def general_sentence(text: str) -> str:
    """Return which of the sentences stands in a derivation."""
    found = [sentence for sentence in (BRANCH, NO_WEIGHTS, UNUSED) if sentence in text]
    assert len(found) + bool(EQUATIONS.search(text)) == 1
    return found[0] if found else ""


@pytest.mark.parametrize(
    ("layers", "sentence"),
    [
        (DENSE + LAST, ""),
        (DENSE + "  - {type: activation, activation: relu}\n" + LAST, NO_WEIGHTS),
        (DENSE + "  - {type: add, from: [h, input]}\n" + LAST, BRANCH),
        (
            DENSE
            + "  - {name: g, weights: [[1, 1]], bias: [0]}\n"
            + LAST.replace("{", "{from: h, "),
            BRANCH + "|" + UNUSED,
        ),
    ],
)
def test_why_there_is_no_general_layer(layers: str, sentence: str, tmp_path: Path) -> None:
    net = written(tmp_path, f"{HEAD}layers:\n{layers}")
    for style in ("leibniz", "index", "matrix"):
        found = general_sentence(said("derive", net, "--style", style))
        assert found in sentence.split("|")
        assert bool(found) is bool(sentence)


def test_what_branches_in_random_networks(tmp_path: Path) -> None:
    met = set()
    for seed in range(60):
        drawn = network(seed, DRAWN)
        found = general_sentence(said("derive", written(tmp_path, drawn.text)))
        assert found == wanted_sentence(drawn.spec), seed
        met.add(found)
        counted("sentences")
    assert met == {"", BRANCH, NO_WEIGHTS, UNUSED}


# -- equal units


EQUAL = """\
input: [0.5, -1]
target: [0.25]
loss: half_squared_error
learning_rate: 0.1
layers:
  - {weights: [[1, 2], [1, 2], [1, 2]], bias: %s, activation: sigmoid}
  - {weights: [[%s]], bias: [0]}
"""


@pytest.mark.parametrize(
    ("bias", "out", "units"),
    [
        ("[0, 0, 0]", "1, 1, 1", "1, 2, 3"),
        ("[0, 0, 1]", "1, 1, 1", "1, 2"),
        ("[0, 1, 2]", "1, 1, 1", ""),
        ("[0, 0, 0]", "1, 2, 1", "1, 3"),
        ("[0, 0, 0]", "1, 2, 3", ""),
    ],
)
def test_equal_units_stay_equal(bias: str, out: str, units: str, tmp_path: Path) -> None:
    """Those named have equal weights after 40 steps, and no two others have."""
    net = written(tmp_path, EQUAL % (bias, out))
    text = said("describe", net)
    match = re.search(
        r"units ([\d, ]+) begin equal, so they receive equal gradients for ever", text
    )
    assert (match[1] if match else "") == units
    after = load_after(net, tmp_path)
    W = run(after).values[after.layers[0].parameters["W"]]
    named = [int(unit) - 1 for unit in units.split(", ") if unit]
    for i in range(3):
        for j in range(i):
            assert bool(np.allclose(W[i], W[j], atol=1e-14)) is (i in named and j in named)


def load_after(net: str, folder: Path) -> Graph:
    """Return the network after 40 steps."""
    later = folder / "later.yaml"
    printed("step", net, "--steps", "40", "-o", str(later))
    return load(str(later))


# -- vanishing, exploding, dead


@pytest.mark.parametrize("scale", [1.0, 0.032, 0.031, 31.0, 32.0, 1e-3, 1e4])
def test_what_becomes_of_the_error(scale: float, tmp_path: Path) -> None:
    """The word is that of the ratio of norms: two weights of 0.0316 leave 1/1000."""
    ratio = scale**2
    word = said("diagnose", written(tmp_path, deep(scale)))
    wanted = "vanishing" if ratio < 1 / LIMIT else "exploding" if ratio > LIMIT else "steady"
    assert re.search(rf"{wanted} ?: the error reaches layer 1", word), (ratio, word[:300])


def deep(scale: float) -> str:
    """Return a straight network of three layers whose upper weights have this size."""
    hidden = f"  - {{weights: [[{scale}]], bias: [0], activation: tanh}}\n"
    return (
        "input: [1.0e-5]\ntarget: [1]\nloss: half_squared_error\nlayers:\n"
        + hidden.replace(f"[[{scale}]]", "[[1]]")
        + hidden.replace("tanh", "identity")
        + hidden.replace("tanh", "identity")
    )


def test_no_unit_is_dead_is_said_only_then(tmp_path: Path) -> None:
    none = "no unit is dead, and none is saturated"
    assert none in said("diagnose", config("mazur"), "--full")
    text = said("diagnose", written(tmp_path, UNITS))
    assert none not in text
    assert re.search(r"a2\[2\] dead", text)
    assert re.search(r"a1\[1\] saturated 1, 3", text)


# -- what is left out, what has no influence, what grows


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("rate", ["0.001", "30"])
def test_it_has_grown(name: str, rate: str) -> None:
    """The note stands exactly where the loss after the step is larger."""
    found = json.loads(printed("step", config(name), "--lr", rate, "--format", "json"))
    grown = "it has grown" in said("step", config(name), "--lr", rate)
    assert grown is (float(found["loss_after"]) > float(found["loss_before"]))
    counted("sentences")


def test_both_rates_are_met() -> None:
    grown = {"it has grown" in said("step", config("mazur"), "--lr", rate) for rate in ("1", "1e4")}
    assert grown == {False, True}


@pytest.mark.parametrize("name", EXAMPLES)
def test_no_influence(name: str) -> None:
    """A node that is said not to reach the output has a gradient that nothing changes."""
    graph = load(config(name))
    if graph.symbolic:
        return
    text = said("derive", config(name), "--mode", "reverse")
    names = re.findall(r"does not depend on (\S+?) ?: its gradient is 0", text)
    trace = run(graph)
    for number, node in enumerate(graph.nodes):
        if node.ref.part in names and not graph.layered:
            assert trace.gradients[number] is None or not np.any(trace.gradients[number])


INFLUENCE = "variables: {a: 2, b: 3}\ngraph: {c: a + 1, o: %s}\noutput: o\n"


@pytest.mark.parametrize(("line", "idle"), [("a*b", False), ("a*a", True)])
def test_a_variable_without_influence(line: str, idle: bool, tmp_path: Path) -> None:
    net = written(tmp_path, INFLUENCE % line)
    for mode in ("reverse", "forward"):
        text = said("derive", net, "--mode", mode)
        assert ("does not depend on b" in text) is idle


@pytest.mark.parametrize(
    ("graph", "twice"), [("{o: a*b}", False), ("{c: a*b, d: c**2, o: d*d + d}", True)]
)
def test_what_is_computed_more_than_once(graph: str, twice: bool, tmp_path: Path) -> None:
    net = written(tmp_path, f"variables: {{a: 2, b: 3}}\ngraph: {graph}\noutput: o\n")
    text = said("derive", net, "--mode", "paths")
    assert ("no local derivative is computed more than once" in text) is not twice
    assert ("computed more than once times" in text) is twice
