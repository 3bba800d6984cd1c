"""``resolve``: from a plain name, however it is written, to the quantity that it means."""

from __future__ import annotations

import re

from ..expression.refs import Ref
from ..problems import nearest, shortened
from .layer_names import resolve_layered
from .names import UnknownName
from .node_names import resolve_node
from .records import Graph

LOSS_NAMES = ("loss", "C", "L", "J", "E")
"""What the loss is called in ∂C/∂W1; no quantity of a network of layers has these names."""
PRIMES = "'\u2032\u2019"
"""Signs that say "after one step": W1'."""
LONGEST_NAME = 200
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


def resolve_step(text: str, graph: Graph) -> tuple[Ref, bool]:
    """Return the quantity, or the entry, and whether it is meant after one step: ``W1'``."""
    name, step = without_prime(text)
    ref = resolve(name, graph)
    return (after_step(ref, text, graph), True) if step else (ref, False)


def without_prime(text: str) -> tuple[str, bool]:
    """Return the name without the sign for "after one step", and whether it had one.

    Raises UnknownName for a name that is too long to be one, or that has two such signs.
    """
    if len(text) > LONGEST_NAME:
        raise UnknownName(f"a name of {len(text)} characters", "names look like W1[1,2], delta1")
    primes = sum(text.count(sign) for sign in PRIMES)
    if primes > 1:
        raise UnknownName(f"'{shortened(text)}' is not a name", "W1' is W1 after one step")
    return text.translate(dict.fromkeys(map(ord, PRIMES))) if primes else text, primes == 1


def after_step(ref: Ref, text: str, graph: Graph) -> Ref:
    """Return a parameter, which has a value after one step; anything else is refused."""
    if ref.gradient or graph.find(ref) not in graph.parameters.values():
        cure = nearest(text, [f"{name}'" for name in graph.parameters])
        message = f"'{shortened(text)}': only parameters are followed through a step"
        raise UnknownName(message, cure)
    return ref


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
