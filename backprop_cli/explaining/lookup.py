"""From what was typed to the words it means: by name, by another's word for it, by the network."""

from __future__ import annotations

import functools
import re

from msgspec import structs

from ..expression.refs import Ref
from ..graph.names import UnknownName
from ..graph.records import Graph
from ..graph.resolving import resolve, scores_of
from ..notation import STANDARD
from ..notation.bound import Notation
from ..problems import nearest, refuse, shortened
from ..synonyms.lookup import told
from ..worked.why import reasons
from .records import Word, sentence
from .shown import node_of_graph, quantity
from .slips import mistake_words
from .tables import (
    activation_words,
    file_keys,
    key_words,
    layer_words,
    loss_words,
    optimizer_words,
    other_words,
    schedule_words,
)
from .terms import TERMS
from .typed import as_typed, in_letters_of, in_question, of_other_languages

TABLES = (
    activation_words,
    loss_words,
    layer_words,
    optimizer_words,
    schedule_words,
    mistake_words,
    other_words,
)
"""What makes words of the tables, in the order of the list."""
LIST = "'backprop explain' lists the words; a question in a few words is understood too"


@functools.cache
def words() -> tuple[Word, ...]:
    """Return every word that is explained."""
    return (*TERMS, *(word for table in TABLES for word in table()))


def found(name: str) -> tuple[Word, ...]:
    """Return the words of a name, however it is spelled: ``Leaky ReLU`` is leaky_relu."""
    named = [word for word in words() if name == word.name]
    if named:
        return tuple(named)
    exact = [word for word in words() if name in word.also]
    if exact:
        return tuple(exact)
    key = _key(name)
    return tuple(w for w in words() if key in map(_key, (w.name, *w.also)))


def _key(name: str) -> str:
    return re.sub(r"[\s_-]+", "", name.lower() if len(name) > 1 else name) or name


LISTED = ("help", "list", "words", "index", "how", "what", "?")
"""Words that ask for the list."""


def asked(
    name: str, graph: Graph | None, profile: Notation | None = None
) -> tuple[str, tuple[Word, ...]]:
    """Return a sentence to begin with, or nothing, and the words; refuse what means none.

    A quantity of the network, ``dW1[1,2]``, is the word of its kind, shown on itself. A letter is
    what it means in the ``profile``, where one is asked for; none and no sentence: the list.
    """
    if graph is not None and (own := _of_network(name, graph, profile)):
        return "", own
    own_letters = profile is not None and profile.name != STANDARD
    if own_letters and (word := in_letters_of(profile, name)):
        return "", found(word)[:1]
    if direct := found(name):
        return "", direct
    if of_quantity := _of_quantity(name):
        return _not_there(name, graph), of_quantity
    if of_key := key_words(_as_key(name)):
        return "", of_key
    if letter := as_typed(name, found, profile):
        return _not_there(name, graph), letter
    if name.lower() in LISTED:
        return "", ()
    cure = ""
    for kind in ("activation", "loss", "layer type", "optimizer"):
        known = [word.name for word in words() if word.kind == kind]
        says, about = told(name, known)
        if about:
            named = tuple(
                w for n in about.split() for w in words() if (w.kind, w.name) == (kind, n)
            )
            return ("" if says in known else f"{name}: {says}"), named
        cure = cure or says
    spelled = _spelled()
    if other := of_other_languages(name.lower(), spelled):
        return "", other
    if in_it := in_question(name, spelled, found):
        several = ", ".join(word.name for word in in_it)
        return ("" if len(in_it) == 1 else f"{name}: {several}"), tuple(in_it)
    cure = cure or nearest(name, {*spelled, *file_keys()}) or LIST
    raise refuse(f"explain: there is no word '{shortened(name)}'", None, cure)


def _spelled() -> dict[str, Word]:
    """Return every word by each of its spellings, in small letters; the first one that has it."""
    every: dict[str, Word] = {}
    for word in words():
        for own in (word.name, *word.also):
            every.setdefault(own.lower().replace("_", " ").replace("-", " "), word)
            every.setdefault(own.lower(), word)
    return every


def _as_key(name: str) -> str:
    return "_".join(re.split(r"[\s_-]+", name.strip().lower()))


def _of_quantity(name: str) -> tuple[Word, ...]:
    """Return the words of a name such as ``dW1[1,2]``, without its layer and its entry."""
    bare = re.sub(r"\d*'?(\[[^\]]*\])?$", "", name)
    return () if bare == name or bare.startswith("d(") else found(bare)


def _not_there(name: str, graph: Graph | None) -> str:
    """Return that a network has no quantity of a name with a number or an entry, or nothing."""
    if graph is None or not re.search(r"[^\W_a-zA-Z]$|\]$", name):
        return ""
    try:
        resolve(name, graph)
    except UnknownName as unknown:
        return f"{name}: {unknown}"
    return ""


def _ref(name: str, graph: Graph, notation: Notation | None) -> Ref | None:
    """Return the quantity of a network that a name means, plain or as it is drawn: δ²₁, w5."""
    try:
        return resolve(name, graph)
    except UnknownName:
        if notation is None or not graph.layers or not re.search(r"[^\W_a-zA-Z]", name):
            return None
    from ..checking.sheets.notation_names import NotationNames

    try:
        ref, aspect = NotationNames(graph, notation).find(name)
    except UnknownName:
        return None
    return None if aspect else ref


def _of_network(name: str, graph: Graph, notation: Notation | None) -> tuple[Word, ...]:
    """Return the word of a quantity of this network, shown on itself; nothing where it is none."""
    if scores_of(name, graph) != name:
        return found("softmax")
    own = any(node.ref.part == name for node in graph.nodes) and not graph.layers
    if found(name) and not own and not re.search(r"\d", name):
        return ()
    ref = _ref(name, graph, notation)
    number = None if ref is None else graph.find(ref)
    if ref is None or number is None:
        return ()
    if not graph.layers:
        changes = ref.gradient or number in graph.given
        (word, *_) = found("gradient" if changes else "computation graph")
        on = quantity(ref) if ref.index else node_of_graph(number)
        return (structs.replace(word, name=name, title=word.name, shown=on),)
    kind = graph.kind(ref)
    part = "delta" if ref.gradient and ref.part == "z" else ref.part
    by_part = found(f"d{part}" if ref.gradient and part != "delta" else part)
    by_kind = found(kind) if kind else ()
    types = [layer.type for layer in graph.layers if layer.index == ref.layer]
    said = [
        word  # a cell's c is no cost, a layer norm's mean not that of a batch norm
        for word in by_kind or by_part
        if not types or word.name in types or (word.name != "loss" and word.kind != "layer type")
    ]
    of = said or [word for name in types for word in found(name)]
    word = (of or found("gradient" if ref.gradient else "computation graph"))[0]
    if ref.gradient or kind:
        word = _as_here(word, reasons(graph, number))
    return (structs.replace(word, name=name, title=word.name, shown=quantity(ref)),)


def _as_here(word: Word, why: list[str]) -> Word:
    """Return the word with why one gradient is as it is, in place of what holds in dense layers."""
    said = tuple(map(sentence, why))
    if not said or set(said) & set(word.says):
        return word
    if word.name == "transpose":
        (word,) = found("gradient")
    kept = () if word.name in ("weight", "bias", "gradient") else word.says[:1]
    return structs.replace(word, says=(*kept, *said), formulas=None)
