"""A network file written anew: only what changed is put in place, layout and comments stay."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import yaml
from msgspec import Struct

from ..expression.tokens import ExpressionError
from ..problems import Source
from .numbers import number_float

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")


class Replacement(Struct, frozen=True):
    """A value that replaces what stands there, whatever it is."""

    value: Any


class WrittenValue(Struct, frozen=True):
    """A number as somebody wrote it."""

    text: str


class _FileNode(Struct):
    """A node of the file with the characters it takes, from ``start`` to before ``end``."""

    kind: str
    start: int
    end: int
    flow: bool = False
    text: str = ""
    items: list[Any] = []
    keys: list[Any] = []

    def get(self, key: str) -> _FileNode | None:
        """Return the value of a mapping's key."""
        found = (v for k, v in zip(self.keys, self.items, strict=True) if k.text == key)
        return next(found, None)


def rewritten(source: Source, changes: dict[str, Any]) -> str:
    """Return the file's text with the changes put in.

    A change is a mapping by key (by position for a list), nested lists of numbers, a number, a
    text; what stands there already stays as it is written. A key that is not there is added at the
    end of its mapping. Raises ValueError where the file's form leaves no room for a change.
    """
    edits: list[tuple[int, int, str]] = []
    root = spans(source.text)
    _merge(root, changes, source.text, edits)
    text = source.text
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text if text.endswith("\n") else text + "\n"


def moved_files(source: Source, move: Callable[[str], str]) -> dict[str, Any]:
    """Return the changes that give each ``{file: path}`` of the network the path ``move(path)``."""

    def look(node: _FileNode, depth: int) -> Any:
        if node.kind not in ("mapping", "sequence"):
            return None
        path = node.get("file") if node.kind == "mapping" else None
        if depth <= 0 and path is not None:
            new = move(path.text)
            return {"file": new} if new != path.text else None
        names = [k.text for k in node.keys] if node.kind == "mapping" else range(len(node.items))
        found = {n: look(item, depth - 1) for n, item in zip(names, node.items, strict=True)}
        return {name: below for name, below in found.items() if below} or None

    root = spans(source.text)
    # How far below each key a parameter's or a sample's numbers may stand.
    depths = {"input": 0, "target": 0, "layers": 3, "variables": 1, "optimizer": 3}
    found = {
        key.text: look(item, depths[key.text])
        for key, item in zip(root.keys, root.items, strict=True)
        if key.text in depths
    }
    return {name: below for name, below in found.items() if below}


def comments(text: str) -> list[tuple[int, int]]:
    """Return from where to where each comment goes, its # among it."""
    events = yaml.parse(text, Loader=_LOADER)
    taken = [_span(event) for event in events if isinstance(event, yaml.ScalarEvent)]
    found = []
    for match in re.finditer(r"(?:(?<=\s)|^)#[^\r\n]*", text, re.MULTILINE):
        if not any(start < match.end() and match.start() < end for start, end in taken):
            found.append(match.span())
    return found


def _span(event: Any) -> tuple[int, int]:
    return event.start_mark.index, event.end_mark.index


def has_alias(source: Source) -> bool:
    """Return whether something in the file stands as an alias, ``*name``."""
    events = yaml.parse(source.text, Loader=_LOADER)
    return any(isinstance(event, yaml.AliasEvent) for event in events)


def spans(text: str) -> _FileNode:
    """Return the file's one document as nodes that know which characters they take."""
    events = iter(yaml.parse(text, Loader=_LOADER))
    for event in events:
        if not isinstance(event, yaml.StreamStartEvent | yaml.DocumentStartEvent):
            return _node(event, events)
    raise ValueError("an empty file")


def _node(event: Any, events: Any) -> _FileNode:
    start, end = event.start_mark.index, event.end_mark.index
    if isinstance(event, yaml.AliasEvent):
        return _FileNode("alias", start, end)
    if isinstance(event, yaml.ScalarEvent):
        return _FileNode("scalar", start, end, text=event.value)
    flow = bool(event.flow_style)
    items: list[_FileNode] = []
    keys: list[_FileNode] = []
    mapping = isinstance(event, yaml.MappingStartEvent)
    for inner in events:
        if isinstance(inner, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            break
        if mapping:
            keys.append(_node(inner, events))
            inner = next(events)
        items.append(_node(inner, events))
    # A block ends, for the parser, where the next thing begins: comments and all.
    end = inner.end_mark.index if flow or not items else items[-1].end
    return _FileNode("mapping" if mapping else "sequence", start, end, flow, "", items, keys)


def _merge(node: _FileNode, value: Any, text: str, edits: list[tuple[int, int, str]]) -> None:
    if isinstance(value, dict) and node.kind in ("mapping", "sequence"):
        added = {}
        for key, inner in value.items():
            child = node.items[key] if isinstance(key, int) else node.get(key)
            if child is None:
                added[key] = inner
            else:
                _merge(child, inner, text, edits)
        if added:
            edits.append(_addition(node, added, text))
    elif isinstance(value, list) and node.kind == "sequence" and len(node.items) == len(value):
        for child, inner in zip(node.items, value, strict=True):
            _merge(child, inner, text, edits)
    elif isinstance(value, dict) and node.kind == "alias":
        raise ValueError("an alias, where a mapping is to be changed")
    elif not (node.kind == "scalar" and _same(node.text, value)):
        new = flow_text(value)
        if node.start == node.end:
            new = f" {new}"
        edits.append((node.start, node.end, new))


def _same(written: str, value: Any) -> bool:
    """Return whether what is written says the value already: one number may be for a whole list."""
    if isinstance(value, list):
        return all(_same(written, entry) for entry in value)
    if isinstance(value, WrittenValue):
        value = number_float(value.text)
    if isinstance(value, float):
        try:
            return number_float(written) == value
        except ExpressionError:
            return False
    return isinstance(value, str | int) and written == str(value)


def _addition(node: _FileNode, added: dict[str, Any], text: str) -> tuple[int, int, str]:
    """Return the edit that adds keys at the end of a mapping."""
    if node.kind != "mapping" or any(isinstance(key, int) for key in added):
        raise ValueError("a list is shorter than it was")
    if node.flow or not node.items:
        quoted = bool(node.keys) and text[node.keys[0].start] == '"'
        name = '"{}"' if quoted else "{}"
        new = ", ".join(f"{name.format(k)}: {flow_text(v)}" for k, v in added.items())
        before = text[: node.end - 1].rstrip()
        return node.end - 1, node.end - 1, new if before[-1] in "{," else f", {new}"
    line = text.rfind("\n", 0, node.start) + 1
    column = node.start - line
    content = len(text[: node.end].rstrip())
    stop = text.find("\n", content)
    stop = len(text) if stop < 0 else stop
    if stop > 0 and text[stop - 1] == "\r":
        stop -= 1
    lines = block_lines(added, column)
    end = "\r\n" if "\r\n" in text else "\n"
    return stop, stop, "".join(f"{end}{line}" for line in lines)


def block_lines(value: dict[str, Any], column: int) -> list[str]:
    """Return a mapping as block lines from a column: mappings below each other, lists in a row."""
    lines = []
    for key, inner in value.items():
        if isinstance(inner, dict) and inner:
            lines += [f"{' ' * column}{key}:", *block_lines(inner, column + 2)]
        else:
            lines.append(f"{' ' * column}{key}: {flow_text(inner)}")
    return lines


def flow_text(value: Any) -> str:
    """Return a value in a row: ``[[0.5, 1], [2, 3]]``, ``{file: new.npz, key: W1}``."""
    match value:
        case Replacement(inner):
            return flow_text(inner)
        case WrittenValue(text):
            return text if _is_plain_number(text) else quoted_text(text)
        case dict():
            return "{" + ", ".join(f"{k}: {flow_text(v)}" for k, v in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(flow_text, value)) + "]"
        case float():
            return number_text(value)
        case int():
            return str(value)
    return value if _PLAIN.fullmatch(value) and value not in _WORDS else quoted_text(value)


_WORDS = ("null", "true", "false", "yes", "no", "on", "off", "none", "y", "n")
"""What YAML may read as something else than a text."""


def _is_plain_number(text: str) -> bool:
    return re.fullmatch(r"[-+0-9.eE/]+", text) is not None


def quoted_text(text: str) -> str:
    """Return the text in quotes."""
    import json

    return json.dumps(text, ensure_ascii=False)


def number_text(value: float) -> str:
    """Return the shortest decimal that is this float64, as every YAML reader takes it."""
    if value == int(value) and abs(value) < 1e16:
        return str(int(value))
    text = repr(value)
    mantissa, e, power = text.partition("e")
    return text if not e or "." in mantissa else f"{mantissa}.0e{power}"
