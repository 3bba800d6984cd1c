"""The plain names: ``W1[2,1]``, ``delta1``, ``d(hidden.W)``, the same on every screen and sheet."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..expression.refs import Index, Ref
from ..problems import Problem, nearest

if TYPE_CHECKING:
    from .records import Graph

GIVEN_NAMES = {"x": "the input", "y": "the target"}
_NAME = re.compile(r"(?P<head>[^\[\]]+)(?:\[(?P<index>[^\]]*)\])?")
_LAYERED = re.compile(r"(?P<part>[A-Za-z_]*[A-Za-z_])(?P<layer>[0-9]+)")


class UnknownName(Exception):
    """The text names no quantity of this network; carries the Problem to show."""

    def __init__(self, message: str, cure: str = "") -> None:
        super().__init__(message)
        self.problem = Problem(message, None, cure)


def plain_name(ref: Ref, in_out: bool = False) -> str:
    """Return the name of section "Names": δ of layer 1 is ``delta1``, ∂loss/∂W1 is ``dW1``.

    A weight's entry is written in the file's own layout.
    """
    layer = "" if ref.layer is None else str(ref.layer)
    if ref.gradient:
        head = f"delta{layer}" if ref.part == "z" else f"d{ref.part}{layer}"
        if ref.layer is None and ref.part not in ("x", "y"):
            head = f"d({ref.part})"
    else:
        head = f"{ref.part}{layer}"
    index = tuple(reversed(ref.index)) if in_out and ref.part == "W" else ref.index
    if ref.sample is not None:
        index = (ref.sample, *index)
    return head + (f"[{','.join(map(str, index))}]" if index else "")


def known_names(graph: Graph) -> list[str]:
    """Return every quantity's plain name, values first."""
    names = ["x", *(["y"] if graph.target is not None else [])]
    for layer in graph.layers:
        names += [f"z{layer.index}", f"a{layer.index}"]
    names += list(graph.parameters)
    return [*names, *(["loss", "loss_terms"] if graph.loss is not None else [])]


def resolve(text: str, graph: Graph) -> Ref:
    """Return the quantity, or the entry, that a plain name means.

    ``dW1``, ``d(W1)`` and ``delta1`` give gradients; ``hidden.W`` goes by a layer's own name;
    ``a0`` is ``x``. Raises UnknownName with the nearest name, or the range of an index.
    """
    match = _NAME.fullmatch(text.replace(" ", ""))
    if match is None:
        raise UnknownName(f"'{text}' is not a name", "names look like W1, W1[1,2], delta1, loss")
    ref = _whole(match["head"], graph, text)
    if match["index"] is None:
        return ref
    return _entry(ref, match["index"], graph, text)


def shown_shape(graph: Graph, ref: Ref) -> tuple[int, ...]:
    """Return the shape the quantity has for the reader: samples first in a batch."""
    number = graph.find(ref)
    if number is None:
        return ()
    node = graph.nodes[number]
    return node.shape if graph.single or not node.per_sample else (graph.samples, *node.shape)


def _whole(head: str, graph: Graph, text: str) -> Ref:
    known = known_names(graph)
    plain = {name: _ref(name) for name in known}
    plain["a0"] = plain["x"]
    for layer in graph.layers:
        if layer.name:
            for part in ("z", "a", *layer.parameters):
                plain[f"{layer.name}.{part}"] = Ref(part, layer.index)
    if head in plain:
        return plain[head]
    inner = head[2:-1] if head.startswith("d(") and head.endswith(")") else head[1:]
    if head.startswith("d") and inner in plain:
        return plain[inner].grad()
    if head.startswith("delta") and f"z{head[5:]}" in plain:
        return plain[f"z{head[5:]}"].grad()
    gradients = [plain_name(ref.grad()) for name, ref in plain.items() if name != "loss"]
    raise UnknownName(f"there is no '{text}' in this network", nearest(head, [*plain, *gradients]))


def _ref(name: str) -> Ref:
    match = _LAYERED.fullmatch(name)
    return Ref(match["part"], int(match["layer"])) if match else Ref(name)


def _entry(ref: Ref, inside: str, graph: Graph, text: str) -> Ref:
    shape, name = shown_shape(graph, ref), plain_name(ref)
    parts = inside.split(",") if inside else []
    if not all(part.isascii() and part.isdigit() and len(part) < 10 for part in parts):
        raise UnknownName(f"'{text}': positions are whole numbers", f"for example {name}[1]")
    index = tuple(int(part) for part in parts)
    if len(index) != len(shape):
        size = "a single number" if not shape else f"{len(shape)} position(s)"
        raise UnknownName(f"'{text}': {name} has {size}", _range(name, shape))
    if any(i == 0 for i in index):
        raise UnknownName(f"'{text}': entries count from 1", _range(name, shape))
    if any(i > n for i, n in zip(index, shape, strict=True)):
        raise UnknownName(f"'{text}' is outside {name}", _range(name, shape))
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
