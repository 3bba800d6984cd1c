"""The matrix products of a loop: one for all nodes that read the same vector by matrices.

W x of every gate is one product over all steps at once, U h one product a step, and the gradients
of the matrices one product over all steps. Within a loop arrays are (steps, samples, …), so that
those of a step lie together.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from ...arithmetic.entries import matmul
from ...functions.rules import Rule
from ...functions.weighted import Weighted, WeightedTerm
from ...graph.records import Graph, Loop
from .reading import Array, LoopValues

EdgeKey = tuple[int, int]
"""A consumer, and the position of what it reads among its parents."""


class ProductPart(Struct, frozen=True):
    """One node's part of a product: its term, and from which to which column it stands."""

    number: int
    rule: Weighted
    term: WeightedTerm
    first: int
    last: int

    @property
    def columns(self) -> slice:
        """Where it stands in the product."""
        return slice(self.first, self.last)


class LoopProduct(Struct, frozen=True):
    """v M: what several nodes make of one vector, ``matrix`` (values, columns) beside matrix.

    ``late`` says that the vector is read a step late.
    """

    vector: int
    late: bool
    parts: tuple[ProductPart, ...]
    matrix: Array


def products(graph: Graph, loop: Loop, values: LoopValues) -> list[LoopProduct]:
    """Return the products that the nodes of a loop take of vectors as they stand."""
    found: dict[tuple[int, bool, int | None], list[tuple[int, Weighted, WeightedTerm, Array]]] = {}
    for number in loop.numbers:
        rule, parents = graph.rule(number), graph.nodes[number].parents
        own: Rule = rule.step_rule
        if not isinstance(own, Weighted):
            continue
        for term in own.terms:
            position = own.operands.index(term.vector)
            vector, start = parents[position], rule.late_inputs.get(position)
            if not term.is_product or not graph.nodes[vector].per_sample:
                continue
            weights = values[parents[own.operands.index(term.weights)]]
            key = (vector, position in rule.late_inputs, None if start is None else parents[start])
            found.setdefault(key, []).append(
                (number, own, term, weights if own.in_out else weights.T)
            )
    return [_product(vector, late, each) for (vector, late, _), each in found.items()]


def _product(
    vector: int, late: bool, each: list[tuple[int, Weighted, WeightedTerm, Array]]
) -> LoopProduct:
    parts: list[ProductPart] = []
    for number, rule, term, matrix in each:
        first = parts[-1].last if parts else 0
        parts.append(ProductPart(number, rule, term, first, first + matrix.shape[1]))
    return LoopProduct(vector, late, tuple(parts), np.concatenate([m for *_, m in each], axis=1))


def sent_outside(
    product: LoopProduct, vector: Array, errors: Array, inside: bool
) -> dict[EdgeKey, Array | None]:
    """Return the shares of the matrices, offsets and biases, and of a vector from outside.

    ``vector`` is what was read at each step, ``errors`` the gradient of the product. A vector's
    share is that of all its readers and stands with the first; with the others stands None.
    """
    found: dict[EdgeKey, Array | None] = {}
    rows = errors.reshape(-1, errors.shape[-1])
    matrices = rows.T @ vector.reshape(-1, vector.shape[-1])
    summed = any(part.term.offset or _has_bias(part) for part in product.parts)
    sums = rows.sum(axis=0) if summed else rows[0]
    for part in product.parts:
        at, columns = part.rule.operands, part.columns
        own = matrices[columns]
        found[part.number, at.index(part.term.weights)] = own.T if part.rule.in_out else own
        if part.term.offset:
            found[part.number, at.index(part.term.offset)] = sums[columns]
        if _has_bias(part):
            found[part.number, at.index(part.rule.bias)] = sums[columns]
        if not inside:
            found[part.number, at.index(part.term.vector)] = None
    if not inside:
        first = product.parts[0]
        back = matmul(errors.swapaxes(0, 1), product.matrix.T)
        found[first.number, first.rule.operands.index(first.term.vector)] = back
    return found


def _has_bias(part: ProductPart) -> bool:
    """Return whether the bias of the node gets the sum of this product's gradients."""
    first = next(term for term in part.rule.terms if term.is_product and not term.gate)
    return bool(part.rule.bias) and part.term == first


def reader(product: LoopProduct) -> tuple[int, int]:
    """Return one node that reads the product's vector, and at which position."""
    part = product.parts[0]
    return part.number, part.rule.operands.index(part.term.vector)
