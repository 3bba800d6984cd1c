"""Whether a mistake that shows in two answers was carried from the one to the other."""

from __future__ import annotations

from collections.abc import Iterable

from ..replay import constant, replayed, with_entries
from .evidence import Evidence

MOVED = 1e-4
"""By which part of itself, and of 1, a number is moved to see what depends on it."""
NOISE = 1e-13
"""Below this a change is a float's last bits."""


def carried_on(evidence: Evidence, site: int | None, shown: Iterable[int], index: int) -> bool:
    """Return whether an answer is made of others that show its mistake.

    The mistake was made at ``site``, and is carried on from it where that was left blank. Made anew
    at another entry of it, it costs there as well:
    where ∂C/∂a₁ is wrong, δ₂ = ∂C/∂a₂·σ′ does not follow from it.
    """
    markings = [evidence.markings[n] for n in shown]
    positions: dict[int, list[int]] = {}
    for each in markings:
        positions.setdefault(each.key, []).append(each.position)
    if site is None or site not in positions:
        return True
    return any(_reaches(evidence, key, some, index) for key, some in positions.items())


def _reaches(evidence: Evidence, key: int, positions: list[int], answer: int) -> bool:
    """Return whether an answer's number changes with entries of a quantity, through blanks."""
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
    at, place = evidence.markings[answer].key, evidence.markings[answer].position
    return at in before and abs(after[at].flat[place] - before[at].flat[place]) > NOISE
