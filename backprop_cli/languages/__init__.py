"""Words in other languages: a gettext catalogue a language, its English sentences with holes."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .catalogue import Catalogue

ENGLISH = "en"
"""What the program itself is written in: no catalogue is read for it."""


def known() -> tuple[str, ...]:
    """Return every language that there is, by its code."""
    others = (path.stem for path in Path(__file__).parent.glob("*.po"))
    return tuple(sorted((ENGLISH, *others)))


@functools.cache
def catalogue_of(language: str) -> Catalogue:
    """Return the sentences of a language."""
    from .catalogue import Catalogue
    from .reading import read

    text = (Path(__file__).parent / f"{language}.po").read_text(encoding="utf-8")
    return Catalogue(read(text))


def said(text: str, language: str) -> str:
    """Return English words in a language; what no catalogue knows (a name, a number) stays."""
    return text if language == ENGLISH or not text else catalogue_of(language).said(text)
