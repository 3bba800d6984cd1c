"""What is given: the data and the parameters, their numbers as they were written."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
from msgspec import structs

from ..arithmetic.entries import each
from ..expression.axes import dimensions, is_matrix
from ..expression.refs import Ref, plain_name
from ..expression.tokens import ExpressionError
from ..expression.tree import Expr, Matrix, Number, Quantity
from ..graph.building import sized
from ..graph.parts import Layer
from ..graph.records import Graph
from ..problems import counted
from ..spec.numbers import number_tree
from .building import column, paragraph, section
from .document import (
    Block,
    Chain,
    Code,
    Column,
    Equations,
    Inline,
    Line,
    Math,
    Note,
    Section,
    Table,
    Text,
)
from .entry_steps import positions
from .grids import is_grid, whole_grid
from .view import View

Array = np.ndarray[Any, Any]
MOST_ROWS, MOST_COLUMNS = 16, 10
"""A larger array is left in the file."""
MOST_CELLS = 100
"""Values of images, or of kernels, that stand in the page."""
MOST_DECIMALS = 8
"""Decimals to which given numbers are shown whole."""


class GivenNumbers:
    """The numbers of a network's leaves, as blocks; what is not shown, or not whole, is noted."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.large: list[str] = []
        self.rounded = False

    def data(self) -> list[Block]:
        """Return the input and the target: of a batch a table, images as grids.

        Where steps count differently in the loss, how much each does stands with the target.
        """
        graph, blocks = self.graph, list[Block]()
        weights = graph.number(Ref("m")) if graph.weighs_steps else None
        given = (graph.input, graph.target, weights)
        data = [number for number in given if number is not None]
        for number in data:
            blocks += self.images(number)
        data = [number for number in data if not self.is_image(number)]
        known = [number for number in data if graph.given[number] is not None]
        if graph.single or len(known) < len(data):
            return blocks + equations([chain for number in data for chain in self.said(number)])
        return [*blocks, self.samples(data)] if data else blocks

    def values(self, numbers: list[int]) -> list[Block]:
        """Return leaves whole, in one display."""
        return equations([self.whole(number) for number in numbers])

    # -- numbers

    def parameters(self, layer: Layer) -> list[Block]:
        """Return a layer's parameters, and what else it is given."""
        numbers = [held.node for held in (*layer.held, *layer.constants)]
        grids = [block for number in numbers for block in self.images(number)]
        chains: list[Chain] = []
        for number in (n for n in numbers if not self.is_image(n)):
            rows = self.graph.nodes[number].per_sample and not self.graph.single
            chains += self.by_sample(number) if rows else self.said(number)
        return [*grids, *equations(chains)]

    def is_image(self, number: int) -> bool:
        """Return whether a given quantity stands in the page as grids."""
        graph, node = self.graph, self.graph.nodes[number]
        samples = graph.samples if node.per_sample else 1
        small = samples * math.prod(node.shape) <= MOST_CELLS and node.shape[-1:] <= (MOST_COLUMNS,)
        return graph.given[number] is not None and small and is_grid(graph, node.ref)

    def images(self, number: int) -> list[Block]:
        """Return an image, or kernels, as grids: one a sample, the channels side by side."""
        trees = self.trees(number) if self.is_image(number) else None
        if trees is None:
            return []
        node, graph = self.graph.nodes[number], self.graph
        if not node.per_sample:
            return [self.grid(node.ref, trees)]
        refs = [structs.replace(node.ref, sample=n + 1) for n in range(graph.samples)]
        refs = [node.ref] if graph.single else refs
        return [self.grid(ref, rows) for ref, rows in zip(refs, trees, strict=True)]

    def grid(self, ref: Ref, trees: Array) -> Block:
        """Return one grid of the numbers as they were written."""

        def cell(index: tuple[int, ...]) -> Inline:
            tree: Any = trees[tuple(i - 1 for i in index)]
            return Math(tree)

        return whole_grid(self.graph, ref, cell)

    def by_sample(self, number: int) -> list[Chain]:
        """Return what each sample has its own of, a sample an equation."""
        node, trees = self.graph.nodes[number], self.trees(number)
        if trees is None or self.is_large(number) or trees.ndim > 3:
            return [Chain((Quantity(node.ref),), plain_name(node.ref))]
        refs = [structs.replace(node.ref, sample=i) for i in range(1, len(trees) + 1)]
        found = zip(refs, trees, strict=True)
        return [
            Chain((Quantity(ref), self.matrix(ref, tree)), plain_name(ref)) for ref, tree in found
        ]

    def said(self, number: int) -> list[Chain]:
        """Return a given quantity whole, or entry by entry: no page has room for a third axis."""
        graph, node = self.graph, self.graph.nodes[number]
        trees = None if self.is_large(number) else self.trees(number)
        if trees is not None and trees.ndim > 2 and node.per_sample and not graph.single:
            return self.by_sample(number)
        if trees is None or len(node.shape) <= 2:
            return [self.whole(number)]
        trees = trees.reshape(node.shape)
        chains = []
        for position, index in zip(
            np.ndindex(trees.shape), positions(graph, node.ref, View(full=True)), strict=True
        ):
            one = node.ref.at(*index)
            name = plain_name(one, graph.in_out)
            written: Any = trees[position]
            chains.append(Chain((Quantity(one), written), name))
        return chains

    def whole(self, number: int) -> Chain:
        """Return a given quantity with its numbers; without numbers, with its shape."""
        node = self.graph.nodes[number]
        name = plain_name(node.ref)
        if self.graph.given[number] is not None and self.is_large(number):
            self.large.append(f"{name} ({dimensions(node.shape)})")
            return Chain((Quantity(node.ref),), name)
        trees = self.trees(number)
        if trees is None:
            return Chain((Quantity(node.ref),), name)
        array: Any = trees[0] if node.per_sample and self.graph.single else trees
        return Chain((Quantity(node.ref), self.matrix(node.ref, array)), name)

    def matrix(self, ref: Ref, trees: Array) -> Expr:
        """Return the numbers as they stand in a formula: a vector is a row in courses of x·W."""
        if trees.shape == ():
            number: Expr = trees.item()
            return number
        rows = trees
        if trees.ndim == 1:
            rows = trees[None, :] if self.graph.in_out else trees[:, None]
        by_step = trees.ndim == 2 and not is_matrix(ref.part, 2)
        return Matrix(tuple(map(tuple, rows)), by_step=by_step)

    def is_large(self, number: int) -> bool:
        """Return whether the array is too large for a page."""
        shape = self.graph.nodes[number].shape
        if len(shape) > 2:
            return math.prod(shape) > MOST_ROWS
        if self.graph.nodes[number].per_sample and len(shape) == 1:
            return shape[0] > (MOST_ROWS if self.graph.single else MOST_COLUMNS)
        rows, columns = (*shape, 1, 1)[:2]
        return rows > MOST_ROWS or columns > MOST_COLUMNS

    def samples(self, data: list[int]) -> Block:
        """Return the batch as a table, a row a sample."""
        columns = [column("sample")]
        rows: list[list[Inline | None]] = [[Text(str(i + 1))] for i in range(self.graph.samples)]
        for number in data:
            node = self.graph.nodes[number]
            large = self.is_large(number) or self.graph.samples > MOST_ROWS * 2
            trees = None if large else self.trees(number)
            if trees is None:
                said = f"{plain_name(node.ref)} ({sized((self.graph.samples, *node.shape))})"
                self.large.append(said)
                continue
            for at in np.ndindex(node.shape):
                one = structs.replace(node.ref, sample="n", index=tuple(k + 1 for k in at))
                columns.append(Column((Math(Quantity(one)),)))
                for row, tree in zip(rows, trees[(slice(None), *at)], strict=True):
                    row.append(Math(tree))
        if len(columns) == 1:
            return paragraph(counted(self.graph.samples, "sample"))
        return Table(tuple(columns), tuple(map(tuple, rows)))

    def trees(self, number: int) -> Array | None:
        """Return a leaf's numbers as they were written: 1/3 stays 1/3."""
        given, node = self.graph.given[number], self.graph.nodes[number]
        if given is None:
            return None
        source = given.texts if given.texts is not None else np.asarray(given.floats)
        shape = (self.graph.samples, *node.shape) if node.per_sample else node.shape
        return each(self.tree, source).reshape(shape)

    def tree(self, value: Any) -> Expr:
        """Return one number as it was written, with digits enough to be whole."""
        try:
            tree = number_tree(value) if isinstance(value, str) else Number(float(value))
        except ExpressionError:
            return Number(float(value))
        if not isinstance(tree, Number):
            return tree
        exact = tree.value
        if not isinstance(exact, Fraction):
            exact = Fraction(repr(float(exact)))
        short = (exact * 10**MOST_DECIMALS).denominator == 1
        self.rounded = self.rounded or not short
        return structs.replace(tree, extra=MOST_DECIMALS) if short else tree

    def notes(self) -> list[Block]:
        """Return what is said of numbers that are not shown, or not whole."""
        said: list[Line] = []
        if self.large:
            said.append((Text("in the network's file: "), Code(", ".join(self.large))))
        if self.rounded:
            said.append((Text(f"given numbers of more than {MOST_DECIMALS} decimals are rounded"),))
        if self.graph.symbolic:
            said.append((Text("without numbers: "), Code(", ".join(self.graph.symbolic))))
        if self.graph.loss_name.endswith("cross_entropy"):
            from .doubts import doubts

            said += doubts(self.graph)
        return [Note(line) for line in said]


def equations(chains: list[Chain]) -> list[Block]:
    """Return the chains that say something, as one display."""
    said = tuple(chain for chain in chains if len(chain.forms) > 1)
    return [Equations(said)] if said else []


def given_sections(graph: Graph) -> list[Section]:
    """Return the section of a network's data and parameters, for a page that works with them."""
    if not graph.layers:
        return []
    numbers = GivenNumbers(graph)
    blocks = numbers.data()
    for layer in graph.layers:
        blocks += numbers.parameters(layer)
    return [section("given", "Given", [*blocks, *numbers.notes()])]
