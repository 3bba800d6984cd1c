"""The cost of checking, measured by hand: ``python -m tests.benchmarks.bench_check``.

First a class of 1,000 sheets of a 2-2-2 network, each of every quantity and each with a slip of its
own (aim: under 2.5 seconds on one core), with what reading and judging take apart. Then the start
of ``check`` on one sheet beside that of ``trace`` (aim: within 1.3 times).
"""

from __future__ import annotations

import random
import tempfile
import time
from pathlib import Path
from typing import Any

from backprop_cli.api import trace
from backprop_cli.checking.running import Overrides, check_all, reading_of
from backprop_cli.checking.sheets.reading import read_sheets
from backprop_cli.passes.run import run

from ..commands.running import config
from .measuring import interleaved, line, python

NAMES = ("z1", "a1", "z2", "a2", "loss", "delta2", "dW2", "db2", "delta1", "dW1", "db1")
START = "import sys; from backprop_cli.cli import main; main()"
SECONDS, RATIO = 2.5, 1.3


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


def classroom(count: int) -> list[str]:
    """Return what a class of ``count`` sheets takes, reading and judging apart."""
    from backprop_cli.api import load

    graph = load(config("mazur"))
    with tempfile.TemporaryDirectory() as name:
        sheets(Path(name), count)
        done = run(graph)
        start = time.perf_counter()
        reads = list(read_sheets((name,), reading_of(graph, done, 0.5)))
        middle = time.perf_counter()
        checked = check_all(graph, done, 0.5, reads, Overrides())
        end = time.perf_counter()
    answers = sum(len(each.marked.judged) for each in checked)
    aim = "met" if end - start < SECONDS * count / 1000 else "MISSED"
    total = f"{count} sheets, {answers} answers: {end - start:.2f} s"
    return [
        f"{total}  aim < {SECONDS:g} s a 1,000  {aim}",
        f"  reading {middle - start:.2f} s, judging {end - middle:.2f} s",
    ]


def start(turns: int) -> list[str]:
    """Return how the start of ``check`` on one sheet compares with that of ``trace``."""
    with tempfile.TemporaryDirectory() as name:
        sheets(Path(name), 1)
        sheet = str(Path(name) / "s0.yaml")
        works = {
            "trace": python(START, "trace", config("mazur")),
            "check": python(f"{START[:-6]}\ntry:\n    main()\nexcept SystemExit: pass", "check",
                            config("mazur"), sheet),
        }  # fmt: skip
        times = interleaved(works, turns)
    return [line("check of one sheet : trace", times["check"], times["trace"], RATIO)]


if __name__ == "__main__":
    for text in (*classroom(1000), *start(10)):
        print(text)
