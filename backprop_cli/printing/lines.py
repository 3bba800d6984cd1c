"""A line of numbers: a substituted form, redone with other numbers in their places."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from msgspec import Struct

from ..arithmetic.floating import Float64
from ..expression.evaluate import evaluate
from ..expression.tree import (
    Add,
    Call,
    Cases,
    Compare,
    Constant,
    Div,
    Expr,
    Hadamard,
    Known,
    MatMul,
    Matrix,
    Mul,
    Neg,
    Number,
    Pow,
    Transpose,
    numeric,
)
from ..expression.walking import walk
from ..mathematics.activations import spelled_out
from ..mathematics.elementary import ELEMENTARY

Figures = Mapping[Any, Any]
"""What each number is as it is printed; one that is missing is itself."""
MOST_APART = 12
"""In a line of more different numbers than these all are rounded alike."""
_INSIDE = (Add, Mul, Neg, Div, Pow, Call, Cases, Compare, Constant)
_MATRIX = (Matrix, MatMul, Hadamard, Transpose)


class NumberLine(Struct, frozen=True):
    """A form of numbers alone: groups of them that are rounded alike, and what they give.

    ``value`` takes the numbers that are to be others, as they are printed. A matrix's column, which
    shares its decimals, is the tuple of its numbers.
    """

    groups: tuple[frozenset[Any], ...]
    value: Callable[[Figures], Any]
    tall: bool = False


def line_of(form: Expr) -> NumberLine | None:
    """Return the form as a line, if it is put together of numbers alone."""
    values: dict[Any, None] = {}
    tall = calls = False
    for node in walk(form):
        if isinstance(node, Number | Known):
            values[node.value] = None
        elif isinstance(node, _MATRIX):
            tall = True
            if isinstance(node, Matrix):
                columns = map(_numbers, zip(*node.rows, strict=True))
                values |= dict.fromkeys(column for column in columns if None not in column)
        elif not isinstance(node, _INSIDE):
            return None
        calls = calls or isinstance(node, Call)
    if not values:
        return None
    computed = spelled_out(form) if calls else form
    if (calls or tall) and not all(map(_is_computed, walk(computed))):
        return None
    apart = not tall and len(values) <= MOST_APART
    groups = tuple(frozenset({v}) for v in values) if apart else (frozenset(values),)
    return NumberLine(groups, functools.partial(_value if tall else _number, computed), tall)


def _is_computed(node: Expr) -> bool:
    """Return whether the node has a value here: a known function, and of no matrices."""
    if isinstance(node, Call) and node.function not in ELEMENTARY:
        return False
    return not (isinstance(node, Call | Cases | Compare) and _is_tall(node))


def _is_tall(node: Expr) -> bool:
    return any(isinstance(inner, _MATRIX) for inner in walk(node))


def _numbers(column: tuple[Expr, ...]) -> tuple[Any, ...]:
    return tuple(map(numeric, column))


class _Printed(Float64):
    """float64 in which some numbers are as they are printed."""

    def __init__(self, figures: Figures) -> None:
        self.figures = figures

    def number(self, value: Any) -> float:
        """Return the number as printed, or as it is where that is not given."""
        found = self.figures.get(value)
        return float(value) if found is None else found


def _number(node: Expr, figures: Figures) -> Any:
    """Return the value of a form without matrices; nan where it has none."""
    try:
        return evaluate(node, {}, _Printed(figures))
    except (ZeroDivisionError, OverflowError):
        return math.nan


def _value(node: Expr, figures: Figures) -> Any:
    """Return the form's value, of a matrix its entries' in an array."""
    if not _is_tall(node):
        return np.asarray(_number(node, figures))
    match node:
        case Matrix(rows):
            return np.array([_column(c, figures) for c in zip(*rows, strict=True)]).T
        case Transpose(operand):
            return _value(operand, figures).T
        case MatMul(factors):
            return _folded(_times, factors, figures)
        case Hadamard(factors) | Mul(factors):
            return _folded(np.multiply, factors, figures)
        case Add(terms):
            return _folded(np.add, terms, figures)
        case Neg(operand):
            return -_value(operand, figures)
        case Div(top, bottom):
            return _value(top, figures) / _value(bottom, figures)
        case Pow(base, exponent):
            return _value(base, figures) ** _value(exponent, figures)
    raise TypeError(f"{type(node).__name__} of matrices has no value here")


def _column(entries: tuple[Expr, ...], figures: Figures) -> Any:
    printed = figures.get(_numbers(entries))
    return printed if printed is not None else [_value(entry, figures) for entry in entries]


def _times(left: Any, right: Any) -> Any:
    """Return the product of two matrices; a matrix of one row or column may be one number."""
    return left * right if not left.ndim or not right.ndim else left @ right


def _folded(combine: Any, parts: tuple[Expr, ...], figures: Figures) -> Any:
    first, *rest = (_value(part, figures) for part in parts)
    for part in rest:
        first = combine(first, part)
    return first
