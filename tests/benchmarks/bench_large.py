"""Large things: seconds against an aim, and how they grow over four sizes.

``python -m tests.benchmarks.bench_large``
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from backprop_cli import api
from backprop_cli.passes.run import run as run_passes

from ..commands.running import run
from .bench_graphs import chain
from .measuring import HEAD, Times, Work, as_the_program, grown, interleaved, line

SIZES = (125, 250, 500, 1000)
SMALL = """
input: [0.1, 0.2, 0.3]
target: [0.5, 0.6]
loss: half_squared_error
layers:
  - activation: sigmoid
    weights: [[0.1, 0.2, 0.3], [0.4, 0.5, 0.6], [0.7, 0.8, 0.9], [0.15, 0.25, 0.35]]
    bias: [0.1, 0.2, 0.3, 0.4]
  - activation: sigmoid
    weights: [[0.1, 0.2, 0.3, 0.4], [0.5, 0.6, 0.7, 0.8]]
    bias: [0.1, 0.2]
"""
"""A 3-4-2 network."""


def drawn(*widths: int) -> str:
    """Return a sigmoid network of these widths, its numbers drawn."""
    rows = (f"[{', '.join(['0.5'] * width)}]" for width in (widths[0], widths[-1]))
    drawn = "activation: sigmoid, weights: {init: xavier_uniform}, bias: {init: normal, std: 0.1}"
    layers = "".join(f"  - {{units: {units}, {drawn}}}\n" for units in widths[1:])
    data = "input: {}\ntarget: {}\n".format(*rows)
    return f"{data}loss: half_squared_error\nseed: 1\nlayers:\n{layers}"


def command(folder: Path, name: str, text: str, *arguments: str) -> Work:
    """Return the work of a command of this process on a network, checked to end well."""
    path = folder / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")

    def work() -> None:
        with as_the_program():
            done = run(arguments[0], str(path), *arguments[1:])
        assert done.code == 0, done.err

    return work


def library(turns: int, repeats: int = 200) -> list[str]:
    """Return how often a second a small network is loaded and traced."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "small.yaml"
        path.write_text(SMALL, encoding="utf-8")
        times = interleaved({"own": lambda: api.trace(api.load(path))}, turns, repeats)
    return [line("3-4-2: load and trace : 0.5 ms", times["own"], Times((0.0005,)), 1.0)]


def deep(turns: int, sizes: tuple[int, ...] = SIZES) -> Iterator[str]:
    """Yield how each command grows with the number of layers of one unit."""
    with tempfile.TemporaryDirectory() as name:
        for each in ("trace", "derive", "describe", "diagnose"):
            works = {
                str(n): command(Path(name), f"{each}{n}", drawn(*[1] * (n + 1)), each)
                for n in sizes
            }
            times = interleaved(works, turns)
            title = f"{each} of {sizes[-1]} layers of one unit : 2 s"
            yield line(title, times[str(sizes[-1])], Times((2.0,)), 1.0)
            yield grown(f"{each} of {sizes[0]} … {sizes[-1]} layers", sizes, times)


def wide(turns: int, width: int = 2000) -> list[str]:
    """Return what diagnosing a network with two wide layers takes."""
    with tempfile.TemporaryDirectory() as name:
        work = command(Path(name), "wide", drawn(2, width, width, 1), "diagnose")
        times = interleaved({"own": work}, turns)
    return [line(f"diagnose of 2-{width}-{width}-1 : 5 s", times["own"], Times((5.0,)), 1.0)]


def long_graph(turns: int, count: int = 100_000) -> list[str]:
    """Return what both passes of a graph take beside plain loops over floats.

    One loop goes over the graph's operations as they stand in a list; one is written for this graph
    alone, and has nothing to look up.
    """
    graph = api.loads(chain(count))
    start = [1.5, 0.5, 0.999]
    listed = []
    for last in range(0, 2 * count, 2):
        product = last + len(start)
        listed += [("*", product - 1 if last else 0, 2), ("+", product, 1)]

    def over_it() -> tuple[list[float], list[float]]:
        values = start.copy()
        for operation, one, other in listed:
            if operation == "*":
                values.append(values[one] * values[other])
            elif operation == "+":
                values.append(values[one] + values[other])
        gradients = [0.0] * len(values)
        gradients[-1] = 1.0
        number = len(values)
        for operation, one, other in reversed(listed):
            number -= 1
            arrived = gradients[number]
            if operation == "*":
                gradients[one] += arrived * values[other]
            elif operation == "+":
                gradients[one] += arrived
                gradients[other] += arrived
        return values, gradients

    def written_for_it() -> tuple[list[float], list[float]]:
        a, b = 1.5, 0.5
        values = [a]
        for _ in range(count):
            values.append(values[-1] * 0.999 + b)
        gradients, to_b = [1.0], 0.0
        for _ in range(count):
            to_b += gradients[-1]
            gradients.append(gradients[-1] * 0.999)
        return values, [*gradients, to_b]

    times = interleaved(
        {"own": lambda: run_passes(graph), "over": over_it, "written": written_for_it}, turns
    )
    title = f"a graph of {count:,} nodes: both passes : a plain loop"
    return [
        line(f"{title} over it", times["own"], times["over"], 2.0),
        line(f"{title} written for it", times["own"], times["written"], None),
    ]


def main() -> None:
    """Print the report."""
    print(HEAD)
    print("\n".join(library(5)), flush=True)
    for text in deep(3):
        print(text, flush=True)
    print("\n".join(wide(2)), flush=True)
    print("\n".join(long_graph(3)), flush=True)


if __name__ == "__main__":
    main()
