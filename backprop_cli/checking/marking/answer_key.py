"""AnswerKey: what every sheet of one network is marked with, worked out once."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

import numpy as np
from msgspec import Struct, structs

from ...expression.refs import Ref
from ...expression.tree import Expr
from ...graph.records import Graph
from ...passes.trace import Trace
from ..mistakes import Mistake, Site, catalogue
from ..next_step import NextStep, as_step
from ..records import LIKELY, Answer, Aspect, Sheet
from ..remembered import Remembered, remembering
from ..replay import Array, Arrays, Replay, ReplayStep, narrowed, replay_of, through_time
from ..slopes import with_slopes
from .symbolic import Points, equal, random_points

ON_THE_WAY = ("cost", "data_loss", "loss_terms")
"""What the loss is added up from."""
PROBES = ((1.0, 0.0), (1.31, 0.173), (-1.0, 0.1), (0.0, 0.0))
"""What is made of the true numbers to see which mistakes can show at all."""
FEW_SHEETS = 12
"""Sheets up to which it does not pay to see which mistakes cannot be made at a step."""
MOST_NUMBERS = 4_000
"""Numbers of a network up to which it pays to look whether a step has those of another sheet."""
MOST_KEYS = 16
"""Different sets of questions whose keys are kept at once."""
MOST_WORKS = 2_000
"""Different works of which what comes of them is kept at once."""
_NOWHERE: tuple[Ref | None, tuple[int, int]] = (None, (0, 0))
T = TypeVar("T")


class World(Struct, frozen=True):
    """What is otherwise where a mistake was made: arrays by their key, as flat lists."""

    numbers: dict[int, list[float]]


class Form(Struct, frozen=True):
    """One form of a mistake at a step, and what it gives there; ``world`` is that step alone."""

    mistake: Mistake
    number: int
    array: Array
    world: World


def world_of(changed: dict[int, Array]) -> World:
    """Return the numbers of changed arrays."""
    return World({key: array.ravel().tolist() for key, array in changed.items()})


class AnswerKey(Struct, frozen=True):
    """What every sheet of one network is marked with.

    ``places`` remembers where answers stand by their names, ``lists`` the true arrays as flat
    lists, ``points`` the random points at which formulas are compared, ``asked`` the keys of sheets
    by what they answer, ``may_go_wrong`` the mistakes that a step invites, which it pays to know
    where there are ``many`` sheets, ``scaled`` the factors of those that scale, ``entering`` the
    entries that given numbers enter, ``made_of`` from which quantities a step's result comes,
    ``tried`` what mistakes at a step give, ``kept`` what else comes of arrays, by what it is.
    Without ``numbers`` the network is symbolic: only formulas can be marked.
    """

    replay: Replay
    numbers: bool = True
    many: bool = False
    places: dict[tuple[str, Aspect], tuple[Ref | None, tuple[int, int]]] = {}
    lists: dict[int, list[float]] = {}
    points: list[Points | None] = []
    entering: dict[tuple[frozenset[int], frozenset[int]], dict[int, list[bool]]] = {}
    made_of: dict[int, tuple[int, ...]] = {}
    asked: dict[frozenset[Any], AnswerKey] = {}
    may_go_wrong: dict[int, tuple[Mistake, ...]] = {}
    scaled: dict[int, tuple[tuple[str, float], ...]] = {}
    tried: dict[int, Remembered[tuple[Form, ...]]] = {}
    kept: dict[Hashable, Remembered[Any]] = {}

    def asking(self, sheet: Sheet) -> AnswerKey:
        """Return the key of what a sheet has: the steps to that, its local derivatives too."""
        slopes = frozenset(
            (each.ref.bare(), each.aspect)
            for each in sheet.answers
            if each.aspect == LIKELY or isinstance(each.aspect, Ref)
        )
        key = self
        if slopes:
            key = self._kept(
                slopes, lambda: AnswerKey(with_slopes(self.replay, slopes), self.numbers, self.many)
            )
        keys = frozenset(key.place(each)[0] for each in sheet.answers)
        return key._kept(keys, lambda: key._narrowed(keys))

    def _narrowed(self, keys: frozenset[int]) -> AnswerKey:
        """Return the key of the steps that are needed, each worked out once for the same numbers.

        Of one sheet too: most numbers are the same in all that may have been gone on from.
        """
        replay = narrowed(self.replay, keys)
        tried: dict[int, Remembered[tuple[Form, ...]]] = {}
        if sum(each.size for each in self.replay.truth) <= MOST_NUMBERS:
            tried = {each.key: Remembered() for each in replay.order}
            order = [remembering(each) for each in replay.order]
            at = {**replay.at, **{each.key: each for each in order}}
            replay = through_time(structs.replace(replay, order=tuple(order), at=at))
        return structs.replace(self, replay=replay, points=[], tried=tried, kept={})

    def _kept(self, asked: frozenset[Any], made: Callable[[], AnswerKey]) -> AnswerKey:
        if asked not in self.asked:
            if len(self.asked) >= MOST_KEYS:
                self.asked.clear()
            self.asked[asked] = made()
        return self.asked[asked]

    @property
    def graph(self) -> Graph:
        """The network."""
        return self.replay.graph

    @property
    def at_points(self) -> Points | None:
        """Every quantity at some random points, drawn once; None where too few are defined."""
        if not self.points:
            self.points.append(random_points(self.replay))
        return self.points[0]

    def formula_is_right(self, tree: Expr, key: int, position: int) -> bool | None:
        """Return whether a formula is the quantity, at random points; None where none can tell."""
        points = self.at_points
        return None if points is None else equal(tree, key, position, self.replay, points)

    def place(self, answer: Answer) -> tuple[int, int]:
        """Return the step and the position in its flat array that the answer is of."""
        which = (answer.name, answer.aspect)
        ref, found = self.places.get(which, _NOWHERE)
        if ref is not answer.ref and ref != answer.ref:  # a name is hashed sooner than what it is
            found = self.replay.place(answer.ref, answer.aspect)
            self.places[which] = (answer.ref, found)
        return found

    def changed_by(self, given: frozenset[int], answered: frozenset[int]) -> dict[int, list[bool]]:
        """Return the answered quantities that given numbers enter, be it through blanks.

        Entry by entry: Wᵀδ has one, σ(z) has none.
        """
        found = self.entering.get((given, answered))
        if found is None:
            if len(self.entering) >= MOST_KEYS:
                self.entering.clear()
            found = self.entering[given, answered] = changed_by(self.replay, given, answered)
        return found

    def sources(self, key: int) -> tuple[int, ...]:
        """Return the quantities that a step's result comes from: of δ those of σ′ and ∂C/∂a."""
        found = self.made_of.get(key)
        if found is None:
            found = self.made_of[key] = sources(self.replay, key)
        return found

    def mistakes(self, key: int) -> tuple[Mistake, ...]:
        """Return the mistakes that can be made at a step; for a few sheets all are tried."""
        found = self.may_go_wrong.get(key)
        if found is None:
            every = tuple(catalogue().values())
            found = self.may_go_wrong[key] = _possible(self.replay, key) if self.many else every
        return found

    def forms(self, step: ReplayStep, used: Arrays) -> tuple[Form, ...]:
        """Return what the mistakes at a step give from the arrays in use."""

        def work(used: Arrays) -> tuple[Form, ...]:
            site = Site(self.replay, step.key, used, step.compute(used))
            return tuple(
                Form(mistake, number, array, world)
                for mistake in self.mistakes(step.key)
                for number, array in enumerate(mistake.wrong(site) if mistake.wrong else ())
                if array.shape == site.computed.shape
                for world in (world_of({step.key: array}),)
                if all(map(math.isfinite, world.numbers[step.key]))
            )

        tried = self.tried.get(step.key)
        return work(used) if tried is None else tried.get(used, work)

    def once(self, what: Hashable, used: Arrays, work: Callable[[Arrays], T]) -> T:
        """Return what some work gives of the arrays in use: of a class done once for the same."""
        if not self.tried:
            return work(used)
        if what not in self.kept:
            if len(self.kept) >= MOST_WORKS:
                self.kept.clear()
            self.kept[what] = Remembered()
        found: T = self.kept[what].get(used, work)
        return found

    def scalings(self, key: int) -> tuple[tuple[str, float], ...]:
        """Return the mistakes that multiply whatever a step gives, each with its factor.

        What they do to an array of ones is the factor.
        """
        found = self.scaled.get(key)
        if found is None:
            ones = np.ones(self.replay.truth[key].shape)
            site = Site(self.replay, key, list(self.replay.truth), ones)
            found = self.scaled[key] = tuple(
                (mistake.id, float(array.flat[0]))
                for mistake in catalogue().values()
                if mistake.scales and mistake.wrong is not None
                for array in mistake.wrong(site)
            )
        return found

    def true(self, key: int, position: int) -> float:
        """Return the true number of an entry."""
        numbers = self.lists.get(key)
        if numbers is None:
            numbers = self.lists[key] = self.replay.truth[key].ravel().tolist()
        return numbers[position]


def answer_key(
    graph: Graph, trace: Trace | None, step: NextStep | float | None = None, *, many: bool = False
) -> AnswerKey:
    """Return what every sheet of this network shares: do this once for a class of ``many``.

    ``step`` is how the parameters are moved, for answers such as ``W1'``; a number is the learning
    rate of plain descent. Without a trace (a symbolic network) formulas alone can be marked.
    """
    return AnswerKey(replay_of(graph, trace, as_step(step)), trace is not None, many)


def _possible(replay: Replay, key: int) -> tuple[Mistake, ...]:
    """Return the mistakes that give something at a step with the true numbers, or with others."""
    step, nodes = replay.at[key], replay.graph.nodes
    kept = {leaf for leaf in replay.graph.given if not nodes[leaf].wants_gradient}
    found: dict[str, Mistake] = {}
    for scale, more in PROBES:
        used = [a if n in kept else scale * a + more for n, a in enumerate(replay.truth)]
        with np.errstate(all="ignore"):
            site = Site(replay, key, used, step.compute(used))
            for mistake in catalogue().values():
                wrong = None if mistake.id in found else mistake.wrong
                if wrong is not None and next(wrong(site), None) is not None:
                    found[mistake.id] = mistake
    return tuple(mistake for name, mistake in catalogue().items() if name in found)


def sources(replay: Replay, key: int) -> tuple[int, ...]:
    """Return which of the quantities that a step reads its result changes with.

    The loss comes from the output and the target, past the sums on the way that nobody asks for.
    """
    step = replay.at.get(key)
    if step is None:
        return ()
    found: list[int] = []
    for read in dict.fromkeys(step.reads):
        if any(changed_with(replay, key, {read})):
            part = replay.graph.nodes[replay.node_of(read)].ref.part
            found += sources(replay, read) if part in ON_THE_WAY else [read]
    return tuple(dict.fromkeys(found))


def changed_by(
    replay: Replay, given: frozenset[int], answered: frozenset[int]
) -> dict[int, list[bool]]:
    """Return, entry by entry, which answers change when given numbers do and no other answer."""
    used, moved = list(replay.truth), set(given)
    for leaf in given:
        used[leaf] = _moved(used[leaf])
    found: dict[int, list[bool]] = {}
    for step in replay.order:
        if moved.isdisjoint(step.reads):
            continue
        with np.errstate(all="ignore"):
            array = np.asarray(step.compute(used))
        if step.key in answered:
            found[step.key] = _differing(array, replay.truth[step.key])
        else:
            used[step.key] = array
            moved.add(step.key)
    return found


def changed_with(replay: Replay, key: int, moved: set[int]) -> list[bool]:
    """Return, entry by entry, whether a step's result is another one with some numbers moved."""
    step, right = replay.at.get(key), replay.truth[key]
    if step is None or not moved:
        return [False] * right.size
    used = list(replay.truth)
    for each in moved:
        used[each] = _moved(used[each])
    with np.errstate(all="ignore"):
        return _differing(step.compute(used), right)


def _moved(array: Array) -> Array:
    """Return other numbers; what is near the largest float may pass it."""
    with np.errstate(over="ignore"):
        return 1.31 * array + 0.173


def _differing(array: Array, right: Array) -> list[bool]:
    with np.errstate(all="ignore"):
        same = np.abs(np.broadcast_to(array, right.shape) - right) <= 1e-9 * np.abs(right)
    return [not each for each in same.ravel().tolist()]
