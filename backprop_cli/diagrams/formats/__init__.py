"""Picture → file: a file a format, found by its name, each drawing the same scene."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from ...notation.bound import Notation
    from ...printing.mathematics import Settings
    from ...printing.page import Page
    from ..scene import Drawable


class Pen(Struct, frozen=True):
    """What a picture is written with: the letters, the numbers' look, the place it must fit."""

    notation: Notation
    settings: Settings
    page: Page


class PictureFormat(Struct, frozen=True):
    """One format of pictures: its name, its files' suffixes and how it draws.

    Text formats return str, others bytes. ``plots`` says whether it draws plots of functions too,
    ``widths`` whether its lines have different widths.
    Each file in this folder that holds one names it FORMAT; nothing else has to know of it.
    """

    name: str
    suffixes: tuple[str, ...]
    doc: str
    draw: Callable[[Drawable, Pen], str | bytes]
    plots: bool = True
    widths: bool = True
    binary: bool = False


def _modules() -> list[str]:
    return sorted(path.stem for path in Path(__file__).parent.glob("[!_]*"))


def _format_of(module: str) -> PictureFormat | None:
    return getattr(importlib.import_module(f"{__name__}.{module}"), "FORMAT", None)


@functools.cache
def formats() -> dict[str, PictureFormat]:
    """Return every format by name, importing each file of this folder."""
    found = (_format_of(module) for module in _modules())
    return {entry.name: entry for entry in found if entry is not None}


def named(name: str) -> PictureFormat | None:
    """Return the format of a name or suffix, importing no more files than it takes to find it."""
    if name in _modules():
        return _format_of(name)
    found = (_format_of(module) for module in _modules())
    return next((entry for entry in found if entry and name in entry.suffixes), None)


def known_names() -> tuple[str, ...]:
    """Return every word that names a format: names, then suffixes."""
    every = formats().values()
    return tuple(dict.fromkeys((*(e.name for e in every), *(s for e in every for s in e.suffixes))))
