"""Computation graphs that are long, without the time that it takes to read their text."""

from __future__ import annotations

from msgspec import structs

from backprop_cli import api
from backprop_cli.expression.refs import Ref
from backprop_cli.graph.records import Graph


def long_graph(count: int) -> Graph:
    """Return a graph of ``count`` nodes: n_i = n_{i-1}/2 + n_{i-2}/3, from the variables n0, n1."""
    short = api.loads("variables: {n0: 2, n1: 3}\ngraph: {n2: n1/2 + n0/3}\n")
    nodes = list(short.nodes)
    for i in range(3, count):
        nodes.append(structs.replace(nodes[2], ref=Ref(f"n{i}"), parents=(i - 1, i - 2)))
    return structs.replace(short, nodes=tuple(nodes), output=count - 1, loss=count - 1)


def diamonds(count: int) -> Graph:
    """Return a chain of diamonds: from x0 two paths to x1, from there two to x2, and so on."""
    text = "variables: {x0: 1}\ngraph:\n"
    for i in range(count):
        text += f"  l{i}: x{i} + 1\n  r{i}: x{i}/2\n  x{i + 1}: l{i} - r{i}\n"
    return api.loads(text)
