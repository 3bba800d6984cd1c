"""float32 end to end: no array on the way is float64, and every number is float64's but rounding.

The oracle is float64, on the same float32 numbers.
"""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backprop_cli import api
from backprop_cli.arithmetic.floating import FLOAT32, FLOAT64, shortest
from backprop_cli.files.network import parse_network
from backprop_cli.graph.records import Graph
from backprop_cli.graph.values import leaf_arrays
from backprop_cli.passes.descent.descender import Descender
from backprop_cli.passes.descent.plan import Options, plan_of, standing_of
from backprop_cli.passes.run import run
from backprop_cli.passes.trace import backward, forward
from backprop_cli.printing.settings import settings_of
from backprop_cli.problems import Refusal, Source

from ..commands.running import config
from ..commands.running import run as command_line
from ..functions.cases import Case, all_cases
from ..layers.test_after_each_other import TYPES, networks
from .test_lean import laid_down

Array = np.ndarray[Any, Any]
CASES = all_cases()
ULPS = 64
"""What a rule's few operations may be off by, in units of its largest number's last place."""
TEXT = """
input: [[1, 2], [3, -4], [-2, 0.25]]
target: [[1, 0], [0, 1], [1, 0]]
learning_rate: 0.1
loss: binary_cross_entropy
layers:
  - {activation: tanh, weights: [[0.5, -0.25], [1, 2], [0.5, 1]], bias: [0.1, 0.2, -0.3]}
  - {activation: sigmoid, weights: [[0.1, -0.2, 0.3], [-0.1, 0.5, 0.1]], bias: [0.3, 0.4]}
"""


def near(found: Any, wanted: Any, ulps: float = ULPS) -> bool:
    """Return whether the found array is float32, and the wanted one but for rounding."""
    array = np.asarray(found)
    size = max(1e-3, float(np.abs(wanted).max(initial=0.0)))
    off = np.abs(array - wanted).max(initial=0.0)
    return array.dtype == np.float32 and off <= ulps * np.finfo(np.float32).eps * size


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_every_rule(case: Case) -> None:
    inputs = [np.asarray(each, dtype=np.float32) for each in case.inputs]
    wide = [each.astype(np.float64) for each in inputs]
    out, wanted = case.rule.forward(FLOAT32, *inputs), case.rule.forward(FLOAT64, *wide)
    assert near(out, wanted)
    g = np.linspace(0.5, 1.5, wanted.size).reshape(wanted.shape)
    for k in case.wanted:
        found = case.rule.share(FLOAT32, k, g.astype(np.float32), out, *inputs)
        assert near(found, case.rule.share(FLOAT64, k, g, wanted, *wide)), k


def passes_agree(graph: Graph) -> None:
    """Check every value and gradient of both passes."""
    leaves = leaf_arrays(graph, FLOAT32)
    wide = {number: leaf.astype(np.float64) for number, leaf in leaves.items()}
    found = backward(graph, FLOAT32, forward(graph, FLOAT32, leaves))
    wanted = backward(graph, FLOAT64, forward(graph, FLOAT64, wide))
    pairs = [*zip(found.values, wanted.values, strict=True)]
    pairs += [
        (one, other)
        for one, other in zip(found.gradients, wanted.gradients, strict=True)
        if one is not None and other is not None
    ]
    assert all(near(one, other, 1000) for one, other in pairs)


@pytest.mark.parametrize("name", TYPES)
def test_every_layer_type(name: str) -> None:
    text = next(itertools.chain(networks(name, "dense"), networks("dense", name)))
    passes_agree(api.loads(text))


@pytest.mark.parametrize("name", ["chain_rule", "gomez_lstm", "micrograd", "softmax_relu"])
def test_examples(name: str) -> None:
    graph = api.load(config(name))
    try:
        run(graph, dtype="float32")
    except Refusal:
        return
    passes_agree(graph)


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw"])
def test_descent(optimizer: str) -> None:
    """The first steps are float64's; every array that is kept is float32."""
    graph, spec = api.loads(TEXT), parse_network(Source("net", TEXT))
    plan = plan_of(graph, spec, Options(optimizer=optimizer, clip_norm="0.5"))
    ways = []
    for kind in (FLOAT32, FLOAT64):
        descender = Descender(graph, plan, standing_of(graph, spec, plan, kind), kind)
        ways.append((descender, [float(descender.step()) for _ in range(4)]))
    (narrow, losses), (_, wanted) = ways
    assert np.allclose(losses, wanted, rtol=1e-4)
    kept = [narrow.work.theta, narrow.g, *narrow.work.state.values(), *narrow.leaves.values()]
    assert all(array.dtype == np.float32 for array in kept)


def test_the_lean_passes_are_the_walks() -> None:
    graph = api.loads(TEXT)
    passes, leaves, homes = laid_down(graph, FLOAT32)
    trace = backward(graph, FLOAT32, forward(graph, FLOAT32, leaves))
    assert passes(leaves).tobytes() == trace.values[graph.end].tobytes()
    assert all(near(home, trace.gradients[n], 4) for n, home in homes.items())


def test_shortest_decimals_say_the_same_float() -> None:
    drawn = np.random.default_rng(0).normal(size=500) * 10.0 ** np.arange(-25, 25).repeat(10)
    array = drawn.astype(np.float32)
    assert (shortest(array).astype(np.float32) == array).all()
    assert shortest(np.array([0.1, 1e-20], dtype=np.float32)).tolist() == [0.1, 1e-20]


def test_no_more_digits_than_are_known() -> None:
    settings = settings_of(12, None, dtype="float32")
    chance = np.random.default_rng(1)
    values = (chance.normal(size=300) * 10.0 ** chance.integers(-6, 7, 300)).tolist()
    shown = [settings.shown(value) for value in values] + settings.together(values[:40])
    assert all(len(figure.digits.replace(".", "").strip("0")) <= 7 for figure in shown)
    assert settings.shown(12345.678901).digits == "12345.68"


def test_what_overflows_is_named(tmp_path: Path) -> None:
    net = tmp_path / "net.yaml"
    text = "variables: {x: 1e20, y: 1e25}\ngraph: {u: x*y, c: u/1e30}\n"
    net.write_text(text)
    assert command_line("trace", str(net)).code == 0
    came = command_line("trace", str(net), "--dtype", "float32")
    assert came.code == 2
    assert "u overflows: it is larger than the largest float32, 3.4e38" in came.err
    net.write_text(text.replace("1e20", "1e40"))
    came = command_line("trace", str(net), "--dtype", "float32")
    assert came.code == 2
    assert "x has a number that is too large for float32" in came.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["trace", "-", "--dtype", "float32", "--exact"], "leave one of them out"),
        (["step", "-", "--dtype", "float32", "--exact"], "leave one of them out"),
        (["derive", "-", "--dtype", "float32"], "'backprop trace NET --dtype float32'"),
    ],
)
def test_refusals(words: list[str], said: str) -> None:
    came = command_line(*words, stdin=TEXT)
    assert came.code == 2
    assert said in came.err


@pytest.mark.parametrize("command", ["trace", "step"])
def test_json_says_so(command: str) -> None:
    came = command_line(command, "-", "--dtype", "float32", "--format", "json", stdin=TEXT)
    found = json.loads(came.out)
    assert found["dtype"] == "float32"
    loss = found["loss" if command == "trace" else "loss_before"]
    assert float(str(np.float32(loss))) == loss


@pytest.mark.parametrize(
    ("a", "b", "c"), [("1.1", "2.2", "3.3"), ("2.3", "4.1", "6.4"), ("41", "0.7", "41.7")]
)
def test_what_numbers_leave_that_cancel_is_no_number(a: str, b: str, c: str) -> None:
    """Of decimals whose sum is 0 float32 leaves some of its ulps, or nothing."""
    left = np.float32(a) + np.float32(b) - np.float32(c)
    text = f"variables: {{a: {a}, b: {b}, c: {c}}}\ngraph: {{u: a + b - c, d: 3*u}}\n"
    as_json = command_line("trace", "-", "--dtype", "float32", "--format", "json", stdin=text)
    assert np.float32(json.loads(as_json.out)["values"]["u"]) == left
    came = command_line("trace", "-", "--dtype", "float32", stdin=text)
    assert f"{a} + {b} − {c} {'≈' if left else '='} 0\n" in came.out
