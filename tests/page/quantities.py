"""Numbers of the quantities that a document names, read from a trace."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Self

import numpy as np
from msgspec import Struct, structs

from backprop_cli.expression.axes import MATRICES
from backprop_cli.expression.indices import FromTo, Index, at, letters_of
from backprop_cli.expression.refs import ANYWHERE, Ref
from backprop_cli.expression.tree import Expr, Name
from backprop_cli.functions.rules import fold
from backprop_cli.graph.names import is_probability
from backprop_cli.graph.parts import Layer
from backprop_cli.graph.records import Graph
from backprop_cli.notation.bound import ABOVE, GIVEN, Notation
from backprop_cli.passes.trace import Trace

from . import any_units

Array = np.ndarray[Any, Any]
Place = tuple[int, tuple[int, ...]]
"""A node, and where in its array of one sample an entry stands; () is the whole."""

_INDEX = re.compile(r"([A-Za-z]+)([+-]\d+)?")


class Unknown(Exception):
    """The form has no number by itself."""


class Drawn(Struct, frozen=True):
    """A function that a file leaves unspecified: its value, and its derivative in input k."""

    value: Callable[..., Any]
    slope: Callable[..., Any]


class Numbers(Struct):
    """Numbers of quantities for one sample of a trace, given index letters and the layer ``l``.

    ``names`` has the numbers of what is no quantity (η, m̂, P₁, ċ), ``changed`` those of quantities
    that a difference moves, ``drawn`` the functions that have no formula; ``pinned`` says that no
    other sample is meant.
    """

    trace: Trace
    sample: int = 1
    indices: dict[str, int] = {}
    layer: int = 0
    changed: dict[Ref, Array] = {}
    names: dict[Expr, Array] = {}
    notation: Notation | None = None
    drawn: dict[str, Drawn] = {}
    pinned: bool = False

    # -- layers and indices

    def layers(self) -> dict[int, Layer]:
        """Return the layers by their numbers."""
        return {layer.index: layer for layer in self.trace.graph.layers}

    def number_of_layer(self, layer: Index | None) -> int:
        """Return the layer that l, l + 1, l − 1 or L is."""
        if layer is None or layer == ANYWHERE or set(letters_of(layer)) - {"l", "L"}:
            raise Unknown("the layer", layer)
        return int(at(layer, {"L": len(self.trace.graph.layers), "l": self.layer}))

    def index(self, index: Index) -> int:
        """Return the number of an index: a letter, or j + 2."""
        if isinstance(index, FromTo):
            raise Unknown("a stretch", index)
        if set(letters_of(index)) - set(self.indices):
            raise Unknown("an index", index)
        return int(at(index, self.indices))

    def settled(self, ref: Ref) -> Ref:
        """Return the quantity with its layer, sample and indices as numbers; layer 0 is x."""
        index = tuple(map(self.index, ref.index))
        part, layer = ref.part, ref.layer
        if layer == ANYWHERE and index:
            units = any_units.units_of(self.trace.graph)
            return self.settled(any_units.settled(ref, tuple(units[i - 1] for i in index)))
        if part == ABOVE:
            part = "z"
        elif part == GIVEN and layer is None:
            part = "x"
        if layer is not None:
            number = self.number_of_layer(layer)
            below = number == 0 and part in ("a", "z")
            part, layer = ("x", None) if below else (part, number)
        sample = None if ref.sample is None else self.index(ref.sample)
        return Ref(part, layer, ref.gradient, sample, index)

    def place(self, ref: Ref) -> Place:
        """Return where a settled quantity stands: a node of its own, or an entry of an array."""
        graph = self.trace.graph
        if is_probability(ref, graph):
            ref = structs.replace(graph.nodes[graph.output].ref, sample=ref.sample, index=ref.index)
        own = graph.numbers.get(ref.of())
        if own is None and ref.sample is not None:
            own = graph.numbers.get(structs.replace(ref.of(), sample=None))
        if own is not None and (ref.index or not graph.nodes[own].shape):
            return own, ()
        number = own if own is not None else graph.numbers.get(Ref(ref.part, ref.layer))
        if number is None:
            raise Unknown("a quantity", ref.part)
        shape = graph.nodes[number].shape
        turned = graph.in_out and ref.part.startswith(MATRICES)
        index = tuple(int(i) for i in (ref.index[::-1] if turned else ref.index))
        if len(index) not in counts_of(graph, number):
            raise Unknown("indices", ref.part)
        if any(not 1 <= i <= size for i, size in zip(index, shape, strict=False)):
            raise Unknown("an index outside", ref.part)
        return number, tuple(i - 1 for i in index)

    def exists(self, ref: Ref) -> bool:
        """Return whether the quantity, with as many indices, is one of this network's."""
        try:
            self.place(ref)
        except Unknown:
            return False
        return True

    # -- arrays

    def array(self, ref: Ref, *, of_sample: bool = False) -> Array:
        """Return a settled quantity's whole array; a parameter's gradient of the sample or all."""
        number, _ = self.place(ref)
        graph = self.trace.graph
        own = self._key(number, ref)
        if own in self.changed:
            return self.changed[own]
        if is_probability(ref, graph):
            scores = self.array(graph.nodes[graph.output].ref)
            powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
            return np.asarray(powers / powers.sum(axis=-1, keepdims=True))
        node = graph.nodes[number]
        if not ref.gradient:
            array = self.trace.values[number]
        elif of_sample and not node.per_sample:
            array = self.of_sample(number)
        else:
            found = self.trace.gradients[number]
            array = np.zeros_like(self.trace.values[number]) if found is None else found
        if node.per_sample:
            if not 1 <= self.sample <= len(array):
                raise Unknown("a sample outside", self.sample)
            array = array[self.sample - 1]
        return np.asarray(array, dtype=float)

    def moved(self, ref: Ref, array: Array) -> Self:
        """Return the evaluator with another array for a settled quantity."""
        own = self._key(self.place(ref)[0], ref)
        return structs.replace(self, changed={**self.changed, own: array})

    def _key(self, number: int, ref: Ref) -> Ref:
        if is_probability(ref, self.trace.graph):
            return Ref("p", number, sample=self.sample)
        sample = self.sample if self.trace.graph.nodes[number].per_sample else None
        return Ref("", number, ref.gradient, sample)

    def of_sample(self, number: int) -> Array:
        """Return a parameter's gradient of the sample's own cost, without penalties."""
        graph = self.trace.graph
        total = np.zeros_like(self.trace.values[number])
        row = slice(self.sample - 1, self.sample)
        for consumer, node in enumerate(graph.nodes):
            if number in node.parents and node.per_sample and node.rule is not None:
                g = self.trace.gradients[consumer]
                if g is None:
                    continue
                values = self.trace.values
                inputs = [
                    values[p][row] if graph.nodes[p].per_sample else values[p] for p in node.parents
                ]
                position = node.parents.index(number)
                arithmetic = self.trace.arithmetic
                out = values[consumer][row]
                share = node.rule.share(arithmetic, position, g[row], out, *inputs)
                total = total + fold(share, total.shape)
        return np.asarray(total)

    def entry(self, ref: Ref, *, of_sample: bool = False) -> Array:
        """Return an entry, or the whole as a column (a row in courses of x·W)."""
        array = self.array(ref, of_sample=of_sample)
        _, position = self.place(ref)
        if position or not array.ndim:
            found = np.asarray(array[position])
            return self.as_vector(found)
        turned = ref.part.startswith(MATRICES) and array.ndim == 2 and self.turns_weights
        return array.T if turned else self.as_vector(array)

    @property
    def turns_weights(self) -> bool:
        """Whether the letters mean by W the transpose of the file's."""
        return self.notation is not None and self.notation.turns_weights

    def as_vector(self, array: Array) -> Array:
        """Return one axis as a column or a row, as the letters have it; one number stays one."""
        if array.ndim != 1:
            return array
        return array[None, :] if self.in_rows else array[:, None]

    @property
    def in_rows(self) -> bool:
        """Whether vectors are rows: in a file of x·W, and in letters that write rows."""
        rows = self.notation is not None and self.notation.vectors == "row"
        return self.trace.graph.in_out or (rows and self.turns_weights)

    def quantity(self, ref: Ref) -> Array:
        """Return a quantity's number; a general layer without a bias has 0 for it."""
        graph = self.trace.graph
        costs = ("cost", "loss", "data_loss", "total_cost")
        if ref.part in costs and not ref.gradient and graph.layered:
            return self.cost(ref)
        if isinstance(ref.sample, FromTo):
            number, _ = self.place(self.settled(structs.replace(ref, sample=None)))
            found = self.trace.gradients[number] if ref.gradient else self.trace.values[number]
            return np.asarray(found, dtype=float)
        at = self.within(ref)
        if self.is_outside(ref):
            return at.before_first(ref)
        settled = at.settled(ref)
        if settled.part == "b" and not settled.gradient and graph.find(settled) is None:
            return np.zeros(())
        if settled.part == "b" and not at.exists(settled):
            if settled.gradient:
                raise Unknown("a bias of one unit", "b")
            settled = settled.whole()
        return at.entry(settled)

    def cost(self, ref: Ref) -> Array:
        """Return the loss, the loss without penalties, or the cost of one sample."""
        graph = self.trace.graph
        number = {"loss": graph.loss, "data_loss": graph.data_loss}.get(ref.part, graph.cost)
        if number is None:
            raise Unknown("a quantity", ref.part)
        value = self.trace.values[number]
        if ref.part == "total_cost":
            return np.asarray(value.sum(), dtype=float)
        sample = self.within(ref).sample - 1
        return np.asarray(value[sample] if ref.part == "cost" else value, dtype=float)

    def before_first(self, ref: Ref) -> Array:
        """Return what stands outside: the state before the first step if it is given, else 0."""
        graph, outside = self.trace.graph, self.settled(ref)
        number = graph.numbers[Ref(outside.part, outside.layer)]
        nothing = self.as_vector(np.zeros(graph.nodes[number].shape[len(outside.index) :]))
        loop = graph.loop(number)
        if loop is None or ref.gradient or outside.index[0] != loop.clock.first - loop.clock.forth:
            return nothing
        for consumer in range(loop.first, loop.last + 1):
            parents = graph.nodes[consumer].parents
            for position, start in graph.rule(consumer).late_inputs.items():
                if parents[position] == number and start is not None:
                    state = graph.nodes[parents[start]].ref.at(*outside.index[1:])
                    return self.entry(state)
        return nothing

    # -- settings

    def is_outside(self, ref: Ref) -> bool:
        """Return whether letters lead past the edge of an image, a kernel or the steps.

        A number that does so is no edge but a fault.
        """
        graph = self.trace.graph
        if ref.layer == ANYWHERE:
            return False
        number = graph.find(self.settled(Ref(ref.part, ref.layer)))
        if number is None or len(ref.index) not in counts_of(graph, number):
            return False
        node = graph.nodes[number]
        each = zip(ref.index, node.shape, node.axes, strict=False)
        return any(
            axis.endswith(("row", "column", "position", "step"))
            and bool(letters_of(index))
            and not 1 <= self.index(index) <= size
            for index, size, axis in each
        )

    def within(self, ref: Ref) -> Self:
        """Return the evaluator of the sample that a quantity names."""
        if ref.sample is None:
            return self
        return self.with_sample(self.index(ref.sample))

    def with_sample(self, sample: int) -> Self:
        """Return the evaluator for another sample."""
        if sample == self.sample:
            return self
        return structs.replace(self, sample=sample)

    def with_index(self, letter: str, value: int) -> Self:
        """Return the evaluator with one more index letter known."""
        return structs.replace(self, indices={**self.indices, letter: value})


def counts_of(graph: Graph, number: int) -> tuple[int, ...]:
    """Return how many indices a quantity may have: a step's alone is the vector of that step."""
    node = graph.nodes[number]
    if not graph.layered:
        return tuple(range(len(node.shape) + 1))
    of_step = (1,) if node.axes[:1] == ("step",) else ()
    return (0, *of_step, len(node.shape))


def constants(graph: Graph, notation: Notation | None = None) -> dict[Expr, Array]:
    """Return the numbers that a network has by its letters: N, or a notation's m."""
    letters = notation.letters if notation is not None else {}
    return {Name(letters.get("samples", "N")): np.asarray(float(graph.samples))}
