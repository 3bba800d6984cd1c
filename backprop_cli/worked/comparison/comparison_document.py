"""Two networks → Document: the files, then the loss, the values and the gradients side by side."""

from __future__ import annotations

from typing import Any

from ...expression.refs import plain_name
from ...passes.trace import Trace
from ...problems import counted
from ...spec.differing import FileDifference
from ..building import column, note, paragraph, section
from ..document import (
    Block,
    Code,
    Column,
    Document,
    Inline,
    Note,
    Paragraph,
    Section,
    Table,
    Text,
)
from ..trace.trace_document import shape_sentence
from .changed import Names, end, table
from .pairs import EntryPair, QuantityPair, paired

MOST_ROWS = 10
"""Quantities of a table, each with its most different entry, unless --full asks for every entry."""
MOST_FULL = 400
LONGEST = 40
"""Characters of a file's value that are shown."""


def comparison_document(
    names: Names,
    differences: list[FileDifference],
    traces: tuple[Trace, Trace] | None,
    why_not: str = "",
    *,
    full: bool = False,
) -> Document:
    """Return the comparison of two files; without numbers, of what they say only."""
    blocks: list[Block] = [_files(names, differences, full)]
    if traces is None:
        blocks.append(note(why_not))
    else:
        blocks += compared_sections(*traces, names, full=full)
    return Document(f"{names[0]} and {names[1]}", tuple(blocks))


def _files(names: Names, differences: list[FileDifference], full: bool) -> Section:
    title = "What differs in the files"
    if not differences:
        said = "nothing that changes a number: the same keys with the same values"
        return section("files", title, (paragraph(said),))
    columns = (column("key"), *(Column((Code(name),), kind="prose") for name in names))
    shown = differences if full else differences[: 2 * MOST_ROWS]
    rows: tuple[tuple[Inline | None, ...], ...] = tuple(
        (Code(d.path), *(Code(_short(text)) for text in (d.one, d.other))) for d in shown
    )
    blocks: list[Block] = [Table(columns, rows)]
    if len(shown) < len(differences):
        more = counted(len(differences) - len(shown), "more difference")
        blocks.append(note(f"{more}: --full shows all"))
    return section("files", title, blocks)


def _short(text: str) -> str:
    if not text:
        return "–"
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def compared_sections(one: Trace, other: Trace, names: Names, *, full: bool) -> list[Block]:
    """Return the sections of the numbers."""
    pairs = paired(one, other)
    apart = [note(sentence) for sentence in pairs.apart]
    blocks: list[Block] = [_loss(one, other, names, apart)]
    values = tuple(pair for pair in pairs.values if pair.ref.part != "loss")
    for key, title, found in (
        ("values", "Values", values),
        ("gradients", "Gradients", pairs.gradients),
    ):
        alike = "all the same" if pairs.compared else "nothing has the same name and shape in both"
        inner = _tables(one, found, names, full) if found else [paragraph(alike)]
        heading = f"{title}, the most different first" if len(found) > 1 else title
        blocks.append(section(key, heading, inner))
    return blocks


def _loss(one: Trace, other: Trace, names: Names, apart: list[Note]) -> Section:
    """Return both in a line each, their losses, and which quantities are not of both."""
    shapes: list[Block] = [
        Paragraph((Code(name), Text(f": {shape_sentence(trace.graph)}")))
        for name, trace in zip(names, (one, other), strict=True)
    ]
    ends = [end(trace) for trace in (one, other)]
    title = "What it does"
    if None in ends:
        return section("loss", title, (*shapes, *apart))
    refs, values = zip(*(end for end in ends if end is not None), strict=True)
    row = EntryPair(refs[0], *values)
    return section("loss", title, (*shapes, table(one, [row], names), *apart))


def _tables(trace: Trace, found: tuple[QuantityPair, ...], names: Names, full: bool) -> list[Block]:
    if full:
        every = [entry for pair in found for entry in pair.entries if entry.differs]
        rows, left = every[:MOST_FULL], len(every) - MOST_FULL
    else:
        rows, left = [pair.entries[0] for pair in found[:MOST_ROWS]], len(found) - MOST_ROWS
    said = []
    tail = "" if full else ": --full shows every entry"
    if not full and any(pair.differing > 1 for pair in found[:MOST_ROWS]):
        said.append("each with its most different entry" + ("" if left > 0 else tail))
    if left > 0:
        what = "entry" if full else "quantity"
        plural = {"entry": "entries", "quantity": "quantities"}[what] if left > 1 else what
        said.append(f"{left} more {plural} differ{'' if left > 1 else 's'}{tail}")
    return [table(trace, rows, names), *(note(sentence) for sentence in said)]


def comparison_object(
    names: Names, differences: list[FileDifference], traces: tuple[Trace, Trace] | None
) -> dict[str, Any]:
    """Return the comparison as plain data."""
    found: dict[str, Any] = {
        "format": "backprop-compare",
        "version": 1,
        "files": list(names),
        "differences": [
            {"key": d.path, "one": d.one or None, "other": d.other or None} for d in differences
        ],
    }
    if traces is not None:
        pairs = paired(*traces)
        in_out = traces[0].graph.in_out
        found |= {"values": _object(pairs.values, in_out)}
        found |= {"gradients": _object(pairs.gradients, in_out), "apart": list(pairs.apart)}
    return found


def _object(pairs: tuple[QuantityPair, ...], in_out: bool) -> list[dict[str, Any]]:
    return [
        {
            "name": plain_name(entry.ref, in_out),
            "one": float(entry.one),
            "other": float(entry.other),
            "change": float(entry.change),
        }
        for pair in pairs
        for entry in pair.entries
        if entry.differs
    ]
