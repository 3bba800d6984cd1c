"""Primitives that arrange entries, or go along one axis: transpose, stretches, joins, rows.

Each says its own ``shape``, of its operands' and of what the first one is called; or in a
ValueError's words why it has none.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from msgspec import Struct

from ..arithmetic import Arithmetic
from ..expression.axes import dimensions
from ..expression.indices import FromTo, Index, positions
from ..expression.tree import ONE, Call, Div, Expr, Hadamard, MatMul, Number, Transpose, mul
from ..expression.walking import bind
from .array_formulas import ONES, Whole, is_chosen
from .rules import Array, Shape
from .softmax import SOFTMAX
from .tensors import Reduce


class NoEntry(ValueError):
    """An operand has no such entry: which operand, which entry, and what it has."""

    def __init__(self, operand: str, index: tuple[Index, ...], has: str) -> None:
        super().__init__(f"there is no entry [{','.join(map(str, index))}]: {has}")
        self.operand, self.index, self.has = operand, index, has


class Turned(Struct, frozen=True):
    """Xᵀ of a matrix; the share is gᵀ."""

    name = "transpose"
    gate = "transpose"

    def shape(self, shapes: list[Shape], operand: str) -> Shape:
        """Return rows and columns exchanged."""
        if len(shapes[0]) != 2:
            found = "a vector" if shapes[0] else "a single number"
            raise ValueError(f"transpose takes a matrix, not {found}")
        return shapes[0][::-1]

    def forward(self, xp: Arithmetic, *inputs: Array) -> Any:
        """Return Xᵀ."""
        return inputs[0].T

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Any:
        """Return gᵀ."""
        return g.T

    def whole(self, k: int, g: Expr, out: Expr, inputs: tuple[Whole, ...]) -> Expr:
        """Return gᵀ."""
        return Transpose(g)


class Slice(Struct, frozen=True):
    """X[1:3], both ends included; the share is g there and 0 elsewhere."""

    index: tuple[Index, ...]

    name = "slice"
    gate = "slice"

    def shape(self, shapes: list[Shape], operand: str) -> Shape:
        """Return how many entries each stretch has; a single position has no axis."""
        shape = shapes[0]
        has = f"it {'has' if len(shape) == 1 else 'is'} {dimensions(shape, 'one')}"
        if len(self.index) > len(shape):
            raise NoEntry(operand, self.index, has)
        found: list[int] = []
        for each, size in zip(self.index, shape, strict=False):
            ends = (each.first, each.last) if isinstance(each, FromTo) else (int(each), int(each))
            first, last = (ends[0] or 1), (size if ends[1] is None else ends[1])
            if last > size or first > size:
                raise NoEntry(operand, self.index, has)
            if isinstance(each, FromTo):
                found.append(last - first + 1)
        return (*found, *shape[len(self.index) :])

    def forward(self, xp: Arithmetic, *inputs: Array) -> Any:
        """Return the stretch."""
        return inputs[0][positions(self.index)]

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Any:
        """Return g in the stretch, zeros elsewhere."""
        spread = zeros(xp, inputs[0].shape)
        spread[positions(self.index)] = g
        return spread

    def whole(self, k: int, g: Expr, out: Expr, inputs: tuple[Whole, ...]) -> Expr:
        """Return pad(g): g with zeros around it."""
        return Call("pad", (g,))


class Along(Struct, frozen=True):
    """sum, mean, max or min along one axis of a matrix (of a vector: of all its entries)."""

    function: str
    axis: int

    @property
    def name(self) -> str:
        """The function's name."""
        return self.function

    @property
    def gate(self) -> str:
        """The same as of all entries."""
        return Reduce(self.function).gate

    def shape(self, shapes: list[Shape], operand: str) -> Shape:
        """Return the shape without the axis."""
        return _without(shapes[0], self.axis, self.function)

    def forward(self, xp: Arithmetic, *inputs: Array) -> Any:
        """Return the value of each line along the axis."""
        lines = _lines(inputs[0], self.axis)
        rule = Reduce(self.function)
        if lines.ndim == 1:
            return rule.forward(xp, lines)
        return _stacked(xp, [np.asarray(rule.forward(xp, line)) for line in lines])

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Any:
        """Return each line's share."""
        lines = _lines(inputs[0], self.axis)
        rule = Reduce(self.function)
        if lines.ndim == 1:
            return rule.share(xp, 0, g, out, lines)
        each = zip(g, out, lines, strict=True)
        shares = [rule.share(xp, 0, alone(a), alone(b), line) for a, b, line in each]
        found = _stacked(xp, [np.asarray(share) for share in shares])
        return found.T if self.axis == 1 else found

    def whole(self, k: int, g: Expr, out: Expr, inputs: tuple[Whole, ...]) -> Expr:
        """Return 𝟏 gᵀ or g 𝟏ᵀ, over n of a mean; of a maximum at the largest, shared by ties."""
        x = inputs[0]
        if len(x.shape) == 1:
            return Reduce(self.function).whole(k, g, out, inputs)
        if self.function == "sum":
            return _spread(g, self.axis)
        if self.function == "mean":
            count = Number(Fraction(x.shape[self.axis - 1]))
            return mul(Div(ONE, count), _spread(g, self.axis))
        chosen = is_chosen(x.tree, _spread(out, self.axis))
        ties = MatMul((Transpose(chosen) if self.axis == 1 else chosen, ONES))
        return Hadamard((_spread(Div(g, ties), self.axis), chosen))


class SoftmaxAlong(Struct, frozen=True):
    """The softmax of each line along one axis of a matrix."""

    axis: int

    name = "softmax"
    gate = ""

    def shape(self, shapes: list[Shape], operand: str) -> Shape:
        """Return the same shape."""
        _without(shapes[0], self.axis, "softmax")
        return shapes[0]

    def forward(self, xp: Arithmetic, *inputs: Array) -> Any:
        """Return the softmax."""
        turned = self._turns(inputs[0])
        found = SOFTMAX.forward(xp, inputs[0].T if turned else inputs[0])
        return found.T if turned else found

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Any:
        """Return a ⊙ (g − Σ g a along the axis)."""
        if not self._turns(inputs[0]):
            return SOFTMAX.share(xp, 0, g, out, inputs[0])
        return SOFTMAX.share(xp, 0, g.T, out.T, inputs[0].T).T

    def _turns(self, x: Array) -> bool:
        return x.ndim == 2 and self.axis == 1

    def whole(self, k: int, g: Expr, out: Expr, inputs: tuple[Whole, ...]) -> Expr:
        """Return a ⊙ (g − 𝟏 (𝟏ᵀ (g ⊙ a))) down the columns, the same along rows."""
        if len(inputs[0].shape) == 1:
            return bind(SOFTMAX.write_whole(0, 1), {"out": out, "g": g})
        product = Hadamard((g, out))
        if self.axis == 2:
            sums = MatMul((MatMul((product, ONES)), Transpose(ONES)))
        else:
            sums = MatMul((ONES, MatMul((Transpose(ONES), product))))
        return Hadamard((out, g - sums))


class Joined(Struct, frozen=True):
    """Inputs end to end along an axis; an input's share is its stretch of g."""

    axis: int | None = None

    name = "concat"
    gate = "concat"

    def shape(self, shapes: list[Shape], operand: str) -> Shape:
        """Return the lengths along the axis added up; the other axis is the same."""
        ranks = {len(shape) for shape in shapes}
        if len(ranks) > 1 or () in shapes:
            raise ValueError("concat takes vectors, or matrices: 'stack' makes a vector of numbers")
        axis = self._axis(len(shapes[0]))
        if len({shape[:axis] + shape[axis + 1 :] for shape in shapes}) > 1:
            found = " and ".join(dimensions(shape) for shape in shapes)
            side = "columns" if axis == 0 else "rows"
            raise ValueError(f"concat of {found}: they have different numbers of {side}")
        whole = list(shapes[0])
        whole[axis] = sum(shape[axis] for shape in shapes)
        return tuple(whole)

    def _axis(self, rank: int) -> int:
        return rank - 1 if self.axis is None else min(self.axis, rank) - 1

    def forward(self, xp: Arithmetic, *inputs: Array) -> Any:
        """Return the inputs end to end."""
        return np.concatenate(inputs, axis=self._axis(inputs[0].ndim))

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Any:
        """Return the stretch of g that belongs to input k."""
        return g[positions(self._part(k, [each.shape for each in inputs]))]

    def _part(self, k: int, shapes: list[Shape]) -> tuple[FromTo, ...]:
        axis = self._axis(len(shapes[0]))
        first = sum(shape[axis] for shape in shapes[:k]) + 1
        stretch = FromTo(first, first + shapes[k][axis] - 1)
        return (*(FromTo() for _ in range(axis)), stretch)

    def whole(self, k: int, g: Expr, out: Expr, inputs: tuple[Whole, ...]) -> Expr:
        """Return part(g, x): the entries of g that belong to input k."""
        return Call("part", (g, inputs[k].tree))


class Stacked(Struct, frozen=True):
    """Numbers as the entries of a vector, vectors as the rows of a matrix; a share is g's row."""

    name = "stack"
    gate = "stack"

    def shape(self, shapes: list[Shape], operand: str) -> Shape:
        """Return one axis more."""
        if len(set(shapes)) > 1:
            found = " and ".join(dimensions(shape, "one") for shape in shapes)
            raise ValueError(f"stack of {found}: they differ in shape")
        if len(shapes[0]) > 1:
            raise ValueError("stack takes numbers or vectors: concat(A, B, axis=1) joins matrices")
        return (len(shapes), *shapes[0])

    def forward(self, xp: Arithmetic, *inputs: Array) -> Any:
        """Return the inputs, one below the other."""
        return _stacked(xp, [np.asarray(each) for each in inputs])

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Any:
        """Return row k of g."""
        return alone(g[k])

    def whole(self, k: int, g: Expr, out: Expr, inputs: tuple[Whole, ...]) -> Expr:
        """Return row(g, k)."""
        return Call("row", (g, Number(Fraction(k + 1))))


class Gathered(Struct, frozen=True):
    """Rows of a matrix (entries of a vector) by number; what is taken twice adds up."""

    rows: tuple[int, ...]

    name = "gather"
    gate = "gather"

    def shape(self, shapes: list[Shape], operand: str) -> Shape:
        """Return one row for each number; of one number, the row itself."""
        if not shapes[0]:
            raise ValueError("gather takes rows of a matrix or entries of a vector")
        outside = next((row for row in self.rows if row > shapes[0][0]), None)
        if outside is not None:
            what = "rows" if len(shapes[0]) > 1 else "entries"
            raise ValueError(f"gather: there is no row {outside}, it has {shapes[0][0]} {what}")
        count = (len(self.rows),) if len(self.rows) > 1 else ()
        return (*count, *shapes[0][1:])

    @property
    def _where(self) -> Any:
        rows = [row - 1 for row in self.rows]
        return rows if len(rows) > 1 else rows[0]

    def forward(self, xp: Arithmetic, *inputs: Array) -> Any:
        """Return the rows."""
        return inputs[0][self._where]

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Any:
        """Return each row of g added to the row that it came from."""
        spread = zeros(xp, inputs[0].shape)
        back = g if len(self.rows) > 1 else [g]
        for row, each in zip(self.rows, back, strict=True):
            spread[row - 1] = spread[row - 1] + each
        return spread

    def whole(self, k: int, g: Expr, out: Expr, inputs: tuple[Whole, ...]) -> Expr:
        """Return scatter(g, rows)."""
        return Call("scatter", (g, *(Number(Fraction(row)) for row in self.rows)))


def zeros(xp: Arithmetic, shape: Shape) -> Array:
    """Return an array of zeros to put shares into."""
    return xp.array(np.zeros(shape, dtype=np.int64)).copy()


def alone(value: Any) -> Array:
    """Return one entry as an array without axes; an array as it is."""
    if isinstance(value, np.ndarray):
        return value
    if isinstance(value, float | np.floating):
        return np.asarray(value)
    result = np.empty((), dtype=object)
    result[()] = value
    return result


def _stacked(xp: Arithmetic, parts: list[Array]) -> Array:
    """Return arrays of one shape, one below the other."""
    found = np.empty((len(parts), *parts[0].shape), dtype=np.result_type(*parts))
    for position, part in enumerate(parts):
        found[position] = part if part.shape else part[()]
    return found


def _without(shape: Shape, axis: int, what: str) -> Shape:
    if not shape:
        raise ValueError(f"{what} along an axis takes a matrix or a vector, not a single number")
    if axis > len(shape):
        raise ValueError(f"{what} along axis {axis}, but a vector has one axis")
    return shape[: axis - 1] + shape[axis:]


def _lines(x: Array, axis: int) -> Array:
    """Return the lines along an axis as rows; a vector is one line."""
    return x.T if x.ndim == 2 and axis == 1 else x


def _spread(tree: Expr, axis: int) -> Expr:
    """Return a vector in every row (along axis 1), or in every column, of a matrix."""
    if axis == 1:
        return MatMul((ONES, Transpose(tree)))
    return MatMul((tree, Transpose(ONES)))
