"""The network file: its keys, and how it is read into its record."""

from __future__ import annotations

from typing import Any

from msgspec import structs

from ..layers import layer_type, layer_types
from ..problems import Refusal, Report, Source, in_order, nearest, shortened
from ..spec.arrays import definitions
from ..spec.data import DATA_DEFINITIONS, INPUT, LENGTHS, TARGET
from ..spec.functions import ACTIVATION, LOSS, function_definitions
from ..spec.nodes import Mapping, Scalar, Sequence, YamlNode, compose, read_source
from ..spec.numbers import FROM_ZERO, number_tree
from ..spec.optimizer import OPTIMIZER, optimizer_definitions
from ..spec.profile import Profile
from ..spec.reading import (
    COUNTS,
    SEED,
    TEXT,
    Key,
    Reader,
    is_empty,
    kind,
    mapping_schema,
    read_keys,
    with_number,
    word,
)
from ..spec.records import From, LayerSpec, NetworkSpec, Regularization
from ..spec.schedule import SCHEDULE, schedule_definitions

_PENALTY_KEYS = {
    "l2": Key(FROM_ZERO, "λ of λ/2·Σw²", also=("weight_decay", "ridge")),
    "l1": Key(FROM_ZERO, "λ of λ·Σ|w|", also=("lasso",)),
}


def _read_regularization(node: YamlNode, what: str, report: Report) -> Regularization | None:
    if not isinstance(node, Mapping):
        cure = with_number("{l2: <number>}", node)
        report.say(f"{what}: a mapping is expected, not {kind(node)}", node.place, cure)
        return None
    values = read_keys(node, _PENALTY_KEYS, what, report)
    if not node.pairs:
        report.say(f"{what}: nothing is given", node.place, "{l2: 0.01}, or leave it out")
    if None in values.values():
        return None
    return Regularization(**{name: number_tree(value.text) for name, value in values.items()})


def _read_from(node: YamlNode, what: str, report: Report) -> tuple[From, ...] | None:
    items = node.items if isinstance(node, Sequence) else (node,)
    if not items or not all(isinstance(item, Scalar) for item in items):
        cure = "such as from: hidden, or from: [hidden, input]"
        report.say(f"{what}: a layer's name or a list of them is expected", node.place, cure)
        return None
    return tuple(From(item.text, item.place) for item in items)


def _read_name(node: YamlNode, what: str, report: Report) -> str | None:
    text = TEXT.read(node, what, report)
    if text is None:
        return None
    bad = not text.replace("-", "_").isidentifier() or text == "input" or not text.isascii()
    if bad or len(text) > 40:
        letters = "letters" if text.isascii() else "letters from a to z"
        cure = f"{letters}, digits, _ and -, not beginning with a digit; not 'input'"
        report.say(f"{what}: '{shortened(text)}' cannot be a layer's name", node.place, cure)
        return None
    return text


MOST_LAYERS = 1000
LAYERS_LOOK = "write them below it, such as '- units: 2'"
_LAYERS_SCHEMA = {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/layer"}}
COMMON_KEYS = {
    "name": Key(Reader(_read_name, {"type": "string"}), "what other layers and answers call it"),
    "type": Key(TEXT, "the type of layer (default: dense)"),
    "from": Key(
        Reader(
            _read_from,
            {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
        ),
        "a layer's name, 'input', or a list of them: its input (default: the layer before)",
        also=("input", "inputs"),
    ),
    "activation": Key(
        ACTIVATION, "the activation (default: identity)", also=("act", "nonlinearity")
    ),
}


def _read_layers(node: YamlNode, what: str, report: Report) -> tuple[LayerSpec, ...] | None:
    if isinstance(node, Mapping):
        cure = "begin each layer with '- ', such as '- units: 2'"
        report.say(f"{what}: a list of layers is expected, not a mapping", node.place, cure)
        return None
    if not isinstance(node, Sequence) or not node.items:
        found = "an empty list" if isinstance(node, Sequence) else kind(node)
        message = f"{what}: a list of layers is expected, not {found}"
        report.say(message, node.place, LAYERS_LOOK)
        return None
    if all(isinstance(item, Scalar) and item.text.isdecimal() for item in node.items):
        after = [item.text for item in node.items if isinstance(item, Scalar)][1:] or ["1"]
        each = ", ".join(f"{{units: {n}, activation: sigmoid}}" for n in after[:4])
        cure = f"write [{each}]: the input is no layer, its values stand under 'input'"
        report.say(f"{what}: numbers of units", node.place, cure)
        return None
    if len(node.items) > MOST_LAYERS:
        message = f"{what}: {len(node.items)} layers"
        report.say(message, node.items[MOST_LAYERS].place, f"at most {MOST_LAYERS}")
        return None
    read = [_read_layer(item, f"layer {i}", report) for i, item in enumerate(node.items, 1)]
    found_layers = tuple(layer for layer in read if layer is not None)
    return found_layers if len(found_layers) == len(read) else None


def _read_layer(node: YamlNode, what: str, report: Report) -> LayerSpec | None:
    if not isinstance(node, Mapping):
        cure = "write its keys, such as 'units: 2'"
        report.say(f"{what}: a mapping is expected, not {kind(node)}", node.place, cure)
        return None
    type_node, name = node.get("type"), "dense"
    if type_node is not None and not is_empty(type_node):
        name = type_node.text if isinstance(type_node, Scalar) else ""
    found = layer_type(name)
    if found is None:
        if type_node is None:
            raise AssertionError("no layer type is usual")
        message = f"type: there is no layer type {kind(type_node)}"
        if not isinstance(type_node, Scalar):
            message = f"type: a name is expected, not {kind(type_node)}"
        report.say(message, type_node.place, nearest(name, layer_types()))
        return None
    before = len(report.problems)
    values = read_keys(node, {**COMMON_KEYS, **found.keys}, f"{what} ({found.name})", report)
    if len(report.problems) > before:
        return None
    own = found.record(**{k: values[k] for k in found.keys if k in values})
    named = node.get("name")
    return LayerSpec(
        found,
        node.place,
        own,
        values.get("name", ""),
        values.get("from", ()),
        values.get("activation"),
        None if named is None else named.place,
    )


def layer_definitions() -> dict[str, Any]:
    """Return the JSON Schema of each layer type, and of a layer, which is one of them.

    A layer's ``type`` decides which one is checked, so an editor complains about the key that is
    wrong and not about every type that the layer is not.
    """
    found: dict[str, Any] = {}
    choices: list[dict[str, Any]] = []
    for name, each in layer_types().items():
        keys = {**COMMON_KEYS, **each.keys}
        keys["type"] = Key(word(name, *each.also), COMMON_KEYS["type"].doc)
        found[f"layer_{name}"] = mapping_schema(keys, title=name, description=each.doc)
        called: dict[str, Any] = {"const": name}
        if each.also:
            called = {"enum": [name, *each.also]}
        condition: dict[str, Any] = {"properties": {"type": called}}
        if name != "dense":
            condition["required"] = ["type"]
        choices.append({"if": condition, "then": {"$ref": f"#/$defs/layer_{name}"}})
    found["layer"] = {
        "type": "object",
        "properties": {
            "type": {
                "description": COMMON_KEYS["type"].doc,
                "default": "dense",
                "enum": [n for each in layer_types().values() for n in (each.name, *each.also)],
            }
        },
        "allOf": choices,
    }
    return found


def _read_notation(node: YamlNode, what: str, report: Report) -> Profile | None:
    from ..notation.reading import read_notation

    return read_notation(node, what, report)


_NAMES = {
    "name": Key(TEXT, "what the network is called"),
    "description": Key(TEXT, "a sentence about it"),
}
_RUNNING = {
    "learning_rate": Key(
        FROM_ZERO, "η of a step of descent", also=("lr", "eta", "rate", "step_size")
    ),
    "schedule": Key(
        SCHEDULE,
        "how η changes from step to step: {type: step, every: 10}",
        also=("scheduler", "lr_schedule", "lr_scheduler", "decay", "annealing"),
    ),
    "optimizer": Key(OPTIMIZER, "how 'step' descends, and where it stands"),
    "notation": Key(
        Reader(_read_notation, {"$ref": "#/$defs/notation"}),
        "the letters to write with: a name, {base: …, letters: {z: s}}, or a file that says so",
    ),
}
SHARED_KEYS: dict[str, Key] = {**_NAMES, **_RUNNING}
"""The top level's keys of networks and computation graphs alike."""
NETWORK_KEYS: dict[str, Key] = {
    **_NAMES,
    "input": Key(
        INPUT,
        "x: one sample, or a batch with one row a sample; [~, ~] is two values without numbers",
        also=("x", "inputs", "data", "features"),
    ),
    "sample_shape": Key(
        COUNTS,
        "the shape of one sample, such as [4, 3], where the layers leave it open",
        also=("input_shape",),
    ),
    "lengths": Key(
        LENGTHS,
        "how many steps each sequence of a batch has, such as [4, 2]; the rows after fill up",
        also=("sequence_lengths", "seq_lens"),
    ),
    "target": Key(
        TARGET,
        "y: shaped as the output, or {class: 2} (0-based)",
        also=("y", "t", "label", "labels", "output", "expected"),
    ),
    "layers": Key(
        Reader(_read_layers, _LAYERS_SCHEMA),
        "the layers in order",
        required=True,
        empty=LAYERS_LOOK,
    ),
    "loss": Key(LOSS, "the loss of one sample", also=("cost", "error", "criterion")),
    "reduction": Key(word("mean", "sum"), "over the batch (default: mean)"),
    "over_time": Key(
        word("sum", "mean"), "over the steps of a sequence that have a target (default: sum)"
    ),
    "regularization": Key(
        Reader(_read_regularization, mapping_schema(_PENALTY_KEYS)), "penalties on the weights"
    ),
    "seed": Key(SEED, "what {init: …} draws from (default: 0)"),
    "weights_layout": Key(
        word("out_in", "in_out"),
        "W is (units, inputs), the default, or (inputs, units) as in courses that write x·W",
    ),
    **_RUNNING,
}
"""The top level's keys of a network of layers."""


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a network file: with ``graph`` a computation graph's, else layers'.

    An editor then complains about the key that is wrong, and not about both kinds.
    """
    from ..notation.reading import notation_schema
    from ..spec.graph import GRAPH_KEYS

    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "backprop network",
        "description": "A network with its data, for backprop trace and its fellows",
        "type": "object",
        "if": {"anyOf": [{"required": ["graph"]}, {"required": ["variables"]}]},
        "then": {"$ref": "#/$defs/computation_graph"},
        "else": {"$ref": "#/$defs/network"},
        "$defs": {
            "network": mapping_schema(NETWORK_KEYS),
            "computation_graph": mapping_schema({**SHARED_KEYS, **GRAPH_KEYS}),
            **definitions(),
            **DATA_DEFINITIONS,
            **function_definitions(),
            **layer_definitions(),
            **optimizer_definitions(),
            **schedule_definitions(),
            "notation": notation_schema(),
        },
    }


_SHEET = ("a sheet of answers", "'backprop check NET {}'")
_RUBRIC = ("a rubric", "'backprop check NET SHEET --rules {}'")
_PART = ("a part of a sweep", "'backprop merge {} …'")
_OTHERS = {
    "answers": _SHEET,
    "marks": _RUBRIC,
    "partial_credit": _RUBRIC,
    "sheet_rules": _RUBRIC,
    "digest": _PART,
}
"""Keys of files that are no networks: what each file is, and what it is for."""


def read_network(path: str, *, outside: bool = False) -> NetworkSpec:
    """Return what the network file says; raise Refusal with every problem found in it.

    With ``outside`` its data files may lie outside of its folder.
    """
    return parse_network(structs.replace(read_source(path), outside=outside))


def parse_network(source: Source) -> NetworkSpec:
    """Return what the source says; raise Refusal with every problem found in it."""
    tree, report = compose(source), Report(source)
    if not isinstance(tree, Mapping):
        report.say(
            f"a network file is a mapping with 'layers', not {kind(tree)}",
            tree.place,
            "'backprop new' shows examples",
        )
        raise Refusal(in_order(report.problems), source)
    other = next((key for key, _ in tree.pairs if key.text in _OTHERS), None)
    if other is not None and tree.get("layers") is None and tree.get("graph") is None:
        what, use = _OTHERS[other.text]
        cure = f"it is for {use.format(source.name)}"
        report.say(f"{what}, where the network is expected", other.place, cure)
        raise Refusal(in_order(report.problems), source)
    if tree.get("graph") is None and tree.get("variables") is None:
        values = read_keys(tree, NETWORK_KEYS, "the network", report)
    else:
        values = _read_graph(tree, report)
    if report.problems:
        from ..spec.commas import with_points

        raise Refusal(with_points(in_order(report.problems), source), source)
    return NetworkSpec(source=source, place=tree.place, **values)


def _read_graph(tree: Mapping, report: Report) -> dict[str, Any]:
    """Return the values of a computation graph's keys; layers' keys have no meaning there."""
    from ..spec.graph import GRAPH_KEYS, graph_spec

    of_layers = {*NETWORK_KEYS} - {*SHARED_KEYS}
    kept = []
    for name, value in tree.pairs:
        if name.text == "layers":
            other = "variables" if tree.get("graph") is None else "graph"
            message = f"'layers' and '{other}' in one file"
            report.say(message, name.place, "a file has one of the two: remove the other")
        elif name.text in of_layers:
            message = f"'{name.text}' belongs to a network of layers"
            report.say(message, name.place, GRAPH_HAS)
        else:
            kept.append((name, value))
    if report.problems and tree.get("graph") is None:
        return {}
    keys = {**SHARED_KEYS, **GRAPH_KEYS}
    only = structs.replace(tree, pairs=tuple(kept))
    values = read_keys(only, keys, "the computation graph", report)
    if report.problems:
        return {}
    found = {name: value for name, value in values.items() if name not in GRAPH_KEYS}
    return found | {"graph": graph_spec(values, report)}


GRAPH_HAS = "a graph has 'variables', 'graph', 'functions', 'output', 'parameters', 'data'"
