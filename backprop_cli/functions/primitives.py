"""Primitives: the operations that a formula is made of, on scalars, vectors and matrices.

Each computes its value, gives each input's share of the gradient (before the axes of broadcasting
are summed), and writes that share for whole arrays. All run on any kind of number.
"""

from __future__ import annotations

import functools
from fractions import Fraction
from typing import Any, Protocol

import numpy as np
from msgspec import Struct

from ..arithmetic import Arithmetic
from ..expression.tree import (
    ONE,
    ZERO,
    Add,
    Call,
    Cases,
    Compare,
    Constant,
    Derivative,
    Div,
    Expr,
    Hadamard,
    MatMul,
    Mul,
    Name,
    Neg,
    Number,
    Pow,
    Several,
    Transpose,
    add,
    mul,
)
from ..expression.walking import bind, walk
from .activations import ACTIVATIONS, ALIASES, Elementwise, bound_to, spelled_out
from .elementary import ELEMENTARY
from .rules import Array, Shape, formula
from .softmax import SOFTMAX

ONES = Constant("ones")


class Primitive(Protocol):
    """One operation. ``gate`` is the kind that a remark is made of (addition, max)."""

    @property
    def name(self) -> str:
        """The operation's name, as a node or a message says it."""
        ...

    @property
    def gate(self) -> str:
        """Which remark of ``worked.gates`` explains it, if one does."""
        ...

    def forward(self, xp: Arithmetic, *inputs: Array) -> Any:
        """Return the value."""
        ...

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Any:
        """Return input k's share of the gradient g, of the value's shape or the input's own."""
        ...

    def whole(self, k: int, g: Expr, out: Expr, inputs: tuple[Whole, ...]) -> Expr:
        """Return input k's share written for whole arrays."""
        ...


class Whole(Struct, frozen=True):
    """A whole array in a formula: its tree and its shape."""

    tree: Expr
    shape: Shape


class Plus(Struct, frozen=True):
    """u + v + …; each input's share is g."""

    name = gate = "addition"

    def forward(self, xp: Arithmetic, *inputs: Array) -> Any:
        """Return the sum."""
        total = inputs[0]
        for more in inputs[1:]:
            total = total + more
        return total

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Any:
        """Return g: addition copies."""
        return g

    def whole(self, k: int, g: Expr, out: Expr, inputs: tuple[Whole, ...]) -> Expr:
        """Return g."""
        return g


class Minus(Struct, frozen=True):
    """−u; the share is −g."""

    name = gate = "negation"

    def forward(self, xp: Arithmetic, *inputs: Array) -> Any:
        """Return −u."""
        return -inputs[0]

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Any:
        """Return −g."""
        return -g

    def whole(self, k: int, g: Expr, out: Expr, inputs: tuple[Whole, ...]) -> Expr:
        """Return −g."""
        return Neg(g)


class Times(Struct, frozen=True):
    """u · v · …, entry by entry; an input's share is g times the others."""

    name = gate = "multiplication"

    def forward(self, xp: Arithmetic, *inputs: Array) -> Any:
        """Return the product."""
        total = inputs[0]
        for more in inputs[1:]:
            total = total * more
        return total

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Any:
        """Return g times the other inputs."""
        for position, other in enumerate(inputs):
            if position != k:
                g = g * other
        return g

    def whole(self, k: int, g: Expr, out: Expr, inputs: tuple[Whole, ...]) -> Expr:
        """Return g ⊙ the other inputs."""
        shape = np.broadcast_shapes(*(each.shape for each in inputs))
        others = [each for position, each in enumerate(inputs) if position != k]
        return product([Whole(g, shape), *others])


class Quotient(Struct, frozen=True):
    """u / v; shares g/v and −g u/v²."""

    name = gate = "division"

    def forward(self, xp: Arithmetic, *inputs: Array) -> Any:
        """Return u / v."""
        return xp.elementwise(formula("u/v"), {"u": inputs[0], "v": inputs[1]})

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Any:
        """Return g/v, or −g u/v²."""
        return g * xp.elementwise(_QUOTIENT[k], {"u": inputs[0], "v": inputs[1]})

    def whole(self, k: int, g: Expr, out: Expr, inputs: tuple[Whole, ...]) -> Expr:
        """Return g ⊙ 1/v, or −g ⊙ u/v²."""
        return _times_slope(g, _QUOTIENT[k], ("u", "v"), inputs)


_QUOTIENT = (formula("1/v"), Neg(formula("u/v**2")))


class Power(Struct, frozen=True):
    """uⁿ for a given number n; share g·n uⁿ⁻¹."""

    exponent: Fraction

    name = gate = "power"

    def forward(self, xp: Arithmetic, *inputs: Array) -> Any:
        """Return uⁿ."""
        return xp.elementwise(Pow(Name("u"), Number(self.exponent)), {"u": inputs[0]})

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Any:
        """Return g·n uⁿ⁻¹."""
        return g * xp.elementwise(self.slope, {"u": inputs[0]})

    def whole(self, k: int, g: Expr, out: Expr, inputs: tuple[Whole, ...]) -> Expr:
        """Return g ⊙ n uⁿ⁻¹."""
        return _times_slope(g, self.slope, ("u",), inputs)

    @property
    def slope(self) -> Expr:
        """The derivative n uⁿ⁻¹, without exponents 1 and 0."""
        n, u = self.exponent, Name("u")
        if n in (0, 1):
            return Number(n)
        below = Pow(u, Number(n - 1)) if n != 2 else u
        return mul(Number(n), below) if n > 0 else Neg(mul(Number(-n), below))


class PowerOf(Struct, frozen=True):
    """uᵛ; shares g·v uᵛ⁻¹ (0 where v is 0) and g·uᵛ ln u (0 where u is 0)."""

    name = gate = "power"

    def forward(self, xp: Arithmetic, *inputs: Array) -> Any:
        """Return uᵛ."""
        return xp.elementwise(formula("u**v"), {"u": inputs[0], "v": inputs[1]})

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Any:
        """Return g·v uᵛ⁻¹, or g·uᵛ ln u."""
        names = {"u": inputs[0], "v": inputs[1], "f": out}
        return g * xp.elementwise(_POWER_OF[k] if xp.name == "symbolic" else _POWER_AT_0[k], names)

    def whole(self, k: int, g: Expr, out: Expr, inputs: tuple[Whole, ...]) -> Expr:
        """Return g ⊙ v uᵛ⁻¹, or g ⊙ uᵛ ln u."""
        return _times_slope(g, bind(_POWER_OF[k], {"f": out}), ("u", "v"), inputs)


_POWER_OF = (formula("v*u**(v - 1)"), formula("f*ln(u)"))
_POWER_AT_0 = (
    Cases(((Compare("==", Name("v"), ZERO), ZERO),), _POWER_OF[0]),
    Cases(((Compare("==", Name("u"), ZERO), ZERO),), formula("f*ln(u)")),
)


class Apply(Struct, frozen=True):
    """An elementary function, entry by entry; share g times its derivative."""

    function: str

    @property
    def name(self) -> str:
        """The function's name."""
        return self.function

    @property
    def gate(self) -> str:
        """``max`` and ``min`` route, other functions scale by their slope."""
        return self.function if self.function in ("max", "min") else ""

    @property
    def kink(self) -> str:
        """The convention used where its derivative jumps, if it does."""
        return ELEMENTARY[self.function].kink

    def forward(self, xp: Arithmetic, *inputs: Array) -> Any:
        """Return f(u), or f(u, v)."""
        names = _LETTERS[: len(inputs)]
        called = Call(self.function, tuple(map(Name, names)))
        return xp.elementwise(called, dict(zip(names, inputs, strict=True)))

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Any:
        """Return g times the derivative in input k."""
        names = dict(zip(_LETTERS, (*inputs, *inputs[:1])[:2], strict=False))
        return g * xp.elementwise(self.slope(k), {**names, "f": out})

    def whole(self, k: int, g: Expr, out: Expr, inputs: tuple[Whole, ...]) -> Expr:
        """Return g ⊙ f′(u)."""
        return _times_slope(g, bind(self.slope(k), {"f": out}), _LETTERS, inputs)

    def slope(self, k: int) -> Expr:
        """Return the derivative's formula in input k, in ``u``, ``v`` and ``f``."""
        return formula(ELEMENTARY[self.function].derivatives[k])


_LETTERS = ("u", "v")


class Activate(Struct, frozen=True):
    """An activation by name, entry by entry; share g·f′(u)."""

    name: str

    gate = ""

    @property
    def rule(self) -> Elementwise:
        """The activation's rule at its default settings."""
        return _activation(self.name)

    def forward(self, xp: Arithmetic, *inputs: Array) -> Any:
        """Return f(u); written down, it is called by its name."""
        if xp.name == "symbolic":
            return xp.elementwise(Call(self.name, (Name("z"),)), {"z": inputs[0]})
        return self.rule.forward(xp, inputs[0])

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Any:
        """Return g·f′(u)."""
        if xp.name == "symbolic":
            return g * xp.elementwise(self.rule.derivative, {"z": inputs[0], "a": out})
        return self.rule.share(xp, 0, g, out, inputs[0])

    def whole(self, k: int, g: Expr, out: Expr, inputs: tuple[Whole, ...]) -> Expr:
        """Return g ⊙ f′(u)."""
        slope = Derivative(self.name, inputs[0].tree)
        return product([Whole(g, inputs[0].shape), Whole(slope, inputs[0].shape)])


@functools.cache
def _activation(name: str) -> Elementwise:
    return bound_to(ACTIVATIONS[ALIASES.get(name, name)])


class Softmaxed(Struct, frozen=True):
    """The softmax of a vector, or of each row of a matrix."""

    name = "softmax"
    gate = ""

    def forward(self, xp: Arithmetic, *inputs: Array) -> Any:
        """Return the softmax."""
        return SOFTMAX.forward(xp, inputs[0])

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Any:
        """Return a ⊙ (g − (g·a))."""
        return SOFTMAX.share(xp, 0, g, out, inputs[0])

    def whole(self, k: int, g: Expr, out: Expr, inputs: tuple[Whole, ...]) -> Expr:
        """Return (diag(a) − a aᵀ) g of a vector, a ⊙ (g − (g·a) by rows) of a matrix."""
        if len(inputs[0].shape) == 1:
            return bind(SOFTMAX.write_whole(0, 1), {"out": out, "g": g})
        rows = MatMul((Hadamard((g, out)), ONES))
        return Hadamard((out, g - MatMul((rows, Transpose(ONES)))))


class Reduce(Struct, frozen=True):
    """sum, mean, max or min of all entries."""

    function: str

    @property
    def name(self) -> str:
        """The function's name."""
        return self.function

    @property
    def gate(self) -> str:
        """``max`` and ``min`` route, ``sum`` copies, ``mean`` shares."""
        return {"sum": "addition"}.get(self.function, self.function)

    def forward(self, xp: Arithmetic, *inputs: Array) -> Any:
        """Return the one number."""
        flat = np.asarray(inputs[0]).ravel()
        if self.function == "sum":
            return np.add.reduce(flat)
        if self.function == "mean":
            return xp.scale(np.asarray(np.add.reduce(flat)), len(flat))
        if xp.name == "float64":
            return flat.max() if self.function == "max" else flat.min()
        names = [f"u{i}" for i in range(len(flat))]
        called = Call(self.function, tuple(map(Name, names)))
        return xp.elementwise(called, {n: np.asarray(v) for n, v in zip(names, flat, strict=True)})

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Any:
        """Return g, g/n, or g at the largest entries, equally."""
        x, spread = inputs[0], np.empty(inputs[0].shape, dtype=np.asarray(g).dtype)
        spread[...] = g
        if self.function == "sum":
            return spread
        if self.function == "mean":
            return xp.scale(spread, x.size)
        if x.size == 1:
            return spread
        if xp.name == "symbolic":
            ties = [_is(entry, np.asarray(out).item()) for entry in x.ravel()]
            written = [Div(each, add(*ties)) for each in ties]
            return spread * _objects(written).reshape(x.shape)
        largest = [bool(entry == np.asarray(out).item()) for entry in x.ravel()]
        each = Fraction(1, sum(largest))
        gates = _objects([each if is_largest else Fraction(0) for is_largest in largest])
        return spread * xp.array(gates).reshape(x.shape)

    def whole(self, k: int, g: Expr, out: Expr, inputs: tuple[Whole, ...]) -> Expr:
        """Return g in every entry, g/n, or g where the entry is the largest."""
        if self.function == "sum":
            return mul(g, ONES)
        if self.function == "mean":
            size = int(np.prod(inputs[0].shape, dtype=int))
            return mul(g, Div(ONE, Number(Fraction(size))), ONES)
        if all(n == 1 for n in inputs[0].shape):
            return g
        return mul(g, _is(inputs[0].tree, out))


def _is(entry: Expr, chosen: Expr) -> Expr:
    """Return [entry = chosen]: 1 where it is, 0 where it is not."""
    return Cases(((Compare("==", entry, chosen), ONE),), ZERO)


class Dot(Struct, frozen=True):
    """Σ u_i v_i of two vectors; shares g v and g u."""

    name = gate = "dot"

    def forward(self, xp: Arithmetic, *inputs: Array) -> Any:
        """Return u · v."""
        return np.add.reduce(np.asarray(inputs[0] * inputs[1]))

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Any:
        """Return g times the other vector."""
        return g * inputs[1 - k]

    def whole(self, k: int, g: Expr, out: Expr, inputs: tuple[Whole, ...]) -> Expr:
        """Return g times the other vector."""
        return mul(g, inputs[1 - k].tree)


class MatrixProduct(Struct, frozen=True):
    """A @ B of matrices and vectors; shares g Bᵀ and Aᵀ g."""

    name = gate = "matmul"

    def forward(self, xp: Arithmetic, *inputs: Array) -> Any:
        """Return A @ B."""
        return inputs[0] @ inputs[1]

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Any:
        """Return g Bᵀ, or Aᵀ g; a vector on the left is a row, on the right a column."""
        a, b = inputs
        if a.ndim == b.ndim == 1:
            return g * inputs[1 - k]
        if k == 0:
            if b.ndim == 1:
                return np.multiply.outer(g, b)
            return b @ g if a.ndim == 1 else g @ b.T
        if a.ndim == 1:
            return np.multiply.outer(a, g)
        return a.T @ g

    def whole(self, k: int, g: Expr, out: Expr, inputs: tuple[Whole, ...]) -> Expr:
        """Return g Bᵀ, or Aᵀ g."""
        a, b = inputs
        if len(a.shape) == len(b.shape) == 1:
            return mul(g, inputs[1 - k].tree)
        if k == 0:
            if len(a.shape) == 1:
                return MatMul((b.tree, g))
            return MatMul((g, Transpose(b.tree)))
        if len(a.shape) == 1:
            return MatMul((a.tree, Transpose(g)))
        return MatMul((Transpose(a.tree), g))


class Entry(Struct, frozen=True):
    """x[i] or X[i,j], positions from 1; the share is g there and 0 elsewhere."""

    index: tuple[int, ...]

    name = "entry"
    gate = "entry"

    def forward(self, xp: Arithmetic, *inputs: Array) -> Any:
        """Return the entry, or a matrix's row."""
        return inputs[0][self._where]

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Any:
        """Return g at the entry, zeros elsewhere."""
        spread = xp.array(np.zeros(inputs[0].shape))
        if spread.dtype == object:
            spread = xp.array(np.full(inputs[0].shape, Fraction(0), dtype=object))
        spread[self._where] = np.asarray(g).item() if np.ndim(g) == 0 else g
        return spread

    def whole(self, k: int, g: Expr, out: Expr, inputs: tuple[Whole, ...]) -> Expr:
        """Return g e_i, or g e_i e_jᵀ."""
        first = Name("e", self.index[:1])
        if len(inputs[0].shape) == 1:
            return mul(g, first)
        if len(self.index) == 1:
            return MatMul((first, Transpose(g)))
        return mul(g, MatMul((first, Transpose(Name("e", self.index[1:])))))

    @property
    def _where(self) -> tuple[int, ...]:
        return tuple(i - 1 for i in self.index)


class Defined(Struct, frozen=True):
    """A function given by formulas in ``letters``: its value, and its derivative in each input.

    ``computed`` are the same formulas with activations spelled out, for computing.
    """

    name: str
    letters: tuple[str, ...]
    value: Expr
    slopes: tuple[Expr, ...]
    computed: tuple[Expr, ...]

    gate = ""

    @classmethod
    def of(cls, name: str, letters: tuple[str, ...], value: Expr, *slopes: Expr) -> Defined:
        """Return the function of its written formulas."""
        return cls(name, letters, value, slopes, tuple(map(spelled_out, (value, *slopes))))

    def forward(self, xp: Arithmetic, *inputs: Array) -> Any:
        """Return the value; written down, the function is called by its name."""
        names = dict(zip(self.letters, inputs, strict=True))
        if xp.name == "symbolic":
            return xp.elementwise(Call(self.name, tuple(map(Name, self.letters))), names)
        return xp.elementwise(self.computed[0], names)

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Any:
        """Return g times the derivative in input k; ``f`` in it is the value."""
        names = {**dict(zip(self.letters, inputs, strict=True)), "f": out}
        slope = self.slopes[k] if xp.name == "symbolic" else self.computed[k + 1]
        return g * xp.elementwise(slope, names)

    def whole(self, k: int, g: Expr, out: Expr, inputs: tuple[Whole, ...]) -> Expr:
        """Return g ⊙ the derivative in input k."""
        return _times_slope(g, bind(self.slopes[k], {"f": out}), self.letters, inputs)


class Unspecified(Struct, frozen=True):
    """f(u, v, …) of which nothing is known; shares g·∂f/∂(input k)."""

    letter: str

    gate = ""

    @property
    def name(self) -> str:
        """The function's letter."""
        return self.letter

    def forward(self, xp: Arithmetic, *inputs: Array) -> Any:
        """Return f(u, v) as a symbol; it has no number."""
        if xp.name != "symbolic":
            raise ValueError(f"{self.letter} has no formula")
        return Call(self.letter, tuple(np.asarray(each).item() for each in inputs))

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Any:
        """Return g·f′(u), or g·∂ₖf(u, v)."""
        if xp.name != "symbolic":
            raise ValueError(f"{self.letter} has no formula")
        parts = tuple(np.asarray(each).item() for each in inputs)
        return g * np.asarray(self._slope(k, parts), dtype=object)

    def whole(self, k: int, g: Expr, out: Expr, inputs: tuple[Whole, ...]) -> Expr:
        """Return g·f′(u), or g·∂ₖf(u, v)."""
        return mul(g, self._slope(k, tuple(each.tree for each in inputs)))

    def _slope(self, k: int, parts: tuple[Expr, ...]) -> Expr:
        if len(parts) == 1:
            return Derivative(self.letter, parts[0])
        return Derivative(self.letter, Several(parts), (k + 1,))


# -- values that there are not


def undefined(primitive: Primitive, inputs: list[Array]) -> str:
    """Return why an operation has no value here, in words; nothing where it only overflows."""
    first, last = (np.asarray(inputs[i], dtype=np.float64) for i in (0, -1))
    if isinstance(primitive, Quotient) and bool((last == 0).any()):
        return "it divides by 0"
    if isinstance(primitive, Power | PowerOf):
        exponent = last if isinstance(primitive, PowerOf) else np.asarray(primitive.exponent)
        exponent = np.asarray(exponent, dtype=np.float64)
        if bool(((first == 0) & (exponent < 0)).any()):
            return "it divides by 0"
        if bool(((first < 0) & (exponent != np.round(exponent))).any()):
            return "it takes a root of a negative number"
    if isinstance(primitive, Apply) and primitive.function in ("ln", "log", "sqrt"):
        what = "the root" if primitive.function == "sqrt" else "the logarithm"
        if bool((first < 0).any()):
            return f"it takes {what} of a negative number"
        if bool((first == 0).any()):
            return f"it takes {what} of 0"
    return ""


# -- whole arrays


def product(parts: list[Whole]) -> Expr:
    """Return the product entry by entry: single numbers before it, arrays joined by ⊙."""
    numbers = [each.tree for each in parts if each.shape == () and each.tree != ONE]
    arrays = [each for each in parts if each.shape != ()]
    written = [each for each in arrays if not _is_constant(each.tree)]
    for each in arrays:
        if _is_constant(each.tree):
            numbers += _scale(each.tree)
    full = np.broadcast_shapes(*(each.shape for each in arrays))
    shape = np.broadcast_shapes(*(each.shape for each in written))
    trees = tuple(each.tree for each in written)
    if shape == full:
        joined = [Hadamard(trees) if len(trees) > 1 else trees[0]] if trees else []
    elif not trees:
        joined = [ONES]
    else:
        joined = [_spread(Hadamard(trees) if len(trees) > 1 else trees[0], shape, full)]
    return mul(*numbers, *joined) if numbers or joined else ONE


def _is_constant(tree: Expr) -> bool:
    """Return whether all entries of an array are one number: 𝟏, or a multiple of it."""
    inner = tree.operand if isinstance(tree, Neg) else tree
    return inner == ONES or (isinstance(inner, Mul) and inner.factors[-1] == ONES)


def _scale(tree: Expr) -> list[Expr]:
    """Return the factors of the number that stands in every entry."""
    if isinstance(tree, Neg):
        return [Neg(mul(*_scale(tree.operand), ONE))] if tree.operand != ONES else [Neg(ONE)]
    return list(tree.factors[:-1]) if isinstance(tree, Mul) else []


def _spread(tree: Expr, shape: Shape, full: Shape) -> Expr:
    """Return a row or a column repeated to the full shape: 𝟏 vᵀ, v 𝟏ᵀ."""
    if len(full) == 2 and len(shape) == 2 and shape[0] == 1 and shape[1] == full[1]:
        return MatMul((ONES, tree))
    if len(full) == 2 and len(shape) == 2 and shape[1] == 1 and shape[0] == full[0]:
        return MatMul((tree, Transpose(ONES)))
    return Hadamard((tree, ONES))


def _times_slope(g: Expr, slope: Expr, letters: tuple[str, ...], inputs: tuple[Whole, ...]) -> Expr:
    """Return g ⊙ a derivative's formula of whole arrays, entry by entry."""
    full = np.broadcast_shapes(*(each.shape for each in inputs))
    shapes = dict(zip(letters, (each.shape for each in inputs), strict=False))
    used = [shapes.get(n.id, full) for n in walk(slope) if isinstance(n, Name)]
    bound = bind(slope, dict(zip(letters, (each.tree for each in inputs), strict=False)))
    return (
        g if bound == ONE else product([Whole(g, full), Whole(bound, np.broadcast_shapes(*used))])
    )


def conforming(inputs: tuple[Whole, ...]) -> tuple[Whole, ...]:
    """Return the inputs of an operation entry by entry; a vector beside a matrix is a row."""
    if max(len(each.shape) for each in inputs) < 2:
        return inputs
    return tuple(
        Whole(Transpose(each.tree), (1, *each.shape)) if len(each.shape) == 1 else each
        for each in inputs
    )


def folded(tree: Expr, shape: Shape, wanted: Shape) -> Expr:
    """Return a share of ``shape`` summed over the axes along which its owner was broadcast."""
    if shape == wanted:
        return tree
    if isinstance(tree, Neg):
        return Neg(folded(tree.operand, shape, wanted))
    if _is_constant(tree):
        times = int(np.prod(shape, dtype=int)) // int(np.prod(wanted, dtype=int))
        count = [Number(Fraction(times))] if times != 1 else []
        return mul(*_scale(tree), *count, *([ONES] if wanted else [] if count else [ONE]))
    if isinstance(tree, Add) and any(node == ONES for node in walk(tree)):
        return add(*(folded(term, shape, wanted) for term in tree.terms))
    if wanted == () or all(n == 1 for n in wanted):
        return Call("sum", (tree,))
    if len(wanted) == 1:
        return MatMul((Transpose(tree), ONES))
    if wanted[1] == 1:
        return MatMul((tree, ONES))
    return MatMul((Transpose(ONES), tree))


def _objects(items: list[Any]) -> Array:
    result = np.empty(len(items), dtype=object)
    for position, item in enumerate(items):
        result[position] = item
    return result
