"""``input`` and ``target`` as they are written: numbers, blanks, classes, or a data file."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, structs

from ..functions.losses import LOSS_NAMES
from ..problems import Place, Report, nearest, sentence_on, shortened
from .arrays import (
    FILE_SCHEMA,
    ArraySpec,
    FileData,
    WrittenArray,
    read_file_data,
    read_written,
)
from .nodes import Mapping, Scalar, Sequence, YamlNode
from .reading import COUNTS, Reader, is_empty, kind

LARGEST_CLASS = 10**9
NO_CLASS = -1
"""What stands for ``~`` in a list of classes: that step has no target."""


class BlankArray(Struct, frozen=True):
    """Values without numbers: ``[~, ~]`` is a vector of two."""

    shape: tuple[int, ...]
    place: Place


class Lengths(Struct, frozen=True):
    """How many steps each sequence of a batch has; what stands after them fills up."""

    counts: tuple[int, ...]
    place: Place


class ClassTarget(Struct, frozen=True):
    """``{class: 2}``: the index, from 0, of the right class of each sample, and where each is."""

    classes: tuple[int, ...]
    place: Place
    single: bool
    places: tuple[Place, ...]


def _read_input(node: YamlNode, what: str, report: Report) -> ArraySpec | BlankArray | None:
    if isinstance(node, Mapping):
        return _read_file(node, what, report, ("file",))
    if isinstance(node, Sequence):
        shape = blank_shape(node)
        if shape is not None:
            return BlankArray(shape, node.place)
    if isinstance(node, Scalar) and "," in node.text:
        message = f"{what}: a list is expected, not {kind(node)}"
        report.say(message, node.place, f"write [{shortened(node.text)}]")
        return None
    array = read_written(node, what, report)
    if array is None:
        return None
    if array.texts.ndim == 0:
        message = f"{what}: a list is expected, not one number"
        number = str(array.texts.item())
        more = " (each value, not how many)" if what == "input" else ""
        if what == "target" and number.isdecimal():
            more = f", or {{class: {number}}} where it is the number of a class"
        report.say(message, node.place, f"write [{number}]{more}")
        return None
    return array


def blank_shape(node: Sequence) -> tuple[int, ...] | None:
    """Return the shape of a list of blanks (``[~, ~]``), if it is one."""
    if node.items and all(is_empty(item) for item in node.items):
        return (len(node.items),)
    rows = [blank_shape(item) if isinstance(item, Sequence) else None for item in node.items]
    if rows and None not in rows and len(set(rows)) == 1:
        return (len(rows), *(rows[0] or ()))
    return None


def _read_target(
    node: YamlNode, what: str, report: Report
) -> ArraySpec | BlankArray | ClassTarget | None:
    if not isinstance(node, Mapping):
        missing: list[tuple[int, ...]] = []
        found = _read_input(_filled(node, (), missing), what, report)
        if isinstance(found, WrittenArray):
            return structs.replace(found, missing=tuple(missing))
        return found
    chosen = node.get("class")
    if chosen is not None:
        return _read_classes(node, chosen, what, report)
    return _read_file(node, what, report, ("class", "file"))


def _filled(node: YamlNode, at: tuple[int, ...], missing: list[tuple[int, ...]]) -> YamlNode:
    """Return the lists with zeros for each ``~`` that stands among lists; note its place."""
    if not isinstance(node, Sequence):
        return node
    given = next((item for item in node.items if isinstance(item, Sequence)), None)
    if given is None:
        return node
    items = []
    for number, item in enumerate(node.items):
        if is_empty(item):
            missing.append((*at, number))
            items.append(_zeros(given))
        else:
            items.append(_filled(item, (*at, number), missing))
    return structs.replace(node, items=tuple(items))


def _zeros(like: YamlNode) -> YamlNode:
    if isinstance(like, Sequence):
        return structs.replace(like, items=tuple(map(_zeros, like.items)))
    return Scalar("0", like.place)


def _read_file(
    node: Mapping, what: str, report: Report, needed: tuple[str, ...]
) -> FileData | None:
    if node.get("file") is not None:
        return read_file_data(node, what, report)
    cure = "write the numbers as a list, or {file: data.csv, columns: [x1, x2]}"
    for key, _ in node.pairs:
        guess = nearest(key.text, needed)
        cure = guess if guess.startswith("did") else cure
    message = f"{what}: a mapping here needs {' or '.join(map(repr, needed))}"
    report.say(message, node.place, cure)
    return None


def _read_classes(node: Mapping, chosen: YamlNode, what: str, report: Report) -> ClassTarget | None:
    before = len(report.problems)
    for key, _ in node.pairs:
        if key.text != "class":
            message = f"{what}: '{key.text}' has no meaning beside 'class'"
            report.say(message, key.place, sentence_on(key.text, LOSS_NAMES) or "remove it")
    items = chosen.items if isinstance(chosen, Sequence) else (chosen,)
    if not items:
        report.say(f"{what}: an empty list", chosen.place, "one class for each sample")
    missing = tuple(i for i, item in enumerate(items) if is_empty(item) and len(items) > 1)
    for number, item in enumerate(items):
        if number not in missing and not _is_class(item):
            message = f"{what}: a class is a whole number from 0, not {kind(item)}"
            report.say(message, item.place, "classes are the outputs' positions, counted from 0")
    if len(report.problems) > before:
        return None
    classes = tuple(
        NO_CLASS if number in missing else min(int(item.text), LARGEST_CLASS)
        for number, item in enumerate(items)
    )
    places = tuple(item.place for item in items)
    return ClassTarget(classes, node.place, isinstance(chosen, Scalar), places)


def _is_class(item: YamlNode) -> bool:
    if not isinstance(item, Scalar) or len(item.text) > 18:
        return False
    return item.text.isascii() and item.text.isdigit()


_CLASS = {"type": "integer", "minimum": 0}
_INPUT_FORMS: list[dict[str, Any]] = [
    {"$ref": "#/$defs/numbers", "description": "one list is a sample, a list of lists a batch"},
    {"$ref": "#/$defs/blanks"},
    FILE_SCHEMA,
]
DATA_DEFINITIONS: dict[str, Any] = {
    "blanks": {
        "description": "values without numbers, for symbolic work: [~, ~]",
        "type": "array",
        "minItems": 1,
        "items": {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/blanks"}]},
    },
    "class": {
        "description": "the right class, counted from 0; a batch has a list of them",
        "type": "object",
        "required": ["class"],
        "additionalProperties": False,
        "properties": {
            "class": {
                "description": "0 for the first output; a list for a batch",
                "anyOf": [_CLASS, {"type": "array", "minItems": 1, "items": _CLASS}],
            }
        },
    },
}
INPUT: Reader[ArraySpec | BlankArray] = Reader(_read_input, {"anyOf": _INPUT_FORMS})
TARGET: Reader[ArraySpec | BlankArray | ClassTarget] = Reader(
    _read_target, {"anyOf": [*_INPUT_FORMS, {"$ref": "#/$defs/class"}]}
)


def _read_lengths(node: YamlNode, what: str, report: Report) -> Lengths | None:
    counts = COUNTS.read(node, what, report)
    return None if counts is None else Lengths(counts, node.place)


LENGTHS: Reader[Lengths] = Reader(_read_lengths, COUNTS.schema)
