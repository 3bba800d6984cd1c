"""Focus: a unit with its inputs and outputs, or what a parameter's gradient goes through."""

from __future__ import annotations

from msgspec import structs

from ..expression.refs import Ref
from ..graph.records import Graph
from .computation import node_id
from .network import Parts
from .scene import Edge
from .wish import Wish


def focused(parts: Parts, wish: Wish, graph: Graph) -> Parts:
    """Return the parts that the focus keeps, in columns without gaps."""
    if wish.focus is None:
        return parts
    ids = {node.id for node in parts.nodes}
    end = "loss" if graph.layered else node_id(graph.nodes[graph.output].ref)
    name = _subject(wish.focus, ids)
    is_leaf = name in ids and any(
        node.id == name and node.kind == "parameter" for node in parts.nodes
    )
    if wish.focus.part == "W" and graph.layered and name not in ids:
        edges = _of_weight(parts, wish, end)
    elif is_leaf or wish.focus.part == "b":
        edges = _of_parameter(parts, name, wish, end)
    else:
        edges = [edge for edge in parts.edges if name in (edge.source, edge.target)]
    return _kept(parts, edges, name)


def _subject(focus: Ref, ids: set[str]) -> str:
    """Return the node that the focus is on: a unit is its activation's, a bias its unit's."""
    own = node_id(structs.replace(focus, sample=None))
    if own in ids:
        return own
    part = "a" if focus.part in ("z", "b") else focus.part
    return node_id(structs.replace(focus, part=part, sample=None))


def _of_weight(parts: Parts, wish: Wish, end: str) -> list[Edge]:
    """Return the weight's edge, and every way from the unit it leads to to the cost."""
    weight = structs.replace(wish.focus or Ref("W"), gradient=False)
    own = [edge for edge in parts.edges if weight in edge.refs]
    if wish.local or not own:
        return own
    return [*own, *_between(parts.edges, own[0].target, end)]


def _of_parameter(parts: Parts, name: str, wish: Wish, end: str) -> list[Edge]:
    """Return every way from a parameter's node to the cost, or only what reads it."""
    if wish.local:
        return [edge for edge in parts.edges if edge.source == name]
    return _between(parts.edges, name, end)


def _between(edges: list[Edge], start: str, end: str) -> list[Edge]:
    """Return the edges on the ways from one node to another; without ``end``, all that lead on."""
    onward = _reached({start}, [(edge.source, edge.target) for edge in edges])
    back = _reached({end}, [(edge.target, edge.source) for edge in edges])
    ends = any(end in (edge.source, edge.target) for edge in edges)
    return [edge for edge in edges if edge.source in onward and (not ends or edge.target in back)]


def _reached(found: set[str], links: list[tuple[str, str]]) -> set[str]:
    """Return the nodes that the links lead to from those found."""
    after: dict[str, list[str]] = {}
    for source, target in links:
        after.setdefault(source, []).append(target)
    waiting = list(found)
    while waiting:
        new = [name for name in after.get(waiting.pop(), ()) if name not in found]
        found.update(new)
        waiting += new
    return found


def _kept(parts: Parts, edges: list[Edge], name: str) -> Parts:
    """Return the parts that the edges join, their columns counted anew.

    What stands under a column stays where the focus is.
    """
    ends = {end for edge in edges for end in (edge.source, edge.target)} | {name}
    nodes = [node for node in parts.nodes if node.id in ends]
    old = sorted({node.column for node in nodes})
    place = {column: i for i, column in enumerate(old)}
    own = {node.column for node in nodes if node.id == name}
    passing = {edge.id: edge for edge in edges}
    lanes = {}
    for key, row in parts.lanes.items():
        edge, _, column = key.rpartition("@")
        if edge in passing and int(column) in place:
            lanes[f"{edge}@{place[int(column)]}"] = row
    return structs.replace(
        parts,
        nodes=[structs.replace(node, column=place[node.column]) for node in nodes],
        edges=edges,
        headers={place[c]: label for c, label in parts.headers.items() if c in place},
        footers={place[c]: labels for c, labels in parts.footers.items() if c in own},
        lanes=lanes,
    )
