"""A graph with one operation a node: a formula taken apart, inner results named v1, v2, …."""

from __future__ import annotations

from msgspec import structs

from ..expression.refs import Ref
from ..expression.tree import Add, Expr, Name, Neg
from ..functions.compiling import alone, compiled
from ..functions.formula import Formula, Operation
from ..problems import refuse
from .as_graph import MOST_NODES, weights_as_nodes
from .parts import Node
from .records import Graph

_LETTERS = ("v", "u", "t", "s", "h", "step", "inner")


def operations(graph: Graph) -> Graph:
    """Return the graph with each formula's operations as nodes of their own."""
    graph = weights_as_nodes(graph, merged=False)
    split = _Split(graph)
    for number, node in enumerate(graph.nodes):
        if isinstance(node.rule, Formula) and len(node.rule.operations) > 1:
            split.formula(number, node.rule)
        else:
            parents = tuple(split.moved[parent] for parent in node.parents)
            split.nodes.append(structs.replace(node, parents=parents))
        split.moved[number] = len(split.nodes) - 1
    if len(split.nodes) > MOST_NODES:
        message = f"one operation a node, this graph has more than {MOST_NODES}"
        raise refuse(message, None, "look at it a node an activation: --as-graph")
    given = {split.moved[number]: entry for number, entry in graph.given.items()}
    output, nodes = split.moved[graph.output], tuple(split.nodes)
    data = frozenset(split.moved[number] for number in graph.data)
    return structs.replace(
        graph, nodes=nodes, given=given, output=output, loss=output, data=data, plan=(), numbers={}
    )


class _Split:
    """Lays formulas' operations down as nodes, inner results under a letter of their own.

    What two formulas of a network compute alike is one node: all outputs of a softmax share each
    exponential and their sum. A graph of a file's own lines is taken as it was written.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.nodes: list[Node] = []
        self.moved: dict[int, int] = {}
        self.known: dict[tuple[Expr, tuple[int, ...]], int] = {}
        taken = {node.ref.part.rstrip("0123456789") for node in graph.nodes}
        self.letter = next((letter for letter in _LETTERS if letter not in taken), "operation")
        self.inner = 0

    def formula(self, number: int, rule: Formula) -> None:
        """Add a formula's operations, the last under the node's own name."""
        node = self.graph.nodes[number]
        count, slots = len(node.parents), rule.slots
        shapes = rule.shapes_of(tuple(self.graph.nodes[parent].shape for parent in node.parents))
        stands = {i: self.moved[parent] for i, parent in enumerate(node.parents)}
        signs = _signs(slots, count)
        for position, slot in enumerate(slots):
            if not isinstance(slot, Operation) or count + position in signs:
                continue
            step, used = _step(slot, slots, count, signs)
            parents = tuple(stands[i] for i in used)
            last = position == len(slots) - 1
            key = _key(step.tree, parents)
            if not last and self.graph.origin is not None and key in self.known:
                stands[count + position] = self.known[key]
                continue
            self.inner += not last
            ref = node.ref if last else Ref(f"{self.letter}{self.inner}")
            shape = shapes[count + position]
            self.nodes.append(
                structs.replace(
                    node, ref=ref, rule=step, parents=parents, shape=shape, inner=not last
                )
            )
            stands[count + position] = self.known[key] = len(self.nodes) - 1


def _signs(slots: tuple[Expr | Operation, ...], count: int) -> dict[int, int]:
    """Return the minus signs that only sums read, a − y or −a − b, each with what it stands before.

    They are part of the sum: a difference is one operation.
    """
    readers: dict[int, list[Operation]] = {}
    for operation in slots:
        if isinstance(operation, Operation):
            for i in operation.inputs:
                readers.setdefault(i, []).append(operation)
    return {
        i: slot.inputs[0]
        for i, slot in enumerate(slots, count)
        if isinstance(slot, Operation)
        and isinstance(slot.tree, Neg)
        and i in readers
        and all(isinstance(reader.tree, Add) for reader in readers[i])
    }


def _step(
    slot: Operation, slots: tuple[Expr | Operation, ...], count: int, signs: dict[int, int]
) -> tuple[Formula, tuple[int, ...]]:
    """Return one operation, with the signs of its terms, as a formula, and what it reads."""
    if not any(i in signs for i in slot.inputs):
        return alone(slot, slots, count)
    terms: list[Expr] = []
    for i in slot.inputs:
        term = signs.get(i, i)
        inner = slots[term - count] if term >= count else None
        name: Expr = inner if isinstance(inner, Expr) else Name(f"n{term}")
        terms.append(Neg(name) if i in signs else name)
    step, names = compiled(Add(tuple(terms)))
    return step, tuple(int(name[1:]) for name in names)


def _key(tree: Expr, parents: tuple[int, ...]) -> tuple[Expr, tuple[int, ...]]:
    """Return what is the same for operations of one value; a sum's order does not count."""
    if isinstance(tree, Add) and all(isinstance(term, Name) for term in tree.terms):
        return tree, tuple(sorted(parents))
    return tree, parents
