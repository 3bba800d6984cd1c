"""The JSON Schema of the network file: valid, complete, and of one mind with the program."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from backprop_cli import api
from backprop_cli.files.network import COMMON_KEYS, NETWORK_KEYS, SHARED_KEYS, json_schema
from backprop_cli.functions.losses import LOSS_NAMES, LOSSES
from backprop_cli.layers import layer_types
from backprop_cli.mathematics.activations import ACTIVATIONS
from backprop_cli.problems import Refusal
from backprop_cli.spec.arrays import INITS
from backprop_cli.spec.functions import ACTIVATION_NAMES
from backprop_cli.spec.graph import GRAPH_KEYS

SCHEMA = json_schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
CONFIGS = sorted((Path(__file__).parents[2] / "configs").glob("**/*.yaml"))
BODY = "input: [1, 2]\nlayers: [{units: 1}]\n"


def accepts(text: str) -> bool:
    return bool(VALIDATOR.is_valid(yaml.safe_load(text)))


def program_accepts(text: str) -> bool:
    try:
        api.loads(text)
    except Refusal:
        return False
    return True


def test_it_is_a_valid_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_it_accepts_every_packaged_example(path: Path) -> None:
    errors = list(VALIDATOR.iter_errors(yaml.safe_load(path.read_text(encoding="utf-8"))))
    assert not errors


GOOD = (
    BODY,
    "layers:\n  - weights: [[1, 2]]\n",
    f"name: x\ndescription: y\n{BODY}",
    f"target: [1]\nloss: huber\nreduction: sum\n{BODY}",
    f"regularization: {{l2: 0.1, l1: 1e-3}}\nlearning_rate: 1/2\nseed: 7\n{BODY}",
    f"optimizer: {{type: adam}}\nnotation: standard\n{BODY}",
    "weights_layout: in_out\ninput: [1, 2]\nlayers: [{weights: [[1], [2]]}]\n",
    "input: [1/3, sqrt(2)/2]\nlayers: [{units: 1}]\n",
    'input: [-pi, e, 1e-3, "2 * (1 + 3)"]\nlayers: [{units: 1}]\n',
    "input: [[1, 2], [3, 4]]\ntarget: [[1], [2]]\nloss: huber\nlayers: [{units: 1}]\n",
    "input: [~, ~]\nlayers: [{units: 1}]\n",
    "input: [[~], [~]]\ntarget: [[~], [~]]\nlayers: [{units: 1}]\n",
    "input: [1]\ntarget: {class: 2}\nloss: cross_entropy\nlayers: [{units: 3}]\n",
    "input: [[1]]\ntarget: {class: [2]}\nloss: cross_entropy\nlayers: [{units: 3}]\n",
    "input: [1]\nlayers: [{units: 1, weights: {init: he_normal}, bias: {init: zeros}}]\n",
    "input: [1]\nlayers: [{units: 1, weights: {init: uniform, low: -1, high: 1/2}}]\n",
    "input: [1]\nlayers: [{units: 1, weights: {init: normal, mean: 0, std: 1e-2}}]\n",
    "input: [1]\nlayers: [{units: 1, weights: {init: xavier_normal, gain: 5/3}}]\n",
    "input: [1]\nlayers: [{units: 2, bias: 0.5}, {units: 1, bias: none}]\n",
    "input: [1]\nlayers: [{type: dense, units: 1, shared_bias: 1/3}]\n",
    "input: [1]\nlayers: [{units: 1, bias: [1]}]\n",
    "input: [1]\nlayers: [{name: h, units: 1}, {type: add, from: [h, input]}]\n",
    "input: [1]\nlayers: [{type: activation, from: input, activation: relu}]\n",
    "input: [1]\nlayers: [{units: 1, activation: {type: leaky_relu, slope: 0.1}}]\n",
    "input: [1]\nlayers: [{units: 1, activation: {type: gelu, approximate: tanh}}]\n",
    "input: [1]\nlayers: [{units: 1, activation: {type: relu}}]\n",
    "input: [1]\nlayers: [{units: 1, activation: {function: F}}]\n",
    'input: [1]\nlayers: [{units: 1, activation: {expression: "z**2"}}]\n',
    f"loss: {{type: huber, delta: 1/2}}\n{BODY}",
    f'loss: {{expression: "sum((a - y)**4)"}}\n{BODY}',
    f"loss: {{function: C}}\n{BODY}",
)
FILES = (
    "input: {file: d.csv, columns: [a, b]}\ntarget: {file: d.npy}\nlayers: [{units: 1}]\n",
    "input: [1]\nlayers: [{weights: {file: w.npz, key: W}, bias: {file: w.npz, key: b}}]\n",
)


@pytest.mark.parametrize("text", GOOD)
def test_both_accept_what_is_good(text: str) -> None:
    VALIDATOR.validate(yaml.safe_load(text))
    assert program_accepts(text)


@pytest.mark.parametrize("text", FILES)
def test_it_accepts_data_files(text: str) -> None:
    VALIDATOR.validate(yaml.safe_load(text))


BAD = (
    "[]",
    "name: x\n",
    "layers: []\n",
    "layers: 3\n",
    "layers: {units: 1}\n",
    f"naem: x\n{BODY}",
    f"name: [x]\n{BODY}",
    f"loss: hubert\n{BODY}",
    f"loss: [huber]\n{BODY}",
    f"loss: {{type: squared_error, delta: 1}}\n{BODY}",
    f"loss: {{type: huber, slope: 1}}\n{BODY}",
    f"loss: {{type: huber, function: C}}\n{BODY}",
    f"loss: {{}}\n{BODY}",
    f"reduction: avg\n{BODY}",
    f"seed: -1\n{BODY}",
    f"seed: 1.5\n{BODY}",
    f"learning_rate: fast\n{BODY}",
    f"regularization: 0.1\n{BODY}",
    f"regularization: {{l3: 1}}\n{BODY}",
    f"weights_layout: columns\n{BODY}",
    "input: [one, two]\nlayers: [{units: 1}]\n",
    "input: [true]\nlayers: [{units: 1}]\n",
    "input: []\nlayers: [{units: 1}]\n",
    "input: {class: 1}\nlayers: [{units: 1}]\n",
    "input: {fle: d.csv}\nlayers: [{units: 1}]\n",
    "input: {file: d.csv, columns: a}\nlayers: [{units: 1}]\n",
    "input: [1]\ntarget: {class: -1}\nloss: cross_entropy\nlayers: [{units: 1}]\n",
    "input: [1]\ntarget: {class: cat}\nloss: cross_entropy\nlayers: [{units: 1}]\n",
    "input: [1]\nlayers: [{units: 0}]\n",
    "input: [1]\nlayers: [{units: two}]\n",
    "input: [1]\nlayers: [{wieghts: [[1]]}]\n",
    "input: [1]\nlayers: [{type: danse}]\n",
    "input: [1]\nlayers: [{type: add, units: 1}]\n",
    "input: [1]\nlayers: [{type: activation, weights: [[1]]}]\n",
    "input: [1]\nlayers: [{units: 1, from: 3.5}]\n",
    "input: [1]\nlayers: [{units: 1, bias: some}]\n",
    "input: [1]\nlayers: [{units: 1, weights: {init: xavier}}]\n",
    "input: [1]\nlayers: [{units: 1, weights: {x: 1}}]\n",
    "input: [1]\nlayers: [{units: 1, activation: sigmod}]\n",
    "input: [1]\nlayers: [{units: 1, activation: {type: relu, slope: 1}}]\n",
    "input: [1]\nlayers: [{units: 1, activation: {slope: 1}}]\n",
    "input: [1]\nlayers: [{units: 1, activation: {type: gelu, approximate: yes}}]\n",
    "input: [1]\nlayers: [{units: 1, activation: {expression: z, type: relu}}]\n",
)


@pytest.mark.parametrize("text", BAD)
def test_both_reject_what_is_bad(text: str) -> None:
    assert not accepts(text)
    assert not program_accepts(text)


@pytest.mark.parametrize("name", ACTIVATION_NAMES)
def test_every_activation_is_offered_and_read(name: str) -> None:
    text = f"input: [1]\nlayers: [{{units: 1, activation: {name}}}]\n"
    assert accepts(text)
    assert program_accepts(text)
    assert accepts(text.replace(name, f"{{type: {name}}}"))


@pytest.mark.parametrize("name", LOSS_NAMES)
def test_every_loss_is_offered_and_read(name: str) -> None:
    text = f"loss: {name}\n{BODY}"
    assert accepts(text)
    assert program_accepts(text)


@pytest.mark.parametrize(
    ("name", "setting"),
    [
        *((n, p.name) for n, entry in ACTIVATIONS.items() for p in entry.parameters),
        *((n, p.name) for n, entry in LOSSES.items() for p in entry.parameters),
    ],
)
def test_every_setting_is_offered_to_its_function_alone(name: str, setting: str) -> None:
    value = f"{{type: {name}, {setting}: 1/2}}"
    other = value.replace(name, "relu" if name in ACTIVATIONS else "log_cosh")
    where = "layers: [{units: 1, activation: %s}]\n" if name in ACTIVATIONS else "loss: %s\n"
    body = "input: [1]\n" if name in ACTIVATIONS else BODY
    assert accepts(body + where % value)
    assert program_accepts(body + where % value)
    assert not accepts(body + where % other)
    assert not program_accepts(body + where % other)


@pytest.mark.parametrize("name", layer_types())
def test_every_layer_type_is_offered_with_its_keys_alone(name: str) -> None:
    definition = SCHEMA["$defs"][f"layer_{name}"]
    assert set(definition["properties"]) == {*COMMON_KEYS, *layer_types()[name].keys}
    assert name in SCHEMA["$defs"]["layer"]["properties"]["type"]["enum"]
    needed = "".join(f", {k}: 2" for k, key in layer_types()[name].keys.items() if key.required)
    assert accepts(f"layers: [{{type: {name}{needed}}}]\n")


@pytest.mark.parametrize("name", INITS)
def test_every_initialisation_is_offered(name: str) -> None:
    text = f"input: [1]\nlayers: [{{units: 1, weights: {{init: {name}}}}}]\n"
    assert accepts(text)
    assert program_accepts(text)


def test_every_key_of_the_top_level_is_described() -> None:
    """A file with ``graph`` or ``variables`` is a computation graph, any other a network."""
    kinds = {"network": NETWORK_KEYS, "computation_graph": SHARED_KEYS | GRAPH_KEYS}
    for name, keys in kinds.items():
        assert set(SCHEMA["$defs"][name]["properties"]) == set(keys)
        assert SCHEMA["$defs"][name]["additionalProperties"] is False
    assert accepts("variables: {a: 2}\ngraph: {c: a + 1}\noutput: c\n")
    assert not accepts("variables: {a: 2}\ngraph: {c: a + 1}\nloss: huber\n")
    assert not accepts("input: [1]\noutput: c\nlayers: [{units: 1}]\n")


def _descriptions(part: Any, path: str) -> list[str]:
    """Return the paths of the properties that an editor would show without a word."""
    missing: list[str] = []
    if isinstance(part, dict):
        for name, entry in part.get("properties", {}).items():
            if isinstance(entry, dict) and "const" not in entry and not entry.get("description"):
                missing.append(f"{path}/{name}")
        for key, entry in part.items():
            missing += _descriptions(entry, f"{path}/{key}")
    if isinstance(part, list):
        for number, entry in enumerate(part):
            missing += _descriptions(entry, f"{path}/{number}")
    return missing


def test_every_property_has_a_description_and_every_reference_a_target() -> None:
    without = [p for p in _descriptions(SCHEMA, "") if "/if/" not in p and "/then/" not in p]
    assert not without
    references = {line for line in str(SCHEMA).split("'") if line.startswith("#/$defs/")}
    assert references == {f"#/$defs/{name}" for name in SCHEMA["$defs"]}


@pytest.mark.parametrize(
    ("text", "path", "words"),
    [
        (
            "layers: [{type: add, units: 1}]\n",
            "layers/0",
            "Additional properties are not allowed ('units' was unexpected)",
        ),
        ("layers: [{units: 0}]\n", "layers/0/units", "0 is less than the minimum of 1"),
        (
            "layers: [{wieghts: 1}]\n",
            "layers/0",
            "Additional properties are not allowed ('wieghts' was unexpected)",
        ),
    ],
)
def test_an_editor_says_one_thing_and_the_right_one(text: str, path: str, words: str) -> None:
    (error,) = VALIDATOR.iter_errors(yaml.safe_load(text))
    assert "/".join(map(str, error.absolute_path)) == path
    assert error.message == words
