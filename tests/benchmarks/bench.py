"""The package's speed in one run, as ratios: ``python -m tests.benchmarks.bench``."""

from __future__ import annotations

import importlib.util
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from backprop_cli.arithmetic.floating import FLOAT32
from backprop_cli.expression.refs import Ref
from backprop_cli.passes.run import run

from .bench_attention import Case as AttentionCase
from .bench_attention import passes as attention
from .bench_check import classroom
from .bench_derive import derivations
from .bench_images import convolution
from .bench_large import deep, library, long_graph, wide
from .bench_recurrent import Case as RecurrentCase
from .bench_recurrent import long_page
from .bench_recurrent import passes as recurrent
from .bench_step import descents
from .measuring import HEAD, Times, Work, environment, interleaved, line
from .passes import (
    LARGE_CASE,
    SMALL_CASE,
    Array,
    Case,
    by_descent,
    by_hand,
    by_package,
    by_torch,
    graph_of,
    with_buffers,
)
from .starting import COMMAND, beyond, imported_by, importing, start

MOST_HELD = """
import atexit, sys
def report():
    with open("/proc/self/status") as status:
        held = next(line.split()[1] for line in status if line.startswith("VmHWM"))
    sys.stderr.write(held)
atexit.register(report)
"""
"""Says at the end how much memory was held at most; Linux alone counts it for a new program."""


def passes(
    case: Case, turns: int, repeats: int, hand: float | None, torch: float | None
) -> list[str]:
    """Return the report of a network's two passes, once and as a descent's; first all must agree.

    The aims are of a descent's, which like those in place keep their arrays from pass to pass.
    """
    name = f"{'-'.join(map(str, case.sizes))}, batch {case.samples}"
    given = case.arrays()
    with tempfile.TemporaryDirectory() as folder:
        graph = graph_of(case, Path(folder))
    own, descent, written = by_package(graph), by_descent(graph), by_hand(case, given)
    trace, wanted = own(), written()
    for key, node in graph.parameters.items():
        agree(trace.gradients[node], wanted[key])
    agree(trace.gradients[graph.number(Ref("x"))], wanted["x"])
    for key, array in descent().items():
        agree(array, wanted[key])
    works: dict[str, Work] = {"own": own, "descent": descent, "hand": written}
    if case.classes:
        works["buffers"] = with_buffers(case, given)
        for key, array in with_buffers(case, given)().items():
            agree(array, wanted[key])
    eager = by_torch(case, given)
    if eager is not None:
        works["torch"] = eager
    if case.classes:
        works["narrow"] = by_descent(graph, FLOAT32)
        half = by_torch(case, {k: v.astype(np.float32) for k, v in given.items()})
        if half is not None:
            works["narrow torch"] = half
    times = interleaved(works, turns, repeats)
    pairs: list[tuple[str, str, str, float | None]]
    pairs = [("both passes : by hand in numpy", "own", "hand", None)]
    pairs.append(("a descent's passes : by hand in numpy", "descent", "hand", None))
    if case.classes:
        pairs.append(("a descent's passes : by hand in place", "descent", "buffers", hand))
    if eager is not None:
        pairs.append(("both passes : PyTorch", "own", "torch", None))
        pairs.append(("a descent's passes : PyTorch", "descent", "torch", torch))
    if "narrow torch" in works:
        pairs.append(("the same in float32 : PyTorch's float32", "narrow", "narrow torch", 1.2))
    lines = [line(f"{name}: {what}", times[a], times[b], aim) for what, a, b, aim in pairs]
    if case.classes:
        lines.append(f"{name}: pages new in a descent's pass : {faults(descent):g}")
    return lines


def faults(work: Work, turns: int = 5) -> float:
    """Return how many pages of memory a turn has the system find."""
    work()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(turns):
        work()
    return (resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before) / turns


def agree(found: Array | None, wanted: Array) -> None:
    """Check a gradient against the one worked by hand."""
    assert found is not None
    assert np.allclose(found, wanted, rtol=1e-9, atol=1e-12)


def memory(program: str, *arguments: str) -> int:
    """Return the most memory that a program held, in bytes."""
    command = [sys.executable, "-c", MOST_HELD + program, *arguments]
    done = subprocess.run(
        command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment()
    )
    return int(done.stderr) * 1024


def large_trace(turns: int, case: Case = LARGE_CASE) -> list[str]:
    """Return the report of tracing a large network: time and memory beyond the imports."""
    with tempfile.TemporaryDirectory() as folder:
        path = str(case.write(Path(folder)))
        modules = importing(imported_by("trace", path))
        taken = beyond(turns, "trace", path)
        held = memory(COMMAND, "trace", path) - memory(modules)
        graph = graph_of(case, Path(folder))
    trace = run(graph)
    distinct = {id(a): a.nbytes for a in (*trace.values, *trace.gradients) if a is not None}
    arrays = sum(distinct.values())
    name = "-".join(map(str, case.sizes))
    return [
        line(f"{name}: backprop trace beyond imports : one second", taken, Times((1.0,)), 1.0),
        f"{f'{name}: memory beyond imports : its arrays':<58} {held / arrays:6.3f}  "
        f"({held / 1e6:.1f} MB : {arrays / 1e6:.1f} MB)  aim ≤ 3  "
        f"{'met' if held <= 3 * arrays else 'MISSED'}",
    ]


def report() -> Iterator[str]:
    """Yield every line: starts, passes, library, derivations, checking, large things."""
    with_torch = importlib.util.find_spec("torch") is not None
    yield from start(15, with_torch)
    yield from passes(LARGE_CASE, 25, 1, 1.05, None)
    yield from passes(SMALL_CASE, 40, 200, None, 0.3)
    yield from large_trace(7)
    yield from convolution(40)
    yield from attention(AttentionCase(), 40)
    yield from recurrent(RecurrentCase(), 20)
    yield from long_page(1000, 5)
    if with_torch:
        yield from descents()
    yield from library(5)
    yield from derivations(5)
    yield from classroom(1000, 3)
    yield from deep(3)
    yield from wide(2)
    yield from long_graph(3)


def main() -> None:
    """Print the whole report, line by line as it is found."""
    print(HEAD + "\n")
    for text in report():
        print(text, flush=True)


if __name__ == "__main__":
    main()
