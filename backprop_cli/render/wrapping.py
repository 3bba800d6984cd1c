"""Breaking a line of mathematics where a person would: before a sign, never inside a number."""

from __future__ import annotations


def wrap(text: str, width: int) -> list[str]:
    """Return the text in lines of at most ``width`` characters, broken at its outermost signs.

    A piece without a place to break stays whole, however long it is.
    """
    if len(text) <= width:
        return [text]
    for depth in (0, 1, 2, 3):
        pieces = _pieces(text, depth)
        lines = _filled(pieces, width)
        if all(len(line) <= width for line in lines):
            return lines
    return lines


def _pieces(text: str, deepest: int) -> list[str]:
    """Return the text cut before each `` + ``, `` − `` and `` = `` not nested deeper."""
    pieces, start, depth = [], 0, 0
    for position, character in enumerate(text):
        if character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        elif (
            character == " "
            and depth <= deepest
            and text[position + 1 : position + 3] in ("+ ", "− ", "- ", "= ")
        ):
            pieces.append(text[start:position])
            start = position + 1
        elif character in "·*" and depth <= deepest - 1:
            pieces.append(text[start : position + 1])
            start = position + 1
    return [*pieces, text[start:]]


def _filled(pieces: list[str], width: int) -> list[str]:
    lines: list[str] = []
    for piece in pieces:
        joined = f"{lines[-1]} {piece}" if lines else piece
        if lines and lines[-1][-1:] in "·*":
            joined = lines[-1] + piece
        if lines and len(joined) <= width:
            lines[-1] = joined
        else:
            lines.append(piece)
    return lines
