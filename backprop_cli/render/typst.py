"""Document → Typst: compiles as it is; tables with ``table``, mathematics in Typst's syntax."""

from __future__ import annotations

from itertools import groupby, zip_longest
from math import inf

from msgspec import Struct

from ..diagrams.lettering import POINT
from ..expression.tree import Expr, Known, Matrix, Number
from ..languages import ENGLISH
from ..printing.drawn import Drawn
from ..printing.latex.width import DISPLAY, text_width
from ..printing.mathematics import MathPrinter
from ..printing.page import POINTS, Page
from ..printing.settings import Settings
from ..printing.typst_math import TypstMath, quoted
from ..spec.profile import Profile
from ..worked.document import (
    WHY,
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
    Picture,
    Section,
    Strong,
    Table,
    Text,
)
from . import Format
from .chains import approximate, column_figures, label, links
from .latex.equations import SHRUNK, Cut, broken, legible, within
from .latex.tables import GAP, DrawnTable, TabularPlan
from .pictures import svgs_of
from .typst_layout import CLOSER, FLOATING, HELPERS, IN_PLACE, PAGE, words
from .typst_tables import held, padded

_FEW = 7
"""A table of no more rows is not cut by the end of a page."""
_TOGETHER = 3
"""No more formulas than these are kept with the table under them."""
_OF_TEX = 72 / POINTS["in"]
"""TeX's point, in points."""
_SIZE, _TEXT = 10.5, 166.0
"""The size of letters on pages of their own, in points, and the width of their text, in mm."""
_ELSEWHERE, _COLUMN = 11.0, 160.0
"""The same where a document stands in another, if this says nothing else."""
_GUTTER = 2.5
"""The space between two tables side by side, in em."""
_SURE = 0.97
"""The part of a line that tables of closed forms may take."""
_INDENT = 1.5
"""The indent of a line that goes on, in em."""
_SPARE = 0.6
"""The part of a line up to which a piece is never set smaller, wherever the file is put.

Values up to it stand side by side.
"""


def render_typst(document: Document, printer: MathPrinter, page: Page) -> str:
    """Return the document as a file that compiles; ``standalone`` lays out its pages too."""
    writer = _TypstWriter(printer, page)
    body = "\n\n".join(writer.blocks(document.blocks))
    title = words(document.title)
    layout = PAGE.format(title=quoted(document.title), words=title) if page.standalone else ""
    if printer.settings.language != ENGLISH:
        layout += f'#set text(lang: "{printer.settings.language}")\n'
    pictures = (FLOATING if page.standalone else IN_PLACE) if "#picture(" in body else ""
    heading = f"{'=' * page.layout.heading} {title}\n\n" if document.title else ""
    closer = CLOSER if page.standalone else ""
    wide = page.layout.width
    if wide is None:
        return f"{layout}{HELPERS}{pictures}{closer}\n{heading}{body}\n"
    width = "".join(map(str, wide.parts))
    if page.standalone:
        layout += f"#set page(width: {width} + 4.4cm)\n"
        return f"{layout}{HELPERS}{pictures}{closer}\n{heading}{body}\n"
    return f"{layout}{HELPERS}{pictures}\n#block(width: {width})[\n{heading}{body}\n]\n"


class _Measured(Struct, frozen=True):
    """A table, the parts in which it fits, and the width of them together in em."""

    table: Table
    plans: list[TabularPlan]
    width: float


class _TypstWriter:
    """The visitor: a piece of Typst for each block."""

    def __init__(self, printer: MathPrinter, page: Page) -> None:
        own = (printer.profile, printer.settings)
        self.printer = printer if isinstance(printer, TypstMath) else TypstMath(*own)
        self.page, self.pictures = page, page.pictures
        width, size = page.layout.width, _SIZE if page.standalone else _ELSEWHERE
        given = (_TEXT if page.standalone else _COLUMN) * POINTS["mm"]
        self.room = (given if width is None else width.points) / size * _OF_TEX

    def block(self, block: Block) -> str:
        match block:
            case Paragraph(parts):
                return self.line(parts)
            case Note():
                aside = self.line(block.marked(self.printer.settings.said(WHY)))
                return f"#quote(block: true)[{aside}]"
            case Equations(chains):
                return self.equations(chains)
            case Table():
                return self.caption(block) + "\n\n".join(self.parts(self.measured(block)))
            case Picture():
                return self.picture(block)
            case Section():
                heading = f"{'=' * block.level} {self.line(block.title)}"
                pictures = [each for each in block.blocks if isinstance(each, Picture)]
                if len(pictures) < len(block.blocks):
                    return "\n\n".join([heading, *self.blocks(block.blocks)])
                drawn = (self.picture(each, alone=True) for each in pictures)
                return "\n\n".join([heading, *filter(None, drawn)])

    def blocks(self, blocks: tuple[Block, ...]) -> list[str]:
        """Return the blocks that say something; small tables in a row stand side by side."""
        drawn = []
        for small, run in groupby(zip_longest(blocks, blocks[1:]), key=_small):
            if small:
                tables, follow = zip(*run, strict=True)
                row = [self.measured(table) for table in tables if isinstance(table, Table)]
                noted = isinstance(follow[-1], Note)
                drawn += self.noted(row) if noted else [self.beside(row)]
            else:
                drawn += [self.kept(block, after) for block, after in run]
        return list(filter(None, drawn))

    def kept(self, block: Block, after: Block | None) -> str:
        """Return the block: a few formulas stand on the page of the table that works them.

        A note stands on that of what it is a note to, a sentence on that of what it leads to.
        """
        drawn = self.block(block)
        match block, after:
            case Equations(chains), Table() | Note() if drawn and len(chains) <= _TOGETHER:
                return _with_next(drawn)
            case Note() | Paragraph(), Note():
                return _with_next(drawn)
            case Paragraph(), Equations() | Table():
                return _with_next(drawn)
        return drawn

    # -- lines

    def line(self, parts: Line) -> str:
        return "".join(self.inline(part) for part in parts)

    def inline(self, part: Inline) -> str:
        match part:
            case Text(text):
                return words(text)
            case Strong(text):
                return f"#strong[{words(text)}]"
            case Code(text):
                return f"#raw({quoted(text)})" if text else ""
            case Math(expr):
                return f"${self.printer.draw(expr)}$"
            case Figure(value):
                return f"${self.printer.number(value)}$"

    def equations(self, chains: tuple[Chain, ...]) -> str:
        """Return the chains, what is left of their relations as wide as the widest.

        Those that are but values, as what is given, stand side by side.
        """
        if chains and max(map(self.value_width, chains)) < _SPARE * self.room:
            values = ",\n".join(map(self.value, chains))
            return f"#beside(\n  align: horizon,\n{values},\n)"
        targets = (self.printer.visit(chain.forms[0]).width[DISPLAY] for chain in chains)
        room = self.room - min(max(targets, default=0.0), self.room / 2) - _INDENT
        rows = ",\n".join(self.chain(chain, room) for chain in chains)
        return f"#chains(\n{rows},\n)" if chains else ""

    def value_width(self, chain: Chain) -> float:
        """Return the width of a chain that is no more than a value, of any other infinity."""
        value = isinstance(chain.forms[-1], Matrix | Number | Known) and len(chain.forms) == 2
        beside = label(chain)
        if chain.ranges or not value or isinstance(beside, Text):
            return inf
        name = text_width(beside.text, typewriter=True) if isinstance(beside, Code) else 0.0
        drawn = sum(self.printer.visit(form).width[DISPLAY] for form in chain.forms)
        return drawn + max(0.0, name + 1 - (1 - _SPARE) * self.room)

    def value(self, chain: Chain) -> str:
        """Return a chain of one value, and its name beside it."""
        ((sign, form),) = links(chain, self.printer)
        drawn = f"$display({self.printer.draw(chain.forms[0])} {sign} {self.printer.draw(form)})$"
        beside = label(chain)
        name = f"#h(1em)#text(fill: luma(35%))[{self.inline(beside)}]" if beside else ""
        return f"  [{drawn}{name}]"

    def chain(self, chain: Chain, room: float) -> str:
        """Return the target, the forms in pieces, and what stands beside them.

        An exact value whose closed form would be too small to read is shown by its decimals.
        """
        if self.printer.settings.exact and not legible(chain, self.printer, room):
            rounded = self.printer.with_settings(self.printer.settings.rounded)
            return _TypstWriter(rounded, self.page).chain(approximate(chain), room)
        target = f"$display({self.printer.draw(chain.forms[0])})$"
        forms = "".join(self.linked(form, room, sign) for sign, form in links(chain, self.printer))
        if chain.ranges:
            ranges = ", ".join(f"${self.printer.draw(part)}$" for part in chain.ranges)
            forms += f"#h(2em) #box[{self.printer.settings.said('for')} {ranges}]"
        beside = label(chain)
        name = f"[{self.inline(beside)}]" if beside is not None else "none"
        return f"  ({target}, [{forms}], {name})"

    def linked(self, form: Expr, room: float, sign: Drawn) -> str:
        """Return a form after its sign, in one piece where a line has room for it."""
        whole = sign + " " + self.printer.visit(form)
        if whole.width[DISPLAY] <= room:
            return f'#{_piece(whole, room)}($"" {whole}$)'
        return self.pieces(form, room, sign)

    def pieces(self, form: Expr, room: float, sign: Drawn | str = "") -> str:
        """Return the form in pieces, no wider than the room, between which a line may be broken.

        The empty string before a sign gives it the space of a sign between two terms.
        """
        pieces = within(form, self.printer, room)
        if any(piece.width[DISPLAY] > SHRUNK * room for piece in pieces):
            pieces = broken(form, self.printer, room, Cut.BLOCKS)
        first, *more = pieces
        drawn = [f'"" {sign} {first}' if sign else first.text]
        drawn += [f'"" {piece.text.strip()}' for piece in more]
        named = (
            "tall" if piece.tall.fractions and not sign else _piece(piece, room) for piece in pieces
        )
        return "".join(f"#{name}(${text}$)" for name, text in zip(named, drawn, strict=True))

    def picture(self, picture: Picture, *, alone: bool = False) -> str:
        """Return the picture within the file, its letters placed as the shipped fonts have them.

        One that is ``alone`` in its section stays under the heading.
        """
        parts = []
        svgs = svgs_of(picture, self.printer, self.page, settled=True) if self.pictures else []
        for drawn in svgs:
            said, svg = quoted(drawn.said), quoted(drawn.svg.replace("\n", " "))
            size = f"{drawn.width * POINT:.2f}pt, {drawn.height * POINT:.2f}pt"
            parts.append(f"({size}, {said}, {svg})")
        section = "alone: true, " if alone else ""
        return f"#picture({section}{', '.join(parts)})" if parts else ""

    # -- tables

    def measured(self, table: Table) -> _Measured:
        """Return the parts that fit; closed forms are a little wider than LaTeX sets them."""
        drawn = DrawnTable(table, self.printer)
        plans = drawn.plans(self.room * (_SURE if self.printer.settings.exact else 1.0))
        return _Measured(table, plans, sum(map(drawn.width, plans)))

    def parts(self, measured: _Measured) -> list[str]:
        """Return the table: one that is too wide in smaller letters, lines, or parts."""
        table = measured.table
        columns = [self.column(table, number) for number in range(len(table.columns))]
        return [self.part(table, plan, columns) for plan in measured.plans]

    def caption(self, table: Table) -> str:
        return f"#block(sticky: true)[{self.line(table.caption)}]\n" if table.caption else ""

    def beside(self, tables: list[_Measured]) -> str:
        """Return small tables side by side; one caption above the first is above all."""
        above = [self.caption(each.table) for each in tables]
        shared = not any(above[1:])
        parts = [
            ("" if shared or number else caption) + part
            for each, caption in zip(tables, above, strict=True)
            for number, part in enumerate(self.parts(each))
        ]
        drawn = parts[0] if len(parts) == 1 else f"#beside([{'], ['.join(parts)}])"
        return above[0] + drawn if shared else drawn

    def noted(self, tables: list[_Measured]) -> list[str]:
        """Return small tables before a note, all on its page if they fill but a line, or the last.

        What is kept with what follows moves to the next page with it.
        """
        wide = sum(each.width + _GUTTER for each in tables) - _GUTTER
        first = 0 if wide <= self.room else len(tables) - 1
        before = [self.beside(tables[:first])] if first else []
        return [*before, _with_next(self.beside(tables[first:]))]

    def part(self, table: Table, plan: TabularPlan, columns: list[list[str]]) -> str:
        """Return a table of the planned columns; a long one's last says what is not cut."""
        chosen = [table.columns[number] for number in plan.columns]
        sides = ["right" if c.kind == "figure" else "left" for c in chosen]
        heads = [self.heading(column) for column in chosen]
        drawn = [
            self.fitted(table, number, plan.budget[number]) if number in plan.budget else column
            for number, column in enumerate(columns)
            if number in plan.columns
        ]
        widths = [
            f"{plan.budget[number] + GAP:.2f}em" if number in plan.budget else "auto"
            for number in plan.columns
        ]
        rows = [list(cells) for cells in zip(*drawn, strict=True)]
        middle = " + horizon" if any("#tall(" in cell for row in rows for cell in row) else ""
        function = "kept"
        if len(rows) > _FEW:
            function = "long"
            heads.append("[]")
            widths.append("0pt")
            for row, together in held(table):
                rows[row].append(f"held({together})" if together > 1 else "[]")
        body = "".join(f"  {', '.join(row)},\n" for row in rows)
        text = (
            f"#{function}(\n  columns: ({', '.join(widths)},),\n"
            f"  align: ({', '.join(side + middle for side in sides)},),\n"
            f"  table.hline(),\n  table.header({', '.join(heads)}),\n"
            f"  table.hline(stroke: 0.5pt),\n{body}  table.hline(),\n)"
        )
        scale = plan.size.scale
        return text if scale == 1 else f"#[#set text(size: {scale}em)\n{text}]"

    def fitted(self, table: Table, number: int, budget: float) -> list[str]:
        """Return a column's cells, its formulas in pieces no wider than the column."""
        return [
            f"[{self.pieces(cell.expr, budget - _INDENT)}]"
            if isinstance(cell := row[number], Math) and table.columns[number].kind == "work"
            else drawn
            for row, drawn in zip(table.rows, self.column(table, number), strict=True)
        ]

    def heading(self, column: Column) -> str:
        name = f"#raw({quoted(column.name)})" if column.name else ""
        value = self.line((column.value,)) if column.value else ""
        parts = [part for part in (self.line(column.heading), value, name) if part]
        return f"[{' #linebreak() '.join(parts)}]"

    def column(self, table: Table, number: int) -> list[str]:
        """Return a column's cells; its figures padded to share their decimal point."""
        figures = column_figures(table, number, self.printer.settings)
        aligned = iter(padded(figures, self.printer) if figures else ())
        kind = table.columns[number].kind
        drawn = []
        for row in table.rows:
            cell = row[number]
            figure = figures and isinstance(cell, Figure)
            text = next(aligned) if figure else self.cell(cell, row, kind)
            framed = isinstance(cell, Figure) and cell.marked
            drawn.append(f"#box(stroke: 0.5pt, outset: 2pt)[{text}]" if framed else text)
        return [f"[{cell}]" for cell in drawn]

    def cell(self, cell: Inline | None, row: tuple[Inline | None, ...], kind: str) -> str:
        if cell is None:
            return "$dots.v$" if all(other is None for other in row) else "$dots.h.c$"
        if isinstance(cell, Math) and kind == "work":
            return self.pieces(cell.expr, self.room)
        return self.inline(cell)


def _piece(drawn: Drawn, room: float) -> str:
    """Return how a piece is set: one with room to spare is not measured again, which takes long."""
    return "piece" if drawn.width[DISPLAY] <= _SPARE * room else "wide"


def _with_next(drawn: str) -> str:
    """Return what is not cut by the end of a page, kept on the page of what follows it."""
    return f"#block(sticky: true)[{drawn}]" if drawn else ""


def _small(pair: tuple[Block, Block | None]) -> bool:
    """Return whether the first is a table that is not cut by the end of a page."""
    return isinstance(pair[0], Table) and len(pair[0].rows) <= _FEW


def typst_printer(profile: Profile, settings: Settings, page: Page) -> MathPrinter:
    """Return Typst's mathematics."""
    return TypstMath(profile, settings)


FORMAT = Format(
    "typst",
    ("typ",),
    "a file that Typst compiles",
    typst_printer,
    render_typst,
    takes=("--width", "--heading-level"),
)
