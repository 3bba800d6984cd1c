"""The cost of a computation graph, by hand: ``python -m tests.benchmarks.bench_graphs``.

Each shape of graph is loaded, run and worked with 1,000 and with 10,000 nodes. What is printed is
the time for an edge, and in brackets how many times that of the smaller graph it is: about 1 where
the time is in proportion to the edges. The document shows its first lines only, so that it should
hardly grow; ``whole`` is the one that leaves nothing out.
"""

from __future__ import annotations

import gc
import random
import time
from collections.abc import Callable
from typing import Any

from msgspec import Struct

from backprop_cli import api
from backprop_cli.notation import profile
from backprop_cli.passes.run import run
from backprop_cli.printing.latex.printer import LatexMath
from backprop_cli.printing.plain_math import UnicodeMath
from backprop_cli.printing.settings import Settings
from backprop_cli.render.json_trace import trace_object
from backprop_cli.worked.trace.trace_document import trace_document
from backprop_cli.worked.view import View

from .measuring import in_units

SIZES = (1_000, 10_000)
VARIABLES = "variables: {a: 1.5, b: 0.5}\ngraph:\n"


class Taken(Struct, frozen=True):
    """Seconds of each stage."""

    edges: int
    stages: dict[str, float]


def chain(count: int) -> str:
    """Return nodes of which each needs the one before, and all of them ``b``."""
    befores = ("a", *(f"n{i}" for i in range(count - 1)))
    return VARIABLES + "".join(f"  n{i}: {before}*0.999 + b\n" for i, before in enumerate(befores))


def wide(count: int) -> str:
    """Return nodes that all need ``a``, and sums of fifty of them."""
    lines = [f"  n{i}: a*{i} + b\n" for i in range(count)]
    groups = [range(first, min(first + 50, count)) for first in range(0, count, 50)]
    for j, group in enumerate(groups):
        lines.append(f"  s{j}: {' + '.join(f'n{i}' for i in group)}\n")
    total = " + ".join(f"s{j}" for j in range(len(groups)))
    return VARIABLES + "".join(lines) + f"  t: {total}\n"


def random_dag(count: int) -> str:
    """Return nodes that each need a recent one and any other."""
    chance, names, lines = random.Random(1), ["a", "b"], []
    for i in range(count):
        lines.append(f"  n{i}: ({chance.choice(names[-50:])} + {chance.choice(names)})/2\n")
        names.append(f"n{i}")
    return VARIABLES + "".join(lines)


def diamonds(count: int) -> str:
    """Return a chain of diamonds: as many paths as two to the power of a third of the nodes."""
    links = (
        f"  l{i}: x{i}/2\n  r{i}: x{i}/4\n  x{i + 1}: l{i} + r{i}\n" for i in range(count // 3)
    )
    return "variables: {x0: 1}\ngraph:\n" + "".join(links)


SHAPES: dict[str, Callable[[int], str]] = {
    "chain": chain,
    "wide": wide,
    "random": random_dag,
    "diamonds": diamonds,
}


def taken(text: str) -> Taken:
    """Return how long each stage of a graph's trace took."""
    stages: dict[str, float] = {}
    letters = profile("standard")

    def timed(name: str, work: Callable[[], Any]) -> Any:
        gc.collect()
        start = time.perf_counter()
        result = work()
        stages[name] = time.perf_counter() - start
        return result

    graph = timed("load", lambda: api.loads(text))
    trace = timed("run", lambda: run(graph))
    timed("document", lambda: trace_document(trace, View()))
    timed("steps", lambda: trace_document(trace, View(steps=True)))
    timed("whole", lambda: trace_document(trace, View(full=True)))
    settings = Settings()
    printers = (LatexMath(letters, settings), UnicodeMath(letters, settings))
    timed("json", lambda: trace_object(trace, View(), *printers))
    return Taken(sum(len(node.parents) for node in graph.nodes), stages)


def main() -> None:
    """Print the report."""
    small, large = SIZES
    print(f"a trace of {small:,} nodes; then {large:,}: the time for an edge (of the smaller's)\n")
    taken(chain(100))
    for name, shape in SHAPES.items():
        one, other = taken(shape(small)), taken(shape(large))
        print(f"{name}, {one.edges:,} and {other.edges:,} edges")
        for stage, seconds in other.stages.items():
            before, after = one.stages[stage] / one.edges, seconds / other.edges
            each = f"{in_units(before):>8} → {in_units(after):>8}"
            print(f"  {stage:<10} {in_units(seconds):>8}   an edge {each}  ({after / before:.2f})")


if __name__ == "__main__":
    main()
