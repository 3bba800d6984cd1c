"""Folders whose files are found by looking: each has its entry under one word, such as FORMAT."""

from __future__ import annotations

import importlib
import os
from typing import Any


def names(package: str) -> list[str]:
    """Return the files and folders of a package by name, but those that begin with ``_``."""
    (folder,) = importlib.import_module(package).__path__
    return sorted(os.path.splitext(name)[0] for name in os.listdir(folder) if name[0] != "_")


def entry(package: str, name: str, word: str) -> Any:
    """Return what a file calls by the word; None where it has no such thing."""
    return getattr(importlib.import_module(f"{package}.{name}"), word, None)


def known(package: str, name: str, word: str) -> Any:
    """Return the entry of a name that may be none, importing nothing else; or None."""
    if not name.isidentifier() or name.startswith("_"):
        return None
    try:
        return entry(package, name, word)
    except ModuleNotFoundError as missing:
        if missing.name != f"{package}.{name}":
            raise
        return None


def entries(package: str, word: str, first: str = "") -> dict[str, Any]:
    """Return the entries of all files by their own names, the ``first`` ahead of the others."""
    every = (entry(package, name, word) for name in names(package))
    found = {each.name: each for each in every if each is not None}
    return {first: found[first], **found} if first else found


def called(package: str, word: str, name: str) -> Any:
    """Return the entry of a name or a file's suffix, importing no more than it takes; or None."""
    own = known(package, name, word)
    if own is not None:
        return own
    every = (entry(package, file, word) for file in names(package))
    return next((each for each in every if each and name in each.suffixes), None)
