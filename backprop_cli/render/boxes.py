"""Boxes: mathematics of several lines for a terminal, matrices with their brackets."""

from __future__ import annotations

from msgspec import Struct

from ..expression.tree import (
    Add,
    Call,
    Expr,
    Hadamard,
    MatMul,
    Matrix,
    Mul,
    Neg,
    Pow,
    Transpose,
)
from ..expression.walking import holds
from ..printing.drawn import POWER, Drawn
from ..printing.drawn_numbers import MatrixRows, column_blocks
from ..printing.mathematics import MathPrinter
from ..printing.numbers import ShownNumber, align
from ..printing.wrapping import columns

_DRAWN = ("exp", "sqrt", "abs", "xlogy", "xdivy")
"""Functions with a form of their own on one line."""
BRACKETS = (("⎡", "⎤"), ("⎢", "⎥"), ("⎣", "⎦"))
PARENTHESES = (("⎛", "⎞"), ("⎜", "⎟"), ("⎝", "⎠"))


class Box(Struct, frozen=True):
    """Lines of one width, and which of them stands on the line of the text around it."""

    lines: tuple[str, ...]
    base: int = 0

    @property
    def width(self) -> int:
        """How wide every line is."""
        return columns(self.lines[0])


def is_tall(node: Expr) -> bool:
    """Return whether the node holds a matrix, so that it needs several lines."""
    return holds(node, Matrix)


def box_of(node: Expr, printer: MathPrinter, *, ascii_only: bool = False) -> Box:
    """Return the node's box; what holds no matrix is one line."""
    match node:
        case Matrix(rows):
            return _matrix(rows, printer, ascii_only=ascii_only)
        case MatMul(factors) | Hadamard(factors) if is_tall(node):
            entrywise = isinstance(node, Hadamard)
            sign = printer.entrywise([Drawn(""), Drawn("")]).text if entrywise else " "
            alone = isinstance(node, MatMul)
            boxes = [_factor(f, printer, ascii_only=ascii_only, alone=alone) for f in factors]
            return _joined(boxes, sign)
        case Add(terms) if is_tall(node):
            parts: list[Box] = []
            for term in terms:
                negated = isinstance(term, Neg)
                inner = term.operand if isinstance(term, Neg) else term
                if parts or negated:
                    lead = printer.plus(negated) if parts else printer.minus()
                    parts.append(Box((lead.text,)))
                parts.append(box_of(inner, printer, ascii_only=ascii_only))
            return beside(parts)
        case Mul(factors) if is_tall(node):
            return _product(node, printer, ascii_only=ascii_only)
        case Neg(operand) if is_tall(node):
            inner_box = box_of(operand, printer, ascii_only=ascii_only)
            if isinstance(operand, Add):
                inner_box = _wrapped(inner_box, ascii_only=ascii_only)
            return beside([Box((printer.minus().text,)), inner_box])
        case Call(function, arguments) if is_tall(node) and function not in _DRAWN:
            parts = [box_of(argument, printer, ascii_only=ascii_only) for argument in arguments]
            inner_box = _wrapped(_joined(parts, ", "), ascii_only=ascii_only)
            return beside([Box((printer.function_name(function).text,)), inner_box])
        case Transpose(operand) if is_tall(node):
            inner_box = box_of(operand, printer, ascii_only=ascii_only)
            if not isinstance(operand, Matrix):
                inner_box = _wrapped(inner_box, ascii_only=ascii_only)
            return _raised(inner_box, "^T" if ascii_only else "ᵀ")
        case Pow(base, exponent) if is_tall(base) and not is_tall(exponent):
            inner_box = box_of(base, printer, ascii_only=ascii_only)
            if not isinstance(base, Matrix):
                inner_box = _wrapped(inner_box, ascii_only=ascii_only)
            return _raised(inner_box, printer.raised(Drawn(""), printer.visit(exponent)).text)
    return Box((printer.draw(node),))


def pieces_of(node: Expr, printer: MathPrinter, room: float, *, ascii_only: bool) -> list[Box]:
    """Return a node's box in pieces, for a line too narrow for it: before a sum's signs, after ⊙.

    Parentheses stand around the first and the last piece of what they hold. A matrix that is wider
    than the room is in blocks of its columns.
    """

    def inside(part: Expr, *, loose: bool) -> list[Box]:
        if not loose:
            return pieces_of(part, printer, room, ascii_only=ascii_only)
        first, *rest = pieces_of(part, printer, room, ascii_only=ascii_only)
        if not rest:
            return [_wrapped(first, ascii_only=ascii_only)]
        # One is as tall as the other, whatever stands beside it.
        whole = box_of(part, printer, ascii_only=ascii_only)
        first = _wrapped(_as_tall(first, whole), ascii_only=ascii_only, right=False)
        rest[-1] = _wrapped(_as_tall(rest[-1], whole), ascii_only=ascii_only, left=False)
        return [first, *rest]

    match node:
        case Matrix(rows):
            return _blocks(rows, printer, room, ascii_only=ascii_only)
        case Transpose(Matrix(rows)):
            blocks = _blocks(rows, printer, room - 2, ascii_only=ascii_only)
            return [*blocks[:-1], _raised(blocks[-1], "^T" if ascii_only else "ᵀ")]
        case MatMul(factors) | Hadamard(factors) if is_tall(node):
            entrywise = isinstance(node, Hadamard)
            sign = printer.entrywise([Drawn(""), Drawn("")]).text.rstrip() if entrywise else ""
            found: list[Box] = []
            for factor in factors:
                if found:
                    found[-1] = beside([found[-1], Box((f"{sign} ",))])
                loose = isinstance(factor, Add | Neg)
                loose = loose or (not entrywise and isinstance(factor, Hadamard | Mul))
                if is_tall(factor):
                    found += inside(factor, loose=loose)
                else:
                    found.append(_factor(factor, printer, ascii_only=ascii_only))
            return found
        case Add(terms) if is_tall(node):
            found = []
            for term in terms:
                negated = isinstance(term, Neg)
                inner = term.operand if isinstance(term, Neg) else term
                first, *rest = inside(inner, loose=False)
                if found or negated:
                    lead = printer.plus(negated) if found else printer.minus()
                    first = beside([Box((lead.text,)), first])
                found += [first, *rest]
            return found
        case Mul(factors) if is_tall(node):
            found = []
            before: list[Box] = []
            for part in printer.factors(factors):
                if not is_tall(part.node):
                    before.append(Box((part.whole.text,)))
                    continue
                if part.lead is not None:
                    before.append(Box((part.lead.text,)))
                loose = isinstance(part.node, Add | Neg)
                first, *rest = inside(part.node, loose=loose)
                found += [beside([*before, first]), *rest]
                before = []
            if before:
                found[-1] = beside([found[-1], *before])
            return found
        case Call(function, (argument,)) if is_tall(node) and function not in _DRAWN:
            first, *rest = inside(argument, loose=True)
            return [beside([Box((printer.function_name(function).text,)), first]), *rest]
        case Neg(operand) if is_tall(node):
            first, *rest = inside(operand, loose=isinstance(operand, Add))
            return [beside([Box((printer.minus().text,)), first]), *rest]
    return [box_of(node, printer, ascii_only=ascii_only)]


def _raised(box: Box, mark: str) -> Box:
    """Return the box with a mark behind its first line."""
    blank = " " * len(mark)
    lines = (line + (mark if i == 0 else blank) for i, line in enumerate(box.lines))
    return Box(tuple(lines), box.base)


def _factor(node: Expr, printer: MathPrinter, *, ascii_only: bool, alone: bool = False) -> Box:
    """Return a factor's box, in parentheses where it needs them; ``alone`` in a matrix product."""
    if not is_tall(node):
        return Box((printer.drawn(node, POWER).text,))
    box = box_of(node, printer, ascii_only=ascii_only)
    loose = isinstance(node, Add | Neg) or (alone and isinstance(node, Hadamard | Mul))
    return _wrapped(box, ascii_only=ascii_only) if loose else box


def _product(node: Mul, printer: MathPrinter, *, ascii_only: bool) -> Box:
    """Return the factors with the signs between them that they have on one line."""
    boxes: list[Box] = []
    for part in printer.factors(node.factors):
        if not is_tall(part.node):
            boxes.append(Box((part.whole.text,)))
            continue
        if part.lead is not None:
            boxes.append(Box((part.lead.text,)))
        boxes.append(_factor(part.node, printer, ascii_only=ascii_only))
    return beside(boxes)


def _wrapped(box: Box, *, ascii_only: bool, left: bool = True, right: bool = True) -> Box:
    """Return the box in parentheses as tall as it is, or with one of the two."""
    lines = []
    plain = ascii_only or len(box.lines) == 1
    for number, line in enumerate(box.lines):
        opens, closes = ("(", ")") if plain else PARENTHESES[_stretch(number, len(box.lines))]
        lines.append(f"{opens if left else ''}{line}{closes if right else ''}")
    return Box(tuple(lines), box.base)


def _as_tall(box: Box, other: Box) -> Box:
    """Return the box with empty lines above and below, where the other has lines there."""
    above = max(0, other.base - box.base)
    below = max(0, len(other.lines) - other.base - (len(box.lines) - box.base))
    blank = " " * box.width
    return Box((*(blank,) * above, *box.lines, *(blank,) * below), above + box.base)


def _stretch(number: int, count: int) -> int:
    """Return which piece of a tall bracket stands in a line: the top, the middle, the end."""
    return 0 if number == 0 else 2 if number == count - 1 else 1


def beside(boxes: list[Box]) -> Box:
    """Return the boxes side by side, on one base line."""
    above = max(box.base for box in boxes)
    below = max(len(box.lines) - box.base for box in boxes)
    lines = [""] * (above + below)
    for box in boxes:
        top = above - box.base
        for row in range(len(lines)):
            inside = 0 <= row - top < len(box.lines)
            lines[row] += box.lines[row - top] if inside else " " * box.width
    return Box(tuple(lines), above)


def _joined(boxes: list[Box], sign: str) -> Box:
    parts = [boxes[0]]
    for box in boxes[1:]:
        parts += [Box((sign,)), box]
    return beside(parts)


def _matrix(rows: MatrixRows, printer: MathPrinter, *, ascii_only: bool) -> Box:
    return _bracketed(_columns(rows, printer), ascii_only=ascii_only)


def _blocks(rows: MatrixRows, printer: MathPrinter, room: float, *, ascii_only: bool) -> list[Box]:
    """Return the matrix in blocks of columns, dots where a row goes on, and where it comes from."""
    drawn = _columns(rows, printer)
    dots = [printer.dots().text] * len(rows)
    found = [_bracketed(drawn, ascii_only=ascii_only)]
    for blocks in column_blocks(len(drawn)):
        if all(box.width <= room for box in found):
            break
        found = []
        for block in blocks:
            left, right = block.start == 0, block.stop == len(drawn)
            inner = [*[dots][left:], *(drawn[n] for n in block), *[dots][right:]]
            found.append(_bracketed(inner, ascii_only=ascii_only, left=left, right=right))
    return found


def _columns(rows: MatrixRows, printer: MathPrinter) -> list[list[str]]:
    found = zip(zip(*rows, strict=True), printer.figures(rows), strict=True)
    return [_column(entries, figures, printer) for entries, figures in found]


def _bracketed(
    drawn: list[list[str]], *, ascii_only: bool, left: bool = True, right: bool = True
) -> Box:
    """Return columns in brackets as tall as they are, or with one of the two."""
    inside = ["  ".join(row) for row in zip(*drawn, strict=True)]
    lines = []
    for number, line in enumerate(inside):
        if len(inside) == 1:
            opens, closes = "[", "]"
        else:
            pair = ("[", "]") if ascii_only else BRACKETS[_stretch(number, len(inside))]
            opens, closes = f"{pair[0]} ", f" {pair[1]}"
        lines.append(f"{opens if left else ''}{line}{closes if right else ''}")
    return Box(tuple(lines), (len(lines) - 1) // 2)


def _column(
    entries: tuple[Expr, ...], figures: list[ShownNumber | None] | None, printer: MathPrinter
) -> list[str]:
    """Return a column's entries at one width, numbers on their decimal points."""
    if figures is None:
        texts = [printer.draw(entry) for entry in entries]
    else:
        aligned = iter(align([figure for figure in figures if figure is not None]))
        texts = [printer.dots().text if figure is None else next(aligned) for figure in figures]
        texts = [text.replace("−", printer.minus().text) for text in texts]
        texts = [text.replace(".", printer.settings.point) for text in texts]
    width = max(map(columns, texts))
    return [text + " " * (width - columns(text)) for text in texts]
