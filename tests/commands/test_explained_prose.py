"""What is explained in Markdown has its signs of mathematics in formulas, where LaTeX has them."""

from __future__ import annotations

import re
import unicodedata

import pytest

from backprop_cli.explaining.lookup import words

from .running import run

SIGNS = {"Sm", "So", "Sk", "No", "Mn", "Lm"}
"""The kinds of characters that are signs, and raised or lowered letters."""
KNOWN = "½←"
"""Those that LaTeX has among its letters."""


@pytest.mark.parametrize("name", sorted({word.name for word in words()}))
def test_no_sign_stands_in_prose(name: str) -> None:
    prose = re.sub(r"`+[^`]*`+", "", run("explain", name, "--format", "markdown").out)
    found = {
        character
        for character in prose
        if not character.isascii()
        and character not in KNOWN
        and (unicodedata.category(character) in SIGNS or "GREEK" in unicodedata.name(character))
    }
    assert not found
