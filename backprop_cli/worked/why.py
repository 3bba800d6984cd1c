"""Why a step is as it is: two sentences beside it, from the rules that compute it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import structs

from ..expression.indices import Index
from ..expression.refs import Ref
from ..expression.tree import BigSum, Expr, Partial, Quantity
from ..expression.walking import walk
from ..graph.records import Graph
from ..passes.trace import Trace
from .building import lettered
from .document import Block, Chain, Document, Equations, Math, Note, Section, Text
from .zeros import zero_notes_of

SEVERAL = (
    "it is read in several places: through each it has an effect of its own, and what comes back "
    "from all of them adds up."
)
ENDS = (
    "a weight's first index is the unit that it leads to, its second the one that it comes from. "
    "The sum is over the units above, so over the first, whatever letter counts them."
)
ENDS_TURNED = (
    "a weight's first index is the unit that it comes from, its second the one that it leads to. "
    "The sum is over the units above, so over the second, whatever letter counts them."
)
START = "it changes with itself one for one: with this 1 the way back begins."


def with_reasons(document: Document, graph: Graph, trace: Trace | None = None) -> Document:
    """Return the document with reasons after the equations that they explain, each said once.

    With a trace it is said too why an error is 0.
    """
    blocks = tuple(_explained(document.blocks, graph, trace, set()))
    return structs.replace(document, blocks=blocks)


def _explained(
    blocks: Iterable[Block], graph: Graph, trace: Trace | None, said: set[str]
) -> Iterator[Block]:
    for block in blocks:
        if isinstance(block, Section):
            inner = tuple(_explained(block.blocks, graph, trace, said))
            yield structs.replace(block, blocks=inner)
            continue
        yield block
        for chain in block.chains if isinstance(block, Equations) else ():
            yield from _notes(chain, graph, said)
            first = chain.forms[0]
            if trace is not None and isinstance(first, Quantity) and first.ref.gradient:
                yield from zero_notes_of(trace, first.ref)


def _notes(chain: Chain, graph: Graph, said: set[str]) -> Iterator[Note]:
    first = chain.forms[0]
    ref = _differentiated_by(first, graph)
    number = None if ref is None else graph.find(structs.replace(ref, layer=_layer(ref, graph)))
    for sentence in () if number is None else reasons(graph, number):
        if sentence not in said:
            said.add(sentence)
            yield Note((Math(first), lettered(f": {sentence}")), why=True)
    if ENDS not in said and _goes_back(chain):
        said.add(ENDS)
        ends = (
            Text(f": {ENDS_TURNED}")
            if graph.in_out
            else Text(f": {ENDS}", turned=f": {ENDS_TURNED}")
        )
        yield Note((Math(first), ends), why=True)


def _goes_back(chain: Chain) -> bool:
    """Return whether the chain is a sum of weights times the errors above: Σ_k w_kj δ_k."""
    sums = (node for form in chain.forms for node in walk(form) if isinstance(node, BigSum))
    return any(_is_weighted(each.body) for each in sums)


def _is_weighted(body: Expr) -> bool:
    refs = [node.ref for node in walk(body) if isinstance(node, Quantity)]
    return any(r.part == "W" and len(r.index) == 2 and not r.gradient for r in refs) and any(
        r.gradient and r.part == "z" for r in refs
    )


def reasons(graph: Graph, number: int) -> list[str]:
    """Return why a node's gradient is as it is: a reason for each kind of line that reads it."""
    node, arrivals = graph.nodes[number], graph.arrivals[number]
    found = [
        graph.rule(consumer).why(position)
        for consumer, position in arrivals
        if graph.nodes[consumer].shortcut is None
    ]
    if number == graph.loss:
        found += [START, graph.rule(number).why(0)]
    if len(arrivals) > 1:
        found.append(SEVERAL)
    for layer in graph.layers:
        if number == layer.z != layer.a:  # a derivation goes from z to the layer above at once
            fused = graph.nodes[layer.a].shortcut
            found += reasons(graph, layer.a) if fused is None else [fused.rule.why(0)]
    if not node.per_sample and not graph.single and graph.cost is not None:
        found += [graph.rule(consumer).why(k) for consumer, k in graph.arrivals[graph.cost]]
    return [sentence for sentence in dict.fromkeys(found) if sentence]


def _differentiated_by(form: Expr, graph: Graph) -> Ref | None:
    """Return the quantity by which the loss is differentiated, where the form says so."""
    if isinstance(form, Quantity):
        return form.ref.of() if form.ref.gradient else None
    if not isinstance(form, Partial):
        return None
    number = graph.find(form.of)
    return form.wrt if number is not None and number in (graph.loss, graph.cost) else None


def _layer(ref: Ref, graph: Graph) -> Index | None:
    """Return the layer; of a general equation the last, or the first, which stands for any."""
    if ref.layer is None or isinstance(ref.layer, int):
        return ref.layer
    return len(graph.layers) if ref.layer == "L" else 1
