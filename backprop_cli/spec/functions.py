"""How activations and losses are written: a name, a mapping with settings, or an expression."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from msgspec import Struct

from ..arithmetic.floating import FLOAT64
from ..expression.evaluate import evaluate
from ..expression.parse import parse
from ..expression.tokens import ExpressionError, Grammar, Limits
from ..expression.tree import Call, Div, Expr, Name
from ..expression.walking import holds, walk
from ..functions.losses import LOSS_NAMES, LOSSES
from ..mathematics.activations import ACTIVATIONS, ALIASES
from ..mathematics.elementary import ELEMENTARY, WRITABLE
from ..problems import Place, Report, nearest, sentence_on, shortened
from .nodes import Mapping, Scalar, YamlNode
from .numbers import ABOVE_ZERO, NUMBER, inside, number_tree
from .reading import TEXT, Key, Reader, is_empty, kind, read_keys, word

_HIDDEN = ("gelu_tanh",)
ACTIVATION_NAMES = (*(n for n in ACTIVATIONS if n not in _HIDDEN), *ALIASES, "softmax")
_BY_NAME = tuple(name for name in (*ACTIVATIONS, *ALIASES) if name not in _HIDDEN)
CALLABLE = {
    **{name: (ELEMENTARY[name].arity,) * 2 for name in WRITABLE},
    **dict.fromkeys(_BY_NAME, (1, 1)),
}
REDUCTIONS = {"sum": (1, 1), "mean": (1, 1), "dot": (2, 2), "max": (1, 2), "min": (1, 2)}
_POSITIVE = ("beta", "delta")
"""Settings that are divided by, or that a parabola ends at: 0 and below make no sense."""


class FunctionSpec(Struct, frozen=True):
    """An activation or a loss: a name with settings, an expression, or an unspecified letter."""

    place: Place
    name: str = ""
    settings: dict[str, Expr] = {}
    expression: Expr | None = None
    text: str = ""
    letter: str = ""


class _FunctionKind(Struct, frozen=True):
    """What activations and losses differ in."""

    name: str
    names: tuple[str, ...]
    settings: dict[str, dict[str, str]]
    grammar: Grammar
    example: str


def _read(kind_of: _FunctionKind, node: YamlNode, what: str, report: Report) -> FunctionSpec | None:
    if isinstance(node, Scalar):
        return _named(kind_of, node, what, report)
    if not isinstance(node, Mapping):
        cure = f"one name, such as '{what}: {kind_of.names[0]}'"
        report.say(f"{what}: a name or a mapping is expected, not a list", node.place, cure)
        return None
    if node.get("expression") is not None:
        return _expression(kind_of, node, what, report)
    if node.get("function") is not None:
        return _letter(kind_of, node, what, report)
    return _with_settings(kind_of, node, what, report)


def _named(kind_of: _FunctionKind, node: Scalar, what: str, report: Report) -> FunctionSpec | None:
    if node.text in kind_of.names:
        return FunctionSpec(node.place, ALIASES.get(node.text, node.text))
    message = f"{what}: there is no {kind_of.name} '{shortened(node.text)}'"
    report.say(message, node.place, nearest(node.text, kind_of.names))
    return None


def _with_settings(
    kind_of: _FunctionKind, node: Mapping, what: str, report: Report
) -> FunctionSpec | None:
    type_node = node.get("type")
    if not isinstance(type_node, Scalar) or is_empty(type_node):
        cure = "{type: …}, {expression: …} or {function: …}"
        for key, _ in node.pairs:
            guess = nearest(key.text, ("type", "expression", "function"))
            cure = guess if guess.startswith("did") else cure
        report.say(f"{what}: a mapping needs 'type'", node.place, cure)
        return None
    base = _named(kind_of, type_node, what, report)
    if base is None:
        return None
    keys = _setting_keys(kind_of, base.name)
    if not keys:
        for key, _ in node.pairs:
            if key.text != "type":
                cure = sentence_on(key.text, kind_of.names) or "remove it"
                report.say(f"{what}: {base.name} has no settings", key.place, cure)
                return None
    values = read_keys(node, keys, f"{what} {base.name}", report, ignore="type")
    if len(values) < len(node.pairs) - 1 or None in values.values():
        return None
    name = "gelu_tanh" if values.pop("approximate", "") == "tanh" else base.name
    return FunctionSpec(node.place, name, {n: number_tree(v.text) for n, v in values.items()})


def _setting_keys(kind_of: _FunctionKind, name: str) -> dict[str, Key]:
    """Return the settings of one function; ``approximate`` picks between two forms of gelu."""
    keys = {
        setting: Key(ABOVE_ZERO if setting in _POSITIVE else NUMBER, doc)
        for setting, doc in kind_of.settings.get(name, {}).items()
    }
    if name == "gelu" and kind_of.name == "activation":
        keys["approximate"] = Key(word("none", "tanh"), "exact (none, the default), or by tanh")
    return keys


def _expression(
    kind_of: _FunctionKind, node: Mapping, what: str, report: Report
) -> FunctionSpec | None:
    before = len(report.problems)
    values = read_keys(node, {"expression": Key(TEXT, "")}, what, report)
    scalar = node.get("expression")
    if len(report.problems) > before or not isinstance(scalar, Scalar):
        return None
    text = values["expression"]
    try:
        tree = parse(text, kind_of.grammar)
    except ExpressionError as error:
        report.say(f"{what}: {error.message}", inside(scalar, error), error.cure)
        return None
    if not all(_has_value(part) for part in walk(tree)):
        cure = "look for a division by zero, or the root or logarithm of a negative number"
        report.say(f"{what}: a constant part has no finite value", scalar.place, cure)
        return None
    return FunctionSpec(node.place, expression=tree, text=text)


def _has_value(part: Expr) -> bool:
    """Return whether a part of a formula, where it is constant, is a finite number."""
    divisor = part.denominator if isinstance(part, Div) else part
    if holds(divisor, Name) or not _plain(divisor):
        return True
    try:
        with np.errstate(all="ignore"):
            value = float(evaluate(divisor, {}, FLOAT64))
    except (ZeroDivisionError, OverflowError):
        return False
    return math.isfinite(value) and not (divisor is not part and value == 0)


def _plain(part: Expr) -> bool:
    """Return whether only elementary functions are called, which have a value by themselves."""
    return not any(
        isinstance(node, Call)
        and (
            node.function not in WRITABLE or len(node.arguments) != ELEMENTARY[node.function].arity
        )
        for node in walk(part)
    )


def _letter(
    kind_of: _FunctionKind, node: Mapping, what: str, report: Report
) -> FunctionSpec | None:
    before = len(report.problems)
    values = read_keys(node, {"function": Key(_LETTER, "")}, what, report)
    letter = values.get("function")
    if letter in kind_of.names:
        place = next(value.place for key, value in node.pairs if key.text == "function")
        report.say(f"function: '{letter}' has a formula", place, f"write '{what}: {letter}'")
    if len(report.problems) > before or letter is None:
        return None
    return FunctionSpec(node.place, letter=letter)


def _read_letter(node: YamlNode, what: str, report: Report) -> str | None:
    if isinstance(node, Scalar) and node.text.isidentifier() and len(node.text) <= 20:
        return node.text
    message = f"{what}: a letter is expected, not {kind(node)}"
    report.say(message, node.place, "such as {function: F}")
    return None


_LETTER: Reader[str] = Reader(_read_letter, {"type": "string", "minLength": 1, "maxLength": 20})


def _schema(kind_of: _FunctionKind) -> dict[str, Any]:
    """Return the JSON Schema: a name, or a mapping whose ``type`` says which settings it has."""
    with_settings = {name: _setting_keys(kind_of, name) for name in kind_of.names}
    every = {key: entry for keys in with_settings.values() for key, entry in keys.items()}
    properties: dict[str, Any] = {
        "type": {"enum": list(kind_of.names), "description": f"the {kind_of.name}"},
        "expression": {"type": "string", "description": f"a formula in {kind_of.example}"},
        "function": {**_LETTER.schema, "description": "a letter for an unspecified function"},
        **{key: {**entry.reader.schema, "description": entry.doc} for key, entry in every.items()},
    }
    rules: list[dict[str, Any]] = []
    for key in every:
        owners = [name for name, keys in with_settings.items() if key in keys]
        needs = {"required": ["type"], "properties": {"type": {"enum": owners}}}
        rules.append({"if": {"required": [key]}, "then": needs})
    mapping = {
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
        "oneOf": [{"required": [key]} for key in ("type", "expression", "function")],
        "allOf": rules,
    }
    return {"anyOf": [{"enum": list(kind_of.names)}, mapping]}


# A function inside a function multiplies the size of the derivative, at each level.
_LIMITS = Limits(calls=6)
_Z = "an activation is a formula in z"
_ACTIVATIONS = _FunctionKind(
    "activation",
    ACTIVATION_NAMES,
    {name: {p.name: p.doc for p in entry.parameters} for name, entry in ACTIVATIONS.items()},
    Grammar(
        names=("z",),
        functions=CALLABLE,
        forbidden={"a": _Z, "x": _Z},
        limits=_LIMITS,
        matrices=False,
    ),
    "z, such as z*sigmoid(1.702*z)",
)
_LOSSES = _FunctionKind(
    "loss",
    LOSS_NAMES,
    {name: {p.name: p.doc for p in entry.parameters} for name, entry in LOSSES.items()},
    Grammar(
        names=("a", "y"),
        functions=CALLABLE | REDUCTIONS,
        limits=_LIMITS,
        matrices=False,
    ),
    "a and y, such as sum((a - y)**4)",
)


def function_definitions() -> dict[str, Any]:
    """Return the named parts of the JSON Schema that activations and losses are made of."""
    return {"activation": _schema(_ACTIVATIONS), "loss": _schema(_LOSSES)}


def _reader(kind_of: _FunctionKind) -> Reader[FunctionSpec]:
    def read(node: YamlNode, what: str, report: Report) -> FunctionSpec | None:
        return _read(kind_of, node, what, report)

    return Reader(read, {"$ref": f"#/$defs/{kind_of.name}"})


ACTIVATION = _reader(_ACTIVATIONS)
LOSS = _reader(_LOSSES)
