"""Where an activation is at work: layers, gates, attention, lines of a graph; its slope there."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable

from ..expression.refs import Ref
from ..expression.tree import Derivative, Partial, Quantity
from ..functions.pooling import ALONE
from ..graph.parts import Layer
from ..graph.records import Graph
from ..mathematics.formulas import Kink
from ..passes.paths import Edge
from ..worked.building import paragraph
from ..worked.document import Block, Chain, Equations, Paragraph, with_layers
from ..worked.entry_steps import evaluated, shown_entries, worked_chain
from ..worked.graphs.arrays import is_scalar
from ..worked.graphs.messages import local_formula, local_value
from ..worked.steps import Writer
from ..worked.trace.likely import probability_chain
from ..worked.view import View
from .records import Explained, ShowsIn
from .shown import MOST_SOUGHT, and_back, first, worked

NUMBER = re.compile(r"-?[\d.]+")


def slopes(subject: Explained) -> list[Block]:
    """Show σ′(z) of the first unit of each activation that has one."""
    return _slopes(subject, subject.trace.graph.layers)


def kinks(subject: Explained) -> list[Block]:
    """Show σ′(z) of the activations that have a kink."""
    return _slopes(subject, subject.trace.graph.layers, kinked=True)


def _slopes(
    subject: Explained, layers: Iterable[Layer], only: str = "", *, kinked: bool = False
) -> list[Block]:
    trace = subject.trace
    graph, writer, chains, seen = trace.graph, Writer(trace), [], set[str]()
    for layer, (before, after) in ((each, pair) for each in layers for pair in each.pairs):
        name = layer.activation if after == layer.a else graph.rule(after).name
        z = first(graph, graph.nodes[before].ref)
        if z is not None and kinked:
            z = _nearest(subject, graph.nodes[before].ref, graph.rule(after).kinks) or z
        if z is None or name in (*seen, "identity", "expression") or only not in ("", name):
            continue
        if graph.rule(after).write_slope(z.index) is None:
            continue
        if kinked and not graph.rule(after).kinks:
            continue
        seen.add(name)
        step = writer.slope(after, z.index, z.sample)
        forms = (Derivative(name, Quantity(z)), step.formula)
        chains.append(evaluated(forms, step.substituted, step.value))
    return [Equations(tuple(chains))] if chains else []


def _nearest(subject: Explained, ref: Ref, kinks: Iterable[Kink]) -> Ref | None:
    """Return the entry that is nearest to a kink."""
    places = [float(kink.at) for kink in kinks if NUMBER.fullmatch(kink.at)]
    sought = shown_entries(subject.trace.graph, ref, View())
    return min(
        itertools.islice(sought, MOST_SOUGHT if places else 0),
        key=lambda entry: min(abs(float(subject.trace.array(entry)) - at) for at in places),
        default=None,
    )


def gates(subject: Explained) -> list[Block]:
    """Show a gate of the first layer that has one, and what goes back to it."""
    graph = subject.trace.graph
    found = [
        number
        for layer in graph.layers
        for cell in layer.cells
        for number in cell.parts.values()
        if graph.rule(number).name in ("sigmoid", "hard_sigmoid") and number != layer.a
    ]
    return worked(subject.trace, and_back(graph, found[:1]))


def maxima(subject: Explained) -> list[Block]:
    """Show a maximum and what goes back to the values that it was taken of."""
    graph = subject.trace.graph
    lines = (
        number
        for number, node in enumerate(graph.nodes)
        if node.rule is not None
        and (node.rule.why(0) == ALONE if graph.layers else _calls(graph, number, "max"))
    )
    return worked(subject.trace, and_back(graph, itertools.islice(lines, 1)))


def local(subject: Explained) -> list[Block]:
    """Show σ′(z) of layers, or a graph's local derivatives of its first lines of numbers."""
    trace, graph = subject.trace, subject.trace.graph
    if graph.layers:
        return slopes(subject)
    chains: list[Chain] = []
    for number, node in enumerate(graph.nodes):
        for position, parent in enumerate(node.parents):
            edge = Edge(number, position)
            if node.rule is None or not is_scalar(graph, number) or len(chains) > 3:
                continue
            formula = local_formula(graph, edge)
            forms = (Partial(node.ref, graph.nodes[parent].ref), formula)
            numbers = Writer(trace).numbers(formula)
            chains.append(evaluated(forms, numbers, local_value(trace, edge)))
    return [Equations(tuple(chains))] if chains else []


def activation(name: str) -> ShowsIn:
    """Show where an activation is at work: its value and its slope at the first unit."""

    def shown(subject: Explained) -> list[Block]:
        graph = subject.trace.graph
        if not graph.layers:
            lines = (n for n in range(len(graph.nodes)) if _calls(graph, n, name))
            return worked(subject.trace, and_back(graph, lines))
        layers = [layer for layer in graph.layers if layer.activation == name]
        layers = [layer for layer in layers if layer.z != layer.a]
        inner = [
            (layer, graph.nodes[number].parents[0], number)
            for layer in graph.layers
            for cell in layer.cells
            for number in cell.parts.values()
            if graph.rule(number).name == name and number != layer.a
        ]
        if not layers and not inner:
            inside = name == "softmax" and graph.takes_softmax
            return _inside_the_loss(subject) if inside else []
        found = sorted({layer.index for layer in layers or (layer for layer, _, _ in inner)})
        numbers, one = ", ".join(map(str, found)), len(found) == 1
        what = "activation of" if layers else "inside of"
        where = with_layers((f"{what} layer{'' if one else 's'} {numbers}",))
        layer, z, a = (layers[0], layers[0].z, layers[0].a) if layers else inner[0]
        back = [graph.nodes[z].ref.grad()] if graph.loss is not None else []
        values = worked(subject.trace, (graph.nodes[z].ref, graph.nodes[a].ref, *back))
        return [Paragraph((where,)), *values, *_slopes(subject, (layer,), name)]

    return shown


def jacobians(subject: Explained) -> list[Block]:
    """Show σ′(z), all that the Jacobian of an activation has; where there is none, a softmax's."""
    return slopes(subject) or activation("softmax")(subject)


def _calls(graph: Graph, number: int, name: str) -> bool:
    """Return whether a line of a graph calls a function."""
    if graph.nodes[number].rule is None:
        return False
    operations = (each.primitive for each in graph.formula(number).operations)
    return any(name in (each.name, getattr(each, "function", "")) for each in operations)


def _inside_the_loss(subject: Explained) -> list[Block]:
    """Show the softmax that the loss takes of the scores, and p − y of the first."""
    graph, writer = subject.trace.graph, Writer(subject.trace)
    scores = first(graph, graph.nodes[graph.output].ref)
    if scores is None or not graph.takes_softmax:
        return []
    where = paragraph("Inside of the loss, of the scores.")
    back = worked_chain(writer.step(scores.grad()))
    return [where, Equations((probability_chain(writer, scores), back))]
