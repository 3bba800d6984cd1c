"""Formulas for whole arrays, computed in numpy: a vector is a column, 𝟏 and e_i fit what is there.

Everything has two axes; what is 1 along an axis stretches along it, as ``𝟏`` does.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from backprop_cli.expression.tree import (
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
    Transpose,
)

from ..passes import oracle_functions as oracle

Array = np.ndarray[Any, Any]
NUMPY = {
    "exp": np.exp,
    "ln": np.log,
    "log": np.log,
    "sqrt": np.sqrt,
    "abs": np.abs,
    "sign": np.sign,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "arctan": np.arctan,
    "erf": oracle.erf,
    "step": lambda u: np.heaviside(u, 0.5),
}
STEP = 1e-5


def column(array: Array) -> Array:
    """Return an array with two axes: a vector as a column."""
    return array.reshape(-1, 1) if array.ndim == 1 else np.atleast_2d(array)


def whole(tree: Expr, names: dict[str, Array], like: Array) -> Array:
    """Return a formula's number, stretched to the shape of ``like``."""
    target = column(like)
    found = _value(tree, {name: column(array) for name, array in names.items()}, target)
    return np.broadcast_to(found, target.shape).reshape(like.shape)


def _value(tree: Expr, names: dict[str, Array], target: Array) -> Array:
    def value(node: Expr) -> Array:
        return _value(node, names, target)

    match tree:
        case Number(number):
            return np.full((1, 1), float(number))
        case Constant("ones"):
            return np.ones((1, 1))
        case Constant(name):
            return np.full((1, 1), math.pi if name == "pi" else math.e)
        case Name("e", (int(i),)) if "e" not in names:
            return _unit(i, target.shape[0])
        case Transpose(Name("e", (int(i),))) if "e" not in names:
            return _unit(i, target.shape[1]).T
        case Name(name, index):
            array = names[name]
            if not index:
                return array
            where = tuple(int(k) - 1 for k in index)
            vector = len(where) == 1 and array.shape[1] == 1
            picked = array[where[0], 0] if vector else array[where]
            return column(np.asarray(picked))
        case Add(terms):
            return np.asarray(sum(map(value, terms)))
        case Neg(operand):
            return -value(operand)
        case Mul(parts) | Hadamard(parts):
            return np.asarray(math.prod(map(value, parts[1:]), start=value(parts[0])))
        case MatMul(parts):
            product = value(parts[0])
            for part in parts[1:]:
                product = _product(product, value(part))
            return product
        case Transpose(operand):
            return value(operand).T
        case Div(top, bottom):
            return np.asarray(value(top) / value(bottom))
        case Pow(base, exponent):
            return np.asarray(value(base) ** value(exponent))
        case Cases(((Compare("==", left, right), chosen),), otherwise):
            equal = np.isclose(value(left), value(right), rtol=1e-12, atol=1e-14)
            return np.where(equal, value(chosen), value(otherwise))
        case Derivative(function, argument):
            z = value(argument)
            apart = _activation(function, z + STEP) - _activation(function, z - STEP)
            return np.asarray(apart / (2 * STEP))
        case Call(function, arguments):
            return _called(function, [value(argument) for argument in arguments])
    raise TypeError(type(tree).__name__)


def _product(left: Array, right: Array) -> Array:
    """Return the matrix product; a side that is 1 where the other is wide stretches."""
    width = max(left.shape[1], right.shape[0])
    left = np.broadcast_to(left, (left.shape[0], width))
    return np.asarray(left @ np.broadcast_to(right, (width, right.shape[1])))


def _unit(i: int, count: int) -> Array:
    vector = np.zeros((count, 1))
    vector[i - 1] = 1
    return vector


def _activation(name: str, z: Array) -> Array:
    return np.asarray(oracle.ACTIVATIONS[name](z))


def _called(function: str, arguments: list[Array]) -> Array:
    first = arguments[0]
    if function in NUMPY:
        return np.asarray(NUMPY[function](first))
    match function, len(arguments):
        case "sum" | "mean", 1:
            return np.full((1, 1), getattr(np, function)(first))
        case "max" | "min", 1:
            return np.full((1, 1), getattr(np, function)(first))
        case "max", 2:
            return np.maximum(*arguments)
        case "min", 2:
            return np.minimum(*arguments)
        case "dot", 2:
            return np.full((1, 1), (first * arguments[1]).sum())
        case "diag", 1:
            return np.diag(first.ravel())
        case "softmax", 1:
            is_column = first.shape[1] == 1
            rows = np.asarray(oracle.softmax(first.T if is_column else first))
            return rows.T if is_column else rows
    return _activation(function, first)
