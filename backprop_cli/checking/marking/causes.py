"""From which of somebody's answers a quantity comes, and how much each of them moves it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from ..replay import Array, Arrays, Compute, Replay, ReplayStep, constant, replayed, with_entries
from .markings import Marking, WrongAt
from .scenario import Scenario

MOST_MOVED = 24
"""How many earlier answers are moved one by one."""
MOST_SINGLE = 6
"""Up to how many earlier wrong answers are tried one by one as the only one carried on."""


def nearest(wrong_at: WrongAt, scenario: Scenario, key: int) -> list[Marking]:
    """Return the answers that are not right on the way to a quantity, through what is blank.

    What is blank is what the scenario was not given: in that of the wrong answers alone that is
    each right answer too, which whoever carries more digits than he writes does not go on from as
    it is written.
    """
    replay = scenario.replay
    found: list[Marking] = []
    seen: set[int] = set()
    stack = list(replay.at[key].reads)
    while stack:
        read = stack.pop(0)
        if read in seen:
            continue
        seen.add(read)
        found += wrong_at.get(read, ())
        step = replay.at.get(read)
        if step is not None and scenario.blank(read):
            stack += step.reads
    return found


def moved(scenario: Scenario, values: Iterable[tuple[Marking, float]], step: ReplayStep) -> Array:
    """Return what the step gives where some earlier answers have other values."""
    used: Arrays = list(scenario.used)
    replay, at = scenario.replay, scenario.replay.at
    overrides: dict[int, Compute] = {}
    moved_at: dict[int, set[int]] = {}
    for other, value in values:
        array = with_entries(used[other.key], [other.position], [value])
        used[other.key] = array
        moved_at.setdefault(other.key, set()).add(other.position)
        if other.key in at:
            overrides[other.key] = constant(array)
    for key in overrides.keys() & scenario.replay.timed:
        overrides[key] = _at_times(replay, key, moved_at[key], used[key])
    if not any(scenario.blank(read) for read in step.reads if read in at) or not overrides:
        return step.compute(used)
    given = {
        key: numbers
        if key not in moved_at
        else _at_other_times(replay, key, moved_at[key], numbers)
        for key, numbers in scenario.given.items()
        if key not in moved_at or key in replay.timed
    }
    way = replay.way_to(step.key, frozenset(scenario.full.difference(moved_at)))
    changed = replayed(replay, used, overrides, given, step, way)
    return changed.get(step.key, scenario.used[step.key])


def _at_times(replay: Replay, key: int, positions: set[int], array: Array) -> Compute:
    """Return the computation that gives an array at the steps in time of positions alone."""
    times = {replay.time_of(key, position) for position in positions}
    at = [t for t in range(array.shape[1]) if t in times]
    compute = replay.at[key].compute

    def found(used: Arrays) -> Array:
        result = compute(used).astype(np.float64)
        result[:, at] = array[:, at]
        return result

    return found


def _at_other_times(
    replay: Replay, key: int, positions: set[int], given: tuple[list[int], list[float]]
) -> tuple[list[int], list[float]]:
    """Return what was given, without what is at the steps in time of the positions."""
    times = {replay.time_of(key, position) for position in positions}
    kept = [(p, n) for p, n in zip(*given, strict=True) if replay.time_of(key, p) not in times]
    return [p for p, _ in kept], [n for _, n in kept]


def matters(scenario: Scenario, other: Marking, marking: Marking, step: ReplayStep) -> bool:
    """Return whether the answer's number changes with the other answer put right."""
    before = float(step.compute(scenario.used).flat[marking.position])
    after = moved(scenario, [(other, other.right_value)], step).flat[marking.position]
    return abs(float(after) - before) > 1e-12 * (abs(float(after)) + abs(before))


def slack(
    wrong_at: WrongAt, scenario: Scenario, step: ReplayStep, unit_of: Callable[[Marking], float]
) -> list[float]:
    """Return how far each entry may be off since earlier answers that are wrong were rounded.

    Whoever carries more digits than he writes has, at each, a number within half a unit of it, of
    the unit that ``unit_of`` tells. Without such answers it is empty.
    """
    others = nearest(wrong_at, scenario, step.key)[:MOST_MOVED]
    if not others:
        return []
    before = step.compute(scenario.used)
    total = np.zeros(before.shape)
    for other in others:
        s = other.number
        unit = 0.0 if s is None else unit_of(other)
        if s is not None and unit > 0:
            total += abs(moved(scenario, [(other, s.value + unit / 2)], step) - before)
    found: list[float] = total.ravel().tolist()
    return found


def some_carried(
    wrong_at: WrongAt, accepted: Scenario, as_written: Scenario, step: ReplayStep
) -> Iterator[tuple[tuple[Marking, ...], Array]]:
    """Yield what the step gives where only some of the wrong answers were carried on.

    Each quantity's alone, each left out, each single answer: with which ones they are.
    """
    others = nearest(wrong_at, as_written, step.key)
    groups: dict[int, list[Marking]] = {}
    for other in others:
        groups.setdefault(other.key, []).append(other)
    if len(others) < 2:
        return
    if len(groups) > 1:
        for group in groups.values():
            yield tuple(group), moved(accepted, _written(group), step)
        for key, group in groups.items():
            rest = tuple(other for other in others if other.key != key)
            put_right = [(other, other.right_value) for other in group]
            yield rest, moved(as_written, put_right, step)
    if len(others) <= MOST_SINGLE:
        for other in others:
            yield (other,), moved(accepted, _written([other]), step)


def _written(markings: list[Marking]) -> list[tuple[Marking, float]]:
    return [(marking, marking.number.value) for marking in markings if marking.number is not None]
