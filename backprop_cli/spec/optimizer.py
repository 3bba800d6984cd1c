"""``optimizer`` in the network file: which one, its settings, and where its steps stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from ..problems import Place, Report, nearest, shortened
from .arrays import FILE_SCHEMA, FileData, WrittenArray, read_file_data, read_written
from .nodes import Mapping, Scalar, Sequence, YamlNode
from .numbers import ABOVE_ZERO, FROM_ZERO, NUMBER, WrittenNumber, number_float
from .reading import COUNT, SEED, Key, Reader, is_empty, kind, mapping_schema, read_keys, word

if TYPE_CHECKING:
    from ..functions.optimizers import Setting

RATES = ("lr", "eta", "rate", "step_size", "learning_rate")
"""What others call the learning rate, which stands at the top level."""
LOOKS = "write 'optimizer: adam', or 'type: adam' below it"


class Frozen(Struct, frozen=True):
    """One name under ``freeze``."""

    name: str
    place: Place


class StateArray(Struct, frozen=True):
    """What an optimizer keeps for one parameter, and where the parameter's name stands."""

    numbers: WrittenArray | FileData
    place: Place


class OptimizerSpec(Struct, frozen=True):
    """What the file says: settings as they are written, the state by its letter and parameter.

    ``steps`` have been taken; ``next_sample`` is the one that the next mini-batch begins with.
    """

    type: str
    settings: dict[str, WrittenNumber] = {}
    clip: WrittenNumber | None = None
    clip_norm: WrittenNumber | None = None
    freeze: tuple[Frozen, ...] = ()
    batch_size: int | None = None
    steps: int = 0
    next_sample: int = 1
    state: dict[str, dict[str, StateArray]] = {}


def setting_reader(setting: Setting) -> Reader[WrittenNumber]:
    """Return the reader of one setting: a number from 0, below 1 where it says how much is kept."""

    def read(node: YamlNode, what: str, report: Report) -> WrittenNumber | None:
        number = FROM_ZERO.read(node, what, report)
        if number is not None and setting.below_one and number_float(number.text) >= 1:
            message = f"{what}: a number from 0 and below 1 is expected, not '{number.text}'"
            report.say(message, node.place, f"such as {float(setting.default):g}")
            return None
        return number

    return Reader(read, NUMBER.schema)


def _read_freeze(node: YamlNode, what: str, report: Report) -> tuple[Frozen, ...] | None:
    items = node.items if isinstance(node, Sequence) else (node,)
    if not items or not all(isinstance(item, Scalar) for item in items):
        report.say(f"{what}: a list of names is expected", node.place, "such as [b1, W1[1,2]]")
        return None
    return tuple(Frozen(item.text, item.place) for item in items)


def _read_state(
    node: YamlNode, what: str, report: Report
) -> dict[str, dict[str, StateArray]] | None:
    if not isinstance(node, Mapping):
        cure = "'backprop step -o' writes it; leave it out to begin anew"
        report.say(f"{what}: a mapping is expected, not {kind(node)}", node.place, cure)
        return None
    found: dict[str, dict[str, StateArray]] = {}
    for key, inner in node.pairs:
        if not isinstance(inner, Mapping):
            message = f"{key.text}: an array a parameter is expected, not {kind(inner)}"
            report.say(message, inner.place, "such as {W1: [[0, 0]]}")
            continue
        found[key.text] = {}
        for name, value in inner.pairs:
            numbers = _read_numbers(value, f"{key.text} of {name.text}", report)
            if numbers is not None:
                found[key.text][name.text] = StateArray(numbers, name.place)
    return found


def _read_numbers(node: YamlNode, what: str, report: Report) -> WrittenArray | FileData | None:
    if isinstance(node, Mapping):
        return read_file_data(node, what, report)
    return read_written(node, what, report)


_NAMES = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}


def optimizer_keys(name: str) -> dict[str, Key]:
    """Return the keys that ``optimizer`` has for one type."""
    from ..functions.optimizers import OPTIMIZERS

    entry = OPTIMIZERS[name]
    kept = {"anyOf": [{"$ref": "#/$defs/numbers"}, FILE_SCHEMA]}
    arrays = {"type": "object", "additionalProperties": kept}
    state = {
        "type": "object",
        "properties": {
            letter: arrays | {"description": f"{letter} of each parameter, by its name"}
            for letter in entry.state
        },
        "additionalProperties": False,
    }
    also = {
        "alpha": ("rho", "decay", "beta", "gamma"),
        "epsilon": ("eps",),
        "momentum": ("mu", "beta", "gamma", "rho", "alpha", "decay"),
        "beta1": ("rho1", "b1"),
        "beta2": ("rho2", "b2"),
        "weight_decay": ("l2", "lambda", "wd"),
    }
    return {
        "type": Key(word(*OPTIMIZERS), "which optimizer", required=True, also=("name",)),
        **{
            s.name: Key(
                setting_reader(s),
                f"{s.doc} (default {float(s.default):g})",
                also=also.get(s.name, ()),
            )
            for s in entry.settings
        },
        "clip": Key(ABOVE_ZERO, "each entry of the gradient is cut off at ± this"),
        "clip_norm": Key(ABOVE_ZERO, "the whole gradient is shortened to this norm"),
        "freeze": Key(Reader(_read_freeze, _NAMES), "parameters or entries that stay"),
        "batch_size": Key(COUNT, "samples a step (default: all)"),
        "steps": Key(SEED, "steps taken so far"),
        "next_sample": Key(COUNT, "the sample that the next mini-batch begins with"),
        "state": Key(Reader(_read_state, state), "what it keeps from step to step"),
    }


def _elsewhere(key: str, value: YamlNode, name: str) -> str:
    """Return how a setting is written that other programs have at this optimizer; or nothing."""
    if key == "betas" and name in ("adam", "adamw"):
        items = value.items if isinstance(value, Sequence) else ()
        texts = [item.text for item in items if isinstance(item, Scalar)]
        first, second = texts if len(texts) == 2 else ("0.9", "0.999")
        return f"write beta1: {shortened(first)}, beta2: {shortened(second)}"
    if key == "nesterov" and name in ("sgd", "momentum"):
        return "write {type: nesterov}"
    if key == "momentum" and name == "sgd":
        number = shortened(value.text) if isinstance(value, Scalar) else "0.9"
        return f"write {{type: momentum, momentum: {number}}}"
    return ""


def _read_optimizer(node: YamlNode, what: str, report: Report) -> OptimizerSpec | None:
    from ..functions.optimizers import OPTIMIZERS

    if isinstance(node, Scalar) and not is_empty(node):
        # A name alone is the optimizer with its usual settings.
        node = Mapping(((Scalar("type", node.place), node),), node.place)
    if not isinstance(node, Mapping):
        report.say(f"{what}: a name is expected, not {kind(node)}", node.place, LOOKS)
        return None
    chosen = node.get("type")
    name = chosen.text if isinstance(chosen, Scalar) else ""
    if chosen is None or is_empty(chosen):
        report.say(f"{what}: 'type' is missing", node.place, LOOKS)
        return None
    if name not in OPTIMIZERS:
        message = f"{what}: there is no optimizer {kind(chosen)}"
        report.say(message, chosen.place, nearest(name, OPTIMIZERS))
        return None
    before = len(report.problems)
    kept = []
    for key, value in node.pairs:
        if key.text in RATES:
            cure = "write 'learning_rate:' at the top level"
            report.say(f"{what}: the rate does not stand here", key.place, cure)
        elif cure := _elsewhere(key.text, value, name):
            report.say(f"{what} ({name}): there is no key '{key.text}'", key.place, cure)
        else:
            kept.append((key, value))
    keys = optimizer_keys(name)
    values = read_keys(Mapping(tuple(kept), node.place), keys, f"{what} ({name})", report)
    state = node.get("state")
    if isinstance(state, Mapping):
        known = OPTIMIZERS[name].state
        for key, _ in state.pairs:
            if key.text not in known:
                cure = f"{name} keeps {' and '.join(known)}" if known else f"{name} keeps nothing"
                report.say(f"state: there is no '{key.text}'", key.place, cure)
    clip = node.get("clip")
    if clip is not None and "clip_norm" in values:
        report.say(f"{what}: both 'clip' and 'clip_norm'", clip.place, "keep one of the two")
    if len(report.problems) > before:
        return None
    settings = {s.name: values.pop(s.name) for s in OPTIMIZERS[name].settings if s.name in values}
    return OptimizerSpec(settings=settings, **values)


OPTIMIZER: Reader[OptimizerSpec] = Reader(_read_optimizer, {"$ref": "#/$defs/optimizer"})


def optimizer_definitions() -> dict[str, Any]:
    """Return the JSON Schema of each optimizer, and of ``optimizer``, which is one of them."""
    from ..functions.optimizers import OPTIMIZERS

    found: dict[str, Any] = {}
    choices = []
    for name, entry in OPTIMIZERS.items():
        keys = optimizer_keys(name)
        keys["type"] = Key(word(name), keys["type"].doc, required=True)
        one = mapping_schema(keys, title=name, description=entry.doc)
        found[f"optimizer_{name}"] = one | {"not": {"required": ["clip", "clip_norm"]}}
        condition = {"properties": {"type": {"const": name}}, "required": ["type"]}
        choices.append({"if": condition, "then": {"$ref": f"#/$defs/optimizer_{name}"}})
    mapping = {
        "type": "object",
        "required": ["type"],
        "properties": {"type": {"description": "which optimizer", "enum": list(OPTIMIZERS)}},
        "allOf": choices,
    }
    found["optimizer"] = {"anyOf": [{"enum": list(OPTIMIZERS)}, mapping]}
    return found
