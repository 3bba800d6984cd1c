"""Times as ratios: each thing measured beside what it is compared with, turn by turn.

The time is the processor's, of this program and of those it starts: what others do on the machine
is not in it. Each turn is a pair, so that what slows one (a cold cache, a lower clock) slows both.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from msgspec import Struct

from backprop_cli.__main__ import SELDOM

Work = Callable[[], object]
HEAD = f"{'':<58}   least  middle largest  (middle : middle)"
"""What the columns of a report are: ratios of turns, and seconds of the two."""
PAGES = 50
"""How many new pages of memory a turn has before they are told: they take time."""
LINEAR = 1.15
"""The power of what is linear, as measured."""


def keep_memory() -> None:
    """Have this program keep the memory that it once had, where the C library lets one say so.

    A ratio of passes would else hang on what was allocated before: which of the two gets new pages
    of memory, and pays for them, is chance.
    """
    libc: Any = ctypes.CDLL(None) if sys.platform == "linux" else None
    if hasattr(libc, "mallopt"):
        libc.mallopt(_MAPPED_AT_MOST, 0)
        libc.mallopt(_TRIM_ABOVE, 2**31 - 1)


_MAPPED_AT_MOST, _TRIM_ABOVE = -4, -1


@contextlib.contextmanager
def as_the_program() -> Iterator[None]:
    """Look for garbage as seldom as the program does, while a command runs within this one."""
    before = gc.get_threshold()
    gc.set_threshold(SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*before)


class Times(Struct, frozen=True):
    """The processor's seconds of every turn, and how many new pages of memory a turn had."""

    seconds: tuple[float, ...]
    pages: float = 0

    @property
    def least(self) -> float:
        """The fastest turn."""
        return min(self.seconds)

    @property
    def median(self) -> float:
        """The turn in the middle."""
        return statistics.median(self.seconds)

    def ratios(self, other: Times) -> Times:
        """Return each turn's ratio to the other's of the same turn, or to its only one."""
        others = other.seconds * (len(self.seconds) if len(other.seconds) == 1 else 1)
        return Times(tuple(a / b for a, b in zip(self.seconds, others, strict=True)))

    def beyond(self, other: Times) -> Times:
        """Return what each turn took more than the other's of the same turn."""
        pairs = zip(self.seconds, other.seconds, strict=True)
        return Times(tuple(max(a - b, 1e-6) for a, b in pairs))


def processor() -> float:
    """Return the processor's seconds so far, of this program and of those that it started."""
    started = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + started.ru_utime + started.ru_stime


def interleaved(works: dict[str, Work], turns: int, repeats: int = 1) -> dict[str, Times]:
    """Return the times of works that take turns, so that a busy machine slows all alike.

    Every other turn goes the other way round: what one leaves of memory and cache to the next is
    paid by each of them as often. ``repeats`` runs of a work are timed together and count as one,
    for works too short to time.
    """
    found: dict[str, list[float]] = {name: [] for name in works}
    pages = dict.fromkeys(works, 0)
    for work in works.values() if turns > 1 else ():
        work()
    order = list(works.items())
    for turn in range(turns):
        for name, work in order if turn % 2 == 0 else order[::-1]:
            before = new_pages()
            start = processor()
            for _ in range(repeats):
                work()
            found[name].append((processor() - start) / repeats)
            pages[name] += new_pages() - before
    runs = turns * repeats
    return {name: Times(tuple(each), pages[name] / runs) for name, each in found.items()}


def new_pages() -> int:
    """Return how many pages of memory the system had to find for this program so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt


def python(program: str, *arguments: str) -> Work:
    """Return the work of a fresh Python that runs a program and prints nowhere."""

    def work() -> object:
        command = [sys.executable, "-c", program, *arguments]
        return subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment())

    return work


def environment() -> dict[str, str]:
    """Return the environment of a fresh Python: as installed, where compiled modules are kept."""
    return {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


def in_units(seconds: float) -> str:
    """Return a time in the unit that suits it."""
    for unit, scale in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= scale:
            return f"{seconds / scale:.3g} {unit}"
    return f"{seconds / 1e-6:.3g} µs"


def power(sizes: Sequence[int], seconds: Sequence[float]) -> float:
    """Return n to which power fits best, by least squares of the logarithms; linear is 1."""
    x = np.log(np.array(sizes, dtype=np.float64))
    return float(np.polyfit(x, np.log(seconds), 1)[0])


def grown(title: str, sizes: Sequence[int], times: dict[str, Times]) -> str:
    """Return how the time grows: n to which power fits the fastest turns best; linear is 1."""
    found = power(sizes, [times[str(size)].least for size in sizes])
    met = "met" if found <= LINEAR else "MISSED"
    taken = " ".join(in_units(times[str(size)].least) for size in sizes)
    title += ": grows with the power"
    return f"{title:<58} {found:7.3f}  ({taken})  aim ≤ {LINEAR:g}  {met}"


def line(title: str, one: Times, other: Times, aim: float | None) -> str:
    """Return one line of the report: the least, middle and largest ratio of a turn, and the aim.

    The aim is met where the ratio in the middle meets it.
    """
    ratios = one.ratios(other)
    said = "" if aim is None else f"  aim ≤ {aim:g}  {'met' if ratios.median <= aim else 'MISSED'}"
    spread = f"{ratios.least:7.3f} {ratios.median:7.3f} {max(ratios.seconds):7.3f}"
    times = f"({in_units(one.median)} : {in_units(other.median)})"
    if max(one.pages, other.pages) >= PAGES:
        said += f"  (new pages {one.pages:.0f} : {other.pages:.0f})"
    return f"{title:<58} {spread}  {times:<22}{said}"
