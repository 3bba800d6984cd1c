"""Walks over a tree: what is below a node, a tree changed leaf by leaf, sums written out."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from msgspec import structs

from .axes import entries
from .indices import Index, at
from .tree import (
    ZERO,
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


def children(node: Expr) -> tuple[Expr, ...]:
    """Return the nodes directly below this one."""
    match node:
        case Add(terms):
            return terms
        case Mul(factors):
            return factors
        case Neg(operand):
            return (operand,)
        case Div(numerator, denominator):
            return (numerator, denominator)
        case Pow(base, exponent):
            return (base, exponent)
        case Call(_, arguments):
            return arguments
        case Derivative(_, argument, _):
            return (argument,)
        case Compare(_, left, right):
            return (left, right)
        case Cases(pieces, otherwise):
            return (*(part for piece in pieces for part in piece), otherwise)
        case BigSum(_, _, body) | Diff(body, _):
            return (body,)
        case MatMul(parts) | Hadamard(parts) | Several(parts):
            return parts
        case Transpose(operand):
            return (operand,)
        case Matrix(rows):
            return tuple(entry for row in rows for entry in row)
        case Between(low, middle, high):
            return (low, middle, high)
        case Signature(name, domain, codomain):
            return (name, domain, codomain)
        case _:
            return ()


def rebuild(node: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """Return the node with ``change`` applied to each node directly below it."""
    match node:
        case Add(terms):
            return add(*map(change, terms))
        case Mul(factors):
            return mul(*map(change, factors))
        case Neg(operand):
            return Neg(change(operand))
        case Div(numerator, denominator):
            return Div(change(numerator), change(denominator))
        case Pow(base, exponent):
            return Pow(change(base), change(exponent))
        case Call(function, arguments):
            return Call(function, tuple(map(change, arguments)))
        case Derivative(function, argument, index):
            return Derivative(function, change(argument), index)
        case Compare(operator, left, right):
            return Compare(operator, change(left), change(right))
        case Cases(pieces, otherwise):
            changed = tuple(
                (Compare(c.operator, change(c.left), change(c.right)), change(e)) for c, e in pieces
            )
            return Cases(changed, change(otherwise))
        case BigSum(index, count, body):
            return BigSum(index, count, change(body))
        case Diff(body, wrt):
            return Diff(change(body), wrt)
        case MatMul(factors):
            return MatMul(tuple(map(change, factors)))
        case Hadamard(factors):
            return Hadamard(tuple(map(change, factors)))
        case Several(parts):
            return Several(tuple(map(change, parts)))
        case Transpose(operand):
            return Transpose(change(operand))
        case Matrix(rows):
            return structs.replace(node, rows=tuple(tuple(map(change, row)) for row in rows))
        case Between(low, middle, high):
            return Between(change(low), change(middle), change(high))
        case Signature(name, domain, codomain):
            return Signature(change(name), change(domain), change(codomain))
        case _:
            return node


def substitute(node: Expr, leaf: Callable[[Expr], Expr | None]) -> Expr:
    """Return the tree with each node replaced for which ``leaf`` gives another."""
    found = leaf(node)
    return found if found is not None else rebuild(node, lambda child: substitute(child, leaf))


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
        stack.extend(reversed(children(current)))


def expand(
    node: Expr, indices: dict[str, int], widest: int = 10**9, nested: int | None = None
) -> Expr:
    """Return the tree for given index values, each Σ written out term by term.

    A sum of more than ``widest`` terms keeps its first ones and its last, with Dots between; sums
    of sums, as over a window, are one sum of up to ``nested``, else ``NESTED`` times as many.
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
                most = widest if len(counts) == 1 else most_nested
                shown = shown_positions(math.prod(counts.values()), most)
                terms: list[Expr] = []
                for before, position in zip((0, *shown), shown, strict=False):
                    if position != before + 1:
                        terms.append(Dots(position - before - 1))
                    (places,) = entries(tuple(counts.values()), (position,))
                    at_place = dict(zip(counts, places, strict=True))
                    terms.append(expand(body, {**indices, **at_place}, widest, nested))
                return add(*terms) if terms else ZERO
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
