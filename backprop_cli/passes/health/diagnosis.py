"""The health of a network's signals: whether the error arrives at every layer, and how much."""

from __future__ import annotations

import math
from typing import TypeVar

import numpy as np
from msgspec import Struct, structs

from ...expression.refs import Ref, plain_name
from ...graph.records import Graph
from ...problems import refuse
from ..trace import Trace
from .graph import NodeHealth, node_healths
from .half import HalfPrecision, half_precision
from .initial import Remedied, try_initialisations
from .layers import LayerHealth, chain, layer_healths, mean_factor
from .memory import Kept, kept_in_layers, kept_nodes
from .remedies import Remedy, remedies
from .through_time import TimeHealth, time_healths
from .time_remedies import TimeRemedy, time_remedies
from .units import Off, Unit, ailing, bend_of, layer_gates, layer_units, one_hot_rows

T = TypeVar("T")
LIMIT = 1000.0
"""The error vanishes below 1/1000 of what it was at the output, and explodes above 1000 times."""


class HealthVerdict(Struct, frozen=True):
    """What became of the error at one place: ``layer`` by number, or a graph's ``ref``.

    ``kind`` is ``vanishing``, ``exploding``, ``blocked`` (no error arrives), ``steady``, ``silent``
    (the output's own error is 0) or ``single`` (there is no layer below the output). ``ratio`` is
    its norm over the output's, ``steps`` how many layers down, ``further`` how many more layers
    at this factor would pass the limit (0 where none would, or it is passed).
    """

    kind: str
    layer: int = 0
    ref: Ref | None = None
    ratio: float = 1.0
    steps: int = 0
    further: int = 0

    @property
    def factor(self) -> float:
        """The factor a layer: ratio^(1/steps)."""
        return mean_factor(self.ratio, self.steps)


class Diagnosis(Struct, frozen=True):
    """Everything that ``diagnose`` says of one network."""

    graph: Graph
    verdicts: tuple[HealthVerdict, ...]
    layers: tuple[LayerHealth, ...] = ()
    slopes: dict[int, float | None] = {}
    units: tuple[Unit, ...] = ()
    gates: tuple[Unit, ...] = ()
    off: tuple[Off, ...] = ()
    nodes: tuple[NodeHealth, ...] = ()
    half: HalfPrecision | None = None
    kept: tuple[Kept, ...] = ()
    tried: tuple[Remedied, ...] = ()
    remedies: tuple[Remedy, ...] = ()
    sample: int | None = None
    chain: bool = True
    times: tuple[TimeHealth, ...] = ()
    time_remedies: tuple[TimeRemedy, ...] = ()


@np.errstate(all="ignore")
def diagnose(trace: Trace, sample: int | None = None) -> Diagnosis:
    """Return the diagnosis of a pass in float64; ``sample`` looks at one sample's error only."""
    graph = trace.graph
    half = half_precision(trace)
    if not graph.layered:
        nodes, kept = node_healths(trace), kept_nodes(graph)
        for node in nodes:
            _check_finite(plain_name(node.ref), node, *node.edges)
        return Diagnosis(graph, _graph_verdicts(nodes), nodes=nodes, half=half, kept=kept)
    rows = slice(None) if sample is None else slice(sample - 1, sample)
    rules = {layer.index: graph.rule(layer.a) for layer in graph.layers}
    # Layers of one activation have one rule between them.
    distinct = {id(rule): bend_of(rule) for rule in {id(r): r for r in rules.values()}.values()}
    bends = {layer: distinct[id(rule)] for layer, rule in rules.items()}
    slopes = {layer: bend.steepest for layer, bend in bends.items()}
    layers, times = layer_healths(trace, rows, slopes), time_healths(trace)
    for each in layers:
        _check_finite(f"layer {each.index}", each, *each.edges)
    for loop in times:
        _check_finite(f"layer {loop.index}", loop, *loop.steps, *loop.weights)
    units: list[Unit] = []
    gates: list[Unit] = []
    off: list[Off] = []
    for layer, health in zip(graph.layers, layers, strict=True):
        if health.reached:
            found, count = layer_units(trace, layer, bends[layer.index], rows)
            units += found
            gates += layer_gates(trace, layer, rows)
            gates += one_hot_rows(trace, layer, rows)
            off.append(count)
    verdicts = layer_verdicts(layers)
    lowest = lowest_layer(layers)
    tried = try_initialisations(trace, lowest, rows)
    kinds = {verdict.kind for verdict in verdicts}
    return Diagnosis(
        graph,
        verdicts,
        layers,
        slopes,
        tuple(units),
        tuple(gates),
        tuple(off),
        half=half,
        kept=kept_in_layers(graph),
        tried=tried,
        remedies=remedies(trace, kinds, ailing(units), lowest, tried, rows),
        sample=sample,
        chain=chain(graph),
        times=times,
        time_remedies=time_remedies(trace, times),
    )


def _check_finite(where: str, *records: Struct) -> None:
    """Refuse where all entries are numbers, and their norm or a quotient of norms is none."""
    found = [value for record in records for value in structs.astuple(record)]
    norms = [math.hypot(*value.values()) for value in found if isinstance(value, dict)]
    if not all(map(math.isfinite, (*norms, *(n for n in found if isinstance(n, float))))):
        message = f"{where}: a norm, or a quotient of two, is larger than a float64 holds"
        raise refuse(message, None, "scale the numbers down")


def lowest_layer(layers: tuple[LayerHealth, ...]) -> int:
    """Return the number of the layer with parameters that is the most edges below the output."""
    lowest = max(_looked_at(layers), key=lambda h: h.steps, default=layers[-1])
    return lowest.index


def _looked_at(layers: tuple[LayerHealth, ...]) -> list[LayerHealth]:
    """Return the layers below the output that learn something: those with parameters."""
    below = [health for health in layers if health.reached and health.steps]
    return [health for health in below if health.gradients] or below


def layer_verdicts(layers: tuple[LayerHealth, ...]) -> tuple[HealthVerdict, ...]:
    """Return what becomes of the error, most serious first; ``steady`` where nothing does."""
    looked = _looked_at(layers)
    if layers[-1].delta == 0:
        return (HealthVerdict("silent", layers[-1].index),)
    if not looked:
        return (HealthVerdict("single", layers[-1].index),)
    found = [
        _verdict(kind, health.index, None, health.ratio, health.steps)
        for kind, health in _extremes([(h, h.ratio, h.steps) for h in looked])
    ]
    if found:
        return tuple(found)
    deepest = max(looked, key=lambda h: h.steps)
    return (_verdict("steady", deepest.index, None, deepest.ratio, deepest.steps),)


def _graph_verdicts(nodes: tuple[NodeHealth, ...]) -> tuple[HealthVerdict, ...]:
    variables = [node for node in nodes if node.variable]
    found = [
        _verdict(kind, 0, node.ref, node.gradient, node.steps)
        for kind, node in _extremes([(n, n.gradient, n.steps) for n in variables])
    ]
    if found or not variables:
        return tuple(found)
    deepest = max(variables, key=lambda n: n.steps)
    return (_verdict("steady", 0, deepest.ref, deepest.gradient, deepest.steps),)


def _extremes(places: list[tuple[T, float, int]]) -> list[tuple[str, T]]:
    """Return the place where the error is blocked, has vanished most, has exploded most."""
    found: list[tuple[str, T]] = []
    stopped = [place for place in places if place[1] == 0]
    alive = [place for place in places if place[1] > 0]
    if stopped:
        found.append(("blocked", min(stopped, key=lambda place: place[2])[0]))
    if alive:
        least, most = min(alive, key=lambda p: p[1]), max(alive, key=lambda p: p[1])
        if least[1] < 1 / LIMIT:
            found.append(("vanishing", least[0]))
        if most[1] > LIMIT:
            found.append(("exploding", most[0]))
    return found


def _verdict(kind: str, layer: int, ref: Ref | None, ratio: float, steps: int) -> HealthVerdict:
    """Return the verdict, with the layers that this factor needs to pass the limit."""
    factor, further = mean_factor(ratio, steps), 0
    if kind == "steady" and steps and ratio > 0 and factor != 1:
        limit = 1 / LIMIT if factor < 1 else LIMIT
        further = max(0, math.ceil(math.log(limit / ratio) / math.log(factor)))
    return HealthVerdict(kind, layer, ref, ratio, steps, further)
