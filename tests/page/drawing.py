"""What a file leaves open, drawn: numbers without value, functions without formula.

A drawn function of several inputs is smooth and has a derivative that is known, so that equations
that hold for any function can be tried with one.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from msgspec import Struct, structs

from backprop_cli.arithmetic.floating import FLOAT64
from backprop_cli.functions.expressions import UnspecifiedLoss
from backprop_cli.functions.primitives import Defined
from backprop_cli.functions.rules import Rule
from backprop_cli.functions.unspecified import Unspecified
from backprop_cli.graph.parts import Given, Node
from backprop_cli.graph.records import Graph

from .quantities import Array, Drawn


def drawn(letter: str) -> Drawn:
    """Return the function of a letter: f(u, v) = sin(c₁u + c₂v + d) + (c₁u + c₂v)/2."""
    chance = np.random.default_rng(sum(map(ord, letter)))
    factors, shift = chance.uniform(0.3, 1.2, 64), float(chance.uniform(-1, 1))

    def inner(inputs: tuple[Any, ...]) -> Any:
        return sum(c * u for c, u in zip(factors, inputs, strict=False))

    def value(*inputs: Any) -> Any:
        return np.sin(inner(inputs) + shift) + inner(inputs) / 2

    def slope(k: int, *inputs: Any) -> Any:
        return factors[k] * (np.cos(inner(inputs) + shift) + 0.5)

    return Drawn(value, slope)


def drawn_of(primitive: Unspecified) -> Drawn:
    """Return the function of a primitive: of all entries of its inputs, each value its own."""
    if primitive.size is None:
        return drawn(primitive.letter)
    letters = primitive.values_by_letter()
    functions = [drawn(letter) for letter in letters]

    def shaped(found: list[Any]) -> Any:
        return np.stack(found) if primitive.size else found[0]

    def value(*inputs: Any) -> Any:
        return shaped([each.value(*_entries(inputs)) for each in functions])

    def slope(k: int, *inputs: Any) -> Any:
        entries, first = _entries(inputs), sum(map(np.size, inputs[:k]))
        places = range(first, first + np.size(inputs[k]))
        rows = [np.stack([each.slope(i, *entries) for i in places]) for each in functions]
        return shaped([row.reshape(np.shape(inputs[k])) for row in rows])

    return Drawn(value, slope)


def _entries(inputs: tuple[Any, ...]) -> list[Any]:
    return [entry for each in inputs for entry in np.ravel(np.asarray(each))]


class DrawnPrimitive(Struct, frozen=True):
    """A primitive with a drawn function in the place of its letter."""

    of: Unspecified
    name = "drawn"

    def shape(self, shapes: list[tuple[int, ...]], name: str) -> tuple[int, ...]:
        """Return how many values f gives."""
        return self.of.shape(shapes, name)

    def forward(self, xp: Any, *inputs: Array) -> Any:
        """Return f(u, v)."""
        return drawn_of(self.of).value(*inputs)

    def share(self, xp: Any, k: int, g: Array, out: Array, *inputs: Array) -> Any:
        """Return g·∂f/∂(input k), of several values the sum of theirs."""
        slope = drawn_of(self.of).slope(k, *inputs)
        return np.tensordot(g, slope, axes=1) if self.of.size else g * slope


class DrawnActivation(Rule, frozen=True):
    """A layer's activation drawn by its letter."""

    function: Drawn

    name = "drawn"

    def forward(self, xp: Any, *inputs: Array) -> Array:
        """Return F(z)."""
        return np.asarray(self.function.value(inputs[0]))

    def share(self, xp: Any, k: int, g: Array, out: Array, *inputs: Array) -> Array:
        """Return g·F′(z)."""
        return np.asarray(g * self.function.slope(0, inputs[0]))


class DrawnLoss(Rule, frozen=True):
    """A loss of all outputs and targets drawn by its letter."""

    function: Drawn

    name = "drawn"

    def forward(self, xp: Any, *inputs: Array) -> Array:
        """Return C(a, y) of each sample."""
        a, y = inputs
        return np.asarray(self.function.value(*a.T, *y.T))[:, None]

    def share(self, xp: Any, k: int, g: Array, out: Array, *inputs: Array) -> Array:
        """Return g·∂C/∂a, or by y."""
        a, y = inputs
        many = a.shape[1]
        slopes = [self.function.slope(k * many + i, *a.T, *y.T) for i in range((a, y)[k].shape[1])]
        return np.asarray(g.reshape(-1, 1) * np.stack(slopes, axis=1))


def drawn_functions(graph: Graph) -> dict[str, Drawn]:
    """Return the functions that only the graph knows: unspecified (drawn), or with settings."""
    letters: set[str] = set()
    called = [o.primitive for node in graph.nodes for o in unspecified(node)]
    for primitive in called:
        letters |= set(primitive.values_by_letter())
    for node in graph.nodes:
        if isinstance(node.rule, UnspecifiedLoss):
            letters.add(node.rule.letter)
        letters.add(letter_of(node))
    found = {letter: drawn(letter) for letter in letters if letter}
    found |= {primitive.letter: drawn_of(primitive) for primitive in called}
    for node in graph.nodes:
        for operation in getattr(node.rule, "operations", ()):
            if isinstance(operation.primitive, Defined):
                found[operation.primitive.name] = with_settings(operation.primitive)
    return found


def with_settings(primitive: Defined) -> Drawn:
    """Return an activation with the settings of its layer, which has its name as a graph."""

    def slope(k: int, *inputs: Any) -> Any:
        arrays = [np.asarray(each, dtype=float) for each in inputs]
        out = np.asarray(primitive.forward(FLOAT64, *arrays))
        return primitive.share(FLOAT64, k, np.ones(np.shape(out)), out, *arrays)

    return Drawn(
        lambda *inputs: primitive.forward(FLOAT64, *(np.asarray(u, dtype=float) for u in inputs)),
        slope,
    )


def unspecified(node: Node) -> list[Any]:
    """Return the operations of a node that are calls of an unspecified function."""
    operations = getattr(node.rule, "operations", ())
    return [o for o in operations if isinstance(o.primitive, Unspecified)]


def letter_of(node: Node) -> str:
    """Return the letter of an activation without a formula; nothing for any other node."""
    letter = getattr(getattr(node.rule, "activation", None), "letter", "")
    return str(letter) if letter == getattr(node.rule, "name", None) else ""


def is_open(graph: Graph) -> bool:
    """Return whether the graph has a function without a formula."""
    return any(
        isinstance(node.rule, UnspecifiedLoss) or letter_of(node) or unspecified(node)
        for node in graph.nodes
    )


def twin(graph: Graph) -> Graph:
    """Return the graph with numbers and functions in the place of those that are left open."""
    chance = np.random.default_rng(2443)
    given = {
        leaf: given
        if given is not None
        else Given(floats=chance.uniform(0.2, 1.0, _shape(graph, graph.nodes[leaf])))
        for leaf, given in graph.given.items()
    }
    return structs.replace(graph, nodes=tuple(map(_filled, graph.nodes)), given=given)


def _shape(graph: Graph, node: Node) -> tuple[int, ...]:
    return (graph.samples, *node.shape) if node.per_sample else node.shape


def _filled(node: Node) -> Node:
    rule: Any = node.rule
    if isinstance(rule, UnspecifiedLoss):
        return structs.replace(node, rule=DrawnLoss(drawn(rule.letter)))
    if letter_of(node):
        return structs.replace(node, rule=DrawnActivation(drawn(letter_of(node))))
    if unspecified(node):
        slots = tuple(
            structs.replace(slot, primitive=DrawnPrimitive(slot.primitive))
            if slot in unspecified(node)
            else slot
            for slot in rule.slots
        )
        return structs.replace(node, rule=structs.replace(rule, slots=slots))
    return node
