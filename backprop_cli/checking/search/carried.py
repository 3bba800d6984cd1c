"""Whether a mistake that shows in two answers was carried from the one to the other."""

from __future__ import annotations

from collections.abc import Iterable

from ..replay import constant, replayed, with_entries
from .evidence import Evidence

MOVED = 1e-4
"""By which part of itself, and of 1, a number is moved to see what depends on it."""
NOISE = 1e-13
"""Below this a change is a float's last bits."""
MOST_MOVED = 64
"""Entries of the quantity in which a mistake was made up to which each is moved by itself."""


def carried_on(evidence: Evidence, site: int | None, shown: Iterable[int], index: int) -> bool:
    """Return whether an answer is made of others that show its mistake, or of what they are.

    The mistake was made at ``site``. Made anew at another entry of it, it costs there as well:
    where ∂C/∂a₁ is wrong, δ₂ = ∂C/∂a₂·σ′ does not follow from it.
    """
    markings = [evidence.markings[n] for n in shown]
    positions: dict[int, list[int]] = {}
    for each in markings:
        positions.setdefault(each.key, []).append(each.position)
    if any(_reaches(evidence, key, some, (index,)) for key, some in positions.items()):
        return True
    if site is None or site in positions:
        return False
    size = evidence.replay.truth[site].size
    both = (*[each.index for each in markings], index)
    entries = [[p] for p in range(size)] if size <= MOST_MOVED else [list(range(size))]
    return any(
        _reaches(evidence, site, entry, (index,)) and _reaches(evidence, site, entry, both[:-1])
        for entry in entries
    )


def _reaches(evidence: Evidence, key: int, positions: list[int], answers: Iterable[int]) -> bool:
    """Return whether some answer's number changes with entries of a quantity, through blanks."""
    replay, premise = evidence.replay, evidence.premises[0]
    if key not in replay.at:
        return True
    used, array = premise.used, premise.used[key]
    old = array.ravel()[positions]
    moved = with_entries(array, positions, (old + MOVED * (1 + abs(old))).tolist())
    given = {other: each for other, each in premise.given.items() if other != key}
    before, after = (
        replayed(replay, used, {key: constant(each)}, given, evidence.last)
        for each in (array, moved)
    )
    for n in answers:
        at, place = evidence.markings[n].key, evidence.markings[n].position
        if at in before and abs(after[at].flat[place] - before[at].flat[place]) > NOISE:
            return True
    return False
