"""Formula: one line of a computation graph as a rule, its operations worked one by one."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np
from msgspec import Struct

from ..arithmetic import Arithmetic
from ..arithmetic.symbolic import SYMBOLIC
from ..expression.refs import Index
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
    Number,
    Pow,
    Transpose,
    add,
    mul,
)
from ..expression.walking import substitute, walk
from .activations import ALIASES
from .elementary import ELEMENTARY
from .primitives import (
    Activate,
    Apply,
    Defined,
    Dot,
    Entry,
    MatrixProduct,
    Minus,
    Plus,
    Power,
    PowerOf,
    Primitive,
    Quotient,
    Reduce,
    Softmaxed,
    Times,
    Unspecified,
    Whole,
    conforming,
    folded,
    product,
    undefined,
)
from .rules import Array, Shape, fold
from .tidying import tidied

NONE: Mapping[str, Defined] = {}
MOST_WRITTEN = 20_000
"""Operations on single entries past which a formula is not written entry by entry."""


class NoEntry(ValueError):
    """An operand has no such entry: which operand, which entry, and what it has."""

    def __init__(self, operand: str, index: tuple[int, ...], has: str) -> None:
        super().__init__(f"there is no entry [{','.join(map(str, index))}]: {has}")
        self.operand, self.index, self.has = operand, index, has


class Operation(Struct, frozen=True):
    """One operation of a formula: on which slots it works, and its own part of the formula."""

    primitive: Any
    inputs: tuple[int, ...]
    tree: Expr


class Formula(Struct, frozen=True):
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

    def forward(self, xp: Arithmetic, *inputs: Array) -> Array:
        """Return the value."""
        return _array(self.values(xp, *inputs)[-1])

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Array:
        """Return input k's share: the sum over its occurrences of what comes back to it."""
        count = len(inputs)
        last = count + len(self.slots) - 1
        one = len(self.slots) == 1 or all(not isinstance(s, Operation) for s in self.slots[:-1])
        values = list(inputs) if one else self.values(xp, *inputs)[:-1]
        if one:
            values += [_constant(xp, slot) for slot in self.slots[:-1]]
        values.append(out)
        sums: dict[int, Array] = {last: g}
        for number in range(last, -1, -1):
            if number not in sums:
                continue
            if number < count:
                continue
            slot, gradient = self.slots[number - count], sums.pop(number)
            if not isinstance(slot, Operation):
                continue
            operands = [values[i] for i in slot.inputs]
            for position, source in enumerate(slot.inputs):
                if k not in self.needs[source]:
                    continue
                back = slot.primitive.share(xp, position, gradient, values[number], *operands)
                back = fold(_array(back), np.shape(values[source]))
                # Later operations come first here; their shares stand last, as in the formula.
                sums[source] = back + sums[source] if source in sums else back
        return _array(sums[k]) if k in sums else xp.array(np.zeros(inputs[k].shape))

    def fault(self, xp: Arithmetic, *inputs: Array) -> str:
        """Return why the value is no finite number, by the first operation that has none."""
        values: list[Any] = list(inputs)
        for slot in self.slots:
            try:
                if isinstance(slot, Operation):
                    operands = [values[i] for i in slot.inputs]
                    values.append(_array(slot.primitive.forward(xp, *operands)))
                else:
                    values.append(_constant(xp, slot))
                found = np.asarray(values[-1], dtype=np.float64)
            except (ZeroDivisionError, OverflowError):
                found = np.asarray(np.nan)
            if not np.isfinite(found).all():
                if not isinstance(slot, Operation):
                    return "a number in it has no finite value"
                return undefined(slot.primitive, operands)
        return ""

    def values(self, xp: Arithmetic, *inputs: Array) -> list[Array]:
        """Return the value of every slot."""
        values: list[Any] = list(inputs)
        for slot in self.slots:
            if isinstance(slot, Operation):
                operands = [values[i] for i in slot.inputs]
                values.append(_array(slot.primitive.forward(xp, *operands)))
            else:
                values.append(_constant(xp, slot))
        return values

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
        shapes: tuple[Shape, ...] = ((),) * (len(self.operands) + 1)
        one = np.asarray(ONE, dtype=object)
        return tidied(_symbolic_share(self, k, shapes, one).item())

    # -- written for whole arrays

    def write_value(self, shapes: tuple[Shape, ...]) -> Expr:
        """Return the formula for whole arrays, ``@`` and products entry by entry told apart."""
        return self._whole(shapes)[-1].tree

    def write_message(self, k: int, shapes: tuple[Shape, ...]) -> Expr:
        """Return input k's share for whole arrays, in ``g`` and ``out``."""
        values = self._whole(shapes)
        count, last = len(self.operands), len(values) - 1
        values[last] = Whole(Name("out"), values[last].shape)
        sums: dict[int, Expr] = {last: Name("g")}
        for number in range(last, count - 1, -1):
            slot = self.slots[number - count]
            if number not in sums or not isinstance(slot, Operation):
                continue
            inputs = tuple(values[i] for i in slot.inputs)
            if _spreads(slot.primitive):
                inputs = conforming(inputs)
            for position, source in enumerate(slot.inputs):
                if k not in self.needs[source]:
                    continue
                back = slot.primitive.whole(position, sums[number], values[number].tree, inputs)
                if _spreads(slot.primitive):
                    back = folded(back, values[number].shape, values[source].shape)
                sums[source] = back + sums[source] if source in sums else back
        return tidied(sums[k])

    def shapes_of(self, shapes: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """Return the shape of every slot; raise ValueError where an operation has none."""
        dummies = [np.ones(shape) for shape in shapes[: len(self.operands)]]
        found = list(shapes[: len(self.operands)])
        for slot in self.slots:
            value = np.ones(())
            if isinstance(slot, Operation):
                operands = [dummies[i] for i in slot.inputs]
                value = np.ones(_result_shape(slot, operands))
            dummies.append(value)
            found.append(value.shape)
        return tuple(found)

    def _whole(self, shapes: tuple[Shape, ...]) -> list[Whole]:
        every = self.shapes_of(shapes)
        values = [Whole(Name(n), s) for n, s in zip(self.operands, shapes, strict=False)]
        for slot, shape in zip(self.slots, every[len(self.operands) :], strict=True):
            if isinstance(slot, Operation):
                tree = _whole_value(slot, tuple(values[i] for i in slot.inputs))
            else:
                tree = slot
            values.append(Whole(tree, shape))
        return values


def _spreads(primitive: Primitive) -> bool:
    """Return whether the value may be larger than an input by broadcasting."""
    return isinstance(
        primitive, Plus | Minus | Times | Quotient | Power | PowerOf | Apply | Activate
    )


def _whole_value(slot: Operation, inputs: tuple[Whole, ...]) -> Expr:
    """Return one operation's value written for whole arrays."""
    if isinstance(slot.primitive, MatrixProduct):
        left, right = inputs
        if len(left.shape) == len(right.shape) == 1:
            return Call("dot", (left.tree, right.tree))
        if len(left.shape) == 1:
            return MatMul((Transpose(right.tree), left.tree))
        return MatMul((left.tree, right.tree))
    if _spreads(slot.primitive):
        inputs = conforming(inputs)
    if isinstance(slot.primitive, Times):
        return product(list(inputs))
    if isinstance(slot.primitive, Entry) and not isinstance(inputs[0].tree, Name):
        return slot.tree
    return retold(slot, tuple(each.tree for each in inputs))


def _result_shape(slot: Operation, operands: list[Array]) -> Shape:
    """Return the shape of an operation's value; raise ValueError in words where it has none."""
    shapes: list[Shape] = [each.shape for each in operands]
    primitive = slot.primitive
    if isinstance(primitive, MatrixProduct):
        if () in shapes:
            raise ValueError("'@' is a product of vectors and matrices, not of single numbers")
        if shapes[0][-1] != shapes[1][0]:
            raise ValueError(f"'@' of {_sizes(shapes)}: {shapes[0][-1]} and {shapes[1][0]} differ")
        return (*shapes[0][:-1], *shapes[1][1:])
    if isinstance(primitive, Dot):
        if any(len(shape) != 1 for shape in shapes) or shapes[0] != shapes[1]:
            raise ValueError(f"dot takes two vectors of one length, not {_sizes(shapes)}")
        return ()
    if isinstance(primitive, Reduce):
        return ()
    if isinstance(primitive, Entry):
        name = slot.tree.id if isinstance(slot.tree, Name) else ""
        return _entry_shape(name, primitive.index, shapes[0])
    if isinstance(primitive, Unspecified):
        if any(shapes):
            raise ValueError(f"{primitive.letter} is unspecified: it takes single numbers")
        return ()
    if isinstance(primitive, Softmaxed):
        if shapes[0] == ():
            raise ValueError("softmax takes a vector, not a single number")
        return shapes[0]
    try:
        found: Shape = np.broadcast_shapes(*shapes)
    except ValueError:
        raise ValueError(f"{primitive.name} of {_sizes(shapes)}: they do not fit") from None
    return found


def _entry_shape(name: str, index: tuple[int, ...], shape: Shape) -> Shape:
    outside = any(position > length for position, length in zip(index, shape, strict=False))
    if outside or len(index) > len(shape):
        raise NoEntry(name, index, f"it {'has' if len(shape) == 1 else 'is'} {_sizes([shape])}")
    rest: Shape = shape[len(index) :]
    return rest


def _sizes(shapes: list[Shape]) -> str:
    return " and ".join(
        " × ".join(map(str, s)) if len(s) > 1 else f"{s[0]} values" if s else "a single number"
        for s in shapes
    )


def _array(value: Any) -> Array:
    if isinstance(value, np.ndarray):
        return value
    if isinstance(value, float | np.floating):
        return np.asarray(value, dtype=np.float64)
    result = np.empty((), dtype=object)
    result[()] = value
    return result


def _constant(xp: Arithmetic, tree: Expr | Operation) -> Array:
    if isinstance(tree, Operation):
        raise TypeError("an operation is no constant")
    return _array(xp.written(tree))


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
    if any(isinstance(i, str) for i in index):
        raise ValueError("each entry has its own formula")
    found: Expr = array[tuple(int(i) - 1 for i in index)]
    return found


# -- from a tree


def compiled(
    tree: Expr, letters: tuple[str, ...] = (), defined: Mapping[str, Defined] = NONE
) -> tuple[Formula, tuple[str, ...]]:
    """Return an expression's rule and the names of its operands, in order of appearance.

    ``letters`` are the functions that stay unspecified, ``defined`` those given by formulas.
    """
    names = tuple(dict.fromkeys(node.id for node in walk(tree) if isinstance(node, Name)))
    operands = tuple(f"x{i}" for i in range(1, len(names) + 1))
    renamed = dict(zip(names, operands, strict=True))
    placed = substitute(
        tree, lambda n: Name(renamed[n.id], n.index) if isinstance(n, Name) else None
    )
    compiler = _Compiler(operands, letters, defined)
    compiler.finish(placed)
    return Formula(placed, operands, tuple(compiler.slots), tuple(compiler.needs)), names


def alone(
    operation: Operation, slots: tuple[Expr | Operation, ...], count: int
) -> tuple[Formula, tuple[int, ...]]:
    """Return one operation as a formula by itself, and the slots that are its operands.

    Constants stay in it; ``count`` is how many operands the whole formula has.
    """
    used = tuple(
        dict.fromkeys(
            i for i in operation.inputs if i < count or isinstance(slots[i - count], Operation)
        )
    )
    operands = tuple(f"x{i}" for i in range(1, len(used) + 1))
    names: dict[int, Expr] = {i: Name(x) for i, x in zip(used, operands, strict=True)}
    own: list[Expr | Operation] = []
    places: dict[int, int] = {slot: position for position, slot in enumerate(used)}
    for i in operation.inputs:
        if i not in places:
            constant = slots[i - count]
            if isinstance(constant, Operation):
                raise AssertionError("an operand was left out")
            places[i] = len(used) + len(own)
            names[i] = constant
            own.append(constant)
    tree = retold(operation, tuple(names[i] for i in operation.inputs))
    own.append(Operation(operation.primitive, tuple(places[i] for i in operation.inputs), tree))
    each = [frozenset((i,)) for i in range(len(used))]
    needs = (*each, *[frozenset[int]()] * (len(own) - 1), frozenset(range(len(used))))
    return Formula(tree, operands, tuple(own), needs), used


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
        case Call(function, _):
            return Call(function, inputs)
        case Name():
            return inputs[0]
    raise AssertionError(operation.tree)


class _Compiler:
    """Lays a tree's operations down one after the other; an equal part is computed once."""

    def __init__(
        self, operands: tuple[str, ...], letters: tuple[str, ...], defined: Mapping[str, Defined]
    ) -> None:
        self.letters, self.defined = letters, defined
        self.count = len(operands)
        self.slots: list[Expr | Operation] = []
        self.needs: list[frozenset[int]] = [frozenset((i,)) for i in range(self.count)]
        self.known: dict[Expr, int] = {Name(name): i for i, name in enumerate(operands)}

    def finish(self, tree: Expr) -> None:
        """Add the whole tree; a lone name or number becomes the last slot too."""
        last = self.slot(tree)
        if last < self.count:
            self._add(Operation(Plus(), (last,), tree), frozenset((last,)))

    def slot(self, tree: Expr) -> int:
        """Return the slot that holds the tree's value, adding what is needed for it."""
        if tree in self.known:
            return self.known[tree]
        if _is_constant(tree):
            number = self._add(tree, frozenset())
        else:
            primitive, parts = self._operation(tree)
            inputs = tuple(map(self.slot, parts))
            needs = frozenset().union(*(self.needs[i] for i in inputs))
            number = self._add(Operation(primitive, inputs, tree), needs)
        self.known[tree] = number
        return number

    def _add(self, slot: Expr | Operation, needs: frozenset[int]) -> int:
        self.slots.append(slot)
        self.needs.append(needs)
        return len(self.needs) - 1

    def _operation(self, tree: Expr) -> tuple[Any, tuple[Expr, ...]]:
        match tree:
            case Name(name, index):
                return Entry(tuple(int(i) for i in index)), (Name(name),)
            case Add(terms):
                return Plus(), terms
            case Mul(factors):
                return Times(), factors
            case Neg(operand):
                return Minus(), (operand,)
            case Div(top, bottom):
                return Quotient(), (top, bottom)
            case Pow(base, exponent):
                n = _rational(exponent)
                return (Power(n), (base,)) if n is not None else (PowerOf(), (base, exponent))
            case Call(function, arguments):
                return self._function(function, len(arguments)), arguments
        raise TypeError(f"{type(tree).__name__} has no operation")

    def _function(self, function: str, arguments: int) -> Any:
        if function in self.letters:
            return Unspecified(function)
        if function in self.defined:
            return self.defined[function]
        if function == "softmax":
            return Softmaxed()
        if function == "matmul":
            return MatrixProduct()
        if function == "dot":
            return Dot()
        if function in ("sum", "mean") or (function in ("max", "min") and arguments == 1):
            return Reduce(function)
        if function in ELEMENTARY:
            return Apply(function)
        return Activate(ALIASES.get(function, function))


def _is_constant(tree: Expr) -> bool:
    """Return whether the tree is a number that every arithmetic can work out by itself."""
    return not any(
        isinstance(node, Name) or (isinstance(node, Call) and node.function not in ELEMENTARY)
        for node in walk(tree)
    )


def _rational(tree: Expr) -> Fraction | None:
    """Return the number that a constant exponent is, where it is a rational one."""
    match tree:
        case Number(Fraction() as value):
            return value
        case Neg(operand):
            inner = _rational(operand)
            return None if inner is None else -inner
        case Div(top, bottom):
            above, below = _rational(top), _rational(bottom)
            return above / below if above is not None and below else None
    return None
