"""The plain names: ``W1[2,1]``, ``delta1``, ``d(hidden.W)``, the same on every screen and sheet."""

from __future__ import annotations

import re

from ..expression.refs import Index, Ref, plain_name
from ..problems import Place, Problem, Refusal, Source, shortened
from .records import Graph

LAYERED = re.compile(r"(?P<part>[A-Za-z_]*[A-Za-z_])(?P<layer>[0-9]+)")


class UnknownName(KeyError):
    """The text names no quantity of this network; carries the Problem to show."""

    def __init__(self, message: str, cure: str = "") -> None:
        super().__init__(message)
        self.problem = Problem(message, None, cure)

    def __str__(self) -> str:
        message, cure = self.problem.message, self.problem.cure
        return f"{message}: {cure}" if cure else message

    def of(self, asker: str, place: Place | None = None) -> Problem:
        """Return the problem as one of what asked for the name, such as ``--wrt``."""
        return Problem(f"{asker}: {self.problem.message}", place, self.problem.cure)

    def refusal(
        self, asker: str, place: Place | None = None, source: Source | None = None
    ) -> Refusal:
        """Return the refusal of what asked for the name."""
        return Refusal([self.of(asker, place)], source)


def known_names(graph: Graph) -> list[str]:
    """Return every quantity's plain name, values first."""
    return list(known_refs(graph))


def known_refs(graph: Graph) -> dict[str, Ref]:
    """Return every quantity by its plain name, values first."""
    if not graph.layered:
        return {plain_name(node.ref, graph.in_out): node.ref for node in graph.nodes}
    refs = [Ref("x"), *([Ref("y")] if graph.target is not None else [])]
    refs += [ref for layer in graph.layers for ref in layer.values]
    refs += [ref for layer in graph.layers for ref in layer.parameter_refs]
    refs += [Ref("loss"), Ref("loss_terms")] if graph.loss is not None else []
    return {plain_name(ref): ref for ref in refs}


def shown_shape(graph: Graph, ref: Ref) -> tuple[int, ...]:
    """Return the shape the quantity has for the reader: samples first in a batch."""
    number = graph.find(ref)
    if number is None:
        return ()
    node = graph.nodes[number]
    return node.shape if graph.single or not node.per_sample else (graph.samples, *node.shape)


def entry_of(ref: Ref, inside: str, graph: Graph, text: str) -> Ref:
    """Return the entry of a quantity that ``1,2`` means; raise UnknownName with the range."""
    shape, name = shown_shape(graph, ref), plain_name(ref)
    parts = inside.split(",") if inside else []
    if not all(part.isascii() and part.isdigit() and len(part) < 10 for part in parts):
        raise UnknownName(f"'{shortened(text)}': positions are whole numbers", _range(name, shape))
    index = tuple(int(part) for part in parts)
    if len(index) != len(shape):
        size = "is a single number"
        if shape:
            size = f"takes {len(shape)} position{'s' if len(shape) > 1 else ''}"
        raise UnknownName(f"'{shortened(text)}': {name} {size}", _range(name, shape))
    if any(i == 0 for i in index):
        raise UnknownName(f"'{shortened(text)}': entries count from 1", _range(name, shape))
    if any(i > n for i, n in zip(index, shape, strict=True)):
        raise UnknownName(f"'{shortened(text)}' is outside {name}", _range(name, shape))
    return from_shown(ref, index, graph)


def from_shown(ref: Ref, index: tuple[int, ...], graph: Graph) -> Ref:
    """Return the entry that stands at ``index`` of the array as the reader sees it."""
    number = graph.find(ref)
    sample: Index | None = None
    if number is not None and graph.nodes[number].per_sample:
        sample, index = (1, index) if graph.single else (index[0], index[1:])
    if ref.part == "W" and graph.in_out:
        index = tuple(reversed(index))
    return Ref(ref.part, ref.layer, ref.gradient, None if graph.single else sample, index)


def _range(name: str, shape: tuple[int, ...]) -> str:
    if not shape:
        return f"write {name} without brackets"
    last = ",".join(map(str, shape))
    return f"{name} runs from {name}[{','.join('1' for _ in shape)}] to {name}[{last}]"
