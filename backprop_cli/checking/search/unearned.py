"""What shows no working: one number in nearly all answers, or the numbers of another network."""

from __future__ import annotations

from collections import Counter

import numpy as np
from msgspec import structs

from ..marking.markings import Marking, SheetMarkings, off_beyond_coarseness
from ..mistakes import catalogue
from ..mistakes.wholes import MISTAKES as OF_WHOLES
from ..replay import with_entries
from .search import Finding, Unearned

FEWEST = 6
"""Answers of one number that are a pattern."""
FEWEST_ZEROS = 4
"""Answers, each of them 0, that show no working where one of them is wrong."""
MOST = 0.9
"""The part of the answers that one number must be to be no accident."""
FEW = 3
"""How many numbers, taking turns, are such a pattern too."""
FOREIGN = 0.5
"""The part of what comes from the given numbers past which the sheet is of another network."""
ELSEWHERE = ("foreign", "accident")
"""Why answers on such a sheet earn nothing."""
EXCHANGED = "entries-exchanged"
FEWEST_WEIGHTED = 3
"""Quantities that weights enter which must all be off, where input and target may be the same."""

FEWEST_ARRAYS, FEWEST_OF_ARRAY = 2, 2
"""Given arrays that a sheet does not fit, and quantities at which each shows that."""


def with_unearned(sheet: SheetMarkings, findings: list[Finding]) -> list[Finding]:
    """Return the findings, those marked that earn nothing, right or following from others."""
    if not sheet.rules.evidence or not sheet.answer_key.numbers:
        return findings
    wrong = {
        marking.key
        for marking, finding in zip(sheet.markings, findings, strict=True)
        if finding.verdict not in ("right", "follow-through")
    }
    if wrong:
        findings = _one_number(sheet, findings)
    return findings if len(wrong) < 2 else _foreign(sheet, findings)


def _one_number(sheet: SheetMarkings, findings: list[Finding]) -> list[Finding]:
    """Mark one number that stands in nearly all answers.

    A slip is made at one quantity: a wrong 0 at the output makes all gradients behind it 0, and
    none of those is wrong by itself. Where nothing else stands on the sheet, no working is seen.
    """
    given = sheet.answer_key.graph.given
    values = {
        marking.index: marking.answer.parsed.value
        for marking in sheet.markings
        if marking.number is not None and marking.key not in given
    }
    counts = Counter(values.values()).most_common(FEW)
    if len(values) >= FEWEST_ZEROS and not any(values.values()):
        wrong = any(findings[index].verdict == "wrong" for index in values)
        return _marked(findings, set(values)) if wrong else findings
    for few in range(1, len(counts) + 1):
        usual = dict(counts[:few])
        if sum(usual.values()) < max(FEWEST * few, MOST * len(values)):
            continue
        same = {index for index, each in values.items() if each in usual}
        slips = {sheet.markings[index].key for index in same if findings[index].verdict == "wrong"}
        if len(slips) > few:
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
    fits, strange = [], []
    explained = _explained(sheet, findings)
    for marking in sheet.markings:
        if marking.number is None or marking.key not in sheet.answer_key.replay.at:
            continue
        finding = findings[marking.index]
        if finding.verdict in ("right", "follow-through"):
            if marking.number.value:
                fits.append(marking)
        elif marking.key in explained:
            continue
        elif finding.rule in ("wrong", "diagnosed") or off_beyond_coarseness(marking):
            strange.append(marking)
    told = (_other_numbers, _other_weights, _other_arrays)
    if not any(other(sheet, strange, fits) for other in told):
        return findings
    resting = _resting(sheet, findings)
    if len({each.key for each in strange}) >= FEWEST_WEIGHTED:
        findings = [f if f.unearned is not None else _nameless(f) for f in findings]
    return [
        structs.replace(finding, unearned=_why(marking, finding, resting))
        if finding.unearned is None
        else finding
        for marking, finding in zip(sheet.markings, findings, strict=True)
    ]


def _nameless(finding: Finding) -> Finding:
    """Return the finding without a mistake: of another exercise's numbers one fits by accident."""
    if finding.verdict == "wrong" and finding.rule == "diagnosed":
        return Finding("wrong", "wrong")
    return structs.replace(finding, mistake=None, also=()) if finding.mistake else finding


def _explained(sheet: SheetMarkings, findings: list[Finding]) -> set[int]:
    """Return the quantities that one known mistake explains whole, at two entries or more.

    Of another network's whole numbers each may fit some mistake, by accident.
    """
    wrong = [m for m in sheet.markings if findings[m.index].verdict == "wrong"]
    found: dict[int, set[str | None]] = {}
    for marking in wrong:
        found.setdefault(marking.key, set()).add(findings[marking.index].mistake)
    whole = {key: next(iter(ids)) for key, ids in found.items() if len(ids) == 1}
    counts = Counter(whole[marking.key] for marking in wrong if marking.key in whole)
    return {key for key, each in whole.items() if _systematic(each) and counts[each] > 1}


def _systematic(mistake: str | None) -> bool:
    """Return whether it is one of the formula, or of the whole sheet, not of digits alone.

    Nor are entries exchanged: each is a number of this network.
    """
    if mistake is None:
        return False
    of_wholes = {each.id for each in OF_WHOLES}
    return catalogue()[mistake].wrong is not None or mistake in {*of_wholes, EXCHANGED}


def _other_numbers(sheet: SheetMarkings, strange: list[Marking], fits: list[Marking]) -> bool:
    """Return whether most of the entries that given numbers enter fit them in no way."""
    given = frozenset(sheet.answer_key.graph.given)
    off, on = _entered(sheet, given, strange, fits)
    return _mostly(off, on, 2)


def _other_weights(sheet: SheetMarkings, strange: list[Marking], fits: list[Marking]) -> bool:
    """Return whether no quantity that weights enter fits whole.

    Exercises of one kind may share input and target, so that the loss and the gradients fit.
    """
    if len({each.key for each in strange}) < FEWEST_WEIGHTED:
        return False
    weights = frozenset(sheet.answer_key.graph.parameters.values())
    off, on = _entered(sheet, weights, strange, fits)
    return {each.key for each in on} <= {each.key for each in off} and _mostly(
        off, on, FEWEST_WEIGHTED
    )


def _other_arrays(sheet: SheetMarkings, strange: list[Marking], fits: list[Marking]) -> bool:
    """Return whether the sheet fits none of several given arrays, whatever it shares with others.

    A slip is made at one quantity, so that what else an array enters fits. One array alone may
    have been copied wrongly, and three slips may meet at two.
    """
    off: set[int] = set()
    arrays = 0
    for leaf in sheet.answer_key.graph.given:
        wrong, right = _entered(sheet, frozenset({leaf}), strange, fits)
        if _mostly(wrong, right, FEWEST_OF_ARRAY):
            off.update(each.key for each in wrong)
            arrays += 1
    return arrays >= FEWEST_ARRAYS and len(off) >= FEWEST_OF_ARRAY * FEWEST_ARRAYS


def _entered(
    sheet: SheetMarkings, given: frozenset[int], strange: list[Marking], fits: list[Marking]
) -> tuple[list[Marking], list[Marking]]:
    """Return of both those that given numbers enter, be it through what is left blank."""
    answered = frozenset([each.key for each in sheet.markings if each.number is not None])
    changed = sheet.answer_key.changed_by(given, answered)
    off, on = (
        [each for each in some if each.key in changed and changed[each.key][each.position]]
        for some in (strange, fits)
    )
    return off, on


def _mostly(off: list[Marking], on: list[Marking], fewest: int) -> bool:
    """Return whether more than half of the entries are off, at so many quantities."""
    return len({each.key for each in off}) >= fewest and len(off) > FOREIGN * (len(off) + len(on))


def _why(marking: Marking, finding: Finding, resting: set[int]) -> Unearned | None:
    """Return why an answer on a sheet of another network earns nothing; None where it may."""
    s = marking.number
    off = finding.verdict == "right" and s is not None and s.value == marking.truth == 0
    if finding.verdict == "follow-through" or off:  # a unit that is off is so on any network
        return "foreign"
    return "accident" if marking.index in resting else None


def _resting(sheet: SheetMarkings, findings: list[Finding]) -> set[int]:
    """Return which right answers are other numbers if the wrong ones before them are."""
    replay, written = sheet.answer_key.replay, sheet.as_written
    at: dict[int, list[Marking]] = {}
    for marking in sheet.markings:
        at.setdefault(marking.key, []).append(marking)
    found: set[int] = set()
    if written is None:
        return found
    used, moved = list(written.used), set[int]()
    for step in replay.order:
        array = own = written.used[step.key]
        if not moved.isdisjoint(step.reads):
            array, own = np.asarray(step.compute(used)), np.asarray(step.compute(written.used))
        places, numbers = [], []
        for marking in at.get(step.key, ()):
            if marking.number is None:
                continue
            s, here = marking.number.value, marking.position
            right = findings[marking.index].verdict == "right"
            if right and abs(array.flat[here] - own.flat[here]) > 1e-9 * abs(own.flat[here]):
                found.add(marking.index)
                right = False
            places.append(here)
            numbers.append(s if right else 1.31 * s + 0.173)
        used[step.key] = with_entries(array, places, numbers)
        if (used[step.key] != written.used[step.key]).any():
            moved.add(step.key)
    return found
