"""Both passes of a graph as one list of calls on arrays that are kept: for a descent's many.

The calls are those of the graph's own rules, in the order of the walks, and give the same numbers
to the last bit. Nothing is decided or made anew in a pass, and nothing is kept that no later call
reads: where a rule allows it, a value takes the place of its input, a share that of its gradient.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from math import inf, isfinite, prod
from typing import Any

import numpy as np

from ..arithmetic import Arithmetic
from ..graph.records import Graph
from .trace import backward, forward, loss_terms, norm

Array = np.ndarray[Any, Any]
Laid = Callable[[], object]
BOUNDS = {"float64": 1e150, "float32": 1e18}
"""A norm below which no entry, nor a sum of products of two such arrays' entries, overflows."""
SMALL = 4096
"""Numbers up to which an array stands beside others, and is looked at together with them."""
LEAST = {"float64": 1e-150, "float32": 1e-18}
"""An output below which a loss's own slope may overflow."""
APART = 8
"""Numbers that begin where a line of the processor's cache does."""


class NotFinite(Exception):
    """A number of a pass is not finite."""


def is_lean(graph: Graph) -> bool:
    """Return whether every large array of the passes can be put where an earlier one was."""
    if graph.loops or graph.loss is None:
        return False
    for number, (rule, parents, shape, _) in enumerate(graph.plan):
        if rule is None:
            continue
        if prod(shape) > SMALL and not rule.puts(None):
            return False
        for k, parent in enumerate(parents):
            large = prod(graph.plan[parent][2]) > SMALL
            if large and (number, k) in graph.arrivals[parent] and not rule.puts(k):
                return False
    return True


class LeanPasses:
    """The passes of one graph, for as long as its parameters lie where they are.

    ``homes`` are the arrays that gradients are put into. ``norms`` say what ‖·‖ of each leaf is at
    most, which whoever changes a leaf sees to: what they bound is finite, and is not looked at.
    """

    def __init__(
        self,
        graph: Graph,
        arithmetic: Arithmetic,
        leaves: Mapping[int, Array],
        norms: dict[int, float],
        homes: Mapping[int, Array],
    ) -> None:
        self.graph, self.arithmetic = graph, arithmetic
        self.leaves, self.norms, self.homes = dict(leaves), norms, homes
        self.fed = [number for number in leaves if graph.nodes[number].per_sample]
        self.kind, self.most = np.result_type(*leaves.values()), BOUNDS[arithmetic.name]
        self.bounds: dict[int, float] = {}
        self.slopes: dict[int, float] = {}
        self.spare: dict[tuple[int, ...], Array] = {}
        self.steady: set[int] = set()
        numbers = range(len(graph.nodes))
        sizes = [prod(shape) for _, _, shape, _ in graph.plan]
        self.large = {number for number in numbers if sizes[number] > SMALL}
        small = (-(-size // APART) * APART for size in sizes if size <= SMALL)
        self.pool, self.used = np.zeros(2 * sum(small), self.kind), 0
        self.values = [
            self.leaves[number] if rule is None else self._new(shape)
            for number, (rule, _, shape, _) in enumerate(graph.plan)
        ]
        self.gradients: list[Array | None] = [None] * len(graph.nodes)
        self.checks: list[Laid] = []
        self.calls = [call for number in numbers for call in self._there(number)]
        for number in range(graph.end, -1, -1):
            self.calls += self._back(number)
        self.looked = [self.pool, *self._small_homes()]

    def __call__(self, leaves: Mapping[int, Array]) -> Array:
        """Put the gradients into their homes; return the loss. Raise Refusal as the walks do.

        Only the samples may lie elsewhere than before. What overflows is found after it has, so
        numpy's warnings are the caller's to silence, once for as many passes as it takes.
        """
        for number in self.fed:
            if leaves[number] is not self.leaves[number]:
                np.copyto(self.leaves[number], leaves[number])
        try:
            for call in self.calls:
                call()
            for array in self.looked:
                if not isfinite(np.vdot(array, array)) and not np.isfinite(array).all():
                    raise NotFinite
            for check in self.checks:
                check()
        except NotFinite:
            return self._walk()
        return self.values[self.graph.end].copy()

    def _walk(self) -> Array:
        """Walk the graph, which says what is not finite and where it stands."""
        values = forward(self.graph, self.arithmetic, self.leaves)
        trace = backward(self.graph, self.arithmetic, values)
        for number, home in self.homes.items():
            gradient = trace.gradients[number]
            home[...] = 0 if gradient is None else gradient
        return values[self.graph.end]

    def _new(self, shape: tuple[int, ...]) -> Array:
        """Return an array; a small one stands in the pool."""
        size = prod(shape)
        if size > SMALL:
            return np.empty(shape, self.kind)
        start, self.used = self.used, self.used + -(-size // APART) * APART
        return self.pool[start : start + size].reshape(shape)

    def _small_homes(self) -> list[Array]:
        """Return the arrays in which small gradients have their homes, each once."""
        homes = [home for number, home in self.homes.items() if number not in self.large]
        whole = {id(home.base): home.base for home in homes if home.base is not None}
        if len(whole) == 1 and all(home.base is not None for home in homes):
            (base,) = whole.values()
            if base.size <= SMALL:
                return [base]
        return homes

    # -- forward

    def _there(self, number: int) -> list[Laid]:
        """Return the calls that find a node's value; a large one is to be looked at."""
        graph, values = self.graph, self.values
        rule, parents, _, watched = graph.plan[number]
        if rule is None:
            return []
        inputs = [values[parent] for parent in parents]
        alone = rule.overwrites and len(graph.consumers[parents[0]]) == 1
        if alone and number in self.large and parents[0] not in graph.given:
            values[number] = inputs[0]
        if number in self.large:
            self.checks.append(partial(self._bound, number, look=watched))
        if number == graph.terms and graph.nodes[parents[0]].shortcut is not None:
            return [self._terms]
        return [rule.putting(self.arithmetic, values[number], *inputs)]

    def _terms(self) -> None:
        out = self.values[self.graph.terms or 0]
        out[...] = loss_terms(self.graph, self.arithmetic, self.values, rounded=False)

    def _bound(self, number: int, *, look: bool) -> None:
        """Bound a value by its inputs; where they do not, look at it, if it still stands there."""
        value, parents = self.values[number], self.graph.nodes[number].parents
        norms = [self._norm(parent) for parent in parents]
        bound = self.graph.rule(number).norm_bound(value.size, norms)
        if not bound < self.most and look:
            readers = self.graph.consumers.get(number, ())
            if any(self.values[reader] is value for reader, _ in readers):
                raise NotFinite
            bound = _look(value)
        self.bounds[number] = bound

    def _norm(self, number: int) -> float:
        """Return what ‖value‖ is at most."""
        if number in self.graph.given:
            return self.norms.get(number, inf)
        return self.bounds[number] if number in self.large else norm(self.values[number])

    # -- backward

    def _back(self, number: int) -> list[Laid]:
        """Return the calls that find a node's gradient, the sum of what arrives."""
        graph, edges = self.graph, self.graph.arrivals[number]
        if number == graph.end:
            self.gradients[number] = np.ones((), self.kind)
            self.steady.add(number)
            return []
        if not edges:
            return [partial(self.homes[number].fill, 0)] if number in self.homes else []
        if graph.nodes[number].shortcut is not None and number not in self.homes:
            return []
        total = self.gradients[number] = self._total(number)
        calls = self._sent(number, edges[0], total)
        for edge in edges[1:]:
            into = self._apart(total)
            calls += [*self._sent(number, edge, into), partial(np.add, total, into, total)]
        steady = all(e in self.steady and graph.rule(e).steady for e, _ in edges)
        if steady and number not in self.homes and number not in self.large:
            with np.errstate(all="ignore"):
                for call in calls:
                    call()
            self.steady.add(number)
            return []
        if number in self.large:
            self.checks.append(partial(self._bound_slope, number))
        return calls

    def _total(self, number: int) -> Array:
        """Return where a gradient is put: home, over the one that arrived at a function, apart."""
        if number in self.homes:
            return self.homes[number]
        consumer = self.graph.arrivals[number][0][0]
        arrived = self.gradients[consumer]
        # Where its value has taken the place of its input, its gradient is asked for by none else.
        if arrived is not None and self.values[consumer] is self.values[number]:
            return arrived
        return self._new(self.values[number].shape)

    def _apart(self, array: Array) -> Array:
        """Return an array of the same shape that is used at once."""
        if array.shape not in self.spare:
            self.spare[array.shape] = np.empty_like(array)
        return self.spare[array.shape]

    def _sent(self, number: int, edge: tuple[int, int], into: Array) -> list[Laid]:
        """Return the calls that put what a consumer sends into an array."""
        graph, xp, values = self.graph, self.arithmetic, self.values
        consumer, position = edge
        node, g = graph.nodes[consumer], self.gradients[consumer]
        if node.shortcut is not None:
            return [partial(self._past, consumer, into)]
        if g is None:
            raise AssertionError("a consumer's gradient comes before its inputs'")
        inputs = [values[parent] for parent in node.parents]
        scale = self._scale(consumer, number)
        before: list[Laid] = []
        after: list[Laid] = []
        if scale is not None and g.size <= into.size:
            scaled = np.empty_like(g) if into is self.spare.get(g.shape) else self._apart(g)
            before, g = [partial(scale, g, graph.samples, scaled)], scaled
        elif scale is not None:
            after = [partial(scale, into, graph.samples, into)]
        out = values[consumer]
        put = graph.rule(consumer).putting_share(xp, position, into, g, out, *inputs)
        return [*before, put, *after]

    def _scale(self, consumer: int, number: int) -> Callable[..., object] | None:
        """Return how the mean over the samples scales what crosses between sample and batch."""
        graph = self.graph
        above = graph.nodes[consumer].per_sample
        if above is graph.nodes[number].per_sample or not graph.mean or graph.samples == 1:
            return None
        return np.divide if above else np.multiply

    def _past(self, consumer: int, into: Array) -> None:
        """Put what a shortcut sends past the loss; the gradient that it passes is found by none.

        Of what is near 0 it may overflow, which the walks would see.
        """
        shortcut = self.graph.nodes[consumer].shortcut
        source = None if shortcut is None else self.gradients[shortcut.source]
        if shortcut is None or source is None:
            raise AssertionError("a shortcut's source comes before it")
        out = self.values[consumer]
        inputs = [self.values[number] for number in shortcut.inputs]
        if not (out.min() > LEAST[self.arithmetic.name] and norm(inputs[1]) < self.most):
            raise NotFinite
        into[...] = shortcut.rule.share(self.arithmetic, 0, source, out, *inputs)

    def _bound_slope(self, number: int) -> None:
        """Bound a gradient by what arrives; where that does not, look at it."""
        graph, bound = self.graph, 0.0
        for consumer, position in graph.arrivals[number]:
            node, gradient = graph.nodes[consumer], self.gradients[consumer]
            multiplied = graph.nodes[number].per_sample and not node.per_sample
            if gradient is None or node.shortcut is not None or multiplied:
                bound = inf
                break
            large = consumer in self.large
            g = self.slopes.get(consumer, inf) if large else norm(gradient)
            norms = [self._norm(parent) for parent in node.parents]
            bound += graph.rule(consumer).share_norm_bound(position, g, norms)
        gradient = self.gradients[number]
        if gradient is not None:
            self.slopes[number] = bound if bound < self.most else _look(gradient)


def _look(array: Array) -> float:
    """Return an array's norm, inf where it is too large; raise NotFinite for such an entry."""
    found = norm(array)
    if not isfinite(found) and not np.isfinite(array).all():
        raise NotFinite
    return found
