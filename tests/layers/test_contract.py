"""Every layer type, trial ones too, goes through every command, style, mode, format, notation.

Each value of each option is taken by every twenty-fourth type, with partners that go round from
type to the next; ``PAGE=all`` takes every pair with every type.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from backprop_cli.api import loads
from backprop_cli.checking.mark_sheet import mark_sheet
from backprop_cli.checking.marking.answer_key import answer_key
from backprop_cli.deriving import styles
from backprop_cli.deriving.graphs import modes
from backprop_cli.functions.optimizers import OPTIMIZERS
from backprop_cli.graph.records import Graph
from backprop_cli.layers import layer_types
from backprop_cli.notation import profile_names
from backprop_cli.passes.run import run as run_network

from ..checking.mistake_sheets import asked, sheet_of
from ..commands.running import run
from ..pairing import has_turn, paired
from ..texts import texts

RECURRENT = """\
input: [[[1, -0.5], [0.25, 2], [-1, 0.5]], [[1, 0.5], [0.5, -2], [1, -0.5]]]
target: [[0.5], [-1]]
loss: squared_error
learning_rate: 0.1
layers:
  - name: memory
    type: recurrent
    weights: [[0.5, -0.25], [1, 0.75]]
    recurrent_weights: [[0.5, -1], [0.25, 0.5]]
    bias: [0.1, -0.2]
    output: last
    initial: {parameter: [0.5, -0.5]}
    reverse: true
  - {units: 1, weights: [[1, -0.5]], bias: [0.25]}
"""
OTHERS = {
    "recurrent, the last step of a batch, from the end": RECURRENT,
    "recurrent, as the output, with steps that have no target": """\
input: [[1, -0.5], [0.25, 2], [-1, 0.5]]
target: [[0.5], ~, [1]]
loss: squared_error
learning_rate: 0.1
over_time: mean
layers:
  - {type: rnn, units: 1, activation: sigmoid, joined: [[1, -0.5, 0.75]], bias: none}
""",
    "recurrent": layer_types()["recurrent"].example,
    "lstm": layer_types()["lstm"].example,
    "gru": layer_types()["gru"].example,
    "batch_norm, over sequences of words": """\
input: [[1, 0], [2, 1]]
target: [[[1], [0]], [[0], [1]]]
loss: half_squared_error
reduction: sum
learning_rate: 0.1
layers:
  - {type: embedding, weights: [[0.5, -1], [1, 0.25], [-0.3, 2]]}
  - {type: batch_norm, epsilon: 0.1, scale: [1, 2], shift: none, activation: tanh}
  - {weights: [[1, -1]], bias: none}
""",
    # A batch of two images of one channel; the middle column is under no window.
    "conv2d, a batch with a stride": """\
input: [[[[1, -2, 0.5], [0, 1, 2]]], [[[0.5, 1, -1], [2, 0, 1]]]]
target: [[[[1, 0]]], [[[0, 0.5]]]]
loss: half_squared_error
learning_rate: 0.1
layers:
  - {type: conv2d, weights: [[[[0.5], [1]]]], bias: [0.1], stride: 2, activation: tanh}
""",
    "conv2d, turned round and padded": """\
input: [[1, -2, 0.5], [0, 1, 2]]
target: [1]
loss: half_squared_error
learning_rate: 0.1
layers:
  - {type: conv2d, weights: [[0.5, -1], [1, 0.25]], bias: none, padding: same, flip: true,
     dilation: [1, 2], activation: relu}
  - {type: max_pool2d, window: [2, 3], padding: [1, 0], stride: 1}
  - {type: conv2d, filters: 1, kernel: [2, 1], weights: {init: ones}, bias: [0.5], stride: [2, 1]}
  - {type: flatten}
""",
    "conv1d, strided and dilated": """\
input: [[1, -2, 0.5, 3, 1, -1, 2, 0.25]]
target: [[1], [0]]
loss: half_squared_error
learning_rate: 0.1
layers:
  - {type: conv1d, weights: [0.5, -1, 2], bias: [0.1], stride: 2, dilation: 2, activation: tanh}
  - {type: conv1d, weights: [[[0.5, -1]], [[1, 2]]], bias: [0.1, 0], activation: sigmoid}
""",
    "dense, over a sequence": """\
sample_shape: [3, 2]
input: [[1, -2], [0.5, 3], [0.2, -1]]
target: [[1], [0], [1]]
loss: half_squared_error
learning_rate: 0.1
layers:
  - {name: hidden, activation: tanh, weights: [[0.5, -1], [1, 0.25]], bias: [0.1, -0.2]}
  - {activation: sigmoid, weights: [[1, -0.5]], shared_bias: 0.3}
""",
    "softmax, over a batch of sequences": """sample_shape: [2, 2]
input: [[[1, -2], [0.5, 3]], [[0.2, -1], [1, 1]]]
target: [[[1, 0], [0, 1]], [[0, 1], [0, 1]]]
loss: cross_entropy
learning_rate: 0.1
layers:
  - {activation: softmax, weights: [[0.5, -1], [1, 0.25]], bias: [0.1, -0.2]}
""",
    "attention, causal heads over a batch": """\
input: [[[1, 0.5, 2], [2, -1, 0]], [[0, 1, 1], [1, 1, -1]]]
target: [[[1, 0], [0.5, 0.5]], [[0, 1], [1, 0]]]
loss: half_squared_error
learning_rate: 0.1
regularization: {l2: 0.1}
layers:
  - {name: all, type: attention, heads: 2, causal: true, query: [[1, 0.5, 0], [0, 1, 1]],
     key: [[0.5, -1, 1], [1, 0, 0]], value: [[1, 0, 1], [0.5, 2, 0], [0, 1, 0], [1, 1, -1]],
     output: [[1, -0.5, 0, 1], [0.25, 1, 1, 0]], bias: {query: [0.1, 0], output: [0, 0.5]}}
""",
    "attention, across two layers": """\
input: [[1, 0.5], [2, -1], [0, 1]]
target: [[1], [0], [1]]
loss: half_squared_error
learning_rate: 0.1
weights_layout: in_out
layers:
  - {name: hidden, activation: tanh, weights: [[1, 0.5], [-1, 0]], bias: [0, 0.1]}
  - {type: attention, from: [hidden, input], query: [[1], [0.5]], key: [[1], [-1]],
     value: [[0.5], [1]], output: none, scale: none, activation: sigmoid}
""",
}
EXAMPLES = {name: entry.example for name, entry in layer_types().items()} | OTHERS
TOO_LONG = "operations long, more than"
"""What --expand says of a closed form that nobody could read."""
PICTURES = ("svg", "dot", "mermaid", "tikz", "text")
KINDS = ("network", "weights-as-nodes", "computation")


def calls(graph: Graph, folder: Path, turn: int = 0) -> Iterator[tuple[str, ...]]:
    """Yield every call that an example of a layer type must stand: each value of each option.

    What goes with what goes round with ``turn``, or is everything (``PAGE=all``).
    """
    yield from calls_of_passes(graph, turn)
    yield from calls_of_derivations(turn)
    for name in [entry(name, graph) for name in graph.parameters]:
        yield ("trace", "--wrt", name)
        yield ("derive", "--wrt", name, "--numbers")
        yield ("diagram", "--focus", name)
        if graph.single:
            yield ("derive", "--wrt", name, "--expand")
    inputs = ("x",) if graph.nodes[graph.input or 0].wants_gradient else ()
    asked = (*graph.parameters, *inputs, *(f"a{layer.index}" for layer in graph.layers))
    for name, command in paired(asked, ("trace", "derive"), turn):
        yield (command, "--wrt", f"d{name}")
    for optimizer in OPTIMIZERS:
        yield ("step", "--optimizer", optimizer)
    yield ("step", "--steps", "3")
    yield ("step", "-o", str(folder / "next.yaml"))
    yield from (("gradcheck",), ("diagnose", "--full"), ("worksheet", "--solution"))
    yield ("diagnose", "--format", "json")
    yield ("worksheet", "--format", "yaml")
    kinds = ((), *(("--kind", kind) for kind in KINDS))
    for form, kind in paired(PICTURES, kinds, turn):
        yield ("diagram", *kind, "--format", form)
    yield ("diagram", "--generic", "--format", "svg")


def calls_of_passes(graph: Graph, turn: int) -> Iterator[tuple[str, ...]]:
    """Yield the calls of trace and describe."""
    yield ("describe", "--format", "json")
    for rest in ((), ("--steps",), ("--exact",), ("--exact", "--steps"), ("--full",)):
        yield ("trace", *rest)
    for only in ("forward", "backward", "gradients"):
        yield ("trace", "--only", only)
    yield ("trace", "--steps", "--format", "json")
    yield ("trace", "--format", "html", "--interactive")
    yield ("trace", "--round-forward", "2", "--round-backward", "2")
    yield ("trace", "--as-graph")
    yield ("trace", "--as-graph", "operations")
    for form, call in paired((*texts(), "json"), (("trace",), ("derive", "--numbers")), turn):
        yield (*call, "--format", form)


def calls_of_derivations(turn: int) -> Iterator[tuple[str, ...]]:
    """Yield the calls of styles, modes and notations."""
    shown = (("trace",), ("describe",), ("derive", "--style", "index"))
    for name, call in paired(profile_names(), shown, turn):
        yield (*call, "--notation", name)
    ways = ((), ("--numbers",), ("--format", "json"))
    for style, way in paired(tuple(styles()), ways, turn):
        yield ("derive", "--style", style, *way)
    for mode, way in paired(tuple(modes()), ((), ("--numbers",)), turn):
        yield ("derive", "--mode", mode, *way)


def entry(name: str, graph: Graph) -> str:
    """Return the first entry of a parameter, or its name where it is a single number."""
    shape = graph.nodes[graph.parameters[name]].shape
    return f"{name}[{','.join('1' for _ in shape)}]" if shape else name


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_command(name: str, tmp_path: Path) -> None:
    """Each call is done, or (a style that cannot say it) answered with a sentence and a cure."""
    net = tmp_path / "net.yaml"
    net.write_text(EXAMPLES[name], encoding="utf-8")
    failed = []
    turn = tuple(EXAMPLES).index(name)
    for number, (command, *rest) in enumerate(calls(loads(EXAMPLES[name]), tmp_path, turn), turn):
        if not has_turn(number, 24):
            continue
        try:
            done = run(command, str(net), *rest)
        except Exception as error:
            failed.append((command, *rest, repr(error)[:120]))
            continue
        if done.code and not ("--expand" in rest and TOO_LONG in done.err):
            failed.append((command, *rest, done.err.strip()[:160]))
    assert not failed, "\n".join(map(" ".join, failed)) + f"\n{len(failed)} calls failed"


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_answer_right_or_wrong_is_marked(name: str) -> None:
    """Right ones are right; no known mistake stumbles over what it was not written for."""
    graph = loads(EXAMPLES[name])
    key = answer_key(graph, run_network(graph), 0.5)
    truth = list(key.replay.truth)
    right = sheet_of(key.replay, truth, asked(key.replay, errors=True))
    assert {each.verdict for each in mark_sheet(key, right).judged} == {"right"}
    for turn, step in enumerate(key.replay.order, tuple(EXAMPLES).index(name)):
        arrays = list(truth)
        arrays[step.key] = 2 * truth[step.key] if turn % 2 else truth[step.key] + 0.3
        handed_in = sheet_of(key.replay, arrays, asked(key.replay, errors=True))
        assert len(mark_sheet(key, handed_in).judged) == len(right.answers)
