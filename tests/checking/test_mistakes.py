"""The known mistakes: each is named on the sheet that it makes, and on no other."""

from __future__ import annotations

import functools
import itertools
import re

import numpy as np
import pytest
from msgspec import structs

from backprop_cli.api import check, load, loads
from backprop_cli.checking.mark_sheet import mark_sheet
from backprop_cli.checking.marking.answer_key import AnswerKey, answer_key
from backprop_cli.checking.mistakes import Mistake, Site, catalogue
from backprop_cli.checking.mistakes.propagation import paths
from backprop_cli.checking.records import Judged, Marked, Sheet
from backprop_cli.graph.records import Graph
from backprop_cli.passes.run import run
from tests.checking.mistake_sheets import Example, asked, examples, sheet_of
from tests.checking.students import answer, decimals, number_written
from tests.checking.test_after_step import OF_STEPS
from tests.commands.running import config
from tests.pairing import ALL, has_turn

MOST_EXAMPLES = 2
"""Sheets of one mistake on one network."""
KNOWN = [
    "no-sigma-prime-hidden",
    "no-sigma-prime-output",
    "raw-error-propagated",
    "sigma-prime-at-a",
    "sigma-prime-z-one-minus-z",
    "wrong-derivative",
    "sigma-prime-after-softmax",
    "softmax-twice",
    "sign",
    "factor-two",
    "sum-or-mean",
    "not-transposed",
    "forward-transposed",
    "bias-omitted",
    "outer-transposed",
    "updated-weights",
    "one-path",
    "path-without-weight",
    "z-instead-of-a",
    "wrong-layer",
    "bias-gradient-times-bias",
    "bias-gradient-times-input",
    "bias-propagated",
    "relu-gate-ignored",
    "relu-gate-on-delta",
    "loss-not-squared",
    "ascent",
    "gradient-for-update",
    "update-for-gradient",
    "weight-for-gradient",
    "rate-omitted",
    "wrong-rate",
    "log-base",
    "kernel-not-turned",
    "kernel-turned-forward",
    "overlap-not-added",
    "max-to-every-entry",
    "mean-not-divided",
    "stride-forgotten",
    "padding-forgotten",
    "window-not-moved",
    "decimal-point",
    "truncated",
    "rounded-too-early",
    "slip",
    "bias-subtracted",
    "activation-omitted",
    "wrong-activation",
    "sigma-prime-squared",
    "targets-exchanged",
    "bias-gradient-zero",
    "gradient-without-delta",
    "gradient-without-input",
    "gradient-times-weight",
    "weight-for-input",
    "error-for-delta",
    "one-sample",
    "mean-of-factors",
    "softmax-diagonal",
    "softmax-passed-over",
    "scale-omitted",
    "attention-transposed",
    "softmax-not-divided",
    "softmax-without-exp",
    "statistics-constant",
    "variance-less-one",
    "dropout-scale-back",
    "repeated-word",
    "nothing-through-time",
    "only-through-time",
    "one-way-through-time",
    "recurrent-weights-not-transposed",
    "jacobian-as-a-vector",
    "outer-product-as-a-number",
    "way-back-as-vectors",
    "state-of-the-wrong-step",
    "one-step-of-the-sum",
    "step-counted-twice",
    "gate-left-out-on-the-way-back",
    "gate-slope-left-out",
    "gates-in-another-order",
    "state-forgotten",
]
THROUGH_TIME = KNOWN[KNOWN.index("nothing-through-time") :]
OF_LAYERS = (
    *KNOWN[KNOWN.index("kernel-not-turned") : KNOWN.index("decimal-point")],
    *KNOWN[KNOWN.index("softmax-diagonal") : KNOWN.index("nothing-through-time")],
)
"""Mistakes that layers of other kinds than the dense invite."""
OF_SCORES = ["softmax-for-scores"]
"""Where the loss takes the softmax itself, as programs do not: in ``test_arrays``."""
OF_ENTRIES = ["minus", "digits-exchanged", "entries-exchanged", "neighbour-copied"]
"""Slips in writing one entry down: their sheets are in ``slip_kinds``."""
OF_COURSES = [
    "penalty-left-out",
    "penalty-otherwise",
    "penalty-on-bias",
    "target-forgotten",
    "true-class-only",
    "half-of-the-entropy",
    "batch-mean-handed-down",
    "path-past-the-slope",
    "branch-left-out",
    "slope-of-another-step",
    "raw-error-through-time",
    "input-weights-through-time",
    "mean-over-steps",
    "causal-mask-forgotten",
    "padding-not-counted",
    "factor-of-another-step",
    "last-loss-only",
    "cell-otherwise",
    "another-factor-in-the-cell",
    "cell-slope",
    "scale-otherwise",
    "row-sum-left-out",
    "own-factor-in-attention",
    "dropout-otherwise",
    "dropout-mask-back",
    "standardized-otherwise",
    "scale-or-shift-left-out",
    "scale-gradient-otherwise",
    "another-pooling",
    "maximum-in-another-place",
    "kernel-transposed",
    "windows-not-added",
]
"""Mistakes of networks of other kinds: their sheets are in ``course_slips``."""
OF_WHOLES = ["one-factor", "quantities-exchanged"]
"""What many answers show together: their sheets are in ``test_whole_sheet``."""
OF_GRAPHS = [
    "local-for-gradient",
    "other-inputs-share",
    "path-subtracted",
    "paths-multiplied",
    "wrong-upstream",
    "constant-lost",
    "base-lost",
    "divisor-multiplied",
    "wrong-operation",
    "gradient-for-slope",
    "maximum-to-both",
]
"""Slips on an edge of a computation graph: worked by hand below."""

NETWORKS = {
    "mazur": "",
    "3-4-2": """
input: [0.7, -0.4, 1.1]
target: [0.2, 0.9]
loss: half_squared_error
layers:
  - activation: tanh
    weights: [[0.3, -0.2, 0.5], [0.8, 0.1, -0.6], [-0.4, 0.7, 0.2], [0.15, -0.35, 0.9]]
    bias: [0.1, -0.2, 0.3, 0.05]
  - activation: sigmoid
    weights: [[0.6, -0.5, 0.25, 0.4], [-0.3, 0.45, 0.7, -0.15]]
    bias: [0.2, -0.1]
""",
    "batch": """
input: [[0.7, -0.4], [0.3, 0.9], [-1.2, 0.5]]
target: [[0.2, 0.9], [0.7, 0.1], [0.5, 0.4]]
loss: half_squared_error
layers:
  - {activation: sigmoid, weights: [[0.3, -0.2], [0.8, 0.1]], bias: [0.1, -0.2]}
  - {activation: sigmoid, weights: [[0.6, -0.5], [-0.3, 0.45]], bias: [0.2, -0.1]}
""",
    "batch, in_out, sum": """
input: [[0.7, -0.4, 0.2], [0.3, 0.9, -0.8]]
target: [[0.2], [0.7]]
loss: squared_error
reduction: sum
weights_layout: in_out
layers:
  - {activation: tanh, weights: [[0.3, 0.8], [-0.2, 0.1], [0.55, -0.7]], bias: [0.1, -0.2]}
  - {activation: sigmoid, weights: [[0.6], [-0.5]], bias: [0.2]}
""",
    "relu": """
input: [0.7, -0.4]
target: [0.2, 0.6]
loss: squared_error
layers:
  - {activation: relu, weights: [[0.3, -0.2], [0.8, 0.1], [-0.5, 0.6]], bias: [0.1, -0.2, 0.05]}
  - {activation: relu, weights: [[0.6, -0.5, 0.3], [-0.9, 0.45, 0.7]], bias: [0.2, -0.1]}
  - {activation: sigmoid, weights: [[0.6, -0.5], [0.3, 0.8]], bias: [0.2, 0.15]}
""",
    "softmax": """
input: [0.7, -0.4]
target: {class: 1}
loss: cross_entropy
layers:
  - {activation: sigmoid, weights: [[0.3, -0.2], [0.8, 0.1]], bias: [0.1, -0.2]}
  - {activation: softmax, weights: [[0.6, -0.5], [-0.3, 0.45], [0.2, 0.9]], bias: [0.2, -0.1, 0.3]}
""",
    "batch norm": """
input: [[-1.1, 1], [0.8, -0.7], [0, -0.2]]
target: [[0.2], [0.7], [0.4]]
loss: half_squared_error
layers:
  - {activation: tanh, weights: [[0.3, -0.2], [0.8, 0.1]], bias: [0.1, -0.2]}
  - {type: batch_norm, scale: [1.5, 0.6], shift: [0.5, 0.9], activation: sigmoid}
  - {weights: [[-1.2, -1.4]], bias: [0.2]}
""",
    "layer norm, dropout": """
input: [0.7, -0.4, 1.1]
target: [0.2]
loss: half_squared_error
layers:
  - {type: layer_norm, scale: [1.5, 0.6, -0.8], shift: [0.1, -0.3, 0.2], activation: tanh}
  - {type: dropout, rate: 0.3, mask: [1, 0, 1], activation: tanh}
  - {type: rms_norm, scale: [0.7, 1.2, 0.4], shift: none}
  - {weights: [[0.6, -0.5, 0.9]], bias: [0.2]}
""",
    "embedding": """
input: [[1, 3, 1], [0, 2, 1]]
target: [[0.2], [0.9]]
loss: half_squared_error
layers:
  - {type: embedding, weights: [[0.3, -0.2], [0.8, 0.1], [-0.4, 0.7], [0.15, -0.35]], pool: mean}
  - {activation: sigmoid, weights: [[0.6, -0.5]], bias: [0.2]}
""",
    "image": """
input: [[[0.7, -0.4, 1.1, 0.3], [0.2, 0.9, -0.6, 1.4], [-1.2, 0.5, 0.8, -0.3],
         [0.6, 1.3, -0.9, 0.1]],
        [[0.1, 0.6, -0.2, 0.8], [-0.7, 0.35, 1.2, 0.4], [0.9, -1.1, 0.25, 0.65],
         [1.5, 0.45, -0.8, 0.55]]]
target: [[[0.2, 0.9], [0.7, 0.1]]]
loss: half_squared_error
layers:
  - {type: conv2d, weights: [[[[0.3, -0.2], [0.8, 0.1]], [[0.5, 0.4], [-0.6, 0.7]]]], bias: [0.1],
     activation: tanh}
  - {type: avg_pool2d, window: 2, stride: 1}
""",
    "image, padded": """
input: [[0.7, -0.4, 1.1], [0.2, 0.9, -0.6], [-1.2, 0.5, 0.8]]
target: [[0.2, 0.9], [0.7, 0.1]]
loss: half_squared_error
layers:
  - {type: conv2d, weights: [[0.31, -0.22, 0.47], [0.83, 0.13, -0.71], [0.17, 0.59, 0.29]],
     bias: [0.1], padding: 1, activation: sigmoid}
  - {type: conv2d, weights: [[0.6, -0.5], [-0.3, 0.45]], bias: none, padding: 1, stride: 2,
     activation: sigmoid}
""",
    "image, max": """
input: [[0.7, -0.4, 1.1, 0.3], [0.2, 0.9, -0.6, 1.4], [-1.2, 0.5, 0.8, -0.3],
        [0.6, 1.3, -0.9, 0.1]]
target: [0.2, 0.9]
loss: half_squared_error
layers:
  - {type: conv2d, weights: [[0.3, -0.2], [0.8, 0.1]], bias: [0.1], activation: tanh}
  - {type: max_pool2d, window: 2, stride: 1}
  - {type: flatten}
  - {activation: sigmoid, bias: [0.2, -0.1],
     weights: [[0.6, -0.5, 0.25, 0.4], [-0.3, 0.45, 0.7, -0.15]]}
""",
    "attention": """
input: [[-0.72, -0.9], [0.42, -0.27], [-0.9, 0.24]]
target: [[-1.14, 0.66], [-0.33, 0.54], [-1.38, 0.66]]
loss: half_squared_error
layers:
  - type: attention
    query: [[-0.45, 0.69], [0.3, 0.87]]
    key: [[-0.48, -1.05], [0.3, 0.15]]
    value: [[1.23, 1.11], [-0.93, 1.29]]
    output: [[0.96, 0.45], [-0.72, 0.21]]
    bias: {query: [-0.21, 1.35]}
""",
    "graph": """
variables: {x: 0.7, w: -0.4, v: 1.3}
graph:
  s: w*x + v
  h: tanh(s)
  p: h*v
  o: (p - 0.5)**2 + h*x
""",
}


RECURRENT = {
    "recurrent": """
input: [[0.7, -0.4], [0.3, 0.9], [-0.8, 0.5]]
target: [[0.2], [-0.6], [0.9]]
loss: half_squared_error
layers:
  - type: recurrent
    weights: [[0.3, -0.2], [0.8, 0.1]]
    recurrent_weights: [[0.45, -0.7], [0.25, 0.6]]
    bias: [0.1, -0.2]
  - {weights: [[0.6, -0.5]], bias: [0.2]}
""",
    "lstm": """
input: [[0.7, -0.4], [0.3, 0.9]]
target: [[0.2], [-0.6]]
loss: half_squared_error
layers:
  - type: lstm
    weights: {i: [[0.3, -0.2]], f: [[0.8, 0.1]], g: [[0.45, -0.7]], o: [[0.6, 0.35]]}
    recurrent_weights: {i: [[0.25]], f: [[-0.4]], g: [[0.65]], o: [[0.9]]}
    bias: {i: [0.1], f: [0.5], g: [-0.2], o: [0.15]}
""",
}


MOST_SHEETS = 6
"""Sheets of one mistake on one network, of those that differ by step and form."""
DENSE = ("mazur", "3-4-2", "batch", "batch, in_out, sum", "relu", "softmax", "graph")
CASES = [
    (name, mistake)
    for n, name in enumerate(NETWORKS)
    for m, mistake in enumerate(KNOWN)
    if mistake in OF_LAYERS or has_turn(n + m, 2 if name in DENSE else 3)
]
"""The mistakes that every network invites take turns: every second, on other layers every third."""


def graph_of(name: str) -> Graph:
    text = (NETWORKS | RECURRENT)[name]
    return load("configs/mazur.yaml") if name == "mazur" else loads(text)


@functools.cache
def problem(name: str) -> AnswerKey:
    graph = graph_of(name)
    return answer_key(graph, run(graph), 0.5, many=True)


def named(marked: Marked) -> set[str]:
    return {m for each in marked.judged if each.mistake for m in (each.mistake, *each.also)}


def wrong(marked: Marked) -> list[Judged]:
    return [each for each in marked.judged if each.verdict == "wrong"]


@functools.cache
def examples_on(name: str, mistake: str) -> list[Example]:
    """Return a mistake's sheets: all on the smallest network, on each other some."""
    found = list(examples(catalogue()[mistake], problem(name).replay))
    every = 1 if ALL or name == "mazur" else -(-len(found) // MOST_SHEETS)
    return found[[*NETWORKS, *RECURRENT].index(name) % max(1, every) :: max(1, every)]


@functools.cache
def marked_on(name: str, mistake: str) -> list[Marked]:
    return [mark_sheet(problem(name), each.sheet) for each in examples_on(name, mistake)]


def test_the_catalogue_is_whole() -> None:
    every = (*KNOWN, *OF_COURSES, *OF_SCORES, *OF_ENTRIES, *OF_GRAPHS, *OF_STEPS, *OF_WHOLES)
    assert sorted(catalogue()) == sorted(every)


@pytest.mark.parametrize("mistake", catalogue().values(), ids=lambda mistake: mistake.id)
def test_a_mistake_says_where_and_its_hint_gives_no_number_away(mistake: Mistake) -> None:
    assert "{entry}" in mistake.says
    assert mistake.hint.endswith((".", "?", "{term}"))
    assert not re.search(r"\d\.\d", mistake.hint)


@pytest.mark.parametrize(("name", "mistake"), CASES)
def test_each_mistake_is_named_on_its_own_sheets(name: str, mistake: str) -> None:
    for marked in marked_on(name, mistake):
        assert mistake in named(marked), marked
        assert all(len(each.also) <= 1 for each in marked.judged)


@pytest.mark.parametrize("mistake", THROUGH_TIME)
@pytest.mark.parametrize("name", RECURRENT)
def test_mistakes_through_time_are_named_on_their_own_sheets(name: str, mistake: str) -> None:
    for marked in marked_on(name, mistake):
        assert mistake in named(marked), marked


@pytest.mark.parametrize("name", NETWORKS)
def test_a_mistake_made_once_costs_where_it_was_made(name: str) -> None:
    """What is carried on correctly after the mistake costs nothing."""
    replay = problem(name).replay
    for mistake in (mistake for network, mistake in CASES if network == name):
        for marked in marked_on(name, mistake):
            quantities = {replay.place(e.answer.ref, e.answer.aspect)[0] for e in wrong(marked)}
            assert len(quantities) <= 1, (mistake, quantities)


@pytest.mark.parametrize("name", DENSE)
def test_a_hint_never_has_a_number_and_speaks_of_what_is_there(name: str) -> None:
    """On every sheet of every mistake: no digits but those of names."""
    graph = problem(name).graph
    biased = any("b" in layer.parameters for layer in graph.layers)
    for mistake in (mistake for network, mistake in CASES if network == name):
        for marked in marked_on(name, mistake):
            for each in marked.judged:
                said = re.sub(r"[A-Za-z()/']+\d*(\[[\d,]+\])?", "", each.message)
                assert not re.search(r"\d[.\d]", said), each.message
                assert graph.target is not None or "target" not in each.message
                assert biased or "bias" not in each.message
                assert graph.layers or "layer" not in each.message


LACKING = {
    "linear": (
        """
input: [0.5, -1.2]
target: [0.2, 0.9]
loss: half_squared_error
layers:
  - {weights: [[0.3, 0.8], [0.5, -0.7]], bias: none}
  - {weights: [[0.4, 0.9], [1.5, -0.6]], bias: none}
""",
        "activation|σ|bias|batch|sample|gate|softmax|relu|entropy|time|kernel",
    ),
    "softmax of a batch": (
        """
input: [[0.5, -1.2], [0.7, 0.4]]
target: [[1, 0], [0, 1]]
loss: cross_entropy
layers:
  - {weights: [[0.3, 0.8], [0.5, -0.7]], bias: [0.1, 0.3], activation: tanh}
  - {weights: [[0.4, 0.9], [1.5, -0.6]], bias: [0.2, 0.4], activation: softmax}
""",
        "gate|relu|time|kernel|query",
    ),
    "graph": (
        """
variables: {a: 2.5, b: 3, x: 0.7}
graph: {c: a + b, d: a*b, q: x*d, s: q**2, o: c*q + a/s}
""",
        "target|activation|σ|bias|batch|sample|gate|softmax|relu|entropy|layer|unit|weight|δ|delta"
        "|loss|rate|η|error|time",
    ),
    "graph with a loss": (
        """
variables: {w: 2.5, b: 3, x: 0.7, y: 0.4}
graph: {z: w*x + b, a: tanh(z), C: 0.5*(a - y)**2}
""",
        "batch|sample|gate|softmax|relu|entropy|layer|unit|δ|delta|time",
    ),
}
"""Networks, and what they do not have."""


@pytest.mark.parametrize("name", LACKING)
def test_no_hint_speaks_of_what_a_network_lacks_nor_says_the_number(name: str) -> None:
    """Every mistake's own sheets; the correction is in no hint, with two digits or more."""
    text, lacks = LACKING[name]
    graph = loads(text)
    key = answer_key(graph, run(graph), 0.5 if graph.layers else None)
    said: set[str] = set()
    for mistake in catalogue().values():
        for example in itertools.islice(examples(mistake, key.replay), MOST_EXAMPLES):
            for each in mark_sheet(key, example.sheet).judged:
                said.add(each.message)
                right = {f"{abs(each.truth or 0):.{digits}g}" for digits in (2, 3, 4, 5)}
                numbers = set(re.findall(r"\d+\.?\d*(?![\w°,\]])", each.message))
                assert not numbers & {number for number in right if len(number) > 1}, each.message
    assert len(said) > 12
    assert not [each for each in said if re.search(lacks, each)]


HEADS = """
input: [[[0.7, -0.4], [0.3, 0.9]], [[-1.2, 0.5], [0.6, 0.1]]]
target: [[[0.2, 0.9], [0.85, 0.1]], [[0.15, 0.4], [0.3, 0.8]]]
loss: squared_error
layers:
  - type: attention
    heads: 2
    causal: %s
    query: [[0.8, -0.3], [0.25, 1.1], [0.4, 0.55], [-0.7, 0.6]]
    key: [[-0.6, 0.7], [0.9, 0.35], [1.15, -0.2], [0.3, 0.95]]
    value: [[1.25, -0.5], [0.45, 0.65]]
    output: none
"""


@pytest.mark.parametrize(("causal", "count"), [("false", 10), ("true", 9)])
def test_attentions_mistakes_of_several_heads_in_a_batch(causal: str, count: int) -> None:
    """Nobody exchanges rows and columns of a softmax that leaves out what comes later."""
    graph = loads(HEADS % causal)
    key = answer_key(graph, run(graph), 0.5)
    made = 0
    for name in ("softmax-diagonal", "scale-omitted", "attention-transposed"):
        for example in examples(catalogue()[name], key.replay):
            assert name in named(mark_sheet(key, example.sheet)), example
            made += 1
    assert made == count


def test_every_mistake_has_a_sheet_somewhere() -> None:
    for mistake in KNOWN:
        if mistake not in ("log-base", "mean-of-factors", "one-sample"):
            assert any(examples_on(name, mistake) for name in NETWORKS | RECURRENT), mistake
    assert examples_on("softmax", "log-base")


MAZUR = [
    ("no-sigma-prime-hidden", "delta1[1]", 0.0363503),
    ("no-sigma-prime-output", "delta2[1]", 0.741365),
    ("raw-error-propagated", "delta1[1]", 0.0453670),
    ("sigma-prime-at-a", "delta2[1]", 0.161461),
    ("sigma-prime-z-one-minus-z", "delta2[1]", -0.0868302),
    ("wrong-derivative", "delta2[1]", 0.322828),
    ("sign", "delta2[1]", -0.138499),
    ("factor-two", "delta2[1]", 0.276997),
    ("factor-two", "delta2[1]", 0.0692493),
    ("not-transposed", "delta1[1]", 0.00923101),
    ("forward-transposed", "z1[1]", 0.3825),
    ("forward-transposed", "z1[2]", 0.39),
    ("bias-omitted", "z1[1]", 0.0275),
    ("outer-transposed", "dW2[1,2]", -0.0226025),
    ("updated-weights", "delta1[1]", 0.00729446),
    ("one-path", "delta1[1]", 0.0133679),
    ("path-without-weight", "delta1[1]", 0.0242267),
    ("z-instead-of-a", "dW2[1,1]", 0.0522832),
    ("wrong-layer", "delta1[1]", 0.00271469),
    ("ascent", "W2'[1,1]", 0.441084),
    ("update-for-gradient", "dW2[1,1]", 0.0410835),
    ("update-for-gradient", "dW2[1,1]", -0.0410835),
    ("gradient-for-update", "W2'[1,1]", -0.0410835),
    ("weight-for-gradient", "dW2[1,1]", 0.358916),
    ("rate-omitted", "W2'[1,1]", 0.317833),
]
"""What each mistake gives on Mazur's network, worked by hand beside the program."""


@pytest.mark.parametrize(("mistake", "entry", "value"), MAZUR)
def test_mazurs_network_shows_the_mistakes_as_worked_by_hand(
    mistake: str, entry: str, value: float
) -> None:
    shown = [
        each.parsed.value
        for example in examples_on("mazur", mistake)
        for each in example.sheet.answers
        if each.name == entry and each.parsed.value is not None
    ]
    assert any(number == pytest.approx(value, rel=3e-6) for number in shown), shown


@pytest.mark.parametrize(
    ("mistake", "entries"),
    [
        ("no-sigma-prime-hidden", {"delta1[1]": "0.0364", "delta1[2]": "0.0414"}),
        ("no-sigma-prime-output", {"delta2[1]": "0.7414", "delta2[2]": "-0.2171"}),
        ("updated-weights", {"delta1[1]": "0.00729", "delta1[2]": "0.00836"}),
        ("outer-transposed", {"dW2[1,2]": "-0.0226", "dW2[2,1]": "0.0827"}),
        ("ascent", {"W2'[1,1]": "0.4411", "W2'[1,2]": "0.4913"}),
    ],
)
def test_a_few_answers_with_few_digits_are_enough(mistake: str, entries: dict[str, str]) -> None:
    graph = problem("mazur").graph
    answers = tuple(answer(name, raw, graph) for name, raw in entries.items())
    marked = mark_sheet(problem("mazur"), Sheet("", "", answers))
    assert mistake in named(marked), marked


@pytest.mark.parametrize("name", ["mazur", "3-4-2"])
def test_four_decimals_tell_nearly_all_mistakes_and_never_the_wrong_one(name: str) -> None:
    """Every sheet again at four decimals: 95 % are named, and no other mistake instead."""
    write, seen, right = decimals(4), 0, 0
    for mistake in KNOWN:
        for example in examples_on(name, mistake):
            answers = tuple(
                structs.replace(each, parsed=number_written(write(each.parsed.value or 0.0)))
                for each in example.sheet.answers
            )
            found = mark_sheet(problem(name), structs.replace(example.sheet, answers=answers))
            if mistake not in ("rounded-too-early", "truncated"):
                seen += 1
                right += mistake in named(found)
                assert not named(found) or mistake in named(found), example
    assert right >= 0.95 * seen


WHOLE_NUMBERS = """
input: [-1, 2]
target: [5]
loss: half_squared_error
layers:
  - {weights: [[-3, 1], [1, 3], [2, 3]], bias: [-2, 3, -2], activation: relu}
  - {weights: [[-3, 2, 1]], bias: [-2], activation: relu}
"""
ENTROPY = """
input: [[1, 2], [-1, 0.5]]
target: [[1], [0]]
loss: binary_cross_entropy
layers:
  - {units: 3, activation: relu, weights: [[0.1, 0.4], [-0.2, 0.5], [0.3, -0.6]],
     bias: [0.1, 0, -0.1]}
  - {units: 1, activation: sigmoid, weights: [[0.7, -0.8, 0.9]], bias: 0.2}
"""


@pytest.mark.parametrize(
    ("net", "told", "mistake"),
    [
        (
            WHOLE_NUMBERS,
            {"delta1": [-6, 4, 2], "dW1": [[18, -6], [4, 12], [4, 6]]},
            "weight-for-input",
        ),
        (ENTROPY, {"delta2": ["-1.7711", "1.9802"]}, "no-sigma-prime-output"),
        (
            ENTROPY,
            {
                "delta2": ["-0.44", "0.50"],
                "delta1": [["-0.30", "0.35", "-0.39"], ["0.35", "-0.40", "0.45"]],
                "db1": ["0.04", "-0.05", "0.05"],
            },
            "sum-or-mean",
        ),
    ],
)
def test_a_whole_quantity_has_one_explanation(
    net: str, told: dict[str, object], mistake: str
) -> None:
    """By hand: δ·w for δ·x; −1/σ(0.26) and 1/(1 − σ(−0.02)); of unrounded δ the sum is .0537."""
    (marked,) = check(loads(net), told).marked
    last = [each for each in marked.judged if each.answer.name.startswith(list(told)[-1])]
    off = {each.mistake for each in last if each.verdict == "wrong"}
    assert off == {mistake}, [(each.answer.name, each.mistake, each.also) for each in last]


def test_two_mistakes_in_different_steps_are_both_named() -> None:
    """The output's δ without σ′, and the gradient's outer product the wrong way round."""
    graph = problem("mazur").graph
    error = (0.74136507, -0.21707153)
    a = (0.59326999, 0.59688438)
    answers = [answer(f"delta2[{j + 1}]", f"{error[j]:.6f}", graph) for j in (0, 1)]
    answers += [
        answer(f"dW2[{j + 1},{k + 1}]", f"{error[k] * a[j]:.6f}", graph)
        for j in (0, 1)
        for k in (0, 1)
    ]
    marked = mark_sheet(problem("mazur"), Sheet("", "", tuple(answers)))
    assert named(marked) >= {"no-sigma-prime-output", "outer-transposed"}


def test_two_mistakes_in_one_step_are_found_together() -> None:
    """δ of the output without σ′ and with the sign turned round, its gradients carried on."""
    graph = problem("mazur").graph
    error, a = (-0.74136507, 0.21707153), (0.59326999, 0.59688438)
    answers = [answer(f"delta2[{j + 1}]", f"{error[j]:.6f}", graph) for j in (0, 1)]
    answers += [
        answer(f"dW2[{j + 1},{k + 1}]", f"{error[j] * a[k]:.6f}", graph)
        for j in (0, 1)
        for k in (0, 1)
    ]
    marked = mark_sheet(problem("mazur"), Sheet("", "", tuple(answers)))
    assert [each.answer.name for each in wrong(marked)] == ["delta2[1]", "delta2[2]"]
    assert {"sign", "no-sigma-prime-output"} == named(marked)


def test_a_slip_is_named_by_its_term() -> None:
    """z1[1] with the second product left out: 0.15·0.05 + 0.35."""
    graph = problem("mazur").graph
    marked = mark_sheet(problem("mazur"), Sheet("", "", (answer("z1[1]", "0.3575", graph),)))
    assert marked.judged[0].mistake == "slip"
    assert "W1[1,2]·x[2] left out" in marked.judged[0].full
    assert not re.search(r"\d\.\d", marked.judged[0].message)


def test_one_other_learning_rate_throughout_is_seen() -> None:
    """Steps with η = 0.3 where 0.5 is given."""
    graph = problem("mazur").graph
    gradients = {(1, 1): 0.08216704, (1, 2): 0.08266763, (2, 1): -0.02260254, (2, 2): -0.02274024}
    weights = {(1, 1): 0.40, (1, 2): 0.45, (2, 1): 0.50, (2, 2): 0.55}
    answers = tuple(
        answer(f"W2'[{j},{k}]", f"{weights[j, k] - 0.3 * g:.5f}", graph)
        for (j, k), g in gradients.items()
    )
    assert named(mark_sheet(problem("mazur"), Sheet("", "", answers))) == {"wrong-rate"}


def test_the_true_sheet_has_no_mistakes() -> None:
    for name in NETWORKS:
        replay = problem(name).replay
        marked = mark_sheet(problem(name), sheet_of(replay, list(replay.truth), asked(replay)))
        assert {each.verdict for each in marked.judged} == {"right"}
        assert not named(marked)


GRAPH = loads("variables: {a: 2.5, b: 3, x: 0.7}\ngraph: {c: a + b, d: a*b, q: x*d, o: c*q}\n")
"""c = 5.5, d = 7.5, q = 5.25, o = 28.875; dc = 5.25, dq = 5.5, dd = 3.85, dx = 41.25,
da = 5.25 + 3·3.85 = 16.8, db = 5.25 + 2.5·3.85 = 14.875."""
TRUTH = {
    "c": "5.5", "d": "7.5", "q": "5.25", "o": "28.875", "d(c)": "5.25", "d(q)": "5.5",
    "d(d)": "3.85", "d(x)": "41.25", "d(a)": "16.8", "d(b)": "14.875",
}  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "mistakes"),
    [
        ({"d(d)": "0.7", "d(x)": "41.25", "d(a)": "7.35", "d(b)": "7"}, {"local-for-gradient"}),
        ({"d(x)": "3.85"}, {"other-inputs-share"}),
        ({"d(a)": "6.3"}, {"path-subtracted", "sign"}),
        ({"d(a)": "-6.3"}, {"path-subtracted"}),
        ({"d(a)": "11.55"}, {"one-path"}),
        ({"d(x)": "39.375"}, {"wrong-upstream"}),
        ({"d(x)": "82.5"}, {"constant-lost"}),
        ({"d(x)": "-41.25"}, {"sign"}),
        ({"c": "7.5", "o": "39.375", "d(q)": "7.5", "d(d)": "5.25", "d(x)": "56.25",
          "d(a)": "21", "d(b)": "18.375"}, {"wrong-operation"}),
    ],
)  # fmt: skip
def test_slips_on_a_graph_are_named_and_speak_of_no_target(
    changed: dict[str, str], mistakes: set[str]
) -> None:
    answers = tuple(answer(n, raw, GRAPH) for n, raw in {**TRUTH, **changed}.items())
    found = mark_sheet(answer_key(GRAPH, run(GRAPH)), Sheet("", "", answers))
    assert named(found) & mistakes, found
    assert not any(word in e.message + e.full for e in found.judged for word in ("target", "loss"))


PATHS = {
    "of its own": "c: 2*a\n  d: a*b\n  e: 7*a\n  f: c + d + e",
    "in one": "f: 2*a + a*b + 7*a",
}
"""df/da = 2 + 3 + 7 = 12."""


@pytest.mark.parametrize("line", list(PATHS))
@pytest.mark.parametrize("told", ["5", "7", "9", "10"])
def test_a_path_that_was_left_out_is_named_on_a_lone_answer(line: str, told: str) -> None:
    graph = loads(f"variables: {{a: 2, b: 3}}\ngraph:\n  {PATHS[line]}\n")
    found = mark_sheet(answer_key(graph, run(graph)), Sheet("", "", (answer("d(a)", told, graph),)))
    assert named(found) & {"one-path"}, found


def test_the_paths_of_a_number_add_up_to_its_gradient() -> None:
    """In one line too: of a product of sums, a quotient, a power, where the sum is a factor."""
    lines = ("(a + b)*(a - b) - a/b", "sigmoid(a*b)*a + a**3", "(a + a)*(a + b*a) - 2*(3*a + b)")
    graphs = [loads(f"variables: {{a: 2.5, b: 3}}\ngraph:\n  f: {line}\n") for line in lines]
    counts = []
    for graph in (*graphs, load(config("micrograd")), load(config("diamond"))):
        replay = answer_key(graph, run(graph)).replay
        for step in (each for each in replay.order if replay.kind_of(each.key) == "gradient"):
            total = np.asarray(replay.truth[step.key])
            found = paths(Site(replay, step.key, list(replay.truth), total))
            counts.append(len(found))
            assert not found or np.isclose(sum(found), total)
    assert max(counts) > 4


LARGEST = loads("variables: {a: 2, b: 3}\ngraph:\n  m: max(a, b)\n  n: min(a, b)\n  f: 4*m + 5*n\n")
"""max is b, min is a: df/da = 5, df/db = 4."""


@pytest.mark.parametrize("told", [{"d(a)": "9"}, {"d(b)": "9"}, {"d(a)": "7"}])
def test_the_gradient_of_a_maximum_goes_to_one_input(told: dict[str, str]) -> None:
    """To both, shared, or to the other one."""
    rest = {"m": "3", "n": "2", "f": "22", "d(m)": "4", "d(n)": "5", "d(a)": "5", "d(b)": "4"}
    answers = tuple(answer(n, raw, LARGEST) for n, raw in {**rest, **told}.items())
    found = mark_sheet(answer_key(LARGEST, run(LARGEST)), Sheet("", "", answers))
    assert named(found) & {"maximum-to-both"}, found


POWERS = loads("variables: {a: 1.3, b: 0.7, c: 1.9}\ngraph: {p: a**2, q: p/b, o: q*c}\n")
"""p = 1.69, q = 1.69/0.7, o = 1.9q; dq = 1.9, dp = 1.9/0.7, da = 2.6 dp, db = −1.69/0.49·1.9."""
WORKED = {
    "p": "1.69", "q": "2.414286", "o": "4.587143", "d(q)": "1.9", "d(c)": "2.414286",
    "d(p)": "2.714286", "d(a)": "7.057143", "d(b)": "-6.553061",
}  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "mistake"),
    [
        ({"d(a)": "5.428571"}, "base-lost"),
        ({"d(p)": "1.33", "d(a)": "3.458"}, "divisor-multiplied"),
        ({"d(b)": "6.553061"}, "sign"),
    ],
)
def test_slips_in_a_power_and_a_quotient(changed: dict[str, str], mistake: str) -> None:
    """2·dp for 2a·dp; 0.7·1.9 for 1.9/0.7; the quotient's minus lost."""
    answers = tuple(answer(n, raw, POWERS) for n, raw in {**WORKED, **changed}.items())
    found = mark_sheet(answer_key(POWERS, run(POWERS)), Sheet("", "", answers))
    assert mistake in named(found), found
    wrong = [each.answer.name for each in found.judged if each.verdict == "wrong"]
    assert wrong == list(changed)[:1]


LONGER = loads("variables: {a: 2.3, b: 3.1}\ngraph: {c: a*b, o: 4*c**2 - 7*a + 5*a*b}\n")
"""∂o/∂c = 8c = 57.04; ∂o/∂a = 57.04·b − 7 + 5b."""


@pytest.mark.parametrize("lost", [-7 + 1, (5 - 1) * 3.1])
def test_a_constant_lost_on_one_path_within_a_line_is_named(lost: float) -> None:
    right = 8 * 2.3 * 3.1 * 3.1 - 7 + 5 * 3.1
    told = {"d(c)": "57.04", "d(a)": f"{right - lost:.4f}"}
    answers = tuple(answer(name, raw, LONGER) for name, raw in told.items())
    found = mark_sheet(answer_key(LONGER, run(LONGER)), Sheet("", "", answers))
    assert "constant-lost" in named(found), found
    assert [each.verdict for each in found.judged] == ["right", "wrong"]
