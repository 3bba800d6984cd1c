"""What printed text must fit: columns, colours, and the spelling of signs where only ASCII fits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from rich.console import Console

ASCII = str.maketrans(
    {
        "→": "->",
        "≈": "~",
        "≠": "!=",
        "…": "...",
        "′": "'",
        "∂": "d",
        "×": "x",
        "°": " degrees",
        "·": "*",
        "−": "-",
        "–": "-",
        "σ": "sigma",
        "δ": "delta",
        "λ": "lambda",
        "Σ": "sum",
        "Δ": "Delta",
        "κ": "kappa",
        "±": "+-",
        "ᵀ": "^T",
        **{sign: f"^{power}" for power, sign in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")},
        "“": '"',
        "”": '"',
        "█": "#",
    }
)
"""How each sign that mathematics and headings need is spelled in ASCII."""


class Page(Struct, frozen=True):
    """What a rendering must fit: columns of text, ASCII only, a whole document or a fragment.

    ``pictures`` says that they are drawn within the text, where the format has a way to do so;
    where its pictures are files, their names begin with ``stem``, or ``embed`` puts them within.
    """

    width: int = 80
    ascii_only: bool = False
    colour: bool = False
    standalone: bool = False
    in_out: bool = False
    pictures: bool = False
    stem: str = ""
    embed: bool = False


def colours() -> Console:
    """Return what turns styles into a terminal's colours; imported only where there are some."""
    from rich.console import Console

    return Console(width=10_000, color_system="standard", force_terminal=True, legacy_windows=False)
