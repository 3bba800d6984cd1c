"""How numbers are shown, as the reader wishes: decimals, significant digits, or exactly."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec import Struct, structs

from ..languages import ENGLISH, said
from .numbers import ShownNumber, known_to, shown, shown_together

APPROXIMATE_DIGITS = 12
"""Decimals of an exact value whose closed form would be too long to read."""

FLOAT32_DIGITS = 7
HALF_ULP, HALF_ULP_OF_FLOAT32 = 2.0**-53, 2.0**-24


class Settings(Struct, frozen=True):
    """How numbers are shown: to so many decimals (or significant digits), or exactly.

    ``comma`` writes 0,5 for 0.5. ``language`` is the one of the words beside them. ``most`` are the
    significant digits that numbers are known to, of which no more are shown; 0 of float64.
    """

    digits: int = 4
    exact: bool = False
    significant: bool = False
    comma: bool = False
    language: str = ENGLISH
    most: int = 0

    @property
    def half_ulp(self) -> float:
        """The rounding of one operation, in units of its result."""
        return HALF_ULP_OF_FLOAT32 if self.most else HALF_ULP

    @property
    def rounded(self) -> Settings:
        """How an exact value is shown whose closed form cannot be."""
        return structs.replace(self, digits=APPROXIMATE_DIGITS, exact=False, significant=False)

    @property
    def point(self) -> str:
        """What stands before decimals in plain text."""
        return "," if self.comma else "."

    def said(self, words: str) -> str:
        """Return words in the language."""
        return said(words, self.language)

    def shown(self, value: Any, extra: int = 0) -> ShownNumber:
        """Return a number as it stands alone, with so many digits more than are asked for."""
        known = known_to(value, self.most)
        return shown(known, self.digits, extra=extra, significant=self.significant)

    def together(self, values: Iterable[Any], extra: int = 0) -> list[ShownNumber]:
        """Return a column's numbers, which share their decimals."""
        known = (known_to(value, self.most) for value in values)
        return shown_together(
            known, self.digits, extra=extra, significant=self.significant, most=self.most
        )


def settings_of(
    digits: int, significant: int | None, *, exact: bool = False, dtype: str = "float64"
) -> Settings:
    """Return the settings for decimals, or where it is given, for significant digits instead."""
    most = FLOAT32_DIGITS if dtype == "float32" else 0
    if significant is None:
        return Settings(digits, exact, most=most)
    return Settings(significant, exact, significant=True, most=most)
