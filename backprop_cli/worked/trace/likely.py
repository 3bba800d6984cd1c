"""p = softmax(a), the probabilities inside of softmax_cross_entropy, worked like a quantity."""

from __future__ import annotations

from msgspec import structs

from ...expression.refs import Ref
from ...expression.tree import Call, Div, Expr, Name, Quantity
from ...expression.walking import substitute, walk
from ...functions.losses import SOFTMAX_CROSS_ENTROPY
from ...graph.records import Graph
from ...passes.trace import Trace
from ..document import Block, Chain, Equations, Section, Step, Text
from ..entry_steps import evaluated, positions
from ..steps import Writer
from ..view import View
from .loss import probabilities, with_probability

TITLE = "The probabilities, p"


def takes_softmax(graph: Graph) -> bool:
    """Return whether the loss of this network of layers takes the softmax itself."""
    return bool(graph.layers) and graph.loss_name == SOFTMAX_CROSS_ENTROPY.name


def reads_probabilities(graph: Graph, ref: Ref) -> bool:
    """Return whether this is ∂C/∂a of the scores whose softmax the loss takes."""
    return takes_softmax(graph) and ref.gradient and graph.find(ref) == graph.output


def probability_equations(subject: Trace | Graph) -> Block:
    """Return p_k = softmax(a)_k and ∂C/∂a_k = p_k − y_k."""
    writer = Writer(subject, general=True)
    graph = writer.graph
    terms = graph.general(Ref("loss_terms"), "k")
    scores = graph.general(graph.nodes[graph.output].ref, "k").grad()
    p = Name("p", terms.index)
    softmax = _softmax(writer.value_formula(terms))
    slope = substitute(writer.gradient_formula(scores), lambda node: p if _is(node) else None)
    return Equations((Chain((p, softmax)), Chain((Quantity(scores), slope))))


def probability_section(writer: Writer, ref: Ref, view: View) -> Section:
    """Return the equations of the probabilities, then each that ``ref`` needs in numbers."""
    trace, graph = writer.trace, writer.graph
    found, chains = probabilities(trace), list[Chain]()
    asked = (ref.index,) if ref.index else positions(graph, graph.nodes[graph.output].ref, view)
    shown = (ref.sample,) if ref.sample else view.shown_samples(graph.samples)
    for sample in shown:
        for index in asked:
            of_sample = None if graph.single else sample
            term = structs.replace(Ref("loss_terms"), sample=of_sample, index=index)
            softmax = _softmax(writer.value_formula(term))
            value = found[(int(sample) - 1, *(int(i) - 1 for i in index))]
            at = index if graph.single else (sample, *index)
            name = f"p[{','.join(map(str, at))}]"
            chains.append(
                evaluated((Name("p", index), softmax), writer.numbers(softmax), value, name)
            )
    blocks = (probability_equations(trace), Equations(tuple(chains)))
    return Section("probabilities", (Text(TITLE),), blocks, 3)


def with_probabilities(writer: Writer, step: Step) -> Step:
    """Return the step of ∂C/∂a_k as p_k − y_k; any other as it is."""
    ref = step.target
    if not reads_probabilities(writer.graph, ref):
        return step
    formula = substitute(step.formula, lambda node: Name("p", ref.index) if _is(node) else None)
    index = tuple(int(i) for i in ref.index)
    numbers = with_probability(writer.trace, step.substituted, int(ref.sample or 1), index)
    return structs.replace(step, formula=formula, substituted=numbers)


def _is(node: Expr) -> bool:
    return (
        isinstance(node, Div)
        and isinstance(node.numerator, Call)
        and node.numerator.function == "exp"
    )


def _softmax(term: Expr) -> Expr:
    return next(node for node in walk(term) if _is(node))
