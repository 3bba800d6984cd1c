"""The order in which layers are computed: what ``from`` names, sorted; a cycle is printed."""

from __future__ import annotations

from ..problems import nearest
from ..spec.network import NetworkSpec
from .building import Builder

INPUT = -1


def layer_order(spec: NetworkSpec, builder: Builder) -> tuple[list[tuple[int, ...]], list[int]]:
    """Return each layer's sources (positions; −1 is the input), and the positions in order."""
    by_name: dict[str, int] = {}
    for position, layer in enumerate(spec.layers):
        if layer.name and layer.name in by_name:
            builder.say(f"two layers are called '{layer.name}'", layer.place, "rename one")
        by_name.setdefault(layer.name, position)
    by_name.pop("", None)
    sources: list[tuple[int, ...]] = []
    for position, layer in enumerate(spec.layers):
        found = []
        for source in layer.sources:
            if source.name == "input":
                found.append(INPUT)
            elif source.name in by_name:
                found.append(by_name[source.name])
            else:
                known = [*by_name, "input"]
                message = f"from: there is no layer '{source.name}'"
                builder.say(message, source.place, nearest(source.name, known))
        sources.append(tuple(found) if layer.sources else (position - 1,))
    return sources, _sorted(spec, sources, builder)


def _sorted(spec: NetworkSpec, sources: list[tuple[int, ...]], builder: Builder) -> list[int]:
    order: list[int] = []
    done = {INPUT}
    waiting = list(range(len(sources)))
    while waiting:
        ready = [p for p in waiting if all(source in done for source in sources[p])]
        if not ready:
            _say_cycle(spec, sources, waiting, done, builder)
            return order
        order.append(ready[0])
        done.add(ready[0])
        waiting.remove(ready[0])
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
    while True:
        back = next(source for source in sources[path[-1]] if source not in done)
        if back in path:
            cycle = [*path[path.index(back) :], back]
            break
        path.append(back)
    names = [spec.layers[p].name or f"layer {p + 1}" for p in reversed(cycle)]
    first = spec.layers[cycle[0]]
    place = first.sources[0].place if first.sources else first.place
    builder.say(f"from: a cycle: {' → '.join(names)}", place, "a feed-forward network has none")
