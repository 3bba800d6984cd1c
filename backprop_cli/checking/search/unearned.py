"""What shows no working: one number in nearly all answers, whatever was asked."""

from __future__ import annotations

from collections import Counter

from msgspec import structs

from ..marking.markings import SheetMarkings
from .search import Finding

FEWEST = 6
"""Answers of one number that are a pattern."""
MOST = 0.9
"""The part of the answers that one number must be to be no accident."""


def with_unearned(sheet: SheetMarkings, findings: list[Finding]) -> list[Finding]:
    """Return the findings, those marked that earn nothing, right or following from others.

    A slip is made at one quantity: a wrong 0 at the output makes all gradients behind it 0, and
    none of those is wrong by itself.
    """
    given = sheet.answer_key.graph.given
    values = {
        marking.index: marking.answer.parsed.value
        for marking in sheet.markings
        if marking.number is not None and marking.key not in given
    }
    counts = Counter(values.values())
    value, count = counts.most_common(1)[0] if counts else (None, 0)
    same = {index for index, each in values.items() if each == value}
    slips = {sheet.markings[index].key for index in same if findings[index].verdict == "wrong"}
    if count < max(FEWEST, MOST * len(values)) or len(slips) < 2:
        return findings
    return [
        structs.replace(finding, unearned=index in same and finding.verdict != "wrong")
        for index, finding in enumerate(findings)
    ]
