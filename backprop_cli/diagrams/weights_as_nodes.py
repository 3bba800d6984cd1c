"""The network after the surgery: each weight and each bias is a node, and so is each activation.

A unit's activation has as its inputs its own weights and the activations below, in turn, so that
the chain rule can be taken along the edges with respect to every parameter.
"""

from __future__ import annotations

from ..expression.refs import Ref, plain_name
from ..graph.parts import Layer
from ..passes.trace import Trace
from .lettering import SMALLPRINT
from .network import RADIUS, Parts, cost_ref, dots, headers, look, loss_words, notes, of_units
from .scene import DrawnEdge, DrawnNode, Label, NodeKind, Role
from .scribe import Scribe
from .units import Network, UnitKey, column_of, layer_columns, unit_id

TALL = 26.0
"""Height of a parameter's box."""


class _WithWeights:
    def __init__(self, scribe: Scribe) -> None:
        self.scribe, self.net = scribe, Network(scribe)
        self.parts = Parts([], [], notes=self.net.left_out())
        self.rows: dict[int, int] = {}
        self.gaps = 0
        self.drawn: set[str] = set()
        self.columns = layer_columns(scribe.graph, parameters=True)

    def row(self, column: int) -> int:
        """Return the next row of a column."""
        self.rows[column] = self.rows.get(column, -1) + 1
        return self.rows[column]

    def column(self, layer: int | None) -> int:
        """Return a layer's column; its parameters stand in the one before."""
        return 0 if layer is None else self.columns[layer]

    def units(self) -> None:
        """Add every activation with its parameters and what leads to it."""
        graph = self.scribe.graph
        for unit in self.net.units():
            part, layer, index = unit
            column = column_of(graph, self.columns, unit)
            row = self.row(column)
            if not index:
                self.gaps += 1
                self.parts.nodes.append(dots(unit, column, self.rows, self.gaps))
                continue
            own = self.net.ref(part, unit)
            kind: NodeKind = "input" if layer is None else "unit"
            above = self.said(own, "forward") if self.scribe.wish.forward else ()
            gradient = layer is not None
            self.circle(unit_id(unit), kind, own, (column, row), above, gradient=gradient)
            if layer is not None:
                self.inputs(graph.layers[layer - 1], unit)

    def said(self, ref: Ref, role: Role) -> tuple[Label, ...]:
        """Return name = number over a node; a node without a number has its name inside."""
        return (self.scribe.equation(ref, role),) if self.scribe.trace is not None else ()

    def circle(
        self,
        name: str,
        kind: NodeKind,
        ref: Ref,
        place: tuple[int, int],
        above: tuple[Label, ...],
        *,
        gradient: bool,
        role: Role = "name",
    ) -> None:
        """Add a round node."""
        label = self.scribe.symbol(ref, role)
        size = max(2 * RADIUS, label.width + 14)
        below: tuple[Label, ...] = ()
        if gradient and self.scribe.wish.backward and self.scribe.graph.loss is not None:
            below = (self.scribe.equation(ref.grad(), "gradient"),)
        self.parts.nodes.append(
            DrawnNode(
                name,
                kind,
                label,
                above,
                below,
                *place,
                width=size,
                height=size,
                refs=(ref, ref.grad()),
                title=plain_name(ref),
            )
        )

    def inputs(self, layer: Layer, unit: UnitKey) -> None:
        """Add a unit's parameters, and the lines to it from these and from what it reads."""
        column, target = self.column(layer.index) - 1, unit_id(unit)
        for source, weight in self.net.sources(layer, unit[2]):
            line = self.line(unit_id(source), target)
            if layer.parameters:
                self.parts.lanes[f"{line}@{column}"] = self.row(column)
            if weight is not None:
                self.parameter(weight, column, target)
        bias = layer.parameters.get("b")
        own = [each.node for each in of_units(self.scribe.graph, layer) if each in layer.held]
        for number in dict.fromkeys([*own, *([bias] if bias is not None else [])]):
            for ref in self.net.used(layer, unit[2], number):
                self.parameter(ref, column, target)

    def parameter(self, ref: Ref, column: int, target: str) -> None:
        """Add a parameter's box, unless several units share it, and its line."""
        name = "_".join([f"{ref.part}{ref.layer}", *map(str, ref.index)])
        if name not in self.drawn:
            self.drawn.add(name)
            label = self.scribe.equation(ref, "parameter")
            below: tuple[Label, ...] = ()
            if self.scribe.wish.backward and self.scribe.graph.loss is not None:
                below = (self.scribe.equation(ref.grad(), "gradient"),)
            self.parts.nodes.append(
                DrawnNode(
                    name,
                    "parameter",
                    label,
                    (),
                    below,
                    column,
                    self.row(column),
                    width=label.width + 16,
                    height=TALL,
                    refs=(ref, ref.grad()),
                    title=plain_name(ref, self.scribe.graph.in_out),
                )
            )
        self.line(name, target)

    def line(self, source: str, target: str) -> str:
        """Add a line and return its name."""
        role, arrow = look(self.scribe)
        name = f"{source}-{target}"
        self.parts.edges.append(DrawnEdge(name, source, target, role, arrow))
        return name

    def cost(self) -> None:
        """Add the targets and the cost."""
        graph, scribe = self.scribe.graph, self.scribe
        part, layer = self.net.owners[graph.output]
        column = self.column(layer)
        outputs = self.net.outputs()
        for unit in outputs:
            self.line(unit_id((part, layer, unit)), "loss")
        rank = 0 if graph.target is None else len(graph.nodes[graph.target].shape)
        for unit in (unit[-rank:] for unit in outputs) if rank else ():
            name = f"y_{'_'.join(map(str, unit))}"
            ref = self.net.ref("y", (part, layer, unit))
            above = self.said(ref, "forward") if scribe.wish.forward else ()
            place = (column, self.row(column))
            self.circle(name, "target", ref, place, above, gradient=False)
            self.line(name, "loss")
        last = max(node.column for node in self.parts.nodes) + 1
        ref = cost_ref(scribe)
        above = self.said(ref, "cost") if scribe.wish.forward else ()
        self.circle("loss", "cost", ref, (last, 0), above, gradient=False, role="cost")
        self.parts.headers[last] = scribe.words(loss_words(graph), "quiet", SMALLPRINT)


def weights_as_nodes_parts(scribe: Scribe) -> Parts:
    """Return the activations, the parameters and the cost, and what leads where."""
    builder = _WithWeights(scribe)
    builder.units()
    builder.parts.headers = headers(scribe, builder.columns)
    if scribe.graph.loss is not None:
        builder.cost()
    if isinstance(scribe.trace, Trace):
        builder.parts.notes += notes(scribe)
    return builder.parts
