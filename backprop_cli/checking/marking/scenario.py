"""Scenario: the arrays in use when somebody's own numbers are put in and carried on."""

from __future__ import annotations

from ..replay import Array, Arrays, Replay, ReplayStep, with_entries, with_slope
from .comparing import RoundingHabit

Entries = dict[int, tuple[list[int], list[float]]]
"""Of each quantity the positions that were answered, and the numbers."""


class Scenario:
    """The arrays in use: the true ones, with somebody's numbers put in and carried on.

    The marker alone changes it, step by step in the order of the computation.
    """

    def __init__(self, replay: Replay) -> None:
        self.replay = replay
        self.used: Arrays = list(replay.truth)
        self.changed: set[int] = set()
        self.given: Entries = {}

    def copy(self) -> Scenario:
        """Return the same numbers, to go on otherwise."""
        other = Scenario(self.replay)
        other.used, other.changed = list(self.used), set(self.changed)
        other.given = dict(self.given)
        return other

    def computed(self, step: ReplayStep) -> Array:
        """Return what the step gives from the arrays in use."""
        if self.changed.isdisjoint(step.reads):
            return self.used[step.key]
        return step.placed(step.compute(self.used), self.used[step.key])

    def other_ways(self, step: ReplayStep) -> list[Array]:
        """Return what the other honest ways to the quantity give."""
        if self.changed.isdisjoint(step.reads):
            return []
        return [other(self.used) for other in step.others]

    def use(self, key: int, array: Array) -> None:
        """Use a computed array."""
        if array is not self.replay.truth[key]:
            self.used[key] = array
            self.changed.add(key)

    def put(self, key: int, array: Array, positions: list[int], numbers: list[float]) -> None:
        """Use an array with somebody's numbers put in."""
        if not positions:
            self.use(key, array)
            return
        self.used[key] = self.replay.written(key, array, positions, numbers)
        self.changed.add(key)
        self.given[key] = (positions, numbers)

    def blank(self, key: int) -> bool:
        """Return whether some entry of a quantity was not given."""
        return len(self.given.get(key, ((),))[0]) < self.replay.truth[key].size


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
            array = self._round(step.key, self.computed(step))
            self.used[step.key] = with_entries(array, *known) if known else array
        self.given = dict(base.given)

    def computed(self, step: ReplayStep) -> Array:
        """Return what the step gives, σ′ written down first."""
        found = with_slope(self.replay, step, self.used, lambda a: self.habit.rounded(a[0]))
        found = step.compute(self.used) if found is None else found
        return step.placed(found, self.used[step.key])

    def other_ways(self, step: ReplayStep) -> list[Array]:
        """Return what the step gives from σ′ in full."""
        return [step.compute(self.used)]

    def use(self, key: int, array: Array) -> None:
        """Use a computed array, rounded."""
        self.used[key] = self._round(key, array)

    def put(self, key: int, array: Array, positions: list[int], numbers: list[float]) -> None:
        """Use an array with somebody's numbers put in, the rest rounded."""
        super().put(key, self._round(key, array), positions, numbers)

    def _round(self, key: int, array: Array) -> Array:
        part = self.replay.graph.nodes[self.replay.node_of(key)].ref.part
        return array if part in ("cost", "data_loss") else self.habit.rounded(array)
