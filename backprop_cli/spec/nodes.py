"""The YAML file as a tree of scalars, sequences and mappings, each with its place.

Built from PyYAML's events, since its composer loses duplicate keys, resolves ``no`` and ``1:30``
to something else, and can be made to overflow its stack. Depth, events and aliases are bounded.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from msgspec import Struct

from ..problems import Place, Refusal, Source, refuse

LARGEST_FILE = 8 * 1024 * 1024
DEEPEST = 64
MOST_NODES = 1_500_000
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Scalar(Struct, frozen=True):
    """A scalar's text, and whether it was written plainly (no quotes, no block)."""

    text: str
    place: Place
    plain: bool = True


class Sequence(Struct, frozen=True):
    """A list."""

    items: tuple[Any, ...]
    place: Place


class Mapping(Struct, frozen=True):
    """A mapping, pairs in the order written."""

    pairs: tuple[tuple[Scalar, Any], ...]
    place: Place

    def get(self, key: str) -> YamlNode | None:
        """Return the value under the key, or None."""
        return next((value for name, value in self.pairs if name.text == key), None)


YamlNode = Scalar | Sequence | Mapping


def read_source(path: str) -> Source:
    """Return the file's name and text; ``-`` is standard input.

    Raises Refusal for what is no readable UTF-8 file of reasonable size.
    """
    if path == "-":
        data = sys.stdin.buffer.read(LARGEST_FILE + 1)
        name = "<stdin>"
    else:
        name = path
        data = _read_file(path)
    empty = Source(name, "")
    if len(data) > LARGEST_FILE:
        raise refuse(
            f"{name}: larger than {LARGEST_FILE // 2**20} MiB",
            None,
            "keep large weights in a file beside it: {file: weights.npz, key: W1}",
        )
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise refuse("this file is UTF-16", Place(1, 1), "save it as UTF-8", empty)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line = before.count(b"\n") + 1
        column = len(before.rpartition(b"\n")[2].decode("utf-8", "replace")) + 1
        source = Source(name, data.decode("utf-8", "replace"))
        raise refuse(
            f"byte 0x{data[error.start]:02x} is not UTF-8",
            Place(line, column),
            "save the file as UTF-8",
            source,
        ) from None
    if not text.strip():
        raise refuse(f"{name}: the file is empty", None, "'backprop new' shows examples")
    return Source(name, text)


def _read_file(path: str) -> bytes:
    try:
        mode = os.stat(path).st_mode
        if stat.S_ISDIR(mode):
            raise refuse(f"{path}: a directory, not a network file")
        if not stat.S_ISREG(mode):
            raise refuse(f"{path}: not a regular file", None, "give '-' to read standard input")
        with Path(path).open("rb") as file:
            return file.read(LARGEST_FILE + 1)
    except FileNotFoundError:
        raise refuse(f"{path}: no such file", None, _neighbour(path)) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise refuse(f"{path}: {reason}") from None


def _neighbour(path: str) -> str:
    """Return a suggestion from the names in the same folder."""
    import difflib

    folder = Path(path).parent
    try:
        names = [p.name for p in folder.iterdir() if p.suffix in (".yaml", ".yml")][:1000]
    except OSError:
        return ""
    close = difflib.get_close_matches(Path(path).name, names, n=1)
    return f"did you mean '{folder / close[0]}'?" if close else ""


def compose(source: Source) -> YamlNode:
    """Return the source's one document as a tree; raise Refusal where it is not YAML."""
    try:
        events = yaml.parse(source.text, Loader=_LOADER)
        return _Composer(events, source).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(mark.line + 1, mark.column + 1) if mark else Place(1, 1)
        message = " ".join(str(part) for part in (error.problem, error.context) if part)
        cure = "use spaces, not tabs" if "\\t" in message else ""
        raise refuse(f"not YAML: {message}", place, cure, source) from None
    except yaml.YAMLError as error:
        place = _reader_place(error, source)
        reason = getattr(error, "reason", "") or str(error).split("\n")[0]
        raise refuse(f"not YAML: {reason}", place, "", source) from None


def _reader_place(error: yaml.YAMLError, source: Source) -> Place:
    position = getattr(error, "position", 0) or 0
    before = source.text[:position]
    return Place(before.count("\n") + 1, len(before.rpartition("\n")[2]) + 1)


class _Composer:
    """Events → tree. Anchors are kept when complete, so an alias to itself is refused."""

    def __init__(self, events: Iterator[Any], source: Source) -> None:
        self.events, self.source = events, source
        self.anchors: dict[str, tuple[YamlNode, int]] = {}
        self.open: set[str] = set()
        self.count = 0

    def document(self) -> YamlNode:
        event = self.next()
        while isinstance(event, yaml.StreamStartEvent | yaml.DocumentStartEvent):
            event = self.next()
        if isinstance(event, yaml.StreamEndEvent):
            raise refuse("nothing but comments", Place(1, 1), "", self.source)
        tree = self.node(event, 0)
        self.next()
        event = self.next()
        if isinstance(event, yaml.DocumentStartEvent):
            raise self.refuse(event, "a second document", "keep one network in a file")
        return tree

    def next(self) -> Any:
        return next(self.events)

    def node(self, event: Any, depth: int) -> YamlNode:
        self.count += 1
        if depth > DEEPEST:
            raise self.refuse(event, "nested too deep", f"at most {DEEPEST} levels")
        if self.count > MOST_NODES:
            raise self.refuse(event, "too many values", "keep large weights in a .npz file")
        if isinstance(event, yaml.AliasEvent):
            return self.alias(event)
        if event.tag not in (None, "!"):
            raise self.refuse(event, f"the tag {event.tag} is not allowed", "remove it")
        anchor, before = event.anchor, self.count
        if anchor:
            self.open.add(anchor)
        if isinstance(event, yaml.ScalarEvent):
            tree: YamlNode = Scalar(event.value, _span(event), event.style is None)
        elif isinstance(event, yaml.SequenceStartEvent):
            tree = self.sequence(event, depth)
        else:
            tree = self.mapping(event, depth)
        if anchor:
            self.open.discard(anchor)
            self.anchors[anchor] = (tree, self.count - before + 1)
        return tree

    def alias(self, event: Any) -> YamlNode:
        if event.anchor in self.open:
            raise self.refuse(event, f"*{event.anchor} stands inside itself", "")
        if event.anchor not in self.anchors:
            raise self.refuse(event, f"*{event.anchor} has no &{event.anchor} before it", "")
        tree, size = self.anchors[event.anchor]
        self.count += size
        if self.count > MOST_NODES:
            raise self.refuse(event, "aliases that unfold to too many values", "")
        return tree

    def sequence(self, event: Any, depth: int) -> Sequence:
        items = []
        while not isinstance(inner := self.next(), yaml.SequenceEndEvent):
            items.append(self.node(inner, depth + 1))
        return Sequence(tuple(items), _collection_span(event, inner))

    def mapping(self, event: Any, depth: int) -> Mapping:
        pairs: list[tuple[Scalar, YamlNode]] = []
        seen: dict[str, Scalar] = {}
        while not isinstance(inner := self.next(), yaml.MappingEndEvent):
            key = self.node(inner, depth + 1)
            if not isinstance(key, Scalar):
                raise self.refuse(inner, "a key is a word", "")
            if key.text in seen:
                first = seen[key.text].place.line
                raise refuse(
                    f"the key '{key.text}' is given twice (first in line {first})",
                    key.place,
                    "keep one of them",
                    self.source,
                )
            seen[key.text] = key
            pairs.append((key, self.node(self.next(), depth + 1)))
        return Mapping(tuple(pairs), _collection_span(event, inner))

    def refuse(self, event: Any, message: str, cure: str) -> Refusal:
        return refuse(message, _span(event), cure, self.source)


def _span(event: Any) -> Place:
    start, end = event.start_mark, event.end_mark
    width = end.column - start.column if end.line == start.line else 1
    return Place(start.line + 1, start.column + 1, max(1, width))


def _collection_span(opening: Any, closing: Any) -> Place:
    start, end = opening.start_mark, closing.end_mark
    width = end.column - start.column if end.line == start.line else 1
    return Place(start.line + 1, start.column + 1, max(1, width))
