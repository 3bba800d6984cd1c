"""The cost of a derivation, measured by hand: ``python -m tests.benchmarks.bench_derive``.

First all gradients of a 2-4-4-3 sigmoid network, entry by entry, against ``sympy.diff`` of the
expanded cost (sympy is imported before either). Then how each style grows with the number of
connections, which is what it should grow in proportion to.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import sympy

from backprop_cli.arithmetic.symbolic import SYMBOLIC
from backprop_cli.deriving import Style, styles
from backprop_cli.deriving.derive_document import derive_document
from backprop_cli.expression.differentiate import to_sympy
from backprop_cli.expression.refs import Ref
from backprop_cli.expression.tree import Expr, Quantity
from backprop_cli.graph.records import Graph
from backprop_cli.mathematics.activations import spelled_out
from backprop_cli.passes.trace import forward
from backprop_cli.worked.view import View

from ..networks import loads

WIDTHS = (4, 8, 16)


def network(*widths: int) -> Graph:
    """Return a sigmoid network of these widths without numbers."""
    cells = [", ".join(["~"] * width) for width in (widths[0], widths[-1])]
    layers = "".join(f"  - {{units: {units}, activation: sigmoid}}\n" for units in widths[1:])
    data = f"input: [{cells[0]}]\ntarget: [{cells[1]}]\nloss: half_squared_error\n"
    return loads(f"{data}layers:\n{layers}")


def every_entry(graph: Graph) -> tuple[Ref, ...]:
    """Return each parameter's entries, the last layer's first."""
    return tuple(
        Ref(name[0], int(name[1:]), True, None, tuple(i + 1 for i in position))
        for name, number in reversed(graph.parameters.items())
        for position in np.ndindex(graph.nodes[number].shape)
    )


def seconds(work: Callable[[], object], repeats: int = 5) -> float:
    """Return the fastest of a few runs."""
    best = float("inf")
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best


def derive(graph: Graph, style: Style, wanted: tuple[Ref, ...]) -> None:
    """Derive the entries one for one, and the general equations where the style has whole ones."""
    derive_document(graph, None, style, wanted, View())


def expanded(graph: Graph) -> tuple[Any, dict[Any, Expr]]:
    """Return the cost in inputs and parameters, for sympy, and what its symbols are."""
    leaves = {}
    for number in graph.given:
        node = graph.nodes[number]
        values = np.empty((1, *node.shape) if node.per_sample else node.shape, dtype=object)
        for position in np.ndindex(values.shape):
            index = position[1:] if node.per_sample else position
            values[position] = Quantity(node.ref.at(*(i + 1 for i in index)))
        leaves[number] = values
    assert graph.loss is not None
    names: dict[Any, Expr] = {}
    cost = forward(graph, SYMBOLIC, leaves)[graph.loss].item()
    return to_sympy(spelled_out(cost), names), names


def by_sympy(graph: Graph) -> list[Any]:
    """Return the derivative of the expanded cost by every parameter's entry."""
    cost, names = expanded(graph)
    wanted = {Quantity(ref.of()) for ref in every_entry(graph)}
    return [sympy.diff(cost, symbol) for symbol, node in names.items() if node in wanted]


def connections(graph: Graph) -> int:
    """Return how many weights there are."""
    sizes = (graph.nodes[n].shape for name, n in graph.parameters.items() if name[0] == "W")
    return sum(rows * columns for rows, columns in sizes)


def main() -> None:
    """Print both comparisons."""
    graph = network(2, 4, 4, 3)
    wanted = every_entry(graph)
    leibniz = styles()["leibniz"]
    derive(graph, leibniz, wanted)
    ours = seconds(lambda: derive(graph, leibniz, wanted))
    theirs = seconds(lambda: by_sympy(graph), 1)
    print(f"2-4-4-3, {len(wanted)} gradients: derived in {ours * 1000:.1f} ms,")
    print(f"sympy.diff of the expanded cost {theirs * 1000:.0f} ms: {theirs / ours:.0f} times")
    print("\nmilliseconds (in brackets: for a connection, relative to the first)")
    graphs = [network(width, width, width) for width in WIDTHS]
    print("style".ljust(12) + "".join(f"{w}-{w}-{w}".rjust(20) for w in WIDTHS))
    for name, style in styles().items():
        works = [functools.partial(derive, g, style, every_entry(g)) for g in graphs]
        taken = [seconds(work, 3) for work in works]
        each = [t / connections(g) for t, g in zip(taken, graphs, strict=True)]
        cells = (f"{t * 1000:.1f} ({e / each[0]:.2f})" for t, e in zip(taken, each, strict=True))
        print(name.ljust(12) + "".join(cell.rjust(20) for cell in cells))


if __name__ == "__main__":
    main()
