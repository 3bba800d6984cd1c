"""Slots: the arrays of a file that are drawn anew, each with the numbers that it may hold."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from msgspec import Struct

from ..expression.tree import Call
from ..expression.walking import walk
from ..functions.lookup import Lookup
from ..graph.parts import Parameter
from ..graph.records import Graph
from ..spec.arrays import WrittenArray
from ..spec.graph import GraphSpec
from ..spec.numbers import WrittenNumber, number_floats
from ..spec.records import NetworkSpec
from ..spec.rewriting import WrittenValue
from .lengths import number_text
from .random_networks import HALVES, INPUTS, Chance, varied

Array = np.ndarray[Any, Any]
ONES = tuple(map(Fraction, (1, -1, 2, -2)))
SHIFTS = (*ONES, Fraction(0))
"""What is added may be 0; a weight, scale or input that is 0 hides what it is multiplied by."""
SMALL = (Fraction(1, 2), Fraction(-1, 2), Fraction(1), Fraction(-1))
"""Of queries and keys, whose products go through a softmax: so that it is not 0 and 1 at once."""
WHOLE = tuple(map(Fraction, (2, -1, 3, -2, 1, 4, -3, 5)))
PIXELS = ("row", "column", "position")


class Slot(Struct, frozen=True):
    """One array: the keys that lead to it, its shape, and its numbers, or that rows are one-hot.

    What ``chooses`` is one-hot, or numbers of words.
    """

    path: tuple[str | int, ...]
    shape: tuple[int, ...]
    pool: Sequence[Fraction]
    one_hot: bool = False
    chooses: bool = False

    def row(self, chance: Chance) -> list[Fraction]:
        """Return one row, or the one number."""
        width = self.shape[-1] if self.shape else 1
        if not self.one_hot:
            return varied(chance, self.pool, width)
        chosen = chance.of(range(width))
        return [Fraction(int(k == chosen)) for k in range(width)]


SlotRows = tuple[Array, ...]
"""The rows of each slot."""


def possible(slots: Iterable[Slot]) -> int:
    """Return about how many different numbers there can be for all slots."""
    return math.prod(len(set(slot.pool)) ** math.prod(slot.shape) for slot in slots)


def drawn(slots: Iterable[Slot], chance: Chance) -> SlotRows:
    """Return numbers for all slots."""
    return tuple(
        np.array([slot.row(chance) for _ in range(int(np.prod(slot.shape[:-1])))], dtype=object)
        for slot in slots
    )


def with_other_rows(slots: Sequence[Slot], drawing: SlotRows, chance: Chance) -> SlotRows:
    """Return the drawing with one or two of its rows drawn anew."""
    found = list(drawing)
    for _ in range(chance.of((1, 1, 2))):
        number = chance.of(range(len(slots)))
        rows = found[number] = found[number].copy()
        rows[chance.of(range(len(rows)))] = slots[number].row(chance)
    return tuple(found)


def changes(slots: Sequence[Slot], drawing: SlotRows) -> dict[Any, Any]:
    """Return what is to be put into the file."""
    found: dict[Any, Any] = {}
    for slot, rows in zip(slots, drawing, strict=True):
        own = found
        *above, last = slot.path
        for key in above:
            own = own.setdefault(key, {})
        texts = np.empty(rows.size, dtype=object)
        texts[:] = [WrittenValue(number_text(number)) for number in rows.ravel()]
        own[last] = texts.reshape(slot.shape).tolist()
    return found


def slots_of(spec: NetworkSpec, graph: Graph) -> tuple[Slot, ...]:
    """Return what stands as numbers in the file: the input and parameters, or the variables."""
    if spec.graph is not None:
        return _variables(spec.graph)
    found: dict[tuple[str | int, ...], Slot] = {}
    path: tuple[str | int, ...]
    for position, (layer, built) in enumerate(zip(spec.layers, graph.layers, strict=True)):
        for held in built.held:
            value = _written(layer.own, held)
            if isinstance(value, WrittenArray | WrittenNumber):
                shape = value.texts.shape if isinstance(value, WrittenArray) else ()
                pool = {"weight": HALVES, "bias": SHIFTS, "shift": SHIFTS}.get(held.kind, ONES)
                pool = SMALL if held.key in ("query", "key") else pool
                path = ("layers", position, held.key, *held.below)
                found[path] = Slot(path, shape, pool)
    if isinstance(spec.input, WrittenArray):
        return (*found.values(), _input(spec.input, graph))
    return tuple(found.values())


def _input(written: WrittenArray, graph: Graph) -> Slot:
    """Return the input: numbers of words, one-hot rows, or numbers."""
    number = graph.input or 0
    for node in graph.nodes:
        if isinstance(node.rule, Lookup) and node.parents[0] == number:
            words = tuple(map(Fraction, range(graph.nodes[node.parents[1]].shape[0])))
            return Slot(("input",), written.texts.shape, words, chooses=True)
    # What goes through tanh and σ over and over is kept small, and what is multiplied by itself.
    attends = any(layer.type == "attention" for layer in graph.layers)
    pool = ONES if graph.loops or attends else INPUTS
    image = graph.nodes[number].axes[-1] in PIXELS
    one_hot = not image and is_one_hot(written.texts)
    return Slot(("input",), written.texts.shape, pool, one_hot, one_hot)


def is_one_hot(texts: Array) -> bool:
    """Return whether rows choose one of several: each has one 1, and they are more than [0, 1]."""
    if not texts.ndim or (texts.ndim < 2 and texts.size < 3) or texts.shape[-1] < 2:
        return False
    rows = np.array(number_floats(texts.ravel().tolist())).reshape(-1, texts.shape[-1])
    return bool(((rows == 0) | (rows == 1)).all() and (rows.sum(axis=1) == 1).all())


def _written(own: Any, held: Parameter) -> Any:
    """Return what is written of a parameter: an array, or one of several by gate or by state."""
    value = getattr(own, held.key, None)
    if isinstance(value, dict):
        of = {getattr(each, "below", (name,)): each for name, each in value.items()}
        found = of.get(held.below)
        return getattr(found, "spec", found)
    arrays = getattr(value, "arrays", None)
    return value if arrays is None else arrays[held.below[0]]


def _variables(written: GraphSpec) -> tuple[Slot, ...]:
    """Return a graph's variables: whole numbers where its lines only add and multiply."""
    smooth = any(isinstance(node, Call) for line in written.nodes for node in walk(line.tree))
    pool = HALVES if smooth else WHOLE
    return tuple(
        Slot(("variables", each.name), each.value.texts.shape, pool, is_one_hot(each.value.texts))
        for each in written.variables
        if isinstance(each.value, WrittenArray)
    )
