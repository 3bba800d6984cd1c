"""What a page's letters mean, said once under the first equations that have them.

Of a network that is numbers of samples and of layers, matrices of all samples, and the indices of
whatever is no vector: a filter, a row, a step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

from msgspec import structs

from ..expression.indices import FromTo, letters_of, plus
from ..expression.refs import Ref
from ..expression.tree import BigSum, Compare, Expr, LayerNumber, Letter, Name, Number, Quantity
from ..expression.walking import walk
from ..worked.document import Block, Equations, Inline, Line, Math, Note, Section, Text, trees_of
from .bound import WIDTH, Notation
from .refs import refs_in

TABLE = "notation"
"""The section that is itself a table of letters."""
PLAIN = ("unit", "to", "from")
"""Axes that every page counts by j and k."""
COUNTED = {
    "filter": "the filter",
    "channel": "the channel",
    "row": "the row",
    "column": "the column",
    "position": "the position",
    "kernel row": "the kernel's row",
    "kernel column": "the kernel's column",
    "kernel position": "the position in the kernel",
}
"""What an index says, by the axis that it stands for."""

Meanings = dict[Any, Line]
"""What is said of letters, by what they stand for."""


def with_meanings(
    blocks: tuple[Block, ...],
    notation: Notation,
    found: Callable[[Any, Notation], Meanings],
    *,
    once: bool = False,
) -> tuple[Block, ...]:
    """Return the blocks, in each section a note on the letters that no section before it has.

    With ``once`` one note, in the first section with such letters, says those of all of them.
    """
    said: dict[Any, Line] = {}
    shown: list[Block] = []
    if once:
        every: Meanings = {}
        for block in _within(blocks):
            every = found(block, notation) | every
        return _noted_once(blocks, notation, found, every)
    for block in blocks:
        if isinstance(block, Section) and block.id != TABLE:
            block = structs.replace(block, blocks=_noted(block.blocks, notation, found, said))
        shown.append(block)
    return tuple(shown)


def _within(blocks: tuple[Block, ...]) -> Iterator[Block]:
    """Yield the blocks of all sections."""
    for block in blocks:
        if isinstance(block, Section):
            yield from _within(block.blocks)
        else:
            yield block


def _noted_once(
    blocks: tuple[Block, ...],
    notation: Notation,
    found: Callable[[Any, Notation], Meanings],
    every: Meanings,
) -> tuple[Block, ...]:
    """Return the blocks with one note under the first equations that need it."""
    for place, block in enumerate(blocks):
        if isinstance(block, Section):
            inner = _noted_once(block.blocks, notation, found, every)
            if inner is not block.blocks:
                block = structs.replace(block, blocks=inner)
                return (*blocks[:place], block, *blocks[place + 1 :])
        elif found(block, notation):
            return (*blocks[: place + 1], _said(every), *blocks[place + 1 :])
    return blocks


def _said(meanings: Meanings) -> Note:
    """Return the note: letters that mean the same stand together."""
    alike: dict[Line, list[Inline]] = {}
    for said in meanings.values():
        alike.setdefault(said[1:], []).append(said[0])
    line: list[Inline] = []
    for meaning, letters in alike.items():
        line += [Text("; ")] if line else []
        for place, letter in enumerate(letters):
            line += [Text(", "), letter] if place else [letter]
        line += meaning
    return Note(tuple(line))


def _noted(
    blocks: tuple[Block, ...],
    notation: Notation,
    found: Callable[[Any, Notation], Meanings],
    said: Meanings,
) -> tuple[Block, ...]:
    """Return a section's blocks with the note after the last of them that has something new."""
    fresh: Meanings = {}
    last = 0
    for place, block in enumerate(blocks):
        new = {
            k: v for k, v in found(block, notation).items() if said.get(k) != v and k not in fresh
        }
        if new:
            fresh |= new
            last = place + 1
    said |= fresh
    if not fresh:
        return blocks
    return (*blocks[:last], _said(fresh), *blocks[last:])


def of_numbers(block: Any, notation: Notation) -> Meanings:
    """Return what N, L, l, and matrices of all samples are, as far as a block has them."""
    facts = notation.facts
    found: Meanings = {}
    trees = list(trees_of(block))
    nodes = [node for tree in trees for node in walk(tree)]
    refs = [ref for node in nodes for ref in refs_in(node)]
    names = {node.id for node in nodes if isinstance(node, Name)}
    if "N" in names and not facts.single:
        found["N"] = _number("N", Number(Fraction(facts.samples)), "the number of samples")
    layers = {letter for ref in refs for letter in letters_of(ref.layer)} | names
    if facts.count and not notation.drops_numbers and notation.units_in("l") is not None:
        if "L" in layers:
            found["L"] = _number("L", LayerNumber(facts.count), "the number of the last layer")
        if "l" in layers:
            found["l"] = (Math(Name("l")), Text(": the number of some layer"))
        if any(isinstance(node, BigSum) and letters_of(node.count) for node in nodes):
            units = Math(Quantity(Ref(WIDTH, "l")))
            found["d"] = (units, Text(": its number of units"))
        if any(ref.part == "a" and ref.layer == plus("l", -1) for ref in refs):
            below, first = (
                Quantity(Ref("a", plus("l", -1))),
                Compare("==", Name("l"), LayerNumber(1)),
            )
            read = (Text(": for "), Math(first), Text(" the input "), Math(Quantity(Ref("x"))))
            found["a"] = (Math(below), *read)
    for ref in refs:
        if isinstance(ref.sample, FromTo) and not ref.index:
            own = structs.replace(ref, sample="n")
            line = (Math(Quantity(ref)), Text(": a row for each sample's "), Math(Quantity(own)))
            found.setdefault((ref.part, ref.gradient), line)
    return found


def of_indices(block: Any, notation: Notation) -> Meanings:
    """Return what each index of a block's general entries counts, but of vectors and matrices."""
    found: dict[str, list[str]] = {}
    for tree in trees_of(block) if isinstance(block, Equations) else ():
        for ref in (ref for node in walk(tree) for ref in refs_in(node)):
            own = notation.facts.axes.get(Ref(ref.part, ref.layer), ())
            if len(own) != len(ref.index):
                continue
            for axis, letter in zip(own, ref.index, strict=True):
                if isinstance(letter, str) and axis not in PLAIN:
                    meaning = found.setdefault(letter, [])
                    meaning += [axis] if axis not in meaning else []
    return {
        letter: (Math(Letter(letter)), Text(f": {COUNTED[axes[0]]}"))
        for letter, axes in found.items()
        if len(axes) == 1 and axes[0] in COUNTED
    }


def _number(letter: str, value: Expr, meaning: str) -> Line:
    return (Math(Compare("==", Name(letter), value)), Text(f": {meaning}"))
