"""A network of layers as its computation graph: a node an activation, or a node an operation.

The surgery makes the weights nodes too: an activation's inputs are its weights, its bias and the
activations below, each an entry of its own, and the cost is one more node.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
from msgspec import structs

from ..expression.refs import Ref, plain_name, stored_index, turned
from ..expression.tree import (
    ONE,
    Call,
    Cases,
    Div,
    Expr,
    Name,
    Number,
    Quantity,
    add,
    mul,
)
from ..expression.walking import expand, holds, substitute
from ..functions.compiling import compiled
from ..functions.elementwise import Elementwise
from ..functions.expressions import UnspecifiedLoss
from ..functions.losses import LossTerms
from ..functions.operators import Penalty
from ..functions.primitives import Defined
from ..functions.rules import NoForm
from ..functions.unspecified import Unspecified
from ..mathematics.activations import defaults
from ..problems import refuse
from .parts import Given, Layer, Node
from .records import Graph

MOST_NODES = 20_000
Where = tuple[int, ...]


def weights_as_nodes(graph: Graph, *, merged: bool = True) -> Graph:
    """Return the network with one node an activation, its weights among its inputs.

    Where z is not ``merged`` with its activation it is a node too.
    """
    return _Surgery(graph, merged=merged).graph() if graph.layered else graph


class _Surgery:
    """Collects the entries of a network as nodes; ``merged`` joins each z with its activation."""

    def __init__(self, graph: Graph, *, merged: bool) -> None:
        _check_size(graph)
        self.origin, self.merged = graph, merged
        self.nodes: list[Node] = []
        self.given: dict[int, Given | None] = {}
        self.numbers: dict[str, int] = {}
        self.defined: dict[str, Defined] = {}
        self.letters: set[str] = set()

    def graph(self) -> Graph:
        """Return the computation graph."""
        for number in self.origin.given:
            self._leaves(number)
        every = self._samples()
        for samples in [every] if self.origin.mixed else [[sample] for sample in every]:
            for layer in sorted(self.origin.layers, key=lambda layer: layer.z):
                self._layer(layer, samples)
        output = self._loss()
        return Graph(
            nodes=tuple(self.nodes),
            given=self.given,
            layers=(),
            input=None,
            output=output,
            loss=output,
            loss_name=self.origin.loss_name,
            loss_place=self.origin.loss_place,
            loss_cure=self.origin.loss_cure,
            mean=False,
            in_out=self.origin.in_out,
            name=self.origin.name,
            description=self.origin.description,
            source=self.origin.source,
            origin=self.origin,
        )

    def _samples(self) -> list[int | None]:
        single = self.origin.single
        return [None] if single else list(range(1, self.origin.samples + 1))

    # -- leaves

    def _leaves(self, number: int) -> None:
        node, given = self.origin.nodes[number], self.origin.given[number]
        for sample in self._samples() if node.per_sample else [None]:
            for index in self._entries(number, sample):
                ref = structs.replace(node.ref, sample=sample, index=index)
                leaf = structs.replace(node, ref=ref, shape=(), per_sample=False)
                entry = None if given is None else self._entry(given, ref, node)
                self.given[self._add(ref, leaf)] = entry

    def _entries(self, number: int, sample: int | None) -> list[tuple[int, ...]]:
        """Return a node's entries as refs count them, in the order of the file."""
        part, in_out = self.origin.nodes[number].ref.part, self.origin.in_out
        shape = self.origin.shape_of(number, sample)
        return [turned(part, index, in_out) for index in _indices(shape)]

    def _entry(self, given: Given, ref: Ref, node: Node) -> Given:
        """Return one entry's number, as it was written."""
        where = stored_index(ref, self.origin.in_out)
        shape = node.shape
        if node.per_sample:
            where, shape = (int(ref.sample or 1) - 1, *where), (self.origin.samples, *shape)
        if given.texts is not None:
            return Given(texts=np.array(given.texts.reshape(shape)[where], dtype=object))
        return Given(floats=np.array(np.reshape(np.asarray(given.floats), shape)[where]))

    def _formula(self, number: int, index: tuple[int, ...], sample: int | None) -> Expr:
        """Return the formula of one entry, in the entries that it is computed from."""
        nodes = self.origin.nodes
        node, rule = nodes[number], self.origin.settled_rule(number, sample)
        shapes = tuple(self.origin.shape_of(n, sample) for n in (*node.parents, number))
        try:
            written = rule.write(index, shapes)
        except NoForm as error:
            message = f"as a graph, this network needs its input's numbers: {error}"
            cure = "give 'input' its numbers"
            raise refuse(message, node.place, cure, self.origin.source) from None
        return self._in_quantities(written, number, sample)

    def _in_quantities(self, written: Expr, number: int, sample: int | None) -> Expr:
        """Return a rule's formula in the entries that its node reads."""
        nodes, rule = self.origin.nodes, self.origin.settled_rule(number, sample)
        read = nodes[number].parents
        parents = dict(zip(rule.operands, (nodes[p] for p in read), strict=False))

        def quantity(leaf: Expr) -> Expr | None:
            if not isinstance(leaf, Name):
                return None
            parent, where, index = parents[leaf.id], sample, leaf.index
            if parent.per_sample and len(index) > len(parent.shape):
                where, index = int(index[0]), index[1:]
            of_sample = where if parent.per_sample else None
            return Quantity(structs.replace(parent.ref, sample=of_sample, index=index))

        return substitute(rule.placed(expand(written, {})), quantity)

    def _add(self, ref: Ref, node: Node) -> int:
        self.nodes.append(node)
        self.numbers[plain_name(ref, self.origin.in_out)] = len(self.nodes) - 1
        return len(self.nodes) - 1

    # -- layers and the loss

    def _layer(self, layer: Layer, samples: list[int | None]) -> None:
        """Add a layer's parts in order, an entry a node; an activation beside what it is of."""
        nodes = self.origin.nodes
        for cell in layer.cells:
            after = {
                before: cell.parts[part]
                for before, part in cell.activated
                if before != part and isinstance(nodes[cell.parts[part]].rule, Elementwise)
            }
            apart = [(p, n) for p, n in cell.parts.items() if n not in after.values()]
            for part, number, indices in self._in_order(apart):
                for sample in samples if nodes[number].per_sample else [None]:
                    shape = self.origin.shape_of(number, sample)
                    for index in indices:
                        if all(i <= size for i, size in zip(index, shape, strict=True)):
                            self._entry_node(number, after.get(part), index, sample, layer)

    def _in_order(self, parts: list[tuple[str, int]]) -> Iterator[tuple[str, int, list[Where]]]:
        """Yield parts with their entries as they are computed: those of a loop step by step."""
        nodes = self.origin.nodes
        looped = [(part, number, self.origin.loop(number)) for part, number in parts]
        for loop in self.origin.loops:
            for t in loop.clock.order():
                for part, number, own in looped:
                    if own is loop:
                        every = _indices(nodes[number].shape[1:])
                        yield part, number, [(t + 1, *index) for index in every]
        for part, number, own in looped:
            if own is None:
                yield part, number, list(_indices(nodes[number].shape))

    def _entry_node(
        self,
        number: int,
        after: int | None,
        index: tuple[int, ...],
        sample: int | None,
        layer: Layer,
    ) -> None:
        """Add an entry and its activation, as one node where the two are merged."""
        nodes = self.origin.nodes
        ref = structs.replace(nodes[number].ref, sample=sample, index=index)
        formula = self._formula(number, index, sample)
        rule = None if after is None else nodes[after].rule
        if after is None or not (self.merged or (rule and rule.name == "identity")):
            self._node(ref, formula, layer)
            formula = Quantity(ref)
        if after is not None and isinstance(rule, Elementwise):
            activated = structs.replace(nodes[after].ref, sample=sample, index=index)
            self._node(activated, self._activated(rule, formula), layer)

    def _activated(self, rule: Elementwise, z: Expr) -> Expr:
        """Return the activation of z, by its name where that says all."""
        entry = rule.activation
        if entry.name == "identity":
            return z
        if entry.letter:
            self.letters.add(entry.letter)
        elif entry.name == "expression" or rule.settings != defaults(entry):
            name = self._called(rule)
            slope = substitute(rule.derivative, lambda n: Name("f") if n == Name("a") else None)
            self.defined[name] = Defined(name, ("z",), rule.value, (slope,))
            return Call(name, (z,))
        return Call(rule.name, (z,))

    def _called(self, rule: Elementwise) -> str:
        """Return a function's name; with a number where others of the network go by it too."""
        rules: list[Any] = [self.origin.nodes[layer.a].rule for layer in self.origin.layers]
        namesakes = [r.value for r in rules if r.name == rule.name]
        distinct = list(dict.fromkeys(namesakes))
        name = "f" if rule.name == "expression" else rule.name
        return name if len(distinct) == 1 else f"{name}_{distinct.index(rule.value) + 1}"

    def _loss(self) -> int:
        graph = self.origin
        if graph.loss is None or graph.terms is None:
            cure = "add 'loss: half_squared_error'"
            raise refuse("as a graph, a network ends in its cost: it has none", None, cure)
        costs: list[Expr] = []
        for sample in self._samples():
            shape = graph.shape_of(graph.terms, sample)
            found = [self._term(graph.terms, index, sample) for index in _indices(shape)]
            cost = Ref("cost", sample=sample)
            if sample is None:
                costs.append(add(*found))
            else:
                self._node(cost, add(*found), None)
                costs.append(Quantity(cost))
        total = add(*costs)
        if graph.mean and graph.samples > 1:
            total = mul(Div(ONE, Number(Fraction(graph.samples))), total)
        for number in graph.penalties:
            penalty = graph.nodes[number].ref
            self._node(penalty, add(*self._penalty_terms(number)), None)
            total = add(total, Quantity(penalty))
        return self._node(Ref("loss"), total, None)

    def _penalty_terms(self, number: int) -> Iterator[Expr]:
        """Yield what each weight adds to the loss."""
        rule = self.origin.rule(number)
        if not isinstance(rule, Penalty):
            raise TypeError(f"{rule.name} is no penalty")
        for k, parent in enumerate(self.origin.nodes[number].parents):
            for index in self._entries(parent, None):
                yield self._in_quantities(rule.write_of(k, index), number, None)

    def _term(self, terms: int, index: tuple[int, ...], sample: int | None) -> Expr:
        """Return one term of the loss; one given by cases is called by the loss's name."""
        nodes = self.origin.nodes
        rule = self.origin.rule(terms)
        output, target, *weights = (nodes[parent] for parent in nodes[terms].parents)
        if isinstance(rule, UnspecifiedLoss):
            self.letters.add(rule.letter)
            parts = [(each.ref, i) for each in (output, target) for i in _indices(each.shape)]
            refs = [structs.replace(ref, sample=sample, index=i) for ref, i in parts]
            return Call(rule.letter, tuple(map(Quantity, refs)))
        if isinstance(rule, LossTerms) and holds(rule.term, Cases):
            slopes = (rule.derivative,)
            self.defined[rule.name] = Defined(rule.name, ("a", "y"), rule.term, slopes)
            refs = [structs.replace(n.ref, sample=sample, index=index) for n in (output, target)]
            called = Call(rule.name, tuple(map(Quantity, refs)))
            weights = weights if self.origin.weighs_steps else []
            of_step = [structs.replace(n.ref, sample=sample, index=index[:1]) for n in weights]
            return mul(*map(Quantity, of_step), called)
        return self._formula(terms, index, sample)

    def _node(self, ref: Ref, tree: Expr, layer: Layer | None) -> int:
        """Add a node of a formula in quantities."""
        named = substitute(
            tree,
            lambda n: Name(self._name(n.ref)) if isinstance(n, Quantity) else None,
        )
        rule, names = compiled(named, tuple(map(Unspecified, self.letters)), self.defined)
        parents = tuple(self.numbers[name] for name in names)
        place = layer.place if layer is not None else self.origin.loss_place
        return self._add(ref, Node(ref, (), rule, parents, per_sample=False, place=place))

    def _name(self, ref: Ref) -> str:
        return plain_name(ref, self.origin.in_out)


def _check_size(graph: Graph) -> None:
    size = sum(
        int(np.prod(node.shape, dtype=int)) * (graph.samples if node.per_sample else 1)
        for node in graph.nodes
    )
    if size > MOST_NODES:
        message = f"as a graph this network has more than {MOST_NODES} nodes"
        raise refuse(message, None, "take a smaller network, or fewer samples")


def _indices(shape: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    for position in np.ndindex(shape):
        yield tuple(i + 1 for i in position)
