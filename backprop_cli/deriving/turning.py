"""How a share's formula comes about where the chain rule alone does not show it: kernels turn."""

from __future__ import annotations

from ..expression.axes import letters
from ..expression.refs import Ref
from ..expression.tree import Partial, Quantity
from ..functions.rules import NoForm
from ..graph.parts import Layer
from ..graph.records import Graph
from ..mathematics.formulas import without_ones
from ..worked.document import Block, Chain, Math, Note, Text
from ..worked.entry_steps import distinct
from ..worked.grids import remarks
from ..worked.reasons import Law, Reason
from .deriver import Deriver


def turned_chains(deriver: Deriver, needed: list[Layer], wanted: tuple[Ref, ...]) -> list[Chain]:
    """Return ∂z/∂a and ∂C/∂a of the first of each kind of layer whose share has several forms.

    ∂C/∂a goes from the sum over the windows to the sum over the places of the turned kernel.
    """
    chains: list[Chain] = []
    seen: set[str] = set()
    for number in _read(deriver, needed, wanted):
        for consumer, position in deriver.graph.arrivals[number]:
            name = deriver.graph.rule(consumer).name
            if name not in seen:
                found = _chains(deriver, number, consumer, position)
                seen |= {name} if found else set()
                chains += found
    return chains


def _chains(deriver: Deriver, number: int, consumer: int, position: int) -> list[Chain]:
    nodes = deriver.graph.nodes
    at = deriver.ref(number, *letters(nodes[number].axes))
    shapes, rule = deriver.general.shapes(consumer), deriver.graph.rule(consumer)
    try:
        ways = (
            *rule.write_ways(position, at.index, shapes),
            rule.write_share(position, at.index, shapes),
        )
        if len(ways) == 1:
            return []
        ((_, out_index), *_) = deriver.outputs(consumer, position, at.index)
        local = Partial(deriver.at(nodes[consumer].ref, out_index), at)
        derivative = without_ones(deriver.local(local))
    except NoForm:
        return []
    total = deriver.one_consumer(consumer, position, at.index, at)
    forms = [Quantity(at.grad()), total, *(deriver.named(way, consumer) for way in ways)]
    if len(deriver.graph.arrivals[number]) > 1:
        forms = forms[1:]
    return [
        Chain((local, derivative), rule=Reason(Law.SUM)),
        Chain(tuple(distinct(forms)), rule=Reason(Law.CHAIN)),
    ]


def spoken(deriver: Deriver, needed: list[Layer], wanted: tuple[Ref, ...]) -> list[Block]:
    """Return what must be said beside the formulas of the derivation, each once.

    Where steps follow each other, what holds of one quantity alone says of which.
    """
    graph = deriver.graph
    ordered = sorted(needed, key=lambda each: each.z)
    refs = [ref for layer in ordered for ref in layer.values[:-1]]
    refs += [ref.grad() for layer in ordered for ref in layer.values[:-2]]
    refs += [r.grad() for each in ordered for r in each.values[-2:] if _is_read_late(graph, r)]
    refs += [graph.nodes[number].ref.grad() for number in _read(deriver, needed, wanted)]
    noted: dict[Block, list[Ref]] = {}
    for ref in refs:
        for note in remarks(graph, ref):
            noted.setdefault(note, []).append(ref)
    return [
        Note((Math(Quantity(graph.general(of[0]))), Text(": "), *note.line))
        if graph.loops and len(of) == 1 and isinstance(note, Note)
        else note
        for note, of in noted.items()
    ]


def _is_read_late(graph: Graph, ref: Ref) -> bool:
    """Return whether the next step reads a value."""
    readers = graph.consumers.get(graph.number(ref), ())
    return any(position in graph.rule(reader).late_inputs for reader, position in readers)


def _read(deriver: Deriver, needed: list[Layer], wanted: tuple[Ref, ...]) -> list[int]:
    """Return the values whose gradients are sums over what reads them, the loss's own left out."""
    asked = [deriver.general.number(ref) for ref in wanted if not deriver.is_parameter(ref)]
    numbers = sorted({*(layer.a for layer in needed), *asked}, reverse=True)
    terms = deriver.graph.terms
    return [n for n in numbers if all(c != terms for c, _ in deriver.graph.arrivals[n])]
