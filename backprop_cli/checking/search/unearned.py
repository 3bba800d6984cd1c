"""What shows no working: one number in nearly all answers, or the numbers of another network."""

from __future__ import annotations

from collections import Counter

from msgspec import structs

from ..marking.markings import Marking, SheetMarkings, off_beyond_coarseness
from .search import Finding

FEWEST = 6
"""Answers of one number that are a pattern."""
MOST = 0.9
"""The part of the answers that one number must be to be no accident."""
FEW = 3
"""How many numbers, taking turns, are such a pattern too."""
FOREIGN = 0.5
"""The part of what comes from the given numbers past which the sheet is of another network."""


def with_unearned(sheet: SheetMarkings, findings: list[Finding]) -> list[Finding]:
    """Return the findings, those marked that earn nothing, right or following from others."""
    if not sheet.rules.evidence or not sheet.answer_key.numbers:
        return findings
    wrong = {
        marking.key
        for marking, finding in zip(sheet.markings, findings, strict=True)
        if finding.verdict not in ("right", "follow-through")
    }
    return findings if len(wrong) < 2 else _foreign(sheet, _one_number(sheet, findings))


def _one_number(sheet: SheetMarkings, findings: list[Finding]) -> list[Finding]:
    """Mark one number that stands in nearly all answers.

    A slip is made at one quantity: a wrong 0 at the output makes all gradients behind it 0, and
    none of those is wrong by itself.
    """
    given = sheet.answer_key.graph.given
    values = {
        marking.index: marking.answer.parsed.value
        for marking in sheet.markings
        if marking.number is not None and marking.key not in given
    }
    counts = Counter(values.values()).most_common(FEW)
    for few in range(1, len(counts) + 1):
        same = {index for index, each in values.items() if each in dict(counts[:few])}
        slips = {sheet.markings[index].key for index in same if findings[index].verdict == "wrong"}
        if len(same) >= max(FEWEST * few, MOST * len(values)) and len(slips) > few:
            return _marked(findings, same)
    return findings


def _marked(findings: list[Finding], same: set[int]) -> list[Finding]:
    """Return the findings, each of one number unearned, and no mistake named by chance."""
    none = Finding("wrong", "wrong", unearned="constant")
    return [
        finding
        if index not in same
        else none
        if finding.verdict == "wrong"
        else structs.replace(finding, unearned="constant")
        for index, finding in enumerate(findings)
    ]


def _foreign(sheet: SheetMarkings, findings: list[Finding]) -> list[Finding]:
    """Mark what follows from answers that are another network's, or were guessed.

    With one slip, whatever it is, every step but its own still fits the numbers of this network:
    the weights, the input, the target. Where most of the entries that such numbers enter fit them
    in no way, at more than one quantity, what follows from them shows no working on this one.
    """
    fits, strange = 0, []
    for marking in sheet.markings:
        if marking.number is None or not sheet.answer_key.uses_given(marking.key, marking.position):
            continue
        finding = findings[marking.index]
        if finding.verdict in ("right", "follow-through") or finding.mistake is not None:
            fits += 1
        elif finding.rule == "wrong" or off_beyond_coarseness(marking):
            strange.append(marking)
    if len({each.key for each in strange}) < 2:
        return findings
    if len(strange) <= FOREIGN * (len(strange) + fits):
        return findings
    return [
        structs.replace(finding, unearned="foreign")
        if finding.unearned is None and (finding.verdict == "follow-through" or _zero(marking))
        else finding
        for marking, finding in zip(sheet.markings, findings, strict=True)
    ]


def _zero(marking: Marking) -> bool:
    """Return whether an answer is a 0 that is right: of a unit that is off on any network."""
    s = marking.number
    return marking.verdict == "right" and s is not None and s.value == marking.truth == 0
