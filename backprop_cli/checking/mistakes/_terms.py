"""The terms of a sum, each with what one slip of the pen makes of it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from msgspec import Struct

from ...expression.refs import plain_name, turned
from ...functions.operators import Affine
from ...graph.names import from_shown
from ..replay import Array, Arrays, Replay


class Term(Struct, frozen=True):
    """One product of a sum: what it is called, its number, its two factors."""

    name: str
    value: float
    factors: tuple[float, ...] = ()


def wrongs(term: Term) -> Iterator[tuple[str, float]]:
    """Yield what a term becomes by one slip of the pen, with the words for it."""
    v = term.value
    if v == 0:
        return
    yield f"{term.name} left out", 0.0
    yield f"{term.name} with the wrong sign", -v
    yield f"{term.name} counted twice", 2 * v
    yield f"{term.name} ten times too large", 10 * v
    yield f"{term.name} ten times too small", v / 10
    if len(term.factors) == 2:
        yield f"the factors of {term.name} added", sum(term.factors)


def terms(replay: Replay, key: int, position: int, used: Arrays) -> Iterator[Term]:
    """Return the terms of the sum at one entry, or nothing where it is no sum of products."""
    graph, node = replay.graph, replay.node_of(key)
    kind = replay.kind_of(key)
    if kind == "value":
        rule, parents = graph.nodes[node].rule, graph.nodes[node].parents
        if isinstance(rule, Affine):
            *n, j = _at(used[node], position)
            W = used[parents[1]].T if rule.in_out else used[parents[1]]
            for k, x in enumerate(used[parents[0]][tuple(n)]):
                names = (_name(replay, parents[1], (j, k)), _name(replay, parents[0], (*n, k)))
                yield _product(names, (float(W[j, k]), float(x)))
            if len(parents) == 3:
                b = used[parents[2]]
                named = _name(replay, parents[2], (j,) if b.shape else ())
                yield Term(named, float(b[j] if b.shape else b))
        elif node == graph.loss and graph.terms is not None and not graph.penalties:
            summands = used[graph.terms]
            scale = 1 / graph.samples if graph.mean else 1.0
            for place, value in np.ndenumerate(summands):
                yield Term(_name(replay, graph.terms, place), float(value) * scale)
    elif kind == "gradient" and len(graph.arrivals[node]) == 1:
        ((consumer, at),) = graph.arrivals[node]
        rule = graph.nodes[consumer].rule
        if isinstance(rule, Affine) and at == 0:
            *n, k = _at(used[node], position)
            weights = graph.nodes[consumer].parents[1]
            W = used[weights].T if rule.in_out else used[weights]
            delta = replay.gradient(consumer)
            for j, d in enumerate(used[delta][tuple(n)]):
                names = (_name(replay, weights, (j, k)), _name(replay, delta, (*n, j)))
                yield _product(names, (float(W[j, k]), float(d)))


def _at(array: Array, position: int) -> tuple[int, ...]:
    return tuple(map(int, np.unravel_index(position, array.shape)))


def _product(names: tuple[str, str], factors: tuple[float, float]) -> Term:
    return Term("·".join(names), factors[0] * factors[1], factors)


def _name(replay: Replay, key: int, place: tuple[int, ...]) -> str:
    """Return an entry's plain name; ``place`` counts from 0, a weight's as (to, from)."""
    graph, number = replay.graph, replay.node_of(key)
    node = graph.nodes[number]
    ref = node.ref.grad() if replay.kind_of(key) == "gradient" else node.ref
    shown = tuple(i + 1 for i in place)
    if node.per_sample and graph.single:
        shown = shown[1:]
    shown = turned(ref.part, shown, graph.in_out)
    return plain_name(from_shown(ref, shown, graph), graph.in_out) if shown else plain_name(ref)
