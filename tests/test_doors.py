"""What a newcomer types, and what must be in the answer: a line for each door that was tried."""

from __future__ import annotations

from pathlib import Path
from unittest import mock

import pytest

from backprop_cli.commands import _output
from backprop_cli.printing.page import Page

from .commands.running import CONFIGS, inside, run, run_line

NET = (CONFIGS / "mazur.yaml").read_text(encoding="utf-8")
FILES = {
    "net.yaml": NET,
    "other.yaml": NET.replace("activation: sigmoid", "activation: tanh", 1),
    "sheet.yaml": "answers: {z1: [1, 2]}\n",
    "sheet.xlsx": "PK\x03\x04",
    "widths.yaml": "input: [1, 2, 3]\ntarget: [1]\nloss: mse\nlayers: [3, 2, 1]\n",
    "inside.yaml": "input: [1]\nlayers: [{weights: [[1]], bias: none, weights_layout: in_out}]\n",
    "braces.yaml": "variables: {x: 1}\ngraph: {z: min(max(x, 0), 6)}\n",
    "circuit.yaml": 'variables: {x: 1, y: 2, z: 0}\ngraph: {f: "(x+y)*max(y,z)"}\n',
    "scores.yaml": "input: [1, 2]\ntarget: {class: 1}\nloss: softmax_cross_entropy\n"
    "layers: [{weights: [[1, 2], [0, 1], [1, 1]], bias: none}]\n",
    "number.yaml": "input: [1]\ntarget: 0.6\nloss: squared_error\nlayers: [{weights: [[1]]}]\n",
    "sgd.yaml": "input: [1]\noptimizer: SGD\nlayers: [{weights: [[1]], bias: none}]\n",
    "empty.yaml": "input: [1, 0.5]\nlayers: [{units: 1, bias: [0]}]\n",
    "logs.yaml": "variables: {v: [1, 2]}\ngraph: {f: sum(log_softmax(v))}\n",
    "rows.yaml": "input: [[1, 2], [0, 1]]\ntarget: [[0, 1, 0], [0, 0, 1]]\n"
    "loss: softmax_cross_entropy\nlayers: [{weights: [[1, 2], [0, 1], [1, 1]], bias: none}]\n",
    "many.yaml": "input: [[1, 2], [0, 1]]\ntarget: [[0, 1, 0], [0, 0, 1]]\nloss: cross_entropy\n"
    "layers: [{weights: [[1, 2], [0, 1], [1, 1]], bias: none, activation: softmax}]\n",
    "parameters.yaml": "variables: {w: 2, x: 3}\ngraph: {c: w*x}\nparameters: [w]\n",
    "commas.yaml": "input: 1, 0.5, -1\nlayers: [{weights: [[1, 1, 1]], bias: none}]\n",
    "none.yaml": "input: [1]\nlayers: [{weights: [[1]], bias: none, activation: none}]\n",
    "cased.yaml": "input: [1]\nlayers: [{type: Dense, weights: [[1]], bias: none}]\n",
    "data.yaml": "variables: {w: 2, x: 3}\ngraph: {c: w*x}\ndata: [x]\n",
    "batch.yaml": (CONFIGS / "xor_batch.yaml").read_text(encoding="utf-8"),
}
TYPED = [
    # C1: commands and options that are called otherwise
    ("net.yaml", "backprop trace net.yaml"),
    ("help", "backprop --help"),
    ("version", "backprop --version"),
    ("draw net.yaml", "'diagram'"),
    ("plot", "'diagram'"),
    ("train net.yaml", "'step'"),
    ("diff net.yaml other.yaml", "'compare'"),
    ("why delta", "'explain'"),
    ("diagram net.yaml --as-graph", "--kind computation"),
    ("step net.yaml --eta 1", "'--lr'"),
    ("trace net.yaml --precision 2", "'--digits'"),
    ("trace net.yaml --style matrix", "backprop derive"),
    # C2: suggestions that mislead (tests/test_synonyms.py has the words of files)
    ("derive net.yaml --wrt d1", "'delta1'"),
    ("derive net.yaml --wrt w11", "W1[1,1]"),
    ("trace net.yaml --color red", "NO_COLOR"),
    # C3, C4: what is meant, or the line to write
    ("trace widths.yaml", "write [{units: 2, activation: sigmoid}, {units: 1,"),
    ("trace widths.yaml", "½·Σ(a − y)²"),
    ("trace number.yaml", "write [0.6]"),
    ("trace sgd.yaml", "did you mean 'sgd'?"),
    ("trace commas.yaml", "write [1, 0.5, -1]"),
    ("trace none.yaml", "did you mean 'identity'?"),
    ("trace cased.yaml", "did you mean 'dense'?"),
    ("trace empty.yaml", "or 'weights: {init: xavier_uniform}'"),
    # C5: before and after
    ("trace net.yaml --set W1[1,2]=0.3", "Before and after the change"),
    ("trace net.yaml --set W1=[[1,2],[3,4]]", "Before and after the change"),
    ("trace batch.yaml --set b2=1", "Before and after the change"),
    ("step net.yaml --set W1[1,2]=0.3", "what if: W1[1,2]=0.3"),
    ("step net.yaml --steps 500", "What the network answers"),
    ("step widths.yaml", "{units: 1, activation: sigmoid}]: the input is no layer"),
    ("step net.yaml --schedule step --set-schedule every=2 --steps 3", "ηₜ = η·γᵏ"),
    ("step net.yaml --schedule cosine", "add --set-schedule steps=10"),
    ("compare net.yaml other.yaml", "layers[1].activation sigmoid tanh"),
    # C6: why
    ("trace net.yaml --why", "the way back along the other: that is the transpose"),
    ("trace net.yaml --why", "a weight's first index is the unit that it leads to"),
    ("trace net.yaml --why --notation cs231n", "first index is the unit that it comes from"),
    ("derive net.yaml --why", "so over the first, whatever letter counts them"),
    ("explain transpose", "along the other: that is the transpose"),
    ("explain batch", "each brings 1/N of its own gradient"),
    # C7: a batch as matrices
    ("derive batch.yaml --style matrix", "∂C/∂W¹ = 1/N·(Δ¹)ᵀ X"),
    ("trace batch.yaml", "∂C/∂W¹ = 1/N·(Δ¹)ᵀ X = 1/4·"),
    # C8, C9: graphs
    ("trace circuit.yaml", "each is one with --as-graph operations"),
    ("step data.yaml --lr 1", "data, so they stay: x"),
    ("step parameters.yaml --lr 1", "data, so they stay: x"),
    ("step parameters.yaml --lr 1", "w ← w − η·∂c/∂w = 2 − 1·3 = −1"),
    # C10: the probabilities
    ("trace scores.yaml", "output p term"),
    ("trace scores.yaml", "2 0.0420 −1·ln(0.04201)"),
    ("trace scores.yaml --format json", '"p": [ 0.84379'),
    ("trace logs.yaml", "write ln(softmax(v)), v an array"),
    ("trace scores.yaml --wrt p", "= e²/(e⁵ + e² + e³) = 0.0420"),
    ("trace scores.yaml --wrt p[2]", "∂C/∂a¹₂ = p₂ − y₂ = 0.0420 − 1 = −0.9580"),
    ("trace rows.yaml --wrt p[2,3]", "∂C⁽²⁾/∂a¹⁽²⁾₃ = p⁽²⁾₃ − y⁽²⁾₃"),
    ("derive scores.yaml --wrt p", "= pₖ(Σⱼ yⱼ) − yₖ = pₖ − yₖ"),
    ("check scores.yaml --answer p=[.8438,.0420,.1142] --answer delta1[2]=-.958", "4 right"),
    ("worksheet scores.yaml --blank p --blank delta1", "δ¹₂ = p₂ − y₂ = ___"),
    ("worksheet scores.yaml --blank p --blank delta1 --solution", "= p₂ − y₂ = 0.0420 − 1 = "),
    ("diagram scores.yaml --focus p[1]", "'backprop trace NET --wrt p' works it"),
    # C11: one heading a column
    ("trace net.yaml", "parameter value its gradient gradient"),
    ("trace net.yaml --digits 2", "W1[1,1] 0.15 dW1[1,1] 0.000439"),
    ("trace net.yaml --digits 2", "δ²₁ = 0.1385 8.22e-2 8.27e-2 δ²₂ = −0.0381"),
    ("trace circuit.yaml", "x 1 d(x) 2 y 2 d(y) 5 z 0 d(z) 0"),
    ("trace many.yaml", "(the largest of 2 samples)"),
    # C12: advice first
    ("diagnose net.yaml", "What to do"),
    ("diagnose net.yaml", "--full: each layer's factor"),
    # C14: the cure
    ("trace inside.yaml", "it belongs at the top of the file"),
    ("trace sheet.yaml", "it is for 'backprop check NET sheet.yaml'"),
    ("check sheet.yaml net.yaml", "it is for 'backprop check NET sheet.yaml'"),
    ("trace sheet.xlsx", "a spreadsheet or another archive"),
    ("check sheet.xlsx net.yaml", "backprop check NET SHEET"),
    ("trace braces.yaml", 'put the whole expression in quotes: {z: "min(max(x, 0), 6)"}'),
]


@pytest.mark.parametrize(("typed", "answer"), TYPED)
def test_what_a_newcomer_types_is_answered(typed: str, answer: str, tmp_path: Path) -> None:
    for name, text in FILES.items():
        if name in typed:
            (tmp_path / name).write_text(text, encoding="utf-8")
    with inside(tmp_path):
        done = run_line(f"backprop {typed}")
    said = " ".join((done.out + done.err).split())
    assert answer in said, said[:2000]
    assert "Traceback" not in said


def test_a_page_to_print_by_its_suffix(tmp_path: Path) -> None:
    """C1: trace -o out.pdf."""
    pytest.importorskip("typst")
    page = tmp_path / "out.pdf"
    assert run("trace", str(CONFIGS / "sigmoid_neuron.yaml"), "-o", str(page)).code == 0
    assert page.read_bytes().startswith(b"%PDF-")


def test_that_both_ways_agree_is_said_once() -> None:
    """C11: not for each sample."""
    said = run("trace", "-", stdin=FILES["many.yaml"]).out
    assert said.count("both ways agree") == 1


def test_a_comma_in_braces_is_told_once() -> None:
    assert run("trace", "-", stdin=FILES["braces.yaml"]).err.count("^") == len("0)")


def test_right_and_wrong_and_gradients_have_colours(tmp_path: Path) -> None:
    """C13: on a terminal, and on a page, right is not wrong, and a gradient is no value."""
    page, net = tmp_path / "page.html", str(CONFIGS / "mazur.yaml")
    answers = ("--answer", "z1[1]=0.3775", "--answer", "delta2[1]=0.74")
    red, green, yellow = "\x1b[1;31m", "\x1b[32m", "\x1b[1;33m"
    with mock.patch.object(_output, "page_for", return_value=Page(80, colour=True)):
        text = run("check", net, *answers, "--format", "terminal").out
        lines = run("trace", net, "--format", "terminal").out.splitlines()
    assert f"{green}right" in text
    assert f"{red}wrong" in text
    assert run("check", net, *answers, "-o", str(page)).code == 1
    html = page.read_text(encoding="utf-8")
    assert '<span class="right">right</span>' in html
    assert '<strong class="wrong">wrong</strong>' in html
    assert any(f"{yellow} 0.1385" in line for line in lines)
    assert not any(f"{yellow}0.5933" in line for line in lines)
