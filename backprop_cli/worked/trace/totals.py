"""The total that all entries of a row are divided by, Σ e^z of a softmax: worked once a row."""

from __future__ import annotations

import math

from msgspec import structs

from ...expression.tree import Add, BigSum, Call, Div, Expr, Number, Quantity
from ...graph.records import Layer
from ..document import Chain, Step
from ..entry_steps import evaluated
from ..steps import Writer
from ..view import View
from .cells import entry_of, number_of

MOST_REPEATED = 3
"""Terms up to which each entry has the whole sum under its fraction."""
RowTotals = dict[tuple[int, ...], Chain]
"""The chain of each row's total, by the row's index: () of one row."""


def totals_of(writer: Writer, layer: Layer, sample: int, view: View) -> RowTotals:
    """Return the total of each row that is shown, where it is too long to stand in every entry."""
    graph, found = writer.graph, RowTotals()
    of_sample = None if graph.single else sample
    if layer.activation != "softmax" or writer.trace.arithmetic.name != "float64":
        return found
    for index in filter(None, view.entries(graph.shape_of(layer.a, sample))):
        row = index[:-1]
        if row in found:
            continue
        match writer.step(entry_of(graph, layer.a, of_sample, *index)).substituted:
            case Div(_, Add(terms) as put) if len(terms) > MOST_REPEATED:
                value = number_of(writer.trace, put)
                if math.isfinite(value):
                    z = Quantity(entry_of(graph, layer.z, of_sample, *row, "k"))
                    total = BigSum("k", graph.shape_of(layer.z, sample)[-1], Call("exp", (z,)))
                    found[row] = evaluated((total,), put, value)
    return found


def over_total(step: Step, totals: RowTotals) -> Expr:
    """Return the step's numbers, the row's total as the one number that it is."""
    total = totals.get(tuple(i for i in step.target.index if isinstance(i, int))[:-1])
    match step.substituted:
        case Div() as put if total is not None and isinstance(total.forms[-1], Number):
            return structs.replace(put, denominator=total.forms[-1])
    return step.substituted
