"""Numbers and arrays as they are written: ``0.15``, ``1/3``, ``sqrt(2)/2``, ``{init: …}``."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
from msgspec import Struct

from ..arithmetic.floating import FLOAT64
from ..expression.evaluate import evaluate
from ..expression.parse import ExpressionError, Grammar, Limits, decimal, parse, plain_number
from ..expression.tree import Expr, Number
from ..functions.elementary import ELEMENTARY, WRITABLE
from ..problems import Place
from .nodes import Mapping, Scalar, Sequence, YamlNode
from .reading import TEXT, Key, Reader, Report, kind, mapping_schema, read_keys, word

Array = np.ndarray[Any, Any]
NUMBER_LIMITS = Limits(characters=200, nodes=60, depth=20, exponent=100)
_GRAMMAR = Grammar(
    functions={name: (ELEMENTARY[name].arity,) * 2 for name in WRITABLE}, limits=NUMBER_LIMITS
)
INITS = (
    "xavier_uniform",
    "xavier_normal",
    "he_uniform",
    "he_normal",
    "uniform",
    "normal",
    "zeros",
    "ones",
)


class WrittenNumber(Struct, frozen=True):
    """One number as its text, and where it stands."""

    text: str
    place: Place


class WrittenArray(Struct, frozen=True):
    """A rectangular array of numbers as their texts."""

    texts: Array
    place: Place


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


ArraySpec = WrittenArray | Init | FileData


def number_tree(text: str) -> Expr:
    """Return the exact number that a text says; raise ExpressionError where it says none."""
    stripped = text.strip()
    if plain_number(stripped):
        return Number(decimal(stripped, NUMBER_LIMITS))
    return parse(text, _GRAMMAR)


def number_float(text: str) -> float:
    """Return the float64 nearest to what the text says; it is finite."""
    stripped = text.strip()
    if plain_number(stripped) and len(stripped) <= 16:
        value = float(stripped)
        if math.isfinite(value):
            return value
    try:
        with np.errstate(all="ignore"):
            value = float(evaluate(number_tree(text), {}, FLOAT64))
    except (ZeroDivisionError, OverflowError):
        value = math.nan
    if not math.isfinite(value):
        raise ExpressionError(f"{text} is not a finite number", 0, len(text))
    return value


def exact_number(text: str) -> Any:
    """Return the Fraction a decimal text says, or the tree of an expression such as sqrt(2)."""
    tree = number_tree(text)
    if isinstance(tree, Number) and isinstance(tree.value, Fraction):
        return tree.value
    return tree


def check_number(node: YamlNode, what: str, report: Report) -> bool:
    """Report what is wrong with a number, with the column inside it; return whether it is one."""
    if not isinstance(node, Scalar):
        report.say(f"{what}: a number is expected, not {kind(node)}", node.place)
        return False
    lowered = node.text.lower().lstrip("+-.")
    if lowered in ("nan", "inf", "infinity"):
        report.say(f"{what}: {node.text} is not a finite number", node.place, "give a number")
        return False
    try:
        number_float(node.text)
    except ExpressionError as error:
        place = inside(node, error)
        what_is = f"'{node.text}' is not a number" if len(node.text) < 40 else "not a number"
        because = "" if error.message.startswith(node.text) else f" ({error.message})"
        cure = error.cure or "a number such as 0.15, 1/3 or sqrt(2)"
        if node.text.count(",") == 1 and node.text.replace(",", "").replace("-", "").isdigit():
            cure = f"write {node.text.replace(',', '.')}"
        report.say(f"{what}: {what_is}{because}", place, cure)
        return False
    return True


def inside(node: Scalar, error: ExpressionError) -> Place:
    """Return the place of an expression's error: inside the scalar where it stands on one line."""
    if not node.plain or node.place.width < len(node.text):
        return node.place
    return Place(node.place.line, node.place.column + error.column, error.width)


def _read_number(node: YamlNode, what: str, report: Report) -> WrittenNumber | None:
    if not check_number(node, what, report) or not isinstance(node, Scalar):
        return None
    return WrittenNumber(node.text, node.place)


def _read_array(node: YamlNode, what: str, report: Report) -> ArraySpec | None:
    if isinstance(node, Mapping):
        return _read_source(node, what, report)
    return read_written(node, what, report)


def _read_source(node: Mapping, what: str, report: Report) -> ArraySpec | None:
    if node.get("init") is not None:
        return _read_init(node, what, report)
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
        report.say(f"{what}: numbers are expected, not a mapping", node.place)
        return None
    before = len(report.problems)
    shape = _shape(node, what, report)
    if shape is None or len(report.problems) > before:
        return None
    texts = np.empty(shape, dtype=object)
    flat = texts.reshape(-1)
    for position, scalar in enumerate(_scalars(node)):
        flat[position] = scalar.text
    return WrittenArray(texts, node.place)


def _shape(node: YamlNode, what: str, report: Report) -> tuple[int, ...] | None:
    """Return the array's shape after checking each entry, and each row against the first."""
    if isinstance(node, Scalar):
        return () if check_number(node, what, report) else None
    if isinstance(node, Mapping):
        report.say(f"{what}: a number is expected, not a mapping", node.place)
        return None
    if not node.items:
        report.say(f"{what}: an empty list", node.place, "give at least one number")
        return None
    if all(isinstance(item, Scalar) for item in node.items):
        for number, item in enumerate(node.items, 1):
            if not (plain_number(item.text) and len(item.text) <= 16):
                check_number(item, f"{what}[{number}]", report)
        return (len(node.items),)
    shapes = [_shape(item, f"{what}[{i}]", report) for i, item in enumerate(node.items, 1)]
    if None in shapes:
        return None
    first = shapes[0]
    for row, (found, item) in enumerate(zip(shapes, node.items, strict=True), 1):
        if found != first:
            report.say(
                f"{what}: row {row} has {_size(found)}, row 1 has {_size(first)}",
                item.place,
                "make the rows equally long",
            )
            return None
    return (len(node.items), *(first or ()))


def _size(shape: tuple[int, ...] | None) -> str:
    if not shape:
        return "a single number"
    return f"{shape[0]} value{'s' if shape[0] != 1 else ''}"


def _scalars(node: YamlNode) -> list[Scalar]:
    if isinstance(node, Scalar):
        return [node]
    if isinstance(node, Sequence):
        return [scalar for item in node.items for scalar in _scalars(item)]
    return []


def _read_float(node: YamlNode, what: str, report: Report) -> float | None:
    if not check_number(node, what, report) or not isinstance(node, Scalar):
        return None
    return number_float(node.text)


_NUMBER_SCHEMA = {"type": ["number", "string"]}
_FLOAT: Reader[float] = Reader(_read_float, _NUMBER_SCHEMA)
_INIT_KEYS = {
    "init": Key(word(*INITS), "the scheme", required=True),
    "low": Key(_FLOAT, "uniform: the lower end (default -0.5)"),
    "high": Key(_FLOAT, "uniform: the upper end (default 0.5)"),
    "mean": Key(_FLOAT, "normal: the mean (default 0)"),
    "std": Key(_FLOAT, "normal: the standard deviation (default 0.1)"),
    "gain": Key(_FLOAT, "xavier: a factor (default 1)"),
}


def _read_init(node: Mapping, what: str, report: Report) -> Init | None:
    values = read_keys(node, _INIT_KEYS, what, report)
    scheme = values.pop("init", None)
    taken: dict[str, tuple[str, ...]] = {
        "uniform": ("low", "high"),
        "normal": ("mean", "std"),
        "xavier_uniform": ("gain",),
        "xavier_normal": ("gain",),
    }
    allowed = taken.get(scheme or "", ())
    for name in values:
        if scheme and name not in allowed:
            key = next(k for k, _ in node.pairs if k.text == name)
            report.say(f"{what}: '{name}' has no meaning for {scheme}", key.place, "remove it")
    if scheme is None or None in values.values():
        return None
    return Init(scheme, node.place, **values)


def _read_columns(node: YamlNode, what: str, report: Report) -> tuple[str, ...] | None:
    if isinstance(node, Sequence) and all(isinstance(item, Scalar) for item in node.items):
        return tuple(item.text for item in node.items)
    report.say(f"{what}: a list of column names is expected, not {kind(node)}", node.place)
    return None


_FILE_KEYS = {
    "file": Key(TEXT, "a .npy, .npz or .csv file, relative to this one", required=True),
    "key": Key(TEXT, "the array's name in a .npz file"),
    "columns": Key(
        Reader(_read_columns, {"type": "array", "items": {"type": "string"}}),
        "the columns of a .csv file, in order (default: all)",
    ),
}


def read_file_data(node: Mapping, what: str, report: Report) -> FileData | None:
    """Return the reference to a data file; it is opened when the graph is built."""
    values = read_keys(node, _FILE_KEYS, what, report)
    path = values.get("file")
    if path is None or None in values.values():
        return None
    return FileData(path, node.place, values.get("key", ""), values.get("columns", ()))


_NESTED: dict[str, Any] = {"$ref": "#/$defs/numbers"}
FILE_SCHEMA = mapping_schema(_FILE_KEYS)
NUMBER: Reader[WrittenNumber] = Reader(_read_number, _NUMBER_SCHEMA)
ARRAY: Reader[ArraySpec] = Reader(
    _read_array, {"anyOf": [_NESTED, mapping_schema(_INIT_KEYS), FILE_SCHEMA]}
)
DEFINITIONS = {
    "numbers": {
        "description": "a number (0.15, 1/3, sqrt(2)), or nested lists of them",
        "anyOf": [_NUMBER_SCHEMA, {"type": "array", "minItems": 1, "items": _NESTED}],
    }
}
