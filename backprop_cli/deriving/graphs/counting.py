"""What a mode costs: local derivatives, multiplications, additions, and what is done twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...expression.refs import Ref, plain_name
from ...expression.tree import Quantity
from ...passes.paths import Counts, Edge, reverse_counts
from ...problems import counted
from ...worked.building import column, note, paragraph, section
from ...worked.document import Block, Inline, Math, Note, Table, Text
from .subject import Subject

MOST_ROWS = 20
"""Starts, and repeated local derivatives, that a table has a row each for."""
MOST_WORK = 2_000_000
"""Starts times edges past which the starts that have no row are not counted."""
LARGEST_PLAIN = 2**53
"""Whole numbers from which on JSON has them as texts, since readers would round them."""

Count = Callable[[int], Counts]
Each = list[tuple[Ref, Counts]]
"""What each start costs: a node, or the entry of one that is moved."""


def reverse_blocks(subject: Subject) -> list[Block]:
    """Return what the one sweep back costs."""
    counts = reverse_counts(subject.flow)
    if not counts.partials:
        return []
    each = ", ".join(
        (
            counted(counts.partials, "local derivative"),
            counted(counts.multiplications, "multiplication"),
            counted(counts.additions, "addition"),
        )
    )
    said = f"one sweep back gives the derivatives of all nodes: {each}, each done once"
    return [section("work", "The work", (paragraph(said), _uncounted(subject)))]


def reverse_data(subject: Subject) -> dict[str, Any]:
    """Return the same as plain data."""
    return {"counts": {"reverse": plain_counts(reverse_counts(subject.flow))}}


def costs(subject: Subject, starts: list[Ref], count: Count) -> Each:
    """Return what each start costs; past a bound on the work only the first ones."""
    edges = sum(map(len, subject.flow.edges.values()))
    many = len(starts) * edges > MOST_WORK
    return [
        (start, count(subject.graph.number(start)))
        for start in (starts[:MOST_ROWS] if many else starts)
    ]


def comparison(
    subject: Subject,
    way: str,
    each: Each,
    repeats: dict[Edge, int],
) -> list[Block]:
    """Return the table of what every start costs beside reverse mode, and what is done twice."""
    if not each:
        return []
    total = sum((counts for _, counts in each), Counts())
    rows = [_row(Math(Quantity(start)), counts) for start, counts in each[:MOST_ROWS]]
    gap: tuple[Inline | None, ...] = (None,) * 4
    rows += [gap] if len(each) > MOST_ROWS else []
    rows.append(_row(Text(f"{way}, all {len(each)}"), total))
    rows.append(_row(Text("reverse mode, one sweep"), reverse_counts(subject.flow)))
    headings = ("start", "local derivatives", "multiplications", "additions")
    columns = tuple(
        column(heading, kind="figure" if position else "label")
        for position, heading in enumerate(headings)
    )
    said = "the one sweep gives the derivatives by all nodes at once, a row above it those by its "
    said += "start alone"
    blocks: list[Block] = [Table(columns, tuple(rows)), note(said), _uncounted(subject)]
    more = sorted(((n, e) for e, n in repeats.items() if n > 1), key=lambda pair: -pair[0])
    if more:
        blocks += _repeats(subject, more)
    else:
        blocks.append(note("no local derivative is computed more than once"))
    return [section("work", "The work", blocks)]


def comparison_data(
    subject: Subject, mode: str, each: Each, repeats: dict[Edge, int]
) -> dict[str, Any]:
    """Return the same as plain data."""
    total = sum((counts for _, counts in each), Counts())
    return {
        "counts": {
            mode: plain_counts(total),
            "reverse": plain_counts(reverse_counts(subject.flow)),
            "by_start": {
                plain_name(start, subject.graph.in_out): plain_counts(counts)
                for start, counts in each
            },
        },
        "repeated": {
            f"d{subject.name(e.consumer)}/d{subject.name(subject.parent(e))}": plain_integer(n)
            for e, n in repeats.items()
            if n > 1
        },
    }


def plain_counts(counts: Counts) -> dict[str, Any]:
    """Return counts as plain data."""
    return {
        "local_derivatives": plain_integer(counts.partials),
        "multiplications": plain_integer(counts.multiplications),
        "additions": plain_integer(counts.additions),
    }


def plain_integer(number: int) -> int | str:
    """Return a whole number for JSON: a text where readers would round it."""
    return number if number < LARGEST_PLAIN else str(number)


def _repeats(subject: Subject, more: list[tuple[int, Edge]]) -> list[Block]:
    columns = (column("computed more than once"), column("times", "figure"))
    rows: list[tuple[Inline | None, ...]] = [
        (Math(subject.partial(edge)), Text(str(times))) for times, edge in more[:MOST_ROWS]
    ]
    blocks: list[Block] = [Table(columns, tuple(rows))]
    if len(more) > MOST_ROWS:
        blocks.append(note(f"and {len(more) - MOST_ROWS} more local derivatives"))
    return blocks


def _row(label: Inline, counts: Counts) -> tuple[Inline | None, ...]:
    numbers = (counts.partials, counts.multiplications, counts.additions)
    return (label, *(Text(str(number)) for number in numbers))


def _uncounted(subject: Subject) -> Note:
    said = "a multiplication by the 1 that each mode starts from is not counted"
    arrays = "" if subject.scalar else "; an operation on arrays counts once, whatever their size"
    return note(said + arrays)
