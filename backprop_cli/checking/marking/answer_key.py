"""AnswerKey: what every sheet of one network is marked with, worked out once."""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from ...expression.refs import Ref
from ...expression.tree import Expr
from ...graph.records import Graph
from ...passes.trace import Trace
from ..records import Answer
from ..replay import Replay, replay_of
from .symbolic import Points, equal, random_points

ON_THE_WAY = ("cost", "data_loss", "loss_terms")
"""What the loss is added up from."""


class AnswerKey(Struct, frozen=True):
    """What every sheet of one network is marked with.

    ``places`` remembers where the quantities stand, ``lists`` the true arrays as flat lists,
    ``points`` the random points at which formulas are compared, ``entering`` the entries that given
    numbers enter, ``made_of`` from which quantities a step's result comes. Without ``numbers`` the
    network is symbolic: only formulas can be marked.
    """

    replay: Replay
    places: dict[tuple[Ref, bool], tuple[int, int]]
    lists: dict[int, list[float]]
    points: list[Points | None]
    numbers: bool = True
    entering: dict[int, list[bool]] = {}
    made_of: dict[int, tuple[int, ...]] = {}

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

    def uses_given(self, key: int, position: int) -> bool:
        """Return whether a given number enters an entry's own step: Wᵀδ has one, σ(z) has none."""
        found = self.entering.get(key)
        if found is None:
            found = self.entering[key] = given_entering(self.replay, key)
        return found[position]

    def sources(self, key: int) -> tuple[int, ...]:
        """Return the quantities that a step's result comes from: of δ those of σ′ and ∂C/∂a."""
        found = self.made_of.get(key)
        if found is None:
            found = self.made_of[key] = sources(self.replay, key)
        return found

    def true(self, key: int, position: int) -> float:
        """Return the true number of an entry."""
        numbers = self.lists.get(key)
        if numbers is None:
            numbers = self.lists[key] = self.replay.truth[key].ravel().tolist()
        return numbers[position]


def answer_key(graph: Graph, trace: Trace | None, rate: float | None = None) -> AnswerKey:
    """Return what every sheet of this network shares: do this once for a class.

    ``rate`` is the learning rate, for answers such as ``W1'``. Without a trace (a symbolic network)
    formulas alone can be marked.
    """
    return AnswerKey(replay_of(graph, trace, rate), {}, {}, [], trace is not None, {}, {})


def sources(replay: Replay, key: int) -> tuple[int, ...]:
    """Return which of the quantities that a step reads its result changes with.

    The loss comes from the output and the target, past the sums on the way that nobody asks for.
    """
    step = replay.at.get(key)
    if step is None:
        return ()
    found: list[int] = []
    for read in dict.fromkeys(step.reads):
        if any(_changed(replay, key, {read})):
            part = replay.graph.nodes[replay.node_of(read)].ref.part
            inner = part in ON_THE_WAY and replay.kind_of(read) == "value"
            found += sources(replay, read) if inner else [read]
    return tuple(dict.fromkeys(found))


def given_entering(replay: Replay, key: int) -> list[bool]:
    """Return, entry by entry, whether a step's result changes with the given numbers it reads."""
    step = replay.at.get(key)
    leaves = set() if step is None else set(replay.graph.given) & set(step.reads)
    return _changed(replay, key, leaves)


def _changed(replay: Replay, key: int, moved: set[int]) -> list[bool]:
    """Return, entry by entry, whether a step's result is another one with some numbers moved."""
    step, right = replay.at.get(key), replay.truth[key]
    if step is None or not moved:
        return [False] * right.size
    used = list(replay.truth)
    for each in moved:
        used[each] = 1.31 * used[each] + 0.173
    with np.errstate(all="ignore"):
        changed = np.broadcast_to(step.compute(used), right.shape)
    same = np.abs(changed - right) <= 1e-9 * np.abs(right)
    return [not each for each in same.ravel().tolist()]
