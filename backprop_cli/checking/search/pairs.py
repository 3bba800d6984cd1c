"""Two mistakes on one sheet that explain together what none explains alone.

One of them scales (a sign, a factor 2, a sum for a mean). Backward from where it is made everything
is linear in it, so what both give is what the other gives, times a factor.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..marking.answer_key import Form, World
from ..marking.markings import Marking
from ..mistakes import Mistake, catalogue
from .evidence import CHANCE, Evidence, Explanation, Named, Trials

MOST_ALIKE = 3
"""Pairs that fit equally well, past which none is named; the one tried first is."""
NOT_SCALED = ("rounded-too-early",)


def pairs(evidence: Evidence, left: frozenset[int], *, trials: list[Trials]) -> list[Named]:
    """Name the one pair that explains the most of what is left."""
    if evidence.chance(sorted(left)) * sum(len(each.made) for each in trials) > CHANCE:
        return []
    upstream = [step.key for step in evidence.upstream(left)]
    count = 0
    scalings: dict[int, tuple[tuple[Mistake, float], ...]] = {}
    best: dict[tuple[str, ...], Explanation] = {}
    fitting: list[Explanation] = []
    goals = [_goal(evidence, index) for index in left]
    for each, form, world in _scaling(trials, upstream):
        if each.key not in scalings:
            scalings[each.key] = tuple(_scalings(evidence, each.key, upstream))
        count += len(scalings[each.key])
        numbers = world.numbers
        steps = [(m, b, numbers[m.key][m.position] - b) for m, b in goals if m.key in numbers]
        for scaling, factor in scalings[each.key] if steps else ():
            if not any(evidence.fits(s, old + factor * step) for s, old, step in steps):
                continue
            changed = world.numbers.items()
            both = World({key: _scaled(evidence, key, some, factor) for key, some in changed})
            names = (form.mistake.id, scaling.id)
            found = evidence.explained(each.premise, names, (each.key,), both)
            if found is None:
                continue
            mine, ids = found.explains & left, tuple(sorted(found.ids))
            known = best.get(ids)
            if mine and not found.against:
                fitting.append(found)
                if known is None or len(mine) > len(known.explains):
                    best[ids] = found
    return _best(evidence, list(best.values()), fitting, left, count)


def _scaling(trials: list[Trials], upstream: list[int]) -> Iterator[tuple[Trials, Form, World]]:
    """Yield what may be scaled."""
    for each in trials:
        for form, world in each.made if each.key in upstream else ():
            if not form.mistake.scales and form.mistake.id not in NOT_SCALED:
                yield each, form, world


def _best(
    evidence: Evidence,
    found: list[Explanation],
    fitting: list[Explanation],
    left: frozenset[int],
    count: int,
) -> list[Named]:
    """Return the one that explains the most, with what the same two explain at other steps."""
    most = max((len(each.explains & left) for each in found), default=0)
    top = [each for each in found if len(each.explains & left) == most]
    if not 1 <= len(top) <= MOST_ALIKE:
        return []
    ids = sorted(top[0].ids)
    parts = (each.explains & left for each in (top[0], *fitting) if sorted(each.ids) == ids)
    likely = [mine for mine in parts if evidence.chance(sorted(mine)) * count < CHANCE]
    if top[0].explains & left not in likely:
        return []
    return [Named(top[0].ids, frozenset().union(*likely), both=True)]


def _scalings(evidence: Evidence, key: int, upstream: list[int]) -> Iterator[tuple[Mistake, float]]:
    """Yield the scaling mistakes that may be made before this one, or with it, with factors."""
    replay = evidence.replay
    kind = replay.kind_of(key)
    seen: set[tuple[str, float]] = set()
    for place in upstream:
        before = evidence.turn_of(place) <= evidence.turn_of(key)
        if not before or replay.kind_of(place) != kind or kind == "update":
            continue
        for scaling in evidence.sheet.answer_key.scalings(place):
            if scaling not in seen:
                seen.add(scaling)
                yield catalogue()[scaling[0]], scaling[1]


def _scaled(evidence: Evidence, key: int, some: list[float], factor: float) -> list[float]:
    """Return what a scaled gradient (or value) gives; of a new parameter its step is scaled."""
    replay = evidence.replay
    if replay.kind_of(key) != "update":
        return [number * factor for number in some]
    before = replay.truth[replay.node_of(key)].ravel().tolist()
    return [old + factor * (new - old) for old, new in zip(before, some, strict=True)]


def _goal(evidence: Evidence, index: int) -> tuple[Marking, float]:
    """Return an answer, and from which number it changes: by how much is what scales."""
    marking = evidence.markings[index]
    if evidence.replay.kind_of(marking.key) != "update":
        return marking, 0.0
    node = evidence.replay.node_of(marking.key)
    return marking, evidence.sheet.answer_key.true(node, marking.position)
