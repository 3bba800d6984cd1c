"""The sums that all entries of a row have in common, Σ e^z of a softmax: worked once a row."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec import Struct, structs

from ...expression.indices import Index, at, letters_of
from ...expression.tree import Add, BigSum, Dots, Expr, Number, Quantity
from ...expression.walking import children, holds, substitute, walk
from ..document import Block, Chain, Equations, Step
from ..entry_steps import evaluated
from ..steps import Writer
from .cells import number_of

MOST_REPEATED = 3
"""Terms up to which each entry has the whole sum in it."""


class RowTotal(Struct, frozen=True):
    """A sum in numbers, as it stands in each entry of a row, and what it comes to."""

    put: Expr
    value: Any
    chain: Chain


RowPlace = tuple[Index | None, ...]
"""The sample of a row, and the indices that its entries share."""
RowTotals = dict[RowPlace, tuple[RowTotal, ...]]


def totals_of(writer: Writer, equation: Chain, steps: Iterable[Step]) -> RowTotals:
    """Return the sums of more than a few terms that no entry of a row has for itself alone.

    ``equation`` is the general one, of which the steps are entries. Exact numbers stay as they are.
    """
    found = RowTotals()
    target, formula = equation.forms[0], equation.forms[-1]
    summed = holds(formula, BigSum)
    if not summed or not writer.trace.arithmetic.native or not isinstance(target, Quantity):
        return found
    *shared, own = target.ref.index
    for step in steps:
        row = _row(step)
        if row not in found:
            letters = dict(zip(shared, row[1:], strict=True))
            sums = [
                each for each in _sums(formula, step.substituted) if own not in _letters(each[0])
            ]
            totals = (_total(writer, total, put, row[0], letters) for total, put in sums)
            found[row] = tuple(total for total in totals if math.isfinite(total.value))
    return found


def equations_of(every: Iterable[RowTotals]) -> list[Block]:
    """Return the equations of the totals, if there are any."""
    chains = tuple(total.chain for each in every for row in each.values() for total in row)
    return [Equations(chains)] if chains else []


def over_totals(step: Step, totals: RowTotals) -> Expr:
    """Return the step's numbers, each total of its row as the one number that it is."""
    values = {total.put: Number(total.value) for total in totals.get(_row(step), ())}
    return substitute(step.substituted, values.get) if values else step.substituted


def _row(step: Step) -> RowPlace:
    return (step.target.sample, *step.target.index[:-1])


def _sums(general: Expr, put: Expr) -> Iterator[tuple[BigSum, Add]]:
    """Yield each Σ of a general formula with the terms that stand for it in numbers."""
    if isinstance(general, BigSum):
        if (
            isinstance(put, Add)
            and len(put.terms) > MOST_REPEATED
            and Dots not in map(type, put.terms)
        ):
            yield general, put
        return
    inner, numbers = children(general), children(put)
    if type(general) is type(put) and len(inner) == len(numbers):
        for pair in zip(inner, numbers, strict=True):
            yield from _sums(*pair)


def _letters(total: BigSum) -> set[str]:
    """Return the letters that stand in a Σ."""
    refs = (node.ref for node in walk(total) if isinstance(node, Quantity))
    return {letter for ref in refs for index in ref.index for letter in letters_of(index)}


def _total(
    writer: Writer, total: BigSum, put: Add, sample: Index | None, letters: Mapping[Any, Any]
) -> RowTotal:
    graph = writer.graph

    def change(node: Expr) -> Expr | None:
        if not isinstance(node, Quantity):
            return None
        index = tuple(at(each, letters) for each in node.ref.index)
        own = sample if graph.nodes[graph.number(node.ref.of())].per_sample else None
        return Quantity(structs.replace(node.ref, index=index, sample=own))

    value = number_of(writer.trace, put)
    return RowTotal(put, value, evaluated((substitute(total, change),), put, value))
