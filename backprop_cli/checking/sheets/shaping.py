"""A value as it is written → the single answers in it, by the shape of what is asked."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

from msgspec import Struct

from ...expression.refs import Ref
from ...problems import Place, Problem, Source, counted, shortened
from ...spec import nodes
from ...spec.nodes import Scalar, Sequence, YamlNode
from ...spec.reading import is_empty
from .listing import readings, two_numbers
from .parsing import LIMITS

Position = tuple[int, ...]


class Misshapen(Exception):
    """The value has not the shape of its quantity; carries the Problem."""

    def __init__(self, message: str, place: Place, cure: str) -> None:
        super().__init__(message)
        self.problem = Problem(message, place, cure)


class NamedEntry(Struct, frozen=True):
    """One entry of a quantity, and its plain name; ``past_end``: its sample has no such step."""

    name: str
    ref: Ref
    past_end: bool


class AskedQuantity(Struct, frozen=True):
    """A quantity with its entries, in the shape that it has on sheets.

    ``either_way``: a gradient of weights that may be written transposed as well.
    """

    name: str
    shape: Position
    entries: list[NamedEntry]
    either_way: bool = False


def scalars_of(
    value: YamlNode, wanted: AskedQuantity, source: Source | None, lost: Problem | None
) -> tuple[list[Scalar], bool]:
    """Return the scalars of an array, and whether they stood transposed.

    Of what the list could mean the first reading counts that has the shape, and in which no entry
    seems to be two. Raises Misshapen where none has it, or for what is ``lost``.
    """
    if lost is None and not wanted.shape and isinstance(value, Scalar) and value.text[:1] != "[":
        return [value], False
    wrong = None if lost is None else Misshapen(lost.message, lost.place or value.place, lost.cure)
    text = value if isinstance(value, Scalar) else None
    # A text may be a list, and a formula for every entry; a list of YAML is what it seems to be.
    found = iter(()) if text is None else _readings(value, wanted, source)
    if lost is None:
        others = _readings(value, wanted, source) if text is None else ()
        found = itertools.chain(found, (value,), others)
    elif text is None or not text.plain:
        found = iter(())
    doubtful: tuple[list[Scalar], bool] | None = None
    for reading in found:
        try:
            scalars, straight = _fitted(reading, wanted)
        except Misshapen as error:
            wrong = error if wrong is None or reading is value else wrong
            continue
        if not any(two_numbers(scalar.text) for scalar in scalars):
            return scalars, straight
        doubtful = doubtful or (scalars, straight)
    if doubtful is not None:
        return doubtful
    opened = text is not None and text.text.lstrip().startswith("[") and "]" not in text.text
    if wrong is None or opened:
        wrong = Misshapen("'[' is never closed", value.place, "a ']' is missing")
    raise wrong


def _readings(value: YamlNode, wanted: AskedQuantity, source: Source | None) -> Iterator[YamlNode]:
    """Yield what a list could mean; of one that is too long for its entries nothing."""
    if _may_fit(value, wanted):
        yield from readings(value, [] if source is None else source.lines())


def _may_fit(value: YamlNode, wanted: AskedQuantity) -> bool:
    """Return whether a list is short enough for its entries to be as many as are asked."""
    long = len(value.text) if isinstance(value, Scalar) else value.place.width
    return long <= (1 + math.prod(wanted.shape)) * LIMITS.characters


def _fitted(value: YamlNode, wanted: AskedQuantity) -> tuple[list[Scalar], bool]:
    straight = _turned(value, wanted.shape) if wanted.either_way else None
    if 1 in wanted.shape and isinstance(value, Sequence):
        shape = _rows_and_columns(value)
        value = _columns(value) if len(shape) == 2 and shape == wanted.shape[::-1] else value
    scalars = _flat(straight or value, wanted.shape, wanted.shape, wanted.name)
    return scalars, straight is not None


def _flat(
    value: YamlNode, shape: Position, whole: Position, name: str, at: Position = ()
) -> list[Scalar]:
    """Return the scalars of an array row by row; an axis of one may be left out.

    One formula may stand for every entry, and so may nothing.
    """
    if isinstance(value, nodes.Mapping):
        raise Misshapen(f"{name}: a mapping", value.place, _wanted(whole))
    if isinstance(value, Scalar):
        alone = all(size == 1 for size in shape)
        if alone or is_empty(value) or (shape == whole and _formula(value.text)):
            return [value] * math.prod(shape)
        raise Misshapen(_too_flat(value, name, at), value.place, _wanted(whole))
    if not shape and len(whole) == 1 and len(value.items) == 1:
        return _flat(value.items[0], shape, whole, name, at)
    if not shape:
        message = f"{_row(name, at)} is one number, not a list"
        raise Misshapen(message, value.place, "write it without brackets")
    size = shape[0]
    if size == 1 and len(value.items) != 1:
        return _flat(value, shape[1:], whole, name, (*at, 1))
    if len(value.items) != size:
        raise _wrong_count(value, shape, whole, name, at)
    found: list[Scalar] = []
    for number, item in enumerate(value.items, 1):
        found += _flat(item, shape[1:], whole, name, (*at, number))
    return found


def _formula(text: str) -> bool:
    """Return whether a text names something, so that it can be meant for every entry."""
    return any(c.isalpha() for c in text.replace("e", "").replace("E", ""))


def _too_flat(value: Scalar, name: str, at: Position) -> str:
    return f"{_row(name, at)}: '{shortened(value.text)}' where a list is expected"


def _wrong_count(
    value: Sequence, shape: Position, whole: Position, name: str, at: Position
) -> Misshapen:
    """Return what is wrong with a list: the row, how many entries it has and should have."""
    count, size = len(value.items), shape[0]
    what = "row" if len(shape) > 1 else "entr"
    many = ("s" if size != 1 else "") if what == "row" else ("ies" if size != 1 else "y")
    message = f"{_row(name, at)}: {count} where {size} {what}{many} are expected"
    if not at and whole[::-1] == _rows_and_columns(value) != whole:
        return Misshapen(f"{message}: it is transposed", value.place, _wanted(whole))
    scalars = [item.text.strip() for item in value.items if isinstance(item, Scalar)]
    pairs = itertools.pairwise(scalars)
    split = next((pair for pair in pairs if all(map(_whole_digits, pair))), None)
    if size < count == len(scalars) <= 2 * size and split is not None:
        point = ".".join(split)
        cure = f"{_wanted(whole)}; if a comma is a decimal comma, write a point: {point}"
        return Misshapen(message, value.place, cure)
    if any(len(text.split()) > 1 and not _formula(text) for text in scalars):
        return Misshapen(message, value.place, f"{_wanted(whole)}, a comma after each number")
    return Misshapen(message, value.place, _wanted(whole))


def _turned(value: YamlNode, shape: Position) -> Sequence | None:
    """Return a matrix that is written transposed as it is meant; None where it is not."""
    square = len(shape) != 2 or shape[0] == shape[1] or 1 in shape
    if square or not isinstance(value, Sequence) or _rows_and_columns(value) != shape[::-1]:
        return None
    return _columns(value)


def _columns(value: Sequence) -> Sequence:
    """Return a list of rows with its columns for rows."""
    rows = [row.items for row in value.items if isinstance(row, Sequence)]
    columns = zip(*rows, strict=True)
    return Sequence(tuple(Sequence(each, value.place) for each in columns), value.place)


def _rows_and_columns(value: Sequence) -> Position:
    """Return the shape of a list of equally long rows; of anything else nothing."""
    counts = {len(row.items) if isinstance(row, Sequence) else 0 for row in value.items}
    return (len(value.items), *counts) if len(counts) == 1 and 0 not in counts else ()


def _whole_digits(text: str) -> bool:
    digits = text.lstrip("+-")
    return digits.isascii() and digits.isdigit() and len(digits) < 20


def _row(name: str, at: Position) -> str:
    """Return the quantity, or the row of it that is meant: ``dW1 row 2``."""
    return f"{name} row {', '.join(map(str, at))}" if at else name


def _wanted(shape: Position) -> str:
    """Return how an array of this shape is written."""
    if not shape:
        return "write one number"
    if len(shape) == 1:
        inside = ", ".join(["…"] * min(shape[0], 3))
        return f"write a list of {shape[0]}: [{inside}]"
    inside = ", ".join(["…"] * min(shape[-1], 3))
    rows = ", ".join([f"[{inside}]"] * min(shape[0], 3))
    return f"write {counted(shape[0], 'row')} of {shape[-1]}: [{rows}]"
