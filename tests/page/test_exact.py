"""Exact pages: ``=`` before what is exact, ``≈`` before what is rounded, at every door."""

from __future__ import annotations

import re

import pytest

from ..commands.running import config, run

ROUNDED = re.compile(r"= [−-]?\d*\.\d+")
EXACT = re.compile(r"≈ [−-]?(\d+(/\d+)?|\d+\.\d{1,3})(?![\d.e/·])")
WITH_ZEROS = """\
input: [[1, 0], [2, 0]]
target: [[0.5], [1]]
loss: half_squared_error
learning_rate: 1/3
layers:
  - {type: recurrent, units: 1, weights: [[1/3, 1]], recurrent_weights: [[2]], bias: none}
  - {units: 1, activation: tanh, weights: [[1]], bias: none}
"""
"""What the second input would carry is 0, though the error is held to digits only."""
NETWORKS = {
    "zeros": WITH_ZEROS,
    **dict.fromkeys(("mazur", "sigmoid_neuron", "softmax_relu", "scalar_rnn", "diamond"), ""),
}


@pytest.mark.parametrize("command", ["trace", "step", "diagram"])
@pytest.mark.parametrize("name", NETWORKS)
def test_what_is_rounded_is_near_and_what_is_exact_equal(name: str, command: str) -> None:
    text = NETWORKS[name]
    rate = ("--lr", "1/3") if command == "step" else ()
    done = run(command, "-" if text else config(name), "--exact", *rate, stdin=text)
    assert done.code == 0, done.err
    page = done.out
    assert not ROUNDED.findall(page), ROUNDED.findall(page)
    assert not EXACT.findall(page), EXACT.findall(page)
