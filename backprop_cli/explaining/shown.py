"""A word on a network: the worked lines of a few entries that it is about."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator

from msgspec import structs

from ..arithmetic.floating import FLOAT64
from ..expression.axes import dimensions
from ..expression.refs import Ref, plain_name
from ..expression.tree import Quantity
from ..graph.parts import Layer
from ..graph.records import Graph
from ..passes.descent.descender import Descender
from ..passes.descent.plan import Options, plan_of, standing_of
from ..passes.descent.records import Overflowed
from ..passes.trace import Trace
from ..problems import Refusal, counted
from ..worked.building import note
from ..worked.descent.step_document import entry_chains
from ..worked.document import (
    Block,
    Equations,
    Math,
    Paragraph,
    Text,
    read_by,
    with_layers,
)
from ..worked.entry_steps import shown_entries, worked_chain
from ..worked.steps import Writer
from ..worked.trace.path import path_steps
from ..worked.view import View
from ..worked.zeros import zero_notes_of
from .records import Explained, ShowsIn

VIEW = View()
MOST_SOUGHT = 64
"""Entries of one quantity among which one is sought that shows a thing."""
RATE = "0.1"
"""The rate that a step is shown with where the file has none."""


def worked(trace: Trace, refs: Iterable[Ref]) -> list[Block]:
    """Return the worked line of each quantity's first entry (or of the entry it names)."""
    writer = Writer(trace, VIEW.widest_sum, nested=VIEW.most_products)
    entries = (first(trace.graph, ref) for ref in refs)
    chains = [worked_chain(writer.step(entry)) for entry in entries if entry is not None]
    return [Equations(tuple(chains))] if chains else []


def first(graph: Graph, ref: Ref) -> Ref | None:
    """Return a quantity's first entry, of the first sample; an entry is itself."""
    number = graph.find(ref)
    if number is None or ref.index:
        several = number is not None and graph.nodes[number].per_sample and not graph.single
        return structs.replace(ref, sample=ref.sample or 1) if several else ref
    return next(iter(shown_entries(graph, ref, View(samples=(1,)))), None)


def ends(graph: Graph) -> tuple[Layer, ...]:
    """Return the last layer that the loss reads and the first, or the only one."""
    layers = [layer for layer in graph.layers if layer.a in graph.reached]
    return (*layers[-1:], *layers[:-1][:1])


def errors(subject: Explained) -> list[Block]:
    """Show δ of the last layer and of the first (of a gate); in a graph the gradients."""
    found = _of_nodes(subject, lambda layer: layer.pairs[0][:1], gradient=True)
    return found if subject.trace.graph.layers else gradients(subject)


def sums(subject: Explained) -> list[Block]:
    """Show a weighted sum of the last layer that has weights, and of the first."""
    graph = subject.trace.graph

    def weighted(layer: Layer) -> list[int]:
        weights = {own.node for own in layer.held if own.kind == "weight"}
        parts = (number for cell in layer.cells for number in cell.parts.values())
        return [n for n in parts if weights & set(graph.nodes[n].parents)][:1]

    return _of_nodes(subject, weighted, gradient=False)


def activations(subject: Explained) -> list[Block]:
    """Show a of the last layer and of the first, or of its first gate."""
    return _of_nodes(subject, lambda layer: layer.pairs[0][1:], gradient=False)


def forward(subject: Explained) -> list[Block]:
    """Show a weighted sum and an activation of layers, or a graph's first lines."""
    graph = subject.trace.graph
    lines = [number for number, node in enumerate(graph.nodes) if node.rule is not None][:4]
    if graph.layers:
        lines = sorted(number for layer in ends(graph) for number in layer.pairs[0])
    return worked(subject.trace, (graph.nodes[number].ref for number in lines))


def held(kind: str) -> ShowsIn:
    """Show a gradient of the parameters of a kind: of the last layer and of the first."""
    return lambda subject: _of_nodes(
        subject, lambda layer: [own.node for own in layer.held if own.kind == kind], gradient=True
    )


def penalized(subject: Explained) -> list[Block]:
    """Show gradients of weights that a penalty is taken of."""
    return held("weight")(subject) if subject.trace.graph.penalties else []


def through_time(subject: Explained) -> list[Block]:
    """Show a gradient of the weights between the steps, which each step adds to."""
    graph = subject.trace.graph
    layers = graph.layers if graph.loops else ()
    weights = [own for layer in layers for own in layer.held if own.part.startswith("U")]
    return worked(subject.trace, (graph.nodes[own.node].ref.grad() for own in weights[:1]))


def operation(name: str, kind: str) -> ShowsIn:
    """Show an addition or a product of a graph and what goes back; of layers a parameter's."""

    def shown(subject: Explained) -> list[Block]:
        graph = subject.trace.graph
        if graph.layers:
            return held(kind)(subject)
        lines = [n for n, node in enumerate(graph.nodes) if node.rule and node.rule.name == name]
        return worked(subject.trace, and_back(graph, lines[:1]))

    return shown


def and_back(graph: Graph, lines: Iterable[int]) -> list[Ref]:
    """Return lines of a graph, each with the gradients of what it reads."""
    found: list[Ref] = []
    for number in lines:
        node = graph.nodes[number]
        read = [graph.nodes[n] for n in dict.fromkeys(node.parents)]
        found += [node.ref, *(each.ref.grad() for each in read if each.wants_gradient)]
    return found


def inputs(subject: Explained) -> list[Block]:
    """Show what is made of the input first, and its own gradient."""
    graph = subject.trace.graph
    if graph.input is None or not graph.layers:
        return []
    readers = [node.ref for node in graph.nodes if graph.input in node.parents]
    back = [graph.nodes[graph.input].ref.grad()] if graph.input in graph.reached else []
    return worked(subject.trace, (*readers[:1], *back))


def gradients(subject: Explained) -> list[Block]:
    """Show a gradient of each of the outermost layers' parameters, or of a graph's variables."""
    graph = subject.trace.graph
    if graph.layers:
        return _of_nodes(subject, lambda layer: [own.node for own in layer.held], gradient=True)
    nodes = [node for n in graph.parameters.values() if (node := graph.nodes[n]).wants_gradient]
    return worked(subject.trace, (node.ref.grad() for node in nodes[:3]))


def _of_nodes(
    subject: Explained, of: Callable[[Layer], Iterable[int]], *, gradient: bool
) -> list[Block]:
    graph = subject.trace.graph
    refs = [graph.nodes[number].ref for layer in ends(graph) for number in of(layer)]
    return worked(subject.trace, (ref.grad() if gradient else ref for ref in refs))


def in_layers(on: ShowsIn) -> ShowsIn:
    """Show it in networks of layers only: a graph of single numbers has no such thing."""
    return lambda subject: on(subject) if subject.trace.graph.layers else []


def back_from_above(subject: Explained) -> list[Block]:
    """Show a gradient that is a sum: of what several units, or lines of a graph, send back."""
    sums = (entry for entry, read in _sent_back(subject) if sum(r.gradient for r in read) > 1)
    return worked(subject.trace, itertools.islice(sums, 1))


def back_by_weights(subject: Explained) -> list[Block]:
    """Show a gradient that comes back through weights: of several units above, or of one."""
    graph = subject.trace.graph
    weights = {own.node for layer in graph.layers for own in layer.held if own.kind == "weight"}
    found = [
        (sum(r.gradient for r in read), entry)
        for entry, read in _sent_back(subject, most=1)
        if any(graph.find(r) in weights for r in read if not r.gradient)
    ]
    best = next((entry for arrived, entry in found if arrived > 1), None)
    return worked(subject.trace, [best] if best else [entry for _, entry in found[:1]])


def _sent_back(subject: Explained, most: int = MOST_SOUGHT) -> Iterator[tuple[Ref, list[Ref]]]:
    """Yield entries of gradients, from the loss back, each with what its formula reads."""
    graph, writer = subject.trace.graph, Writer(subject.trace, VIEW.widest_sum)
    for number in reversed(range(len(graph.nodes))):
        node = graph.nodes[number]
        if not node.wants_gradient or (number in graph.parameter_nodes and graph.layers):
            continue
        entries = shown_entries(graph, node.ref.grad(), View(samples=(1,)))
        for entry in itertools.islice(entries, most):
            yield entry, list(read_by(writer.gradient_formula(entry)))


def chain(subject: Explained) -> list[Block]:
    """Show the way from the loss to the first parameter, gradient by gradient."""
    graph = subject.trace.graph
    numbers = [n for n in graph.parameters.values() if graph.nodes[n].wants_gradient]
    entry = first(graph, graph.nodes[numbers[0]].ref.grad()) if numbers else None
    if entry is None:
        return []
    steps = path_steps(Writer(subject.trace, 4, nested=4), entry, VIEW)[-1][1]
    shown = steps if len(steps) <= 8 else [*steps[:3], *steps[-3:]]
    blocks: list[Block] = [Equations(tuple(map(worked_chain, shown)))]
    if len(shown) < len(steps):
        name = plain_name(entry, graph.in_out)
        words = f"{counted(len(steps) - len(shown), 'step')} between them: trace --wrt '{name}'"
        blocks.append(note(words))
    return blocks


def loss(name: str) -> ShowsIn:
    """Show the loss worked, and the gradient that it begins the way back with."""

    def shown(subject: Explained) -> list[Block]:
        graph = subject.trace.graph
        inside = name == "cross_entropy" and graph.takes_softmax
        return costs(subject) if inside or graph.loss_name == name else []

    return shown


def costs(subject: Explained) -> list[Block]:
    """Show the loss and its derivative with respect to the first output."""
    graph = subject.trace.graph
    if graph.loss is None:
        return []
    output = graph.nodes[graph.output].ref
    if not graph.layers:
        return worked(subject.trace, (output,))
    last = ends(graph)[0]
    begins = last.z if graph.has_shortcut(last) else last.a
    refs = [Ref("loss_terms"), Ref("loss"), graph.nodes[begins].ref.grad()]
    return worked(subject.trace, (ref for ref in refs if graph.find(ref) is not None))


def layer_type(name: str) -> ShowsIn:
    """Show the layers of a type: their shapes, the first one's z and its gradients."""

    def shown(subject: Explained) -> list[Block]:
        graph = subject.trace.graph
        layers = [layer for layer in graph.layers if layer.type == name]
        if not layers:
            return []
        lines: list[Block] = [
            Paragraph((with_layers(("layer ", layer.index, f": {_shape(layer)}")),))
            for layer in layers
        ]
        mine = layers[0]
        read = [n for n in mine.input_nodes if graph.nodes[n].wants_gradient]
        parameters = [own.node for own in mine.held]
        back = [graph.nodes[n].ref.grad() for n in (*parameters, *read)]
        refs = (graph.nodes[mine.z].ref, *(back if graph.loss is not None else ()))
        return [*lines, formulas_of(graph, mine), *worked(subject.trace, refs)]

    return shown


def computed_by(graph: Graph, layer: Layer) -> list[int]:
    """Return what is a layer's own: up to its z, what it remembers too; of an activation its a."""
    inner = (n for cell in layer.cells for n in cell.parts.values())
    own = [n for n in dict.fromkeys((*inner, layer.z)) if n != layer.a or graph.loop(n)]
    return [layer.a] if layer.type == "activation" else own


def formulas_of(graph: Graph, layer: Layer) -> Equations:
    """Return a general formula of each thing that a layer computes."""
    from ..deriving.deriver import Deriver
    from ..deriving.local import value_chain

    deriver = Deriver(graph, None, View())
    return Equations(tuple(value_chain(deriver, n) for n in computed_by(graph, layer)))


def _shape(layer: Layer) -> str:
    size = dimensions(layer.shape)
    return f"{size} values" if len(layer.shape) > 1 else counted(layer.units, "unit")


def targets(subject: Explained) -> list[Block]:
    """Show the loss, which compares the answer with the target, and its derivative."""
    return costs(subject) if subject.trace.graph.layers else []


def batch(subject: Explained) -> list[Block]:
    """Show a parameter's gradient, which the samples make together."""
    graph = subject.trace.graph
    return [] if graph.single or not graph.layers else gradients(subject)


def shortcut(subject: Explained) -> list[Block]:
    """Show the output's δ where activation and loss collapse."""
    graph = subject.trace.graph
    found = [layer for layer in ends(graph)[:1] if graph.has_shortcut(layer)]
    return worked(subject.trace, (graph.nodes[layer.z].ref.grad() for layer in found))


def nudged(subject: Explained) -> list[Block]:
    """Show what a gradient foretells of a small change."""
    graph = subject.trace.graph
    found = gradients(subject)
    for block in found[:1]:
        target = block.chains[0].target if isinstance(block, Equations) else None
        if target is not None:
            name = plain_name(target.of(), graph.in_out)
            words = (
                f"with {name} larger by 0.001 the {graph.words.loss} changes by about 0.001 times "
            )
            found = [*found, Paragraph((Text(words), Math(Quantity(target))))]
    return found


def node_of_graph(number: int) -> ShowsIn:
    """Show a graph's line, if it is one, and its gradient."""

    def shown(subject: Explained) -> list[Block]:
        node = subject.trace.graph.nodes[number]
        line = [node.ref] if node.rule is not None else []
        return worked(subject.trace, (*line, *([node.ref.grad()] if node.wants_gradient else [])))

    return shown


def quantity(ref: Ref) -> ShowsIn:
    """Show one quantity of the network by its name."""

    def shown(subject: Explained) -> list[Block]:
        return [*worked(subject.trace, (ref,)), *zero_notes_of(subject.trace, ref)]

    return shown


def stepped(name: str | None = None) -> ShowsIn:
    """Show the first parameter's step, by an optimizer or by the file's own."""

    def shown(subject: Explained) -> list[Block]:
        graph, spec = subject.trace.graph, subject.spec
        if graph.loss is None:
            return []
        rate = None if spec.learning_rate is not None else RATE
        try:
            plan = plan_of(graph, spec, Options(optimizer=name, rate=rate))
        except Refusal:  # every parameter is frozen, or what the file keeps does not fit
            return []
        standing = standing_of(graph, spec, plan, FLOAT64)
        try:
            record = Descender(graph, plan, standing).recorded()
        except Overflowed:  # where the step leads no number holds
            return []
        parameter = record.parameters[0]
        entry = first(graph, parameter.ref)
        if entry is None:
            return []
        chains = entry_chains(graph, plan, record, parameter, entry)
        words = f"with a learning rate of {RATE}, as the file has none"
        said: list[Block] = [note(words)] if rate else []
        return [Equations(tuple(chains)), *said]

    return shown
