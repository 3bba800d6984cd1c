"""How activations and losses are written: a name, a mapping with settings, or an expression."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from ..expression.parse import ExpressionError, Grammar, parse
from ..expression.tree import Expr
from ..functions.activations import ACTIVATIONS, ALIASES
from ..functions.elementary import ELEMENTARY, WRITABLE
from ..functions.losses import LOSS_NAMES, LOSSES
from ..problems import Place, nearest
from .nodes import Mapping, Scalar, YamlNode
from .numbers import NUMBER, inside, number_tree
from .reading import TEXT, Key, Reader, Report, kind, mapping_schema, read_keys, word

_HIDDEN = ("gelu_tanh",)
ACTIVATION_NAMES = (*(n for n in ACTIVATIONS if n not in _HIDDEN), *ALIASES, "softmax")
_BY_NAME = tuple(name for name in (*ACTIVATIONS, *ALIASES) if name not in _HIDDEN)
CALLABLE = {
    **{name: (ELEMENTARY[name].arity,) * 2 for name in WRITABLE},
    **dict.fromkeys(_BY_NAME, (1, 1)),
}
REDUCTIONS = {"sum": (1, 1), "mean": (1, 1), "dot": (2, 2), "max": (1, 2), "min": (1, 2)}


class FunctionSpec(Struct, frozen=True):
    """An activation or a loss: a name with settings, an expression, or an unspecified letter."""

    place: Place
    name: str = ""
    settings: dict[str, Expr] = {}
    expression: Expr | None = None
    text: str = ""
    letter: str = ""


def _read_letter(node: YamlNode, what: str, report: Report) -> str | None:
    if isinstance(node, Scalar) and node.text.isidentifier() and len(node.text) <= 20:
        return node.text
    report.say(f"{what}: a letter such as F is expected, not {kind(node)}", node.place)
    return None


_LETTER: Reader[str] = Reader(_read_letter, {"type": "string"})


def _reader(
    what_kind: str,
    names: tuple[str, ...],
    settings: dict[str, tuple[str, ...]],
    grammar: Grammar,
    variables: str,
) -> Reader[FunctionSpec]:
    """Return the reader of an activation or of a loss."""

    def read(node: YamlNode, what: str, report: Report) -> FunctionSpec | None:
        if isinstance(node, Scalar):
            return named(node, what, report)
        if not isinstance(node, Mapping):
            report.say(f"{what}: a name or a mapping is expected, not a list", node.place)
            return None
        if node.get("expression") is not None:
            return expression(node, what, report)
        if node.get("function") is not None:
            values = read_keys(node, {"function": Key(_LETTER, "")}, what, report)
            letter = values.get("function")
            return FunctionSpec(node.place, letter=letter) if letter else None
        return mapping(node, what, report)

    def named(node: Scalar, what: str, report: Report) -> FunctionSpec | None:
        if node.text in names:
            return FunctionSpec(node.place, ALIASES.get(node.text, node.text))
        report.say(
            f"{what}: there is no {what_kind} '{node.text}'", node.place, nearest(node.text, names)
        )
        return None

    def mapping(node: Mapping, what: str, report: Report) -> FunctionSpec | None:
        type_node = node.get("type")
        if not isinstance(type_node, Scalar):
            cure = "{type: …}, {expression: …} or {function: …}"
            report.say(f"{what}: a mapping needs 'type'", node.place, cure)
            return None
        base = named(type_node, what, report)
        if base is None:
            return None
        keys: dict[str, Key] = {"type": Key(TEXT, "")}
        keys |= {name: Key(NUMBER, "") for name in settings.get(base.name, ())}
        if base.name == "gelu":
            keys["approximate"] = Key(word("none", "tanh"), "")
        values = read_keys(node, keys, f"{what} {base.name}", report)
        if None in values.values():
            return None
        numbers = {
            n: number_tree(values[n].text) for n in settings.get(base.name, ()) if n in values
        }
        name = "gelu_tanh" if values.get("approximate") == "tanh" else base.name
        return FunctionSpec(node.place, name, numbers)

    def expression(node: Mapping, what: str, report: Report) -> FunctionSpec | None:
        values = read_keys(node, {"expression": Key(TEXT, "")}, what, report)
        scalar = node.get("expression")
        text = values.get("expression")
        if text is None or not isinstance(scalar, Scalar):
            return None
        try:
            return FunctionSpec(node.place, expression=parse(text, grammar), text=text)
        except ExpressionError as error:
            place = inside(scalar, error)
            if not scalar.plain and scalar.place.width == len(text) + 2:
                column = scalar.place.column + 1 + error.column
                place = Place(scalar.place.line, column, error.width)
            report.say(f"{what}: {error.message}", place, error.cure)
            return None

    schema: dict[str, Any] = {
        "anyOf": [
            {"enum": list(names)},
            *(
                _settings_schema(name, settings.get(name, ()))
                for name in names
                if settings.get(name)
            ),
            *([_GELU_SCHEMA] if "gelu" in names else []),
            mapping_schema({"type": Key(word(*names), what_kind, required=True)}),
            mapping_schema({"expression": Key(TEXT, f"a formula in {variables}", required=True)}),
            mapping_schema({"function": Key(_LETTER, "an unspecified function", required=True)}),
        ]
    }
    return Reader(read, schema)


def _settings_schema(name: str, settings: tuple[str, ...]) -> dict[str, Any]:
    keys = {"type": Key(word(name), name, required=True)}
    return mapping_schema(keys | {setting: Key(NUMBER, setting) for setting in settings})


_GELU_SCHEMA = mapping_schema(
    {
        "type": Key(word("gelu"), "gelu", required=True),
        "approximate": Key(word("none", "tanh"), "exact, or by tanh"),
    }
)
ACTIVATION = _reader(
    "activation",
    ACTIVATION_NAMES,
    {name: tuple(p.name for p in entry.parameters) for name, entry in ACTIVATIONS.items()},
    Grammar(
        names=("z",),
        functions=CALLABLE,
        forbidden={"a": "an activation is a formula in z", "x": "an activation is a formula in z"},
    ),
    "z, such as z*sigmoid(1.702*z)",
)
LOSS = _reader(
    "loss",
    LOSS_NAMES,
    {name: tuple(p.name for p in entry.parameters) for name, entry in LOSSES.items()},
    Grammar(names=("a", "y"), functions=CALLABLE | REDUCTIONS),
    "a and y, such as sum((a - y)**4)",
)
