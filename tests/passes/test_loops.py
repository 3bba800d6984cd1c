"""Loops: a pass that keeps no gradient within them finds those of the leaves, bit for bit."""

from __future__ import annotations

import numpy as np
import pytest

from backprop_cli.api import loads
from backprop_cli.arithmetic.floating import FLOAT64
from backprop_cli.graph.records import Graph
from backprop_cli.graph.values import leaf_arrays
from backprop_cli.passes.loops import reading
from backprop_cli.passes.trace import Trace, backward, forward
from backprop_cli.problems import Refusal

from ..commands.running import LOADED, NAMES
from ..layers.recurrent_networks import Drawn
from ..layers.test_contract import EXAMPLES
from ..networks import MANY

LSTM = """\
input: [[1, -0.5], [0.25, 2], [-1, 0.5], [2, 1], [-2, 0.5]]
target: [[1], [0], [1], [0.5], [2]]
loss: half_squared_error
layers:
  - {type: lstm, units: 1, weights: {init: normal, std: 1}, bias: {init: uniform},
     recurrent_weights: {init: normal, std: 1}}
"""
BURSTING = """\
input: [[0], [0], [0], [0], [0]]
target: [[1], [1], [1], [1], [1]]
loss: half_squared_error
layers: [{type: rnn, weights: [[1]], recurrent_weights: [[1e99]], activation: identity, bias: none}]
"""


def both(graph: Graph) -> tuple[Trace, Trace]:
    """Return the trace, and the one that keeps no gradient within a loop."""
    values = forward(graph, FLOAT64, leaf_arrays(graph, FLOAT64))
    return backward(graph, FLOAT64, values), backward(graph, FLOAT64, values, whole=False)


def unlike(graph: Graph) -> list[str]:
    """Return the nodes outside loops whose gradients are not the same."""
    every, few = both(graph)
    return [
        f"{node.ref.part}{node.ref.layer or ''}"
        for number, (node, own) in enumerate(zip(graph.nodes, every.gradients, strict=True))
        if graph.loop(number) is None and not same(own, few.gradients[number])
    ]


def same(one: np.ndarray | None, other: np.ndarray | None) -> bool:
    """Return whether two gradients are alike, bit for bit."""
    return one is other or (one is not None and other is not None and np.array_equal(one, other))


def test_the_gradients_outside_loops_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    graphs = {name: loads(text) for name, text in EXAMPLES.items()}
    graphs |= {str(seed): loads(Drawn(seed).text()) for seed in range(0, MANY, 8)}
    graphs |= {name: LOADED[name] for name in NAMES}
    looped = {name: graph for name, graph in graphs.items() if graph.loops}
    assert len(looped) > 10
    for block in (1, 9, reading.BLOCK):
        monkeypatch.setattr(reading, "BLOCK", block)
        wrong = {name: unlike(graph) for name, graph in looped.items()}
        assert not {name: parts for name, parts in wrong.items() if parts}, block


@pytest.mark.parametrize("reverse", ["false", "true"])
def test_none_within_the_loop_is_kept(reverse: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "BLOCK", 8)
    graph = loads(LSTM.replace("units: 1", f"units: 1, reverse: {reverse}"))
    every, few = both(graph)
    (loop,) = graph.loops
    assert all(every.gradients[number] is not None for number in loop.numbers)
    assert all(few.gradients[number] is None for number in loop.numbers)
    assert not unlike(graph)


def test_what_is_not_finite_is_refused_in_the_same_words() -> None:
    graph = loads(BURSTING)
    values = forward(graph, FLOAT64, leaf_arrays(graph, FLOAT64))
    said = []
    for whole in (True, False):
        with pytest.raises(Refusal) as refused:
            backward(graph, FLOAT64, values, whole=whole)
        said.append(str(refused.value))
    assert said[0] == said[1]
