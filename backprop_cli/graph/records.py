"""Graph: what is computed from what, by which rule, and which quantity of the network it is."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from msgspec import Struct, structs
from msgspec.structs import force_setattr

from ..expression.axes import Axes, letters
from ..expression.indices import Index
from ..expression.refs import Ref, plain_name
from ..functions.rules import Rule, Shape
from ..problems import Place, Source, counted, listed
from .parts import Given, Layer, Loop, Node, ParameterKind
from .words import COMPUTATION, NETWORK, SEEN_AS_GRAPH, Words

if TYPE_CHECKING:
    from ..functions.formula import Formula
    from .tape import Tape

LONG = 256
"""Nodes from which on it pays to lay a graph of single numbers down as calls."""
Array = np.ndarray[Any, Any]


Planned = tuple[Rule | None, tuple[int, ...], tuple[int, ...], bool]
"""What the walk forward reads of a node: rule, parents, its array's shape, whether watched."""
Arrivals = tuple[tuple[tuple[int, int], ...], ...]
"""For each node the (consumer, position) edges along which its gradient arrives, last first."""


class Graph(Struct, frozen=True, dict=True):
    """The whole network, in topological order; what follows from all nodes is found out once.

    A computation graph has no layers, no input and no target: its variables are leaves with names
    of their own (``Ref("a")``), each line of the file is one node, and ``loss`` is its output.
    ``origin`` is the network of layers that it was made from, if it was: its nodes are entries.
    ``data`` are variables that no step moves. ``lengths`` say how many steps each sample has,
    where they have not all of them.
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
    loops: tuple[Loop, ...] = ()
    lengths: tuple[int, ...] = ()
    data: frozenset[int] = frozenset()
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

    @cached_property
    def tape(self) -> Tape | None:
        """The graph as calls on floats; None where it is short, or not of single numbers."""
        if len(self.nodes) < LONG or self.loss is None:
            return None
        from .tape import laid

        felt = {n for n, node in enumerate(self.nodes) if node.wants_gradient}
        return laid(self.plan, self.end, self.reached, felt)

    @cached_property
    def consumers(self) -> dict[int, list[tuple[int, int]]]:
        """For each node, the (consumer, position among its parents) pairs, in graph order.

        What is read a step late comes last: the consumer's own step is after this one.
        """
        found: dict[int, list[tuple[int, int]]] = {}
        late: list[tuple[int, int, int]] = []
        for number, node in enumerate(self.nodes):
            delayed = () if node.rule is None else node.rule.late_inputs
            for position, parent in enumerate(node.parents):
                if position in delayed:
                    late.append((parent, number, position))
                else:
                    found.setdefault(parent, []).append((number, position))
        for parent, number, position in late:
            found.setdefault(parent, []).append((number, position))
        return found

    @cached_property
    def told(self) -> dict[int, list[tuple[int, int]]]:
        """Each node's consumers in the order in which their shares are told: the graph's.

        Where a layer's own parts are several paths they are told as the error meets them, last
        first.
        """
        found = dict(self.consumers)
        for layer in self.layers:
            if layer.closed is None:
                continue
            own = {number for cell in layer.cells for number in cell.parts.values()}
            for number in {parent for each in own for parent in self.nodes[each].parents}:
                paths = [edge for edge in found[number] if edge[0] in own]
                back = iter(reversed(paths))
                found[number] = [next(back) if e[0] in own else e for e in found[number]]
        return found

    @cached_property
    def reached(self) -> frozenset[int]:
        """The nodes that the loss depends on by a path along which gradients are taken."""
        if self.loss is None:
            return frozenset()
        found = {self.loss}
        for number in range(self.loss, -1, -1):
            for parent in self.nodes[number].parents if number in found else ():
                if self.nodes[parent].wants_gradient:
                    found.add(parent)
        return frozenset(found)

    @cached_property
    def statistics(self) -> frozenset[int]:
        """What is computed of the whole batch, the loss apart: a mean over the samples."""
        return frozenset(
            number
            for number, node in enumerate(self.nodes)
            if node.rule is not None and not node.per_sample and number not in self.loss_nodes
        )

    @cached_property
    def mixed(self) -> frozenset[int]:
        """What statistics of the batch depend on: through them it is felt by every sample."""
        statistics = self.statistics if self.samples > 1 and self.layers else frozenset()
        found: set[int] = set()
        for number in range(len(self.nodes) - 1, -1, -1):
            if number in statistics or number in found:
                found.update(self.nodes[number].parents)
        return frozenset(found)

    @property
    def total(self) -> Ref:
        """The samples' costs added up: the loss, or N times it; what is mixed has gradients of it.

        So a row of a gradient is a sample's, whether or not others feel it.
        """
        return Ref("total_cost" if self.mean else "loss")

    @property
    def layered(self) -> bool:
        """Whether this is a network of layers, not a computation graph of named nodes."""
        return bool(self.layers)

    @property
    def steps_said(self) -> str:
        """How many steps each sample has, in words, where they have not all of them."""
        *first, last = map(str, self.lengths)
        shown = [*first[:8], "…"] if len(first) > 8 else first
        return listed([*shown, last])

    @property
    def endings(self) -> str:
        """That the sequences of a batch end after so many steps."""
        said = f"the sequences end after {self.steps_said} steps"
        return f"{said}; what stands past an end is not counted"

    @property
    def weighs_steps(self) -> bool:
        """Whether steps count differently in the loss, by a weight m that is written."""
        rule = None if self.terms is None else self.nodes[self.terms].rule
        return rule is not None and "m" in rule.operands and not getattr(rule, "ends", False)

    @property
    def words(self) -> Words:
        """What this kind of subject and its parts are called."""
        if self.layered:
            return NETWORK
        return COMPUTATION if self.origin is None else SEEN_AS_GRAPH

    @property
    def end(self) -> int:
        """The node that gradients are of: the loss, or the output where there is none."""
        return self.output if self.loss is None else self.loss

    @cached_property
    def loss_nodes(self) -> tuple[int, ...]:
        """The loss and what it is added up from, if from anything: terms, costs, penalties."""
        nodes = (self.terms, self.cost, self.data_loss, *self.penalties, self.loss)
        return tuple(node for node in nodes if node is not None)

    @property
    def loss_said(self) -> str:
        """The loss's name in words: half squared error."""
        return self.loss_name.replace("_", " ").replace("kl ", "KL ")

    def __repr__(self) -> str:
        """Return a line: all that a graph holds would fill pages of a session."""
        own = f" {self.name!r}" if self.name else ""
        count = counted(len(self.layers or self.nodes), "layer" if self.layers else "node")
        return f"<{type(self).__name__}{own}: {count}>"

    @property
    def takes_softmax(self) -> bool:
        """Whether the loss of a network of layers takes the softmax of its scores itself."""
        return bool(self.layers) and self.loss_name == "softmax_cross_entropy"

    @cached_property
    def answers(self) -> frozenset[int]:
        """The input and each layer's answer: what a layer may read, and what a unit has."""
        given = () if self.input is None else (self.input,)
        return frozenset((*given, *(layer.a for layer in self.layers)))

    @property
    def inputs(self) -> Shape:
        """The shape of one sample."""
        return () if self.input is None else self.nodes[self.input].shape

    @cached_property
    def parameters(self) -> dict[str, int]:
        """The parameters by their plain names (``W1``, ``b1``), in layer order.

        In a computation graph every variable is one.
        """
        data = (*self.words.inputs, *self.words.targets)
        wanted = (leaf for leaf in self.given if self.nodes[leaf].wants_gradient)
        found = [(self.nodes[leaf].ref, leaf) for leaf in wanted]
        learnt = (pair for pair in found if pair[0].part not in data)
        in_order = sorted(learnt, key=lambda pair: int(pair[0].layer or 0))
        return {plain_name(ref, self.in_out): leaf for ref, leaf in in_order}

    @cached_property
    def parameter_nodes(self) -> frozenset[int]:
        """The nodes of the parameters, for who asks of one node after the other."""
        return frozenset(self.parameters.values())

    @cached_property
    def unspecified(self) -> tuple[int, ...]:
        """The nodes that call a function of which only the letter is known."""
        rules = {id(node.rule): node.rule for node in self.nodes if node.rule is not None}
        calling = {number for number, rule in rules.items() if rule.unspecified}
        return tuple(n for n, node in enumerate(self.nodes) if calling and id(node.rule) in calling)

    @cached_property
    def symbolic(self) -> tuple[str, ...]:
        """The names of the given quantities that have no numbers."""
        return tuple(
            plain_name(self.nodes[leaf].ref, self.in_out)
            for leaf, given in self.given.items()
            if given is None
        )

    @cached_property
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

    def loop(self, number: int) -> Loop | None:
        """Return the loop that a node is computed in, if it is."""
        return next((loop for loop in self.loops if number in loop), None)

    def rule(self, number: int) -> Rule:
        """Return the rule of a node that is computed; raise ValueError for a leaf."""
        rule = self.nodes[number].rule
        if rule is None:
            raise ValueError(f"{plain_name(self.nodes[number].ref)} is given, not computed")
        return rule

    def settled_rule(self, number: int, sample: Index | None) -> Rule:
        """Return the rule of a node for one sample, as the whole numbers that it reads settle it.

        Of any sample, or where there are none yet, it is the rule itself.
        """
        rule, parents = self.rule(number), self.nodes[number].parents
        if self.lengths and isinstance(sample, int):
            rule = rule.of_sample(sample)
        given = self.given.get(parents[0]) if parents else None
        if given is None or not self.layers or self.nodes[parents[0]].wants_gradient:
            return rule
        if not (self.single or isinstance(sample, int)):
            return rule
        rows = given.numbers.reshape(self.samples, -1)
        return rule.settled(rows[int(sample) - 1 if isinstance(sample, int) else 0])

    def shape_of(self, number: int, sample: Index | None) -> Shape:
        """Return the shape that a node has in one sample, which may end before others."""
        node = self.nodes[number]
        steps = node.axes[:1] == ("step",) and isinstance(sample, int)
        if not (self.lengths and steps and node.per_sample):
            return node.shape
        return (self.lengths[int(sample or 1) - 1], *node.shape[1:])

    def is_past_end(self, ref: Ref) -> bool:
        """Return whether an entry is at a step that its sample does not have."""
        number = self.find(ref)
        if not self.lengths or number is None or not ref.index:
            return False
        step, shape = ref.index[0], self.shape_of(number, ref.sample)
        steps = self.nodes[number].axes[:1] == ("step",)
        return steps and isinstance(step, int) and step > shape[0]

    def cut_to(self, sample: int) -> Graph:
        """Return the network as long as one sample is; what its nodes hold stays as it is."""
        if not self.lengths:
            return self
        nodes = tuple(
            structs.replace(
                node,
                shape=self.shape_of(number, sample),
                rule=None if node.rule is None else node.rule.of_sample(sample),
            )
            for number, node in enumerate(self.nodes)
        )
        loops = tuple(
            structs.replace(loop, clock=loop.clock.of_sample(sample)) for loop in self.loops
        )
        layers = tuple(structs.replace(layer, shape=nodes[layer.a].shape) for layer in self.layers)
        return structs.replace(self, nodes=nodes, loops=loops, layers=layers, lengths=())

    def of_sample(self, sample: int) -> Graph:
        """Return the network with the clocks of one sample, which then is all that there is."""
        if not self.lengths:
            return structs.replace(self, samples=1)
        one = slice(sample - 1, sample)
        nodes = tuple(
            node if node.rule is None else structs.replace(node, rule=node.rule.only(one))
            for node in self.nodes
        )
        loops = tuple(structs.replace(loop, clock=loop.clock.only(one)) for loop in self.loops)
        lengths = self.lengths[one]
        return structs.replace(self, samples=1, nodes=nodes, loops=loops, lengths=lengths)

    def touched(self, number: int) -> tuple[int, ...] | None:
        """Return the rows of a table that the given numbers choose, from 1; None: no such table.

        Of a table's other rows the gradient is 0.
        """
        found: set[int] = set()
        for consumer, position in self.arrivals[number]:
            first = self.nodes[consumer].parents[0]
            given = None if self.nodes[first].wants_gradient else self.given.get(first)
            rows = None if given is None else self.rule(consumer).touched(position, given.numbers)
            if rows is None:
                return None
            found.update(rows)
        return tuple(sorted(found)) if found else None

    def kind(self, ref: Ref) -> ParameterKind | None:
        """Return what the layer's parameter that the quantity is, or is the gradient of, does."""
        return self._kinds.get((ref.layer, ref.part))

    @cached_property
    def _kinds(self) -> dict[tuple[Any, str], ParameterKind]:
        return {(layer.index, e.part): e.kind for layer in self.layers for e in layer.held}

    @cached_property
    def owners(self) -> dict[int, Layer]:
        """By node, the layer whose part or parameter it is."""
        return {
            number: layer
            for layer in self.layers
            for cell in layer.cells
            for number in (*cell.parts.values(), *layer.parameters.values())
        }

    def layer_of(self, ref: Ref) -> Layer | None:
        """Return the layer that the quantity's number names, if there is one."""
        return self._by_index.get(ref.layer)

    @cached_property
    def _by_index(self) -> dict[Any, Layer]:
        return {layer.index: layer for layer in self.layers}

    @cached_property
    def readers(self) -> dict[int, list[Layer]]:
        """By node, the layers that read it, in their order."""
        found: dict[int, list[Layer]] = {}
        for layer in self.layers:
            for number in dict.fromkeys(layer.input_nodes):
                found.setdefault(number, []).append(layer)
        return found

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
        """Return a general entry, in a batch of sample n; ``unit`` is the letter of its units."""
        number, entry = self.find(ref), ref.at(*letters(self.axes(ref), unit))
        own = number is not None and self.nodes[number].per_sample
        if not own or self.single or ref.sample is not None:
            return entry
        return structs.replace(entry, sample="n")

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
