"""Index: a position or a layer, as a number, a letter, or what is reckoned from letters."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct


class Linear(Struct, frozen=True):
    """Σ coefficient·letter + constant: the ``l+1`` of a layer above, the ``k+2`` of a stretch."""

    terms: tuple[tuple[str, int], ...]
    constant: int = 0

    def __str__(self) -> str:
        """Return ``l+1``, ``2i+u-1``, ``3-u``: a number goes before a minus."""
        first = self.constant > 0 and all(coefficient < 0 for _, coefficient in self.terms)
        text = str(self.constant) if first else ""
        for letter, coefficient in self.terms:
            size = "" if abs(coefficient) == 1 else str(abs(coefficient))
            sign = "-" if coefficient < 0 else "+" if text else ""
            text += f"{sign}{size}{letter}"
        return text + (f"{self.constant:+d}" if self.constant and not first else "")

    def __int__(self) -> int:
        """Raise: as long as it has letters it is no number."""
        raise ValueError(f"{self} is no number")


class FromTo(Struct, frozen=True):
    """first:last, both ends included; an end that is None is that of the axis."""

    first: int | None = None
    last: int | None = None

    def __str__(self) -> str:
        """Return ``1:3``, ``2:``, ``:``."""
        return f"{self.first or ''}:{self.last or ''}"

    def __int__(self) -> int:
        """Raise: it stands for several positions."""
        raise ValueError(f"{self} is no single position")

    @property
    def where(self) -> slice:
        """The stretch as numpy counts."""
        return slice(None if self.first is None else self.first - 1, self.last)


Index = int | str | Linear | FromTo
"""A number from 1, an index letter (``j``), a sum of letters and a number, or a stretch (1:3)."""


def side_by_side(indices: tuple[Index, ...]) -> str:
    """Return ``12``, ``jk``; with commas where one takes several characters: ``1,12``."""
    texts = [str(index) for index in indices]
    return ("" if all(len(text) == 1 for text in texts) else ",").join(texts)


def plus(left: Index, right: Index) -> Index:
    """Return left + right, as simple as it is: ``l+1`` and −1 give ``l``."""
    if isinstance(left, int) and isinstance(right, int):
        return left + right
    terms: dict[str, int] = {}
    for part in (left, right):
        for letter, coefficient in _linear(part).terms:
            terms[letter] = terms.get(letter, 0) + coefficient
    constant = _linear(left).constant + _linear(right).constant
    kept = tuple((letter, coefficient) for letter, coefficient in terms.items() if coefficient)
    if not kept:
        return constant
    return kept[0][0] if not constant and kept == ((kept[0][0], 1),) else Linear(kept, constant)


def scaled(index: Index, by: int) -> Index:
    """Return the index times a number."""
    if isinstance(index, int):
        return index * by
    own = _linear(index)
    return plus(Linear(tuple((t, c * by) for t, c in own.terms), own.constant * by), 0)


def at(index: Index, values: Mapping[str, Index]) -> Index:
    """Return the index with its letters' values (or other letters) put in."""
    if isinstance(index, str):
        return values.get(index, index)
    if not isinstance(index, Linear):
        return index
    total: Index = index.constant
    for letter, coefficient in reversed(index.terms):
        total = plus(scaled(values.get(letter, letter), coefficient), total)
    return total


def letters_of(index: Index | None) -> tuple[str, ...]:
    """Return the letters that the index is reckoned from; the layer of any unit is none."""
    if isinstance(index, str):
        return (index,) if index else ()
    return tuple(letter for letter, _ in index.terms) if isinstance(index, Linear) else ()


def fresh(wanted: str, taken: tuple[Index, ...]) -> tuple[str, ...]:
    """Return a letter for each sum: the one that is wanted, or another that no index has."""
    used = {letter for index in taken for letter in letters_of(index)}
    found: list[str] = []
    for letter in wanted:
        others = (c for c in (letter, *"kjpqrmstuv") if c not in used and c not in found)
        found.append(next(others))
    return tuple(found)


def distance(index: Index, other: Index) -> int | None:
    """Return index − other where that is a number: l + 1 is 1 above l."""
    if isinstance(index, FromTo) or isinstance(other, FromTo):
        return None
    found = plus(index, scaled(other, -1))
    return found if isinstance(found, int) else None


def positions(index: tuple[Index, ...]) -> tuple[int | slice, ...]:
    """Return where in an array an index of numbers and stretches leads."""
    return tuple(i.where if isinstance(i, FromTo) else int(i) - 1 for i in index)


def _linear(index: Index) -> Linear:
    if isinstance(index, FromTo):
        raise TypeError(f"{index} is not reckoned with")
    if isinstance(index, Linear):
        return index
    return Linear((), index) if isinstance(index, int) else Linear(((index, 1),))
