"""From an expression to its Formula: operations laid down in order, an equal part only once."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from ..arithmetic import Arithmetic
from ..expression.alike import operand_names, placed
from ..expression.indices import FromTo
from ..expression.tree import Add, Call, Compare, Constant, Div, Expr, Mul, Name, Neg, Number, Pow
from ..expression.walking import walk
from ..mathematics.activations import ALIASES
from ..mathematics.elementary import ELEMENTARY
from .arrangements import Along, Gathered, Joined, Slice, SoftmaxAlong, Stacked, Turned
from .formula import Formula, Operation, retold
from .primitives import (
    Activate,
    Apply,
    Defined,
    Extreme,
    Minus,
    Plus,
    Power,
    PowerOf,
    Quotient,
    Times,
)
from .rules import Array
from .sliding import Correlated, MaxPooled
from .tensors import Dot, Entry, MatrixProduct, Reduce, Softmaxed
from .unspecified import Unspecified

NONE: Mapping[str, Defined] = {}
ARRANGING = {
    "transpose": Turned(),
    "concat": Joined(),
    "stack": Stacked(),
}
"""Functions that arrange entries, by name."""


def compiled(
    tree: Expr, letters: tuple[Unspecified, ...] = (), defined: Mapping[str, Defined] = NONE
) -> tuple[Formula, tuple[str, ...]]:
    """Return an expression's rule and the names of its operands, in order of appearance.

    ``letters`` are the functions that stay unspecified, ``defined`` those given by formulas.
    """
    tree, names = placed(tree)
    if defined:
        return _formula(tree, len(names), letters, defined), names
    return compiled_line(tree, len(names), letters), names


@functools.lru_cache(maxsize=4096)
def compiled_line(tree: Expr, count: int, letters: tuple[Unspecified, ...]) -> Formula:
    """Return the formula of an expression in placeholders; equal lines of a graph have one."""
    return _formula(tree, count, letters, NONE)


def _formula(
    tree: Expr, count: int, letters: tuple[Unspecified, ...], defined: Mapping[str, Defined]
) -> Formula:
    operands = operand_names(count)
    compiler = _Compiler(operands, letters, defined)
    compiler.finish(tree)
    return Formula(tree, operands, tuple(compiler.slots), tuple(compiler.needs))


def fault(tree: Expr, xp: Arithmetic, names: Mapping[str, Array]) -> str:
    """Return why a formula has no finite value, by its first operation that has none."""
    rule, operands = compiled(tree)
    return rule.fault(xp, *(names[name] for name in operands))


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
    operands = operand_names(len(used))
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


class _Compiler:
    """Lays a tree's operations down one after the other; an equal part is computed once."""

    def __init__(
        self,
        operands: tuple[str, ...],
        letters: tuple[Unspecified, ...],
        defined: Mapping[str, Defined],
    ) -> None:
        self.letters = {each.letter: each for each in letters}
        self.defined = defined
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
            case Name(name, index) if any(isinstance(i, FromTo) for i in index):
                return Slice(index), (Name(name),)
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
            case Call(function, (*arguments, Compare("==", Constant("axis"), Number(axis)))):
                return _along(function, int(axis)), tuple(arguments)
            case Call("conv1d" | "conv2d" | "max_pool2d" as function, arguments):
                return _sliding(function, arguments)
            case Call("gather", (first, *rows)):
                return Gathered(tuple(map(_row, rows))), (first,)
            case Call(function, arguments):
                return self._function(function, len(arguments)), arguments
        raise TypeError(f"{type(tree).__name__} has no operation")

    def _function(self, function: str, arguments: int) -> Any:
        if function in self.letters:
            return self.letters[function]
        if function in self.defined:
            return self.defined[function]
        if function == "softmax":
            return Softmaxed()
        if function in ARRANGING:
            return ARRANGING[function]
        if function == "matmul":
            return MatrixProduct()
        if function == "dot":
            return Dot()
        if function in ("sum", "mean") or (function in ("max", "min") and arguments == 1):
            return Reduce(function)
        if function in ELEMENTARY:
            return Apply(function) if arguments <= 2 else Extreme(function)
        return Activate(ALIASES.get(function, function))


def _along(function: str, axis: int) -> Any:
    """Return the operation of a function along one axis."""
    if function == "softmax":
        return SoftmaxAlong(axis)
    return Joined(axis) if function == "concat" else Along(function, axis)


def _sliding(function: str, arguments: tuple[Expr, ...]) -> tuple[Any, tuple[Expr, ...]]:
    """Return the operation of a window that slides, and what it is of."""
    named = [(a.left, a.right) for a in arguments if isinstance(a, Compare)]
    steps = {name.name: _row(n, 0) for name, n in named if isinstance(name, Constant)}
    plain = tuple(a for a in arguments if not isinstance(a, Compare))
    if function != "max_pool2d":
        return Correlated(int(function[4]), **steps), plain
    first, *sizes = plain
    rows, columns = (_row(size) for size in (sizes * 2)[:2])
    return MaxPooled((rows, columns), **steps), (first,)


def _row(tree: Expr, least: int = 1) -> int:
    """Return a number that counts from 1; raise ValueError where it is none."""
    value = tree.value if isinstance(tree, Number) else None
    if not isinstance(value, Fraction) or value.denominator != 1 or value < least:
        raise ValueError("gather takes the numbers of rows, max_pool2d the size of its window")
    return int(value)


def _is_constant(tree: Expr) -> bool:
    """Return whether the tree is a number that every arithmetic can work out by itself."""
    return not any(
        isinstance(node, Name | Compare)
        or (isinstance(node, Call) and node.function not in ELEMENTARY)
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
