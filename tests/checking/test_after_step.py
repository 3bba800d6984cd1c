"""Answers after one step of any optimizer: moments by name, new parameters, what goes wrong."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backprop_cli.api import check
from backprop_cli.checking.marking.answer_key import answer_key
from backprop_cli.checking.mistakes import catalogue
from backprop_cli.checking.next_step import next_step
from backprop_cli.checking.records import STEPPED
from backprop_cli.checking.replay import Replay
from backprop_cli.files.network import parse_network
from backprop_cli.functions.optimizers import OPTIMIZERS
from backprop_cli.graph.build import build
from backprop_cli.passes.run import run
from backprop_cli.problems import Source
from tests.checking.mistake_sheets import asked, examples, sheet_of
from tests.commands.running import run as backprop

NETWORK = """
input: [0.6, -0.9]
target: [0.3]
loss: half_squared_error
learning_rate: 0.2
optimizer: {optimizer}
layers:
  - {{activation: tanh, weights: [[0.4, -0.3], [0.7, 0.2]], bias: [0.1, -0.2]}}
  - {{activation: sigmoid, weights: [[0.6, -0.5]], bias: [0.15]}}
"""
_M, _V = "W1: [[0.03, -0.02], [0.01, 0.04]]", "W1: [[4e-4, 3e-4], [2e-4, 1e-3]]"
STATE = {
    "momentum": f"state: {{v: {{{_M}}}}}",
    "nesterov": f"state: {{v: {{{_M}}}}}",
    "rmsprop": f"state: {{v: {{{_V}}}}}",
    "adam": f"state: {{m: {{{_M}}}, v: {{{_V}}}}}",
}
VARIANTS = ("", "weight_decay: 0.1", "clip: 0.01", "clip_norm: 0.02", "freeze: ['W1[1,2]', b2]")
Numbers = dict[str, np.ndarray[Any, Any]]


def opened(optimizer: str) -> Replay:
    """Return the replay of the network with an optimizer."""
    text = NETWORK.format(optimizer=optimizer)
    spec = parse_network(Source("net.yaml", text))
    graph = build(spec)
    return answer_key(graph, run(graph), next_step(graph, spec)).replay


def by_hand(name: str, w: Any, g: Any, m: Any, v: Any, t: int, decay: float) -> Numbers:
    """Return what PyTorch's documentation says of one step, settings at their defaults."""
    match name:
        case "sgd":
            return {"theta": w - 0.2 * g}
        case "momentum":
            v = 0.9 * v + g
            return {"v": v, "theta": w - 0.2 * v}
        case "nesterov":
            v = 0.9 * v + g
            return {"v": v, "theta": w - 0.2 * (g + 0.9 * v)}
        case "rmsprop":
            v = 0.99 * v + 0.01 * g * g
            return {"v": v, "theta": w - 0.2 * g / (np.sqrt(v) + 1e-8)}
    m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
    hats = m / (1 - 0.9**t), v / (1 - 0.999**t)
    theta = w * (1 - 0.2 * decay) - 0.2 * hats[0] / (np.sqrt(hats[1]) + 1e-8)
    return {"m": m, "v": v, "hat m": hats[0], "hat v": hats[1], "theta": theta}


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizers_moments_and_parameters(name: str, variant: str) -> None:
    settings = [f"type: {name}", "steps: 2", variant, STATE.get(name, "")]
    replay = opened("{" + ", ".join(filter(None, settings)) + "}")
    graph, n = replay.graph, len(replay.graph.nodes)
    gradients = {node: replay.truth[n + node].copy() for node in graph.parameters.values()}
    w1, b2 = graph.parameters["W1"], graph.parameters["b2"]
    if variant.startswith("freeze"):
        gradients[w1][0, 1] = gradients[b2][...] = 0.0
    norm = math.sqrt(sum((g * g).sum() for g in gradients.values()))
    for number, g in gradients.items():
        w, zero = replay.truth[number], np.zeros(g.shape)
        begun = number == w1 and name in STATE
        m = np.array([[0.03, -0.02], [0.01, 0.04]]) if begun else zero
        v = np.array([[4e-4, 3e-4], [2e-4, 1e-3]]) if begun else zero
        v = m if begun and name in ("momentum", "nesterov") else v
        g = np.clip(g, -0.01, 0.01) if variant == "clip: 0.01" else g
        g = g * min(1, 0.02 / (norm + 1e-6)) if variant.startswith("clip_norm") else g
        decay = 0.1 if variant == "weight_decay: 0.1" else 0.01
        g = g + 0.1 * w if variant.startswith("weight") and name != "adamw" else g
        found = by_hand(name, w, g, m, v, 3, decay if name == "adamw" else 0.0)
        if variant.startswith("freeze"):
            mask = np.full(g.shape, number == b2)
            if number == w1:
                mask[0, 1] = True
            found["theta"] = np.where(mask, w, found["theta"])
        for letter, wanted in found.items():
            key = replay.update(number) if letter == STEPPED else replay.other_at[number, letter]
            assert np.allclose(replay.truth[key], wanted, rtol=1e-12, atol=1e-15), letter


OF_STEPS = (
    "plain-descent",
    "bias-correction-omitted",
    "moment-shares",
    "gradient-not-squared",
    "root-omitted",
    "moment-forgotten",
)


@pytest.mark.parametrize("mistake", OF_STEPS)
@pytest.mark.parametrize("name", ["momentum", "rmsprop", "adam"])
def test_what_goes_wrong_in_a_step_is_named(name: str, mistake: str) -> None:
    from backprop_cli.checking.mark_sheet import mark_sheet

    text = NETWORK.format(optimizer=f"{{type: {name}, steps: 2, {STATE[name]}}}")
    spec = parse_network(Source("net.yaml", text))
    graph = build(spec)
    key = answer_key(graph, run(graph), next_step(graph, spec))
    honest = mark_sheet(key, sheet_of(key.replay, list(key.replay.truth), asked(key.replay)))
    assert {each.verdict for each in honest.judged} == {"right"}
    made = 0
    for example in examples(catalogue()[mistake], key.replay):
        judged = mark_sheet(key, example.sheet).judged
        named = {m for each in judged if each.mistake for m in (each.mistake, *each.also)}
        assert mistake in named, example
        made += 1
    velocity = mistake in ("plain-descent", "moment-shares", "moment-forgotten")
    corrected = name == "adam" or mistake != "bias-correction-omitted"
    assert bool(made) == (velocity or (name != "momentum" and corrected))


def test_the_optimizer_is_the_files_or_the_rubrics(tmp_path: Path) -> None:
    net, sheet, rubric = (tmp_path / name for name in ("net.yaml", "sheet.yaml", "rubric.yaml"))
    net.write_text(NETWORK.format(optimizer="{type: sgd}"), encoding="utf-8")
    sheet.write_text("answers: {'m(b2)': 0.00741, \"b2'\": -0.05, 'v_hat(b2)[1]': 0.00549}\n")
    rubric.write_text("optimizer: {type: adam}\nlearning_rate: 0.2\n", encoding="utf-8")
    refused = backprop("check", str(net), str(sheet))
    assert refused.code == 1
    assert "m(b2): sgd has no m" in refused.err
    assert "it keeps nothing" in refused.err
    found = check(net, sheet, rules=rubric)
    assert [each.verdict for each in found.marked[0].judged] == ["right"] * 3
    net.write_text(NETWORK.format(optimizer="{type: adam}"), encoding="utf-8")
    assert check(net, sheet).all_right
    full = backprop("check", str(net), "--answer", "mhat(b2)=0.1", "--feedback", "full")
    assert "m̂ = m/(1 − β₁ᵗ) = 0.00741/(1 − 0.9¹) = 0.0741" in full.out


@pytest.mark.parametrize(
    ("optimizer", "name", "said"),
    [
        ("{type: adam}", "q(W1)", "there is no"),
        ("{type: adam}", "m(z1)", "only parameters are followed through a step"),
        ("{type: adam}", "m(W1')", "is not a name"),
        ("{type: momentum}", "m(W1)", "momentum has no m"),
    ],
)
def test_what_is_no_moment_is_said(tmp_path: Path, optimizer: str, name: str, said: str) -> None:
    net = tmp_path / "net.yaml"
    net.write_text(NETWORK.format(optimizer=optimizer), encoding="utf-8")
    done = backprop("check", str(net), "--answer", f"{name}=1")
    assert done.code == 2
    assert said in done.err
