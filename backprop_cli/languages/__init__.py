"""Words in other languages: a gettext catalogue a language, its English sentences with holes."""

from __future__ import annotations

import functools
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .catalogue import Catalogue

ENGLISH = "en"
"""What the program itself is written in: no catalogue is read for it."""
_FOLDER = os.path.dirname(__file__)


def known() -> tuple[str, ...]:
    """Return every language that there is, by its code."""
    others = (name[:-3] for name in os.listdir(_FOLDER) if name.endswith(".po"))
    return tuple(sorted((ENGLISH, *others)))


@functools.cache
def catalogue_of(language: str) -> Catalogue:
    """Return the sentences of a language."""
    from .catalogue import Catalogue
    from .reading import read

    with open(os.path.join(_FOLDER, f"{language}.po"), encoding="utf-8") as file:
        return Catalogue(read(file.read()))


def said(text: str, language: str) -> str:
    """Return English words in a language; what no catalogue knows (a name, a number) stays."""
    return text if language == ENGLISH or not text else catalogue_of(language).said(text)
