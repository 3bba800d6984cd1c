"""How each command grows: ``python -m tests.benchmarks.bench_growth [COMMAND …]``.

Every command of the registry runs on networks that double three times: in depth, width, samples and
steps, and on graphs in nodes. What the smallest network of all takes is taken off, n to the power
that is fitted to the rest is printed. What takes a flat time has none; what is refused says so. The
sheet that check reads has as many answers as one holds; gradcheck draws the entries that it has
time for.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from msgspec import Struct

from backprop_cli import api
from backprop_cli.cli import command_names
from backprop_cli.graph.names import own_name

from ..commands.running import run
from .bench_graphs import chain
from .bench_large import drawn
from .measuring import LINEAR, as_the_program, in_units, power, processor

ENOUGH = 0.03
"""Seconds more than the smallest network takes, below which nothing is said to grow."""
PATIENCE = 20.0
"""Seconds of one run after which no larger size is tried."""


def batch(count: int) -> str:
    """Return a 3-4-2 network with so many samples."""
    rows = ((0.1 * (i % 7), 0.2, 0.3 * (i % 3)) for i in range(count))
    data = "input:\n" + "".join(f"  - [{', '.join(f'{x:.1f}' for x in row)}]\n" for row in rows)
    target = "target:\n" + "".join(f"  - [0.{i % 10}, 0.5]\n" for i in range(count))
    return data + target + drawn(3, 4, 2).split("\n", 2)[2]


def sequence(count: int) -> str:
    """Return two recurrent units with a dense one behind, on so many steps."""
    steps = "".join(f"  - [0.{i % 10}]\n" for i in range(count))
    given = "weights: {init: xavier_uniform}, bias: {init: zeros}"
    return (
        f"input:\n{steps}target: [0.5]\nloss: half_squared_error\nseed: 1\nlayers:\n"
        "  - {type: recurrent, units: 2, output: last, weights: {init: xavier_uniform}, "
        "recurrent_weights: {init: xavier_uniform}, bias: {init: zeros}}\n"
        f"  - {{units: 1, activation: sigmoid, {given}}}\n"
    )


GROWING: dict[str, tuple[Callable[[int], str], tuple[int, ...]]] = {
    "depth": (lambda n: drawn(*[1] * (n + 1)), (125, 250, 500, 1000)),
    "width": (lambda n: drawn(2, n, 1), (250, 500, 1000, 2000)),
    "nodes": (chain, (500, 1000, 2000, 4000)),
    "samples": (batch, (125, 250, 500, 1000)),
    "steps": (sequence, (50, 100, 200, 400)),
}
"""What grows: the network of a size, and four sizes."""
MOST_NAMES, LONGEST, SMALLEST = 1000, 60_000, 1e-29
"""Nodes that a sheet asks about, its length, and the least number that check reads."""
WITHOUT = ("exercise", "merge", "new", "schema")
"""Commands that read no network."""


class Growth(Struct, frozen=True):
    """One command as one thing grows: seconds by size, of the smallest network, or a refusal."""

    command: str
    grows: str
    sizes: tuple[int, ...]
    seconds: tuple[float, ...]
    least: float
    refused: str = ""

    @property
    def power(self) -> float | None:
        """The power of the size with which the time grows; None where it hardly does."""
        rest = [max(t - self.least, 1e-4) for t in self.seconds]
        if len(rest) < 2 or rest[-1] < ENOUGH:
            return None
        return power(self.sizes[: len(rest)], rest)

    def __str__(self) -> str:
        """Return its line of the report."""
        times = " ".join(in_units(t) for t in self.seconds) or self.refused
        said = "flat" if self.power is None else f"{self.power:.2f}"
        flag = "  MISSED" if self.power is not None and self.power > LINEAR else ""
        said = "" if self.refused else said
        return f"{self.command:<10} {self.grows:<8} {said:>5}  {times}{flag}"


def sheet(name: str) -> str:
    """Return the right answers to every z, a, δ or node, as far as a sheet holds them."""
    traced = api.trace(name)
    graph = traced.graph
    computed = [node for node in graph.nodes if node.parents and node.ref.part != "loss_terms"]
    step = -(-len(computed) // MOST_NAMES)
    text = "answers:\n"
    for node in computed[::step]:
        names = [own_name(node.ref, graph)]
        if node.wants_gradient and (node.ref.part == "z" or not graph.layered):
            names.append(own_name(node.ref.grad(), graph))
        for each in names:
            numbers = traced.value(each)
            line = f"  {each}: {np.vectorize(lambda x: float(f'{x:.4g}'))(numbers).tolist()}\n"
            if len(text) + len(line) < LONGEST and np.all(np.abs(numbers) > SMALLEST):
                text += line
    return text


def arguments(command: str, path: Path) -> tuple[str, ...]:
    """Return what a command is called with on a network: a sheet, a second one, a grid beside."""
    name = str(path)
    if command == "check":
        answers = path.with_suffix(".sheet.yaml")
        if not answers.exists():
            answers.write_text(sheet(name), encoding="utf-8")
        return (command, name, str(answers))
    if command == "compare":
        other = path.with_suffix(".other.yaml")
        other.write_text(f"{path.read_text(encoding='utf-8')}learning_rate: 0.1\n", "utf-8")
        return (command, name, str(other))
    first = "b" if "graph:" in path.read_text(encoding="utf-8") else "b1[1]"
    more: dict[str, tuple[str, ...]] = {
        "explain": ("delta", name),
        "step": (name, "--lr", "0.1"),
        "sweep": (name, "--over", f"{first}=-1:1:21"),
    }
    return (command, *more.get(command, (name,)))


def growth(command: str, grows: str, sizes: tuple[int, ...], folder: Path) -> Growth:
    """Return how a command's time grows with one thing."""
    network = GROWING[grows][0]

    def taken(size: int) -> tuple[float, str]:
        path = folder / f"{grows}{size}.yaml"
        if not path.exists():
            path.write_text(network(size), encoding="utf-8")
        called = arguments(command, path)
        least = float("inf")
        for _ in range(3):
            start = processor()
            with as_the_program():
                done = run(*called)
            least = min(least, processor() - start)
            if done.code > 1:
                return least, done.err.strip().split("\n")[0].removeprefix(f"{path}:")
            if least > 0.5:
                break
        return least, ""

    least, refused = taken(2)
    seconds: list[float] = []
    for size in sizes if not refused else ():
        found, refused = taken(size)
        if refused:
            break
        seconds.append(found)
        if found > PATIENCE:
            break
    return Growth(command, grows, sizes, tuple(seconds), least, "" if seconds else refused)


def report(commands: list[str], sizes: tuple[int, ...] | None = None) -> Iterator[str]:
    """Yield a line for each command and each thing that grows."""
    with tempfile.TemporaryDirectory() as name:
        for command in commands:
            for grows, (_, usual) in GROWING.items():
                yield str(growth(command, grows, sizes or usual, Path(name)))


def main() -> None:
    """Print the report."""
    print(f"{'command':<10} {'grows':<8} power  times  (aim ≤ {LINEAR:g})")
    names = [name for name in command_names() if name not in WITHOUT]
    asked = sys.argv[1:] or names
    for line in report(asked):
        print(line, flush=True)


if __name__ == "__main__":
    main()
