"""Every layer type after every other, on every kind of input: worked and checked, or refused."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator

import numpy as np
import pytest

from backprop_cli.api import loads
from backprop_cli.layers import layer_types
from backprop_cli.passes.differences.gradient_check import check_gradients
from backprop_cli.passes.run import run as run_passes
from backprop_cli.problems import Refusal

from ..fuzzing.outcomes import outcome
from ..pairing import ALL, has_turn

DRAWN = "{init: normal, std: 0.7}"
SETTINGS = {
    "dense": f"units: 2, weights: {DRAWN}, bias: {DRAWN}, activation: tanh",
    "activation": "activation: sigmoid",
    "add": "from: [BEFORE, BEFORE]",
    "multiply": "from: [BEFORE, BEFORE]",
    "concat": "from: [BEFORE, BEFORE]",
    "attention": f"units: 2, query: {DRAWN}, key: {DRAWN}, value: {DRAWN}, output: {DRAWN}",
    "avg_pool1d": "window: 2",
    "avg_pool2d": "window: 2, stride: 1",
    "max_pool1d": "window: 2",
    "max_pool2d": "window: 2, stride: 1",
    "conv1d": f"filters: 2, kernel: 2, weights: {DRAWN}, bias: {DRAWN}",
    "conv2d": f"filters: 2, kernel: 2, weights: {DRAWN}, bias: {DRAWN}, padding: same",
    "dropout": "rate: 0.5",
    "embedding": f"words: 3, units: 2, weights: {DRAWN}",
    "positions": "kind: sinusoidal",
    **dict.fromkeys(("batch_norm", "layer_norm", "rms_norm"), f"scale: {DRAWN}, shift: {DRAWN}"),
    **dict.fromkeys(
        ("recurrent", "lstm", "gru"),
        f"units: 2, weights: {DRAWN}, recurrent_weights: {DRAWN}, bias: {DRAWN}",
    ),
}
INPUTS = {
    "a vector": "input: [0.5, -1]",
    "a batch": "input: [[0.5, -1], [1, 2], [-0.3, 0.8]]",
    "a sequence": "input: [[[0.5, -1], [1, 2], [-0.3, 0.8]], [[1, 0.2], [0, -1], [2, 1]]]",
    "places": "input: [[1, -2, 0.5, 3], [0, 1, -1, 2]]\nsample_shape: [2, 4]",
    "an image": "input: [[[1, -2, 0.5], [0, 1, 2], [3, -1, 0.25]],"
    " [[0.5, 1, -1], [2, 0, 1], [-1, 1, 1]]]\nsample_shape: [2, 3, 3]",
    "words": "input: [2, 0, 1]",
}
TYPES = tuple(layer_types())
COMMANDS = (["trace", "-"], ["gradcheck", "-"]) if ALL else (["trace", "-"],)


def layer(name: str, before: str, own: str) -> str:
    settings = SETTINGS.get(name, "").replace("BEFORE", before)
    return f"  - {{name: {own}, type: {name}{', ' * bool(settings)}{settings}}}\n"


def unaimed(first: str, second: str, kind: str) -> str:
    """Return the network of two layers, without a target."""
    body = "layers:\n" + layer(first, "input", "one") + layer(second, "one", "two")
    return f"{INPUTS[kind]}\nseed: 3\nlearning_rate: 0.1\n{body}"


@functools.cache
def text_of(first: str, second: str, kind: str) -> str:
    """Return it with a target of its output's shape."""
    text = unaimed(first, second, kind)
    graph = loads(text)
    shape = graph.nodes[graph.layers[-1].a].shape
    size = (graph.samples, *shape) if graph.nodes[graph.layers[-1].a].per_sample else shape
    target = (np.arange(int(np.prod(size))).reshape(size) % 3 - 1.0).tolist()
    target = target[0] if graph.single else target
    return f"target: {target}\nloss: half_squared_error\n{text}"


def networks(first: str, second: str) -> Iterator[str]:
    """Yield the network on each kind of input that the two layers take."""
    for kind in INPUTS:
        with contextlib.suppress(Refusal):
            yield text_of(first, second, kind)


def test_most_pairs_are_networks() -> None:
    """Few types read one shape only, and a list of words is only an input."""
    pairs = {(one, two) for one in TYPES[::5] for two in TYPES if any(networks(one, two))}
    assert len(pairs) >= 0.7 * len(TYPES[::5]) * len(TYPES)


@pytest.mark.parametrize("first", TYPES)
def test_every_pair(first: str) -> None:
    """By differences and complex steps, every parameter's gradient and each layer's error."""
    for i, second in enumerate(TYPES):
        for text in networks(first, second) if has_turn(i + 7 * TYPES.index(first), 97) else ():
            graph = loads(text)
            numbers = {*graph.parameters.values(), *(layer.a for layer in graph.layers)}
            wanted = tuple(graph.nodes[number].ref for number in sorted(numbers))
            assert check_gradients(run_passes(graph), wanted, sympy=False).passed, text


@pytest.mark.parametrize("first", TYPES)
def test_commands_take_every_pair(first: str) -> None:
    for i, second in enumerate(TYPES):
        for text in networks(first, second) if has_turn(i + 7 * TYPES.index(first), 149) else ():
            for words in COMMANDS:
                came = outcome(words, text, seconds=10)
                assert (came.code, came.fault, came.detail) == (0, "", ""), (words, text)
