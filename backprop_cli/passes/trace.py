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
from ..functions.rules import Rule, fold
from ..graph.names import plain_name
from ..graph.records import Graph, Node, Shortcut
from ..problems import Refusal, refuse

Array = np.ndarray[Any, Any]
Change = Callable[[Node, Array], Array]
BOUNDED = ("float64", "exact")
"""The kinds of number that must stay within float64's range, 1.8e308."""


class Trace(Struct, frozen=True):
    """A graph with each node's value and gradient, in one kind of number.

    ``values[i]`` and ``gradients[i]`` have the samples first where the node is per-sample; a
    gradient is None where the loss does not depend on the node, or none was asked for.
    """

    graph: Graph
    arithmetic: Arithmetic
    values: tuple[Array, ...]
    gradients: tuple[Array | None, ...] = ()

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
    finite = arithmetic.name in BOUNDED
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
            except OverflowError:
                raise _out_of_reach(graph, graph.nodes[number]) from None
            if number == graph.terms and arithmetic.name == "float64" and rules is None:
                value = _shortened(graph, value, values)
            if watched and finite and not _all_finite(value):
                raise _first_not_finite(graph, arithmetic, [*values, value])
            if change is not None:
                value = change(graph.nodes[number], value)
            if value.shape != shape:
                message = f"{graph.nodes[number].ref}: shape {value.shape}, not {shape}"
                raise AssertionError(message)
            values.append(value)
    return tuple(values)


def backward(
    graph: Graph,
    arithmetic: Arithmetic,
    values: tuple[Array, ...],
    *,
    change: Change | None = None,
    rules: Mapping[int, Rule] | None = None,
    needed: frozenset[int] | None = None,
) -> Trace:
    """Return the Trace: ∂loss/∂(each node), each the sum of the shares of its consumers.

    Raises Refusal where a gradient is not finite; with ``needed``, no other leaf's has to be.
    """
    if graph.loss is None:
        raise refuse("there is no loss to differentiate", None, "add 'loss:'", graph.source)
    nodes, plan = graph.nodes, graph.plan
    sums: list[Array | None] = [None] * len(nodes)
    sums[graph.loss] = arithmetic.array(np.asarray(1))
    nowhere: set[int] = set()
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
                    if needed is None or parent in needed or plan[parent][0] is not None:
                        raise _not_finite(graph, nodes[parent], None, of_gradient=True) from None
                    nowhere.add(parent)
                    continue
                except OverflowError:
                    raise _out_of_reach(graph, nodes[parent], of_gradient=True) from None
                if share.shape != inputs[position].shape:
                    share = fold(share, inputs[position].shape)
                before = sums[parent]
                sums[parent] = share if before is None else np.asarray(before + share)
    for number in nowhere:
        sums[number] = None
    if arithmetic.name in BOUNDED:
        _check_gradients(graph, arithmetic, values, sums, needed)
    return Trace(graph, arithmetic, values, tuple(sums))


def _shortened(graph: Graph, terms: Array, values: list[Array]) -> Array:
    """Return the loss's terms by the logits, where the last activation has a short way past it."""
    last = graph.nodes[graph.nodes[graph.terms or 0].parents[0]]
    if last.shortcut is None:
        return terms
    z, y = (values[number] for number in last.shortcut.inputs)
    return last.shortcut.rule.terms(terms, values[graph.nodes[graph.terms or 0].parents[0]], z, y)


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


def _first_not_finite(graph: Graph, arithmetic: Arithmetic, values: list[Array]) -> Refusal:
    """Say which value was the first that is not finite."""
    for node, value in zip(graph.nodes, values, strict=False):
        if not _all_finite(value):
            return _not_finite(graph, node, value, why=_fault(node, arithmetic, values))
    raise AssertionError("every value is finite")


def _fault(node: Node, arithmetic: Arithmetic, values: list[Array]) -> str:
    """Return why a line of a computation graph has no value, where its rule can tell."""
    fault: Callable[..., str] | None = getattr(node.rule, "fault", None)
    return fault(arithmetic, *(values[p] for p in node.parents)) if fault is not None else ""


def _check_gradients(
    graph: Graph,
    arithmetic: Arithmetic,
    values: tuple[Array, ...],
    sums: list[Array | None],
    needed: frozenset[int] | None,
) -> None:
    """Refuse gradients that are not finite, naming the first in the order of the pass.

    What is not finite inside reaches a leaf, so the leaves tell whether there is anything.
    """
    for number in graph.given if needed is None else needed:
        leaf = sums[number]
        if leaf is not None and not _all_finite(leaf):
            break
    else:
        return
    for number in range(len(graph.nodes) - 1, -1, -1):
        total = sums[number]
        if needed is not None and number in graph.given and number not in needed:
            continue
        if total is not None and not _all_finite(total):
            pole = _is_pole(graph, arithmetic, number, values)
            raise _not_finite(graph, graph.nodes[number], total, of_gradient=True, pole=pole)


def _is_pole(graph: Graph, arithmetic: Arithmetic, number: int, values: tuple[Array, ...]) -> bool:
    """Return whether something that reads a node has no finite derivative in it."""
    trace = Trace(graph, arithmetic, values)
    edges = (
        (consumer, position)
        for consumer, node in enumerate(graph.nodes)
        for position, parent in enumerate(node.parents)
        if parent == number and node.rule is not None
    )
    with np.errstate(all="ignore"):
        for consumer, position in edges:
            one = arithmetic.array(np.ones(values[consumer].shape))
            if not _all_finite(trace.share(consumer, position, one)):
                return True
    return False


def _all_finite(array: Array) -> bool:
    """Return whether every entry is finite; the sum of squares tells, unless it overflows.

    An exact number counts as infinite where float64 has none: past 1.8e308.
    """
    if array.dtype == object:
        return bool(np.isfinite(array.astype(np.float64)).all())
    return isfinite(np.vdot(array, array)) or bool(np.isfinite(array).all())


def _out_of_reach(graph: Graph, node: Node, *, of_gradient: bool = False) -> Refusal:
    """Say which exact value has a logarithm too large to be held to any number of digits."""
    what = plain_name(node.ref.grad() if of_gradient else node.ref)
    cure = "without --exact a value below 1e-323 is 0, and one above 1.8e308 is refused"
    message = f"{what} is too large or too small to be worked out exactly"
    return refuse(message, node.place, cure, graph.source)


def _not_finite(
    graph: Graph,
    node: Node,
    value: Array | None,
    *,
    of_gradient: bool = False,
    pole: bool = True,
    why: str = "",
) -> Refusal:
    """Say which value is not finite, in which layer, and what would mend it."""
    layer = next((e for e in graph.layers if e.index == node.ref.layer), None)
    place = layer.place if layer else graph.loss_place if graph.layered else node.place
    what = plain_name(node.ref.grad() if of_gradient else node.ref)
    where = f" in layer {layer.title}" if layer else ""
    cure = "the formula must be defined for the values it gets"
    if of_gradient and pole:
        how = "is not finite: what it goes through has no finite derivative there"
        cure = "the formula must have a derivative at the values it gets"
        if node.rule is None and not graph.layered and len(graph.given) > 1:
            cure = "others may exist: --wrt NAME asks for one alone"
    elif why:
        how = f"is not defined: {why}"
    elif value is None:
        how = "is not defined: a division by zero or the logarithm of a number that is not above 0"
    elif np.isnan(value.astype(np.float64)).any():
        how = "is not a number: a division by zero or the logarithm of a negative number"
    else:
        how = "overflows: it is larger than the largest float64, 1.8e308"
        cure = f"smaller {'weights or inputs' if graph.layered else 'values'} keep it finite"
    if node.ref.part in ("loss_terms", "cost", "loss") or (of_gradient and node.ref.part == "a"):
        place = graph.loss_place or place
        cure = graph.loss_cure or cure
    return refuse(f"{what}{where} {how}", place, cure, graph.source)
