"""Who answers another one's exercise, where each student has a network: his numbers fit there.

It is said to whoever marks, and costs nothing by itself: nobody's numbers fit another exercise
throughout by accident, but how they came there no number says.
"""

from __future__ import annotations

import os
from array import array
from collections import defaultdict

import numpy as np
from msgspec import Struct

from ..running import CheckedSheet
from .class_tally import FEWEST_COPIED

FITTING = 0.9
"""The part of a sheet's numbers that fit another exercise."""
MORE = 3
"""How many more of them fit there than here."""
CLOSE = 1e-3
"""How far off a number may be that fits, relatively; or by one unit of its last place."""


class SheetNumbers(Struct, frozen=True):
    """What a sheet has, and what is true of its own network; ``reach`` is what is near enough."""

    student: str
    network: str
    own: array[float]
    reach: array[float]
    truth: array[float]


class OtherExercises:
    """The numbers of sheets that answer the same questions: ``add`` alone changes it."""

    def __init__(self) -> None:
        self.alike: dict[tuple[str, ...], list[SheetNumbers]] = defaultdict(list)

    def add(self, checked: CheckedSheet) -> None:
        """Keep the numbers of one sheet."""
        sheet, graph = checked.marked.sheet, checked.graph
        if graph is None or graph.source is None:
            return
        names, own, reach, truth = [], array("d"), array("d"), array("d")
        for each in checked.marked.judged:
            if each.truth is None:
                continue
            value = np.nan if each.value is None else each.value
            names.append(each.answer.name)
            own.append(value)
            reach.append(max(each.answer.parsed.unit, CLOSE * abs(value)))
            truth.append(each.truth)
        network = os.path.basename(graph.source.name)
        self.alike[tuple(names)].append(SheetNumbers(sheet.student, network, own, reach, truth))

    def found(self) -> list[tuple[str, str]]:
        """Return each student whose numbers fit another exercise, and what is to be said."""
        return [
            (one.student, said)
            for sheets in self.alike.values()
            for one in sheets
            for said in _elsewhere(one, sheets)
        ]


def _elsewhere(one: SheetNumbers, sheets: list[SheetNumbers]) -> list[str]:
    """Return which other exercise a sheet's numbers fit, if they fit one."""
    own, reach = np.array(one.own), np.array(one.reach)
    given = int(np.isfinite(own).sum())
    here = _fitting(own, reach, one.truth)
    if given < FEWEST_COPIED or here > given - MORE:
        return []
    for other in sheets:
        fits = _fitting(own, reach, other.truth) if other.network != one.network else 0
        if fits >= max(FITTING * given, here + MORE):
            return [f"{fits} of {given} answers fit {other.network}, {here} fit {one.network}"]
    return []


def _fitting(own: np.ndarray, reach: np.ndarray, truth: array[float]) -> int:
    return int((abs(own - np.array(truth)) <= reach).sum())
