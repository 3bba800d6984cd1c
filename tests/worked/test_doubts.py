"""Doubts beside what is given: a target that is no distribution, a function applied twice."""

from __future__ import annotations

import pytest

from backprop_cli.api import loads
from backprop_cli.functions.losses import CATEGORICAL
from backprop_cli.worked.document import Code, Text
from backprop_cli.worked.doubts import doubts

TARGETS = {
    "[1, 0]": "",
    "[0.1, 0.9]": "",
    "{class: 1}": "",
    "[1/3, 2/3]": "",
    "[4, -3]": " is negative",
    "[1, 2]": " adds up to ",
}


def net(loss: str, activation: str, target: str, inputs: str = "[1, 2]") -> str:
    layer = f"{{units: 2, activation: {activation}, weights: [[1, 2], [3, 4]], bias: none}}"
    return f"input: {inputs}\ntarget: {target}\nloss: {loss}\nlayers:\n  - {layer}\n"


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("loss", CATEGORICAL)
def test_a_target_that_is_no_distribution_is_told(loss: str, target: str) -> None:
    if loss == "kl_divergence" and "-" in target:
        return
    activation = "identity" if loss == "softmax_cross_entropy" else "softmax"
    lines = doubts(loads(net(loss, activation, target)))
    said = "".join(part.text for line in lines for part in line if isinstance(part, Text))
    assert said.partition(",")[0].startswith(TARGETS[target])
    assert bool(lines) == bool(TARGETS[target])
    if "class" in target:
        return
    batch = loads(net(loss, activation, f"[[0, 1], {target}]", "[[1, 2], [2, 1]]"))
    assert bool(doubts(batch)) == bool(lines)


@pytest.mark.parametrize("loss", ["softmax_cross_entropy", "sigmoid_cross_entropy"])
@pytest.mark.parametrize("activation", ["softmax", "sigmoid", "identity"])
def test_a_function_applied_twice_is_told(loss: str, activation: str) -> None:
    twice = activation == loss.partition("_")[0]
    assert len(doubts(loads(net(loss, activation, "[0, 1]")))) == twice


@pytest.mark.parametrize("activation", ["softmax", "sigmoid"])
@pytest.mark.parametrize("loss", ["cross_entropy", "binary_cross_entropy"])
def test_the_cross_entropy_of_another_activation_is_told(loss: str, activation: str) -> None:
    """Nielsen's cross-entropy is binary_cross_entropy: of sigmoids the other misses half of it."""
    fits = (activation == "softmax") == (loss == "cross_entropy")
    lines = doubts(loads(net(loss, activation, "[0, 1]")))
    assert len(lines) == (not fits)
    for line in lines:
        other = "cross_entropy" if activation == "softmax" else "binary_cross_entropy"
        assert line[-1] == Code(f"loss: {other}")
