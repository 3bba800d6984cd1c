"""Units that pass no error on: dead ones, and saturated ones, by name and by sample."""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from ..arithmetic.floating import FLOAT64
from ..functions.activations import Elementwise
from ..graph.records import Graph, Layer
from .trace import Trace

SATURATED = 0.05
"""The part of the largest |σ′| below which a unit is called saturated."""


class Unit(Struct, frozen=True):
    """A unit that passes little or nothing on.

    ``state`` is ``dead`` (σ′ = 0 and a = 0 on every sample, so no gradient reaches it at all) or
    ``saturated`` (|σ′| < 5 % of its largest on ``samples``). ``largest`` is the largest |σ′| among
    those samples.
    """

    layer: int
    unit: int
    state: str
    samples: tuple[int, ...]
    largest: float


class Off(Struct, frozen=True):
    """How many (unit, sample) pairs of a layer have σ′ = 0 and a = 0: the error stops there."""

    layer: int
    off: int
    of: int


def layer_units(
    trace: Trace, layer: Layer, steepest: float | None, rows: slice = slice(None)
) -> tuple[list[Unit], Off]:
    """Return the layer's dead and saturated units, and how many are off how often."""
    graph = trace.graph
    rule = graph.rule(layer.a)
    z, a = trace.values[layer.z][rows], trace.values[layer.a][rows]
    none = Off(layer.index, 0, a.size)
    if not isinstance(rule, Elementwise) or rule.name == "identity" or not steepest:
        return [], none
    with np.errstate(all="ignore"):
        slopes = np.abs(np.asarray(rule.slope(FLOAT64, z, a), dtype=np.float64))
    slopes = np.broadcast_to(slopes, z.shape)
    off = (slopes == 0) & (a == 0)
    flat = (slopes < SATURATED * steepest) & ~off
    counted = samples_of(graph, rows)
    found: list[Unit] = []
    for unit in range(layer.units):
        if off[:, unit].all():
            found.append(Unit(layer.index, unit + 1, "dead", counted, 0.0))
        elif flat[:, unit].any():
            where = flat[:, unit]
            samples = tuple(n for n, here in zip(counted, where, strict=True) if here)
            largest = float(slopes[where, unit].max())
            found.append(Unit(layer.index, unit + 1, "saturated", samples, largest))
    return found, Off(layer.index, int(off.sum()), a.size)


def samples_of(graph: Graph, rows: slice) -> tuple[int, ...]:
    """Return the samples' numbers, from 1."""
    return tuple(range(1, graph.samples + 1))[rows]
