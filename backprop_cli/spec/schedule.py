"""``schedule`` in the network file: how the learning rate changes from step to step."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from ..problems import Report, nearest
from .nodes import Mapping, Scalar, Sequence, YamlNode
from .numbers import ABOVE_ZERO, NUMBER, WrittenNumber, number_float
from .optimizer import setting_reader
from .reading import Key, Reader, is_empty, kind, mapping_schema, read_keys, word


class ScheduleSpec(Struct, frozen=True):
    """What the file says: the schedule's name and its settings as they are written."""

    type: str
    settings: dict[str, WrittenNumber] = {}


def _count(what: str) -> Reader[WrittenNumber]:
    """Return the reader of a number of steps."""

    def read(node: YamlNode, name: str, report: Report) -> WrittenNumber | None:
        number = ABOVE_ZERO.read(node, name, report)
        if number is not None and number_float(number.text) % 1:
            report.say(f"{name}: {what} is a whole number", node.place, "such as 10")
            return None
        return number

    return Reader(read, NUMBER.schema)


STEPS = ("every", "steps")
"""Settings that are numbers of steps."""


def schedule_keys(name: str) -> dict[str, Key]:
    """Return the keys that ``schedule`` has for one type."""
    from ..functions.schedules import SCHEDULES

    entry = SCHEDULES[name]
    also = {"factor": ("gamma", "decay"), "every": ("step_size", "period"), "end": ("minimum",)}
    return {
        "type": Key(word(*SCHEDULES), "which schedule", required=True, also=("name",)),
        **{
            s.name: Key(
                _count(s.doc) if s.name in STEPS else setting_reader(s),
                s.doc if s.name in entry.required else f"{s.doc} (default {float(s.default):g})",
                required=s.name in entry.required,
                also=also.get(s.name, ()),
            )
            for s in entry.settings
        },
    }


def _read_schedule(node: YamlNode, what: str, report: Report) -> ScheduleSpec | None:
    from ..functions.schedules import SCHEDULES

    chosen = node.get("type") if isinstance(node, Mapping) else node
    name = chosen.text if isinstance(chosen, Scalar) else ""
    look = "such as {type: exponential, factor: 0.9}"
    if chosen is None or is_empty(chosen) or isinstance(chosen, Sequence):
        report.say(f"{what}: 'type' is missing", node.place, look)
        return None
    if name not in SCHEDULES:
        report.say(f"{what}: there is no schedule {kind(chosen)}", chosen.place, named(name))
        return None
    if isinstance(node, Scalar):
        missing = SCHEDULES[name].required
        if missing:
            cure = f"write {{type: {name}, {missing[0]}: 10}}"
            report.say(f"{what}: {name} needs '{missing[0]}'", node.place, cure)
            return None
        return ScheduleSpec(name)
    before = len(report.problems)
    values = {}
    if isinstance(node, Mapping):
        values = read_keys(node, schedule_keys(name), f"{what} ({name})", report)
    if len(report.problems) > before:
        return None
    settings = {key: value for key, value in values.items() if key != "type"}
    return ScheduleSpec(name, settings)


def named(name: str) -> str:
    """Return the cure for a name that no schedule has."""
    from ..functions.schedules import SCHEDULES

    for entry in SCHEDULES.values():
        if name.lower().replace(" ", "_") in entry.also:
            return f"did you mean '{entry.name}'?"
    return nearest(name, SCHEDULES)


SCHEDULE: Reader[ScheduleSpec] = Reader(_read_schedule, {"$ref": "#/$defs/schedule"})


def schedule_definitions() -> dict[str, Any]:
    """Return the JSON Schema of ``schedule``: one of the types, or the name of one."""
    from ..functions.schedules import SCHEDULES

    choices: list[dict[str, Any]] = []
    plain = [name for name, entry in SCHEDULES.items() if not entry.required]
    for name, entry in SCHEDULES.items():
        keys = schedule_keys(name)
        keys["type"] = Key(word(name), keys["type"].doc, required=True)
        choices.append(mapping_schema(keys, title=name, description=entry.doc))
    return {"schedule": {"anyOf": [{"enum": plain}, *choices]}}
