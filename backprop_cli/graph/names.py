"""The plain names: ``W1[2,1]``, ``delta1``, ``d(hidden.W)``, the same on every screen and sheet."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import structs

from ..expression.indices import Index, letters_of
from ..expression.refs import Ref
from ..problems import Problem, nearest, shortened

if TYPE_CHECKING:
    from .records import Graph

_NAME = re.compile(r"(?P<head>[^\[\]]+)(?:\[(?P<index>[^\]]*)\])?")
_ENTRY_INSIDE = re.compile(r"d\(([^\[\]]+)\[([^\[\]]*)\]\)")
"""``d(W1[2,1])``, which is ``d(W1)[2,1]``."""
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
    if letters_of(ref.layer):
        layer = f"({layer})"
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


def stored_index(ref: Ref, in_out: bool) -> tuple[int, ...]:
    """Return where an entry stands in its array, from 0, a weight in the file's own layout."""
    index = tuple(int(i) - 1 for i in ref.index)
    return index[::-1] if in_out and ref.part == "W" else index


def known_names(graph: Graph) -> list[str]:
    """Return every quantity's plain name, values first."""
    return list(known_refs(graph))


def known_refs(graph: Graph) -> dict[str, Ref]:
    """Return every quantity by its plain name, values first."""
    if not graph.layered:
        return {plain_name(node.ref, graph.in_out): node.ref for node in graph.nodes}
    names = ["x", *(["y"] if graph.target is not None else [])]
    for layer in graph.layers:
        names += [f"z{layer.index}", f"a{layer.index}"]
    names += list(graph.parameters)
    names += ["loss", "loss_terms"] if graph.loss is not None else []
    return {name: _ref(name) for name in names}


def resolve(text: str, graph: Graph) -> Ref:
    """Return the quantity, or the entry, that a plain name means.

    ``dW1``, ``d(W1)`` and ``delta1`` give gradients; ``hidden.W`` goes by a layer's own name;
    ``a0`` is ``x``. A computation graph's names are its own. Raises UnknownName with the nearest
    name, or the range of an index.
    """
    if not graph.layered:
        from .node_names import resolve_node

        return resolve_node(text, graph)
    plain = _ENTRY_INSIDE.sub(r"d(\1)[\2]", text.replace(" ", ""))
    match = _NAME.fullmatch(plain)
    if match is None:
        cure = "names look like W1, W1[1,2], delta1, loss"
        raise UnknownName(f"'{shortened(text)}' is not a name", cure)
    ref = _whole(match["head"], graph, text)
    if match["index"] is None:
        return ref
    return entry_of(ref, match["index"], graph, text)


def shown_shape(graph: Graph, ref: Ref) -> tuple[int, ...]:
    """Return the shape the quantity has for the reader: samples first in a batch."""
    number = graph.find(ref)
    if number is None:
        return ()
    node = graph.nodes[number]
    return node.shape if graph.single or not node.per_sample else (graph.samples, *node.shape)


def _whole(head: str, graph: Graph, text: str) -> Ref:
    plain = known_refs(graph)
    plain["a0"] = plain["x"]
    for layer in graph.layers:
        if layer.name:
            for part in ("z", "a", *layer.parameters):
                plain[f"{layer.name}.{part}"] = Ref(part, layer.index)
    if head in plain:
        return plain[head]
    inner = head[2:-1] if head.startswith("d(") and head.endswith(")") else head[1:]
    if head.startswith("d") and inner in plain:
        return _gradient(plain[inner], text)
    if head.startswith("delta") and f"z{head[5:]}" in plain:
        return _gradient(plain[f"z{head[5:]}"], text)
    raise UnknownName(
        f"there is no '{shortened(text)}' in this network", _cure(inner, head, plain, graph)
    )


def _gradient(ref: Ref, text: str) -> Ref:
    """Return the quantity's gradient; none is taken with respect to the target."""
    if ref.part == "y":
        message = f"'{shortened(text)}': no gradient is taken with respect to the target"
        raise UnknownName(message, "that of the output has one: d(a…)")
    return ref.grad()


def _cure(inner: str, head: str, plain: dict[str, Ref], graph: Graph) -> str:
    """Return what helps with an unknown name: which layers there are, or the nearest name."""
    for match in (_LAYERED.fullmatch(head), _LAYERED.fullmatch(inner)):
        if match is None or match["part"] not in ("z", "a", "W", "b", "delta"):
            continue
        number = int(match["layer"][:9])
        if not 1 <= number <= len(graph.layers):
            last = len(graph.layers)
            return f"the layers are 1 to {last}" if last > 1 else "there is one layer, 1"
        if match["part"] in ("W", "b"):
            layer = graph.layers[number - 1]
            return f"layer {layer.title} ({layer.type}) has no {match['part']}"
    gradients = [plain_name(r.grad()) for name, r in plain.items() if name not in ("loss", "y")]
    cure = nearest(head, [*plain, *gradients])
    return cure if len(cure) < 80 else "'backprop describe' lists the names"


def _ref(name: str) -> Ref:
    match = _LAYERED.fullmatch(name)
    return Ref(match["part"], int(match["layer"])) if match else Ref(name)


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
    return structs.replace(ref, sample=None if graph.single else sample, index=index)


def _range(name: str, shape: tuple[int, ...]) -> str:
    if not shape:
        return f"write {name} without brackets"
    last = ",".join(map(str, shape))
    return f"{name} runs from {name}[{','.join('1' for _ in shape)}] to {name}[{last}]"
