"""Mistakes that only many answers together show: of whole quantities, of the whole sheet."""

from __future__ import annotations

from ._records import Mistake

one_factor = Mistake(
    "one-factor",
    "one factor in every gradient",
    "Each is the right one times one and the same number: where on the way does it come in?",
    "{entry} is one of many: {term}",
    rank=9,
    such_as="all are 2 times the right ones: added up in two passes?",
)
quantities_exchanged = Mistake(
    "quantities-exchanged",
    "two quantities exchanged",
    "These numbers are right, each in the place of the other's: {term}.",
    "{entry} stands in another's place: {term} are exchanged as wholes.",
    rank=8,
    such_as="dW1 and dW2",
)

MISTAKES = (one_factor, quantities_exchanged)
