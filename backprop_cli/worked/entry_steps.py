"""One worked line an entry: which entries there are, in the order in which they are computed."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any

import numpy as np
from msgspec import structs

from ..expression.indices import Index
from ..expression.refs import Ref, turned
from ..expression.tree import Expr, Known, Number, Quantity
from ..expression.walking import walk
from ..graph.parts import Layer
from ..graph.records import Graph
from .document import Chain, Figure, Step, Text
from .pages import Quantities, pages_of
from .reasons import Reason
from .steps import Writer
from .view import LARGE, LONG, MOST_LINES, USUAL, View


def worked_chain(step: Step) -> Chain:
    """Return the step as target = formula = numbers = value, repeating nothing."""
    forms = (Quantity(step.target), step.formula)
    return evaluated(forms, step.substituted, step.value, step.id, rule=step.rule)


def in_numbers(step: Step) -> Chain:
    """Return the step as target = numbers = value, the formula being said above.

    What only copies another quantity says which: its number alone would not.
    """
    put = step.substituted
    copied = (Quantity(put.ref),) if isinstance(put, Known) else ()
    return evaluated((Quantity(step.target), *copied), put, step.value, step.id)


def evaluated(
    forms: Iterable[Expr],
    put: Expr | None,
    value: Any,
    name: str = "",
    *,
    relation: str = "=",
    rule: Reason | None = None,
) -> Chain:
    """Return forms = numbers = value, repeating nothing, without numbers that cannot be read.

    ``put`` is the last form with its numbers put in; ``≈`` stands before a value that was cut.
    """
    shown = distinct(forms)
    if put is not None and not _is(put, value) and put != shown[-1] and is_readable(put):
        shown.append(put)
    if not _is(shown[-1], value):
        shown.append(Number(value))
    return structs.replace(ending(shown, name), relation=relation, rule=rule)


def ending(forms: Iterable[Expr], name: str = "") -> Chain:
    """Return the chain of forms that end in numbers: ``≈`` before exact ones that were cut."""
    shown = tuple(forms)
    numbers = (node.value for node in walk(shown[-1]) if isinstance(node, Number | Known))
    cut = any(getattr(number, "approximate", False) for number in numbers)
    return Chain(shown, name, "≈" if cut else "=")


def distinct(forms: Iterable[Expr]) -> list[Expr]:
    """Return the forms without those that repeat the one before."""
    return [form for form, _ in itertools.groupby(forms)]


def _is(tree: Expr, value: Any) -> bool:
    """Return whether the form is the value itself."""
    return isinstance(tree, Number | Known) and bool(tree.value == value)


def is_readable(tree: Expr) -> bool:
    """Return whether every number in a substituted line is short: a float, or a fraction."""
    return all(
        isinstance(getattr(node.value, "value", 0), Fraction | int)
        for node in walk(tree)
        if isinstance(node, Number | Known)
    )


def is_short(value: Any) -> bool:
    """Return whether a number fits a table's cell: a float, or a fraction of few digits."""
    inner = getattr(value, "value", value)
    if isinstance(inner, Fraction):
        return max(abs(inner.numerator), inner.denominator) < 10**9
    return inner is value


def figure(value: Any) -> Figure:
    """Return a table's cell of a number: its decimals where it is too long a fraction."""
    return Figure(value if is_short(value) else float(value))


def positions(graph: Graph, ref: Ref, view: View) -> Iterator[tuple[int, ...]]:
    """Yield the shown entries' indices, (to, from) for weights, row by row of the file.

    Of a table's gradient they are those of the rows that were looked up.
    """
    number = graph.find(ref)
    shape = graph.shape_of(number, ref.sample) if number is not None else ()
    shown = [[i for i in view.rows(size) if i] for size in shape]
    touched = graph.touched(number) if number is not None and ref.gradient else None
    if touched is not None:
        shown[0] = [touched[i - 1] for i in view.rows(len(touched)) if i]
    for position in itertools.product(*shown):
        yield turned(ref.part, position, graph.in_out)


def entry_steps(writer: Writer, ref: Ref, view: View) -> list[Step]:
    """Return the steps of a quantity's shown entries, for the shown samples."""
    return [writer.step(each) for each in shown_entries(writer.graph, ref, view)]


def shown_entries(graph: Graph, ref: Ref, view: View) -> list[Ref]:
    """Return a quantity's shown entries, for the shown samples."""
    number = graph.find(ref)
    if number is None:
        return []
    per_sample = graph.nodes[number].per_sample and not graph.single
    samples: tuple[Index | None, ...] = (ref.sample,)
    if per_sample and ref.sample is None:
        samples = view.shown_samples(graph.samples)
    return [
        structs.replace(ref, sample=sample or ref.sample, index=index or ref.index)
        for sample in samples
        for index in positions(graph, structs.replace(ref, sample=sample or ref.sample), view)
    ]


def ordered_entries(writer: Writer, refs: Iterable[Ref], view: View) -> Iterator[Ref]:
    """Yield the shown entries of quantities in the order in which they are computed.

    What a loop computes is taken step by step, its gradients from the last step back.
    """
    graph = writer.graph
    for number, group in itertools.groupby(refs, lambda ref: _loop_of(graph, ref)):
        if number is None:
            for ref in group:
                yield from shown_entries(graph, ref, view)
            continue
        clock, places = graph.loops[number].clock, []
        for order, ref in enumerate(group):
            forth = -clock.forth if ref.gradient else clock.forth
            places += [
                (each.sample or 0, forth * int(each.index[0]), order, each)
                for each in shown_entries(graph, ref, view)
            ]
        yield from (place[-1] for place in sorted(places, key=lambda place: place[:-1]))


def _loop_of(graph: Graph, ref: Ref) -> int | None:
    """Return which loop computes the quantity, if one does."""
    number = graph.find(ref)
    loops = enumerate(graph.loops)
    return next((i for i, loop in loops if number is not None and number in loop), None)


def needed_entries(writer: Writer, view: View) -> list[tuple[str, Text, list[Step]]]:
    """Return (id, title, steps) of every shown quantity: forward, loss, backward, gradients."""
    return _limited(writer, pages_of(writer.graph).quantities(writer, view), view)


def left_out(writer: Writer, view: View) -> dict[str, int]:
    """Return by section how many steps ``needed_entries`` leaves out, being too many."""
    graph, found = writer.graph, {}
    wanted = () if view.full else pages_of(graph).quantities(writer, view)
    for identity, _, refs in wanted:
        count = 0
        for ref in refs:
            number = graph.find(ref)
            several = number is not None and graph.nodes[number].per_sample and not graph.single
            samples = len(view.shown_samples(graph.samples)) if several else 1
            count += 0 if number is None else samples * len(list(positions(graph, ref, view)))
        found[identity] = max(0, count - MOST_LINES)
    return found


def _limited(writer: Writer, wanted: Quantities, view: View) -> list[tuple[str, Text, list[Step]]]:
    """Return the steps of the quantities, no more than a section can hold."""
    found = []
    for identity, title, refs in wanted:
        most = 10**9 if view.full else MOST_LINES
        every = map(writer.step, ordered_entries(writer, refs, view))
        found.append((identity, title, list(itertools.islice(every, most))))
    return found


def titled(layer: Layer) -> tuple[str | int, ...]:
    """Return ``1 'hidden'``: the layer's number, and its own name."""
    return (layer.index, f" '{layer.name}'") if layer.name else (layer.index,)


def loss_refs(graph: Graph) -> list[Ref]:
    """Return the loss's quantities that say something new: terms, costs, total."""
    refs = [Ref("loss_terms")]
    several = graph.terms is not None and graph.nodes[graph.terms].shape != (1,)
    if several and not graph.single:
        refs.append(Ref("cost"))
    if graph.penalties:
        refs.append(Ref("data_loss"))
        refs += [graph.nodes[number].ref for number in graph.penalties]
    return [*refs, Ref("loss")]


def is_large(graph: Graph) -> bool:
    """Return whether only corners can be read: there are many parameters, or one large image."""
    images = (math.prod(node.shape) for node in graph.nodes if len(node.shape) > 2)
    return max(total_entries(graph), max(images, default=0)) > LARGE


def is_long(graph: Graph) -> bool:
    """Return whether a sequence has more entries, values and gradients, than can be read."""
    nodes = [graph.nodes[graph.number(ref)] for layer in graph.layers for ref in layer.values]
    entries = sum(math.prod(node.shape) for node in nodes) * min(graph.samples, USUAL.samples)
    sequence = any(len(node.shape) > 1 for node in nodes)
    return sequence and 2 * entries + total_entries(graph) > LONG


def total_entries(graph: Graph) -> int:
    """Return how many parameters' entries there are."""
    return sum(int(np.prod(graph.nodes[node].shape)) for node in graph.parameters.values())
