"""Formula: one line of a computation graph as a rule, its operations worked one by one."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from msgspec import Struct

from ..arithmetic import Arithmetic
from ..arithmetic.symbolic import SYMBOLIC
from ..expression.indices import Index
from ..expression.tree import (
    ONE,
    Add,
    Call,
    Div,
    Expr,
    MatMul,
    Mul,
    Name,
    Neg,
    Pow,
    Transpose,
    add,
    mul,
)
from .arrangements import Slice, Turned, alone
from .array_formulas import Whole, conforming, folded, product
from .primitives import (
    Activate,
    Apply,
    Extreme,
    Minus,
    Plus,
    Power,
    PowerOf,
    Primitive,
    Quotient,
    Times,
)
from .rules import Array, Rule, Shape, fold
from .shaping import result_shape
from .tensors import Entry, MatrixProduct
from .tidying import tidied
from .undefined import undefined
from .unspecified import Unspecified

MOST_WRITTEN = 20_000
"""Operations on single entries past which a formula is not written entry by entry."""


class Operation(Struct, frozen=True):
    """One operation of a formula: on which slots it works, and its own part of the formula."""

    primitive: Any
    inputs: tuple[int, ...]
    tree: Expr


class Formula(Rule, frozen=True):
    """The value of an expression in its operands; each share by the chain rule inside it.

    ``tree`` is the expression in the placeholders ``x1``, ``x2``, …, one an operand. Slots hold
    the operands first, then ``constants`` and ``operations`` in the order in which they follow;
    ``needs`` has the operands that each slot depends on.
    """

    tree: Expr
    operands: tuple[str, ...]
    slots: tuple[Expr | Operation, ...]
    needs: tuple[frozenset[int], ...]

    @property
    def name(self) -> str:
        """The operation's name where there is only one; ``expression`` otherwise."""
        operations = self.operations
        if len(operations) == 1:
            name: str = operations[0].primitive.name
            return name
        return "expression" if operations else "copy"

    @property
    def operations(self) -> tuple[Operation, ...]:
        """The operations, inner ones first."""
        return tuple(slot for slot in self.slots if isinstance(slot, Operation))

    @property
    def unspecified(self) -> tuple[str, ...]:
        """The letters of functions that it calls and that have no formula."""
        called = (operation.primitive for operation in self.operations)
        return tuple(each.letter for each in called if isinstance(each, Unspecified))

    def forward(self, xp: Arithmetic, *inputs: Array) -> Array:
        """Return the value."""
        return alone(self.values(xp, *inputs)[-1])

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Array:
        """Return input k's share: the sum over its occurrences of what comes back to it."""
        count = len(inputs)
        last = count + len(self.slots) - 1
        values = [*_values(xp, self.slots[:-1], inputs), out]
        sums: dict[int, Array] = {last: g}
        for number in range(last, count - 1, -1):
            if number not in sums:
                continue
            slot, gradient = self.slots[number - count], sums.pop(number)
            if not isinstance(slot, Operation):
                continue
            operands = [values[i] for i in slot.inputs]
            for position, source in enumerate(slot.inputs):
                if k not in self.needs[source]:
                    continue
                back = slot.primitive.share(xp, position, gradient, values[number], *operands)
                back = fold(alone(back), values[source].shape)
                # Later operations come first here; their shares stand last, as in the formula.
                sums[source] = back + sums[source] if source in sums else back
        return alone(sums[k]) if k in sums else xp.array(np.zeros(inputs[k].shape))

    def why(self, k: int) -> str:
        """Return the chain rule in words; what single operations do is said by their kinds."""
        return (
            "what arrives is multiplied by the local derivative along each line on the way back "
            "(the chain rule). Where several lines read a variable, their products are added."
        )

    def fault(self, xp: Arithmetic, *inputs: Array) -> str:
        """Return why the value is no finite number, by the first operation that has none."""
        values: list[Any] = list(inputs)
        for slot in self.slots:
            try:
                if isinstance(slot, Operation):
                    operands = [values[i] for i in slot.inputs]
                    values.append(alone(slot.primitive.forward(xp, *operands)))
                else:
                    values.append(_constant(xp, slot))
                found = np.asarray(np.real(values[-1]), dtype=np.float64)
            except (ZeroDivisionError, OverflowError):
                found = np.asarray(np.nan)
            if not np.isfinite(found).all():
                if not isinstance(slot, Operation):
                    return "a number in it has no finite value"
                return undefined(slot.primitive, operands)
        return ""

    def values(self, xp: Arithmetic, *inputs: Array) -> list[Array]:
        """Return the value of every slot."""
        return _values(xp, self.slots, inputs)

    # -- written entry by entry

    def write(self, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return the formula of one entry; raise ValueError for a general index."""
        if not any(shapes):
            return self.tree
        return _entry(_written(self, shapes), index)

    def write_share(self, k: int, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return the formula of one entry of the share; raise ValueError for a general index."""
        return tidied(_entry(_written_share(self, k, shapes), index))

    def local(self, k: int) -> Expr:
        """Return ∂out/∂(input k) between single numbers, in the placeholders and ``out``."""
        return _local(self, k)

    # -- written for whole arrays

    def write_value(self, shapes: tuple[Shape, ...]) -> Expr:
        """Return the formula for whole arrays, ``@`` and products entry by entry told apart."""
        return self.wholes(shapes)[-1].tree

    def write_message(self, k: int, shapes: tuple[Shape, ...]) -> Expr:
        """Return input k's share for whole arrays, in ``g`` and ``out``."""
        values = self.wholes(shapes)
        count, last = len(self.operands), len(values) - 1
        values[last] = Whole(Name("out"), values[last].shape)
        sums: dict[int, Expr] = {last: Name("g")}
        for number in range(last, count - 1, -1):
            slot = self.slots[number - count]
            if number not in sums or not isinstance(slot, Operation):
                continue
            inputs = tuple(values[i] for i in slot.inputs)
            if spreads(slot.primitive):
                inputs = conforming(inputs)
            for position, source in enumerate(slot.inputs):
                if k not in self.needs[source]:
                    continue
                back = slot.primitive.whole(position, sums[number], values[number].tree, inputs)
                if spreads(slot.primitive):
                    back = folded(back, values[number].shape, values[source].shape)
                sums[source] = back + sums[source] if source in sums else back
        return tidied(sums[k])

    def shapes_of(self, shapes: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """Return the shape of every slot; raise ValueError where an operation has none."""
        found = list(shapes[: len(self.operands)])
        for slot in self.slots:
            if isinstance(slot, Operation):
                of = [found[i] for i in slot.inputs]
                found.append(result_shape(slot.primitive, slot.tree, of))
            else:
                found.append(())
        return tuple(found)

    def is_entrywise(self, k: int, shapes: tuple[Shape, ...]) -> bool:
        """Return whether each entry reads input k at its own place only, by what works on it."""
        every = self.shapes_of(shapes)
        numbered = enumerate(self.slots, len(self.operands))
        return all(
            spreads(slot.primitive) and every[number] == every[-1]
            for number, slot in numbered
            if isinstance(slot, Operation) and k in self.needs[number]
        )

    def wholes(self, shapes: tuple[Shape, ...]) -> list[Whole]:
        """Return every slot written for whole arrays, in the operands' placeholders."""
        every = self.shapes_of(shapes)
        values = [Whole(Name(n), s) for n, s in zip(self.operands, shapes, strict=False)]
        for slot, shape in zip(self.slots, every[len(self.operands) :], strict=True):
            if isinstance(slot, Operation):
                tree = whole_value(slot, tuple(values[i] for i in slot.inputs))
            else:
                tree = slot
            values.append(Whole(tree, shape))
        return values


def _values(
    xp: Arithmetic, slots: tuple[Expr | Operation, ...], inputs: tuple[Array, ...]
) -> list[Array]:
    """Return the inputs, and the value of each slot."""
    values = list(inputs)
    for slot in slots:
        if isinstance(slot, Operation):
            operands = [values[i] for i in slot.inputs]
            values.append(alone(slot.primitive.forward(xp, *operands)))
        else:
            values.append(_constant(xp, slot))
    return values


def spreads(primitive: Primitive) -> bool:
    """Return whether the value may be larger than an input by broadcasting."""
    return isinstance(
        primitive, Plus | Minus | Times | Quotient | Power | PowerOf | Apply | Activate | Extreme
    )


def whole_value(slot: Operation, inputs: tuple[Whole, ...]) -> Expr:
    """Return one operation's value written for whole arrays."""
    if isinstance(slot.primitive, MatrixProduct):
        left, right = inputs
        if len(left.shape) == len(right.shape) == 1:
            return Call("dot", (left.tree, right.tree))
        if len(left.shape) == 1:
            return MatMul((Transpose(right.tree), left.tree))
        return MatMul((left.tree, right.tree))
    if isinstance(slot.primitive, Turned):
        return Transpose(inputs[0].tree)
    if spreads(slot.primitive):
        inputs = conforming(inputs)
    if isinstance(slot.primitive, Times):
        return product(list(inputs))
    if isinstance(slot.primitive, Entry | Slice) and not isinstance(inputs[0].tree, Name):
        return slot.tree
    return retold(slot, tuple(each.tree for each in inputs))


def _constant(xp: Arithmetic, tree: Expr | Operation) -> Array:
    if isinstance(tree, Operation):
        raise TypeError("an operation is no constant")
    found = alone(xp.written(tree))
    return xp.array(found) if xp.native else found


@functools.lru_cache(maxsize=256)
def _written(rule: Formula, shapes: tuple[Shape, ...]) -> Array:
    """Return every entry's formula, in indexed placeholders."""
    _bounded(rule, shapes)
    return rule.forward(SYMBOLIC, *_names(rule, shapes))


@functools.lru_cache(maxsize=1024)
def _written_share(rule: Formula, k: int, shapes: tuple[Shape, ...]) -> Array:
    """Return every entry's share of input k, in indexed placeholders, ``g`` and ``out``."""
    _bounded(rule, shapes)
    return _symbolic_share(rule, k, shapes, _symbols("g", shapes[-1]))


@functools.lru_cache(maxsize=4096)
def _local(rule: Formula, k: int) -> Expr:
    """Return ∂out/∂(input k) between single numbers; equal lines of a graph have one answer."""
    shapes: tuple[Shape, ...] = ((),) * (len(rule.operands) + 1)
    one = np.asarray(ONE, dtype=object)
    return tidied(_symbolic_share(rule, k, shapes, one).item())


def _symbolic_share(rule: Formula, k: int, shapes: tuple[Shape, ...], g: Array) -> Array:
    return rule.share(SYMBOLIC, k, g, _symbols("out", shapes[-1]), *_names(rule, shapes))


def _bounded(rule: Formula, shapes: tuple[Shape, ...]) -> None:
    work = 0
    every = rule.shapes_of(shapes)
    for slot in rule.operations:
        sizes = [int(np.prod(every[i], dtype=int)) for i in slot.inputs]
        work += max(sizes) if not isinstance(slot.primitive, MatrixProduct) else sum(sizes)
        if isinstance(slot.primitive, MatrixProduct):
            right = every[slot.inputs[1]]
            work += sizes[0] * (right[1] if len(right) > 1 else 1)
    if work > MOST_WRITTEN:
        raise ValueError("too large to be written entry by entry")


def _names(rule: Formula, shapes: tuple[Shape, ...]) -> list[Array]:
    return [_symbols(name, shape) for name, shape in zip(rule.operands, shapes, strict=False)]


def _symbols(name: str, shape: Shape) -> Array:
    result = np.empty(shape, dtype=object)
    for position in np.ndindex(shape):
        result[position] = Name(name, tuple(i + 1 for i in position))
    return result


def _entry(array: Array, index: tuple[Index, ...]) -> Expr:
    if any(not isinstance(i, int) for i in index):
        raise ValueError("each entry has its own formula")
    found: Expr = array[tuple(int(i) - 1 for i in index)]
    return found


def retold(operation: Operation, inputs: tuple[Expr, ...]) -> Expr:
    """Return an operation's own part of the formula, of other inputs."""
    match operation.tree:
        case Name(_, index) if isinstance(inputs[0], Name) and index:
            return Name(inputs[0].id, index)
        case Add():
            return add(*inputs)
        case Mul():
            return mul(*inputs)
        case Neg():
            return Neg(inputs[0])
        case Div():
            return Div(*inputs)
        case Pow(_, exponent):
            return Pow(inputs[0], inputs[1] if len(inputs) > 1 else exponent)
        case Call("transpose", _) if not isinstance(inputs[0], Name):
            return Transpose(inputs[0])
        case Call(function, arguments):
            return Call(function, (*inputs, *arguments[len(inputs) :]))
        case Name():
            return inputs[0]
    raise AssertionError(operation.tree)
