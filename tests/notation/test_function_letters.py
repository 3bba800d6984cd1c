"""No function is written by a letter that a quantity has: σ(σ), e^(−z) beside a unit e."""

from __future__ import annotations

import re

import pytest

from ..commands.running import run

NETWORK = """\
input: [1, 2]
target: [0.5]
loss: half_squared_error
notation: {{letters: {{{quantity}: {letter}}}}}
layers:
  - {{units: 2, activation: sigmoid, weights: [[0.1, 0.2], [0.3, 0.4]], bias: [0, 0]}}
  - {{units: 1, weights: [[1, 1]], bias: [0]}}
"""
GRAPH = """\
variables: {sigma: 3, e: 2}
graph: {f: sigmoid(sigma) + exp(e)}
"""
FUNCTION = {"sigma": re.compile("σ\\(|σ′"), "e": re.compile(r"\be\^|\be⁻")}


@pytest.mark.parametrize("letter", FUNCTION)
@pytest.mark.parametrize("quantity", ["a", "z", "W", "b", "x", "y", "loss", "delta"])
def test_a_letter_of_the_readers_own_is_no_function(quantity: str, letter: str) -> None:
    text = NETWORK.format(quantity=quantity, letter=letter)
    for call in (("trace",), ("derive",), ("derive", "--numbers", "--style", "index")):
        done = run(call[0], "-", *call[1:], stdin=text)
        assert done.code == 0, done.err
        assert not FUNCTION[letter].search(done.out), FUNCTION[letter].search(done.out)


def test_a_graph_s_own_names_are_no_functions() -> None:
    page = run("trace", "-", stdin=GRAPH).out
    assert "f = sigmoid(σ) + exp(e)" in page
