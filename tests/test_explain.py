"""Words explained: every entry of every table has one, and shows itself on a network of its own."""

from __future__ import annotations

import functools
import re
from pathlib import Path

import pytest

from backprop_cli.api import load
from backprop_cli.arithmetic.floating import FLOAT64
from backprop_cli.checking.mistakes import catalogue
from backprop_cli.explaining.explain_document import explain_document
from backprop_cli.explaining.lookup import asked, found, words
from backprop_cli.explaining.records import Explained, Word, sentence
from backprop_cli.explaining.slips import made
from backprop_cli.explaining.tables import file_keys
from backprop_cli.expression.evaluate import evaluate
from backprop_cli.expression.refs import plain_name
from backprop_cli.expression.tree import Known, Number, Quantity
from backprop_cli.expression.walking import walk
from backprop_cli.files.network import parse_network
from backprop_cli.functions.losses import LOSS_NAMES
from backprop_cli.functions.optimizers import OPTIMIZERS, Optimizer
from backprop_cli.functions.schedules import SCHEDULES
from backprop_cli.graph.build import build
from backprop_cli.layers import layer_types
from backprop_cli.notation import profile, profile_names
from backprop_cli.notation.bound import bound
from backprop_cli.notation.documents import in_notation
from backprop_cli.notation.facts import facts_of
from backprop_cli.passes.run import run as passes
from backprop_cli.printing.page import Page
from backprop_cli.printing.settings import Settings
from backprop_cli.problems import Source
from backprop_cli.render.terminal import render_text, text_printer
from backprop_cli.spec.functions import ACTIVATION_NAMES
from backprop_cli.worked.document import Document, Equations, Section

from .checking.test_mistakes import MAZUR
from .commands.running import EXAMPLES, config, printed, refused, run
from .page.letters import faults
from .pairing import ALL

ACTIVATED = """\
input: [0.5, -1]
target: [0.4, 0.6]
loss: half_squared_error
layers: [{{activation: {}, weights: [[1, 2], [-0.5, 0.25]], bias: [0.1, -0.2]}}]
"""
LOSING = """\
input: [0.5, -1]
target: {target}
loss: {loss}
layers: [{{activation: {activation}, weights: [[1, 2], [-0.5, 0.25]], bias: [0.1, -0.2]}}]
"""
OWN = {
    "batch": "xor_batch",
    "shortcut": "softmax_relu",
    "maximum": layer_types()["max_pool2d"].example,
    "gate": "gru",
    "forward mode": "",
    "symmetry": "",
    "regularization": "shared_and_regularized",
    "kink": "softmax_relu",
    "backpropagation through time": "scalar_rnn",
}
"""Words that Mazur's network does not show: an example that does, or that nothing shows them."""
KNOWN = {
    "activation": ACTIVATION_NAMES,
    "loss": LOSS_NAMES,
    "layer type": layer_types(),
    "optimizer": OPTIMIZERS,
    "schedule": SCHEDULES,
    "mistake": catalogue(),
    "notation": profile_names(),
}


@functools.cache
def subject(text: str) -> Explained:
    """Return a network of an example's name, or of its own text."""
    written = text if "\n" in text else Path(config(text)).read_text(encoding="utf-8")
    spec = parse_network(Source("net", written))
    graph = build(spec)
    return Explained(spec, passes(graph, only_forward=graph.loss is None))


def shown(word: Word, on: Explained) -> Section:
    """Return the section that shows a word on a network."""
    document = explain_document("", (word,), on)
    (section,) = (b for b in document.blocks if isinstance(b, Section))
    return section


def equations(part: Section | Document) -> list[Equations]:
    return [block for block in part.blocks if isinstance(block, Equations)]


def network_of(word: Word) -> str:
    """Return a network that shows the word."""
    if word.kind == "activation":
        named = "{type: gelu, approximate: tanh}" if word.name == "gelu_tanh" else word.name
        return ACTIVATED.format(named)
    if word.kind == "loss":
        target = "[1, -1]" if word.name == "hinge" else "[1, 0]"
        takes = {"cross_entropy": "softmax", "kl_divergence": "softmax"}
        activation = takes.get(word.name, "sigmoid" if "binary" in word.name else "identity")
        return LOSING.format(target=target, loss=word.name, activation=activation)
    if word.kind == "layer type":
        return layer_types()[word.name].example
    return OWN.get(word.name, "mazur") or "mazur"


@pytest.mark.parametrize("kind", KNOWN)
def test_every_entry_of_every_table_is_a_word(kind: str) -> None:
    missing = [name for name in KNOWN[kind] if not any(w.kind == kind for w in found(name))]
    assert not missing


@pytest.mark.parametrize("word", words(), ids=lambda word: f"{word.kind} {word.name}")
def test_a_word_says_something_and_knows_its_neighbours(word: Word) -> None:
    assert word in found(word.name)
    assert all(paragraph[0].isalnum() for paragraph in word.says)
    assert not any(re.search(r"[.?] (?!backprop )[a-z]{2}", paragraph) for paragraph in word.says)
    assert not any(mark in " ".join(word.says) for mark in ("{entry}", "{term}"))
    assert all(found(name) for name in word.see), word.see
    if word.formulas is not None:
        assert word.formulas(())


@pytest.mark.parametrize(
    "word",
    [w for w in words() if w.shown is not None and w.kind != "mistake"],
    ids=lambda word: f"{word.kind} {word.name}",
)
def test_a_word_shows_itself_with_right_numbers(word: Word) -> None:
    """Each line's value is what its numbers come to, and stands in the trace by its name."""
    on = subject(network_of(word))
    section = shown(word, on)
    if OWN.get(word.name) == "":
        return
    assert not any("nothing in this" in str(block) for block in section.blocks), word.name
    for block in equations(section):
        for chain in block.chains:
            target, last = chain.target, chain.forms[-1]
            if not isinstance(last, Number | Known):
                continue
            for form in chain.forms[1:-1]:
                if not any(type(node).__name__ in ("Name", "Quantity") for node in walk(form)):
                    assert float(evaluate(form, {}, FLOAT64)) == pytest.approx(float(last.value))
            if target is not None and chain.relation == "=":
                array = on.trace.array(target)
                assert float(array) == pytest.approx(float(last.value)), plain_name(target)


@pytest.mark.parametrize("mistake", dict.fromkeys(row[0] for row in MAZUR))
def test_mistakes_come_out_as_worked_by_hand(mistake: str) -> None:
    """Each slip is one of those worked by hand, where its entry was (another may stand for it)."""
    by_hand = [(entry, value) for name, entry, value in MAZUR if name == mistake]
    for slip in made(subject("mazur"), catalogue()[mistake]):
        values = [value for entry, value in by_hand if entry == slip.name]
        close = [slip.wrong == pytest.approx(value, rel=4e-6) for value in values]
        assert any(close) or not values, (slip, values)


def test_a_sentence_begins_with_a_capital_unless_with_a_letter_of_mathematics() -> None:
    said = {
        "a weight": "A weight",
        "self-attention reads": "Self-attention reads",
        "δ = (Wᵀδ) ⊙ σ′(z)": "δ = (Wᵀδ) ⊙ σ′(z)",
        "w^l_jk, z^l_j": "w^l_jk, z^l_j",
        "a = b": "a = b",
        "k: how often": "k: how often",
    }
    assert {text: sentence(text) for text in said} == said


@pytest.mark.parametrize("name", ["add", "lstm", "max_pool2d", "activation"])
def test_a_layer_type_says_why_its_errors_are_as_they_are(name: str) -> None:
    """In the words of its own rules, those of its activation left to that word."""
    why = {
        "add": "each of them receives the whole error",
        "lstm": "The next step reads this state",
        "max_pool2d": "so it alone gets the window's error",
        "activation": "multiplied by the slope of the curve",
    }
    assert why[name] in " ".join(printed("explain", name).split())


TYPED = {
    "delta": "how fast the loss changes with its weighted sum",
    "δ": "how fast the loss changes with its weighted sum",
    "vanishing gradient": "multiplied at each layer",
    "vanishing_gradients": "multiplied at each layer",
    "Chain Rule": "local derivative",
    "follow-through": "earlier slip",
    "dW1[1,2]": "outer product",
    "z2": "before its activation",
    "ReLU": "a = relu(z)",
    "nn.Linear": "z = W x + b",
    "mse": "½·Σ(a − y)²",
    "σ′": "the slope of the curve",
    "weight decay": "pulls towards 0",
    "lr": "How far a step goes",
    "why": "--why",
    "Why": "--why",
    "δ²": "how fast the loss changes with its weighted sum",
    "δ^L_j": "how fast the loss changes with its weighted sum",
    "W^{[2]}": "outer product",
    "net_h1": "before its activation",
    "out_o1": "What a unit hands on",
    "E_total": "how wrong the answer is",
    "g'(z)": "the slope of the curve",
    "∂C/∂w₁₂": "outer product",
    "dL/dz": "how fast the loss changes with its weighted sum",
    "da/dz": "the slope of the curve",
    "dz/dw": "all else held",
    "Kettenregel": "local derivative",
    "vanishing gradeint": "multiplied at each layer",
    "why do we transpose W": "that is the transpose",
    "where does the 1/2 come from": "half_squared_error",
    "how do I get dW1[1,2]?": "outer product",
    "help": "Words that are explained",
    "nan": "above 1000 times",
    "Σ": "adds up",
}


@pytest.mark.parametrize(("word", "answer"), TYPED.items())
def test_what_a_newcomer_types(word: str, answer: str) -> None:
    done = run("explain", word)
    assert answer in " ".join((done.out + done.err).split())


@pytest.mark.parametrize(
    ("letter", "notation", "word"),
    [
        ("a", "bishop", "weighted sum"),
        ("z_j", "bishop", "activation"),
        ("E", "four-diagrams", "target"),
        ("g", "goodfellow", "delta"),
        ("α", "ng", "learning rate"),
        ("i1", "mazur", "input"),
    ],
)
def test_a_letter_is_what_the_notation_says(letter: str, notation: str, word: str) -> None:
    assert [each.name for each in asked(letter, None, bound(profile(notation)))[1]] == [word]


def test_words_without_quotes_are_one_question(tmp_path: Path) -> None:
    assert printed("explain", "why", "transpose") == printed("explain", "transpose")
    assert "nofile.yaml: no such file" in refused("explain", "delta", "nofile.yaml")


def test_each_key_of_a_layer_is_explained() -> None:
    for name, entry in layer_types().items():
        for key in entry.keys:
            said, (word, *_) = asked(key.replace("_", " "), None)
            assert not said
            assert word.says
            if word.kind == "key":
                assert f" {name}" in printed("explain", key).replace(",", " "), key


def test_a_quantity_of_the_network_is_worked() -> None:
    text = printed("explain", "dW1[1,2]", config("mazur"))
    assert "δ¹₁·x₂ = 0.0087714·0.1 = 8.7714e-4" in text
    assert "outer product" in text


def test_a_key_of_the_file_is_among_the_nearest_words() -> None:
    """A letter left out, or two exchanged: the key is named, or another word is understood."""
    for key in sorted(name for name in file_keys() if len(name) > 4):
        for typed in (key[:2] + key[3:], key[0] + key[2] + key[1] + key[3:]):
            if typed not in file_keys() and typed != key:
                assert f"'{key}'" in refused("explain", typed), typed


def test_an_unknown_word_gets_the_nearest_and_a_graph_its_own_names() -> None:
    assert "'gradient'" in refused("explain", "gradeint")
    assert "the layers are 1 to 2" in printed("explain", "delta9", config("mazur"))
    drawn = printed("explain", config("mazur"), "δ²₁")
    assert drawn.startswith("δ²₁: delta")
    assert printed("explain", "w5", config("mazur"), "--notation", "mazur").startswith("w5: weight")
    assert "lists the words" in refused("explain", "xyzzy")
    assert "∂o/∂a = ∂o/∂c + ∂o/∂d·b" in printed("explain", "a", config("diamond"))
    said, named = asked("delta", load(config("diamond")))
    assert not said
    assert [word.name for word in named] == ["delta"]


COUNTED = {"chain rule": "uₙ is the last of n", "sum over consumers": "σ is any unit's own"}
"""Words whose letters have one meaning a formula, not one on the page."""
EVERYWHERE = ("mazur", "diamond", "gru", "self_attention", "image")
"""Networks of all kinds that any word may be asked of; each has every fifth, ``PAGE=all`` all."""


@pytest.mark.parametrize("net", EVERYWHERE)
def test_any_word_of_any_network_is_sound_and_narrow(net: str) -> None:
    on, page = subject(net), Page(80)
    notation = bound(profile("standard"), facts_of(on.trace.graph))
    printer = text_printer(notation, Settings(), page)
    for turn, word in enumerate(words(), EVERYWHERE.index(net)):
        if turn % len(EVERYWHERE) and not ALL:
            continue
        spoken = in_notation(explain_document("", (word,), on), notation)
        assert word.name in COUNTED or not faults(spoken, notation), word.name
        wide = [line for line in render_text(spoken, printer, page).splitlines() if len(line) > 80]
        assert not wide, word.name


@pytest.mark.parametrize(
    ("word", "net", "answer"),
    [
        ("sigmoid", "gru", "inside of layer 1 zr1[1,1]"),
        ("sigma prime", "gru", "tanh′(zn¹₁₁) = 1 − (n¹₁₁)²"),
        ("softmax", "self_attention", "p1[1,1] p¹₁₁ = e^(s¹₁₁)/"),
        ("jacobian", "self_attention", "ds1[1,1] ∂C/∂s¹₁₁ = p¹₁₁(∂C/∂p¹₁₁"),
        ("weighted sum", "self_attention", "q1[1,1] q¹₁₁ = Wq¹₁₁·x₁₁"),
        ("input", "gru", "dx[1,1] ∂C/∂x₁₁ = Wr¹₁₁·∂C/∂zr¹₁₁"),
        ("bptt", "gru", "dUr1[1,1] ∂C/∂Ur¹₁₁"),
        ("bptt", "mazur", "nothing in this network shows it"),
        ("regularization", "mazur", "nothing in this network shows it"),
        ("kink", "gru", "nothing in this network shows it"),
        ("kink", "image", "relu′(z¹₁₁₁)"),
        ("transpose", "diamond", "nothing in this computation graph shows it"),
        ("hadamard product", "diamond", "nothing in this computation graph shows it"),
        ("forward pass", "diamond", "c = a + b = 2 + 3 = 5"),
        ("sum rule", "diamond", "c = a + b = 2 + 3 = 5"),
        ("product rule", "diamond", "d = a·b = 2·3 = 6"),
        ("local derivative", "diamond", "∂d/∂a = b = 3"),
        ("bias", "diamond", "nothing in this computation graph shows it"),
        ("sigmoid", "sigmoid_circuit", "d(s) ∂f/∂s = f·(1 − f)"),
        ("c", "diamond", "c: computation graph"),
        ("d(a)", "diamond", "d(a): gradient"),
        ("r1", "gru", "r1: gru"),
    ],
)
def test_a_word_is_shown_where_it_is_at_work(word: str, net: str, answer: str) -> None:
    assert answer in " ".join(printed("explain", word, config(net)).split())


HAVE = {
    "max_pool": "sum over consumers, maximum, kink, weight, bias, delta, loss, input",
    "lstm": "backpropagation through time, gate, sum over consumers, transpose, weight, delta",
    "logistic": "shortcut, transpose, kink, batch, delta, weight, no-sigma-prime-output",
}
"""Small networks, and words for what each of them has."""
NETWORKS = {
    "max_pool": """\
input: [[1, 0, 2, 1], [0, 1, 1, 0], [2, 1, 0, 1], [1, 0, 1, 2]]
target: [1]
loss: half_squared_error
layers:
  - {type: conv2d, filters: 1, weights: [[1, 0], [-1, 0.5]], bias: 0, activation: relu}
  - {type: max_pool2d, window: 2, stride: 1}
  - type: flatten
  - {weights: [[0.5, 0.25, -0.5, 1]], bias: 0}
""",
    "lstm": """\
input: [[1], [0.5], [-1]]
target: [0.5]
loss: half_squared_error
layers:
  - type: lstm
    weights: {f: [[0.5]], i: [[0.4]], g: [[0.3]], o: [[0.2]]}
    recurrent_weights: {f: [[0.1]], i: [[0.2]], g: [[0.3]], o: [[0.4]]}
    bias: none
    output: last
""",
    "logistic": """\
input: [[1, 2], [-1, 0.5]]
target: [[1], [0]]
loss: binary_cross_entropy
layers:
  - {activation: relu, weights: [[0.1, 0.4], [-0.2, 0.5]], bias: none}
  - {activation: sigmoid, weights: [[0.7, -0.8]], bias: none}
""",
}


@pytest.mark.parametrize("net", HAVE)
def test_what_a_network_has_is_shown_on_it(net: str) -> None:
    on = subject(NETWORKS[net])
    for name in HAVE[net].split(", "):
        (word,) = found(name)
        assert "nothing in this" not in str(shown(word, on).blocks), name


@pytest.mark.parametrize(
    ("name", "net", "why"),
    [
        ("da1[1,2,3]", "max_pool", "largest value of a window"),
        ("dW1", "max_pool", "in every window"),
        ("dUf1", "lstm", "at every step"),
        ("delta2", "logistic", "slope of the sigmoid cancels"),
        ("dW1", "logistic", "outer product"),
    ],
)
def test_a_gradient_is_explained_by_what_sends_it_back(name: str, net: str, why: str) -> None:
    _, (word,) = asked(name, subject(NETWORKS[net]).trace.graph)
    assert why in " ".join(word.says)


def test_the_kink_is_shown_where_it_is_nearest() -> None:
    """z1[1,2,2] = 1·1 + 0·1 − 1·1 + 0.5·0 = 0: there, not at the first entry, which is 1.5."""
    (block,) = equations(shown(found("kink")[0], subject(NETWORKS["max_pool"])))
    slope = block.chains[0].forms[0]
    assert [n.ref.index for n in walk(slope) if isinstance(n, Quantity)] == [(1, 2, 2)]


def test_a_graph_is_told_no_equations_of_layers() -> None:
    text = printed("explain", "backpropagation", config("diamond"))
    assert "dense layers" not in text
    assert "∂o/∂a = ∂o/∂c + ∂o/∂d·b = 3 + 2.5·3 = 10.5" in text


def test_the_list_names_every_word() -> None:
    text = printed("explain", width=10_000)
    assert not [word.name for word in words() if word.name not in text]


@pytest.mark.parametrize("word", ["softmax", "p", "cross_entropy"])
def test_the_softmax_in_the_loss_is_shown(word: str, tmp_path: Path) -> None:
    """1/(1 + e), and its logarithm: nothing says that this network has none."""
    net = tmp_path / "net.yaml"
    layers = "layers: [{weights: [[0], [1]], bias: none}]\nloss: softmax_cross_entropy\n"
    net.write_text("input: [1]\ntarget: {class: 0}\n" + layers, encoding="utf-8")
    assert ("1.3133" if word == "cross_entropy" else "0.2689") in printed("explain", word, str(net))


SPOKEN = re.compile(r"Of (\w) functions|g(.)\(x₁, …, x(.)\)|f\(u₁, …, u(.)\)|∂x(.) = Σ(.)")


@pytest.mark.parametrize("name", profile_names())
@pytest.mark.parametrize("net", ["gru", "gomez_lstm", "mazur"])
def test_letters_are_one_choice_in_equations_that_belong_together(name: str, net: str) -> None:
    """z = f(u₁, …, uₙ), uᵢ = gᵢ(x₁, …, xₘ), Σᵢ ∂z/∂uᵢ: whatever of i, j, n, m is a gate's."""
    on, (word,) = subject(net), found("chain rule")
    notation = bound(profile(name), facts_of(on.trace.graph))
    document = in_notation(explain_document("", (word,), on, notation.reserved), notation)
    text = render_text(document, text_printer(notation, Settings(), Page(80)), Page(80))
    lowered = str.maketrans("ᵢⱼₖₘₙₚᵣₛₜᵤᵥ", "ijkmnprstuv")
    many, g, m, n, j, i = (
        next(filter(None, each)).translate(lowered)
        for each in zip(*SPOKEN.findall(text), strict=True)
    )
    assert (g, n) == (i, many)
    assert len({i, j, m, n}) == 4
    assert not {i, j, m, n} & notation.reserved


@pytest.mark.parametrize("entry", OPTIMIZERS.values(), ids=lambda entry: entry.name)
def test_each_letter_of_an_optimizers_rule_is_explained(entry: Optimizer) -> None:
    """What a page of ``step`` prints, m, v, m̂ and the settings, is a word of its own rule."""
    printed_letters = {assignment.target.id for assignment in entry.assignments} - {"theta"}
    printed_letters |= {*entry.state, *(setting.name for setting in entry.settings)}
    for letter in printed_letters:
        assert {entry.name, letter} & {word.name for word in found(letter)}, letter


@pytest.mark.parametrize("net", EXAMPLES)
def test_a_quantity_of_a_layer_is_told_by_no_other_layer_s_type(net: str) -> None:
    """A layer norm's mean is no batch norm's, a cell's c no cost."""
    graph = load(config(net))
    types = {layer.index: layer.type for layer in graph.layers}
    for node in graph.nodes:
        if node.ref.layer in types:
            _, told = asked(plain_name(node.ref), graph)
            others = {w.title for w in told if w.kind == "layer type"} - {types[node.ref.layer]}
            assert "loss" not in {w.title for w in told}, node.ref
            assert not others, node.ref
