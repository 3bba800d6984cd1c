"""A slip: which single term of a sum, put right, makes the answer right."""

from __future__ import annotations

import numpy as np

from ..marking.comparing import Rounded, follows
from ..marking.markings import Marking
from ..mistakes import terms, wrongs
from .evidence import Evidence, Named, Premise

MOST_TERMS = 64
"""Terms past which a sum is not searched for a slip."""


def slips(evidence: Evidence, left: frozenset[int]) -> list[Named]:
    """Name the slips among the answers that no mistake explains."""
    named = []
    for index in sorted(left):
        marking = evidence.markings[index]
        s = marking.number
        term = "" if s is None else slip_in(evidence, marking, s)
        if term:
            named.append(Named(("slip",), frozenset({index}), term=term))
    return named


def slip_in(evidence: Evidence, marking: Marking, s: Rounded) -> str:
    """Return the words for the one slip that gives the answer, "" where there is none."""
    key, position = marking.key, marking.position
    if key not in evidence.replay.at or s.digits < 3:
        return ""
    for premise in evidence.premises:
        said = _through(evidence, premise, marking, s)
        if said:
            return said
        right = float(evidence.replay.at[key].compute(premise.used).flat[position])
        summands = [t for t in terms(evidence.replay, key, position, premise.used) if t.value]
        if not 1 < len(summands) <= MOST_TERMS:
            continue
        fits = [
            said
            for term in summands
            for said, wrong in wrongs(term)
            if follows(s, right - term.value + wrong, evidence.sheet.units)
        ]
        if len(fits) == 1:
            return fits[0]
    return ""


def _through(evidence: Evidence, premise: Premise, marking: Marking, s: Rounded) -> str:
    """Return the words for a slip in a sum that was not written down, just before this step.

    δ = σ′·Σ w δ, where the sum stands nowhere on the sheet.
    """
    replay, key, position = evidence.replay, marking.key, marking.position
    step, shape = replay.at[key], replay.truth[key].shape
    fits = []
    for read in dict.fromkeys(step.reads):
        if read not in replay.at or read in premise.given or replay.truth[read].shape != shape:
            continue
        summands = [t for t in terms(replay, read, position, premise.used) if t.value]
        if not 1 < len(summands) <= MOST_TERMS:
            continue
        used = list(premise.used)
        right = np.array(replay.at[read].compute(premise.used), dtype=np.float64)
        for term in summands:
            for said, wrong in wrongs(term):
                array = right.copy()
                array.flat[position] += wrong - term.value
                used[read] = array
                if follows(s, float(step.compute(used).flat[position]), evidence.sheet.units):
                    fits.append(said)
    return fits[0] if len(fits) == 1 else ""
