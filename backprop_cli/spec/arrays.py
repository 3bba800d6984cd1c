"""Arrays as they are written: nested lists of numbers, ``{init: he_normal}``, ``{file: w.npz}``."""

from __future__ import annotations

from typing import Any

import numpy as np
from msgspec import Struct

from ..problems import Place, Report, counted, nearest_name
from .nodes import Mapping, Scalar, Sequence, YamlNode
from .numbers import NUMBER, check_number, number_float, number_schema, short_numbers
from .reading import TEXT, Key, Reader, kind, mapping_schema, read_keys, word

Array = np.ndarray[Any, Any]
INITS: dict[str, tuple[str, ...]] = {
    "xavier_uniform": ("gain",),
    "xavier_normal": ("gain",),
    "he_uniform": (),
    "he_normal": (),
    "uniform": ("low", "high"),
    "normal": ("mean", "std"),
    "zeros": (),
    "ones": (),
}
"""The schemes, and which settings each takes."""
LARGEST_DRAWN = 1e100
"""No initialisation needs more; past 1e308 the generator would overflow."""
MOST_INDICES = 8
"""Indices up to which an entry is named by all of them."""


class WrittenArray(Struct, frozen=True):
    """A rectangular array of numbers as their texts.

    ``missing`` are the places, from 0, of lists that stand as ``~`` in a target; zeros are there.
    """

    texts: Array
    place: Place
    missing: tuple[tuple[int, ...], ...] = ()


class Init(Struct, frozen=True):
    """``{init: he_normal, …}``: numbers drawn from the file's seed."""

    scheme: str
    place: Place
    low: float = -0.5
    high: float = 0.5
    mean: float = 0.0
    std: float = 0.1
    gain: float = 1.0


class FileData(Struct, frozen=True):
    """``{file: weights.npz, key: W1}`` or ``{file: data.csv, columns: [x1, x2]}``."""

    path: str
    place: Place
    key: str = ""
    columns: tuple[str, ...] = ()
    at: dict[str, Place] = {}

    def place_of(self, key: str) -> Place:
        """Return where the value of one key stands."""
        return self.at.get(key, self.place)


ArraySpec = WrittenArray | Init | FileData


def _read_array(node: YamlNode, what: str, report: Report) -> ArraySpec | None:
    if isinstance(node, Mapping):
        return _read_source(node, what, report)
    if isinstance(node, Scalar) and (scheme := _scheme(node.text)):
        message = f"{what}: '{node.text}' is not a number"
        report.say(message, node.place, f"write {{init: {scheme}}}")
        return None
    return read_written(node, what, report)


def _scheme(text: str) -> str:
    """Return the scheme that a word is, or means elsewhere; of what is no word, none."""
    return nearest_name(text, INITS) if text.replace("_", "").isalpha() else ""


def _read_source(node: Mapping, what: str, report: Report) -> ArraySpec | None:
    if node.get("init") is not None:
        return read_init(node, what, report)
    if node.get("file") is not None:
        return read_file_data(node, what, report)
    cure = "{init: xavier_uniform} or {file: weights.npz, key: W1}"
    report.say(
        f"{what}: numbers, or a mapping with 'init' or 'file', are expected", node.place, cure
    )
    return None


def read_written(node: YamlNode, what: str, report: Report) -> WrittenArray | None:
    """Return the nested lists as one array of texts; report entries and rows that do not fit."""
    if isinstance(node, Mapping):
        report.say(f"{what}: numbers are expected, not a mapping", node.place, "such as [1, 2]")
        return None
    before = len(report.problems)
    flat: list[str] = []
    shape = _shape(node, what, report, flat)
    if shape is None or len(report.problems) > before:
        return None
    texts = np.empty(len(flat), dtype=object)
    texts[:] = flat
    return WrittenArray(texts.reshape(shape), node.place)


def _named(what: str, at: tuple[int, ...]) -> str:
    """Return the array, or an entry of it; of many indices those that begin and end its name."""
    indices = list(map(str, at))
    if len(indices) > MOST_INDICES:
        indices[4:-2] = ["…"]
    return f"{what}[{','.join(indices)}]" if indices else what


def _shape(
    node: YamlNode, what: str, report: Report, flat: list[str], at: tuple[int, ...] = ()
) -> tuple[int, ...] | None:
    """Return the array's shape; check each entry, add it to ``flat``, and compare the rows."""
    if not isinstance(node, Sequence):
        if not check_number(node, _named(what, at), report) or not isinstance(node, Scalar):
            return None
        flat.append(node.text)
        return ()
    if not node.items:
        report.say(f"{what}: an empty list", node.place, "give at least one number")
        return None
    before = len(report.problems)
    texts = [item.text for item in node.items if type(item) is Scalar]
    if len(texts) == len(node.items) and short_numbers(texts) is not None:
        flat += texts
        return (len(texts),)
    shapes = [_shape(item, what, report, flat, (*at, i)) for i, item in enumerate(node.items, 1)]
    if len(report.problems) > before:
        return None
    first = shapes[0]
    if not at and what in ("input", "target") and _are_sequences(shapes):
        steps = [shape[0] for shape in shapes if shape]
        said = ", ".join(f"row {row} has {found}" for row, found in enumerate(steps[:6], 1))
        more = ", …" if len(steps) > 6 else ""
        listed = ", ".join(map(str, steps[:6])) + more
        cure = (
            f"fill each up to {max(steps)} steps with rows of zeros and add 'lengths: [{listed}]', "
            "or give each sequence a file"
        )
        report.say(f"{what}: sequences of several lengths: {said} steps{more}", node.place, cure)
        return None
    for row, (found, item) in enumerate(zip(shapes, node.items, strict=True), 1):
        if found != first:
            message = f"{_named(what, at)}: row {row} has {_size(found)}, row 1 has {_size(first)}"
            if () in (found, first):
                message = f"{what}: lists and single numbers in one list"
            report.say(message, item.place, "make the rows equally long")
            return None
    return (len(node.items), *(first or ()))


def _are_sequences(shapes: list[tuple[int, ...] | None]) -> bool:
    """Return whether the rows are sequences of vectors alike, and not all of one length."""
    vectors = {shape[1:] if shape else () for shape in shapes}
    return len(vectors) == 1 and vectors != {()} and len(set(shapes)) > 1


def _size(shape: tuple[int, ...] | None) -> str:
    return counted(shape[0] if shape else 0, "value")


def _read_setting(node: YamlNode, what: str, report: Report) -> float | None:
    if not check_number(node, what, report) or not isinstance(node, Scalar):
        return None
    value = number_float(node.text)
    if abs(value) > LARGEST_DRAWN:
        report.say(f"{what}: too large to draw from", node.place, f"at most {LARGEST_DRAWN:g}")
        return None
    return value


def _read_spread(node: YamlNode, what: str, report: Report) -> float | None:
    value = _read_setting(node, what, report)
    if value is not None and value < 0:
        report.say(f"{what}: a number from 0 is expected", node.place, "it says how wide to draw")
        return None
    return value


_SETTING: Reader[float] = Reader(_read_setting, NUMBER.schema)
_SPREAD: Reader[float] = Reader(_read_spread, NUMBER.schema)
_INIT_KEYS = {
    "init": Key(word(*INITS), "the scheme; what is drawn is settled by 'seed'", required=True),
    "low": Key(_SETTING, "uniform: the lower end (default -0.5)"),
    "high": Key(_SETTING, "uniform: the upper end (default 0.5)"),
    "mean": Key(_SETTING, "normal: the mean (default 0)"),
    "std": Key(_SPREAD, "normal: the standard deviation (default 0.1)"),
    "gain": Key(_SPREAD, "xavier: a factor (default 1)"),
}


def read_init(node: Mapping, what: str, report: Report) -> Init | None:
    """Return the initialisation; settings that its scheme does not have are reported."""
    before = len(report.problems)
    values = read_keys(node, _INIT_KEYS, what, report)
    scheme = values.pop("init", None)
    if scheme is None:
        return None
    for key, _ in node.pairs:
        if key.text in values and key.text not in INITS[scheme]:
            taken = " and ".join(INITS[scheme])
            cure = f"{scheme} takes {taken}" if taken else "remove it"
            report.say(f"{what}: '{key.text}' has no meaning for {scheme}", key.place, cure)
    if len(report.problems) > before:
        return None
    init = Init(scheme, node.place, **values)
    if init.low > init.high:
        message = f"{what}: low ({init.low:g}) is above high ({init.high:g})"
        report.say(message, node.place, "exchange them")
        return None
    return init


def _read_columns(node: YamlNode, what: str, report: Report) -> tuple[str, ...] | None:
    if isinstance(node, Sequence) and all(isinstance(item, Scalar) for item in node.items):
        if node.items:
            return tuple(item.text for item in node.items)
        report.say(f"{what}: an empty list", node.place, "name the columns, or leave it out")
        return None
    message = f"{what}: a list of column names is expected, not {kind(node)}"
    report.say(message, node.place, "such as [x1, x2]")
    return None


_FILE_KEYS = {
    "file": Key(TEXT, "a .npy, .npz or .csv file, relative to this one", required=True),
    "key": Key(TEXT, "the array's name in a .npz file"),
    "columns": Key(
        Reader(_read_columns, {"type": "array", "minItems": 1, "items": {"type": "string"}}),
        "the columns of a .csv file, in order (default: all)",
    ),
}


def read_file_data(node: Mapping, what: str, report: Report) -> FileData | None:
    """Return the reference to a data file; it is opened when the graph is built."""
    values = read_keys(node, _FILE_KEYS, what, report)
    path = values.get("file")
    if path is None or None in values.values():
        return None
    kind_of_file = path.lower().rpartition(".")[2]
    for key, _ in node.pairs:
        if (key.text == "key" and kind_of_file != "npz") or (
            key.text == "columns" and kind_of_file != "csv"
        ):
            belongs = "a .npz" if key.text == "key" else "a .csv"
            message = f"{what}: '{key.text}' belongs to {belongs} file"
            report.say(message, key.place, "remove it")
            return None
    at = {key.text: value.place for key, value in node.pairs}
    return FileData(path, node.place, values.get("key", ""), values.get("columns", ()), at)


def definitions() -> dict[str, Any]:
    """Return the named parts of the JSON Schema that arrays are made of."""
    nested: dict[str, Any] = {"$ref": "#/$defs/numbers"}
    return {
        "number": number_schema(),
        "numbers": {
            "description": "a number, or nested lists of numbers",
            "anyOf": [NUMBER.schema, {"type": "array", "minItems": 1, "items": nested}],
        },
        "init": mapping_schema(_INIT_KEYS, description="numbers drawn by a scheme from 'seed'"),
        "file": mapping_schema(_FILE_KEYS, description="numbers from a file beside this one"),
    }


FILE_SCHEMA: dict[str, Any] = {"$ref": "#/$defs/file"}
ARRAY: Reader[ArraySpec] = Reader(
    _read_array,
    {"anyOf": [{"$ref": "#/$defs/numbers"}, {"$ref": "#/$defs/init"}, FILE_SCHEMA]},
)
