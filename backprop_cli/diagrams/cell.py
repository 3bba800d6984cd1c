"""The inside of a recurrent layer at one step: its gates as ×, +, σ and tanh, joined by wires.

Over a wire stands the value that it carries, under it the share of the gradient that comes back
along it: each rule's own share, of that step alone.
"""

from __future__ import annotations

import functools
import operator
from typing import Any

from msgspec import Struct, structs

from ..expression.indices import Index
from ..expression.refs import Ref, plain_name
from ..expression.tree import Expr, Hadamard, MatMul, Quantity, add
from ..functions.elementwise import Elementwise
from ..functions.entrywise import Entrywise, Factor
from ..functions.weighted import Weighted, WeightedTerm
from ..graph.parts import Loop
from ..notation.letters import GREEK
from ..worked.document import Line, Math, Text
from .computation import TALL
from .lettering import INSIDE
from .network import RADIUS, Parts, look
from .ordering import longest_paths
from .scene import DrawnEdge, DrawnNode, Label, NodeKind
from .scribe import Scribe
from .vectors import (
    at_step,
    bare_label,
    before,
    is_cut,
    is_small,
    numbers,
    read_at,
    row,
    sent_back,
    share_at,
    step_shown,
    vector_label,
)

WIDE = 18.0
"""Room in a box beside its words."""
FORMULA = 15.0
"""Size of the letters of a formula in a box."""


class Wire(Struct, frozen=True):
    """What leads from one part of the cell to another: its value, and its share of the gradient.

    ``ref`` is the quantity that it carries, None of a product that has no name.
    """

    source: str
    target: str
    ref: Ref | None = None
    value: Any = None
    gradient: Any = None


def cell_parts(scribe: Scribe) -> Parts:
    """Return the inside of the layer in focus, else of the first one that remembers."""
    graph, focus = scribe.graph, scribe.wish.focus
    owners = {graph.nodes[loop.first].ref.layer: loop for loop in reversed(graph.loops)}
    loop = owners.get(focus.layer if focus is not None else None, graph.loops[0])
    return _Inside(scribe, loop).parts()


class _Inside:
    """Collects the parts and the wires of one cell at one step."""

    def __init__(self, scribe: Scribe, loop: Loop) -> None:
        self.scribe, self.graph, self.loop = scribe, scribe.graph, loop
        self.trace, self.sample = scribe.trace, scribe.wish.sample
        self.step: Index = step_shown(scribe, loop)
        self.nodes: dict[str, DrawnNode] = {}
        self.wires: list[Wire] = []
        self.back: dict[str, list[Any]] = {}

    def parts(self) -> Parts:
        """Return the cell's nodes in columns, and its wires as edges."""
        loop = self.loop
        states = {
            self.graph.nodes[number].parents[position]
            for number in range(loop.first, loop.last + 1)
            for position in self.graph.rule(number).late_inputs
        }
        for number in range(loop.first, loop.last + 1):
            for position, parent in enumerate(self.graph.nodes[number].parents):
                self.enter(number, position, parent)
        for number in range(loop.first, loop.last + 1):
            self.compute(number)
        for state in sorted(states | {loop.last}):
            self.leave(state, late=state in states)
        links = [(wire.source, wire.target) for wire in self.wires]
        columns = longest_paths(list(self.nodes), links)
        last = max(columns.values())
        leaving = {node.id for node in self.nodes.values() if node.kind == "unit"}
        nodes = [
            structs.replace(node, column=last if name in leaving else columns[name], row=position)
            for position, (name, node) in enumerate(self.nodes.items())
        ]
        if self.scribe.wish.backward and self.trace is not None:
            nodes = [self.with_sum(node) for node in nodes]
        return Parts(nodes, list(map(self.edge, self.wires)), notes=self.notes(), fixed=False)

    def notes(self) -> list[str]:
        """Return which layer it is, at which step, and what stands under what comes in."""
        layer = int(self.graph.nodes[self.loop.first].ref.layer or 1)
        name = self.graph.layers[layer - 1].name
        said = f"'{name}'" if name else str(self.scribe.notation.layer_number(layer))
        if self.trace is None:
            return [f"The inside of layer {said} at any step."]
        found = [f"The inside of layer {said} at step {self.step} of {self.loop.clock.steps}."]
        if self.scribe.wish.backward:
            found.append("Under what comes in stands what this step sends back to it.")
        if self.scribe.wish.backward and is_cut(self.loop, int(str(self.step))):
            found.append("Truncated: no gradient goes back from here to the step before.")
        return found

    # -- what is there

    def is_late(self, number: int, position: int) -> bool:
        """Return whether an input is a state of the step before."""
        return position in self.graph.rule(number).late_inputs

    def node(self, name: str, kind: NodeKind, label: Label, title: str) -> None:
        """Add a node: round where a value comes in or goes out."""
        width = max(TALL, label.width + WIDE)
        size = max(2 * RADIUS, label.width + 14)
        box = (width, TALL) if kind == "operation" else (size, size)
        self.nodes[name] = DrawnNode(name, kind, label, title=title, width=box[0], height=box[1])

    def source(self, number: int, position: int) -> str:
        """Return the name of the node that an input comes from."""
        parent = self.graph.nodes[number].parents[position]
        own = self.graph.nodes[parent].ref
        return f"{own.part}_before" if self.is_late(number, position) else f"{own.part}_in"

    def inner(self, number: int, position: int) -> str:
        """Return the node that an operand comes from, within the cell or from outside."""
        parent = self.graph.nodes[number].parents[position]
        if parent in self.loop and not self.is_late(number, position):
            return f"{self.graph.nodes[parent].ref.part}_"
        return self.source(number, position)

    def read_ref(self, number: int, position: int) -> Ref:
        """Return the quantity that an operand is, at its step."""
        step = before(self.loop, self.step) if self.is_late(number, position) else self.step
        return at_step(self.scribe, self.graph.nodes[number].parents[position], step)

    def enter(self, number: int, position: int, parent: int) -> None:
        """Add what comes in: the input of the step, the states of the step before."""
        name = self.source(number, position)
        rule = self.graph.rule(number)
        inside = parent in self.loop and not self.is_late(number, position)
        if inside or name in self.nodes or position >= len(rule.step_rule.operands):
            return
        if parent in {held.node for layer in self.graph.layers for held in layer.held}:
            return
        ref = self.read_ref(number, position)
        label = self.scribe.symbol(ref)
        self.node(name, "input", label, plain_name(ref))
        if self.trace is not None and self.scribe.wish.forward:
            value = self.values(number)[position]
            above = (vector_label(self.scribe, ref, value, "forward"),)
            self.nodes[name] = structs.replace(self.nodes[name], above=above)

    def values(self, number: int) -> tuple[Any, ...]:
        """Return what a node reads at this step; nothing where there are no numbers."""
        if self.trace is None:
            return (None,) * len(self.graph.rule(number).step_rule.operands)
        return read_at(self.trace, self.sample, number, int(str(self.step)))

    def value(self, number: int, *, gradient: bool = False) -> Any:
        """Return a node's own value, or its gradient, at this step."""
        if self.trace is None:
            return None
        return row(self.trace, self.sample, number, int(str(self.step)), gradient=gradient)

    def share(self, number: int, position: int) -> Any:
        """Return what a node sends back to an operand; what is cut off is 0."""
        if self.trace is None:
            return None
        step = int(str(self.step))
        found = share_at(self.trace, self.sample, number, position, step)
        cut = self.is_late(number, position) and is_cut(self.loop, step)
        return found * 0 if cut else found

    def wire(self, number: int, position: int, target: str) -> None:
        """Add the wire of an operand that is taken as it is."""
        source, share = self.inner(number, position), self.share(number, position)
        outside = not source.endswith("_")
        ref = None if outside else self.read_ref(number, position)
        value = None if outside else self.values(number)[position]
        self.wires.append(Wire(source, target, ref, value, share))
        self.back.setdefault(source, []).append(share)

    def compute(self, number: int) -> None:
        """Add a node of the graph as the operations that it consists of."""
        rule = self.graph.rule(number).step_rule
        own = self.graph.nodes[number].ref
        name = f"{own.part}_"
        if isinstance(rule, Elementwise):
            self.operation(name, self.function(rule), f"{self.named(number)} = {rule.name}")
            self.wire(number, 0, name)
        elif isinstance(rule, Weighted):
            self.weigh(number, rule, name)
        elif isinstance(rule, Entrywise):
            self.multiply(number, rule, name)

    def named(self, number: int) -> str:
        """Return the plain name of what a node computes at this step."""
        return plain_name(at_step(self.scribe, number, self.step))

    def function(self, rule: Elementwise) -> str:
        letter = self.scribe.notation.activation(rule.name)
        return GREEK.get(letter, letter)

    def operation(self, name: str, sign: str, title: str) -> None:
        """Add ×, +, σ, tanh."""
        self.node(name, "operation", self.scribe.words(sign, size=INSIDE), title)

    # -- W x + U h + b

    def weigh(self, number: int, rule: Weighted, name: str) -> None:
        """Add the weighted sum as one box, a gate as a × where it multiplies: before M or after."""
        refs = {each: self.read_ref(number, k) for k, each in enumerate(rule.operands)}
        formula = add(
            *(_written(term, refs, rule.in_out) for term in rule.terms),
            *((Quantity(refs[rule.bias]),) if rule.bias else ()),
        )
        own = at_step(self.scribe, number, self.step)
        # What leads into the box stands before it, so that columns go from left to right.
        for term in rule.terms:
            if term.gate:
                self.gated(number, rule, term, refs, name)
        self.box(name, own, formula)
        for term in rule.terms:
            if not term.gate:
                self.wire(number, rule.operands.index(term.vector), name)

    def box(self, name: str, own: Ref | None, formula: Expr) -> None:
        """Add a box with a formula, of what has a name with that."""
        if own is None:
            line: Line = (Math(self.scribe.adapted(formula)[0]),)
        else:
            drawn = self.scribe.adapted(Quantity(own), formula)
            line = (Math(drawn[0]), Text(" = "), Math(drawn[1]))
        title = "product" if own is None else plain_name(own)
        self.node(name, "operation", self.scribe.line(line, size=FORMULA), title)

    def gated(
        self, number: int, rule: Weighted, term: WeightedTerm, refs: dict[str, Ref], name: str
    ) -> None:
        """Add M (r ⊙ v), or r ⊙ (M v + c): the × stands before the sum's box."""
        times, k = f"{name}{term.gate}_times", rule.operands.index
        self.operation(times, "×", f"{term.gate}·{term.vector}")
        at = dict(zip(rule.operands, self.values(number), strict=False))
        g = self.value(number, gradient=True)
        value = back = None
        if term.where == "inside":
            self.wire(number, k(term.vector), times)
            if g is not None:
                matrix = at[term.weights].T if rule.in_out else at[term.weights]
                value, back = at[term.gate] * at[term.vector], g @ matrix
        else:
            product = f"{name}{term.vector}_product"
            ungated = structs.replace(term, gate="")
            self.box(product, None, _written(ungated, refs, rule.in_out))
            self.wire(number, k(term.vector), product)
            inner = sent = None
            if g is not None:
                matrix = at[term.weights] if rule.in_out else at[term.weights].T
                inner, sent = at[term.vector] @ matrix, g * at[term.gate]
                inner = inner + at[term.offset] if term.offset else inner
                value, back = at[term.gate] * inner, g
            self.wires.append(Wire(product, times, None, inner, sent))
        self.wire(number, k(term.gate), times)
        self.wires.append(Wire(times, name, None, value, back))

    # -- f ⊙ c + i ⊙ g

    def multiply(self, number: int, rule: Entrywise, name: str) -> None:
        """Add a × for each product, and a + where there are several."""
        several = len(rule.products) > 1
        part = name.rstrip("_")
        for place, product in enumerate(rule.products, 1):
            target = f"{part}_{place}_times" if several else name
            values = [self.factor(number, rule, factor) for factor in product]
            for position, factor in enumerate(product):
                others = [v for i, v in enumerate(values) if i != position]
                self.lead(number, rule, factor, values[position], others, target)
            title = "·".join(map(_named, product)) if several else f"{self.named(number)} = product"
            self.operation(target, "×", title)
            if several:
                whole = None if self.trace is None else functools.reduce(operator.mul, values)
                gradient = self.value(number, gradient=True)
                self.wires.append(Wire(target, name, None, whole, gradient))
        if several:
            self.operation(name, "+", f"{self.named(number)} = sum")

    def factor(self, number: int, rule: Entrywise, factor: Factor) -> Any:
        """Return what is multiplied: the operand, 1 − it, or a function of it."""
        value = self.values(number)[rule.operands.index(factor.operand)]
        if value is None or self.trace is None:
            return None
        if factor.of is not None:
            return factor.of.forward(self.trace.arithmetic, value)
        return 1 - value if factor.complement else value

    def lead(
        self,
        number: int,
        rule: Entrywise,
        factor: Factor,
        value: Any,
        others: list[Any],
        target: str,
    ) -> None:
        """Add the wires of one factor: straight to the ×, or through 1 − or a function of it."""
        k = rule.operands.index(factor.operand)
        source, ref = self.inner(number, k), self.read_ref(number, k)
        outside = not source.endswith("_")
        own, sent, first = self.values(number)[k], None, None
        told: tuple[Ref | None, Any] = (None, None) if outside else (ref, own)
        if self.trace is not None:
            step = int(str(self.step))
            g = self.value(number, gradient=True)
            sent = functools.reduce(operator.mul, others, g)
            first = -sent if factor.complement else sent
            if factor.of is not None:
                first = sent * factor.of.slope(self.trace.arithmetic, own, value)
            if self.is_late(number, k) and is_cut(self.loop, step):
                first = sent = first * 0
        if factor.of is None and not factor.complement:
            self.wires.append(Wire(source, target, *told, sent))
        else:
            sign = "1 −" if factor.of is None else self.function(factor.of)
            inner = f"{target}_{factor.operand}_of"
            self.operation(inner, sign, _named(factor))
            self.wires.append(Wire(source, inner, *told, first))
            self.wires.append(Wire(inner, target, None, value, sent))
        self.back.setdefault(source, []).append(first)

    # -- what goes out

    def leave(self, state: int, *, late: bool) -> None:
        """Add a state that goes on: to the next step, and to the layer above."""
        own = at_step(self.scribe, state, self.step)
        wish, name, part = self.scribe.wish, f"{own.part}_out", f"{own.part}_"
        self.node(name, "unit", self.scribe.symbol(own), plain_name(own))
        value, gradient = self.value(state), self.value(state, gradient=True)
        numbered = self.trace is not None
        following = None
        if self.trace is not None and late:
            step = int(str(self.step))
            following = sent_back(self.trace, self.sample, self.loop, state, step)
        above = (vector_label(self.scribe, own, value, "forward"),) * (numbered and wish.forward)
        below = [vector_label(self.scribe, own.grad(), gradient, "gradient")] * wish.backward
        shared = part in self.back
        if wish.backward and not shared and following is not None:
            words: Line = (Text("of it from the next step "),)
            back = numbers(self.scribe, own, following)
            below += [self.scribe.line((*words, *back), "gradient")] * is_small(following)
        self.nodes[name] = structs.replace(self.nodes[name], above=above, below=tuple(below))
        self.wires.append(Wire(part, name, None, None, following if shared else None))

    # -- as it is drawn

    def with_sum(self, node: DrawnNode) -> DrawnNode:
        """Return what comes in with the sum of what this cell sends back to it."""
        shares = [share for share in self.back.get(node.id, ()) if share is not None]
        if node.kind != "input" or not shares:
            return node
        total = functools.reduce(operator.add, shares)
        return structs.replace(node, below=bare_label(self.scribe, Ref("x"), total, "gradient"))

    def edge(self, wire: Wire) -> DrawnEdge:
        """Return a wire as an edge with what is written at it."""
        scribe, wish = self.scribe, self.scribe.wish
        role, arrow = look(scribe)
        above: tuple[Label, ...] = ()
        below: tuple[Label, ...] = ()
        if wish.forward and wire.ref is not None:
            above = (vector_label(scribe, wire.ref, wire.value, "forward"),)
        elif wish.forward:
            above = bare_label(scribe, Ref("x"), wire.value, "forward")
        if wish.backward:
            below = bare_label(scribe, Ref("x"), wire.gradient, "gradient")
        name = f"{wire.source}-{wire.target}"
        return DrawnEdge(name, wire.source, wire.target, role, arrow, above, below)


def _named(factor: Factor) -> str:
    """Return f, (1 − u) or tanh(c)."""
    if factor.of is not None:
        return f"{factor.of.name}({factor.operand})"
    return f"(1 − {factor.operand})" if factor.complement else factor.operand


def _written(term: WeightedTerm, refs: dict[str, Ref], in_out: bool) -> Expr:
    """Return a term in whole vectors: U h, U (r ⊙ h), r ⊙ (U h + c), p ⊙ c."""
    vector: Expr = Quantity(refs[term.vector])
    weights = Quantity(refs[term.weights])
    if term.gate and term.where == "inside":
        vector = Hadamard((Quantity(refs[term.gate]), vector))
    product: Expr = Hadamard((weights, vector))
    if term.matrix:
        product = MatMul((vector, weights) if in_out else (weights, vector))
    if term.offset:
        product = add(product, Quantity(refs[term.offset]))
    if term.gate and term.where == "outside":
        return Hadamard((Quantity(refs[term.gate]), product))
    return product
