"""What shows no working: one number in nearly all answers, or the numbers of another network."""

from __future__ import annotations

from collections import Counter

from msgspec import structs

from ..marking.answer_key import changed_with
from ..marking.markings import Marking, SheetMarkings, off_beyond_coarseness
from ..replay import Replay
from .search import Finding

FEWEST = 6
"""Answers of one number that are a pattern."""
MOST = 0.9
"""The part of the answers that one number must be to be no accident."""
FEW = 3
"""How many numbers, taking turns, are such a pattern too."""
FOREIGN = 0.5
"""The part of what comes from the given numbers past which the sheet is of another network."""
FEWEST_WEIGHTED = 3
"""Quantities that weights enter which must all be off, where input and target may be the same."""


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
    fits, strange = [], []
    for marking in sheet.markings:
        if marking.number is None or marking.key not in sheet.answer_key.replay.at:
            continue
        finding = findings[marking.index]
        if finding.verdict in ("right", "follow-through") or finding.mistake is not None:
            fits.append(marking)
        elif finding.rule == "wrong" or off_beyond_coarseness(marking):
            strange.append(marking)
    if not (_other_numbers(sheet, strange, fits) or _other_weights(sheet, strange, fits)):
        return findings
    return [
        structs.replace(finding, unearned="foreign")
        if finding.unearned is None and (finding.verdict == "follow-through" or _zero(marking))
        else finding
        for marking, finding in zip(sheet.markings, findings, strict=True)
    ]


def _other_numbers(sheet: SheetMarkings, strange: list[Marking], fits: list[Marking]) -> bool:
    """Return whether most of the entries that given numbers enter fit them in no way."""
    uses = sheet.answer_key.uses_given
    off = [each for each in strange if uses(each.key, each.position)]
    on = [each for each in fits if uses(each.key, each.position)]
    return _mostly(off, on, 2)


def _other_weights(sheet: SheetMarkings, strange: list[Marking], fits: list[Marking]) -> bool:
    """Return whether no quantity that weights enter fits whole, be it through what is left blank.

    Exercises of one kind may share input and target, so that the loss and the gradients fit.
    """
    if len({each.key for each in strange}) < FEWEST_WEIGHTED:
        return False
    answered = {each.key for each in (*strange, *fits)}
    weighted = {key for key in answered if _weighted(sheet.answer_key.replay, key, answered)}
    off = [each for each in strange if each.key in weighted]
    on = [each for each in fits if each.key in weighted]
    return weighted <= {each.key for each in off} and _mostly(off, on, FEWEST_WEIGHTED)


def _weighted(replay: Replay, key: int, answered: set[int]) -> bool:
    """Return whether a quantity changes with the weights that it reads, or a blank before it."""
    reads = replay.at[key].reads if key in replay.at else ()
    weights = set(replay.graph.parameters.values()) & set(reads)
    if any(changed_with(replay, key, weights)):
        return True
    return any(
        _weighted(replay, read, answered)
        for read in reads
        if read in replay.at and read not in answered and any(changed_with(replay, key, {read}))
    )


def _mostly(off: list[Marking], on: list[Marking], fewest: int) -> bool:
    """Return whether more than half of the entries are off, at so many quantities."""
    return len({each.key for each in off}) >= fewest and len(off) > FOREIGN * (len(off) + len(on))


def _zero(marking: Marking) -> bool:
    """Return whether an answer is a 0 that is right: of a unit that is off on any network."""
    s = marking.number
    return marking.verdict == "right" and s is not None and s.value == marking.truth == 0
