"""Walks over a tree: what is below a node, a tree changed leaf by leaf, sums written out."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import chain, islice
from operator import attrgetter, is_
from types import UnionType
from typing import Any

from msgspec import structs

from .axes import entries
from .indices import Index, at
from .tree import (
    Add,
    Between,
    BigSum,
    Call,
    Cases,
    Compare,
    Derivative,
    Diff,
    Div,
    Dots,
    Expr,
    Hadamard,
    MatMul,
    Matrix,
    Mul,
    Name,
    Neg,
    Pow,
    Several,
    Signature,
    Transpose,
    add,
    mul,
)

_Children = tuple[Expr, ...]
_Kind = tuple[Callable[[Any], _Children], Callable[[Any, _Children], Expr]]
_KINDS: dict[type[Expr], _Kind] = {
    Add: (attrgetter("terms"), lambda node, parts: add(*parts)),
    Mul: (attrgetter("factors"), lambda node, parts: mul(*parts)),
    Neg: (lambda n: (n.operand,), lambda node, parts: Neg(*parts)),
    Div: (lambda n: (n.numerator, n.denominator), lambda node, parts: Div(*parts)),
    Pow: (lambda n: (n.base, n.exponent), lambda node, parts: Pow(*parts)),
    Call: (attrgetter("arguments"), lambda node, parts: Call(node.function, parts)),
    Derivative: (
        lambda n: (n.argument,),
        lambda node, parts: Derivative(node.function, parts[0], node.index),
    ),
    Compare: (lambda n: (n.left, n.right), lambda node, parts: Compare(node.operator, *parts)),
    Cases: (
        lambda n: (
            *(part for c, piece in n.pieces for part in (c.left, c.right, piece)),
            n.otherwise,
        ),
        lambda node, parts: _cases(node, parts),
    ),
    BigSum: (lambda n: (n.body,), lambda node, parts: BigSum(node.index, node.count, *parts)),
    Diff: (lambda n: (n.body,), lambda node, parts: Diff(parts[0], node.wrt)),
    MatMul: (attrgetter("factors"), lambda node, parts: MatMul(parts, node.by_step)),
    Hadamard: (attrgetter("factors"), lambda node, parts: Hadamard(parts)),
    Several: (attrgetter("parts"), lambda node, parts: Several(parts)),
    Transpose: (lambda n: (n.operand,), lambda node, parts: Transpose(*parts)),
    Matrix: (
        lambda n: tuple(chain.from_iterable(n.rows)),
        lambda node, parts: _matrix(node, parts),
    ),
    Between: (lambda n: (n.low, n.middle, n.high), lambda node, parts: Between(*parts)),
    Signature: (lambda n: (n.name, n.domain, n.codomain), lambda node, parts: Signature(*parts)),
}
"""Of each kind of node what may be changed below it, and the node with that changed.

The condition of a case stays a comparison: its two sides are what may be changed.
"""
_BELOW = {kind: parts for kind, (parts, _) in _KINDS.items()} | {
    Cases: lambda node: (*chain.from_iterable(node.pieces), node.otherwise)
}
"""Of each kind of node what stands directly below it."""


def _cases(node: Cases, parts: _Children) -> Cases:
    threes = zip(node.pieces, parts[::3], parts[1::3], parts[2::3], strict=False)
    pieces = tuple((Compare(c.operator, *sides), piece) for (c, _), *sides, piece in threes)
    return Cases(pieces, parts[-1])


def _matrix(node: Matrix, parts: _Children) -> Matrix:
    left = iter(parts)
    return structs.replace(node, rows=tuple(tuple(islice(left, len(row))) for row in node.rows))


def children(node: Expr) -> tuple[Expr, ...]:
    """Return the nodes directly below this one."""
    below = _BELOW.get(type(node))
    return below(node) if below is not None else ()


def rebuild(node: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """Return the node with ``change`` applied to each node directly below it.

    A sum within a sum, or a product within a product, is joined with it.
    """
    kind = _KINDS.get(type(node))
    if kind is None:
        return node
    parts, made = kind
    before = parts(node)
    after = tuple(map(change, before))
    if all(map(is_, before, after)) and type(node) not in map(type, after):
        return node
    return made(node, after)


def substitute(node: Expr, leaf: Callable[[Expr], Expr | None]) -> Expr:
    """Return the tree with each node replaced for which ``leaf`` gives another."""

    def within(node: Expr) -> Expr:
        found = leaf(node)
        return found if found is not None else rebuild(node, within)

    return within(node)


def bind(node: Expr, names: dict[str, Expr]) -> Expr:
    """Return the formula with its plain names replaced: ``bind(a*(1 - a), {"a": …})``."""
    return substitute(
        node, lambda n: names.get(n.id) if isinstance(n, Name) and not n.index else None
    )


def walk(node: Expr) -> Iterator[Expr]:
    """Yield the node and all below it, outermost first, left to right."""
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        below = _BELOW.get(type(current))
        if below is not None:  # most nodes are leaves
            stack += below(current)[::-1]


def size(tree: Expr) -> int:
    """Return how many nodes a tree has."""
    return sum(1 for _ in walk(tree))


def holds(tree: Expr, kinds: type | UnionType) -> bool:
    """Return whether a tree has a node of such a kind."""
    return any(isinstance(node, kinds) for node in walk(tree))


def expand(
    node: Expr, indices: dict[str, int], widest: int = 10**9, nested: int | None = None
) -> Expr:
    """Return the tree for given index values, each Σ written out term by term.

    A sum of more than ``widest`` terms keeps its first ones and its last, with Dots between; sums
    of sums, as over a window, are one sum, whole up to ``nested``, else ``NESTED`` times as many.
    """
    most_nested = NESTED * widest if nested is None else nested

    def settle(index: tuple[Index, ...]) -> tuple[Index, ...]:
        return tuple(at(i, indices) for i in index)

    def change(child: Expr) -> Expr:
        match child:
            case Name(name, index):
                return Name(name, settle(index))
            case BigSum(_, int(), _):
                counts, body = _nested(child)
                total = math.prod(counts.values())
                whole = len(counts) > 1 and total <= most_nested
                shown = shown_positions(total, total if whole else widest)
                terms: list[Expr] = []
                for before, position in zip((0, *shown), shown, strict=False):
                    if position != before + 1:
                        terms.append(Dots(position - before - 1))
                    (places,) = entries(tuple(counts.values()), (position,))
                    at_place = dict(zip(counts, places, strict=True))
                    terms.append(expand(body, {**indices, **at_place}, widest, nested))
                return add(*terms)
            case _:
                return rebuild(child, change)

    return change(node)


NESTED = 4


def _nested(node: Expr) -> tuple[dict[str, int], Expr]:
    """Return how far each letter of sums of sums goes, outermost first, and what is added."""
    counts: dict[str, int] = {}
    while isinstance(node, BigSum) and isinstance(node.count, int) and node.index not in counts:
        counts[node.index], node = node.count, node.body
    return counts, node


def shown_positions(count: int, widest: int) -> tuple[int, ...]:
    """Return which of 1 … count are shown when at most ``widest`` are: the first ones, the last."""
    if count <= widest:
        return tuple(range(1, count + 1))
    return (*range(1, widest), count)
