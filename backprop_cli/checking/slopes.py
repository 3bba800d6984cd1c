"""What is written down on the way as steps of a replay: ∂a1/∂z1, and p, the softmax in the loss.

What comes after is then got through them.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from msgspec import structs

from ..arithmetic.floating import FLOAT64
from ..expression.refs import Ref, stored_index
from ..functions.softmax import SOFTMAX
from ..graph.records import Graph
from ..passes.local import positions
from ..passes.shares import arriving, share
from .records import LIKELY, Aspect
from .replay import Array, Arrays, Compute, Replay, ReplayStep, through_time


def with_slopes(replay: Replay, asked: Iterable[tuple[Ref, Aspect]]) -> Replay:
    """Return the replay with steps for local derivatives and probabilities, each by its aspect.

    Whoever writes one down goes on from it: the gradient past it is computed from it as well.
    """
    graph, n = replay.graph, len(replay.graph.nodes)
    others, truth = list(replay.others), list(replay.truth)
    other_at, at = dict(replay.other_at), dict(replay.at)
    by_node: dict[int, list[ReplayStep]] = {}
    for wrt, of in sorted(asked, key=str):
        if of == LIKELY:
            _with_likely(replay, wrt, others, truth, other_at, at)
        elif isinstance(of, Ref):
            node = graph.number(wrt)
            key = other_at[node, of] = 3 * n + len(others)
            step = at[key] = _slope_step(graph, key, wrt, of)
            others.append(step)
            truth.append(step.compute(truth))
            by_node.setdefault(node, []).append(step)
    for node, steps in by_node.items():
        gradient = at.get(replay.gradient(node))
        if gradient is not None:
            at[gradient.key] = _through(graph, gradient, steps, other_at)
    slopes = [step for steps in by_node.values() for step in steps]
    values = [at[step.key] for step in replay.order if step.kind == "value"]
    rest = [at[step.key] for step in replay.order if step.kind != "value"]
    for step in others[len(replay.others) :]:
        if step.kind == "probability":
            before = next(i for i, each in enumerate(values) if each.key == step.node)
            values.insert(before + 1, step)
    found = structs.replace(
        replay,
        order=(*values, *slopes, *rest),
        truth=tuple(truth),
        at=at,
        others=tuple(others),
        other_at=other_at,
    )
    return through_time(found)


def _with_likely(
    replay: Replay,
    scores: Ref,
    others: list[ReplayStep],
    truth: list[Array],
    other_at: dict[tuple[int, Aspect], int],
    at: dict[int, ReplayStep],
) -> None:
    """Put in p = softmax(a): the terms are then −y·ln p, and ∂C/∂a is p·Σy − y."""
    graph, n = replay.graph, len(replay.graph.nodes)
    node, terms = graph.number(scores), graph.terms
    if terms is None:
        raise AssertionError("a loss that takes the softmax has terms")
    target = next(each for each in graph.nodes[terms].parents if each != node)
    key = other_at[node, LIKELY] = 3 * n + len(others)

    def compute(used: Arrays) -> Array:
        return np.asarray(SOFTMAX.forward(FLOAT64, used[node]))

    def from_written(used: Arrays) -> Array:
        y, p = used[target], used[key]
        with np.errstate(all="ignore"):
            return np.asarray(np.where(y == 0, 0.0, -y * np.log(p)))

    def back(used: Arrays) -> Array:
        y = used[target]
        return np.asarray(used[n + terms] * (used[key] * y.sum(axis=-1, keepdims=True) - y))

    step = at[key] = ReplayStep(key, "probability", node, (node,), compute)
    others.append(step)
    truth.append(compute(truth))
    for old, through in ((terms, from_written), (replay.gradient(node), back)):
        if old in at:
            was = at[old]
            plain: tuple[Compute, ...] = (was.compute, *was.others)
            reads = (*was.reads, key)
            at[old] = structs.replace(was, reads=reads, compute=through, others=plain)


def _one(graph: Graph, of: Ref) -> tuple[int, ...] | None:
    """Return where the entry stands that is differentiated; None where each one is."""
    node = graph.nodes[graph.number(of)]
    if node.shape and not of.index:
        return None
    index = stored_index(of, graph.in_out) if node.shape else ()
    if not node.per_sample:
        return index
    if of.sample is None and not graph.single:
        return None
    return (int(of.sample or 1) - 1, *index)


def _slope_step(graph: Graph, key: int, wrt: Ref, of: Ref) -> ReplayStep:
    consumer, parent = graph.number(of), graph.number(wrt)
    where, at = positions(graph, of, wrt), _one(graph, of)
    rule, parents = graph.rule(consumer), graph.nodes[consumer].parents

    def compute(used: Arrays) -> Array:
        out = used[consumer]
        one = np.ones(out.shape) if at is None else np.zeros(out.shape)
        if at is not None:
            one[at] = 1.0
        sent = [share(graph, FLOAT64, consumer, k, one, used, averaged=False) for k in where]
        return np.asarray(sum(sent[1:], start=sent[0]), dtype=np.float64)

    def afresh(used: Arrays) -> Array:
        fresh = used.copy()
        fresh[consumer] = rule.forward(FLOAT64, *[used[each] for each in parents])
        return compute(fresh)

    reads = tuple(dict.fromkeys((*parents, consumer)))
    return ReplayStep(key, "slope", parent, reads, compute, (afresh,))


def _through(
    graph: Graph,
    gradient: ReplayStep,
    steps: list[ReplayStep],
    other_at: dict[tuple[int, Aspect], int],
) -> ReplayStep:
    """Return the gradient's step from the local derivatives that were written down."""
    n, node = len(graph.nodes), gradient.node
    of = {key: aspect for (_, aspect), key in other_at.items() if isinstance(aspect, Ref)}
    pairs = [(step, graph.number(of[step.key]), _one(graph, of[step.key])) for step in steps]

    def compute(used: Arrays) -> Array:
        found = arriving(graph, FLOAT64, node, used, used[n:], short=False)
        if found is None:
            raise AssertionError("something sends it a share")
        for step, consumer, at in pairs:
            off = used[step.key] - step.compute(used)
            above = used[n + consumer] if at is None else used[n + consumer][at]
            crossing = graph.nodes[consumer].per_sample and not graph.nodes[node].per_sample
            found = found + off * above / (graph.samples if crossing and graph.mean else 1)
        return np.asarray(found)

    plain: tuple[Compute, ...] = (gradient.compute, *gradient.others)
    reads = (*gradient.reads, *(step.key for step in steps))
    return ReplayStep(gradient.key, "gradient", node, reads, compute, plain, gradient.slope)
