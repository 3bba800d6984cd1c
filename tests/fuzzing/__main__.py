"""``python -m tests.fuzzing --minutes 60 --seed 7``: many commands, each fault made small."""

from __future__ import annotations

import argparse
import math
import random
import time
from collections import Counter
from collections.abc import Iterator
from itertools import count, islice

from .cases import Case, case, smaller
from .command_lines import commands
from .enumerating import ENUMERATED
from .readings import read_many

RELAXED = 4
"""How often a command is tried again, without the option that it was refused for."""


def main() -> None:
    """Run commands until the time is over; print each new kind of fault, and the counts."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzzing", description=__doc__)
    parser.add_argument("--minutes", type=float, help="5, or until each is run")
    parser.add_argument("--seed", type=int, help="the first case; of what is enumerated, its place")
    parser.add_argument("--command", choices=list(commands()), default="")
    parser.add_argument("--reading", action="store_true", help="files read, no command")
    parser.add_argument("--most", type=int, default=10**9, help="so many readings")
    parser.add_argument("--enumerate", choices=list(ENUMERATED), help="each case of one kind")
    parser.add_argument("--part", default="1/1", help="of what is enumerated: 3/16")
    parser.add_argument("--only", action="store_true", help="the one case of --seed, made small")
    chosen = parser.parse_args()
    first = chosen.seed
    if first is None:
        first = 0 if chosen.enumerate else random.randrange(10**6) * 10**6
    if chosen.only:
        every = ENUMERATED[chosen.enumerate]() if chosen.enumerate else None
        found = next(islice(every, first, None))() if every else case(first, chosen.command)
        came = found.run()
        print(found, came)
        if came.fault:
            print(smaller(found, came.fault))
        return
    minutes = math.inf if chosen.enumerate else 5
    end = time.time() + 60 * (minutes if chosen.minutes is None else chosen.minutes)
    if chosen.reading:
        read_many(first, end, chosen.most)
    elif chosen.enumerate:
        part, parts = map(int, chosen.part.split("/"))
        places = islice(enumerate(ENUMERATED[chosen.enumerate]()), first + part - 1, None, parts)
        _run(((i, made()) for i, made in places), end, 1)
    else:
        _run(((seed, case(seed, chosen.command)) for seed in count(first)), end, RELAXED)


def _run(cases: Iterator[tuple[int, Case]], end: float, times: int) -> None:
    codes: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    for seed, first in cases:
        if time.time() > end:
            break
        found: Case | None = first
        for _ in range(times):
            if found is None:
                break
            came = found.run()
            codes[f"{found.words[0]} {came.code}"] += 1
            if came.fault:
                kinds[came.fault] += 1
                if kinds[came.fault] == 1:
                    least = smaller(found, came.fault)
                    again = least.run()
                    print(f"\n== {came.fault}\nseed {seed}: {again.detail}\n{least}", flush=True)
            if codes.total() % 1000 == 0:
                _tell(codes, kinds)
            found = found.relaxed(came.refused) if came.refused else None
    _tell(codes, kinds)


def _tell(codes: Counter[str], kinds: Counter[str]) -> None:
    spent = time.process_time() / max(codes.total(), 1) * 1000
    faults = f"{kinds.total():,} faults of {len(kinds)} kinds"
    print(f"-- {codes.total():,} commands, {spent:.0f} ms each, {faults}")
    print(
        "   " + ", ".join(f"{name}: {times}" for name, times in sorted(codes.items())), flush=True
    )
    for kind, times in kinds.most_common():
        print(f"   {times} × {kind}", flush=True)


main()
