"""Deriver: the forms that a quantity's derivation goes through, whatever the style shows of them.

Each form is a tree in the symbols of the quantities next to it, never in the expanded network:
chain rule → local partials → simplified → numbers.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from msgspec import structs

from ..expression.indices import Index, at, letters_of
from ..expression.refs import Ref, stored_index
from ..expression.tree import (
    ZERO,
    Add,
    BigSum,
    Derivative,
    Expr,
    Known,
    Mul,
    Name,
    Number,
    Partial,
    Quantity,
    add,
    mul,
)
from ..expression.walking import substitute, walk
from ..functions.elementwise import Elementwise
from ..functions.expressions import ExpressionLoss, UnspecifiedLoss
from ..functions.fused import Fused
from ..functions.operators import Affine
from ..graph.parts import Layer
from ..graph.records import Graph
from ..mathematics.formulas import without_ones
from ..passes.shares import share
from ..passes.trace import Trace
from ..worked.general_steps import general_formula, general_share
from ..worked.steps import Writer, entry
from ..worked.view import View
from .felt import Outputs, local_share, outputs_in

Array = np.ndarray[Any, Any]
COSTS = ("loss", "cost", "total_cost")
"""What derivatives are of: the loss, a sample's cost, all samples' costs together."""


class Deriver:
    """Derives the quantities of one network; with a trace, also their numbers."""

    def __init__(
        self, graph: Graph, trace: Trace | None, view: View, sample: Index | None = None
    ) -> None:
        self.graph, self.trace, self.view = graph, trace, view
        widest = view.widest_sum
        self.writer = Writer(trace or graph, widest, nested=view.most_products)
        self.general = Writer(trace or graph, widest, general=True)
        self.sample: Index | None = None
        if not graph.single:
            self.sample = sample or (1 if trace is not None else "n")
        self.owners = graph.owners
        self.statistics, self.mixed = graph.statistics, graph.mixed
        self._shares: dict[int, Array] = {}

    def of_graph(self, graph: Graph) -> Deriver:
        """Return the deriver of the same network, its nodes told otherwise."""
        trace = None if self.trace is None else structs.replace(self.trace, graph=graph)
        return Deriver(graph, trace, self.view, self.sample)

    # -- facts

    @property
    def last(self) -> Layer:
        """The layer whose activations the loss reads."""
        return self.graph.layers[-1]

    @property
    def is_chain(self) -> bool:
        """Whether the network is layers of one kind, one after the other, without a loop."""
        if self.mixed or self.graph.loops:
            return False
        before = self.graph.input
        for layer in self.graph.layers:
            if layer.input_nodes != (before,):
                return False
            before = layer.a
        return len(set(map(self.kind, self.graph.layers))) == 1

    def kind(self, layer: Layer) -> tuple[str, ...]:
        """Return what the layer does to what it reads: its rules' names, its activation's not."""
        parts = [number for cell in layer.cells for number in cell.parts.values()]
        return tuple(self.graph.rule(number).name for number in parts if number != layer.a)

    def layer(self, ref: Ref) -> Layer:
        """Return the layer a quantity belongs to."""
        return self.owners[self.graph.number(ref)]

    def owner(self, ref: Ref) -> Layer | None:
        """Return the layer a quantity belongs to; of the input, None."""
        return self.owners.get(self.graph.number(ref))

    def ref(self, number: int, *index: Index) -> Ref:
        """Return the quantity of a node, or its entry, of the sample that is derived."""
        return self.at(self.graph.nodes[number].ref, index)

    def activates(self, ref: Ref) -> Layer | None:
        """Return the layer whose answer is the activation of the quantity, if there is one."""
        layer = self.owner(ref)
        if layer is None or layer.z == layer.a:
            return None
        return layer if layer.z == self.graph.number(ref) else None

    def answers(self, ref: Ref) -> Layer | None:
        """Return the layer whose answer the quantity is, if there is one."""
        layer = self.owner(ref)
        return layer if layer is not None and layer.a == self.graph.number(ref) else None

    def cost(self, ref: Ref) -> Ref:
        """Return the cost that a derivative by the quantity is of: the sample's own one.

        What every sample feels is differentiated in all costs together, a statistic in the loss.
        """
        number = self.general.number(ref)
        if self.graph.single or self.of_batch(ref):
            return Ref("loss")
        if number in self.mixed:
            return self.graph.total
        return Ref("cost", sample=ref.sample or self.sample)

    def of_batch(self, ref: Ref) -> bool:
        """Return whether only the batch has such a gradient: of a statistic, or a weight before."""
        number = self.general.number(ref)
        if self.graph.single or self.graph.nodes[number].per_sample:
            return False
        return number in self.mixed or number in self.statistics

    def loss_is_unspecified(self) -> bool:
        """Whether the loss is a letter only."""
        terms = self.graph.terms
        return terms is not None and isinstance(self.graph.nodes[terms].rule, UnspecifiedLoss)

    def loss_is_joint(self) -> bool:
        """Whether the loss is one formula of all outputs, its derivatives one an output."""
        terms = self.graph.terms
        return terms is not None and isinstance(self.graph.nodes[terms].rule, ExpressionLoss)

    def feeds_loss(self, layer: Layer) -> bool:
        """Return whether the loss reads the layer's activations directly."""
        return any(c == self.graph.terms for c, _ in self.writer.consumers.get(layer.a, ()))

    def reads_itself(self, layer: Layer) -> bool:
        """Return whether the layer's answer is read by its own next step."""
        return self.graph.loop(layer.a) is not None

    # -- local derivatives

    def slope(self, layer: Layer, index: tuple[Index, ...]) -> Expr:
        """Return σ′(z) by name, F′(z_j); where two layers' functions share a name, ∂a_j/∂z_j."""
        z = self.ref(layer.z, *index)
        if self.shares_name(layer):
            return Partial(self.ref(layer.a, *index), z)
        return Derivative(layer.activation, Quantity(z))

    def shares_name(self, layer: Layer) -> bool:
        """Return whether another layer has another function that is written with the same name."""
        return layer.activation in self.graph.ambiguous

    def slope_written(self, layer: Layer, index: tuple[Index, ...]) -> Expr:
        """Return σ′(z) as it is computed: a(1 − a)."""
        written = self.graph.rule(layer.a).write_slope(index)
        return self.slope(layer, index) if written is None else self.named(written, layer.a)

    def is_parameter(self, ref: Ref) -> bool:
        """Return whether the quantity is, or is the gradient of, a layer's parameter."""
        number = self.general.number(ref)
        return not (self.graph.nodes[number].per_sample or number in self.statistics)

    def is_error(self, ref: Ref) -> bool:
        """Return whether it is the gradient of something that a layer computes."""
        inside = ref.gradient and isinstance(ref.layer, int)
        return inside and self.general.number(ref) not in self.graph.given

    def is_affine(self, layer: Layer) -> bool:
        """Return whether the layer's z is a weighted sum of all values of a vector: W x + b."""
        return isinstance(self.graph.rule(layer.z), Affine) and len(layer.shape) == 1

    def adds_up_errors(self, number: int, layer: Layer) -> bool:
        """Return whether a shared parameter's gradient is Σ_j δ_j: it is added to each z."""
        position = self.graph.nodes[layer.z].parents.index(number)
        share = self.graph.rule(layer.z).write_share(position, (), self.general.shapes(layer.z))
        return all(
            isinstance(node, Add | BigSum) or (isinstance(node, Name) and node.id == "g")
            for node in walk(share)
        )

    def elementwise(self, layer: Layer) -> Elementwise:
        """Return the rule of a layer's activation that works entry by entry."""
        rule = self.graph.rule(layer.a)
        if not isinstance(rule, Elementwise):
            raise ValueError(f"{rule.name} does not work entry by entry")
        return rule

    def named(self, written: Expr, number: int) -> Expr:
        """Return a rule's formula in this network's quantities."""
        return without_ones(self.general.named(written, number, self.sample))

    def at(self, ref: Ref, index: tuple[Index, ...]) -> Ref:
        """Return an entry of a quantity, of the sample that is derived where each has its own."""
        sample = self.sample if self.graph.nodes[self.graph.number(ref)].per_sample else None
        return structs.replace(ref, sample=sample, index=index)

    def softmax_like(self, layer: Layer) -> bool:
        """Return whether each activation depends on every z of the layer."""
        if layer.z == layer.a:
            return False
        index = tuple("j" for _ in layer.shape)
        return self.graph.rule(layer.a).write_slope(index) is None

    def with_other_letter(self, tree: Expr, old: str, new: str) -> Expr:
        """Return the tree with a summation letter renamed, so that it clashes with no index."""

        def rename(node: Expr) -> Expr | None:
            match node:
                case BigSum(letter, count, body) if letter == old:
                    return BigSum(new, count, substitute(body, letters))
            return None

        def letters(node: Expr) -> Expr | None:
            if isinstance(node, Quantity):
                return Quantity(node.ref.at(*(at(i, {old: new}) for i in node.ref.index)))
            return rename(node)

        return substitute(tree, rename)

    def weighted_sum(self, layer: Layer, index: tuple[Index, ...]) -> Expr:
        """Return z_j written out with the summation letter p."""
        number = layer.z
        rule = self.graph.rule(number)
        written = rule.write(("unit",), self.general.shapes(number))
        renamed = self.with_other_letter(self.named(written, number), "k", "p")

        def unit(node: Expr) -> Expr | None:
            if isinstance(node, Quantity):
                return Quantity(node.ref.at(*(at(i, {"unit": index[0]}) for i in node.ref.index)))
            return None

        return substitute(renamed, unit)

    # -- the chain rule through the consumers of an activation

    def through_consumers(self, node: int, ref: Ref, *, down_to: Ref | None = None) -> Expr:
        """Return Σ over consumers of ∂C/∂(consumer) · ∂(consumer)/∂ref.

        With ``down_to`` the second factor is taken down to a quantity below (∂z^{l+1}_k/∂z^l_j).
        """
        below = down_to or ref
        parts: list[Expr] = []
        for consumer, position in self.writer.consumers.get(node, ()):
            if consumer not in self.writer.reached or consumer in self.graph.penalties:
                continue
            part = self.one_consumer(consumer, position, ref.index, below)
            if part != ZERO and part not in parts:
                parts.append(part)
        return add(*parts) if parts else Number(0)

    def one_consumer(
        self, consumer: int, position: int, index: tuple[Index, ...], below: Ref
    ) -> Expr:
        """Return ∂C/∂out · ∂out/∂below, summed over the outputs that the input feeds."""
        if consumer == self.graph.terms:
            return Partial(self.cost(below), below)
        node = self.graph.nodes[consumer]
        parent = node.parents[position]
        of_batch = self.of_batch(self.graph.nodes[parent].ref)
        over = of_batch and self.general.adds_samples(consumer, parent)
        parts = []
        for bound, out_index in self.outputs(consumer, position, index, every=over):
            out = self.at(node.ref, out_index[-len(node.shape) :] if node.shape else ())
            if over:
                out = structs.replace(out, sample="n")
            part = mul(Partial(self.cost(out), out), Partial(out, below))
            summing = [letter for letter, _ in bound]
            sums = (("n", self.graph.samples), *bound) if over and "n" not in summing else bound
            for letter, count in reversed(sums):
                part = BigSum(letter, count, part)
            parts.append(part)
        total = add(*parts)
        if over:
            return self.general.averaged(total, Name("N"))
        crossing = not node.per_sample and self.graph.nodes[parent].per_sample
        return mul(Name("N"), total) if crossing and self.graph.mean else total

    def outputs(
        self, consumer: int, position: int, index: tuple[Index, ...], *, every: bool = False
    ) -> list[Outputs]:
        """Return at which outputs an input is felt: under which sums, at which index.

        ``every`` asks it of any sample. Where the share sums over outputs those stand for all; a
        rule without a general formula is summed over every output.
        """
        shapes = self.general.shapes(consumer)
        try:
            written = self.written_share(consumer, position, index, apart=True, every=every)
        except ValueError:
            letters = tuple(letter for letter in "pqrs" if letter not in index)
            letters = letters[: len(shapes[-1])]
            return [(tuple(zip(letters, shapes[-1], strict=True)), letters)]
        if written == ZERO:
            return []
        found = list(dict.fromkeys(outputs_in(written)))
        summed = [place for place in found if place[0]]
        return summed[:1] or found or [((), index)]

    def written_share(
        self,
        consumer: int,
        position: int,
        index: tuple[Index, ...],
        *,
        apart: bool = False,
        every: bool = False,
    ) -> Expr:
        """Return a share as its rule writes it; ``apart`` puts its outputs under letters.

        ``every`` asks it of any sample.
        """
        if apart:
            rule, shapes = self.graph.rule(consumer), self.general.shapes(consumer)
            ways = rule.write_ways(position, index, shapes)
            if ways:
                return ways[0]
        if every:
            shapes = self.general.shapes(consumer)
            return self.graph.rule(consumer).write_share(position, index, shapes)
        return self.writer.written_share(consumer, position, index, self.sample)

    # -- simplified formulas

    def error_below(self, layer: Layer, index: tuple[Index, ...]) -> Expr:
        """Return ∂C/∂a_j in the quantities above: Σ_k w_kj δ_k, or the loss's derivative."""
        ref = self.ref(layer.a, *index).grad()
        if self.loss_is_unspecified() and self.feeds_loss(layer):
            return Quantity(ref)
        if any(map(letters_of, index)):
            if self.loss_is_joint() and self.feeds_loss(layer):
                return Quantity(ref)
            return without_ones(general_formula(self.trace or self.graph, ref))
        return without_ones(self.writer.gradient_formula(ref))

    def delta(self, layer: Layer, index: tuple[Index, ...], *, by_name: bool) -> Expr:
        """Return δ_j = σ′(z_j)·(what comes from above); σ′ by name or as it is computed."""
        writer = self.general if any(map(letters_of, index)) else self.writer
        ref = self.ref(layer.z, *index).grad()
        if self.graph.has_shortcut(layer) or self.softmax_like(layer):
            return writer.gradient_formula(ref)
        below = self.error_below(layer, index)
        if layer.activation == "identity":
            return below
        slope = self.slope(layer, index) if by_name else self.slope_written(layer, index)
        return Mul((below, slope)) if self.feeds_loss(layer) else Mul((slope, below))

    def collapse(self, layer: Layer, index: tuple[Index, ...]) -> list[Expr]:
        """Return how ∂C/∂a·∂a/∂z comes to a − y, step by step, where the two cancel."""
        shortcut = self.graph.nodes[layer.a].shortcut
        if shortcut is None or not isinstance(shortcut.rule, Fused):
            return []
        forms = shortcut.rule.write_collapse(index, layer.units)
        return [self.named(form, layer.a) for form in forms]

    def penalty(self, ref: Ref) -> tuple[Expr, Expr] | None:
        """Return what regularization adds to a weight's gradient: ∂R/∂w, and that it is λ w."""
        number = self.general.number(ref)
        for consumer, position in self.writer.consumers.get(number, ()):
            if consumer in self.graph.penalties:
                own = Partial(self.graph.nodes[consumer].ref, ref.of())
                return own, without_ones(self.general.share(consumer, position, ref.index, None))
        return None

    def contribution(self, ref: Ref) -> Expr:
        """Return one sample's share of a parameter's gradient."""
        number = self.general.number(ref)
        letters = ref.is_general or letters_of(ref.layer)
        writer = self.general if letters or (self.trace is None and not ref.index) else self.writer
        at = structs.replace(ref, sample=self.sample)
        parts = [
            general_share(writer, consumer, position, at)
            for consumer, position in writer.consumers.get(number, ())
            if consumer in writer.reached and self.graph.nodes[consumer].per_sample
        ]
        return add(*parts) if parts else Number(0)

    # -- numbers

    def numbers(self, tree: Expr) -> Expr:
        """Return the tree with each quantity and each partial replaced by its number."""

        def known(node: Expr) -> Expr | None:
            if isinstance(node, Quantity):
                return Known(node.ref, entry(self.require(), node.ref))
            if isinstance(node, Partial):
                return Number(self.partial_value(node))
            if isinstance(node, Derivative) and isinstance(node.argument, Quantity):
                z = node.argument.ref
                layer = self.activates(z)
                own = layer is not None and layer.activation == node.function
                return Number(self.slope_value(z)) if own else None
            return None

        return substitute(tree, known)

    def require(self) -> Trace:
        """Return the trace; there is one where numbers are asked for."""
        if self.trace is None:
            raise ValueError("this network has no numbers")
        return self.trace

    def partial_value(self, node: Partial) -> Any:
        """Return the number of a partial derivative: of the cost, or local."""
        if node.of.part in COSTS:
            return self.gradient_value(node.wrt.grad())
        if self.graph.number(node.of) in self.graph.penalties:
            added = self.penalty(node.wrt)
            return self.value_of(self.numbers(added[1])) if added else 0
        layer = self.answers(node.of)
        if layer is not None and layer is self.activates(node.wrt):
            return self.slope_value(node.wrt)
        return self.value_of(self.numbers(self.local(node)))

    def gradient_value(self, ref: Ref) -> Any:
        """Return a gradient entry's number; of a parameter in a batch, the sample's share."""
        trace, number = self.require(), self.general.number(ref)
        if self.graph.single or self.graph.nodes[number].per_sample or self.of_batch(ref):
            return entry(trace, ref)
        return self.sample_gradient(number)[stored_index(ref, self.graph.in_out)]

    def sample_gradient(self, number: int) -> Array:
        """Return the gradient of the derived sample's own cost, without penalties."""
        if number in self._shares:
            return self._shares[number]
        trace, nodes = self.require(), self.graph.nodes
        row = slice(int(self.sample or 1) - 1, int(self.sample or 1))
        one = [
            value[row] if node.per_sample else value
            for node, value in zip(nodes, trace.values, strict=True)
        ]
        total: Any = np.zeros_like(trace.values[number])
        for consumer, position in self.graph.arrivals[number]:
            g = trace.gradients[consumer]
            if nodes[consumer].per_sample and g is not None:
                total = total + share(
                    self.graph, trace.arithmetic, consumer, position, g[row], one, averaged=False
                )
        self._shares[number] = np.asarray(total)
        return self._shares[number]

    def local(self, node: Partial) -> Expr:
        """Return a local partial derivative of an operation: ∂z_j/∂w_jk = a_k.

        An input that is read twice adds up.
        """
        consumer = self.general.number(node.of)
        wanted = self.general.number(node.wrt)
        parts = []
        for position, parent in enumerate(self.graph.nodes[consumer].parents):
            if parent == wanted:
                general = any(letters_of(i) for i in node.wrt.index)
                written = self.written_share(consumer, position, node.wrt.index, apart=general)
                places = [place for _, place in outputs_in(written)]
                longer = any(len(place) > len(node.of.index) for place in places)
                own = (node.of.sample or "n", *node.of.index) if longer else node.of.index
                local = local_share(written, own)
                if local is not None:
                    parts.append(local)
        sample = node.of.sample or node.wrt.sample or self.sample
        written = add(*parts)
        return without_ones(self.general.named(written, consumer, sample))

    def slope_value(self, z: Ref) -> Any:
        """Return the number σ′(z) of one unit."""
        layer = self.layer(z)
        return self.writer.slope(layer.a, z.index, z.sample).value

    def value_of(self, tree: Expr) -> Any:
        """Return the number of a tree without quantities."""
        value = self.require().arithmetic.elementwise(tree, {"_": np.zeros(1)})
        return value.ravel()[0]
