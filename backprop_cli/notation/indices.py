"""Index letters: each unit of a general equation gets the letter that its layer's role has."""

from __future__ import annotations

import re

from msgspec import Struct, structs

from ..expression.refs import Index, Ref
from ..expression.tree import BigSum, Derivative, Expr, Name
from ..expression.walking import rebuild, walk
from .bound import ABOVE, Notation
from .profile import Indices
from .refs import change_refs, refs_in, with_sample

_POOL = ("p", "k", "q", "r", "m", "s", "t", "i", "j")
_LAYER = re.compile(r"([A-Za-z]+)([+-]\d+)?")
_INDEX = re.compile(r"([a-z])(\+\d+)?")
_SOME, _FAR = 10**6, 2 * 10**6
"""How high a general layer l and the output layer L are taken to be: above every number."""


class Unit(Struct, frozen=True):
    """An index letter on the units of one layer (by its height)."""

    letter: str
    level: int


def relabelled(trees: tuple[Expr, ...], target: Ref | None, notation: Notation) -> tuple[Expr, ...]:
    """Return the trees with the notation's index letters, and its letter for a sample."""
    if "sample" in notation.letters:
        trees = tuple(_samples(tree, notation) for tree in trees)
    indices = notation.indices
    if indices is None:
        return trees
    units = _units(trees, notation)
    if not units:
        return trees
    levels = _levels(target, notation) if target is not None else ()
    anchor = levels[0] if levels else max(unit.level for unit in units)
    names = _named(units, anchor, _summed(trees), indices)
    return tuple(_renamed(tree, names, notation) for tree in trees)


def _samples(tree: Expr, notation: Notation) -> Expr:
    """Return the tree with the sample's letter changed, also where a Σ counts samples."""
    general = {
        ref.sample for node in walk(tree) for ref in refs_in(node) if isinstance(ref.sample, str)
    }
    letter = notation.letters["sample"]

    def sums(node: Expr) -> Expr:
        inner = rebuild(node, sums)
        if isinstance(inner, BigSum) and inner.index in general:
            return BigSum(letter, inner.count, inner.body)
        return inner

    return change_refs(sums(tree), lambda ref: with_sample(ref, notation.letters))


def _level(layer: int | str | None, notation: Notation) -> int | None:
    """Return a layer's height: its number, but for l, some height, and the last one, far above."""
    if layer is None:
        return None
    if isinstance(layer, int):
        return _FAR if layer == notation.facts.count and layer else layer
    match = _LAYER.fullmatch(layer)
    if match is None or match[1] not in ("l", "L"):
        return None
    return (_FAR if match[1] == "L" else _SOME) + int(match[2] or 0)


def _levels(ref: Ref, notation: Notation) -> tuple[int, ...]:
    """Return the height of the layer that each index of the quantity counts units of."""
    if ref.part == "x":
        return (0,)
    if ref.part in ("y", "loss_terms"):
        return (_FAR,)
    level = _level(ref.layer, notation)
    if level is None or ref.part not in ("z", "a", "W", "b", ABOVE):
        return ()
    if ref.part != "W":
        return (level,)
    below = level - 1
    if isinstance(ref.layer, int) and notation.facts.known:
        below = notation.facts.below(ref.layer)
    return (level, below)


def _pairs(ref: Ref, notation: Notation) -> list[tuple[Unit, str]]:
    """Return the ref's index letters with their layers, and what is added to each (``k+2``)."""
    found = []
    for index, level in zip(ref.index, _levels(ref, notation), strict=False):
        match = _INDEX.fullmatch(index) if isinstance(index, str) else None
        if match is not None:
            found.append((Unit(match[1], level), match[2] or ""))
    return found


def _units(trees: tuple[Expr, ...], notation: Notation) -> list[Unit]:
    found = [
        unit
        for tree in trees
        for node in walk(tree)
        for ref in refs_in(node)
        for unit, _ in _pairs(ref, notation)
    ]
    return list(dict.fromkeys(found))


def _summed(trees: tuple[Expr, ...]) -> set[str]:
    return {n.index for tree in trees for n in walk(tree) if isinstance(n, BigSum)}


def _named(units: list[Unit], anchor: int, summed: set[str], indices: Indices) -> dict[Unit, str]:
    """Return a letter for each unit; two units of one equation never share one."""
    if indices.ascending:
        order = sorted({unit.level for unit in units})
        wanted = {
            u: indices.ascending[order.index(u.level) % len(indices.ascending)] for u in units
        }
    else:
        wanted = {u: _letter(u, anchor, u.letter in summed, indices) for u in units}
    taken: dict[str, Unit] = {}
    for unit in units:
        letter = wanted[unit]
        if letter in taken:
            letter = next(c for c in _POOL if c not in taken and c not in wanted.values())
        taken[letter] = unit
    return {unit: letter for letter, unit in taken.items()}


def _letter(unit: Unit, anchor: int, is_summed: bool, indices: Indices) -> str:
    """Return the letter that the profile has for the unit's layer."""
    anchor = max(anchor, 1) if anchor == 0 and indices.input and unit.level >= 0 else anchor
    if unit.level == _FAR and indices.output:
        return indices.output
    if anchor == _FAR and indices.output:
        is_input = unit.level == 0
        return indices.input if is_input and indices.input else indices.own
    if unit.level == anchor:
        return indices.own
    if unit.level > anchor:
        return indices.above
    return indices.summed if is_summed and indices.summed else indices.below


def _renamed(tree: Expr, names: dict[Unit, str], notation: Notation) -> Expr:
    """Return the tree with the units renamed; a Σ takes the letter of what it counts."""

    def rename(ref: Ref) -> Ref:
        pairs = _pairs(ref, notation)
        if not pairs:
            return ref
        by_letter = {unit.letter: names[unit] for unit, _ in pairs}
        index: list[Index] = []
        for position, level in zip(ref.index, _levels(ref, notation), strict=False):
            match = _INDEX.fullmatch(position) if isinstance(position, str) else None
            if match is None:
                index.append(position)
            else:
                index.append(names[Unit(match[1], level)] + (match[2] or ""))
        index += ref.index[len(index) :]
        return structs.replace(ref, index=tuple(index)) if by_letter else ref

    def sums(node: Expr) -> Expr:
        match node:
            case BigSum(index, count, body):
                counted = [
                    names[unit]
                    for inner in walk(body)
                    for ref in refs_in(inner)
                    for unit, _ in _pairs(ref, notation)
                    if unit.letter == index
                ]
                return BigSum(counted[0] if counted else index, count, sums(body))
            case Derivative(function, argument, index) if index:  # ∂_j of the loss, by an output
                of_outputs = tuple(names.get(Unit(str(i), _FAR), i) for i in index)
                return Derivative(function, sums(argument), of_outputs)
            case Name(name, index) if index:
                by_letter = {unit.letter: letter for unit, letter in names.items()}
                return Name(name, tuple(by_letter.get(str(i), i) for i in index))
            case _:
                return rebuild(node, sums)

    return change_refs(sums(tree), rename)
