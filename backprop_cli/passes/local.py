"""Local derivatives: ∂A/∂B between a quantity and one that it is computed from, in numbers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..expression.axes import letters
from ..expression.refs import Ref, plain_name, stored_index
from ..expression.tree import Name
from ..expression.walking import walk
from ..functions.formula import Formula
from ..functions.rules import fold
from ..graph.names import UnknownName
from ..graph.records import Graph
from .trace import Trace

Array = np.ndarray[Any, Any]
MOST_NUMBERS = 10_000_000
"""Numbers of one table of local derivatives past which an entry must be named."""


def local_derivative(trace: Trace, of: Ref, wrt: Ref) -> Array:
    """Return ∂of/∂wrt, all other inputs of ``of`` held: σ′(z1) for a1 and z1, x for z1 and W1.

    Between entries it is a number. Of whole quantities it has the shape of ``of``, then that of
    ``wrt``; where one is computed from the other entry by entry, it is the slope at each entry
    and has their shape. A batch's samples come first. Raises UnknownName where ``of`` is not
    computed from ``wrt`` in one step.
    """
    graph = trace.graph
    consumer = graph.number(of.of())
    where = positions(graph, of, wrt)
    whole = not of.index and not wrt.index
    if whole and all(entrywise(graph, consumer, k) for k in where):
        found = _shares(trace, consumer, where, ())
    else:
        found = _rows(trace, of, wrt, where)
        if wrt.index:
            at: tuple[Any, ...] = (..., *stored_index(wrt, graph.in_out))
            found = np.asarray(found[at], dtype=found.dtype)
    if not graph.nodes[consumer].per_sample:
        one = of.index or not graph.nodes[consumer].shape
        if one and wrt.sample is not None and graph.nodes[graph.number(wrt.of())].per_sample:
            return np.asarray(found[int(wrt.sample) - 1], dtype=found.dtype)
        return found
    return np.asarray(found[_sample(graph, of, wrt)], dtype=found.dtype)


def positions(graph: Graph, of: Ref, wrt: Ref) -> list[int]:
    """Return at which of its inputs ``of`` reads ``wrt``."""
    consumer, parent = graph.nodes[graph.number(of.of())], graph.number(wrt.of())
    found = [k for k, number in enumerate(consumer.parents) if number == parent]
    for ref in (of, wrt):
        if ref.gradient:
            name = plain_name(ref, graph.in_out)
            raise UnknownName(f"{name} is a gradient: no derivative of it is taken", "")
    if found and not graph.nodes[parent].wants_gradient and parent == graph.input:
        name = plain_name(wrt, graph.in_out)
        message = f"no derivative is taken with respect to {name}"
        raise UnknownName(message, "its whole numbers choose rows of a table")
    if not found:
        names = [plain_name(graph.nodes[p].ref, graph.in_out) for p in consumer.parents]
        of_name, wrt_name = (plain_name(ref.whole(), graph.in_out) for ref in (of, wrt))
        message = f"{of_name} is not computed from {wrt_name} in one step"
        cure = f"it is computed from {', '.join(names)}" if names else "it is given"
        raise UnknownName(message, cure)
    return found


def entrywise(graph: Graph, consumer: int, position: int) -> bool:
    """Return whether each entry reads the input at its own place only, by the rule's formula."""
    node = graph.nodes[consumer]
    rule = graph.rule(consumer)
    shapes = tuple(graph.nodes[parent].shape for parent in node.parents)
    if shapes[position] != node.shape:
        return False
    if isinstance(rule, Formula):
        return rule.is_entrywise(position, shapes)
    own = letters(node.axes)
    written = walk(rule.write(own, (*shapes, node.shape)))
    operand = rule.operands[position]
    read = [n.index for n in written if isinstance(n, Name) and n.id == operand]
    return all(index == own for index in read)


def _rows(trace: Trace, of: Ref, wrt: Ref, positions: list[int]) -> Array:
    """Return the shares of each entry of ``of``, or of the one that is named."""
    graph = trace.graph
    consumer, parent = graph.number(of.of()), graph.number(wrt.of())
    shape = graph.nodes[consumer].shape
    samples = graph.samples if graph.nodes[consumer].per_sample else 1
    count = samples * math.prod(graph.nodes[parent].shape)
    if of.index:
        return _shares(trace, consumer, positions, stored_index(of, graph.in_out))
    if count * math.prod(shape) > MOST_NUMBERS:
        name = plain_name(of, graph.in_out)
        cure = f"name an entry, such as {name}[{','.join('1' for _ in shape)}]"
        raise UnknownName(f"{count * math.prod(shape)} local derivatives at once", cure)
    rows = [_shares(trace, consumer, positions, index) for index in np.ndindex(shape)]
    axis = int(graph.nodes[consumer].per_sample)
    stacked = np.stack(rows, axis=axis)
    before, after = stacked.shape[:axis], stacked.shape[axis + 1 :]
    return stacked.reshape((*before, *shape, *after))


def _shares(trace: Trace, consumer: int, positions: list[int], index: tuple[int, ...]) -> Array:
    """Return what comes back for a gradient of 1 at one entry (none: at all), a row a sample."""
    graph, xp = trace.graph, trace.arithmetic
    node = graph.nodes[consumer]
    rule = graph.rule(consumer)
    inputs = [trace.values[number] for number in node.parents]
    out = trace.values[consumer]
    apart = node.per_sample and not graph.nodes[node.parents[positions[0]]].per_sample
    found = []
    for sample in range(graph.samples) if apart else (slice(None),):
        one = np.zeros(out.shape, dtype=np.int64)
        one[(sample, *index) if node.per_sample else (index or ...)] = 1
        gradient = xp.array(one)
        with np.errstate(all="ignore"):
            shares = [
                fold(rule.share(xp, k, gradient, out, *inputs), inputs[k].shape) for k in positions
            ]
        found.append(np.asarray(sum(shares[1:], start=shares[0])))
    return np.stack(found) if apart else found[0]


def _sample(graph: Graph, of: Ref, wrt: Ref) -> Any:
    """Return which samples are meant: the one of a single sample, the one named, or all."""
    if graph.single:
        return 0
    named = {int(ref.sample) for ref in (of, wrt) if ref.sample is not None}
    if len(named) > 1:
        first, second = sorted(named)
        raise UnknownName(f"samples {first} and {second} do not touch each other", "name one")
    return named.pop() - 1 if named else slice(None)
