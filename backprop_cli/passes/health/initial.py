"""What Xavier's and He's initialisation would give on this network: drawn, run and averaged."""

from __future__ import annotations

import math
from statistics import fmean

import numpy as np
from msgspec import Struct

from ...graph.parts import Parameter
from ...graph.records import Array, Graph
from ...graph.values import draw
from ...problems import Place, Refusal
from ...spec.arrays import Init
from ..run import run_on
from ..trace import Trace
from .layers import LayerHealth, layer_healths

SCHEMES = {"Xavier": "xavier_normal", "He": "he_normal"}
SEEDS, FEW = 10, 3
MOST_DRAWN, MOST_NODES = 500_000, 1_000
"""Weights, or nodes, past which only a few seeds are drawn: a mean over more changes little."""


class Remedied(Struct, frozen=True):
    """One initialisation on this network, averaged over seeds.

    ``factors`` are by layer the geometric mean of the factors on the strongest edge, ``ratios`` of
    ‖δ‖ over the output's, ``norms`` by parameter of its gradient's norm; all over the seeds in
    which an error arrived. ``blocked`` counts the
    seeds in which none arrived at the first layer, ``failed`` those in which the pass overflowed.
    """

    name: str
    scheme: str
    seeds: int
    factors: dict[int, float]
    ratios: dict[int, float]
    steps: dict[int, int]
    blocked: int = 0
    failed: int = 0
    norms: dict[str, float] = {}


def try_initialisations(
    trace: Trace, lowest: int, rows: slice = slice(None), seeds: int | None = None
) -> tuple[Remedied, ...]:
    """Return both schemes on the same input and target, biases 0; ``lowest`` is a layer's number.

    ``lowest`` is the layer whose error is looked at to say whether one arrives.
    """
    graph = trace.graph
    if not any("W" in layer.parameters for layer in graph.layers):
        return ()
    if seeds is None:
        drawn = sum(trace.values[number].size for number in graph.parameters.values())
        large = drawn > MOST_DRAWN or len(graph.nodes) > MOST_NODES
        seeds = FEW if large else SEEDS
    return tuple(_tried(trace, name, lowest, rows, seeds) for name in SCHEMES)


def _tried(trace: Trace, name: str, lowest: int, rows: slice, seeds: int) -> Remedied:
    graph = trace.graph
    runs: list[tuple[LayerHealth, ...]] = []
    failed = 0
    for seed in range(seeds):
        try:
            runs.append(layer_healths(_run(trace, SCHEMES[name], seed), rows))
        except Refusal:
            failed += 1
    factors: dict[int, float] = {}
    ratios: dict[int, float] = {}
    steps: dict[int, int] = {}
    for position, layer in enumerate(graph.layers):
        healths = [run[position] for run in runs]
        edges = [h.edges[0].factor for h in healths if h.edges and h.edges[0].factor > 0]
        arrived = [h.ratio for h in healths if h.ratio > 0]
        if edges:
            factors[layer.index] = _geometric(edges)
        if arrived:
            ratios[layer.index] = _geometric(arrived)
            steps[layer.index] = round(fmean(h.steps for h in healths))
    sizes: dict[str, list[float]] = {}
    for health in (health for run in runs for health in run):
        for part, size in health.gradients.items():
            sizes.setdefault(part, []).extend([size] if size > 0 else ())
    norms = {part: _geometric(found) for part, found in sizes.items() if found}
    place = next(i for i, layer in enumerate(graph.layers) if layer.index == lowest)
    blocked = sum(run[place].ratio == 0 for run in runs)
    return Remedied(name, SCHEMES[name], seeds, factors, ratios, steps, blocked, failed, norms)


def _geometric(numbers: list[float]) -> float:
    return math.exp(fmean(map(math.log, numbers)))


def _run(trace: Trace, scheme: str, seed: int) -> Trace:
    return run_on(trace.graph, drawn_leaves(trace, scheme, seed))


def drawn_leaves(trace: Trace, scheme: str, seed: int) -> dict[int, Array]:
    """Return the network's given numbers, its weights drawn anew and its biases 0."""
    graph = trace.graph
    leaves = {number: trace.values[number] for number in graph.given}
    for layer in graph.layers:
        for held in layer.held:
            if held.kind in ("weight", "bias"):
                leaves[held.node] = _drawn(graph, held, scheme, seed, layer.index)
    return leaves


def _drawn(graph: Graph, held: Parameter, scheme: str, seed: int, layer: int) -> Array:
    """Return new numbers for a parameter: weights by the scheme, in the file's layout; biases 0."""
    shape = graph.nodes[held.node].shape
    if held.kind != "weight" or len(shape) < 2:
        return np.zeros(shape)
    turned = graph.in_out and len(shape) == 2  # a kernel has its filters first in either layout
    weights = draw(
        Init(scheme, Place(1, 1)), shape[::-1] if turned else shape, seed, layer, held.part
    )
    return weights.T if turned else weights
