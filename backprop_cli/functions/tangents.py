"""ȧ of a line for whole arrays: the sum rule, the product rule and the chain rule, going forward.

Where the share of an input turns a Jacobian round (Jᵀ g), its derivative carried forward does not
(J ẋ): what is linear in an input is the same operation on ẋ, what goes entry by entry multiplies
by its slope.
"""

from __future__ import annotations

import numpy as np

from ..expression.tree import (
    ZERO,
    Call,
    Div,
    Expr,
    Hadamard,
    MatMul,
    Mul,
    Name,
    Transpose,
    add,
    mul,
)
from ..expression.walking import substitute
from .arrangements import Along, Gathered, Joined, Slice, SoftmaxAlong, Stacked, Turned
from .array_formulas import (
    ONES,
    Whole,
    conforming,
    folded,
    is_chosen,
    is_constant,
    product,
    shared_out,
)
from .formula import Formula, Operation, spreads, whole_value
from .primitives import Minus, Plus, Quotient, Times
from .rules import Shape
from .sliding import Correlated
from .tensors import Dot, Entry, MatrixProduct, Reduce, Softmaxed
from .tidying import tidied
from .unspecified import Unspecified, slope

JOINTLY = (Minus, Turned, Slice, Entry, Gathered, Joined, Stacked)
"""What is linear in all its inputs together."""
EACH = (Times, Dot, MatrixProduct, Correlated)
"""What is linear in each of its inputs."""


def dotted(operand: str) -> str:
    """Return the placeholder of an operand's derivative."""
    return f"{operand}_dot"


def write_tangent(rule: Formula, moved: frozenset[int], shapes: tuple[Shape, ...]) -> Expr | None:
    """Return the value's derivative in those of the ``moved`` operands (``x1_dot``) and ``out``.

    What is joined to one that is moved has its derivative there too, which is 0. None where an
    operation has no formula for it.
    """
    values = rule.wholes(shapes)
    last = len(values) - 1
    values[last] = Whole(Name("out"), values[last].shape)
    tangents = {k: Whole(Name(dotted(rule.operands[k])), values[k].shape) for k in moved}
    for number, slot in enumerate(rule.slots, len(rule.operands)):
        if not isinstance(slot, Operation):
            continue
        found = {p: tangents[i] for p, i in enumerate(slot.inputs) if i in tangents}
        if not found:
            continue
        inputs = tuple(values[i] for i in slot.inputs)
        if isinstance(slot.primitive, Joined | Stacked):
            found = {p: tangents.get(i, _still(values[i])) for p, i in enumerate(slot.inputs)}
        tree = _moved(slot, found, values[number], inputs)
        if tree is None:
            return None
        tangents[number] = Whole(tree, values[number].shape)
    return tidied(tangents[last].tree) if last in tangents else None


def _moved(
    slot: Operation, moved: dict[int, Whole], out: Whole, inputs: tuple[Whole, ...]
) -> Expr | None:
    """Return one operation's derivative, its inputs' put in by their position."""
    primitive = slot.primitive
    only = moved.get(0)
    match primitive:
        case Plus():
            return add(*(_spread(each, out.shape) for each in moved.values()))
        case Reduce("sum") if moved[0].shape and is_constant(moved[0].tree):
            return folded(moved[0].tree, moved[0].shape, ())
        case Reduce("max" | "min"):
            return _chosen(inputs[0], moved[0], out)
        case Along("max" | "min") if len(inputs[0].shape) == 1:
            return _chosen(inputs[0], moved[0], out)
        case Along("max" | "min", axis):
            return _chosen_along(axis, inputs[0], moved[0], out)
        case Softmaxed() | SoftmaxAlong() if only is not None:
            written: Expr = primitive.whole(0, only.tree, out.tree, inputs)
            return written
        case Unspecified():
            return add(*(_called(primitive, p, each, inputs) for p, each in moved.items()))
    if isinstance(primitive, (*JOINTLY, Reduce, Along)):
        return whole_value(slot, tuple(moved.values()))
    terms: list[Expr] = []
    for p, each in moved.items():
        if isinstance(primitive, EACH) or (isinstance(primitive, Quotient) and p == 0):
            terms.append(whole_value(slot, (*inputs[:p], each, *inputs[p + 1 :])))
        elif spreads(primitive):
            terms.append(_by_slope(slot, p, each, out, inputs))
        else:
            return None
    return add(*terms)


def _still(value: Whole) -> Whole:
    """Return the derivative of what is not moved: 0, of an operand by its name."""
    tree = value.tree
    return Whole(Name(dotted(tree.id), tree.index) if isinstance(tree, Name) else ZERO, value.shape)


def _spread(tangent: Whole, shape: Shape) -> Expr:
    """Return a derivative in every place that the value was repeated at."""
    if tangent.shape == shape:
        return tangent.tree
    return product([*conforming((tangent, Whole(ONES, shape)))])


def _chosen(x: Whole, tangent: Whole, out: Whole) -> Expr:
    """Return the derivative of the largest entry, of several that are the largest their mean."""
    if all(n == 1 for n in x.shape):
        return Call("sum", (tangent.tree,)) if x.shape else tangent.tree
    return Call("sum", (Hadamard((tangent.tree, shared_out(is_chosen(x.tree, out.tree)))),))


def _chosen_along(axis: int, x: Whole, tangent: Whole, out: Whole) -> Expr:
    """Return the same of each line along an axis."""
    across = Transpose(out.tree) if axis == 1 else out.tree
    spread = MatMul((ONES, across)) if axis == 1 else MatMul((across, Transpose(ONES)))
    chosen = is_chosen(x.tree, spread)
    taken: Expr = Hadamard((tangent.tree, chosen))
    if axis == 1:
        return Div(MatMul((Transpose(taken), ONES)), MatMul((Transpose(chosen), ONES)))
    return Div(MatMul((taken, ONES)), MatMul((chosen, ONES)))


def _called(function: Unspecified, p: int, tangent: Whole, inputs: tuple[Whole, ...]) -> Expr:
    """Return J ẋ of a function without a formula, of one value gᵀ ẋ."""
    jacobian = slope(function.letter, p, tuple(each.tree for each in inputs))
    if not tangent.shape:
        return mul(jacobian, tangent.tree)
    return MatMul((jacobian if function.size else Transpose(jacobian), tangent.tree))


def _by_slope(
    slot: Operation, p: int, tangent: Whole, out: Whole, inputs: tuple[Whole, ...]
) -> Expr:
    """Return f′(x) ⊙ ẋ: what goes entry by entry sends the same way forward as back."""
    g = Name("g")
    conformed = conforming(inputs)
    full = np.broadcast_shapes(*(each.shape for each in conformed))
    written: Expr = slot.primitive.whole(p, g, out.tree, conformed)
    row = conforming((tangent, Whole(ONES, full)))[0]

    def put(node: Expr) -> Expr | None:
        if isinstance(node, Mul) and g in node.factors:
            return mul(*(each for each in node.factors if each != g), _spread(row, full))
        if not isinstance(node, Hadamard) or g not in node.factors:
            return _spread(row, full) if node == g else None
        others = tuple(each for each in node.factors if each != g)
        if row.shape or not full:
            return Hadamard((*others, _spread(row, full)))
        return mul(row.tree, Hadamard(others) if len(others) > 1 else others[0])

    return substitute(written, put)
