"""The cost of checking, measured by hand: ``python -m tests.benchmarks.bench_check``.

A class of 1,000 sheets of a 2-2-2 network, each of every quantity and each with a slip of its own,
on one core, with what reading and judging take apart.
"""

from __future__ import annotations

import functools
import random
import tempfile
from pathlib import Path
from typing import Any

from backprop_cli.api import load, trace
from backprop_cli.checking.running import Overrides, check_all, reading_of
from backprop_cli.checking.sheets.reading import read_sheets
from backprop_cli.checking.sheets.sheet_tree import ReadSheet
from backprop_cli.passes.run import run

from ..commands.running import config
from .measuring import HEAD, Times, Work, grown, in_units, interleaved, line

NAMES = ("z1", "a1", "z2", "a2", "loss", "delta2", "dW2", "db2", "delta1", "dW1", "db1")
USUAL = Overrides()
SECONDS = 2.0
"""What 1,000 sheets are to take."""


def sheets(folder: Path, count: int, digits: int = 4, seed: int = 1) -> None:
    """Write sheets of the 2-2-2 network, each with one to three entries that are wrong."""
    chance = random.Random(seed)
    done = trace(config("mazur"))
    for number in range(count):
        wrong = chance.sample(NAMES, chance.randint(1, 3))
        lines = [f"student: s{number}", "answers:"]
        for name in NAMES:
            array = done.gradient(name[1:]) if name[0] == "d" and name[1] in "Wb" else None
            if name.startswith("delta"):
                array = done.gradient(f"z{name[5:]}")
            value = done.value(name) if array is None else array
            factor = chance.choice((-1.0, 0.5, 2.0, 1.37, 0.871)) if name in wrong else 1.0
            lines.append(f"  {name}: {_written(value * factor, digits)}")
        (folder / f"s{number}.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _written(value: Any, digits: int) -> str:
    if value.ndim == 0:
        return f"{float(value):.{digits}f}"
    return "[" + ", ".join(_written(part, digits) for part in value) + "]"


def classroom(count: int, turns: int) -> list[str]:
    """Return what a class of ``count`` sheets takes, reading and judging apart."""
    graph = load(config("mazur"))
    with tempfile.TemporaryDirectory() as name:
        sheets(Path(name), count)
        done = run(graph)

        def read() -> list[ReadSheet]:
            return list(read_sheets((name,), reading_of(graph, done, 0.5)))

        reads = read()
        answers = sum(len(each.marked.judged) for each in check_all(graph, done, 0.5, reads, USUAL))
        judge = functools.partial(check_all, graph, done, 0.5, reads, USUAL)
        times = interleaved({"reading": read, "judging": judge}, turns)
    both = Times(tuple(map(sum, zip(*(each.seconds for each in times.values()), strict=True))))
    seconds = SECONDS * count / 1000
    title = f"{count} sheets, {answers} answers : {seconds:g} s"
    parts = ", ".join(f"{part} {in_units(each.median)}" for part, each in times.items())
    return [line(title, both, Times((seconds,)), 1.0), f"  {parts}"]


def by_sheets(sizes: tuple[int, ...], turns: int) -> str:
    """Return how judging grows with the number of sheets."""
    graph = load(config("mazur"))
    done = run(graph)
    with tempfile.TemporaryDirectory() as name:
        sheets(Path(name), max(sizes))
        reads = list(read_sheets((name,), reading_of(graph, done, 0.5)))
    works: dict[str, Work] = {
        str(size): functools.partial(check_all, graph, done, 0.5, reads[:size], USUAL)
        for size in sizes
    }
    return grown("check by sheets", sizes, interleaved(works, turns))


if __name__ == "__main__":
    print("\n".join([HEAD, *classroom(1000, 3), by_sheets((250, 500, 1000, 2000), 3)]))
