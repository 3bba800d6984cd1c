"""Document → Markdown with dollar LaTeX, as GitHub, Obsidian and Jupyter draw it."""

from __future__ import annotations

import re

from ..notation.profile import Profile
from ..worked.document import (
    Block,
    Chain,
    Code,
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
from .chains import column_figures
from .latex_math import LatexMath
from .mathematics import MathPrinter, Settings

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|$~])")


def render_markdown(document: Document, printer: MathPrinter, page: Page) -> str:
    """Return the document as Markdown."""
    parts = [f"# {_escaped(document.title)}"]
    parts += [_block(block, printer) for block in document.blocks]
    return "\n\n".join(part for part in parts if part) + "\n"


def _block(block: Block, printer: MathPrinter) -> str:
    match block:
        case Paragraph(line):
            return _line(line, printer)
        case Note(line):
            return f"> {_line(line, printer)}"
        case Equations(chains):
            return _equations(chains, printer)
        case Table():
            return _table(block, printer)
        case Section():
            inner = [_block(part, printer) for part in block.blocks]
            title = "#" * block.level + " " + _line(block.title, printer)
            return "\n\n".join([title, *(part for part in inner if part)])


def _equations(chains: tuple[Chain, ...], printer: MathPrinter) -> str:
    if not chains:
        return ""
    rows = []
    for chain in chains:
        first, *rest = printer.forms(chain.forms)
        closing = r" \approx " if chain.closing == "≈" else " = "
        middle = " = ".join(rest[:-1])
        sign = closing if len(rest) > 1 else closing.strip() + " "
        rows.append(f"{first} &" + (f"= {middle}" if middle else "") + sign + rest[-1])
    joined = " \\\\\n".join(rows)
    return f"$$\n\\begin{{aligned}}\n{joined}\n\\end{{aligned}}\n$$"


def _table(table: Table, printer: MathPrinter) -> str:
    heads = []
    for column in table.columns:
        head = _line(column.heading, printer)
        name = f"`{column.name}`" if column.name else ""
        heads.append(f"{head} {name}".strip())
    marks = [" :-- " if column.kind != "figure" else " --: " for column in table.columns]
    columns = [_column(table, number, printer) for number in range(len(table.columns))]
    rows = [list(row) for row in zip(*columns, strict=True)]
    lines = [_row(heads), "|" + "|".join(marks) + "|", *map(_row, rows)]
    text = "\n".join(lines)
    return f"{_line(table.caption, printer)}\n\n{text}" if table.caption else text


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _column(table: Table, number: int, printer: MathPrinter) -> list[str]:
    """Return a column's cells; its numbers have the same decimals, so that they align."""
    cells = [row[number] for row in table.rows]
    figures = column_figures(table, number, printer.settings)
    if figures is None:
        return [_cell(cell, printer) for cell in cells]
    rest = iter(figures)
    return [
        f"${printer.figure(next(rest))}$" if isinstance(cell, Figure) else _cell(cell, printer)
        for cell in cells
    ]


def _cell(cell: Inline | None, printer: MathPrinter) -> str:
    return "…" if cell is None else _inline(cell, printer).replace("|", r"\vert ")


def _line(line: Line, printer: MathPrinter) -> str:
    return "".join(_inline(inline, printer) for inline in line)


def _inline(inline: Inline, printer: MathPrinter) -> str:
    match inline:
        case Text(words):
            return _escaped(words)
        case Strong(words):
            return f"**{_escaped(words)}**"
        case Code(words):
            return f"`{words}`"
        case Math(expr):
            return f"${printer.draw(expr)}$"
        case Figure(value):
            return f"${printer.number(value)[0]}$"


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)


def latex_printer(profile: Profile, settings: Settings, page: Page) -> MathPrinter:
    """Return LaTeX mathematics."""
    return LatexMath(profile, settings)


FORMAT = Format(
    "markdown", ("md",), "with dollar LaTeX mathematics", latex_printer, render_markdown
)
