"""What a sheet calls its answers: the plain names, after one step with ``'``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Protocol

from ..expression.refs import Ref
from ..graph.names import UnknownName, known_names, plain_name, resolve
from ..graph.records import Graph
from ..problems import nearest, shortened

PRIMES = "'\u2032\u2019"
"""Signs that say "after one step": W1'."""
LONGEST_NAME = 200
_LOCAL = re.compile(r"[d\u2202](?P<of>[^/]+)/[d\u2202](?P<wrt>.+)")


class Named(Protocol):
    """How a sheet's names are read."""

    @property
    def words(self) -> Mapping[str, Ref]:
        """The names that an expression may use, as one word each."""
        ...

    @property
    def doubtful(self) -> Mapping[str, str]:
        """Words that could be two things, with the sentence that says which."""
        ...

    def find(self, text: str) -> tuple[Ref, bool]:
        """Return the quantity of a name and whether it is meant after one step."""
        ...


class PlainNames:
    """The names ``z1``, ``dW1[1,2]``, ``hidden.W``, ``d(a)``, ``delta1``, ``W1'``."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.words, self.doubtful = _plain_words(graph)

    def find(self, text: str) -> tuple[Ref, bool]:
        """Return the quantity, or the entry, and whether it is meant after one step."""
        name, step = without_prime(text)
        local = _LOCAL.fullmatch(name.replace(" ", ""))
        if local is not None and self._is_loss(local["of"]):
            name = f"d({local['wrt']})"
        elif local is not None:
            cure = f"ask for the gradients d({plain_of(local['of'])}), d({plain_of(local['wrt'])})"
            raise UnknownName(f"'{shortened(text)}': local derivatives are not checked", cure)
        ref = resolve(name, self.graph)
        if ref.gradient and self.graph.loss is None:
            message = f"'{shortened(text)}': the network has no loss to differentiate"
            raise UnknownName(message, "add 'loss: half_squared_error' to the network file")
        return (after_step(ref, text, self.graph), True) if step else (ref, False)

    def _is_loss(self, name: str) -> bool:
        """Return whether a derivative of this is a gradient: of the loss, of a graph's output."""
        if self.graph.layered:
            return name in ("loss", "C")
        return self.graph.loss is not None and name == self.graph.nodes[self.graph.loss].ref.part


def plain_of(text: str) -> str:
    """Return a name as a suggestion repeats it."""
    return shortened(text, 20)


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


def _plain_words(graph: Graph) -> tuple[dict[str, Ref], dict[str, str]]:
    """Return the words that name a quantity, and those that could name two."""
    values = [*known_names(graph), "a0"]
    words = [*values, *(f"d{name}" for name in values)]
    words += [f"delta{name[1:]}" for name in values if name[:1] == "z"]
    found: dict[str, Ref] = {}
    doubtful: dict[str, str] = {}
    for word in words:
        try:
            found[word] = resolve(word, graph)
        except UnknownName as unknown:
            if word not in ("dy", "d(y)"):
                doubtful[word] = str(unknown)
    return found, doubtful


def name_of(ref: Ref, step: bool, graph: Graph) -> str:
    """Return the plain name of an answer: ``W1'[1,2]`` after one step."""
    name = plain_name(ref, graph.in_out)
    if not step:
        return name
    head, bracket, index = name.partition("[")
    return f"{head}'{bracket}{index}"


def entry_of(ref: Ref, in_out: bool) -> tuple[int, ...]:
    """Return an entry's position as its name says it: the sample first, in the file's layout."""
    index = tuple(int(i) for i in ref.index)
    index = index[::-1] if in_out and ref.part == "W" else index
    return index if ref.sample is None else (int(ref.sample), *index)


def quantity_name(ref: Ref, step: bool, graph: Graph) -> str:
    """Return the plain name of the whole quantity that an answer is an entry of."""
    return name_of(ref.bare(), step, graph)
