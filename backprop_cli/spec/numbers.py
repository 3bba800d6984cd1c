"""One number as it is written: ``0.15``, ``1e-3``, ``1/3``, ``sqrt(2)/2``."""

from __future__ import annotations

import math
import re
from fractions import Fraction
from typing import Any

import numpy as np
from msgspec import Struct

from ..arithmetic.floating import FLOAT64
from ..expression.evaluate import evaluate
from ..expression.parse import parse
from ..expression.tokens import ExpressionError, Grammar, Limits, decimal, plain_number
from ..expression.tree import Expr, Number
from ..mathematics.elementary import ELEMENTARY, WRITABLE
from ..problems import Place, Report, shortened
from .nodes import Scalar, YamlNode
from .reading import Reader, is_empty, kind

NUMBER_LIMITS = Limits(characters=200, nodes=60, depth=20, exponent=100, magnitude=340)
_GRAMMAR = Grammar(
    functions={name: (ELEMENTARY[name].arity,) * 2 for name in WRITABLE},
    limits=NUMBER_LIMITS,
    matrices=False,
)
_IN_SHORT = "+-.0123456789"
_NUMBERS_LOOK = "numbers look like 0.15, 1e-3, 1/3 or sqrt(2)"


class WrittenNumber(Struct, frozen=True):
    """One number as its text, and where it stands."""

    text: str
    place: Place


def number_tree(text: str) -> Expr:
    """Return the exact number that a text says; raise ExpressionError where it says none."""
    stripped = text.strip()
    if plain_number(stripped):
        return Number(decimal(stripped, NUMBER_LIMITS, text.find(stripped)))
    return parse(text, _GRAMMAR)


def short_numbers(texts: list[str]) -> list[float] | None:
    """Return the float64 nearest to each text; None where one is no short and plain decimal.

    ``float`` gives what the way over fractions does, where nothing can be wrong with a text.
    """
    if "".join(texts).strip(_IN_SHORT) or max(map(len, texts), default=0) > NUMBER_LIMITS.digits:
        return None
    try:
        return list(map(float, texts))
    except ValueError:
        return None


def number_floats(texts: list[str]) -> list[float]:
    """Return the float64 nearest to each text; raise ExpressionError where one says none."""
    short = short_numbers(texts)
    return short if short is not None else list(map(number_float, texts))


def number_float(text: str) -> float:
    """Return the float64 nearest to what the text says; raise ExpressionError where none is."""
    short = short_numbers([text])
    if short is not None:
        return short[0]
    tree = number_tree(text)
    try:
        with np.errstate(all="ignore", divide="raise"):
            value = float(evaluate(tree, {}, FLOAT64))
    except (ZeroDivisionError, FloatingPointError):
        raise NoValue(text, "it divides by zero, or takes the logarithm of 0") from None
    except OverflowError:
        value = math.inf
    if math.isnan(value):
        raise NoValue(text, "it takes the root or the logarithm of a negative number")
    if math.isinf(value):
        raise NoValue(text, "float64 goes up to 1.8e308")
    return value


class NoValue(ExpressionError):
    """A well-formed expression that is no finite number, such as 1/0."""

    def __init__(self, text: str, cure: str) -> None:
        super().__init__(f"'{shortened(text)}' has no finite value", 0, len(text), cure)


def exact_number(text: str) -> Any:
    """Return the Fraction a decimal text says, or the tree of an expression such as sqrt(2)."""
    tree = number_tree(text)
    if isinstance(tree, Number) and isinstance(tree.value, Fraction):
        return tree.value
    return tree


def number_fault(text: str) -> ExpressionError | None:
    """Return what is wrong with a text that should be a finite number, as a whole sentence."""
    try:
        number_float(text)
    except ExpressionError as error:
        return _said(text, error)
    return None


def _said(text: str, error: ExpressionError) -> ExpressionError:
    """Return the error with the sentence and the cure for a number."""
    if isinstance(error, NoValue):
        return error
    word, shown = text.strip(), f"'{shortened(text)}'"
    if word.lower().lstrip("+-.") in ("nan", "inf", "infinity"):
        return ExpressionError(f"{shown} is not a finite number", 0, len(text), "give a number")
    message, cure = f"{shown} is not a number", error.cure
    if meant := _meant(word):
        return ExpressionError(message, 0, len(text), meant)
    if " is too " in error.message:
        message = f"{shown} is too large or too small to compute with"
        cure = "float64 goes from 5e-324 to 1.8e308"
    elif error.message == f"'{word}' is not known here":
        cure = cure if cure.startswith(("did", "write")) else ""
    elif error.message != f"{word} is not a number":
        message += f" ({error.message})"
    return ExpressionError(message, error.column, error.width, cure or _NUMBERS_LOOK)


def _meant(word: str) -> str:
    """Return the cure for numbers as other languages and countries write them."""
    plain = word.replace("_", "").replace("\u2019", "").replace("'", "")
    if plain != word and plain_number(plain):
        return f"write {plain}"
    if word.count(",") == 1 and plain_number(word.replace(",", ".")):
        return f"write {word.replace(',', '.')}"
    if re.fullmatch(r"0x[0-9a-f]{1,12}", word, re.ASCII | re.IGNORECASE):
        return f"write {int(word, 16)}"
    return ""


def check_number(node: YamlNode, what: str, report: Report) -> bool:
    """Report what is wrong with a number, with the column inside it; return whether it is one."""
    if not isinstance(node, Scalar):
        report.say(f"{what}: a number is expected, not {kind(node)}", node.place, _NUMBERS_LOOK)
        return False
    if is_empty(node):
        in_row = re.match(r"target\[\d+,", what)
        more = "; of a step without a target write ~ for the whole row" if in_row else ""
        report.say(f"{what}: nothing is given", node.place, f"give a number{more}")
        return False
    fault = number_fault(node.text)
    if fault is not None:
        report.say(f"{what}: {fault.message}", inside(node, fault), fault.cure)
    return fault is None


def inside(node: Scalar, error: ExpressionError) -> Place:
    """Return the place of an expression's error: inside the scalar where it stands on one line."""
    place, quotes = node.place, 0 if node.plain else 1
    if place.width != len(node.text) + 2 * quotes:
        return place
    width = max(1, min(error.width, len(node.text) - error.column))
    return Place(place.line, place.column + quotes + error.column, width)


def _read_number(node: YamlNode, what: str, report: Report) -> WrittenNumber | None:
    if not check_number(node, what, report) or not isinstance(node, Scalar):
        return None
    return WrittenNumber(node.text, node.place)


def number_schema() -> dict[str, Any]:
    """Return the JSON Schema of a number: YAML's own, or a text that this grammar may read."""
    words = "|".join((*WRITABLE, "pi"))
    pattern = f"^\\s*([-+*/^()., 0-9eE\u2212]|{words})+$"
    return {
        "description": "a number, written exactly: 0.15, 1e-3, 1/3, sqrt(2)/2, pi",
        "anyOf": [{"type": "number"}, {"type": "string", "pattern": pattern}],
    }


NUMBER: Reader[WrittenNumber] = Reader(_read_number, {"$ref": "#/$defs/number"})


def _from_zero(*, open_end: bool = False) -> Reader[WrittenNumber]:
    """Return the reader of a number from 0 (above it, where the end is open)."""
    wanted = f"{'above' if open_end else 'from'} 0"

    def read(node: YamlNode, what: str, report: Report) -> WrittenNumber | None:
        number = _read_number(node, what, report)
        if number is None:
            return None
        value = number_float(number.text)
        if value < 0 or (open_end and value == 0):
            message = f"{what}: a number {wanted} is expected, not '{shortened(number.text)}'"
            report.say(message, node.place, f"give a number {wanted}")
            return None
        return number

    return Reader(read, NUMBER.schema)


FROM_ZERO, ABOVE_ZERO = _from_zero(), _from_zero(open_end=True)
