"""p = softmax(a), the probabilities inside of softmax_cross_entropy, worked like a quantity."""

from __future__ import annotations

from typing import Any

from msgspec import structs

from ...expression.refs import Ref, plain_name
from ...expression.tree import Expr, Name, Quantity
from ...graph.records import Graph
from ...passes.trace import Trace
from ..document import Block, Chain, Equations, Section, Step, Text
from ..entry_steps import evaluated, positions
from ..steps import Writer
from ..view import View
from .loss import probability_at, softmax_in, with_named, with_probability

TITLE = "The probabilities, p"


def probability(writer: Writer, scores: Ref) -> tuple[Expr, Expr]:
    """Return p_k, and softmax(a)_k by its formula, for the entry of ``scores``."""
    term = structs.replace(Ref("loss_terms"), sample=scores.sample, index=scores.index)
    return Name("p", scores.index), _softmax(writer.value_formula(term))


def probability_of(trace: Trace, scores: Ref) -> Any:
    """Return p_k of the entry of ``scores``."""
    return probability_at(trace, int(scores.sample or 1), scores.index)


def probability_chain(writer: Writer, scores: Ref) -> Chain:
    """Return p_k = softmax(a)_k with its numbers."""
    forms, value = probability(writer, scores), probability_of(writer.trace, scores)
    name = plain_name(structs.replace(Ref("p"), sample=scores.sample, index=scores.index))
    return evaluated(forms, writer.numbers(forms[1]), value, name)


def reads_probabilities(graph: Graph, ref: Ref) -> bool:
    """Return whether this is ∂C/∂a of the scores whose softmax the loss takes."""
    return graph.takes_softmax and ref.gradient and graph.find(ref) == graph.output


def probability_equations(subject: Trace | Graph) -> Block:
    """Return p_k = softmax(a)_k and ∂C/∂a_k = p_k − y_k."""
    writer = Writer(subject, general=True)
    graph = writer.graph
    terms = graph.general(Ref("loss_terms"), "k")
    scores = graph.general(graph.nodes[graph.output].ref, "k").grad()
    p = Name("p", terms.index)
    softmax = _softmax(writer.value_formula(terms))
    slope = with_named(writer.gradient_formula(scores))
    return Equations((Chain((p, softmax)), Chain((Quantity(scores), slope))))


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
    return Section("probabilities", (Text(TITLE),), blocks, 3)


def with_probabilities(writer: Writer, step: Step) -> Step:
    """Return the step of ∂C/∂a_k as p_k − y_k; any other as it is."""
    ref = step.target
    if not reads_probabilities(writer.graph, ref):
        return step
    formula = with_named(step.formula)
    index = tuple(int(i) for i in ref.index)
    numbers = with_probability(writer.trace, step.substituted, int(ref.sample or 1), index)
    return structs.replace(step, formula=formula, substituted=numbers)


def _softmax(term: Expr) -> Expr:
    found = softmax_in(term)
    assert found is not None
    return found
