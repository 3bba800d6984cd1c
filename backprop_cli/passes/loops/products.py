"""The matrix products of a loop: one for all nodes that read the same vector by matrices.

W x of every gate is one product over all steps at once, U h one product a step, and the gradients
of the matrices one product over all steps. Within a loop arrays are (steps, samples, …), so that
those of a step lie together.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from msgspec import Struct

from ...arithmetic.entries import matmul
from ...functions.rules import Rule
from ...functions.weighted import Weighted, WeightedTerm
from ...graph.parts import Loop
from ...graph.records import Graph
from .reading import Array, LoopValues, Read, by_step

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
    def key(self) -> tuple[int, str]:
        """The node, and the name of the term's weights in its rule."""
        return self.number, self.term.weights

    @property
    def columns(self) -> slice:
        """Where it stands in the product."""
        return slice(self.first, self.last)


class LoopProduct(Struct, frozen=True):
    """v M: what several nodes make of one vector, ``matrix`` (values, columns) beside matrix."""

    vector: int
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
    return [_product(vector, each) for (vector, *_), each in found.items()]


def _product(vector: int, each: list[tuple[int, Weighted, WeightedTerm, Array]]) -> LoopProduct:
    parts: list[ProductPart] = []
    for number, rule, term, matrix in each:
        first = parts[-1].last if parts else 0
        parts.append(ProductPart(number, rule, term, first, first + matrix.shape[1]))
    return LoopProduct(vector, tuple(parts), np.concatenate([m for *_, m in each], axis=1))


class Sums(Struct, frozen=True):
    """What a product sends out of the loop, added up while the steps are gone through.

    ``vector`` is what was read at each step; ``back`` is what a vector from outside gets.
    """

    product: LoopProduct
    vector: Read
    matrices: Array
    biases: Array
    turned: Array
    back: Array | None

    def add(self, at: slice, block: Array) -> None:
        """Add what a block of steps sends, from the gradient of the product there."""
        matrices, biases = self.matrices, self.biases
        rows = block.reshape(-1, block.shape[-1])
        matrices += self.vector[at].reshape(len(rows), -1).T @ rows
        if len(biases):
            biases += rows.sum(axis=0)
        if self.back is not None:
            matmul(block, self.turned, by_step(self.back)[at])

    def sent(self) -> dict[EdgeKey, Array | None]:
        """Return the shares of the matrices, offsets and biases, and of a vector from outside.

        A vector's share is that of all its readers and stands with the first; with the others
        stands None.
        """
        found: dict[EdgeKey, Array | None] = {}
        for part in self.product.parts:
            names, number, columns = part.rule.operands, part.number, part.columns
            own = self.matrices[:, columns]
            found[number, names.index(part.term.weights)] = own if part.rule.in_out else own.T
            if part.term.offset:
                found[number, names.index(part.term.offset)] = self.biases[columns]
            if _has_bias(part):
                found[number, names.index(part.rule.bias)] = self.biases[columns]
            if self.back is not None:
                found[number, names.index(part.term.vector)] = None
        if self.back is not None:
            number, position = reader(self.product)
            found[number, position] = self.back
        return found


def sums_of(
    product: LoopProduct, vector: Read, size: tuple[int, ...], kind: Any, *, inside: bool
) -> Sums:
    """Return the sums of a product over so many steps and samples, with nothing in them yet."""
    turned = np.ascontiguousarray(product.matrix.T)
    biased = any(part.term.offset or _has_bias(part) for part in product.parts)
    return Sums(
        product,
        vector,
        np.zeros(product.matrix.shape, dtype=kind),
        np.zeros(len(turned) if biased else 0, dtype=kind),
        turned,
        None if inside else np.empty((*size[::-1], turned.shape[1]), dtype=kind),
    )


def _has_bias(part: ProductPart) -> bool:
    """Return whether the bias of the node gets the sum of this product's gradients."""
    first = next(term for term in part.rule.terms if term.is_product and not term.gate)
    return bool(part.rule.bias) and part.term == first


def reader(product: LoopProduct) -> tuple[int, int]:
    """Return one node that reads the product's vector, and at which position."""
    part = product.parts[0]
    return part.number, part.rule.operands.index(part.term.vector)
