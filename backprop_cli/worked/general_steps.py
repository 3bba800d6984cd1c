"""Steps of whole quantities: the general equation, and the array of values."""

from __future__ import annotations

import numpy as np
from msgspec import structs

from ..expression.indices import Index
from ..expression.refs import Ref, plain_name
from ..expression.tree import BigSum, Call, Expr, Name, Partial, Quantity, add
from ..functions.operators import summed
from ..graph.records import Graph
from ..passes.trace import Trace
from .document import Step, read_by
from .steps import Writer


def quantity_step(trace: Trace, ref: Ref) -> Step | None:
    """Return the step of a whole quantity, its formula for a general entry j (and k).

    None where the loss does not depend on it, so that there is nothing to work.
    """
    graph = trace.graph
    number = graph.find(ref)
    if number is None:
        return None
    array = trace.gradients[number] if ref.gradient else trace.values[number]
    if array is None:
        return None
    node = graph.nodes[number]
    target = graph.general(ref)
    formula = general_formula(trace, target)
    uses = tuple(dict.fromkeys(used.bare() for used in read_by(formula)))
    shown = array[0] if graph.single and node.per_sample else array
    writer = Writer(trace, general=True)
    value = np.asarray(shown)
    rule = writer.reason(ref)
    return Step(plain_name(ref), target, rule, uses, formula, formula, value)


def general_formula(subject: Trace | Graph, ref: Ref) -> Expr:
    """Return a quantity's formula for a general entry (its index letters are in ``ref``).

    Where no one formula holds for every entry (a concatenation), the quantities are named whole.
    """
    writer = Writer(subject, general=True)
    number, graph = writer.number(ref), writer.graph
    node = graph.nodes[number]
    if not ref.gradient:
        try:
            return writer.value_formula(ref)
        except ValueError:
            return whole_formula(graph, number, ref.sample)
    if not node.per_sample:
        return _over_batch(writer, ref, number)
    try:
        return writer.gradient_formula(ref)
    except ValueError:
        shares = [
            general_share(writer, consumer, position, ref)
            for consumer, position in writer.consumers.get(number, ())
            if consumer in writer.reached
        ]
        return add(*shares)


def whole_formula(graph: Graph, number: int, sample: Index | None = None) -> Expr:
    """Return a node's operation by name, of the whole of what it reads: concat(a1, x)."""
    parents = (graph.nodes[parent] for parent in graph.nodes[number].parents)
    refs = (structs.replace(p.ref, sample=sample) if p.per_sample else p.ref for p in parents)
    return Call(graph.rule(number).name, tuple(map(Quantity, refs)))


def general_share(writer: Writer, consumer: int, position: int, ref: Ref) -> Expr:
    """Return one consumer's share.

    Where each entry has a formula of its own (a loss that is one expression, a sum over some
    entries only), the local derivatives are named and left to the entries: Σ_p ∂C/∂z_p·∂z_p/∂x_j.
    """
    try:
        return writer.share(consumer, position, ref.index, ref.sample)
    except ValueError:
        node = writer.graph.nodes[consumer]
        back = structs.replace(node.ref.grad(), sample=ref.sample)
        if node.ref.part == "loss_terms":
            return Partial(back.of(), ref.of())
        letters = _fresh(ref.index, len(node.shape))
        at = back.of().at(*letters)
        share: Expr = Quantity(at.grad()) * Partial(at, ref.of())
        return summed(share, letters, node.shape)


def _fresh(taken: tuple[Index, ...], count: int) -> tuple[str, ...]:
    """Return so many index letters that are not taken."""
    return tuple(letter for letter in "pqrs" if letter not in taken)[:count]


def _over_batch(writer: Writer, ref: Ref, number: int) -> Expr:
    """Return a parameter's gradient: over a batch, the mean or sum over the sample n."""
    graph = writer.graph
    terms: list[Expr] = []
    for consumer, position in writer.consumers.get(number, ()):
        if consumer not in writer.reached:
            continue
        over = writer.adds_samples(consumer, number)
        apart = over and not graph.rule(consumer).over_samples
        at = structs.replace(ref, sample="n" if apart else None)
        share = general_share(writer, consumer, position, at)
        if apart:
            share = BigSum("n", graph.samples, share)
        terms.append(writer.averaged(share, Name("N")) if over else share)
    return add(*terms)
