"""The expression tree: what a formula, a substituted line and a symbolic number are made of.

Nodes keep the order in which they were written, since a derivation is read in that order; nothing
is simplified on the way. The operators are overloaded, so a numpy object array of nodes can be
multiplied with ``@`` and gives the sums that a teacher writes.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, cast

import numpy as np
from msgspec import Struct

from .indices import Index
from .refs import Ref


class Expr(Struct, frozen=True):
    """Any node of an expression tree."""

    def __add__(self, other: Any) -> Expr:
        return _combined(other, lambda node: add(self, node))

    def __radd__(self, other: Any) -> Expr:
        return _combined(other, lambda node: add(node, self))

    def __sub__(self, other: Any) -> Expr:
        return _combined(other, lambda node: add(self, Neg(node)))

    def __rsub__(self, other: Any) -> Expr:
        return _combined(other, lambda node: add(node, Neg(self)))

    def __mul__(self, other: Any) -> Expr:
        return _combined(other, lambda node: mul(self, node))

    def __rmul__(self, other: Any) -> Expr:
        return _combined(other, lambda node: mul(node, self))

    def __truediv__(self, other: Any) -> Expr:
        return _combined(other, lambda node: Div(self, node))

    def __rtruediv__(self, other: Any) -> Expr:
        return _combined(other, lambda node: Div(node, self))

    def __pow__(self, other: Any) -> Expr:
        return _combined(other, lambda node: Pow(self, node))

    def __neg__(self) -> Expr:
        return Neg(self)


class Number(Expr, frozen=True):
    """A number: a fraction where it is exact, else a float (or an exact value of sympy's).

    ``extra`` is how many digits more than are asked for its line needs, to hold as it is printed.
    """

    value: Any
    extra: int = 0

    def __eq__(self, other: object) -> bool:
        """Return whether it is the same number: 1.0 of a pass is not the 1 of a formula."""
        if not isinstance(other, Number):
            return NotImplemented
        one, two = self.value, other.value
        floats = isinstance(one, float)
        if self.extra != other.extra or floats != isinstance(two, float):
            return False
        return bool(one == two and (not floats or one or str(one) == str(two)))

    __hash__ = Expr.__hash__


class Constant(Expr, frozen=True):
    """``pi`` or ``e``; ``R`` is the set of real numbers, ``ones`` a vector of ones."""

    name: str


class Name(Expr, frozen=True):
    """A formula's placeholder, such as ``z`` or ``W[j,k]``, before it means a quantity."""

    id: str
    index: tuple[Index, ...] = ()


class Letter(Expr, frozen=True):
    """An index by itself, as a range or a condition says it: the j of j ≠ k."""

    index: Index


class Quantity(Expr, frozen=True):
    """A quantity of the network, to be named by a notation or replaced by its number."""

    ref: Ref


class Known(Expr, frozen=True):
    """A quantity's number in a substituted line; it still knows which quantity it is of."""

    ref: Ref
    value: Any
    extra: int = 0


class Partial(Expr, frozen=True):
    """∂(of)/∂(wrt)."""

    of: Ref
    wrt: Ref


class Tangent(Expr, frozen=True):
    """ċ: the derivative of a quantity that forward mode carries along with its value."""

    ref: Ref


class Derivative(Expr, frozen=True):
    """A function's derivative at an argument: σ′(z); with an index, in that entry: ∂_jC(a)."""

    function: str
    argument: Expr
    index: tuple[Index, ...] = ()


class Add(Expr, frozen=True):
    """A sum, terms in the order written."""

    terms: tuple[Expr, ...]


class Mul(Expr, frozen=True):
    """A product, factors in the order written."""

    factors: tuple[Expr, ...]


class Neg(Expr, frozen=True):
    """−(operand)."""

    operand: Expr


class Div(Expr, frozen=True):
    """numerator / denominator."""

    numerator: Expr
    denominator: Expr


class Pow(Expr, frozen=True):
    """base ** exponent."""

    base: Expr
    exponent: Expr


WHOLE_LOSS = "whole loss"
"""The function that the loss of all samples is of the parameters: C of C(w + h)."""


class Call(Expr, frozen=True):
    """function(arguments)."""

    function: str
    arguments: tuple[Expr, ...]


class Compare(Expr, frozen=True):
    """left < right, and so on: the condition of one case."""

    operator: str
    left: Expr
    right: Expr


class Cases(Expr, frozen=True):
    """The expression of the first condition that holds, else the last one."""

    pieces: tuple[tuple[Compare, Expr], ...]
    otherwise: Expr


class BigSum(Expr, frozen=True):
    """Σ of body over index = 1 … count, a number or the layer whose units are counted."""

    index: str
    count: Index
    body: Expr


class Signature(Expr, frozen=True):
    """name : domain → codomain, the type of a function."""

    name: Expr
    domain: Expr
    codomain: Expr


class Diff(Expr, frozen=True):
    """∂(body)/∂wrt, the body written out."""

    body: Expr
    wrt: Ref


class Nabla(Expr, frozen=True):
    """∇_wrt of: the vector (or matrix) of the partial derivatives."""

    of: Ref
    wrt: Ref


class Matrix(Expr, frozen=True):
    """A matrix entry by entry, row by row; one column is a vector.

    ``of`` is the weight matrix, as the file has it, whose numbers they are. ``by_step`` says that
    a row is a step, or a position, in whatever direction vectors are written.
    """

    rows: tuple[tuple[Expr, ...], ...]
    of: Ref | None = None
    by_step: bool = False


class Transpose(Expr, frozen=True):
    """The transpose."""

    operand: Expr


class MatMul(Expr, frozen=True):
    """A product of matrices and vectors, written side by side.

    ``by_step`` says that rows are steps of a sequence, whichever way vectors lie.
    """

    factors: tuple[Expr, ...]
    by_step: bool = False


class Hadamard(Expr, frozen=True):
    """A product entry by entry: ⊙."""

    factors: tuple[Expr, ...]


class Between(Expr, frozen=True):
    """low ≤ middle ≤ high: the range of an index."""

    low: Expr
    middle: Expr
    high: Expr


class LayerNumber(Expr, frozen=True):
    """The number that a notation gives to layer ``layer`` of the file."""

    layer: int


class Several(Expr, frozen=True):
    """A function's arguments, side by side: u, v."""

    parts: tuple[Expr, ...]


class Dots(Expr, frozen=True):
    """The terms that a wide sum leaves out."""

    left_out: int


class Blank(Expr, frozen=True):
    """A line to write on, about ``width`` characters wide."""

    width: int


ZERO, ONE = Number(Fraction(0)), Number(Fraction(1))


def _combined(other: Any, make: Callable[[Expr], Expr]) -> Expr:
    """Return the node made with the other operand; an array takes the operation itself."""
    return cast(Expr, NotImplemented) if isinstance(other, np.ndarray) else make(as_expr(other))


def as_expr(value: Any) -> Expr:
    """Return the value as a node: numbers become Number, nodes stay."""
    if isinstance(value, Expr):
        return value
    return Number(Fraction(value) if isinstance(value, int) else value)


def numeric(node: Expr) -> Any:
    """Return the number a leaf holds (of its own, or of a quantity), or None."""
    return node.value if isinstance(node, Number | Known) else None


def add(*terms: Expr) -> Expr:
    """Return the sum, 0 of no terms; sums among the terms are joined into one."""
    flat: list[Expr] = []
    for term in terms:
        flat.extend(term.terms if isinstance(term, Add) else (term,))
    if not flat:
        return ZERO
    return flat[0] if len(flat) == 1 else Add(tuple(flat))


def mul(*factors: Expr) -> Expr:
    """Return the product; products among the factors are joined into one."""
    flat: list[Expr] = []
    for factor in factors:
        flat.extend(factor.factors if isinstance(factor, Mul) else (factor,))
    return flat[0] if len(flat) == 1 else Mul(tuple(flat))
