"""Tables in HTML: decimal points aligned, formulas that wrap, gradients told from values."""

from __future__ import annotations

from ...printing.mathematics import MathPrinter
from ...printing.numbers import ShownNumber
from ...worked.document import Column, Figure, Inline, Math, Table
from ..chains import column_figures, lacking, number_kinds
from .lines import broken_math, inline, line, text


def table(block: Table, printer: MathPrinter, *, gradients: bool) -> str:
    """Return the table in a box that scrolls where the page is narrower.

    ``gradients`` says that the numbers are gradients unless a heading says otherwise.
    """
    numbers = range(len(block.columns))
    kinds = number_kinds(block, gradients=gradients)
    columns = [_column(block, number, kinds[number], printer) for number in numbers]
    heads = "".join(_heading(column, printer) for column in block.columns)
    body = "".join(f"<tr>{''.join(cells)}</tr>\n" for cells in zip(*columns, strict=True))
    caption = f"<figcaption>{line(block.caption, printer)}</figcaption>" if block.caption else ""
    return (
        f'<figure>{caption}<div class="scroll"><table>\n<thead><tr>{heads}</tr></thead>\n'
        f"<tbody>\n{body}</tbody>\n</table></div></figure>"
    )


def _heading(column: Column, printer: MathPrinter) -> str:
    name = f"<code>{text(column.name)}</code>" if column.name else ""
    value = f'<span class="under">{inline(column.value, printer)}</span>' if column.value else ""
    heading = line(column.heading, printer)
    return f'<th scope="col" class="{column.kind}">{heading}{value}{name}</th>'


def _column(block: Table, number: int, kind: str, printer: MathPrinter) -> list[str]:
    """Return a column's cells."""
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
            drawn.append(
                f'<td class="figure"><span class="{number_class}">{next(aligned)}</span></td>'
            )
        else:
            drawn.append(_cell(cell, column.kind, printer, first=number == 0))
    return drawn


def _cell(cell: Inline, kind: str, printer: MathPrinter, *, first: bool) -> str:
    work = isinstance(cell, Math) and kind == "work"
    inner = broken_math(cell.expr, printer) if isinstance(cell, Math) and work else ""
    tag = 'th scope="row"' if first else "td"
    if isinstance(cell, Figure) and cell.marked:
        inner = f'<span class="marked">{inline(cell, printer)}</span>'
    return f'<{tag} class="{kind}">{inner or inline(cell, printer)}</{tag.partition(" ")[0]}>'


def padded(figures: list[ShownNumber], point: str) -> list[str]:
    """Return the figures with hidden digits after them, so that their points stand in line."""
    drawn = []
    for figure, (missing, power) in zip(figures, lacking(figures), strict=True):
        text = ("−" if figure.negative else "") + figure.digits.replace(".", point)
        if figure.power is not None:
            fill = f'<span class="pad">{missing}</span>' if missing else ""
            drawn.append(f"{text}{_power(figure.power)}{fill}")
            continue
        missing += "" if power is None else _power(power)
        fill = f'<span class="pad" aria-hidden="true">{missing}</span>' if missing else ""
        drawn.append(text + fill)
    return drawn


def _power(power: int) -> str:
    return f"·10<sup>{str(power).replace('-', '−')}</sup>"
