"""The order in which layers are computed: what ``from`` names, sorted; a cycle is printed."""

from __future__ import annotations

from ..problems import nearest, shortened
from ..spec.records import NetworkSpec
from .building import Builder

INPUT = -1
CYCLE_CURE = "values flow from 'input' onwards: take one of these 'from' back"


def layer_order(spec: NetworkSpec, builder: Builder) -> tuple[list[tuple[int, ...]], list[int]]:
    """Return each layer's sources (positions; −1 is the input), and the positions in order."""
    by_name: dict[str, int] = {}
    for position, layer in enumerate(spec.layers):
        if layer.name and layer.name in by_name:
            first = by_name[layer.name] + 1
            message = f"two layers are called '{layer.name}' (the other is layer {first})"
            builder.say(message, layer.name_place or layer.place, "rename one")
        if layer.name:
            by_name.setdefault(layer.name, position)
    sources: list[tuple[int, ...]] = []
    for position, layer in enumerate(spec.layers):
        found = []
        for source in layer.sources:
            if source.name == "input":
                found.append(INPUT)
            elif source.name in by_name:
                found.append(by_name[source.name])
            else:
                message = f"from: there is no layer '{shortened(source.name)}'"
                builder.say(message, source.place, _known(source.name, spec, by_name))
        sources.append(tuple(found) if layer.sources else (position - 1,))
    if builder.problems:
        return sources, []
    return sources, _sorted(spec, sources, builder)


def _known(name: str, spec: NetworkSpec, by_name: dict[str, int]) -> str:
    """Return the cure for an unknown layer; layers go by their names, not by their numbers."""
    number = int(name) if name.isascii() and name.isdigit() and len(name) < 9 else 0
    if 0 < number <= len(spec.layers):
        own = spec.layers[number - 1].name
        return f"did you mean '{own}'?" if own else f"give layer {number} a 'name:', and say it"
    return nearest(name, [*by_name, "input"])


def _sorted(spec: NetworkSpec, sources: list[tuple[int, ...]], builder: Builder) -> list[int]:
    """Return the positions in order: of the layers that are ready, the first in the file."""
    waiting = [len({source for source in found if source != INPUT}) for found in sources]
    users: dict[int, set[int]] = {}
    for position, found in enumerate(sources):
        for source in found:
            users.setdefault(source, set()).add(position)
    ready = {position for position, count in enumerate(waiting) if count == 0}
    order: list[int] = []
    while ready:
        position = min(ready)
        ready.remove(position)
        order.append(position)
        for user in users.get(position, ()):
            waiting[user] -= 1
            if waiting[user] == 0:
                ready.add(user)
    if len(order) < len(sources):
        done = {INPUT, *order}
        left = [position for position in range(len(sources)) if position not in done]
        _say_cycle(spec, sources, left, done, builder)
    return order


def _say_cycle(
    spec: NetworkSpec,
    sources: list[tuple[int, ...]],
    waiting: list[int],
    done: set[int],
    builder: Builder,
) -> None:
    """Report one cycle, as ``a → b → a`` in the direction in which values flow."""
    path = [waiting[0]]
    seen = set(path)
    while True:
        back = next(source for source in sources[path[-1]] if source not in done)
        seen.add(back)
        if len(seen) == len(path):
            cycle = [*path[path.index(back) :], back]
            break
        path.append(back)
    names = [spec.layers[p].name or f"layer {p + 1}" for p in reversed(cycle)]
    if len(names) > 12:
        names = [*names[:6], "…", *names[-5:]]
    first = spec.layers[cycle[0]]
    place = first.place
    for source, position in zip(first.sources, sources[cycle[0]], strict=False):
        if position == cycle[1]:
            place = source.place
    builder.say(f"from: a cycle: {' → '.join(names)}", place, CYCLE_CURE)
