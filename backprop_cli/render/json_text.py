"""Plain data → JSON, indented; arrays of numbers are written stretch by stretch.

So what is held of an array of ten million numbers is the array itself, never all of its text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]
STRETCH = 1 << 13
"""Numbers whose text is made at once."""
_UNSEEN = re.compile("[\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
"""Characters that JSON allows and a terminal obeys, or does not show."""
_MARK = re.compile(r'"\\u0000([0-9]+)"')
"""Where an array belongs: no text of a YAML file has the character 0 that stands for it."""


def json_text(value: object) -> str:
    """Return the value as JSON, indented; what cannot be seen is escaped."""
    return "".join(json_pieces(value))


def json_pieces(value: object) -> Iterator[str]:
    """Yield the pieces of the value as JSON: what is around its arrays is made at once."""
    arrays: list[Array] = []

    def held(array: Array) -> str:
        arrays.append(array)
        return f"\0{len(arrays) - 1}"

    around = _indented(value, held) + "\n"
    pad, start = "", 0
    for mark in _MARK.finditer(around) if arrays else ():
        before = around[start : mark.start()]
        start = mark.end()
        if "\n" in before:
            line = before[before.rindex("\n") + 1 :]
            pad = " " * (len(line) - len(line.lstrip(" ")))
        yield _seen(before)
        yield from _stretches(arrays[int(mark[1])], pad)
    yield _seen(around[start:])


def _seen(text: str) -> str:
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _indented(value: object, held: Any = None) -> str:
    try:
        data = msgspec.json.encode(value, enc_hook=held)
    except UnicodeEncodeError:
        data = msgspec.json.encode(_encodable(msgspec.to_builtins(value, enc_hook=held)))
    return msgspec.json.format(data, indent=2).decode()


def _encodable(value: object) -> object:
    """Return the value without halves of characters, which a file's name may hold."""
    match value:
        case str():
            return value.encode("utf-8", "replace").decode()
        case list() | tuple():
            return [_encodable(each) for each in value]
        case dict():
            return {_encodable(key): _encodable(each) for key, each in value.items()}
    return value


def _stretches(array: Array, pad: str) -> Iterator[str]:
    """Yield an array's text, as many rows at a time as are a stretch, or a row by stretches."""
    from .json_arrays import plain_floats  # imported only here: most of what is said has no array

    if array.size <= STRETCH:
        yield _indented(plain_floats(array)).replace("\n", f"\n{pad}")
        return
    width = math.prod(array.shape[1:])
    count = max(1, STRETCH // width)
    for first in range(0, len(array), count):
        yield f",\n{pad}  " if first else f"[\n{pad}  "
        if width > STRETCH:
            yield from _stretches(array[first], f"{pad}  ")
        else:
            rows = _indented(plain_floats(array[first : first + count]))
            yield rows[len("[\n  ") : -len("\n]")].replace("\n", f"\n{pad}")
    yield f"\n{pad}]"
