"""Plain names on a page: which texts of a document are names, and whether they are read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from backprop_cli.api import load
from backprop_cli.commands._options import seen_as
from backprop_cli.functions.optimizers import OPTIMIZERS
from backprop_cli.graph.names import UnknownName
from backprop_cli.graph.records import Graph
from backprop_cli.graph.resolving import derivative_parts, resolve_each, resolve_step
from backprop_cli.mathematics.activations import ACTIVATIONS, ALIASES
from backprop_cli.worked import document as doc

WORDS = {
    *ACTIVATIONS,
    *ALIASES,
    "softmax",
    *(setting.name for entry in OPTIMIZERS.values() for setting in entry.settings),
    *("learning_rate", "steps", "a", "dW", "db", "delta"),
}
"""What stands as code and is no quantity: functions, settings, and a column of every layer's."""
NOT_NAMES = re.compile(r"|[\d.,\s-]+|.*\s.*|--.*|.*/.*\.\w+", re.DOTALL)
"""Numbers, words with spaces, options, files."""
SEEN = "--as-graph"


def inlines(part: Any) -> Iterator[str]:
    """Yield each text of a document that may be a name: labels, headings, code."""
    if isinstance(part, tuple):
        for inner in part:
            yield from inlines(inner)
    elif isinstance(part, doc.Code):
        yield from part.text.split(", ")
    elif isinstance(part, Struct) and not isinstance(part, doc.Picture):
        if isinstance(part, doc.Chain | doc.Column):
            yield from part.name.removeprefix("through ").split(" → ")
        fields = (getattr(part, name) for name in part.__struct_fields__)
        if type(part).__module__ == doc.__name__:
            yield from inlines(tuple(fields))


def names_in(part: Any) -> set[str]:
    return {t for t in inlines(part) if t not in WORDS and NOT_NAMES.fullmatch(t) is None}


def graph_of(call: tuple[str, ...]) -> Graph:
    """Return the graph that a call shows: as it is, or seen as its computation graph."""
    graph = load(call[1])
    if SEEN in call:
        return seen_as(graph, "operations" if call[-1] == "operations" else "units")
    if graph.layered and "--mode" in call and call[call.index("--mode") + 1] != "reverse":
        return seen_as(graph, "units")
    return graph


def is_known(name: str, graph: Graph) -> bool:
    """Return whether a name is read: a quantity, one after a step, or a local derivative."""
    try:
        parts = derivative_parts(name)
        if parts is not None and "/" in name:
            return all(resolve_each(part, graph) for part in parts)
        resolve_step(name, graph)
    except UnknownName:
        return False
    return True
