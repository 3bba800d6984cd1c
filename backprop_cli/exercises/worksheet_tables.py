"""Arrays of a worksheet: the equation of a general entry, and one table to fill in."""

from __future__ import annotations

import contextlib

from msgspec import structs

from ..expression.tree import Blank, Quantity
from ..graph.records import Graph
from ..passes.trace import Trace
from ..worked import document as doc
from ..worked.general_steps import general_formula
from ..worked.steps import Writer
from ..worked.trace.briefly import briefly_worked, first_step, side_by_side
from ..worked.trace.forward import also_called
from ..worked.trace.parts import general_chain
from ..worked.view import View
from .questions import Question
from .worksheet_lines import Guide, WorksheetLines

WHOLE = View(full=True)
"""Nothing of a table is left out that is asked for."""
PAGE, LABEL, GAP = 80, 8, 3
"""Characters of a page, of the column before a table's blanks, and between two of them."""


class ArrayTables:
    """Writes the arrays of one network: with blanks ``width`` wide, or with their numbers."""

    def __init__(
        self,
        subject: Trace | Graph,
        asked: tuple[Question, ...],
        guide: Guide,
        width: int,
        solution: bool,
    ) -> None:
        self.subject, self.writer = subject, Writer(subject)
        self.lines = WorksheetLines(subject, asked, general=True)
        self.guide, self.width, self.solution = guide, width, solution

    def blocks(self, asked: list[Question]) -> list[doc.Block]:
        """Return the equations, in a key with one entry worked, then the tables."""
        chains: list[doc.Chain] = []
        for each in asked:
            chains += self.equation(each) if self.solution or self.guide != "none" else ()
            if self.solution:
                step = first_step(self.writer, each.ref, 1)
                chains.append(briefly_worked(self.writer.trace, step))
        equations = [doc.Equations(tuple(chains))] if chains else []
        refs = [each.ref for each in asked]
        most = max(1, (PAGE - LABEL) // (self.width + GAP))
        tables = side_by_side(self.writer, refs, WHOLE, most=most, shared=False)
        if not self.solution:
            tables = [self.blank(each) if isinstance(each, doc.Table) else each for each in tables]
        return [*equations, *tables]

    def equation(self, each: Question) -> tuple[doc.Chain, ...]:
        """Return the formula of a general entry, or of a value its operation by name."""
        graph = self.writer.graph
        own = graph.nodes[graph.number(each.ref.of())].per_sample
        ref = graph.general(each.ref)
        formula = None
        with contextlib.suppress(ValueError, KeyError):
            formula = self.lines.short(ref, False) if own else general_formula(self.subject, ref)
        if formula is not None:
            return (doc.Chain((*also_called(graph, ref), Quantity(ref), formula), each.name),)
        by_name = general_chain(self.subject, each.ref)
        return tuple(structs.replace(chain, name=each.name) for chain in by_name)

    def blank(self, table: doc.Table) -> doc.Table:
        """Return the table with a line to write on in the place of each number."""
        line = doc.Math(Blank(self.width))
        rows = (tuple(line if isinstance(c, doc.Figure) else c for c in r) for r in table.rows)
        return structs.replace(table, rows=tuple(rows))
