"""p, the softmax within a loss, is itself at each door that gives a quantity's numbers."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import backprop_cli
from backprop_cli.graph.names import UnknownName

from ..commands.running import printed

NETWORK = """\
input: {input}
target: {target}
loss: softmax_cross_entropy
learning_rate: 0.5
layers:
  - {{units: 2, activation: tanh, weights: [[0.1, 0.2], [0.3, -0.4]], bias: [0, 0.1]}}
  - {{units: 2, weights: [[1, -1], [0.5, 0.25]], bias: [0, 0]}}
"""
ONE = NETWORK.format(input=[1, 2], target=[1, 0])
BATCH = NETWORK.format(input=[[1, 2], [-1, 0.5]], target=[[1, 0], [0, 1]])


def softmax(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(scores)
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


@pytest.mark.parametrize("text", [ONE, BATCH], ids=["one", "batch"])
def test_every_door_gives_the_softmax_of_the_scores(text: str, tmp_path: Path) -> None:
    net = tmp_path / "net.yaml"
    net.write_text(text, encoding="utf-8")
    traced = backprop_cli.trace(net)
    wanted = softmax(traced.value("a2"))
    assert traced.value("p") == pytest.approx(wanted)
    changed = backprop_cli.trace(backprop_cli.loads(text.replace("[[0.1, ", "[[0.7, ")))
    for index in np.ndindex(wanted.shape):
        name = f"p[{','.join(str(i + 1) for i in index)}]"
        assert traced.value(name) == pytest.approx(wanted[index])
        swept = backprop_cli.sweep(net, "W1[1,1]=0.1,0.7", of=name).array
        assert swept == pytest.approx([wanted[index], softmax(changed.value("a2"))[index]])
        lines = printed("step", str(net), "--steps", "2", "--show", name, "--format", "json")
        assert json.loads(lines)["rows"][0]["shown"] == {name: pytest.approx(wanted[index])}


def test_p_has_no_gradient_of_its_own() -> None:
    traced = backprop_cli.trace(backprop_cli.loads(ONE))
    with pytest.raises(UnknownName, match="what goes back is da2 = p − y"):
        traced.gradient("p")
    with pytest.raises(UnknownName, match="p is made within the loss"):
        traced.value("dp")
