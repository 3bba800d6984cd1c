"""A network as a notation draws it: units coloured by their kind, errors as units themselves.

What is expected stands beside the outputs, on its own way to the cost; the weights between two
layers are one name, W¹; going back the units are ∂c/∂L, and the way forward is faded behind.
"""

from __future__ import annotations

from msgspec import structs

from ..expression.refs import Ref, plain_name
from .network import RADIUS, Parts, network_parts
from .scene import DrawnEdge, DrawnNode, Fill
from .scribe import Scribe
from .units import Network, unit_id


def network_as_drawn(scribe: Scribe) -> Parts:
    """Return the picture of a network, by kind where its notation draws it so."""
    parts, wish = network_parts(scribe), scribe.wish
    plain = wish.focus is None and not wish.thickness
    return by_kind(parts, Network(scribe)) if scribe.notation.units_by_kind and plain else parts


def by_kind(parts: Parts, net: Network) -> Parts:
    """Return the parts as the notation has them."""
    passes = net.wish.passes
    nodes = [_node(node, net) for node in parts.nodes]
    edges = _named_once(parts.edges, net)
    if passes == "forward":
        expected, more = _expected(nodes, net)
        nodes, edges = [*nodes, *expected], [*edges, *more]
    if passes == "backward":
        edges = [each for edge in edges for each in _with_faded(edge)]
    return structs.replace(parts, nodes=nodes, edges=edges)


def _node(node: DrawnNode, net: Network) -> DrawnNode:
    """Return a unit with its colour; going back, with its error in its place."""
    if node.kind not in ("input", "unit"):
        return node
    own = node.refs[0]
    last = own.layer == net.graph.layers[-1].index
    fill: Fill = "input" if node.kind == "input" else "output" if last else "hidden"
    if net.wish.passes != "backward":
        above = node.above
        if last and net.wish.passes == "forward":
            above = tuple(label for label in above if label.role != "name")
            above = above if net.scribe.trace is not None else ()
        return structs.replace(node, above=above, fill=fill)
    if node.kind == "input":
        return structs.replace(node, fill=fill, faded=True)
    error = node.refs[1].grad()
    label = net.scribe.symbol(error)
    size = max(2 * RADIUS, label.width + 14)
    below = node.below if net.scribe.trace is not None else ()
    return structs.replace(node, label=label, below=below, fill="error", width=size, height=size)


def _named_once(edges: list[DrawnEdge], net: Network) -> list[DrawnEdge]:
    """Return the lines without their weights; the first of each layer has the matrix's name."""
    named: set[int] = set()
    found = []
    for edge in edges:
        weight = next((ref for ref in edge.refs if not ref.gradient), None)
        if weight is None or net.graph.kind(weight) != "weight":
            found.append(edge)
            continue
        label = (net.scribe.symbol(Ref(weight.part, weight.layer), "parameter", 17.0),)
        first = weight.layer not in named
        named.add(int(weight.layer or 0))
        found.append(structs.replace(edge, above=label if first else (), below=()))
    return found


def _expected(nodes: list[DrawnNode], net: Network) -> tuple[list[DrawnNode], list[DrawnEdge]]:
    """Return what each output should be, as a unit under the outputs, and its line to the cost."""
    if net.graph.target is None or net.graph.loss is None:
        return [], []
    part, layer = net.owners[net.graph.output]
    units = [unit for unit in net.outputs() if unit]
    column = next(node.column for node in nodes if node.id == unit_id((part, layer, units[0])))
    found, edges = [], []
    for row, unit in enumerate(units, sum(node.column == column for node in nodes)):
        ref = net.ref("y", (part, layer, unit))
        label = net.scribe.symbol(ref)
        above = (net.scribe.equation(ref, "name"),) if net.scribe.trace is not None else ()
        size = max(2 * RADIUS, label.width + 14)
        node = DrawnNode(f"y_{'_'.join(map(str, unit))}", "target", label, above, (), column, row)
        node = structs.replace(node, width=size, height=size, refs=(ref,), fill="expected")
        found.append(structs.replace(node, title=plain_name(ref)))
        edges.append(DrawnEdge(f"{node.id}-loss", node.id, "loss", "quiet", "forward"))
    return found, edges


def _with_faded(edge: DrawnEdge) -> list[DrawnEdge]:
    """Return the line back, and the way forward beside it, faded."""
    there = structs.replace(
        edge, id=f"{edge.id}-forward", role="quiet", arrow="forward", above=(), below=(), faded=True
    )
    return [edge, there]
