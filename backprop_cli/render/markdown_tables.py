"""A table in Markdown: cut between its columns where it is too wide, and shared out by dashes."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from itertools import accumulate, pairwise

from ..expression.tree import Compare, Expr
from ..printing.drawn import Drawn
from ..printing.latex.lines import boxed, line_width
from ..printing.latex.printer import DEEPEST
from ..printing.latex.width import INLINE, text_width
from ..printing.markdown_math import MarkdownMath
from ..printing.mathematics import MathPrinter
from ..worked.document import Code, Column, Figure, Inline, Line, Math, Strong, Table, Text
from .chains import column_figures, leading

_COLUMNS = 72
"""From this length of a row on, pandoc shares the page out among a table's columns."""
_DASHES = 4
"""How many signs below a heading, the colon among them, stand for an em of its column."""
_GAP, _CLEARANCE = 1.2, 0.5
"""The space between two columns in em, and what estimated widths may be off by."""
_GLUED = (r"\hspace", r"\quad", "/")
"""Before these TeX breaks no line within a formula, nor behind a comma."""
_SPACE = re.compile(r"^ *\\(quad|hspace\{2pt\}) ")
"""What a piece begins with that needs no space before it at the start of a line."""
_SIGN = 0.75
"""How much wider than a letter a sign between two numbers is."""
_BROAD, _NARROW = 0.33, 0.1
"""How much wider than other letters the broad ones are, and how much less wide the narrow ones."""
_FORMULA = re.compile(r"\$[^$]*\$")


class MarkdownTable:
    """One table's columns measured; ``line`` writes words, names and mathematics of a line.

    ``within`` is the printer of mathematics between words, whose widths are those of TeX.
    """

    def __init__(
        self,
        table: Table,
        printer: MathPrinter,
        within: MarkdownMath,
        room: float,
        line: Callable[[Line], str],
    ) -> None:
        self.table, self.room, self.line = table, room, line
        self.printer, self.within = printer, within
        self.figures = [self.drawn(number) for number in range(len(table.columns))]

    def text(self) -> str:
        """Return the table; one that no cut makes fit in several, which its first column leads."""
        every = range(len(self.table.columns))
        heads = [self.heading(column) for column in self.table.columns]
        shares = [0.5] * len(heads)
        groups = [(list(every), shares, self.rows(every, [math.inf] * len(heads)))]
        cells = [heads, *groups[0][-1]]
        columns = (
            [_FORMULA.sub("", cell) for cell in column] for column in zip(*cells, strict=True)
        )
        natural = sum(text_width(max(each, key=len), typewriter=True) + _GAP for each in columns)
        if natural > self.room or any(len(_row(row)) > _COLUMNS for row in cells):
            levels = list(map(self.levels, every))
            groups = []
            for group in self.groups([widths[-1] for widths in levels]):
                shares = self.shares([levels[number] for number in group])
                groups.append((group, shares, self.rows(group, shares)))
        parts = [self.line(self.table.caption)] if self.table.caption else []
        for group, shares, rows in groups:
            chosen = [self.table.columns[i] for i in group]
            marks = list(map(_mark, chosen, shares))
            parts.append("\n".join(map(_row, [[heads[i] for i in group], marks, *rows])))
        return "\n\n".join(parts)

    def rows(self, numbers: Iterable[int], widths: list[float]) -> list[list[str]]:
        """Return the cells of some columns by rows, no piece of a formula wider than its column."""
        columns = map(self.column, numbers, widths)
        return [list(row) for row in zip(*columns, strict=True)]

    # -- widths

    def groups(self, least: list[float]) -> list[list[int]]:
        """Return the columns in as few groups as there is room for, and these as even as may be.

        Those that say which row it is lead each; the value of a formula, in a column without a
        heading, follows it.
        """
        bare = [width - _CLEARANCE / 2 for width in least]
        room = self.room + _CLEARANCE
        if sum(bare) + _GAP * (len(bare) - 1) <= room:
            return [list(range(len(bare)))]
        lead = leading(self.table)
        units = [list(range(lead))]
        for number, column in enumerate(self.table.columns[lead:], lead):
            if column.heading or len(units) == 1:
                units.append([number])
            else:
                units[-1].append(number)
        every = (_packed(units, bare, share * room) for share in (0.6, 0.7, 0.8, 0.9))
        whole = _packed(units, bare, room)
        return next((groups for groups in every if len(groups) == len(whole)), whole)

    def shares(self, levels: list[list[float]]) -> list[float]:
        """Return a wide table's columns in em: its terms whole, then a share of what they wish.

        Where there is no room for that, what a line's end cannot break; for that, what no cut can.
        """
        room = self.room - _GAP * (len(levels) - 1)
        steps = list(pairwise(zip(*levels, strict=True)))
        high, low = next((step for step in steps if sum(step[1]) <= room), steps[-1])
        wish = sum(high) - sum(low)
        share = min(1.0, max(0.0, (room - sum(low)) / wish)) if wish else 0.0
        return [a + share * (b - a) for a, b in zip(low, high, strict=True)]

    def levels(self, number: int) -> list[float]:
        """Return how wide a column is with nothing broken, and with more and more of it."""
        every = [row[number] for row in self.table.rows]
        figures = self.figures[number]
        if figures:
            every = [cell for cell in every if not isinstance(cell, Figure)]
        cells = [(Text("...") if cell is None else cell,) for cell in every]
        column = self.table.columns[number]
        lines: list[Line] = [(*_headed(column), Code(column.name)), *cells]
        parts = [part for line in lines for part in line]
        whole = max(line_width(line, self.within) for line in lines)
        pieces = [max(map(broken, parts)) for broken in (self.terms, self.unbroken, self.narrowest)]
        words = [self.unbroken(part) for part in parts if isinstance(part, Text)]
        widths = [max([whole, *words]), *pieces]
        least = max((figure.width[INLINE] for figure in figures), default=0.0)
        return [max(width, least) + _CLEARANCE for width in accumulate(widths, min)]

    def terms(self, part: Inline) -> float:
        """Return how wide the widest term of a formula is, or piece of anything else."""
        if not isinstance(part, Math):
            return self.unbroken(part)
        return self.widest(part.expr, _relations(part.expr))

    def unbroken(self, part: Inline) -> float:
        """Return how wide the widest piece is that the end of a line cannot break."""
        match part:
            case Text(text) | Strong(text):
                return max(map(_word_width, text.split()), default=0.0)
            case Code(text):
                return max((text_width(w, typewriter=True) for w in text.split()), default=0.0)
            case Math(expr):
                flat = not self.within.visit(expr).tall
                return self.widest(expr, DEEPEST if flat else _relations(expr))
        return line_width((part,), self.within)

    def widest(self, expr: Expr, depth: int) -> float:
        """Return how wide the widest piece of a formula is that no space begins, and no stroke.

        A sign stands at the end of its line: the first piece has one that it does not begin with.
        """
        widths: list[float] = []
        before = ""
        for piece in self.within.pieces(expr, depth):
            glued = before.endswith(",") or (before and piece.text.lstrip().startswith(_GLUED))
            widths.append(piece.width[INLINE] + (widths.pop() if glued else 0.0))
            before = piece.text.rstrip()
        if len(widths) > 1:
            widths[0] += _SIGN
        return max(widths)

    def narrowest(self, part: Inline) -> float:
        """Return how wide the widest piece is of which no cut makes two."""
        if not isinstance(part, Math):
            return self.unbroken(part)
        pieces = self.within.pieces(part.expr, DEEPEST)
        return max(piece.width[INLINE] for piece in pieces) + _CLEARANCE

    # -- text

    def heading(self, column: Column) -> str:
        """Return a column's letter and its plain name."""
        name = self.line((Code(column.name),)).replace("|", r"\|") if column.name else ""
        return " ".join(part for part in (self.line(_headed(column)), name) if part)

    def column(self, number: int, room: float) -> list[str]:
        """Return a column's cells; its numbers have the same decimals, so that they align."""
        figures = iter(self.figures[number])
        return [
            f"${boxed(drawn, c.marked)}$"
            if isinstance(c, Figure) and (drawn := next(figures, None)) is not None
            else self.cell(c, room)
            for c in (row[number] for row in self.table.rows)
        ]

    def drawn(self, number: int) -> list[Drawn]:
        """Return a column's numbers as they are drawn below each other; of exact ones none."""
        found = column_figures(self.table, number, self.printer.settings) or ()
        return [self.printer.figure(figure) for figure in found]

    def cell(self, cell: Inline | None, room: float) -> str:
        """Return a cell; a formula that its column has no room for in several."""
        if isinstance(cell, Code):
            return self.line((cell,)).replace("|", r"\|")
        if isinstance(cell, Math) and self.unbroken(cell) > room:
            first, *more = self.within.lines(cell.expr, room - _CLEARANCE)
            return " ".join([f"${first}$", *(f"${{}}{_SPACE.sub('', m.text)}$" for m in more)])
        return "…" if cell is None else self.line((cell,))


def _packed(units: list[list[int]], least: list[float], room: float) -> list[list[int]]:
    """Return the units of columns in groups that the room holds, each after the first unit."""
    first, *others = units
    groups: list[list[int]] = []
    for unit in others:
        wider = [*(groups[-1] if groups else first), *unit]
        if groups and sum(least[number] + _GAP for number in wider) - _GAP > room:
            groups.append([*first, *unit])
        else:
            groups[-1:] = [wider]
    return groups


def _word_width(word: str) -> float:
    """Return how wide a word is set: its bars are names, its signs have a formula's space."""
    if word.startswith("█"):
        return text_width(word, typewriter=True)
    broad, narrow = (sum(map(word.count, letters)) for letters in ("mMW", "fijlt"))
    return text_width(word) + _BROAD * broad - _NARROW * narrow + _SIGN * word.count("×")


def _relations(expr: Expr) -> int:
    """Return how many relations stand in a formula, each before the next."""
    return 1 + _relations(expr.right) if isinstance(expr, Compare) else 0


def _mark(column: Column, share: float) -> str:
    """Return how a column is set, in signs for its width: pandoc shares a page out by them."""
    dashes = "-" * max(2, round(_DASHES * share) - 1)
    return f"{dashes}:" if column.kind == "figure" else f":{dashes}"


def _headed(column: Column) -> Line:
    """Return a heading, or the equation of it and the number that it stands for."""
    match column.heading, column.value:
        case (Math(name),), Math(value):
            return (Math(Compare("==", name, value)),)
    return column.heading


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"
