"""The YAML file as a tree of scalars, sequences and mappings, each with its place.

Built from PyYAML's events, since its composer loses duplicate keys, resolves ``no`` and ``1:30``
to something else, and can be made to overflow its stack. Depth, events and aliases are bounded.
"""

from __future__ import annotations

import codecs
import os
import stat
import sys
from collections.abc import Iterator
from typing import Any

import yaml
from msgspec import Struct

from ..problems import Place, Problem, Refusal, Report, Source, refuse, shortened

LARGEST_FILE = 8 * 1024 * 1024
DEEPEST = 64
TOO_DEEP = "nested too deep"
NO_NAME = "no file can have this name"
MOST_NODES = 1_500_000
_MARKS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
_OTHERS = {
    b"PK\x03\x04": "a spreadsheet or another archive",
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
}
"""Files that are no text, by how they begin."""
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Scalar(Struct, frozen=True, gc=False):
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


def read_source(path: str, most: int = LARGEST_FILE) -> Source:
    """Return the file's name and text; ``-`` is standard input.

    Raises Refusal for what is no readable UTF-8 file of at most so many bytes.
    """
    if path == "-":
        data = sys.stdin.buffer.read(most + 1)
        name = "<stdin>"
    else:
        name = path
        data = file_bytes(path, most=most)
    if len(data) > most:
        raise refuse(
            f"{name}: larger than {most // 2**20} MiB",
            None,
            "keep large weights in a file beside it: {file: weights.npz, key: W1}",
        )
    other = next((found for mark, found in _OTHERS.items() if data.startswith(mark)), "")
    if other:
        cure = "a sheet of answers stands behind the network: backprop check NET SHEET"
        raise refuse(f"{name}: {other}, where a network file is expected", None, cure)
    text = decoded(data, name)
    if not text.strip():
        cure = "'backprop new' shows examples"
        raise refuse("the file is empty", Place(1, 1), cure, Source(name, ""))
    return Source(name, text)


def decoded(data: bytes, name: str) -> str:
    """Return the bytes as text; refuse what is not UTF-8 at its first wrong byte."""
    encoding = next((label for mark, label in _MARKS if data.startswith(mark)), "")
    zeros = [byte == 0 for byte in data[:4]]
    if not encoding and zeros in ([True, False, True, False], [False, True, False, True]):
        encoding = "UTF-16"
    if encoding:
        cure = "save it as UTF-8"
        raise refuse(f"this file is {encoding}", Place(1, 1), cure, Source(name, ""))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # With a BOM the position counts from behind it.
        start = error.start + 3 * data.startswith(codecs.BOM_UTF8)
        before = Source("", data[:start].decode("utf-8-sig", "replace")).lines()
        source = Source(name, data.decode("utf-8-sig", "replace"))
        raise refuse(
            f"byte 0x{data[start]:02x} is not UTF-8",
            Place(len(before), len(before[-1]) + 1),
            "save the file as UTF-8",
            source,
        ) from None


def file_bytes(path: str, what: str = "network file", most: int = LARGEST_FILE) -> bytes:
    """Return what is in a regular file, at most one byte more than it may have."""
    shown = shortened(path, 200)
    try:
        about = os.stat(path)
        mode, size = about.st_mode, min(about.st_size, most)
        if stat.S_ISDIR(mode):
            raise refuse(f"{shown}: a directory, not a {what}", None, f"name the {what} in it")
        if not stat.S_ISREG(mode):
            cure = "give '-' to read standard input" if what == "network file" else ""
            raise refuse(f"{shown}: not a regular file", None, cure)
        with open(path, "rb") as file:
            # Room for all that a file may have is not made for a small one.
            found = file.read(size + 1)
            return found if len(found) <= size else found + file.read(most - size)
    except FileNotFoundError:
        cure = neighbour(path)
        if not cure and what == "network file":
            cure = "'backprop new' lists examples to begin with"
        raise refuse(f"{shown}: no such file", None, cure) from None
    except ValueError:
        raise refuse(f"{shown}: {NO_NAME}") from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise refuse(f"{shown}: cannot be read: {reason.lower()}") from None


def neighbour(path: str) -> str:
    """Return a suggestion from the names in the same folder."""
    import difflib
    from pathlib import Path

    wanted = Path(path)
    suffixes = (".json",) if wanted.suffix == ".json" else (".yaml", ".yml")
    try:
        found = {p.stem: p for p in wanted.parent.iterdir() if p.suffix in suffixes}
    except (OSError, ValueError):
        return ""
    stem = wanted.stem if wanted.suffix in suffixes else wanted.name
    close = difflib.get_close_matches(stem[:80], list(found)[:1000], n=1)
    if close:
        return f"did you mean '{found[close[0]]}'?"
    names = sorted(p.name for p in found.values())
    return f"there are: {', '.join(names)}" if 0 < len(names) <= 10 else ""


def compose(source: Source, twice: Report | None = None) -> YamlNode:
    """Return the source's one document as a tree; raise Refusal where it is not YAML.

    With ``twice`` a key that is given again is no reason to refuse it: the first counts, and what
    is wrong is said there.
    """
    try:
        return _composed(source, source.text, twice)
    except yaml.YAMLError as error:
        from .syntax import not_yaml

        raise _too_deep_before(error, source) or not_yaml(error, source) from None


def _composed(source: Source, text: str, twice: Report | None = None) -> YamlNode:
    return _Composer(iter(_LOADER(text).get_event, None), source, twice).document()


def _too_deep_before(error: yaml.YAMLError, source: Source) -> Refusal | None:
    """Return the refusal of what is nested too deep before the place of a parser's error.

    The parser reads a thousand characters ahead, looking for a key's colon, so it may complain of
    something (newer ones of the depth itself) before it hands out the first bracket.
    """
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return None
    try:
        _composed(source, source.text[: mark.index])
    except Refusal as refusal:
        return refusal if refusal.problems[-1].message == TOO_DEEP else None
    except yaml.YAMLError:
        pass
    return None


class _Composer(Report):
    """Events → tree. Anchors are kept when complete, so an alias to itself is refused.

    What does not keep the tree from being built (a key given twice, a tag) is collected.
    """

    def __init__(self, events: Iterator[Any], source: Source, twice: Report | None) -> None:
        super().__init__(source)
        self.events, self.twice = events, self if twice is None else twice
        self.anchors: dict[str, tuple[YamlNode, int]] = {}
        self.open: set[str] = set()
        self.count = 0

    def document(self) -> YamlNode:
        begun = event = next(self.events)
        while isinstance(event, yaml.StreamStartEvent | yaml.DocumentStartEvent):
            begun, event = event, next(self.events)
        if isinstance(event, yaml.StreamEndEvent):
            cure = "'backprop new' shows examples"
            raise refuse("nothing but comments", Place(1, 1), cure, self.source)
        tree = self.node(event, 0)
        if isinstance(tree, Scalar) and not tree.text:
            # libyaml says that nothing stands where the text ends, a line below its last.
            tree = Scalar("", _span(begun), tree.plain)
        next(self.events)
        event = next(self.events)
        if isinstance(event, yaml.DocumentStartEvent):
            raise self.refuse(event, "a second document", "keep one network in a file")
        if self.problems:
            raise Refusal(self.problems, self.source)
        return tree

    def node(self, event: Any, depth: int) -> YamlNode:
        self.count += 1
        if depth > DEEPEST:
            raise self.refuse(event, TOO_DEEP, f"at most {DEEPEST} levels")
        if self.count > MOST_NODES:
            cure = "keep large weights in a file beside it: {file: weights.npz, key: W1}"
            raise self.refuse(event, "too many values", cure)
        if isinstance(event, yaml.AliasEvent):
            return self.alias(event)
        if event.tag not in (None, "!"):
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            self.say(f"the tag {tag} is not allowed", _span(event), "remove it")
        anchor, before = event.anchor, self.count
        if anchor:
            self.open.add(anchor)
        if isinstance(event, yaml.ScalarEvent):
            # The C parser gives '' for a plain scalar's style, the Python one None.
            tree: YamlNode = Scalar(event.value, _span(event), not event.style)
        elif isinstance(event, yaml.SequenceStartEvent):
            tree = self.sequence(event, depth)
        else:
            tree = self.mapping(event, depth)
        if anchor:
            self.open.discard(anchor)
            self.anchors[anchor] = (tree, self.count - before + 1)
        return tree

    def alias(self, event: Any) -> YamlNode:
        cure = "write the values out"
        if event.anchor in self.open:
            raise self.refuse(event, f"*{event.anchor} stands inside itself", cure)
        if event.anchor not in self.anchors:
            cure = "put a text that begins with * in quotes"
            raise self.refuse(event, f"*{event.anchor} has no &{event.anchor} before it", cure)
        tree, size = self.anchors[event.anchor]
        self.count += size
        if self.count > MOST_NODES:
            raise self.refuse(event, "aliases that unfold to too many values", cure)
        return tree

    def sequence(self, event: Any, depth: int) -> Sequence:
        items: list[YamlNode] = []
        for inner in self.events:
            if type(inner) is yaml.ScalarEvent and not (inner.anchor or inner.tag):
                # Nearly everything in a large file is such a number: no detour for it.
                items.append(Scalar(inner.value, _between(inner, inner), not inner.style))
            elif isinstance(inner, yaml.SequenceEndEvent):
                break
            else:
                items.append(self.node(inner, depth + 1))
        self.count += len(items)
        if self.count > MOST_NODES:
            raise self.refuse(event, "too many values", "keep large weights in a .npz file")
        return Sequence(tuple(items), _between(event, inner))

    def mapping(self, event: Any, depth: int) -> Mapping:
        pairs: list[tuple[Scalar, YamlNode]] = []
        seen: dict[str, Scalar] = {}
        while not isinstance(inner := next(self.events), yaml.MappingEndEvent):
            key = self.node(inner, depth + 1)
            value = self.node(next(self.events), depth + 1)
            if not isinstance(key, Scalar):
                self.say("a key is one word, not a list or a mapping", _span(inner), "'key: value'")
            elif key.text in seen:
                line = seen[key.text].place.line
                what = f"the key '{key.text}' is given twice (first in line {line})"
                self.twice.say(what, key.place, "keep one of them")
            else:
                seen[key.text] = key
                pairs.append((key, value))
        return Mapping(tuple(pairs), _between(event, inner))

    def refuse(self, event: Any, message: str, cure: str) -> Refusal:
        """Return the refusal that ends the reading, with what was found before."""
        return Refusal([*self.problems, Problem(message, _span(event), cure)], self.source)


def _span(event: Any) -> Place:
    return _between(event, event)


def _between(opening: Any, closing: Any) -> Place:
    """Return the place from one event's start to another's end; one wide over several lines."""
    start, end = opening.start_mark, closing.end_mark
    line, column = start.line, start.column
    width = end.column - column if end.line == line else 1
    return Place(line + 1, column + 1, width if width > 1 else 1)
