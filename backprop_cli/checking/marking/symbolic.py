"""Formulas as answers: compared with the exact quantity at random points of the whole network."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from msgspec import Struct, structs

from ...arithmetic.floating import FLOAT64
from ...expression.evaluate import evaluate
from ...expression.tree import Add, Expr, Quantity
from ...expression.walking import walk
from ...functions.losses import LossTerms
from ...functions.softmax import SOFTMAX
from ...graph.names import is_probability
from ...graph.records import Graph
from ...mathematics.activations import spelled_out
from ...passes.trace import backward, forward
from ...problems import Refusal
from ..replay import Arrays, Replay

Array = np.ndarray[Any, Any]

POINTS = 8
"""Points at which both sides are compared."""
REDRAWN = 10
"""How often a point may be drawn anew where something is undefined there."""
SEED = 20_240_229
RELATIVE = 1e-9
"""What two ways to a number may differ by, measured by the largest number on the way."""
ILL = 1e6
"""How many times larger than its result a subterm may be for a difference to count."""


class Points(Struct, frozen=True):
    """Every quantity at every point: ``arrays[key]`` has the points first."""

    arrays: Arrays
    count: int


def random_points(replay: Replay) -> Points | None:
    """Return points with each given number in ±[0.3, 1.7], or None where too few are defined.

    Targets are such as the loss takes: a distribution, probabilities, signs.
    """
    graph = replay.graph
    random = np.random.default_rng(SEED)
    found: list[Arrays] = []
    for _ in range(POINTS + REDRAWN):
        point = _point(replay, _leaves(graph, random))
        if point is not None:
            found.append(point)
        if len(found) == POINTS:
            arrays = [np.stack(each) for each in zip(*found, strict=True)]
            return Points(arrays, POINTS)
    return None


def _leaves(graph: Graph, random: np.random.Generator) -> dict[int, Array]:
    leaves = {}
    for number in graph.given:
        shape, given = graph.plan[number][2], graph.given[number]
        if number != graph.target and not graph.nodes[number].wants_gradient and given is not None:
            leaves[number] = given.numbers.reshape(shape)
            continue
        drawn = random.uniform(0.3, 1.7, shape) * random.choice((-1.0, 1.0), shape)
        if number == graph.target:
            drawn = _target(graph, drawn)
        leaves[number] = drawn
    return leaves


def _target(graph: Graph, drawn: Array) -> Array:
    rule = None if graph.terms is None else graph.nodes[graph.terms].rule
    takes = rule.loss.takes if isinstance(rule, LossTerms) else ""
    if takes == "distribution" or graph.loss_name == "softmax_cross_entropy":
        return np.asarray(np.abs(drawn) / np.abs(drawn).sum(axis=-1, keepdims=True))
    if takes == "probabilities":
        return np.abs(drawn) / 2
    return np.sign(drawn) if takes == "signs" else drawn


def _point(replay: Replay, leaves: dict[int, Array]) -> Arrays | None:
    """Return every array at one point, or None where something is not defined there."""
    graph = replay.graph
    try:
        trace = backward(graph, FLOAT64, forward(graph, FLOAT64, leaves))
    except (Refusal, ValueError, ArithmeticError):
        return None
    gradients = [
        np.zeros(value.shape) if gradient is None else gradient
        for value, gradient in zip(trace.values, trace.gradients, strict=True)
    ]
    arrays = [*trace.values, *gradients, *([np.zeros(())] * len(graph.nodes))]
    arrays += [np.zeros(())] * len(replay.others)
    for step in replay.order:
        if step.kind not in ("value", "gradient"):
            arrays[step.key] = step.compute(arrays)
    return arrays if all(np.isfinite(array).all() for array in arrays) else None


def quantities(tree: Expr) -> Iterator[Quantity]:
    """Yield the quantities that a formula uses."""
    return (node for node in walk(tree) if isinstance(node, Quantity))


def equal(tree: Expr, key: int, position: int, replay: Replay, points: Points) -> bool | None:
    """Return whether a formula is the quantity at every point; None where that cannot be told.

    One difference that is well conditioned refutes it; all points together accept it.
    """
    leaves = _leaves_of(tree, replay, points)
    truth = points.arrays[key].reshape(points.count, -1)[:, position]
    try:
        with np.errstate(all="ignore"):
            plain = spelled_out(tree)
            value = _vector(plain, leaves, points.count)
            size = np.maximum(np.abs(truth), np.abs(value))
            scale = np.maximum(size, _largest(plain, leaves, points.count))
    except (KeyError, ArithmeticError, ValueError, TypeError):
        return None
    defined = np.isfinite(value) & np.isfinite(scale)
    if not defined.all():
        return None
    differs = np.abs(value - truth) > RELATIVE * scale
    if not differs.any():
        return True
    return False if (differs & (scale <= ILL * size)).any() else None


def value_at(tree: Expr, replay: Replay, points: Points, point: int) -> float | None:
    """Return what a formula gives at one point; None where it has no finite value."""
    leaves = _leaves_of(tree, replay, points)
    try:
        with np.errstate(all="ignore"):
            value = float(_vector(spelled_out(tree), leaves, points.count)[point])
    except (KeyError, ArithmeticError, ValueError, TypeError):
        return None
    return value if np.isfinite(value) else None


def _leaves_of(tree: Expr, replay: Replay, points: Points) -> dict[Expr, Any]:
    found: dict[Expr, Any] = {}
    graph = replay.graph
    for node in quantities(tree):
        ref, likely = node.ref, is_probability(node.ref, graph)
        if likely:
            scores = graph.nodes[graph.output].ref
            ref = structs.replace(scores, sample=ref.sample, index=ref.index)
        where, at = replay.place(ref)
        array = points.arrays[where]
        array = SOFTMAX.forward(FLOAT64, array) if likely else array
        found[node] = array.reshape(points.count, -1)[:, at]
    return found


def _largest(tree: Expr, leaves: dict[Expr, Any], count: int) -> Array:
    """Return, for each point, the largest term of any sum in the formula."""
    largest = np.zeros(count)
    for node in walk(tree):
        if isinstance(node, Add):
            for term in node.terms:
                largest = np.maximum(largest, np.abs(_vector(term, leaves, count)))
    return largest


def _vector(tree: Expr, leaves: dict[Expr, Any], count: int) -> Array:
    result = np.asarray(evaluate(tree, leaves, FLOAT64), dtype=np.float64)
    return np.broadcast_to(result, (count,))
