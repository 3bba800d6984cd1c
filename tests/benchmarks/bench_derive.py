"""The cost of a derivation, measured by hand: ``python -m tests.benchmarks.bench_derive``.

All gradients of a 2-4-4-3 sigmoid network, entry by entry, beside ``sympy.diff`` of the expanded
cost (sympy is imported before either); how a derivation grows with the layers, and each style with
the connections, which is what it should grow in proportion to.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
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
from .measuring import HEAD, Times, Work, grown, interleaved, line

WIDTHS = (4, 6, 8, 12)
DEPTHS = (12, 25, 50, 100)


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


def derive(graph: Graph, style: Style, wanted: tuple[Ref, ...]) -> None:
    """Derive the entries one for one, and the general equations where the style has whole ones."""
    derive_document(graph, None, style, wanted, View())


def general(graph: Graph, style: Style) -> None:
    """Derive what ``derive`` shows unasked."""
    derive_document(graph, None, style, (), View())


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


def derivations(turns: int, depths: tuple[int, ...] = DEPTHS) -> Iterator[str]:
    """Yield what derivations take beyond imports, and how they grow."""
    graph, leibniz = network(2, 4, 4, 3), styles()["leibniz"]
    works: dict[str, Work] = {"own": functools.partial(derive, graph, leibniz, every_entry(graph))}
    times = interleaved(works, turns)
    title = "derive of 2-4-4-3, every entry : 0.04 s"
    yield line(title, times["own"], Times((0.04,)), 1.0)
    deep = {depth: network(*[10] * (depth + 1)) for depth in depths}
    works = {str(depth): functools.partial(general, g, leibniz) for depth, g in deep.items()}
    times = interleaved(works, turns)
    title = f"derive of {depths[-1]} layers of 10 : 1 s"
    yield line(title, times[str(depths[-1])], Times((1.0,)), 1.0)
    yield grown(f"derive of {depths[0]} … {depths[-1]} layers of 10", depths, times)
    entries = {d: network(*[d] * 3) for d in WIDTHS}
    for name, style in styles().items():
        works = {
            str(connections(g)): functools.partial(derive, g, style, every_entry(g))
            for g in entries.values()
        }
        sizes = tuple(map(int, works))
        yield grown(f"derive --style {name} in connections", sizes, interleaved(works, turns))


def main() -> None:
    """Print the report, and how long sympy takes for the same gradients."""
    print(HEAD)
    for text in derivations(5):
        print(text, flush=True)
    graph = network(2, 4, 4, 3)
    work = functools.partial(derive, graph, styles()["leibniz"], every_entry(graph))
    times = interleaved({"own": work, "sympy": lambda: by_sympy(graph)}, 1)
    print(line("2-4-4-3: derived : sympy.diff", times["own"], times["sympy"], None))


if __name__ == "__main__":
    main()
