"""``resolve``: from a plain name, however it is written, to the quantity that it means."""

from __future__ import annotations

import re

from msgspec import structs

from ..expression.refs import Ref, plain_name
from ..problems import nearest, refuse, shortened
from .names import UnknownName, listing, probability_ref
from .records import Graph

PRIMES = "'\u2032\u2019"
"""Signs that say "after one step": W1'."""
_NO_PRIMES: dict[int, None] = dict.fromkeys(map(ord, PRIMES))
LONGEST_NAME = 200
_DERIVATIVE = re.compile(r"[d\u2202](?P<of>[^/]+)/[d\u2202](?P<wrt>[^/]+)")
_ENTRY_INSIDE = re.compile(r"^\(([^()\[\]]+)(\[[^\[\]]*\])\)$")


def resolve(text: str, graph: Graph) -> Ref:
    """Return the quantity, or the entry, that a plain name means.

    ``dW1``, ``d(W1)``, ``dloss/dW1`` and ``delta1`` give gradients; ``hidden.W`` goes by a layer's
    own name; ``a0`` is ``x``. A computation graph's names are its own. Raises UnknownName with the
    nearest name, or the range of an index.
    """
    parts = derivative_parts(text)
    if any(sign in text for sign in PRIMES):
        message = f"'{shortened(text)}': what it is after one step is not asked for here"
        raise UnknownName(message, f"did you mean '{shortened(text.translate(_NO_PRIMES))}'?")
    if parts is None:
        return _plain(text, graph)
    of, wrt = parts
    if is_loss(of, graph):
        ref = _plain(wrt, graph)
        if ref.gradient:
            raise UnknownName(f"'{shortened(text)}': {wrt} is a gradient itself", f"write {wrt}")
        return _plain(f"d{wrt}" if wrt.startswith("(") else f"d({wrt})", graph)
    _plain(of, graph)
    gradient = plain_name(_plain(wrt, graph).grad(), graph.in_out)
    message = f"'{shortened(text)}': a local derivative, not a gradient of the loss"
    raise UnknownName(message, f"name {gradient}: it is a factor of that")


def scores_of(name: str, graph: Graph) -> str:
    """Return the scores' name for ``p`` and ``p[2]``, their softmax inside of the loss."""
    head, bracket, index = name.strip().partition("[")
    if head.strip("() ") != "p" or not graph.takes_softmax:
        return name
    return f"{plain_name(graph.nodes[graph.output].ref)}{bracket}{index}"


def resolve_number(name: str, graph: Graph) -> Ref:
    """Return the quantity, or the entry, whose numbers a name means: ``p`` is one, though no node.

    Raises UnknownName with the nearest name, or the range of an index.
    """
    scores = scores_of(name, graph)
    ref = resolve(scores, graph)
    return ref if scores == name else probability_ref(ref)


def resolve_given(name: str, graph: Graph, asker: str) -> tuple[Ref, int]:
    """Return the quantity (or entry) that a name means, and its leaf, which has numbers.

    Raises Refusal, in the name of what asks (``--set``), for what is computed or has no numbers.
    """
    try:
        ref = resolve(name, graph)
    except UnknownName as unknown:
        from ..synonyms.lookup import answered

        message, cure = unknown.problem.message, unknown.problem.cure
        if setting := answered(name, {"NAME=VALUE"}):
            cure, message = setting, f"'{name}' is no quantity of this network"
        elif cure.startswith("known: "):
            cure = f"what is given: {listing(_given_names(graph)).removeprefix('known: ')}"
        raise refuse(f"{asker}: {message}", None, cure) from None
    number = graph.find(ref)
    if number is None or ref.gradient or number not in graph.given:
        cure = f"set what is given: {', '.join(_given_names(graph))}"
        raise refuse(f"{asker} {name}: it is computed, not given", None, cure)
    if graph.given[number] is None:
        cure = "write them in the file"
        raise refuse(f"{asker} {name}: it has no numbers to change", None, cure)
    return ref, number


def _given_names(graph: Graph) -> list[str]:
    data = (n for n in graph.given if n not in graph.parameter_nodes)
    return [*(plain_name(graph.nodes[n].ref) for n in data), *graph.parameters]


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
    return text.translate(_NO_PRIMES), primes == 1


def after_step(ref: Ref, text: str, graph: Graph) -> Ref:
    """Return a parameter, which has a value after one step; anything else is refused."""
    if ref.gradient or graph.find(ref) not in graph.parameter_nodes:
        cure = nearest(text, [f"{name}'" for name in graph.parameters])
        message = f"'{shortened(text)}': only parameters are followed through a step"
        raise UnknownName(message, cure)
    return ref


def resolve_each(text: str, graph: Graph) -> tuple[Ref, ...]:
    """Return what a name means; where a network is seen as its graph, a whole array's every node.

    There a name may also be one of the network's own: ``delta1``, ``hidden.W``.
    """
    try:
        return (resolve(text, graph),)
    except UnknownName as unknown:
        found = () if graph.origin is None else _nodes_of(text, graph, graph.origin)
        if not found:
            raise unknown from None
        return found


def _nodes_of(text: str, graph: Graph, network: Graph) -> tuple[Ref, ...]:
    """Return the nodes that a quantity of the network, or an entry, consists of."""
    try:
        ref = resolve(text, network)
    except UnknownName:
        return ()
    nodes = (node.ref for node in graph.nodes)
    whole = [n for n in nodes if (n.part, n.layer) == (ref.part, ref.layer)]
    found = [n for n in whole if ref.sample in (None, n.sample) and ref.index in ((), n.index)]
    return tuple(structs.replace(n, gradient=ref.gradient) for n in found)


def derivative_parts(text: str) -> tuple[str, str] | None:
    """Return A and B of a name such as ``dA/dB``; None where it is no such name.

    What stands in brackets keeps them, ``(a)[1]`` for ``a[1]``: it is never a gradient.
    """
    match = _DERIVATIVE.fullmatch(text.replace(" ", ""))
    if match is None:
        return None
    of, wrt = (_ENTRY_INSIDE.sub(r"(\1)\2", part) for part in match.groups())
    return of, wrt


def is_loss(name: str, graph: Graph) -> bool:
    """Return whether a derivative of this is a gradient: of the loss, of a graph's output."""
    own = () if graph.loss is None else (graph.nodes[graph.loss].ref.part,)
    return name in (*graph.words.losses, *own, *(f"({part})" for part in own))


def _plain(text: str, graph: Graph) -> Ref:
    if graph.layered:
        from .layer_names import resolve_layered

        return resolve_layered(text, graph)
    from .node_names import resolve_node

    return resolve_node(text, graph)
