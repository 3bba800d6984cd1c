"""How often Python looks for garbage while a class is marked."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator

YOUNG = 10_000
"""New objects after which cycles are looked for: sheets are records, which have none."""


@contextlib.contextmanager
def collecting_seldom() -> Iterator[None]:
    """Look for cycles seldom: each time all is gone through that is kept for the next sheet."""
    before = gc.get_threshold()
    if before[0]:
        gc.set_threshold(max(YOUNG, before[0]), *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
