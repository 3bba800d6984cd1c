"""The usual picture of a network: a circle a unit, its weights on the edges that lead to it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from msgspec import Struct, structs

from ..expression.axes import entries, is_matrix, place
from ..expression.refs import Ref, plain_name
from ..expression.tree import Call, Expr, LayerNumber, Mul, Quantity
from ..expression.walking import walk
from ..functions.rules import NoForm
from ..graph.parts import Layer, Loop
from ..graph.records import Graph
from ..worked.document import KEPT, Line, Math, Text
from ..worked.steps import Writer, entry
from ..worked.view import View
from .lettering import SMALLPRINT
from .scene import Arrow, DrawnEdge, DrawnNode, Label, Pass, Role
from .scribe import Scribe

RADIUS = 21.0
UnitKey = tuple[str, int | None, tuple[int, ...]]
"""A unit: the part (``x`` or ``a``), its layer, which entry it is; () where some are left out."""


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


class Network:
    """The units that are shown, and what leads where."""

    def __init__(self, scribe: Scribe) -> None:
        self.scribe, self.graph, self.wish = scribe, scribe.graph, scribe.wish
        self.columns = layer_columns(self.graph)
        self.owners: dict[int, tuple[str, int | None]] = {}
        if self.graph.input is not None:
            self.owners[self.graph.input] = ("x", None)
        for layer in self.graph.layers:
            self.owners[layer.a] = (self.answer(layer), layer.index)
        self.writer = Writer(scribe.trace or self.graph)
        self.known: dict[tuple[Ref, frozenset[str]], dict[Ref, Ref | None]] = {}

    def answer(self, layer: Layer) -> str:
        """Return the part of the layer that is drawn as units."""
        return drawn_part(self.graph, layer)

    def outputs(self) -> tuple[tuple[int, ...], ...]:
        """Return the drawn units that the loss reads."""
        part, layer = self.owners[self.graph.output]
        shown = self.shown(part, layer)
        own = self.graph.nodes[self.graph.output]
        if own.ref.part == part or own.rule is None:
            return tuple(unit for unit in shown if unit)
        every = [own.ref.at(*index) for index in entries(own.shape, range(1, own.shape[0] + 1))]
        read = {tuple(map(int, ref.index)) for each in every for ref in self.reads(each, set())}
        return tuple(unit for unit in shown if unit in read)

    def before(self, unit: UnitKey) -> Ref:
        """Return what a unit's answer is the activation of; itself where it is of nothing."""
        layer = self.graph.layers[int(unit[1] or 1) - 1]
        part = self.answer(layer)
        pairs = {after: of for cell in layer.cells for of, after in cell.activated}
        return self.ref(pairs.get(part, part), unit)

    def shown(self, part: str, layer: int | None) -> tuple[tuple[int, ...], ...]:
        """Return the units of a layer that are drawn, () for a gap."""
        shape = self.shape(part, layer)
        numbers = self.wish.shown(math.prod(shape), *self._wanted(part, layer))
        return tuple(entries(shape, numbers))

    def shape(self, part: str, layer: int | None) -> tuple[int, ...]:
        """Return the shape of what a column of units is: of more axes, entry under entry."""
        return self.graph.nodes[self.graph.number(Ref(part, layer))].shape

    def ref(self, part: str, unit: UnitKey) -> Ref:
        """Return a unit's x, z, a or y."""
        return self.scribe.ref(part, None if part == "y" else unit[1], *unit[2])

    def _wanted(self, part: str, layer: int | None) -> list[int]:
        """Return the units that the focus is on."""
        focus = self.wish.focus
        if focus is None or not focus.index:
            return []
        if is_matrix(focus.part, len(focus.index)):
            below = self.graph.layers[int(focus.layer or 1) - 1].input_nodes[0]
            held_by = self.graph.layers[int(focus.layer or 1) - 1]
            here = (part, layer) == (self.answer(held_by), held_by.index)
            here = here and len(held_by.shape) == 1
            found = [int(focus.index[0])] if here else []
            same = self.owners[below] == (part, layer)
            return [*found, int(focus.index[1])] if same else found
        shape = self.shape(part, layer)
        own = focus.layer == layer and len(focus.index) == len(shape)
        return [place(shape, tuple(int(i) for i in focus.index))] if own else []

    def units(self) -> Iterator[UnitKey]:
        """Return every unit drawn, and 0 for the gaps, from the input on."""
        places: list[tuple[str, int | None]] = [("x", None)]
        places += [(self.answer(layer), layer.index) for layer in self.graph.layers]
        for part, layer in places:
            for unit in self.shown(part, layer):
                yield part, layer, unit

    def sources(self, layer: Layer, unit: tuple[int, ...]) -> list[tuple[UnitKey, Ref | None]]:
        """Return the units that a unit reads, each with the weight on the way, if there is one.

        A unit that is read in several samples, as the mean over a batch reads it, is one unit.
        """
        shown: dict[tuple[str, int | None], tuple[tuple[int, ...], ...]] = {}
        found: dict[UnitKey, Ref | None] = {}
        weights = {ref.part for ref in layer.weight_refs}
        reads = self.reads(self.before(("", layer.index, unit)), weights)
        for value, weight in reads.items():
            owner = (value.part, None if value.layer is None else int(value.layer))
            if owner not in shown:
                shown[owner] = self.shown(*owner)
            index = tuple(int(i) for i in value.index)
            if index in shown[owner]:
                found.setdefault((*owner, index), weight)
        return list(found.items())

    def reads(self, ref: Ref, weights: set[str]) -> dict[Ref, Ref | None]:
        """Return the units that a value is computed from, each with the weight it is taken with.

        What a layer computes on the way is looked through; through it more than one weight leads.
        """
        key = (ref, frozenset(weights))
        if key not in self.known:
            self.known[key] = self._read_by(ref, weights)
        return self.known[key]

    def _read_by(self, ref: Ref, weights: set[str]) -> dict[Ref, Ref | None]:
        graph, formula = self.graph, self._formula(ref)
        if formula is None:
            return dict.fromkeys(self._perhaps_read(ref))
        found: dict[Ref, Ref | None] = {}
        for node in walk(formula):
            if isinstance(node, Mul):
                factors = [f.ref for f in node.factors if isinstance(f, Quantity)]
                by = [f for f in factors if f.part in weights]
                of = [f for f in factors if self._is_unit(f)]
                if len(by) == len(of) == 1:
                    found[of[0]] = by[0]
            if isinstance(node, Quantity) and self._is_unit(node.ref):
                found.setdefault(node.ref, None)
            elif isinstance(node, Quantity) and graph.number(node.ref) not in graph.given:
                other = self._of_step_before(node.ref, ref)
                inner = {other: None} if other else self.reads(node.ref, weights)
                # A unit that is read by more than one weight is drawn with none of them.
                apart = {u for u, weight in inner.items() if found.get(u, weight) != weight}
                found = {**inner, **found, **dict.fromkeys(apart)}
        return found

    def _formula(self, ref: Ref) -> Expr | None:
        """Return a value's formula; none where only numbers say what it reads: a word, its row."""
        try:
            return self.writer.value_formula(ref)
        except NoForm:
            return None

    def _perhaps_read(self, ref: Ref) -> Iterator[Ref]:
        """Yield the units that such a value may read: of a step its own, else all."""
        own = self.graph.nodes[self.graph.number(ref)]
        for parent in (self.graph.nodes[number] for number in own.parents):
            if self._is_unit(parent.ref):
                index = ref.index[: len(parent.shape)]
                if parent.shape == own.shape[: len(index)] and len(index) < len(ref.index):
                    yield parent.ref.at(*index)
                else:
                    for each in entries(parent.shape, range(1, math.prod(parent.shape) + 1)):
                        yield parent.ref.at(*each)

    def _of_step_before(self, ref: Ref, reader: Ref) -> Ref | None:
        """Return the unit whose state of another step is read, where it is such a state."""
        loop = self.graph.loop(self.graph.number(ref))
        if loop is None or ref.index[0] == reader.index[0]:
            return None
        layer = self.graph.layers[int(ref.layer or 1) - 1]
        states = [n for cell in layer.cells for n in cell.parts.values() if n in loop]
        return self.graph.nodes[states[-1]].ref.at(*ref.index)

    def _is_unit(self, ref: Ref) -> bool:
        """Return whether the quantity is drawn as a unit: the input, or a layer's answer."""
        return (ref.part, ref.layer) in self.owners.values()

    def used(self, layer: Layer, unit: tuple[int, ...], parameter: int) -> list[Ref]:
        """Return the entries of a parameter that stand in a unit's z."""
        formula = self._formula(self.before(("", layer.index, unit)))
        if formula is None:
            return []
        refs = (node.ref for node in walk(formula) if isinstance(node, Quantity))
        return list(dict.fromkeys(ref for ref in refs if self.graph.number(ref) == parameter))

    def left_out(self, hidden: range = range(0)) -> list[str]:
        """Return a sentence for each layer of which units are left out, but the hidden ones."""
        notes = []
        for part, layer in self.owners.values():
            shown = () if layer in hidden else self.shown(part, layer)
            if () in shown:
                count = math.prod(self.shape(part, layer))
                kept = sum(1 for unit in shown if unit)
                where = "the input" if layer is None else self.graph.layers[layer - 1].title
                if layer is not None and where.isdigit():
                    where = f"layer {self.scribe.notation.layer_number(layer)}"
                notes.append(f"{count - kept} of the {count} units of {where}")
        if not notes:
            return []
        return [f"Left out: {', '.join(notes)}. All are drawn with --full."]


def layer_columns(graph: Graph, *, parameters: bool = False) -> dict[int, int]:
    """Return each layer's column: one after the last of those it reads; the input is 0.

    With ``parameters`` those of a layer have a column of their own before it. The steps of a
    recurrent layer stand in columns one after the other, the first computed in the layer's.
    """
    places = {} if graph.input is None else {graph.input: 0}
    columns = {}
    for layer in sorted(graph.layers, key=lambda layer: layer.z):
        last = max((places.get(n, 0) for n in layer.input_nodes), default=0)
        columns[layer.index] = last + (2 if parameters and layer.parameters else 1)
        loop = loop_of(graph, layer)
        steps = 0 if loop is None else loop.clock.steps - 1
        places[layer.z] = places[layer.a] = columns[layer.index] + steps
    return columns


def drawn_part(graph: Graph, layer: Layer) -> str:
    """Return the part that is drawn as units: a; the states, where only the last is read."""
    number = layer.a
    if graph.loop(number) is None and graph.loop(graph.nodes[number].parents[0]):
        (number,) = graph.nodes[number].parents
    return graph.nodes[number].ref.part


def loop_of(graph: Graph, layer: Layer) -> Loop | None:
    """Return the loop that a layer's states are computed in, if they are."""
    numbers = [number for cell in layer.cells for number in cell.parts.values()]
    return next((loop for loop in graph.loops if any(n in loop for n in numbers)), None)


def column_of(graph: Graph, columns: dict[int, int], unit: UnitKey) -> int:
    """Return a unit's column: that of its layer, or of its step of a recurrent layer."""
    _, number, index = unit
    if number is None:
        return 0
    loop = loop_of(graph, graph.layers[number - 1])
    if loop is None:
        return columns[number]
    if not index:
        return columns[number] + loop.clock.steps - 1
    return columns[number] + abs(index[0] - loop.clock.first)


def unit_id(unit: UnitKey) -> str:
    """Return ``a1_2``, which every format takes as a name."""
    part, layer, index = unit
    return f"{part}{'' if layer is None else layer}_{'_'.join(map(str, index)) or 'dots'}"


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
        bias = graph.layers[layer - 1].parameters.get("b")
        if bias is not None and graph.nodes[bias].shape == graph.layers[layer - 1].shape[-1:]:
            b = graph.nodes[bias].ref.at(*own.index[-1:])
            refs += [b, b.grad()]
            below.append(scribe.equation(b, "parameter"))
            if wish.backward and graph.loss is not None:
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
