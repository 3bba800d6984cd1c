"""A formula of whole arrays → its shape and each entry's formula: W2.T @ delta2 * a1*(1 - a1).

A program's ``*`` goes entry by entry, a course's W·x is the matrix product, and of two vectors a·b
may be one number: what is asked decides, by the first way of reading that has its shape.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Iterator
from fractions import Fraction

from msgspec import Struct

from ...expression.axes import dimensions
from ...expression.parse import named
from ...expression.tokens import ExpressionError
from ...expression.tree import (
    ZERO,
    Call,
    Cases,
    Compare,
    Constant,
    Derivative,
    Div,
    Expr,
    Hadamard,
    MatMul,
    Matrix,
    Mul,
    Name,
    Neg,
    Number,
    Pow,
    Transpose,
    add,
    mul,
)
from ...expression.walking import rebuild

Shape = tuple[int, ...]
LARGEST = 3000
"""Parts of one entry's formula, its sums and its activations written out."""
TOO_LONG = "too long once its sums and its activations are written out"
EACH_WITH_EACH = "outer(a, b) is each entry with each"
FUNCTIONS = {
    "outer": (2, 2), "dot": (2, 2), "matmul": (2, 2), "multiply": (2, 2), "transpose": (1, 1),
    "t": (1, 1), "sum": (1, 2), "mean": (1, 2), "diag": (1, 1), "softmax": (1, 2),
    "maximum": (2, 2), "minimum": (2, 2), "square": (1, 1), "power": (2, 2), "where": (3, 3),
    "array": (1, 1), "asarray": (1, 1), "tensor": (1, 1), "reshape": (3, 3), "expit": (1, 1),
}  # fmt: skip
"""What a formula of arrays may call besides, as programs do, with the numbers of arguments."""
_ALSO = {"maximum": "max", "minimum": "min", "expit": "sigmoid"}
KEPT = named("keepdims", 1)
_TO_ROW = "here it makes a vector a row, (1, -1), or a column, (-1, 1)"


class Spread(Struct, frozen=True):
    """An array: its shape, and the formula at a position, which counts from 0."""

    shape: Shape
    at: Callable[[Shape], Expr]


class Signs(Struct, frozen=True):
    """A way of reading: what ``*`` is, whether a vector's transpose is itself, as in numpy.

    With ``by_sample`` what each sample has is that of the sample that is asked about.
    """

    star: str
    flat: bool = False
    by_sample: bool = False


def styles(*, course: bool, batch: bool) -> Iterator[Signs]:
    """Yield the ways of reading, the likeliest first: a course writes W·x, a program W * x."""
    stars = ("matrix", "entries", "number") if course else ("entries", "matrix", "number")
    for by_sample in (True, False) if batch else (False,):
        for flat, star in itertools.product((False, True), stars):
            yield Signs(star, flat, by_sample)


def size(shape: Shape) -> str:
    """Return a shape in words: 2 × 3, 2 entries, one number."""
    if len(shape) == 1:
        return f"{shape[0]} entr{'y' if shape[0] == 1 else 'ies'}"
    return dimensions(shape, "one number")


def fitted(laid: Spread, wanted: Shape) -> Spread | None:
    """Return the array in the shape that is wanted, where only axes of 1 differ."""
    if laid.shape == wanted:
        return laid
    if [n for n in laid.shape if n != 1] != [n for n in wanted if n != 1]:
        return None

    def at(position: Shape) -> Expr:
        left = iter([p for p, n in zip(position, wanted, strict=True) if n != 1])
        return laid.at(tuple(0 if n == 1 else next(left) for n in laid.shape))

    return Spread(wanted, at)


def transposed(laid: Spread) -> Spread:
    """Return the transpose; a vector becomes a row."""
    if len(laid.shape) == 1:
        return Spread((1, *laid.shape), lambda p: laid.at(p[1:]))
    return Spread(laid.shape[::-1], lambda p: laid.at(p[::-1]))


class LayOut:
    """Lays a tree out in one style; ``quantity`` gives what a name with its index means.

    ``met`` are the arrays that it names, by the name, with their shapes.
    """

    def __init__(self, text: str, style: Signs, quantity: Callable[[Expr, Signs], Spread]) -> None:
        self.text, self.style, self.quantity = text, style, quantity
        self.met: dict[str, Shape] = {}
        self.spent = 0

    def of(self, node: Expr) -> Spread:
        """Return the array that a tree is."""
        match node:
            case Name(word) | Call("d", (Name(word),)):
                return self._named(node, word)
            case Mul(factors):
                return functools.reduce(self._star, map(self.of, factors))
            case MatMul(factors):
                return functools.reduce(self._beside, map(self.of, factors))
            case Hadamard(factors):
                return functools.reduce(self._by_entry, map(self.of, factors))
            case Transpose(operand):
                return self._transposed(self.of(operand))
            case Matrix(rows):
                return self._literal(rows)
            case Call("d", _):
                raise self.fault("d(…) takes a name", "such as d(a1)")
            case Call("softmax", (argument, *_)):
                exponentials = Call("exp", (argument,))
                along = Call("sum", (exponentials, Number(Fraction(-1)), KEPT))
                return self.of(Div(exponentials, along))
            case Call(function, arguments) if function in FUNCTIONS:
                return self._called(function, arguments)
            case Call("max" | "min" as function, (first, second, third, *rest)):
                return self.of(Call(function, (Call(function, (first, second)), third, *rest)))
            case Call(function, (argument,)) if function.endswith("'"):
                return self.of(Derivative(function[:-1], argument))
        return self._entrywise(node, [self.of(each) for each in _parts(node)])

    def fault(self, message: str, cure: str) -> ExpressionError:
        """Return the error of the formula as a whole."""
        return ExpressionError(message, 0, len(self.text), cure)

    def shapes(self) -> str:
        """Return in words what shapes the arrays have that are named."""
        sizes = [f"{n} {'has' if len(s) == 1 else 'is'} {size(s)}" for n, s in self.met.items()]
        return f"here {', '.join(sizes[:4])}" if sizes else ""

    def _named(self, node: Expr, word: str) -> Spread:
        found = self.quantity(node, self.style)
        if found.shape:
            self.met[word] = found.shape

        def at(position: Shape) -> Expr:
            self.spent += 1
            if self.spent > LARGEST:
                raise self.fault(TOO_LONG, "use what was computed before by its name")
            return found.at(position)

        return Spread(found.shape, at)

    # -- products

    def _star(self, left: Spread, right: Spread) -> Spread:
        one = len(left.shape) == len(right.shape) == 1 and self.style.star != "number"
        if self.style.star == "entries" or one:
            return self._by_entry(left, right)
        return _product(left, right) or self._by_entry(left, right)

    def _beside(self, left: Spread, right: Spread) -> Spread:
        if len(left.shape) == len(right.shape) == 1:
            return self._by_entry(left, right)
        return _product(left, right) or self._by_entry(left, right)

    def _matmul(self, left: Spread, right: Spread) -> Spread:
        if not left.shape or not right.shape:
            return self._by_entry(left, right)
        found = _product(left, right)
        if found is None:
            message = f"{size(left.shape)} and {size(right.shape)} have no matrix product"
            raise self.fault(message, self.shapes() or ".T transposes")
        return found

    def _by_entry(self, left: Spread, right: Spread) -> Spread:
        """Return the product entry by entry; of a column and a row that is each with each."""
        for one, other in ((left, right), (right, left)):
            if len(one.shape) == 1 and len(other.shape) == 2 and other.shape[0] == 1:
                return _outer(one, _flat(other))
        return self._entrywise(Mul((ZERO, ZERO)), [left, right])

    # -- what is called

    def _called(self, function: str, arguments: tuple[Expr, ...]) -> Spread:
        first, *rest = arguments
        match function:
            case "maximum" | "minimum" | "expit":
                return self.of(Call(_ALSO[function], arguments))
            case "square" | "power":
                return self.of(Pow(first, rest[0] if rest else Number(Fraction(2))))
            case "where":
                holds = Compare(">", first, ZERO)
                if isinstance(first, Cases) and len(first.pieces) == 1:
                    holds = first.pieces[0][0]
                return self.of(Cases(((holds, rest[0]),), rest[1]))
            case "outer":
                return _outer(*(self._vector(self.of(each)) for each in arguments))
            case "dot" | "matmul":
                return self._matmul(self.of(first), self.of(rest[0]))
            case "multiply":
                return self._by_entry(self.of(first), self.of(rest[0]))
            case "transpose" | "t":
                return self._transposed(self.of(first))
            case "sum" | "mean":
                return self._reduced(self.of(first), rest, mean=function == "mean")
        laid = self.of(first)
        if function == "reshape":
            vector = self._vector(laid)
            if Number(Fraction(1)) not in rest:
                raise self.fault("reshape(…) is not read", _TO_ROW)
            row = transposed(vector)
            return row if rest[0] == Number(Fraction(1)) else transposed(row)
        if function == "diag":
            vector = self._vector(laid)
            shape = vector.shape * 2
            return Spread(shape, lambda p: vector.at(p[:1]) if p[0] == p[1] else ZERO)
        return laid

    def _transposed(self, laid: Spread) -> Spread:
        return laid if self.style.flat and len(laid.shape) == 1 else transposed(laid)

    def _vector(self, laid: Spread) -> Spread:
        found = fitted(laid, (math.prod(laid.shape),))
        if found is None:
            raise self.fault(f"{size(laid.shape)} where a vector is expected", self.shapes())
        return found

    def _reduced(self, laid: Spread, options: list[Expr], *, mean: bool) -> Spread:
        """Return the sum, or the mean, of all entries or along an axis."""
        axis, kept = None, False
        for option in options:
            kept = kept or option == KEPT
            number = option.right if isinstance(option, Compare) else option
            if not isinstance(option, Compare) or option.left == Constant("axis"):
                axis = _whole(number)
                if axis is None or not -len(laid.shape) <= axis < len(laid.shape):
                    message = f"{size(laid.shape)} have no such axis"
                    raise self.fault(message, "axis=0 goes down the rows, axis=1 along each")
        axes = [n for n in range(len(laid.shape)) if axis in (None, n, n - len(laid.shape))]
        count = math.prod(laid.shape[n] for n in axes)

        def at(position: Shape) -> Expr:
            rest = [p for n, p in enumerate(position) if not (kept and n in axes)]
            terms = []
            for place in itertools.product(*(range(laid.shape[n]) for n in axes)):
                here, along = iter(rest), iter(place)
                full = (next(along if n in axes else here) for n in range(len(laid.shape)))
                terms.append(laid.at(tuple(full)))
            total = add(*terms)
            return Div(total, Number(Fraction(count))) if mean else total

        shape = [1 if n in axes else size for n, size in enumerate(laid.shape)]
        if not kept:
            shape = [size for n, size in enumerate(laid.shape) if n not in axes]
        return Spread(tuple(shape), at)

    def _literal(self, rows: tuple[tuple[Expr, ...], ...]) -> Spread:
        """Return numbers that stand in brackets, one below the other a vector."""
        cells = [[self.of(cell) for cell in row] for row in rows]
        if any(cell.shape for row in cells for cell in row):
            raise self.fault("a list in a formula has numbers for entries", "name its entries")
        matrix = Spread((len(cells), len(cells[0])), lambda p: cells[p[0]][p[1]].at(()))
        return _flat(matrix) if matrix.shape[1] == 1 else matrix

    def _entrywise(self, node: Expr, parts: list[Spread]) -> Spread:
        """Return what a node makes of its parts' entries at each place."""
        shape: Shape = ()
        for each in parts:
            common = _common(shape, each.shape)
            if common is None:
                message = f"{size(shape)} and {size(each.shape)} do not go entry by entry"
                cure = f"{self.shapes()}; {EACH_WITH_EACH}".lstrip("; ")
                raise self.fault(message, cure)
            shape = common
        laid = [_spread(each, shape) for each in parts]
        return Spread(shape, lambda p: _with(node, [each.at(p) for each in laid]))


def _product(left: Spread, right: Spread) -> Spread | None:
    """Return the matrix product, None where there is none; a vector is a column, or left a row."""
    one, other = left.shape, right.shape
    if not 1 <= len(one) <= 2 or not 1 <= len(other) <= 2:
        return None
    if len(one) == 1 and len(other) == 2 and other[0] == 1:
        return _outer(left, _flat(right))
    count = one[-1]
    if count != other[0]:
        return None

    def at(position: Shape) -> Expr:
        row, column = position[: len(one) - 1], position[len(one) - 1 :]
        return add(*(mul(left.at((*row, k)), right.at((k, *column))) for k in range(count)))

    return Spread((*one[:-1], *other[1:]), at)


def _outer(left: Spread, right: Spread) -> Spread:
    shape = (*left.shape, *right.shape)
    return Spread(shape, lambda p: mul(left.at(p[:1]), right.at(p[1:])))


def _flat(laid: Spread) -> Spread:
    """Return a row, or a column, as a vector."""
    return fitted(laid, (math.prod(laid.shape),)) or laid


def _common(one: Shape, other: Shape) -> Shape | None:
    """Return the shape that two arrays have together, as numpy has it; a vector may be a column."""
    shorter, longer = sorted((one, other), key=len)
    first = len(longer) - len(shorter)
    pairs = list(zip((1,) * first + shorter, longer, strict=True))
    if all(m == n or 1 in (m, n) for m, n in pairs):
        return tuple(max(pair) for pair in pairs)
    return longer if len(shorter) == 1 and longer[:1] == shorter and first == 1 else None


def _spread(laid: Spread, shape: Shape) -> Spread:
    """Return an array as large as another: a vector stands in each row, or is a column."""
    own = laid.shape
    if own == shape:
        return laid
    first = len(shape) - len(own)
    if len(own) == 1 and first == 1 and own[0] not in (1, shape[-1]):
        return Spread(shape, lambda p: laid.at(p[:1]))

    def at(position: Shape) -> Expr:
        pairs = zip(own, position[first:], strict=True)
        return laid.at(tuple(0 if n == 1 else i for n, i in pairs))

    return Spread(shape, at)


def _whole(node: Expr) -> int | None:
    """Return a whole number, -1 too."""
    if isinstance(node, Neg):
        inner = _whole(node.operand)
        return None if inner is None else -inner
    whole = isinstance(node, Number) and node.value == int(node.value)
    return int(node.value) if isinstance(node, Number) and whole else None


def _parts(node: Expr) -> list[Expr]:
    """Return what may be changed below a node, in the order in which ``_with`` puts it."""
    found: list[Expr] = []

    def keep(child: Expr) -> Expr:
        found.append(child)
        return child

    rebuild(node, keep)
    return found


def _with(node: Expr, parts: list[Expr]) -> Expr:
    """Return the node with other parts."""
    left = iter(parts)
    return rebuild(node, lambda _: next(left))
