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


Index = int | str | Linear
"""A number from 1, an index letter (``j``), or a sum of letters and a number."""


def plus(left: Index, right: Index) -> Index:
    """Return left + right, as simple as it is: ``l+1`` and −1 give ``l``."""
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
    own = _linear(index)
    return plus(Linear(tuple((t, c * by) for t, c in own.terms), own.constant * by), 0)


def at(index: Index, values: Mapping[str, Index]) -> Index:
    """Return the index with its letters' values (or other letters) put in."""
    own = _linear(index)
    total: Index = own.constant
    for letter, coefficient in reversed(own.terms):
        total = plus(scaled(values.get(letter, letter), coefficient), total)
    return total


def letters_of(index: Index | None) -> tuple[str, ...]:
    """Return the letters that the index is reckoned from."""
    return () if index is None else tuple(letter for letter, _ in _linear(index).terms)


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
    found = plus(index, scaled(other, -1))
    return found if isinstance(found, int) else None


def _linear(index: Index) -> Linear:
    if isinstance(index, Linear):
        return index
    return Linear((), index) if isinstance(index, int) else Linear(((index, 1),))
