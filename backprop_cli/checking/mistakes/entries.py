"""Mistakes in writing one entry down: its minus, its digits, its place."""

from __future__ import annotations

from ._records import Mistake

minus = Mistake(
    "minus",
    "a minus lost, or one too many",
    "The number is right but for its sign.",
    "{entry} has the right number with the wrong sign.",
    rank=8,
)
digits_exchanged = Mistake(
    "digits-exchanged",
    "two digits exchanged",
    "Compare each digit with what your calculator shows.",
    "{entry} has two digits of the right number exchanged.",
    rank=8,
)
entries_exchanged = Mistake(
    "entries-exchanged",
    "two entries exchanged",
    "The numbers are right: does each stand in its place?",
    "{entry} stands in another's place: two entries are exchanged.",
    rank=8,
)
neighbour_copied = Mistake(
    "neighbour-copied",
    "another entry's number",
    "This number belongs to another entry.",
    "{entry} has the number of another entry of the same quantity.",
    rank=9,
)

MISTAKES = (minus, digits_exchanged, entries_exchanged, neighbour_copied)
