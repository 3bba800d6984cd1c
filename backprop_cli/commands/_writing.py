"""A file written whole or not at all, at whatever moment the process or its disk ends."""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Iterable
from pathlib import Path

_LEFT = re.compile(r"\.backprop-[0-9]+-[0-9a-f]+\.part")
"""How a file is named that is whole, or has to have a name before it is."""
_OLD = 60
"""Seconds after which such a file was left by a process that was killed."""


def write(path: Path, pieces: Iterable[bytes]) -> None:
    """Write the pieces as a file, in place of an old one at once; raise OSError and leave that one.

    Until it is whole it has no name, where the system can do so (Linux, on most disks): a process
    that is killed leaves nothing. What it leaves elsewhere, the next write takes away.
    """
    folder = path.parent
    mode = path.stat().st_mode & 0o777 if path.exists() else None
    temporary = folder / f".backprop-{os.getpid()}-{time.monotonic_ns():x}.part"
    try:
        handle, unnamed = _opened(temporary, 0o666 if mode is None else mode)
        with os.fdopen(handle, "wb") as file:
            file.writelines(pieces)
            file.flush()
            if unnamed:
                # src_dir_fd says nothing beside a whole path; given at all, it makes Python ask
                # the system to follow this link to the open file.
                os.link(f"/proc/self/fd/{handle}", temporary, src_dir_fd=0, follow_symlinks=True)
        if mode is not None:
            temporary.chmod(mode)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _take_away_left(folder)


def _opened(temporary: Path, mode: int) -> tuple[int, bool]:
    """Return a new file, open, and whether it is without a name."""
    if hasattr(os, "O_TMPFILE") and Path("/proc/self/fd").is_dir():
        with contextlib.suppress(OSError):
            return os.open(temporary.parent, os.O_TMPFILE | os.O_WRONLY, mode), True
    flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0)
    return os.open(temporary, flags, mode), False


def _take_away_left(folder: Path) -> None:
    """Remove what earlier processes left that were killed."""
    with contextlib.suppress(OSError):
        for entry in os.scandir(folder):
            old = _LEFT.fullmatch(entry.name) and time.time() - entry.stat().st_mtime > _OLD
            if old:
                Path(entry.path).unlink()
