"""Forward mode: one sweep from a start upwards that carries value and derivative side by side.

It asks each rule for nothing but its ``forward``, run on dual numbers: no share of the backward
pass has a part in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..arithmetic import Arithmetic
from ..arithmetic.dual import Duals
from ..expression.refs import plain_name
from ..graph.records import Graph
from ..problems import Refusal, refuse
from .trace import forward

Array = np.ndarray[Any, Any]


def tangents(
    graph: Graph,
    arithmetic: Arithmetic,
    leaves: Mapping[int, Array],
    start: int,
    index: tuple[int, ...] = (),
) -> tuple[Sequence[Array], tuple[Array, ...]]:
    """Return each node's value, and its derivative by one entry of the start: ∂node/∂start[index].

    A network with loops is taken as its graph (``weights_as_nodes``), which has none.
    ``start`` is a variable or an inner node, whose dependence on its parents is then cut;
    ``index`` is the entry's position in its array, from 0, the sample first where the node is
    per-sample. ``arithmetic`` is float64's or the exact one. Nodes that do not depend on the start
    have zeros. Raises Refusal where a value or a derivative is not finite, ValueError for an
    index that is not of one entry. A derivative that is not finite is NaN where the output does not
    need it.
    """
    values = forward(graph, arithmetic, leaves)
    return values, _Sweeps(graph, arithmetic, values, start).tangents(index)


class _Sweeps:
    """The sweeps from one start: what does not depend on it is lifted once for all of them."""

    def __init__(
        self, graph: Graph, arithmetic: Arithmetic, values: Sequence[Array], start: int
    ) -> None:
        self.graph, self.values, self.start = graph, values, start
        self.duals = Duals(arithmetic)
        depends = {start}
        for number in range(start + 1, len(graph.nodes)):
            if not depends.isdisjoint(graph.nodes[number].parents):
                depends.add(number)
        self.order = sorted(depends - {start})
        used = {parent for number in self.order for parent in graph.nodes[number].parents}
        self.fixed = {number: self.duals.array(values[number]) for number in used - depends}
        self.reached = graph.reached
        self.zeros = tuple(arithmetic.array(np.zeros(value.shape)) for value in values)

    def tangents(self, index: tuple[int, ...]) -> tuple[Array, ...]:
        """Return each node's derivative by one entry of the start."""
        value = self.values[self.start]
        if len(index) != value.ndim:
            raise ValueError(f"{index} is no entry of an array of shape {value.shape}")
        found = list(self.zeros)
        known = {**self.fixed, self.start: self.duals.seeded(value, {index: 1})}
        found[self.start] = self.duals.derivatives(known[self.start])
        with np.errstate(all="ignore"):
            for number in self.order:
                rule, parents, shape, _ = self.graph.plan[number]
                if rule is None:
                    raise AssertionError("a leaf depends on nothing")
                if not known.keys() >= set(parents):
                    found[number] = self._none(number)
                    continue
                try:
                    result = rule.forward(self.duals, *[known[parent] for parent in parents])
                except (ZeroDivisionError, OverflowError):
                    found[number] = self._none(number)
                    continue
                if result.shape != shape:
                    name = self.graph.nodes[number].ref
                    raise AssertionError(f"{name}: shape {result.shape}, not {shape}")
                found[number] = self.duals.derivatives(result)
                if self.duals.floats and not np.isfinite(found[number]).all():
                    found[number] = self._none(number)
                    continue
                known[number] = result
        return tuple(found)

    def _none(self, number: int) -> Array:
        """Return NaN for a derivative that there is none of; refuse one that the output needs."""
        if number in self.reached or not self.reached:
            raise self._not_finite(number)
        return np.full(self.values[number].shape, np.nan)

    def _not_finite(self, number: int) -> Refusal:
        """Say which derivative is not finite; the values all were."""
        node, start = self.graph.nodes[number], self.graph.nodes[self.start]
        in_out = self.graph.in_out
        what = f"the derivative of {plain_name(node.ref, in_out)}"
        what = f"{what} by {plain_name(start.ref, in_out)} is not finite"
        cure = "the formula must have a derivative at the values it gets"
        return refuse(what, node.place, cure, self.graph.source)
