"""The known mistakes: a file a family, one small function a mistake."""

from __future__ import annotations

import functools

from ...registry import entry, names
from ._records import Mistake
from ._site import Site
from ._terms import Term, terms, wrongs

__all__ = ["Mistake", "Site", "Term", "catalogue", "terms", "wrongs"]


@functools.cache
def catalogue() -> dict[str, Mistake]:
    """Return the known mistakes by id: the MISTAKES of each file in this folder.

    Those that say more precisely what happened come first.
    """
    families = [entry(__name__, name, "MISTAKES") for name in names(__name__)]
    found: list[Mistake] = [mistake for family in families for mistake in family]
    return {each.id: each for each in sorted(found, key=lambda mistake: mistake.rank)}
