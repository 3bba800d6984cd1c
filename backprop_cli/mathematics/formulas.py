"""Formula tables' common part: a function given by formulas for its value and its derivative."""

from __future__ import annotations

import functools
from collections.abc import Callable

from msgspec import Struct

from ..expression.parse import Grammar, Limits, parse
from ..expression.tree import ONE, Cases, Compare, Div, Expr, Mul, Neg, mul
from ..expression.walking import bind, rebuild
from .elementary import ELEMENTARY, Array

NumpyForm = Callable[..., Array]


class Kink(Struct, frozen=True):
    """A point where the derivative jumps: the argument there, and the value that is used."""

    at: str
    says: str


class FunctionSetting(Struct, frozen=True):
    """A setting of a function, such as the slope of leaky_relu: its default, exactly."""

    name: str
    default: str
    doc: str


class Piece(Struct, frozen=True):
    """One case of a function given by cases: where it holds, value and derivative."""

    operator: str
    bound: str
    value: str
    derivative: str


_INTERNAL = {name: (entry.arity, entry.arity) for name, entry in ELEMENTARY.items()}
_ROOMY = Limits()


@functools.cache
def formula(text: str, functions: tuple[str, ...] = ()) -> Expr:
    """Return the tree of a formula written in one of the tables."""
    known = {**_INTERNAL, **dict.fromkeys(functions, (1, 1))}
    return parse(text, Grammar(functions=known, limits=_ROOMY, open_names=True, indexing=True))


def by_cases(
    left: str, pieces: tuple[Piece, ...], value: str, derivative: str
) -> tuple[Expr, Expr]:
    """Return the value and the derivative as case trees; the last two hold otherwise."""
    conditions = [Compare(p.operator, formula(left), formula(p.bound)) for p in pieces]
    values = tuple((c, formula(p.value)) for c, p in zip(conditions, pieces, strict=True))
    slopes = tuple((c, formula(p.derivative)) for c, p in zip(conditions, pieces, strict=True))
    return Cases(values, formula(value)), Cases(slopes, formula(derivative))


def settle(tree: Expr, settings: dict[str, Expr]) -> Expr:
    """Return the formula with its settings' numbers put in."""
    return without_ones(bind(tree, settings)) if settings else tree


def without_ones(tree: Expr) -> Expr:
    """Return the formula without factors 1, such as a setting at its default leaves behind."""

    def tidy(node: Expr) -> Expr:
        node = rebuild(node, tidy)
        if isinstance(node, Div) and node.denominator == ONE:
            return node.numerator
        if not isinstance(node, Mul):
            return node
        rest = [factor for factor in node.factors if factor not in (ONE, Neg(ONE))]
        negative = sum(factor == Neg(ONE) for factor in node.factors) % 2 == 1
        product = mul(*rest) if rest else ONE
        return Neg(product) if negative else product

    return tidy(tree)
