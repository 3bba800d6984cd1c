"""A document as it stands among others: without its title or its plain names, lower in rank."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import structs

from ..worked.document import (
    Chain,
    Code,
    Column,
    Document,
    Line,
    Math,
    Section,
    Table,
    Text,
    is_number,
    with_inner,
)

if TYPE_CHECKING:
    from .page import Layout


_NAMES = (Text("name"),)
"""The heading of a column of plain names beside what they name."""


def laid_out(document: Document, layout: Layout) -> Document:
    """Return the document as the layout has it."""
    blocks: Any = document.blocks
    if not layout.names:
        blocks = _without_names(blocks)
    lower = layout.heading - 1 if layout.title else layout.heading - 2
    if lower:
        blocks = tuple(_lowered(block, lower) for block in blocks)
    return structs.replace(document, title=document.title if layout.title else "", blocks=blocks)


def _lowered(part: Any, by: int) -> Any:
    """Return the section, and those within it, so many levels down."""
    if not isinstance(part, Section):
        return part
    inner = tuple(_lowered(each, by) for each in part.blocks)
    return structs.replace(part, blocks=inner, level=part.level + by)


def _without_code(line: Line) -> Line:
    """Return the line, nothing of it where it is a name alone."""
    return () if all(isinstance(part, Code) for part in line) else line


def _without_names(part: Any) -> Any:
    """Return the part without the names that stand beside what they name."""
    if isinstance(part, Chain):
        named = part.name and not is_number(part.name)
        return structs.replace(part, name="", rule=None) if named else part
    if isinstance(part, Column):
        return structs.replace(part, name="", heading=_without_code(part.heading))
    if isinstance(part, Table):
        kept = [n for n, column in enumerate(part.columns) if column.heading != _NAMES]
        columns = tuple(_without_names(part.columns[n]) for n in kept)
        rows = tuple(tuple(row[n] for n in kept) for row in part.rows)
        return Table(columns, rows, _without_code(part.caption))
    if isinstance(part, Section):
        title = part.title
        if any(isinstance(each, Math) for each in title):
            title = tuple(each for each in title if not isinstance(each, Text | Code))
        return structs.replace(part, title=title, blocks=_without_names(part.blocks))
    return with_inner(part, _without_names)
