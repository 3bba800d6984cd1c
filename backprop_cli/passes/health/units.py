"""Units that pass no error on: dead ones, and saturated ones, by name and by sample."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from msgspec import Struct

from ...arithmetic.floating import FLOAT64
from ...functions.attention import MaskedSoftmax
from ...functions.elementwise import Elementwise
from ...functions.rules import Rule
from ...functions.softmax import Softmax
from ...graph.parts import Layer
from ...graph.records import Graph
from ..trace import Trace
from .layers import largest_slope

SATURATED = 0.05
"""The part of the largest |σ′| below which a unit is called saturated, where σ levels off."""
PLACES = frozenset(("step", "position", "row", "column"))
"""Axes along which a unit is one and the same, with the same weights everywhere."""
VERY_FAR, WIDE = 1e15, 60.0
"""Where the limit of σ′ is read off, and how far out it is looked for steep places."""


class Unit(Struct, frozen=True):
    """A unit that passes little or nothing on.

    ``state`` is ``dead`` (σ′ = 0 and a = 0 on every sample, so no gradient reaches it at all),
    ``off`` (that at one place of an image, or one step, of a unit that is on elsewhere),
    ``saturated`` (|σ′| < 5 % of its largest on ``samples``, σ levelling off there) or ``one-hot``
    (a row of a softmax whose Jacobian is as small). ``largest`` is the largest |σ′| among those
    samples, ``node`` what the unit hands on: a layer's answer, a gate, the weights of attention.
    """

    layer: int
    index: tuple[int, ...]
    state: str
    samples: tuple[int, ...]
    largest: float
    node: int


def ailing(units: Iterable[Unit]) -> tuple[Unit, ...]:
    """Return the units that are dead or saturated: one that is off in places learns elsewhere."""
    return tuple(unit for unit in units if unit.state != "off")


class Off(Struct, frozen=True):
    """How many (unit, sample) pairs of a layer have σ′ = 0 and a = 0: the error stops there."""

    layer: int
    off: int
    of: int


class Bend(Struct, frozen=True):
    """An activation: its largest |σ′|, None where it has none; where it levels off on each side."""

    steepest: float | None
    below: float = -math.inf
    above: float = math.inf


def bend_of(rule: Rule) -> Bend:
    """Return what is to be known of an activation once, for all layers that have it."""
    steepest = largest_slope(rule)
    if not isinstance(rule, Elementwise) or rule.name == "identity" or not steepest:
        return Bend(steepest)
    return Bend(steepest, *level_ends(rule, SATURATED * steepest))


def layer_units(
    trace: Trace, layer: Layer, bend: Bend, rows: slice = slice(None)
) -> tuple[list[Unit], Off]:
    """Return the layer's dead and saturated units, and how many are off how often."""
    return _units(trace, layer, (layer.z, layer.a), bend, rows)


def layer_gates(trace: Trace, layer: Layer, rows: slice = slice(None)) -> list[Unit]:
    """Return the saturated units of a layer's gates, of each gate by itself."""
    rule = trace.graph.rule
    inner = [pair for pair in layer.pairs if pair[1] != layer.a]
    bends = {rule(after).name: bend_of(rule(after)) for _, after in inner}
    each = (_units(trace, layer, pair, bends[rule(pair[1]).name], rows)[0] for pair in inner)
    return [unit for units in each for unit in units]


def softmaxes(graph: Graph, layer: Layer) -> tuple[int, ...]:
    """Return the layer's softmaxes through whose Jacobian the error goes, not past it."""
    nodes = [number for cell in layer.cells for number in cell.parts.values()]
    found = [n for n in nodes if isinstance(graph.nodes[n].rule, Softmax)]
    return tuple(n for n in found if graph.nodes[n].shortcut is None)


def one_hot_rows(trace: Trace, layer: Layer, rows: slice = slice(None)) -> list[Unit]:
    """Return the rows p of the layer's softmaxes that are nearly one-hot.

    No row of the Jacobian diag(p) − p pᵀ adds up, in size, to more than 2 p_i(1 − p_i), which is ½
    at most. A row that has one entry to choose from chooses nothing, and is none of them.
    """
    graph, found = trace.graph, []
    for number in softmaxes(graph, layer):
        p = trace.values[number][rows]
        sizes = (2 * p * (1 - p)).max(axis=-1)
        flat = sizes < SATURATED * (largest_slope(graph.rule(number)) or 1.0)
        if p.shape[-1] == 1:
            flat[...] = False
        elif isinstance(graph.rule(number), MaskedSoftmax):
            flat[..., 0] = False
        counted = samples_of(graph, rows)
        for at in np.argwhere(flat.any(axis=0)):
            row = (slice(None), *at)
            samples = tuple(n for n, here in zip(counted, flat[row], strict=True) if here)
            largest = float(sizes[row][flat[row]].max())
            index = tuple(int(i) + 1 for i in at)
            found.append(Unit(layer.index, index, "one-hot", samples, largest, number))
    return found


def _units(
    trace: Trace, layer: Layer, pair: tuple[int, int], bend: Bend, rows: slice
) -> tuple[list[Unit], Off]:
    graph, (before, after) = trace.graph, pair
    rule, steepest = graph.rule(after), bend.steepest
    z, a = trace.values[before][rows], trace.values[after][rows]
    none = Off(layer.index, 0, a.size)
    if not isinstance(rule, Elementwise) or rule.name == "identity" or not steepest:
        return [], none
    with np.errstate(all="ignore"):
        slopes = np.abs(np.asarray(rule.slope(FLOAT64, z, a), dtype=np.float64))
    slopes = np.broadcast_to(slopes, z.shape)
    off = (slopes == 0) & (a == 0)
    flat = (slopes < SATURATED * steepest) & ~off & ((z < bend.below) | (z > bend.above))
    same = places(graph, after)
    everywhere = off.all(axis=(0, *(axis + 1 for axis in same)), keepdims=True)
    dead = np.broadcast_to(everywhere, a.shape)[0]
    counted = samples_of(graph, rows)
    found: list[Unit] = []
    for at in np.ndindex(a.shape[1:]):
        unit, index = (slice(None), *at), tuple(i + 1 for i in at)
        if off[unit].all():
            state = "dead" if dead[at] else "off"
            found.append(Unit(layer.index, index, state, counted, 0.0, after))
        elif flat[unit].any():
            where = flat[unit]
            samples = tuple(n for n, here in zip(counted, where, strict=True) if here)
            largest = float(slopes[unit][where].max())
            found.append(Unit(layer.index, index, "saturated", samples, largest, after))
    return found, Off(layer.index, int(off.sum()), a.size)


def places(graph: Graph, number: int) -> tuple[int, ...]:
    """Return the axes of a node along which its units are the same ones, with the same weights."""
    return tuple(axis for axis, name in enumerate(graph.nodes[number].axes) if name in PLACES)


def level_ends(rule: Elementwise, bound: float) -> tuple[float, float]:
    """Return below and above which z σ levels off: |σ′| stays under the bound and goes to 0.

    −∞ and ∞ where it does not: leaky_relu keeps its slope, and a turning point is no end.
    """
    z = np.linspace(-WIDE, WIDE, 4801)
    with np.errstate(all="ignore"):
        size = np.abs(np.asarray(rule.slope(FLOAT64, z, rule.forward(FLOAT64, z)), dtype=float))
    steep = z[~(np.broadcast_to(size, z.shape) < bound)]
    if not len(steep):
        return -np.inf, np.inf
    below = float(steep[0]) if levels_off(rule, -1) else -np.inf
    return below, float(steep[-1]) if levels_off(rule, 1) else np.inf


def levels_off(rule: Elementwise, side: int) -> bool:
    """Return whether σ′ goes to 0 far out on that side of 0."""
    far = np.array([side * VERY_FAR])
    with np.errstate(all="ignore"):
        slope = np.asarray(rule.slope(FLOAT64, far, rule.forward(FLOAT64, far)), dtype=float)
    return bool(np.abs(slope).max() < 1e-12)


def samples_of(graph: Graph, rows: slice) -> tuple[int, ...]:
    """Return the samples' numbers, from 1."""
    return tuple(range(1, graph.samples + 1))[rows]
