"""From which of somebody's answers a quantity comes, and how much each of them moves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .deciding import whole
from .recompute import Array, Arrays, Step, again, laid_over

if TYPE_CHECKING:
    from .judging_walk import Basis, Item, Walk

FINE = ("right", "undecided")
MOST_MOVED = 24
"""How many earlier answers are moved one by one."""


def nearest(walk: Walk, key: int) -> list[Item]:
    """Return the answers that are not right on the way to a quantity, through what is blank."""
    if walk.all is None:
        return []
    found: list[Item] = []
    seen: set[int] = set()
    stack = list(walk.steps.at[key].reads)
    while stack:
        read = stack.pop(0)
        if read in seen:
            continue
        seen.add(read)
        items = walk.by_key.get(read, [])
        found += [i for i in items if i.figure is not None and i.verdict not in FINE]
        step = walk.steps.at.get(read)
        if step is not None and walk.all.blank(read):
            stack += step.reads
    return found


def moved(basis: Basis, other: Item, value: float, step: Step) -> Array:
    """Return what the step gives where one earlier answer has another value."""
    used: Arrays = list(basis.used)
    array = used[other.key] = laid_over(used[other.key], [other.position], [value])
    at = basis.steps.at
    if other.key not in at or not any(basis.blank(read) for read in step.reads if read in at):
        return step.compute(used)
    given = {key: numbers for key, numbers in basis.given.items() if key != other.key}
    changed = again(basis.steps, used, {other.key: lambda _: array}, given, step.key)
    return changed.get(step.key, basis.used[step.key])


def matters(basis: Basis, other: Item, item: Item, step: Step) -> bool:
    """Return whether the item's number changes with the other answer put right."""
    right = other.computed[0] if other.computed else other.truth
    before = float(step.compute(basis.used).flat[item.position])
    after = float(moved(basis, other, right, step).flat[item.position])
    return abs(after - before) > 1e-12 * (abs(after) + abs(before))


def slack(walk: Walk, basis: Basis, step: Step, position: int) -> float:
    """Return how far the result may be off since earlier answers that are wrong were rounded.

    Whoever carries more digits than he writes has, at each, a number within half a unit of it.
    """
    others = nearest(walk, step.key)[:MOST_MOVED]
    if not others:
        return 0.0
    before = float(step.compute(basis.used).flat[position])
    total = 0.0
    for other in others:
        s = other.figure
        if s is not None and s.unit > 0 and not whole(s, other.truth):
            after = moved(basis, other, s.value + s.unit / 2, step)
            total += abs(float(after.flat[position]) - before)
    return total
