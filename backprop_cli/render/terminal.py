"""Document → a terminal's lines, or the same lines as plain text: Unicode, aligned, no wider."""

from __future__ import annotations

import io
import textwrap

from rich import box
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text as RichText

from ..notation.profile import Profile
from ..problems import printable
from ..worked.document import (
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
    Strong,
    Table,
    Text,
)
from . import Format, Page
from .mathematics import MathPrinter, Settings
from .numbers import align, shown_together
from .plain_math import AsciiMath, UnicodeMath
from .terminal_equations import equation_lines
from .wrapping import least_width, wrap

NARROWEST_WORK = 16
"""A worked column is not made narrower than this; its table is cut in two instead."""
GAP = 3
"""What stands between two columns."""
NEVER = 100_000
"""Wider than any table: no cell is ever cut off to fit."""
WRAPPED = ("work", "prose")
ASCII = str.maketrans(
    {
        "→": "->",
        "≈": "~",
        "…": "...",
        "′": "'",
        "∂": "d",
        "×": "x",
        "·": "*",
        "−": "-",
        "–": "-",
        "σ": "sigma",
        "δ": "delta",
        "λ": "lambda",
        "Σ": "sum",
        "“": '"',
        "”": '"',
    }
)
"""How each sign that mathematics and headings need is spelled in ASCII."""


def render_text(document: Document, printer: MathPrinter, page: Page) -> str:
    """Return the document's lines, with terminal colours where the page has them."""
    buffer = io.StringIO()
    console = Console(
        file=buffer,
        width=NEVER,
        color_system="standard" if page.colour else None,
        force_terminal=page.colour,
        legacy_windows=False,
        highlight=False,
    )
    _Lines(console, printer, page.width, page.ascii_only).document(document)
    return "\n".join(line.rstrip() for line in buffer.getvalue().splitlines()) + "\n"


def text_printer(profile: Profile, settings: Settings, page: Page) -> MathPrinter:
    """Return Unicode mathematics, or ASCII where the page can hold nothing else."""
    if page.ascii_only:
        return AsciiMath(profile, settings, page.in_out)
    return UnicodeMath(profile, settings)


class _Lines:
    """The visitor: prints each part on a console."""

    def __init__(
        self, console: Console, printer: MathPrinter, width: int, ascii_only: bool
    ) -> None:
        self.console, self.printer, self.width = console, printer, width
        self.ascii_only = ascii_only
        self.before: Block = Paragraph(())

    def document(self, document: Document) -> None:
        self.paragraph(RichText(self.plain(document.title), style="bold"))
        for block in document.blocks:
            self.block(block)

    def block(self, block: Block) -> None:
        if isinstance(block, Paragraph | Note) and not isinstance(self.before, type(block)):
            self.print(RichText(""))
        self.before = block
        match block:
            case Paragraph(line):
                self.paragraph(self.line(line))
            case Note(line):
                self.paragraph(RichText("note: ", style="dim") + self.line(line))
            case Equations(chains):
                self.equations(chains)
            case Table():
                self.table(block)
            case Section():
                self.section(block)

    def section(self, section: Section) -> None:
        title = self.line(section.title)
        title.stylize("bold cyan" if section.level == 2 else "bold")
        self.print(RichText(""))
        mark = "=" if self.ascii_only else "━"
        if section.level == 2:
            rule = mark * max(4, self.width - len(title) - 4)
            title = RichText(f"{mark * 2} ", style="cyan") + title + RichText(f" {rule}", "cyan")
            title.truncate(self.width)
        self.print(title)
        for block in section.blocks:
            self.block(block)

    # -- lines

    def plain(self, text: str) -> str:
        safe = printable(text)
        return safe.translate(ASCII) if self.ascii_only else safe

    def line(self, line: Line) -> RichText:
        text = RichText()
        for inline in line:
            text += self.inline(inline)
        return text

    def inline(self, inline: Inline) -> RichText:
        match inline:
            case Text(words):
                return RichText(self.plain(words))
            case Strong(words):
                return RichText(self.plain(words), style="bold")
            case Code(words):
                return RichText(self.plain(words), style="green")
            case Math(expr):
                return RichText(self.plain(self.printer.draw(expr)))
            case Figure(value):
                return RichText(self.plain(self.printer.number(value)[0]), style="bold")

    def paragraph(self, text: RichText) -> None:
        for line in text.wrap(self.console, self.width):
            self.print(line)

    def print(self, text: RichText) -> None:
        self.console.print(text, no_wrap=True, crop=False, overflow="ignore", soft_wrap=True)

    # -- equations

    def equations(self, chains: tuple[Chain, ...]) -> None:
        if not chains:
            return
        self.print(RichText(""))
        for line in equation_lines(
            chains, self.printer, self.width, self.plain, ascii_only=self.ascii_only
        ):
            self.print(line)

    # -- tables

    def table(self, table: Table) -> None:
        self.print(RichText(""))
        if table.caption:
            self.print(RichText("  ") + self.line(table.caption))
        drawn = [self.column(table, number) for number in range(len(table.columns))]
        for position, chosen in enumerate(self.fitting(table, drawn)):
            if position:
                self.print(RichText(""))
            self.print_columns(table, chosen, drawn)

    def column(self, table: Table, number: int) -> list[str]:
        """Return a column's cells as strings, figures padded to share their decimal point."""
        cells = [row[number] for row in table.rows]
        figures = [cell.value for cell in cells if isinstance(cell, Figure)]
        if not figures:
            return self.flush([self.cell(cell) for cell in cells], table.columns[number])
        if self.printer.settings.exact:
            return [self.cell(cell) for cell in cells]
        aligned = iter(align(shown_together(figures, self.printer.settings.digits)))
        return [
            self.plain(next(aligned)) if isinstance(cell, Figure) else self.cell(cell)
            for cell in cells
        ]

    def flush(self, texts: list[str], column: Column) -> list[str]:
        """Return the texts; those of a column of whole numbers end below each other."""
        if column.kind != "figure":
            return texts
        widest = max(map(len, texts), default=0)
        return [f"{text:>{widest}}" for text in texts]

    def cell(self, cell: Inline | None) -> str:
        if cell is None:
            return self.plain("…")
        return self.inline(cell).plain

    def header(self, column: Column, lines: int = 2) -> RichText:
        """Return the heading over the plain name, or the one of them that there is."""
        text = self.line(column.heading)
        text.stylize("bold")
        if column.name:
            above = "\n" if lines > 1 else ""
            text += RichText(above + self.plain(column.name), style="green")
        return text

    def fitting(self, table: Table, drawn: list[list[str]]) -> list[list[int]]:
        """Return the columns in groups that fit the width; the first column leads each group.

        A worked column stays with the figures that it gives.
        """
        least = [self.least(table, number, drawn) for number in range(len(drawn))]
        if sum(width + GAP for width in least) <= self.room:
            return [list(range(len(least)))]
        groups: list[list[int]] = [[0]]
        for together in self.inseparable(table):
            used = sum(least[number] + GAP for number in groups[-1] + together)
            if used > self.room and len(groups[-1]) > 1:
                groups.append([0])
            groups[-1] += together
        return groups

    def inseparable(self, table: Table) -> list[list[int]]:
        """Return the columns after the first, each worked one with the figures it gives."""
        found: list[list[int]] = []
        working = False
        for number, column in enumerate(table.columns[1:], 1):
            works = column.kind in WRAPPED
            if works or not working:
                found.append([number])
            else:
                found[-1].append(number)
            working = working or works
        return found

    @property
    def room(self) -> int:
        """Return what a table's columns may take with their gaps, the last of which is cut off."""
        return self.width + 1

    def least(self, table: Table, number: int, drawn: list[list[str]]) -> int:
        """Return the narrowest that a column should be: its own width, less where it may wrap."""
        natural = self.natural(table, number, drawn)
        if table.columns[number].kind not in WRAPPED:
            return natural
        heading = max(map(len, self.header(table.columns[number]).plain.split("\n")))
        prose = table.columns[number].kind == "prose"
        whole = [max(map(len, text.split()), default=0) if prose else least_width(text)
                 for text in drawn[number]]  # fmt: skip
        return min(natural, max(NARROWEST_WORK, heading, *whole))

    def natural(self, table: Table, number: int, drawn: list[list[str]]) -> int:
        heading = self.header(table.columns[number]).plain.split("\n")
        return max(len(text) for text in [*drawn[number], *heading])

    def print_columns(self, table: Table, chosen: list[int], drawn: list[list[str]]) -> None:
        style = box.ASCII if self.ascii_only else box.SIMPLE_HEAD
        grid = RichTable(box=style, show_edge=False, pad_edge=True, padding=(0, 1))
        budget = self.budgets(table, chosen, drawn)
        columns = [table.columns[number] for number in chosen]
        lines = 2 if any(column.heading and column.name for column in columns) else 1
        for column in columns:
            grid.add_column(self.header(column, lines), no_wrap=True, overflow="ignore")
        for row in range(len(table.rows)):
            cells = []
            for number in chosen:
                text = drawn[number][row]
                if number in budget:
                    prose = table.columns[number].kind == "prose"
                    broken = textwrap.wrap if prose else wrap
                    text = "\n".join(broken(text, budget[number]))
                bold = table.columns[number].kind == "figure"
                cells.append(RichText(text, style="bold" if bold else ""))
            grid.add_row(*cells)
        self.console.print(grid, crop=False, overflow="ignore", no_wrap=True)

    def budgets(self, table: Table, chosen: list[int], drawn: list[list[str]]) -> dict[int, int]:
        """Return how wide each worked column may be, so that the table fits the width."""
        widths = {i: self.natural(table, i, drawn) for i in chosen}
        works = [i for i in chosen if table.columns[i].kind in WRAPPED]
        spare = self.room - sum(w + GAP for i, w in widths.items() if i not in works)
        least = {i: self.least(table, i, drawn) for i in works}
        budget: dict[int, int] = {}
        for position, number in enumerate(sorted(works, key=lambda i: widths[i])):
            left = works_after(works, widths, number)
            most = spare - sum(least[i] + GAP for i in left) - GAP
            share = spare // (len(works) - position) - GAP
            budget[number] = min(widths[number], max(least[number], min(share, most)))
            spare -= budget[number] + GAP
        return budget


def works_after(works: list[int], widths: dict[int, int], number: int) -> list[int]:
    """Return the worked columns that get their width after this one: the wider ones."""
    ordered = sorted(works, key=lambda i: widths[i])
    return ordered[ordered.index(number) + 1 :]


FORMAT = Format(
    "terminal", (), "aligned Unicode, with colour on a terminal", text_printer, render_text
)
