"""Scenario: the arrays in use when somebody's own numbers are put in and carried on."""

from __future__ import annotations

from ..replay import Array, Arrays, Replay, ReplayStep, with_entries, with_slope
from .comparing import RoundingHabit

Entries = dict[int, tuple[list[int], list[float]]]
"""Of each quantity the positions that were answered, and the numbers."""


class Scenario:
    """The arrays in use: the true ones, with somebody's numbers put in and carried on.

    The marker alone changes it, step by step in the order of the computation. What a step gives is
    worked out when it is asked for, once in its turn. ``full`` are the quantities that were given
    in full.
    """

    def __init__(self, replay: Replay) -> None:
        self.replay = replay
        self.used: Arrays = list(replay.truth)
        self.changed: set[int] = set()
        self.given: Entries = {}
        self.full: set[int] = set()
        self.turn: ReplayStep | None = None
        self.now: list[Array] = []
        self.lists: list[list[float]] = []

    def copy(self) -> Scenario:
        """Return the same numbers, to go on otherwise."""
        other = Scenario(self.replay)
        other.used, other.changed = list(self.used), set(self.changed)
        other.given, other.full = dict(self.given), set(self.full)
        return other

    def computed(self, step: ReplayStep) -> Array:
        """Return what the step gives from the arrays in use."""
        if self.turn is not step:
            self.turn, self.now, self.lists = step, [self._computed(step)], []
        return self.now[0]

    def numbers(self, step: ReplayStep) -> list[float]:
        """Return the same as a flat list."""
        array = self.computed(step)
        if not self.lists:
            self.lists.append(array.ravel().tolist())
        return self.lists[0]

    def other_ways(self, step: ReplayStep) -> list[list[float]]:
        """Return what the other honest ways to the quantity give, as flat lists."""
        self.numbers(step)
        if len(self.lists) == 1:
            self.lists += [other.ravel().tolist() for other in self._other_ways(step)]
        return self.lists[1:]

    def _computed(self, step: ReplayStep) -> Array:
        if self.changed.isdisjoint(step.reads):
            return self.used[step.key]
        return step.placed(step.compute(self.used), self.used[step.key])

    def _other_ways(self, step: ReplayStep) -> list[Array]:
        if self.changed.isdisjoint(step.reads):
            return []
        return [other(self.used) for other in step.others]

    def put_given(self, key: int, positions: list[int], numbers: list[float]) -> None:
        """Use a given array with somebody's numbers put in."""
        self._put(key, self.replay.truth[key], positions, numbers)

    def put(self, step: ReplayStep, positions: list[int], numbers: list[float]) -> None:
        """Use what a step gives with somebody's numbers put in; in full, these are all there is."""
        array = self.replay.truth[step.key]
        if len(positions) < array.size:
            array = self._base(step)
        self._put(step.key, array, positions, numbers)
        self.turn = None

    def _base(self, step: ReplayStep) -> Array:
        return self.computed(step)

    def _put(self, key: int, array: Array, positions: list[int], numbers: list[float]) -> None:
        if positions:
            array = self.replay.written(key, array, positions, numbers)
            self.given[key] = (positions, numbers)
            if len(positions) == array.size:
                self.full.add(key)
        if array is not self.replay.truth[key]:
            self.used[key] = array
            self.changed.add(key)

    def blank(self, key: int) -> bool:
        """Return whether some entry of a quantity was not given."""
        return key not in self.full


class RoundedScenario(Scenario):
    """The arrays in use where what was left blank was rounded too, as finely as the rest."""

    def __init__(self, base: Scenario, habit: RoundingHabit, until: ReplayStep) -> None:
        super().__init__(base.replay)
        self.habit = habit
        self.given = base.given
        for key in base.given:
            if key not in self.replay.at:
                self.used[key] = base.used[key]
        for step in self.replay.walk:
            if (step.key, step.time) == (until.key, until.time):
                break
            known = base.given.get(step.key)
            if known is not None and not base.blank(step.key):
                self.used[step.key] = base.used[step.key]
                continue
            array = self._base(step)
            self.used[step.key] = with_entries(array, *known) if known else array
        self.given = dict(base.given)

    def _computed(self, step: ReplayStep) -> Array:
        """Return what the step gives, σ′ written down first."""
        found = with_slope(self.replay, step, self.used, lambda a: self.habit.rounded(a[0]))
        found = step.compute(self.used) if found is None else found
        return step.placed(found, self.used[step.key])

    def _other_ways(self, step: ReplayStep) -> list[Array]:
        """Return what the step gives from σ′ in full."""
        return [step.compute(self.used)]

    def _base(self, step: ReplayStep) -> Array:
        return self._round(step.key, self.computed(step))

    def _round(self, key: int, array: Array) -> Array:
        part = self.replay.graph.nodes[self.replay.node_of(key)].ref.part
        return array if part in ("cost", "data_loss") else self.habit.rounded(array)
