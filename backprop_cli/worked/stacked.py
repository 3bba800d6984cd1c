"""A batch as matrices, a row a sample: Z = X Wᵀ + 1 bᵀ, dW = Δᵀ X/N; of x·W files X W, Xᵀ Δ/N.

Only of dense layers one after the other, each sample for itself.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from msgspec import structs

from ..expression.axes import dimensions
from ..expression.indices import FromTo
from ..expression.refs import Ref, plain_name
from ..expression.tree import (
    Add,
    Call,
    Constant,
    Derivative,
    Div,
    Dots,
    Expr,
    Hadamard,
    MatMul,
    Matrix,
    Mul,
    Name,
    Neg,
    Number,
    Quantity,
    Transpose,
)
from ..expression.walking import bind, holds, substitute, walk
from ..functions.losses import LossTerms
from ..functions.operators import Affine
from ..graph.parts import Layer
from ..graph.records import Graph
from ..mathematics.formulas import without_ones
from ..passes.trace import Trace
from .document import Chain, Text, shape_of
from .entry_steps import ending
from .steps import Writer
from .view import View

EVERY = FromTo()
"""All samples, as rows."""
ONES = Constant("ones")


class StackedSamples:
    """The equations of a batch in matrices; with a trace, in its numbers too."""

    def __init__(self, subject: Trace | Graph, view: View) -> None:
        self.trace = subject if isinstance(subject, Trace) else None
        self.graph = subject.graph if isinstance(subject, Trace) else subject
        self.writer, self.view = Writer(subject), view

    def whole(self, number: int, *, gradient: bool = False) -> Quantity:
        """Return a quantity of all samples, or a parameter."""
        node = self.graph.nodes[number]
        ref = structs.replace(node.ref, gradient=gradient)
        return Quantity(structs.replace(ref, sample=EVERY) if node.per_sample else ref)

    def read(self, chain: Chain) -> list[Ref]:
        """Return the matrices of all samples, and the gradient, that a chain is about."""
        named = (node for form in chain.forms[:2] for node in walk(form))
        refs = [node.ref for node in named if isinstance(node, Quantity)]
        return [ref for ref in refs if ref.sample is not None or ref.gradient]

    def shape(self, ref: Ref) -> Text:
        """Return ``4 × 2``: samples and units, or a parameter's own shape."""
        own = self.graph.nodes[self.graph.number(ref)].shape
        if ref.sample is None:
            return shape_of(ref, plain_name(ref), own, "one number")
        return Text(dimensions((self.graph.samples, *own)))

    # -- the equations

    def forward(self, layer: Layer) -> tuple[Chain, ...]:
        """Return Z and A; of an identity one is the other."""
        plain = layer.activation == "identity"
        return (self.sums(layer),) if plain else (self.sums(layer), self.outputs(layer))

    def sums(self, layer: Layer) -> Chain:
        """Return Z = X Wᵀ + 1 bᵀ; a shared bias is one number more in every entry."""
        below, weights, *bias = self.graph.nodes[layer.z].parents
        W = self.whole(weights)
        z: Expr = MatMul((self.whole(below), W if self.graph.in_out else Transpose(W)))
        if bias:
            b: Expr = self.whole(bias[0])
            row = b if self.graph.in_out else Transpose(b)
            z = z + (MatMul((ONES, row)) if self.graph.nodes[bias[0]].shape else b)
        return self.chain(self.whole(layer.z), z)

    def outputs(self, layer: Layer) -> Chain:
        """Return A = σ(Z), entry by entry; of a softmax row by row."""
        z: Expr = self.whole(layer.z)
        a = z if layer.activation == "identity" else Call(layer.activation, (z,))
        return self.chain(self.whole(layer.a), a, put=False)

    def error(self, layer: Layer) -> Chain | None:
        """Return Δ = (A − Y) ⊙ σ′(Z), or Δ W ⊙ σ′(Z) of the layer above; None without a form."""
        graph, target = self.graph, self.whole(layer.z, gradient=True)
        if graph.has_shortcut(layer):
            if layer.activation == "softmax" and not self._add_up():
                return None
            return self.chain(target, self.whole(layer.a) - self.whole(graph.target or 0))
        above = self._of_loss() if layer is graph.layers[-1] else self._from_above(layer)
        if above is None or layer.activation == "softmax":
            return None
        if layer.activation == "identity":
            return self.chain(target, above)
        slope = Derivative(layer.activation, self.whole(layer.z))
        return self.chain(target, Hadamard((above, slope)))

    def gradient(self, layer: Layer, part: str) -> Chain:
        """Return dW = Δᵀ X/N, or Xᵀ Δ/N; db = Δᵀ 1/N, or 1ᵀ Δ/N."""
        graph, number = self.graph, layer.parameters[part]
        delta, below = self.whole(layer.z, gradient=True), self.whole(layer.input_nodes[0])
        other = below if part == "W" else ONES
        total: Expr = MatMul((Transpose(delta), other))
        symbols = False  # two lengths of ones, and a penalty's λ W, are left in letters
        if graph.in_out:
            total = MatMul((Transpose(other), delta))
        if part == "b" and not graph.nodes[number].shape:
            total, symbols = MatMul((Transpose(ONES), delta, ONES)), True
        forms = self.writer.averaged(total, Name("N"))
        for consumer, position in self.writer.consumers.get(number, ()):
            if consumer in graph.penalties:
                forms, symbols = forms + self.writer.share(consumer, position, (), None), True
        return self.chain(self.whole(number, gradient=True), forms, put=not symbols)

    def _add_up(self) -> bool:
        samples = range(1, self.graph.samples + 1)
        return all(self.writer.targets_add_up(sample) for sample in samples)

    def _from_above(self, layer: Layer) -> Expr:
        """Return Δ W, or Δ Wᵀ, of the layer that reads this one."""
        upper = self.graph.layers[layer.index]
        W = self.whole(upper.parameters["W"])
        delta = self.whole(upper.z, gradient=True)
        return MatMul((delta, Transpose(W) if self.graph.in_out else W))

    def _of_loss(self) -> Expr | None:
        """Return ∂C/∂A where it is linear in A and Y, such as A − Y."""
        graph = self.graph
        rule = None if graph.terms is None else graph.rule(graph.terms)
        if not isinstance(rule, LossTerms) or graph.target is None:
            return None
        linear = without_ones(rule.derivative)
        if not is_linear(linear):
            return None
        a, y = self.whole(graph.layers[-1].a), self.whole(graph.target)
        return bind(linear, {"a": a, "y": y})

    # -- numbers

    def chain(self, target: Quantity, formula: Expr, *, put: bool = True) -> Chain:
        """Return target = formula = numbers = value."""
        if self.trace is None:
            return Chain((target, formula))
        name = plain_name(structs.replace(target.ref, sample=None), self.graph.in_out)
        value = self._numbers(target) or target
        shown = (substitute(formula, self._numbers),) if put else ()
        return ending((target, formula, *shown, value), name)

    def _numbers(self, node: Expr) -> Expr | None:
        match node:
            case Quantity(ref):
                return self._of(ref)
            case Derivative(_, Quantity(z)):
                return self._slopes(z)
            case Name("N"):
                return Number(self.graph.samples)
            case Constant("ones"):
                ones = tuple((Number(1),) for _ in self.view.rows(self.graph.samples))
                return Matrix(ones, by_step=True)
        return None

    def _of(self, ref: Ref) -> Expr:
        if self.trace is None:
            raise ValueError("this network has no numbers")
        number = self.graph.number(ref)
        array = self.trace.gradients[number] if ref.gradient else self.trace.values[number]
        if array is None:
            array = np.zeros(self.trace.values[number].shape)
        if ref.sample is not None:
            return self._matrix(array, None)
        if array.ndim == 1:
            row = self.graph.in_out
            return self._matrix(array[None] if row else array[:, None], None, by_step=False)
        return self._matrix(array, ref, by_step=False) if array.ndim else Number(array.item())

    def _slopes(self, z: Ref) -> Expr:
        if self.trace is None:
            raise ValueError("this network has no numbers")
        layer = self.graph.layers[int(z.layer or 1) - 1]
        with np.errstate(all="ignore"):
            z_a = (self.trace.values[number] for number in (layer.z, layer.a))
            found: Any = self.graph.rule(layer.a).slope(self.trace.arithmetic, *z_a)
        return self._matrix(np.broadcast_to(found, self.trace.values[layer.z].shape), None)

    def _matrix(self, array: Any, of: Ref | None, *, by_step: bool = True) -> Matrix:
        rows, columns = self.view.rows(array.shape[0]), self.view.columns(array.shape[1])
        return Matrix(
            tuple(
                tuple(Number(array[i - 1, j - 1]) if i and j else Dots(0) for j in columns)
                for i in rows
            ),
            of=of,
            by_step=by_step,
        )


def is_linear(tree: Expr) -> bool:
    """Return whether the formula is of sums, and of products with one factor that is no number."""
    match tree:
        case Name():
            return True
        case Add(terms):
            return all(map(is_linear, terms))
        case Neg(operand):
            return is_linear(operand)
        case Mul(factors):
            vectors = [f for f in factors if holds(f, Name)]
            return len(vectors) == 1 and is_linear(vectors[0])
        case Div(numerator, Number()):
            return is_linear(numerator)
        case _:
            return False


def stacks(graph: Graph) -> bool:
    """Return whether the network is a batch through dense layers one after the other."""
    if graph.single or graph.mixed or graph.loops or not graph.layers or graph.cost is None:
        return False
    before = graph.input
    for layer in graph.layers:
        rule = graph.nodes[layer.z].rule
        if not isinstance(rule, Affine) or layer.input_nodes != (before,) or len(layer.shape) != 1:
            return False
        before = layer.a
    return True
