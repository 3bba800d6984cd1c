"""Paths: counted against an enumeration of them, their costs against a run that counts its own."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from backprop_cli import api
from backprop_cli.graph.records import Graph
from backprop_cli.passes.paths import (
    Counts,
    Edge,
    Flow,
    flow,
    forward_counts,
    listed,
    path_counts,
    path_message,
    paths_from,
    repeated,
    repeated_forward,
    reverse_counts,
)
from backprop_cli.passes.run import run
from backprop_cli.problems import Refusal

from ..networks import SMALL, loads, network
from .long_graphs import diamonds, long_graph
from .other_ways import path_sum

Path = tuple[Edge, ...]
SEEDS = range(60)
DIAMOND = "variables: {a: 2, b: 3}\ngraph: {c: a + b, d: a*b, o: c*d/2}\n"


# -- by enumeration: the same conventions, worked one by one


def enumerated(graph: Graph, node: int, stop: int) -> Iterator[Path]:
    """Yield every path from a node up to another, found from above by way of the parents."""
    if node == stop:
        yield ()
    for position, parent in enumerate(graph.nodes[stop].parents):
        for path in enumerated(graph, node, parent):
            yield (*path, Edge(stop, position))


class Tally:
    """Works with numbers of which only the 1 matters, and counts what it does."""

    def __init__(self) -> None:
        self.multiplications = self.additions = 0
        self.partials: Counter[Edge] = Counter()

    @property
    def counts(self) -> Counts:
        return Counts(self.multiplications, self.additions, self.partials.total())

    def partial(self, edge: Edge) -> str:
        self.partials[edge] += 1
        return "number"

    def times(self, left: str, right: str) -> str:
        if "one" in (left, right):
            return right if left == "one" else left
        self.multiplications += 1
        return "number"

    def total(self, terms: list[str]) -> str:
        self.additions += len(terms) - 1
        return terms[0] if len(terms) == 1 else "number"


def output(graph: Graph) -> int:
    assert graph.loss is not None
    return graph.loss


def of_paths(graph: Graph, start: int, tally: Tally) -> None:
    products = []
    for path in enumerated(graph, start, output(graph)):
        product = "one"
        for edge in path:
            product = tally.times(product, tally.partial(edge))
        products.append(product)
    if products:
        tally.total(products)


def of_reverse_mode(graph: Graph, tally: Tally) -> None:
    gradients = {output(graph): "one"}
    for number in range(output(graph) - 1, -1, -1):
        messages = [
            tally.times(gradients[consumer], tally.partial(Edge(consumer, position)))
            for consumer, node in enumerate(graph.nodes)
            for position, parent in enumerate(node.parents)
            if parent == number and consumer in gradients
        ]
        if messages:
            gradients[number] = tally.total(messages)


def of_forward_mode(graph: Graph, start: int, tally: Tally) -> None:
    wanted = {n for n in range(len(graph.nodes)) if any(enumerated(graph, n, output(graph)))}
    wanted.add(output(graph))
    if start not in wanted:
        return
    tangents = {start: "one"}
    for number in range(start + 1, len(graph.nodes)):
        messages = [
            tally.times(tangents[parent], tally.partial(Edge(number, position)))
            for position, parent in enumerate(graph.nodes[number].parents)
            if parent in tangents and number in wanted
        ]
        if messages:
            tangents[number] = tally.total(messages)


def tangled(seed: int) -> Graph:
    """Return a graph of single numbers with forks, joins, and nodes that lead nowhere."""
    chance = random.Random(seed)
    names, lines = ["a", "b", "c"], []
    for i in range(chance.randint(2, 8)):
        used = chance.sample(names, chance.randint(1, 3))
        lines.append(f"n{i}: {chance.choice((' + ', ' * ', ' - ')).join((*used, '2'))}")
        names.append(f"n{i}")
    text = "variables: {a: 2, b: 3, c: 1/2}\ngraph:\n  " + "\n  ".join(lines) + "\n"
    return api.loads(text + f"output: {chance.choice(names[-2:])}\n" if len(lines) > 1 else text)


@pytest.fixture(params=SEEDS)
def ways(request: pytest.FixtureRequest) -> Flow:
    return flow(tangled(request.param))


def test_paths_are_counted_as_enumerated(ways: Flow) -> None:
    graph, numbers = ways.graph, range(len(ways.graph.nodes))
    up = {n: len(list(enumerated(graph, n, ways.output))) for n in numbers}
    assert ways.paths == {n: count for n, count in up.items() if count}
    for starts in ((0,), (0, 1, 2), tuple(sorted(ways.reached))):
        known = [s for s in starts if s in ways.reached]
        down = {
            n: sum(len(list(enumerated(graph, s, n))) for s in known) for n in sorted(ways.reached)
        }
        assert paths_from(ways, starts) == {n: count for n, count in down.items() if count}


def test_paths_are_listed_as_enumerated(ways: Flow) -> None:
    graph = ways.graph
    for start in range(len(graph.nodes)):
        every = sorted(
            enumerated(graph, start, ways.output),
            key=lambda path: [(e.consumer, e.position) for e in path],
        )
        assert list(listed(ways, start, 10**6)) == every
        assert list(listed(ways, start, 2)) == every[:2]
        assert listed(ways, start, 0) == ()


def test_costs_are_those_of_the_work(ways: Flow) -> None:
    graph = ways.graph
    swept = Tally()
    of_reverse_mode(graph, swept)
    assert reverse_counts(ways) == swept.counts
    for start in range(len(graph.nodes)):
        along, forwards = Tally(), Tally()
        of_paths(graph, start, along)
        of_forward_mode(graph, start, forwards)
        assert path_counts(ways, start) == along.counts
        assert forward_counts(ways, start) == forwards.counts


def test_repeated_partials_are_those_of_the_work(ways: Flow) -> None:
    graph = ways.graph
    for starts in ((0,), (0, 1, 2), tuple(range(len(graph.nodes)))):
        along, forwards = Tally(), Tally()
        for start in starts:
            of_paths(graph, start, along)
            of_forward_mode(graph, start, forwards)
        assert repeated(ways, starts) == dict(along.partials)
        assert repeated_forward(ways, starts) == dict(forwards.partials)


def test_edges_are_the_uses_that_the_output_depends_on(ways: Flow) -> None:
    graph = ways.graph
    for number in range(len(graph.nodes)):
        edges = ways.edges.get(number, ())
        uses = graph.consumers.get(number, [])
        assert [(e.consumer, e.position) for e in edges] == [
            use for use in uses if use[0] in graph.reached
        ]
        assert all(ways.parent(edge) == number for edge in edges)


# -- by hand


def test_the_diamond_by_hand() -> None:
    """o = (a + b)·ab/2 for a, b, c, d: ∂o/∂c and ∂o/∂d are each used three times, path by path.

    By paths: a and b have two paths of two edges each (4 partials, 2 products, 1 sum), c and d
    one of one edge. Reverse mode: 6 edges, of which 4 are not from the output; 2 sums.
    """
    graph = api.loads(DIAMOND)
    a, b, c, d, o = range(5)
    ways = flow(graph)
    by_name = {graph.nodes[n].ref.part: n for n in range(5)}
    assert by_name == {"a": a, "b": b, "c": c, "d": d, "o": o}
    assert listed(ways, a, 9) == ((Edge(c, 0), Edge(o, 0)), (Edge(d, 0), Edge(o, 1)))
    assert ways.paths == {a: 2, b: 2, c: 1, d: 1, o: 1}
    starts = (a, b, c, d)
    once = {Edge(c, 0): 1, Edge(c, 1): 1, Edge(d, 0): 1, Edge(d, 1): 1}
    assert repeated(ways, starts) == {**once, Edge(o, 0): 3, Edge(o, 1): 3}
    assert repeated_forward(ways, starts) == {**once, Edge(o, 0): 3, Edge(o, 1): 3}
    assert reverse_counts(ways) == Counts(multiplications=4, additions=2, partials=6)
    assert path_counts(ways, a) == forward_counts(ways, a) == Counts(2, 1, 4)
    assert path_counts(ways, c) == forward_counts(ways, c) == Counts(0, 0, 1)
    assert path_counts(ways, o) == forward_counts(ways, o) == Counts()
    costs = sum((path_counts(ways, start) for start in starts), Counts())
    assert costs == Counts(multiplications=4, additions=2, partials=10)
    trace = run(graph)
    messages = [path_message(trace, path).item() for path in listed(ways, a, 9)]
    assert messages == [3, 7.5]
    sums = [path_sum(trace, n).item() for n in range(5)]
    assert sums == [10.5, 8, 3, 2.5, 1]


def test_a_path_of_arrays() -> None:
    """o = sum(A v) + dot(v, v): along A v comes the sum of A's columns, along v·v twice v."""
    graph = api.loads(
        "variables: {A: [[1, 2], [3, 4]], v: [5, 6]}\n"
        'graph: {u: "A @ v", o: "sum(u) + dot(v, v)"}\n'
    )
    trace, ways = run(graph), flow(graph)
    v = graph.parameters["v"]
    found = {
        tuple(graph.nodes[e.consumer].ref.part for e in path): path_message(trace, path).tolist()
        for path in listed(ways, v, 9)
    }
    assert found == {("u", "o"): [4, 6], ("o",): [10, 12]}


def test_what_does_not_reach_the_output_has_no_path() -> None:
    graph = api.loads("variables: {a: [1, 2], b: 3}\ngraph: {c: sum(a), o: b*2}\noutput: o\n")
    trace, ways = run(graph), flow(graph)
    a = graph.parameters["a"]
    assert a not in ways.paths
    assert a not in ways.edges
    assert listed(ways, a, 5) == ()
    assert path_counts(ways, a) == forward_counts(ways, a) == Counts()
    assert paths_from(ways, (a,)) == {}
    assert repeated(ways, (a,)) == repeated_forward(ways, (a,)) == {}
    assert path_sum(trace, a).tolist() == [0, 0]
    exact = path_sum(run(graph, exact=True), a)
    assert [entry.value for entry in exact] == [0, 0]


def test_without_a_loss_there_is_no_output() -> None:
    text = "input: [1]\nlayers:\n  - {weights: [[1]], bias: none}\n"
    with pytest.raises(Refusal, match="no loss"):
        flow(api.loads(text))


@pytest.mark.parametrize("seed", range(8000, 8040))
def test_paths_through_layers_add_up_to_the_gradient(seed: int) -> None:
    """Samples, their mean, shared biases and merges: every node of a network of layers."""
    text = network(seed, SMALL).text
    trace = run(loads(text))
    for number, gradient in enumerate(trace.gradients):
        if gradient is not None:
            found: Any = path_sum(trace, number)
            assert found.shape == gradient.shape
            np.testing.assert_allclose(found, gradient, rtol=1e-12, atol=1e-12, err_msg=text)


# -- many


def test_a_chain_of_sixty_diamonds_is_counted_exactly() -> None:
    graph = diamonds(60)
    ways, start = flow(graph), graph.parameters["x0"]
    assert ways.paths[start] == 2**60
    assert paths_from(ways, (start,))[ways.output] == 2**60
    assert set(repeated(ways, (start,)).values()) == {2**59}
    assert set(repeated_forward(ways, (start,)).values()) == {1}
    assert path_counts(ways, start) == Counts(119 * 2**60, 2**60 - 1, 120 * 2**60)
    assert forward_counts(ways, start) == Counts(238, 60, 240)
    assert reverse_counts(ways) == Counts(238, 60, 240)


def test_listing_stops_at_its_limit_at_once() -> None:
    graph = diamonds(60)
    ways, start = flow(graph), graph.parameters["x0"]
    before = time.process_time()
    found = listed(ways, start, 1000)
    assert time.process_time() - before < 1
    assert len(set(found)) == 1000
    assert {len(path) for path in found} == {120}


def test_two_thousand_nodes_without_recursion() -> None:
    graph = long_graph(2_000)
    ways = flow(graph)
    fibonacci = [1, 1]
    while len(fibonacci) < 1_999:
        fibonacci.append(fibonacci[-1] + fibonacci[-2])
    assert ways.paths[1] == fibonacci[-1]
    assert paths_from(ways, (1,))[1_999] == fibonacci[-1]
    assert len(listed(ways, 1, 3)) == 3
    # Of the 2·1,998 edges two come from the output; n0 and n1998 alone have one consumer only.
    assert reverse_counts(ways) == Counts(3_994, 1_997, 3_996)
    # From n1 up 2 edges start; of the nodes n2, …, n1999 the first alone has one of them only.
    assert forward_counts(ways, 1) == Counts(3_993, 1_997, 3_995)
    assert repeated_forward(ways, range(2_000))[Edge(1_999, 0)] == 1_999
    trace = run(graph)
    path = listed(ways, 1, 1)[0]
    assert path_message(trace, path).item() == pytest.approx(0.5 ** len(path), rel=1e-9)
