"""Tables in HTML: decimal points aligned, formulas that wrap, gradients told from values.

A table that is wider than a page, a narrow window or a telephone is a list there, by the style's
rules: of each row its cells below each other, each after what its column is.
"""

from __future__ import annotations

from html import escape

from ...printing.latex.lines import line_width
from ...printing.latex.printer import LatexMath
from ...printing.latex.width import DISPLAY
from ...printing.mathematics import MathPrinter
from ...printing.numbers import ShownNumber
from ...printing.plain_math import UnicodeMath
from ...problems import printable
from ...worked.document import Code, Column, Figure, Inline, Math, Table
from ..chains import column_figures, lacking, number_kinds
from .lines import broken_math, inline, latex_of, line, narrow_depth, text

_ROOMS = (("large", 46.0, 1.7), ("medium", 34.0, 1.7), ("small", 20.0, 1.05))
"""How wide a page, a narrow window and a telephone are in em, and a cell's padding there."""
_INDENT = 1.5
"""How far the line of a formula that goes on is indented on a telephone."""
_WIDER = 1.05
"""How much wider than LaTeX's the browser's letters may be."""
_WRAPPED = {"prose": 9.0, "label": 14.0}
"""How wide words are that wrap."""
_MANY = 16
"""Columns from which on a table is more than a person reads line by line."""


def table(block: Table, printer: MathPrinter, *, gradients: bool) -> str:
    """Return the table; a matrix scrolls where the page is narrower.

    ``gradients`` says that the numbers are gradients unless a heading says otherwise.
    """
    numbers = range(len(block.columns))
    kinds = number_kinds(block, gradients=gradients)
    kept = is_matrix(block) or len(numbers) > _MANY
    listed = "matrix" if kept else _listed(block, printer)
    said = ["" if kept or not listed else _said(block, number, printer) for number in numbers]
    columns = [_column(block, number, kinds[number], printer, said[number]) for number in numbers]
    heads = "".join(_heading(column, printer) for column in block.columns)
    body = "".join(f"<tr>{''.join(cells)}</tr>\n" for cells in zip(*columns, strict=True))
    caption = f"<figcaption>{line(block.caption, printer)}</figcaption>" if block.caption else ""
    named = f' class="{listed}"' if listed else ""
    return (
        f'<figure>{caption}<div class="scroll"><table{named}>\n<thead><tr>{heads}</tr></thead>\n'
        f"<tbody>\n{body}</tbody>\n</table></div></figure>"
    )


def is_matrix(block: Table) -> bool:
    """Return whether a table is a matrix: columns of figures headed by mathematics, unnamed."""
    entries = block.columns[1:]
    return len(entries) > 1 and all(
        column.kind == "figure" and not column.name and isinstance(column.heading[0], Math)
        for column in entries
    )


def _listed(block: Table, printer: MathPrinter) -> str:
    """Return the largest room that the table is wider than, if there is one."""
    count = len(block.columns)
    latex = latex_of(printer)
    width = _WIDER * sum(_width(block, number, latex) for number in range(count))
    rooms = (name for name, room, padding in _ROOMS if width + padding * count > room)
    return next(rooms, "")


def _width(block: Table, number: int, latex: LatexMath) -> float:
    """Return how wide a column is at the least, in em, as LaTeX would set it."""
    column = block.columns[number]
    cells = [(cell,) for row in block.rows if (cell := row[number]) is not None]
    lines = [column.heading, (Code(column.name),), *cells]
    widest = max(line_width(line, latex) for line in lines)
    if column.kind in _WRAPPED:
        return min(widest, _WRAPPED[column.kind])
    if column.kind != "work":
        return widest
    forms = [cell.expr for (cell,) in cells if isinstance(cell, Math)]
    pieces = [piece for form in forms for piece in latex.pieces(form, narrow_depth(form, latex))]
    return min(widest, max((piece.width[DISPLAY] for piece in pieces), default=0.0) + _INDENT)


def _said(block: Table, number: int, printer: MathPrinter) -> str:
    """Return a column's heading as words, which a style can show before a cell.

    One without, after formulas, is their value.
    """
    column, plain = block.columns[number], UnicodeMath(printer.profile, printer.settings)
    parts = (*column.heading, *((column.value,) if column.value else ()))
    words = "".join(_words(part, plain) for part in parts)
    if not words and number and block.columns[number - 1].kind == "work":
        words = "="
    return f' data-of="{escape(words)}"' if words else ""


def _words(part: Inline, plain: MathPrinter) -> str:
    match part:
        case Math(expr):
            return plain.draw(expr)
        case Figure(value):
            return str(plain.number(value))
    return printable(part.text)


def _heading(column: Column, printer: MathPrinter) -> str:
    name = f"<code>{text(column.name)}</code>" if column.name else ""
    value = f'<span class="under">{inline(column.value, printer)}</span>' if column.value else ""
    heading = line(column.heading, printer)
    return f'<th scope="col" class="{column.kind}">{heading}{value}{name}</th>'


def _column(block: Table, number: int, kind: str, printer: MathPrinter, said: str) -> list[str]:
    """Return a column's cells; ``said`` is the attribute that says what they are."""
    column, cells = block.columns[number], [row[number] for row in block.rows]
    figures = column_figures(block, number, printer.settings)
    aligned = iter(padded(figures, printer.settings.point) if figures else ())
    drawn = []
    for row, cell in enumerate(cells):
        if cell is None:
            skipped = all(other is None for other in block.rows[row])
            drawn.append(f'<td class="gap">{"⋮" if skipped else "⋯"}</td>')
        elif figures and isinstance(cell, Figure):
            number_class = f"number {kind}".strip() + (" marked" if cell.marked else "")
            figure = f'<span class="{number_class}">{next(aligned)}</span>'
            drawn.append(f'<td class="figure"{said}>{figure}</td>')
        else:
            drawn.append(_cell(cell, column.kind, printer, said, first=number == 0))
    return drawn


def _cell(cell: Inline, kind: str, printer: MathPrinter, said: str, *, first: bool) -> str:
    work = isinstance(cell, Math) and kind == "work"
    inner = broken_math(cell.expr, printer) if isinstance(cell, Math) and work else ""
    tag = 'th scope="row"' if first else "td"
    if isinstance(cell, Figure) and cell.marked:
        inner = f'<span class="marked">{inline(cell, printer)}</span>'
    inner = inner or inline(cell, printer)
    return f'<{tag} class="{kind}"{said}>{inner}</{tag.partition(" ")[0]}>'


def padded(figures: list[ShownNumber], point: str) -> list[str]:
    """Return the figures with hidden digits after them, so that their points stand in line."""
    drawn = []
    for figure, (missing, power, shorter) in zip(figures, lacking(figures), strict=True):
        text = ("−" if figure.negative else "") + figure.digits.replace(".", point)
        if figure.power is not None:
            missing += f"<sup>{shorter}</sup>" if shorter else ""
            fill = f'<span class="pad" aria-hidden="true">{missing}</span>' if missing else ""
            drawn.append(f"{text}{_power(figure.power)}{fill}")
            continue
        missing += "" if power is None else _power(power)
        fill = f'<span class="pad" aria-hidden="true">{missing}</span>' if missing else ""
        drawn.append(text + fill)
    return drawn


def _power(power: int) -> str:
    return f"·10<sup>{str(power).replace('-', '−')}</sup>"
