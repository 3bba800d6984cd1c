"""The network file: its keys, and the record it becomes."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from ..expression.tree import ZERO, Expr
from ..problems import Place, Refusal, Source
from .arrays import FILE_SCHEMA, ArraySpec, definitions, read_file_data, read_written
from .functions import ACTIVATION, LOSS, FunctionSpec
from .nodes import Mapping, Scalar, Sequence, YamlNode, compose, read_source
from .numbers import NUMBER, WrittenNumber, number_tree
from .reading import (
    SEED,
    TEXT,
    Key,
    Reader,
    Report,
    is_empty,
    kind,
    mapping_schema,
    read_keys,
    word,
)


class Blank(Struct, frozen=True):
    """Values without numbers: ``[~, ~]`` is a vector of two."""

    shape: tuple[int, ...]
    place: Place


class ClassTarget(Struct, frozen=True):
    """``{class: 2}``: the index, from 0, of the right class of each sample."""

    classes: tuple[int, ...]
    place: Place
    single: bool


class Regularization(Struct, frozen=True):
    """λ/2 Σw² + λ Σ|w|, over the weights."""

    l2: Expr = ZERO
    l1: Expr = ZERO


class From(Struct, frozen=True):
    """One name under ``from``."""

    name: str
    place: Place


class LayerSpec(Struct, frozen=True):
    """One entry under ``layers``: the keys all have, and its type's own in ``own``."""

    type: str
    place: Place
    own: Any
    name: str = ""
    sources: tuple[From, ...] = ()
    activation: FunctionSpec | None = None


class NetworkSpec(Struct, frozen=True):
    """What a network file says."""

    source: Source
    place: Place
    layers: tuple[LayerSpec, ...]
    input: ArraySpec | Blank | None = None
    target: ArraySpec | ClassTarget | Blank | None = None
    loss: FunctionSpec | None = None
    name: str = ""
    description: str = ""
    reduction: str = "mean"
    regularization: Regularization | None = None
    learning_rate: WrittenNumber | None = None
    optimizer: Mapping | None = None
    seed: int = 0
    weights_layout: str = "out_in"
    notation: str = ""


def _read_data(node: YamlNode, what: str, report: Report) -> Any:
    if isinstance(node, Mapping):
        if node.get("file") is not None:
            return read_file_data(node, what, report)
        report.say(f"{what}: a mapping here needs 'file'", node.place, "{file: data.csv}")
        return None
    if isinstance(node, Sequence):
        shape = _blank_shape(node)
        if shape is not None:
            return Blank(shape, node.place)
    array = read_written(node, what, report)
    if array is not None and array.texts.ndim == 0:
        report.say(f"{what}: a list is expected, not one number", node.place, "put it in brackets")
        return None
    if array is not None and array.texts.ndim > 2:
        cure = "one list is a sample, a list of lists a batch"
        report.say(f"{what}: lists nested {array.texts.ndim} deep", node.place, cure)
        return None
    return array


def _blank_shape(node: Sequence) -> tuple[int, ...] | None:
    if node.items and all(is_empty(item) for item in node.items):
        return (len(node.items),)
    rows = [_blank_shape(item) if isinstance(item, Sequence) else None for item in node.items]
    if rows and None not in rows and len(set(rows)) == 1:
        return (len(rows), *(rows[0] or ()))
    return None


def _read_target(node: YamlNode, what: str, report: Report) -> Any:
    if not isinstance(node, Mapping) or node.get("class") is None:
        return _read_data(node, what, report)
    for key, _ in node.pairs:
        if key.text != "class":
            report.say(f"{what}: there is no key '{key.text}' beside class", key.place)
    chosen = node.get("class")
    single = isinstance(chosen, Scalar)
    items = chosen.items if isinstance(chosen, Sequence) else (chosen,)
    classes = []
    for item in items:
        if not isinstance(item, Scalar) or not (item.text.isascii() and item.text.isdigit()):
            place = item.place if item is not None else node.place
            report.say(f"{what}: a class is a whole number from 0", place)
            return None
        classes.append(int(item.text[:9]))
    return ClassTarget(tuple(classes), node.place, single)


_PENALTY_KEYS = {
    "l2": Key(NUMBER, "λ of λ/2·Σw²"),
    "l1": Key(NUMBER, "λ of λ·Σ|w|"),
}


def _read_regularization(node: YamlNode, what: str, report: Report) -> Regularization | None:
    if not isinstance(node, Mapping):
        report.say(f"{what}: a mapping is expected, not {kind(node)}", node.place, "{l2: 0.01}")
        return None
    values = read_keys(node, _PENALTY_KEYS, what, report)
    if None in values.values():
        return None
    return Regularization(**{name: number_tree(value.text) for name, value in values.items()})


def _read_mapping(node: YamlNode, what: str, report: Report) -> Mapping | None:
    if isinstance(node, Mapping):
        return node
    report.say(f"{what}: a mapping is expected, not {kind(node)}", node.place)
    return None


def _read_from(node: YamlNode, what: str, report: Report) -> tuple[From, ...] | None:
    items = node.items if isinstance(node, Sequence) else (node,)
    if not items or not all(isinstance(item, Scalar) for item in items):
        report.say(f"{what}: a layer's name or a list of them is expected", node.place)
        return None
    return tuple(From(item.text, item.place) for item in items)


def _read_name(node: YamlNode, what: str, report: Report) -> str | None:
    text = TEXT.read(node, what, report)
    if text is None:
        return None
    bad = not text.replace("-", "_").isidentifier() or text == "input" or not text.isascii()
    if bad or len(text) > 40:
        cure = "letters, digits, _ and -, not beginning with a digit; not 'input'"
        report.say(f"{what}: '{text}' cannot be a layer's name", node.place, cure)
        return None
    return text


COMMON_KEYS = {
    "name": Key(Reader(_read_name, {"type": "string"}), "what other layers and answers call it"),
    "type": Key(TEXT, "the type of layer (default: dense)"),
    "from": Key(
        Reader(
            _read_from,
            {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
        ),
        "a layer's name, 'input', or a list of them: its input (default: the layer before)",
    ),
    "activation": Key(ACTIVATION, "the activation (default: identity)"),
}


def _read_layers(node: YamlNode, what: str, report: Report) -> tuple[LayerSpec, ...] | None:
    if not isinstance(node, Sequence) or not node.items:
        cure = "- units: 2"
        report.say(f"{what}: a list of layers is expected, not {kind(node)}", node.place, cure)
        return None
    read = [_read_layer(item, f"layer {i}", report) for i, item in enumerate(node.items, 1)]
    found = tuple(layer for layer in read if layer is not None)
    return found if len(found) == len(read) else None


def _read_layer(node: YamlNode, what: str, report: Report) -> LayerSpec | None:
    from ..layers import layer_types

    if not isinstance(node, Mapping):
        report.say(f"{what}: a mapping is expected, not {kind(node)}", node.place, "units: 2")
        return None
    types = layer_types()
    type_node = node.get("type")
    name = "dense" if type_node is None else word(*types).read(type_node, "type", report)
    if name is None:
        return None
    layer_type = types[name]
    before = len(report.problems)
    values = read_keys(node, {**COMMON_KEYS, **layer_type.keys}, f"{what} ({name})", report)
    if len(report.problems) > before:
        return None
    own = layer_type.record(**{k: values[k] for k in layer_type.keys if k in values})
    return LayerSpec(
        name,
        node.place,
        own,
        values.get("name", ""),
        values.get("from", ()),
        values.get("activation"),
    )


def layers_schema() -> dict[str, Any]:
    """Return the JSON Schema of the list under ``layers``, one alternative a type."""
    from ..layers import layer_types

    options = []
    for name, layer_type in layer_types().items():
        keys = {**COMMON_KEYS, **layer_type.keys}
        keys["type"] = Key(word(name), COMMON_KEYS["type"].doc, required=name != "dense")
        options.append(mapping_schema(keys, title=name, description=layer_type.doc))
    return {"type": "array", "minItems": 1, "items": {"anyOf": options}}


_DATA_SCHEMA: dict[str, Any] = {
    "anyOf": [
        {"$ref": "#/$defs/numbers"},
        {"type": "array", "items": {"type": ["null", "array"]}},
        FILE_SCHEMA,
    ]
}
_CLASS_SCHEMA = {
    "type": "object",
    "required": ["class"],
    "additionalProperties": False,
    "properties": {
        "class": {
            "anyOf": [
                {"type": "integer", "minimum": 0},
                {"type": "array", "items": {"type": "integer", "minimum": 0}},
            ]
        }
    },
}


def network_keys() -> dict[str, Key]:
    """Return the top level's keys."""
    from ..notation import profile_names

    target: dict[str, Any] = {"anyOf": [*_DATA_SCHEMA["anyOf"], _CLASS_SCHEMA]}
    return {
        "name": Key(TEXT, "what the network is called"),
        "description": Key(TEXT, "a sentence about it"),
        "input": Key(
            Reader(_read_data, _DATA_SCHEMA),
            "x: one sample, or a batch with one row a sample; [~, ~] is two values without numbers",
        ),
        "target": Key(
            Reader(_read_target, target), "y: shaped as the output, or {class: 2} (0-based)"
        ),
        "layers": Key(
            Reader(_read_layers, {"$ref": "#/$defs/layers"}), "the layers in order", required=True
        ),
        "loss": Key(LOSS, "the loss of one sample"),
        "reduction": Key(word("mean", "sum"), "over the batch (default: mean)"),
        "regularization": Key(
            Reader(_read_regularization, mapping_schema(_PENALTY_KEYS)), "penalties on the weights"
        ),
        "learning_rate": Key(NUMBER, "η of a step of descent"),
        "optimizer": Key(Reader(_read_mapping, {"type": "object"}), "an optimizer and its state"),
        "seed": Key(SEED, "what {init: …} draws from (default: 0)"),
        "weights_layout": Key(
            word("out_in", "in_out"), "W is (units, inputs), the default, or (inputs, units)"
        ),
        "notation": Key(word(*profile_names()), "the letters to write with"),
    }


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a network file."""
    schema = mapping_schema(
        network_keys(),
        title="backprop network",
        description="A network with its data, for backprop trace and its fellows",
    )
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema} | {
        "$defs": {**definitions(), "layers": layers_schema()}
    }


def read_network(path: str) -> NetworkSpec:
    """Return what the network file says; raise Refusal with every problem found in it."""
    return parse_network(read_source(path))


def parse_network(source: Source) -> NetworkSpec:
    """Return what the source says; raise Refusal with every problem found in it."""
    tree, report = compose(source), Report(source)
    if not isinstance(tree, Mapping):
        report.say(
            f"a network file is a mapping with 'layers', not {kind(tree)}",
            tree.place,
            "'backprop new' shows examples",
        )
        raise Refusal(report.problems, source)
    values = read_keys(tree, network_keys(), "the network", report)
    if report.problems:
        raise Refusal(sorted_problems(report), source)
    return NetworkSpec(source=source, place=tree.place, **values)


def sorted_problems(report: Report) -> list[Any]:
    """Return the problems in the order of the file, each once."""
    unique = list(dict.fromkeys(report.problems))
    return sorted(unique, key=lambda p: (p.place.line, p.place.column) if p.place else (0, 0))
