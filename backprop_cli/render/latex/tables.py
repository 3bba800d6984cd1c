"""Tables in LaTeX's own ``tabular``: decimal points aligned, fitted to the width of the page."""

from __future__ import annotations

import functools
from collections.abc import Iterable

from msgspec import Struct, structs

from ...expression.tree import Expr
from ...printing import kinds
from ...printing.drawn import Drawn
from ...printing.latex.lines import NORMAL, SIZES, SMALL, Size, boxed, line, line_width, set_inline
from ...printing.latex.looks import GRADIENT, MARKED, VALUE
from ...printing.latex.width import DISPLAY, INLINE, glyph, letters, text_width
from ...printing.latex.words import code
from ...printing.mathematics import MathPrinter
from ...printing.numbers import ShownNumber
from ...worked.document import Column, Figure, Math, Table
from ..chains import column_figures, halves, lacking, leading, number_kinds
from .equations import Cut, PagePiece, broken
from .pictures import shrunk

TALLEST = 30.0
"""Lines of text that one ``tabular`` may be high, which the end of a page cannot cut."""
_ROW = TALLEST + 4.0
"""The height past which a tabular is one row, that may be higher than a page."""
GAP = 1.25
"""The space between two columns, in em."""
_HEAD = 0.05
"""What the indices of a heading may be wider than is reckoned, in em: where nothing else gives."""
_SURE, _UNSURE = 10.0, 0.05
"""Up to how many em a line is as wide as is reckoned, and what part of the rest it may be more."""
_FRACTIONS = 0.94
"""The part of its room that a fraction may fill by what is reckoned."""
_SCRIPTS = 0.25
"""How much less formulas shrink than words do: there are no letters smaller than 5 points."""
_PRINTED = SIZES[:-1]
r"""Sizes of tables: rather than in ``\tiny``, letters of 5 points, one is set in parts."""
_NARROWEST_PROSE, _WIDEST_LABEL = 9.0, 14.0
_NARROWEST_FOLD = 3.0
"""Less room than this has no formula beside numbers in one line: they are folded too."""
_LED = 0.4
"""How much of the room the columns that lead each part may take."""
_WRAPPED = ("work", "prose")


class _SetCell(Struct, frozen=True):
    """A cell as it is set: its width, how many lines it is high, and whether by a fraction."""

    text: str
    width: float
    height: float = 1.3
    tall: bool = False


class TabularPlan(Struct, frozen=True):
    """Which columns one tabular has, its size, and how wide its wrapped columns may be."""

    columns: tuple[int, ...]
    size: Size
    budget: dict[int, float] = {}


def table(
    block: Table, printer: MathPrinter, room: float, lead: str = "", *, gradients: bool = False
) -> str:
    """Return the table in one or more tabulars no wider than ``room`` (em).

    Its caption, and a few lines that ``lead`` to it, are on the page of the first of them.
    ``gradients`` says that the numbers are gradients unless a heading says otherwise.
    """
    first, *more = (
        piece.text if piece.height <= _ROW else shrunk(piece.text, "0.95")
        for piece in tabulars(block, printer, room, gradients=gradients)
    )
    if lead or block.caption:
        # A page may end before a tabular, whatever penalty stands there, but in this group: after
        # which it may end again.
        first = f"{{\\samepage\n{lead}{first}\n}}\\addpenalty{{0}}"
    return "\n".join([first, *more])


def tabulars(
    block: Table,
    printer: MathPrinter,
    room: float,
    most: float = TALLEST,
    *,
    gradients: bool = False,
) -> list[PagePiece]:
    """Return the tabulars, none higher than ``most`` lines; the first has the caption above it."""
    drawing = DrawnTable(block, printer, gradients=gradients)
    plans = drawing.plans(room, _PRINTED)
    caption = f"\\noindent {line(block.caption, printer)}\n" if block.caption else ""
    found = []
    for rows in drawing.pages(plans, most):
        for plan in plans:
            height = sum(drawing.height(row, (plan,)) for row in rows) * plan.size.scale
            found.append(PagePiece(caption + drawing.tabular(plan, rows), height + 3.5))
            caption = ""
    return found


class DrawnTable:
    """One table's cells drawn and measured."""

    def __init__(self, block: Table, printer: MathPrinter, *, gradients: bool = False) -> None:
        self.block, self.printer = block, printer
        self.kinds = number_kinds(block, gradients=gradients)
        self.cells = [self.column(number) for number in range(len(block.columns))]
        self.widths = [self.natural(number) for number in range(len(block.columns))]
        self.least = functools.cache(self.unbroken)
        self._wrapped: dict[tuple[int, int, float], _SetCell] = {}
        # Where there are fractions the other lines are as far apart.
        tall = any(cell.tall for cells in self.cells for cell in cells)
        self.apart = 1.3 if tall or any(map(self.raised, block.columns)) else 1.0

    # -- cells

    def column(self, number: int) -> list[_SetCell]:
        """Return a column's cells; its figures padded to share their decimal point."""
        figures = column_figures(self.block, number, self.printer.settings)
        aligned = iter(padded(figures, self.printer) if figures else ())
        return [
            _of_kind(_set(boxed(next(aligned), cell.marked, MARKED)), self.kinds[number])
            if figures and isinstance(cell, Figure)
            else self.cell(row, number)
            for row, cell in enumerate(r[number] for r in self.block.rows)
        ]

    def cell(self, row: int, number: int) -> _SetCell:
        """Return one cell that is no figure of a column."""
        cell = self.block.rows[row][number]
        if cell is None:
            skipped = all(other is None for other in self.block.rows[row])
            return _SetCell(r"$\vdots$" if skipped else r"$\cdots$", 0.65 if skipped else 1.55)
        if isinstance(cell, Math):
            work = self.block.columns[number].kind == "work"
            return _set(self.printer.visit(cell.expr), display=work)
        if isinstance(cell, Figure):
            set_number = _set(boxed(self.printer.number(cell.value), cell.marked, MARKED))
            return _of_kind(set_number, self.kinds[number])
        return _SetCell(*set_inline(cell, self.printer))

    def natural(self, number: int) -> float:
        """Return the column's width in em when nothing is wrapped."""
        column = self.block.columns[number]
        values = (column.heading, *([(column.value,)] if column.value else []))
        head = max(line_width(each, self.printer) for each in values)
        if all(each.kind not in _WRAPPED for each in self.block.columns):
            head += _HEAD
        return max([head, 0.53 * len(column.name), *(cell.width for cell in self.cells[number])])

    # -- fitting

    def plans(self, room: float, sizes: tuple[Size, ...] = SIZES) -> list[TabularPlan]:
        """Return the tabulars that fit: smaller type, wrapped columns, then fewer columns."""
        every = tuple(range(len(self.widths)))
        whole = self.plan(every, room, sizes[1:] if any(map(self.wraps, every)) else sizes[2:3])
        return [whole] if whole is not None else self.groups(room, sizes[2:])

    def plan(
        self, columns: tuple[int, ...], room: float, sizes: tuple[Size, ...]
    ) -> TabularPlan | None:
        """Return the columns beside each other in the largest size in which they fit."""
        for size in (NORMAL, SMALL):
            if self.total(columns, self.widths, size) <= room:
                return TabularPlan(columns, size)
        for size in sizes:
            budget = self.budget(columns, room, size)
            widths = [budget.get(i, width) for i, width in enumerate(self.widths)]
            if self.total(columns, widths, size) <= room:
                return TabularPlan(columns, size, budget)
        return None

    def wraps(self, number: int) -> bool:
        """Return whether the column may be narrower than its cells: formulas, and many words."""
        kind = self.block.columns[number].kind
        return kind in _WRAPPED or (kind == "label" and self.widths[number] > _WIDEST_LABEL)

    def total(self, columns: tuple[int, ...], widths: list[float], size: Size) -> float:
        """Return how wide the columns are together."""
        return sum(widths[i] * self.scale(i, size) + GAP for i in columns)

    def width(self, plan: TabularPlan) -> float:
        """Return how wide a planned tabular is."""
        widths = [plan.budget.get(i, width) for i, width in enumerate(self.widths)]
        return self.total(plan.columns, widths, plan.size)

    def scale(self, number: int, size: Size) -> float:
        """Return how large a column is in a size: in the least, formulas are wider by scripts."""
        work = self.block.columns[number].kind == "work"
        if not work and any(cell.tall for cell in self.cells[number]):
            return size.scripts
        formulas = work and size is SIZES[-1]
        return size.scale + (_SCRIPTS * (1 - size.scale) if formulas else 0.0)

    def budget(self, columns: tuple[int, ...], room: float, size: Size) -> dict[int, float]:
        """Return how wide each wrapped column may be: a fair share, no less than it needs."""
        wrapped = [i for i in columns if self.wraps(i)]
        fixed = tuple(i for i in columns if i not in wrapped)
        spare = room - self.total(fixed, self.widths, size) - GAP * len(wrapped)
        found: dict[int, float] = {}
        for position, number in enumerate(sorted(wrapped, key=lambda i: self.widths[i])):
            scale = self.scale(number, size)
            share = spare / (len(wrapped) - position) / scale
            found[number] = min(self.widths[number], max(self.least(number), share))
            spare -= found[number] * scale
        return found

    def unbroken(self, number: int) -> float:
        """Return the least width of a wrapped column: its widest part that cannot be broken."""
        column = self.block.columns[number]
        if column.kind != "work":
            return _NARROWEST_PROSE
        head = line_width(column.heading, self.printer)
        pieces = [
            piece.width[DISPLAY]
            for row in self.block.rows
            if isinstance(cell := row[number], Math)
            for piece in broken(cell.expr, self.printer, 0.0)
        ]
        return max([head, *(piece + 1.5 for piece in pieces)])

    def groups(self, room: float, sizes: tuple[Size, ...]) -> list[TabularPlan]:
        """Return the columns in groups that fit, all as small as the smallest has to be.

        Those that say which row it is lead each group.
        """
        lead = tuple(range(leading(self.block)))
        if self.total(lead, self.widths, SIZES[2]) > _LED * room:
            lead = lead[:1]
        groups = [lead]
        for number in range(len(lead), len(self.widths)):
            wider = (*groups[-1], number)
            if len(groups[-1]) == len(lead) or self.plan(wider, room, sizes) is not None:
                groups[-1] = wider
            else:
                groups.append((*lead, number))
        plans = [self.plan(group, room, sizes) or self.tight(group, room) for group in groups]
        least = min((plan.size for plan in plans), key=lambda size: size.scale)
        return [structs.replace(plan, size=least) for plan in plans]

    def tight(self, columns: tuple[int, ...], room: float) -> TabularPlan:
        """Return columns that do not fit as they are: formulas folded, numbers if nothing else."""
        scale = SIZES[2].scale
        wide = [i for i in columns if self.widths[i] > _NARROWEST_PROSE]
        for folded in ([i for i in wide if self.block.columns[i].kind != "figure"], wide):
            spare = room - sum(self.widths[i] * scale for i in columns if i not in folded)
            share = (spare - GAP * len(columns)) / scale / max(1, len(folded))
            if share >= _NARROWEST_FOLD:
                break
        return TabularPlan(columns, SIZES[2], dict.fromkeys(folded, share))

    # -- text

    def height(self, row: int, plans: Iterable[TabularPlan]) -> float:
        """Return how many lines a row is high."""
        cells = (self.fitted(i, row, plan) for plan in plans for i in plan.columns)
        return max(cell.height * (self.apart if not cell.tall else 1.0) for cell in cells)

    def pages(self, plans: list[TabularPlan], most: float) -> list[range]:
        """Return the rows in groups that are no higher than a page."""
        pages, start, used = [], 0, 0.0
        for row in range(len(self.block.rows)):
            height = self.height(row, plans)
            if used + height > most and row > start:
                pages.append(range(start, row))
                start, used = row, 0.0
            used += height
        return [*pages, range(start, len(self.block.rows))]

    def tabular(self, plan: TabularPlan, rows: range) -> str:
        """Return one tabular of the planned columns and the rows of that range."""
        columns = [self.block.columns[i] for i in plan.columns]
        marks = "".join("c" if column.kind == "figure" else "l" for column in columns)
        head = [self.head(i, plan) for i in plan.columns]
        heads = [" & ".join(cell.text for cell in head)]
        if any(column.value for column in columns):
            values = (line((c.value,), self.printer) if c.value else "" for c in columns)
            heads.append(" & ".join(values))
        if any(column.name for column in columns):
            heads.append(" & ".join(code(c.name) if c.name else "" for c in columns))
        cells = [[self.fitted(i, row, plan) for i in plan.columns] for row in rows]
        body = [" & ".join(cell.text for cell in row) for row in cells]
        tall, raised = any(c.tall for row in cells for c in row), any(c.tall for c in head)
        lines = [
            r"\begin{center}",
            *([plan.size.command] if plan.size.command else []),
            rf"\renewcommand{{\arraystretch}}{{{'1.7' if tall or raised else '1.3'}}}",
            rf"\begin{{tabular}}{{{marks}}}",
            r"\hline",
            (r" \\[-4pt]" + "\n").join(heads) + r" \\",
            r"\hline\noalign{\smallskip}" if tall else r"\hline",
            *(row + (r" \\[7pt]" if tall else r" \\") for row in body),
            r"\hline",
            r"\end{tabular}",
            r"\end{center}",
        ]
        return "\n".join(lines)

    def fitted(self, number: int, row: int, plan: TabularPlan) -> _SetCell:
        """Return a cell, in lines if its column is narrower than it."""
        drawn, cell = self.cells[number][row], self.block.rows[row][number]
        budget = plan.budget.get(number)
        if budget is None or cell is None or drawn.width <= budget:
            return drawn
        if isinstance(cell, Math):
            place = number, row, budget
            if place not in self._wrapped:
                self._wrapped[place] = self.wrapped(cell.expr, budget)
            return self._wrapped[place]
        return self.boxed(drawn.text, budget)

    def wrapped(self, expr: Expr, budget: float) -> _SetCell:
        """Return a formula in lines no wider than that."""
        room = budget - 1.2 - _UNSURE * max(0.0, budget - _SURE)
        first, *more = broken(expr, self.printer, room, Cut.FOLDED)
        indented = (r"\quad{} " + piece for piece in more)
        parts = [_squeezed(_set(each, display=True), budget) for each in (first, *indented)]
        lines = r" \\ ".join(part.text for part in parts)
        text = rf"\begin{{tabular}}[t]{{@{{}}l@{{}}}}{lines}\end{{tabular}}"
        tall = any(part.tall for part in parts)
        return _SetCell(text, budget, sum(part.height for part in parts), tall)

    def head(self, number: int, plan: TabularPlan) -> _SetCell:
        """Return a heading, in lines if its column is narrower than it."""
        heading = self.block.columns[number].heading
        budget, width = plan.budget.get(number), line_width(heading, self.printer)
        tall = self.raised(self.block.columns[number])
        drawn = _SetCell(line(heading, self.printer), width, tall=tall)
        if budget is None or width <= budget:
            return drawn
        return structs.replace(self.boxed(drawn.text, budget), tall=tall)

    def raised(self, column: Column) -> bool:
        """Return whether a heading has fractions."""
        maths = (self.printer.visit(p.expr) for p in column.heading if isinstance(p, Math))
        return any(drawn.tall.fractions for drawn in maths)

    def boxed(self, text: str, width: float) -> _SetCell:
        """Return words in lines no wider than that."""
        lines = 1 + int(text_width(text) / width)
        return _SetCell(
            rf"\parbox[t]{{{width:.1f}em}}{{\raggedright {text}\strut}}", width, 0.3 + lines
        )


def _set(drawn: Drawn, *, display: bool = False) -> _SetCell:
    """Return mathematics between dollars; where it has fractions, in display at full size."""
    rows = drawn.rows
    if not drawn.tall.fractions:
        return _SetCell(f"${drawn}$", drawn.width[INLINE], 1.3 * rows)
    if not display:
        return _SetCell(f"${drawn}$", drawn.width[INLINE], 2.4 * rows, True)
    return _SetCell(rf"$\displaystyle {drawn}$", drawn.width[DISPLAY], 2.4 * rows, True)


def _squeezed(cell: _SetCell, room: float) -> _SetCell:
    """Return a line of which no part can be cut made as wide as there is room.

    In small type a fraction full of scripts is wider than is reckoned.
    """
    if cell.width <= room * (_FRACTIONS if cell.tall else 1.0):
        return cell
    return structs.replace(cell, text=rf"\resizebox{{{room:.1f}em}}{{!}}{{{cell.text}}}")


def _of_kind(cell: _SetCell, kind: str) -> _SetCell:
    """Return a number in the macro of its kind, so that a document may tell them apart."""
    command = {kinds.VALUE: VALUE, kinds.GRADIENT: GRADIENT}.get(kind)
    return structs.replace(cell, text=f"{command}{{{cell.text}}}") if command else cell


def padded(figures: list[ShownNumber], printer: MathPrinter) -> list[Drawn]:
    """Return the figures, filled up by phantoms to one width around the point."""
    negative = any(figure.negative for figure in figures)
    heads = [halves(figure)[0] for figure in figures]
    whole = max(map(len, heads))
    drawn = []
    for figure, head, lack in zip(figures, heads, lacking(figures), strict=True):
        missing, power, shorter = lack
        before = _phantom(letters("0" * (whole - len(head))))
        sign = glyph("{-}", 0.8) if figure.negative else _phantom(letters("-" if negative else ""))
        number = printer.figure(structs.replace(figure, negative=False))
        after = letters(missing)
        if power is not None:
            after = after + glyph("{}", 0.0) + printer.scientific("", power)
        if shorter:
            after = after + glyph(f"{{}}^{{{shorter}}}", 0.36 * len(shorter))
        drawn.append(before + sign + number + _phantom(after))
    return drawn


def _phantom(drawn: Drawn) -> Drawn:
    if not drawn.text:
        return drawn
    return structs.replace(drawn, text=rf"\phantom{{{drawn}}}")
