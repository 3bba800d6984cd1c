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
    name = _subject(wish.focus, ids)
    is_leaf = name in ids and any(
        node.id == name and node.kind == "parameter" for node in parts.nodes
    )
    if wish.focus.part == "W" and graph.layered and name not in ids:
        edges = _of_weight(parts, wish)
    elif is_leaf or wish.focus.part == "b":
        edges = _of_parameter(parts, name, wish)
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


def _of_weight(parts: Parts, wish: Wish) -> list[Edge]:
    """Return the weight's edge, and all that leads on from the unit it leads to."""
    weight = structs.replace(wish.focus or Ref("W"), gradient=False)
    own = [edge for edge in parts.edges if weight in edge.refs]
    if wish.local or not own:
        return own
    return [*own, *_onward(parts.edges, own[0].target)]


def _of_parameter(parts: Parts, name: str, wish: Wish) -> list[Edge]:
    """Return all that leads on from a parameter's node, or only what reads it."""
    if wish.local:
        return [edge for edge in parts.edges if edge.source == name]
    return _onward(parts.edges, name)


def _onward(edges: list[Edge], start: str) -> list[Edge]:
    """Return the edges that can be reached along their direction."""
    reached, found = {start}, set()
    grown = True
    while grown:
        grown = False
        for edge in edges:
            if edge.source in reached and edge.id not in found:
                found.add(edge.id)
                reached.add(edge.target)
                grown = True
    return [edge for edge in edges if edge.id in found]


def _kept(parts: Parts, edges: list[Edge], name: str) -> Parts:
    """Return the parts that the edges join, their columns counted anew."""
    ends = {end for edge in edges for end in (edge.source, edge.target)} | {name}
    nodes = [node for node in parts.nodes if node.id in ends]
    old = sorted({node.column for node in nodes})
    place = {column: i for i, column in enumerate(old)}
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
        footers={place[c]: labels for c, labels in parts.footers.items() if c in place},
        lanes=lanes,
    )
