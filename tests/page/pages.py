"""A whole document checked in the order in which it is read: sections, chains, tables, lines."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
from msgspec import structs

from backprop_cli.expression.indices import letters_of
from backprop_cli.expression.refs import Ref
from backprop_cli.expression.tree import (
    ONE,
    Expr,
    Matrix,
    Mul,
    Name,
    Number,
    Partial,
    Quantity,
    Tangent,
)
from backprop_cli.expression.walking import walk
from backprop_cli.graph.names import UnknownName
from backprop_cli.graph.records import Graph
from backprop_cli.graph.resolving import resolve
from backprop_cli.notation.bound import Notation
from backprop_cli.notation.refs import every_ref
from backprop_cli.passes.run import run
from backprop_cli.passes.trace import Trace
from backprop_cli.worked.document import (
    Block,
    Chain,
    Code,
    Column,
    Document,
    Equations,
    Figure,
    Inline,
    Line,
    Math,
    Note,
    Paragraph,
    Section,
    Table,
    Text,
)

from .capture import Shown
from .drawing import drawn_functions, is_open, twin
from .evaluating import Evaluator
from .quantities import Array, Unknown, constants
from .truth import Tally, checked, flattened, is_equation

DOWN = ("row", "kernel row", "channel", "filter")
"""What the first column of a grid counts: the one letter of each heading."""
OF_SAMPLE = re.compile(r"The long way, sample (\d+)")
"""How a section is headed whose tables are of one sample."""
UNITS = ("unit", "output", "input", "column")
"""What the headings of the columns that count units, or entries along several axes, end with."""


def headed(column: Column) -> Line:
    """Return a column's heading, with the number under it as name = number."""
    value = column.value
    return column.heading if value is None else (*column.heading, Text(" = "), value)


class Reader:
    """Reads a document from its beginning, knowing at each place what was said before."""

    def __init__(self, start: Evaluator, half_unit: float = 0.0) -> None:
        self.start = start
        self.half_unit = half_unit
        self.tally = Tally()
        self.constants = dict(start.names)

    # -- blocks

    def read(self, blocks: tuple[Block, ...]) -> None:
        """Check every equation of the blocks."""
        for block in blocks:
            match block:
                case Section():
                    before = self.start
                    self.start_of(block)
                    self.line(block.title)
                    self.read(block.blocks)
                    self.start = structs.replace(before, names={**before.names, **self.constants})
                case Equations(chains):
                    self.equations(chains)
                case Table():
                    self.table(block)
                case Paragraph(line) | Note(line):
                    self.line(line)
                case _:
                    pass

    def start_of(self, section: Section) -> None:
        """Take the sample of a section that is of one; and what forward mode's derivatives are by.

        The latter if the section begins with its 1.
        """
        title = section.title[0] if section.title else None
        said = OF_SAMPLE.match(title.text if isinstance(title, Text) else "")
        if said is not None:
            self.start = structs.replace(self.start, sample=int(said[1]))
        first = next((b for b in section.blocks if isinstance(b, Equations) and b.chains), None)
        forms = first.chains[0].forms if first is not None else ()
        of = _start(*forms[:2]) if len(forms) > 1 else None
        if of is None:
            tangents = {n for f in forms for n in walk(f) if isinstance(n, Tangent)}
            of = self.first_variable() if tangents else None
        if of is not None:
            self.know(self.tangents(of))

    def first_variable(self) -> Ref | None:
        """Return a variable that reaches the output, or its first entry: any tries a rule."""
        graph = self.start.trace.graph
        reaching = (graph.nodes[n] for n in graph.given if n in graph.reached)
        return next((node.ref.at(*(1 for _ in node.shape)) for node in reaching), None)

    def tangents(self, of: Ref) -> dict[Expr, Array]:
        """Return every node's derivative by a start; nothing for arrays."""
        try:
            return self.start.tangents(of)
        except Unknown:
            return {}

    def know(self, names: dict[Expr, Array]) -> None:
        """Remember the numbers of names."""
        self.start = structs.replace(self.start, names={**self.start.names, **names})

    def check(self, chain: Chain) -> None:
        """Check one equation; a letter that has a number has that one."""
        first = chain.forms[0]
        if chain.relation == "=" and first in self.constants:
            number = Number(float(self.constants[first]))
            chain = structs.replace(chain, forms=(number, *chain.forms[1:]))
        self.tally.add(checked(chain, self.start, self.half_unit))

    def equations(self, chains: tuple[Chain, ...]) -> None:
        """Check chains one after the other: what one defines, the next may use."""
        for chain in chains:
            first = chain.forms[0]
            before = self.start
            state = isinstance(first, Name) and chain.relation == "←"
            if state and any(first in walk(form) for form in chain.forms[1:]):
                self.know({first: np.zeros(())})  # what an optimizer keeps begins at 0
            self.check(chain)
            value = self.first_value(chain)
            self.start = before
            if isinstance(first, Name) and value is not None:
                self.know({first: value})

    def first_value(self, chain: Chain) -> Array | None:
        """Return the value of what a name is said to be, as a formula gives it."""
        for form in chain.forms[1:]:
            try:
                return np.asarray(self.start.value(form))
            except Unknown:
                continue
        return None

    # -- lines

    def line(self, line: Line) -> None:
        """Check the equations within a line of words."""
        for forms in in_line(line):
            self.check(Chain(forms, "in a line"))

    # -- tables

    def table(self, table: Table) -> None:
        """Check a table's rows: a cell and the number beside it, a heading and what is under it."""
        for column in table.columns:
            self.line(headed(column))
        self.line(table.caption)
        sample = self.start.sample
        for row in table.rows:
            if row[0] is None:
                continue
            own = self.start
            sample, indices = self.labels(table, row, sample)
            self.start = structs.replace(
                own, sample=sample, indices={**own.indices, **indices}, pinned=True
            )
            for position, cell in enumerate(row):
                self.cell(table, row, position, cell)
            self.start = own
            self.settings_of(row)

    def labels(
        self, table: Table, row: tuple[Inline | None, ...], sample: int
    ) -> tuple[int, dict[str, int]]:
        """Return which sample a row is about, and the units that its headings' letters mean."""
        entry: tuple[int, ...] = ()
        step = 0
        for column, cell in zip(table.columns, row, strict=True):
            said = "".join(part.text for part in column.heading if isinstance(part, Text))
            text = cell.text if isinstance(cell, Text) else ""
            if said == "sample" and text.isdigit():
                sample = int(text)
            if said == "step" and text.isdigit():
                step = int(text)
            if column.kind == "label" and said.split(",")[-1] in UNITS:
                entry = tuple(int(part) for part in text.split(",") if part.isdigit())
        down = row[0].text if isinstance(row[0], Text) else ""
        said = "".join(p.text for p in table.columns[0].heading if isinstance(p, Text))
        if said in DOWN and down.isdigit():
            found = {x: int(down) for column in table.columns for x in _free(column.heading)}
            assert all(len(set(_free(column.heading))) < 2 for column in table.columns)
            return sample, found
        letters = {
            letter: place
            for column in table.columns
            for part in column.heading
            if isinstance(part, Math)
            for node in walk(part.expr)
            if isinstance(node, Quantity | Partial)
            for ref in ((node.ref,) if isinstance(node, Quantity) else (node.of, node.wrt))
            if len(ref.index) == len(entry)
            for index, place in zip(ref.index, entry, strict=True)
            for letter in letters_of(index)
        }
        every = [
            ref
            for column in table.columns
            for p in column.heading
            if isinstance(p, Math)
            for ref in every_ref(p.expr)
        ]
        of_step = (letter for ref in every for letter in letters_of(*ref.index[:1] or (1,)))
        letters |= dict.fromkeys(of_step, step) if step else {}
        letters |= {str(r.sample): sample for r in every if isinstance(r.sample, str)}
        return sample, letters

    def cell(
        self, table: Table, row: tuple[Inline | None, ...], position: int, cell: Inline | None
    ) -> None:
        """Check what a cell says with what stands beside and above it."""
        behind = row[position + 1] if position + 1 < len(row) else None
        heading = headed(table.columns[position])
        above = tuple(part.expr for part in heading if isinstance(part, Math))
        forms: tuple[Expr, ...] = ()
        if isinstance(cell, Math):
            forms = flattened(cell.expr)
            work = table.columns[position].kind == "work"
            if work and isinstance(behind, Figure):
                forms = (*forms, Number(behind.value))
            if work and len(above) == 1 and self.start.indices:
                forms = (*above, *forms)
        elif isinstance(cell, Code) and isinstance(behind, Figure):
            forms = self.named(cell.text, table, position, behind)
        elif isinstance(cell, Figure):
            forms = (*self.crossed(table, row, heading, above), Number(cell.value))
        if len(forms) > 1:
            self.check(Chain(forms, f"cell under {table.columns[position].name}"))

    def crossed(
        self, table: Table, row: tuple[Inline | None, ...], heading: Line, above: tuple[Expr, ...]
    ) -> tuple[Expr, ...]:
        """Return what a number in a table of two directions is, by its row and its column."""
        label, corner = row[0], table.columns[0].heading
        left = flattened(label.expr) if isinstance(label, Math) else ()
        top = above[0] if above else None
        of = left[0] if left else None
        if isinstance(of, Quantity) and isinstance(top, Quantity):
            partial = next((p.expr for p in corner if isinstance(p, Math)), None)
            if isinstance(partial, Partial):
                sample = self.start.sample if not self.start.trace.graph.single else None
                refs = (structs.replace(q.ref, sample=sample) for q in (of, top))
                return (Partial(*refs),)
            if of.ref.gradient and top.ref.gradient and of.ref.part == top.ref.part == "W":
                return (Quantity(met(of.ref, top.ref)),)
            if len(left) > 1 and len(above) > 1:
                return (Mul((of, top)),)
            return ()
        if len(above) == 1 == len(heading) and self.start.indices:
            return above
        return ()

    def named(self, name: str, table: Table, position: int, behind: Figure) -> tuple[Expr, ...]:
        """Return a quantity by its plain name, where the number behind it is its value."""
        said = "".join(
            part.text for part in table.columns[position + 1].heading if isinstance(part, Text)
        )
        if said not in ("value", "backpropagation"):
            return ()
        try:
            ref = resolve(name, self.start.trace.graph)
        except UnknownName:
            return ()
        return (Quantity(ref), Number(behind.value))

    def settings_of(self, row: tuple[Inline | None, ...]) -> None:
        """Remember a row that gives a letter its number: η  learning_rate  0.1."""
        first, *others = row
        if not isinstance(first, Math) or not isinstance(first.expr, Name):
            return
        for cell in others:
            if isinstance(cell, Math) and isinstance(cell.expr, Number):
                self.constants[first.expr] = np.asarray(float(cell.expr.value))
                self.know({first.expr: self.constants[first.expr]})


def met(down: Ref, across: Ref) -> Ref:
    """Return the entry where a row ``∂C/∂w₁ₖ`` meets a column ``∂C/∂wⱼ₂``."""
    pairs = zip(down.index, across.index, strict=True)
    return down.at(*(a if isinstance(a, int) else b for a, b in pairs))


def in_line(line: Line) -> Iterator[tuple[Expr, ...]]:
    """Yield each equation of a line: in one piece, or two pieces with = between them."""
    for position, part in enumerate(line):
        if isinstance(part, Math) and is_equation(part.expr):
            yield flattened(part.expr)
        between = isinstance(part, Text) and part.text.strip() == "="
        if not between or not 0 < position < len(line) - 1:
            continue
        left, right = line[position - 1], line[position + 1]
        forms = [
            cell.expr if isinstance(cell, Math) else Number(cell.value)
            for cell in (left, right)
            if isinstance(cell, Math | Figure)
        ]
        if len(forms) == 2:
            yield tuple(forms)


# -- what one call prints


def numbers_of(shown: Shown) -> tuple[Trace, float]:
    """Return the numbers that a document is true of, and half a unit of its rounding."""
    graph = shown.graph
    half = 0.0
    for option in ("--round-forward", "--round-backward"):
        if option in shown.call:
            digits = int(shown.call[shown.call.index(option) + 1])
            half = max(half, 0.5 * 10.0**-digits)
    if graph.symbolic or is_open(graph):
        return run(twin(graph)), half
    if shown.trace is None or shown.trace.arithmetic.name != "float64":
        return run(graph), half
    return shown.trace, half


def page(shown: Shown, notation: str = "") -> Tally:
    """Check the document that a call prints, in a notation."""
    trace, half = numbers_of(shown)
    written = shown.written(notation)
    return document_checked(shown.spoken(notation), trace, written, shown.graph, half)


def document_checked(
    document: Document, trace: Trace, written: Notation, graph: Graph, half: float = 0.0
) -> Tally:
    """Check a document that is written in a notation."""
    names = constants(trace.graph, written)
    start = Evaluator(trace, names=names, notation=written, drawn=drawn_functions(graph))
    reader = Reader(start, half)
    reader.read(document.blocks)
    return reader.tally


def _free(heading: Line) -> Iterator[str]:
    """Yield the index letters of the quantities in a heading."""
    for part in heading:
        if isinstance(part, Math) and isinstance(part.expr, Quantity):
            for index in part.expr.ref.index:
                yield from letters_of(index)


def _start(left: Expr, right: Expr) -> Ref | None:
    """Return what ẋ = 1 starts from, or which entry of an array ẋ = [0; 1; 0] does."""
    if isinstance(left, Tangent) and isinstance(right, Number):
        return left.ref
    if isinstance(left, Tangent) and isinstance(right, Matrix):
        ones = [
            (i, j) for i, row in enumerate(right.rows, 1) for j, n in enumerate(row, 1) if n == ONE
        ]
        place = ones[0] if len(ones) == 1 else ()
        return left.ref.at(*(place if len(right.rows[0]) > 1 else place[:1])) if place else None
    return None
