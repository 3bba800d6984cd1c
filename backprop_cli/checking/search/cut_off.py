"""Digits cut off where they should be rounded: as a habit of the sheet, or in one product."""

from __future__ import annotations

from msgspec import structs

from ...functions.softmax import SOFTMAX
from ..marking.comparing import truncated
from ..marking.markings import Marking, SheetMarkings
from .search import Finding

LEAST_CUT = 3
"""How many numbers must be cut off for it to be a habit."""


def with_cut_off(sheet: SheetMarkings, findings: list[Finding]) -> list[Finding]:
    """Return the findings with what is cut off named: a habit, or one product of given numbers."""
    cut = [marking for marking in sheet.markings if marking.cut]
    plain = [marking for marking in cut if _nothing_else(sheet, marking)]
    habit = len(cut) >= LEAST_CUT and plain and not any(map(_rounded_up, sheet.markings))
    found = list(findings)
    for marking in cut:
        if habit or (marking in plain and _one_product(sheet, marking)):
            found[marking.index] = structs.replace(found[marking.index], mistake="truncated")
    return found


def _rounded_up(marking: Marking) -> bool:
    """Whether the number shows that it was rounded: its last digit is larger than cutting gives."""
    s = marking.number
    if s is None or s.unit <= 0 or marking.verdict != "right":
        return False
    return abs(s.value) - abs(marking.truth) > 1e-6 * s.unit


def _nothing_else(sheet: SheetMarkings, marking: Marking) -> bool:
    """Whether cutting alone explains it: all that the step reads is there as it was written."""
    replay = sheet.answer_key.replay
    step, s = replay.at.get(marking.key), marking.number
    if step is None or s is None or not marking.computed:
        return False
    node = replay.graph.nodes[step.node]
    of_values = step.kind == "gradient" and replay.graph.kind(node.ref) is None
    if node.rule is SOFTMAX or of_values:
        return False
    leaves = replay.graph.given
    given = all(read in leaves or not sheet.accepted.blank(read) for read in step.reads)
    return given and truncated(s, marking.computed[0])


def _one_product(sheet: SheetMarkings, marking: Marking) -> bool:
    """Whether the step is a single product, so that nothing on the way was rounded either."""
    replay = sheet.answer_key.replay
    kind = replay.kind_of(marking.key)
    return kind == "update" or (kind == "gradient" and replay.graph.samples == 1)
