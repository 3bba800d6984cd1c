"""Lines of text in styles, as a terminal shows them: how wide they are, and their colours."""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Iterable

Styled = tuple[str, str]
"""Text and the style it has where there is colour."""
_LETTERS = frozenset(("Lu", "Ll", "Lm", "Nd", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Zs"))
_SIGNS = frozenset(("No", "Sm", "Sc", "Sk", "So"))


@functools.lru_cache(4096)
def cell_len(text: str) -> int:
    """Return how many of a terminal's cells the text takes; rich knows, where not one a sign."""
    if all(map(_takes_one, text)):
        return len(text)
    from rich.cells import cell_len as measured

    return measured(text)


@functools.lru_cache(4096)
def _takes_one(sign: str) -> bool:
    """Return whether a sign is one that surely takes one cell, as those of mathematics do."""
    category = unicodedata.category(sign)
    spacing = category in _LETTERS or (category in _SIGNS and sign < "\u2600")
    return spacing and unicodedata.east_asian_width(sign) not in ("W", "F")


def plain(line: Iterable[Styled]) -> str:
    """Return the line's text."""
    return "".join(text for text, _ in line)


def cut(line: Iterable[Styled], start: int, end: int) -> list[Styled]:
    """Return the part of a line between two characters."""
    found: list[Styled] = []
    for text, style in line:
        found.append((text[max(0, start) : max(0, end)], style))
        start, end = start - len(text), end - len(text)
    return found


def coloured(lines: Iterable[Iterable[Styled]]) -> list[str]:
    """Return each line in a terminal's colours; what makes them is imported only here."""
    from rich.console import Console
    from rich.text import Text

    console = Console(
        width=10_000, color_system="standard", force_terminal=True, legacy_windows=False
    )
    with console.capture() as capture:
        for line in lines:
            console.print(Text.assemble(*line), soft_wrap=True)
    return capture.get().split("\n")[:-1]
