"""Trees as numbers, by ways of their own: nothing here reads how rules are written.

A partial derivative between neighbours is asked of the rule that computed the upper one, with a
one put in for its gradient; a derivative of something written out is a central difference.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from msgspec import structs

from backprop_cli.expression.evaluate import COMPARISONS
from backprop_cli.expression.indices import FromTo, Index
from backprop_cli.expression.refs import ANYWHERE, Ref
from backprop_cli.expression.tree import (
    Add,
    BigSum,
    Call,
    Cases,
    Compare,
    Constant,
    Derivative,
    Diff,
    Div,
    Dots,
    Expr,
    Hadamard,
    Known,
    Letter,
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
    Several,
    Tangent,
    Transpose,
)
from backprop_cli.expression.walking import walk
from backprop_cli.functions.array_formulas import ONES
from backprop_cli.functions.rules import fold
from backprop_cli.graph.parts import Layer, Node
from backprop_cli.mathematics.activations import spelled_out
from backprop_cli.mathematics.elementary import ELEMENTARY
from backprop_cli.notation.bound import ABOVE, BATCH, SHARES
from backprop_cli.notation.costs import SAMPLES
from backprop_cli.notation.refs import refs_in
from backprop_cli.passes.trace import forward

from .any_units import with_errors
from .quantities import Array, Drawn, Numbers, Unknown

STEP = 1e-5
WIDE = 2.0**-10
"""The step of a penalty, which is a square or |w|: the central difference is exact."""


def _softmax(z: Array) -> Array:
    """Return softmax of a vector (a column here), or of each row of a matrix."""
    axis = None if z.ndim < 2 or z.shape[1] == 1 else -1
    powers = np.exp(z - z.max())
    return np.asarray(powers / powers.sum(axis=axis, keepdims=axis is not None))


REDUCED: dict[str, tuple[int, Callable[..., Any]]] = {
    "sum": (1, np.sum),
    "mean": (1, np.mean),
    "min": (1, np.min),
    "max": (1, np.max),
    "dot": (2, lambda u, v: (u.ravel() * v.ravel()).sum()),
    "softmax": (1, _softmax),
}
"""Functions of whole arrays, with how many they take."""


class Evaluator(Numbers):
    """Numbers of trees for one sample of a trace, given the index letters and the layer ``l``."""

    def quantity(self, ref: Ref) -> Array:
        """Return a quantity's number; a connection's weight anywhere, a sample's share of ∂C/∂w."""
        if ref.part == BATCH:
            return self.cost(Ref("loss"))
        if ref.part.startswith(SHARES):
            own = structs.replace(ref, part=ref.part.removeprefix(SHARES), sample=None)
            return self.partial(Ref("cost", sample=ref.sample), own)
        if ref.layer == ANYWHERE and ref.part == "W" and not ref.gradient:
            to, of = ref.index
            return self.partial(Ref("z", ANYWHERE, index=(to,)), Ref("a", ANYWHERE, index=(of,)))
        return super().quantity(ref)

    # -- derivatives

    def partial(self, of: Ref, wrt: Ref) -> Array:
        """Return ∂of/∂wrt: of the output, or between neighbours."""
        graph = self.trace.graph
        if of.part == BATCH:
            of = Ref("loss")
        at = self.within(of)
        if self.is_outside(of) or self.is_outside(wrt):
            return np.zeros(())
        if of.part == "cost" and of.index and graph.layered:
            return at.within(wrt).of_step(of.index, at.within(wrt).settled(wrt))
        if of.part in ("loss", "cost", "data_loss", "total_cost") and graph.layered:
            whole = of.part in ("loss", "total_cost")
            at = at.within(wrt)
            return at.entry(at.settled(wrt.grad()), of_sample=not whole)
        if of.part == "penalty" and graph.layered:
            return at.of_penalty(at.settled(wrt))
        if not graph.layered and at.place(at.settled(of))[0] == graph.loss:
            return at.entry(at.settled(wrt.grad()))
        ends = at.settled(of), at.within(wrt).settled(wrt)
        if of.layer == ANYWHERE and at.place(ends[1])[0] not in at.just_below(ends[0]):
            return np.zeros(())  # no connection leads from one to the other
        return at.within(wrt).between(*ends)

    def just_below(self, of: Ref) -> set[int]:
        """Return what a z is made of: its layer's parameters, what it reads, and the z of that."""
        nodes = self.trace.graph.nodes
        read = nodes[self.place(of)[0]].parents
        return {*read, *(z for a in read if nodes[a].ref.part == "a" for z in nodes[a].parents)}

    def of_step(self, step: tuple[Index, ...], wrt: Ref) -> Array:
        """Return the derivative of one step's own loss, the sum of its terms."""
        graph = self.trace.graph
        assert graph.terms is not None
        node = graph.nodes[graph.terms]
        at = tuple(map(self.index, step))
        rest = np.ndindex(*node.shape[len(at) :])
        terms = (node.ref.at(*at, *(i + 1 for i in entry)) for entry in rest)
        return np.asarray(sum(self.between(term, wrt) for term in terms))

    def of_penalty(self, wrt: Ref) -> Array:
        """Return a penalty's own derivative, by a central difference."""
        graph = self.trace.graph
        number, position = self.place(wrt)
        own = [p for p in graph.penalties if graph.nodes[p].parents == (number,)]
        if not own:
            return np.zeros(())
        node = graph.nodes[own[0]]
        assert node.rule is not None
        sides = []
        for sign in (1, -1):
            moved = self.trace.values[number].copy()
            moved[position] += sign * WIDE
            sides.append(float(node.rule.forward(self.trace.arithmetic, moved)))
        return np.asarray((sides[0] - sides[1]) / (2 * WIDE))

    def between(self, of: Ref, wrt: Ref) -> Array:
        """Return ∂of/∂wrt where one rule lies between the two, or a rule and an activation."""
        graph, values = self.trace.graph, self.trace.values
        (number, entry), (wanted, position_of) = self.place(of), self.place(wrt)
        node = graph.nodes[number]
        if len(entry) < len(node.shape):
            return self.jacobian(of, wrt)
        if node.rule is None:
            raise Unknown("a derivative of what is given", of.part)
        # A statistic of the batch reads every sample's row, and sends something to each.
        whole = not node.per_sample and any(graph.nodes[p].per_sample for p in node.parents)
        rows = slice(None) if whole else slice(self.sample - 1, self.sample)
        mine = self.within(wrt).sample - 1 if whole else 0
        row = rows if node.per_sample else ...
        inputs = [values[p][rows] if graph.nodes[p].per_sample else values[p] for p in node.parents]
        out = values[number][row]
        g = np.zeros_like(out)
        g[(0, *entry) if node.per_sample else entry] = 1
        total, found = np.zeros(()), False
        for position, parent in enumerate(node.parents):
            above = graph.nodes[parent]
            through = graph.layered and wanted in above.parents and above.ref.part == "a"
            if parent != wanted and not through:
                continue
            found = True
            xp = self.trace.arithmetic
            share = np.asarray(node.rule.share(xp, position, g, out, *inputs))
            if parent == wanted:
                share = share[mine] if above.per_sample else share
                total = total + fold(share, above.shape)[position_of]
            else:
                assert above.rule is not None
                down = above.rule.share(xp, 0, share, values[parent][rows], values[wanted][rows])
                total = total + np.asarray(down)[mine][position_of]
        if not found:
            raise Unknown("a derivative between no neighbours", f"{of.part}, {wrt.part}")
        return self.as_vector(np.asarray(total, dtype=float))

    def jacobian(self, of: Ref, wrt: Ref) -> Array:
        """Return ∂of/∂wrt of two vectors: a row for each entry of the upper one."""
        nodes = self.trace.graph.nodes
        shapes = [nodes[self.place(ref)[0]].shape[len(ref.index) :] for ref in (of, wrt)]
        if len(shapes[0]) != 1 or len(shapes[1]) > 1:
            raise Unknown("a derivative of an array by an array")
        if of.index and of.whole() == wrt.whole():
            return self.over_steps(of, wrt)
        rows = [self.between(of.at(*of.index, i + 1), wrt) for i in range(shapes[0][0])]
        return np.array([row.ravel() for row in rows])

    def over_steps(self, of: Ref, wrt: Ref) -> Array:
        """Return the derivative of a state by an earlier one: the product over the steps between.

        A state that is made of itself alone is read directly, any other by way of its layer's z.
        """
        graph = self.trace.graph
        number = self.place(of)[0]
        loop, (units,) = graph.loop(number), graph.nodes[number].shape[1:]
        assert loop is not None
        step = int(self.index(of.index[0]))
        many = (step - int(self.index(wrt.index[0]))) * loop.clock.forth
        if many <= 0:
            return np.eye(units) if not many else np.zeros((units, units))
        before = of.at(step - loop.clock.forth)
        if many > 1:
            return np.asarray(self.over_steps(of, before) @ self.over_steps(before, wrt))
        if number in graph.nodes[number].parents:
            each = [self.between(of.at(step, i + 1), wrt).ravel() for i in range(units)]
            return np.array(each)
        z = graph.nodes[self.layers()[int(of.layer or 0)].z].ref.at(step)
        return np.asarray(self.jacobian(of, z) @ self.jacobian(z, wrt))

    def tangents(self, start: Ref) -> dict[Expr, Array]:
        """Return each node's derivative by a start (an entry of it): a central difference."""
        graph, at = self.trace.graph, self.settled(start)
        number, position = self.place(at)
        node = graph.nodes[number]
        if not position and node.shape:
            raise Unknown("a tangent by an array")
        step = np.zeros(np.shape(self.trace.values[number]))
        step[(0, *position) if node.per_sample else position] = 1.0

        def moved(by: float) -> Sequence[Array]:
            leaves = {leaf: np.asarray(self.trace.values[leaf], float) for leaf in graph.given}
            if number in leaves:
                leaves[number] = leaves[number] + by * step

            def change(each: Node, value: Array) -> Array:
                return value + by * step if each is node else value

            return forward(graph, self.trace.arithmetic, leaves, change=change)

        # The step is taken at two sizes, so that what is left is of the fourth order.
        coarse, fine = (
            [(one - other) / (2 * h) for one, other in zip(moved(h), moved(-h), strict=True)]
            for h in (2e-3, 1e-3)
        )
        found: dict[Expr, Array] = {}
        for each, one, other in zip(graph.nodes, coarse, fine, strict=True):
            slope = np.asarray((4 * other - one) / 3, dtype=float)
            slope = slope[self.sample - 1] if each.per_sample else slope
            found[Tangent(each.ref)] = self.as_vector(slope)
        if position:
            found[Tangent(at)] = np.ones(())
        return found

    def difference(self, body: Expr, wrt: Ref) -> Array:
        """Return ∂(body)/∂wrt, the body's quantities taken as they stand: a central difference."""
        own = self.within(wrt)
        at = own.settled(wrt)
        _, position = own.place(at)
        array = own.array(at)
        if array.ndim and not position:
            each = [
                self.difference(body, at.at(*(i + 1 for i in p))) for p in np.ndindex(array.shape)
            ]
            if any(one.size > 1 for one in each):
                raise Unknown("a derivative of an array by an array")
            return self.as_vector(np.array([float(one) for one in each]).reshape(array.shape))
        sides = []
        for sign in (1, -1):
            array = own.array(at).copy()
            array[position] += sign * STEP
            around = own.moved(at, array)
            if at.part == "z" and self.trace.graph.layered:
                layer = self.layers()[int(at.layer or 0)]
                a = self.apply(layer, array[None])[0]
                around = around.moved(Ref("a", layer.index), np.asarray(a))
            sides.append(around.with_sample(self.sample).value(body))
        return np.asarray((sides[0] - sides[1]) / (2 * STEP))

    # -- functions

    def apply(self, layer: Layer, z: Array) -> Array:
        """Return the layer's activation of z."""
        rule = self.trace.graph.nodes[layer.a].rule
        assert rule is not None
        return np.asarray(rule.forward(self.trace.arithmetic, z))

    def own_name(self, function: str) -> str:
        """Return the name of a function that the notation writes with its general letter."""
        notation = self.notation
        if notation is not None and function and function == notation.activation_letter:
            return notation.facts.activation
        return function

    def slope(self, node: Derivative) -> Array:
        """Return f′ at its argument: the activation's own share of one."""
        name = self.own_name(node.function)
        if name in self.drawn:
            return self.drawn_slope(self.drawn[name], node)
        if node.index or name == "loss":
            a = next(n.ref for n in walk(node.argument) if isinstance(n, Quantity))
            return self.partial(Ref("cost", sample=a.sample), a.at(*(node.index or (1,))))
        layer = self.layer_of(node.argument)
        if layer is None or name not in ("activation", layer.activation):
            plain = structs.replace(node, function=name)
            spelled = spelled_out(plain)
            return self.steep(name, node.argument) if spelled == plain else self.value(spelled)
        z = np.asarray(self.value(node.argument))
        rule = self.trace.graph.nodes[layer.a].rule
        assert rule is not None
        flat = z.reshape(1, -1)
        xp, out = self.trace.arithmetic, self.apply(layer, flat)
        if isinstance(node.argument, Quantity) and not self.changed:
            # A pass that rounds has another a than σ(z), and the slope is written in it.
            a = structs.replace(node.argument.ref, part="a")
            out = np.asarray(self.quantity(a)).reshape(1, -1)
        return np.asarray(rule.share(xp, 0, np.ones_like(flat), out, flat)).reshape(z.shape)

    def steep(self, name: str, argument: Expr) -> Array:
        """Return an elementary function's derivative: a central difference of the fourth order."""
        if name not in ELEMENTARY:
            raise Unknown("a derivative of", name)
        function, x, h = ELEMENTARY[name].numpy, self.value(argument), 1e-3
        near, far = (np.asarray(function(x + d) - function(x - d)) for d in (h, 2 * h))
        return np.asarray((8 * near - far) / (12 * h))

    def drawn_slope(self, function: Drawn, node: Derivative) -> Array:
        """Return a drawn function's derivative, in the input that the index names."""
        argument = node.argument
        parts = argument.parts if isinstance(argument, Several) else (argument,)
        position = self.index(node.index[0]) - 1 if node.index else 0
        return np.asarray(function.slope(position, *(self.value(part) for part in parts)))

    def layer_of(self, argument: Expr) -> Layer | None:
        """Return the layer whose weighted sum the argument is, if it is one."""
        if isinstance(argument, MatMul | Add | BigSum):
            wanted: tuple[str, ...] = ("W",)
        elif isinstance(argument, Quantity | Known):
            wanted = ("z", ABOVE)
        else:
            return None
        refs = [ref for n in walk(argument) for ref in refs_in(n) if ref.part in wanted]
        return self.layers().get(self.layer_number(refs[0])) if refs else None

    def layer_number(self, ref: Ref) -> int:
        """Return the number of a quantity's layer, that of a unit of any layer too."""
        of_any = ref.layer == ANYWHERE and ref.index
        return int(self.settled(ref).layer or 0) if of_any else self.number_of_layer(ref.layer)

    def call(self, function: str, arguments: tuple[Expr, ...]) -> Array:
        """Return a function's value: an activation of the layer it is applied in, or elementary."""
        name = self.own_name(function)
        if name in self.drawn:
            return np.asarray(self.drawn[name].value(*(self.value(a) for a in arguments)))
        if name in ("cost", "loss") and arguments == (Quantity(Ref("W")),):
            letter = self.notation.sample_letter if self.notation is not None else "n"
            at = self.with_sample(self.indices.get(letter, self.sample))
            return at.cost(Ref(name))
        if name == "loss":
            refs = [r for a in arguments for n in walk(a) for r in refs_in(n)]
            return self.quantity(
                Ref("cost", sample=next((r.sample for r in refs if r.sample is not None), None))
            )
        if name in ("concat", "part") and min(np.shape(self.value(arguments[0])) or (1,)) > 1:
            raise Unknown("matrices", name)
        if name == "concat":
            along = 1 if self.in_rows else 0
            return np.concatenate([np.asarray(self.value(a)) for a in arguments], axis=along)
        if name == "part":
            return self.part(arguments)
        if name == "head":
            return self.of_head(*arguments)
        if name == "flatten":
            return self.as_vector(self.value(arguments[0]).ravel())
        if name == "diag":
            return np.diag(self.value(arguments[0]).ravel())
        if name in REDUCED and len(arguments) == REDUCED[name][0]:
            return np.asarray(REDUCED[name][1](*(self.value(a) for a in arguments)))
        if name == "activation" or name in {e.activation for e in self.trace.graph.layers}:
            layer = self.layer_of(arguments[0])
            if layer is not None and name in ("activation", layer.activation):
                z = self.value(arguments[0])
                inner = [n.ref for n in walk(arguments[0]) if isinstance(n, Quantity)]
                rows = any(isinstance(ref.sample, FromTo) for ref in inner)
                flat = z if rows else z.reshape(1, -1)
                return np.asarray(self.apply(layer, flat).reshape(z.shape))
        plain = Call(name, arguments)
        spelled = spelled_out(plain)
        if spelled != plain:
            return self.value(spelled)
        if name not in ELEMENTARY:
            raise Unknown("a function", name)
        numbers = [np.asarray(self.value(argument)) for argument in arguments]
        return np.asarray(ELEMENTARY[name].numpy(*numbers))

    def of_head(self, whole: Expr, letter: Expr) -> Array:
        """Return the columns of one head, of as many heads as the layer has."""
        (ref,) = refs_in(whole)
        layer = self.trace.graph.layers[int(self.settled(ref).layer or 0) - 1]
        heads = self.trace.graph.nodes[layer.cells[0].parts["p"]].shape[0]
        width = self.value(whole).shape[-1] // heads
        h = self.index(letter.index) if isinstance(letter, Letter) else 0
        return self.value(whole)[:, (h - 1) * width : h * width]

    def part(self, arguments: tuple[Expr, ...]) -> Array:
        """Return the stretch of a joined vector's gradient that belongs to one of its parts."""
        whole, piece = arguments
        if not isinstance(whole, Quantity) or not isinstance(piece, Quantity):
            raise Unknown("a function", "part")
        graph = self.trace.graph
        joined, _ = self.place(self.settled(whole.ref.of()))
        wanted, _ = self.place(self.settled(piece.ref))
        parents = graph.nodes[joined].parents
        if parents.count(wanted) != 1:
            raise Unknown("a part", "that occurs twice")
        position = parents.index(wanted)
        start = sum(graph.nodes[p].shape[0] for p in parents[:position])
        flat = self.value(whole).ravel()[start : start + graph.nodes[wanted].shape[0]]
        return self.as_vector(flat)

    # -- trees

    def value(self, node: Expr) -> Array:
        """Return the tree's value: one number, or a matrix."""
        match node:
            case Number(value) | Known(_, value):
                return np.asarray(float(value))
            case Constant("ones"):
                return np.ones(())  # as long as what it stands beside
            case Constant("e"):
                return np.asarray(np.e)
            case Constant("pi"):
                return np.asarray(np.pi)
            case Name() | Tangent() if node in self.names:
                return self.names[node]
            case Letter(index):
                return np.asarray(self.index(index))
            case Quantity(ref):
                return self.quantity(ref)
            case Partial(of, wrt) | Nabla(of, wrt):
                return self.partial(of, wrt)
            case Diff(body, wrt):
                return self.difference(body, wrt)
            case Derivative():
                return self.slope(node)
            case Add(terms):
                return functools.reduce(np.add, map(self.value, terms))
            case Mul(factors) | Hadamard(factors):
                return self.product(factors)
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
                return self.cases(pieces, otherwise)
            case Dots():
                raise Unknown("what is left out", "…")
            case Name(name):
                raise Unknown("a name", name)
            case _:
                raise Unknown("a node", type(node).__name__)

    def product(self, factors: tuple[Expr, ...]) -> Array:
        """Return a product of numbers, or of arrays entry by entry."""
        values = [np.asarray(self.value(factor)) for factor in factors]
        partials = [v for f, v in zip(factors, values, strict=True) if isinstance(f, Partial)]
        if any(v.ndim for v in partials) and len([v for v in values if v.ndim]) > 1:
            raise Unknown("a product of derivatives of arrays")
        return functools.reduce(np.multiply, values)

    def cases(self, pieces: tuple[tuple[Compare, Expr], ...], otherwise: Expr) -> Array:
        """Return the value of the first case that holds, entry by entry where there are several."""
        value = np.asarray(self.value(otherwise))
        for condition, piece in reversed(pieces):
            left, right = self.value(condition.left), self.value(condition.right)
            holds = COMPARISONS[condition.operator](left, right)
            if np.ndim(holds) == 0:
                value = np.asarray(self.value(piece)) if holds else value
            else:
                value = np.where(holds, self.value(piece), value)
        return value

    def matmul(self, factors: tuple[Expr, ...]) -> Array:
        """Return a matrix product; a number in it is a scalar, 𝟏 is as long as need be.

        A column times 𝟏ᵀ is that column again and again: what stands beside it says how often. A
        row times 𝟏ᵀ is its sum, where 𝟏 is a row as well.
        """
        known = [None if is_ones(factor) else self.value(factor) for factor in factors]
        product = known[0]
        for factor, right in zip(factors[1:], known[1:], strict=True):
            if product is None:
                assert right is not None
                product = np.ones((1, len(right))) @ right
            elif (
                right is None and isinstance(factor, Transpose) and product.shape[-1:] in ((), (1,))
            ):
                continue
            elif right is None:
                if product.ndim != 2:
                    raise Unknown("how long 𝟏 is")
                product = product @ np.ones((product.shape[1], 1))
            else:
                if right.ndim == 0 and product.ndim == 2 and any(n == ONES for n in walk(factor)):
                    right = np.full((product.shape[1], 1), right)
                either = product.ndim == 0 or right.ndim == 0
                product = product * right if either else product @ right
        assert product is not None
        return product

    def sum(self, letter: str, count: Index, body: Expr) -> Array:
        """Return Σ; its upper bound may be the number of units of a general layer."""
        many = count if isinstance(count, int) else self.units(count)
        total = np.zeros(())
        for position in range(1, many + 1):
            total = total + self.with_index(letter, position).value(body)
        return total

    def units(self, layer: Index) -> int:
        """Return how many units a general layer has."""
        if layer == ANYWHERE:
            return with_errors(self.trace.graph)
        if layer == SAMPLES:
            return self.trace.graph.samples
        number = self.number_of_layer(layer)
        if number and number not in self.layers():
            raise Unknown("a layer", layer)
        return self.layers()[number].units if number else self.trace.graph.inputs[-1]


def is_ones(tree: Expr) -> bool:
    """Return whether the tree is 𝟏 or 𝟏ᵀ."""
    return tree == ONES or (isinstance(tree, Transpose) and tree.operand == ONES)
