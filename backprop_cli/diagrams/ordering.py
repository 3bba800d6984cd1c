"""Order within columns: few crossings by barycentres, and heights that keep the order.

The layered method of Sugiyama, Tagawa and Toda (1981): each item stands at the mean place of its
neighbours in the column before, then in the column after, while crossings become fewer.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Mapping, Sequence
from itertools import pairwise

Columns = list[list[str]]
Links = Sequence[tuple[str, str]]
SWEEPS = 12


def longest_paths(names: Sequence[str], links: Links) -> dict[str, int]:
    """Return each node's column: one after the last of those it is computed from.

    ``names`` are in topological order. A leaf, and what is computed from leaves that nothing else
    reads, stands as far right as its consumers let it, so that its line is short.
    """
    column = dict.fromkeys(names, 0)
    before: dict[str, list[str]] = {name: [] for name in names}
    after: dict[str, list[str]] = {name: [] for name in names}
    for source, target in links:
        before[target].append(source)
        after[source].append(target)
    for name in names:
        column[name] = max((column[source] + 1 for source in before[name]), default=0)
    alone = dict.fromkeys(names, True)
    for name in names:
        alone[name] = all(alone[source] and len(after[source]) == 1 for source in before[name])
    for name in reversed(names):
        if alone[name] and after[name]:
            column[name] = min(column[target] for target in after[name]) - 1
    return column


def ordered(columns: Columns, links: Links, fixed: bool) -> Columns:
    """Return the columns in an order of few crossings; ``fixed`` keeps them as they are."""
    best = [list(column) for column in columns]
    if fixed:
        return best
    before: dict[str, list[str]] = {}
    after: dict[str, list[str]] = {}
    for source, target in links:
        before.setdefault(target, []).append(source)
        after.setdefault(source, []).append(target)
    current = [list(column) for column in best]
    fewest = crossings(best, after)
    for sweep in range(SWEEPS):
        if fewest == 0:
            break
        if sweep % 2 == 0:
            for number in range(1, len(current)):
                current[number] = _sorted(current[number], current[number - 1], before)
        else:
            for number in range(len(current) - 2, -1, -1):
                current[number] = _sorted(current[number], current[number + 1], after)
        count = crossings(current, after)
        if count < fewest:
            best, fewest = [list(column) for column in current], count
    return best


def _sorted(column: list[str], beside: list[str], near: Mapping[str, list[str]]) -> list[str]:
    """Return the column by the mean places of each item's neighbours beside it."""
    place = {key: i for i, key in enumerate(beside)}
    own = {key: i for i, key in enumerate(column)}

    def middle(key: str) -> float:
        places = [place[other] for other in near.get(key, ()) if other in place]
        return sum(places) / len(places) if places else own[key]

    return sorted(column, key=lambda key: (middle(key), own[key]))


def crossings(columns: Columns, after: Mapping[str, list[str]]) -> int:
    """Return how many pairs of lines between neighbouring columns cross."""
    total = 0
    for column, beside in pairwise(columns):
        place = {key: i for i, key in enumerate(beside)}
        ends: list[int] = []
        for key in column:
            new = [place[other] for other in after.get(key, ()) if other in place]
            total += sum(len(ends) - bisect_right(ends, end) for end in new)
            for end in new:
                insort(ends, end)
    return total


def isotonic(
    wanted: Sequence[float], weights: Sequence[float], distances: Sequence[float]
) -> list[float]:
    """Return the heights nearest to ``wanted`` that are at least ``distances`` apart.

    min Σ wᵢ (yᵢ − wantedᵢ)² with yᵢ₊₁ − yᵢ ≥ distanceᵢ, by pooling adjacent violators.
    """
    shift, shifts = 0.0, [0.0]
    for distance in distances:
        shift += distance
        shifts.append(shift)
    blocks: list[tuple[float, float, int]] = []
    for value, weight, moved in zip(wanted, weights, shifts, strict=True):
        block = (value - moved, weight, 1)
        while blocks and blocks[-1][0] > block[0]:
            mean, mass, count = blocks.pop()
            total = mass + block[1]
            block = ((mean * mass + block[0] * block[1]) / total, total, count + block[2])
        blocks.append(block)
    flat = [mean for mean, _, count in blocks for _ in range(count)]
    return [value + moved for value, moved in zip(flat, shifts, strict=True)]
