"""A computation graph described: its variables and nodes, who uses them, and its type."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from ...expression.axes import dimensions
from ...expression.refs import plain_name
from ...expression.tree import Constant, Number, Pow, Quantity, Signature
from ...graph.records import Graph
from ...passes.health.memory import kept_nodes
from ..building import column, note, section
from ..document import (
    Block,
    Code,
    Inline,
    Math,
    Paragraph,
    Section,
    Strong,
    Table,
    Text,
)
from ..graphs.arrays import whole_value
from ..view import MOST_LINES, View
from .describe_document import BYTES, Description, in_bytes, stored


def _sections(graph: Graph, symbols: tuple[Section, ...], view: View) -> list[Block]:
    leaves = list(graph.given)
    lines = [number for number in range(len(graph.nodes)) if number not in graph.given]
    return [
        _table("variables", "Variables", graph, leaves, view),
        _table("nodes", "Nodes", graph, lines, view),
        _type(graph),
        _stored(graph),
    ]


def _facts(graph: Graph) -> dict[str, Any]:
    uses = graph.consumers
    return {
        "format": "backprop-describe",
        "version": 1,
        "name": graph.name,
        "output": plain_name(graph.nodes[graph.output].ref),
        "variables": {
            plain_name(graph.nodes[n].ref, graph.in_out): list(graph.nodes[n].shape)
            for n in graph.given
        },
        "nodes": [
            {
                "name": plain_name(node.ref, graph.in_out),
                "operation": node.rule.name,
                "from": [plain_name(graph.nodes[p].ref, graph.in_out) for p in node.parents],
                "shape": list(node.shape),
                "used_by": [
                    plain_name(graph.nodes[c].ref, graph.in_out) for c, _ in uses.get(number, ())
                ],
            }
            for number, node in enumerate(graph.nodes)
            if node.rule is not None
        ],
        "type": f"R^{variable_count(graph)} -> R",
        "stored_values": stored(kept_nodes(graph)),
        "stored_bytes": stored(kept_nodes(graph)) * BYTES,
        "without_numbers": list(graph.symbolic),
    }


def variable_count(graph: Graph) -> int:
    """Return how many numbers the variables have together."""
    return sum(_size(graph, number) for number in graph.given)


def _size(graph: Graph, number: int) -> int:
    return int(np.prod(graph.nodes[number].shape, dtype=int))


def _table(identity: str, title: str, graph: Graph, numbers: list[int], view: View) -> Section:
    formulas = any(graph.nodes[number].rule is not None for number in numbers)
    named = graph.origin is not None
    uses = graph.consumers
    columns = [
        column("symbol"),
        *([column("name")] if named else []),
        *([column("formula", "work")] if formulas else []),
        column("shape"),
        column("used by", "prose"),
    ]
    rows: list[tuple[Inline | None, ...]] = []
    most = len(numbers) if view.full else MOST_LINES
    for number in numbers[:most]:
        node = graph.nodes[number]
        row: list[Inline] = [Math(Quantity(node.ref))]
        if named:
            row.append(Code(plain_name(node.ref, graph.in_out)))
        if formulas:
            row.append(Math(whole_value(graph, number)))
        row.append(Text(dimensions(node.shape, "a number")))
        users = dict.fromkeys(c for c, _ in uses.get(number, ()))
        row.append(Text(_users(graph, number, list(users))))
        rows.append(tuple(row))
    blocks: list[Block] = [Table(tuple(columns), tuple(rows))]
    if len(numbers) > most:
        said = f"{len(numbers) - most:,} more are not shown: --full shows them"
        blocks.append(note(said))
    return section(identity, title, blocks)


def _users(graph: Graph, number: int, users: list[int]) -> str:
    if number == graph.output:
        return "the output"
    names = [plain_name(graph.nodes[user].ref, graph.in_out) for user in users]
    more = f" and {len(names) - 8} more" if len(names) > 8 else ""
    return ", ".join(names[:8]) + more if names else "nothing"


def _type(graph: Graph) -> Section:
    output, reals = Quantity(graph.nodes[graph.output].ref), Constant("R")
    count = Number(Fraction(variable_count(graph)))
    line = (Math(Signature(output, Pow(reals, count), reals)),)
    what = "the output is taken as a function of all variables' numbers"
    return section("type", "The type of the output", (Paragraph(line), note(what)))


def _stored(graph: Graph) -> Section:
    count = stored(kept_nodes(graph))
    line = (
        Strong(f"{count} numbers"),
        Text(f" ({in_bytes(count * BYTES)} in float64): each variable and each node"),
    )
    return section("stored", "Values stored for the backward pass", (Paragraph(line),))


NODES = Description(_sections, _facts)
