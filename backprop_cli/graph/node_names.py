"""The names of a computation graph: its nodes' own, and ``d(NAME)`` for their gradients."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping

from ..expression.refs import Ref, plain_name
from ..problems import nearest, shortened
from .names import UnknownName, entry_of, known_refs, listing
from .records import Graph

_NAME = re.compile(r"(?P<head>[^\[\]()]+|\([^()]+\)|d\([^()]+\))(?:\[(?P<index>[^\]]*)\])?")

_OF_ENTRY = re.compile(r"(?P<d>d?)\((?P<node>[^()\[\]]+)\)(?P<index>\[[^\]]*\])")
"""``d(cost)[2]``, where ``cost[2]`` is a node of its own."""


def resolve_node(text: str, graph: Graph) -> Ref:
    """Return the node, the gradient or the entry that a name means in a computation graph.

    ``c`` is a value, ``d(c)`` its gradient, and so is ``dc`` where no node is called so; where one
    is, ``(dc)`` is that node. Raises UnknownName with the nearest name, or with both readings.
    """
    nodes = known_refs(graph)
    plain = text.replace(" ", "")
    found = _readings(plain, nodes)
    index = None
    if not found and (match := _NAME.fullmatch(plain)) and match["index"] is not None:
        found, index = _readings(match["head"], nodes), match["index"]
        if not found and plain.startswith("d(") and match["head"].startswith("d("):
            raise _unknown(text, match["head"], nodes)
    if not found and (inside := re.fullmatch(r"d\(([^()\[\]]+)\[([^\]]*)\]\)", plain)):
        found, index = [ref.grad() for ref in _values(inside[1], nodes)], inside[2]
    if len(found) > 1:
        gradient = plain_name(found[1].of())
        message = f"'{shortened(text)}' could be a node or the gradient of {gradient}"
        raise UnknownName(message, f"write ({plain}) for the node, d({gradient}) for the gradient")
    if not found:
        raise _unknown(text, plain, nodes)
    return found[0] if index is None else entry_of(found[0], index, graph, text)


def _readings(plain: str, nodes: Mapping[str, Ref]) -> list[Ref]:
    """Return what a name without its entry may mean: a value first, then a gradient."""
    entry = _OF_ENTRY.fullmatch(plain)
    if entry is not None and entry["node"] + entry["index"] in nodes:
        plain = f"{entry['d']}({entry['node']}{entry['index']})"
    if plain.startswith("d(") and plain.endswith(")"):
        return [ref.grad() for ref in _values(plain[2:-1], nodes)]
    if plain.startswith("(") and plain.endswith(")"):
        return _values(plain[1:-1], nodes)
    found = _values(plain, nodes)
    if plain.startswith("delta") and f"z{plain[5:]}" in nodes:
        return [*found, nodes[f"z{plain[5:]}"].grad()]
    if plain.startswith("d"):
        found += [ref.grad() for ref in _values(plain[1:], nodes)]
    return found


def _values(plain: str, nodes: Mapping[str, Ref]) -> list[Ref]:
    return [nodes[plain]] if plain in nodes else []


def _unknown(text: str, plain: str, nodes: Mapping[str, Ref]) -> UnknownName:
    cure = functools.partial(_cure, plain.split("[")[0], nodes)
    return UnknownName(f"there is no '{shortened(text)}' in this graph", cure)


def _cure(head: str, nodes: Mapping[str, Ref]) -> str:
    known = [*nodes, *(f"d({name})" for name in nodes)]
    cure = nearest(head, known) if head else ""
    return cure if 0 < len(cure) < 80 else listing(nodes)
