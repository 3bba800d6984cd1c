"""Rounding as a person with a pocket calculator does: each value is written down, then used."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from ..graph.records import Graph, Node
from .trace import Override

Array = np.ndarray[Any, Any]
_WIDE = Context(prec=1000, rounding=ROUND_HALF_UP)
SMALLEST = 1e-300
"""Size below which an exact number is 0 to any number of decimals; e^(−10⁷) is no fraction."""


def round_decimals(value: Any, digits: int) -> Any:
    """Return the value rounded half away from zero to ``digits`` decimals.

    A float is rounded as the shortest decimal that says it, so 0.285 gives 0.29 at two.
    """
    if isinstance(value, Fraction):
        scaled = abs(value) * 10**digits
        whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
        return Fraction(whole if value >= 0 else -whole, 10**digits)
    last = Decimal(1).scaleb(-digits)
    return float(_WIDE.quantize(Decimal(repr(float(value))), last)) or 0.0


def rounded_array(array: Array, digits: int) -> Array:
    """Return the array with every entry rounded."""
    if array.dtype == object:
        return _rounded_exact(array, digits)
    flat = [round_decimals(value, digits) for value in array.ravel().tolist()]
    return np.array(flat, dtype=np.float64).reshape(array.shape)


def _rounded_exact(array: Array, digits: int) -> Array:
    from ..arithmetic.exact import Exact

    result = np.empty(array.shape, dtype=object)
    for position, number in np.ndenumerate(array):
        value = number.value
        if not isinstance(value, Fraction):
            tiny = abs(number.digits()) < SMALLEST
            value = Fraction(0) if tiny else Fraction(str(number.digits()))
        result[position] = Exact(round_decimals(value, digits))
    return result


def forward_rounding(digits: int, graph: Graph) -> Override:
    """Return the change that rounds every z and a, or every line of a graph; never the loss.

    A network as a graph, also one operation a node, has the same numbers as the network.
    """
    loss = {graph.nodes[number].ref for number in graph.loss_nodes}
    terms = graph.words.terms

    def change(node: Node, value: Array) -> Array:
        kept = node.inner or node.ref in loss or node.ref.part in terms
        return value if kept else rounded_array(value, digits)

    return change


def backward_rounding(digits: int) -> Override:
    """Return the change that rounds every gradient before it is used."""

    def change(node: Node, gradient: Array) -> Array:
        return rounded_array(gradient, digits)

    return change
