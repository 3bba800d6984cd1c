"""A whole sweep → Document: what one sees in it, a table of some points, the plot."""

from __future__ import annotations

import math
from collections.abc import Iterable

from ...expression.refs import Ref
from ...expression.tree import Quantity
from ...passes.sweep.passes import SweepSubject
from ...passes.sweep.reading import Spot, SweepReading
from ...passes.sweep.records import Swept
from ...problems import counted
from ..building import note, paragraph, section
from ..document import (
    Block,
    Column,
    Document,
    Figure,
    HeatMap,
    Inline,
    Line,
    Math,
    Paragraph,
    Picture,
    Plotted,
    Text,
    ValueCurve,
)
from ..document import Table as DocumentTable
from ..trace.trace_document import shape_sentence

MOST_ROWS, MOST_COLUMNS = 20, 6
"""Points that a table shows down and across, unless all are asked for."""


def sweep_document(
    subject: SweepSubject,
    swept: Swept,
    reading: SweepReading,
    *,
    full: bool = False,
) -> Document:
    """Return the document of a whole sweep."""
    graph, grid = subject.graph, swept.grid
    blocks: list[Block] = [paragraph(shape_sentence(graph))]
    blocks.append(Paragraph(_title(subject)))
    said = [
        f"{grid.size:,} point{'s' if grid.size > 1 else ''}; what is not varied is as in the file"
    ]
    said += [
        f"{axis.name}: all of its entries vary together, each is the same number"
        for axis, place in zip(grid.axes, subject.places, strict=True)
        if place.position is None
    ]
    if reading.missing:
        said.append(f"{reading.missing:,} of them have no finite value, and are left blank")
    if reading.stopped:
        said.append(f"the descent stopped at {reading.stopped}")
    blocks += [note(sentence) for sentence in said]
    blocks.append(section("reading", "What one sees", _reading(subject, reading)))
    plot = plot_of(subject, swept, reading)
    if plot is not None:
        blocks.append(section("plot", "Plot", (Picture(plot),)))
    table: list[Block] = []
    if len(grid.axes) == 1:
        table = _column(subject, swept, reading, full=full)
    elif len(grid.axes) == 2:
        table = _rows(subject, swept, full=full)
    else:
        table = [note("a table has room for two axes: -o sweep.csv has every point")]
    blocks.append(section("values", "Values", table))
    return Document(graph.name or graph.words.title, tuple(blocks))


def _title(subject: SweepSubject) -> Line:
    """Return ``C over w¹₁₁ from −3 to 3 (61 values)``."""
    parts: list[Inline] = [Math(Quantity(subject.ref)), Text(" over ")]
    for number, (axis, place) in enumerate(zip(subject.grid.axes, subject.places, strict=True)):
        parts += [Text(" and ")] if number else []
        low, high = map(Figure, (axis.values[0], axis.values[-1]))
        parts.append(Math(Quantity(place.ref)))
        if len(axis.values) == 1:
            parts += [Text(" = "), low]
        else:
            count = Text(f" ({len(axis.values):,} values)")
            parts += [Text(" from "), low, Text(" to "), high, count]
    return tuple(parts)


# -- what one sees


def _reading(subject: SweepSubject, reading: SweepReading) -> list[Block]:
    blocks: list[Block] = []
    if reading.least is None:
        return [paragraph("there is no value at any of these points")]
    value, greatest = Math(Quantity(subject.ref)), reading.greatest
    if reading.as_low + 1 == subject.grid.size - reading.missing > 1:
        alike: Line = (value, Text(" is the same at all points, "), Figure(reading.least.value))
        blocks.append(Paragraph(alike))
    else:
        blocks.append(Paragraph(_least(subject, reading, reading.least)))
        blocks += _as_many(reading.as_low, "low")
        if greatest is not None:
            parts: list[Inline] = [value, Text(" is greatest, "), Figure(greatest.value)]
            blocks.append(Paragraph((*parts, Text(", at "), *_at(subject, greatest))))
            blocks += _as_many(reading.as_high, "high")
    if reading.own is not None:
        blocks.append(Paragraph(_own(subject, reading.own)))
    if reading.path:
        blocks.append(Paragraph(_path(subject, reading)))
    return blocks


def _as_many(more: int, how: str) -> list[Block]:
    """Return at how many more points the value is as low or as high."""
    return [note(f"as {how} at {counted(more, 'more point')}")] if more else []


def _least(subject: SweepSubject, reading: SweepReading, least: Spot) -> Line:
    """Return where it is least, and what the slope says of that."""
    parts: list[Inline] = [Math(Quantity(subject.ref)), Text(" is least, "), Figure(least.value)]
    parts += [Text(", at "), *_at(subject, least)]
    slopes = _slopes(subject)
    if any(reading.border):
        parts.append(Text(", at the edge of what was looked at"))
        edges = [n for n, edge in enumerate(reading.border) if edge and least.slopes]
        falling = [n for n in edges if _goes_on(subject, n, least)]
        if falling:
            named = ((Math(slopes[n]), Text(" = "), Figure(least.slopes[n])) for n in falling)
            parts += [Text(": there "), *_listed(named), Text(", so it falls on beyond")]
    elif reading.beside is not None:
        before, after = reading.beside
        parts += [Text("; at the values beside it "), Math(slopes[0]), Text(" is ")]
        parts += [Figure(before), Text(" and "), Figure(after)]
        parts.append(Text(": 0 in between" if before < 0 < after else ""))
    return tuple(parts)


def _goes_on(subject: SweepSubject, axis: int, least: Spot) -> bool:
    """Return whether the slope at the edge leads further down, out of what was looked at."""
    at_low = least.point[axis] == subject.grid.axes[axis].values[0]
    return least.slopes[axis] > 0 if at_low else least.slopes[axis] < 0


def _own(subject: SweepSubject, own: Spot) -> Line:
    """Return the file's own point, and that the slope there is the gradient that trace gives."""
    parts: list[Inline] = [Text("in the file "), *_at(subject, own), Text(": there ")]
    parts += [Math(Quantity(subject.ref)), Text(" = "), Figure(own.value)]
    if own.slopes:
        several = len(own.slopes) > 1
        parts.append(
            Text(", and the slopes along the axes are " if several else ", and the slope is ")
        )
        pairs = zip(_slopes(subject), own.slopes, strict=True)
        parts += _listed((Math(name), Text(" = "), Figure(slope)) for name, slope in pairs)
        parts.append(Text(", the gradients of backpropagation" if several else ", as in trace"))
    return tuple(parts)


def _path(subject: SweepSubject, reading: SweepReading) -> Line:
    first, last = reading.path[0], reading.path[-1]
    steps = len(reading.path) - 1
    parts: list[Inline] = [Text(f"{counted(steps, 'step')} of descent, which ")]
    parts += [Text("move nothing else, go from "), *_at(subject, first), Text(" to ")]
    parts += [*_at(subject, last), Text("; "), Math(Quantity(subject.ref)), Text(" from ")]
    parts += [Figure(first.value), Text(" to "), Figure(last.value)]
    return tuple(parts)


def _slopes(subject: SweepSubject) -> list[Quantity]:
    return [Quantity(place.ref.grad()) for place in subject.places]


def _at(subject: SweepSubject, spot: Spot) -> list[Inline]:
    """Return ``w¹₁₁ = 2.1, b¹₁ = 0``."""
    pairs = zip(subject.places, spot.point, strict=True)
    return _listed((Math(Quantity(p.ref)), Text(" = "), Figure(v)) for p, v in pairs)


def _listed(groups: Iterable[tuple[Inline, ...]]) -> list[Inline]:
    found: list[Inline] = []
    for group in groups:
        found += [Text(", "), *group] if found else group
    return found


# -- the numbers


def _column(
    subject: SweepSubject, swept: Swept, reading: SweepReading, *, full: bool
) -> list[Block]:
    (axis,), (place,) = swept.grid.axes, subject.places
    shown = _picked(len(axis.values), len(axis.values) if full else MOST_ROWS)
    if reading.least is not None:
        shown = sorted({*shown, axis.values.index(reading.least.point[0])})
    columns = (_headed(place.ref), _headed(subject.ref))
    rows = tuple((Figure(axis.values[n]), _figure(float(swept.values[n]))) for n in shown)
    blocks: list[Block] = [DocumentTable(columns, rows)]
    return [*blocks, *_left_out(len(rows), len(axis.values))]


def _rows(subject: SweepSubject, swept: Swept, *, full: bool) -> list[Block]:
    """Return the table with the first axis across, the second down."""
    across, down = swept.grid.axes
    first, second = subject.places
    columns = _picked(len(across.values), len(across.values) if full else MOST_COLUMNS)
    lines = _picked(len(down.values), len(down.values) if full else MOST_ROWS // 2)
    corner: Line = (Math(Quantity(second.ref)), Text(" ↓  "), Math(Quantity(first.ref)), Text(" →"))
    heads = [Column(corner), *(Column((Figure(across.values[n]),)) for n in columns)]
    rows = tuple(
        (Figure(down.values[m]), *(_figure(float(swept.array[n, m])) for n in columns))
        for m in lines
    )
    table = DocumentTable(tuple(heads), rows)
    return [table, *_left_out(len(columns) * len(lines), swept.grid.size)]


def _picked(count: int, most: int) -> list[int]:
    """Return which of so many values are shown: evenly spaced, the first and the last too."""
    if count <= most:
        return list(range(count))
    apart = next(n for n in range(2, count + 1) if math.ceil(count / n) < most)
    return sorted({*range(0, count, apart), count - 1})


def _left_out(shown: int, count: int) -> list[Block]:
    if shown == count:
        return []
    return [note(f"{shown} of {count:,} points; --full and -o sweep.csv have all")]


def _headed(ref: Ref) -> Column:
    return Column((Math(Quantity(ref)),))


def _figure(value: float) -> Inline:
    return Text("") if math.isnan(value) else Figure(value)


# -- the plot


def plot_of(subject: SweepSubject, swept: Swept, reading: SweepReading) -> Plotted | None:
    """Return the curve or the heat map; None of more axes than two."""
    axes, name = swept.grid.axes, subject.graph.name
    title = f"{name}: {swept.grid.of}" if name else swept.grid.of
    own = reading.own if reading.own is not None and _within(swept, reading.own) else None
    if len(axes) == 1:
        return ValueCurve(
            tuple(swept.values.tolist()),
            across=axes[0].name,
            up=swept.grid.of,
            title=title,
            at=axes[0].values,
            path=tuple((spot.point[0], spot.value) for spot in reading.path),
            own=None if own is None else (own.point[0], own.value),
            least=None if reading.least is None else (reading.least.point[0], reading.least.value),
        )
    if len(axes) != 2:
        return None
    return HeatMap(
        tuple(map(tuple, swept.array.T.tolist())),
        axes[0].values,
        axes[1].values,
        axes[0].name,
        axes[1].name,
        swept.grid.of,
        title,
        path=tuple((spot.point[0], spot.point[1]) for spot in reading.path),
        own=None if own is None else (own.point[0], own.point[1]),
        least=None if reading.least is None else (reading.least.point[0], reading.least.point[1]),
    )


def _within(swept: Swept, spot: Spot) -> bool:
    pairs = zip(swept.grid.axes, spot.point, strict=True)
    return all(axis.values[0] <= value <= axis.values[-1] for axis, value in pairs)
