"""From which of somebody's answers a quantity comes, and how much each of them moves it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ..replay import Array, Arrays, Compute, ReplayStep, replayed, with_entries
from .comparing import whole

if TYPE_CHECKING:
    from .marker import Item, Scenario, Walk

FINE = ("right", "undecided")
MOST_MOVED = 24
"""How many earlier answers are moved one by one."""
MOST_SINGLE = 6
"""Up to how many earlier wrong answers are tried one by one as the only one carried on."""


def nearest(walk: Walk, key: int, basis: Scenario | None = None) -> list[Item]:
    """Return the answers that are not right on the way to a quantity, through what is blank.

    What is blank is what these arrays were not given: in ``walk.wrong`` that is each right answer
    too, which whoever carries more digits than he writes does not go on from as it is written.
    """
    basis = walk.all if basis is None else basis
    if basis is None:
        return []
    found: list[Item] = []
    seen: set[int] = set()
    stack = list(walk.replay.at[key].reads)
    while stack:
        read = stack.pop(0)
        if read in seen:
            continue
        seen.add(read)
        items = walk.by_key.get(read, [])
        found += [i for i in items if i.figure is not None and i.verdict not in FINE]
        step = walk.replay.at.get(read)
        if step is not None and basis.blank(read):
            stack += step.reads
    return found


def moved(basis: Scenario, values: Iterable[tuple[Item, float]], step: ReplayStep) -> Array:
    """Return what the step gives where some earlier answers have other values."""
    used: Arrays = list(basis.used)
    at = basis.replay.at
    overrides: dict[int, Compute] = {}
    keys = set()
    for other, value in values:
        array = with_entries(used[other.key], [other.position], [value])
        used[other.key] = array
        keys.add(other.key)
        if other.key in at:
            overrides[other.key] = _always(array)
    if not any(basis.blank(read) for read in step.reads if read in at) or not overrides:
        return step.compute(used)
    given = {key: numbers for key, numbers in basis.given.items() if key not in keys}
    changed = replayed(basis.replay, used, overrides, given, step.key)
    return changed.get(step.key, basis.used[step.key])


def _always(array: Array) -> Compute:
    return lambda used: array


def right_value(item: Item) -> float:
    """Return what an answer would be, computed from the accepted ones before it."""
    return item.computed[0] if item.computed else item.truth


def matters(basis: Scenario, other: Item, item: Item, step: ReplayStep) -> bool:
    """Return whether the item's number changes with the other answer put right."""
    before = float(step.compute(basis.used).flat[item.position])
    after = float(moved(basis, [(other, right_value(other))], step).flat[item.position])
    return abs(after - before) > 1e-12 * (abs(after) + abs(before))


def slack(walk: Walk, basis: Scenario, step: ReplayStep, position: int) -> float:
    """Return how far the result may be off since earlier answers that are wrong were rounded.

    Whoever carries more digits than he writes has, at each, a number within half a unit of it.
    """
    others = nearest(walk, step.key, basis)[:MOST_MOVED]
    if not others:
        return 0.0
    before = float(step.compute(basis.used).flat[position])
    total = 0.0
    for other in others:
        s = other.figure
        if s is not None and s.unit > 0 and not whole(s, other.truth):
            after = moved(basis, [(other, s.value + s.unit / 2)], step)
            total += abs(float(after.flat[position]) - before)
    return total


def some_carried(walk: Walk, step: ReplayStep) -> Iterator[tuple[tuple[Item, ...], Array]]:
    """Yield what the step gives where only some of the wrong answers were carried on.

    Each quantity's alone, each left out, each single answer: with which ones they are.
    """
    others = nearest(walk, step.key)
    groups: dict[int, list[Item]] = {}
    for other in others:
        groups.setdefault(other.key, []).append(other)
    everything = walk.all
    if len(others) < 2 or everything is None:
        return
    if len(groups) > 1:
        for group in groups.values():
            yield tuple(group), moved(walk.own, _written(group), step)
        for group in groups.values():
            rest = tuple(other for other in others if other not in group)
            put_right = [(other, right_value(other)) for other in group]
            yield rest, moved(everything, put_right, step)
    if len(others) <= MOST_SINGLE:
        for other in others:
            yield (other,), moved(walk.own, _written([other]), step)


def _written(items: list[Item]) -> list[tuple[Item, float]]:
    return [(item, item.figure.value) for item in items if item.figure is not None]
