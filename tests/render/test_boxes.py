"""Formulas of several lines on a terminal: as on one line, in parentheses of one height."""

from __future__ import annotations

import pytest

from backprop_cli.expression.tree import (
    Add,
    Call,
    Expr,
    Hadamard,
    MatMul,
    Matrix,
    Mul,
    Name,
    Neg,
    Number,
)
from backprop_cli.mathematics.activations import ACTIVATIONS
from backprop_cli.mathematics.elementary import ELEMENTARY
from backprop_cli.render.boxes import box_of
from backprop_cli.render.terminal_equations import equation_lines
from backprop_cli.worked.document import Chain

from .kinds import printer

ON_ONE_LINE = ("exp", "sqrt", "abs", "xlogy", "xdivy")
"""Functions that have a form without parentheses."""
COLUMN = Matrix(tuple((Number(n + 0.25),) for n in range(3)))
ROW = Matrix((tuple(Number(n + 0.5) for n in range(3)),))
LONG_ROW = Matrix((tuple(Number(n + 0.125) for n in range(6)),))
LOOSE: dict[str, Expr] = {
    "a sum that ends in a row": Add((Call("diag", (COLUMN,)), Neg(MatMul((COLUMN, ROW))))),
    "a sum that begins with one": Add((MatMul((LONG_ROW, Name("A"))), COLUMN)),
    "entry by entry": Hadamard((ROW, COLUMN)),
    "a number times a column": Mul((Name("c"), COLUMN)),
    "a row turned over": Neg(LONG_ROW),
}


@pytest.mark.parametrize("name", sorted({*ACTIVATIONS, *ELEMENTARY} - {*ON_ONE_LINE}))
def test_a_function_of_a_matrix_is_called_as_that_of_a_number(name: str) -> None:
    drawing = printer("text")
    head = drawing.draw(Call(name, (Name("u"),))).partition("(")[0]
    box = box_of(Call(name, (COLUMN,)), drawing)
    assert box.lines[box.base].partition("⎜")[0] == head


@pytest.mark.parametrize("place", LOOSE)
@pytest.mark.parametrize("width", range(24, 90, 6))
def test_parentheses_are_as_tall_on_both_sides(place: str, width: int) -> None:
    drawing = printer("text")
    chain = Chain((Name("d"), MatMul((LOOSE[place], COLUMN))))
    lines = equation_lines((chain,), drawing, width, str, ascii_only=False)
    shown = "".join(text for line in lines for text, _ in line)
    for left, right in ("()", "⎛⎞", "⎜⎟", "⎝⎠"):
        assert shown.count(left) == shown.count(right), shown
