"""Points that a plot marks, each with its name where it meets no curve, no other name, no edge."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from ..diagrams.placing import along, beside
from ..diagrams.scene import Label, PlotField
from ..worked.document import HeatMap, PlotPoint, ValueCurve

_LETTER, _LINE = 0.56, 1.2
"""How wide a letter of a name is at most, and how high a line, in the size of its letters."""


class NamedMark(Struct, frozen=True):
    """A marked point with its name: where the point is, and the middle of the name.

    ``own`` is of the file's own numbers, which where it is least too are marked once.
    """

    name: str
    at: PlotPoint
    middle: PlotPoint
    own: bool


def names_of(plot: ValueCurve | HeatMap) -> list[tuple[str, PlotPoint]]:
    """Return what is marked, in the numbers of the plot: one name of two for one point."""
    words = plot.words
    if plot.own is not None and plot.own == plot.least:
        return [(f"{words.own}, {words.least}", plot.own)]
    both = ((words.own, plot.own), (words.least, plot.least))
    return [(name, point) for name, point in both if point is not None]


def named_marks(
    plot: ValueCurve | HeatMap,
    places: Iterable[tuple[str, PlotPoint]],
    lines: Sequence[Sequence[PlotPoint]],
    field: PlotField,
    size: float,
) -> list[NamedMark]:
    """Return the marks with their names in letters of that size; ``y`` goes down.

    ``places`` are what ``names_of`` names and ``lines`` what is drawn, as they are in the field.
    """
    places = list(places)
    met = [point for line in lines for point in along(line)] + [point for _, point in places]
    taken: list[Label] = []
    found = []
    for name, at in places:
        label = Label((), width=_LETTER * size * len(name), height=_LINE * size)
        taken.append(beside(at, label, met, taken, field))
        own = name != plot.words.least
        found.append(NamedMark(name, at, (taken[-1].x, taken[-1].y), own))
    return found
