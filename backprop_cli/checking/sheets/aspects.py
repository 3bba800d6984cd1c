"""What of a quantity a name asks: a moment of an optimizer, ``m(W1)``, a slope, ``da1/dz1``."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from msgspec import structs

from ...expression.axes import dimensions
from ...expression.refs import Ref, plain_name
from ...functions.optimizers import OPTIMIZERS, THETA
from ...graph.names import UnknownName, own_name, shown_shape
from ...graph.records import Graph
from ...graph.resolving import after_step, derivative_parts, is_loss, resolve, scores_of
from ...passes.local import entrywise, positions
from ...problems import shortened
from ..records import LIKELY, STEPPED, Aspect

Find = Callable[[str], tuple[Ref, Aspect]]
LETTERS = frozenset(
    assignment.target.id
    for optimizer in OPTIMIZERS.values()
    for assignment in optimizer.assignments
    if assignment.target != THETA
)
"""What any optimizer computes on the way to a parameter: m, v, and the corrected ones, hat m."""
_KEPT = re.compile(
    r"(?P<letter>[a-z])(?P<hat>_?hat|\u0302)?'?\((?P<of>[^()]+)\)(?P<entry>\[[^\[\]]*\])?'?"
)
"""``v(W1)[1,2]``, ``mhat(W1)``, also with the prime of what is there after the step."""


def name_of(ref: Ref, aspect: Aspect, graph: Graph) -> str:
    """Return the plain name: ``W1'[1,2]``, ``m(W1)[1,2]``, ``da1/dz1[2]``."""
    name = own_name(ref, graph)
    if isinstance(aspect, Ref):
        return f"d{plain_name(aspect, graph.in_out)}/d{name}"
    if not aspect:
        return name
    head, bracket, index = name.partition("[")
    if aspect == LIKELY:
        return f"{LIKELY}{bracket}{index}"
    kept = "".join(reversed(aspect.split()))
    called = f"{head}'" if aspect == STEPPED else f"{kept}({head})"
    return f"{called}{bracket}{index}"


def slope_entry(ref: Ref, of: Ref) -> Ref:
    """Return the entry that a local derivative is of: where it has none of its own, ref's."""
    if of.index or not ref.index:
        return of
    return structs.replace(of, sample=ref.sample, index=ref.index)


def likely(text: str, graph: Graph) -> tuple[Ref, Aspect] | None:
    """Return the scores whose softmax ``p`` and ``p[2]`` mean; None for another name."""
    scores = scores_of(text, graph)
    return None if scores == text else (resolve(scores, graph), LIKELY)


def kept_by_optimizer(text: str, find: Find, graph: Graph) -> tuple[Ref, Aspect] | None:
    """Return the parameter, and which moment of it a name means; None for another name."""
    match = _KEPT.fullmatch(unicodedata.normalize("NFD", text.replace(" ", "")))
    if match is None:
        return None
    letter = f"hat {match['letter']}" if match["hat"] else match["letter"]
    if letter not in LETTERS:
        return None
    ref, aspect = find(match["of"] + (match["entry"] or ""))
    if aspect:
        message = f"'{shortened(text)}' is not a name"
        raise UnknownName(message, "v(W1) is what the optimizer keeps of W1 after one step")
    return after_step(ref, text, graph), letter


def slope(text: str, find: Find, graph: Graph) -> tuple[Ref, Aspect] | None:
    """Return by what is differentiated, and what: ``da1/dz1[2]`` is of z1[2], and of a1.

    None for a name of another form. Raises UnknownName where one is not computed from the other
    in one step, or it does not say of which entry.
    """
    parts = derivative_parts(text)
    if parts is None or is_loss(parts[0], graph):
        return None
    (of, one), (wrt, other) = find(parts[0]), find(parts[1])
    if one or other or of.gradient or wrt.gradient:
        message = f"'{shortened(text)}': a derivative is of a value by a value"
        raise UnknownName(message, "such as da1/dz1")
    consumer, number = graph.number(of), graph.number(wrt)
    where = positions(graph, of, wrt)
    alike = graph.single or graph.nodes[consumer].per_sample is graph.nodes[number].per_sample
    if alike and all(entrywise(graph, consumer, k) for k in where):
        if of.index and not wrt.index:
            wrt = structs.replace(wrt, index=of.index)
        if of.sample is not None and wrt.sample is None:
            wrt = structs.replace(wrt, sample=of.sample)
        if of.index in ((), wrt.index) and of.sample in (None, wrt.sample):
            return wrt, of.bare()
    if of.sample is None and not graph.single and graph.nodes[consumer].per_sample:
        of = structs.replace(of, sample=wrt.sample)
    shape = shown_shape(graph, of)
    if shape and all(size == 1 for size in shape):
        of = structs.replace(of, index=(1,) * len(graph.nodes[consumer].shape))
        of = of if graph.single else structs.replace(of, sample=of.sample or 1)
    elif shape and not of.index:
        name = plain_name(of, graph.in_out)
        example = f"{name}[{','.join('1' for _ in shape)}]"
        message = f"'{shortened(text)}': {name} has {dimensions(shape)} entries"
        raise UnknownName(message, f"name one: d{example}/d{plain_name(wrt, graph.in_out)}")
    return wrt, of
