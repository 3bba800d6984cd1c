"""Where an input is felt: the outputs in a share's formula, and the local derivative at one."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..expression.indices import Index, at, distance, letters_of, plus, scaled
from ..expression.tree import (
    ONE,
    ZERO,
    Add,
    BigSum,
    Cases,
    Div,
    Expr,
    Letter,
    Mul,
    Name,
    Neg,
    add,
    mul,
)
from ..expression.walking import children, substitute
from ..functions.rules import NoForm

Outputs = tuple[tuple[tuple[str, int], ...], tuple[Index, ...]]
"""Outputs that an input is felt at: the sums over them (letter, count), and their index."""


def outputs_in(tree: Expr, bound: tuple[tuple[str, int], ...] = ()) -> Iterator[Outputs]:
    """Yield where the gradient of the output stands: under which sums, at which index."""
    if isinstance(tree, Name) and tree.id == "g":
        at = {letter for index in tree.index for letter in letters_of(index)}
        yield tuple(each for each in bound if each[0] in at), tree.index
    if isinstance(tree, BigSum) and isinstance(tree.count, int):
        bound = (*bound, (tree.index, tree.count))
    for child in children(tree):
        yield from outputs_in(child, bound)


def _is_at(body: Expr, letter: str) -> bool:
    """Return whether the letter says at which output the gradient stands."""
    places = (index for _, place in outputs_in(body) for index in place)
    return not any(outputs_in(body)) or any(letter in letters_of(index) for index in places)


def local_share(written: Expr, out_index: tuple[Index, ...]) -> Expr | None:
    """Return a share's formula for a gradient of 1 at one output and 0 at all others.

    That is the local derivative there; None where it is 0. Raises NoForm where index letters leave
    open whether this is that output.
    """
    match written:
        case Name("g", index):
            if index != out_index and not _apart(index, out_index):
                raise NoForm("the derivative is another where the letters agree")
            return ONE if index == out_index else None
        case BigSum(letter, count, body) if not _is_at(body, letter):
            inner = local_share(body, out_index)
            return None if inner is None else BigSum(letter, count, inner)
        case BigSum(letter, count, body) if any(outputs_in(body)):
            value = _at_output(letter, body, out_index)
            if value is None or (isinstance(value, int) and not 1 <= value <= int(count)):
                return None
            return local_share(substitute(body, _settling(letter, value)), out_index)
        case Mul(factors):
            found = [local_share(factor, out_index) for factor in factors]
            rest = [f for f in found if f is not None and f != ONE]
            if None in found:
                return None
            return mul(*rest) if rest else ONE
        case Add(terms):
            kept = [f for f in (local_share(t, out_index) for t in terms) if f is not None]
            return add(*kept) if kept else None
        case Cases(pieces, otherwise):
            found = [local_share(piece, out_index) for _, piece in pieces]
            if all(f is None for f in found) and local_share(otherwise, out_index) in (None, ZERO):
                return None
            cases = tuple((c, f or ZERO) for (c, _), f in zip(pieces, found, strict=True))
            return Cases(cases, local_share(otherwise, out_index) or ZERO)
        case Neg(operand):
            inner = local_share(operand, out_index)
            return None if inner is None else Neg(inner)
        case Div(top, bottom):
            inner = local_share(top, out_index)
            return None if inner is None else Div(inner, bottom)
        case _:
            return written


def _at_output(letter: str, body: Expr, out_index: tuple[Index, ...]) -> Index | None:
    """Return what the letter is where the gradient in the body stands at this output.

    None where it never does. Raises NoForm where letters leave open whether it does.
    """
    for _, index in outputs_in(body):
        for own, wanted in zip(index, out_index, strict=True):
            if letter not in letters_of(own):
                continue
            rest = at(own, {letter: 0})
            step = distance(at(own, {letter: 1}), rest) or 0
            away = plus(wanted, scaled(rest, -1))
            if abs(step) == 1:
                return scaled(away, step)
            if not isinstance(away, int):
                raise NoForm("the derivative is 0 at some outputs, which letters do not tell")
            return None if away % step else away // step
    return None


def _apart(left: tuple[Index, ...], right: tuple[Index, ...]) -> bool:
    """Return whether two places differ whatever their letters stand for."""
    return any(distance(i, j) not in (0, None) for i, j in zip(left, right, strict=True))


def _settling(letter: str, value: Index) -> Callable[[Expr], Expr | None]:
    """Return the substitution of a summation letter by a place."""

    def change(node: Expr) -> Expr | None:
        if isinstance(node, Letter):
            return Letter(at(node.index, {letter: value}))
        if not isinstance(node, Name) or not node.index:
            return None
        return Name(node.id, tuple(at(i, {letter: value}) for i in node.index))

    return change
