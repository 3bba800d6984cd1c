"""p = softmax(a), the probabilities inside of softmax_cross_entropy, worked like a quantity."""

from __future__ import annotations

from msgspec import structs

from ...expression.refs import Ref
from ...expression.tree import Quantity
from ...graph.names import probability_ref
from ...graph.records import Graph
from ...passes.trace import Trace
from ..building import section
from ..document import Block, Chain, Equations, Section
from ..entry_steps import positions, worked_chain
from ..steps import Writer
from ..view import View

TITLE = "The probabilities, p"


def probability_rule(writer: Writer, scores: Ref) -> Chain:
    """Return p_k = softmax(a)_k of a general entry of the scores, or of what is of their shape."""
    p = probability_ref(scores)
    return Chain((Quantity(p), writer.value_formula(p)))


def probability_chain(writer: Writer, scores: Ref) -> Chain:
    """Return p_k = softmax(a)_k with its numbers."""
    return worked_chain(writer.step(probability_ref(scores)))


def reads_probabilities(graph: Graph, ref: Ref) -> bool:
    """Return whether this is ∂C/∂a of the scores whose softmax the loss takes."""
    return graph.takes_softmax and ref.gradient and graph.find(ref) == graph.output


def probability_equations(subject: Trace | Graph) -> Block:
    """Return p_k = softmax(a)_k and ∂C/∂a_k = p_k − y_k."""
    writer = Writer(subject, general=True)
    scores = writer.graph.general(writer.graph.nodes[writer.graph.output].ref, "k")
    slope = Chain((Quantity(scores.grad()), writer.gradient_formula(scores.grad())))
    return Equations((probability_rule(writer, scores), slope))


def probability_section(writer: Writer, ref: Ref, view: View) -> Section:
    """Return the equations of the probabilities, then each that ``ref`` needs in numbers."""
    trace, graph = writer.trace, writer.graph
    chains: list[Chain] = []
    asked = (ref.index,) if ref.index else positions(graph, graph.nodes[graph.output].ref, view)
    shown = (ref.sample,) if ref.sample else view.shown_samples(graph.samples)
    for sample in shown:
        for index in asked:
            of_sample = None if graph.single else sample
            entry = structs.replace(graph.nodes[graph.output].ref, sample=of_sample, index=index)
            chains.append(probability_chain(writer, entry))
    blocks = (probability_equations(trace), Equations(tuple(chains)))
    return section("probabilities", TITLE, blocks, 3)
