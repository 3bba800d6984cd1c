"""An edge of a network's picture is there exactly where one unit is felt by another."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from backprop_cli.api import loads
from backprop_cli.arithmetic.floating import FLOAT64
from backprop_cli.diagrams.options import wish_of
from backprop_cli.diagrams.scribe import Scribe
from backprop_cli.diagrams.units import Network, UnitKey, drawn_part
from backprop_cli.diagrams.wish import Wish
from backprop_cli.expression.refs import Ref, plain_name
from backprop_cli.graph.names import shown_shape
from backprop_cli.graph.parts import Layer, Node
from backprop_cli.graph.records import Graph
from backprop_cli.graph.values import leaf_arrays
from backprop_cli.passes.trace import forward
from backprop_cli.printing.settings import Settings
from backprop_cli.problems import Refusal

from ..layers.test_contract import EXAMPLES
from .pictures import letters, traced

Felt = dict[tuple[int, ...], set[UnitKey]]


def felt(graph: Graph, layer: Layer, owners: dict[int, tuple[str, int | None]]) -> Felt:
    """Return the units that a layer reads with which each entry of its answer changes.

    Found by changing one unit at a time, the others held, in networks of random numbers.
    """
    chance = np.random.default_rng(7)
    found: Felt = {}
    sources = tuple(dict.fromkeys(layer.input_nodes))
    for _ in range(3):
        leaves: dict[int, Any] = {
            number: chance.normal(size=array.shape) if is_free(graph, number) else array
            for number, array in leaf_arrays(graph, FLOAT64).items()
        }
        plain = forward(graph, FLOAT64, leaves, until=layer.a)
        for source in sources:
            for index in np.ndindex(graph.nodes[source].shape):
                for by in (4.0, -4.0):
                    held: dict[int, Any] = {n: np.array(plain[n]) for n in sources}
                    held[source][(0, *index)] += by

                    def put(node: Node, value: Any, held: dict[int, Any] = held) -> Any:
                        return next((v for n, v in held.items() if graph.nodes[n] is node), value)

                    given = leaves | {number: held[number] for number in held if number in leaves}
                    moved = forward(graph, FLOAT64, given, change=put, until=layer.a)
                    changed = ~np.isclose(moved[layer.a][0], plain[layer.a][0], 1e-12, 1e-15)
                    for entry in np.argwhere(changed) + 1:
                        unit = (*owners[source], tuple(i + 1 for i in index))
                        found.setdefault(tuple(map(int, entry)), set()).add(unit)
    return found


def is_free(graph: Graph, number: int) -> bool:
    """Return whether a leaf may be any number: no word's number, no variance."""
    return graph.nodes[number].wants_gradient or graph.nodes[number].ref.part == "mask"


@pytest.mark.parametrize("name", [n for n in EXAMPLES if not loads(EXAMPLES[n]).loops])
def test_edges_are_what_is_felt(name: str) -> None:
    """Lines lead to a unit from each that its answer changes with, and from no other."""
    graph = loads(EXAMPLES[name])
    drawn = Network(Scribe(graph, traced(graph), letters(graph), Settings(), Wish(full=True)))
    for layer in graph.layers:
        if not all(graph.nodes[number].wants_gradient for number in layer.input_nodes):
            continue
        measured = felt(graph, layer, drawn.owners)
        for unit in drawn.shown(drawn.answer(layer), layer.index):
            sources = {source for source, _ in drawn.sources(layer, unit)}
            assert sources == measured.get(unit, set()), f"{layer.title} {unit}"


@pytest.mark.parametrize("name", EXAMPLES)
def test_what_is_in_focus_is_drawn(name: str) -> None:
    """A value within a layer is in focus as its unit, but one that no unit has is refused."""
    graph = loads(EXAMPLES[name])
    for layer in graph.layers:
        axes = graph.axes(Ref(drawn_part(graph, layer), layer.index))
        for ref in layer.values:
            node = graph.nodes[graph.number(ref)]
            if not node.shape:
                continue
            asked = f"{plain_name(ref)}[{','.join('1' for _ in shown_shape(graph, ref))}]"
            try:
                wish_of(graph, kind="network", focus=asked)
                told = ""
            except Refusal as refusal:
                told = str(refusal)
            assert ("has no node of it" in told) is not (set(node.axes) <= set(axes)), told
