"""Small random networks in exact and in symbolic numbers: the same values, the same gradients."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from backprop_cli.arithmetic.exact_number import Exact
from backprop_cli.arithmetic.floating import FLOAT64
from backprop_cli.arithmetic.symbolic import SYMBOLIC
from backprop_cli.expression.evaluate import evaluate
from backprop_cli.expression.tree import Expr, as_expr
from backprop_cli.graph.records import Graph
from backprop_cli.graph.values import leaf_arrays
from backprop_cli.passes.run import run
from backprop_cli.passes.trace import Trace, backward, forward

from ..networks import SMALL, loads, network
from ..symbols import symbols

Array = np.ndarray[Any, Any]
SEEDS = range(5000, 5048)


def agree(one: Array | None, other: Array | None, tolerance: float, what: str) -> None:
    assert (one is None) == (other is None), what
    if one is not None and other is not None:
        assert one.shape == other.shape, what
        off = np.abs(one - other).max(initial=0.0)
        assert off <= tolerance * max(1.0, np.abs(other).max(initial=0.0)), what


def floats(array: Array | None) -> Array | None:
    """Return exact numbers as floats; nothing else may be among them."""
    if array is None:
        return None
    assert all(isinstance(number, Exact) for number in array.ravel())
    return array.astype(np.float64)


@pytest.mark.parametrize("seed", SEEDS)
def test_exact_numbers_agree_with_floats(seed: int) -> None:
    net = network(seed, SMALL)
    graph = loads(net.text)
    one, other = run(graph, exact=True), run(graph)
    for number, node in enumerate(graph.nodes):
        what = f"{node.ref}\n{net.text}"
        agree(floats(one.values[number]), other.values[number], 1e-12, what)
        agree(floats(one.gradients[number]), other.gradients[number], 1e-12, what)


@pytest.mark.parametrize("seed", SEEDS)
def test_symbols_at_the_numbers_agree_with_floats(seed: int) -> None:
    net = network(seed, SMALL)
    graph = loads(net.text)
    numbers = leaf_arrays(graph, FLOAT64)
    other = run(graph)
    trace = symbolic_trace(graph, {number: array.shape for number, array in numbers.items()})
    leaves: dict[Expr, Any] = {}
    for number, array in numbers.items():
        named = symbols(graph.nodes[number].ref, array.shape)
        leaves |= dict(zip(named.ravel(), array.ravel(), strict=True))
    for number, node in enumerate(graph.nodes):
        what = f"{node.ref}\n{net.text}"
        agree(evaluated(trace.values[number], leaves), other.values[number], 1e-12, what)
        agree(evaluated(trace.gradients[number], leaves), other.gradients[number], 1e-12, what)


def symbolic_trace(graph: Graph, shapes: dict[int, tuple[int, ...]]) -> Trace:
    """Return both passes with a symbol for each entry of each leaf."""
    leaves = {number: symbols(graph.nodes[number].ref, shape) for number, shape in shapes.items()}
    return backward(graph, SYMBOLIC, forward(graph, SYMBOLIC, leaves))


def evaluated(array: Array | None, leaves: dict[Expr, Any]) -> Array | None:
    if array is None:
        return None
    result = np.empty(array.shape)
    with np.errstate(all="ignore"):
        for position, tree in np.ndenumerate(array):
            result[position] = evaluate(as_expr(tree), leaves, FLOAT64)
    return result
