"""Numbers of a derivation's quantities, read from a trace."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from msgspec import Struct, structs

from backprop_cli.expression.indices import Index, at
from backprop_cli.expression.refs import Ref
from backprop_cli.graph.records import Layer
from backprop_cli.passes.trace import Trace

Array = np.ndarray[Any, Any]


class Unknown(Exception):
    """The form has no number by itself."""


class Numbers(Struct):
    """Numbers of quantities for one sample of a trace, given index letters and the layer ``l``."""

    trace: Trace
    sample: int = 1
    indices: dict[str, int] = {}
    layer: int = 0
    changed: dict[Ref, Array] = {}

    # -- quantities

    def layers(self) -> dict[int, Layer]:
        """Return the layers by their numbers."""
        return {layer.index: layer for layer in self.trace.graph.layers}

    def number_of_layer(self, layer: Index | None) -> int:
        """Return the layer that l, l + 1, l − 1 or L is."""
        assert layer is not None
        return int(at(layer, {"L": len(self.trace.graph.layers), "l": self.layer}))

    def settled(self, ref: Ref) -> Ref:
        """Return the quantity with its layer and indices as numbers; layer 0 is x."""
        index = tuple(map(self.index, ref.index))
        part, layer = ref.part, ref.layer
        if layer is not None:
            number = self.number_of_layer(layer)
            part, layer = ("x", None) if number == 0 and part == "a" else (part, number)
        return Ref(part, layer, ref.gradient, None, index)

    def index(self, index: Index) -> int:
        """Return the number of an index: a letter, or j + 2."""
        return int(at(index, self.indices))

    def node(self, ref: Ref) -> int:
        """Return the node of a settled quantity."""
        found = self.trace.graph.find(ref)
        if found is None:
            raise Unknown(ref)
        return found

    def array(self, ref: Ref, *, of_sample: bool = False) -> Array:
        """Return a settled quantity's whole array; a parameter's gradient of the sample or all."""
        whole = ref.whole()
        if whole in self.changed:
            return self.changed[whole]
        number, graph = self.node(ref), self.trace.graph
        node = graph.nodes[number]
        if not ref.gradient:
            array = self.trace.values[number]
        elif of_sample and not node.per_sample:
            array = self.of_sample(number)
        else:
            found = self.trace.gradients[number]
            array = np.zeros_like(self.trace.values[number]) if found is None else found
        if node.per_sample:
            array = array[self.sample - 1]
        return np.asarray(array, dtype=float)

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
                total = total + reduced(share, total.shape)
        return np.asarray(total)

    def exists(self, ref: Ref) -> bool:
        """Return whether the quantity, with as many indices, is one of this network's."""
        number = self.trace.graph.find(ref.of())
        if number is None:
            return False
        return len(ref.index) in (0, len(self.trace.graph.nodes[number].shape))

    def entry(self, ref: Ref, *, of_sample: bool = False) -> Array:
        """Return an entry, or the whole as a column (a row in courses of x·W)."""
        array = self.array(ref, of_sample=of_sample)
        if not ref.index:
            return self.as_vector(array)
        position = tuple(int(i) - 1 for i in ref.index)
        turned = self.trace.graph.in_out and ref.part == "W"
        return np.asarray(array[position[::-1] if turned else position])

    def as_vector(self, array: Array) -> Array:
        """Return one axis as a column or a row; one number stays one."""
        if array.ndim != 1:
            return array
        return array[None, :] if self.trace.graph.in_out else array[:, None]

    def quantity(self, ref: Ref) -> Array:
        """Return a quantity's number; a general layer without a bias has 0 for it."""
        if ref.part in ("cost", "loss", "data_loss"):
            return self.cost(ref)
        at = self.within(ref)
        settled = at.settled(ref)
        graph = self.trace.graph
        if settled.part == "b" and not settled.gradient and graph.find(settled) is None:
            return np.zeros(())
        if settled.part == "b" and not at.exists(settled):
            if settled.gradient:
                raise Unknown(settled)
            settled = settled.whole()
        return at.entry(settled)

    def cost(self, ref: Ref) -> Array:
        """Return the loss, the loss without penalties, or the cost of one sample."""
        graph = self.trace.graph
        number = {"loss": graph.loss, "data_loss": graph.data_loss}.get(ref.part, graph.cost)
        assert number is not None
        value = self.trace.values[number]
        return np.asarray(value[self.within(ref).sample - 1] if ref.part == "cost" else value)

    def within(self, ref: Ref) -> Self:
        """Return the evaluator of the sample that a quantity names."""
        if ref.sample is None:
            return self
        return self.with_sample(self.index(ref.sample))

    def with_sample(self, sample: int) -> Self:
        """Return the evaluator for another sample."""
        return structs.replace(self, sample=sample)

    def with_index(self, letter: str, value: int) -> Self:
        """Return the evaluator with one more index letter known."""
        return structs.replace(self, indices={**self.indices, letter: value})


def reduced(share: Array, shape: tuple[int, ...]) -> Array:
    """Return a share summed to the shape of what it is for: a bias that several units use."""
    return np.asarray(share.sum() if shape == () else share)
