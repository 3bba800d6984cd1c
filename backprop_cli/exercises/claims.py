"""Claims: what a file says of its own numbers, and would say of other ones."""

from __future__ import annotations

import re

from ..spec.rewriting import comments, spans

DATA = ("input", "target")
_NUMBER = re.compile(r"[0-9]")
_MADE = "# backprop exercise "


def without_claims(text: str) -> str:
    """Return the file without its description and the comments that speak of its numbers.

    Those are the ones that hold a number, or stand beside input and target. What stands
    above the first key is the file's heading: it stays, but for an equation.
    """
    root = spans(text)
    described = root.get("description")
    if described is not None and not root.flow:
        key = next(each for each in root.keys if each.text == "description")
        first, last = _lines(text, key.start, max(key.start, described.end - 1))
        text = text[:first] + text[last + 1 :]
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
