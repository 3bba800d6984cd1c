"""A slip: which single term of a sum, put right, makes the answer right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..marking.comparing import follows
from ..mistakes import terms, wrongs

if TYPE_CHECKING:
    from .search import Diagnosis

MOST_TERMS = 64
"""Terms past which a sum is not searched for a slip."""


def slips(diagnosis: Diagnosis, left: set[int]) -> None:
    """Name the slips among the answers that no mistake explains."""
    for number in sorted(left):
        item = diagnosis.items[number]
        s = item.figure
        if s is None or item.key not in diagnosis.replay.at or s.digits < 3:
            continue
        for ground in diagnosis.grounds:
            right = float(diagnosis.replay.at[item.key].compute(ground.used).flat[item.position])
            summands = list(terms(diagnosis.replay, item.key, item.position, ground.used))
            summands = [term for term in summands if term.value]
            if not 1 < len(summands) <= MOST_TERMS:
                continue
            fits = [
                said
                for term in summands
                for said, wrong in wrongs(term)
                if follows(s, right - term.value + wrong, diagnosis.walk.units)
            ]
            if len(fits) == 1:
                item.decide("wrong", "diagnosed")
                item.mistake, item.term = "slip", fits[0]
                break
