"""Every option of ``trace``: what it changes, and what it leaves alone."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import pytest

from .running import config, printed, refused, run

NEURON, MAZUR, XOR = config("sigmoid_neuron"), config("mazur"), config("xor_batch")
SOFTMAX, RESIDUAL, TANH = config("softmax_relu"), config("residual"), config("tanh_neuron")


def headings(text: str) -> list[str]:
    """Return the titles of the sections of a text output."""
    return re.findall(r"^━━ (.*?) ━+$", text, re.MULTILINE)


def traced(*arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(printed("trace", *arguments, "--format", "json"))
    return found


def test_the_sections_in_the_order_of_the_passes() -> None:
    titles = headings(printed("trace", MAZUR))
    assert [title.split(" (")[0] for title in titles] == [
        "Given",
        "Forward: layer 1 'hidden'",
        "Forward: layer 2 'output'",
        "Loss: half squared error",
        "Backward: layer 2 'output'",
        "Backward: layer 1 'hidden'",
        "Backward: input",
        "Gradients: layer 2 'output'",
        "Gradients: layer 1 'hidden'",
        "Summary",
    ]


def test_standard_input_by_a_dash() -> None:
    text = Path(MAZUR).read_text(encoding="utf-8")
    assert run("trace", "-", stdin=text).out == printed("trace", MAZUR)


@pytest.mark.parametrize(
    ("only", "kept"),
    [
        ("forward", {"Given", "Forward", "Loss"}),
        ("backward", {"Backward", "Gradients"}),
        ("gradients", {"Gradients"}),
    ],
)
@pytest.mark.parametrize("steps", [[], ["--steps"]])
def test_only(only: str, kept: set[str], steps: list[str]) -> None:
    titles = headings(printed("trace", MAZUR, "--only", only, *steps))
    parts = {title.partition(":")[0] for title in titles}
    assert parts == (kept - {"Gradients"} if only == "backward" and steps else kept)


@pytest.mark.parametrize("name", ["hidden", "1"])
@pytest.mark.parametrize("steps", [[], ["--steps"]])
def test_layer_by_its_name_or_number(name: str, steps: list[str]) -> None:
    titles = headings(printed("trace", MAZUR, "--layer", name, *steps))
    layers = [title for title in titles if "layer" in title]
    assert len(layers) == 3
    assert all("layer 1 'hidden'" in title for title in layers)


def test_two_layers() -> None:
    titles = headings(printed("trace", RESIDUAL, "--layer", "gate", "--layer", "6"))
    shown = {title.split("layer ")[1][0] for title in titles if "layer" in title}
    assert shown == {"3", "6"}


@pytest.mark.parametrize("steps", [[], ["--steps"]])
def test_sample_chooses_what_is_shown_not_what_is_computed(steps: list[str]) -> None:
    everything = printed("trace", XOR, *steps)
    third = printed("trace", XOR, "--sample", "3", *steps)
    assert len(third) < len(everything)
    if not steps:
        assert re.findall(r"^  sample (\d)$", third, re.MULTILINE) == ["3"] * 6
    gradients = [line for line in everything.splitlines() if line.startswith("  dW1[1,2]  ")]
    assert gradients
    assert gradients[0] in third


def test_steps_give_each_entry_a_line() -> None:
    text = printed("trace", MAZUR, "--steps")
    names = re.findall(r"^  ([\w()]+(?:\[[\d,]+\])?)  +\S+ = ", text, re.MULTILINE)
    assert {"z1[1]", "a2[2]", "loss_terms[1]", "loss", "da1[2]", "delta2[1]"} < set(names)
    assert {f"dW{layer}[{j},{k}]" for layer in (1, 2) for j in (1, 2) for k in (1, 2)} < set(names)
    assert len(names) == len(set(names))


def test_steps_list_weights_in_the_files_own_layout() -> None:
    text = printed("trace", SOFTMAX, "--steps", "--only", "gradients")
    names = re.findall(r"^  (dW2\[[\d,]+\])", text, re.MULTILINE)
    assert names == [f"dW2[{row},{column}]" for row in (1, 2) for column in (1, 2, 3)]


def test_wrt_an_entry_shows_only_what_it_needs() -> None:
    text = printed("trace", MAZUR, "--wrt", "W1[1,2]")
    names = re.findall(r"^  (\S+)  +\S+ = ", text, re.MULTILINE)
    given = {"a2[1]", "y[1]", "a2[2]", "y[2]", "W2[1,1]", "W2[2,1]", "a1[1]", "x[2]"}
    path = ["da2[1]", "delta2[1]", "da2[2]", "delta2[2]", "da1[1]", "delta1[1]", "dW1[1,2]"]
    assert set(names) == given | set(path)
    assert [name for name in names if name in path] == path


@pytest.mark.parametrize(
    "name", ["W2", "dW2", "delta1", "da1[2]", "x", "b1", "loss", "hidden.W", "d(hidden.W)", "dx[1]"]
)
def test_wrt_takes_every_kind_of_name(name: str) -> None:
    assert headings(printed("trace", MAZUR, "--wrt", name))


def test_wrt_more_than_one() -> None:
    titles = headings(printed("trace", MAZUR, "--wrt", "W1[1,2]", "--wrt", "b2"))
    assert [title.split()[-1] for title in titles] == ["dW1[1,2]", "db2"]


def test_set_asks_what_if() -> None:
    changed = traced(MAZUR, "--set", "W1[1,2]=0.3", "--set", "x[1]=1/4", "--set", "b2=sqrt(2)/2")
    assert changed["values"]["W1"] == [[0.15, 0.3], [0.25, 0.3]]
    assert changed["values"]["x"] == [0.25, 0.1]
    assert changed["values"]["b2"] == pytest.approx(2**0.5 / 2, rel=1e-15)
    assert changed["values"]["z1"][0] == pytest.approx(0.15 * 0.25 + 0.3 * 0.1 + 0.35)
    text = printed("trace", MAZUR, "--set", "W1[1,2]=0.3")
    assert "what if: W1[1,2]=0.3" in text


def test_set_in_the_files_own_layout() -> None:
    changed = traced(SOFTMAX, "--set", "W2[1,3]=5")
    assert changed["values"]["W2"] == [[0.19, -0.1, 5.0], [-0.02, -0.01, 0.04]]


def test_significant_digits_instead_of_decimals() -> None:
    text = printed("trace", MAZUR, "--significant", "3", "--steps")
    assert "= 0.00877·0.05 = 0.000439" in text
    assert traced(MAZUR, "--significant", "2")["values"] == traced(MAZUR)["values"]
    message = refused("trace", MAZUR, "--significant", "3", "--digits", "2")
    assert message == refused("trace", MAZUR, "--digits", "2", "--significant", "3")
    assert "leave one of them out" in message


def test_digits_change_what_is_shown_alone() -> None:
    assert "0.7311" in printed("trace", NEURON)
    assert "0.731058579" in printed("trace", NEURON, "--digits", "9")
    text = printed("trace", NEURON, "--digits", "2")
    assert "0.73" in text
    assert "0.7311" not in text
    # 0.0362 and not (0.73 - 1)^2/2 = 0.03645: nothing is computed from what is shown
    assert "0.04" not in printed("trace", NEURON, "--digits", "3")
    assert traced(NEURON, "--digits", "0")["values"] == traced(NEURON)["values"]


def test_rounding_as_with_a_pocket_calculator() -> None:
    """As the neuron is worked by hand: 0.73, -0.27, 0.73·0.27 = 0.1971, their product."""
    text = printed("trace", NEURON, "--round-forward", "2")
    for number in ("0.73", "−0.27", "0.1971", "0.0532"):
        assert re.search(rf"(?<![\d.]){number}(?!\d)", text), number
    assert "0.7311" not in text
    assert "every z and a is rounded to 2 decimals before it is used" in text
    assert "0.053217" in printed("trace", NEURON, "--round-forward", "2", "--digits", "6")


def test_without_rounding_the_true_values() -> None:
    text = printed("trace", NEURON, "--digits", "6")
    assert "0.731059" in text  # 1/(1 + e^-1)
    assert "0.053217" not in text


def test_round_backward_rounds_every_gradient() -> None:
    gradients = traced(MAZUR, "--round-backward", "3")["gradients"]
    # delta2 = (0.741·0.1868…, -0.217·0.1755…) and dW2 = delta2 times a1
    assert gradients["a2"] == [0.741, -0.217]
    assert gradients["W2"] == [[0.082, 0.082], [-0.023, -0.023]]


def test_exact_values() -> None:
    found = traced(TANH, "--exact", "--set", "b1[1]=6")
    assert found["exact"]["z1"] == ["0"]
    assert found["exact"]["d(W1)"] == [["2", "0"]]
    text = printed("trace", NEURON, "--exact")
    assert "1/(1 + e^(−1))" in text
    assert "0.7" not in text


def test_full_leaves_nothing_out(tmp_path: Path) -> None:
    path = tmp_path / "wide.yaml"
    path.write_text(
        "input: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]\ntarget: {class: 3}\n"
        "loss: softmax_cross_entropy\nlayers:\n"
        "  - {units: 12, weights: {init: xavier_normal}, bias: 0}\n",
        encoding="utf-8",
    )
    corners = printed("trace", str(path))
    assert "…" in corners
    assert "…" not in printed("trace", str(path), "--full")


def test_per_sample_gradients_belong_to_json() -> None:
    found = traced(XOR, "--per-sample")
    assert len(found["sample_gradients"]) == 4
    mean = sum(gradients["b2"][0] for gradients in found["sample_gradients"]) / 4
    assert mean == pytest.approx(found["gradients"]["b2"][0], rel=1e-12)


@pytest.mark.parametrize("name", ["markdown", "md", ".md", "text", "txt", "terminal", "json"])
def test_formats_by_name_and_by_suffix(name: str) -> None:
    text = printed("trace", MAZUR, "--format", name)
    start = {"m": "# Mazur", "t": "Mazur", "j": "{"}[name.lstrip(".")[0]]
    assert text.startswith(start)


def test_notation_by_name() -> None:
    assert printed("trace", MAZUR, "--notation", "standard") == printed("trace", MAZUR)


@pytest.mark.parametrize(("largest", "samples"), [(2, (2, 1)), (800, (1,))])
def test_a_softmax_of_many_units_has_its_total_once_a_sample(
    tmp_path: Path, largest: int, samples: tuple[int, ...]
) -> None:
    """Where Σ e^z fits a float; else each entry has the sum, of which no number is printed."""
    net = tmp_path / "net.yaml"
    net.write_text(
        f"input: [[{largest}], [1]]\ntarget: {{class: [0, 1]}}\nloss: cross_entropy\n"
        "layers: [{weights: [[1], [0.5], [0], [-1]], bias: none, activation: softmax}]\n"
    )
    text = printed("trace", str(net), "--only", "forward")
    totals = [math.exp(z) + math.exp(z / 2) + 1 + math.exp(-z) for z in samples]
    assert len(re.findall(r"^  Σ. e\^\(z", text, re.MULTILINE)) == len(samples)
    assert all(f"= {total:.4f}" in text and f"/{total:.4f}" in text for total in totals)


def test_a_table_too_wide_is_cut_into_even_parts() -> None:
    """The two entries of a gate's array stand beside each other, whatever the width leaves over."""
    text = printed("trace", config("gru"), "--only", "forward")
    for name in ("zr", "r", "zu", "u", "zn", "n", "h"):
        heads = [line for line in text.splitlines() if f" {name}¹ₜ₁ " in line]
        assert len(heads) == 1
        assert f" {name}¹ₜ₂" in heads[0]
