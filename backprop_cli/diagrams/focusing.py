"""Focus: a unit with its inputs and outputs, or what a parameter's gradient goes through."""

from __future__ import annotations

from msgspec import structs

from ..expression.refs import Ref, plain_name
from ..graph.records import Graph
from ..problems import refuse
from .columns import in_columns
from .computation import node_id
from .network import Parts, answered
from .scene import DrawnEdge
from .units import drawn_part
from .wish import Wish


def focused(parts: Parts, wish: Wish, graph: Graph) -> Parts:
    """Return the parts that the focus keeps, in columns without gaps."""
    if wish.focus is None:
        return parts
    focus, boxes = wish.focus, {node.id for node in parts.nodes if node.kind == "parameter"}
    end = node_id(graph.nodes[graph.end].ref)
    own = [edge for edge in parts.edges if focus in edge.refs]
    starts = _subjects(focus, {node.id for node in parts.nodes}, graph, on_edges=bool(own))
    of_parameter = graph.find(focus) in graph.parameter_nodes
    if not starts:
        starts = {edge.source for edge in own}
        after = _between(parts.edges, {edge.target for edge in own}, end)
        edges = own if wish.local else [*own, *(edge for edge in after if edge not in own)]
    elif starts <= boxes and wish.local:
        edges = [edge for edge in parts.edges if edge.source in starts]
    elif starts <= boxes or of_parameter:
        edges = [] if wish.local else _between(parts.edges, starts, end)
    else:
        edges = [e for e in parts.edges if e.source in starts or e.target in starts]
        if wish.kind == "network" and not wish.faded:
            pairs = [answered(edge, wish.passes) for edge in edges]
            edges = [edge for pair in pairs for edge in pair]
    kept = _kept(parts, edges, starts, under=graph.kind(focus) != "weight")
    if not kept.nodes:
        message = f"--focus {plain_name(focus)}: it is on no line and no node of this picture"
        raise refuse(message, None, "name a unit (a1[2]), a weight (W1[1,2]) or a node")
    return _faded(parts, kept) if wish.faded else kept


def _faded(parts: Parts, kept: Parts) -> Parts:
    """Return all parts, those that are not kept faded."""
    nodes, edges = {node.id for node in kept.nodes}, {edge.id for edge in kept.edges}
    return structs.replace(
        parts,
        nodes=[structs.replace(node, faded=node.id not in nodes) for node in parts.nodes],
        edges=[structs.replace(edge, faded=edge.id not in edges) for edge in parts.edges],
    )


def _subjects(focus: Ref, ids: set[str], graph: Graph, *, on_edges: bool) -> set[str]:
    """Return the nodes that the focus is on; none where it is on edges.

    A unit is its activation's circle, and so is its bias; a parameter that a layer shares is on
    each of its units.
    """
    own = node_id(structs.replace(focus, sample=None))
    if own in ids:
        return {own}
    if on_edges:
        return set()
    part = "a"
    if graph.layers and isinstance(focus.layer, int):
        part = drawn_part(graph, graph.layers[focus.layer - 1])
    unit = node_id(structs.replace(focus, part=part, sample=None))
    if focus.index and unit in ids:
        return {unit}
    whole = node_id(structs.replace(focus, part=part, sample=None, index=()))
    return {name for name in ids if name.startswith(f"{whole}_")}


def _between(edges: list[DrawnEdge], starts: set[str], end: str) -> list[DrawnEdge]:
    """Return the edges on the ways to a node; where none leads there, all that lead on."""
    onward = _reached(set(starts), [(edge.source, edge.target) for edge in edges])
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


def _kept(parts: Parts, edges: list[DrawnEdge], starts: set[str], *, under: bool) -> Parts:
    """Return the parts that the edges join, their columns counted anew.

    What stands under a column stays, if anything does, where the focus is.
    """
    ends = {end for edge in edges for end in (edge.source, edge.target)} | starts
    nodes = [node for node in parts.nodes if node.id in ends]
    old = sorted({node.column for node in nodes})
    place = {column: i for i, column in enumerate(old)}
    own = {node.column for node in nodes if node.id in starts and under}
    return in_columns(parts, nodes, edges, place, headed=place, footed=own)
