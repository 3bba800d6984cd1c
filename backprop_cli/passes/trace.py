"""Forward and backward: the two walks, which know no operation by name, and their Trace.

Under a mean over N samples every per-sample row of a gradient is of that sample's own cost C_i;
what belongs to the whole batch (parameters, the loss) is of the loss itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any

import numpy as np
from msgspec import Struct

from ..arithmetic import Arithmetic
from ..arithmetic.floating import FLOAT64
from ..expression.refs import Ref, plain_name, stored_index
from ..functions.rules import Rule, fold
from ..graph.records import Graph, Node, Shortcut
from ..problems import Refusal, refuse

Array = np.ndarray[Any, Any]
Change = Callable[[Node, Array], Array]


class Trace(Struct, frozen=True):
    """A graph with each node's value and gradient, in one kind of number.

    ``values[i]`` and ``gradients[i]`` have the samples first where the node is per-sample; a
    gradient is None where the loss does not depend on the node, or none was asked for.
    """

    graph: Graph
    arithmetic: Arithmetic
    values: tuple[Array, ...]
    gradients: tuple[Array | None, ...] = ()

    def array(self, ref: Ref) -> Array:
        """Return a quantity's numbers, or those of an entry, as the reader sees them.

        A single sample has no axis of its own; a gradient that the loss does not depend on is 0.
        Raises KeyError for what the graph, or a forward pass alone, does not have.
        """
        number = self.graph.number(ref)
        if number >= len(self.values):
            raise KeyError(ref)
        node, value = self.graph.nodes[number], self.values[number]
        found = self.gradients[number] if ref.gradient else value
        if found is None:
            found = self.arithmetic.array(np.zeros(value.shape, dtype=np.int64))
        if node.per_sample and (self.graph.single or ref.sample is not None):
            found = found[int(ref.sample or 1) - 1]
        at = stored_index(ref, self.graph.in_out) if node.shape else ()
        return np.asarray(found[at], dtype=found.dtype) if at else found

    def message(self, consumer: int, position: int) -> Array:
        """Return the share that one consumer sends to its parent at ``position``.

        A node's gradient is the sum of its messages; one sent past a loss by a shortcut is what
        the long way gives.
        """
        gradient = self.gradients[consumer]
        if gradient is None:
            raise ValueError(f"{plain_name(self.graph.nodes[consumer].ref)} sends no gradient")
        return self.share(consumer, position, gradient)

    def share(self, consumer: int, position: int, gradient: Array) -> Array:
        """Return what a consumer sends to its parent at ``position`` for a given gradient."""
        graph = self.graph
        node = graph.nodes[consumer]
        parent = node.parents[position]
        if node.rule is None:
            raise ValueError(f"{plain_name(node.ref)} sends no gradient")
        inputs = [self.values[number] for number in node.parents]
        out = self.values[consumer]
        if node.per_sample is not graph.nodes[parent].per_sample:
            gradient = crossing(graph, self.arithmetic, node, gradient)
        share = node.rule.share(self.arithmetic, position, gradient, out, *inputs)
        return fold(share, self.values[parent].shape)


def forward(
    graph: Graph,
    arithmetic: Arithmetic,
    leaves: Mapping[int, Array],
    *,
    change: Change | None = None,
    rules: Mapping[int, Rule] | None = None,
    until: int | None = None,
) -> tuple[Array, ...]:
    """Return each node's value, in order.

    ``change`` replaces a computed value before it is used (rounding); ``rules`` overrides the rule
    of a node; ``until`` stops after that node. Raises Refusal where a value is not finite.
    """
    values: list[Array] = []
    plan = graph.plan if until is None else graph.plan[: until + 1]
    finite = arithmetic.name == "float64"
    with np.errstate(all="ignore"):
        for number, (rule, parents, shape, watched, _) in enumerate(plan):
            if rules is not None:
                rule = rules.get(number, rule)
            if rule is None:
                values.append(leaves[number])
                continue
            try:
                value = rule.forward(arithmetic, *[values[parent] for parent in parents])
            except ZeroDivisionError:
                why = _fault(graph.nodes[number], arithmetic, values)
                raise _not_finite(graph, graph.nodes[number], None, why=why) from None
            if change is not None:
                value = change(graph.nodes[number], value)
            if value.shape != shape:
                message = f"{graph.nodes[number].ref}: shape {value.shape}, not {shape}"
                raise AssertionError(message)
            values.append(value)
            if watched and finite and not _all_finite(value):
                raise _first_not_finite(graph, values)
    return tuple(values)


def backward(
    graph: Graph,
    arithmetic: Arithmetic,
    values: tuple[Array, ...],
    *,
    change: Change | None = None,
    rules: Mapping[int, Rule] | None = None,
) -> Trace:
    """Return the Trace: ∂loss/∂(each node), each the sum of the shares of its consumers."""
    if graph.loss is None:
        raise refuse("there is no loss to differentiate", None, "add 'loss:'", graph.source)
    nodes, plan = graph.nodes, graph.plan
    sums: list[Array | None] = [None] * len(nodes)
    sums[graph.loss] = arithmetic.array(np.asarray(1))
    with np.errstate(all="ignore"):
        for number in range(graph.loss, -1, -1):
            gradient = sums[number]
            if gradient is None:
                continue
            if change is not None:
                gradient = sums[number] = change(nodes[number], gradient)
            rule, parents, _, _, edges = plan[number]
            shortcut = nodes[number].shortcut
            if rules is not None and number in rules:
                rule, shortcut = rules[number], None
            if rule is None:
                continue
            inputs, out = [values[parent] for parent in parents], values[number]
            for position, parent, crosses in edges:
                try:
                    if shortcut is not None:
                        share = _short(shortcut, arithmetic, sums, out, values)
                    elif crosses:
                        g = crossing(graph, arithmetic, nodes[number], gradient)
                        share = rule.share(arithmetic, position, g, out, *inputs)
                    else:
                        share = rule.share(arithmetic, position, gradient, out, *inputs)
                except ZeroDivisionError:
                    raise _not_finite(graph, nodes[parent], None, of_gradient=True) from None
                if share.shape != inputs[position].shape:
                    share = fold(share, inputs[position].shape)
                before = sums[parent]
                sums[parent] = share if before is None else np.asarray(before + share)
    if arithmetic.name == "float64":
        _check_gradients(graph, sums)
    return Trace(graph, arithmetic, values, tuple(sums))


def crossing(graph: Graph, arithmetic: Arithmetic, node: Node, gradient: Array) -> Array:
    """Return a node's gradient as an input sees it that is of the other kind.

    Under a mean over N samples, from a sample to the whole batch is a division by N, and from the
    whole batch to a sample is a multiplication: a sample's row is of its own cost C_i.
    """
    if not graph.mean or graph.samples == 1:
        return gradient
    if node.per_sample:
        return arithmetic.scale(gradient, graph.samples)
    return np.asarray(gradient * graph.samples)


def _short(
    shortcut: Shortcut,
    arithmetic: Arithmetic,
    sums: list[Array | None],
    out: Array,
    values: tuple[Array, ...],
) -> Array:
    """Return the share that comes straight from the shortcut's source."""
    source = sums[shortcut.source]
    if source is None:
        raise AssertionError("a shortcut's source comes before it")
    return shortcut.rule.share(arithmetic, 0, source, out, *[values[i] for i in shortcut.inputs])


def _first_not_finite(graph: Graph, values: list[Array]) -> Refusal:
    """Say which value was the first that is not finite."""
    for node, value in zip(graph.nodes, values, strict=False):
        if not _all_finite(value):
            return _not_finite(graph, node, value, why=_fault(node, FLOAT64, values))
    raise AssertionError("every value is finite")


def _fault(node: Node, arithmetic: Arithmetic, values: list[Array]) -> str:
    """Return why a line of a computation graph has no value, where its rule can tell."""
    fault: Callable[..., str] | None = getattr(node.rule, "fault", None)
    return fault(arithmetic, *(values[p] for p in node.parents)) if fault is not None else ""


def _check_gradients(graph: Graph, sums: list[Array | None]) -> None:
    """Refuse gradients that are not finite, naming the first in the order of the pass.

    What is not finite inside reaches a leaf, so the leaves tell whether there is anything.
    """
    for number in graph.given:
        leaf = sums[number]
        if leaf is not None and not _all_finite(leaf):
            break
    else:
        return
    for node, total in zip(reversed(graph.nodes), reversed(sums), strict=True):
        if total is not None and not _all_finite(total):
            raise _not_finite(graph, node, total, of_gradient=True)


def _all_finite(array: Array) -> bool:
    """Return whether every entry is finite; the sum of squares tells, unless it overflows."""
    return isfinite(np.vdot(array, array)) or bool(np.isfinite(array).all())


def _not_finite(
    graph: Graph, node: Node, value: Array | None, *, of_gradient: bool = False, why: str = ""
) -> Refusal:
    """Say which value is not finite, in which layer, and what would mend it."""
    layer = next((e for e in graph.layers if e.index == node.ref.layer), None)
    place = layer.place if layer else graph.loss_place if graph.layered else node.place
    what = plain_name(node.ref.grad() if of_gradient else node.ref)
    where = f" in layer {layer.title}" if layer else ""
    cure = "the formula must be defined for the values it gets"
    if of_gradient and not graph.layered:
        how = "is not finite: what it goes through has no finite derivative there"
    elif why:
        how = f"is not defined: {why}"
    elif value is None:
        how = "is not defined: a division by zero or the logarithm of a number that is not above 0"
    elif np.isnan(value).any():
        how = "is not a number: a division by zero or the logarithm of a negative number"
    else:
        how = "overflows: it is larger than the largest float64, 1.8e308"
        cure = f"smaller {'weights or inputs' if graph.layered else 'values'} keep it finite"
    if node.ref.part in ("loss_terms", "cost", "loss") or (of_gradient and node.ref.part == "a"):
        place = graph.loss_place or place
        cure = graph.loss_cure or cure
    return refuse(f"{what}{where} {how}", place, cure, graph.source)
