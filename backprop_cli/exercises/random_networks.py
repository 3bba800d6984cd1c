"""Candidates: a network's numbers drawn layer by layer, each unit again until it is fit.

Only ``random()`` of Python's own generator is used, which is the same on every machine and in
every version; nothing depends on numpy's generators or on the hash of a string.
"""

from __future__ import annotations

import functools
import random
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, TypeVar

import numpy as np
from msgspec import Struct

from ..arithmetic import Arithmetic
from ..arithmetic.exact import EXACT
from ..arithmetic.floating import FLOAT64
from ..functions.losses import target_kind
from ..graph.parts import Layer
from ..graph.records import Graph
from ..mathematics.formulas import formula
from .lengths import length
from .outline import Outline, dead_layers, entry_of, is_rational

Array = np.ndarray[Any, Any]
T = TypeVar("T")
Numbers = dict[int, Array]
"""The given numbers by leaf, as fractions."""

HALF = Fraction(1, 2)
INPUTS = tuple(map(Fraction, (2, -1, 3, -2, 1, 4)))
SMALL = (*map(Fraction, (1, -1, 2, -2, 3)), HALF, -HALF)
FEW = 4
"""Up to so many inputs of a unit, the numbers may be larger."""
WHOLE = tuple(map(Fraction, (1, -1, 2, -2, 3, -3)))
HALVES = (*map(Fraction, (1, -1, 2, -2)), HALF, -HALF)
TENTHS = tuple(Fraction(n, 10) for n in (1, -1, 2, -2, 3, -3, 4, -4, 5, -5))
BIASES = (*map(Fraction, (1, -1, 2, -2, 0, 3)), HALF, -HALF)
ERRORS = (*map(Fraction, (1, -1, 2, -2, 3, -3)), HALF, -HALF, 3 * HALF, -3 * HALF)
SHORT = 60
"""A z is short where it is a whole number of sixtieths: its fraction has few digits."""
UNIT, SIGNS = (Fraction(0), Fraction(1)), (Fraction(-1), Fraction(1))
BOUNDED = {"sigmoid": UNIT, "hard_sigmoid": UNIT, "softmax": UNIT}
BOUNDED |= dict.fromkeys(("tanh", "hard_tanh", "softsign"), SIGNS)
"""Targets of outputs that stay between two numbers."""
TRIES = 120
"""How often a layer's unfit units are drawn again; the wishes are given up one by one."""
LARGEST, LARGEST_SMOOTH, SMALLEST_SMOOTH = 12, 3.0, 0.2
"""How large a z may be, and how large and small where a table of σ is to suffice."""


class Chance:
    """A generator's choices, reproducible everywhere."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)

    def of(self, options: Sequence[T]) -> T:
        """Return one of the options, each as likely."""
        return options[int(self._random.random() * len(options))]

    def shuffled(self, options: Sequence[T]) -> list[T]:
        """Return the options in another order."""
        rest, drawn = list(options), []
        while rest:
            drawn.append(rest.pop(int(self._random.random() * len(rest))))
        return drawn


def varied(chance: Chance, pool: Sequence[Fraction], width: int) -> list[Fraction]:
    """Return numbers of the pool, of different sizes as long as these last."""
    row: list[Fraction] = []
    left: list[Fraction] = []
    while len(row) < width:
        left = left or chance.shuffled(pool)
        number = left.pop()
        if not left or (number not in row and -number not in row):
            row.append(number)
    return row


class Candidate(Struct, frozen=True):
    """One network's numbers, and its z and a as far as they were exact.

    ``dead`` is the layer and the unit (from 0) that is off, where one was asked for.
    """

    numbers: Numbers
    exact: tuple[Array, ...]
    flaws: int
    dead: tuple[int, int] | None = None


class Unfit(Exception):
    """Nothing fit was found for a layer, or for the targets."""


def candidate(graph: Graph, outline: Outline, chance: Chance) -> Candidate:
    """Return one candidate; raise Unfit where a layer, or the target, could not be filled."""
    drawing = _DrawnNumbers(graph, outline, chance)
    dead = None
    if outline.dead:
        layer = chance.of(dead_layers(outline))
        dead = (layer, chance.of(range(outline.shape[layer + 1])))
    for position, layer_record in enumerate(graph.layers):
        drawing.layer(layer_record, dead[1] if dead and dead[0] == position else None)
    drawing.target()
    return Candidate(drawing.numbers, tuple(drawing.exact.values()), drawing.flaws, dead)


class _DrawnNumbers:
    """The numbers drawn so far, and the values they give."""

    def __init__(self, graph: Graph, outline: Outline, chance: Chance) -> None:
        self.graph, self.outline, self.chance = graph, outline, chance
        self.is_exact = True
        self.numbers: Numbers = {}
        self.values: dict[int, Array] = {}
        self.exact: dict[int, Array] = {}
        self.flaws = 0
        if graph.input is None:
            raise ValueError("a network of layers has an input")
        rows = self.inputs(max(1, outline.samples), outline.shape[0])
        self.put(graph.input, rows)

    def put(self, leaf: int, numbers: Array) -> None:
        """Fill in a leaf; its values are held as floats, by which candidates are told apart."""
        self.numbers[leaf] = numbers
        self.values[leaf] = numbers.astype(np.float64)

    def inputs(self, samples: int, width: int) -> Array:
        """Return the samples, no two alike; within one, sizes differ as long as they last."""
        pool = INPUTS if width <= FEW else SMALL
        rows: list[list[Fraction]] = []
        for _ in range(samples):
            for _ in range(TRIES):
                row = varied(self.chance, pool, width)
                if row not in rows:
                    break
            rows.append(row)
        return _array(rows)

    def layer(self, layer: Layer, dead: int | None) -> None:
        """Draw a layer's weights and biases: each unit again, until its z is fit."""
        weight, bias = layer.parameters["W"], layer.parameters["b"]
        units, width = self.graph.nodes[weight].shape
        smooth = not is_rational(layer.activation)
        pool = self.pool(layer, width, smooth=smooth)
        rows = [varied(self.chance, pool, width) for _ in range(units)]
        biases = (*TENTHS, Fraction(0)) if layer.activation == "hard_tanh" else BIASES
        shifts = [self.chance.of(biases) for _ in range(units)]
        for attempt in range(TRIES):
            self.put(weight, _array(rows))
            self.put(bias, _array(shifts))
            z, a = self.computed(layer, FLOAT64, self.values)
            strict = 2 if attempt < TRIES // 3 else 1 if attempt < 2 * TRIES // 3 else 0
            unfit = self.unfit(layer, z, a, dead, strict, smooth=smooth)
            if not unfit:
                self.values[layer.z], self.values[layer.a] = z, a
                self.keep(layer)
                self.flaws += 2 - strict
                return
            for unit in unfit:
                rows[unit] = varied(self.chance, pool, width)
                shifts[unit] = self.chance.of(biases)
        raise Unfit

    def pool(self, layer: Layer, width: int, *, smooth: bool) -> Sequence[Fraction]:
        """Return the weights to choose from: the more inputs, the smaller."""
        if layer.activation == "hard_tanh" or (smooth and width > FEW):
            return TENTHS
        if layer.activation == "hard_sigmoid":
            return HALVES
        if smooth or width > FEW:
            return self.chance.of((HALVES, (*HALVES, *TENTHS)) if smooth else (WHOLE[:4], HALVES))
        return self.chance.of((WHOLE, WHOLE, HALVES))

    def computed(self, layer: Layer, xp: Arithmetic, values: dict[int, Array]) -> list[Array]:
        """Return the layer's z and a."""
        nodes = self.graph.nodes
        sums, after = nodes[layer.z].rule, nodes[layer.a].rule
        if sums is None or after is None:
            raise ValueError("a layer computes")
        z = sums.forward(xp, *[values[parent] for parent in nodes[layer.z].parents])
        if xp.name == "exact" and not is_rational(layer.activation):
            return [z]
        return [z, after.forward(xp, z)]

    def keep(self, layer: Layer) -> None:
        """Compute the layer exactly, up to the first function under which fractions end."""
        if not self.is_exact:
            return
        for leaf in (self.graph.input, *layer.parameters.values()):
            if leaf is not None and leaf not in self.exact:
                self.exact[leaf] = EXACT.array(self.numbers[leaf])
        found = self.computed(layer, EXACT, self.exact)
        self.exact |= zip((layer.z, layer.a), found, strict=False)
        self.is_exact = len(found) == 2

    # -- what makes a unit fit

    def unfit(
        self, layer: Layer, z: Array, a: Array, dead: int | None, strict: int, *, smooth: bool
    ) -> list[int]:
        """Return the units to draw again; ``strict`` counts the wishes that are still held to."""
        live = self.live(layer, z, a)
        bad = np.zeros(z.shape[1], dtype=bool)
        for kink in kinks(layer.activation):
            bad |= (abs(z - kink) < 1e-9).any(axis=0)
        off = ~live.any(axis=0)
        asked = np.zeros_like(off)
        if dead is not None:
            asked[dead] = True
        bad |= off != asked
        sizes = abs(z)
        if smooth:
            bad |= (sizes > LARGEST_SMOOTH * (1 if strict else 2)).any(axis=0)
            bad |= strict > 0 and (sizes < SMALLEST_SMOOTH).any(axis=0)
        else:
            bad |= (sizes > LARGEST * (1 if strict else 4)).any(axis=0)
            bad |= strict > 0 and (sizes == 0).any(axis=0)
        if strict > 1:
            first = np.round(np.abs(a), 6)
            for unit in range(1, first.shape[1]):
                bad[unit] |= any((first[:, unit] == first[:, other]).all() for other in range(unit))
        if strict and self.outline.samples and layer is not self.graph.layers[-1]:
            bad |= ~live.any(axis=1).all() & (z < 0).any(axis=0)
        if strict > 1 and self.is_exact:
            bad |= (abs(SHORT * z - np.round(SHORT * z)) > 1e-6).any(axis=0)
        return [int(unit) for unit in np.flatnonzero(bad)]

    def live(self, layer: Layer, z: Array, a: Array) -> Array:
        """Return, for each sample and unit, whether the derivative there is not 0."""
        slope = self.graph.rule(layer.a).slope(FLOAT64, z, a)
        if slope is None:
            return np.ones(z.shape, dtype=bool)
        slopes = np.broadcast_to(slope, z.shape)
        return np.asarray(abs(slopes) > 1e-3)

    # -- the target

    def target(self) -> None:
        """Draw targets that leave an error at each output of each sample."""
        if self.graph.target is None:
            raise ValueError("an exercise has a target")
        output = self.graph.output
        outputs = self.exact[output] if self.is_exact else self.values[output]
        rows = [self.targets(outputs[i]) for i in range(len(outputs))]
        self.put(self.graph.target, _array(rows))

    def targets(self, outputs: Array) -> list[Fraction]:
        """Return one sample's targets."""
        chance, takes = self.chance, target_kind(self.outline.loss)
        count = len(outputs)
        if takes == "distribution":
            if self.outline.loss == "kl_divergence":
                return self.distribution(count)
            chosen = chance.of(range(count))
            return [Fraction(int(k == chosen)) for k in range(count)]
        return [self.one_target(outputs[k], takes) for k in range(count)]

    def distribution(self, count: int) -> list[Fraction]:
        """Return quarters that add up to one."""
        parts = [0] * count
        for _ in range(4):
            parts[chance_index(self.chance, count)] += 1
        return [Fraction(part, 4) for part in parts]

    def one_target(self, output: Any, takes: str) -> Fraction:
        """Return one output's target, off by a short error where the output is exact and short."""
        value = float(output)
        if takes in ("probabilities", "logits"):
            return self.apart((Fraction(0), Fraction(1)), value)
        if takes == "signs":
            signs = [Fraction(s) for s in (1, -1) if s * value < 0.999]
            return self.chance.of(signs)
        exact = getattr(output, "value", None)
        bounds = BOUNDED.get(self.graph.layers[-1].activation)
        if bounds is not None:
            return self.apart([y for y in bounds if self.fits(abs(value - float(y)))], value)
        if isinstance(exact, Fraction) and length(exact) <= 4:
            errors = [e for e in ERRORS if self.fits(abs(e))]
            options = [exact - e for e in errors if length(exact - e) <= 4]
            if options:
                return self.chance.of(options)
        near = [Fraction(round(value) + n) for n in (-2, -1, 1, 2)]
        return self.apart([y for y in near if self.fits(abs(value - float(y)))], value)

    def apart(self, options: Sequence[Fraction], value: float) -> Fraction:
        """Return one of the targets that the output misses by something one can see."""
        far = [y for y in options if abs(float(y) - value) > 0.05]
        if not far:
            raise Unfit
        return self.chance.of(far)

    def fits(self, error: Fraction | float) -> bool:
        """Return whether an error of this size is off the loss's joints."""
        return self.outline.loss != "huber" or abs(float(error) - 1) > 1e-9


@functools.cache
def kinks(activation: str) -> tuple[float, ...]:
    """Return where the activation's derivative jumps."""
    entry = entry_of(activation)
    found = () if entry is None else entry.kinks
    return tuple(float(FLOAT64.elementwise(formula(k.at), {"_": np.zeros(1)})[0]) for k in found)


def chance_index(chance: Chance, count: int) -> int:
    """Return one of 0 … count − 1."""
    return chance.of(range(count))


def _array(rows: Sequence[Any]) -> Array:
    return np.array(rows, dtype=object)
