"""One derivation for the command and for Python; its JSON leaves nothing out, by its own name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backprop_cli import api
from backprop_cli.deriving import styles
from backprop_cli.deriving.derivation import Asked, derivation
from backprop_cli.deriving.graphs import modes
from backprop_cli.expression.refs import plain_name
from backprop_cli.expression.tree import Known, Number, Partial, Quantity
from backprop_cli.expression.walking import walk
from backprop_cli.graph.records import Graph
from backprop_cli.problems import Refusal

from ..commands.running import LAYERED, NAMES, config, printed
from ..graph.random_graphs import random_graph
from ..networks import FULL, network
from ..page.truth import chains_of
from ..pairing import has_turn, paired

WIDE = """
input: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.2]
target: [1, 0]
loss: half_squared_error
layers:
  - {units: 11, weights: {init: xavier_uniform}, bias: {init: uniform, low: -1, high: 1},
     activation: tanh}
  - {units: 2, weights: {init: xavier_uniform}, bias: [0, 1], activation: sigmoid}
"""
WIDE_GRAPH = """
variables: {x: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], w: [1, -1, 2, -2, 3, -3, 4, -4, 5, -5, 6]}
graph:
  u: x*w
  v: tanh(u/10)
  o: dot(v, v) + sum(x)
"""
ELIDED = ("…", "⋯", "⋮", "⋱", "dots")


def data(*call: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(printed("derive", *call, "--format", "json"))
    return found


def written(text: str, folder: Path) -> str:
    file = folder / "net.yaml"
    file.write_text(text)
    return str(file)


@pytest.mark.parametrize("name", NAMES)
def test_python_and_the_command_derive_the_same(name: str) -> None:
    """Each style and each mode, by turns from one example to the next, with numbers or without."""
    ways: list[dict[str, Any]] = [
        {"style": style} for style in (styles() if name in LAYERED else ("leibniz",))
    ]
    ways += [{"mode": mode} for mode in modes()]
    for turn, (way, numbers) in enumerate(paired(ways, (False, True)), NAMES.index(name)):
        if not has_turn(turn):
            continue
        ((option, value),) = way.items()
        more = ("--numbers",) if numbers else ()
        shown = printed("derive", config(name), f"--{option}", value, *more)
        assert shown == api.derive(config(name), numbers=numbers, **way).text()


@pytest.mark.parametrize(("name", "options", "keywords"), [
    ("mazur", ("--expand", "--wrt", "W1[1,1]"), {"expand": True}),
    ("xor_batch", ("--numbers", "--sample", "2", "--wrt", "W1[1,1]"),
     {"numbers": True, "sample": 2}),
    ("mazur", ("--numbers", "--round-forward", "2", "--wrt", "W1[1,1]"),
     {"numbers": True, "round_forward": 2}),
    ("diamond", ("--numbers", "--exact", "--wrt", "a"), {"numbers": True, "exact": True}),
])  # fmt: skip
def test_every_wish_of_the_command_is_one_of_python(
    name: str, options: tuple[str, ...], keywords: dict[str, Any]
) -> None:
    shown = printed("derive", config(name), *options)
    assert shown == api.derive(config(name), options[-1], **keywords).text()


@pytest.mark.parametrize("keywords", [
    {"style": "leibnitz"},
    {"mode": "backward"},
    {"style": "index", "mode": "forward"},
    {"exact": True},
    {"sample": 1},
    {"expand": True},
    {"mode": "forward", "numbers": True, "round_forward": 2},
])  # fmt: skip
def test_what_does_not_go_together_is_refused_in_python_too(keywords: dict[str, Any]) -> None:
    with pytest.raises(Refusal) as caught:
        api.derive(config("mazur"), **keywords)
    assert caught.value.problems[0].cure


# -- JSON


def entries(graph: Graph, name: str) -> set[str]:
    """Return the names of all entries of a quantity's gradient."""
    ref = graph.nodes[graph.parameters[name]].ref.grad()
    return {
        plain_name(ref.at(*(i + 1 for i in index)), graph.in_out)
        for index in np.ndindex(graph.nodes[graph.parameters[name]].shape)
    }


@pytest.mark.parametrize("numbers", [(), ("--numbers",)])
@pytest.mark.parametrize("style", styles())
def test_json_leaves_no_entry_out(style: str, numbers: tuple[str, ...], tmp_path: Path) -> None:
    found = data(written(WIDE, tmp_path), "--style", style, *numbers)
    texts = [
        text for step in found["steps"] for form in (step["latex"], step["text"]) for text in form
    ]
    assert not [text for text in texts if any(mark in text for mark in ELIDED)]
    if style in ("leibniz", "index") and numbers:
        targets = {step["target"] for step in found["steps"]}
        assert entries(api.loads(WIDE), "W1") <= targets


@pytest.mark.parametrize("numbers", [(), ("--numbers",)])
@pytest.mark.parametrize("mode", modes())
def test_json_of_a_graph_leaves_no_entry_out(
    mode: str, numbers: tuple[str, ...], tmp_path: Path
) -> None:
    if mode == "forward" and not numbers:
        return
    found = data(written(WIDE_GRAPH, tmp_path), "--mode", mode, *numbers)
    texts = [
        text for step in found["steps"] for form in (step["latex"], step["text"]) for text in form
    ]
    assert not [text for text in texts if any(mark in text for mark in ELIDED)]


def test_on_screen_corners_are_shown_and_full_shows_all(tmp_path: Path) -> None:
    file = written(WIDE, tmp_path)
    call = ("derive", file, "--style", "matrix", "--numbers")
    assert "…" in printed(*call)
    assert "…" not in printed(*call, "--full", width=400)


@pytest.mark.parametrize("seed", range(12))
def test_every_entry_asked_for_has_a_sweep_under_its_own_name(seed: int, tmp_path: Path) -> None:
    """∂output/∂(each entry) by forward mode is what central differences give."""
    made = random_graph(seed)
    names = [
        (name, index)
        for name, value in made.variables.items()
        for index in list(np.ndindex(np.shape(value)))[:3]
    ]
    asked = {
        f"{name}[{','.join(str(i + 1) for i in index)}]" if index else name: (name, index)
        for name, index in names
    }
    options = [word for text in asked for word in ("--wrt", _gradient(text))]
    found = data(written(made.text, tmp_path), "--numbers", "--mode", "forward", *options)
    reached = api.loads(made.text).reached
    graph = api.loads(made.text)
    wanted = {text for text, (name, _) in asked.items() if _number(graph, name) in reached}
    assert set(found["derivatives"]) == wanted - {made.output}
    for text in found["derivatives"]:
        name, index = asked[text]
        both = []
        for by in (1e-5, -1e-5):
            moved = {n: np.array(v, dtype=float) for n, v in made.variables.items()}
            moved[name][index] += by
            both.append(float(made.compute(moved)[made.output]))
        slope = (both[0] - both[1]) / 2e-5
        assert found["derivatives"][text][made.output] == pytest.approx(slope, rel=1e-4, abs=1e-6)


def _gradient(text: str) -> str:
    return f"d({text})"


def _number(graph: Graph, name: str) -> int:
    return next(n for n, node in enumerate(graph.nodes) if node.ref.part == name)


def test_the_second_entry_is_not_dropped(tmp_path: Path) -> None:
    file = written("variables: {x: [2, 3]}\ngraph:\n  o: x[1]*x[2]**2\n", tmp_path)
    found = data(file, "--numbers", "--mode", "forward", "--wrt", "x[1]", "--wrt", "x[2]")
    assert {name: d["o"] for name, d in found["derivatives"].items()} == {"x[1]": 9, "x[2]": 12}
    assert set(found["counts"]["by_start"]) == {"x[1]", "x[2]"}
    targets = {step["target"] for step in found["steps"]}
    assert {"dx[1]", "dx[2]"} <= targets or {"d(x)[1]", "d(x)[2]"} <= targets


def test_a_whole_quantity_of_a_network_seen_as_its_graph_is_every_entry() -> None:
    found = data(config("mazur"), "--numbers", "--mode", "forward", "--wrt", "hidden.W")
    assert set(found["derivatives"]) == {"W1[1,1]", "W1[1,2]", "W1[2,1]", "W1[2,2]"}
    traced = api.trace(config("mazur"))
    for name, derivatives in found["derivatives"].items():
        assert derivatives["loss"] == pytest.approx(float(traced.gradient(name)))


def test_random_networks_as_graphs_have_every_name_of_the_network() -> None:
    for seed in range(5):
        text = network(seed, FULL.__class__(layers=2, units=2, samples=0)).text
        graph = api.loads(text)
        for name in graph.parameters:
            assert str(api.derive(graph, name, mode="paths"))


@pytest.mark.parametrize("style", styles())
def test_an_exact_value_that_was_cut_is_not_said_to_be_equal(style: str) -> None:
    """≈ before numbers of exact mode that were cut, in every style; = before exact ones."""
    said = {"=": 0, "≈": 0}
    for name in ("mazur", "xor_batch", "three_two_one"):
        graph = api.load(config(name))
        document = derivation(graph, Asked(style=style, numbers=True, exact=True)).document
        for chain in chains_of(document):
            leaves = [n for n in walk(chain.forms[-1]) if isinstance(n, Number | Known)]
            numbers = not any(isinstance(n, Quantity | Partial) for n in walk(chain.forms[-1]))
            if leaves and numbers and chain.name:
                cut = any(getattr(leaf.value, "approximate", False) for leaf in leaves)
                assert chain.closing == ("≈" if cut else "="), (name, chain)
                said[chain.closing] += 1
    assert min(said.values()) > 2, said
