"""Targets like a model's: what its loss takes, one-hot rows again one-hot, soft ones as soft."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from ..functions.losses import target_kind
from ..passes.trace import Trace
from ..spec.arrays import WrittenArray
from ..spec.data import NO_CLASS, ClassTarget
from ..spec.numbers import number_float, number_floats
from ..spec.records import NetworkSpec
from ..spec.rewriting import WrittenValue
from .lengths import number_text
from .random_networks import BOUNDED, SIGNS, UNIT, Chance
from .slots import is_one_hot

Array = np.ndarray[Any, Any]
TargetRow = list[str]
TRIES = 20
"""How often a batch's targets are drawn again that are all the same."""
APART = 0.05
"""What an output should miss its target by at least."""
NOTHING = "~"


def target_like(spec: NetworkSpec, outputs: Trace, chance: Chance) -> Any:
    """Return the target as it is put into the file: other classes, other numbers."""
    given, graph = spec.target, outputs.graph
    values = outputs.values[graph.output]
    width = values.shape[-1]
    if isinstance(given, ClassTarget):
        classes = _various(lambda: [_class(each, width, chance) for each in given.classes])
        return {"class": classes[0] if given.single else classes}
    rows = values.reshape(-1, width).astype(float)
    shape, own = values.shape, None
    missing: tuple[tuple[int, ...], ...] = ()
    if isinstance(given, WrittenArray):
        shape, missing = given.texts.shape, given.missing
        own = given.texts.reshape(rows.shape)
    found = _various(lambda: _rows(spec, outputs, rows, own, chance))
    texts = np.empty(rows.size, dtype=object)
    texts[:] = [WrittenValue(text) for row in found for text in row]
    nested = texts.reshape(shape).tolist()
    for *above, last in missing:
        inner = nested
        for at in above:
            inner = inner[at]
        inner[last] = NOTHING
    return nested


def _various(draw: Any) -> Any:
    """Return a list of which not all are alike, where that can be."""
    for _ in range(TRIES):
        found = draw()
        if len(found) < 2 or any(each != found[0] for each in found[1:]):
            break
    return found


def _class(given: int, width: int, chance: Chance) -> Any:
    return NOTHING if given == NO_CLASS else chance.of(range(width))


def _rows(
    spec: NetworkSpec, outputs: Trace, rows: Array, own: Array | None, chance: Chance
) -> list[TargetRow]:
    """Return a row of targets for each row of outputs."""
    graph = outputs.graph
    takes = target_kind(graph.loss_name)
    activation = graph.layers[-1].activation
    chooses = own is not None and isinstance(spec.target, WrittenArray) and is_one_hot(own)
    if takes == "distribution" or chooses or activation == "softmax":
        given = [None] * len(rows) if own is None else own.tolist()
        return [_shares(row, rows.shape[-1], chance) for row in given]
    soft = own if own is not None and takes in ("probabilities", "logits") else None
    pool: Sequence[Fraction] | None = BOUNDED.get(activation)
    if takes in ("probabilities", "logits"):
        pool = UNIT
    elif takes == "signs":
        pool = SIGNS
    elif not takes and own is not None:
        pool = _pool_of(own) or pool
    hinge = takes == "signs"
    written = np.full(rows.shape, "") if soft is None else soft
    return [
        [_entry(*each, pool, chance, hinge=hinge) for each in zip(*pair, strict=True)]
        for pair in zip(rows.tolist(), written.tolist(), strict=True)
    ]


def _shares(given: TargetRow | None, width: int, chance: Chance) -> TargetRow:
    """Return the row's shares in another order; where it has none one-hot."""
    if given is not None and all(number >= 0 for number in number_floats(given)):
        return chance.shuffled(given)
    chosen = chance.of(range(width))
    return [str(int(k == chosen)) for k in range(width)]


def _pool_of(own: Array) -> Sequence[Fraction] | None:
    """Return what targets of a formula of one's own are, where they are all 0 and 1, or ±1."""
    found = set(number_floats(own.ravel().tolist()))
    return next((pool for pool in (UNIT, SIGNS) if found <= set(map(float, pool))), None)


def _entry(
    value: float, written: str, pool: Sequence[Fraction] | None, chance: Chance, *, hinge: bool
) -> str:
    """Return one target that the output misses, of the pool, or near the output."""
    given = Fraction(number_float(written or "0")).limit_denominator(1000)
    if 0 < given < 1:
        pool = (given, 1 - given)
    if pool is None:
        pool = [Fraction(round(value) + n) for n in (-2, -1, 1, 2)]
    far = [y for y in pool if (y * value < 1 if hinge else abs(float(y) - value) > APART)]
    return number_text(chance.of(far or pool))
