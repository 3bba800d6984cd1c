"""Readers: one a kind of value; each checks a YAML node and says what is wrong with it.

A Reader is a function and the JSON Schema of what it takes, side by side, so that what an editor
completes and what the program accepts cannot part ways. A reader that finds a fault reports it
and returns None; reading goes on, so several faults are reported at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from msgspec import Struct

from ..expression.tokens import plain_number
from ..problems import Report, nearest, shortened
from .nodes import Mapping, Scalar, Sequence, YamlNode

T = TypeVar("T")
Schema = dict[str, Any]


class Reader(Struct, Generic[T], frozen=True):
    """How a value is read: ``read(node, what, report)``, and the schema of what it accepts."""

    read: Callable[[YamlNode, str, Report], T | None]
    schema: Schema


class Key(Struct, frozen=True):
    """A key of a mapping: how its value is read, what it means, whether it must be there.

    ``also`` are words that others use for it; ``empty`` is the cure where nothing is given.
    """

    reader: Reader[Any]
    doc: str
    required: bool = False
    also: tuple[str, ...] = ()
    empty: str = ""


def read_keys(
    node: Mapping, keys: dict[str, Key], what: str, report: Report, *, ignore: str | None = None
) -> dict[str, Any]:
    """Return the mapping's values by key; report unknown and missing ones.

    ``ignore`` is a key that has been read already.
    """
    values: dict[str, Any] = {}
    meant = set()
    for name, value in node.pairs:
        key = keys.get(name.text)
        if key is None:
            if name.text != ignore:
                cure = with_number(_suggested(name.text, keys), value)
                meant.add(cure)
                message = f"{what}: there is no key '{shortened(name.text)}'"
                report.say(message, name.place, cure)
            continue
        if is_empty(value):
            cure = key.empty or ("give a value" + ("" if key.required else ", or leave it out"))
            report.say(f"{name.text}: nothing is given", name.place, cure)
            continue
        values[name.text] = key.reader.read(value, name.text, report)
    for text, key in keys.items():
        # Where a misspelled key was taken for this one, one message is enough.
        if key.required and node.get(text) is None and did_you_mean(text) not in meant:
            report.say(f"{what}: '{text}' is missing", node.place, f"add '{text}:'")
    return values


def did_you_mean(word: str) -> str:
    """Return the cure that names one word."""
    return f"did you mean '{word}'?"


def _suggested(word: str, keys: dict[str, Key]) -> str:
    """Return the cure for an unknown key: what it is called here, or the nearest."""
    for name, key in keys.items():
        if word.lower() in key.also:
            return did_you_mean(name)
    return nearest(word, keys)


def with_number(cure: str, node: YamlNode) -> str:
    """Return the cure with the number that stands there; with 0.01 where none does."""
    text = node.text if isinstance(node, Scalar) else ""
    own = text[:1].isdigit() and len(text) <= LONGEST_SHOWN and plain_number(text)
    return cure.replace("<number>", text if own else "0.01")


LONGEST_SHOWN = 20
"""Characters of a number that a cure shows again."""


def is_empty(node: YamlNode) -> bool:
    """Return whether the node is YAML's nothing: empty, ``~`` or ``null``, unquoted."""
    return isinstance(node, Scalar) and node.plain and node.text in ("", "~", "null")


def kind(node: YamlNode) -> str:
    """Return what the node is, as a message says it."""
    if isinstance(node, Scalar):
        return f"'{shortened(node.text)}'" if node.text else "nothing"
    return "a list" if isinstance(node, Sequence) else "a mapping"


LONGEST_TEXT = 5000
"""Characters of a name or a description, which stands on every page."""


def _read_text(node: YamlNode, what: str, report: Report) -> str | None:
    if isinstance(node, Scalar) and len(node.text) <= LONGEST_TEXT:
        return "" if node.text.isspace() else node.text
    if isinstance(node, Scalar):
        message = f"{what}: {len(node.text):,} characters"
        report.say(message, node.place, f"at most {LONGEST_TEXT:,}")
        return None
    report.say(f"{what}: a text is expected, not {kind(node)}", node.place, "put it in quotes")
    return None


def whole_number(pattern: str, expected: str, cure: str, minimum: int) -> Reader[int]:
    """Return the reader of a whole number that is written as the pattern says."""

    def read(node: YamlNode, what: str, report: Report) -> int | None:
        if isinstance(node, Scalar) and re.fullmatch(pattern, node.text, re.ASCII):
            return int(node.text)
        message = f"{what}: a whole number {expected} is expected, not {kind(node)}"
        report.say(message, node.place, cure)
        return None

    return Reader(read, {"type": "integer", "minimum": minimum})


COUNT = whole_number(r"0*[1-9][0-9]{0,6}", "above 0", "such as 3, at most 9999999", 1)
SEED = whole_number(r"[0-9]{1,18}", "from 0", "such as 7, of at most 18 digits", 0)


def _read_counts(node: YamlNode, what: str, report: Report) -> tuple[int, ...] | None:
    items = node.items if isinstance(node, Sequence) else (node,)
    found = [COUNT.read(item, what, report) for item in items]
    if not found:
        report.say(f"{what}: an empty list", node.place, "such as [4, 3]")
    counts = tuple(count for count in found if count is not None)
    return counts if counts and len(counts) == len(found) else None


TEXT: Reader[str] = Reader(_read_text, {"type": "string"})
COUNTS: Reader[tuple[int, ...]] = Reader(
    _read_counts, {"type": "array", "minItems": 1, "items": COUNT.schema}
)


def word(*words: str) -> Reader[str]:
    """Return the reader of one of a few words."""

    def read(node: YamlNode, what: str, report: Report) -> str | None:
        if isinstance(node, Scalar) and node.text in words:
            return node.text
        text = node.text if isinstance(node, Scalar) else ""
        message = f"{what}: {kind(node)} is not one of its values"
        report.say(message, node.place, nearest(text, words))
        return None

    return Reader(read, {"enum": list(words)})


def _read_flag(node: YamlNode, what: str, report: Report) -> bool | None:
    if isinstance(node, Scalar) and node.text in ("true", "false"):
        return node.text == "true"
    report.say(f"{what}: true or false is expected, not {kind(node)}", node.place, "write true")
    return None


FLAG: Reader[bool] = Reader(_read_flag, {"type": "boolean"})


def mapping_schema(keys: dict[str, Key], **more: Any) -> Schema:
    """Return the JSON Schema of a mapping with these keys."""
    schema: Schema = {
        "type": "object",
        "properties": {
            name: {**key.reader.schema, "description": key.doc} for name, key in keys.items()
        },
        "additionalProperties": False,
    }
    required = [name for name, key in keys.items() if key.required]
    return schema | ({"required": required} if required else {}) | more
