"""Readings: a stranger's file of every kind, damaged, and read as the commands read it.

A number draws one: ``python -m tests.fuzzing --reading --seed 7 --most 1``. It comes to what is
read, or to sentences with a place in the file; anything else is a fault.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Mapping

from .reading import Reading, smaller
from .reading_files import data, misspelt_network, network, notation, part
from .reading_sheets import earlier, folder, rubric, sheet
from .sheet_files import BINARY, TEXTS

KINDS: Mapping[str, Callable[[random.Random], Reading]] = {
    "network": network,
    "network, misspelt": misspelt_network,
    "data of a network": data,
    **{f"sheet {name}": sheet(name) for name in (*TEXTS, *BINARY)},
    "folder": folder,
    "rubric": rubric,
    "notation": notation,
    "earlier report": earlier,
    "part of a sweep": part,
}


def reading(seed: int) -> Reading:
    """Return the reading of a number."""
    return KINDS[kind_of(seed)](random.Random(seed))


def kind_of(seed: int) -> str:
    """Return the kind of a number's reading: they take turns."""
    return list(KINDS)[seed % len(KINDS)]


def read_many(first: int, end: float, most: int) -> None:
    """Read until the time is over, or so many; print each new kind of fault, and the counts."""
    counts: Counter[str] = Counter()
    faults: Counter[str] = Counter()
    slowest = (0.0, 0)
    for seed in range(first, first + most):
        if time.time() > end:
            break
        found, began = reading(seed), time.process_time()
        came = found.outcome()
        slowest = max(slowest, (time.process_time() - began, seed))
        counts[f"{kind_of(seed)}: {'done' if came.code == 0 else 'refused'}"] += not came.fault
        if came.fault:
            faults[came.fault] += 1
            if faults[came.fault] == 1:
                least = smaller(found, came.fault)
                print(
                    f"\n== {came.fault}\nseed {seed}, {kind_of(seed)}: {came.detail}\n{least}",
                    flush=True,
                )
        if (seed - first + 1) % 20000 == 0:
            _tell(counts, faults, slowest)
    _tell(counts, faults, slowest)


def _tell(counts: Counter[str], faults: Counter[str], slowest: tuple[float, int]) -> None:
    every = counts.total() + faults.total()
    spent = time.process_time() / max(every, 1) * 1000
    found = f"{faults.total():,} faults of {len(faults)} kinds"
    print(f"-- {every:,} readings, {spent:.1f} ms each, {found}")
    print(f"   slowest: {slowest[0]:.2f} s, seed {slowest[1]}")
    print("   " + ", ".join(f"{kind} {n:,}" for kind, n in sorted(counts.items())), flush=True)
    for kind, times in faults.most_common():
        print(f"   {times} × {kind}", flush=True)
