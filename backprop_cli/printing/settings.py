"""How numbers are shown, as the reader wishes: decimals, significant digits, or exactly."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec import Struct

from ..languages import ENGLISH, said
from .numbers import ShownNumber, shown, shown_together

APPROXIMATE_DIGITS = 12
"""Decimals of an exact value whose closed form would be too long to read."""


class Settings(Struct, frozen=True):
    """How numbers are shown: to so many decimals (or significant digits), or exactly.

    ``comma`` writes 0,5 for 0.5. ``language`` is the one of the words beside them.
    """

    digits: int = 4
    exact: bool = False
    significant: bool = False
    comma: bool = False
    language: str = ENGLISH

    @property
    def point(self) -> str:
        """What stands before decimals in plain text."""
        return "," if self.comma else "."

    def said(self, words: str) -> str:
        """Return words in the language."""
        return said(words, self.language)

    def shown(self, value: Any, extra: int = 0) -> ShownNumber:
        """Return a number as it stands alone, with so many digits more than are asked for."""
        return shown(value, self.digits, extra=extra, significant=self.significant)

    def together(self, values: Iterable[Any], extra: int = 0) -> list[ShownNumber]:
        """Return a column's numbers, which share their decimals."""
        return shown_together(values, self.digits, extra=extra, significant=self.significant)


def settings_of(digits: int, significant: int | None, *, exact: bool = False) -> Settings:
    """Return the settings for decimals, or where it is given, for significant digits instead."""
    if significant is None:
        return Settings(digits, exact)
    return Settings(significant, exact, significant=True)
