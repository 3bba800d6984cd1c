"""Where a label goes beside a point so that it meets no curve and no other label."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence

from msgspec import structs

from .scene import Label, PlotField, Point

SPACE = 7.0
STEP = 4.0
"""How far apart the points of a line are that a label keeps away from."""
STEPS = (0.0, 14.0, 28.0, 46.0, 70.0, 100.0)
DIRECTIONS = ((1, 1), (1, -1), (-1, 1), (-1, -1), (0, -1), (0, 1), (1, 0), (-1, 0))


def beside(
    at: Point, label: Label, curves: Sequence[Point], taken: Sequence[Label], box: PlotField
) -> Label:
    """Return the label near the point, in the first place that is free; else in the least full."""
    best, fewest = label, 10**9
    for step in STEPS:
        for across, down in DIRECTIONS:
            reach = SPACE + step
            x = at[0] + across * (reach + label.width / 2)
            y = at[1] + down * (reach + label.height / 2)
            placed = structs.replace(label, x=x, y=y)
            if not _inside(placed, box) or any(overlap(placed, other) for other in taken):
                continue
            met = sum(_holds(placed, point) for point in curves)
            if met < fewest:
                best, fewest = placed, met
            if not met:
                return placed
    return best


def along(line: Iterable[Point]) -> Iterator[Point]:
    """Yield points along a line close enough to each other to be met by a label."""
    for (x, y), (to_x, to_y) in itertools.pairwise(line):
        count = math.ceil(math.dist((x, y), (to_x, to_y)) / STEP) or 1
        for n in range(count + 1):
            yield x + (to_x - x) * n / count, y + (to_y - y) * n / count


def overlap(one: Label, other: Label) -> bool:
    """Return whether the boxes of two labels have an area in common."""
    across = abs(one.x - other.x) * 2 < one.width + other.width - 0.01
    return across and abs(one.y - other.y) * 2 < one.height + other.height - 0.01


def _inside(label: Label, box: PlotField) -> bool:
    right, bottom = box.left + box.width, box.top + box.height
    across = box.left <= label.x - label.width / 2 and label.x + label.width / 2 <= right
    return across and box.top <= label.y - label.height / 2 and label.y + label.height / 2 <= bottom


def _holds(label: Label, point: Point) -> bool:
    across = abs(point[0] - label.x) * 2 < label.width + 6
    return across and abs(point[1] - label.y) * 2 < label.height + 4
