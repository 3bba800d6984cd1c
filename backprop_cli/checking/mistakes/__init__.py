"""The known mistakes: a file a family, one small function a mistake."""

from __future__ import annotations

import functools
import importlib
from pathlib import Path

from ._records import Mistake
from ._site import Site
from ._terms import Term, terms, wrongs

__all__ = ["Mistake", "Site", "Term", "catalogue", "terms", "wrongs"]


@functools.cache
def catalogue() -> dict[str, Mistake]:
    """Return the known mistakes by id: the MISTAKES of each file in this folder.

    Those that say more precisely what happened come first.
    """
    names = sorted(p.stem for p in Path(__file__).parent.glob("*.py") if p.stem[0] != "_")
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    found: list[Mistake] = [mistake for m in modules for mistake in m.MISTAKES]
    return {each.id: each for each in sorted(found, key=lambda mistake: mistake.rank)}
