"""Formula tables' common part: a function given by formulas for its value and its derivative."""

from __future__ import annotations

import functools
from collections.abc import Callable

from msgspec import Struct

from ..expression.parse import parse
from ..expression.tokens import Grammar, Limits
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


class Written(Struct, frozen=True):
    """A formula as a table has it: a text, or cases of ``left`` and the text that holds otherwise.

    Most are never asked for, so that none is read before it is.
    """

    text: str
    functions: tuple[str, ...] = ()
    left: str = ""
    cases: tuple[tuple[str, str, str], ...] = ()


def by_cases(
    left: str, pieces: tuple[Piece, ...], value: str, derivative: str
) -> tuple[Written, Written]:
    """Return the value and the derivative by cases; the last two hold otherwise."""
    values = tuple((p.operator, p.bound, p.value) for p in pieces)
    slopes = tuple((p.operator, p.bound, p.derivative) for p in pieces)
    return Written(value, (), left, values), Written(derivative, (), left, slopes)


def tree_of(form: Expr | Written) -> Expr:
    """Return the tree of a formula, read where it is written."""
    return _read(form) if isinstance(form, Written) else form


@functools.cache
def _read(form: Written) -> Expr:
    otherwise = formula(form.text, form.functions)
    if not form.cases:
        return otherwise
    cases = tuple(
        (Compare(operator, formula(form.left), formula(bound)), formula(text))
        for operator, bound, text in form.cases
    )
    return Cases(cases, otherwise)


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
