"""Short ways to the parts of a document that hold words alone."""

from __future__ import annotations

from collections.abc import Iterable

from .document import Block, Column, Note, Paragraph, Section, Text


def lettered(text: str) -> Text:
    """Return words with letters of the default notation, which each notation writes its own way."""
    return Text(text, lettered=True)


def paragraph(text: str) -> Paragraph:
    """Return a line of words."""
    return Paragraph((Text(text),))


def note(text: str) -> Note:
    """Return an aside in words."""
    return Note((Text(text),))


def column(heading: str, kind: str = "label") -> Column:
    """Return a column headed by words: of labels, ``figure`` of numbers, ``prose`` of sentences."""
    return Column((Text(heading),), kind=kind)


def section(name: str, title: str, blocks: Iterable[Block], level: int = 2) -> Section:
    """Return blocks under a heading in words."""
    return Section(name, (Text(title),), tuple(blocks), level)
