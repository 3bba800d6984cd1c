"""Document → a terminal's lines, or the same lines as plain text: Unicode, aligned, no wider."""

from __future__ import annotations

import textwrap

from ..printing.kinds import GRADIENT
from ..printing.mathematics import MathPrinter
from ..printing.numbers import align
from ..printing.page import ASCII, Page
from ..printing.plain_math import AsciiMath, UnicodeMath
from ..printing.settings import Settings
from ..printing.styled import Styled, cell_len, coloured, cut, plain
from ..printing.wrapping import least_width, wrap
from ..problems import printable
from ..spec.profile import Profile
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
    Picture,
    Plotted,
    Section,
    Strong,
    Table,
    Text,
)
from . import Format
from .chains import column_figures, number_kinds
from .terminal_equations import equation_lines

NARROWEST_WORK = 16
"""A worked column is not made narrower than this; its table is cut in two instead."""
GAP = 3
"""What stands between two columns."""
WRAPPED = ("work", "prose")
_TONES = {"right": "green", "follows": "yellow", "wrong": "bold red"}
_GRADIENT = "bold yellow"


def render_text(document: Document, printer: MathPrinter, page: Page) -> str:
    """Return the document's lines, with terminal colours where the page has them."""
    writer = _TerminalWriter(printer, page)
    writer.document(document)
    lines = coloured(writer.printed) if page.colour else map(plain, writer.printed)
    return "\n".join(line.rstrip() for line in lines) + "\n"


def text_printer(profile: Profile, settings: Settings, page: Page) -> MathPrinter:
    """Return Unicode mathematics, or ASCII where the page can hold nothing else."""
    if page.ascii_only:
        return AsciiMath(profile, settings, page.in_out)
    return UnicodeMath(profile, settings)


class _TerminalWriter:
    """The visitor: prints each part as lines of styled text."""

    def __init__(self, printer: MathPrinter, page: Page) -> None:
        self.printer, self.width, self.ascii_only = printer, page.width, page.ascii_only
        self.colour = page.colour
        self.printed: list[list[Styled]] = []
        self.heads: list[list[Styled]] = []
        self.naturals: list[int] = []
        self.leasts: list[int] = []
        self.before: Block = Paragraph(())

    def document(self, document: Document) -> None:
        if document.title:
            self.paragraph([(self.plain(document.title), "bold")])
        for block in document.blocks:
            self.block(block)

    def block(self, block: Block) -> None:
        if isinstance(block, Picture):
            if isinstance(block.subject, Plotted):
                self.curve(block.subject)
            return
        if isinstance(block, Paragraph | Note) and not isinstance(self.before, type(block)):
            self.print([])
        self.before = block
        match block:
            case Paragraph(line):
                self.paragraph(self.line(line))
            case Note(line, why):
                word = self.printer.settings.said("why" if why else "note:")
                self.paragraph([(f"{self.plain(word)} ", "dim"), *self.line(line)])
            case Equations(chains):
                self.equations(chains)
            case Table():
                self.table(block)
            case Section():
                self.section(block)

    def section(self, section: Section) -> None:
        over = "bold cyan" if section.level == 2 else "bold"
        title = [(text, f"{style} {over}") for text, style in self.line(section.title)]
        self.print([])
        mark = "=" if self.ascii_only else "━"
        if section.level == 2:
            rule = mark * max(0, self.width - cell_len(plain(title)) - 4)
            title = [(f"{mark * 2} ", "cyan"), *title, *([(f" {rule}", "cyan")] if rule else [])]
        self.paragraph(title)
        for block in section.blocks:
            self.block(block)

    def curve(self, curve: Plotted) -> None:
        """Print the plot; of a network there are the steps, and ``diagram`` draws it."""
        from .plotted import text_of

        for line in ("", *text_of(curve, self.width, ascii_only=self.ascii_only).splitlines()):
            self.print([(line, "")])

    # -- lines

    def plain(self, text: str) -> str:
        safe = text if text.isprintable() else printable(text)
        return safe.translate(ASCII) if self.ascii_only else safe

    def line(self, line: Line) -> list[Styled]:
        return [self.styled(inline) for inline in line]

    def styled(self, inline: Inline) -> Styled:
        match inline:
            case Text(words, tone=tone):
                return self.plain(words), _TONES.get(tone, "")
            case Strong(words, tone=tone):
                return self.plain(words), _TONES.get(tone, "bold")
            case Code(words):
                return self.plain(words), "green"
            case Math(expr):
                return self.plain(self.printer.draw(expr)), ""
            case Figure(value):
                return self.plain(self.printer.number(value).text), "bold"

    def paragraph(self, text: list[Styled], indent: str = "") -> None:
        whole, end = plain(text), 0
        room = self.width - len(indent)
        for line in textwrap.wrap(whole.strip(), room, break_on_hyphens=False):
            start = whole.index(line, end)
            end = start + len(line)
            self.print([(indent, ""), *cut(text, start, end)] if indent else cut(text, start, end))

    def print(self, line: list[Styled]) -> None:
        self.printed.append(line)

    def row(self, cells: list[Styled], widths: list[int], *, bar: str = " ") -> None:
        """Print one line of a table."""
        last = len(cells) - 1
        parts: list[Styled] = [(" ", "")]
        for number, ((text, style), width) in enumerate(zip(cells, widths, strict=True)):
            parts.append((text, style))
            gap = " " * (width - cell_len(text))
            parts.append((gap + (f" {bar} " if number < last else ""), ""))
        self.print(parts)

    # -- equations

    def equations(self, chains: tuple[Chain, ...]) -> None:
        if not chains:
            return
        self.print([])
        for line in equation_lines(
            chains, self.printer, self.width, self.plain, ascii_only=self.ascii_only
        ):
            self.print(line)

    # -- tables

    def table(self, table: Table) -> None:
        self.print([])
        if table.caption:
            self.paragraph([("  ", ""), *self.line(table.caption)], indent="  ")
        drawn = [self.column(table, number) for number in range(len(table.columns))]
        self.heads = [self.header(column) for column in table.columns]
        self.naturals = [
            max(map(cell_len, [*texts, *(text for text, _ in head)]), default=0)
            for texts, head in zip(drawn, self.heads, strict=True)
        ]
        self.leasts = [self.least(table, number, drawn) for number in range(len(drawn))]
        groups = self.fitting(table)
        if any(sum(self.leasts[n] + GAP for n in group) > self.room for group in groups):
            self.print_records(table, drawn)
            return
        for position, chosen in enumerate(groups):
            if position:
                self.print([])
            self.print_columns(table, chosen, drawn)

    def column(self, table: Table, number: int) -> list[str]:
        """Return a column's cells as strings, figures padded to share their decimal point."""
        cells = [row[number] for row in table.rows]
        if not any(isinstance(cell, Figure) for cell in cells):
            return self.flush([self.cell(cell) for cell in cells], table.columns[number])
        figures = column_figures(table, number, self.printer.settings)
        if figures is None:
            return marked(cells, [self.cell(cell) for cell in cells])
        aligned = iter(align(figures))
        texts = [
            self.plain(next(aligned).replace(".", self.printer.settings.point))
            if isinstance(cell, Figure)
            else self.cell(cell)
            for cell in cells
        ]
        return marked(cells, texts)

    def flush(self, texts: list[str], column: Column) -> list[str]:
        """Return the texts; those of a column of whole numbers end below each other."""
        if column.kind != "figure":
            return texts
        widest = max(map(len, texts), default=0)
        return [f"{text:>{widest}}" for text in texts]

    def cell(self, cell: Inline | None) -> str:
        if cell is None:
            return self.plain("…")
        return self.styled(cell)[0]

    def header(self, column: Column) -> list[Styled]:
        """Return the heading, and below it its number and plain name, as far as it has them."""
        words = "".join(self.styled(inline)[0] for inline in column.heading)
        above: list[Styled] = [(words, "bold")] if column.heading else []
        above += [self.styled(column.value)] if column.value else []
        return above + ([(self.plain(column.name), "green")] if column.name else [])

    def fitting(self, table: Table) -> list[list[int]]:
        """Return the columns in groups that fit the width; the labels lead each group.

        A worked column stays with the figures that it gives. The groups are as even as may be: so
        the columns of one array stay together, as long as there are few.
        """
        least = self.leasts
        if sum(width + GAP for width in least) <= self.room:
            return [list(range(len(least)))]
        pieces = self.inseparable(table)
        groups = self.grouped(pieces, self.room)
        for room in range(self.room - 1, 0, -1):
            narrower = self.grouped(pieces, room)
            if len(narrower) > len(groups):
                break
            groups = narrower
        return groups

    def grouped(self, pieces: list[list[int]], room: int) -> list[list[int]]:
        """Return the pieces in groups that fit a width, each as full as it can be."""
        first = pieces[0][0] if pieces else 1
        groups = [list(range(first))]
        for together in pieces:
            used = sum(self.leasts[number] + GAP for number in groups[-1] + together)
            if used > room and len(groups[-1]) > first:
                groups.append(list(range(first)))
            groups[-1] += together
        return groups

    def inseparable(self, table: Table) -> list[list[int]]:
        """Return the columns after the labels, each worked one with the figures it gives."""
        found: list[list[int]] = []
        working = False
        for number, column in enumerate(table.columns):
            if number < leading(table):
                continue
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
        natural = self.naturals[number]
        if table.columns[number].kind not in WRAPPED:
            return natural
        heading = max((cell_len(text) for text, _ in self.heads[number]), default=0)
        prose = table.columns[number].kind == "prose"
        whole = [
            max(map(len, text.split()), default=0) if prose else least_width(text)
            for text in drawn[number]
        ]
        return min(natural, max(NARROWEST_WORK, heading, *whole))

    def print_records(self, table: Table, drawn: list[list[str]]) -> None:
        """Print each row as lines of its own, a heading and a cell each: the page is too narrow."""
        styles = self.styles(table, list(range(len(table.columns))))
        heads = ["  ".join(text for text, _ in head) for head in self.heads]
        for row in range(len(table.rows)):
            for number, column in enumerate(table.columns):
                text = drawn[number][row].strip()
                style = self.tone(table.rows[row][number]) or styles[number]
                if number and not text:
                    continue
                lead = " " if not number else f"   {heads[number]}  " if heads[number] else "   "
                room = self.width - cell_len(lead)
                width = max(NARROWEST_WORK, room if room >= NARROWEST_WORK else self.width - 5)
                wraps = self.broken if column.kind in WRAPPED else self.in_words
                first, *rest = wraps(column, text, width)
                if cell_len(lead) + cell_len(first) > self.width and number:
                    self.print([(lead, "bold")])
                    lead = " " * 5
                self.print([(lead, "bold" if number else ""), (first, style)])
                for line in rest:
                    self.print([(" " * 5, ""), (line, style)])

    def in_words(self, column: Column, text: str, width: int) -> list[str]:
        """Return a label's or a number's lines: words are never broken."""
        return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False) or [""]

    def print_columns(self, table: Table, chosen: list[int], drawn: list[list[str]]) -> None:
        budget = self.budgets(table, chosen)
        heads = [self.heads[number] for number in chosen]
        split = len(chosen) < len(table.columns)
        # A part of a table has no row of which it says nothing.
        shown = [
            row
            for row in range(len(table.rows))
            if not split or any(drawn[n][row].strip() for n in chosen[leading(table) :])
        ]
        if split and not shown:
            return
        rows = [
            [self.broken(table.columns[n], drawn[n][row], budget.get(n)) for n in chosen]
            for row in shown
        ]
        widths = [
            max(map(cell_len, [text for text, _ in head] + [t for row in rows for t in row[i]]))
            for i, head in enumerate(heads)
        ]
        bar, rule, joint = ("|", "-", "+") if self.ascii_only else (" ", "─", "─")
        high = max(map(len, heads))
        for level in range(high):
            cells = [
                head[level - high] if level >= high - len(head) else ("", "") for head in heads
            ]
            self.row(cells, widths, bar=bar)
        self.print([(joint.join(rule * (width + 2) for width in widths), "")])
        styles = self.styles(table, chosen)
        for number, row in zip(shown, rows, strict=True):
            tones = [self.tone(table.rows[number][n]) for n in chosen]
            own = [tone or style for tone, style in zip(tones, styles, strict=True)]
            for level in range(max(map(len, row))):
                texts = [lines[level] if level < len(lines) else "" for lines in row]
                self.row(list(zip(texts, own, strict=True)), widths, bar=bar)

    def styles(self, table: Table, chosen: list[int]) -> list[str]:
        """Return each column's style: numbers are bold, gradients have a colour of their own."""
        kinds = number_kinds(table, gradients=False) if self.colour else []
        found = []
        for number in chosen:
            figures = table.columns[number].kind == "figure"
            gradient = bool(kinds) and kinds[number] == GRADIENT
            found.append((_GRADIENT if gradient else "bold") if figures else "")
        return found

    def tone(self, cell: Inline | None) -> str:
        """Return the style of what is right or wrong."""
        return _TONES.get(cell.tone, "") if isinstance(cell, Text | Strong) else ""

    def broken(self, column: Column, text: str, width: int | None) -> list[str]:
        """Return a cell's lines; only worked cells and prose have more than one."""
        if width is None:
            return [text]
        return (textwrap.wrap(text, width) or [""]) if column.kind == "prose" else wrap(text, width)

    def budgets(self, table: Table, chosen: list[int]) -> dict[int, int]:
        """Return how wide each worked column may be, so that the table fits the width."""
        widths = {i: self.naturals[i] for i in chosen}
        works = [i for i in chosen if table.columns[i].kind in WRAPPED]
        spare = self.room - sum(w + GAP for i, w in widths.items() if i not in works)
        least = {i: self.leasts[i] for i in works}
        budget: dict[int, int] = {}
        for position, number in enumerate(sorted(works, key=lambda i: widths[i])):
            left = works_after(works, widths, number)
            most = spare - sum(least[i] + GAP for i in left) - GAP
            share = spare // (len(works) - position) - GAP
            budget[number] = min(widths[number], max(least[number], min(share, most)))
            spare -= budget[number] + GAP
        return budget


def leading(table: Table) -> int:
    """Return how many columns say what a row is about: the first, and in a batch the entry."""
    more = len(table.columns) > 1 and table.columns[1].kind == "label"
    return 2 if more and table.columns[1].heading not in ((), (Text("…"),)) else 1


def marked(cells: list[Inline | None], texts: list[str]) -> list[str]:
    """Return a column's texts, the marked numbers among them in brackets."""
    if not any(isinstance(cell, Figure) and cell.marked for cell in cells):
        return texts
    widest = max(map(cell_len, texts))
    return [
        f"[{text}{' ' * (widest - cell_len(text))}]"
        if isinstance(cell, Figure) and cell.marked
        else f" {text}"
        for cell, text in zip(cells, texts, strict=True)
    ]


def works_after(works: list[int], widths: dict[int, int], number: int) -> list[int]:
    """Return the worked columns that get their width after this one: the wider ones."""
    ordered = sorted(works, key=lambda i: widths[i])
    return ordered[ordered.index(number) + 1 :]


FORMAT = Format(
    "terminal", (), "aligned Unicode, with colour on a terminal", text_printer, render_text
)
