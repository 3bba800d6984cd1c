"""Graph: what is computed from what, by which rule, and which quantity of the network it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from msgspec import Struct, structs
from msgspec.structs import force_setattr

from ..expression.axes import Axes, default_axes, letters
from ..expression.refs import Ref, plain_name
from ..functions.fused import Fused
from ..functions.rules import Rule, Shape
from ..problems import Place, Source
from .words import COMPUTATION, NETWORK, SEEN_AS_GRAPH, Words

if TYPE_CHECKING:
    from ..functions.formula import Formula

Array = np.ndarray[Any, Any]


class Shortcut(Struct, frozen=True):
    """A node's gradient taken straight from another node than its consumers.

    Softmax under cross-entropy: ∂C/∂z = a Σy − y, from the cost's gradient, past the Jacobian.
    ``rule`` is asked for input 0's share, with the values of ``inputs``.
    """

    source: int
    rule: Fused
    inputs: tuple[int, ...]


class Node(Struct, frozen=True):
    """One node: a leaf (no rule) or an operation on earlier nodes.

    ``shape`` is of one sample where ``per_sample``; its arrays then have the samples first.
    ``watched`` says that the forward pass looks whether its value is finite; what only feeds
    watched nodes, which cannot hide an overflow, need not be. ``inner`` is a result on the way
    that neither the file nor a layer has a name for. ``axes`` names what each position of an entry
    counts, in the order of ``ref.index``; where none are given they follow from part and rank.
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
    inner: bool = False
    axes: Axes = ()

    def __post_init__(self) -> None:
        """Name the axes, where nobody has."""
        if len(self.axes) != len(self.shape):
            force_setattr(self, "axes", default_axes(self.ref.part, len(self.shape)))


class Given(Struct, frozen=True):
    """A leaf's numbers as they were given: texts as written, or floats from a file or a seed."""

    texts: Array | None = None
    floats: Array | None = None


ParameterKind = Literal["weight", "bias", "scale", "shift", "table"]
"""What a parameter does in its layer; a weight is penalized and counted among the weights."""


class Parameter(Struct, frozen=True):
    """A parameter of a layer: its part of the names, its node, its kind, its key in the file."""

    part: str
    node: int
    kind: ParameterKind
    key: str


class Cell(Struct, frozen=True):
    """One step of a layer: its parts' nodes in the order computed; without time there is one.

    ``activated`` names which part is the activation of which: ``("z", "a")``. There σ′ stands.
    """

    parts: dict[str, int]
    activated: tuple[tuple[str, str], ...] = ()


class Layer(Struct, frozen=True):
    """One entry under ``layers``: what it consists of, and what the reader calls it.

    The last part of the last cell is the layer's answer ``a``; ``z`` is what that is made of.
    """

    index: int
    name: str
    type: str
    inputs: tuple[str, ...]
    input_nodes: tuple[int, ...]
    shape: Shape
    cells: tuple[Cell, ...]
    activation: str
    held: tuple[Parameter, ...] = ()
    place: Place | None = None

    @property
    def units(self) -> int:
        """How wide the answer is: the length of its last axis."""
        return self.shape[-1]

    @property
    def a(self) -> int:
        """The node of the layer's answer."""
        cell = self.cells[-1]
        return cell.parts[cell.activated[-1][1]]

    @property
    def z(self) -> int:
        """The node that the answer is the activation of."""
        cell = self.cells[-1]
        return cell.parts[cell.activated[-1][0]]

    @property
    def parameters(self) -> dict[str, int]:
        """The parameters' nodes by part (``W``, ``b``)."""
        return {parameter.part: parameter.node for parameter in self.held}

    @property
    def weight_refs(self) -> tuple[Ref, ...]:
        """The parameters that weigh what the layer reads."""
        weights = (parameter for parameter in self.held if parameter.kind == "weight")
        return tuple(Ref(parameter.part, self.index) for parameter in weights)

    @property
    def values(self) -> tuple[Ref, ...]:
        """What the layer computes, in that order: z, a."""
        return tuple(Ref(part, self.index) for cell in self.cells for part in cell.parts)

    @property
    def parameter_refs(self) -> tuple[Ref, ...]:
        """The layer's parameters, in the order of its keys: W, b."""
        return tuple(Ref(parameter.part, self.index) for parameter in self.held)

    @property
    def title(self) -> str:
        """The layer's own name, or its number."""
        return self.name or str(self.index)


Planned = tuple[Rule | None, tuple[int, ...], tuple[int, ...], bool]
"""What the walk forward reads of a node: rule, parents, its array's shape, whether watched."""
Arrivals = tuple[tuple[tuple[int, int], ...], ...]
"""For each node the (consumer, position) edges along which its gradient arrives, last first."""


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
    arrivals: Arrivals = ()
    numbers: dict[Ref, int] = {}

    def __post_init__(self) -> None:
        """Lay down what the walks read of each node, and each quantity's node."""
        force_setattr(self, "plan", tuple(map(self._planned, self.nodes)))
        force_setattr(self, "arrivals", self._arrivals())
        last_first = reversed(list(enumerate(self.nodes)))
        force_setattr(self, "numbers", {node.ref: number for number, node in last_first})

    def _planned(self, node: Node) -> Planned:
        shape = (self.samples, *node.shape) if node.per_sample else node.shape
        return (node.rule, node.parents, shape, node.watched)

    def _arrivals(self) -> Arrivals:
        found: list[list[tuple[int, int]]] = [[] for _ in self.nodes]
        for consumer in sorted(self.reached, reverse=True):
            for position, parent in enumerate(self.nodes[consumer].parents):
                if self.nodes[parent].wants_gradient:
                    found[parent].append((consumer, position))
        return tuple(map(tuple, found))

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
    def words(self) -> Words:
        """What this kind of subject and its parts are called."""
        if self.layered:
            return NETWORK
        return COMPUTATION if self.origin is None else SEEN_AS_GRAPH

    @property
    def loss_nodes(self) -> tuple[int, ...]:
        """The loss and what it is added up from, if from anything: terms, costs, penalties."""
        nodes = (self.terms, self.cost, self.data_loss, *self.penalties, self.loss)
        return tuple(node for node in nodes if node is not None)

    @property
    def answers(self) -> frozenset[int]:
        """The input and each layer's answer: what a layer may read, and what a unit has."""
        given = () if self.input is None else (self.input,)
        return frozenset((*given, *(layer.a for layer in self.layers)))

    @property
    def inputs(self) -> Shape:
        """The shape of one sample."""
        return () if self.input is None else self.nodes[self.input].shape

    @property
    def parameters(self) -> dict[str, int]:
        """The parameters by their plain names (``W1``, ``b1``), in layer order.

        In a computation graph every variable is one.
        """
        data = (*self.words.inputs, *self.words.targets)
        found = [(self.nodes[leaf].ref, leaf) for leaf in self.given]
        learnt = (pair for pair in found if pair[0].part not in data)
        in_order = sorted(learnt, key=lambda pair: int(pair[0].layer or 0))
        return {plain_name(ref, self.in_out): leaf for ref, leaf in in_order}

    @property
    def symbolic(self) -> tuple[str, ...]:
        """The names of the given quantities that have no numbers."""
        return tuple(
            plain_name(self.nodes[leaf].ref, self.in_out)
            for leaf, given in self.given.items()
            if given is None
        )

    @property
    def ambiguous(self) -> tuple[str, ...]:
        """The names of activations that stand for several functions: leaky_relu of two slopes."""
        first: dict[str, object] = {}
        found = []
        for layer in self.layers:
            formula = getattr(self.nodes[layer.a].rule, "value", None)
            if first.setdefault(layer.activation, formula) != formula:
                found.append(layer.activation)
        return tuple(found)

    def has_shortcut(self, layer: Layer) -> bool:
        """Return whether ∂C/∂z is taken past the activation: a − y of softmax, cross-entropy."""
        return self.nodes[layer.a].shortcut is not None

    def rule(self, number: int) -> Rule:
        """Return the rule of a node that is computed; raise ValueError for a leaf."""
        rule = self.nodes[number].rule
        if rule is None:
            raise ValueError(f"{plain_name(self.nodes[number].ref)} is given, not computed")
        return rule

    def kind(self, ref: Ref) -> ParameterKind | None:
        """Return what the layer's parameter that the quantity is, or is the gradient of, does."""
        held = (each for layer in self.layers if layer.index == ref.layer for each in layer.held)
        return next((each.kind for each in held if each.part == ref.part), None)

    def formula(self, number: int) -> Formula:
        """Return the rule of a line of a computation graph; raise ValueError for any other."""
        from ..functions.formula import Formula

        rule = self.rule(number)
        if not isinstance(rule, Formula):
            raise ValueError(f"{plain_name(self.nodes[number].ref)} is no line of a graph")
        return rule

    def axes(self, ref: Ref) -> Axes:
        """Return what each position of the quantity's entries counts."""
        return self.nodes[self.number(ref.of())].axes

    def general(self, ref: Ref, unit: str = "j") -> Ref:
        """Return a general entry of the quantity; ``unit`` is the letter of its units."""
        return ref.at(*letters(self.axes(ref), unit))

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
