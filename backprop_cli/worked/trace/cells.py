"""What tables of a trace are made of: labels, headings, worked cells, the samples' stacked rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from msgspec import structs

from ...expression.evaluate import COMPARISONS
from ...expression.indices import Index
from ...expression.refs import Ref
from ...expression.tree import ZERO, Call, Cases, Expr, Mul, Quantity, numeric
from ...expression.walking import substitute
from ...graph.records import Graph
from ...mathematics.activations import spelled_out
from ...passes.trace import Trace
from ..building import column
from ..document import Block, Code, Inline, Math, Note, Step, Table, Text


def axes_label(graph: Graph, ref: Ref, unit: str = "unit") -> Text:
    """Return what heads a table's column of entries: ``unit``, or ``step,unit``."""
    return Text(",".join(unit if axis == "unit" else axis for axis in graph.axes(ref)))


def entry_label(index: tuple[int, ...]) -> Text:
    """Return what stands before an entry in such a table: ``2``, or ``1,2``."""
    return Text(",".join(map(str, index)))


def entry_of(graph: Graph, number: int, sample: Index | None, *index: Index) -> Ref:
    """Return the entry of a layer's part."""
    return structs.replace(graph.nodes[number].ref, sample=sample, index=index)


def work_cell(step: Step) -> Inline:
    """Return the step's numbers, or the symbol where it only copies one quantity."""
    copied = isinstance(step.formula, Quantity)
    return Math(step.formula if copied else step.substituted)


def heading(ref: Ref) -> tuple[Inline, ...]:
    """Return a column's heading: the quantity in the notation's letters."""
    return (Math(Quantity(ref)),)


def stacked(tables: list[Table], samples: tuple[int, ...]) -> Table:
    """Return the samples' tables as one, with the sample in a column of its own."""
    if len(tables) == 1:
        return tables[0]
    columns = (column("sample"), *tables[0].columns)
    rows: list[tuple[Inline | None, ...]] = []
    for table, sample in zip(tables, samples, strict=True):
        for number, row in enumerate(table.rows):
            rows.append((Text(str(sample) if number == 0 else ""), *row))
    return Table(columns, tuple(rows))


def sample_caption(trace: Trace, sample: int) -> tuple[Inline, ...]:
    """Return ``sample 2`` in a batch, nothing for a single sample."""
    return () if trace.graph.single else (Text(f"sample {sample}"),)


def samples_note(trace: Trace, samples: tuple[int, ...]) -> list[Block]:
    """Return a note that says which samples are shown, if not all are."""
    if len(samples) == trace.graph.samples:
        return []
    shown = (
        f"samples {', '.join(map(str, samples))}" if len(samples) > 1 else f"sample {samples[0]}"
    )
    return [
        Note(
            (
                Text(f"{shown} of {trace.graph.samples}; "),
                Code("--sample i"),
                Text(" shows another, "),
                Code("--full"),
                Text(" all"),
            )
        )
    ]


def settled(trace: Trace, tree: Expr) -> Expr:
    """Return the tree with each function by cases replaced by the case that holds."""

    def choose(node: Expr) -> Expr | None:
        if isinstance(node, Mul) and _is_nothing(node):
            return ZERO
        if not isinstance(node, Cases):
            return None
        for condition, value in node.pieces:
            sides = (number_of(trace, condition.left), number_of(trace, condition.right))
            if COMPARISONS[condition.operator](*sides):
                return settled(trace, value)
        return settled(trace, node.otherwise)

    return substitute(tree, choose)


def _is_nothing(product: Mul) -> bool:
    """Return whether a product is 0·ln 0 in numbers, which counts for 0."""
    zeros = [numeric(factor) == 0 for factor in product.factors if numeric(factor) is not None]
    logarithms = (f for f in product.factors if isinstance(f, Call) and f.function in ("ln", "log"))
    return any(zeros) and any(numeric(ln.arguments[0]) == 0 for ln in logarithms)


def number_of(trace: Trace, tree: Expr) -> Any:
    """Return the value of a tree without quantities, in the trace's kind of number."""
    value = trace.arithmetic.elementwise(spelled_out(tree), {"_": np.zeros(1)})
    return value.ravel()[0]
