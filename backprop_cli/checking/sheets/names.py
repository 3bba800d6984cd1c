"""What a sheet calls its answers: the plain names, after one step with ``'``."""

from __future__ import annotations

import contextlib
import functools
import re
from collections.abc import Callable, Mapping
from typing import Protocol

from ...expression.refs import Ref, plain_name, turned
from ...graph.names import UnknownName, every_ref
from ...graph.records import Graph
from ...graph.resolving import LONGEST_NAME, resolve, resolve_step
from ...graph.respelling import entries, respelled
from ...notation import profile_names
from ...problems import shortened
from ..records import STEPPED, Aspect
from .aspects import kept_by_optimizer, likely, name_of, slope

MOST_KNOWN = 4096
"""Names that are remembered at once."""
_OF_BATCHES = "XYZA\u0394"
"""Letters that arrays of a row a sample have where vectors have small ones: X, Δ²."""
SPELLED = {"\u03c0": "pi"}


class SheetNames(Protocol):
    """How a sheet's names are read."""

    @property
    def turns_weights(self) -> bool:
        """Whether pages with these names show matrices of weights transposed."""
        ...

    @property
    def words(self) -> Mapping[str, Ref]:
        """The names that an expression may use, as one word each."""
        ...

    @property
    def doubtful(self) -> Mapping[str, str]:
        """Words that could be two things, with the sentence that says which."""
        ...

    def find(self, text: str) -> tuple[Ref, Aspect]:
        """Return the quantity of a name, and what of it is meant."""
        ...

    def spoken(self, word: str) -> str | None:
        """Return what a word of a formula that is not ASCII is called in plain names."""
        ...

    def drawn_at(self, text: str, start: int) -> tuple[int, str] | None:
        """Return where the longest drawn name at a place ends, and what it is in a formula."""
        ...

    def readable(self, typed: str) -> str:
        """Return a formula, as it was read, in names that people know."""
        ...


class DrawnNames(SheetNames, Protocol):
    """The names of a notation, which are found where they stand among signs."""

    title: str
    chosen: bool
    """Whether somebody asks for the notation, so that its names may be meant."""

    def ref_at(self, text: str, start: int) -> tuple[int, Ref] | None:
        """Return where the longest drawn name at a place ends, and its quantity."""
        ...

    def function_at(self, text: str, start: int) -> tuple[int, str] | None:
        """Return where a function's letter at a place ends, and the function's name."""
        ...


class PlainNames:
    """The names ``z1``, ``dW1[1,2]``, ``hidden.W``, ``d(a)``, ``W1'``, ``m(W1)``, ``da1/dz1``."""

    def __init__(self, graph: Graph, letters: Callable[[], DrawnNames] | None = None) -> None:
        self.graph, self.letters = graph, letters
        self.found: dict[str, tuple[Ref, Aspect]] = {}
        self.words, self.doubtful = _plain_words(graph)

    @property
    def turns_weights(self) -> bool:
        """Whether the pages of the network do."""
        return self.letters is not None and self.letters().turns_weights

    def find(self, text: str) -> tuple[Ref, Aspect]:
        """Return the quantity, or the entry, and what of it is meant; a class asks for few."""
        if len(text) > LONGEST_NAME:
            return self._looked_up(text)
        known = self.found.get(text)
        if known is None:
            if len(self.found) >= MOST_KNOWN:
                self.found.clear()
            known = self.found[text] = self._looked_up(text)
        return known

    def _looked_up(self, text: str) -> tuple[Ref, Aspect]:
        kept = kept_by_optimizer(text, self.find, self.graph)
        if kept is not None:
            return kept
        aspect: Aspect
        try:
            ref, step = resolve_step(text, self.graph)
            aspect = STEPPED if step else ""
        except UnknownName as unknown:
            other = self._drawn(text) or self._also(text) or likely(text, self.graph)
            other = other or slope(text, self.find, self.graph)
            loss = Ref("loss")
            called = text.strip() in self.graph.words.losses
            if other is None and called and self.graph.find(loss) is not None:
                other = loss, ""
            if other is None:
                self._say_whose(text)
                other = self._respelled(text)
            if other is None:
                cure = functools.partial(self._cure, text, unknown)
                raise UnknownName(unknown.message, cure) from None
            ref, aspect = other
        if ref.gradient and self.graph.loss is None:
            message = f"'{shortened(text)}': the network has no loss to differentiate"
            raise UnknownName(message, "add 'loss: half_squared_error' to the network file")
        return ref, aspect

    def _cure(self, text: str, unknown: UnknownName) -> str:
        entry = meant_entry(text.strip(), self)
        return f"did you mean '{entry}'?" if entry else unknown.problem.cure

    def _also(self, text: str) -> tuple[Ref, Aspect] | None:
        """Return what ``d1`` or ``X[1,2]`` means, as programs and courses call delta1 and x."""
        word, bracket, index = text.partition("[")
        ref = self.words.get(word.strip())
        if ref is None or ref.part == "p" or "/" in text:
            return None
        name = plain_name(ref, self.graph.in_out)
        return None if word.strip() == name else self.find(f"{name}{bracket}{index}")

    def _respelled(self, text: str) -> tuple[Ref, Aspect] | None:
        """Return what another spelling means in a network of layers: z1_2, grad_W1, W1_new."""
        name = respelled(text.strip(), len(self.graph.layers)) if self.graph.layers else ""
        if not name or name == text.strip():
            return None
        try:
            return self.find(name)
        except UnknownName:
            return None

    def _drawn(self, text: str) -> tuple[Ref, Aspect] | None:
        """Return what a name in the letters of the screen means, where it means one thing."""
        if self.letters is None or (text.isascii() and len(text.strip()) != 1):
            return None
        try:
            return self.letters().find(text)
        except UnknownName:
            return None

    def _say_whose(self, text: str) -> None:
        """Raise UnknownName for a name in the notation that is asked for: how it is read."""
        if self.letters is None or not self.letters().chosen:
            return
        letters = self.letters()
        try:
            ref, aspect = letters.find(text)
        except UnknownName:
            return
        meant = name_of(ref, aspect, self.graph)
        message = f"'{shortened(text)}' is {meant} in the notation '{letters.title}', not here"
        line = f" and 'notation: {letters.title}'" if letters.title in profile_names() else ""
        lines = f"'names: notation'{line}"
        raise UnknownName(message, f"write {meant}, or add {lines} to the sheet") from None

    def drawn_at(self, text: str, start: int) -> tuple[int, str] | None:
        """Return the plain name of what stands there in the letters of the screen."""
        if self.letters is None or text.isascii():
            return None
        letters = self.letters()
        end, ref = letters.ref_at(text, start) or (start, None)
        if ref is None and text[start] in _OF_BATCHES:
            small = f"{text[:start]}{text[start].lower()}{text[start + 1 :]}"
            end, ref = letters.ref_at(small, start) or (start, None)
        word = re.compile(r"[A-Za-z_]\w*", re.ASCII).match(text, start)
        if ref is None and word is not None and word.group() not in self.words:
            end, ref = word.end(), letters.words.get(word.group())
        if ref is None:
            return letters.function_at(text, start)
        return end, plain_name(ref, self.graph.in_out)

    def readable(self, typed: str) -> str:
        """Return the formula as it stands: its names are the plain ones."""
        return typed

    def spoken(self, word: str) -> str | None:
        """Return the plain name of a name in the letters of the screen: δ¹₁, ∂C/∂w¹₁₁, π, σ.

        σ is the activation where the network has one only.
        """
        if word in SPELLED:
            return SPELLED[word]
        drawn = self._drawn(word)
        if drawn is not None and not drawn[1]:
            return plain_name(drawn[0], self.graph.in_out)
        used = {layer.activation for layer in self.graph.layers} - {"identity"}
        return used.pop() if word in ("\u03c3", "\u03c6") and len(used) == 1 else None


def meant_entry(word: str, names: SheetNames) -> str:
    """Return the entry that a name without brackets may be, z12 is z1[2], or nothing."""
    for entry in entries(word):
        with contextlib.suppress(UnknownName):
            names.find(entry)
            return entry
    return ""


def _plain_words(graph: Graph) -> tuple[dict[str, Ref], dict[str, str]]:
    """Return the words that name a quantity, and those that could name two."""
    values = [*every_ref(graph), "a0"]
    words = [*values, *(f"d{name}" for name in values)]
    words += [f"delta{name[1:]}" for name in values if name[:1] == "z"]
    found: dict[str, Ref] = {}
    doubtful: dict[str, str] = {}
    for word in words:
        try:
            found[word] = resolve(word, graph)
        except UnknownName as unknown:
            if word not in ("dy", "d(y)"):
                doubtful[word] = unknown.problem.message
    for word, ref in list(found.items()):
        head, number = word.rstrip("0123456789"), word.lstrip("adeltxyz")
        if graph.layers and head in ("x", "y", "z", "a", "delta") and head + number == word:
            if head == "a" and f"p{number}" in found:
                continue
            found.setdefault(head.capitalize() + number, ref)
            for letter in "dD" if head == "delta" else "":
                found.setdefault(letter + number, ref)
    if graph.takes_softmax:
        found.setdefault("p", Ref("p"))
    return found, doubtful


def entry_of(ref: Ref, in_out: bool) -> tuple[int, ...]:
    """Return an entry's position as its name says it: the sample first, in the file's layout."""
    index = tuple(int(i) for i in turned(ref.part, ref.index, in_out))
    return index if ref.sample is None else (int(ref.sample), *index)


def quantity_name(ref: Ref, aspect: Aspect, graph: Graph) -> str:
    """Return the plain name of the whole quantity that an answer is an entry of."""
    return name_of(ref.bare(), aspect, graph)
