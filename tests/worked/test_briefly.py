"""A page too long to be read works one entry of each array, and shows every number all the same."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pytest

from backprop_cli.expression.tree import Known, Number
from backprop_cli.expression.walking import walk
from backprop_cli.files.network import read_network
from backprop_cli.graph.build import build
from backprop_cli.graph.records import Graph
from backprop_cli.passes.run import run
from backprop_cli.worked import entry_steps
from backprop_cli.worked.document import Block, Equations, Figure, Inline, Math, Section, Table
from backprop_cli.worked.grids import is_grid
from backprop_cli.worked.trace.options import view_of
from backprop_cli.worked.trace.trace_document import trace_document

from ..commands.running import config, printed
from ..commands.running import run as run_line
from ..layers.test_contract import EXAMPLES
from ..networks import loads

MANY_PIXELS = """\
input: [[1, 2, 0, 1, 2], [0, 1, 1, 2, 0], [1, 0, 2, 1, 1], [2, 1, 0, 0, 1], [1, 1, 2, 0, 1]]
target: [1, 0]
loss: softmax_cross_entropy
seed: 3
layers:
  - {type: conv2d, filters: 2, kernel: 2, weights: {init: he_normal}, bias: [0, 0.1]}
  - {type: flatten}
  - {units: 2, weights: {init: he_normal}, bias: [0, 0.2]}
"""
LINES = {
    "transformer_block": 440,
    "self_attention": 200,
    "gru": 250,
    "gomez_lstm": 300,
    "image": 300,
    "character_rnn": 205,
}


def _numbers(blocks: tuple[Block, ...]) -> Iterator[float]:
    """Yield every number that a page shows: of tables, and at the end of equations."""
    for block in blocks:
        match block:
            case Section(blocks=inner):
                yield from _numbers(inner)
            case Equations(chains=chains):
                for chain in chains:
                    yield from _within(Math(chain.forms[-1]))
            case Table(rows=rows):
                for row in rows:
                    for cell in row:
                        yield from _within(cell)


def _within(cell: Inline | None) -> Iterator[float]:
    if isinstance(cell, Figure):
        yield float(cell.value)
    elif isinstance(cell, Math):
        found = (node for node in walk(cell.expr) if isinstance(node, Number | Known))
        yield from (float(node.value) for node in found)


def _has_every_number(graph: Graph) -> None:
    """Assert that each value and each gradient stands on the page, but for grids that are cut."""
    trace = run(graph)
    shown = np.unique(list(_numbers(trace_document(trace, view_of(graph)).blocks)))
    for number, arrays in enumerate(zip(trace.values, trace.gradients, strict=True)):
        ref = graph.nodes[number].ref
        for array in (each.ravel() for each in arrays if each is not None):
            if number in (graph.cost, graph.loss) or is_grid(graph, ref):
                continue
            at = np.searchsorted(shown, array)
            above, below = (np.clip(place, 0, len(shown) - 1) for place in (at, at - 1))
            near = np.minimum(abs(shown[above] - array), abs(shown[below] - array))
            assert near.max() < 1e-12, ref


@pytest.mark.parametrize("name", LINES)
def test_a_long_page_is_short_and_has_every_number(name: str) -> None:
    _has_every_number(build(read_network(config(name))))
    assert len(printed("trace", str(config(name))).splitlines()) <= LINES[name]


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_every_layer_type_can_be_told_briefly(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entry_steps, "LONG", 0)
    _has_every_number(loads(EXAMPLES[name]))


def test_who_asks_for_a_layer_has_each_entry_worked() -> None:
    brief = printed("trace", str(config("gru")), "--only", "forward")
    asked = printed("trace", str(config("gru")), "--only", "forward", "--layer", "memory")
    assert "n1[3,2]" in asked
    assert "n1[3,2]" not in brief
    assert "--layer NAME" in brief
    assert "--layer NAME" not in asked


def test_a_table_of_parameters_has_rows_of_one_kind() -> None:
    text = run_line("trace", "-", stdin=MANY_PIXELS).out
    assert "w³_f" not in text
    assert "w³ⱼ₁" in text
    assert re.search(r"^ filter +b¹_f$", text, re.MULTILINE)


def test_a_parameter_of_one_number_has_its_line_and_no_table() -> None:
    text = printed("trace", str(config("scalar_rnn")), "--only", "gradients")
    assert text.count("dU1[1,1]") >= 1
    assert not re.search(r"^ dU1 ", text, re.MULTILINE)


def test_every_array_of_causal_heads_has_its_formula() -> None:
    network = EXAMPLES["attention, causal heads over a batch"]
    for command in (("trace", "-"), ("derive", "-", "--wrt", "Wv1"), ("worksheet", "-")):
        text = run_line(*command, stdin=network).out
        assert "weighted(" not in text
        assert "masked_softmax" not in text
        assert "a query sees the keys up to its own position" in text
        assert "h is the head" in text


def test_the_probabilities_of_a_loss_are_said_before_they_stand_in_a_table() -> None:
    text = run_line("trace", "-", stdin=MANY_PIXELS).out.split("Loss:")[1]
    assert text.index("pₖ = e^(a³ₖ)/(Σ") < text.index("cₖ = −yₖ·ln(pₖ)") < text.index(" output ")


def test_a_brief_page_says_once_what_its_indices_count() -> None:
    text = " ".join(run_line("trace", "-", stdin=MANY_PIXELS).out.split())
    assert text.count(": the filter") == 1
    assert text.count(": the kernel's row") == 1
