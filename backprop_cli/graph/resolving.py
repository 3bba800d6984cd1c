"""``resolve``: from a plain name, however it is written, to the quantity that it means."""

from __future__ import annotations

import re

from ..expression.refs import Ref
from ..problems import shortened
from .layer_names import resolve_layered
from .names import UnknownName
from .node_names import resolve_node
from .records import Graph

LOSS_NAMES = ("loss", "C", "L", "J", "E")
"""What the loss is called in ∂C/∂W1; no quantity of a network of layers has these names."""
_DERIVATIVE = re.compile(r"[d\u2202](?P<of>[^/]+)/[d\u2202](?P<wrt>[^/]+)")


def resolve(text: str, graph: Graph) -> Ref:
    """Return the quantity, or the entry, that a plain name means.

    ``dW1``, ``d(W1)``, ``dloss/dW1`` and ``delta1`` give gradients; ``hidden.W`` goes by a layer's
    own name; ``a0`` is ``x``. A computation graph's names are its own. Raises UnknownName with the
    nearest name, or the range of an index.
    """
    parts = derivative_parts(text)
    if parts is None:
        return _plain(text, graph)
    of, wrt = parts
    if is_loss(of, graph):
        ref = _plain(wrt, graph)
        if ref.gradient:
            raise UnknownName(f"'{shortened(text)}': {wrt} is a gradient itself", f"write {wrt}")
        return _plain(_gradient(wrt), graph)
    _plain(of, graph), _plain(wrt, graph)
    message = f"'{shortened(text)}': a local derivative, not a gradient of the loss"
    raise UnknownName(message, f"name {_gradient(shortened(wrt, 20))}: it is a factor of that")


def derivative_parts(text: str) -> tuple[str, str] | None:
    """Return A and B of a name such as ``dA/dB``; None where it is no such name."""
    match = _DERIVATIVE.fullmatch(text.replace(" ", ""))
    return None if match is None else (match["of"], match["wrt"])


def is_loss(name: str, graph: Graph) -> bool:
    """Return whether a derivative of this is a gradient: of the loss, of a graph's output."""
    if graph.layered:
        return name in LOSS_NAMES
    if graph.loss is None:
        return False
    output = graph.nodes[graph.loss].ref.part
    seen_as_layers = graph.origin is not None and name in LOSS_NAMES
    return seen_as_layers or name in (output, f"({output})")


def _gradient(name: str) -> str:
    return f"d{name}" if name.startswith("(") else f"d({name})"


def _plain(text: str, graph: Graph) -> Ref:
    return resolve_layered(text, graph) if graph.layered else resolve_node(text, graph)
