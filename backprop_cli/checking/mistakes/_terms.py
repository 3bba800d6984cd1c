"""The terms of a sum, each with what one slip of the pen makes of it."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from msgspec import Struct

from ...expression.refs import plain_name, turned
from ...expression.tree import Add, Mul, Name
from ...expression.walking import expand
from ...functions.convolution import Convolution
from ...functions.operators import Affine
from ...graph.names import from_shown
from ..replay import Arrays, Replay


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
            *n, j = _at(replay, node, position)
            W = used[parents[1]].T if rule.in_out else used[parents[1]]
            for k, x in enumerate(used[parents[0]][tuple(n)]):
                names = (_name(replay, parents[1], (j, k)), _name(replay, parents[0], (*n, k)))
                yield _product(names, (float(W[j, k]), float(x)))
            if len(parents) == 3:
                b = used[parents[2]]
                named = _name(replay, parents[2], (j,) if b.shape else ())
                yield Term(named, float(b[j] if b.shape else b))
        elif isinstance(rule, Convolution):
            place = _at(replay, node, position)
            yield from _written(replay, node, _shown(place), place[0], used)
        elif node == graph.loss and graph.terms is not None and not graph.penalties:
            summands = used[graph.terms]
            scale = 1 / graph.samples if graph.mean else 1.0
            for place, value in np.ndenumerate(summands):
                yield Term(_name(replay, graph.terms, place), float(value) * scale)
    elif kind == "gradient" and len(graph.arrivals[node]) == 1:
        ((consumer, at),) = graph.arrivals[node]
        rule = graph.nodes[consumer].rule
        if isinstance(rule, Convolution) and at < 2 and (at == 0 or graph.samples == 1):
            place = _at(replay, node, position)
            index = _shown(place) if at == 0 else tuple(i + 1 for i in place)
            yield from _written(replay, consumer, index, place[0] if at == 0 else 0, used, at)
        if isinstance(rule, Affine) and at == 0:
            *n, k = _at(replay, node, position)
            weights = graph.nodes[consumer].parents[1]
            W = used[weights].T if rule.in_out else used[weights]
            delta = replay.gradient(consumer)
            for j, d in enumerate(used[delta][tuple(n)]):
                names = (_name(replay, weights, (j, k)), _name(replay, delta, (*n, j)))
                yield _product(names, (float(W[j, k]), float(d)))


def _shown(place: tuple[int, ...]) -> tuple[int, ...]:
    """Return the index, from 1, of an entry of one sample."""
    return tuple(i + 1 for i in place[1:])


def _written(
    replay: Replay, node: int, index: tuple[int, ...], sample: int, used: Arrays, k: int = -1
) -> Iterator[Term]:
    """Yield the terms of a rule's formula of one entry: of its value, or of input k's share."""
    graph, rule = replay.graph, replay.graph.rule(node)
    parents = graph.nodes[node].parents
    shapes = tuple(graph.nodes[each].shape for each in (*parents, node))
    formula = rule.write(index, shapes) if k < 0 else rule.write_share(k, index, shapes)
    keys = {**dict(zip(rule.operands, parents, strict=False)), "g": replay.gradient(node)}
    total = expand(formula, {})
    for term in total.terms if isinstance(total, Add) else (total,):
        names, factors = [], []
        for factor in term.factors if isinstance(term, Mul) else (term,):
            if not isinstance(factor, Name):
                return
            key, place = keys[factor.id], tuple(int(i) - 1 for i in factor.index)
            if graph.nodes[replay.node_of(key)].per_sample:
                place = (sample, *place)
            names.append(_name(replay, key, place))
            factors.append(float(used[key][place]))
        kept = tuple(factors) if len(factors) == 2 else ()
        yield Term("·".join(names), math.prod(factors), kept)


def _at(replay: Replay, node: int, position: int) -> tuple[int, ...]:
    return tuple(map(int, np.unravel_index(position, replay.truth[node].shape)))


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
