"""Subject: the graph that is derived, its numbers if there are any, what is asked for."""

from __future__ import annotations

from typing import Any

from ...expression.refs import Ref, plain_name
from ...expression.tree import Diff, Dots, Expr, Neg, Partial, Quantity, mul
from ...expression.walking import holds, shown_positions
from ...functions.unspecified import Unspecified
from ...graph.records import Graph
from ...passes.paths import Edge, flow
from ...passes.trace import Trace
from ...worked.document import Chain, Code, Line, Text
from ...worked.entry_steps import distinct, evaluated, is_readable
from ...worked.graphs.array_values import array_of
from ...worked.graphs.arrays import in_quantities, is_scalar, whole_value
from ...worked.graphs.messages import is_called, local_formula, local_value
from ...worked.reasons import Reason
from ...worked.steps import Writer
from ...worked.trace.cells import settled
from ...worked.view import View


class Subject:
    """A computation graph on its way to a derivation.

    ``wanted`` are the gradients that were asked for, none meaning every node's. ``bodies``,
    ``locals`` and ``forms`` keep what was worked out of a node or an edge: each is asked for by
    every start, or every path, that it is above.
    """

    def __init__(
        self,
        graph: Graph,
        trace: Trace | None,
        wanted: tuple[Ref, ...],
        view: View,
    ) -> None:
        self.graph, self.trace, self.wanted = graph, trace, wanted
        self.view = view
        self.writer = Writer(trace if trace is not None else graph, self.view.widest_sum)
        self.flow = flow(graph)
        self.reached, self.output = self.flow.reached, self.flow.output
        self.bodies: dict[int, Expr] = {}
        self.locals: dict[Edge, Expr] = {}
        self.forms: dict[Edge, tuple[Expr, ...]] = {}

    # -- which nodes

    def asked(self) -> list[int]:
        """Return the nodes asked for, in the order of the graph; by default every one."""
        if not self.wanted:
            return [n for n, node in enumerate(self.graph.nodes) if node.wants_gradient]
        return sorted({self.graph.number(ref.of()) for ref in self.wanted})

    def starts(self) -> list[int]:
        """Return the nodes asked for that the output depends on, the output itself left out."""
        return [n for n in self.asked() if n in self.reached and n != self.output]

    def without_influence(self) -> list[int]:
        """Return the nodes asked for that the output does not depend on."""
        return [n for n in self.asked() if n not in self.reached]

    def between(self, starts: list[int]) -> list[int]:
        """Return the nodes on a way from one of the starts to the output, the output first."""
        found = set(starts)
        for number in sorted(self.reached):
            if number not in found:
                parents = self.graph.nodes[number].parents
                if any(p in found and self.graph.nodes[p].wants_gradient for p in parents):
                    found.add(number)
        return sorted(found | {self.output}, reverse=True)

    # -- edges

    def edges(self, number: int) -> tuple[Edge, ...]:
        """Return the edges along which a node receives its gradient."""
        return self.flow.edges.get(number, ())

    def is_flat(self, number: int) -> bool:
        """Return whether a node and all that reads it are single numbers."""
        edges = self.edges(number)
        return self.graph.nodes[number].shape == () and all(
            is_scalar(self.graph, edge.consumer) for edge in edges
        )

    @property
    def scalar(self) -> bool:
        """Whether every node that matters is a single number."""
        return all(self.graph.nodes[n].shape == () for n in self.reached)

    def ref(self, number: int) -> Ref:
        """Return the quantity that a node is."""
        return self.graph.nodes[number].ref

    def name(self, number: int) -> str:
        """Return a node's plain name."""
        return plain_name(self.ref(number), self.graph.in_out)

    def body(self, number: int) -> Expr:
        """Return a node's formula in quantities."""
        if number not in self.bodies:
            if is_scalar(self.graph, number):
                formula = self.graph.formula(number).tree
                self.bodies[number] = in_quantities(self.graph, number, formula)
            else:
                self.bodies[number] = whole_value(self.graph, number)
        return self.bodies[number]

    def local(self, edge: Edge) -> Expr:
        """Return ∂consumer/∂parent in the form a teacher writes; of an unspecified function, ∂."""
        if edge not in self.locals:
            self.locals[edge] = self._local(edge)
        return self.locals[edge]

    def _local(self, edge: Edge) -> Expr:
        a, z = self.ref(edge.consumer), self.ref(self.parent(edge))
        if self._is_softmax(a) and z.part == "z":
            other = a.at(*z.index)
            return (
                mul(Quantity(a), 1 - Quantity(a))
                if a == other
                else Neg(mul(Quantity(a), Quantity(other)))
            )
        return local_formula(self.graph, edge)

    def _is_softmax(self, ref: Ref) -> bool:
        """Return whether a node is an entry of a softmax, whose neighbours are nodes too."""
        origin = self.graph.origin
        layers = () if origin is None or ref.part != "a" else origin.layers
        return any(e.index == ref.layer and e.activation == "softmax" for e in layers)

    def parent(self, edge: Edge) -> int:
        """Return the lower end of an edge."""
        return self.flow.parent(edge)

    def partial(self, edge: Edge) -> Partial:
        """Return ∂consumer/∂parent as it is written before anything is known of it."""
        return Partial(self.ref(edge.consumer), self.ref(self.parent(edge)))

    def shown(self, edges: tuple[Edge, ...]) -> list[Edge | Dots]:
        """Return the edges that a sum shows, with the gap where there are too many."""
        found: list[Edge | Dots] = []
        shown = shown_positions(len(edges), self.writer.widest)
        for before, position in zip((0, *shown), shown, strict=False):
            if position != before + 1:
                found.append(Dots(position - before - 1))
            found.append(edges[position - 1])
        return found

    def factor(self, edge: Edge) -> Expr:
        """Return the local derivative's name; where ∂o/∂a means the whole, o's formula under ∂."""
        partial = self.partial(edge)
        if edge.consumer == self.output and len(self.edges(self.parent(edge))) > 1:
            return Diff(self.body(edge.consumer), partial.wrt)
        return partial

    def is_unspecified(self, edge: Edge) -> bool:
        """Return whether the local derivative is that of a function with no formula."""
        operations = self.graph.formula(edge.consumer).operations
        return any(isinstance(o.primitive, Unspecified) for o in operations)

    def jacobian(self, edge: Edge) -> Expr | None:
        """Return ∂u/∂x of u = g(x), g unspecified; of the output its formula under ∂; else None."""
        if not is_called(self.graph, edge):
            return None
        partial = self.partial(edge)
        if edge.consumer != self.output:
            return partial
        return Diff(self.body(edge.consumer), partial.wrt)

    # -- numbers

    def gradient(self, number: int) -> Any:
        """Return the number of a node's gradient."""
        return array_of(self.numbers, self.ref(number).grad())[()]

    def local_number(self, edge: Edge) -> Any:
        """Return the number of a local derivative."""
        return local_value(self.numbers, edge)

    @property
    def numbers(self) -> Trace:
        """The trace; a graph without numbers has none."""
        if self.trace is None:
            raise ValueError("this graph has no numbers")
        return self.trace

    def substituted(self, tree: Expr) -> Expr | None:
        """Return the tree with its numbers put in; None where it has none, or all too long."""
        if self.trace is None or not holds(tree, Quantity):
            return None
        found = settled(self.trace, self.writer.numbers(tree))
        return found if is_readable(found) else None

    def evaluated(
        self, forms: list[Expr], value: Any, name: str = "", rule: Reason | None = None
    ) -> Chain:
        """Return the chain of the forms, then with numbers, then the value, repeating nothing."""
        if self.trace is None:
            return Chain(tuple(distinct(forms)), name, rule=rule)
        return evaluated(forms, self.substituted(forms[-1]), value, name, rule=rule)


def no_influence(subject: Subject, number: int) -> Line:
    """Return what is said of a node that the output does not depend on."""
    output, name = subject.name(subject.output), subject.name(number)
    return (Code(output), Text(" does not depend on "), Code(name), Text(": its gradient is 0"))
