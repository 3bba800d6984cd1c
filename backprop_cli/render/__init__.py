"""Document → text: a file a format, each a visitor over the document's closed set of parts."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from ..printing.mathematics import MathPrinter, Settings
    from ..printing.page import Page
    from ..spec.profile import Profile
    from ..worked.document import Document


class Format(Struct, frozen=True):
    """One output format: its name, its files' suffixes, its printer and its renderer.

    Each file in this folder that holds one names it FORMAT; nothing else has to know of it.
    """

    name: str
    suffixes: tuple[str, ...]
    doc: str
    printer: Callable[[Profile, Settings, Page], MathPrinter]
    render: Callable[[Document, MathPrinter, Page], str]


def _modules() -> list[str]:
    return sorted(path.stem for path in Path(__file__).parent.glob("[!_]*"))


def _format_of(module: str) -> Format | None:
    return getattr(importlib.import_module(f"{__name__}.{module}"), "FORMAT", None)


@functools.cache
def formats() -> dict[str, Format]:
    """Return every format by name, importing each file of this folder."""
    found = (_format_of(module) for module in _modules())
    return {entry.name: entry for entry in found if entry is not None}


def named(name: str) -> Format | None:
    """Return the format of a name or suffix, importing no more files than it takes to find it."""
    if name in _modules():
        return _format_of(name)
    found = (_format_of(module) for module in _modules())
    return next((entry for entry in found if entry and name in entry.suffixes), None)


def known_names() -> tuple[str, ...]:
    """Return every word that names a format: names, then suffixes."""
    every = formats().values()
    return (*(e.name for e in every), *(s for e in every for s in e.suffixes))
