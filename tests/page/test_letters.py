"""Every equation's letters: bound, with one meaning, in the order and the numbering of its page."""

from __future__ import annotations

from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from backprop_cli.expression.refs import Ref
from backprop_cli.expression.tree import (
    Add,
    Between,
    BigSum,
    Call,
    Compare,
    Derivative,
    Expr,
    Letter,
    Name,
    Number,
    Quantity,
)
from backprop_cli.notation import orientation
from backprop_cli.worked.document import (
    Chain,
    Code,
    Column,
    Document,
    Equations,
    Paragraph,
    Section,
    Table,
    Text,
)

from ..commands.running import LAYERED, config
from ..graph.random_graphs import random_graph
from ..networks import Sizes, network
from ..notation.drawing import THREE_LAYERS, TWO_LAYERS, speak
from ..pairing import ALL
from .capture import NOTATIONS, Shown, forget_spoken, network_calls, notations_for, shown
from .counting import counted
from .letters import RULES, faults
from .orientation import disagreements
from .truth import chains_of

SIZES = Sizes(layers=4, units=3, samples=2, decimals=1)


def assert_sound(page: Shown, name: str) -> None:
    spoken = page.spoken(name)
    counted("letters", sum(len(chain.forms) - 1 for chain in chains_of(spoken)))
    found = faults(spoken, page.written(name))
    assert not found, (page.call, name, found[:3])


@given(seed=st.integers(0, 10**6), which=st.integers(0, 10**6))
@settings(max_examples=12)
def test_random_networks(seed: int, which: int) -> None:
    calls = list(network_calls("-", numbers=True, layered=True))
    page = shown(*calls[which % len(calls)], stdin=network(seed, SIZES).text)
    if page is not None:
        for name in notations_for(seed):
            assert_sound(page, name)


@given(seed=st.integers(0, 10**6), which=st.sampled_from(((), ("--steps",), ("--exact",))))
@settings(max_examples=12)
def test_random_graphs(seed: int, which: tuple[str, ...]) -> None:
    page = shown("trace", "-", *which, stdin=random_graph(seed).text)
    if page is not None:
        for name in notations_for(seed):
            assert_sound(page, name)


LETTERS = {
    "a sum over the one unit of a softmax": """\
input: [-0.7, 0.6]
target: [1]
loss: cross_entropy
layers:
  - {bias: none, weights: [[-0.6, -0.5]], activation: softmax}
""",
    "what is normalized read by another layer too": """\
input: [0.1, -0.6]
target: [0.7, 0.2]
loss: half_squared_error
layers:
  - {name: norm, type: layer_norm, scale: [1, 2], shift: none}
  - {type: add, from: [norm, input]}
""",
    "one value read three times": """\
input: [-0.2]
target: [0.7, 0.3, 1]
loss: absolute_error
layers: [{type: concat, from: [input, input, input], activation: relu}]
""",
    "a hidden layer without an activation beside one with": """\
input: [0.1, -0.6]
target: [0.7]
loss: binary_cross_entropy
layers:
  - {bias: none, weights: [[0.3, 1]], activation: identity}
  - {bias: none, weights: [[0.3]], activation: {type: leaky_relu, slope: 0.8}}
  - {bias: none, weights: [[-0.6]], activation: sigmoid}
""",
    "two functions of one name": """\
input: [0.1, -0.6]
target: [0.7]
loss: half_squared_error
layers:
  - {bias: none, weights: [[0.3, 1]], activation: {type: leaky_relu, slope: 0.1}}
  - {bias: none, weights: [[0.3]], activation: {type: leaky_relu, slope: 0.8}}
  - {bias: none, weights: [[-0.6]], activation: sigmoid}
""",
    "any unit's function beside the hidden layers' own, with a penalty": """\
input: [0.1, -0.6]
target: [0.7]
loss: half_squared_error
regularization: {l2: 0.5}
layers:
  - {name: h1, bias: none, weights: [[0.3, 1], [0.2, 0.1]], activation: tanh}
  - {type: add, from: [h1, input], activation: tanh}
  - {bias: none, weights: [[-0.6, 0.3]], activation: sigmoid}
""",
    "a graph's dx1 beside the gradient of x": """\
variables: {x: 2, y: [1, 3]}
graph: {dx1: sum(y)*x, e: dx1 + mean(2)*max(y), out: 'exp(min(e, sum(1/4)))'}
""",
}
"""Files whose letters are left out, shared or taken."""


@pytest.mark.parametrize("name", LETTERS)
def test_letters_left_out_shared_or_taken(name: str) -> None:
    layered = "layers:" in LETTERS[name]
    derived = ("--style", "function"), ("--style", "components"), ("--wrt", "dx")
    calls = [("derive", "-", *rest) for rest in derived] if layered else []
    for call in (("trace", "-", "--steps"), *calls):
        page = shown(*call, stdin=LETTERS[name])
        assert page is not None
        for notation in NOTATIONS:
            assert_sound(page, notation)


SIGNS = ("eta", "mu", "m", "v", "g", "t", "rho", "e", "w", "h", "x1", "theta", "lambda", "N")
"""Names of a graph that are signs elsewhere on the page."""


@pytest.mark.parametrize("sign", SIGNS)
def test_a_graphs_names_are_no_other_sign(sign: str) -> None:
    text = f"variables: {{{sign}: 2, x: [[1, 2], [3, 4]]}}\ngraph: {{f: 'exp({sign})*sum(x)'}}\n"
    calls = (
        ("trace", "-", "--steps"),
        ("gradcheck", "-"),
        ("derive", "-", "--mode", "reverse"),
        ("derive", "-", "--mode", "forward", "--numbers"),
        ("step", "-", "--lr", "0.1", "--optimizer", "momentum"),
        ("step", "-", "--lr", "0.1", "--optimizer", "adamw"),
    )
    for call in calls:
        page = shown(*call, stdin=text)
        assert page is not None
        assert_sound(page, "standard")


# -- matrices


TURNS = ("standard", "four-diagrams", "cs231n", "bishop")
"""Notations whose matrices stand in every way: to-from or from-to, columns or rows."""


@pytest.mark.parametrize("style", ["matrix", "components"])
@pytest.mark.parametrize("net", LAYERED)
def test_matrices_stand_as_the_notation_has_them(net: str, style: str) -> None:
    page = shown("derive", config(net), "--style", style, "--numbers")
    assert page is not None
    for name in NOTATIONS if ALL else TURNS:
        compared, found = disagreements(page, name)
        assert compared > 10
        assert not found, (name, found[:1])


@pytest.mark.parametrize("name", ["four-diagrams", "cs231n"])
def test_a_matrix_that_is_not_turned_is_refused(name: str) -> None:
    page = shown("derive", config("shared_and_regularized"), "--style", "matrix", "--numbers")
    assert page is not None
    forget_spoken()
    with mock.patch.object(orientation, "oriented", lambda trees, target, notation: trees):
        _, found = disagreements(page, name)
    forget_spoken()
    assert found


def test_the_shape_beside_a_matrix_is_its_own() -> None:
    page = shown("describe", config("symbolic_2443"))
    assert page is not None
    for name, shape in (("nielsen", "4 × 2"), ("four-diagrams", "2 × 4 (W1ᵀ)")):
        tables = [
            block.blocks[0]
            for block in page.spoken(name).blocks
            if isinstance(block, Section) and block.id == "notation"
        ]
        assert isinstance(tables[0], Table)
        cells = next(row for row in tables[0].rows if row[1] == Code("W1"))
        assert isinstance(cells[3], Text)
        assert cells[3].text == shape


# -- each rule refuses a page with its fault


def q(part: str, layer: object, *index: object, gradient: bool = False) -> Expr:
    ref: object = Ref(part, layer, gradient, None, index)  # type: ignore[arg-type]
    assert isinstance(ref, Ref)
    return Quantity(ref)


def page_of(*forms: Expr, name: str = "", ranges: tuple[Expr, ...] = ()) -> Document:
    chain = Chain(forms, name, ranges=ranges)
    return Document("", (Section("s", (Text("Layer 2"),), (Equations((chain,)),)),))


SLOPE = Derivative("tanh", q("z", 1, "j"))
RANGE = (Between(Number(1), Name("l"), Name("M")),)
I_TWICE = BigSum("i", 2, q("W", 2, "j", "i") * Quantity(Ref("a", 1, False, "i", ("i",))))
ROW = ((Text("1"), Code("W1")),)
LAYERS = Table((Column((Text("layer"),)), Column(())), ROW)
ALIKE = structs.replace(speak("standard", TWO_LAYERS), letters={"z": "a", "a": "a", "x": "x"})
PLANTED = (
    ("same_letters", "standard", page_of(q("a", 1, "j", gradient=True), q("z", 2, "k"))),
    ("bound_in_body", "standard", page_of(q("a", 1, "j"), BigSum("k", 2, q("z", 1, "j")))),
    ("bound_in_body", "nielsen", page_of(q("a", 1, "j"), BigSum("j", 2, q("z", 1, "j")))),
    (
        "stated_letters",
        "standard",
        page_of(q("a", 1, "j"), ranges=(Compare("!=", Letter("p"), Letter("j")),)),
    ),
    ("stated_letters", "bishop", page_of(q("a", "l", "j", gradient=True), ranges=RANGE)),
    (
        "one_order",
        "standard",
        page_of(q("a", 1, "j") * SLOPE, SLOPE * q("a", 1, "j")),
    ),
    ("one_meaning", "standard", page_of(q("z", 2, "C"), q("a", 2, "C") * Quantity(Ref("loss")))),
    ("one_meaning", "goodfellow", page_of(Quantity(Ref("z", 2, False, "i", ("j",))), I_TWICE)),
    ("one_meaning", "four-diagrams", page_of(Call("exp", (q("z", 1, "e"),)))),
    ("short_left", "standard", page_of(Add(tuple(q("z", 1, k) for k in range(1, 18))))),
    ("unlike", "", page_of(q("z", 1, 1), q("a", 1, 1))),
    ("same_names", "standard", page_of(q("W", 1, 2, 1, gradient=True), name="dW1[1,2]")),
    ("same_layers", "standard", page_of(q("z", 1, 1))),
    ("same_layers", "nielsen", page_of(q("z", 2, 1))),
    ("same_layers", "nielsen", Document("", (Paragraph((Text("layer 1 is dead"),)),))),
    ("same_layers", "nielsen", Document("", (LAYERS,))),
)


def test_a_sound_page_passes() -> None:
    assert faults(page_of(q("a", 2, "j"), q("z", 2, "j")), speak("standard", TWO_LAYERS)) == []
    ranged = (Between(Number(1), Name("l"), Name("L")),)
    hidden = page_of(q("a", "l", "j"), q("z", "l", "j"), ranges=ranged)
    assert faults(hidden, speak("standard", TWO_LAYERS)) == []


@pytest.mark.parametrize(("rule", "name", "page"), PLANTED)
def test_a_planted_fault_is_refused(rule: str, name: str, page: Document) -> None:
    notation = speak(name, THREE_LAYERS if name == "goodfellow" else TWO_LAYERS) if name else ALIKE
    assert rule in {broken for broken, _ in faults(page, notation)}


def test_every_rule_has_a_planted_fault() -> None:
    assert {rule for rule, _, _ in PLANTED} == {rule.__name__ for rule in RULES}


def test_an_in_out_file_has_its_own_order() -> None:
    page = page_of(q("W", 1, 1, 2, gradient=True), name="dW1[1,2]")
    assert "same_names" in {rule for rule, _ in faults(page, speak("standard", "softmax_relu"))}
