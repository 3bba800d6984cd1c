"""The figures of four explanations of backpropagation, each by one command."""

from __future__ import annotations

import re

import pytest

from ..commands.running import config, printed
from .pictures import SVG, parsed, words_of

FOUR, BISHOP = ("--notation", "four-diagrams"), ("--notation", "bishop")


def said(*line: str) -> list[str]:
    """Return what is written in a picture."""
    return words_of(parsed(printed("diagram", *line, "--format", "svg")))


def groups(*line: str) -> dict[str, list[str]]:
    """Return what is written at each node and edge."""
    root = parsed(printed("diagram", *line, "--format", "svg"))
    return {str(g.get("id")): words_of(g) for g in root.iter(f"{SVG}g") if g.get("id")}


def test_four_diagrams_one_unit_forward() -> None:
    words = said("--generic", "--pass", "forward", *FOUR)
    assert {"I1", "I2", "I3", "Lj", "Aj", "O1", "O2", "O3", "W11j", "W2j1"} <= set(words)
    assert "Lj = Σi Ii W1ij" in words
    assert "Aj = σ(Lj)" in words
    assert not any("∂" in word for word in words)


def test_four_diagrams_one_unit_backward() -> None:
    words = said("--generic", "--pass", "backward", *FOUR)
    assert {"∂c/∂O1", "∂c/∂O2", "∂c/∂O3", "σ′(Lj)", "∂c/∂Lj = ∂c/∂Aj·σ′(Lj)"} <= set(words)
    assert any(re.fullmatch(r"∂c/∂Aj = Σm W.* ?·?∂c/∂Om", word) for word in words)


def test_four_diagrams_the_network_and_its_cost() -> None:
    words = said(config("four_diagrams"), "--pass", "forward")
    assert {"I1 = 1", "I2 = −2", "c = 16", "E1 = 0.5", "W1", "W2"} <= set(words)
    assert not any(word.startswith("W111") for word in words), "weights are off"
    words = said(config("four_diagrams"), "--pass", "backward")
    assert {"∂c/∂L21 = 16", "∂c/∂L22 = −8", "∂c/∂O1 = 8"} <= set(words)


def fills(*line: str) -> dict[str, str]:
    """Return the class of each node's shape, and whether it is faded."""
    root = parsed(printed("diagram", *line, "--format", "svg"))
    found = {}
    for group in root.iter(f"{SVG}g"):
        shape = next((s for s in group if s.tag in (f"{SVG}circle", f"{SVG}rect")), None)
        if group.get("id") and shape is not None:
            kind = str(shape.get("class")).partition(" f-")[2]
            found[str(group.get("id"))] = kind + (" faded" if group.get("opacity") else "")
    return found


def test_four_diagrams_units_by_kind() -> None:
    """Inputs, hidden units, outputs, what is expected; going back errors, the inputs faded."""
    found = fills(config("four_diagrams"), "--pass", "forward")
    assert found | {"x_1": "input", "a1_2": "hidden", "a2_1": "output"} == found
    assert (found["y_1"], found["loss"]) == ("expected", "")
    back = fills(config("four_diagrams"), "--pass", "backward")
    assert (back["x_1"], back["a1_1"], back["a2_1"]) == ("input faded", "error", "error")
    told = groups(config("four_diagrams"), "--pass", "backward")
    assert told["a1_1"][0] == "∂c/∂L21"
    assert "a1_1-a2_1-forward" in told


def test_four_diagrams_one_unit_has_the_colours_of_the_network() -> None:
    forward, back = (fills("--generic", "--pass", way, *FOUR) for way in ("forward", "backward"))
    kinds = {"below_1": "input", "z": "hidden", "a": "hidden", "above_1": "output"}
    assert forward | kinds == forward
    errors = {"below_1": "input", "z": "error", "a": "error", "above_1": "error"}
    assert back | errors == back
    assert fills("--generic", *BISHOP)["z"] == ""


def test_four_diagrams_columns() -> None:
    words = said("--generic", *FOUR)
    titles = ("Input vector", "Linear accumulator", "Activation function", "Output vector")
    assert set(titles) <= set(words)


@pytest.mark.parametrize("line", [("--generic",), (config("bishop"), "--focus", "a1[1]")])
def test_bishop_messages_and_their_answers_in_one_picture(line: tuple[str, ...]) -> None:
    """Each line has one back beside it, dashed, with its head at the other end."""
    text = printed("diagram", *line, *BISHOP, "--format", "svg")
    assert text.count('class="l-gradient"') == text.count('class="l-quiet"') - (
        1 if "--generic" in line else 0
    )
    assert text.count("marker-start") == text.count('class="l-gradient"')


def test_bishop_the_local_edge_in_letters() -> None:
    found = groups("--generic", "--local", *BISHOP)
    assert (found["below"], found["a"]) == (["zi", "δi"], ["zj", "δj"])
    assert found["below-a"] == ["wji", "∂L/∂wji = δj zi"]


def test_one_weight_followed_the_rest_kept_and_faded() -> None:
    line = (config("mazur"), "--kind", "weights-as-nodes", "--focus", "W1[1,1]")
    alone, kept = fills(*line), fills(*line, "--faded")
    assert {name for name, look in kept.items() if look != " faded"} == set(alone)
    assert kept["W2_1_1"] == " faded"


def test_gates_are_signs() -> None:
    line = (config("sigmoid_neuron"), "--kind", "computation", "--gates", "--notation", "phi")
    words = {word.replace("²", "2") for word in said(*line)}
    assert {"×", "+", "φ", "−", "( )2"} <= words
    assert any(word.startswith("×") and len(word) > 1 for word in words), "½ is in its gate"


def test_bishop_the_messages_along_the_edges() -> None:
    words = said("--generic", "--pass", "forward", *BISHOP)
    assert {"z1", "z2", "zi", "aj", "zj", "wji", "pre-activation", "activation"} <= set(words)
    words = said("--generic", "--pass", "backward", *BISHOP)
    assert {"δ1", "δ2", "δk", "w1j", "w2j", "wkj"} <= set(words)


def test_bishop_one_weight_between_its_two_ends() -> None:
    """∂L/∂w_ji = δ_j z_i: the error signal at one end, the activation at the other."""
    found = groups(config("bishop"), "--focus", "W2[1,2]", "--local", "--pass", "backward")
    assert any(word.startswith("δ(1)1,2 = ") for word in found["a1_2"])
    assert any(word.startswith("δ(2)1,1 = ") for word in found["a2_1"])
    assert [word.split(" = ")[0] for word in found["a1_2-a2_1"]] == ["w(2)12", "∂L/∂w(2)12"]


def test_the_usual_graph_and_the_surgery_that_makes_weights_nodes() -> None:
    usual = groups(config("symbolic_2443"), "--pass", "forward", "--notation", "nielsen")
    assert usual["x_1-a1_4"] == ["w241"]
    assert len([key for key in usual if re.fullmatch(r"a\d_\d", key)]) == 4 + 4 + 3
    nodes = groups(config("symbolic_2443"), "--kind", "weights-as-nodes", "--pass", "forward")
    weights = [key for key in nodes if re.fullmatch(r"W\d_\d_\d", key)]
    biases = [key for key in nodes if re.fullmatch(r"b\d_\d", key)]
    assert (len(weights), len(biases)) == (4 * 2 + 4 * 4 + 3 * 4, 4 + 4 + 3)
    for j in (1, 2, 3, 4):
        into = {key for key in nodes if key.endswith(f"-a2_{j}")}
        own = {f"a1_{k}-a2_{j}" for k in (1, 2, 3, 4)} | {f"b2_{j}-a2_{j}"}
        assert into == own | {f"W2_{j}_{k}-a2_{j}" for k in (1, 2, 3, 4)}


def test_all_weights_ignored_but_the_one_that_is_asked_about() -> None:
    line = (config("symbolic_2443"), "--kind", "weights-as-nodes", "--focus", "W2[3,1]")
    found = {key for key in groups(*line) if "-" not in key}
    assert found == {"W2_3_1", "a2_3", "a3_1", "a3_2", "a3_3", "loss"}


def test_the_neuron_as_a_graph_with_the_local_gradient_beside_the_incoming_one() -> None:
    """−0.27 comes in at φ, whose local gradient is 0.1971, so −0.053 goes out (at two decimals)."""
    line = (config("sigmoid_neuron"), "--kind", "computation", "--local-gradients")
    found = groups(*line, "--round-forward", "2", "--notation", "phi")
    activation = next(words for key, words in found.items() if key == "a1_1")
    assert any(word.endswith(" = 0.1971") for word in activation)
    incoming = next(words for key, words in found.items() if key.startswith("a1_1-"))
    assert incoming == ["0.73", "−0.27"]
    assert found["z1_1-a1_1"] == ["1", "−0.0532"]


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "relu"])
def test_the_activations_and_their_derivatives(name: str) -> None:
    words = said("--activation", name, "--notation", "phi")
    assert any(word.startswith("Largest |") for word in words)
    assert ("saturated" in words) is (name != "relu")
    assert ("off" in words) is (name == "relu")


def test_a_sample_of_a_batch_as_a_graph_is_worked_by_itself() -> None:
    words = said(config("xor_batch"), "--kind", "computation", "--sample", "3")
    assert "Sample 3 of 4 by itself: gradients are of its own cost." in words
    assert not any("Sample 1" in word for word in words)


def test_the_colours_of_a_graph_speak_of_its_output() -> None:
    from ..networks import loads
    from .pictures import scene, svg

    graph = loads("variables: {a: 2}\ngraph: {o: a ** 2}\n")
    words = words_of(parsed(svg(scene(graph), graph)))
    assert {"gradient of the output", "variable", "output"} <= set(words)
    assert "gradient of the cost" in said(config("mazur"), "--kind", "computation")
