"""Document → Markdown with dollar LaTeX, as GitHub, Obsidian and Jupyter draw it."""

from __future__ import annotations

import re
from base64 import b64encode
from urllib.parse import quote

from ..printing.latex.lines import boxed
from ..printing.latex.words import beside
from ..printing.markdown_math import MarkdownMath
from ..printing.mathematics import MathPrinter
from ..printing.page import Page
from ..printing.settings import Settings
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
    Section,
    Strong,
    Table,
    Text,
)
from . import Format
from .chains import column_figures, label, links
from .pictures import picture_files, picture_name, picture_svg

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|$~&])")
_STARTS = re.compile(r"^(?:([-+=])|(\d+)([.)]))")


def render_markdown(document: Document, printer: MathPrinter, page: Page) -> str:
    """Return the document as Markdown."""
    writer = _MarkdownWriter(printer, page)
    title = f"{'#' * page.layout.heading} {words(document.title)}" if document.title else ""
    parts = [title, *map(writer.block, document.blocks)]
    return "\n\n".join(part for part in parts if part) + "\n"


class _MarkdownWriter:
    """The visitor: a piece of Markdown for each block; its mathematics is always MarkdownMath."""

    def __init__(self, printer: MathPrinter, page: Page) -> None:
        self.page, self.pictures = page, 0
        safe = isinstance(printer, MarkdownMath)
        self.printer = printer if safe else MarkdownMath(printer.profile, printer.settings)

    def block(self, block: Block) -> str:
        match block:
            case Paragraph(parts):
                return _first(self.line(parts))
            case Note():
                return f"> {_first(self.line(block.marked))}"
            case Equations(chains):
                return self.equations(chains)
            case Table():
                return self.table(block)
            case Picture():
                return self.picture(block)
            case Section():
                inner = [self.block(part) for part in block.blocks]
                title = "#" * block.level + " " + self.line(block.title)
                return "\n\n".join([title, *(part for part in inner if part)])

    def picture(self, picture: Picture) -> str:
        """Return the picture as a link to its file, or within the text; without either, nothing."""
        if not (self.page.embed or self.page.stem):
            return ""
        self.pictures += 1
        drawn = picture_svg(picture, self.printer)
        place = quote(picture_name(self.page.stem, self.pictures))
        if self.page.embed:
            place = f"data:image/svg+xml;base64,{b64encode(drawn.svg.encode()).decode()}"
        return f"![{words(drawn.said)}]({place})"

    # -- lines

    def line(self, parts: Line) -> str:
        return "".join(self.inline(part) for part in parts)

    def inline(self, part: Inline) -> str:
        match part:
            case Text(text):
                return words(text)
            case Strong(text):
                return f"**{words(text)}**" if text.strip() else ""
            case Code(text):
                return code(text)
            case Math(expr):
                return f"${self.printer.draw(expr)}$"
            case Figure(value, marked):
                return f"${boxed(self.printer.number(value), marked)}$"

    # -- equations

    def equations(self, chains: tuple[Chain, ...]) -> str:
        """Return one display, its rows aligned at the first relation."""
        rows = " \\\\\n".join(map(self.chain, chains))
        return f"$$\n\\begin{{aligned}}\n{rows}\n\\end{{aligned}}\n$$" if chains else ""

    def chain(self, chain: Chain) -> str:
        forms = [f"{sign} {self.printer.draw(f)}" for sign, f in links(chain, self.printer)]
        text = f"{self.printer.draw(chain.forms[0])} &{' '.join(forms)}"
        if chain.ranges:
            ranges = ", ".join(self.printer.draw(part) for part in chain.ranges)
            text += rf" \qquad \text{{for }} {ranges}"
        name = beside(label(chain.label))
        return text + (rf" &&\qquad {name}" if name else "")

    # -- tables

    def table(self, table: Table) -> str:
        heads = [self.heading(column) for column in table.columns]
        marks = [" --: " if column.kind == "figure" else " :-- " for column in table.columns]
        columns = [self.column(table, number) for number in range(len(table.columns))]
        rows = [_row(list(row)) for row in zip(*columns, strict=True)]
        lines = [_row(heads), "|" + "|".join(marks) + "|", *rows]
        caption = f"{self.line(table.caption)}\n\n" if table.caption else ""
        return caption + "\n".join(lines)

    def heading(self, column: Column) -> str:
        parts = (self.line(column.heading), code(column.name).replace("|", r"\|"))
        return " ".join(part for part in parts if part)

    def column(self, table: Table, number: int) -> list[str]:
        """Return a column's cells; its numbers have the same decimals, so that they align."""
        figures = iter(column_figures(table, number, self.printer.settings) or ())
        cells = [row[number] for row in table.rows]
        if self.printer.settings.exact:
            return [self.cell(cell) for cell in cells]
        return [
            f"${boxed(self.printer.figure(next(figures)), c.marked)}$"
            if isinstance(c, Figure)
            else self.cell(c)
            for c in cells
        ]

    def cell(self, cell: Inline | None) -> str:
        if isinstance(cell, Code):
            return self.inline(cell).replace("|", r"\|")
        return "…" if cell is None else self.inline(cell)


def words(text: str) -> str:
    """Return words on one line of which Markdown reads nothing as markup."""
    return _SPECIAL.sub(r"\\\1", printable(re.sub(r"\s+", " ", text)))


def code(text: str) -> str:
    """Return the name as code, between more backticks than stand in it."""
    plain = printable(re.sub(r"\s+", " ", text))
    if not plain:
        return ""
    fence = "`" * (max((len(run) for run in re.findall("`+", plain)), default=0) + 1)
    gap = " " if "`" in (plain[0], plain[-1]) else ""
    return f"{fence}{gap}{plain}{gap}{fence}"


def _first(text: str) -> str:
    """Return a block's text, so that its first word begins no list and underlines no title."""
    return _STARTS.sub(lambda m: f"\\{m[1]}" if m[1] else f"{m[2]}\\{m[3]}", text)


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def markdown_printer(profile: Profile, settings: Settings, page: Page) -> MathPrinter:
    """Return LaTeX mathematics that Markdown leaves alone."""
    return MarkdownMath(profile, settings)


FORMAT = Format(
    "markdown",
    ("md",),
    "with dollar LaTeX mathematics",
    markdown_printer,
    render_markdown,
    beside=picture_files,
)
