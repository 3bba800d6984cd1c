"""A formula's pieces in lines of one width."""

from __future__ import annotations

from msgspec import structs

from ..drawn import Drawn
from .width import DISPLAY, glyph

QUAD = glyph(r"\quad") + " "
"""The indent of a line that goes on."""


def filled(pieces: list[Drawn], room: float) -> list[Drawn]:
    """Return the pieces in lines, as many in each as there is room for."""
    lines: list[Drawn] = []
    for piece in pieces:
        piece = structs.replace(piece, text=piece.text.strip())
        longer = lines[-1] + " " + piece if lines else piece
        if lines and longer.width[DISPLAY] <= room:
            lines[-1] = longer
        else:
            lines.append(_begun(piece) if lines else piece)
    return lines


def _begun(piece: Drawn) -> Drawn:
    """Return the piece as a line begins with it: a product's space is not seen there."""
    for space, dot in _SPACES.items():
        if piece.text.startswith(space):
            return structs.replace(piece, text=dot + piece.text.removeprefix(space))
    return piece


_SPACES = {r"\,": r"\cdot", r"\hspace{2pt}": r"\cdot", "thin ": "dot.op "}
"""The space between two factors in each format, and the dot that is seen."""
