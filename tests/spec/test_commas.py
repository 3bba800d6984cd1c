"""Decimal commas are guessed where they part a list's numbers, or leave digits for a key."""

from __future__ import annotations

import pytest

from backprop_cli.api import loads
from backprop_cli.problems import Refusal

NET = "input: {input}\ntarget: {target}\nloss: half_squared_error\nlayers:\n  - {layer}\n"
FITTING = {"input": "[1, 2]", "target": "[1]", "layer": "{units: 1, weights: [[1, 2]], bias: [0]}"}
CURES = [
    ({"input": "[0,5, 1,2]"}, "the commas in [0,5, 1,2] are decimal commas, write [0.5, 1.2]"),
    ({"target": "[-0,5, 1,25]"}, "write [-0.5, 1.25]"),
    ({"layer": "{units: 1, weights: [[0,5, 1,2]], bias: [0]}"}, "write [0.5, 1.2]"),
    ({"layer": "{units: 1, weights: [[1, 2]], bias: 0,5}"}, "0,5 is one number, write 0.5"),
    ({"input": "[0,5,1,2]"}, ""),
    ({"input": "[1,2, 3]"}, ""),
    ({"target": "[1,2]"}, ""),
]


@pytest.mark.parametrize(("written", "cure"), CURES)
def test_a_decimal_comma_is_guessed(written: dict[str, str], cure: str) -> None:
    with pytest.raises(Refusal) as refusal:
        loads(NET.format(**(FITTING | written)))
    said = str(refusal.value)
    assert cure in said
    assert bool(cure) == ("decimal comma" in said or "one number" in said)


@pytest.mark.parametrize(
    "head",
    [
        "target: {class: 0, smoothing: 0.1}\nloss: cross_entropy",
        "target: {class: 0}\nloss: {type: cross_entropy, label_smoothing: 0.1}",
    ],
)
def test_label_smoothing_is_told_how(head: str) -> None:
    layer = "{units: 2, activation: softmax, weights: [[1], [2]], bias: none}"
    with pytest.raises(Refusal, match="write the smoothed targets"):
        loads(f"input: [1]\n{head}\nlayers:\n  - {layer}\n")
