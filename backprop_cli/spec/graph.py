"""A computation graph as it is written: ``variables:``, ``graph:``, ``functions:``, ``output:``."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

from msgspec import Struct

from ..expression.alike import ParsedAlike
from ..expression.parse import along
from ..expression.tokens import ANY_NUMBER, ExpressionError, Grammar, Limits
from ..expression.tree import Call, Compare, Div, Expr, Number, add
from ..expression.walking import substitute
from ..problems import Place, Report, nearest, shortened
from .arrays import FILE_SCHEMA, FileData, WrittenArray, read_file_data, read_written
from .data import BlankArray, blank_shape
from .functions import CALLABLE, REDUCTIONS
from .nodes import Mapping, Scalar, Sequence, YamlNode
from .numbers import inside
from .reading import Key, Reader, is_empty, kind

MOST_LINES = 200_000
"""How many nodes and how many variables a graph may have."""
FUNCTIONS = {
    **CALLABLE,
    **REDUCTIONS,
    "softmax": (1, 2),
    "sum": (1, 2),
    "mean": (1, ANY_NUMBER),
    "max": (1, ANY_NUMBER),
    "min": (1, ANY_NUMBER),
    "transpose": (1, 1),
    "concat": (2, ANY_NUMBER),
    "stack": (2, ANY_NUMBER),
    "gather": (2, ANY_NUMBER),
    "conv1d": (2, 2),
    "conv2d": (2, 2),
    "max_pool2d": (2, 3),
}
"""What a line may call, and with how many arguments."""
LIMITS = Limits(nodes=2000)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,39}")
_EXAMPLE = "such as 'c: a + b'"


class VariableSpec(Struct, frozen=True):
    """One variable: its name, and its numbers, or only its shape."""

    name: str
    place: Place
    value: WrittenArray | FileData | BlankArray


class NodeSpec(Struct, frozen=True):
    """One line under ``graph``: its name, and the expression with its text.

    ``tree`` has ``x1``, ``x2`` … for what it reads, one object for all lines that are alike.
    """

    name: str
    place: Place
    tree: Expr
    reads: tuple[str, ...]
    text: Scalar


class UnspecifiedSpec(Struct, frozen=True):
    """A function that stays unspecified, and how many values it gives; 0: that is not said."""

    name: str
    size: int = 0


class GraphSpec(Struct, frozen=True):
    """What a computation graph's file says of it; ``parameters`` move in a step, ``data`` stay."""

    variables: tuple[VariableSpec, ...]
    nodes: tuple[NodeSpec, ...]
    functions: tuple[UnspecifiedSpec, ...]
    output: Scalar | None = None
    parameters: tuple[Scalar, ...] | None = None
    data: tuple[Scalar, ...] | None = None


def _read_variables(node: YamlNode, what: str, report: Report) -> tuple[VariableSpec, ...] | None:
    if not isinstance(node, Mapping):
        cure = "write {a: 2, b: 3}, or one name and its value a line"
        report.say(f"{what}: a mapping is expected, not {kind(node)}", node.place, cure)
        return None
    found = []
    for name, value in node.pairs:
        _check_name(name, "a variable", report)
        read = _read_variable(value, name.text, report)
        if read is not None:
            found.append(VariableSpec(name.text, name.place, read))
    _check_count(node, what, report)
    return tuple(found)


def _read_variable(
    node: YamlNode, what: str, report: Report
) -> WrittenArray | FileData | BlankArray | None:
    what = f"variable {shortened(what)}"
    if is_empty(node):
        return BlankArray((), node.place)
    if isinstance(node, Mapping):
        if node.get("file") is not None:
            return read_file_data(node, what, report)
        cure = "write a number, a list of numbers, ~, or {file: data.npz, key: a}"
        report.say(f"{what}: a number is expected, not a mapping", node.place, cure)
        return None
    if isinstance(node, Sequence):
        shape = blank_shape(node)
        if shape is not None and len(shape) <= 2:
            return BlankArray(shape, node.place)
    array = read_written(node, what, report)
    if array is not None and array.texts.ndim > 2:
        cure = "variables are numbers, vectors and matrices"
        report.say(f"{what}: lists nested {array.texts.ndim} deep", node.place, cure)
        return None
    return array


def _read_functions(
    node: YamlNode, what: str, report: Report
) -> tuple[UnspecifiedSpec, ...] | None:
    items = node.items if isinstance(node, Sequence) else (node,)
    pairs = node.pairs if isinstance(node, Mapping) else [(item, None) for item in items]
    found = {}
    for item, size in pairs:
        if not isinstance(item, Scalar):
            report.say(f"{what}: a letter is expected, not {kind(item)}", item.place, "[f, g]")
        elif item.text in FUNCTIONS:
            cure = "name it otherwise, such as f"
            report.say(f"{what}: '{item.text}' has a formula", item.place, cure)
        else:
            _check_name(item, "a function", report)
            found[item.text] = UnspecifiedSpec(item.text, _read_size(size, item.text, report))
    return tuple(found.values())


def _read_size(node: YamlNode | None, name: str, report: Report) -> int:
    """Return how many values a function gives; 0 where that is not said."""
    if node is None or is_empty(node):
        return 0
    text = node.text if isinstance(node, Scalar) else ""
    if re.fullmatch(r"[1-9][0-9]{0,2}", text):
        return int(text)
    message = f"functions: how many values {shortened(name)} gives is a number from 1 to 999"
    report.say(message, node.place, f"{{{shortened(name)}: 3}}")
    return 0


def _read_output(node: YamlNode, what: str, report: Report) -> Scalar | None:
    if isinstance(node, Scalar):
        return node
    report.say(f"{what}: a node's name is expected, not {kind(node)}", node.place, "output: c")
    return None


def _read_names(node: YamlNode, what: str, report: Report) -> tuple[Scalar, ...] | None:
    items = node.items if isinstance(node, Sequence) else (node,)
    for item in items:
        if not isinstance(item, Scalar):
            message = f"{what}: a variable's name is expected, not {kind(item)}"
            report.say(message, item.place, f"{what}: [w, b]")
            return None
    return tuple(items)


_GraphLines = tuple[tuple[Scalar, Scalar], ...]
"""The lines as texts, by name: they can be parsed when every name is known."""


def _read_lines(node: YamlNode, what: str, report: Report) -> _GraphLines | None:
    if not isinstance(node, Mapping) or not node.pairs:
        found = "an empty mapping" if isinstance(node, Mapping) else kind(node)
        message = f"{what}: one name and its expression a line are expected, not {found}"
        report.say(message, node.place, _EXAMPLE)
        return None
    pairs = []
    for name, value in node.pairs:
        _check_name(name, "a node", report)
        if _is_cut_off(name.text):
            return None
        if isinstance(value, Scalar) and not is_empty(value):
            pairs.append((name, value))
            continue
        found = "nothing" if is_empty(value) else kind(value)
        message = f"{shortened(name.text)}: an expression is expected, not {found}"
        report.say(message, value.place, _EXAMPLE)
    _check_count(node, what, report)
    return tuple(pairs)


def _check_count(node: Mapping, what: str, report: Report) -> None:
    if len(node.pairs) > MOST_LINES:
        place = node.pairs[MOST_LINES][0].place
        report.say(f"{what}: {len(node.pairs)} lines", place, f"at most {MOST_LINES}")


def _is_cut_off(text: str) -> bool:
    """Return whether a name is what braces left of an expression behind its first comma."""
    return text.count(")") > text.count("(")


def _check_name(name: Scalar, what: str, report: Report) -> None:
    """Report a name that no expression could use, or that would be read as something else."""
    text = name.text
    if not _NAME.fullmatch(text):
        message = f"'{shortened(text)}' cannot be the name of {what}"
        letters = "letters" if text.isascii() else "letters from a to z"
        cure = f"{letters}, digits and _, not beginning with a digit; at most 40"
        if _is_cut_off(text):
            message = f"a comma within braces begins a new line, here '{shortened(text)}'"
            cure = 'put the whole expression in quotes: {z: "min(max(x, 0), 6)"}'
        report.say(message, name.place, cure)
    elif text in FUNCTIONS:
        report.say(f"'{text}' is a function, and no name of {what}", name.place, "rename it")


def _positional(node: Expr) -> Expr | None:
    """Return ``sum(X, 1)`` as ``sum(X, axis=1)``, ``mean(a, b)`` as ``(a + b)/2``; else None."""
    match node:
        case Call("sum" | "softmax" | "mean" as function, (inner, Number(1 | 2 as axis))):
            return Call(function, (substitute(inner, _positional), along(axis)))
        case Call("mean", (_, Compare())):
            return None
        case Call("mean", (_, _, *_) as several):
            total = add(*(substitute(each, _positional) for each in several))
            return Div(total, Number(Fraction(len(several))))
    return None


_NAMED: dict[str, Any] = {"pattern": "^[A-Za-z_][A-Za-z0-9_]{0,39}$"}
_VARIABLES_SCHEMA: dict[str, Any] = {
    "type": "object",
    "propertyNames": _NAMED,
    "additionalProperties": {
        "anyOf": [
            {"$ref": "#/$defs/numbers"},
            {"$ref": "#/$defs/number"},
            {"$ref": "#/$defs/blanks"},
            {"type": "null"},
            FILE_SCHEMA,
        ]
    },
}
_LINES_SCHEMA: dict[str, Any] = {
    "type": "object",
    "minProperties": 1,
    "propertyNames": _NAMED,
    "additionalProperties": {"type": ["string", "number"]},
}

_NAMES_SCHEMA: dict[str, Any] = {"type": "array", "items": {"type": "string"}}

_FUNCTIONS_SCHEMA: dict[str, Any] = {
    "anyOf": [
        _NAMES_SCHEMA,
        {
            "type": "object",
            "propertyNames": _NAMED,
            "additionalProperties": {"type": ["integer", "null"], "minimum": 1, "maximum": 999},
        },
    ]
}

GRAPH_KEYS: dict[str, Key] = {
    "variables": Key(
        Reader(_read_variables, _VARIABLES_SCHEMA),
        "numbers, vectors and matrices by name; ~ is a variable without a value",
        also=("inputs", "vars", "leaves"),
    ),
    "graph": Key(
        Reader(_read_lines, _LINES_SCHEMA),
        "the nodes, in any order: a name and its expression each",
        required=True,
        also=("nodes",),
        empty=f"write one below it, {_EXAMPLE}",
    ),
    "functions": Key(
        Reader(_read_functions, _FUNCTIONS_SCHEMA),
        "functions that stay unspecified: [f, g]; with vectors, how many values each gives: "
        "{f: 1, g: 3}",
    ),
    "parameters": Key(
        Reader(_read_names, _NAMES_SCHEMA), "the variables that 'step' moves (default: all)"
    ),
    "data": Key(
        Reader(_read_names, _NAMES_SCHEMA), "the variables that stay, such as inputs and targets"
    ),
    "output": Key(
        Reader(_read_output, {"type": "string"}),
        "the node that is differentiated (default: the last line)",
    ),
}
"""The top level's keys that a computation graph has of its own."""


def graph_spec(values: dict[str, Any], report: Report) -> GraphSpec:
    """Return the graph of the keys that were read: names told apart, expressions parsed."""
    variables: tuple[VariableSpec, ...] = values.get("variables") or ()
    lines: _GraphLines = values["graph"]
    functions: tuple[UnspecifiedSpec, ...] = values.get("functions") or ()
    letters = [each.name for each in functions]
    taken = {variable.name: "a variable" for variable in variables} | dict.fromkeys(
        letters, "a function"
    )
    for name, _ in lines:
        if name.text in taken:
            message = f"'{name.text}' is {taken[name.text]} already"
            report.say(message, name.place, "name this node otherwise")
    for variable in variables:
        if variable.name in letters:
            message = f"'{variable.name}' is a function already"
            report.say(message, variable.place, "name this variable otherwise")
    grammar = Grammar(
        names={*(v.name for v in variables), *(name.text for name, _ in lines)},
        functions={**FUNCTIONS, **dict.fromkeys(letters, (1, ANY_NUMBER))},
        limits=LIMITS,
        indexing=True,
        index_letters=False,
        arrays=True,
    )
    nodes, alike = [], ParsedAlike(grammar, lambda tree: substitute(tree, _positional))
    for name, text in lines:
        try:
            tree, reads = alike.parse(text.text)
        except ExpressionError as error:
            cure = error.cure
            if error.message.endswith("is not known here") and not cure.startswith("did"):
                cure = "write it under 'variables', or as a line of 'graph'"
            report.say(f"{name.text}: {error.message}", inside(text, error), cure)
            continue
        nodes.append(NodeSpec(name.text, name.place, tree, reads, text))
    parameters, data = values.get("parameters"), values.get("data")
    _check_roles(parameters, data, variables, report)
    return GraphSpec(variables, tuple(nodes), functions, values.get("output"), parameters, data)


def _check_roles(
    parameters: tuple[Scalar, ...] | None,
    data: tuple[Scalar, ...] | None,
    variables: tuple[VariableSpec, ...],
    report: Report,
) -> None:
    """Report names that are no variables, that are in both lists, or (given both) in neither."""
    known = [variable.name for variable in variables]
    moved = {name.text for name in parameters or ()}
    for what, names in (("parameters", parameters), ("data", data)):
        for name in names or ():
            if name.text not in known:
                message = f"{what}: there is no variable '{shortened(name.text)}'"
                report.say(message, name.place, nearest(name.text, known))
            elif what == "data" and name.text in moved:
                message = f"data: '{name.text}' is among the parameters already"
                report.say(message, name.place, "a variable moves or stays: keep one of the two")
    if parameters is None or data is None:
        return
    said = {name.text for name in (*parameters, *data)}
    for variable in variables:
        if variable.name not in said:
            message = f"variable {variable.name} is neither among 'parameters' nor among 'data'"
            report.say(message, variable.place, "add it to one, or leave one of the lists out")
