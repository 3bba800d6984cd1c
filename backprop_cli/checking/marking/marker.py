"""The walk along one sheet: each answer decided in the order of the computation."""

from __future__ import annotations

from msgspec import Struct

from ...expression.refs import Ref
from ...expression.tree import Expr
from ...graph.records import Graph
from ..mistakes import Network
from ..records import Answer, Rule, Rules, Sheet, Verdict
from ..replay import Array, Arrays, Replay, ReplayStep, with_entries, with_slope
from .causes import slack, some_carried
from .comparing import (
    Rounded,
    RoundingHabit,
    direct,
    imprecise,
    rounded_number,
    rounding_habits,
    same,
    truncated,
)
from .comparing import follows as matches
from .symbolic import Points, equal, quantities, random_points

ROUNDED_UNITS = 0.5
"""Where each number on the way is rounded as the student rounds, the last one is off by no more."""


class AnswerKey(Struct, frozen=True):
    """What every sheet of one network is judged with, worked out once.

    ``places`` remembers where the quantities stand, ``lists`` the true arrays as flat lists, and
    ``points`` the random points at which formulas are compared. Without ``numbers`` the network is
    symbolic: only formulas can be judged.
    """

    replay: Replay
    network: Network
    places: dict[tuple[Ref, bool], tuple[int, int]]
    lists: dict[int, list[float]]
    points: list[Points | None]
    numbers: bool = True

    @property
    def graph(self) -> Graph:
        """The network."""
        return self.replay.graph

    def formula_is_right(self, tree: Expr, key: int, position: int) -> bool | None:
        """Return whether a formula is the quantity, at random points; None where none can tell."""
        if not self.points:
            self.points.append(random_points(self.replay))
        points = self.points[0]
        return None if points is None else equal(tree, key, position, self.replay, points)

    def place(self, answer: Answer) -> tuple[int, int]:
        """Return the step and the position in its flat array that the answer is of."""
        which = (answer.ref, answer.step)
        found = self.places.get(which)
        if found is None:
            found = self.places[which] = self.replay.place(answer.ref, answer.step)
        return found

    def true(self, key: int, position: int) -> float:
        """Return the true number of an entry."""
        numbers = self.lists.get(key)
        if numbers is None:
            numbers = self.lists[key] = self.replay.truth[key].ravel().tolist()
        return numbers[position]


class Item:
    """One answer on its way: where it stands, its number, and what has been decided."""

    def __init__(self, answer: Answer, key: int, position: int, truth: float) -> None:
        self.answer, self.key, self.position, self.truth = answer, key, position, truth
        self.figure: Rounded | None = None
        self.verdict: Verdict = "wrong"
        self.rule: Rule = "wrong"
        self.mistake: str | None = None
        self.also: tuple[str, ...] = ()
        self.earlier: tuple[str, ...] = ()
        self.message = self.full = self.term = ""
        self.both = False
        self.computed: list[float] = []
        self.cut = False
        self.carried: tuple[Item, ...] = ()

    def decide(self, verdict: Verdict, rule: Rule, message: str = "") -> None:
        """Settle the answer."""
        self.verdict, self.rule, self.message = verdict, rule, message

    @property
    def accepted(self) -> bool:
        """Whether it is right or follows from what came before."""
        return self.verdict in ("right", "follow-through")


class Scenario:
    """The arrays in use: the true ones, with somebody's numbers put in and carried on."""

    def __init__(self, replay: Replay, used: Arrays, changed: set[int]) -> None:
        self.replay, self.used, self.changed = replay, used, changed
        self.given: dict[int, tuple[list[int], list[float]]] = {}

    def copy(self) -> Scenario:
        """Return the same numbers, to go on otherwise."""
        other = Scenario(self.replay, list(self.used), set(self.changed))
        other.given = dict(self.given)
        return other

    def computed(self, step: ReplayStep) -> Array:
        """Return what the step gives from the arrays in use."""
        if self.changed.isdisjoint(step.reads):
            return self.replay.truth[step.key]
        return step.compute(self.used)

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

    def put(self, key: int, array: Array, items: list[tuple[Item, float]]) -> None:
        """Use an array with somebody's numbers put in."""
        if not items:
            self.use(key, array)
            return
        positions, numbers = [item.position for item, _ in items], [value for _, value in items]
        self.used[key] = with_entries(array, positions, numbers)
        self.changed.add(key)
        self.given[key] = (positions, numbers)

    def blank(self, key: int) -> bool:
        """Return whether some entry of a quantity was not given."""
        return len(self.given.get(key, ((),))[0]) < self.replay.truth[key].size


class RoundedScenario(Scenario):
    """The arrays in use where what was left blank was rounded too, as finely as the rest."""

    def __init__(self, base: Scenario, grade: RoundingHabit, until: int) -> None:
        super().__init__(base.replay, list(base.replay.truth), set())
        self.grade = grade
        self.given = base.given
        for key in base.given:
            if key not in self.replay.at:
                self.used[key] = base.used[key]
        for step in self.replay.order:
            if step.key == until:
                break
            known = base.given.get(step.key)
            whole = known is not None and not base.blank(step.key)
            array = base.used[step.key] if whole else self._written(step)
            self.used[step.key] = with_entries(array, *known) if known and not whole else array
        self.given = dict(base.given)

    def computed(self, step: ReplayStep) -> Array:
        """Return what the step gives, σ′ written down first."""
        found = with_slope(self.replay, step, self.used, lambda a: self.grade.rounded(a[0]))
        return step.compute(self.used) if found is None else found

    def other_ways(self, step: ReplayStep) -> list[Array]:
        """Return what the step gives from σ′ in full."""
        return [step.compute(self.used)]

    def use(self, key: int, array: Array) -> None:
        """Use a computed array, rounded."""
        self.used[key] = self._round(key, array)

    def put(self, key: int, array: Array, items: list[tuple[Item, float]]) -> None:
        """Use an array with somebody's numbers put in, the rest rounded."""
        super().put(key, self._round(key, array), items)

    def _written(self, step: ReplayStep) -> Array:
        return self._round(step.key, self.computed(step))

    def _round(self, key: int, array: Array) -> Array:
        part = self.replay.graph.nodes[self.replay.node_of(key)].ref.part
        return array if part in ("cost", "data_loss") else self.grade.rounded(array)


def is_delta(answer: Answer) -> bool:
    """Return whether the answer is a δ: ∂C/∂z."""
    return answer.ref.part == "z" and answer.ref.gradient


class Walk:
    """One sheet judged in the order of the computation.

    Three sets of arrays are carried along: ``own`` with the accepted answers in them, ``all``
    with every answer, ``wrong`` with those only that were not right (whoever carries more digits
    than he writes computes with these).
    """

    def __init__(self, problem: AnswerKey, sheet: Sheet, rules: Rules, factor: float = 1.0) -> None:
        self.problem, self.replay, self.rules = problem, problem.replay, rules
        self.factor = factor
        self.items = [self._item(answer) for answer in sheet.answers]
        self.by_key: dict[int, list[Item]] = {}
        for item in self.items:
            self.by_key.setdefault(item.key, []).append(item)
        self.own = Scenario(self.replay, list(self.replay.truth), set())
        self.all: Scenario | None = None
        self.wrong: Scenario | None = None
        self.rounded: list[RoundedScenario] = []
        self.rounded_all: list[RoundedScenario] = []
        self.rounding_habits = rounding_habits(
            item.figure for item in self.items if item.figure is not None
        )
        significant = [grade.significant for grade in self.rounding_habits]
        self.units = 2.0 if significant and all(significant) else 1.0

    def run(self) -> list[Item]:
        """Decide every answer."""
        at = self.replay.at
        for key in [key for key in self.by_key if key not in at]:
            self._leaf(key)
        for step in self.replay.order:
            self._step(step)
        return self.items

    def _item(self, answer: Answer) -> Item:
        key, position = self.problem.place(answer)
        item = Item(answer, key, position, self.problem.true(key, position))
        written = answer.parsed
        if written.value is not None:
            factor = self.factor_of(answer)
            item.figure = rounded_number(factor * written.value, abs(factor) * written.unit)
        elif written.problem is not None:
            item.decide("unreadable", "unreadable", written.problem.message)
        elif written.tree is None:
            item.decide("blank", "blank")
        if written.tree is not None and item.verdict == "wrong":
            self._formula(item, written.tree)
        elif written.value is not None and not self.problem.numbers:
            item.decide("undecided", "undecided")
        return item

    def _formula(self, item: Item, tree: Expr) -> None:
        """Decide an answer that is a formula of the network's quantities, where that is enough."""
        named = next(quantities(tree), None) is not None
        right = None
        if named and self.factor == 1:
            right = self.problem.formula_is_right(tree, item.key, item.position)
        if right:
            item.decide("right", "symbolic")
        elif item.figure is None or not self.problem.numbers:
            wrong = named and right is False
            item.decide(*(("wrong", "symbolic") if wrong else ("undecided", "undecided")))

    def factor_of(self, answer: Answer) -> float:
        """Return by what an answer is multiplied to be read as the sheet defines its δ.

        The 1/N of a mean is in every gradient of a sample, the sign in δ alone.
        """
        ref = answer.ref
        shared = ref.gradient and ref.part in ("z", "a", "x") and abs(self.factor) != 1
        return self.factor if is_delta(answer) else abs(self.factor) if shared else 1.0

    def _leaf(self, key: int) -> None:
        items = self.by_key[key]
        for item in items:
            if item.figure is not None and item.rule == "wrong":
                self._direct(item, item.figure)
        self._lay(key, items, [self.replay.truth[key]] * 3)

    def _step(self, step: ReplayStep) -> None:
        items = self.by_key.get(step.key)
        bases = [self.own, *(basis for basis in (self.all, self.wrong) if basis is not None)]
        if items is None:
            for basis in (*bases, *self.rounded, *self.rounded_all):
                basis.use(step.key, basis.computed(step))
            return
        arrays = [basis.computed(step) for basis in bases]
        for item in items:
            if item.figure is not None and item.rule == "wrong":
                self._decide(item, item.figure, step, bases, arrays)
        self._lay(step.key, items, arrays)

    def _decide(
        self, item: Item, s: Rounded, step: ReplayStep, bases: list[Scenario], arrays: list[Array]
    ) -> None:
        at = item.position
        item.computed = [float(array.flat[at]) for array in arrays]
        if self._direct(item, s) or item.rule == "imprecise":
            return
        if self._follows(s, step, bases[0], arrays[0], at) or self._by_rounding(s, step, at):
            item.decide("right", "carried-rounding")
        elif self.all is not None and self._follows_wrong(item, s, step, bases, arrays):
            item.decide("follow-through", "follow-through")
        if item.accepted and item.answer.step and self._hidden(item, s):
            item.decide("undecided", "precision")

    def _follows_wrong(
        self, item: Item, s: Rounded, step: ReplayStep, bases: list[Scenario], arrays: list[Array]
    ) -> bool:
        """Return whether the answer is what follows from earlier ones that are wrong."""
        at = item.position
        for basis, array in zip(bases[1:], arrays[1:], strict=True):
            if self._follows(s, step, basis, array, at):
                return True
        if self._by_rounding(s, step, at, wrong=True) or self._by_more_digits(s, step, at):
            return True
        for carried, array in some_carried(self, step):
            if matches(s, float(array.flat[at]), self.units):
                item.carried = carried
                return True
        return False

    def _by_more_digits(self, s: Rounded, step: ReplayStep, at: int) -> bool:
        """Return whether the answer follows from wrong ones that had more digits than written."""
        for basis in (self.wrong, self.all):
            if basis is not None:
                computed = float(basis.computed(step).flat[at])
                more = slack(self, basis, step, at)
                if more and abs(s.value - computed) <= self.units * s.unit + more:
                    return True
        return False

    def _follows(
        self, s: Rounded, step: ReplayStep, basis: Scenario, array: Array, at: int
    ) -> bool:
        if basis.changed.isdisjoint(step.reads):
            return False
        if matches(s, float(array.flat[at]), self.units):
            return True
        return any(matches(s, float(a.flat[at]), self.units) for a in basis.other_ways(step))

    def _by_rounding(self, s: Rounded, step: ReplayStep, at: int, wrong: bool = False) -> bool:
        """Return whether the answer follows where what was left blank was rounded as well."""
        if s.unit <= 0:
            return False
        found = self.rounded_all if wrong else self.rounded
        base = self.all if wrong else self.own
        if not found and base is not None:
            found += [RoundedScenario(base, grade, step.key) for grade in self.rounding_habits]
        return any(
            matches(s, float(array.flat[at]), ROUNDED_UNITS)
            for basis in found
            for array in (basis.computed(step), *basis.other_ways(step))
        )

    def _direct(self, item: Item, s: Rounded) -> bool:
        """Decide by the number alone, and say whether it is settled."""
        e, rules = item.truth, self.rules
        if imprecise(s, e, rules.digits):
            return self._coarse(item, s)
        update = item.answer.step
        rule = direct(s, e, None if update else self._tolerance(item.answer))
        if rule is None:
            return False
        if update and self._hidden(item, s):
            item.decide("undecided", "precision")
            return True
        item.decide("right", rule)
        item.cut = rule == "last-digit" and truncated(s, e)
        return True

    def _coarse(self, item: Item, s: Rounded) -> bool:
        """Decide a number too coarse to be compared: it may be just what earlier answers give."""
        alike = [same(s.value, c) for c in item.computed]
        if not any(alike):
            item.decide("wrong", "imprecise")
        elif alike[0]:
            item.decide("right", "carried-rounding")
        else:
            item.decide("follow-through", "follow-through")
        return any(alike)

    def _tolerance(self, answer: Answer) -> float:
        tolerances = self.rules.tolerances
        if not tolerances:
            return self.rules.tolerance
        whole = answer.name.partition("[")[0]
        return tolerances.get(answer.name, tolerances.get(whole, self.rules.tolerance))

    def moves(self, item: Item) -> float:
        """Return the size of the true gradient, or of the true step of a parameter."""
        if not item.answer.step:
            return abs(item.truth)
        before = self.problem.true(self.replay.node_of(item.key), item.position)
        return abs(item.truth - before)

    def _hidden(self, item: Item, s: Rounded) -> bool:
        """Whether the update is smaller than the last place written, so that it cannot be seen."""
        return 0 < self.moves(item) < s.unit

    def _lay(self, key: int, items: list[Item], arrays: list[Array]) -> None:
        """Put the answers of one quantity into the arrays in use."""
        given = [(item, item.figure.value) for item in items if item.figure is not None]
        right = [(i, v) for i, v in given if i.verdict in ("right", "undecided")]
        if len(right) < len(given) and self.all is None:
            self.all = self.own.copy()
            self.wrong = Scenario(self.replay, list(self.replay.truth), set())
            arrays = [arrays[0], arrays[0], self.replay.truth[key]]
        self.own.put(key, arrays[0], right)
        if self.all is not None and self.wrong is not None:
            self.all.put(key, arrays[1], given)
            self.wrong.put(key, arrays[2], [pair for pair in given if pair not in right])
        at = self.replay.at.get(key)
        for basis, numbers in ((self.rounded, right), (self.rounded_all, given)):
            for each in basis:
                each.put(key, self.replay.truth[key] if at is None else each.computed(at), numbers)
