"""Two mistakes on one sheet that explain together what none explains alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from .mistakes import Mistake, Site, catalogue
from .recompute import Array, laid_over

if TYPE_CHECKING:
    from .diagnosis import Diagnosis, Explanation, Form, Ground

MOST_TRIED = 1500
"""Pairs of mistakes that are tried on one sheet."""
PARTNERS = 4
"""With how many others a mistake is paired, at the least."""
MOST_ALIKE = 3
"""Pairs that fit equally well, past which none is named; the one tried first is."""
CHANCE = 0.05
"""How likely a match by chance may be."""


def pairs(diagnosis: Diagnosis, forms: list[tuple[Ground, Form]], left: set[int]) -> set[int]:
    """Name the one pair that explains the most of what is left; return what is left after that."""
    if diagnosis.chance(sorted(left)) * len(forms) * PARTNERS > CHANCE:
        return left
    tried = 0
    best: dict[tuple[str, ...], Explanation] = {}
    upstream = [step.key for step in diagnosis.upstream(left)]
    for ground, form in forms:
        if form.key not in upstream or form.mistake.id == "rounded-too-early":
            continue
        for each in _with_another(diagnosis, ground, form, upstream):
            tried += 1
            mine, ids = each.explains & left, tuple(sorted(each.ids))
            if mine and not each.against:
                known = best.get(ids)
                if known is None or len(mine) > len(known.explains & left):
                    best[ids] = each
            if tried >= MOST_TRIED:
                break
        if tried >= MOST_TRIED:
            break
    most = max((len(each.explains & left) for each in best.values()), default=0)
    top = [each for each in best.values() if len(each.explains & left) == most]
    if not 1 <= len(top) <= MOST_ALIKE:
        return left
    mine = top[0].explains & left
    if diagnosis.chance(sorted(mine)) * tried < CHANCE:
        diagnosis.name(list(top[0].ids), set(mine), [], both=True)
        return left - mine
    return left


def _with_another(
    diagnosis: Diagnosis, ground: Ground, first: Form, upstream: list[int]
) -> Iterator[Explanation]:
    """Yield what each second mistake explains, made where the first one has changed something."""
    from .diagnosis import Ground, constant

    changed = diagnosis.again(ground, {first.key: constant(first.array)})
    used = list(ground.used)
    for key, array in changed.items():
        written = ground.given.get(key)
        used[key] = array if written is None else laid_over(array, *written)
    after = Ground(used, ground.given)
    for key in upstream:
        if key not in changed:
            continue
        same = key == first.key
        computed = first.array if same else diagnosis.steps.at[key].compute(used)
        site = Site(diagnosis.network, key, used, computed)
        for mistake, array in _wrong(site, first.mistake, same):
            both = changed | diagnosis.again(after, {key: constant(array)})
            yield diagnosis.fitting((first.mistake.id, mistake.id), (first.key, key), both)


def _wrong(site: Site, first: Mistake, same: bool) -> Iterator[tuple[Mistake, Array]]:
    for mistake in catalogue().values():
        if mistake.wrong is None or mistake is first or mistake.id == "rounded-too-early":
            continue
        if same and not mistake.scales:
            continue
        for array in mistake.wrong(site):
            if array.shape == site.computed.shape and np.isfinite(array).all():
                yield mistake, array
