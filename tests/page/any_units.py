"""Units of any layer: the numbers that the letters of a rule for any unit can be.

They are counted through: those of one layer after the other, then those of the input.
"""

from __future__ import annotations

from collections.abc import Iterator

from backprop_cli.expression.refs import ANYWHERE, Ref
from backprop_cli.expression.walking import walk
from backprop_cli.graph.parts import Layer
from backprop_cli.graph.records import Graph
from backprop_cli.notation.refs import first_ref, refs_in
from backprop_cli.worked.document import Chain

Unit = tuple[int, int]
"""A layer (0 is the input) and which unit of it."""


def units_of(graph: Graph) -> list[Unit]:
    """Return the units of all layers that are one row of units, the input's last."""
    found = [(la.index, i + 1) for la in _rows(graph) for i in range(la.units)]
    return found + [(0, i + 1) for i in range(graph.inputs[-1])]


def with_errors(graph: Graph) -> int:
    """Return how many units have an error: all but the input's."""
    return len(units_of(graph)) - graph.inputs[-1]


def is_of_any(chain: Chain) -> bool:
    """Return whether the chain speaks of units of any layer."""
    nodes = (node for form in chain.forms for node in walk(form))
    return any(ref.layer == ANYWHERE for node in nodes for ref in refs_in(node))


def choices(chain: Chain, graph: Graph) -> list[dict[str, int]]:
    """Return the numbers of the letters of what the chain is about, as the rule has them.

    An error's unit sends connections to layers only, and is no entry of a softmax; a weight is of
    one layer.
    """
    about = first_ref(chain.forms[0])
    assert about is not None
    letters, number = [*map(str, about.index)], {u: i for i, u in enumerate(units_of(graph), 1)}
    if about.part == "W":
        found: Iterator[tuple[Unit, ...]] = _connections(graph)
    else:
        summed = _summed(graph)
        found = ((unit,) for unit in number if unit[0] in summed)
    return [dict(zip(letters, map(number.__getitem__, units), strict=True)) for units in found]


def settled(ref: Ref, units: tuple[Unit, ...]) -> Ref:
    """Return the quantity of the units, as one of their layer."""
    layer, index = units[0][0], tuple(unit for _, unit in units)
    if layer or ref.part != "a":
        return Ref(ref.part, layer, ref.gradient, ref.sample, index)
    return Ref("x", None, ref.gradient, ref.sample, index)


def _rows(graph: Graph) -> list[Layer]:
    return [la for la in graph.layers if len(la.shape) == len(graph.nodes[la.z].shape) == 1]


def _summed(graph: Graph) -> set[int]:
    """Return the layers whose units' errors come from layers above alone."""
    rows = _rows(graph)
    above = {la.z for la in rows}
    found = set()
    for la in rows:
        read = {n for n, node in enumerate(graph.nodes) if la.a in node.parents}
        if read <= above and la.activation != "softmax" and la is not graph.layers[-1]:
            found.add(la.index)
    return found


def _connections(graph: Graph) -> Iterator[tuple[Unit, ...]]:
    """Yield the two ends of each weight that is read once: where it leads to, and from."""
    numbers = {la.a: la.index for la in _rows(graph)} | {graph.input: 0}
    for la in _rows(graph):
        weight = la.parameters.get("W")
        readers = [n for n, node in enumerate(graph.nodes) if weight in node.parents]
        if weight is None or [n for n in readers if n not in graph.penalties] != [la.z]:
            continue
        (below,) = la.input_nodes
        for i in range(la.units):
            for j in range(graph.nodes[below].shape[-1]):
                yield (la.index, i + 1), (numbers[below], j + 1)
