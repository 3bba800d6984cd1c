"""A whole-array formula's number: vectors are columns, a row is a vector transposed."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...expression.indices import FromTo, positions
from ...expression.refs import Ref
from ...expression.tree import (
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
    Quantity,
    Transpose,
)
from ...expression.walking import children, rebuild
from ...functions.softmax import SOFTMAX
from ...mathematics.activations import ACTIVATIONS, ALIASES
from ...mathematics.elementary import ELEMENTARY
from ...passes.trace import Trace

Array = np.ndarray[Any, Any]
_BY_NAME = (*ACTIVATIONS, *ALIASES)


class Unknown(Exception):
    """The formula has a part whose size only its surroundings tell, such as 𝟏."""


def whole_number(tree: Expr, trace: Trace) -> Array:
    """Return the formula's value, single numbers as arrays of no axes, anything else of two.

    Raises Unknown where a part has no number of its own.
    """

    def value(node: Expr) -> Array:
        return whole_number(node, trace)

    match tree:
        case Quantity(ref):
            return _as_column(array_of(trace, ref))
        case Mul(parts) | Hadamard(parts):
            product = value(parts[0])
            for part in parts[1:]:
                product = product * value(part)
            return np.asarray(product)
        case MatMul(parts):
            product = value(parts[0])
            for part in parts[1:]:
                product = product @ value(part)
            return np.asarray(product)
        case Transpose(operand):
            return value(operand).T
        case Call("dot", (left, right)):
            return np.asarray((value(left) * value(right)).sum())
        case Call("sum", (operand,)):
            return np.asarray(value(operand).sum())
        case Call("mean", (operand,)):
            array = value(operand)
            return trace.arithmetic.scale(np.asarray(array.sum()), max(1, array.size))
        case Call("max" | "min" as function, (operand,)):
            flat = value(operand).ravel()
            return _array(max(flat) if function == "max" else min(flat))
        case Call("softmax", (operand,)):
            array = value(operand)
            column = isinstance(operand, Quantity) and _is_vector(trace, operand.ref)
            if array.shape[1] == 1 and not column:
                raise Unknown
            found: Array = SOFTMAX.forward(trace.arithmetic, array.T if column else array)
            return found.T if column else found
        case Constant("ones") | Name() | Call(_, (_, Compare("==", Constant("axis"), _))):
            raise Unknown
    return _entry_by_entry(tree, trace)


def _entry_by_entry(tree: Expr, trace: Trace) -> Array:
    """Return the value of a node whose parts are combined entry by entry."""
    kinds = Number | Constant | Add | Neg | Div | Pow | Cases | Derivative | Call
    if not isinstance(tree, kinds):
        raise Unknown
    if _is_of_arrays(tree):
        raise Unknown
    found: dict[str, Array] = {}

    def named(node: Expr) -> Expr:
        if not _has_numbers(node):
            return node
        name = f"part{len(found)}"
        found[name] = whole_number(node, trace)
        return Name(name)

    renamed = rebuild(tree, named)
    if not found:
        return _array(trace.arithmetic.written(tree))
    return trace.arithmetic.elementwise(renamed, found)


def _is_of_arrays(node: Expr) -> bool:
    """Return whether it is a function that does not go entry by entry: the sum of ¼ too."""
    if not isinstance(node, Call | Derivative):
        return False
    return node.function not in (*ELEMENTARY, *_BY_NAME)


def _has_numbers(node: Expr) -> bool:
    own = isinstance(node, Quantity | Name) or _is_of_arrays(node)
    return own or any(map(_has_numbers, children(node)))


def array_of(trace: Trace, ref: Ref) -> Array:
    """Return a quantity's numbers; zeros for a gradient that does not reach it."""
    number = trace.graph.number(ref)
    value = trace.values[number]
    array = trace.gradients[number] if ref.gradient else value
    if array is None:
        array = trace.arithmetic.array(np.zeros(value.shape))
    if ref.index and trace.graph.nodes[number].shape:
        array = np.asarray(array[positions(ref.index)])
    return array


def _as_column(array: Array) -> Array:
    return array[:, None] if array.ndim == 1 else array


def _is_vector(trace: Trace, ref: Ref) -> bool:
    chosen = sum(not isinstance(each, FromTo) for each in ref.index)
    return len(trace.graph.nodes[trace.graph.number(ref)].shape) - chosen == 1


def _array(value: Any) -> Array:
    if isinstance(value, float | np.floating):
        return np.asarray(value, dtype=np.float64)
    result = np.empty((), dtype=object)
    result[()] = value
    return result
