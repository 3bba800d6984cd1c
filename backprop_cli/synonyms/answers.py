"""What is answered to a word of another program: the word it means here, or what to write."""

from __future__ import annotations

from typing import NamedTuple


class Told(NamedTuple):
    """A sentence on what to write, and the known words that it is about, apart by spaces."""

    says: str
    about: str


Answers = dict[str, str | Told]
"""Others' words, apart by spaces, and what is answered to each.

The word that is meant here (``a|b``: where b is known too), or a sentence; ``{0}`` is the word.
"""
