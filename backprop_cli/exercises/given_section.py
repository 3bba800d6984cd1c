"""What a worksheet gives: the network's numbers as they were written, and its functions."""

from __future__ import annotations

from ..expression.refs import Ref
from ..expression.tree import BigSum, Quantity
from ..functions.expressions import UnspecifiedLoss
from ..graph.building import sized
from ..graph.names import probability_ref
from ..graph.parts import Layer
from ..graph.records import Graph
from ..notation.bound import Notation
from ..problems import counted
from ..worked import document as doc
from ..worked.building import section
from ..worked.document import with_layers
from ..worked.entry_steps import titled
from ..worked.given import GivenNumbers
from ..worked.graphs.arrays import whole_value
from ..worked.grids import remarks
from ..worked.steps import Writer
from ..worked.trace.forward import general_chains
from ..worked.trace.parts import general_chain
from ..worked.view import View

ROWS_OF_INPUTS = "in a weight matrix a row belongs to an input, a column to a unit"


def given_section(
    graph: Graph, notation: Notation, view: View, *, functions: bool = True
) -> doc.Section:
    """Return the section of what is given, as it is to be read in a notation.

    Without the ``functions`` of layers it has the numbers only.
    """
    numbers = GivenNumbers(graph)
    blocks = _of_layers(numbers, notation, view, functions) if graph.layered else _of_graph(numbers)
    return section("given", "Given", [*blocks, *numbers.notes()])


def _of_graph(numbers: GivenNumbers) -> list[doc.Block]:
    """Return variables and lines."""
    graph = numbers.graph
    lines = [
        doc.Chain((Quantity(node.ref), whole_value(graph, number)))
        for number, node in enumerate(graph.nodes)
        if number not in graph.given
    ]
    return [*numbers.values(list(graph.given)), doc.Equations(tuple(lines))]


def _of_layers(
    numbers: GivenNumbers, notation: Notation, view: View, functions: bool
) -> list[doc.Block]:
    """Return the data, the parameters, the functions."""
    graph = numbers.graph
    blocks: list[doc.Block] = [doc.Paragraph((_network(graph, view),)), *numbers.data()]
    layers = [layer for layer in graph.layers if view.shows(layer.index)]
    for layer in layers:
        blocks += numbers.parameters(layer)
    wide = [n for n in graph.parameters.values() if graph.nodes[n].axes == ("to", "from")]
    if wide and notation.units is None:
        said = "in a weight matrix a row belongs to a unit, a column to an input"
        words = ROWS_OF_INPUTS if graph.in_out else said
        blocks.append(doc.Note((doc.Text(words, turned=ROWS_OF_INPUTS),)))
    blocks += [doc.Equations(tuple(_functions(graph, layers)))] if functions else []
    values = (ref for layer in layers for ref in layer.values[:-1])
    return [*blocks, *dict.fromkeys(each for ref in values for each in remarks(graph, ref))]


def _functions(graph: Graph, layers: list[Layer]) -> list[doc.Chain]:
    """Return each layer's equations for a general unit, and the loss."""
    chains: list[doc.Chain] = []
    for layer in layers:
        own = layer.cells[-1].activated
        for ref in layer.values if len(own) > 1 else layer.values[:-2]:
            chains += general_chain(graph, ref)
        chains += general_chains(graph, layer) if len(own) == 1 else ()
    return chains + _loss(graph)


def _loss(graph: Graph) -> list[doc.Chain]:
    """Return the loss: an output's share, a sample's cost, the batch, the penalties."""
    rule = None if graph.terms is None else graph.nodes[graph.terms].rule
    if graph.terms is None or rule is None or isinstance(rule, UnspecifiedLoss):
        return []
    n = None if graph.single else "n"
    penalties = [graph.nodes[number].ref for number in graph.penalties]
    total = Ref("data_loss" if penalties else "loss")
    cost = Ref("cost", sample=n)
    term = graph.general(Ref("loss_terms"), "k")
    wanted = [(term, term), (cost, cost)]
    likely = [(probability_ref(term),) * 2] if graph.takes_softmax else []
    if graph.nodes[graph.terms].shape == (1,):
        wanted = [(cost, Ref("loss_terms", sample=n, index=(1,)))]
    wanted += [] if graph.single else [(total, total)]
    wanted += [(ref, ref) for ref in (*penalties, Ref("loss"))] if penalties else []
    writer = Writer(graph, general=True)
    chains = []
    if graph.mixed and graph.mean:
        costs = BigSum("n", graph.samples, Quantity(Ref("cost", sample="n")))
        chains.append(doc.Chain((Quantity(graph.total), costs)))
    for target, of in (*likely, *wanted):
        try:
            chains.append(doc.Chain((Quantity(target), writer.value_formula(of))))
        except (ValueError, KeyError):
            continue
    return chains


def _network(graph: Graph, view: View) -> doc.Text:
    """Return the network in words: ``2 inputs; layer 1: 2 units, sigmoid; …``."""
    alone = len(graph.inputs) == 1
    inputs = counted(graph.inputs[0], "input") if alone else f"{sized(graph.inputs)} inputs"
    parts: list[str | int] = [inputs]
    for layer in graph.layers:
        if not view.shows(layer.index):
            parts += [] if parts[-1] == "; …" else ["; …"]
            continue
        kind = "" if layer.type == "dense" else f" ({layer.type})"
        activation = "" if layer.activation == "identity" else f", {layer.activation}"
        units = counted(layer.units, "unit")
        if len(layer.shape) > 1:
            units = f"{sized(layer.shape)} values"
        parts += ["; layer ", *titled(layer), f"{kind}: {units}{activation}"]
    if graph.loss_name:
        parts.append(f"; loss: {graph.loss_said}")
    if not graph.single:
        over = "averaged" if graph.mean else "added up"
        parts.append(f"; {counted(graph.samples, 'sample')}, whose losses are {over}")
    if graph.lengths:
        parts.append(f"; {graph.endings}")
    return with_layers((*parts, "."))
