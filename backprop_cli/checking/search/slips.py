"""A slip: which single term of a sum, put right, makes the answer right; or which of two."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..marking.comparing import Rounded, follows
from ..marking.markings import Marking
from ..mistakes import Term, terms, wrongs
from ..replay import Arrays, Replay, ReplayStep
from .evidence import REACH, Evidence, Named, Premise

FEWEST_DIGITS = 3
"""Digits from which on a number tells by itself of which term it is made."""
SELDOM = 0.025
"""How likely a number of few digits may be what any slip gives by chance: they are common."""
MOST_TERMS = 64
"""Terms past which a sum is not searched for a slip."""
MOST_ALIKE = 2
"""Terms of which one may be wrong as well as another, past which none is named."""
TermSlip = tuple[str, str, float]
"""The term, the words for a slip in it, and what it gives."""


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
    """Return the words for the slip that gives the answer, "" where there is none.

    Of two terms that the digits cannot tell apart both are said. A number of few digits must be
    just that, and no likelier by chance than others are.
    """
    if marking.key not in evidence.replay.at or not s.digits:
        return ""
    few = s.digits < FEWEST_DIGITS
    units, reach = evidence.sheet.units, REACH * (s.unit + 1e-9 * abs(s.value))
    unwritten, last = _unwritten(evidence, marking), None
    for premise in evidence.premises:
        found = _slips(evidence, premise, marking, unwritten)
        for slips in found if found is not last else ():
            near = (slip for slip in reversed(slips) if abs(s.value - slip[2]) <= reach)
            fits = {term: said for term, said, n in near if follows(s, n, 0.5 if few else units)}
            if 1 <= len(fits) <= MOST_ALIKE and not (few and _by_chance(evidence, marking, slips)):
                said, *other = reversed(fits.values())
                return f"either {said} or {other[0]}" if other else said
        last = found
    return ""


def _by_chance(evidence: Evidence, marking: Marking, slips: list[TermSlip]) -> bool:
    return evidence.accident(marking, [number for _, _, number in slips]) > SELDOM


def _unwritten(evidence: Evidence, marking: Marking) -> tuple[int, ...]:
    """Return what of the same shape an answer's step reads that stands nowhere on the sheet."""
    replay, key = evidence.replay, marking.key
    step, shape = replay.at[key], replay.truth[key].shape
    return tuple(
        read
        for read in dict.fromkeys(step.reads)
        if read in replay.at and read not in evidence.at and replay.truth[read].shape == shape
    )


def _slips(
    evidence: Evidence, premise: Premise, marking: Marking, unwritten: tuple[int, ...]
) -> tuple[list[TermSlip], list[TermSlip]]:
    """Return the slips at an answer: in a sum just before its step, and in its own sum."""
    replay, key, position = evidence.replay, marking.key, marking.position
    step = replay.at[key]

    def work(used: Arrays) -> tuple[list[TermSlip], list[TermSlip]]:
        before = [
            slip for read in unwritten for slip in _through(replay, step, read, position, used)
        ]
        return before, list(_own(replay, step, position, used))

    what = ("slip", key, position, unwritten)
    return evidence.sheet.answer_key.once(what, premise.used, work)


def _own(replay: Replay, step: ReplayStep, position: int, used: Arrays) -> Iterator[TermSlip]:
    """Yield what a step's entry is with one term of its sum wrong."""
    right = float(step.compute(used).flat[position])
    for term, said, wrong in _in_terms(replay, step.key, position, used):
        yield term.name, said, right - term.value + wrong


def _through(
    replay: Replay, step: ReplayStep, read: int, position: int, used: Arrays
) -> Iterator[TermSlip]:
    """Yield what a step's entry is with a slip in a sum that was not written down, just before it.

    δ = σ′·Σ w δ, where the sum stands nowhere on the sheet.
    """
    found = list(_in_terms(replay, read, position, used))
    if not found:
        return
    right = np.array(replay.at[read].compute(used), dtype=np.float64)
    used = used.copy()
    for term, said, wrong in found:
        array = right.copy()
        array.flat[position] += wrong - term.value
        used[read] = array
        yield term.name, said, float(step.compute(used).flat[position])


def _in_terms(
    replay: Replay, key: int, position: int, used: Arrays
) -> Iterator[tuple[Term, str, float]]:
    """Yield each term of a sum that is not too long, with what a slip makes of it."""
    summands = [term for term in terms(replay, key, position, used) if term.value]
    if 1 < len(summands) <= MOST_TERMS:
        yield from ((term, said, wrong) for term in summands for said, wrong in wrongs(term))
