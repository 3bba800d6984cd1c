"""A notation's letters as names: ``w5``, ``net_h1``, ``delta^1_2``, as they stand on the screen."""

from __future__ import annotations

import itertools
import math
import re
import unicodedata
from collections.abc import Iterator

from msgspec import structs

from ...expression.refs import Ref, plain_name
from ...expression.tree import Quantity
from ...graph.names import UnknownName, every_ref, from_shown, known_refs, shown_shape
from ...graph.records import Graph
from ...graph.resolving import after_step, derivative_parts, is_loss, resolve, without_prime
from ...mathematics.activations import ACTIVATIONS
from ...notation.bound import ABOVE, Notation
from ...notation.letters import ACCENTS, GREEK
from ...printing.plain_math import UnicodeMath, lowered, raised
from ...printing.settings import Settings
from ...problems import nearest, shortened
from ..records import STEPPED, Aspect
from .aspects import kept_by_optimizer, likely, slope
from .names import SPELLED

STANDARD = "standard"
MOST_ENTRIES = 20_000
"""Past so many entries a quantity has a name only as a whole."""
_MARKS = "^_,()[]"
_OF = re.compile(r"d\((?P<of>[^()]+)\)")
_LIKELY = re.compile(r"^p_?(\d+(?:,\d+)?)$")
_UNMARKED: dict[int, None] = dict.fromkeys(map(ord, _MARKS))
_LETTERS = "0123456789abcdefghijklmnoprstuvwxyzLTNE+-=(),"
_ABOVE = {raised(c): c for c in _LETTERS if len(raised(c)) == 1 and raised(c) != c}
_BELOW = {lowered(c): c for c in _LETTERS if len(lowered(c)) == 1 and lowered(c) != c}
_SPELLED = {drawn: name for name, drawn in (*GREEK.items(), *ACCENTS.items())} | {"\u2202": "d"}


class NotationNames:
    """The names of one notation for one network, each with the quantities that it could mean."""

    def __init__(self, graph: Graph, notation: Notation) -> None:
        self.graph, self.title = graph, notation.name
        self.chosen = notation.name != STANDARD
        self.turns_weights = notation.turns_weights
        self.known: dict[str, dict[Ref, Ref]] = {}
        self.short: dict[str, list[str]] = {}
        drawn: dict[str, dict[Ref, Ref]] = {}
        printer = UnicodeMath(notation, Settings())
        for ref, same in _quantities(graph):
            for shown in _as_shown(ref, notation):
                drawn.setdefault(printer.draw(Quantity(shown)), {}).setdefault(same, ref)
                for spelling in _spellings(shown, printer):
                    self.known.setdefault(spelling, {}).setdefault(same, ref)
        for spelling in self.known:
            self.short.setdefault(_short(spelling), []).append(spelling)
        forms = {form for spelling in self.known for form in _forms(spelling)}
        self.drawn = {
            text: next(iter(refs.values()))
            for text, refs in (self.known | drawn).items()
            if len(refs) == 1 and not (text.isascii() and text.isidentifier())
        }
        self.longest = max(map(len, self.drawn), default=0)
        self.functions = _function_letters(notation)
        self.private: dict[str, str] = {}
        words = {form: self.meant(form) for form in forms if form.isidentifier()}
        self.words = {word: refs[0] for word, refs in words.items() if len(refs) == 1}
        self.doubtful = {word: self.twice(word, r) for word, r in words.items() if len(r) > 1}

    @property
    def exact(self) -> dict[str, tuple[Ref, ...]]:
        """The names as they are drawn, in ASCII, and what each means."""
        return {spelling: tuple(refs.values()) for spelling, refs in self.known.items()}

    def meant(self, spelled: str) -> tuple[Ref, ...]:
        """Return what a name could mean: as drawn, or with some of the marks left out."""
        if spelled in self.known:
            return tuple(self.known[spelled].values())
        found: dict[Ref, Ref] = {}
        for spelling in self.short.get(_short(spelled), ()):
            if _leaves_out(spelled, spelling):
                for same, ref in self.known[spelling].items():
                    found.setdefault(same, ref)
        return tuple(found.values())

    def find(self, text: str) -> tuple[Ref, Aspect]:
        """Return the quantity that a name means on the screen; one that means two is refused."""
        kept = kept_by_optimizer(text, self.find, self.graph)
        if kept is not None:
            return kept
        name, step = without_prime(_primed(text))
        spelled = _spelled(re.sub(r"[{}\s\\]", "", name))
        found = self.meant(spelled)
        inside = _OF.fullmatch(spelled)
        if not found and inside is not None:
            found = self.meant(f"d{inside['of']}")
        parts = None if found else derivative_parts(spelled)
        if parts is not None and is_loss(parts[0], self.graph):
            found = self.meant(f"d{parts[1]}")
        other = None if found else likely(_LIKELY.sub(r"p[\1]", spelled), self.graph)
        other = other or (None if found else slope(text, self.find, self.graph))
        if other is not None:
            return other
        if not found:
            raise UnknownName(
                f"there is no '{shortened(text)}' in the notation '{self.title}'",
                self.cure(spelled, name),
            )
        if len(found) > 1:
            raise UnknownName(self.twice(text, found), "write the layer's number and both indices")
        return (after_step(found[0], text, self.graph), STEPPED) if step else (found[0], "")

    def ref_at(self, text: str, start: int) -> tuple[int, Ref] | None:
        """Return where the longest drawn name at a place ends, and its quantity."""
        for end in range(min(len(text), start + self.longest), start, -1):
            ref = self.drawn.get(text[start:end])
            if ref is not None:
                return end, ref
        return None

    def drawn_at(self, text: str, start: int) -> tuple[int, str] | None:
        """Return where the longest drawn name at a place ends, and a word of its own for it."""
        found = self.ref_at(text, start)
        if found is None:
            return self.function_at(text, start)
        end, ref = found
        name = plain_name(ref, self.graph.in_out)
        word = re.sub(r"\W+", "_", f"_{name}_")
        while self.words.setdefault(word, ref) != ref:
            word += "_"
        self.private[word] = name
        return end, word

    def function_at(self, text: str, start: int) -> tuple[int, str] | None:
        """Return where a function's letter at a place ends, and the function's name."""
        for letter, name in self.functions.items():
            end = start + len(letter)
            if text.startswith(letter, start) and re.match(r"['\u2032]?\(", text[end:]):
                return end, name
        return None

    def readable(self, typed: str) -> str:
        """Return the formula with plain names for the words of this reader's own."""
        return re.sub(r"\b_\w+", lambda m: self.private.get(m.group(), m.group()), typed)

    def spoken(self, word: str) -> str | None:
        """Return the drawn name's form that is one word of a formula."""
        if word in SPELLED:
            return SPELLED[word]
        found = self.meant(_spelled(word))
        form = _short(_spelled(word))
        return form if len(found) == 1 and self.words.get(form) == found[0] else None

    def twice(self, text: str, refs: tuple[Ref, ...]) -> str:
        """Return the sentence for a name that could be two quantities."""
        names = " or ".join(plain_name(ref, self.graph.in_out) for ref in refs[:3])
        return f"'{shortened(text)}' could be {names}"

    def cure(self, spelled: str, name: str) -> str:
        """Return the nearest name; for a plain one, what it is called in this notation."""
        try:
            meant = resolve(name, self.graph)
        except UnknownName:
            return nearest(spelled, self.known)
        called = next((key for key, refs in self.exact.items() if meant in refs), "")
        return f"{plain_name(meant)} is written {called} here" if called else ""


def _primed(text: str) -> str:
    """Return ``w_5^+``, as some write what a weight is after one step, as ``w_5'``."""
    name = text.rstrip()
    ends = next((end for end in ("^{+}", "^+", "\u207a", "+") if name.endswith(end)), "")
    return f"{name.removesuffix(ends)}'" if ends else text


def _quantities(graph: Graph) -> Iterator[tuple[Ref, Ref]]:
    """Yield each quantity and entry, with the one that it is the same number as.

    The only entry of a quantity is the whole of it. What is computed on the way, C₁, has entries.
    """
    known = known_refs(graph)
    for name, whole in every_ref(graph).items():
        shape = shown_shape(graph, whole)
        gradient = whole.part not in (*graph.words.targets, *graph.words.terms)
        size = math.prod(shape)
        refs = [whole]
        if shape and size <= MOST_ENTRIES:
            counts = (range(1, n + 1) for n in shape)
            refs += [from_shown(whole, index, graph) for index in itertools.product(*counts)]
        if name not in known:
            refs = refs[1:] if shape or whole.part == "cost" else refs
        for ref in refs:
            same = refs[-1] if size == 1 else ref
            yield ref, same
            if gradient and graph.loss is not None:
                yield ref.grad(), same.grad()


def _function_letters(notation: Notation) -> dict[str, str]:
    """Return the letters of functions, σ and h, with the names of what they stand for."""
    found = {notation.activation(name): name for name in ACTIVATIONS}
    if notation.activation_letter:
        found[notation.activation_letter] = notation.facts.activation
    return {GREEK.get(letter, letter): name for letter, name in found.items() if letter != name}


def _as_shown(ref: Ref, notation: Notation) -> Iterator[Ref]:
    """Yield the quantity as it is written, and as a layer below writes it: O¹ for L²."""
    yield ref
    if ABOVE in notation.letters and ref.part == "z" and ref.layer is not None:
        yield structs.replace(ref, part=ABOVE)


def _spellings(ref: Ref, printer: UnicodeMath) -> Iterator[str]:
    """Yield how a quantity is drawn, in ASCII; a gradient also as d before what it is of."""
    yield _spelled(printer.draw(Quantity(ref)))
    if ref.gradient:
        yield "d" + _spelled(printer.draw(Quantity(ref.of())))


def _spelled(text: str) -> str:
    """Return a drawn name in ASCII: ``δ¹₂`` is ``delta^1_2``."""
    found: list[str] = []
    before = ""
    for character in unicodedata.normalize("NFD", text):
        kind = "^" if character in _ABOVE else "_" if character in _BELOW else ""
        plain = _ABOVE.get(character) or _BELOW.get(character) or _SPELLED.get(character)
        if kind and kind != before and "".join(found[-1:]) != kind:
            found.append(kind)
        found.append(plain or character)
        before = before if character == "," else kind
    return "".join(found).replace(" ", "")


def _short(spelled: str) -> str:
    """Return the name without what raises and lowers: ``w_5`` is also ``w5``."""
    return spelled.translate(_UNMARKED)


def _forms(spelled: str) -> tuple[str, ...]:
    """Return a name as it may be one word of a formula: ``w^1_12`` is ``w1_12`` or ``w112``."""
    underlined = {mark: None for mark in _UNMARKED if chr(mark) != "_"}
    return (spelled, spelled.translate(underlined), _short(spelled))


def _leaves_out(written: str, spelled: str) -> bool:
    """Return whether a name is the drawn one with marks left out, none added: not a_1 for a^1."""
    position = 0
    for character in spelled:
        if written[position : position + 1] == character:
            position += 1
        elif character not in _MARKS:
            return False
    return position == len(written)
