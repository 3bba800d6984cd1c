"""Evidence: what a compared sheet says for and against a mistake, before any is named."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import TypeVar

import numpy as np
from msgspec import Struct

from ..marking.answer_key import Form, World, world_of
from ..marking.comparing import Fineness, follows, same, within
from ..marking.markings import Marking, SheetMarkings, nearly, off_beyond_coarseness
from ..marking.scenario import Entries, Scenario
from ..mistakes import Site
from ..mistakes.digits import DECIMALS
from ..replay import Array, Arrays, Compute, Replay, ReplayStep, constant, replayed

MOST_REPEATED = 6
"""Up to how many steps in time a mistake is made anew at each, with what it gave at the last."""
MANY = 3
"""How many wrong entries of one quantity ask for one explanation."""
CHANCE = 0.05
"""How likely a match by chance may be where the sheet does not speak for a mistake by itself."""
SELDOM = 0.0125
"""How likely a lone answer of few digits may be just another number by chance."""
REACH = 4.0
"""Units past which no rule takes two numbers for the same."""
ROUNDED = "rounded-too-early"


Goal = tuple[int, int, float, float]
"""An open answer's index, position, number, and how far off another may be to be compared."""
NewSteps = dict[int, Compute]
Revision = tuple[Hashable, NewSteps]
"""What alike changes have in common, and how some steps are computed otherwise."""
T = TypeVar("T")


class Premise(Struct, frozen=True):
    """What the student may have gone on from: the arrays in use, and the entries that he wrote.

    ``computed`` remembers what the steps give from these arrays.
    """

    used: Arrays
    given: Entries
    computed: dict[int, Array]


class Trials(Struct, frozen=True):
    """The mistakes made at one step: each form of each, and every array that it changes.

    ``again`` says that another premise gives the very same.
    """

    premise: Premise
    key: int
    made: list[tuple[Form, World]]
    again: bool = False


class Explanation(Struct, frozen=True):
    """What a mistake made at one step (or at several) explains: answers by their index.

    ``against`` counts the accepted answers that it would have made wrong. ``near`` has the answers
    that it explains as well, but which rounding could explain by itself, and the single digits
    that it misses by one, as rounded numbers do that cancel.
    """

    ids: tuple[str, ...]
    sites: tuple[int, ...]
    explains: frozenset[int]
    against: int = 0
    near: frozenset[int] = frozenset()


class Named(Struct, frozen=True):
    """Answers that one mistake explains: the first of ``ids``, the others fit as well.

    Without ``ids`` too many fit, and none is said. ``both`` says that it takes the two together;
    ``term`` which term of a sum was wrong.
    """

    ids: tuple[str, ...]
    explains: frozenset[int]
    found: tuple[Explanation, ...] = ()
    both: bool = False
    term: str = ""


class Evidence(Struct, frozen=True):
    """One compared sheet as the search asks it.

    ``open`` are the answers that are wrong beyond rounding, ``goals`` their numbers by quantity;
    ``at`` has all numbers by quantity; ``whole`` are the quantities that were answered in full;
    ``last`` is the last step that is asked for. Without an open answer there are no premises.
    """

    sheet: SheetMarkings
    premises: tuple[Premise, ...]
    open: frozenset[int]
    at: dict[int, tuple[int, ...]]
    goals: dict[int, list[Goal]]
    whole: frozenset[int]
    last: ReplayStep | None

    @property
    def replay(self) -> Replay:
        """The network's steps."""
        return self.sheet.answer_key.replay

    @property
    def markings(self) -> tuple[Marking, ...]:
        """The sheet's answers."""
        return self.sheet.markings

    def turn_of(self, key: int) -> int:
        """Return when a quantity is computed; what is given comes first."""
        return self.replay.turn.get(key, -1)

    def upstream(self, wanted: Iterable[int]) -> list[ReplayStep]:
        """Return the steps from which the answers' numbers come, through what was left blank."""
        found: set[int] = set()
        stack = [self.markings[index].key for index in wanted]
        while stack:
            key = stack.pop()
            step = self.replay.at.get(key)
            if step is None or key in found:
                continue
            found.add(key)
            stack += [read for read in step.reads if read not in self.whole]
        return [step for step in self.replay.order if step.key in found]

    def worlds(
        self, premise: Premise, what: Hashable, made: Callable[[Arrays], Iterable[Revision]]
    ) -> tuple[World, ...]:
        """Return what changes with each of some changes to steps; ``what`` says which they are.

        What was answered in full stops it from being carried on. Changes that are alike are carried
        on once.
        """

        def work(used: Arrays) -> tuple[World, ...]:
            known: dict[Hashable, World] = {}
            found: list[World] = []
            for alike, steps in made(used):
                if alike not in known:
                    known[alike] = world_of(self._changed(used, premise.given, steps))
                found.append(known[alike])
            return tuple(found)

        if self.last is None or len(self.whole) < len(premise.given):
            return work(premise.used)
        until = (self.last.key, self.last.time)
        return self.sheet.answer_key.once((what, self.whole, until), premise.used, work)

    def _changed(self, used: Arrays, given: Entries, overrides: NewSteps) -> dict[int, Array]:
        if len(overrides) == 1 and not self.whole.isdisjoint(overrides):
            return {key: compute(used) for key, compute in overrides.items()}
        return replayed(self.replay, used, overrides, given, self.last)

    def explained(
        self, premise: Premise, ids: tuple[str, ...], sites: tuple[int, ...], world: World
    ) -> Explanation | None:
        """Return which open answers the changed arrays explain, and how many speak against.

        None where they explain none. An accepted answer speaks against a mistake where it is what
        follows without it.
        """
        explains, near, missed, against = set(), set(), set(), 0
        markings = self.markings
        for key, numbers in world.numbers.items():
            for index in self.at.get(key, ()):
                marking = markings[index]
                fits = self.fits(marking, numbers[marking.position])
                if index in self.open:
                    if fits:
                        explains.add(index)
                    elif self._just_missed(marking, numbers[marking.position]):
                        missed.add(index)
                elif fits and marking.rule == "wrong":
                    near.add(index)
                elif marking.accepted and not fits and self._followed(premise, marking):
                    against += 1
        if not explains:
            return None
        counts = Counter(markings[index].key for index in explains)
        near |= {index for index in missed if counts[markings[index].key] > 1}
        return Explanation(ids, sites, frozenset(explains), against, frozenset(near))

    def near(self, made: Iterable[tuple[T, World]]) -> Iterator[tuple[T, World]]:
        """Yield what gives a number that is an open answer's, or not far from it."""
        goals = self.goals
        for pair in made:
            for key, numbers in pair[1].numbers.items():
                if key in goals and _comes_near(goals[key], numbers):
                    yield pair
                    break

    def _followed(self, premise: Premise, marking: Marking) -> bool:
        """Return whether an accepted answer is what the step gives from the premise."""
        key = marking.key
        if key not in premise.computed:
            premise.computed[key] = self.replay.at[key].compute(premise.used)
        return self.fits(marking, float(premise.computed[key].flat[marking.position]))

    def fits(self, marking: Marking, number: float) -> bool:
        """Return whether a mistake's number is the answer; a coarse one must be just that."""
        s = marking.number
        if s is None or abs(s.value - number) > REACH * (s.unit + 1e-9 * abs(s.value)):
            return False
        asked = self.sheet.rules.digits is not None
        if marking.rule == "imprecise" and not (asked and not Fineness().imprecise(s, number)):
            return same(s.value, number)
        return follows(s, number, self.sheet.units)

    def _just_missed(self, marking: Marking, number: float) -> bool:
        """Return whether a number of one digit is off by one: what its step reads was rounded."""
        s = marking.number
        if s is None or s.digits != 1 or not 0 < s.unit < 1 or marking.rule == "imprecise":
            return False
        return within(s.value - number, self.sheet.units * s.unit)

    def chance(self, answers: Iterable[int]) -> float:
        """Return how likely any one number is to match these answers by chance.

        Of whole numbers only whole ones are in question.
        """
        chance = 1.0
        for index in answers:
            s = self.markings[index].number
            if s is not None and s.value:
                unit = max(s.unit, self._grain(self.markings[index].key, s.value))
                chance *= min(1.0, 2 * self.sheet.units * max(unit / abs(s.value), 1e-9))
        return chance

    def accident(self, marking: Marking, others: Sequence[float]) -> float:
        """Return how likely one of some other numbers is just the answer by chance.

        One wrong number in two is as large as the answer and the right one are, the other as large
        as those of its quantity.
        """
        s, truth = marking.number, np.abs(self.replay.truth[marking.key])
        if s is None or not s.unit:
            return 0.0
        usual = float(np.median(truth[truth > 0])) if truth.any() else 0.0
        own = max(abs(s.value), abs(marking.right_value))
        sizes = (own, max(own, usual))
        return sum(s.unit / (4 * z) for z in sizes for n in others if abs(n) <= z) if own else 1.0

    def _grain(self, key: int, value: float) -> float:
        """Return 1 where a quantity's numbers and the answer are whole, else 0."""
        truth = self.replay.truth[key]
        return float(value.is_integer() and bool((truth == np.rint(truth)).all()))

    def believed(self, mine: frozenset[int], tried: int) -> bool:
        """Return whether it is no accident that a mistake explains some answers of a quantity.

        Of a quantity that is wrong in many entries it explains half, or more than chance would.
        """
        wrong, here = Counter(map(self._part, self.open)), Counter(map(self._part, mine))
        if any(wrong[part] < MANY or 2 * here[part] >= wrong[part] for part in here):
            return True
        return self.chance(mine) * tried < CHANCE

    def _part(self, index: int) -> tuple[int, Hashable]:
        """Return an answer's quantity, and in a loop the step that it is of."""
        key, ref = self.markings[index].key, self.markings[index].answer.ref
        return key, ref.index[0] if key in self.replay.timed and ref.index else None

    def trials(self) -> Iterator[Trials]:
        """Yield each form of each mistake at each step from which an open answer comes.

        A rounding must be coarser than the student's own.
        """
        steps = self.upstream(self.open)
        coarser = min((h.digits - h.significant for h in self.sheet.habits), default=math.inf)
        known: dict[tuple[int, int], tuple[tuple[Form, ...], Trials]] = {}
        for premise in self.premises:
            for step in steps:
                forms = self.sheet.answer_key.forms(step, premise.used)
                _, same = known.get((step.key, id(forms)), (forms, None))
                if same is not None:
                    yield Trials(premise, step.key, same.made, again=True)
                    continue
                made = [
                    (form, world)
                    for form, world in zip(forms, self._of_forms(premise, step, forms), strict=True)
                    if form.mistake.id != ROUNDED
                    or (DECIMALS[form.number] < coarser and self._rounded(step, form))
                ]
                found = Trials(premise, step.key, made)
                if self._stops(step.key):
                    known[step.key, id(forms)] = (forms, found)
                yield found

    def _stops(self, key: int) -> bool:
        """Return whether nothing is carried on past a quantity: it was answered in full."""
        return key in self.whole and key not in self.replay.timed

    def _of_forms(
        self, premise: Premise, step: ReplayStep, forms: tuple[Form, ...]
    ) -> tuple[World, ...]:
        """Return what changes with each form of a mistake at a step."""
        key = step.key
        if self._stops(key):
            return tuple([form.world for form in forms])

        def made(used: Arrays) -> Iterator[Revision]:
            known = used is premise.used
            for form in forms if known else self.sheet.answer_key.forms(step, used):
                yield self._likeness(key, form), {key: self._again(step, form)}

        return self.worlds(premise, key, made)

    def _likeness(self, key: int, form: Form) -> Hashable:
        """Return what two forms have in common that are carried on alike."""
        own = (form.mistake.id, form.number) if key in self.replay.timed else ()
        return (form.array.tobytes(), *own)

    def _again(self, step: ReplayStep, form: Form) -> Compute:
        """Return the computation that makes the mistake; at every step in time, from the last."""
        array, wrong = form.array, form.mistake.wrong
        repeated = step.key in self.replay.timed and array.shape[1] <= MOST_REPEATED
        if not repeated or wrong is None:
            return constant(array)

        def made(used: Arrays) -> Array:
            site = Site(self.replay, step.key, used, step.compute(used))
            return next(itertools.islice(wrong(site), form.number, None), array)

        return made

    def _rounded(self, step: ReplayStep, form: Form) -> bool:
        """Return whether a rounding may explain something.

        Where all of the quantity is there, it must give one of its answers.
        """
        numbers = form.world.numbers[step.key]
        return step.key not in self.whole or any(
            self.fits(self.markings[index], numbers[position])
            for index, position, _, _ in self.goals.get(step.key, ())
        )


def evidence_of(sheet: SheetMarkings) -> Evidence:
    """Return what a compared sheet has to say."""
    replay = sheet.answer_key.replay
    at: dict[int, list[int]] = {}
    goals: dict[int, list[Goal]] = {}
    wrong: list[int] = []
    for marking in sheet.markings:
        s = marking.number
        if s is None:
            continue
        at.setdefault(marking.key, []).append(marking.index)
        if _may_be_named(marking, sheet.units):
            reach = REACH * (s.unit + 1e-9 * abs(s.value))
            goal = (marking.index, marking.position, s.value, reach)
            goals.setdefault(marking.key, []).append(goal)
            wrong.append(marking.index)
    asked = {marking.key for marking in sheet.markings if marking.key in replay.turn}
    premises = _premises(sheet) if wrong else ()
    given = premises[0].given if premises else {}
    whole = frozenset(key for key in given if _is_whole(given, key, replay))
    return Evidence(
        sheet,
        premises,
        frozenset(wrong),
        {key: tuple(answers) for key, answers in at.items()},
        goals,
        whole,
        _last(replay, max(asked, key=replay.turn.__getitem__, default=None)),
    )


def _comes_near(goals: list[Goal], numbers: list[float]) -> bool:
    """Return whether one of a quantity's numbers is where an open answer is."""
    for _, position, value, reach in goals:  # noqa: SIM110 (asked of every form of every mistake)
        if abs(value - numbers[position]) <= reach:
            return True
    return False


def _is_whole(given: Entries, key: int, replay: Replay) -> bool:
    """Return whether every entry of a quantity was written down."""
    return key in given and len(given[key][0]) == replay.truth[key].size


def _last(replay: Replay, key: int | None) -> ReplayStep | None:
    """Return the last step of a quantity."""
    return next((step for step in reversed(replay.walk) if step.key == key), None)


def _may_be_named(marking: Marking, units: float) -> bool:
    """Whether the answer is wrong beyond what rounding does."""
    s = marking.number
    if s is not None and marking.rule == "imprecise":
        return off_beyond_coarseness(marking)
    return marking.open and not nearly(marking, units)


def _premises(sheet: SheetMarkings) -> tuple[Premise, ...]:
    """Return every number as written; right ones in full; wrong ones put right."""
    if sheet.as_written is None or sheet.only_wrong is None:
        return ()
    given = sheet.as_written.given
    found = [Premise(sheet.as_written.used, given, {}), _premise(sheet.only_wrong, given)]
    wrong = {m.key for m in sheet.markings if m.open or m.rule == "imprecise"}
    if len(wrong) > 1:
        found.append(_premise(sheet.accepted, given))
    return tuple(found)


def _premise(scenario: Scenario, given: Entries) -> Premise:
    """Return the premise in which what was given stays as it is in the scenario's arrays.

    Of what was given in full it is enough to know that it was.
    """
    used = scenario.used
    numbers = {
        key: each
        if len(each[0]) == used[key].size
        else (each[0], used[key].ravel()[each[0]].tolist())
        for key, each in given.items()
    }
    return Premise(scenario.used, numbers, {})
