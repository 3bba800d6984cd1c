"""Times as ratios: each thing measured beside what it is compared with, turn by turn."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

from msgspec import Struct

Work = Callable[[], object]


class Times(Struct, frozen=True):
    """Seconds of every turn."""

    seconds: tuple[float, ...]

    @property
    def least(self) -> float:
        """The fastest turn."""
        return min(self.seconds)

    @property
    def median(self) -> float:
        """The turn in the middle."""
        return statistics.median(self.seconds)


def interleaved(works: dict[str, Work], turns: int, repeats: int = 1) -> dict[str, Times]:
    """Return the times of works that take turns, so that a busy machine slows all alike.

    ``repeats`` runs of a work are timed together and count as one, for works too short to time.
    """
    found: dict[str, list[float]] = {name: [] for name in works}
    for work in works.values():
        work()
    for _ in range(turns):
        for name, work in works.items():
            start = time.perf_counter()
            for _ in range(repeats):
                work()
            found[name].append((time.perf_counter() - start) / repeats)
    return {name: Times(tuple(seconds)) for name, seconds in found.items()}


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


def line(title: str, one: Times, other: Times, aim: float | None) -> str:
    """Return one line of the report: the ratio of the fastest turns, of the medians, the aim."""
    least, median = one.least / other.least, one.median / other.median
    said = (
        ""
        if aim is None
        else f"  aim ≤ {aim:g}  {'met' if min(least, median) <= aim else 'MISSED'}"
    )
    times = f"({in_units(one.least)} : {in_units(other.least)})"
    return f"{title:<58} {least:6.3f}  median {median:6.3f}  {times:<22}{said}"
