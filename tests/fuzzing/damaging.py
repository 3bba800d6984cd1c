"""Files damaged as strangers' are: pieces of text put in, taken out, doubled; bytes; archives."""

from __future__ import annotations

import html
import io
import random
import re
import warnings
import zipfile
from collections.abc import Callable

from .mutating import FORMULAS, NAMES, NONE, NUMBERS

PIECES = (
    *("", "\0", "\x1b[2J", "\ufeff", "\u202e", "\u2028", "\x85", "\r", "\r\n", "\n", "\n\n", "\t"),
    *(" ", "    ", "'", '"', "'''", ":", ": ", "=", "==", "- ", ", ", ",", ";", "|", "||", "`"),
    *("$", "[", "]", "{", "}", "(", ")", "[[", "]]", "[]", "{}", "#", "&a ", "*a", "&a [*a]"),
    *("!!python/x", "!!binary ", "<<: *a", "? ", "| ", "> ", ">-\n", "---\n", "...\n"),
    *("%YAML 1.2\n", "@", "~", "^T", "\u2212", "\u00bd", "\u0663", "\u00b2", "\u1d40", "\u221a"),
    *("\u2248", "\u2202", "\u03b4", "\u00b7", "\u0302", "\U0001d6ff", "\U0010ffff", "\u00e9"),
    *("e\u0301", "\\", "\\frac{1}{2}", "\\delta^{2}_1", "\\begin{pmatrix}1&2\\\\3\\end{pmatrix}"),
    *("\\text{", "\\x", "\\ud800", "\\u0000", "null", "true", "<b>", "</td>", "<script>", "&lt;"),
    *("&#0;", "&#x110000;", "<!DOCTYPE x>", "<!--", "<![CDATA[", "<c r='XFD1048576'><v>1</v></c>"),
    *("<row r='0'/>", "<mergeCell ref='A1:A9999999'/>", "<f>A1</f>", "answers:", "answers: "),
    *("student: ", "layers:", "graph: {", "marks:", "tests", "names: notation", "W1", "dW1[1,2]"),
    *("z1[0]", "z1[9999999999999999999]", "a1'", "W1'", "da1/dz1", "m(W1)", "p[2]"),
    *("quantity,answer\n", "student,z1[1]\n", "[1,2,3]", "[[1, 2], [3]]", "1e", "0x", "1..2"),
    *("1,5", "{file: net.yaml}", "2026-01-01", "12:30", "1_000", "**", "^^", "//", "--", "++"),
    *("!", "%", "NaN", "Infinity", "-Infinity", "1" * 400, "1" * 5000, "a" * 300, "(" * 70),
    *("[" * 70, "{a: " * 70, "-" * 3000, "((((" * 800, "[" * 5000, "sin(" * 60 + "x"),
    *("2**" * 60 + "2", "a: " * 50, "<p>" * 900, "\f", "\x1c", "---"),
)  # fmt: skip
"""What means something to one reader or another, and what is too much of it."""
LONG = 60_000
"""Signs of nearly the longest sheet that is read."""
_NUMBER = re.compile(r"[-+]?\d+(?:[./]\d+)?(?:e[-+]?\d+)?")


def misspelt(text: str, chance: random.Random) -> str:
    """Return the text with one to three slips in it."""
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        text = chance.choice(_SLIPS if chance.random() < 0.997 else (_long_run,))(text, chance)
    return text


def _span(text: str, chance: random.Random) -> tuple[int, int]:
    start = chance.randint(0, len(text))
    return start, min(len(text), start + chance.choice((1, 1, 1, 2, 3, 8, 40, 400)))


def _put_in(text: str, chance: random.Random) -> str:
    start = chance.randint(0, len(text))
    piece = chance.choice(chance.choice((PIECES, PIECES, NUMBERS, NONE, NAMES, FORMULAS)))
    return text[:start] + piece + text[start:]


def _exchanged(text: str, chance: random.Random) -> str:
    start, end = _span(text, chance)
    return text[:start] + chance.choice(PIECES) + text[end:]


def _taken_out(text: str, chance: random.Random) -> str:
    start, end = _span(text, chance)
    return text[:start] + text[end:]


def _doubled(text: str, chance: random.Random) -> str:
    start, end = _span(text, chance)
    times = chance.choice((1, 1, 1, 2, 20, 1000 if end - start < 9 else 3))
    return text[:end] + text[start:end] * times + text[end:]


def _long_run(text: str, chance: random.Random) -> str:
    """Return the text as long as a sheet may be, by one sign or word of it, over and over."""
    start, end = _span(text, chance)
    unit = (chance.choice((text[start:end], chance.choice(PIECES), " ", "1", "("))[:8]) or " "
    return text[:end] + unit * (chance.choice((900, LONG)) // len(unit)) + text[end:]


def _moved(text: str, chance: random.Random) -> str:
    start, end = _span(text, chance)
    rest = text[:start] + text[end:]
    place = chance.randint(0, len(rest))
    return rest[:place] + text[start:end] + rest[place:]


def _cut_off(text: str, chance: random.Random) -> str:
    return text[: chance.randint(0, len(text))]


def _number(text: str, chance: random.Random) -> str:
    found = list(_NUMBER.finditer(text))
    if not found:
        return text
    each = chance.choice(found)
    new = chance.choice(NUMBERS if chance.random() < 0.8 else (*NONE, *FORMULAS))
    return text[: each.start()] + new + text[each.end() :]


_SLIPS: tuple[Callable[[str, random.Random], str], ...] = (
    *(_put_in, _put_in, _exchanged, _taken_out, _taken_out, _doubled, _moved, _number, _number),
    _cut_off,
)


_BETWEEN = re.compile(r"(?<=>)[^<]*(?=</)|(?<=\")[^\"<>]*(?=\")|<(\w+)[^>]*>[^<]*</\1>|<\w+[^>]*/>")


def in_markup(text: str, chance: random.Random) -> str:
    """Return the page or the XML with slips in its texts and values, its tags in their places."""
    for _ in range(chance.choice((1, 1, 2, 3))):
        found = list(_BETWEEN.finditer(text))
        if found:
            each, other = chance.choice(found), chance.choice(found)
            new = chance.choice((other[0], other[0], html.escape(misspelt(each[0], chance))))
            if each[0][:1] == "<" and chance.random() < 0.7:
                new = chance.choice(("", each[0] * 2, each[0] + other[0]))
            text = text[: each.start()] + new + text[each.end() :]
    return text


def encoded(text: str, chance: random.Random) -> bytes:
    """Return the text as a file: in UTF-8, seldom as Windows has it, or with bytes of none."""
    luck = chance.random()
    if luck < 0.03:
        return text.encode(chance.choice(("utf-16", "cp1252", "utf-8-sig", "utf-32")), "replace")
    data = text.encode("utf-8", "surrogatepass")
    return with_bytes(data, chance) if luck < 0.08 else data


def with_bytes(data: bytes, chance: random.Random) -> bytes:
    """Return the bytes with a few exchanged, put in or taken out."""
    found = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 5))):
        place = chance.randint(0, len(found))
        way = chance.randrange(4)
        if way == 0:
            found[place : place + 1] = bytes((chance.randrange(256),))
        elif way == 1:
            size = chance.choice((1, 2, 4, 8))
            found[place : place + size] = chance.choice((b"\0", b"\xff", b"\x7f", b"\x80")) * size
        elif way == 2:
            del found[place : place + chance.choice((1, 2, 16, 10**6))]
        else:
            found[place:place] = chance.choice((found[place : place + 30], b"\xff\xfe", b"PK\5\6"))
    return bytes(found)


def with_header(data: bytes, chance: random.Random) -> bytes:
    """Return an array's file with slips in its header, whose length is right again."""
    text = misspelt(data[10:128].decode("latin-1").strip(), chance).encode("latin-1", "replace")
    version = chance.choice((b"\1\0", b"\1\0", b"\1\0", b"\2\0", b"\3\0", b"\0\0"))
    size = len(text).to_bytes(4, "little")[: 2 if version == b"\1\0" else 4]
    return b"\x93NUMPY" + version + size + text + data[128:]


def repacked(data: bytes, chance: random.Random) -> bytes:
    """Return an archive with one of its members damaged, renamed, doubled or left out."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = [(name, archive.read(name)) for name in archive.namelist()]
    if not members:
        return with_bytes(data, chance)
    i = chance.randrange(len(members))
    name, inner = members[i]
    way = chance.randrange(8)
    if way == 0:
        members[i] = (misspelt(name, chance).replace("\0", "")[:9000], inner)
    elif way == 1:
        members.append((misspelt(name, chance).replace("\0", "")[:9000], inner))
    elif way == 2:
        del members[i]
    elif way == 3:
        members[i] = (name, with_bytes(inner, chance))
    elif inner.startswith(b"\x93NUMPY"):
        members[i] = (name, with_header(inner, chance))
    else:
        slip = misspelt if chance.random() < 0.3 else in_markup
        members[i] = (name, encoded(slip(inner.decode(), chance), chance))
    return packed(members, chance.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)))


def packed(members: list[tuple[str, bytes]], compression: int = zipfile.ZIP_STORED) -> bytes:
    """Return an archive of these members, of which two may have one name."""
    stream = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(stream, "w", compression) as archive:
        warnings.simplefilter("ignore")
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name), data, compression)
    return stream.getvalue()
