"""What takes long is seen to be under way: on a terminal, from the second second on."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

PATIENCE = 1.0
"""Seconds after which a progress bar appears."""


@contextmanager
def progress(what: str, total: int) -> Iterator[Callable[[int], None] | None]:
    """Give what shows how much is done; None where no terminal shows it."""
    if not sys.stderr.isatty():
        yield None
        return
    bar: Any = None
    began = heard = time.monotonic()

    def tell(done: int) -> None:
        nonlocal bar, heard
        now = time.monotonic()
        if now - began < PATIENCE or now - heard < 0.1:
            return
        heard = now
        if bar is None:
            from rich.console import Console
            from rich.progress import Progress

            bar = Progress(console=Console(stderr=True), transient=True)
            bar.start()
            bar.add_task(what, total=total)
        bar.update(bar.task_ids[0], completed=done)

    try:
        yield tell
    finally:
        if bar is not None:
            bar.stop()


@contextmanager
def waiting(what: str) -> Iterator[None]:
    """Say that something is being done that cannot tell how far it is."""
    if not sys.stderr.isatty():
        yield
        return
    import threading

    shown: list[Any] = []

    def show() -> None:
        from rich.console import Console
        from rich.status import Status

        shown.append(Status(what, console=Console(stderr=True)))
        shown[0].start()

    timer = threading.Timer(PATIENCE, show)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        for status in shown:
            status.stop()
