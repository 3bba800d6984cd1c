"""The names of a network of layers: ``W1``, ``delta1``, ``hidden.W``, ``d(W1)[2,1]``."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

import numpy as np

from ..expression.refs import Ref, plain_name
from ..problems import nearest, shortened
from .names import LAYERED, UnknownName, entry_of, every_ref, known_refs, listing, shown_shape
from .once import once
from .records import Graph
from .respelling import respelled

_NAME = re.compile(r"(?P<head>[^\[\]]+)(?:\[(?P<index>[^\]]*)\])?")
_ENTRY_INSIDE = re.compile(r"d\(([^\[\]]+)\[([^\[\]]*)\]\)")
"""``d(W1[2,1])``, which is ``d(W1)[2,1]``."""
ADDED = ("cost", "data_loss", "penalty")
"""What the loss is added up from: values, and no more."""
_TWO_DIGITS = re.compile(r"(d?)[wW]_?(\d)_?(\d)")
"""``w12``, as many books call a weight."""
_NUMBERED = re.compile(r"d?w_?\d+")
"""A weight as courses count them through: w5."""
_SHORT_DELTA = re.compile(r"(?:d|δ|delta_|err|error)(\d+)")
_LOSSES = ("L", "C", "E", "J")
_BRACKETS = re.compile(r"^\(([^()\[\]]+)\)")
"""``(W1)[2,1]``, which is ``W1[2,1]``."""


def resolve_layered(text: str, graph: Graph) -> Ref:
    """Return the quantity, the gradient or the entry that a name means in a network of layers.

    Raises UnknownName with the nearest name, or the range of an index.
    """
    plain = _ENTRY_INSIDE.sub(r"d(\1)[\2]", text.replace(" ", ""))
    plain = _BRACKETS.sub(r"\1", plain)
    match = _NAME.fullmatch(plain)
    if match is None:
        cure = _respelled(plain, graph) or "names look like W1, W1[1,2], delta1, loss"
        raise UnknownName(f"'{shortened(text)}' is not a name", cure)
    ref = _whole(match["head"], graph, text)
    if match["index"] is None:
        return ref
    return entry_of(ref, match["index"], graph, text)


@once
def _plain(graph: Graph) -> Mapping[str, Ref]:
    """Return what plain names and those with a layer's own name mean."""
    plain = every_ref(graph)
    plain["a0"] = plain["x"]
    for layer in graph.layers:
        # A state is called h or a, whichever word the layer has for it.
        own = {ref.part: ref for ref in layer.values}
        state = own.get("h", own.get("a"))
        if state is not None and graph.loop(graph.number(state)) is not None:
            plain[f"a{layer.index}"] = plain[f"h{layer.index}"] = state
    for layer in graph.layers:
        if layer.name:
            for ref in (*layer.values, *layer.parameter_refs, *layer.constant_refs):
                plain[f"{layer.name}.{ref.part}"] = ref
    return plain


def _whole(head: str, graph: Graph, text: str) -> Ref:
    plain = _plain(graph)
    if head in plain:
        return plain[head]
    inner = head[2:-1] if head.startswith("d(") and head.endswith(")") else head[1:]
    if head.startswith("d") and inner in plain:
        return gradient_of(plain[inner], text, graph)
    if head.startswith("delta") and f"z{head[5:]}" in plain:
        return gradient_of(plain[f"z{head[5:]}"], text, graph)
    message = f"there is no '{shortened(text)}' in this network"
    if "p" in (head, inner.strip("()")) and graph.takes_softmax:
        message = f"'{shortened(text)}': p is made within the loss"
    raise UnknownName(message, lambda: _respelled(text, graph) or _cure(inner, head, plain, graph))


def _parts(graph: Graph) -> set[str]:
    """Return the letters that plain names of layers begin with, W and b among them."""
    refs = (ref for layer in graph.layers for ref in (*layer.values, *layer.parameter_refs))
    return {"W", "b", *(ref.part for ref in refs)}


def gradient_of(ref: Ref, text: str, graph: Graph) -> Ref:
    """Return the quantity's gradient; the target has none, nor what the loss is the sum of."""
    if ref.part in graph.words.targets:
        message = f"'{shortened(text)}': no gradient is taken with respect to the target"
        raise UnknownName(message, "that of the output has one: d(a…)")
    if ref.part in ADDED and ref.part in graph.words.terms:
        message = f"'{shortened(text)}': no gradient is taken with respect to {ref.part}"
        raise UnknownName(message, "the loss is the sum, or the mean, of these")
    number = graph.find(ref)
    if number is not None and not graph.nodes[number].wants_gradient:
        message = f"'{shortened(text)}': no gradient is taken with respect to {plain_name(ref)}"
        cure = "it is given, and no step moves it"
        if number == graph.input:
            cure = "its whole numbers choose rows of a table: the table's has one"
        raise UnknownName(message, cure)
    return ref.grad()


def _respelled(text: str, graph: Graph) -> str:
    """Return how a name is written here that programs write otherwise: grad_W1, z1_2."""
    name = respelled(text.strip(), len(graph.layers))
    try:
        ref = resolve_layered(name, graph) if name not in ("", text) else None
    except UnknownName:
        return ""
    return "" if ref is None else f"did you mean '{plain_name(ref, graph.in_out)}'?"


def _as_elsewhere(head: str, plain: Mapping[str, Ref]) -> str:
    """Return how a name is written here that programs and courses write otherwise, or nothing.

    ``L`` is the loss, ``W`` and ``delta`` lack a layer.
    """
    before = "d" if head[:1] == "d" and head not in plain and head != "delta" else ""
    part = "z" if head == "delta" else head.removeprefix(before)
    layers = [ref.layer for ref in plain.values() if ref.part == part and ref.layer is not None]
    shown = "delta" if head == "delta" else f"{before}{part}"
    named = [f"{shown}{layer}" for layer in dict.fromkeys(layers)]
    if named:
        return f"with its layer's number: {listing(named).removeprefix('known: ')}"
    return "did you mean 'loss'?" if head in _LOSSES and "loss" in plain else ""


def _counted_through(name: str, plain: Mapping[str, Ref], graph: Graph) -> str:
    """Return how a weight is written here that some count through the network: w5 is W2[1,1]."""
    d, count = "d" if name[0] == "d" else "", int(name.lstrip("dw_")[:9])
    same = "names are the same in every notation: "
    before = 0
    weights = dict.fromkeys(ref for ref in plain.values() if ref.part == "W" and not ref.gradient)
    shapes = {ref: shown_shape(graph, ref) for ref in weights}
    for ref, shape in shapes.items():
        size = math.prod(shape)
        if before < count <= before + size:
            at = np.unravel_index(count - before - 1, shape)
            index = ",".join(str(int(i) + 1) for i in at)
            return f"{same}counted through, {d}w{count} is {d}{plain_name(ref)}[{index}]"
        before += size
    first, shape = next(iter(shapes.items()))
    return f"{same}a weight is written {d}{plain_name(first)}[{','.join('1' * len(shape))}]"


def _cure(inner: str, head: str, plain: Mapping[str, Ref], graph: Graph) -> str:
    """Return what helps with an unknown name: which layers there are, or the nearest name."""
    for match in (re.fullmatch(LAYERED, head), re.fullmatch(LAYERED, inner)):
        if match is None or match["part"] not in (*_parts(graph), "delta", "z", "U"):
            continue
        number = int(match["layer"][:9])
        if not 1 <= number <= len(graph.layers):
            last = len(graph.layers)
            return f"the layers are 1 to {last}" if last > 1 else "there is one layer, 1"
        layer = graph.layers[number - 1]
        part, before = ("z", "d") if match["part"] == "delta" else (match["part"], "")
        if f"{part}{number}" not in plain:
            own = [n for n, ref in plain.items() if ref.layer == number and n.startswith(part)]
            has = f": it has {', '.join(before + name for name in own)}" if own else ""
            return f"layer {layer.title} ({layer.type}) has no {match['part']}{has}"
    if "p" in (head, inner.strip("()")) and graph.takes_softmax:
        scores = plain_name(graph.nodes[graph.output].ref)
        return (
            f"p is the softmax of {scores}: 'backprop trace NET --wrt p' works it, derive too; "
            f"what goes back is d{scores} = p − y"
        )
    rows, columns, *_ = (*(shown_shape(graph, plain["W1"]) if "W1" in plain else ()), 0, 0)
    if (
        (match := _TWO_DIGITS.fullmatch(head))
        and int(match[2]) <= rows
        and int(match[3]) <= columns
    ):
        d, to, source = match.groups()
        return f"an entry is written {d}W1[{to},{source}]: of layer 1, to unit {to}, from {source}"
    if (match := _SHORT_DELTA.fullmatch(head)) and f"z{match[1]}" in plain:
        return f"did you mean 'delta{match[1]}'?"
    if meant := _as_elsewhere(head, plain):
        return meant
    matrices = [name for name, ref in plain.items() if ref.part == "W" and "." not in name]
    if matrices and _NUMBERED.fullmatch(head) and f"W{head.lstrip('dw_')}" not in matrices:
        return _counted_through(head, plain, graph)
    gradients = [plain_name(r.grad()) for name, r in plain.items() if name not in ("loss", "y")]
    cure = nearest(head, [*plain, *gradients])
    if 0 < len(cure) < 80:
        return cure
    return listing(plain_name(ref) for ref in known_refs(graph).values())
