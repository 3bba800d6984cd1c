"""Paths: ∂o/∂v as the sum over the paths from v to the output, and what each way of working costs.

Paths grow exponentially with the graph, so they are counted by dynamic programming, in whole
numbers of any size, and listed only up to a limit. Nothing here recurses.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from msgspec import Struct

from ..graph.records import Graph
from ..problems import refuse
from .trace import Trace

Array = np.ndarray[Any, Any]


class Edge(Struct, frozen=True):
    """One message: from a consumer back to its parent at ``position``."""

    consumer: int
    position: int


Path = tuple[Edge, ...]
"""A path's edges, from its start up to the output; none where the start is the output."""


class Flow(Struct, frozen=True):
    """Along which edges the output depends on what, worked out once.

    ``reached`` are the nodes that the output depends on, ``edges`` has for each of them the edges
    to its consumers among them, in the order of the file, and ``parents`` the same edges by their
    consumer. ``paths`` counts the paths from a node to the output, ``lengths`` the edges of all of
    these paths together.
    """

    graph: Graph
    output: int
    reached: frozenset[int]
    edges: dict[int, tuple[Edge, ...]]
    parents: dict[int, tuple[Edge, ...]]
    paths: dict[int, int]
    lengths: dict[int, int]

    def parent(self, edge: Edge) -> int:
        """Return the node that an edge's message comes back to."""
        return self.graph.nodes[edge.consumer].parents[edge.position]


def flow(graph: Graph) -> Flow:
    """Return the graph's edges towards its output; raise Refusal where it has none (no loss).

    A network with loops is taken as its graph (``weights_as_nodes``), which has none.
    """
    if graph.loss is None:
        raise refuse("there is no loss to differentiate", None, "add 'loss:'", graph.source)
    reached = graph.reached
    edges = {
        number: tuple(Edge(*arrival) for arrival in reversed(graph.arrivals[number]))
        for number in sorted(reached)
    }
    parents: dict[int, list[Edge]] = {number: [] for number in edges}
    paths, lengths = {graph.loss: 1}, {graph.loss: 0}
    for number in sorted(reached, reverse=True):
        for edge in edges[number]:
            parents[edge.consumer].append(edge)
        if number != graph.loss:
            paths[number] = sum(paths[e.consumer] for e in edges[number])
            lengths[number] = sum(lengths[e.consumer] + paths[e.consumer] for e in edges[number])
    ordered = {n: tuple(sorted(p, key=lambda e: e.position)) for n, p in parents.items()}
    return Flow(graph, graph.loss, reached, edges, ordered, paths, lengths)


# -- counting


def paths_from(flow: Flow, starts: Iterable[int]) -> dict[int, int]:
    """Return how many paths lead from any of the starts to each reached node.

    A start counts 1 for itself, and one more for each path from another start. Nodes to which no
    path leads are left out.
    """
    counts = dict.fromkeys((s for s in starts if s in flow.reached), 1)
    for number in sorted(flow.reached):
        more = sum(counts.get(flow.parent(edge), 0) for edge in flow.parents[number])
        if more:
            counts[number] = counts.get(number, 0) + more
    return counts


def repeated(flow: Flow, starts: Iterable[int]) -> dict[Edge, int]:
    """Return how often each local partial is computed, each start worked by itself path by path.

    That of the edge p → q: (paths from the starts to p) · (paths from q to the output).
    """
    before = paths_from(flow, starts)
    return {
        edge: before[number] * flow.paths[edge.consumer]
        for number in sorted(before)
        for edge in flow.edges[number]
    }


def repeated_forward(flow: Flow, starts: Iterable[int]) -> dict[Edge, int]:
    """Return how often each local partial is computed, with one forward sweep a start.

    That of the edge p → q: how many of the starts p depends on. An array of which several entries
    are moved stands among them once for each.
    """
    marks: dict[int, int] = {}
    for position, start in enumerate(starts):
        if start in flow.reached:
            marks[start] = marks.get(start, 0) | 1 << position
    for number in sorted(flow.reached):
        mark = marks.get(number, 0)
        for edge in flow.parents[number]:
            mark |= marks.get(flow.parent(edge), 0)
        if mark:
            marks[number] = mark
    return {
        edge: marks[number].bit_count() for number in sorted(marks) for edge in flow.edges[number]
    }


class Counts(Struct, frozen=True):
    """What a derivation costs; two of them add up.

    A partial is one evaluation of a local derivative along an edge between named nodes, whatever
    its shape. ∂o/∂o = 1 and the seed's 1 are not multiplied by, so a path of k edges takes k − 1
    multiplications; m messages take m − 1 additions. Reverse mode is one sweep for all nodes;
    forward mode works only on nodes that lie between its start and the output.
    """

    multiplications: int = 0
    additions: int = 0
    partials: int = 0

    def __add__(self, other: Counts) -> Counts:
        """Return the cost of both."""
        return Counts(
            self.multiplications + other.multiplications,
            self.additions + other.additions,
            self.partials + other.partials,
        )


def reverse_counts(flow: Flow) -> Counts:
    """Return the cost of every node's gradient in one backward sweep."""
    edges = sum(map(len, flow.edges.values()))
    additions = sum(len(found) - 1 for found in flow.edges.values() if found)
    return Counts(edges - len(flow.parents[flow.output]), additions, edges)


def forward_counts(flow: Flow, start: int) -> Counts:
    """Return the cost of ∂output/∂start by one forward sweep with the seed 1 at the start."""
    between = _above(flow, start)
    multiplications = additions = partials = 0
    for number in between - {start}:
        arriving = [flow.parent(edge) for edge in flow.parents[number]]
        messages = sum(parent in between for parent in arriving)
        partials += messages
        multiplications += messages - arriving.count(start)
        additions += messages - 1
    return Counts(multiplications, additions, partials)


def path_counts(flow: Flow, start: int) -> Counts:
    """Return the cost of ∂output/∂start as a sum over paths, each worked by itself."""
    paths, length = flow.paths.get(start, 0), flow.lengths.get(start, 0)
    if not length:
        return Counts()
    return Counts(length - paths, paths - 1, length)


def _above(flow: Flow, start: int) -> set[int]:
    """Return the start and what depends on it, of what the output depends on."""
    found = {start} & flow.reached
    left = list(found)
    while left:
        for edge in flow.edges[left.pop()]:
            if edge.consumer not in found:
                found.add(edge.consumer)
                left.append(edge.consumer)
    return found


# -- path by path


def listed(flow: Flow, start: int, limit: int) -> tuple[Path, ...]:
    """Return the first ``limit`` paths from the start to the output, in the order of the file."""
    return tuple(path for _, path in zip(range(limit), _paths(flow, start), strict=False))


def _paths(flow: Flow, start: int) -> Iterator[Path]:
    """Give every path, one after the other; every edge on the way leads to the output."""
    if start == flow.output:
        yield ()
        return
    path: list[Edge] = []
    choices = [iter(flow.edges.get(start, ()))]
    while choices:
        edge = next(choices[-1], None)
        if edge is None:
            choices.pop()
            if path:
                path.pop()
        elif edge.consumer == flow.output:
            yield (*path, edge)
        else:
            path.append(edge)
            choices.append(iter(flow.edges[edge.consumer]))


def path_message(trace: Trace, path: Path) -> Array:
    """Return what one path adds to its start's gradient: 1 carried down along each of its edges.

    Of a single number that is the product of the local derivatives; of an array, of the start's
    shape.
    """
    gradient = trace.arithmetic.array(np.asarray(1))
    with np.errstate(all="ignore"):
        for edge in reversed(path):
            gradient = trace.share(edge.consumer, edge.position, gradient)
    return gradient
