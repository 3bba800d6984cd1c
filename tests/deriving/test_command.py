"""``backprop derive``: what it refuses and how, its JSON, every style in every format."""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path

import pytest

from backprop_cli.api import load
from backprop_cli.deriving import styles
from backprop_cli.expression.refs import plain_name
from backprop_cli.printing.wrapping import columns

from ..commands.running import CONFIGS, EXAMPLES, NAMES, config, printed, refused, run
from ..pairing import has_turn
from ..texts import texts

STYLES = tuple(styles())
FORMATS = tuple(texts())
NETWORKS = tuple(name for name in EXAMPLES if load(CONFIGS / f"{name}.yaml").layered)
"""The examples that are networks of layers: computation graphs have modes, not styles."""
SYMBOLIC = tuple(name for name in EXAMPLES if name not in NAMES)

REFUSED = (
    (("--wrt", "W9"), "there is no 'W9'", "the layers are 1 to 2"),
    (("--wrt", "hiden.W"), "there is no 'hiden.W'", "hidden.W"),
    (("--wrt", "W1[3,1]"), "'W1[3,1]' is outside W1", "W1[1,1] to W1[2,2]"),
    (("--wrt", "a1[0]"), "'a1[0]'", "count from 1"),
    (("--wrt", "y"), "the target is given", "ask for"),
    (("--wrt", "loss"), "--wrt loss: the loss is what is differentiated", "ask for a parameter"),
    (("--style", "leibnitz"), "there is no style 'leibnitz'", "did you mean 'leibniz'?"),
    (("--style", "matrices"), "there is no style 'matrices'", "did you mean 'matrix'?"),
    (("--sample", "1"), "--sample need numbers", "add --numbers"),
    (("--exact",), "--exact and --sample need numbers", "add --numbers"),
    (("--numbers", "--sample", "2"), "--sample 2: this network has 1 sample", "count from 1"),
    (("--expand",), "--expand needs a gradient", "--wrt W1[1,1]"),
    (("--expand", "--wrt", "W1"), "--expand: W1 has many entries", "--wrt W1[1,1]"),
    (("--format", "pdff"), "there is no format 'pdff'", ""),
    (("--notation", "bishopp"), "there is no notation 'bishopp'", "did you mean 'bishop'?"),
)


@pytest.mark.parametrize(("arguments", "message", "cure"), REFUSED)
def test_refusals(arguments: tuple[str, ...], message: str, cure: str) -> None:
    """A wrong command line is told what is wrong and what would be right."""
    said = refused("derive", config("mazur"), *arguments)
    assert message in said
    assert cure in said


def test_samples_by_name() -> None:
    """``delta1[2,1]`` is of sample 2; two samples at once are refused."""
    text = printed("derive", config("xor_batch"), "--numbers", "--wrt", "delta1[2,1]")
    assert "delta1[2,1]" in text
    assert "delta2[2,1]" in text
    assert "C⁽¹⁾" not in text
    two = ("--wrt", "delta1[2,1]", "--wrt", "delta1[3,1]", "--numbers")
    assert "samples 2 and 3 at once" in refused("derive", config("xor_batch"), *two)
    other = ("--wrt", "delta1[2,1]", "--sample", "1", "--numbers")
    assert "samples 1 and 2 at once" in refused("derive", config("xor_batch"), *other)
    assert "batch" in refused("derive", config("xor_batch"), "--wrt", "W1[1,1]", "--expand")


def test_without_numbers() -> None:
    """A symbolic network derives; ``--numbers`` says what has to be added, and where."""
    page = printed("derive", config("symbolic_2443"), "--style", "function", "--format", "latex")
    assert r"\frac{\partial a^{2}_{j}}{\partial z^{2}_{j}} &= F'(z^{2}_{j})" in page
    said = refused("derive", config("symbolic_2443"), "--numbers")
    assert "W1 has no numbers" in said
    assert "add 'weights:' (4 × 2) to this layer" in said
    assert "symbolic_2443.yaml:8:5" in said
    expanded = refused("derive", config("symbolic_2443"), "--expand", "--wrt", "W1[1,1]")
    assert "the loss C has no formula" in expanded


def test_without_loss(tmp_path: Path) -> None:
    """Without a loss there is nothing to differentiate."""
    file = tmp_path / "net.yaml"
    file.write_text("input: [1]\nlayers:\n  - {weights: [[2]], bias: none}\n")
    said = refused("derive", str(file))
    assert "loss" in said
    assert "half_squared_error" in said


def deep(width: int, depth: int, activation: str = "sigmoid") -> str:
    """Return a symbolic network of equal layers, as YAML."""
    cells = ", ".join(["~"] * width)
    data = f"input: [{cells}]\ntarget: [{cells}]\nloss: half_squared_error\nlayers:\n"
    return data + f"  - {{units: {width}, activation: {activation}}}\n" * depth


def test_the_error_stands_before_the_slope() -> None:
    """δ of the output is read as it is taught: (a − y), which the loss gives, times σ′."""
    text = " ".join(printed("derive", config("mazur")).split())
    assert "= (a²ⱼ − yⱼ)·a²ⱼ(1 − a²ⱼ)" in text
    assert "a²ⱼ(1 − a²ⱼ)·(a²ⱼ − yⱼ)" not in text


def test_expand_absurd() -> None:
    """A closed form that nobody can read is refused with its length, and ``--wrt`` named."""
    done = run("derive", "-", "--expand", "--wrt", "W1[1,1]", stdin=deep(4, 6))
    assert (done.code, done.out) == (2, "")
    assert re.search(r"would be [\d,]{9,} operations long, more than [\d,]+", done.err)
    assert "--wrt" in done.err
    letter = run("derive", "-", "--expand", "--wrt", "W1[1,1]", stdin=deep(2, 1, "{function: F}"))
    assert "the activation F has no formula" in letter.err


def test_expand_says_how_long() -> None:
    """The length of the closed form is said, and how many parts of it are named."""
    text = printed("derive", config("mazur"), "--expand", "--wrt", "W1[1,2]")
    assert re.search(r"dW1\[1,2\] has \d+ operations; 4 subexpressions are named", text)
    assert "a¹₁ = 1/(1 + e^(−w¹₁₁·x₁ − w¹₁₂·x₂ − b¹))" in text


def test_without_influence() -> None:
    """A layer that the loss does not depend on is said to have no gradient, in every style."""
    network = (
        "input: [1]\ntarget: [1]\nloss: half_squared_error\nlayers:\n"
        "  - {name: used, weights: [[2]], bias: [1], from: input}\n"
        "  - {name: unused, weights: [[3]], bias: [1], from: used}\n"
        "  - {name: out, weights: [[4]], bias: none, from: used}\n"
    )
    for style in STYLES:
        done = run("derive", "-", "--style", style, stdin=network)
        assert done.code == 0
        assert "the loss does not depend on W2: its gradient is 0" in done.out


def test_penalty_is_said() -> None:
    """With regularization a weight's gradient has its λ w, in every style; a bias's has not."""
    network = (
        "input: [1]\ntarget: [2]\nloss: half_squared_error\nregularization: {l2: 0.5}\nlayers:\n"
        "  - {weights: [[3]], bias: [1]}\n"
    )
    for style in STYLES:
        done = run("derive", "-", "--style", style, "--numbers", stdin=network)
        assert re.search(r"\+ 0\.5·[wW]¹", done.out), style
        bias = run("derive", "-", "--style", style, "--wrt", "b1", stdin=network).out
        assert not re.search(r"\+ 0\.5·[wW]¹", bias.partition("Layer 1")[2]), style


# -- formats


def document(name: str) -> list[dict[str, object]]:
    """Return the steps of a derivation's JSON."""
    found = json.loads(printed("derive", config(name), "--format", "json"))
    assert (found["format"], found["version"]) == ("backprop-derive", 1)
    assert found["style"] == "leibniz"
    steps: list[dict[str, object]] = found["steps"]
    return steps


@pytest.mark.parametrize("name", NETWORKS)
def test_json(name: str) -> None:
    """A step a chain: what it derives, from what, as LaTeX and as text."""
    steps = document(name)
    keys = {"section", "target", "label", "relation", "latex", "text", "uses"}
    assert all(set(step) == keys for step in steps)
    targets = {step["target"] for step in steps}
    graph = load(CONFIGS / f"{name}.yaml")
    last = plain_name(graph.nodes[graph.layers[-1].z].ref.grad())
    assert any(str(target).startswith(f"{last}[") for target in targets)


def test_json_of_a_neuron() -> None:
    """The error uses the output and the target; the gradient uses the error and the input."""
    steps = [step for step in document("sigmoid_neuron") if step["section"] == "layer-1--output"]
    assert [step["target"] for step in steps] == ["delta1[j]", "dW1[j,k]", "db1[j]"]
    assert steps[0]["uses"] == ["z1[j]", "a1[j]", "y[j]"]
    assert steps[1]["uses"] == ["delta1[j]", "x[k]"]


@pytest.mark.parametrize("format_name", FORMATS)
def test_every_format(format_name: str, tmp_path: Path) -> None:
    """Examples and styles, the formats taking turns, every second by default."""
    chosen = [
        (name, style)
        for (row, name), (column, style) in itertools.product(
            enumerate(NETWORKS), enumerate(STYLES)
        )
        if (row + column) % len(FORMATS) == FORMATS.index(format_name)
    ]
    assert {style for _, style in chosen} == set(STYLES)
    for number, (name, style) in enumerate(chosen, FORMATS.index(format_name)):
        if not has_turn(number, 2):
            continue
        numbers = ("--numbers",) if name in NAMES and style != "index" else ()
        arguments = (config(name), "--style", style, *numbers)
        text = printed("derive", *arguments, "--format", format_name)
        assert text.strip()
        assert "Traceback" not in text
    for suffix in texts()[format_name].suffixes:
        file = tmp_path / f"derivation.{suffix}"
        assert printed("derive", config("mazur"), "-o", str(file)) == ""
        assert file.read_text(encoding="utf-8").strip()


def test_json_file(tmp_path: Path) -> None:
    """The suffix .json gives JSON."""
    file = tmp_path / "derivation.json"
    assert printed("derive", config("mazur"), "-o", str(file), "--style", "matrix") == ""
    assert json.loads(file.read_text(encoding="utf-8"))["style"] == "matrix"


@pytest.mark.parametrize("style", STYLES)
def test_wide_layers_stay_short(style: str) -> None:
    """784 inputs: the corners with …, not a line an entry."""
    cells = ", ".join(["0.5"] * 784)
    network = (
        f"input: [{cells}]\ntarget: {{class: 1}}\nloss: cross_entropy\nseed: 1\nlayers:\n"
        "  - {units: 30, activation: relu, weights: {init: he_normal}, bias: 0}\n"
        "  - {units: 12, activation: softmax, weights: {init: xavier_normal}, bias: 0}\n"
    )
    done = run("derive", "-", "--style", style, "--numbers", stdin=network)
    assert (done.code, done.err) == (0, "")
    assert "…" in done.out
    assert len(done.out.splitlines()) < 500


@pytest.mark.parametrize("name", ["self_attention", "image", "gru"])
def test_components_fit_a_page(name: str) -> None:
    """A matrix whose formulas are too long has its first and its last entry written out below."""
    for numbers in ((), ("--numbers",)):
        page = printed("derive", config(name), "--style", "components", *numbers, width=80)
        assert max(map(columns, page.splitlines())) <= 80
        assert "its first and its last are" in page


def test_attention_in_matrices() -> None:
    """As papers write it, a row a token: dV = Pᵀ dZ, dP = dZ Vᵀ, dS row by row, dQ, dK, dW."""
    page = printed("derive", config("self_attention"), "--style", "matrix")
    for equation in (
        "∂C/∂p¹ = δ¹ (v¹)ᵀ",
        "∂C/∂s¹ = p¹ ⊙ (∂C/∂p¹ − (∂C/∂p¹ ⊙ p¹) 𝟏 𝟏ᵀ)",
        "∂C/∂v¹ = (p¹)ᵀ δ¹",
        "∂C/∂k¹ = 1/√3·(∂C/∂s¹)ᵀ q¹",
        "∂C/∂q¹ = 1/√3·(∂C/∂s¹) k¹",
        "∂C/∂Wq¹ = (∂C/∂q¹)ᵀ x",
    ):
        assert f" {equation}\n" in page
    rows = printed("derive", config("self_attention"), "--style", "matrix", "--notation", "cs231n")
    assert " dWq1 = xᵀ dq1\n" in rows


def test_numbers_begin_with_what_they_are_of() -> None:
    """What is given stands first, and each value that a line uses before the line."""
    for style in STYLES:
        page = printed("derive", config("mazur"), "--numbers", "--style", style)
        assert page.index("0.05 ⎤") < page.index("The cost") < page.index("0.5933")
    page = printed("derive", config("mazur"), "--numbers")
    assert page.index("Known from the forward pass") < page.index("0.7514")
    assert "δ²₁·a¹₁\n                           = 0.1385·0.5933" in page


def test_a_relu_and_what_it_takes_have_names_of_their_own() -> None:
    """A part is called a quantity only where it is that on both sides of a kink."""
    text = printed("derive", config("softmax_relu"), "--expand", "--wrt", "W1[1,1]")
    assert "z¹₁ = w¹₁₁·x₁ + w¹₂₁·x₂ + b¹₁" in text
    assert "a¹₁ = w" not in text


@pytest.mark.parametrize(
    ("notation", "last", "numbers"),
    [
        ("standard", 2, ("1, 3 and 4", "2, 3 and 4")),
        ("nielsen", 3, ("(BP1), (BP3) and (BP4)", "(BP2), (BP3) and (BP4)")),
        ("nielsen-fj", 3, ("1, 2 and 4", "1, 2 and 3")),
    ],
)
def test_a_layer_cites_the_equations_that_it_follows(
    notation: str, last: int, numbers: tuple[str, str]
) -> None:
    for style in ("leibniz", "index", "matrix"):
        page = printed("derive", config("mazur"), "--style", style, "--notation", notation)
        output, hidden = page.index(f"for layer {last}"), page.index(f"for layer {last - 1}")
        assert page[:output].endswith(f"by equations {numbers[0]}, ")
        assert page[:hidden].endswith(f"by equations {numbers[1]}, ")
    assert "by equation" not in printed("derive", config("residual"))
