"""Which known mistake explains the answers that are wrong, matched against the whole sheet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

from ..marking.comparing import follows, same
from ..mistakes import Mistake, Network, Site, catalogue
from ..mistakes.digits import DECIMALS
from ..replay import Array, Arrays, Compute, ReplayStep
from ..replay import replayed as carried
from .pairs import pairs
from .slips import slips

if TYPE_CHECKING:
    from ..marking.marker import Item, Scenario, Walk

NEAR = 4.0
"""Units of the last place within which an answer is a miss by rounding, and no mistake is named."""
MOST_ALIKE = 3
"""Mistakes that fit a lone answer equally well, past which none is named."""
CHANCE = 0.05
"""How likely a match by chance may be where the sheet does not speak for a mistake by itself."""
DECADES = (1, -1, 2, -2, 3, -3)


class Explanation(Struct, frozen=True):
    """What a mistake made at one step (or at several) explains: positions in the list of items.

    ``against`` counts the accepted answers that it would have made wrong. ``near`` has the answers
    that it explains as well, but which rounding could explain by itself.
    """

    ids: tuple[str, ...]
    sites: tuple[int, ...]
    explains: frozenset[int]
    against: int = 0
    near: frozenset[int] = frozenset()


class Ground(Struct, frozen=True):
    """One reading of the sheet: the arrays in use, and the entries that are what was written.

    ``computed`` remembers what the steps give from these arrays.
    """

    used: Arrays
    given: dict[int, tuple[list[int], list[float]]]
    computed: dict[int, Array]


class Form(Struct, frozen=True):
    """One form of a mistake at one site: what it gives there."""

    mistake: Mistake
    key: int
    number: int
    array: Array


class Tried(Struct, frozen=True):
    """A form of a mistake, and every array that it changes."""

    ground: Ground
    form: Form
    changed: dict[int, Array]


class Diagnosis:
    """The search on one sheet whose walk is done."""

    def __init__(self, walk: Walk, network: Network) -> None:
        self.walk, self.network, self.replay = walk, network, network.replay
        self.items = walk.items
        self.open = [
            number
            for number, item in enumerate(self.items)
            if item.figure is not None and _may_be_named(item, walk.units)
        ]
        self.by_key: dict[int, list[int]] = {}
        for number, item in enumerate(self.items):
            if item.figure is not None:
                self.by_key.setdefault(item.key, []).append(number)
        self.turn = {step.key: turn for turn, step in enumerate(self.replay.order)}
        self.grounds = _grounds(walk)
        asked = [item.key for item in self.items if item.key in self.turn]
        self.last = max(asked, key=self.turn.__getitem__, default=None)

    def run(self) -> None:
        """Name what explains the wrong answers."""
        if not self.open or not self.grounds:
            return
        tried = [each for ground in self.grounds for each in self._tried(ground)]
        found = [
            self.fitting(each.ground, (each.form.mistake.id,), (each.form.key,), each.changed)
            for each in tried
        ]
        found += self._everywhere(tried)
        found += self._of_digits()
        found += self._other_rate()
        left = self._choose([e for e in found if e.explains and not e.against], set(self.open))
        if left:
            number = len(tried) // len(self.grounds)
            left = self._lonely([e for e in found if e.explains and e.against], left, number)
        if left:
            left = pairs(self, tried, left)
        if left:
            slips(self, left)

    # -- what there is to try

    def upstream(self, wanted: set[int]) -> list[ReplayStep]:
        """Return the steps from which the items' numbers come, through what was left blank."""
        given = self.grounds[0].given
        found: set[int] = set()
        stack = [self.items[number].key for number in wanted]
        while stack:
            key = stack.pop()
            step = self.replay.at.get(key)
            if step is None or key in found:
                continue
            found.add(key)
            stack += [
                read
                for read in step.reads
                if read not in given or len(given[read][0]) < self.replay.truth[read].size
            ]
        return [step for step in self.replay.order if step.key in found]

    def _forms(self, ground: Ground) -> Iterator[Form]:
        for step in self.upstream(set(self.open)):
            site = Site(self.network, step.key, ground.used, step.compute(ground.used))
            for mistake in catalogue().values():
                if mistake.wrong is None:
                    continue
                for number, array in enumerate(mistake.wrong(site)):
                    early = mistake.id == "rounded-too-early" and not self._coarser(number)
                    fits = array.shape == site.computed.shape and not early
                    if fits and np.isfinite(array).all():
                        yield Form(mistake, step.key, number, array)

    def _coarser(self, form: int) -> bool:
        """Return whether a rounding is coarser than what the student rounds to anyway."""
        return all(
            DECIMALS[form] < grade.digits - grade.significant for grade in self.walk.rounding_habits
        )

    def _tried(self, ground: Ground) -> Iterator[Tried]:
        for form in self._forms(ground):
            yield Tried(ground, form, self.replayed(ground, {form.key: constant(form.array)}))

    def fitting(
        self,
        ground: Ground,
        ids: tuple[str, ...],
        sites: tuple[int, ...],
        changed: dict[int, Array],
    ) -> Explanation:
        """Return which open answers the changed arrays explain, and how many speak against.

        An accepted answer speaks against a mistake where it is what follows without it.
        """
        explains, near, against = set(), set(), 0
        for key, array in changed.items():
            for number in self.by_key.get(key, ()):
                item = self.items[number]
                if item.figure is None:
                    continue
                fits = self.fits(item, float(array.flat[item.position]))
                if number in self.open:
                    if fits:
                        explains.add(number)
                elif fits and item.rule == "wrong":
                    near.add(number)
                elif item.accepted and not fits and self._followed(ground, item):
                    against += 1
        return Explanation(ids, sites, frozenset(explains), against, frozenset(near))

    def _followed(self, ground: Ground, item: Item) -> bool:
        """Return whether an accepted answer is what the step gives in this reading."""
        if item.key not in ground.computed:
            ground.computed[item.key] = self.replay.at[item.key].compute(ground.used)
        return self.fits(item, float(ground.computed[item.key].flat[item.position]))

    def fits(self, item: Item, number: float) -> bool:
        """Return whether a mistake's number is the answer; a coarse one must be just that."""
        s = item.figure
        if s is None:
            return False
        if item.rule == "imprecise":
            return same(s.value, number)
        return follows(s, number, self.walk.units)

    def replayed(self, ground: Ground, overrides: dict[int, Compute]) -> dict[int, Array]:
        """Return what changes; what was answered in full stops it from being carried on."""
        if len(overrides) == 1:
            ((key, compute),) = overrides.items()
            if len(ground.given.get(key, ((),))[0]) == self.replay.truth[key].size:
                return {key: compute(ground.used)}
        return carried(self.replay, ground.used, overrides, ground.given, self.last)

    def _everywhere(self, tried: list[Tried]) -> Iterator[Explanation]:
        """Yield what each mistake explains, made at each step where it can be made."""
        sites: dict[tuple[int, str], tuple[Ground, Mistake, list[int]]] = {}
        for each in tried:
            mistake = each.form.mistake
            if each.form.number == 0 and not mistake.scales:
                which = (id(each.ground), mistake.id)
                sites.setdefault(which, (each.ground, mistake, []))[2].append(each.form.key)
        for ground, mistake, keys in sites.values():
            if len(keys) > 1:
                replay = [self.replay.at[key] for key in keys]
                overrides = {step.key: self._as_computed(mistake, step) for step in replay}
                changed = self.replayed(ground, overrides)
                yield self.fitting(ground, (mistake.id,), tuple(keys), changed)

    def _as_computed(self, mistake: Mistake, step: ReplayStep) -> Compute:
        def compute(used: Arrays) -> Array:
            right = step.compute(used)
            site = Site(self.network, step.key, used, right)
            wrong = None if mistake.wrong is None else next(mistake.wrong(site), None)
            return right if wrong is None or wrong.shape != right.shape else wrong

        return compute

    def _of_digits(self) -> Iterator[Explanation]:
        """Right digits, the decimal point elsewhere."""
        for number in self.open:
            item = self.items[number]
            s = item.figure
            if s is None or s.digits < 2:
                continue
            for e in (item.truth, *item.computed):
                if e and any(follows(s, e * 10.0**k, self.walk.units) for k in DECADES):
                    yield Explanation(("decimal-point",), (item.key,), frozenset({number}))
                    break

    def _other_rate(self) -> Iterator[Explanation]:
        """One learning rate, not the exercise's, that gives two or more of the new parameters."""
        low, high = -np.inf, np.inf
        seen = set()
        for number in self.open:
            item = self.items[number]
            s = item.figure
            if not item.answer.step or s is None:
                continue
            node = self.replay.node_of(item.key)
            used = self.grounds[0].used
            w, g = (
                float(used[key].flat[item.position]) for key in (node, self.replay.gradient(node))
            )
            if g == 0:
                continue
            slack = max(self.walk.units * s.unit, 1e-9 * abs(s.value)) / abs(g)
            low, high = max(low, (w - s.value) / g - slack), min(high, (w - s.value) / g + slack)
            seen.add(number)
        if len(seen) > 1 and 0 < low <= high and high - low < 0.5 * high:
            yield Explanation(("wrong-rate",), (), frozenset(seen))

    # -- which to name

    def _choose(self, found: list[Explanation], left: set[int]) -> set[int]:
        """Name, again and again, what explains most of what is left."""
        explains: dict[str, set[int]] = {}
        for each in found:
            explains.setdefault(each.ids[0], set()).update(each.explains)
        unnamed: set[int] = set()
        while left:
            counts = {name: len(numbers & left) for name, numbers in explains.items()}
            most = max(counts.values(), default=0)
            if most == 0:
                break
            best = [name for name in catalogue() if counts.get(name) == most]
            mine = explains[best[0]] & left
            alike = [name for name in best if explains[name] & left == mine]
            if len(mine) > 1 or len(alike) <= MOST_ALIKE:
                sites = [each for each in found if each.ids[0] == alike[0]]
                near = {n for each in sites if each.explains & mine for n in each.near}
                near = {n for n in near if self.items[n].rule == "wrong"}
                self.name(alike[:2], mine | near, sites)
            else:
                unnamed |= mine
            left = left - mine
        return left

    def _lonely(self, found: list[Explanation], left: set[int], tried: int) -> set[int]:
        """Name a mistake made at one entry only, where the digits leave no doubt."""
        for number in sorted(left):
            ids = [
                name
                for name in catalogue()
                if any(each.ids[0] == name and number in each.explains for each in found)
            ]
            s = self.items[number].figure
            if 1 <= len(ids) <= 2 and s is not None and self.chance([number]) * tried < CHANCE:
                self.name(ids, {number}, [])
                left = left - {number}
        return left

    def chance(self, numbers: list[int]) -> float:
        """Return how likely any one number is to match these answers by chance."""
        chance = 1.0
        for number in numbers:
            s = self.items[number].figure
            if s is not None and s.value:
                chance *= min(1.0, 2 * self.walk.units * max(s.unit / abs(s.value), 1e-9))
        return chance

    def name(
        self, ids: list[str], numbers: set[int], found: list[Explanation], both: bool = False
    ) -> None:
        """Say which mistake it is: it costs where it was made, what was carried on does not."""
        made = {site for each in found for site in each.sites}
        for number in sorted(numbers, key=lambda n: self.turn.get(self.items[n].key, -1)):
            item = self.items[number]
            item.decide("wrong", "diagnosed")
            item.mistake, item.also = ids[0], tuple(ids[1:])
            item.both = both
            if item.key in made:
                continue
            sites = [e for e in found if number in e.explains and item.key not in e.sites]
            first = self._first_shown(sites, item)
            if first is not None and first != item.key:
                item.decide("follow-through", "follow-through")
                item.earlier = tuple(
                    other.answer.name
                    for other in self.items
                    if other.key == first and other.rule == "diagnosed"
                )[:2]

    def _first_shown(self, found: list[Explanation], item: Item) -> int | None:
        """Return the first quantity at which a mistake shows that was made before this item."""
        for each in found:
            keys = {self.items[n].key for n in each.explains if self.items[n].mistake}
            if len(each.sites) == 1 and keys:
                return min(keys, key=lambda key: self.turn.get(key, -1))
        return None


def constant(array: Array) -> Compute:
    """Return the computation that gives this array whatever it reads."""
    return lambda used: array


def _may_be_named(item: Item, units: float) -> bool:
    """Whether the answer is wrong beyond what rounding does."""
    if item.rule == "imprecise" and item.figure is not None:
        return abs(item.figure.value - item.truth) > item.figure.unit
    return item.rule == "wrong" and not nearly(item, units)


def nearly(item: Item, units: float) -> bool:
    """Whether the answer is off by a few units of its last place: rounding, not a mistake."""
    s = item.figure
    if s is None or s.unit <= 0:
        return False
    numbers = (item.truth, *item.computed)
    return any(abs(s.value - c) <= NEAR * units * s.unit for c in numbers)


def _grounds(walk: Walk) -> list[Ground]:
    """Return the readings: every number as written; right ones in full; wrong ones put right."""
    if walk.all is None or walk.wrong is None:
        return []
    given = walk.all.given
    grounds = [Ground(walk.all.used, given, {}), _ground(walk.wrong, given)]
    if len({item.key for item in walk.items if item.rule in ("wrong", "imprecise")}) > 1:
        grounds.append(_ground(walk.own, given))
    return grounds


def _ground(basis: Scenario, given: dict[int, tuple[list[int], list[float]]]) -> Ground:
    """Return a reading in which what was given stays as it is in these arrays."""
    numbers = {
        key: (positions, basis.used[key].ravel()[positions].tolist())
        for key, (positions, _) in given.items()
    }
    return Ground(basis.used, numbers, {})
