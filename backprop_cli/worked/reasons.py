"""Why a step holds: the rule of differentiation or of backpropagation, as data."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Law(StrEnum):
    """A rule by which one form follows from those before it, as it is called."""

    GIVEN = "given"
    KNOWN = "known"
    OPERATION = ""
    OUTPUT = "output"
    CHAIN = "chain rule"
    CONSUMERS = "sum over consumers"
    SHORTCUT = "shortcut"
    OUTER = "outer product"
    USES = "sum over uses"
    SUM = "sum rule"
    PRODUCT = "product rule"
    QUOTIENT = "quotient rule"
    POWER = "power rule"
    EXPONENTIAL = "exponential rule"
    FACTOR = "constant factor"
    CASES = "case by case"
    FUNCTION = "derivative of"
    ENTRY = "entry"
    IDENTITY = "identity"


class Reason(Struct, frozen=True):
    """The rule of a step, and which function or operation it is about, if one.

    ``said`` is the same in another language.
    """

    law: Law
    of: str = ""
    said: str = ""

    def __str__(self) -> str:
        """Return it in words: ``chain rule``, ``derivative of exp``."""
        return self.said or " ".join(filter(None, (self.law, self.of)))
