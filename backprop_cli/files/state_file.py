"""The network file after a descent: new parameters in place, the optimizer's state beside them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import Struct

from ..arithmetic import Arithmetic
from ..arithmetic.floating import FLOAT64, shortest
from ..graph.build import build
from ..graph.records import Graph
from ..graph.values import leaf_arrays
from ..passes.descent.descender import Descender
from ..passes.descent.plan import Plan, Standing, standing_of
from ..problems import Refusal, Source, refuse
from ..spec.beside import folder_of
from ..spec.numbers import number_float
from ..spec.records import NetworkSpec
from ..spec.rewriting import Replacement, WrittenValue, has_alias, moved_files, rewritten
from .network import parse_network

Array = np.ndarray[Any, Any]
MOST_INLINE = 1000
"""Numbers of one array that are written into the file; more go to a .npz file beside it."""


class NewFile(Struct, frozen=True):
    """The text of the network file, and the arrays of the .npz file beside it, if it has one."""

    text: str
    beside: str = ""
    arrays: dict[str, Array] = {}


def new_file(spec: NetworkSpec, descender: Descender, path: Path | None) -> NewFile:
    """Return the network as it is now; ``path`` is where it will stand (None: standard output).

    Raises Refusal where the file's form (aliases) does not let its numbers be put in.
    """
    plan, standing, graph = descender.plan, descender.standing(), descender.graph
    name = "" if path is None else _name_beside(spec, path)
    arrays: dict[str, Array] = {}

    def kept(array: Array, key: str) -> Any:
        values = np.asarray(shortest(array), dtype=np.float64)
        if not name or values.size <= MOST_INLINE:
            return values.tolist()
        arrays[key] = values
        return Replacement({"file": name, "key": key})

    changes: dict[str, Any] = {}
    for key, number in graph.parameters.items():
        if number not in descender.slots:
            continue
        where, offset = _where(graph, key)
        value = np.asarray(shortest(descender.value(number)), dtype=np.float64)
        inline = path is None or graph.given[number] is None or _is_written(graph, number)
        if offset:
            for position, entry in np.ndenumerate(value):
                beside = (i + start for i, start in zip(position, offset, strict=True))
                _put(changes, (*where, *beside), float(entry))
        else:
            _put(changes, where, value.tolist() if inline else kept(value, key))
    stated = spec.learning_rate
    if stated is None or number_float(stated.text) != number_float(plan.rate):
        changes["learning_rate"] = WrittenValue(plan.rate)
    if not _is_stated(spec, plan):
        kind = "constant" if plan.schedule is None else plan.schedule.name
        settings = {key: WrittenValue(text) for key, text in plan.schedule_settings.items()}
        changes["schedule"] = Replacement({"type": kind, **settings})
    optimizer = _optimizer(spec, plan, standing, kept)
    if optimizer:
        changes["optimizer"] = optimizer
    changes = _merged(_moved(spec, path), changes)
    try:
        text = rewritten(spec.source, changes)
    except ValueError:
        raise _no_room(spec) from None
    if not arrays:
        _check(text, spec, descender, path)
    return NewFile(text, name if arrays else "", arrays)


def _is_written(graph: Graph, number: int) -> bool:
    given = graph.given[number]
    return given is not None and given.texts is not None


def _where(graph: Graph, name: str) -> tuple[tuple[str | int, ...], tuple[int, ...]]:
    """Return the keys under which a parameter stands in the file, and where it begins there."""
    for position, layer in enumerate(graph.layers):
        for own in layer.held:
            if f"{own.part}{layer.index}" == name:
                return ("layers", position, own.key, *own.below), own.offset
    return ("variables", name), ()


def _put(changes: dict[str, Any], where: tuple[str | int, ...], value: Any) -> None:
    inner: dict[Any, Any] = changes
    for key in where[:-1]:
        inner = inner.setdefault(key, {})
    inner[where[-1]] = value


def _merged(one: Any, other: Any) -> Any:
    """Return both mappings as one; where both say something, the second holds."""
    if not (isinstance(one, dict) and isinstance(other, dict)):
        return other
    found = dict(one)
    for key, value in other.items():
        found[key] = _merged(found[key], value) if key in found else value
    return found


def _is_stated(spec: NetworkSpec, plan: Plan) -> bool:
    """Return whether the file says the plan's schedule already, or there is none in either."""
    stated, schedule = spec.schedule, plan.schedule
    if stated is None or schedule is None:
        return schedule is None and (stated is None or stated.type == "constant")
    of_file = {s.name: float(s.default) for s in schedule.settings}
    of_file |= {key: number_float(number.text) for key, number in stated.settings.items()}
    now = {key: number_float(text) for key, text in plan.schedule_settings.items()}
    return stated.type == schedule.name and of_file == now


def _optimizer(spec: NetworkSpec, plan: Plan, standing: Standing, kept: Any) -> Any:
    """Return what stands under ``optimizer``; nothing where plain descent says all."""
    stated, optimizer = spec.optimizer, plan.optimizer
    found: dict[str, Any] = {"type": optimizer.name}
    of_file = stated.settings if stated is not None and stated.type == optimizer.name else {}
    for setting in optimizer.settings:
        text = plan.settings[setting.name]
        if setting.name in of_file or number_float(text) != float(setting.default):
            found[setting.name] = WrittenValue(text)
    if plan.clip:
        found["clip"] = WrittenValue(plan.clip)
    if plan.clip_norm:
        found["clip_norm"] = WrittenValue(plan.clip_norm)
    if plan.freeze:
        found["freeze"] = list(plan.freeze)
    if plan.batch_size is not None:
        found["batch_size"] = plan.batch_size
    if stated is None and found == {"type": "sgd"} and plan.schedule is None:
        return {}
    found["steps"] = standing.steps
    if plan.batch_size is not None:
        found["next_sample"] = standing.next_sample + 1
    if standing.state:
        found["state"] = {
            letter: {name: kept(array, f"{letter}.{name}") for name, array in arrays.items()}
            for letter, arrays in standing.state.items()
        }
    if stated is None:
        return found
    before = {"type", "steps", *stated.settings}
    before |= {"clip"} if stated.clip is not None else set()
    before |= {"clip_norm"} if stated.clip_norm is not None else set()
    before |= {"freeze"} if stated.freeze else set()
    before |= {"batch_size", "next_sample"} if stated.batch_size is not None else set()
    before |= {"state"} if stated.state else set()
    same_state = all(
        set(standing.state.get(letter, {})) >= set(arrays)
        for letter, arrays in stated.state.items()
    )
    return found if before <= set(found) and same_state else Replacement(found)


def _moved(spec: NetworkSpec, path: Path | None) -> dict[str, Any]:
    """Return the changes to the paths of data files, which are relative to the network's own."""
    old = folder_of(spec.source)
    new = Path() if path is None else path.parent
    if old.resolve() == new.resolve():
        return {}

    def move(name: str) -> str:
        if Path(name).is_absolute():
            return name
        return Path(os.path.relpath((old / name).resolve(), new.resolve())).as_posix()

    notation = "" if spec.notation is None else spec.notation.file
    named = {"notation": move(notation)} if notation else {}
    return moved_files(spec.source, move) | named


def _name_beside(spec: NetworkSpec, path: Path) -> str:
    """Return the name of the .npz file beside the new network: none that it reads from.

    A file of that name is overwritten only where the network that stood there reads it.
    """
    read: set[Path] = set()

    def note(name: str) -> str:
        read.add((folder_of(spec.source) / name).resolve())
        return name

    moved_files(spec.source, note)
    name = f"{path.stem}.npz"
    while (path.parent / name).resolve() in read or _is_anothers(path, name):
        name = f"{Path(name).stem}-new.npz"
    return name


def _is_anothers(path: Path, name: str) -> bool:
    """Return whether there is such a file beside the network's place that is not its own."""
    if not (path.parent / name).exists():
        return False
    return not path.is_file() or name not in path.read_text(encoding="utf-8", errors="replace")


def _no_room(spec: NetworkSpec) -> Refusal:
    message = "the new numbers cannot be put into this file"
    cure = "write out what stands as an alias (*name)"
    if not has_alias(spec.source):
        cure = "write its parameters as lists of numbers"
    return refuse(message, spec.place, cure, spec.source)


def _check(text: str, spec: NetworkSpec, descender: Descender, path: Path | None) -> None:
    """Read the new file and compare every number with what it shall say."""
    name = "<stdin>" if path is None else str(path)
    kind = descender.arithmetic if descender.arithmetic.native else FLOAT64
    try:
        again = parse_network(Source(name, text, outside=True))
        graph = build(again)
        found = leaf_arrays(graph, kind)
        state = standing_of(graph, again, descender.plan, kind).state
    except Refusal:
        raise _no_room(spec) from None
    wanted = {n: _as(kind, a) for n, a in descender.leaves.items()}
    same = set(found) == set(wanted) and all(_equal(found[n], a) for n, a in wanted.items())
    for letter, arrays in descender.standing().state.items():
        kept = state.get(letter, {})
        floats = {n: _as(kind, a) for n, a in arrays.items()}
        same = same and all(n in kept and _equal(kept[n], a) for n, a in floats.items())
    if not same:
        raise _no_room(spec)


def _as(kind: Arithmetic, array: Array) -> Array:
    """Return floats of a kind; exact numbers as the nearest."""
    return kind.array(np.asarray(array, dtype=np.float64) if array.dtype == object else array)


def _equal(one: Array, other: Array) -> bool:
    return one.shape == other.shape and bool((one == other).all())
