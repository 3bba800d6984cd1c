"""What is said of the long way beside the short one: each of four sentences, made to be said."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from msgspec import structs

from backprop_cli.passes.run import run
from backprop_cli.passes.trace import Trace
from backprop_cli.worked.document import Note, Section, Text
from backprop_cli.worked.trace.trace_document import trace_document
from backprop_cli.worked.view import View

from ..networks import loads
from .quantities import example

SIGMOID = (
    "input: [{x}, 2]\ntarget: [{y}]\nloss: binary_cross_entropy\nlayers:\n"
    "  - {{weights: [[0.5, -1]], bias: [0.25], activation: sigmoid}}\n"
)


def said(trace: Trace) -> list[str]:
    """Return what the document says about the two ways."""
    found: list[str] = []

    def look(block: Any) -> None:
        match block:
            case Section():
                for inner in block.blocks:
                    look(inner)
            case Note(line) if isinstance(line[0], Text) and "ways" in line[0].text:
                found.append(line[0].text)

    for block in trace_document(trace, View(full=True)).blocks:
        look(block)
    return found


def far(trace: Trace) -> float:
    """Return how far a(1 − a)·∂C/∂a is from δ at the output of a sigmoid, by hand.

    The product may take σ′ another way, so the last digit is its own.
    """
    layer = trace.graph.layers[-1]
    a, da, short = trace.values[layer.a], trace.gradients[layer.a], trace.gradients[layer.z]
    assert da is not None
    assert short is not None
    return float(np.abs(a * (1 - a) * da - short).max())


@pytest.mark.parametrize("x", [0, 1, 2.5, 3, -1, 4, 5, -2, 0.1, 7])
def test_they_agree_exactly_or_to_a_rounding(x: float) -> None:
    trace = run(loads(SIGMOID.format(x=x, y=1)))
    (words,) = said(trace)
    assert far(trace) < 1e-14
    if words != "both ways agree exactly":
        start, _, number = words.rpartition(" ")
        assert start == "both ways agree: they differ by at most"
        assert 0 < float(number) < 1e-14


def test_both_sentences_of_agreement_are_met() -> None:
    words = {said(run(loads(SIGMOID.format(x=x, y=y))))[0][:22] for x in range(9) for y in (0, 1)}
    assert words == {"both ways agree exactl", "both ways agree: they "}


def test_large_terms_that_cancel_still_agree() -> None:
    """At a = 3e-7 both factors are far apart in size; the product is right to a rounding."""
    trace = run(loads(SIGMOID.format(x=-26, y=1)))
    assert said(trace)[0].startswith("both ways agree")


@pytest.mark.parametrize("name", ["softmax_relu"])
def test_a_wrong_delta_is_told(name: str) -> None:
    trace = example(name)
    number = trace.graph.layers[-1].z
    gradient = trace.gradients[number]
    assert gradient is not None
    for off in (1.0, 1e-9):
        wrong = list(trace.gradients)
        wrong[number] = gradient + np.array([[0, off, 0]])
        (words,) = said(structs.replace(trace, gradients=tuple(wrong)))
        assert words.startswith("the two ways disagree")
        rounded = structs.replace(trace, gradients=tuple(wrong), rounded=False)
        assert "rounding" not in said(rounded)[0]


def test_rounding_is_named_where_it_is_the_cause() -> None:
    for digits in (1, 2, 3):
        (words,) = said(run(example("softmax_relu").graph, round_backward=digits))
        assert words.endswith("by rounding alone: without it they agree")
        assert "the two ways differ by at most" in words
        assert "agree:" not in words
