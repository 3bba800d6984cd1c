"""A user's own notation: a mapping that starts from a profile; what is wrong with one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from backprop_cli import api
from backprop_cli.files.network import parse_network
from backprop_cli.notation import profile
from backprop_cli.notation.bound import bound
from backprop_cli.problems import Refusal, Source
from backprop_cli.spec.records import NetworkSpec

from ..commands.running import config, printed, refused, run

REST = """
input: [1, 2]
target: [0]
loss: half_squared_error
layers:
  - {activation: tanh, weights: [[1, 2], [3, 4]], bias: [0, 1]}
  - {weights: [[1, 2]], bias: 0}
"""


def spec(notation: str) -> NetworkSpec:
    return parse_network(Source("net.yaml", f"notation: {notation}{REST}"))


def refusal(notation: str) -> str:
    with pytest.raises(Refusal) as caught:
        api.loads(f"notation: {notation}{REST}", "net.yaml")
    return str(caught.value)


def own(tmp_path: Path, notation: str) -> str:
    path = tmp_path / "net.yaml"
    path.write_text(f"notation: {notation}{REST}", encoding="utf-8")
    return str(path)


def test_a_name_is_the_profile() -> None:
    assert spec("bishop").notation == profile("bishop")
    assert spec("four-diagrams").notation == profile("four-diagrams")


def test_a_mapping_overrides_its_base() -> None:
    found = spec("{base: nielsen, letters: {z: s, a: y, y: t}, first_layer: 0}").notation
    assert found is not None
    assert found.letters == profile("nielsen").letters | {"z": "s", "a": "y", "y": "t"}
    assert (found.first_layer, found.indices) == (0, profile("nielsen").indices)


def test_the_base_is_the_default_notation() -> None:
    found = spec("{letters: {loss: E, cost: E}}").notation
    assert found is not None
    wanted = {"loss": "E", "cost": "E", "data_loss": "E_0"}
    assert found.letters == profile("standard").letters | wanted


@pytest.mark.parametrize(
    ("letters", "others"),
    [
        ("{loss: E}", {"cost": "E", "data_loss": "E_0"}),
        ("{loss: E, cost: K}", {"cost": "K", "data_loss": "E_0"}),
        ("{b: c}", {"loss_terms": "ell"}),
        ("{b: c, loss_terms: e}", {"loss_terms": "e"}),
        ("{a: y}", {"y": "t"}),
        ("{a: y, y: y}", {"y": "y"}),
        ("{a: y, z: t}", {"y": "y"}),
    ],
)
def test_letters_that_hang_together_change_together(letters: str, others: dict[str, str]) -> None:
    """A sample's cost goes by the loss's letter; its terms, and the target, give way."""
    found = spec(f"{{letters: {letters}}}").notation
    assert found is not None
    assert {part: found.letters[part] for part in others} == others


def test_every_key_is_taken() -> None:
    found = spec(
        "{base: bishop, letters: {output: none, delta: ε, rate: hat eta}, entries: {W: W},"
        " activation: phi, activations: {tanh: T}, indices: {own: m, below: n},"
        " weight_index: from-to, layer_place: brackets, first_layer: 1, vectors: row,"
        " gradients: partial, delta_sign: -1, difference: -(y - a), square: y - a, definition: ≡,"
        " delta_definition: ':=', factors: [a, W, delta], sample_place: superscript,"
        " drop_lone: true,"
        " input_is_activation: true, bias_first: true, commas: true}"
    ).notation
    assert found is not None
    assert "output" not in found.letters
    assert (found.letters["delta"], found.letters["rate"]) == ("epsilon", "hat eta")
    assert (found.general_activation, found.activations["tanh"]) == ("phi", "T")
    assert found.indices is not None
    assert (found.indices.own, found.indices.below, found.indices.above) == ("m", "n", "k")
    assert (found.weight_index, found.layer_place, found.first_layer) == ("from-to", "brackets", 1)
    assert (found.delta_sign, found.definition, found.delta_definition) == (-1, "≡", ":=")
    assert found.factors == ("a", "W", "delta")
    assert all((found.drop_lone, found.input_is_activation, found.bias_first, found.commas))


def test_a_notation_without_delta_writes_the_derivative(tmp_path: Path) -> None:
    page = printed("trace", own(tmp_path, "{letters: {delta: none}}"))
    assert "∂C/∂w²ⱼₖ = ∂C/∂z²ⱼ·a¹ₖ" in page
    assert "δ" not in page


GREEK = {"text": "y^(μ)_τk", "latex": r"y^{(\mu )}_{\tau k}", "typst": "y_(τ k)^((μ))"}


@pytest.mark.parametrize("form", GREEK)
def test_index_letters_may_be_greek(form: str, tmp_path: Path) -> None:
    """An index is signs without a gap: a letter's name there would be as many letters."""
    path = tmp_path / "net.yaml"
    data = "sample_shape: [1, 1]\ninput: [[[1]], [[2]]]\ntarget: [[[0]], [[1]]]\n"
    layers = "loss: squared_error\nlayers: [{weights: [[1]], bias: 0}]"
    path.write_text(f"notation: {{letters: {{step: τ, sample: mu}}}}\n{data}{layers}", "utf-8")
    page = printed("derive", str(path), "--format", form)
    assert GREEK[form] in page
    assert "tauk" not in page
    assert "tau=1" not in page.replace(r"\tau", "")


def test_a_delta_with_the_other_sign(tmp_path: Path) -> None:
    page = printed("trace", own(tmp_path, "{delta_sign: -1}"))
    assert "δ¹ₖ = −∂C/∂a¹ₖ·tanh′(z¹ₖ)" in page
    assert "∂C/∂w²ⱼₖ = −δ²ⱼ·a¹ₖ" in page
    plain = printed("trace", own(tmp_path, "standard"))
    for line in ("W2[1,1]", "W1[1,2]", "b2[1]"):
        found, wanted = ([li for li in p.splitlines() if f" {line} " in li] for p in (page, plain))
        assert found == wanted != []


def test_the_option_comes_before_the_file(tmp_path: Path) -> None:
    path = own(tmp_path, "bishop")
    assert printed("trace", path, "--notation", "ng") != printed("trace", path)
    assert "dw^[2]ⱼₖ" in printed("trace", path, "--notation", "ng")


@pytest.mark.parametrize("notation", ["mazur", "{base: ng, letters: {a: h}}"])
def test_plain_names_never_change(tmp_path: Path, notation: str) -> None:
    path = own(tmp_path, notation)
    for name in ("z1", "a1", "delta1", "dW1", "loss_terms"):
        assert f" {name} " in f" {' '.join(printed('trace', path).split())} "


@pytest.mark.parametrize("notation", ["bishop", "four-diagrams", "{delta_sign: -1}"])
def test_in_ascii_a_notation_is_silent(tmp_path: Path, notation: str) -> None:
    found = run("trace", own(tmp_path, notation), encoding="ascii")
    plain = run("trace", own(tmp_path, "standard"), encoding="ascii")
    words = [sorted(re.findall(r"[^\s*+]+", done.out)) for done in (found, plain)]
    assert words[0] == words[1]


MESSAGES = {
    "bishopp": (
        "net.yaml:1:11: notation: there is no notation 'bishopp'\n"
        "   1 | notation: bishopp\n"
        "     |           ^^^^^^^ did you mean 'bishop'?"
    ),
    "four_diagrams": (
        "net.yaml:1:11: notation: there is no notation 'four_diagrams'\n"
        "   1 | notation: four_diagrams\n"
        "     |           ^^^^^^^^^^^^^ did you mean 'four-diagrams'?"
    ),
    "{base: nielson}": (
        "net.yaml:1:18: base: 'nielson' is not one of its values\n"
        "   1 | notation: {base: nielson}\n"
        "     |                  ^^^^^^^ did you mean 'nielsen'?"
    ),
    "{lettres: {z: s}}": (
        "net.yaml:1:12: notation: there is no key 'lettres'\n"
        "   1 | notation: {lettres: {z: s}}\n"
        "     |            ^^^^^^^ did you mean 'letters'?"
    ),
    "{letters: {detla: d}}": (
        "net.yaml:1:22: letters: there is no key 'detla'\n"
        "   1 | notation: {letters: {detla: d}}\n"
        "     |                      ^^^^^ did you mean 'delta'?"
    ),
    "{weight_index: from_to}": (
        "net.yaml:1:26: weight_index: 'from_to' is not one of its values\n"
        "   1 | notation: {weight_index: from_to}\n"
        "     |                          ^^^^^^^ did you mean 'from-to'?"
    ),
    "{letters: {z: '\\input'}}": (
        "net.yaml:1:25: z: a letter or a word is expected, not '\\input'\n"
        "   1 | notation: {letters: {z: '\\input'}}\n"
        "     |                         ^^^^^^^^ such as z, delta, hat y, net, E_total or J(theta)"
    ),
    "{letters: {b: W}}": (
        "net.yaml:1:25: notation: W1 and b1 would be written alike\n"
        "   1 | notation: {letters: {b: W}}\n"
        "     |                         ^ give one another letter"
    ),
    "{base: bishop, letters: {z: z}}": (
        "net.yaml:1:39: notation: z1 and a1 would be written alike\n"
        "   1 | notation: {base: bishop, letters: {z: z}}\n"
        "     |                                       ^ give one another letter"
    ),
}


@pytest.mark.parametrize("notation", MESSAGES)
def test_the_whole_message(notation: str) -> None:
    assert refusal(notation) == MESSAGES[notation]


@pytest.mark.parametrize("name", ["", "bishop "])
def test_the_option_suggests_the_nearest(tmp_path: Path, name: str) -> None:
    path = own(tmp_path, "standard")
    assert "did you mean 'bishop'?" in refused("trace", path, "--notation", f"{name}bishp")


def test_a_letter_of_its_own_is_drawn_everywhere(tmp_path: Path) -> None:
    path = own(tmp_path, "{letters: {z: s, delta: epsilon, loss: E, cost: E}}")
    screen, markdown = printed("trace", path), printed("trace", path, "--format", "markdown")
    assert "s¹ⱼ = Σₖ w¹ⱼₖ·xₖ + b¹ⱼ" in screen
    assert "∂E/∂w²ⱼₖ = ε²ⱼ·a¹ₖ" in screen
    assert r"\epsilon_{j}^{2}" in markdown


def test_a_bound_profile_is_still_that_profile() -> None:
    assert bound(profile("ng")).name == "ng"


OWN = "base: nielsen\nletters: {z: s, a: h}\n"


def test_a_notation_in_a_file_is_that_in_the_network(tmp_path: Path) -> None:
    """By option from where one is, from a network beside it; below its folder only, as data."""
    net = Path(config("sigmoid_neuron")).read_text(encoding="utf-8")
    (tmp_path / "course.yaml").write_text(OWN, encoding="utf-8")
    (tmp_path / "sub").mkdir()
    paths = {
        "net": "notation: course.yaml",
        "own": "notation: {base: nielsen, letters: {z: s, a: h}}",
    }
    paths |= {"sub/up": "notation: ../course.yaml", "lost": "notation: corse.yml"}
    for name, line in paths.items():
        (tmp_path / f"{name}.yaml").write_text(f"{net}\n{line}\n", encoding="utf-8")
    read = {name: str(tmp_path / f"{name}.yaml") for name in paths}
    wanted = printed("trace", read["own"])
    assert "s²" in wanted
    assert printed("trace", read["net"]) == wanted
    option = ("--notation", str(tmp_path / "course.yaml"))
    assert printed("trace", config("sigmoid_neuron"), *option) == wanted
    assert "outside of the network's folder" in refused("trace", read["sub/up"])
    assert printed("trace", read["sub/up"], "--allow-outside") == wanted
    assert "lost.yaml:12:11: notation: there is no file corse.yml" in refused("trace", read["lost"])
    moved = tmp_path / "sub" / "new.yaml"
    printed("step", read["net"], "-o", str(moved))
    assert 'notation: "../course.yaml"' in moved.read_text(encoding="utf-8")
    assert "the file that is read here" in refused("step", read["net"], "-o", option[1])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("base: nielson", "course.yaml:1:7: base: 'nielson' is not one of its values"),
        ("[nielsen]", "course.yaml:1:1: a notation's file is a mapping, not a list"),
        ("letters: {z: a}", "course.yaml:1:14: notation: z1 and a1 would be written alike"),
        ("nielsen", "course.yaml:1:1: a notation's file is a mapping, not"),
    ],
)
def test_what_is_wrong_in_a_notations_file_is_told_there(
    text: str, said: str, tmp_path: Path
) -> None:
    (tmp_path / "course.yaml").write_text(text, encoding="utf-8")
    option = ("--notation", str(tmp_path / "course.yaml"))
    assert said in refused("trace", config("sigmoid_neuron"), *option)


def test_an_exercise_has_its_notation_within(tmp_path: Path) -> None:
    (tmp_path / "course.yaml").write_text(OWN, encoding="utf-8")
    net = Path(config("sigmoid_neuron")).read_text(encoding="utf-8")
    (tmp_path / "net.yaml").write_text(f"{net}notation: course.yaml\n", encoding="utf-8")
    line = "notation: {base: nielsen, letters: {z: s, a: h}}\n"
    option = ("--notation", str(tmp_path / "course.yaml"))
    for options in (("--graph", "--nodes", "2", *option), ("--like", str(tmp_path / "net.yaml"))):
        assert line in printed("exercise", *options)
    folder = tmp_path / "class"
    made = ("exercise", "--like", str(tmp_path / "net.yaml"), "--count", "1", "-o", str(folder))
    assert printed(*made, "--worksheets", "md") == ""
    sheet = (folder / "exercise-01-worksheet.md").read_text(encoding="utf-8")
    assert sheet == printed("worksheet", str(folder / "exercise-01.yaml"), "--format", "markdown")
    assert "s^{2}" in sheet
    assert "errors of layer 2" in sheet
