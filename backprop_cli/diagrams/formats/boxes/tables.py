"""The weights of a picture as tables under it: which edge, its weight, the weight's gradient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from ....printing.styled import Styled, cell_len
from ...scene import DrawnEdge, Role, Scene
from .. import Pen

GAP = 4
"""Columns between two tables that stand side by side."""
TALLEST = 12
"""Rows past which a table goes on beside itself."""
Row = list[Styled]


def parameter_tables(
    scene: Scene,
    edges: Sequence[DrawnEdge],
    aside: Mapping[str, tuple[Styled, ...]],
    said: Mapping[str, tuple[tuple[Styled, ...], tuple[Styled, ...]]],
    names: Mapping[str, str],
    pen: Pen,
    styles: Mapping[Role, str],
) -> list[Row]:
    """Return a table for each column of targets, side by side where the page is wide enough.

    ``aside`` are the biases of units that did not fit into their boxes.
    """
    columns = {node.id: node.column for node in scene.nodes}
    arrow = {"forward": "→", "backward": "←", "both": "→"}[scene.passes]
    cells: list[tuple[int, list[Styled]]] = []
    for edge in edges:
        name = f"{names[edge.source]} {arrow} {names[edge.target]}"
        words = [line for lines in said[edge.id] for line in lines]
        cells.append((columns[edge.target], [(name, styles["quiet"]), *words]))
    for node, lines in aside.items():
        cells.append((columns[node], [(names[node], styles["quiet"]), *lines]))
    cells.sort(key=lambda cell: cell[0])
    tables = []
    for _, group in groupby(cells, key=lambda cell: cell[0]):
        whole = [row for _, row in group]
        rows = aligned(whole)
        if too_wide(rows, pen):
            rows = aligned([part for row in whole for part in _apart(row)])
        for first in range(0, len(rows), TALLEST):
            tables.append(rows[first : first + TALLEST])
    return side_by_side(tables, pen.page.width)


def too_wide(rows: Sequence[Row], pen: Pen) -> bool:
    """Return whether a row is longer than a line of the page."""
    return max(map(_length, rows), default=0) > pen.page.width


def _apart(row: list[Styled]) -> list[list[Styled]]:
    """Return the row's words under one another, where they are too long to stand side by side."""
    name, *words = row
    return [[name if not number else ("", ""), word] for number, word in enumerate(words)]


def aligned(rows: list[list[Styled]]) -> list[Row]:
    """Return rows whose names, equals signs and decimal points stand under one another."""
    done: list[Row] = [[] for _ in rows]
    for number in range(max(map(len, rows), default=0)):
        here = [row[number] if number < len(row) else ("", "") for row in rows]
        parted = [_parted(text) for text, _ in here]
        widest = max(cell_len(name) for name, _, _ in parted)
        heads = (cell_len(_head(value)) for _, _, value in parted if value[:1] != "[")
        most = max(heads, default=0)
        texts = []
        for (text, _), (name, sign, value) in zip(here, parted, strict=True):
            if value:
                text = name + " " * (widest - cell_len(name)) + (sign or "   " * bool(widest))
                text += " " * (0 if value[0] == "[" else most - cell_len(_head(value))) + value
            texts.append(text)
        room = max(map(cell_len, texts))
        for row, text, (_, style) in zip(done, texts, here, strict=True):
            row.append((text, style))
            row.append((" " * (room - cell_len(text) + 2), ""))
    return done


def _parted(text: str) -> tuple[str, str, str]:
    """Return a name, the sign after it and its value; a bare number is a value without a name.

    Of what is neither, as a vector or a shape, nothing is to be aligned.
    """
    name, sign, value = text.partition(" = ")
    if sign:
        return name, sign, value
    return ("", "", text if text.lstrip("−-")[:1].isdigit() and "×" not in text else "")


def side_by_side(tables: Sequence[list[Row]], width: int) -> list[Row]:
    """Return the tables in bands, as many beside one another as the width lets stand."""
    lines: list[Row] = []
    band: list[list[Row]] = []
    used = 0
    for table in [*tables, []]:
        size = max((_length(row) for row in table), default=width + 1)
        if band and used + GAP + size > width:
            lines += [[]] if lines else []
            lines += _band(band)
            band, used = [], 0
        if table:
            used += size + (GAP if band else 0)
            band.append(table)
    return lines


def _band(tables: Sequence[list[Row]]) -> list[Row]:
    lines: list[Row] = []
    for number in range(max(map(len, tables))):
        line: Row = []
        for table in tables:
            row = table[number] if number < len(table) else []
            room = max(map(_length, table))
            line += [*_stripped(row), (" " * (room - _length(row) + GAP), "")]
        lines.append(_stripped(line))
    return lines


def _length(row: Row) -> int:
    return sum(cell_len(text) for text, _ in _stripped(row))


def _stripped(row: Row) -> Row:
    """Return the row without the room after its last word."""
    kept = list(row)
    while kept and not kept[-1][0].strip():
        kept.pop()
    return kept


def _head(value: str) -> str:
    """Return what stands before a number's decimal point."""
    for mark in (".", "e"):
        if mark in value:
            return value.partition(mark)[0]
    return value
