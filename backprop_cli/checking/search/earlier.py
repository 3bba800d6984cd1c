"""Which wrong answers an answer that follows from them comes from."""

from __future__ import annotations

from msgspec import structs

from ..marking.causes import matters, nearest
from ..marking.markings import Marking, SheetMarkings
from .search import Finding

MOST_NAMED = 3
"""How many earlier answers are named."""
MOST_LOOKED_AT = 8
"""How many earlier wrong answers are tried one by one."""


def with_earlier(sheet: SheetMarkings, findings: list[Finding]) -> list[Finding]:
    """Return the findings, those that follow from a wrong answer with the names of such."""
    if not any(each.verdict == "follow-through" for each in findings):
        return findings
    found = list(findings)
    at: dict[int, list[Marking]] = {}
    for marking in sheet.markings:
        at.setdefault(marking.key, []).append(marking)
    for step in sheet.answer_key.replay.order:
        for marking in at.get(step.key, ()):
            finding = found[marking.index]
            if finding.verdict == "follow-through" and not finding.earlier:
                earlier = _earlier(sheet, marking, found)
                found[marking.index] = structs.replace(finding, earlier=earlier)
    return found


def _earlier(sheet: SheetMarkings, marking: Marking, found: list[Finding]) -> tuple[str, ...]:
    scenario = sheet.as_written
    if scenario is None:
        return ()
    step = sheet.answer_key.replay.at[marking.key]
    others = list(marking.carried) or nearest(sheet.wrong_at, scenario, marking.key)
    if len(others) > 1:
        tried = others[:MOST_LOOKED_AT]
        others = [each for each in tried if matters(scenario, each, marking, step)] or others
    roots: list[str] = []
    for other in others:
        before = found[other.index]
        roots += before.earlier if before.verdict == "follow-through" else [other.answer.name]
    order = {each.answer.name: each.index for each in sheet.markings}
    return tuple(sorted(dict.fromkeys(roots), key=order.__getitem__)[:MOST_NAMED])
