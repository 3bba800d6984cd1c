"""Steps of whole quantities: the general equation, and the array of values."""

from __future__ import annotations

import numpy as np
from msgspec import structs

from ..expression.refs import Ref
from ..expression.tree import ONE, BigSum, Call, Div, Expr, Name, Partial, Quantity, add
from ..expression.walking import walk
from ..graph.names import plain_name
from ..graph.records import Graph
from ..passes.trace import Trace
from .document import Step
from .steps import Writer

LETTERS = ("j", "k")


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
    formula = general_formula(trace, ref.at(*LETTERS[: len(node.shape)]))
    uses = tuple(dict.fromkeys(n.ref.bare() for n in walk(formula) if isinstance(n, Quantity)))
    shown = array[0] if graph.single and node.per_sample else array
    writer = Writer(trace, general=True)
    target = ref.at(*LETTERS[: len(node.shape)])
    value = np.asarray(shown)
    rule = writer.rule_name(ref)
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
            parents = (graph.nodes[p].ref for p in node.parents)
            joined = (structs.replace(parent, sample=ref.sample) for parent in parents)
            return Call("concat", tuple(map(Quantity, joined)))
    if not node.per_sample:
        return _over_batch(writer, ref, number)
    try:
        return writer.gradient_formula(ref)
    except ValueError:
        shares = [
            _general_share(writer, consumer, position, ref)
            for consumer, position in writer.consumers.get(number, ())
            if consumer in writer.reached
        ]
        return add(*shares)


def _general_share(writer: Writer, consumer: int, position: int, ref: Ref) -> Expr:
    """Return one consumer's share.

    Where each entry has a formula of its own (a loss that is one expression), the local
    derivative is named and left to the entries.
    """
    try:
        return writer.share(consumer, position, ref.index, ref.sample)
    except ValueError:
        node = writer.graph.nodes[consumer]
        local = Partial(node.ref, ref.of())
        return local if node.ref.part == "loss_terms" else Quantity(node.ref.grad()) * local


def _over_batch(writer: Writer, ref: Ref, number: int) -> Expr:
    """Return a parameter's gradient: over a batch, the mean or sum over the sample n."""
    graph = writer.graph
    terms: list[Expr] = []
    for consumer, position in writer.consumers.get(number, ()):
        if consumer not in writer.reached:
            continue
        over = graph.nodes[consumer].per_sample and graph.samples > 1
        share = writer.share(consumer, position, ref.index, "n" if over else None)
        if over:
            share = BigSum("n", graph.samples, share)
            share = Div(ONE, Name("N")) * share if graph.mean else share
        terms.append(share)
    return add(*terms)
