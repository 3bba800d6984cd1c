"""Word: what is said of one word, its formulas, and how a network shows it."""

from __future__ import annotations

from collections.abc import Callable, Collection

from msgspec import Struct

from ..passes.trace import Trace
from ..spec.records import NetworkSpec
from ..worked.document import Block


class Explained(Struct, frozen=True):
    """The network that a word is shown on: what its file says, and its numbers."""

    spec: NetworkSpec
    trace: Trace


def sentence(text: str) -> str:
    """Return the text with a capital, unless it begins with a letter of mathematics: δ, w^l_jk."""
    first, _, rest = text.partition(" ")
    article = first == "a" and len(rest.partition(" ")[0]) > 1 and rest[0].islower()
    bare = first.rstrip(",:;")
    spoken = bare.isascii() and bare.replace("-", "").isalpha() and len(bare) > 1
    return text[0].upper() + text[1:] if article or spoken else text


FormulaBlocks = Callable[[Collection[str]], list[Block]]
"""A word's formulas in letters, none of those that mean something else."""
ShowsIn = Callable[[Explained], list[Block]]
"""What a word is in a network, or nothing where it has none of it."""


class Word(Struct, frozen=True):
    """One word: ``says`` are paragraphs, ``also`` its other spellings, ``see`` the words beside."""

    name: str
    kind: str
    says: tuple[str, ...]
    title: str = ""
    also: tuple[str, ...] = ()
    see: tuple[str, ...] = ()
    formulas: FormulaBlocks | None = None
    shown: ShowsIn | None = None

    @property
    def heading(self) -> str:
        """The word as a title: with what it is called in full, where that is more."""
        return f"{self.name}: {self.title}" if self.title else self.name
