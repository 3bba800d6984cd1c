"""A matrix wider than its line is set in blocks of columns, wherever it stands, in every format."""

from __future__ import annotations

import re

import pytest

from backprop_cli.expression.refs import Ref
from backprop_cli.expression.tree import (
    Add,
    Expr,
    Hadamard,
    MatMul,
    Matrix,
    Mul,
    Number,
    Quantity,
    Transpose,
)
from backprop_cli.printing.latex.width import DISPLAY
from backprop_cli.printing.styled import cell_len
from backprop_cli.printing.styled import plain as plain_text
from backprop_cli.render.latex.equations import Cut, broken
from backprop_cli.render.terminal_equations import equation_lines
from backprop_cli.worked.document import Chain

from .kinds import printer

ROOM = 16.0
WIDE = Matrix(tuple(tuple(Number(10 * i + j + 0.25) for j in range(9)) for i in range(1, 4)))
OTHER = Matrix(tuple(tuple(Number(100 + 10 * i + j + 0.5) for j in range(9)) for i in range(1, 4)))
ROW = Matrix(OTHER.rows[:1])
NUMBER = Number(1000.125)
PLACES: dict[str, Expr] = {
    "alone": WIDE,
    "a row": ROW,
    "transposed": Transpose(WIDE),
    "in a product": MatMul((WIDE, Transpose(OTHER))),
    "in a sum": Add((WIDE, OTHER)),
    "entry by entry": Hadamard((WIDE, OTHER)),
    "times a number": Mul((NUMBER, WIDE)),
    "a product times a number": Mul((NUMBER, MatMul((WIDE, Transpose(OTHER))))),
}
"""A wide matrix, by where it stands."""


NUMBERS = re.compile(r"\d+\.\d+")


@pytest.mark.parametrize("name", ["latex", "markdown", "typst"])
@pytest.mark.parametrize("place", PLACES)
def test_formats_that_set_type_cut_it_between_columns(place: str, name: str) -> None:
    """No line is wider than the room; every number is there once; each bracket has its other."""
    drawing = printer(name)
    whole = drawing.visit(PLACES[place])
    lines = broken(PLACES[place], drawing, ROOM, Cut.BLOCKS)
    assert whole.width[DISPLAY] > ROOM
    assert len(lines) > 1
    assert all(line.width[DISPLAY] <= ROOM for line in lines), [line.text for line in lines]
    text = " ".join(line.text for line in lines)
    assert sorted(NUMBERS.findall(text)) == sorted(NUMBERS.findall(whole.text))
    opened, closed = ('("[",', '"]")') if name == "typst" else (r"\left[", r"\right]")
    assert text.count(opened) == text.count(closed) > 0


@pytest.mark.parametrize("ascii_only", [False, True])
@pytest.mark.parametrize("place", PLACES)
def test_a_terminal_cuts_it_between_columns(place: str, ascii_only: bool) -> None:
    drawing = printer("text")
    chain = Chain((Quantity(Ref("W", 1)), PLACES[place]), "W1")
    shown = {}
    for width in (40, 400):
        lines = equation_lines((chain,), drawing, width, str, ascii_only=ascii_only)
        shown[width] = [plain_text(line).rstrip() for line in lines]
    assert all(cell_len(line) <= 40 for line in shown[40]), shown[40]
    first, second = (sorted(NUMBERS.findall("\n".join(lines))) for lines in shown.values())
    assert first == second
    assert drawing.dots().text not in "".join(shown[400])


def test_one_that_fits_is_whole() -> None:
    for name in ("latex", "markdown", "typst"):
        drawing = printer(name)
        assert broken(WIDE, drawing, 60.0, Cut.BLOCKS) == [drawing.visit(WIDE)]
