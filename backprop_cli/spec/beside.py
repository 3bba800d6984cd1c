"""Files that a network's file names: relative to it, and in its folder unless others are let in."""

from __future__ import annotations

import os
from pathlib import Path

from ..problems import Source


def folder_of(source: Source) -> Path:
    """Return the folder that names in a file start from: its own, of standard input this one."""
    return Path() if source.name == "<stdin>" else Path(source.name).parent


def is_let_in(path: Path, source: Source) -> bool:
    """Return whether a file may be read: it lies in the folder or below it, links followed."""
    inside = Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder_of(source)))
    return source.outside or inside
