"""The walk along one sheet: each answer decided in the order of the computation."""

from __future__ import annotations

import math

from msgspec import structs

from ...expression.tree import Expr, Number
from ..records import Answer, Rules, Sheet, Verdict
from ..replay import ReplayStep
from .answer_key import AnswerKey
from .causes import slack, some_carried
from .comparing import (
    Fineness,
    Rounded,
    decimals_of,
    direct,
    follows,
    rounded_number,
    rounding_habits,
    telling,
    truncated,
    whole,
)
from .markings import FINE, Marking, SheetMarkings, factor_of
from .scenario import RoundedScenario, Scenario
from .symbolic import quantities

ADAPTIVE = 1e-3
"""By which part a step of η is smaller than η, as Adam's first is: ε is below its root."""
ROUNDED_UNITS = 0.5
"""Where each number on the way is rounded as the student rounds, the last one is off by no more."""


def compared(
    answer_key: AnswerKey, sheet: Sheet, rules: Rules, factor: float = 1.0
) -> SheetMarkings:
    """Return the sheet with each number compared; ``factor`` is by what its δ are multiplied."""
    return _Marker(answer_key, sheet, rules, factor).walk()


class _Marker:
    """What is decided so far, and the arrays that are carried along: it alone changes either."""

    def __init__(self, answer_key: AnswerKey, sheet: Sheet, rules: Rules, factor: float) -> None:
        self.answer_key, self.replay, self.rules = answer_key, answer_key.replay, rules
        self.factor = factor
        self.markings = [self._read(*each) for each in enumerate(sheet.answers)]
        self.at: dict[int, list[int]] = {}
        for marking in self.markings:
            self.at.setdefault(marking.key, []).append(marking.index)
        self.later: dict[int, set[int]] = {}
        self.wrong_at: dict[int, list[Marking]] = {}
        self.accepted = Scenario(self.replay)
        self.as_written: Scenario | None = None
        self.only_wrong: Scenario | None = None
        self.slacks: list[tuple[Scenario, list[float]]] = []
        self.some: list[tuple[tuple[Marking, ...], list[float]]] | None = None
        self.rounded: list[RoundedScenario] = []
        self.rounded_as_written: list[RoundedScenario] = []
        self.habits = rounding_habits(m.number for m in self.markings if m.number is not None)
        significant = bool(self.habits) and all(habit.significant for habit in self.habits)
        self.fineness = Fineness(rules.digits, decimals_of(self.habits), significant)
        self.markings = [self._as_fine(marking) for marking in self.markings]
        self.units = 2.0 if significant else 1.0

    def walk(self) -> SheetMarkings:
        """Return the sheet with every answer decided."""
        for key in [key for key in self.at if key not in self.replay.at]:
            self._leaf(key)
        for step in self.replay.walk:
            self._step(step)
        return SheetMarkings(
            self.answer_key,
            self.rules,
            self.factor,
            tuple(self.markings),
            self.wrong_at,
            self.accepted,
            self.as_written,
            self.only_wrong,
            self.habits,
            self.units,
        )

    # -- before the walk: what the text alone decides

    def _read(self, index: int, answer: Answer) -> Marking:
        key, position = self.answer_key.place(answer)
        truth, number = self.answer_key.true(key, position), None
        parsed = answer.parsed
        if parsed.value is not None:
            factor = 1.0 if self.factor == 1 else factor_of(answer, self.factor)
            number = rounded_number(factor * parsed.value, abs(factor) * parsed.unit)
        marking = Marking(answer, index, key, position, truth, number)
        if number is None and parsed.problem is not None:
            return marking.decided("unreadable", "unreadable")
        if number is None and parsed.tree is None:
            return marking.decided("blank", "blank")
        if parsed.tree is not None:
            return self._formula(marking, parsed.tree)
        if number is None or self.answer_key.numbers:
            return marking
        return self._formula(marking, Number(number.value))

    def _as_fine(self, marking: Marking) -> Marking:
        """Return the answer as finely as the sheet has it."""
        s, fineness = marking.number, self.fineness
        if s is None:
            return marking
        read = fineness.coarse_read(s) if s.value else fineness.zero_read(s, marking.truth)
        return marking if read is s else structs.replace(marking, number=read)

    def _formula(self, marking: Marking, tree: Expr) -> Marking:
        """Decide an answer that is a formula of the network's quantities, where that is enough."""
        named = not self.answer_key.numbers or (
            not isinstance(tree, Number) and next(quantities(tree), None) is not None
        )
        right = None
        if named and self.factor == 1:
            right = self.answer_key.formula_is_right(tree, marking.key, marking.position)
        if right:
            return marking.decided("right", "symbolic")
        if marking.number is not None and self.answer_key.numbers:
            return marking
        if named and right is False:
            return marking.decided("wrong", "symbolic")
        return marking.decided("undecided", "undecided")

    # -- the walk

    def _leaf(self, key: int) -> None:
        for index in self.at[key]:
            marking = self.markings[index]
            if marking.number is not None and marking.open:
                self.markings[index] = self._direct(marking, marking.number) or marking
        for scenario, markings in self._given(key):
            scenario.put_given(key, *_entries(markings))

    def _step(self, step: ReplayStep) -> None:
        if step.key not in self.at:
            for scenario in (*self._scenarios(), *self.rounded, *self.rounded_as_written):
                scenario.put(step, [], [])
            return
        self.slacks, self.some = [], None
        for index in self._now(step):
            marking = self.markings[index]
            if marking.number is not None and marking.open:
                self.markings[index] = self._decide(marking, marking.number, step)
        for scenario, markings in self._given(step.key):
            scenario.put(step, *_entries(markings))

    def _scenarios(self) -> list[Scenario]:
        return [s for s in (self.accepted, self.as_written, self.only_wrong) if s is not None]

    def _now(self, step: ReplayStep) -> list[int]:
        """Return the answers that are of a step: of a step in time, its own."""
        every = self.at[step.key]
        if step.time is None:
            return every
        places = ((index, self.markings[index].position) for index in every)
        found = [i for i, place in places if self.replay.time_of(step.key, place) == step.time]
        self.later[step.key] = self.later.get(step.key, set(every)) - set(found)
        return found

    def _given(self, key: int) -> list[tuple[Scenario, list[Marking]]]:
        """Return what of the answers to a quantity, as far as they are decided, each takes."""
        later = self.later.get(key, ())
        here = [self.markings[index] for index in self.at[key] if index not in later]
        given = [marking for marking in here if marking.number is not None]
        right = [marking for marking in given if marking.verdict in FINE]
        wrong = [marking for marking in given if marking.verdict not in FINE]
        if wrong:
            self.wrong_at[key] = wrong
        if wrong and self.as_written is None:
            self.as_written, self.only_wrong = self.accepted.copy(), Scenario(self.replay)
        found = zip(self._scenarios(), (right, given, wrong), strict=False)
        rounded = ((each, right) for each in self.rounded)
        return [*found, *rounded, *((each, given) for each in self.rounded_as_written)]

    # -- one answer

    def _decide(self, marking: Marking, s: Rounded, step: ReplayStep) -> Marking:
        at = marking.position
        found = self._direct(marking, s)
        if found is not None and found.verdict != "wrong" and not found.cut:
            return found
        computed = tuple([scenario.numbers(step)[at] for scenario in self._scenarios()])
        marking = structs.replace(found or marking, computed=computed)
        if marking.cut:
            return marking
        if found is not None:
            found = _coarse(marking, s, self.fineness)
            zero = found.rule == "imprecise" and s.value == 0
            return (self._zero_otherwise(found, s, step) if zero else None) or found
        if self._follows(s, step, self.accepted, at) or self._by_rounding(s, step, at):
            found = marking.decided("right", "carried-rounding")
        else:
            carried = self._follows_wrong(s, step, at)
            if carried is None:
                return marking
            marking = structs.replace(marking, carried=carried)
            found = marking.decided("follow-through", "follow-through")
        if marking.answer.step and self._hidden(marking, s):
            return found.decided("undecided", "precision")
        return found

    def _direct(self, marking: Marking, s: Rounded) -> Marking | None:
        """Decide by the number alone; None where that does not settle it."""
        e = marking.truth
        if self.fineness.imprecise(s, e):
            return marking.decided("wrong", "imprecise")
        update = marking.answer.step
        rule = direct(s, e, None if update else self._tolerance(marking.answer))
        if rule is None:
            return None
        verdict: Verdict = "right"
        if update and self._hidden(marking, s):
            verdict, rule = "undecided", "precision"
        cut = rule == "last-digit" and truncated(s, e)
        return structs.replace(marking, verdict=verdict, rule=rule, cut=cut)

    def _tolerance(self, answer: Answer) -> float:
        rules = self.rules
        if not rules.tolerances:
            return rules.tolerance
        return rules.of(rules.tolerances, answer.name, rules.tolerance)

    def _follows_wrong(self, s: Rounded, step: ReplayStep, at: int) -> tuple[Marking, ...] | None:
        """Return from which wrong answers alone the answer follows: from none in particular, ().

        None where it does not follow from earlier answers that are wrong.
        """
        if self.as_written is None or self.only_wrong is None:
            return None
        if any(self._follows(s, step, each, at) for each in (self.as_written, self.only_wrong)):
            return ()
        if self._by_rounding(s, step, at, wrong=True):
            return ()
        if not self.slacks:
            scenarios = (self.only_wrong, self.as_written)
            found = (slack(self.wrong_at, each, step, self._carried_unit) for each in scenarios)
            self.slacks = list(zip(scenarios, found, strict=True))
        for scenario, more in self.slacks:
            open_by = more[at] if more else 0.0
            c = scenario.numbers(step)[at] if open_by else math.inf
            if abs(s.value - c) <= self.units * s.unit + open_by and telling(s, c, open_by):
                return ()
        if self.some is None:
            carried_on = some_carried(self.wrong_at, self.accepted, self.as_written, step)
            self.some = [(carried, array.ravel().tolist()) for carried, array in carried_on]
        for carried, numbers in self.some:
            if follows(s, numbers[at], self.units):
                return carried
        return None

    def _carried_unit(self, marking: Marking) -> float:
        """Return the last place of an answer as it was gone on from.

        A whole number is one where that comes out; else it drops the decimals that the sheet has.
        """
        s = marking.number
        if s is None or any(whole(s, c) for c in (marking.truth, *marking.computed)):
            return 0.0
        if s.unit < 1:
            return s.unit
        if s.digits < self.fineness.wanted:
            return 10.0**-self.fineness.wanted
        beside = (self.markings[index].number for index in self.at[marking.key])
        decimals = min((other.unit for other in beside if other and other.unit > 0), default=1.0)
        return s.unit if self.fineness.significant else min(s.unit, decimals)

    def _follows(self, s: Rounded, step: ReplayStep, scenario: Scenario, at: int) -> bool:
        if scenario.changed.isdisjoint(step.reads):
            return False
        if follows(s, scenario.numbers(step)[at], self.units):
            return True
        return any(follows(s, way[at], self.units) for way in scenario.other_ways(step))

    def _by_rounding(self, s: Rounded, step: ReplayStep, at: int, wrong: bool = False) -> bool:
        """Return whether the answer follows where what was left blank was rounded as well."""
        if s.unit <= 0:
            return False
        found = self.rounded_as_written if wrong else self.rounded
        base = self.as_written if wrong else self.accepted
        if not found and base is not None:
            found += [RoundedScenario(base, habit, step) for habit in self.habits]
        return any(
            follows(s, way[at], ROUNDED_UNITS)
            for scenario in found
            for way in (scenario.numbers(step), *scenario.other_ways(step))
        )

    def _zero_otherwise(self, found: Marking, s: Rounded, step: ReplayStep) -> Marking | None:
        """Decide a 0 that says too little of the truth, but is what rounded numbers give.

        Or another honest way: relu's gate, told from an activation that is 0 by mistake.
        """
        for scenario in (self.as_written, self.only_wrong):
            ways = () if scenario is None else scenario.other_ways(step)
            if any(self.fineness.means(s, way[found.position]) for way in ways):
                return found.decided("follow-through", "follow-through")
        if not self.fineness.has_zeros:
            return None
        if self._by_rounding(s, step, found.position):
            return found.decided("right", "carried-rounding")
        if self._by_rounding(s, step, found.position, wrong=True):
            return found.decided("follow-through", "follow-through")
        return None

    def _hidden(self, marking: Marking, s: Rounded) -> bool:
        """Whether the update is smaller than the last place written, so that it cannot be seen."""
        return 0 < moves(self.answer_key, marking) < s.unit * (1 - ADAPTIVE)


def moves(answer_key: AnswerKey, marking: Marking) -> float:
    """Return the size of the true gradient, or of the true step of a parameter."""
    if not marking.answer.step:
        return abs(marking.truth)
    node = answer_key.replay.node_of(marking.key)
    return abs(marking.truth - answer_key.true(node, marking.position))


def _coarse(marking: Marking, s: Rounded, fineness: Fineness) -> Marking:
    """Decide a number too coarse to be compared: it may be just what earlier answers give."""
    alike = [fineness.means(s, c) for c in marking.computed]
    if not any(alike):
        return marking
    if alike[0]:
        return marking.decided("right", "carried-rounding")
    return marking.decided("follow-through", "follow-through")


def _entries(markings: list[Marking]) -> tuple[list[int], list[float]]:
    """Return the positions and the numbers of answers to one quantity."""
    positions = [marking.position for marking in markings]
    return positions, [marking.number.value for marking in markings if marking.number is not None]
