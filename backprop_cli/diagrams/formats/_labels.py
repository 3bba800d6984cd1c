"""What the formats of text share: a label as a line of text, and names that a language takes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from ...printing.mathematics import MathPrinter
from ...printing.plain_math import AsciiMath, UnicodeMath
from ...printing.styled import cell_len
from ...problems import printable
from ...worked.document import Figure, Math
from ..scene import Drawable, DrawnCell, DrawnGrid, DrawnNode, Label, Scene
from . import Pen

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def text_printer(pen: Pen) -> UnicodeMath:
    """Return mathematics on a line of Unicode, or of ASCII where the place holds no more."""
    if pen.page.ascii_only:
        return AsciiMath(pen.notation, pen.settings, pen.page.in_out)
    return UnicodeMath(pen.notation, pen.settings)


def said(label: Label, printer: UnicodeMath) -> str:
    """Return the label on one line of text."""
    return "".join(
        printer.draw(part.expr)
        if isinstance(part, Math)
        else printer.number(part.value).text
        if isinstance(part, Figure)
        else printable(part.text)
        for part in label.line
    )


def described(picture: Drawable, printer: MathPrinter) -> str:
    """Return what the picture shows and what is noted under it, such as what is left out."""
    notes = picture.notes if isinstance(picture, Scene) else ()
    words = UnicodeMath(printer.profile, printer.settings)
    return " ".join([picture.description, *(said(note, words) for note in notes)])


def grid_lines(grid: DrawnGrid, printer: UnicodeMath, *, gradient: bool) -> list[str]:
    """Return a grid's values, or its gradients, row by row: [read], (chosen), the winner with a *.

    Numbers stand with their decimal points under one another; nothing where it shows none.
    """
    gap = "..." if isinstance(printer, AsciiMath) else "…"
    rows = [[_cell(cell, printer, gap, gradient=gradient) for cell in row] for row in grid.rows]
    if not any(text and text != gap for row in rows for text in row):
        return []
    columns = [_aligned(column) for column in zip(*rows, strict=True)]
    return ["  ".join(row).rstrip() for row in zip(*columns, strict=True)]


def grid_name(grid: DrawnGrid, printer: UnicodeMath, *, gradient: bool) -> str:
    """Return the name of a grid's values, or of its gradients."""
    found = (name for name in grid.names if (name.role == "gradient") == gradient)
    return next((said(name, printer) for name in found), "")


def marks_key(scene: Scene, words: Callable[[str], str]) -> list[str]:
    """Return what stands in text for the marks of cells, where there are some.

    ``words`` gives words in the reader's language.
    """
    cells = (cell for node in scene.nodes for grid in node.grids for cell in grid.cells)
    marks = {mark for cell in cells for mark in cell.marks}
    signs = {"chosen": "( ) a thick frame", "read": "[ ] filled", "winner": "* a dot"}
    found = [sign for mark, sign in signs.items() if mark in marks]
    return [words(f"Here {', '.join(found)}.")] if found else []


def _cell(cell: DrawnCell, printer: UnicodeMath, gap: str, *, gradient: bool) -> str:
    if not cell.labels:
        return gap
    wanted = (label for label in cell.labels if (label.role == "gradient") == gradient)
    text = next((said(label, printer) for label in wanted), "")
    opening, closing = " ", " "
    if "read" in cell.marks:
        opening, closing = "[", "]"
    if "chosen" in cell.marks:
        opening, closing = "(", ")"
    return opening + text + ("*" if "winner" in cell.marks else "") + closing if text else ""


def _aligned(column: Sequence[str]) -> list[str]:
    """Return a column's texts with the ends of their whole parts under one another."""
    heads = [re.match(r"[^.*\])]*", text.rstrip()) for text in column]
    lengths = [cell_len(head.group()) if head else 0 for head in heads]
    lead = [
        " " * (max(lengths) - length) + text for length, text in zip(lengths, column, strict=True)
    ]
    widest = max(map(cell_len, lead))
    return [text + " " * (widest - cell_len(text)) for text in lead]


def names_of(ids: Iterable[str]) -> dict[str, str]:
    """Return a name of ASCII letters, digits and underscores for each id, none of them a keyword.

    A name has a digit or ends in an underscore, which no keyword of DOT or Mermaid does.
    """
    found: dict[str, str] = {}
    used: set[str] = set()
    for number, own in enumerate(ids, 1):
        name = own if _PLAIN.fullmatch(own) else f"node{number}"
        while name in used or not any(c.isdigit() or c == "_" for c in name):
            name += "_"
        used.add(name)
        found[own] = name
    return found


def name_of(node: DrawnNode, printer: UnicodeMath) -> str:
    """Return a node's name: of ``c = a + b`` the c, of a bare ``×`` what it makes."""
    if node.grids:
        return node.title
    text = said(node.label, printer) if node.label is not None else ""
    bare = node.kind == "operation" and " = " not in text
    return (node.title if bare and node.title else text).partition(" = ")[0]


def lines_of(node: DrawnNode) -> list[Label]:
    """Return what a node says, from top to bottom; its name once, where a value has it before it.

    What ``a = 0.5`` says need not be said again by ``a``.
    """
    values = [*node.above, *node.below]
    if node.boxed and node.label is not None:
        return [node.label, *values]
    if node.label is None:
        return values
    if any(value.line[:1] == node.label.line for value in values):
        return values
    return [*node.above, node.label, *node.below]


def asides(scene: Scene) -> list[Label]:
    """Return what stands beside the picture and says something: shared biases, notes."""
    return [*(label for label in scene.captions if label.role != "quiet"), *scene.notes]
