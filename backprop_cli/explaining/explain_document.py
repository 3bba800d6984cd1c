"""Word → Document: what is said of it, its formulas, and the network's own numbers."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ..expression.walking import walk
from ..graph.records import Graph
from ..notation.refs import refs_in
from ..worked.building import lettered, note, paragraph, section
from ..worked.document import (
    KEPT,
    Block,
    Document,
    Equations,
    Inline,
    Note,
    Paragraph,
    Section,
    Strong,
    Text,
)
from .lookup import words
from .records import Explained, Word, sentence


def explain_document(
    said: str, found: tuple[Word, ...], subject: Explained | None, taken: Collection[str] = ()
) -> Document:
    """Return the explanation of the words, one after the other.

    ``taken`` are the letters that mean something in the network and its notation.
    """
    opening: list[Block] = [paragraph(said)] if said else []
    if len(found) == 1 and not said:
        return Document(found[0].heading, tuple(_blocks(found[0], subject, taken)), lettered=True)
    sections = (
        Section(word.name, (lettered(word.heading),), tuple(_blocks(word, subject, taken)))
        for word in found
    )
    return Document(said.partition(":")[0] or found[0].name, (*opening, *sections))


def _blocks(word: Word, subject: Explained | None, taken: Collection[str]) -> list[Block]:
    own = word.kind != "notation"
    said = (Text(_ended(paragraph), lettered=own) for paragraph in word.says)
    blocks: list[Block] = [Paragraph((text,)) for text in said]
    if word.formulas is not None:
        formulas = word.formulas(taken)
        if subject is not None and word.kind == "layer type":  # it shows its own, where it has one
            formulas = [block for block in formulas if not isinstance(block, Equations)]
        elif subject is not None and not subject.trace.graph.layers and word.kind == "word":
            formulas = _of_no_layer(formulas)
        blocks += formulas
    if subject is not None and word.shown is not None:
        blocks.append(_in_network(word, word.shown(subject), subject.trace.graph))
    if word.see:
        line: list[Inline] = [Text("see also ")]
        for position, name in enumerate(word.see):
            line += [Text(", " if position else ""), Text(name, tone=KEPT)]
        blocks.append(Note(tuple(line)))
    return blocks


def _of_no_layer(blocks: list[Block]) -> list[Block]:
    """Return the formulas that hold of a graph too, each with the words before it."""
    found: list[Block] = []
    before: list[Block] = []
    for block in blocks:
        if not isinstance(block, Equations):
            before.append(block)
            continue
        nodes = (node for chain in block.chains for form in chain.forms for node in walk(form))
        if all(ref.layer is None for node in nodes for ref in refs_in(node)):
            found += [*before, block]
        before = []
    return found


def _in_network(word: Word, shown: list[Block], graph: Graph) -> Section:
    title = f"In {graph.name}" if graph.name else f"In this {graph.words.subject}"
    none = note(f"nothing in this {graph.words.subject} shows it")
    return section(f"{word.name}-shown", title, shown or (none,))


def _ended(text: str) -> str:
    text = sentence(text)
    return text if text[-1] in ".?!" else f"{text}."


_PLURALS = {
    "word": "Words",
    "activation": "Activations",
    "loss": "Losses",
    "layer type": "Layer types",
    "optimizer": "Optimizers",
    "schedule": "Schedules",
    "mistake": "Mistakes",
    "notation": "Notations",
    "style of derivation": "Styles of derivation",
    "mode of derivation": "Modes of derivation",
}


def list_document() -> Document:
    """Return the list of the words, a paragraph a kind."""
    blocks: list[Block] = []
    for kind, names in kinds().items():
        blocks.append(Paragraph((Strong(_PLURALS[kind]), Text(": " + ", ".join(names)))))
    blocks.append(note("backprop explain NAME, with numbers: backprop explain NAME NET"))
    return Document("Words that are explained", tuple(blocks))


def kinds() -> dict[str, list[str]]:
    """Return the words' names by kind."""
    found: dict[str, list[str]] = {}
    for word in words():
        found.setdefault(word.kind, []).append(word.name)
    return found


def explain_object(said: str, found: tuple[Word, ...]) -> dict[str, Any]:
    """Return what is said as plain data; nothing found: the list of words."""
    head = {"format": "backprop-explain", "version": 1}
    if not found:
        return {**head, "words": kinds()}
    return {
        **head,
        "note": said or None,
        "words": [
            {
                "name": word.name,
                "kind": word.kind,
                "title": word.title or None,
                "says": [_ended(text) for text in word.says],
                "also": list(word.also),
                "see": list(word.see),
            }
            for word in found
        ],
    }
