"""Activations and losses given by the file: an expression, or a letter without a formula."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from ..arithmetic import Arithmetic
from ..expression.indices import Index
from ..expression.tree import ONE, Call, Derivative, Div, Expr, Name, Neg, Number, add, mul
from ..expression.walking import children, rebuild, substitute, walk
from ..mathematics.activations import Activation
from ..problems import refuse
from .elementwise import computable
from .losses import BEGINS, Loss, LossTerms
from .rules import Array, Rule, Shape, indexed

LARGEST = 20_000
"""How many parts a loss may have once its reductions are written out."""


def _derivative(tree: Expr, by: Name) -> Expr:
    """Return the formula's derivative by sympy, which only a formula of the file's own needs."""
    from ..expression.differentiate import differentiate

    return differentiate(tree, by)


def custom_activation(tree: Expr) -> Activation:
    """Return the activation of a formula in z; its derivative is sympy's.

    Raises Refusal for a product of vectors.
    """
    if any(isinstance(node, Call) and node.function == "matmul" for node in walk(tree)):
        raise refuse("an activation has one number z: there is no z @ z", cure="write z * z")
    return Activation("expression", tree, _derivative(tree, Name("z")))


def unspecified_activation(letter: str) -> Activation:
    """Return an activation that is only a letter F, with derivative F′."""
    z = Name("z")
    return Activation(letter, Call(letter, (z,)), Derivative(letter, z), letter=letter)


class UnspecifiedLoss(Rule, frozen=True):
    """A loss that is only a letter: C(a, y)."""

    letter: str

    name = "unspecified"
    operands = ("a", "y")

    def why(self, k: int) -> str:
        """Return where everything begins."""
        return BEGINS

    def forward(self, xp: Arithmetic, *inputs: Array) -> Array:
        """Return C(a, y) as a symbol; it has no number."""
        if xp.name != "symbolic":
            raise ValueError(f"{self.letter} has no formula")
        result = np.empty((len(inputs[0]), 1), dtype=object)
        for row in range(len(result)):
            result[row, 0] = Call(self.letter, (*inputs[0][row], *inputs[1][row]))
        return result

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Array:
        """Raise: the derivative of a letter is written, never computed."""
        raise ValueError(f"{self.letter} has no formula")

    def write(self, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return C(a, y)."""
        return Call(self.letter, (Name("a"), Name("y")))

    def write_share(self, k: int, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Raise: ∂C/∂a stays as it is."""
        raise ValueError(f"{self.letter} has no formula")


def custom_loss(tree: Expr, outputs: int, text: str) -> LossTerms | ExpressionLoss:
    """Return the rule of a loss formula in a and y.

    A sum (or mean) over the outputs of a formula of one output gives terms like a table loss;
    anything else is one term a sample, differentiated output by output. Raises Refusal where the
    formula has a value for each output, or would be too long once its sums are written out.
    """
    if outputs > 1 and _vector(tree):
        raise refuse(
            f"the loss {text} has one value for each output", cure=f"give their sum: sum({text})"
        )
    if _size(tree, outputs) > LARGEST:
        raise refuse(f"the loss {text} is too long, written out over {outputs} outputs")
    term = _one_term(tree, outputs)
    if term is None:
        return ExpressionLoss.of(tree, outputs)
    slope = _derivative(term, Name("a"))
    return LossTerms(Loss(text, term, slope), {}, term, slope, {})


def _reduces(tree: Expr) -> bool:
    return any(map(_reduction, walk(tree)))


def _plain(tree: Expr) -> bool:
    """Return whether the formula has one value an output, each of that output alone."""
    return _vector(tree) and not _reduces(tree)


def _one_term(tree: Expr, outputs: int) -> Expr | None:
    """Return the formula of one output's term, if the loss is a sum of such over the outputs."""
    match tree:
        case Call("sum", (inside,)) if _plain(inside):
            return inside
        case Call("mean", (inside,)) if _plain(inside):
            return mul(Div(ONE, Number(Fraction(outputs))), inside)
        case Call("dot" | "matmul", (left, right)) if _plain(left) and _plain(right):
            return mul(left, right)
        case Neg(operand):
            inner = _one_term(operand, outputs)
            return Neg(inner) if inner is not None else None
        case _ if outputs == 1 and not _reduces(tree):
            return tree
    parts = getattr(tree, "terms", None)
    if parts is not None:
        inner_terms = [_one_term(part, outputs) for part in parts]
        found = [term for term in inner_terms if term is not None]
        return add(*found) if len(found) == len(parts) else None
    return _scaled(tree, outputs)


def _scaled(tree: Expr, outputs: int) -> Expr | None:
    """Return the term where the tree is a constant times (or divided into) a reduction."""
    if isinstance(tree, Div) and _constant(tree.denominator):
        inner = _one_term(tree.numerator, outputs)
        return Div(inner, tree.denominator) if inner is not None else None
    factors = getattr(tree, "factors", ())
    others = [factor for factor in factors if not _constant(factor)]
    if len(others) != 1:
        return None
    inner = _one_term(others[0], outputs)
    if inner is None:
        return None
    return mul(*(inner if factor is others[0] else factor for factor in factors))


def _constant(tree: Expr) -> bool:
    return not any(isinstance(node, Name) or _reduction(node) for node in walk(tree))


class ExpressionLoss(Rule, frozen=True):
    """A loss that is one formula of all outputs together, such as (Σ a − 1)²."""

    cost: Expr
    slopes: tuple[Expr, ...]

    name = "expression"
    operands = ("a", "y")

    def why(self, k: int) -> str:
        """Return where everything begins."""
        return f"{BEGINS} One formula takes all outputs, so others may come in."

    @classmethod
    def of(cls, tree: Expr, outputs: int) -> ExpressionLoss:
        """Return the rule, each output's derivative by sympy."""
        cost = written_out(tree, outputs)
        slopes = (_derivative(cost, Name("a", (k,))) for k in range(1, outputs + 1))
        return cls(cost, tuple(slopes))

    def forward(self, xp: Arithmetic, *inputs: Array) -> Array:
        """Return the cost of each row, as its only term."""
        return self._value(xp, self.cost, inputs)[:, None]

    def share(self, xp: Arithmetic, k: int, g: Array, out: Array, *inputs: Array) -> Array:
        """Return g·∂C/∂a_k for every output."""
        columns = [self._value(xp, slope, inputs) for slope in self.slopes]
        return np.asarray(g * np.stack(columns, axis=-1))

    def fault(self, xp: Arithmetic, *inputs: Array) -> str:
        """Return why the formula has no value here, in words; nothing where it overflows."""
        from .compiling import fault

        rows = (fault(self.cost, xp, {"a": u, "y": v}) for u, v in zip(*inputs, strict=True))
        return next(filter(None, rows), "")

    def _value(self, xp: Arithmetic, tree: Expr, inputs: tuple[Array, ...]) -> Array:
        flat: dict[str, Array] = {}
        for name, array in zip(self.operands, inputs, strict=True):
            for k in range(array.shape[-1]):
                flat[f"{name}_{k + 1}"] = array[:, k]
        renamed = substitute(
            computable(xp, tree),
            lambda n: Name(f"{n.id}_{n.index[0]}") if isinstance(n, Name) and n.index else None,
        )
        return xp.elementwise(renamed, flat)

    def write(self, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return the cost written out."""
        return self.cost

    def write_share(self, k: int, index: tuple[Index, ...], shapes: tuple[Shape, ...]) -> Expr:
        """Return ∂C/∂a_k written out."""
        (j,) = index
        if not isinstance(j, int):
            raise ValueError("each output has its own formula")
        return self.slopes[j - 1]


def written_out(tree: Expr, outputs: int) -> Expr:
    """Return the formula with every reduction written out over the outputs."""
    return _component(tree, outputs, None)


def _component(tree: Expr, outputs: int, position: int | None) -> Expr:
    """Return entry ``position`` of the formula (None: it is one number)."""

    def entries(inside: Expr) -> tuple[Expr, ...]:
        return tuple(_component(inside, outputs, k) for k in range(1, outputs + 1))

    if isinstance(tree, Name):
        return indexed(tree, _at(position)) if position is not None else tree
    if not isinstance(tree, Call) or not _reduction(tree):
        return rebuild(tree, lambda child: _component(child, outputs, position))
    if not any(map(_vector, tree.arguments)):
        return mul(*(_component(argument, outputs, None) for argument in tree.arguments))
    match tree.function:
        case "sum":
            return add(*entries(tree.arguments[0]))
        case "mean":
            return Div(add(*entries(tree.arguments[0])), Number(Fraction(outputs)))
        case "max" | "min":
            found = entries(tree.arguments[0])
            return Call(tree.function, found) if outputs > 1 else found[0]
    left, right = tree.arguments
    return add(*(mul(a, b) for a, b in zip(entries(left), entries(right), strict=True)))


def _reduction(tree: Expr) -> bool:
    """Return whether the node makes one number of all outputs."""
    if not isinstance(tree, Call):
        return False
    always = tree.function in ("sum", "mean", "dot", "matmul")
    return always or (tree.function in ("max", "min") and len(tree.arguments) == 1)


def _vector(tree: Expr) -> bool:
    """Return whether the formula has one value for each output: a or y outside a reduction."""
    if _reduction(tree):
        return False
    return isinstance(tree, Name) or any(map(_vector, children(tree)))


def _size(tree: Expr, outputs: int) -> int:
    """Return how many parts the formula has once its reductions are written out."""
    parts = sum(_size(child, outputs) for child in children(tree))
    copied = _reduction(tree) and any(map(_vector, children(tree)))
    return 1 + (outputs * parts if copied else parts)


def _at(position: int) -> dict[str, tuple[Index, ...]]:
    return {"a": (position,), "y": (position,)}
