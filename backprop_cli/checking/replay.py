"""One step at a time: each quantity computed from whatever numbers stand for those before it.

A value, a gradient and an updated parameter are *steps*. A step reads the arrays of the steps
just before it, so putting somebody's own answers in their place recomputes what follows from
them, through what was left blank, and nothing else.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

import numpy as np
from msgspec import Struct, structs

from ..arithmetic.floating import FLOAT64
from ..expression.refs import Ref, stored_index
from ..functions.elementwise import Elementwise
from ..functions.rules import Rule
from ..graph.parts import Layer
from ..graph.records import Graph
from ..passes.shares import arriving
from ..passes.trace import Trace
from .next_step import NextStep, assigned_steps
from .records import STEPPED, Aspect

Array = np.ndarray[Any, Any]
Arrays = list[Array]
Compute = Callable[[Arrays], Array]
QuantityKind = Literal["value", "gradient", "update", "moment", "slope", "probability"]
MOST_SLOPES = 4
"""Different σ′ of a layer that are remembered: a sheet's premises have as many."""
_KINDS: tuple[QuantityKind, ...] = ("value", "gradient", "update")
MOST_LAID, MOST_KNOWN = 64, 4096
"""Entries of an array that is kept for whoever writes the same, and how many are kept at once."""
GATES = ("relu", "leaky_relu")
"""Activations with the sign of their input: their slope can be told from either."""
MOST_STEPS = 24
"""Up to how many steps in time a loop is followed one by one."""


class ReplayStep(Struct, frozen=True):
    """One quantity: what it reads, how it is computed, and the other honest ways to it.

    ``key`` is where its array stands: node i's value at i, its gradient at n + i, the parameter
    after one step at 2n + i, from 3n on what else is asked of it. Of what a loop computes it may be
    one step in time, ``time`` from 0. ``slope`` is σ′ where the step is ∂C/∂a·σ′ of one activation.
    """

    key: int
    kind: QuantityKind
    node: int
    reads: tuple[int, ...]
    compute: Compute
    others: tuple[Compute, ...] = ()
    slope: Compute | None = None
    time: int | None = None

    def placed(self, array: Array, base: Array) -> Array:
        """Return what was computed; of one step in time, ``base`` with that step of it."""
        if self.time is None:
            return array
        found = base.astype(np.float64)
        found[:, self.time] = array[:, self.time]
        return found


class Replay(Struct, frozen=True):
    """Every step of a network in the order of the computation, and every step's true array.

    ``step`` is how the parameters are moved. ``layer_of`` has the layer of each z, a and parameter;
    ``others`` what stands from 3n on, ``other_at`` the key of each by its node and aspect. ``walk``
    is the order with loops step by step in time, as somebody computes them: ``timed`` are the keys
    of their steps; ``turn`` is when a step is computed; ``later`` remembers what is computed from
    one, ``ways`` what one is computed from, ``laid`` what was written down in full.
    """

    graph: Graph
    order: tuple[ReplayStep, ...]
    truth: tuple[Array, ...]
    step: NextStep | None
    at: dict[int, ReplayStep]
    layer_of: dict[int, Layer]
    others: tuple[ReplayStep, ...] = ()
    other_at: dict[tuple[int, Aspect], int] = {}
    walk: tuple[ReplayStep, ...] = ()
    timed: frozenset[int] = frozenset()
    turn: dict[int, int] = {}
    later: dict[int, tuple[ReplayStep, ...]] = {}
    ways: dict[tuple[int, frozenset[int]], tuple[ReplayStep, ...]] = {}
    laid: dict[tuple[float, ...], Array] = {}

    def written(self, key: int, array: Array, positions: list[int], numbers: list[float]) -> Array:
        """Return the array with numbers put in; in full, of a few, the same array for the same."""
        if not len(positions) == array.size <= MOST_LAID:
            return with_entries(array, positions, numbers)
        what = (key, *positions, *numbers)
        found = self.laid.get(what)
        if found is None:
            if len(self.laid) >= MOST_KNOWN:
                self.laid.clear()
            found = self.laid[what] = with_entries(array, positions, numbers)
        return found

    def from_step(self, key: int) -> tuple[ReplayStep, ...]:
        """Return a step and all that is computed from it, in order."""
        found = self.later.get(key)
        if found is None:
            moved = {key}
            for step in self.walk:
                if not moved.isdisjoint(step.reads):
                    moved.add(step.key)
            found = self.later[key] = tuple(step for step in self.walk if step.key in moved)
        return found

    def way_to(self, key: int, whole: frozenset[int]) -> tuple[ReplayStep, ...]:
        """Return a step and all that it is computed from, through what was not given in full."""
        found = self.ways.get((key, whole))
        if found is None:
            if len(self.ways) >= MOST_KNOWN:
                self.ways.clear()
            on_it, stack = set[int](), [key]
            while stack:
                read = stack.pop()
                if read in self.at and read not in on_it and (read == key or read not in whole):
                    on_it.add(read)
                    stack += self.at[read].reads
            found = tuple(step for step in self.walk if step.key in on_it)
            self.ways[key, whole] = found
        return found

    @property
    def rate(self) -> float | None:
        """The learning rate."""
        return None if self.step is None else self.step.rate

    def time_of(self, key: int, position: int) -> int | None:
        """Return the step in time, from 0, of a position of what is walked step by step in time."""
        if key not in self.timed:
            return None
        return int(np.unravel_index(position, self.truth[key].shape)[1])

    def value(self, node: int) -> int:
        """Return where the node's value stands."""
        return node

    def gradient(self, node: int) -> int:
        """Return where the node's gradient stands."""
        return len(self.graph.nodes) + node

    def update(self, node: int) -> int:
        """Return where the parameter after one step stands."""
        return 2 * len(self.graph.nodes) + node

    def node_of(self, key: int) -> int:
        """Return the node that the step at ``key`` is of."""
        n = len(self.graph.nodes)
        return key % n if key < 3 * n else self.others[key - 3 * n].node

    def kind_of(self, key: int) -> QuantityKind:
        """Return what of its node the step at ``key`` is."""
        n = len(self.graph.nodes)
        return _KINDS[key // n] if key < 3 * n else self.others[key - 3 * n].kind

    def aspect_of(self, key: int) -> Aspect:
        """Return what of its node the step at ``key`` is, beside its value and its gradient."""
        if self.kind_of(key) == "update":
            return STEPPED
        return next((aspect for (_, aspect), at in self.other_at.items() if at == key), "")

    def place(self, ref: Ref, aspect: Aspect = "") -> tuple[int, int]:
        """Return the key of a quantity and the position of the entry in its flat array.

        Raises KeyError where there is no such quantity.
        """
        graph = self.graph
        number = graph.number(ref)
        node = graph.nodes[number]
        index = stored_index(ref, graph.in_out)
        if node.per_sample:
            sample = 1 if ref.sample is None else int(ref.sample)
            index = (sample - 1, *index)
        shape = self.truth[number].shape
        position = int(np.ravel_multi_index(index, shape)) if shape else 0
        if aspect == STEPPED:
            return self.update(number), position
        if aspect:
            return self.other_at[number, aspect], position
        return (self.gradient(number) if ref.gradient else number), position


def replay_of(graph: Graph, trace: Trace | None, step: NextStep | None = None) -> Replay:
    """Return the steps of a traced network; ``step`` adds the parameters after one step.

    Without a trace every true number is 0.
    """
    n = len(graph.nodes)
    values = [np.zeros(shape) for _, _, shape, *_ in graph.plan]
    gradients = [np.zeros(shape) for _, _, shape, *_ in graph.plan]
    if trace is not None:
        values = [np.asarray(value, dtype=np.float64) for value in trace.values]
        for number, gradient in enumerate(trace.gradients):
            if gradient is not None:
                gradients[number] = np.asarray(gradient, dtype=np.float64)
    order = [
        _value_step(graph, number, rule, parents)
        for number, (rule, parents, *_) in enumerate(graph.plan)
        if rule is not None
    ]
    order += [
        _gradient_step(graph, number)
        for number in range(n - 1, -1, -1)
        if graph.arrivals[number] and not _settled(graph, number)
    ]
    truth = [*values, *gradients, *values]  # what no step moves stays
    others: list[ReplayStep] = []
    other_at: dict[tuple[int, Aspect], int] = {}
    for each in () if step is None else assigned_steps(graph, step, 3 * n):
        if each.letter == STEPPED:
            found = ReplayStep(2 * n + each.node, "update", each.node, each.reads, each.compute)
            truth[found.key] = each.compute(truth)
        else:
            key = other_at[each.node, each.letter] = 3 * n + len(others)
            found = ReplayStep(key, "moment", each.node, each.reads, each.compute)
            others.append(found)
            truth.append(each.compute(truth))
        order.append(found)
    at = {each.key: each for each in order}
    replay = Replay(
        graph, tuple(order), tuple(truth), step, at, _layer_of(graph), tuple(others), other_at
    )
    return through_time(replay)


def through_time(replay: Replay) -> Replay:
    """Return the replay whose walk takes the loops that are not too long step by step in time."""
    graph = replay.graph
    found: list[ReplayStep] = []
    for (loop, kind), group in itertools.groupby(
        replay.order, lambda step: (graph.loop(step.node), step.kind)
    ):
        if loop is None or kind == "slope" or loop.clock.steps > MOST_STEPS:
            found += group
            continue
        steps, times = list(group), list(loop.clock.order())
        for t in times if kind == "value" else reversed(times):
            found += [structs.replace(step, time=t) for step in steps]
    timed = frozenset(step.key for step in found if step.time is not None)
    turn = {step.key: number for number, step in enumerate(replay.order)}
    return structs.replace(
        replay, walk=tuple(found), timed=timed, turn=turn, later={}, ways={}, laid={}
    )


def narrowed(replay: Replay, keys: Iterable[int]) -> Replay:
    """Return the replay with the steps alone that some quantities are computed from."""
    needed: set[int] = set()
    stack = list(keys)
    while stack:
        key = stack.pop()
        if key not in needed:
            needed.add(key)
            stack += replay.at[key].reads if key in replay.at else ()
    order = tuple(step for step in replay.order if step.key in needed)
    return through_time(structs.replace(replay, order=order))


def constant(array: Array) -> Compute:
    """Return the computation that gives this array whatever it reads."""
    return lambda used: array


def replayed(
    replay: Replay,
    base: Arrays,
    overrides: Mapping[int, Compute],
    given: Mapping[int, tuple[list[int], list[float]]],
    until: ReplayStep | None = None,
    way: Iterable[ReplayStep] | None = None,
) -> dict[int, Array]:
    """Return the arrays that change where some steps are computed otherwise.

    ``base`` holds every array as it was used; ``given`` the entries that stay what somebody wrote,
    whatever is computed. What comes back is computed, before those entries are put in. Nothing is
    computed after ``until``, and nothing that is not on the ``way`` to it, where that is said.
    """
    used = base.copy()
    changed: set[int] = set()
    computed: dict[int, Array] = {}
    if way is None:
        way = replay.from_step(*overrides) if len(overrides) == 1 else replay.walk
    for step in way:
        override = overrides.get(step.key)
        if override is None and changed.isdisjoint(step.reads):
            continue
        written = given.get(step.key)
        whole = written is not None and len(written[0]) == replay.truth[step.key].size
        asked = until is not None and step.key == until.key
        array = (override or step.compute)(used)
        if step.time is not None:
            before = computed.get(step.key)
            if before is None:  # what was written down is not what is computed
                before = used[step.key] if written is None else step.compute(base)
            array = step.placed(array, before)
        computed[step.key] = array
        if not whole:
            used[step.key] = array if written is None else with_entries(array, *written)
            changed.add(step.key)
        if asked and until is not None and step.time == until.time:
            break
    return computed


def with_entries(array: Array, positions: list[int], numbers: list[float]) -> Array:
    """Return the array with numbers put in at flat positions; of a scalar too, which is no view.

    It is kept row by row: of an array in columns ``ravel`` is a copy.
    """
    result = np.array(array, dtype=np.float64, order="C")
    result.ravel()[positions] = numbers
    return result


def _value_step(graph: Graph, number: int, rule: Rule, parents: tuple[int, ...]) -> ReplayStep:
    loop = graph.loop(number)
    live = None
    if loop is not None and loop.clock.lengths:
        live = loop.clock.live(graph.samples)[:, :, None]

    def compute(used: Arrays) -> Array:
        found = rule.forward(FLOAT64, *[used[parent] for parent in parents])
        return found if live is None else np.where(live, found, 0.0)

    return ReplayStep(number, "value", number, parents, compute)


def _layer_of(graph: Graph) -> dict[int, Layer]:
    found: dict[int, Layer] = {}
    for layer in graph.layers:
        found |= dict.fromkeys((layer.z, layer.a, *layer.parameters.values()), layer)
    return found


def _settled(graph: Graph, number: int) -> bool:
    """Return whether the gradient is the same whatever the values: from the cost's terms up."""
    return number in graph.loss_nodes


def with_slope(replay: Replay, step: ReplayStep, used: Arrays, write: Compute) -> Array | None:
    """Return g·σ′ with σ′ written down (by ``write``, which gets one array) before it is used.

    None where the step is not an activation's.
    """
    if step.slope is None:
        return None
    ((consumer, _),) = replay.graph.arrivals[step.node]
    return np.asarray(used[replay.gradient(consumer)] * write([step.slope(used)]))


def _gradient_step(graph: Graph, number: int) -> ReplayStep:
    n = len(graph.nodes)
    consumers = [graph.nodes[consumer] for consumer, _ in graph.arrivals[number]]
    reads: list[int] = []
    for (consumer, _), node in zip(graph.arrivals[number], consumers, strict=True):
        reads += [consumer, n + consumer, *node.parents]
        reads += node.shortcut.inputs if node.shortcut is not None else ()

    def total(used: Arrays, short: bool = True) -> Array:
        found = arriving(graph, FLOAT64, number, used, used[n:], short=short)
        if found is None:
            raise AssertionError("something sends it a share")
        return found

    single = len(consumers) == 1 and consumers[0].shortcut is None
    rule = consumers[0].rule if single else None
    compute: Compute = total
    slope: Compute | None = None
    if isinstance(rule, Elementwise):
        activation = graph.arrivals[number][0][0]
        slope = _slope(rule, number, activation)
        if rule.name != "identity":
            compute = _past_activation(slope, n + activation)

    def long_way(used: Arrays) -> Array:
        return total(used, short=False)

    def from_z(used: Arrays) -> Array:
        fresh = used.copy()
        for (consumer, _), node in zip(graph.arrivals[number], consumers, strict=True):
            if node.rule is not None:
                fresh[consumer] = node.rule.forward(FLOAT64, *[used[p] for p in node.parents])
        return total(fresh)

    others: list[Compute] = []
    if isinstance(rule, Elementwise) and rule.name in GATES:
        activation = graph.arrivals[number][0][0]
        others.append(_past_activation(_gate_of(rule, activation), n + activation))
    if any(node.shortcut is not None for node in consumers):
        others.append(long_way)
    if any(isinstance(node.rule, Elementwise) for node in consumers):
        others.append(from_z)
    return ReplayStep(n + number, "gradient", number, tuple(reads), compute, tuple(others), slope)


def _gate_of(rule: Elementwise, a: int) -> Compute:
    """Return σ′ told from the activation that was written down: on where it is more than 0."""
    return lambda used: np.asarray(rule.slope(FLOAT64, used[a], used[a]))


def _past_activation(slope: Compute, gradient: int) -> Compute:
    """Return ∂C/∂z = ∂C/∂a·σ′."""
    return lambda used: np.asarray(used[gradient] * slope(used))


def _slope(rule: Elementwise, z: int, a: int) -> Compute:
    """Return σ′, of the same arrays computed once: nobody changes an array."""
    known: list[tuple[Array, Array, Array]] = []

    def compute(used: Arrays) -> Array:
        at, out = used[z], used[a]
        slope = next((s for one, other, s in known if one is at and other is out), None)
        if slope is None:
            slope = np.asarray(rule.slope(FLOAT64, at, out))
            known.insert(0, (at, out, slope))
            del known[MOST_SLOPES:]
        return slope

    return compute
