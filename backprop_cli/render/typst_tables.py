"""Tables in Typst: where the end of a page may cut one, and numbers whose points stand in line."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise, repeat

from ..printing.mathematics import MathPrinter
from ..printing.numbers import ShownNumber
from ..worked.document import Table, Text
from .chains import lacking

_ROWS, _MOST_HELD = 2, 9
"""Fewer rows of a table do not stand alone; more that belong together are cut by a page's end."""


def held(table: Table) -> Iterator[tuple[int, int]]:
    """Yield from which row on how many are not cut by the end of a page.

    Those that one label is for, and some at the table's beginning and end.
    """
    starts = [n for n, row in enumerate(table.rows) if n == 0 or row[0] != Text("")]
    sizes = [end - start for start, end in pairwise([*starts, len(table.rows)])]
    while len(sizes) > 1 and sizes[0] < _ROWS:
        sizes[:2] = [sum(sizes[:2])]
    while len(sizes) > 1 and sizes[-1] < _ROWS:
        sizes[-2:] = [sum(sizes[-2:])]
    start = 0
    for size in sizes:
        cut = zip(range(start, start + size), repeat(1), strict=False)
        yield from [(start, size)] if size <= _MOST_HELD else cut
        start += size


def padded(figures: list[ShownNumber], printer: MathPrinter) -> list[str]:
    """Return the figures with hidden digits after them, so that their points stand in line."""
    drawn = []
    for figure, (missing, power, shorter) in zip(figures, lacking(figures), strict=True):
        tens = "" if power is None else printer.scientific("", power).text
        hidden = (f'"{missing}"' if missing else "") + (f' ""{tens}' if tens else "")
        hidden += f' ""^("{shorter}")' if shorter else ""
        drawn.append(f"${printer.figure(figure)}$" + (f"#hide(${hidden}$)" if hidden else ""))
    return drawn
