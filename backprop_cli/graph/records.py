"""Graph: what is computed from what, by which rule, and which quantity of the network it is."""

from __future__ import annotations

from typing import Any

import numpy as np
from msgspec import Struct, structs
from msgspec.structs import force_setattr

from ..expression.refs import Ref
from ..functions.rules import Rule, Shape
from ..problems import Place, Source
from .names import plain_name

Array = np.ndarray[Any, Any]


class Shortcut(Struct, frozen=True):
    """A node's gradient taken straight from another node than its consumers.

    Softmax under cross-entropy: ∂C/∂z = a Σy − y, from the cost's gradient, past the Jacobian.
    ``rule`` is asked for input 0's share, with the values of ``inputs``.
    """

    source: int
    rule: Rule
    inputs: tuple[int, ...]


class Node(Struct, frozen=True):
    """One node: a leaf (no rule) or an operation on earlier nodes.

    ``shape`` is of one sample where ``per_sample``; its arrays then have the samples first.
    ``watched`` says that the forward pass looks whether its value is finite; what only feeds
    watched nodes, which cannot hide an overflow, need not be.
    """

    ref: Ref
    shape: Shape
    rule: Rule | None = None
    parents: tuple[int, ...] = ()
    per_sample: bool = True
    wants_gradient: bool = True
    shortcut: Shortcut | None = None
    place: Place | None = None
    watched: bool = True


class Given(Struct, frozen=True):
    """A leaf's numbers as they were given: texts as written, or floats from a file or a seed."""

    texts: Array | None = None
    floats: Array | None = None


class Layer(Struct, frozen=True):
    """One entry under ``layers``: its nodes, its parameters and what the reader calls it."""

    index: int
    name: str
    type: str
    inputs: tuple[str, ...]
    input_nodes: tuple[int, ...]
    units: int
    z: int
    a: int
    activation: str
    parameters: dict[str, int] = {}
    place: Place | None = None

    @property
    def title(self) -> str:
        """The layer's own name, or its number."""
        return self.name or str(self.index)


Planned = tuple[
    Rule | None, tuple[int, ...], tuple[int, ...], bool, tuple[tuple[int, int, bool], ...]
]
"""What the walks read of a node: rule, parents, its array's shape, whether it is watched, and its
edges (position, parent, whether the gradient leaves its sample) to parents that want one."""


class Graph(Struct, frozen=True):
    """The whole network, in topological order.

    A computation graph has no layers, no input and no target: its variables are leaves with names
    of their own (``Ref("a")``), each line of the file is one node, and ``loss`` is its output.
    ``origin`` is the network of layers that it was made from, if it was: its nodes are entries.
    """

    nodes: tuple[Node, ...]
    given: dict[int, Given | None]
    layers: tuple[Layer, ...]
    input: int | None
    output: int
    target: int | None = None
    terms: int | None = None
    cost: int | None = None
    data_loss: int | None = None
    penalties: tuple[int, ...] = ()
    loss: int | None = None
    loss_name: str = ""
    loss_place: Place | None = None
    loss_cure: str = ""
    samples: int = 1
    single: bool = True
    mean: bool = True
    in_out: bool = False
    name: str = ""
    description: str = ""
    source: Source | None = None
    origin: Graph | None = None
    plan: tuple[Planned, ...] = ()
    numbers: dict[Ref, int] = {}

    def __post_init__(self) -> None:
        """Lay down what the walks read of each node, and each quantity's node."""
        force_setattr(self, "plan", tuple(map(self._planned, self.nodes)))
        last_first = reversed(list(enumerate(self.nodes)))
        force_setattr(self, "numbers", {node.ref: number for number, node in last_first})

    def _planned(self, node: Node) -> Planned:
        reduces = self.mean and self.samples > 1
        edges = tuple(
            (position, parent, reduces and node.per_sample is not self.nodes[parent].per_sample)
            for position, parent in enumerate(node.parents)
            if self.nodes[parent].wants_gradient
        )
        shape = (self.samples, *node.shape) if node.per_sample else node.shape
        return (node.rule, node.parents, shape, node.watched, edges)

    @property
    def consumers(self) -> dict[int, list[tuple[int, int]]]:
        """For each node, the (consumer, position among its parents) pairs, in graph order."""
        found: dict[int, list[tuple[int, int]]] = {}
        for number, node in enumerate(self.nodes):
            for position, parent in enumerate(node.parents):
                found.setdefault(parent, []).append((number, position))
        return found

    @property
    def reached(self) -> frozenset[int]:
        """The nodes that the loss depends on by a path along which gradients are taken."""
        if self.loss is None:
            return frozenset()
        found = {self.loss}
        for number in range(self.loss, -1, -1):
            if number in found:
                node = self.nodes[number]
                found.update(p for p in node.parents if self.nodes[p].wants_gradient)
        return frozenset(found)

    @property
    def layered(self) -> bool:
        """Whether this is a network of layers, not a computation graph of named nodes."""
        return bool(self.layers)

    @property
    def inputs(self) -> int:
        """How many values the network receives."""
        return 0 if self.input is None else self.nodes[self.input].shape[0]

    @property
    def parameters(self) -> dict[str, int]:
        """The parameters by their plain names (``W1``, ``b1``), in layer order.

        In a computation graph every variable is one.
        """
        if not self.layered:
            refs = {leaf: self.nodes[leaf].ref for leaf in self.given}
            data = () if self.origin is None else ("x", "y")
            return {
                plain_name(ref, self.in_out): leaf
                for leaf, ref in refs.items()
                if ref.part not in data
            }
        return {
            f"{part}{layer.index}": node
            for layer in self.layers
            for part, node in layer.parameters.items()
        }

    @property
    def symbolic(self) -> tuple[str, ...]:
        """The names of the given quantities that have no numbers."""
        return tuple(
            plain_name(self.nodes[leaf].ref, self.in_out)
            for leaf, given in self.given.items()
            if given is None
        )

    def find(self, ref: Ref) -> int | None:
        """Return the node that holds the quantity, or the entry, if there is one."""
        own = self.numbers.get(structs.replace(ref, gradient=False, sample=None, index=()))
        if own is None and (ref.index or ref.sample is not None):
            return self.numbers.get(ref.of())
        return own

    def number(self, ref: Ref) -> int:
        """Return the node that holds the quantity; raise KeyError where there is none."""
        number = self.find(ref)
        if number is None:
            raise KeyError(ref)
        return number
