"""How wide letters are: the advance widths of the fonts that the pictures are drawn with.

Read from the shipped fonts themselves (tables ``head``, ``hhea``, ``hmtx`` and ``cmap`` of
format 4), so that a picture's labels are placed by the widths that they are drawn with.
"""

from __future__ import annotations

import functools
import struct
from pathlib import Path

FONTS = Path(__file__).parent / "fonts"
FILES = {False: FONTS / "STIXGeneral-Regular.otf", True: FONTS / "STIXGeneral-Italic.otf"}
"""The shipped fonts: upright, and italic where True."""
UNKNOWN = 1.0
"""Width of a letter that the fonts do not have, in em: that of an ideograph."""


def advance(character: str, italic: bool = False) -> float:
    """Return a letter's width in em; an accent set over another letter has none."""
    if "\u0300" <= character <= "\u036f":
        return 0.0
    width = widths(italic).get(character)
    return widths(not italic).get(character, UNKNOWN) if width is None else width


@functools.cache
def widths(italic: bool) -> dict[str, float]:
    """Return the width in em of every letter of a shipped font."""
    data = FILES[italic].read_bytes()
    count = struct.unpack_from(">H", data, 4)[0]
    tables = {}
    for i in range(count):
        tag, _, offset, _ = struct.unpack_from(">4sLLL", data, 12 + 16 * i)
        tables[tag] = offset
    em = struct.unpack_from(">H", data, tables[b"head"] + 18)[0]
    measured = struct.unpack_from(">H", data, tables[b"hhea"] + 34)[0]
    advances = struct.unpack_from(">" + "Hh" * measured, data, tables[b"hmtx"])[::2]
    return {
        character: advances[min(glyph, measured - 1)] / em
        for character, glyph in _glyphs(data, tables[b"cmap"]).items()
    }


def _glyphs(data: bytes, cmap: int) -> dict[str, int]:
    """Return each character's glyph, from the first subtable of format 4."""
    for i in range(struct.unpack_from(">H", data, cmap + 2)[0]):
        start = cmap + struct.unpack_from(">HHL", data, cmap + 4 + 8 * i)[2]
        if struct.unpack_from(">H", data, start)[0] == 4:
            break
    else:
        raise ValueError("a font without a table of characters")
    segments = struct.unpack_from(">H", data, start + 6)[0] // 2
    ends_at = start + 14
    starts_at = ends_at + 2 * segments + 2
    found: dict[str, int] = {}
    for i in range(segments):
        last = struct.unpack_from(">H", data, ends_at + 2 * i)[0]
        first = struct.unpack_from(">H", data, starts_at + 2 * i)[0]
        delta = struct.unpack_from(">h", data, starts_at + 2 * (segments + i))[0]
        where = starts_at + 2 * (2 * segments + i)
        skip = struct.unpack_from(">H", data, where)[0]
        for code in range(first, last + 1):
            glyph = code
            if skip:
                glyph = struct.unpack_from(">H", data, where + skip + 2 * (code - first))[0]
            if code != 0xFFFF and (glyph or not skip):
                found[chr(code)] = (glyph + delta) & 0xFFFF
    return found
