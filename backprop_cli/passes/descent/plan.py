"""Plan: how to descend, from what the file says and what the command line asks for."""

from __future__ import annotations

from typing import Any

import numpy as np
from msgspec import Struct

from ...arithmetic import Arithmetic
from ...expression.axes import dimensions
from ...expression.refs import stored_index
from ...expression.tree import Name
from ...functions.optimizers import ETA, OPTIMIZERS, Optimizer, Setting
from ...functions.schedules import SCHEDULES, Schedule, rate_of
from ...graph.names import UnknownName
from ...graph.parts import Given
from ...graph.records import Graph
from ...graph.resolving import resolve
from ...graph.values import NEAREST, NoExactValue, numbers, written
from ...problems import Place, counted, nearest, refuse
from ...spec.arrays import FileData
from ...spec.numbers import number_fault, number_float
from ...spec.optimizer import RATES, OptimizerSpec, StateArray
from ...spec.records import NetworkSpec
from ...spec.schedule import STEPS, named

Array = np.ndarray[Any, Any]
RATE_CURE = "add 'learning_rate: 0.1' to the file, or --lr 0.1"


class Options(Struct, frozen=True):
    """What the command line says; None and empty leave it to the file."""

    optimizer: str | None = None
    settings: tuple[str, ...] = ()
    rate: str | None = None
    weight_decay: str | None = None
    clip: str | None = None
    clip_norm: str | None = None
    freeze: tuple[str, ...] = ()
    batch_size: int | None = None
    schedule: str | None = None
    schedule_settings: tuple[str, ...] = ()


class Plan(Struct, frozen=True):
    """How each step is made; numbers as they are written.

    ``frozen`` marks, for a parameter's node, the entries that stay (True). Without a ``schedule``
    every step has the same rate.
    """

    optimizer: Optimizer
    rate: str
    settings: dict[str, str]
    clip: str = ""
    clip_norm: str = ""
    frozen: dict[int, Array] = {}
    freeze: tuple[str, ...] = ()
    batch_size: int | None = None
    schedule: Schedule | None = None
    schedule_settings: dict[str, str] = {}

    def rate_at(self, step: int, arithmetic: Arithmetic) -> Any:
        """Return the rate of a step, counted from 1, in one kind of number."""
        rate = as_stated(self.rate, arithmetic)
        if self.schedule is None:
            return rate
        settings = {name: as_stated(t, arithmetic) for name, t in self.schedule_settings.items()}
        return rate_of(self.schedule, settings, rate, step, arithmetic)

    def numbers(self, arithmetic: Arithmetic) -> dict[Name, Any]:
        """Return the rate and every setting by its letter, in one kind of number."""
        found = {ETA: as_stated(self.rate, arithmetic)}
        for setting in self.optimizer.settings:
            found[setting.letter] = as_stated(self.settings[setting.name], arithmetic)
        return found

    def decays(self) -> bool:
        """Return whether weight decay changes the gradient."""
        return not self.optimizer.decoupled and number_float(self.settings["weight_decay"]) != 0


class Standing(Struct, frozen=True):
    """Where a descent stands: steps taken, the sample that is next (from 0), the state.

    ``state["m"]["W1"]`` has the shape of W1 in the file's layout.
    """

    steps: int = 0
    next_sample: int = 0
    state: dict[str, dict[str, Array]] = {}


def as_stated(text: str, arithmetic: Arithmetic) -> Any:
    """Return a rate, or a setting, in one kind of number; raise Refusal where it has none."""
    try:
        return written(text, arithmetic)
    except NoExactValue as none:
        raise refuse(f"'{none}' has no exact value", None, NEAREST) from None


def plan_of(graph: Graph, spec: NetworkSpec, options: Options) -> Plan:
    """Return the plan; raise Refusal where there is no rate, or something does not fit."""
    stated = spec.optimizer
    name = options.optimizer or (stated.type if stated is not None else "sgd")
    if name not in OPTIMIZERS:
        message = f"--optimizer: there is no optimizer '{name}'"
        raise refuse(message, None, nearest(name, OPTIMIZERS))
    optimizer = OPTIMIZERS[name]
    same = stated if stated is not None and stated.type == name else None
    frozen, freeze = _frozen(graph, stated, options)
    schedule, schedule_settings = _schedule(spec, options)
    clip, clip_norm = _clipping(stated, options)
    return Plan(
        optimizer,
        _rate(spec, options),
        _settings(optimizer, same, options),
        clip,
        clip_norm,
        frozen,
        freeze,
        _batch_size(graph, spec, options),
        schedule,
        schedule_settings,
    )


def standing_of(graph: Graph, spec: NetworkSpec, plan: Plan, arithmetic: Arithmetic) -> Standing:
    """Return where the file says the descent stands; another optimizer begins anew."""
    stated = spec.optimizer
    if stated is None:
        return Standing()
    start = (stated.next_sample - 1) if stated.next_sample <= graph.samples else 0
    if stated.type != plan.optimizer.name:
        return Standing(next_sample=start)
    state: dict[str, dict[str, Array]] = {}
    for letter, arrays in stated.state.items():
        state[letter] = {
            name: _state_array(graph, name, kept, spec, arithmetic) for name, kept in arrays.items()
        }
    return Standing(stated.steps, start, state)


def _state_array(
    graph: Graph, name: str, kept: StateArray, spec: NetworkSpec, arithmetic: Arithmetic
) -> Array:
    if name not in graph.parameters:
        cure = nearest(name, graph.parameters)
        raise refuse(f"state: there is no parameter '{name}'", kept.place, cure, spec.source)
    if isinstance(kept.numbers, FileData):
        from ...graph.data import read_data

        given = read_data(kept.numbers, spec.source)
    else:
        given = Given(texts=kept.numbers.texts)
    array = numbers(given, arithmetic)
    shape = graph.nodes[graph.parameters[name]].shape
    if array.shape != shape:
        sizes = dimensions(array.shape, "one number")
        wanted = dimensions(shape, "one number")
        message = f"state: {sizes} for {name}, which has {wanted}"
        raise refuse(message, kept.place, "remove 'state' to begin anew", spec.source)
    return array


def _rate(spec: NetworkSpec, options: Options) -> str:
    if options.rate is not None:
        return checked_number("--lr", options.rate)
    if spec.learning_rate is None:
        raise refuse("there is no learning rate", None, RATE_CURE, spec.source)
    return spec.learning_rate.text


def checked_number(
    option: str, text: str, *, above_zero: bool = False, below_one: bool = False
) -> str:
    """Return an option's number; refuse what is none, or out of its range."""
    fault = number_fault(text)
    if fault is not None:
        raise refuse(f"{option}: {fault.message}", None, fault.cure)
    value = number_float(text)
    if value < 0 or (above_zero and value == 0) or (below_one and value >= 1):
        wanted = f"{'above' if above_zero else 'from'} 0" + (" and below 1" if below_one else "")
        cure = f"such as {option} 0.1"
        if option == "--lr":
            cure = f"the rule has the minus sign already: --lr {text.lstrip('-')}"
        raise refuse(f"{option}: a number {wanted} is expected, not '{text}'", None, cure)
    return text


def _settings(
    optimizer: Optimizer, stated: OptimizerSpec | None, options: Options
) -> dict[str, str]:
    """Return every setting: the option's, else the file's, else the default."""
    found = {s.name: _plain(s) for s in optimizer.settings}
    if stated is not None:
        found |= {name: number.text for name, number in stated.settings.items()}
    for change in options.settings:
        name, equals, text = change.partition("=")
        name = name.strip()
        if not equals:
            cure = "write --set-optimizer momentum=0.8"
            raise refuse(f"--set-optimizer {change}: no '='", None, cure)
        if name in RATES:
            raise refuse(f"--set-optimizer {name}: the rate is no setting", None, "use --lr")
        setting = optimizer.setting(name)
        if setting is None:
            message = f"--set-optimizer: {optimizer.name} has no setting '{name}'"
            raise refuse(message, None, nearest(name, [s.name for s in optimizer.settings]))
        option = f"--set-optimizer {name}"
        found[name] = checked_number(option, text.strip(), below_one=setting.below_one)
    if options.weight_decay is not None:
        found["weight_decay"] = checked_number("--weight-decay", options.weight_decay)
    return found


def _schedule(spec: NetworkSpec, options: Options) -> tuple[Schedule | None, dict[str, str]]:
    """Return how the rate changes, and every setting; a constant rate has no schedule."""
    stated = spec.schedule
    name = options.schedule or (stated.type if stated is not None else "constant")
    if name not in SCHEDULES:
        raise refuse(f"--schedule: there is no schedule '{name}'", None, named(name))
    schedule = SCHEDULES[name]
    found = {s.name: _plain(s) for s in schedule.settings if s.name not in schedule.required}
    if stated is not None and stated.type == name:
        found |= {key: number.text for key, number in stated.settings.items()}
    for change in options.schedule_settings:
        key, equals, text = (part.strip() for part in change.partition("="))
        setting = schedule.setting(key)
        if not equals:
            cure = "write --set-schedule factor=0.5"
            raise refuse(f"--set-schedule {change}: no '='", None, cure)
        if setting is None:
            message = f"--set-schedule: the schedule {name} has no setting '{key}'"
            raise refuse(message, None, nearest(key, [s.name for s in schedule.settings]))
        option, steps = f"--set-schedule {key}", key in STEPS
        found[key] = checked_number(option, text, above_zero=steps, below_one=setting.below_one)
        if steps and number_float(text) % 1:
            raise refuse(f"{option}: a whole number of steps is expected, not '{text}'")
    for setting in schedule.settings:
        if setting.name not in found:
            cure = f"add --set-schedule {setting.name}=10"
            raise refuse(f"the schedule {name} has no '{setting.name}': {setting.doc}", None, cure)
    return (None, {}) if name == "constant" else (schedule, found)


def _plain(setting: Setting) -> str:
    return repr(float(setting.default)) if setting.default.denominator > 1 else str(setting.default)


def _clipping(stated: OptimizerSpec | None, options: Options) -> tuple[str, str]:
    if options.clip is not None and options.clip_norm is not None:
        message = "--clip cuts off each entry, and --clip-norm shortens the whole gradient"
        raise refuse(message, None, "leave one of them out")
    if options.clip is not None:
        return checked_number("--clip", options.clip, above_zero=True), ""
    if options.clip_norm is not None:
        return "", checked_number("--clip-norm", options.clip_norm, above_zero=True)
    if stated is None:
        return "", ""
    return (
        stated.clip.text if stated.clip is not None else "",
        stated.clip_norm.text if stated.clip_norm is not None else "",
    )


def _batch_size(graph: Graph, spec: NetworkSpec, options: Options) -> int | None:
    """Return how many samples a step takes; None is all."""
    stated = spec.optimizer
    size = options.batch_size
    if size is None:
        size = None if stated is None else stated.batch_size
    if size is None:
        return None
    option = "--batch-size" if options.batch_size is not None else "optimizer: batch_size"
    if size > graph.samples:
        count = counted(graph.samples, "sample")
        raise refuse(f"{option} {size}: there {'are' if graph.samples != 1 else 'is'} {count}")
    if size < graph.samples and 1 in (size, graph.samples % size) and _needs_several(graph):
        last = "a step" if size == 1 else "the last step"
        message = f"{option} {size}: {last} would have one sample, which has no variance"
        raise refuse(message, None, "take batches of two samples or more, the last one too")
    return size if size < graph.samples else None


def _needs_several(graph: Graph) -> bool:
    """Return whether a statistic of the batch is of one number a sample."""
    return any(
        graph.rule(number).numbers_a_sample(graph.nodes[graph.nodes[number].parents[0]].shape) == 1
        for number in graph.statistics
    )


def _frozen(
    graph: Graph, stated: OptimizerSpec | None, options: Options
) -> tuple[dict[int, Array], tuple[str, ...]]:
    """Return the frozen entries of each parameter, and the names that say so, each once."""
    named: dict[str, Place | None] = {}
    for frozen in stated.freeze if stated is not None else ():
        named[frozen.name] = frozen.place
    for name in options.freeze:
        named.setdefault(name, None)
    found = {n: np.ones(graph.nodes[n].shape, dtype=bool) for n in sorted(graph.data)}
    for name, place in named.items():
        for number, position in _entries(graph, name, place):
            mask = found.setdefault(number, np.zeros(graph.nodes[number].shape, dtype=bool))
            mask[position] = True
    free = [n for n in graph.parameters.values() if n not in found or not found[n].all()]
    if not free:
        raise refuse("every parameter is frozen", None, "leave one free")
    return found, tuple(named)


def _entries(graph: Graph, name: str, place: Place | None) -> list[tuple[int, tuple[int, ...]]]:
    """Return the nodes that a name freezes, and which entries of each (): all."""
    for layer in graph.layers:
        if name == layer.name:
            return [(number, ()) for number in layer.parameters.values()]
    head = "--freeze" if place is None else "freeze"
    source = None if place is None else graph.source
    try:
        ref = resolve(name, graph)
    except UnknownName as unknown:
        raise unknown.refusal(head, place, source) from None
    number = graph.find(ref)
    if number is None or ref.gradient or number not in graph.parameter_nodes:
        cure = f"the parameters are {', '.join(graph.parameters)}"
        raise refuse(f"{head}: {name} is no parameter", place, cure, source)
    return [(number, stored_index(ref, graph.in_out) if ref.index else ())]
