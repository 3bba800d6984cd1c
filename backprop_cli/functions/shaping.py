"""The shape of an operation's value, or a sentence on why it has none."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..expression.axes import dimensions
from ..expression.tree import Expr, Name
from .arrangements import NoEntry
from .rules import Shape
from .tensors import Dot, Entry, MatrixProduct, Reduce, Softmaxed


def result_shape(primitive: Any, tree: Expr, shapes: list[Shape]) -> Shape:
    """Return the shape of an operation's value; raise ValueError in words where it has none."""
    says = getattr(primitive, "shape", None)
    if says is not None:
        said: Shape = says(shapes, tree.id if isinstance(tree, Name) else "")
        return said
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
        name = tree.id if isinstance(tree, Name) else ""
        return _entry_shape(name, primitive.index, shapes[0])
    if isinstance(primitive, Softmaxed):
        if shapes[0] == ():
            raise ValueError("softmax takes a vector, not a single number")
        return shapes[0]
    if len(set(shapes)) == 1:
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
        dimensions(s) if len(s) > 1 else f"{s[0]} values" if s else "a single number"
        for s in shapes
    )
