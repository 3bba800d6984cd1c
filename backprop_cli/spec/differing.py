"""What two network files say differently: the key, and what stands under it in either."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from .nodes import Mapping, Scalar, Sequence, YamlNode
from .numbers import number_fault, number_float

_NAMING = ("name", "description")
"""Keys that change no number."""


class FileDifference(Struct, frozen=True):
    """One key, as ``layers[2].activation``, counted from 1; nothing where a file has none."""

    path: str
    one: str
    other: str


def differing(one: YamlNode, other: YamlNode) -> list[FileDifference]:
    """Return what differs, in the order of the first file; 0.5 and 1/2 are the same number."""
    return list(_between(one, other, ""))


def _between(one: YamlNode | None, other: YamlNode | None, path: str) -> Iterator[FileDifference]:
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        mine, theirs = ({key.text: of for key, of in each.pairs} for each in (one, other))
        for name in mine | theirs:
            if path or name not in _NAMING:
                inner = f"{path}.{name}" if path else name
                yield from _between(mine.get(name), theirs.get(name), inner)
        return
    if isinstance(one, Sequence) and isinstance(other, Sequence) and _alike(one, other):
        for place in range(max(len(one.items), len(other.items))):
            first, second = (e.items[place] if place < len(e.items) else None for e in (one, other))
            yield from _between(first, second, f"{path}[{place + 1}]")
        return
    if not _same(one, other):
        yield FileDifference(path.replace("][", ","), written(one), written(other))


def _alike(one: Sequence, other: Sequence) -> bool:
    """Return whether the items can be held against each other one by one."""
    layers = all(isinstance(item, Mapping) for each in (one, other) for item in each.items)
    return layers or len(one.items) == len(other.items)


def _same(one: YamlNode | None, other: YamlNode | None) -> bool:
    if isinstance(one, Scalar) and isinstance(other, Scalar):
        texts = (one.text, other.text)
        if texts[0] == texts[1]:
            return True
        if any(number_fault(text) for text in texts):
            return False
        return number_float(texts[0]) == number_float(texts[1])
    return written(one) == written(other)


def written(node: YamlNode | None) -> str:
    """Return a value in one line, as it may be written in a file."""
    match node:
        case None:
            return ""
        case Scalar():
            return node.text or "~"
        case Sequence():
            return f"[{', '.join(map(written, node.items))}]"
        case Mapping():
            return f"{{{', '.join(f'{key.text}: {written(of)}' for key, of in node.pairs)}}}"
