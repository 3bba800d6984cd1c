"""Two mistakes on one sheet that explain together what none explains alone.

One of them scales (a sign, a factor 2, a sum for a mean). Backward from where it is made everything
is linear in it, so what both give is what the other gives, times a factor.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from ..mistakes import Mistake, Site, catalogue
from ..replay import Array

if TYPE_CHECKING:
    from .search import Diagnosis, Explanation, Tried

MOST_ALIKE = 3
"""Pairs that fit equally well, past which none is named; the one tried first is."""
CHANCE = 0.05
"""How likely a match by chance may be."""
NOT_SCALED = ("rounded-too-early",)


def pairs(diagnosis: Diagnosis, tried: list[Tried], left: set[int]) -> set[int]:
    """Name the one pair that explains the most of what is left; return what is left after that."""
    if diagnosis.chance(sorted(left)) * len(tried) > CHANCE:
        return left
    upstream = [step.key for step in diagnosis.upstream(left)]
    count = 0
    best: dict[tuple[str, ...], Explanation] = {}
    for each in tried:
        first = each.form.mistake
        if each.form.key not in upstream or first.id in NOT_SCALED or first.scales:
            continue
        for scaling, factor in _scalings(diagnosis, each, upstream):
            count += 1
            both = {key: _scaled(diagnosis, key, a, factor) for key, a in each.changed.items()}
            if not _hits(diagnosis, both, left):
                continue
            found = diagnosis.fitting(each.ground, (first.id, scaling.id), (each.form.key,), both)
            mine, ids = found.explains & left, tuple(sorted(found.ids))
            known = best.get(ids)
            if mine and not found.against and (known is None or len(mine) > len(known.explains)):
                best[ids] = found
    return _named(diagnosis, list(best.values()), left, count)


def _named(diagnosis: Diagnosis, best: list[Explanation], left: set[int], count: int) -> set[int]:
    most = max((len(each.explains & left) for each in best), default=0)
    top = [each for each in best if len(each.explains & left) == most]
    if not 1 <= len(top) <= MOST_ALIKE:
        return left
    mine = top[0].explains & left
    if diagnosis.chance(sorted(mine)) * count < CHANCE:
        diagnosis.name(list(top[0].ids), set(mine), [], both=True)
        return left - mine
    return left


def _scalings(
    diagnosis: Diagnosis, each: Tried, upstream: Iterable[int]
) -> Iterator[tuple[Mistake, float]]:
    """Yield the scaling mistakes that may be made before this one, or with it, and their factors.

    What they do to an array of ones is the factor.
    """
    key = each.form.key
    kind = diagnosis.replay.kind_of(key)
    seen: set[tuple[str, float]] = set()
    for place in upstream:
        before = diagnosis.turn[place] <= diagnosis.turn[key]
        if not before or diagnosis.replay.kind_of(place) != kind or kind == "update":
            continue
        site = Site(diagnosis.network, place, each.ground.used, _ones(diagnosis, place))
        for mistake in catalogue().values():
            if not mistake.scales or mistake.wrong is None:
                continue
            for array in mistake.wrong(site):
                factor = float(array.flat[0])
                if (mistake.id, factor) not in seen:
                    seen.add((mistake.id, factor))
                    yield mistake, factor


def _ones(diagnosis: Diagnosis, key: int) -> Array:
    return np.ones(diagnosis.replay.truth[key].shape)


def _scaled(diagnosis: Diagnosis, key: int, array: Array, factor: float) -> Array:
    """Return what a scaled gradient (or value) gives; of a new parameter its step is scaled."""
    if diagnosis.replay.kind_of(key) != "update":
        return array * factor
    before = diagnosis.replay.truth[diagnosis.replay.node_of(key)]
    return np.asarray(before + factor * (array - before))


def _hits(diagnosis: Diagnosis, changed: dict[int, Array], left: set[int]) -> bool:
    for number in left:
        item = diagnosis.items[number]
        array = changed.get(item.key)
        if array is not None and diagnosis.fits(item, float(array.flat[item.position])):
            return True
    return False
