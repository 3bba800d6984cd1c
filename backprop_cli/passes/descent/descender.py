"""Descent: θ ← θ − …, step by step, with a fresh forward and backward pass for each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from msgspec import structs

from ...arithmetic import Arithmetic
from ...arithmetic.floating import FLOAT64
from ...expression.refs import plain_name
from ...expression.tree import Name
from ...functions.operators import Batch
from ...functions.optimizers import ETA, LAMBDA, THETA, G, T, Work, assigned, entrywise
from ...graph.records import Graph
from ...graph.values import leaf_arrays
from ...problems import Refusal
from ..lean import LeanPasses, is_lean
from ..noise import without_noise
from ..rounding import backward_rounding, forward_rounding
from ..trace import Override, all_finite, backward, forward, norm
from .plan import Plan, Standing, as_stated
from .records import DIVIDED, NO_EPSILON, Overflowed, ParameterStep, StepRecord

Array = np.ndarray[Any, Any]
NORM_ADDED = "1e-6"
"""PyTorch's: the whole gradient is multiplied by c/(‖g‖ + 10⁻⁶)."""
DECAYED = G + LAMBDA * THETA


class Descender:
    """A descent under way. All free parameters lie in one flat array, which each step changes.

    The graph is not built again: the leaves that the passes read are views of that array.
    """

    def __init__(
        self,
        graph: Graph,
        plan: Plan,
        standing: Standing,
        arithmetic: Arithmetic = FLOAT64,
        *,
        round_forward: int | None = None,
        round_backward: int | None = None,
    ) -> None:
        self.graph, self.plan, self.arithmetic = graph, plan, arithmetic
        self.changes: tuple[Override | None, Override | None] = (
            None if round_forward is None else forward_rounding(round_forward, graph),
            None if round_backward is None else backward_rounding(round_backward),
        )
        self.leaves = leaf_arrays(graph, arithmetic)
        self.slots = self._slots()
        self.steps, self.start = standing.steps, standing.steps
        self.next_sample = standing.next_sample
        self._lay_flat(standing)
        self.norms = {number: norm(leaf) for number, leaf in self.leaves.items()}
        self.graphs: dict[int, Graph] = {}
        self.lean: dict[int, LeanPasses | None] = {}
        self.samples = (0, graph.samples)
        self.shows = False
        self.norm: Any = None
        self.factor: Any = None

    # -- how it is laid out

    def _slots(self) -> dict[int, slice]:
        """Return where each free parameter lies in the flat array."""
        found, end = {}, 0
        for number in self.graph.parameters.values():
            mask = self.plan.frozen.get(number)
            if mask is None or not mask.all():
                size = self.leaves[number].size
                found[number] = slice(end, end + size)
                end += size
        return found

    def _lay_flat(self, standing: Standing) -> None:
        dtype = self._zeros(0).dtype
        size = sum(s.stop - s.start for s in self.slots.values())
        names = {number: name for name, number in self.graph.parameters.items()}
        theta = np.empty(size, dtype)
        state = {letter: self._zeros(size) for letter in self.plan.optimizer.state}
        held = np.zeros(size, dtype=bool)
        self.gradients: dict[int, Array] = {}
        self.g = np.empty(size, dtype)
        for number, at in self.slots.items():
            shape = self.leaves[number].shape
            theta[at] = self.leaves[number].ravel()
            self.leaves[number] = theta[at].reshape(shape)
            self.gradients[number] = self.g[at].reshape(shape)
            if number in self.plan.frozen:
                held[at] = self.plan.frozen[number].ravel()
            for letter, kept in state.items():
                before = standing.state.get(letter, {}).get(names[number])
                if before is not None:
                    kept[at] = before.ravel()
        self.held = np.flatnonzero(held)
        self.held_values = theta[self.held]
        numbers = self.plan.numbers(self.arithmetic)
        scratch = (np.empty(size, dtype), np.empty(size, dtype))
        self.work = Work(theta, self.g, state, scratch, numbers)
        self.clip = as_stated(self.plan.clip, self.arithmetic) if self.plan.clip else None
        self.most = as_stated(self.plan.clip_norm, self.arithmetic) if self.plan.clip_norm else None
        self.decays = self.plan.decays()

    def _zeros(self, size: int) -> Array:
        return self.arithmetic.array(np.zeros(size, dtype=np.int64))

    def _stepping_graph(self, samples: int) -> Graph:
        """Return the graph of so many samples, which takes no gradient that no step uses."""
        graph = self.graph
        nodes = list(graph.nodes)
        for number in graph.given:
            if number not in self.slots:
                nodes[number] = structs.replace(nodes[number], wants_gradient=False)
        if samples != graph.samples:
            for number, node in enumerate(nodes):
                if isinstance(node.rule, Batch):
                    over = structs.replace(node.rule, samples=samples)
                    nodes[number] = structs.replace(node, rule=over)
        return structs.replace(graph, nodes=tuple(nodes), samples=samples)

    # -- one step

    def step(self) -> Any:
        """Take one step; return the loss of its samples before it.

        Raises Overflowed where a number is not finite that a step has made.
        """
        with np.errstate(all="ignore"):
            loss = self._look()
            self._move()
        return loss

    def _look(self) -> Any:
        """Lay down the gradient of the next samples; return their loss."""
        leaves = self._batch()
        lean, graph = self._passes(leaves)
        try:
            if lean is not None and not self.shows:
                return lean(leaves)
            values = forward(graph, self.arithmetic, leaves, change=self.changes[0])
            change = self.changes[1]
            trace = backward(graph, self.arithmetic, values, change=change, whole=False)
            if self.shows and self.changes == (None, None):
                trace = without_noise(trace)
        except Refusal as refusal:
            raise self._overflowed(refusal) from None
        slopes = trace.gradients
        for number, view in self.gradients.items():
            slope = slopes[number]
            if slope is None:
                view[...] = self._zeros(view.size).reshape(view.shape)
            else:
                view[...] = slope
        return values[graph.loss if graph.loss is not None else -1]

    def _passes(self, leaves: dict[int, Array]) -> tuple[LeanPasses | None, Graph]:
        """Return the passes over as many samples, and their graph; the first ones are walked."""
        samples = self.samples[1] - self.samples[0]
        if samples not in self.graphs:
            self.graphs[samples] = self._stepping_graph(samples)
            return None, self.graphs[samples]
        graph = self.graphs[samples]
        if samples not in self.lean:
            plain = self.arithmetic.native and self.changes == (None, None)
            self.lean[samples] = None
            if plain and is_lean(graph):
                own = dict(leaves)
                if self.plan.batch_size is not None:
                    own |= {n: a.copy() for n, a in leaves.items() if graph.nodes[n].per_sample}
                lean = LeanPasses(graph, self.arithmetic, own, self.norms, self.gradients)
                self.lean[samples] = lean
        return self.lean[samples], graph

    def _move(self) -> None:
        """Clip and decay the gradient that is laid down, then change every free parameter."""
        self._prepare()
        self._update()
        self.steps += 1

    def _batch(self) -> dict[int, Array]:
        """Return the leaves of the next samples, which follow each other in turn."""
        size, every = self.plan.batch_size, self.graph.samples
        if size is None:
            return self.leaves
        first = self.next_sample
        last = min(first + size, every)
        self.samples, self.next_sample = (first, last), last % every
        return {
            number: leaf[first:last] if self.graph.nodes[number].per_sample else leaf
            for number, leaf in self.leaves.items()
        }

    def _prepare(self) -> None:
        """Clip the gradient, then add the weight decay."""
        g = self.g
        if len(self.held):
            g[self.held] = self._zeros(len(self.held))
        if self.clip is not None:
            np.minimum(np.maximum(g, -self.clip), self.clip, out=g)
        elif self.most is not None:
            self.norm, self.factor = self._shortening(g)
            g *= self.factor
        if self.decays:
            numbers = {LAMBDA: self.work.numbers[LAMBDA]}
            g[...] = entrywise(DECAYED, self.arithmetic, numbers, {G: g, THETA: self.work.theta})

    def _shortening(self, g: Array) -> tuple[Any, Any]:
        """Return ‖g‖ and the factor min(1, c/(‖g‖ + 10⁻⁶))."""
        added = as_stated(NORM_ADDED, self.arithmetic)
        if self.arithmetic.native:
            from ..health.norms import norm as norm_of

            norm: Any = norm_of(g)
            return norm, min(1.0, self.most / (norm + added))
        exact: Any = self.arithmetic
        norm = exact.call("sqrt", [np.add.reduce(g * g)])
        return norm, min(exact.number(1), self.most / (norm + added))

    def _update(self) -> None:
        work, optimizer = self.work, self.plan.optimizer
        count = self.steps + 1
        if self.plan.schedule is not None:
            work.numbers[ETA] = self.plan.rate_at(count, self.arithmetic)
        if self.arithmetic.native:
            work.numbers[T] = float(count)
            optimizer.update(work)
        else:
            exact: Any = self.arithmetic
            work.numbers[T] = exact.number(count)
            arrays = {THETA: work.theta, G: self.g}
            arrays |= {Name(letter): kept for letter, kept in work.state.items()}
            try:
                found = assigned(optimizer, self.arithmetic, work.numbers, arrays)
            except ZeroDivisionError:
                raise Overflowed(count, DIVIDED, NO_EPSILON) from None
            work.theta[...] = found[THETA]
            for letter, kept in work.state.items():
                kept[...] = found[Name(letter)]
        if len(self.held):
            work.theta[self.held] = self.held_values
        if self.arithmetic.native and not self._finite():
            if np.isnan(work.theta).any() and not np.isinf(work.theta).any():
                raise Overflowed(count, DIVIDED, NO_EPSILON)
            raise Overflowed(count, self._not_finite())

    def _finite(self) -> bool:
        """Return whether every number is that a step has made, and keep what bounds the leaves."""
        size = norm(self.work.theta)
        self.norms.update(dict.fromkeys(self.slots, size))
        found = size < math.inf or all_finite(self.work.theta)
        return found and all(map(all_finite, self.work.state.values()))

    def _not_finite(self) -> str:
        """Return which parameter, or which part of the state, is not finite any more."""
        for number, at in self.slots.items():
            name = plain_name(self.graph.nodes[number].ref, self.graph.in_out)
            if not np.isfinite(self.work.theta[at]).all():
                return f"{name} overflows"
            for letter, kept in self.work.state.items():
                if not np.isfinite(kept[at]).all():
                    return f"{letter} of {name} overflows"
        raise AssertionError("every number is finite")

    def _overflowed(self, refusal: Refusal) -> Exception:
        """Return what a failed pass means; the file's own numbers are refused as anywhere."""
        if self.steps == self.start:
            return refusal
        return Overflowed(self.steps, refusal.problems[0].message)

    # -- what there is to see

    def whole(self) -> Sequence[Array]:
        """Return the value of every node for all samples, by a fresh forward pass."""
        try:
            return forward(self.graph, self.arithmetic, self.leaves, change=self.changes[0])
        except Refusal as refusal:
            raise self._overflowed(refusal) from None

    def loss(self) -> Any:
        """Return the loss over all samples, by a fresh forward pass."""
        return self.whole()[self.graph.loss if self.graph.loss is not None else -1]

    def value(self, number: int) -> Array:
        """Return a copy of a parameter as it is now."""
        return self.leaves[number].copy()

    def standing(self) -> Standing:
        """Return where the descent stands now."""
        names = {number: name for name, number in self.graph.parameters.items()}
        state = {
            letter: {
                names[n]: kept[at].reshape(self.leaves[n].shape).copy()
                for n, at in self.slots.items()
            }
            for letter, kept in self.work.state.items()
        }
        return Standing(self.steps, self.next_sample, state)

    def recorded(self) -> StepRecord:
        """Take one step and return all of it: each parameter before, its gradient, after."""
        before, state = self.whole(), self.standing().state
        self.shows = True
        old = {number: self.value(number) for number in self.slots}
        self._look()
        raw = {number: view.copy() for number, view in self.gradients.items()}
        with np.errstate(all="ignore"):
            self._move()
        after, now = self.whole(), self.standing().state
        parameters = []
        for name, number in self.graph.parameters.items():
            if number not in self.slots:
                continue
            ref, used = self.graph.nodes[number].ref, self.gradients[number].copy()
            was = {letter: arrays[name] for letter, arrays in state.items()}
            arrays = {THETA: old[number], G: used}
            arrays |= {Name(letter): array for letter, array in was.items()}
            found = assigned(self.plan.optimizer, self.arithmetic, self.work.numbers, arrays)
            kept = {Name(letter): arrays[name] for letter, arrays in now.items()}
            parameters.append(
                ParameterStep(
                    name=name,
                    ref=ref,
                    old=old[number],
                    gradient=raw[number],
                    used=used,
                    before=was,
                    found=found | kept | {THETA: self.value(number)},
                    frozen=self.plan.frozen.get(number),
                )
            )
        return StepRecord(
            number=self.steps,
            samples=self.samples,
            numbers=dict(self.work.numbers),
            parameters=tuple(parameters),
            before=before,
            after=after,
            norm=self.norm,
            factor=self.factor,
        )
