"""Slips in writing one entry down: its sign, two of its digits, its place among its neighbours."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from ..marking.comparing import Rounded, decimals_of, follows
from ..marking.markings import Marking
from .evidence import SELDOM, Evidence, Explanation, Named
from .slips import slip_in

FEWEST_DIGITS = 3
"""Digits from which on a number is its own, not by chance another's."""
FEWEST_TURNED = 3
"""Digits of a lone answer from which on it is no accident that they are the right ones."""
BOTH = 0.01
"""How likely two entries may have each other's numbers by chance."""
FEWEST_OTHERS = 2
"""Accepted answers on a sheet that says anything of a lone number."""


def entries(
    evidence: Evidence, left: frozenset[int], *, found: Sequence[Explanation] = ()
) -> list[Named]:
    """Name the slips of single entries; the others of their quantity must be accepted, or alike.

    Digits that may have been exchanged by chance, a number that is a neighbour's by chance: what
    else explains it is said as well.
    """
    named: list[Named] = []
    taken: set[int] = set()
    for index in sorted(left):
        marking = evidence.markings[index]
        s = marking.number
        if index in taken or s is None or (not s.digits and s.value):
            continue
        partner = _exchanged(evidence, marking, left)
        if partner is not None:
            taken |= {index, partner}
            named.append(Named(("entries-exchanged",), frozenset({index, partner})))
            continue
        for right in _rights(marking) if s.digits and _alone(evidence, marking) else ():
            names = _names(evidence, marking, s, right)
            if names:
                taken.add(index)
                term = slip_in(evidence, marking, s)
                ids = (*names, "slip") if term else names
                if ids in (("digits-exchanged",), ("neighbour-copied",)):
                    ids += tuple(each.ids[0] for each in found if index in each.explains)
                named.append(Named(ids[:2], frozenset({index}), term=term))
                break
    return named


def _alone(evidence: Evidence, marking: Marking) -> bool:
    """Return whether at most one other entry of the quantity is wrong, and one is accepted."""
    if evidence.replay.truth[marking.key].size == 1:
        return sum(m.accepted and m.number is not None for m in evidence.markings) >= FEWEST_OTHERS
    others = [evidence.markings[i] for i in evidence.at[marking.key] if i != marking.index]
    wrong = sum(not other.accepted for other in others)
    return bool(others) and (wrong == 0 or (wrong == 1 and (len(others) == 1 or len(others) > 2)))


def _rights(marking: Marking) -> Iterator[float]:
    """Yield what the entry would be, by the truth and by the answers before it, where defined."""
    rights = dict.fromkeys((marking.right_value, marking.truth, *marking.computed))
    yield from filter(math.isfinite, rights)


def _names(evidence: Evidence, marking: Marking, s: Rounded, right: float) -> tuple[str, ...]:
    """Return what the entry may be, the likelier one first."""
    units = evidence.sheet.units
    if evidence.replay.truth[marking.key].size == 1:
        value = evidence.replay.kind_of(marking.key) == "value"
        if value and s.digits >= FEWEST_DIGITS and right and follows(s, -right, units):
            return ("minus",)
        return ("digits-exchanged",) if right and _swapped(evidence, marking, s, right) else ()
    others = [evidence.markings[i] for i in evidence.at[marking.key] if i != marking.index]
    accepted = [other for other in others if other.accepted]
    if accepted and len(accepted) == len(others):
        shown = any(other.number is not None and other.number.value for other in accepted)
        if shown and right and _negated(evidence, s, right):
            return ("minus",)
        copied = _copied(evidence, marking, s, accepted)
        swapped = bool(right) and _swapped(evidence, marking, s, right)
        fitting = (("neighbour-copied", copied), ("digits-exchanged", swapped))
        return tuple(name for name, fits in fitting if fits)
    return ()


def _negated(evidence: Evidence, s: Rounded, right: float) -> bool:
    """Return whether a number is right but for its sign; of few digits just that, and seldom so."""
    if s.digits >= FEWEST_DIGITS:
        return follows(s, -right, evidence.sheet.units)
    return follows(s, -right, 0.5) and _unit(evidence, s, -right) <= 2 * SELDOM * abs(s.value)


def _unit(evidence: Evidence, s: Rounded, value: float) -> float:
    """Return a number's unit; the sheet's, where the number is as fine and its zeros were dropped.

    On a sheet of four decimals -0.007 is -0.0070, as programs and spreadsheets write it.
    """
    places = decimals_of(evidence.sheet.habits)
    finer = s.unit if places is None or s.unit >= 1 else min(s.unit, 10.0**-places)
    return finer if abs(s.value - value) <= finer / 2 else s.unit


def turned(evidence: Evidence, mine: frozenset[int]) -> bool:
    """Return whether a lone answer is right but for its sign, whatever the mistake was."""
    (index,) = mine
    marking = evidence.markings[index]
    s, right = marking.number, marking.right_value
    clear = s is not None and s.digits >= FEWEST_TURNED and bool(right)
    return clear and s is not None and follows(s, -right, evidence.sheet.units)


def _copied(evidence: Evidence, marking: Marking, s: Rounded, others: list[Marking]) -> bool:
    """Return whether another entry of the quantity has the number; of few digits just that."""
    numbers = list({each.number.value for each in others if each.number is not None})
    if any(abs(s.value - each) <= 1e-9 * abs(s.value) for each in numbers):
        return not _few(evidence, marking, s, numbers)
    return s.digits >= FEWEST_DIGITS and any(follows(s, other.truth, 0.5) for other in others)


def _few(evidence: Evidence, marking: Marking, s: Rounded, others: list[float]) -> bool:
    """Return whether a number has so few digits that it may be one of some others by chance."""
    return s.digits < FEWEST_DIGITS and evidence.accident(marking, others) > SELDOM


def _swapped(evidence: Evidence, marking: Marking, s: Rounded, right: float) -> bool:
    """Return whether two neighbouring digits of the right number, exchanged, are the answer."""
    if s.unit <= 0 or not abs(right) <= 1e15 * s.unit or (s.value < 0) != (right < 0):
        return False
    if 0 in (s.value, right) or not math.isfinite(s.value) or s.digits < 2:
        return False
    decades = math.log10(abs(s.value)) - math.log10(abs(right))
    if round(decades) and abs(decades - round(decades)) < 1e-2:
        return False
    whole, nearest = round(abs(s.value) / s.unit), round(abs(right) / s.unit)
    written = str(whole)
    drift = 1 if s.digits >= FEWEST_DIGITS else 0
    for near in range(max(0, nearest - drift), nearest + drift + 1):
        digits = str(near).rjust(len(written), "0")
        for i in range(len(digits) - 1):
            turned = digits[:i] + digits[i + 1] + digits[i] + digits[i + 2 :]
            if turned != digits and int(turned) == whole:
                return not _few(evidence, marking, s, [s.value])
    return False


def _exchanged(evidence: Evidence, marking: Marking, left: frozenset[int]) -> int | None:
    """Return the entry whose number this one has, where that one has this one's."""
    s, units = marking.number, evidence.sheet.units
    here = evidence.at[marking.key]
    wrong = [index for index in here if not evidence.markings[index].accepted]
    if s is None or len(wrong) != 2:
        return None
    for index in wrong:
        other = evidence.markings[index]
        t = other.number
        if index == marking.index or t is None or index not in left:
            continue
        if _transposed(evidence, marking, other):
            continue
        if max(s.digits, t.digits) < 2:
            continue
        size = max(abs(s.value), abs(t.value))
        if 2 * units * math.sqrt(s.unit) * math.sqrt(t.unit) > math.sqrt(BOTH) * size:
            continue
        for mine, theirs in zip(_rights(marking), _rights(other), strict=False):
            # Of two outputs of a softmax one δ is less the other: turned signs exchange them too.
            apart = mine != theirs and not math.isclose(mine, -theirs)
            if apart and follows(s, theirs, units) and follows(t, mine, units):
                return index
    return None


def _transposed(evidence: Evidence, one: Marking, other: Marking) -> bool:
    """Return whether the entries mirror each other in a square matrix: a mistake of its own."""
    shape = evidence.replay.truth[one.key].shape
    if len(shape) != 2 or shape[0] != shape[1]:
        return False
    size = shape[0]
    row, column = divmod(other.position, size)
    return bool(one.position == size * column + row)
