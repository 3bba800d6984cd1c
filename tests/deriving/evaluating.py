"""Forms of a derivation as numbers, by ways of their own: nothing here reads how rules are written.

A partial derivative between neighbours is asked of the rule that computed the upper one, with a
one put in for its gradient; a derivative of something written out is a central difference.
"""

from __future__ import annotations

import numpy as np
from msgspec import structs

from backprop_cli.expression.evaluate import COMPARISONS
from backprop_cli.expression.indices import Index
from backprop_cli.expression.refs import Ref
from backprop_cli.expression.tree import (
    Add,
    BigSum,
    Call,
    Cases,
    Constant,
    Derivative,
    Diff,
    Div,
    Expr,
    Hadamard,
    Known,
    MatMul,
    Matrix,
    Mul,
    Nabla,
    Name,
    Neg,
    Number,
    Partial,
    Pow,
    Quantity,
    Transpose,
)
from backprop_cli.expression.walking import walk
from backprop_cli.functions.activations import spelled_out
from backprop_cli.functions.elementary import ELEMENTARY
from backprop_cli.graph.records import Layer
from backprop_cli.notation.refs import refs_in

from .quantities import Array, Numbers, Unknown, reduced

STEP = 1e-5


class Evaluator(Numbers):
    """Numbers of trees for one sample of a trace, given the index letters and the layer ``l``."""

    # -- derivatives

    def partial(self, of: Ref, wrt: Ref) -> Array:
        """Return ∂of/∂wrt: of the cost, or between neighbours."""
        if not self.exists(self.settled(wrt)):
            raise Unknown(wrt)
        if of.part in ("loss", "cost", "data_loss"):
            at = self.within(of)
            whole = of.part == "loss"
            return at.entry(at.settled(wrt.grad()), of_sample=not whole)
        at = self.within(of)
        if of.part == "penalty":
            return at.of_penalty(at.settled(wrt))
        return at.between(at.settled(of), at.settled(wrt))

    def of_penalty(self, wrt: Ref) -> Array:
        """Return a penalty's own derivative, by a central difference."""
        graph, number = self.trace.graph, self.node(wrt)
        node = graph.nodes[next(p for p in graph.penalties if graph.nodes[p].parents == (number,))]
        assert node.rule is not None
        position = tuple(int(i) - 1 for i in wrt.index)
        position = position[::-1] if graph.in_out and wrt.part == "W" else position
        sides = []
        for sign in (1, -1):
            moved = self.trace.values[number].copy()
            moved[position] += sign * STEP
            sides.append(float(node.rule.forward(self.trace.arithmetic, moved)))
        return np.asarray((sides[0] - sides[1]) / (2 * STEP))

    def between(self, of: Ref, wrt: Ref) -> Array:
        """Return ∂of/∂wrt where one rule lies between the two, or a rule and an activation."""
        graph, values = self.trace.graph, self.trace.values
        number, wanted = self.node(of), self.node(wrt)
        node = graph.nodes[number]
        assert node.rule is not None
        row = slice(self.sample - 1, self.sample)
        inputs = [values[p][row] if graph.nodes[p].per_sample else values[p] for p in node.parents]
        g = np.zeros_like(values[number][row])
        g[(0, *(int(i) - 1 for i in of.index))] = 1
        total = np.zeros(())
        for position, parent in enumerate(node.parents):
            xp, out = self.trace.arithmetic, values[number][row]
            share = np.asarray(node.rule.share(xp, position, g, out, *inputs))
            share = share[0] if graph.nodes[parent].per_sample else share
            share = reduced(share, graph.nodes[parent].shape)
            if parent == wanted:
                total = total + self.at(share, wrt)
            elif wanted in graph.nodes[parent].parents and graph.nodes[parent].ref.part == "a":
                above = graph.nodes[parent]
                assert above.rule is not None
                z = values[wanted][row]
                down = above.rule.share(xp, 0, share[None], values[parent][row], z)
                total = total + self.at(np.asarray(down)[0], wrt)
        return total

    def at(self, array: Array, ref: Ref) -> Array:
        """Return the entry of an array of the quantity's shape."""
        position = tuple(int(i) - 1 for i in ref.index)
        turned = self.trace.graph.in_out and ref.part == "W"
        return np.asarray(array[position[::-1] if turned else position])

    def difference(self, body: Expr, wrt: Ref) -> Array:
        """Return ∂(body)/∂wrt, the body's quantities taken as they stand: a central difference."""
        at = self.settled(wrt)
        if not self.exists(at):
            raise Unknown(at)
        sides = []
        for sign in (1, -1):
            moved = self.array(at).copy()
            position = tuple(int(i) - 1 for i in at.index)
            if self.trace.graph.in_out and at.part == "W":
                position = position[::-1]
            moved[position] += sign * STEP
            changed = {**self.changed, at.whole(): moved}
            if at.part == "z":
                layer = self.layers()[int(at.layer or 0)]
                a = self.apply(layer, moved[None])[0]
                changed[Ref("a", at.layer)] = np.asarray(a)
            around = structs.replace(self, changed=changed)
            sides.append(around.value(body))
        return np.asarray((sides[0] - sides[1]) / (2 * STEP))

    def apply(self, layer: Layer, z: Array) -> Array:
        """Return the layer's activation of z."""
        rule = self.trace.graph.nodes[layer.a].rule
        assert rule is not None
        return np.asarray(rule.forward(self.trace.arithmetic, z))

    def slope(self, node: Derivative) -> Array:
        """Return f′ at its argument: the activation's own share of one."""
        if node.index:
            a = next(n.ref for n in walk(node.argument) if isinstance(n, Quantity))
            return self.partial(Ref("cost", sample=a.sample), a.at(*node.index))
        layer = self.layer_of(node.argument)
        if layer is None or node.function not in ("activation", layer.activation):
            return self.value(spelled_out(node))
        z = np.asarray(self.value(node.argument))
        rule = self.trace.graph.nodes[layer.a].rule
        assert rule is not None
        flat = z.reshape(1, -1)
        xp, out = self.trace.arithmetic, self.apply(layer, flat)
        return np.asarray(rule.share(xp, 0, np.ones_like(flat), out, flat)).reshape(z.shape)

    def names(self) -> set[str]:
        """Return the names of the network's activations."""
        return {layer.activation for layer in self.trace.graph.layers}

    def layer_of(self, argument: Expr) -> Layer | None:
        """Return the layer whose weighted sum the argument is, if it is one."""
        if isinstance(argument, MatMul | Add | BigSum):
            wanted = "W"
        elif isinstance(argument, Quantity | Known):
            wanted = "z"
        else:
            return None
        refs = [ref for n in walk(argument) for ref in refs_in(n) if ref.part == wanted]
        return self.layers()[self.number_of_layer(refs[0].layer)] if refs else None

    # -- trees

    def value(self, node: Expr) -> Array:
        """Return the tree's value: one number, or a matrix."""
        match node:
            case Number(value) | Known(_, value):
                return np.asarray(float(value))
            case Constant("ones"):
                raise Unknown(node)
            case Constant("e"):
                return np.asarray(np.e)
            case Constant("pi"):
                return np.asarray(np.pi)
            case Name("N"):
                return np.asarray(float(self.trace.graph.samples))
            case Quantity(ref):
                return self.quantity(ref)
            case Partial(of, wrt):
                return self.partial(of, wrt)
            case Nabla(of, wrt):
                return self.partial(of, wrt)
            case Diff(body, wrt):
                return self.difference(body, wrt)
            case Derivative():
                return self.slope(node)
            case Add(terms):
                total = self.value(terms[0])
                for term in terms[1:]:
                    total = total + self.value(term)
                return total
            case Mul(factors) | Hadamard(factors):
                product = self.value(factors[0])
                for factor in factors[1:]:
                    product = product * self.value(factor)
                return product
            case MatMul(factors):
                return self.matmul(factors)
            case Transpose(operand):
                return self.value(operand).T
            case Matrix(rows):
                return np.array([[float(self.value(cell)) for cell in row] for row in rows])
            case Neg(operand):
                return -self.value(operand)
            case Div(numerator, denominator):
                return self.value(numerator) / self.value(denominator)
            case Pow(base, exponent):
                return np.asarray(self.value(base) ** self.value(exponent))
            case BigSum(letter, count, body):
                return self.sum(letter, count, body)
            case Call(function, arguments):
                return self.call(function, arguments)
            case Cases(pieces, otherwise):
                for condition, piece in pieces:
                    left, right = self.value(condition.left), self.value(condition.right)
                    if COMPARISONS[condition.operator](left, right):
                        return self.value(piece)
                return self.value(otherwise)
            case _:
                raise Unknown(node)

    def matmul(self, factors: tuple[Expr, ...]) -> Array:
        """Return a matrix product; a number in it is a scalar, ones are as long as need be."""
        if any(isinstance(n, Constant) for f in factors for n in walk(f)):
            return np.asarray(self.value(next(f for f in factors if not _ones(f))).sum())
        product = self.value(factors[0])
        for factor in factors[1:]:
            right = self.value(factor)
            either = product.ndim == 0 or right.ndim == 0
            product = product * right if either else product @ right
        return product

    def sum(self, letter: str, count: Index, body: Expr) -> Array:
        """Return Σ; its upper bound may be the number of units of a general layer."""
        if letter == "n":
            many = self.trace.graph.samples
        elif not isinstance(count, int):
            number = self.number_of_layer(count)
            units = self.trace.graph.inputs
            many = self.layers()[number].units if number else units
        else:
            many = count
        total = np.zeros(())
        for position in range(1, many + 1):
            total = total + self.with_index(letter, position).value(body)
        return total

    def part(self, arguments: tuple[Expr, ...]) -> Array:
        """Return the stretch of a joined vector's gradient that belongs to one of its parts."""
        whole, piece = arguments
        if not isinstance(whole, Quantity) or not isinstance(piece, Quantity):
            raise Unknown("part")
        graph = self.trace.graph
        parents = graph.nodes[self.node(self.settled(whole.ref.of()))].parents
        wanted = self.node(self.settled(piece.ref))
        if parents.count(wanted) != 1:
            raise Unknown("a part that occurs twice")
        position = parents.index(wanted)
        start = sum(graph.nodes[p].shape[0] for p in parents[:position])
        flat = self.value(whole).ravel()[start : start + graph.nodes[wanted].shape[0]]
        return self.as_vector(flat)

    def call(self, function: str, arguments: tuple[Expr, ...]) -> Array:
        """Return a function's value: an activation of the layer it is applied in, or elementary."""
        if function in ("concat", "loss"):
            raise Unknown(function)
        if function == "part":
            return self.part(arguments)
        if function == "diag":
            return np.diag(self.value(arguments[0]).ravel())
        if function == "activation" or function in self.names():
            layer = self.layer_of(arguments[0])
            if layer is not None and function in ("activation", layer.activation):
                z = self.value(arguments[0])
                return np.asarray(self.apply(layer, z.reshape(1, -1)).reshape(z.shape))
        spelled = spelled_out(Call(function, arguments))
        if spelled != Call(function, arguments):
            return self.value(spelled)
        if function not in ELEMENTARY:
            raise Unknown(function)
        numbers = [np.asarray(self.value(argument)) for argument in arguments]
        return np.asarray(ELEMENTARY[function].numpy(*numbers))


def _ones(tree: Expr) -> bool:
    return any(isinstance(node, Constant) and node.name == "ones" for node in walk(tree))
