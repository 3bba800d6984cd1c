"""``judge``: somebody's sheet against the network, each answer with the rule that decided it."""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from ..expression.refs import Ref
from ..graph.records import Graph
from ..passes.trace import Trace
from .deciding import Figure, counts_significant, direct, figure, imprecise, same, truncated
from .deciding import follows as matches
from .diagnosis import Diagnosis
from .mistakes import Network
from .recompute import Array, Arrays, Step, Steps, laid_over, steps_of
from .records import Answer, Judged, Marked, Rule, Rules, Sheet, Verdict

CURE_IMPRECISE = "give at least 2 decimals or 2 significant digits"


class Prepared(Struct, frozen=True):
    """What every sheet of one network is judged with, worked out once.

    ``places`` remembers where the quantities stand; ``lists`` the true arrays as flat lists.
    """

    steps: Steps
    network: Network
    places: dict[tuple[Ref, bool], tuple[int, int]]
    lists: dict[int, list[float]]

    @property
    def graph(self) -> Graph:
        """The network."""
        return self.steps.graph

    def place(self, answer: Answer) -> tuple[int, int]:
        """Return the step and the position in its flat array that the answer is of."""
        which = (answer.ref, answer.step)
        found = self.places.get(which)
        if found is None:
            found = self.places[which] = self.steps.place(answer.ref, answer.step)
        return found

    def true(self, key: int, position: int) -> float:
        """Return the true number of an entry."""
        numbers = self.lists.get(key)
        if numbers is None:
            numbers = self.lists[key] = self.steps.truth[key].ravel().tolist()
        return numbers[position]


class Item:
    """One answer on its way: where it stands, its number, and what has been decided."""

    def __init__(self, answer: Answer, key: int, position: int, truth: float) -> None:
        self.answer, self.key, self.position, self.truth = answer, key, position, truth
        self.figure: Figure | None = None
        self.verdict: Verdict = "wrong"
        self.rule: Rule = "wrong"
        self.mistake: str | None = None
        self.also: tuple[str, ...] = ()
        self.earlier: tuple[str, ...] = ()
        self.message = self.full = self.term = ""
        self.both = False
        self.computed: list[float] = []

    def decide(self, verdict: Verdict, rule: Rule, message: str = "") -> None:
        """Settle the answer."""
        self.verdict, self.rule, self.message = verdict, rule, message

    @property
    def accepted(self) -> bool:
        """Whether it is right or follows from what came before."""
        return self.verdict in ("right", "follow-through")


class Basis:
    """The arrays in use: the true ones, with somebody's numbers put in and carried on."""

    def __init__(self, steps: Steps, used: Arrays, changed: set[int]) -> None:
        self.steps, self.used, self.changed = steps, used, changed
        self.given: dict[int, tuple[list[int], list[float]]] = {}

    def copy(self) -> Basis:
        """Return the same numbers, to go on otherwise."""
        other = Basis(self.steps, list(self.used), set(self.changed))
        other.given = dict(self.given)
        return other

    def computed(self, step: Step) -> Array:
        """Return what the step gives from the arrays in use, and use it."""
        if self.changed.isdisjoint(step.reads):
            return self.steps.truth[step.key]
        return step.compute(self.used)

    def other_ways(self, step: Step) -> list[Array]:
        """Return what the other honest ways to the quantity give."""
        return [other(self.used) for other in step.others]

    def use(self, key: int, array: Array) -> None:
        """Use a computed array."""
        if array is not self.steps.truth[key]:
            self.used[key] = array
            self.changed.add(key)

    def put(self, key: int, array: Array, positions: list[int], numbers: list[float]) -> None:
        """Use an array with somebody's numbers put in."""
        self.used[key] = laid_over(array, positions, numbers)
        self.changed.add(key)
        self.given[key] = (positions, numbers)


def prepared(graph: Graph, trace: Trace, rate: float | None = None) -> Prepared:
    """Return what every sheet of this network shares: do this once for a class.

    ``rate`` is the learning rate, for answers such as ``W1'``.
    """
    steps = steps_of(graph, trace, rate)
    return Prepared(steps, Network.of(steps), {}, {})


def judge(
    graph: Graph,
    trace: Trace,
    sheet: Sheet,
    rules: Rules | None = None,
    *,
    rate: float | None = None,
) -> Marked:
    """Return the sheet judged. For many sheets: ``prepared`` once, then ``judged`` for each."""
    return judged(prepared(graph, trace, rate), sheet, rules)


def judged(problem: Prepared, sheet: Sheet, rules: Rules | None = None) -> Marked:
    """Return the sheet judged by these rules, or by its own."""
    rules = sheet.rules if rules is None else rules
    with np.errstate(all="ignore"):
        walk = _walked(problem, sheet, rules)
        Diagnosis(walk, problem.network).run()
    items = walk.items
    return Marked(sheet, tuple(_result(item, rules) for item in items))


def _walked(problem: Prepared, sheet: Sheet, rules: Rules) -> Walk:
    """Return the sheet decided, δ read as of (y − a) where it is so throughout."""
    walk = Walk(problem, sheet, rules)
    walk.run()
    deltas = [item for item in walk.items if _is_delta(item.answer) and item.figure is not None]
    opposite = [i.figure.value * i.truth < 0 for i in deltas if i.figure and i.truth]
    if not opposite or not all(opposite):
        return walk
    other = Walk(problem, sheet, rules, flipped=True)
    other.run()
    kept = any(item.accepted and _is_sum(item) and item.truth for item in other.items)
    more = sum(item.accepted for item in other.items) > sum(i.accepted for i in walk.items)
    return other if kept and more else walk


def _is_delta(answer: Answer) -> bool:
    return answer.ref.part == "z" and answer.ref.gradient


def _is_sum(item: Item) -> bool:
    """Whether the answer is a parameter's gradient, or the parameter after one step."""
    return item.answer.step or (item.answer.ref.gradient and item.answer.ref.part in ("W", "b"))


def _result(item: Item, rules: Rules) -> Judged:
    most = 0.0 if item.verdict == "undecided" else 1.0
    credit = {"right": 1.0, "follow-through": rules.follow_through_credit}
    return Judged(
        item.answer,
        item.verdict,
        item.rule,
        item.truth,
        credit.get(item.verdict, 0.0),
        most,
        item.mistake,
        item.also,
        item.earlier,
        item.message,
        item.full,
        None if item.figure is None else item.figure.value,
    )


class Walk:
    """One sheet judged in the order of the computation.

    Three sets of arrays are carried along: ``own`` with the accepted answers in them, ``all``
    with every answer, ``wrong`` with those only that were not right (whoever carries more digits
    than he writes computes with these).
    """

    def __init__(
        self, problem: Prepared, sheet: Sheet, rules: Rules, flipped: bool = False
    ) -> None:
        self.problem, self.steps, self.rules = problem, problem.steps, rules
        self.flipped = flipped
        self.items = [self._item(answer) for answer in sheet.answers]
        self.by_key: dict[int, list[Item]] = {}
        for item in self.items:
            self.by_key.setdefault(item.key, []).append(item)
        self.own = Basis(self.steps, list(self.steps.truth), set())
        self.all: Basis | None = None
        self.wrong: Basis | None = None
        written = [item.figure for item in self.items if item.figure is not None]
        self.units = 2.0 if counts_significant(written) else 1.0

    def run(self) -> list[Item]:
        """Decide every answer."""
        at = self.steps.at
        for key in [key for key in self.by_key if key not in at]:
            self._leaf(key)
        for step in self.steps.order:
            self._step(step)
        return self.items

    def _item(self, answer: Answer) -> Item:
        key, position = self.problem.place(answer)
        item = Item(answer, key, position, self.problem.true(key, position))
        written = answer.written
        if written.value is not None:
            item.figure = figure(self._signed(answer, written.value), written.unit)
        elif written.problem is not None:
            item.decide("unreadable", "unreadable", written.problem.message)
        elif written.tree is None:
            item.decide("blank", "blank")
        return item

    def _signed(self, answer: Answer, value: float) -> float:
        return -value if self.flipped and _is_delta(answer) else value

    def _leaf(self, key: int) -> None:
        items = self.by_key[key]
        for item in items:
            if item.figure is not None:
                self._direct(item, item.figure, [])
        self._lay(key, items, self.steps.truth[key], None, None)

    def _step(self, step: Step) -> None:
        items = self.by_key.get(step.key)
        if items is None:
            for basis in (self.own, self.all, self.wrong):
                if basis is not None:
                    basis.use(step.key, basis.computed(step))
            return
        mine = self.own.computed(step)
        all_ = None if self.all is None else self.all.computed(step)
        wrong = None if self.wrong is None else self.wrong.computed(step)
        for item in items:
            if item.figure is not None:
                self._decide(item, item.figure, step, mine, all_, wrong)
        self._lay(step.key, items, mine, all_, wrong)

    def _decide(
        self,
        item: Item,
        s: Figure,
        step: Step,
        mine: Array,
        all_: Array | None,
        wrong: Array | None,
    ) -> None:
        at = item.position
        computed = [float(array.flat[at]) for array in (mine, all_, wrong) if array is not None]
        item.computed = computed
        if self._direct(item, s, computed) or item.rule == "imprecise":
            return
        if self._follows(s, step, self.own, mine, at):
            item.decide("right", "carried-rounding")
            return
        for basis, array in ((self.all, all_), (self.wrong, wrong)):
            if basis is not None and array is not None and self._follows(s, step, basis, array, at):
                item.decide("follow-through", "follow-through")
                return

    def _follows(self, s: Figure, step: Step, basis: Basis, array: Array, at: int) -> bool:
        if matches(s, float(array.flat[at]), self.units):
            return True
        if basis.changed.isdisjoint(step.reads):
            return False
        return any(matches(s, float(a.flat[at]), self.units) for a in basis.other_ways(step))

    def _direct(self, item: Item, s: Figure, computed: list[float]) -> bool:
        """Decide by the number alone, and say whether it is settled."""
        e, rules = item.truth, self.rules
        if imprecise(s, e, rules.digits) and not any(same(s.value, c) for c in computed):
            item.decide("wrong", "imprecise")
            return False
        update = item.answer.step
        rule = direct(s, e, None if update else self._tolerance(item.answer))
        if rule is None:
            return False
        if update and self._hidden(item, s):
            item.decide("undecided", "precision")
            return True
        item.decide("right", rule)
        if rule == "last-digit" and truncated(s, e) and all(truncated(s, c) for c in computed):
            item.mistake = "truncated"
        return True

    def _tolerance(self, answer: Answer) -> float:
        tolerances = self.rules.tolerances
        if not tolerances:
            return self.rules.tolerance
        whole = answer.name.partition("[")[0]
        return tolerances.get(answer.name, tolerances.get(whole, self.rules.tolerance))

    def _hidden(self, item: Item, s: Figure) -> bool:
        """Whether the update is smaller than the last place written, so that it cannot be seen."""
        before = self.problem.true(self.steps.node_of(item.key), item.position)
        update = abs(item.truth - before)
        return 0 < update < s.unit

    def _lay(
        self, key: int, items: list[Item], mine: Array, all_: Array | None, wrong: Array | None
    ) -> None:
        """Put the answers of one quantity into the arrays in use."""
        given = [(item, item.figure.value) for item in items if item.figure is not None]
        right = [(i, v) for i, v in given if i.verdict in ("right", "undecided")]
        if len(right) < len(given) and self.all is None:
            self.all = self.own.copy()
            self.wrong = Basis(self.steps, list(self.steps.truth), set())
            all_, wrong = mine, self.steps.truth[key]
        _put(self.own, key, mine, right)
        if self.all is not None and all_ is not None:
            _put(self.all, key, all_, given)
        if self.wrong is not None and wrong is not None:
            _put(self.wrong, key, wrong, [pair for pair in given if pair not in right])


def _put(basis: Basis, key: int, array: Array, numbers: list[tuple[Item, float]]) -> None:
    if not numbers:
        basis.use(key, array)
        return
    basis.put(key, array, [item.position for item, _ in numbers], [value for _, value in numbers])
