"""Claims: comments of a file that speak of its numbers, and would stand over other ones."""

from __future__ import annotations

import re

from ..spec.rewriting import comments, spans

DATA = ("input", "target")
_NUMBER = re.compile(r"[0-9]")
_MADE = "# backprop exercise "


def without_claims(text: str) -> str:
    """Return the file without the comments that hold a number, or stand beside input and target.

    What stands above the first key is the file's heading: it stays, but for an equation.
    """
    root = spans(text)
    data = [_lines(text, node.start, node.end) for key in DATA if (node := root.get(key))]
    for start, end in reversed(comments(text)):
        said = text[start:end]
        heading = end <= root.start
        claims = said.startswith(_MADE) or ("=" in said if heading else bool(_NUMBER.search(said)))
        if claims or any(first <= start <= last for first, last in data):
            text = _without(text, start, end)
    return text


def _lines(text: str, start: int, end: int) -> tuple[int, int]:
    """Return from where to where the lines go, whole."""
    last = text.find("\n", end)
    return text.rfind("\n", 0, start) + 1, len(text) if last < 0 else last


def _without(text: str, start: int, end: int) -> str:
    """Return the text without a comment: without its line, where nothing else stands there."""
    before = text[:start].rstrip(" \t")
    after = text[end:]
    if not before or before.endswith("\n"):
        return before + after.lstrip("\r").removeprefix("\n")
    return before + after
