"""The package's speed in one run, as ratios: ``python -m tests.benchmarks.bench [PART …]``.

Without a part all of them: what each aim is, and whether it is met by the ratio in the middle.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import tempfile
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np

from backprop_cli import api
from backprop_cli.arithmetic.floating import FLOAT32
from backprop_cli.cli import command_names
from backprop_cli.expression.refs import Ref
from backprop_cli.passes.run import run

from .bench_attention import Case as AttentionCase
from .bench_attention import passes as attention
from .bench_check import classroom
from .bench_derive import derivations
from .bench_graphs import chain
from .bench_growth import GROWING, WITHOUT, growth
from .bench_images import convolution
from .bench_large import deep, library, long_graph, wide
from .bench_recurrent import Case as RecurrentCase
from .bench_recurrent import long_page
from .bench_recurrent import passes as recurrent
from .bench_step import descents
from .measuring import HEAD, LINEAR, Times, Work, environment, interleaved, keep_memory, line
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
    return [line(f"{name}: {what}", times[a], times[b], aim) for what, a, b, aim in pairs]


def passes_memory(case: Case = LARGE_CASE) -> str:
    """Return the line of what a descent's passes hold: values, gradients, a buffer a layer."""
    with tempfile.TemporaryDirectory() as folder:
        graph = graph_of(case, Path(folder))
    trace = run(graph)
    found = [value for number, value in enumerate(trace.values) if number not in graph.given]
    every = (*found, *(each for each in trace.gradients if each is not None))
    arrays = sum({id(array): array.nbytes for array in every}.values())
    arrays += sum(trace.values[layer.z].nbytes for layer in graph.layers)
    del trace, every, found
    tracemalloc.start()
    by_descent(graph)()
    held = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    name = "-".join(map(str, case.sizes))
    return share_held(f"{name}: a descent's memory : its arrays", held, arrays, 1)


def share_held(title: str, held: int, other: int, aim: float) -> str:
    """Return one line of the report of memory."""
    said = "met" if held <= aim * other else "MISSED"
    sizes = f"({held / 1e6:.1f} MB : {other / 1e6:.1f} MB)"
    return f"{title:<58} {held / other:7.3f}  {sizes}  aim ≤ {aim:g}  {said}"


def json_memory(width: int = 500) -> str:
    """Return the line of the memory that JSON of more numbers takes, beside their arrays."""
    held, arrays = [], []
    for units in (width, 2 * width):
        case = Case((units, units, 10), 1, True)
        with tempfile.TemporaryDirectory() as folder:
            path = str(case.write(Path(folder)))
            held.append(memory(COMMAND, "trace", path, "--format", "json"))
        arrays.append(2 * sum(array.nbytes for array in case.arrays().values()))
    more, others = (each[1] - each[0] for each in (held, arrays))
    return share_held(f"JSON of {others // 8:,} numbers more : their arrays", more, others, 3)


def reading(turns: int, count: int = 100_000) -> str:
    """Return the line of reading a graph of so many lines."""
    text = chain(count)
    times = interleaved({"own": lambda: api.loads(text)}, turns)
    return line(f"a graph of {count:,} lines: read : 3 s", times["own"], Times((3.0,)), 1.0)


def growing() -> Iterator[str]:
    """Yield how each command grows in depth, width and nodes, over four sizes."""
    yield f"{'':<25} power  seconds by size (aim ≤ {LINEAR:g}; flat: hardly more than the least)"
    with tempfile.TemporaryDirectory() as name:
        for command in (name for name in command_names() if name not in WITHOUT):
            for grows in ("depth", "width", "nodes"):
                sizes = tuple(size // 2 for size in GROWING[grows][1])
                yield f"grows: {growth(command, grows, sizes, Path(name))}"


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
        share_held(f"{name}: memory beyond imports : its arrays", held, arrays, 3),
    ]


WITH_TORCH = importlib.util.find_spec("torch") is not None


def of_passes() -> Iterator[str]:
    """Yield the lines of the passes: dense networks, images, attention, sequences."""
    yield from passes(LARGE_CASE, 25, 1, 1.05, None)
    yield from passes(SMALL_CASE, 40, 200, None, 0.3)
    yield from large_trace(7)
    yield passes_memory()
    keep_memory()
    yield from convolution(40)
    yield from attention(AttentionCase(), 40)
    yield from recurrent(RecurrentCase(), 20)
    yield from long_page(1000, 5)


def of_large() -> Iterator[str]:
    """Yield the lines of large things."""
    yield from deep(3)
    yield from wide(2)
    yield from long_graph(3)
    yield reading(2)
    yield json_memory()


PARTS: dict[str, Callable[[], Iterable[str]]] = {
    "start": lambda: start(15, WITH_TORCH),
    "passes": of_passes,
    "descents": lambda: descents() if WITH_TORCH else (),
    "library": lambda: library(5),
    "derive": lambda: derivations(5),
    "check": lambda: classroom(1000, 3),
    "large": of_large,
    "growth": growing,
}


def main() -> None:
    """Print the parts that are asked for, line by line as it is found; where none is, all."""
    asked = sys.argv[1:] or [*PARTS]
    if not set(asked) <= PARTS.keys():
        sys.exit(f"there are: {', '.join(PARTS)}")
    print(HEAD + "\n")
    for name in asked:
        for text in PARTS[name]():
            print(text, flush=True)


if __name__ == "__main__":
    main()
