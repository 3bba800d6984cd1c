"""Whatever the bytes: a network that runs, or a refusal that says why; never another exception."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from backprop_cli import api
from backprop_cli.passes.run import run
from backprop_cli.problems import Refusal
from tests.expression.attacks import ATTACKS

from .cases import CASES

QUICK = settings(
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
SEEDS = (
    """\
name: everything
input: [[1, 2], [3/4, -1e-3]]
target: {class: [1, 0]}
loss: cross_entropy
reduction: sum
regularization: {l2: 0.1, l1: 1e-3}
learning_rate: 1/2
seed: 7
weights_layout: in_out
layers:
  - name: first
    units: 3
    activation: {type: leaky_relu, slope: 0.1}
    weights: {init: he_normal}
    bias: [0.1, sqrt(2)/2, pi]
  - name: second
    from: first
    type: activation
    activation: {expression: "z*sigmoid(1.702*z)"}
  - type: add
    from: [first, second]
    activation: tanh
  - units: 2
    activation: softmax
    weights: [[1, 2], [3, 4], [5, 6]]
    shared_bias: 0.35
""",
    """\
input: [-1, -2]
target: [1]
loss: {expression: "sum((a - y)**4)/2 + max(a)"}
layers:
  - {units: 1, activation: gelu, weights: [[2, -3]], bias: -3}
""",
    "input: [~, ~]\nlayers: [{units: 2}, {weights: &w [[1, 2]], bias: none}, {weights: [[*w]]}]\n",
)
PIECES = (
    *"[]{}:,-?*&!|>%@`\"'#~\n\t ",
    *("0", "-1", "1e308", "-1e-320", ".nan", "1/0", "9**9**9", "~", "'", '"', "\\", "\0", "\x1b"),
    *("input", "target", "class", "file", "layers", "from", "units", "weights", "bias", "init"),
    *("dense", "add", "concat", "softmax", "huber", "hinge", "kl_divergence", "expression"),
    *(
        "function",
        "binary_cross_entropy",
        "sqrt(-z)",
        "ln(z)",
        "1/z",
        "z**z",
        "sum(a)",
        "dot(a, y)",
    ),
    *(
        "{init: normal, std: -1}",
        "{file: /etc/passwd}",
        "{class: 9}",
        "[[[1]]]",
        "é",
        "日本",
        "\u2028",
    ),
)


def answered(text: str) -> None:
    """Assert that the text is a network that runs, or is refused with sentences."""
    try:
        run(api.loads(text, "net.yaml"))
    except Refusal as refusal:
        _is_said(refusal)


def _is_said(refusal: Refusal) -> None:
    assert refusal.problems
    assert all(problem.message.strip() for problem in refusal.problems)
    printed = str(refusal)
    assert printed.strip()
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", printed)


@QUICK
@given(st.binary(max_size=300))
@example(b"")
@example(b"\xff\xfe\x00")
@example(b"\xef\xbb\xbf\xef\xbb\xbf")
def test_any_bytes(tmp_path: Path, data: bytes) -> None:
    net = tmp_path / "net.yaml"
    net.write_bytes(data)
    try:
        run(api.load(net))
    except Refusal as refusal:
        _is_said(refusal)


@QUICK
@given(st.text(max_size=200))
def test_any_text(text: str) -> None:
    answered(text)


@QUICK
@given(st.lists(st.sampled_from(PIECES), max_size=30))
def test_any_pieces_of_the_language(pieces: list[str]) -> None:
    answered("".join(pieces))


@QUICK
@given(st.sampled_from(SEEDS), st.integers(0, 10**6), st.integers(1, 4))
def test_networks_with_slips(seed: str, number: int, slips: int) -> None:
    answered(_mutated(seed, random.Random(number), slips))


def _mutated(text: str, chance: random.Random, slips: int) -> str:
    """Return the text with pieces put in, taken out, doubled or exchanged."""
    for _ in range(slips):
        start = chance.randrange(len(text) + 1)
        end = min(len(text), start + chance.choice((0, 1, 1, 2, 5, 20)))
        piece = chance.choice((*PIECES, text[start:end] * 2, ""))
        text = text[:start] + piece + text[end:]
    return text


@QUICK
@given(st.sampled_from(SEEDS), st.integers(0, 10**6))
def test_networks_with_values_exchanged(seed: str, number: int) -> None:
    """A value is put where another one stood: what parses, but does not fit."""
    chance = random.Random(number)
    words = re.findall(r"[^\s,\[\]{}]+|\[[^\[\]]*\]|\{[^{}]*\}", seed)
    old, new = chance.choice(words), chance.choice((*words, *PIECES[22:]))
    position = chance.choice([m.start() for m in re.finditer(re.escape(old), seed)])
    answered(seed[:position] + new + seed[position + len(old) :])


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda text: repr(text)[:40])
@pytest.mark.parametrize(
    "place",
    [
        "input: [%s]\nlayers: [{units: 1}]\n",
        "%s\n",
        "input: [1]\nlayers: [{units: 1, activation: {expression: %s}}]\n",
        "input: [1]\nlayers: [{units: 1}]\nloss: {expression: %s}\n",
        "input: [1]\nlayers: [{units: 1, name: %s, from: %s}]\n",
    ],
)
def test_attacks_in_every_place(place: str, attack: str) -> None:
    quoted = "'" + attack.replace("'", "''") + "'"
    answered(place.replace("%s", quoted))
    answered(place.replace("%s", attack))


@QUICK
@given(st.sampled_from([case.text for case in CASES if len(case.text) < 2000]), st.integers(0, 99))
def test_bad_input_with_slips(text: str, number: int) -> None:
    answered(_mutated(text, random.Random(number), 1))
