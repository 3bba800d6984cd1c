"""Delayed: a rule of one step, some of whose inputs it reads from the step before."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from msgspec import Struct, structs

from ..arithmetic import Arithmetic
from ..expression.indices import Index, plus
from ..expression.tree import ZERO, Add, BigSum, Expr, Mul, Name, Neg, add
from ..expression.walking import substitute
from ..problems import counted
from .rules import Array, Rule, Shape

FROM_NEXT_STEP = (
    "the next step reads this state, so what the loss of all later steps owes to it comes back "
    "from there. It is added to what its own step sends."
)


class Clock(Struct, frozen=True):
    """The order of the steps: how many, from which end, where no gradient crosses."""

    steps: int
    reverse: bool = False
    truncate: int | None = None
    lengths: tuple[int, ...] = ()
    """How many steps each sample has, where they have not all of them."""

    @property
    def first(self) -> int:
        """The step that is computed first, counted from 1."""
        return self.steps if self.reverse else 1

    @property
    def forth(self) -> int:
        """From a step to the one that is computed after it."""
        return -1 if self.reverse else 1

    def order(self) -> range:
        """Return the steps from 0 in the order in which they are computed."""
        return range(self.steps)[:: self.forth]

    def cut(self, step: int) -> bool:
        """Return whether no gradient comes back to this step (from 1) from the next."""
        number = self.steps + 1 - step if self.reverse else step
        return self.truncate is not None and number % self.truncate == 0

    @property
    def truncated(self) -> str:
        """Where no gradient crosses, in words; nothing where it crosses every step."""
        if self.truncate is None:
            return ""
        steps = counted(self.truncate, "step")
        return f"truncated: after every {steps} nothing comes from the next"

    def of_sample(self, sample: int) -> Clock:
        """Return the clock of one sample, from 1: it ends where the sample does."""
        if not self.lengths:
            return self
        return Clock(self.lengths[sample - 1], self.reverse, self.truncate)

    def only(self, samples: slice) -> Clock:
        """Return the clock of some of the samples."""
        return structs.replace(self, lengths=self.lengths[samples])

    def ends(self, samples: int) -> Array:
        """Return how many steps each sample has."""
        return np.array(self.lengths or (self.steps,) * samples)

    def live(self, samples: int) -> Array:
        """Return whether a sample has a step: (samples, steps)."""
        return np.asarray(np.arange(self.steps) < self.ends(samples)[:, None])

    def firsts(self, samples: int) -> Array:
        """Return the step, from 0, at which each sample begins."""
        return self.ends(samples) - 1 if self.reverse else np.zeros(samples, dtype=int)

    def shifted(self, state: Array, before: Array) -> Array:
        """Return what each step reads of a state, (samples, steps, …): that of the step before.

        ``before`` is the state before the first step: a row, or a row a sample.
        """
        found = np.empty_like(state)
        if self.reverse:
            found[:, :-1], found[:, -1] = state[:, 1:], before
        else:
            found[:, 1:], found[:, 0] = state[:, :-1], before
        if self.reverse and self.lengths:
            found[np.arange(len(state)), self.firsts(len(state))] = before
        return found

    def returns(self, samples: int) -> Array:
        """Return whether gradient comes back to a step from the one after it: (samples, steps)."""
        step, ends = np.arange(1, self.steps + 1), self.ends(samples)[:, None]
        found = step != 1 if self.reverse else step != ends
        if self.truncate is not None:
            number = ends + 1 - step if self.reverse else step
            found = found & (number % self.truncate != 0)
        return np.asarray(found & (step <= ends))


class Delayed(Rule, frozen=True, dict=True):
    """out_t = f(x_t, …, h_{t−1}): ``rule`` of each step, ``late`` what it reads a step late.

    ``starts`` names for each late input the operand that is read before the first step; where that
    is no operand (""), the state begins with zeros.
    """

    rule: Rule
    clock: Clock
    late: tuple[str, ...]
    starts: tuple[str, ...]

    @cached_property
    def operands(self) -> tuple[str, ...]:
        """Those of the rule of one step, then the initial states."""
        return (*self.rule.operands, *(name for name in self.starts if name))

    @property
    def name(self) -> str:
        """The name of the rule of one step."""
        return self.rule.name

    @property
    def step_rule(self) -> Rule:
        """The rule of one step, whose inputs are those of that step."""
        return self.rule

    @cached_property
    def late_inputs(self) -> dict[int, int | None]:
        """For each input that is read a step late: the position of its initial state, if any."""
        every = self.operands
        return {
            every.index(name): every.index(start) if start else None
            for name, start in zip(self.late, self.starts, strict=True)
        }

    def of_sample(self, sample: int) -> Delayed:
        """Return the rule of one sample, which may end before others."""
        return structs.replace(self, clock=self.clock.of_sample(sample))

    def only(self, samples: slice) -> Delayed:
        """Return the rule of some of the samples."""
        return structs.replace(self, clock=self.clock.only(samples))

    def forward(self, xp: Arithmetic, *inputs: Array) -> Array:
        """Return every step's value from whole arrays, the late ones as they were found."""
        found = self.rule.forward(xp, *self._shifted(xp, inputs))
        if self.clock.lengths:
            found = np.where(self.clock.live(len(found))[:, :, None], found, found * 0)
        return found

    def why(self, k: int) -> str:
        """Return why: of a state that the next step reads, and of the first one."""
        if k >= len(self.rule.operands):
            return "the state before the first step is read once, by the first step."
        if k in self.late_inputs:
            return FROM_NEXT_STEP
        return self.rule.why(k)

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Array:
        """Return the share of input k, at the step at which it was read."""
        count = len(self.rule.operands)
        if k < count:
            back = self.rule.share(xp, k, g, out, *self._shifted(xp, inputs))
            return self._returned(back) if k in self.late_inputs else back
        late = next(position for position, start in self.late_inputs.items() if start == k)
        at = np.arange(len(g)), self.clock.firsts(len(g))
        first = [a[at][:, None] if a.ndim == g.ndim else a for a in (g, out, *inputs[:count])]
        for position, start in self.late_inputs.items():
            before = self._before(xp, start, inputs, position)
            rows = (len(g), *inputs[position].shape[2:])
            first[2 + position] = np.broadcast_to(before, rows)[:, None]
        return np.asarray(self.rule.share(xp, late, *first)[:, 0])

    def write(self, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return the formula of one step, what is late with t − 1."""
        return self._later(self.rule.write(index, self._inner(shapes)))

    def write_share(self, k: int, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return the share's formula; of a late input that of the step after it."""
        inner, names = self._inner(shapes), self.rule.operands
        if k >= len(names):
            late = next(position for position, start in self.late_inputs.items() if start == k)
            at = (self.clock.first, *index)
            return self._later(self.rule.write_share(late, at, inner))
        if k not in self.late_inputs:
            return self._later(self.rule.write_share(k, index, inner))
        if self._ends(index[0]):
            return ZERO
        at = (plus(index[0], self.clock.forth), *index[1:])
        return self._later(self.rule.write_share(k, at, inner))

    def remarks(self, k: int | None, shapes: tuple[Shape, ...]) -> tuple[str, ...]:
        """Return what a state that begins with zeros leaves out, and whose share at that is 0."""
        inner = self._inner(shapes)
        said = self.rule.remarks(k, inner)
        if k in self.late_inputs and self.clock.truncated:
            said = (*said, self.clock.truncated)
        if "" not in self.starts:
            return said
        first = "the last step, which is computed first" if self.clock.reverse else "the first step"
        if k is None:
            return (*said, f"before {first}, the state is 0: terms with it are left out")
        if k in self.late_inputs or k >= len(self.rule.operands) or len(shapes[k]) != 2:
            return said
        share = self._later(self.rule.write_share(k, (self.clock.first, "k"), inner))
        gone = self.placed(share) == ZERO
        return (*said, f"at {first} it is 0, since the state before that is") if gone else said

    def placed(self, written: Expr) -> Expr:
        """Return the formula with the initial state for the state before the first step."""
        before = self.clock.first - self.clock.forth
        starts = dict(zip(self.late, self.starts, strict=True))

        def start(node: Expr) -> Expr | None:
            if not isinstance(node, Name) or node.id not in starts or node.index[:1] != (before,):
                return None
            return Name(starts[node.id], node.index[1:]) if starts[node.id] else ZERO

        found = substitute(written, start)
        return written if found == written else without_zeros(found)

    def _ends(self, step: Index) -> bool:
        """Return whether nothing comes back to the step; of a general step it is not known."""
        if not isinstance(step, int):
            return False
        return step == self.clock.steps + 1 - self.clock.first or self.clock.cut(step)

    def _later(self, tree: Expr) -> Expr:
        def change(node: Expr) -> Expr | None:
            if not isinstance(node, Name) or node.id not in self.late or not node.index:
                return None
            return Name(node.id, (plus(node.index[0], -self.clock.forth), *node.index[1:]))

        return substitute(tree, change)

    def _inner(self, shapes: tuple[Shape, ...]) -> tuple[Shape, ...]:
        return (*shapes[: len(self.rule.operands)], shapes[-1])

    def _shifted(self, xp: Arithmetic, inputs: tuple[Array, ...]) -> list[Array]:
        found = list(inputs[: len(self.rule.operands)])
        for position, start in self.late_inputs.items():
            before = self._before(xp, start, inputs, position)
            found[position] = self.clock.shifted(inputs[position], before)
        return found

    def _before(
        self, xp: Arithmetic, start: int | None, inputs: tuple[Array, ...], position: int
    ) -> Array:
        """Return the state before the first step: a row, or a row a sample."""
        zeros = inputs[position].shape[2:] if start is None else ()
        return xp.array(np.zeros(zeros)) if start is None else inputs[start]

    def _returned(self, back: Array) -> Array:
        """Return what comes back to each step from the one after it."""
        found = back * 0
        if self.clock.reverse:
            found[:, 1:] = back[:, :-1]
        else:
            found[:, :-1] = back[:, 1:]
        returns = self.clock.returns(len(back))
        return np.asarray(np.where(returns[:, :, None], found, back * 0))


def without_zeros(tree: Expr) -> Expr:
    """Return the formula without terms that are 0 because a factor is."""

    def change(node: Expr) -> Expr | None:
        match node:
            case Add(terms):
                kept = [t for t in map(without_zeros, terms) if t != ZERO]
                return add(*kept)
            case Mul(factors):
                found = tuple(map(without_zeros, factors))
                return ZERO if ZERO in found else Mul(found)
            case BigSum(letter, count, body):
                inner = without_zeros(body)
                return ZERO if inner == ZERO else BigSum(letter, count, inner)
            case Neg(operand):
                inner = without_zeros(operand)
                return ZERO if inner == ZERO else Neg(inner)
        return None

    return substitute(tree, change)
