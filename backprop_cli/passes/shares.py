"""Shares: what a consumer sends back to one of its inputs, and the gradient that they add up to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..arithmetic import Arithmetic
from ..expression.refs import plain_name
from ..functions.rules import fold
from ..graph.parts import Loop, Node, Shortcut
from ..graph.records import Graph

Array = np.ndarray[Any, Any]
Values = Sequence[Array]
Gradients = Sequence[Array | None]


def share(
    graph: Graph,
    arithmetic: Arithmetic,
    consumer: int,
    position: int,
    gradient: Array,
    values: Values,
    *,
    averaged: bool = True,
) -> Array:
    """gᵀ ∂out/∂(input): what a consumer with this gradient sends to its parent at ``position``.

    ``averaged`` False leaves the 1/N of a mean over the samples out. A share is linear in the
    gradient, so the 1/N is put to the smaller of the two.
    """
    node = graph.nodes[consumer]
    if node.rule is None:
        raise ValueError(f"{plain_name(node.ref)} sends no gradient")
    parent = node.parents[position]
    crosses = averaged and node.per_sample is not graph.nodes[parent].per_sample
    before = gradient.size <= values[parent].size
    if crosses and before:
        gradient = _crossing(graph, arithmetic, node, gradient)
    inputs = [values[number] for number in node.parents]
    sent = node.rule.share(arithmetic, position, gradient, values[consumer], *inputs)
    found = fold(sent, values[parent].shape)
    return found if before or not crosses else _crossing(graph, arithmetic, node, found)


def arriving(
    graph: Graph,
    arithmetic: Arithmetic,
    number: int,
    values: Values,
    gradients: Gradients,
    *,
    short: bool = True,
    past: Loop | None = None,
    ready: Mapping[tuple[int, int], Array | None] = {},
) -> Array | None:
    """∂loss/∂(node): the sum of its consumers' shares, given their gradients.

    None where the loss does not depend on the node. ``short`` takes the shortcuts, past a loss;
    ``past`` leaves out what the nodes of a loop send; ``ready`` are shares that are known, by
    consumer and position, None where one stands with another; the 1/N is not in them yet.
    """
    total: Array | None = None
    for consumer, position in graph.arrivals[number]:
        if past is not None and consumer in past:
            continue
        if (consumer, position) in ready:
            known = ready[consumer, position]
            if known is None:
                continue
            if not graph.nodes[number].per_sample:
                known = _crossing(graph, arithmetic, graph.nodes[consumer], known)
            total = known if total is None else np.asarray(total + known)
            continue
        shortcut = graph.nodes[consumer].shortcut
        if shortcut is not None and short:
            sent = _past(shortcut, arithmetic, values[consumer], values, gradients)
        else:
            gradient = gradients[consumer]
            if gradient is None:
                raise AssertionError("a consumer's gradient comes before its inputs'")
            sent = share(graph, arithmetic, consumer, position, gradient, values)
        total = sent if total is None else np.asarray(total + sent)
    return total


def _past(
    shortcut: Shortcut, arithmetic: Arithmetic, out: Array, values: Values, gradients: Gradients
) -> Array:
    """Return the share that comes straight from the shortcut's source."""
    source = gradients[shortcut.source]
    if source is None:
        raise AssertionError("a shortcut's source comes before it")
    inputs = [values[number] for number in shortcut.inputs]
    return shortcut.rule.share(arithmetic, 0, source, out, *inputs)


def _crossing(graph: Graph, arithmetic: Arithmetic, node: Node, gradient: Array) -> Array:
    """Return a node's gradient as an input sees it that is of the other kind.

    Under a mean over N samples, from a sample to the whole batch is a division by N, and from the
    whole batch to a sample is a multiplication: a sample's row is of its own cost C_i.
    """
    if not graph.mean or graph.samples == 1:
        return gradient
    if node.per_sample:
        return arithmetic.scale(gradient, graph.samples)
    return np.asarray(gradient * graph.samples)
