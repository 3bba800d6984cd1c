"""A list as people write it → its entries: ``[0,2; -0,5]``, ``(0.2, 1)ᵀ``, ``[0, 2*W2[1,2]]``.

A comma may separate or be a decimal one, and blanks may separate: each reading is offered, and the
shape that is asked decides between them.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from msgspec import Struct

from ...problems import Place, line_ends
from ...spec.nodes import Scalar, Sequence, YamlNode
from .typography import linked

DEEPEST_LIST = 8
_OPENING, _CLOSING = "[({", "])}"
_HARD = ";|"
_ROW = re.compile(r"(?m)^(?P<margin>[ \t]*)-(?=[ \t])")
_UPRIGHT = re.compile(r"(?<=[\])])[ \t]*(?:\^?\{?T\}?|\^?\u22a4|\u1d40)[ \t]*\Z")
_BESIDE = re.compile(r"(?<=[0-9.\])])[ \t\r\n]+(?=[-+\u2212\u2013]?[.,]?[0-9]|\[)")
_TWO = re.compile(r";|(?<=[0-9.])[ \t]+(?:[-+\u2212\u2013][.,]?|[.,]?)[0-9]")


class ListStyle(Struct, frozen=True):
    """How a list is written: a comma between digits is a decimal one; blanks separate numbers."""

    decimal: bool
    blanks: bool


STYLES = tuple(ListStyle(decimal, blanks) for blanks in (False, True) for decimal in (False, True))


class _NoList(Exception):
    """The text is no list."""


def readings(node: YamlNode, lines: list[str]) -> Iterator[YamlNode]:
    """Yield what a text, or a list of YAML, could mean as a list, the likeliest first.

    ``lines`` are those of the file: YAML cuts a list at every comma.
    """
    for style in STYLES:
        try:
            yield _in_style(node, lines, style)
        except _NoList:
            continue


def two_numbers(text: str) -> bool:
    """Return whether an entry seems to be two: ``2; -0``, ``0.1 -0.2``."""
    return (" " in text or ";" in text) and _TWO.search(text) is not None


def _in_style(node: YamlNode, lines: list[str], style: ListStyle) -> YamlNode:
    if isinstance(node, Scalar):
        opens = Place(node.place.line, node.place.column + (not node.plain))
        return _WrittenList(node.text, opens, style).whole()
    if not isinstance(node, Sequence):
        raise _NoList
    place = node.place
    if place.width > 1 and place.line <= len(lines):
        start = place.column - 1
        text = lines[place.line - 1][start : start + place.width]
        return _WrittenList(text, place, style).whole()
    items = tuple(_item(item, lines, style) for item in node.items)
    return Sequence(items, place)


def _item(node: YamlNode, lines: list[str], style: ListStyle) -> YamlNode:
    """Return a row, or an entry, of a list that stands on several lines."""
    try:
        return _in_style(node, lines, style)
    except _NoList:
        return node


class _WrittenList:
    """A text, where it starts in the file, and how it is read."""

    def __init__(self, text: str, place: Place, style: ListStyle) -> None:
        self.text, self.place, self.style = text, place, style
        self.ends = line_ends(text)

    def whole(self) -> Sequence:
        """Return the list; raise _NoList for a text that has no brackets and no separators."""
        text = self.text
        start = len(text) - len(linked(text)[-1])
        upright = _UPRIGHT.search(text)
        start, end = self.stripped(start, len(text) if upright is None else upright.start())
        if text.startswith("- ", start):
            # The rows of a list of YAML, of which one could not be read.
            more = _ROW.sub(lambda m: f"{m['margin']},", text[start + 1 :])
            self.text = text[: start + 1] + more
            return self.inside(start + 1, end, 0)
        if start < end and text[start] in "[(" and self.closing(start) == end - 1:
            return self.inside(start + 1, end - 1, 0)
        found = self.inside(start, end, 0)
        if len(found.items) < 2:
            raise _NoList
        return found

    def stripped(self, start: int, end: int) -> tuple[int, int]:
        inner = self.text[start:end]
        return start + len(inner) - len(inner.lstrip()), end - len(inner) + len(inner.rstrip())

    def closing(self, start: int) -> int:
        """Return where the bracket that opens at a place is closed."""
        depth = 0
        for at in range(start, len(self.text)):
            depth += (self.text[at] in _OPENING) - (self.text[at] in _CLOSING)
            if not depth:
                return at
        raise _NoList

    def inside(self, start: int, end: int, depth: int) -> Sequence:
        """Return what stands between two brackets: entries, or rows with ``;`` between them."""
        if depth > DEEPEST_LIST:
            raise _NoList
        rows: list[list[YamlNode]] = [[]]
        soft = False
        for first, last, sign in self.pieces(start, end):
            if first == last and last == end and any(rows):
                break
            rows[-1].append(self.piece(first, last, depth))
            soft = soft or bool(sign and sign not in _HARD and last < end)
            if sign and sign in _HARD:
                rows.append([])
        rows = [row for row in rows if row]
        place = self.at(start - 1, end + 1)
        if soft and len(rows) > 1:
            return Sequence(tuple(Sequence(tuple(row), place) for row in rows), place)
        return Sequence(tuple(item for row in rows for item in row), place)

    def pieces(self, start: int, end: int) -> Iterator[tuple[int, int, str]]:
        """Yield where each piece starts and ends, and the sign behind it."""
        text, begins, at, depth, quote = self.text, start, start, 0, ""
        while at < end:
            sign = text[at]
            if quote:
                quote = "" if sign == quote else quote
            elif sign in "\"'" and not text[begins:at].strip():
                quote = sign
            elif sign in _OPENING:
                depth += 1
            elif sign in _CLOSING:
                depth -= 1
                if depth < 0:
                    raise _NoList
            if not (quote or depth):
                blank = _BESIDE.match(text, at) if self.style.blanks and sign.isspace() else None
                if sign in _HARD or (sign == "," and not self.is_decimal(at)):
                    yield (*self.stripped(begins, at), sign)
                    begins = at + 1
                elif blank is not None and blank.end() < end and text[begins:at].strip():
                    yield (*self.stripped(begins, at), " ")
                    begins = at = blank.end()
                    continue
            at += 1
        if depth or quote:
            raise _NoList
        first, last = self.stripped(begins, end)
        yield (first, last, "") if first < last else (end, end, "")

    def is_decimal(self, at: int) -> bool:
        """Return whether a comma stands between two digits and is read as a decimal one."""
        around = self.text[at - 1 : at] + self.text[at + 1 : at + 2]
        return self.style.decimal and len(around) == 2 and around.isascii() and around.isdigit()

    def piece(self, start: int, end: int, depth: int) -> YamlNode:
        text = self.text[start:end]
        if not text:
            raise _NoList
        if text[0] == "[" and self.closing(start) == end - 1:
            return self.inside(start + 1, end - 1, depth + 1)
        if text[0] in "\"'" and text[-1] == text[0] and len(text) > 1:
            return Scalar(text[1:-1], self.at(start, end), plain=False)
        return Scalar(text, self.at(start, end))

    def at(self, start: int, end: int) -> Place:
        """Return the place of a part of the text in the file."""
        line, last = bisect_right(self.ends, start), bisect_right(self.ends, end)
        column = start - self.ends[line - 1] + 1 if line else start + self.place.column
        width = max(1, end - start) if line == last else 1
        return Place(self.place.line + line, max(1, column), width)
