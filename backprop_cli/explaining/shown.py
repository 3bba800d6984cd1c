"""A word on a network: the worked lines of a few entries that it is about."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec import structs

from ..arithmetic.floating import FLOAT64
from ..expression.refs import Ref, plain_name
from ..expression.tree import Derivative, Quantity
from ..graph.building import counted
from ..graph.records import Graph, Layer
from ..passes.descent.descender import Descender
from ..passes.descent.plan import Options, plan_of, standing_of
from ..passes.descent.records import Overflowed
from ..passes.trace import Trace
from ..problems import Refusal
from ..worked.descent.step_document import entry_chains
from ..worked.document import Block, Equations, Math, Note, Paragraph, Text, read_by, with_layers
from ..worked.entry_steps import evaluated, shown_entries, worked_chain
from ..worked.steps import Writer
from ..worked.trace.likely import probability_chain
from ..worked.trace.path import path_steps
from ..worked.view import View
from .records import Explained, ShowsIn

VIEW = View()
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
    """Show δ of the last layer and of the first; in a graph the gradients."""
    return _of_nodes(subject, lambda layer: (layer.z,), gradient=True)


def sums(subject: Explained) -> list[Block]:
    """Show z of the first layer's first unit."""
    return _of_nodes(subject, lambda layer: (layer.z,), gradient=False)


def activations(subject: Explained) -> list[Block]:
    """Show a of the last layer and of the first."""
    return _of_nodes(subject, lambda layer: (layer.a,), gradient=False)


def held(kind: str) -> ShowsIn:
    """Show a gradient of the parameters of a kind: of the last layer and of the first."""
    return lambda subject: _of_nodes(
        subject, lambda layer: [own.node for own in layer.held if own.kind == kind], gradient=True
    )


def gradients(subject: Explained) -> list[Block]:
    """Show a gradient of each of the outermost layers' parameters, or of a graph's variables."""
    return _of_nodes(subject, lambda layer: [own.node for own in layer.held], gradient=True)


def _of_nodes(
    subject: Explained, of: Callable[[Layer], Iterable[int]], *, gradient: bool
) -> list[Block]:
    graph = subject.trace.graph
    nodes = [number for layer in ends(graph) for number in of(layer)]
    if not graph.layers:
        nodes = [n for n in graph.parameters.values() if graph.nodes[n].wants_gradient][:3]
        gradient = True
    refs = (graph.nodes[number].ref for number in nodes)
    return worked(subject.trace, (ref.grad() if gradient else ref for ref in refs))


def back_from_above(subject: Explained) -> list[Block]:
    """Show a gradient that is a sum: of what several units, or lines of a graph, send back."""
    graph, writer = subject.trace.graph, Writer(subject.trace, VIEW.widest_sum)
    for number in reversed(range(len(graph.nodes))):
        node = graph.nodes[number]
        if not node.wants_gradient or (number in graph.parameters.values() and graph.layers):
            continue
        entry = first(graph, node.ref.grad())
        if entry is None:
            continue
        arrived = [r for r in read_by(writer.gradient_formula(entry)) if r.gradient]
        if len(arrived) > 1:
            return worked(subject.trace, (entry,))
    return []


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
        blocks.append(Note((Text(words),)))
    return blocks


def slopes(subject: Explained) -> list[Block]:
    """Show σ′(z) of the first unit of each activation that has one."""
    return _slopes(subject, subject.trace.graph.layers)


def _slopes(subject: Explained, layers: Iterable[Layer]) -> list[Block]:
    trace = subject.trace
    graph, writer, chains, seen = trace.graph, Writer(trace), [], set[str]()
    for layer in layers:
        z = first(graph, graph.nodes[layer.z].ref)
        if z is None or layer.activation in (*seen, "identity", "expression"):
            continue
        if graph.rule(layer.a).write_slope(z.index) is None:
            continue
        seen.add(layer.activation)
        step = writer.slope(layer.a, z.index, z.sample)
        forms = (Derivative(layer.activation, Quantity(z)), step.formula)
        chains.append(evaluated(forms, step.substituted, step.value))
    return [Equations(tuple(chains))] if chains else []


def activation(name: str) -> ShowsIn:
    """Show the layers of an activation: its value and its slope at the first unit."""

    def shown(subject: Explained) -> list[Block]:
        graph = subject.trace.graph
        layers = [layer for layer in graph.layers if layer.activation == name]
        if not layers:
            inside = name == "softmax" and graph.takes_softmax
            return _inside_the_loss(subject) if inside else []
        numbers = ", ".join(str(layer.index) for layer in layers)
        one = len(layers) == 1
        where = with_layers((f"activation of layer{'' if one else 's'} {numbers}",))
        refs = (graph.nodes[number].ref for number in (layers[0].z, layers[0].a))
        back = [graph.nodes[layers[0].z].ref.grad()] if graph.loss is not None else []
        values = worked(subject.trace, (*refs, *back))
        return [Paragraph((where,)), *values, *_slopes(subject, layers[:1])]

    return shown


def _inside_the_loss(subject: Explained) -> list[Block]:
    """Show the softmax that the loss takes of the scores, and p − y of the first."""
    graph, writer = subject.trace.graph, Writer(subject.trace)
    scores = first(graph, graph.nodes[graph.output].ref)
    if scores is None or not graph.takes_softmax:
        return []
    where = Paragraph((Text("Inside of the loss, of the scores."),))
    back = worked_chain(writer.step(scores.grad()))
    return [where, Equations((probability_chain(writer, scores), back))]


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
        return [*lines, *worked(subject.trace, refs)]

    return shown


def _shape(layer: Layer) -> str:
    size = " × ".join(map(str, layer.shape))
    return f"{size} values" if len(layer.shape) > 1 else counted(layer.units, "unit")


def batch(subject: Explained) -> list[Block]:
    """Show a parameter's gradient, which the samples make together."""
    graph = subject.trace.graph
    return [] if graph.single or not graph.layers else gradients(subject)


def shortcut(subject: Explained) -> list[Block]:
    """Show the output's δ where activation and loss collapse."""
    graph = subject.trace.graph
    found = [layer for layer in ends(graph) if graph.has_shortcut(layer)]
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


def quantity(ref: Ref) -> ShowsIn:
    """Show one quantity of the network by its name."""
    return lambda subject: worked(subject.trace, (ref,))


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
        said: list[Block] = [Note((Text(words),))] if rate else []
        return [Equations(tuple(chains)), *said]

    return shown
