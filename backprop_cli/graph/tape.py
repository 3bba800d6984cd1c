"""A long graph of single numbers laid down as one list of calls on floats, there and back.

Every number has a place in one list: nodes, constants, what is on the way, gradients.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import cached_property, partial
from operator import add
from typing import Any

from msgspec import Struct

from ..arithmetic.floating import FLOAT64
from ..arithmetic.recorded import FloatCall, NumberAt
from ..functions.formula import Formula, Operation
from ..functions.single import SINGLE, FloatSteps, share_steps, value_steps


class Calls(Struct, frozen=True):
    """Calls in order: what is called, and where its two numbers are; each result is put last."""

    functions: list[FloatCall]
    left: list[int]
    right: list[int]


class Backward(Struct, frozen=True):
    """The calls of the pass back, the constants that come before them, and the gradients' places.

    A gradient that there is none of is at the end.
    """

    constants: list[float]
    calls: Calls
    gradients: tuple[int, ...]


class Tape(Struct, frozen=True, dict=True):
    """The calls of both passes, and where each node's value and gradient are afterwards.

    ``start`` has the constants at their places, and room for what is given.
    """

    start: list[float]
    there: Calls
    values: tuple[int, ...]
    lay_back: Callable[[], Backward]

    @cached_property
    def back(self) -> Backward:
        """The pass back, laid down when it is first asked for."""
        return self.lay_back()


LineSlot = int | tuple[FloatSteps, tuple[int, ...]]
"""The place of a constant, or an operation's steps and which slots they work on."""


NodePlan = Sequence[tuple[Any, tuple[int, ...], tuple[int, ...], Any]]
"""Of each node the rule, the parents and the shape."""


def laid(plan: NodePlan, end: int, reached: Collection[int], felt: Collection[int]) -> Tape | None:
    """Return the tape of a graph; None where something in it is no single number.

    ``end`` is the node that gradients are of, ``reached`` what it depends on, ``felt`` what wants
    a gradient.
    """
    if any(shape for _, _, shape, _ in plan):
        return None
    rules = {id(rule): rule for rule, _, _, _ in plan if rule is not None}
    if not all(isinstance(rule, Formula) and _is_single(rule) for rule in rules.values()):
        return None
    taping = _Taping(plan)
    return Tape(*taping.there(), partial(taping.back, end, reached, frozenset(felt)))


def _is_single(rule: Formula) -> bool:
    return all(isinstance(operation.primitive, SINGLE) for operation in rule.operations)


class _Taping:
    """Lays the calls down: the order is the walks', from line to line and within each."""

    def __init__(self, plan: NodePlan) -> None:
        self.plan = plan
        self.start: list[float] = []
        self.calls = Calls([], [], [])
        self.lines: list[list[int]] = []
        self.constants: dict[str, int] = {}
        self.known: dict[int, tuple[LineSlot, ...]] = {}
        self.count = 0

    def there(self) -> tuple[list[float], Calls, tuple[int, ...]]:
        """Return what is there before the calls, the calls, and where each node's value is."""
        at: list[int] = []
        for rule, parents, _, _ in self.plan:
            line = [at[parent] for parent in parents]
            if isinstance(rule, Formula):
                self._there(rule, line)
            else:
                line.append(self._before(0.0))
            at.append(line[-1])
            self.lines.append(line)
        places = NumberPlaces(len(self.start), self.count, 0)
        return self.start.copy(), places.of(self.calls), places.at(at)

    def _there(self, rule: Formula, line: list[int]) -> None:
        """Lay down what finds a line's value; add where each of its slots is to its inputs."""
        for slot in self._slots(rule):
            if isinstance(slot, int):
                line.append(slot)
            else:
                steps, inputs = slot
                line.append(self._put(steps, [line[i] for i in inputs]))

    def _slots(self, rule: Formula) -> tuple[LineSlot, ...]:
        """Return each constant's place in a formula, and each operation's steps and inputs."""
        if id(rule) not in self.known:
            self.known[id(rule)] = tuple(
                (value_steps(slot.primitive, len(slot.inputs)), slot.inputs)
                if isinstance(slot, Operation)
                else self._constant(FLOAT64.written(slot))
                for slot in rule.slots
            )
        return self.known[id(rule)]

    def back(self, end: int, reached: Collection[int], wanting: frozenset[int]) -> Backward:
        """Lay down what finds the gradients, the last consumer first, after the way there."""
        lines, self.lines = self.lines, []
        self.calls, first = Calls([], [], []), len(self.start)
        there = self.count
        found: list[int | None] = [None] * len(lines)
        found[end] = self._constant(1.0)
        for number in sorted(reached, reverse=True):
            (rule, parents, _, _), gradient = self.plan[number], found[number]
            if not isinstance(rule, Formula) or gradient is None:
                continue
            felt = frozenset(k for k, p in enumerate(parents) if p in wanting)
            shares = self._shares(rule, felt, gradient, lines[number])
            for k in sorted(felt):
                sent, before = shares.get(k), found[parents[k]]
                if sent is None:
                    sent = self._constant(0.0)
                found[parents[k]] = sent if before is None else self._call(add, before, sent)
        constants = self.start[first:]
        places = NumberPlaces(first, there, len(constants))
        at = places.at(self.count if each is None else each for each in found)
        return Backward(constants, places.of(self.calls), at)

    def _shares(
        self, rule: Formula, felt: frozenset[int], gradient: int, line: list[int]
    ) -> dict[int, int]:
        """Lay down what each felt input of a line is sent, by the chain rule inside it."""
        count = len(rule.operands)
        sums = {len(line) - 1: gradient}
        for number in range(len(line) - 1, count - 1, -1):
            slot = rule.slots[number - count]
            if number not in sums or not isinstance(slot, Operation):
                continue
            read = [sums[number], line[number], *[line[i] for i in slot.inputs]]
            for position, source in enumerate(slot.inputs):
                if felt.isdisjoint(rule.needs[source]):
                    continue
                back = self._put(share_steps(slot.primitive, position, len(slot.inputs)), read)
                sums[source] = self._call(add, back, sums[source]) if source in sums else back
        return sums

    def _put(self, steps: FloatSteps, places: list[int]) -> int:
        """Lay steps down on these places; return where their result is."""
        places = [*places]
        for function, left, right in steps.steps:
            places.append(self._call(function, self._at(left, places), self._at(right, places)))
        return self._at(steps.result, places)

    def _at(self, place: NumberAt, places: list[int]) -> int:
        return places[place] if isinstance(place, int) else self._constant(place)

    def _call(self, function: FloatCall, left: int, right: int) -> int:
        self.calls.functions.append(function)
        self.calls.left.append(left)
        self.calls.right.append(right)
        self.count += 1
        return self.count - 1

    def _constant(self, number: float) -> int:
        """Return the place of a constant; −0 is another than 0."""
        key = number.hex()
        if key not in self.constants:
            self.constants[key] = self._before(number)
        return self.constants[key]

    def _before(self, number: float) -> int:
        """Return a place before all results: ~0, ~1 …, until it is known how many there are."""
        self.start.append(number)
        return ~(len(self.start) - 1)


class NumberPlaces(Struct, frozen=True):
    """Where numbers are in the one list: ``start`` before all, the results ``there``, the rest.

    So many constants of the way back come before its results.
    """

    start: int
    there: int
    constants: int

    def at(self, places: Iterable[int]) -> tuple[int, ...]:
        """Return the places, ~0, ~1 … being those before all results."""
        start, there = self.start, self.there
        later = start + self.constants
        return tuple(
            (~n if ~n < start else ~n + there) if n < 0 else n + (start if n < there else later)
            for n in places
        )

    def of(self, calls: Calls) -> Calls:
        """Return the calls with their numbers at these places."""
        return Calls(calls.functions, [*self.at(calls.left)], [*self.at(calls.right)])
