"""The keys of a rubric, and those of them that a sheet may state of itself where it is allowed."""

from __future__ import annotations

from typing import Any, TypeVar

from ...problems import Report, nearest, shortened
from ...spec.arrays import definitions
from ...spec.nodes import Mapping, Scalar, Sequence, YamlNode
from ...spec.numbers import FROM_ZERO, NUMBER, number_float, number_schema
from ...spec.optimizer import OPTIMIZER, optimizer_definitions
from ...spec.reading import (
    TEXT,
    Key,
    Reader,
    Schema,
    kind,
    mapping_schema,
    read_keys,
    whole_number,
    word,
)
from ..mistakes import catalogue

LARGEST_TOLERANCE = 0.1
"""What a sheet may ask for itself: within 10 %; a larger one would accept anything."""
MOST_MARKS = 1000.0
T = TypeVar("T")
EACH_MARK = "such as {delta1: 2, dW1: 0.5}: the marks of each entry"


def between(most: float) -> Reader[float]:
    """Return the reader of a number from 0 to ``most``."""

    def read(node: YamlNode, what: str, report: Report) -> float | None:
        number = NUMBER.read(node, what, report)
        if number is None:
            return None
        value = number_float(number.text)
        if 0 <= value <= most:
            return value
        message = f"{what}: {shortened(number.text)} is not between 0 and {most:g}"
        report.say(message, number.place, f"give a number from 0 to {most:g}")
        return None

    return Reader(read, {**number_schema(), "description": f"from 0 to {most:g}"})


def by_name(each: Reader[T], example: str) -> Reader[dict[str, T]]:
    """Return the reader of a mapping whose values are all of one kind."""

    def read(node: YamlNode, what: str, report: Report) -> dict[str, T] | None:
        if not isinstance(node, Mapping):
            message = f"{what}: a mapping is expected, not {kind(node)}"
            report.say(message, node.place, example)
            return None
        found = {key.text: each.read(value, key.text, report) for key, value in node.pairs}
        return {key: value for key, value in found.items() if value is not None}

    return Reader(read, {"type": "object", "additionalProperties": each.schema})


def _read_mistakes(node: YamlNode, what: str, report: Report) -> dict[str, float] | None:
    found = by_name(between(1.0), "such as {sign: 0.5}").read(node, what, report)
    known = catalogue()
    for key, _ in node.pairs if isinstance(node, Mapping) else ():
        if key.text not in known:
            message = f"{what}: there is no mistake '{shortened(key.text)}'"
            cure = nearest(key.text, known) or "'backprop explain' lists the mistakes"
            report.say(message, key.place, cure)
    return found


def _texts(node: YamlNode, what: str, report: Report, example: str) -> tuple[str, ...] | None:
    items = node.items if isinstance(node, Sequence) else (node,)
    texts = [item.text.strip() for item in items if isinstance(item, Scalar) and item.text.strip()]
    if items and len(texts) == len(items):
        return tuple(texts)
    report.say(f"{what}: a name or a list of names is expected", node.place, example)
    return None


def names(example: str) -> Reader[tuple[str, ...]]:
    """Return the reader of one text or a list of them."""

    def read(node: YamlNode, what: str, report: Report) -> tuple[str, ...] | None:
        return _texts(node, what, report, example)

    text: Schema = {"type": "string"}
    return Reader(read, {"anyOf": [text, {"type": "array", "items": text, "minItems": 1}]})


def _read_yes_or_no(node: YamlNode, what: str, report: Report) -> bool | None:
    text = node.text.lower() if isinstance(node, Scalar) else ""
    if text in ("true", "yes", "on"):
        return True
    if text in ("false", "no", "off"):
        return False
    report.say(f"{what}: true or false is expected, not {kind(node)}", node.place, "write true")
    return None


YES_OR_NO: Reader[bool] = Reader(_read_yes_or_no, {"type": "boolean"})


def inner(keys: dict[str, Key], example: str) -> Reader[dict[str, Any]]:
    """Return the reader of a mapping with these keys."""

    def read(node: YamlNode, what: str, report: Report) -> dict[str, Any] | None:
        if isinstance(node, Mapping):
            return read_keys(node, keys, what, report)
        report.say(f"{what}: a mapping is expected, not {kind(node)}", node.place, example)
        return None

    return Reader(read, mapping_schema(keys))


def _read_allowed(node: YamlNode, what: str, report: Report) -> tuple[str, ...] | None:
    if isinstance(node, Scalar):
        said = _read_yes_or_no(node, what, report) if node.text not in SHEET_RULES else None
        if said is not None:
            return tuple(SHEET_RULES) if said else ()
        if node.text not in SHEET_RULES:
            return None
    texts = _texts(node, what, report, "such as [tolerance, digits]") or ()
    for text in texts:
        if text not in SHEET_RULES:
            message = f"{what}: '{shortened(text)}' is no rule of a sheet"
            report.say(message, node.place, f"they are {', '.join(SHEET_RULES)}")
    return tuple(text for text in texts if text in SHEET_RULES)


DIGITS = whole_number(
    r"[1-9]|1[0-5]", "from 1 to 15", "how many decimals are asked for, such as 4", 1
)
CREDIT = between(1.0)


def rule_keys(largest: float) -> dict[str, Key]:
    """Return the keys that a sheet and a rubric share; ``largest`` bounds the tolerance."""
    tolerance = between(largest)
    return {
        "tolerance": Key(tolerance, "how far from the truth is right, relatively"),
        "tolerances": Key(
            by_name(tolerance, "such as {dW1: 0.01}"),
            "the same for single quantities, by plain name",
        ),
        "digits": Key(DIGITS, "the decimals asked for", also=("decimals",)),
        "follow_through_credit": Key(CREDIT, "the mark for a step that follows from a slip"),
    }


SHEET_RULES = rule_keys(LARGEST_TOLERANCE)
"""What a sheet may say of its own rules; it counts where the rubric allows it."""

CONVENTION_KEYS = {
    "delta_sign": Key(
        word("either", "a-y", "y-a"), "δ of (a − y) or of (y − a); either, where it is consistent"
    ),
    "delta_mean": Key(
        word("either", "without", "with"), "δ without or with the 1/N of a mean over the batch"
    ),
    "row_vectors": Key(
        YES_OR_NO, "sheets write W, dW and W' transposed, whole and by entry, as x·W has them"
    ),
}
LATE_KEYS = {
    "students": Key(names("such as [s4711, s4712]"), "who handed in late", required=True),
    "credit": Key(CREDIT, "the part of their marks that counts", required=True),
}
KEYS = {
    **rule_keys(0.99),
    "marks": Key(
        by_name(between(MOST_MARKS), EACH_MARK), "the marks of each entry of a quantity (else 1)"
    ),
    "partial_credit": Key(
        Reader(_read_mistakes, {"type": "object", "additionalProperties": CREDIT.schema}),
        "the part of its mark for an answer with a known mistake, by the mistake's id",
    ),
    "evidence": Key(
        YES_OR_NO, "false pays what follows also on a sheet that does not fit this network"
    ),
    "ask": Key(names("all, or such as [delta1, dW1]"), "what counts: all, or quantities by name"),
    "conventions": Key(inner(CONVENTION_KEYS, "{delta_mean: with}"), "what δ is taken to be"),
    "sheet_rules": Key(
        Reader(
            _read_allowed,
            {
                "anyOf": [
                    {"type": "boolean"},
                    {"type": "array", "items": {"enum": list(SHEET_RULES)}},
                ]
            },
        ),
        "which rules a sheet may state of itself",
    ),
    "late": Key(inner(LATE_KEYS, "{students: [s4711], credit: 0.8}"), "who handed in late"),
    "learning_rate": Key(FROM_ZERO, "the rate of the step, in place of the network's"),
    "optimizer": Key(OPTIMIZER, "how the parameters are moved, in place of the network's"),
    "names": Key(
        by_name(TEXT, "such as {fc1.weight.grad: dW1}"),
        "what the names of a program's arrays mean, in plain names",
    ),
    "anonymous": Key(TEXT, "a secret word: reports then show numbers made of it for names"),
}
"""What a rubric may say."""


def rubric_schema() -> Schema:
    """Return the JSON Schema of a rubric."""
    schema = mapping_schema(KEYS)
    schema["properties"]["partial_credit"]["propertyNames"] = {"enum": list(catalogue())}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "backprop rubric",
        "description": "How backprop check marks",
        "$defs": {
            **definitions(),
            **optimizer_definitions(),
        },
        **schema,
    }
