"""Breaking a line of mathematics where a person would: before a sign, never inside a number."""

from __future__ import annotations

import unicodedata

from msgspec import Struct

_SIGNS = ("+ ", "− ", "- ", "= ")
_LAST = 10_000
"""The level of a break before a mere denominator, ``tanh(2/3)/5``: where there is no other."""


class _Break(Struct, frozen=True):
    """A place to break: where the line ends, where the next begins, and how bad it is there."""

    end: int
    start: int
    level: int


def columns(text: str) -> int:
    """Return how many columns a line of mathematics takes: an accent stands over its letter."""
    return len(text) - sum(map(bool, map(unicodedata.combining, text)))


def wrap(text: str, width: int) -> list[str]:
    """Return the text in lines of at most ``width`` columns, broken at its outermost signs.

    A part that is too long is broken at its products, then at the signs in its parentheses, and
    so on inward; a piece without a place to break stays whole, however long it is.
    """
    if len(text) <= width or columns(text) <= width:
        return [text]
    return _lines(text, 0, len(text), _breaks(text), width)


def least_width(text: str) -> int:
    """Return the narrowest width that ``wrap`` can keep to."""
    return max(map(columns, _lines(text, 0, len(text), _breaks(text), 0)))


def _breaks(text: str) -> list[_Break]:
    """Return every place to break, in order; signs before products, outer ones before inner."""
    found, depth = [], 0
    for position, character in enumerate(text):
        after = text[position + 1 : position + 3]
        if character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        elif (character == " " and after in _SIGNS) or (
            character == " " and text[position - 1] in ",;"
        ):
            found.append(_Break(position, position + 1, 3 * depth))
        elif character in "·*":
            found.append(_Break(position + 1, position + 1, 3 * depth + 1))
        elif character == "/" and after[:1] in ("(", "√"):
            found.append(_Break(position + 1, position + 1, 3 * depth + 2))
        elif character == "/" and text[position - 1 : position] == ")" and after[:1].isdigit():
            found.append(_Break(position + 1, position + 1, _LAST + depth))
    return found


def _lines(text: str, start: int, end: int, breaks: list[_Break], width: int) -> list[str]:
    """Return the part of the text in lines, broken at its outermost places and there inward."""
    if end - start <= width or not breaks or columns(text[start:end]) <= width:
        return [text[start:end]]
    outermost = min(place.level for place in breaks)
    lines: list[str] = []
    joint, inner = "", []
    for place in [*breaks, None]:
        if place is not None and place.level != outermost:
            inner.append(place)
            continue
        stop = end if place is None else place.end
        first, *rest = _lines(text, start, stop, inner, width)
        fits = bool(lines) and columns(lines[-1] + joint + first) <= width
        if fits and not (joint and rest):  # a term that takes several lines begins on its own
            lines[-1] += joint + first
        else:
            lines.append(first)
        lines += rest
        if place is not None:
            start, joint, inner = place.start, text[place.end : place.start], []
    return lines
