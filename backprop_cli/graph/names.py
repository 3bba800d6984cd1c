"""The plain names: ``W1[2,1]``, ``delta1``, ``d(hidden.W)``, the same on every screen and sheet."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping

from msgspec import structs

from ..expression.axes import letters
from ..expression.refs import Ref, plain_name, turned
from ..problems import Place, Problem, Refusal, Source, counted, shortened
from .once import once
from .records import Graph

LAYERED = r"(?P<part>[A-Za-z_]*[A-Za-z_])(?P<layer>[0-9]+)"


MOST_LISTED = 10
"""Names that a message lists; 'backprop describe' has all of them."""


def listing(names: Iterable[str]) -> str:
    """Return the cure for a name that is near to none: the first that there are."""
    every = list(names)
    more = ", …: 'backprop describe' lists the names" if len(every) > MOST_LISTED else ""
    return f"known: {', '.join(every[:MOST_LISTED])}{more}"


class UnknownName(KeyError):
    """The text names no quantity of this network; carries the Problem to show.

    A cure that has to be looked for is looked for when it is shown: of most words it is only asked
    whether they are names.
    """

    def __init__(self, message: str, cure: str | Callable[[], str] = "") -> None:
        super().__init__(message)
        self.message, self.cure = message, cure

    @functools.cached_property
    def problem(self) -> Problem:
        """What is wrong, and what would mend it."""
        return Problem(self.message, None, self.cure if isinstance(self.cure, str) else self.cure())

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


@once
def known_refs(graph: Graph) -> Mapping[str, Ref]:
    """Return every quantity by its plain name, values first."""
    if not graph.layered:
        return {plain_name(node.ref, graph.in_out): node.ref for node in graph.nodes}
    refs = [Ref("x"), *([Ref("y")] if graph.target is not None else [])]
    refs += [Ref("m")] if Ref("m") in graph.numbers else []
    refs += [ref for layer in graph.layers for ref in layer.values]
    for layer in graph.layers:
        refs += [*layer.parameter_refs, *layer.constant_refs]
    refs += [Ref("loss"), Ref("loss_terms")] if graph.loss is not None else []
    return {plain_name(ref): ref for ref in refs}


def own_name(ref: Ref, graph: Graph) -> str:
    """Return the plain name; in a graph of one's own every gradient is ``d(NAME)``, d(x) too."""
    name, short = plain_name(ref, graph.in_out), f"d{ref.part}"
    if graph.layers or graph.origin is not None or not (ref.gradient and name.startswith(short)):
        return name
    return f"d({ref.part}){name.removeprefix(short)}"


def every_ref(graph: Graph) -> dict[str, Ref]:
    """Return also what is only computed on the way: C_i (``cost``), ``data_loss``, penalties."""
    others = {plain_name(node.ref, graph.in_out): node.ref for node in graph.nodes}
    return {**known_refs(graph), **others}


def shown_shape(graph: Graph, ref: Ref) -> tuple[int, ...]:
    """Return the shape the quantity has for the reader: samples first in a batch."""
    number = graph.find(ref)
    if number is None:
        return ()
    node = graph.nodes[number]
    alone = graph.single or not node.per_sample or ref.sample is not None
    return node.shape if alone else (graph.samples, *node.shape)


def probability_ref(scores: Ref) -> Ref:
    """Return p, or its entry, of the scores or their entry."""
    return Ref("p", sample=scores.sample, index=scores.index)


def is_probability(ref: Ref, graph: Graph) -> bool:
    """Return whether this is p, or an entry of it, where the loss takes the softmax itself."""
    return ref.part == "p" and ref.bare() == Ref("p") and graph.takes_softmax


def scores_behind(ref: Ref, graph: Graph) -> Ref:
    """Return the scores, or the entry of them, that p is made of; any other quantity is itself."""
    if not is_probability(ref, graph):
        return ref
    return structs.replace(graph.nodes[graph.output].ref, sample=ref.sample, index=ref.index)


def entry_of(ref: Ref, inside: str, graph: Graph, text: str) -> Ref:
    """Return the entry of a quantity that ``1,2`` means; raise UnknownName with the range.

    In a batch one position less means a sample's row: ``a1[2]``.
    """
    shape, name = shown_shape(graph, ref), plain_name(ref)
    parts = inside.split(",") if inside else []
    parts = _without_letters(parts, ref, graph)
    if not all(part.isascii() and part.isdigit() and len(part) < 10 for part in parts):
        raise UnknownName(f"'{shortened(text)}': positions are whole numbers", _range(name, shape))
    index = tuple(int(part) for part in parts)
    number = graph.find(ref)
    batch = number is not None and graph.nodes[number].per_sample and not graph.single
    if batch and len(index) == 1 < len(shape) and 1 <= index[0] <= shape[0]:
        return structs.replace(ref, sample=index[0])
    if len(index) != len(shape):
        size = "is a single number"
        if shape:
            size = f"takes {counted(len(shape), 'position')}"
            size += _counted_by(ref, len(shape), graph)
        raise UnknownName(f"'{shortened(text)}': {name} {size}", _range(name, shape))
    if any(i == 0 for i in index):
        raise UnknownName(f"'{shortened(text)}': entries count from 1", _range(name, shape))
    if any(i > n for i, n in zip(index, shape, strict=True)):
        raise UnknownName(f"'{shortened(text)}' is outside {name}", _range(name, shape))
    return from_shown(ref, index, graph)


def _without_letters(parts: list[str], ref: Ref, graph: Graph) -> list[str]:
    """Return positions without the letter of the axis that each counts along: ``t=2`` is 2."""
    if graph.find(ref) is None or not any("=" in part for part in parts):
        return parts
    own = letters(graph.axes(ref))
    before = max(0, len(parts) - len(own))
    heads = [f"{letter}=" for letter in own]
    return [
        part.removeprefix(heads[i - before]) if i >= before else part
        for i, part in enumerate(parts)
    ]


def _counted_by(ref: Ref, rank: int, graph: Graph) -> str:
    """Return what each of several positions counts: ``: step, unit``."""
    own = graph.axes(ref) if rank > 1 and graph.find(ref) is not None else ()
    known = (*("sample" for _ in range(rank - len(own))), *turned(ref.part, own, graph.in_out))
    return f": {', '.join(known)}" if own and not any("axis" in each for each in own) else ""


def from_shown(ref: Ref, index: tuple[int, ...], graph: Graph) -> Ref:
    """Return the entry that stands at ``index`` of the array as the reader sees it."""
    number, sample = graph.find(ref), ref.sample
    several = number is not None and graph.nodes[number].per_sample and not graph.single
    if several and sample is None:
        sample, index = index[0], index[1:]
    return structs.replace(ref, sample=sample, index=turned(ref.part, index, graph.in_out))


def _range(name: str, shape: tuple[int, ...]) -> str:
    if not shape:
        return f"write {name} without brackets"
    last = ",".join(map(str, shape))
    return f"{name} runs from {name}[{','.join('1' for _ in shape)}] to {name}[{last}]"
