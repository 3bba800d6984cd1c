"""The usual picture of a network: a circle a unit, its weights on the edges that lead to it."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, structs

from ..expression.refs import Ref, plain_name
from ..expression.tree import Call, LayerNumber, Quantity
from ..graph.parts import Layer, Parameter
from ..graph.records import Graph
from ..worked.document import KEPT, Line, Math, Text
from ..worked.steps import entry
from ..worked.view import View
from .lettering import SMALLPRINT
from .scene import Arrow, DrawnEdge, DrawnNode, Label, Pass, Role
from .scribe import Scribe
from .units import Network, UnitKey, column_of, unit_id

RADIUS = 21.0
OWN = ("scale", "shift", "constant")
"""Kinds of parameters that act on one unit each."""


class Parts(Struct):
    """What a picture is made of, not yet placed.

    ``lanes`` are the rows at which edges (``edge@column``) pass the nodes of a column; ``under``
    stacks of labels under the whole.
    """

    nodes: list[DrawnNode]
    edges: list[DrawnEdge]
    headers: dict[int, Label] = {}
    footers: dict[int, tuple[Label, ...]] = {}
    notes: list[str] = []
    lanes: dict[str, float] = {}
    under: list[tuple[Label, ...]] = []
    fixed: bool = True


def network_parts(scribe: Scribe) -> Parts:
    """Return the units, the edges with their weights, and the cost."""
    net, graph = Network(scribe), scribe.graph
    hidden = _between(scribe)
    columns = {
        n: at if n < hidden.stop else at - max(0, len(hidden) - 1) for n, at in net.columns.items()
    }
    parts = Parts([], [], notes=net.left_out(hidden))
    rows: dict[int, int] = {}
    gaps = 0
    for unit in net.units():
        if unit[1] in hidden:
            if unit[1] == hidden.start and hidden.start not in rows:
                rows[hidden.start] = 0
                gap = ("a", hidden.start, ())
                parts.nodes.append(dots(gap, hidden.start, rows, 0))
            continue
        column = column_of(graph, columns, unit)
        rows[column] = rows.get(column, -1) + 1
        gaps += not unit[2]
        node = _unit(net, unit, column, rows[column]) if unit[2] else dots(unit, column, rows, gaps)
        parts.nodes.append(node)
        if unit[1] is None or not unit[2]:
            continue
        for source, weight in net.sources(graph.layers[unit[1] - 1], unit[2]):
            if source[1] in hidden:
                continue
            parts.edges.append(_edge(scribe, source, unit, weight))
    shown = [layer for layer in graph.layers if layer.index not in hidden]
    parts.headers = headers(scribe, {layer.index: columns[layer.index] for layer in shown})
    for layer in shown:
        parts.footers |= _shared_bias(scribe, layer, columns[layer.index])
    if hidden:
        first, last = hidden[0], hidden[-1]
        said = f"Left out: layers {first} to {last}. All are drawn with --full."
        parts.notes.append(said)
    if graph.loss is not None:
        add_cost(parts, scribe, net)
    parts.edges = with_strengths(parts.edges, scribe)
    parts.notes += notes(scribe) if scribe.trace is not None else []
    return parts


def _between(scribe: Scribe) -> range:
    """Return the layers in the middle of a long chain, which are left out but for --full."""
    graph, wish = scribe.graph, scribe.wish
    if wish.full or wish.focus is not None or graph.loops:
        return range(0)
    before = [graph.input, *(layer.a for layer in graph.layers)]
    pairs = zip(before, graph.layers, strict=False)
    is_chain = all(layer.input_nodes == (node,) for node, layer in pairs)
    return View(depth=len(graph.layers)).between if is_chain else range(0)


def dots(unit: UnitKey, column: int, rows: dict[int, int], gap: int) -> DrawnNode:
    """Return the three dots that stand for units left out."""
    name = f"{unit_id(unit)}{gap}"
    return DrawnNode(name, "ellipsis", None, column=column, row=rows[column], width=16, height=30)


def _unit(net: Network, unit: UnitKey, column: int, row: int) -> DrawnNode:
    """Return a unit's circle with its values over it, its gradients under it."""
    part, layer, _ = unit
    scribe, wish, graph = net.scribe, net.wish, net.graph
    own = net.ref(part, unit)
    above: list[Label] = []
    below: list[Label] = []
    refs = [own]
    if layer is None:
        if scribe.trace is not None and wish.forward:
            above.append(scribe.equation(own, "forward"))
    else:
        z = net.before(unit)
        refs += [z, z.grad()]
        if wish.forward:
            above += _forward(scribe, graph.layers[layer - 1], z, own)
        for parameter in of_units(graph, graph.layers[layer - 1]):
            rank = len(graph.nodes[parameter.node].shape)
            b = scribe.ref(parameter.part, layer, *own.index[-rank:])
            learnt = parameter.kind != "constant"
            refs += [b, b.grad()] if learnt else [b]
            below.append(scribe.equation(b, "parameter" if learnt else "quiet"))
            if learnt and wish.backward and graph.loss is not None:
                below.append(scribe.equation(b.grad(), "gradient"))
        if wish.backward and graph.loss is not None:
            below.insert(0, scribe.equation(z.grad(), "gradient"))
        last = graph.nodes[graph.output].ref
        if (part, layer) == (last.part, last.layer) and graph.target is not None:
            above += _target(net, unit)
    label = scribe.symbol(own)
    size = max(2 * RADIUS, label.width + 14)
    return DrawnNode(
        unit_id(unit),
        "input" if layer is None else "unit",
        label,
        tuple(above),
        tuple(below),
        column,
        row,
        width=size,
        height=size,
        refs=tuple(refs),
        title=plain_name(own),
    )


def of_units(graph: Graph, layer: Layer) -> list[Parameter]:
    """Return what each unit has one of: its bias, a norm's γ and β, a mask's entry."""
    every = [
        each for each in (*layer.held, *layer.constants) if each.part == "b" or each.kind in OWN
    ]
    shapes = [graph.nodes[each.node].shape for each in every]
    ends = [bool(shape) and shape == layer.shape[-len(shape) :] for shape in shapes]
    return [each for each, fits in zip(every, ends, strict=True) if fits]


def _forward(scribe: Scribe, layer: Layer, z: Ref, a: Ref) -> list[Label]:
    """Return z and a with their numbers, or a = σ(z) where there are none."""
    if z == a:
        return [scribe.equation(a, "forward")] if scribe.trace is not None else []
    if scribe.trace is not None:
        return [scribe.equation(z, "forward"), scribe.equation(a, "forward")]
    if layer.activation == "identity":
        return [scribe.symbol(z, "forward", 14.0)]
    forms = scribe.adapted(Quantity(a), Call(layer.activation, (Quantity(z),)))
    return [scribe.line((Math(forms[0]), Text(" = "), Math(forms[1])), "forward")]


def _target(net: Network, unit: UnitKey) -> list[Label]:
    """Return the target of an output, where it has a number."""
    return [net.scribe.equation(net.ref("y", unit), "name")] if net.wish.forward else []


def _edge(scribe: Scribe, source: UnitKey, target: UnitKey, weight: Ref | None) -> DrawnEdge:
    """Return the edge between two units, with its weight and the gradient of the weight."""
    wish = scribe.wish
    name = f"{unit_id(source)}-{unit_id(target)}"
    role, arrow = look(scribe)
    if weight is None:
        return DrawnEdge(name, unit_id(source), unit_id(target), role, arrow)
    below: tuple[Label, ...] = ()
    if wish.backward and scribe.graph.loss is not None:
        below = (scribe.equation(weight.grad(), "gradient"),)
    return DrawnEdge(
        name,
        unit_id(source),
        unit_id(target),
        role,
        arrow,
        (scribe.equation(weight, "parameter"),),
        below,
        refs=(weight, weight.grad()),
        title=plain_name(weight, scribe.graph.in_out),
    )


def look(scribe: Scribe) -> tuple[Role, Arrow]:
    """Return the colour of a line and where its head points."""
    if scribe.wish.passes == "backward":
        return "gradient", "backward"
    return "quiet", "forward"


def answered(edge: DrawnEdge, passes: Pass) -> list[DrawnEdge]:
    """Return the line, and of both passes the one back beside it, as messages that are answered."""
    if passes != "both":
        return [edge]
    there = structs.replace(edge, below=())
    back = structs.replace(
        edge, id=f"{edge.id}-back", role="gradient", arrow="backward", above=(), title=""
    )
    return [there, back]


def _shared_bias(scribe: Scribe, layer: Layer, column: int) -> dict[int, tuple[Label, ...]]:
    """Return the bias that all units of a layer share, to stand under their column."""
    bias = layer.parameters.get("b")
    if bias is None or scribe.graph.nodes[bias].shape:
        return {}
    ref = scribe.graph.nodes[bias].ref
    labels = [scribe.equation(ref, "parameter")]
    if scribe.wish.backward and scribe.graph.loss is not None:
        labels.append(scribe.equation(ref.grad(), "gradient"))
    return {column: tuple(labels)}


def headers(scribe: Scribe, columns: dict[int, int]) -> dict[int, Label]:
    """Return what stands over each column: the layer's name and what it does."""
    found: dict[int, Line] = {0: (Text("input"),)}
    for layer in scribe.graph.layers:
        if layer.index not in columns:
            continue
        line = layer_title(layer)
        column = columns[layer.index]
        found[column] = (*found[column], Text(", "), *line) if column in found else line
    return {c: scribe.line(line, "quiet", SMALLPRINT) for c, line in found.items()}


def layer_title(layer: Layer) -> Line:
    """Return what a layer is called, and what it does."""
    own = Text(layer.name, tone=KEPT)
    line: Line = (own,) if layer.name else (Text("layer "), _number(layer))
    if layer.type not in ("dense", "activation"):
        line = (*line, Text(f" · {layer.type}"))
    if layer.activation != "identity":
        line = (*line, Text(f" · {layer.activation}"))
    return line


def _number(layer: Layer) -> Math:
    return Math(LayerNumber(layer.index))


def cost_ref(scribe: Scribe) -> Ref:
    """Return the cost whose gradient the picture shows: of one sample, without penalties."""
    graph = scribe.graph
    if graph.single and not graph.penalties:
        return Ref("loss")
    return Ref("cost", sample=None if graph.single else scribe.wish.sample)


def add_cost(parts: Parts, scribe: Scribe, net: Network) -> None:
    """Add the cost and what leads to it."""
    graph, wish = scribe.graph, scribe.wish
    ref = cost_ref(scribe)
    label = scribe.symbol(ref, "cost")
    size = max(2 * RADIUS, label.width + 16)
    above = (scribe.equation(ref, "cost"),) if scribe.trace is not None and wish.forward else ()
    column = max(node.column for node in parts.nodes) + 1
    parts.nodes.append(
        DrawnNode(
            "loss",
            "cost",
            label,
            above,
            (),
            column,
            0,
            width=size,
            height=size,
            refs=(ref,),
            title="loss",
        )
    )
    part, layer = net.owners[graph.output]
    role, arrow = look(scribe)
    for unit in net.outputs():
        a = net.ref(part, (part, layer, unit))
        source = unit_id((part, layer, unit))
        below = (scribe.equation(a.grad(), "gradient"),) if wish.backward else ()
        parts.edges.append(
            DrawnEdge(f"{source}-loss", source, "loss", role, arrow, (), below, refs=(a.grad(),))
        )
    parts.headers[column] = scribe.words(loss_words(graph), "quiet", SMALLPRINT)


def loss_words(graph: Graph) -> str:
    """Return the loss in words; one that is a letter only, or nothing, is the cost."""
    return graph.loss_said if len(graph.loss_name) > 1 else "cost"


def with_strengths(edges: list[DrawnEdge], scribe: Scribe) -> list[DrawnEdge]:
    """Return the edges as thick as their weight, or its gradient, is large, on request."""
    if not scribe.wish.thickness or scribe.trace is None:
        return edges
    place = 0 if scribe.wish.thickness == "weight" else 1
    sizes = {
        edge.id: abs(float(entry(scribe.trace, edge.refs[place])))
        for edge in edges
        if edge.refs and scribe.graph.kind(edge.refs[0]) == "weight"
    }
    most: Any = max(sizes.values(), default=0.0)
    return [
        structs.replace(edge, strength=sizes[edge.id] / most if most else 0.0)
        if edge.id in sizes
        else edge
        for edge in edges
    ]


def notes(scribe: Scribe) -> list[str]:
    """Return what must be said of a batch, of penalties, and of lines of different widths."""
    graph, found = scribe.graph, []
    thickness = scribe.wish.thickness
    if thickness:
        size = "|weight|" if thickness == "weight" else "|gradient| of its weight"
        found.append(f"A line is the thicker the larger the {size} is.")
    if not graph.single:
        found.append(f"Sample {scribe.wish.sample} of {graph.samples}.")
        if scribe.wish.backward:
            how = "mean" if graph.mean else "sum"
            found[-1] += f" Gradients of weights and biases are the {how} over all samples."
    if graph.penalties and scribe.wish.backward:
        found.append("Gradients of weights include the penalty on large weights.")
    return found
