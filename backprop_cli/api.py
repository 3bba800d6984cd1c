"""The pipeline in Python: ``load`` a network file, ``trace`` it."""

from __future__ import annotations

from os import PathLike, fspath

from .graph.build import build
from .graph.records import Graph
from .passes.run import run
from .passes.trace import Trace
from .problems import Source
from .spec.network import parse_network, read_network


def load(path: str | PathLike[str]) -> Graph:
    """Return the graph of a network file; raise Refusal with every problem found in it."""
    return build(read_network(fspath(path)))


def loads(text: str, name: str = "<text>") -> Graph:
    """Return the graph of a network written as YAML text."""
    return build(parse_network(Source(name, text)))


def trace(
    network: Graph | str | PathLike[str],
    *,
    exact: bool = False,
    round_forward: int | None = None,
    round_backward: int | None = None,
) -> Trace:
    """Return every value and gradient of a network, in float64 or exactly."""
    graph = network if isinstance(network, Graph) else load(network)
    return run(graph, exact=exact, round_forward=round_forward, round_backward=round_backward)
