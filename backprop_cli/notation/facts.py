"""Facts: what a notation must know of a network to name its quantities."""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct, structs

from ..expression.axes import Axes
from ..expression.refs import Ref, turned

if TYPE_CHECKING:
    from ..graph.records import Graph

NOT_SHARED = ("identity", "softmax")
STEP = ("step",)


class ParameterShape(Struct, frozen=True):
    """A parameter: its part, its layer, its shape (a weight's as (to, from))."""

    part: str
    layer: int
    shape: tuple[int, ...]


class Facts(Struct, frozen=True, dict=True):
    """One network: ``widths`` of its layers from the input (layer 0) on, ``inputs`` of each layer.

    A computation graph has no layers, but ``names``; ``output`` is the node of it that is
    differentiated. ``ambiguous`` are the names that layers have for functions that differ, as
    leaky_relu of one slope and another; ``parts`` are what layers compute on the way to their z;
    ``in_steps`` says that a layer's values are counted by something before their units.
    Where ``known`` is False nothing is; a notation writes
    every number and index.
    ``per_sample`` are the quantities that each sample has its own of, ``mixed`` those of them that
    every sample feels; ``total`` is what a gradient of these is of.
    ``timed`` are the quantities of a network with memory that have their steps in time first.
    ``remembers`` says that it is one recurrent layer, and a dense one at most.
    ``axes`` says what each index of a layer's quantities counts, the steps in time among them.
    ``written`` are the author's own words, the name and the description, which no language changes.
    ``kinds`` says as what a layer's own parts stand in a product: a weight ``W``, a pre-activation
    ``z``, any other value ``a``.
    """

    known: bool = False
    widths: tuple[int, ...] = ()
    inputs: tuple[tuple[int, ...], ...] = ((),)
    activations: tuple[str, ...] = ("",)
    ambiguous: tuple[str, ...] = ()
    parameters: tuple[ParameterShape, ...] = ()
    samples: int = 1
    single: bool = True
    penalized: tuple[int, ...] = ()
    in_out: bool = False
    output: Ref | None = None
    names: frozenset[str] = frozenset()
    per_sample: frozenset[Ref] = frozenset()
    mixed: frozenset[Ref] = frozenset()
    total: Ref = Ref("loss")
    kinds: dict[str, str] = {}
    parts: tuple[str, ...] = ()
    axes: dict[Ref, Axes] = {}
    in_steps: bool = False
    timed: frozenset[Ref] = frozenset()
    remembers: bool = False
    takes_softmax: bool = False
    written: frozenset[str] = frozenset()

    @cached_property
    def count(self) -> int:
        """The number of layers; the output layer's number."""
        return max(0, len(self.widths) - 1)

    @cached_property
    def lone(self) -> bool:
        """Whether there is one layer only."""
        return self.count == 1

    @cached_property
    def layered(self) -> bool:
        """Whether the network is written as layers; the names of a graph are its own."""
        return not self.known or self.count > 0

    def is_array(self, ref: Ref) -> bool:
        """Return whether a quantity is a vector or a matrix: a whole one, or some indices short.

        In a network of lone units all are numbers.
        """
        own = self.axes.get(Ref(ref.part, ref.layer))
        axes = None if own is None else len(own)
        if axes is None and ref.layer is not None and not isinstance(ref.layer, int):
            axes = max((len(a) for r, a in self.axes.items() if r.part == ref.part), default=0)
        return (axes or 0) > len(ref.index) and any(width > 1 for width in self.widths)

    @cached_property
    def own_names(self) -> set[str]:
        """The names of a graph's nodes, and of layers' parameters."""
        return {*self.names, *(parameter.part for parameter in self.parameters)}

    @cached_property
    def activation(self) -> str:
        """The activation that all hidden layers have (a lone layer's own), or nothing."""
        shared = self.activations[1:-1] if self.count > 1 else self.activations[1:]
        found = {*shared}
        apart = found.isdisjoint((*NOT_SHARED, *self.ambiguous))
        return found.pop() if len(found) == 1 and apart else ""

    @cached_property
    def is_mixed(self) -> bool:
        """Whether layers have different activations, those without one not counted."""
        return len(set(self.activations) - {"", "identity"}) > 1

    @cached_property
    def is_linear_output(self) -> bool:
        """Whether the last layer's activation is its z."""
        return self.count > 0 and self.activations[-1] == "identity"

    def below(self, layer: int) -> int:
        """Return the number of the layer that this one reads first."""
        if 0 < layer < len(self.inputs) and self.inputs[layer]:
            return self.inputs[layer][0]
        return layer - 1

    def shape(self, part: str, layer: int) -> tuple[int, ...] | None:
        """Return a parameter's shape, if there is such a parameter."""
        wanted = (p.shape for p in self.parameters if (p.part, p.layer) == (part, layer))
        return next(wanted, None)

    def weights_before(self, layer: int) -> int:
        """Return how many weights stand before this layer's in the file."""
        sizes = (p.shape for p in self.parameters if p.part == "W" and p.layer < layer)
        return sum(math.prod(shape) for shape in sizes)


def facts_of(graph: Graph) -> Facts:
    """Return the facts of a network; a graph made from one is written in that network's letters."""
    if graph.origin is not None:
        output = graph.nodes[graph.output].ref
        return structs.replace(facts_of(graph.origin), output=output)
    numbers = {} if graph.input is None else {graph.input: 0}
    for layer in graph.layers:
        numbers |= {layer.z: layer.index, layer.a: layer.index}
    parameters = []
    for layer in graph.layers:
        for part, node in layer.parameters.items():
            shape = graph.nodes[node].shape
            parameters.append(ParameterShape(part, layer.index, turned(part, shape, graph.in_out)))
    kinds: dict[str, str] = {}
    for layer in graph.layers:
        weights = {each.part: "W" for each in layer.held if each.kind == "weight"}
        if not weights:
            continue
        kinds |= weights
        before = {of for cell in layer.cells for of, after in cell.activated if of != after}
        kinds |= {ref.part: "z" if ref.part in before else "a" for ref in layer.values}
    width = graph.inputs[-1:]
    own = () if graph.layered else graph.nodes
    return Facts(
        known=True,
        widths=(*width, *(layer.units for layer in graph.layers)),
        inputs=((), *(tuple(numbers.get(n, 0) for n in la.input_nodes) for la in graph.layers)),
        activations=("", *(layer.activation for layer in graph.layers)),
        ambiguous=graph.ambiguous,
        parameters=tuple(parameters),
        samples=graph.samples,
        single=graph.single,
        penalized=tuple(int(graph.nodes[n].ref.layer or 0) for n in graph.penalties),
        in_out=graph.in_out,
        output=own[graph.output].ref if own else None,
        names=frozenset(node.ref.part for node in own),
        per_sample=frozenset(node.ref for node in graph.nodes if node.per_sample),
        mixed=frozenset(graph.nodes[number].ref for number in graph.mixed),
        total=graph.total,
        kinds=kinds,
        parts=tuple(dict.fromkeys(ref.part for la in graph.layers for ref in la.values[:-2])),
        axes={} if own else {node.ref: node.axes for node in graph.nodes},
        in_steps=any(len(graph.nodes[la.a].shape) > 1 for la in graph.layers),
        timed=frozenset(node.ref for node in graph.nodes if graph.loops and node.axes[:1] == STEP),
        remembers=_remembers(graph),
        takes_softmax=graph.takes_softmax,
        written=frozenset((graph.name, graph.description)),
    )


def _remembers(graph: Graph) -> bool:
    """Return whether the network is one recurrent layer, with at most a dense layer after it."""
    held = [{*layer.parameters} for layer in graph.layers]
    if not 1 <= len(held) <= 2 or not {"W", "U"} <= held[0] <= {"W", "U", "b", "initial"}:
        return False
    return all({"W"} <= parts <= {"W", "b"} for parts in held[1:])
