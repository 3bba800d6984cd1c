"""What a worksheet gives: the network's numbers as they were written, and its functions."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
from msgspec import Struct, structs

from ..arithmetic.entries import each
from ..expression.axes import is_matrix
from ..expression.parse import ExpressionError
from ..expression.refs import Ref, plain_name
from ..expression.tree import BigSum, Expr, Matrix, Number, Quantity
from ..functions.expressions import UnspecifiedLoss
from ..graph.building import counted, sized
from ..graph.records import Graph, Layer
from ..notation.bound import Notation
from ..spec.numbers import number_tree
from ..worked import document as doc
from ..worked.building import column, note, paragraph, section
from ..worked.document import with_layers
from ..worked.entry_steps import positions, titled
from ..worked.graphs.arrays import whole_value
from ..worked.grids import is_grid, remarks, whole_grid
from ..worked.steps import Writer
from ..worked.trace.forward import general_chains
from ..worked.trace.parts import general_chain
from ..worked.view import View

Array = np.ndarray[Any, Any]
MOST_ROWS, MOST_COLUMNS = 16, 10
"""A larger array is left in the file."""
MOST_CELLS = 100
"""Values of images, or of kernels, that stand in the page."""
MOST_DECIMALS = 8
"""Decimals to which given numbers are shown whole."""


class GivenSection(Struct, frozen=True):
    """The section, and the decimals that its numbers need to be shown whole."""

    section: doc.Section
    decimals: int


def given_section(graph: Graph, notation: Notation) -> GivenSection:
    """Return the section of what is given, as it is to be read in a notation."""
    writing = _Writing(graph, notation)
    blocks = writing.of_layers() if graph.layered else writing.of_graph()
    return GivenSection(section("given", "Given", blocks), writing.decimals)


class _Writing:
    def __init__(self, graph: Graph, notation: Notation) -> None:
        self.graph, self.notation = graph, notation
        self.decimals = 0
        self.large: list[str] = []
        self.rounded = False

    def of_graph(self) -> list[doc.Block]:
        """Return variables and lines."""
        graph = self.graph
        variables = [self.whole(number) for number in graph.given]
        lines = [self.line(n) for n in range(len(graph.nodes)) if n not in graph.given]
        return [*_equations(variables), doc.Equations(tuple(lines)), *self.notes()]

    def line(self, number: int) -> doc.Chain:
        """Return one line of the file."""
        node = self.graph.nodes[number]
        return doc.Chain((Quantity(node.ref), whole_value(self.graph, number)))

    def of_layers(self) -> list[doc.Block]:
        """Return the data, the parameters, the functions."""
        graph = self.graph
        blocks: list[doc.Block] = [doc.Paragraph((_network(graph),))]
        data = [number for number in (graph.input, graph.target) if number is not None]
        for number in data:
            blocks += self.images(number)
        data = [number for number in data if not self.is_image(number)]
        known = [number for number in data if graph.given[number] is not None]
        if graph.single or len(known) < len(data):
            blocks += _equations([chain for number in data for chain in self.said(number)])
        else:
            blocks.append(self.samples(data))
        for layer in graph.layers:
            blocks += self.parameters(layer)
        wide = [n for n in graph.parameters.values() if graph.nodes[n].axes == ("to", "from")]
        if wide and self.notation.units is None:
            said = ("an input", "a unit") if graph.in_out else ("a unit", "an input")
            words = f"in a weight matrix a row belongs to {said[0]}, a column to {said[1]}"
            blocks.append(note(words))
        blocks.append(doc.Equations(tuple(self.functions())))
        values = (graph.nodes[layer.z].ref for layer in graph.layers)
        blocks += dict.fromkeys(each for ref in values for each in remarks(graph, ref))
        return [*blocks, *self.notes()]

    # -- numbers

    def parameters(self, layer: Layer) -> list[doc.Block]:
        """Return a layer's parameters: whole, or one by one where each has a letter of its own."""
        apart = self.notation.units is not None
        numbers = [held.node for held in (*layer.held, *layer.constants)]
        grids = [block for number in numbers for block in self.images(number)]
        chains: list[doc.Chain] = []
        for number in (n for n in numbers if not self.is_image(n)):
            rows = self.graph.nodes[number].per_sample and not self.graph.single
            chains += self.by_sample(number) if rows else self.said(number, apart=apart)
        return [*grids, *_equations(chains)]

    def is_image(self, number: int) -> bool:
        """Return whether a given quantity stands in the page as grids."""
        graph, node = self.graph, self.graph.nodes[number]
        samples = graph.samples if node.per_sample else 1
        small = samples * math.prod(node.shape) <= MOST_CELLS and node.shape[-1:] <= (MOST_COLUMNS,)
        return graph.given[number] is not None and small and is_grid(graph, node.ref)

    def images(self, number: int) -> list[doc.Block]:
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

    def grid(self, ref: Ref, trees: Array) -> doc.Block:
        """Return one grid of the numbers as they were written."""

        def cell(index: tuple[int, ...]) -> doc.Inline:
            tree: Any = trees[tuple(i - 1 for i in index)]
            return doc.Math(tree)

        return whole_grid(self.graph, ref, cell)

    def by_sample(self, number: int) -> list[doc.Chain]:
        """Return what each sample has its own of, a sample an equation."""
        node, trees = self.graph.nodes[number], self.trees(number)
        if trees is None or self.is_large(number) or trees.ndim > 3:
            return [doc.Chain((Quantity(node.ref),), plain_name(node.ref))]
        refs = [structs.replace(node.ref, sample=i) for i in range(1, len(trees) + 1)]
        found = zip(refs, trees, strict=True)
        return [
            doc.Chain(
                (Quantity(ref), _matrix(tree, self.graph.in_out, by_step=True)), plain_name(ref)
            )
            for ref, tree in found
        ]

    def said(self, number: int, *, apart: bool = False) -> list[doc.Chain]:
        """Return a given quantity whole, or entry by entry: no page has room for a third axis."""
        graph, node = self.graph, self.graph.nodes[number]
        trees = None if self.is_large(number) else self.trees(number)
        if trees is None or not (apart or len(node.shape) > 2):
            return [self.whole(number)]
        trees = trees.reshape(node.shape)
        chains = []
        for position, index in zip(
            np.ndindex(trees.shape), positions(graph, node.ref, View(full=True)), strict=True
        ):
            one = node.ref.at(*index)
            name = plain_name(one, graph.in_out)
            written: Any = trees[position]
            chains.append(doc.Chain((Quantity(one), written), name))
        return chains

    def whole(self, number: int) -> doc.Chain:
        """Return a given quantity with its numbers; without numbers, with its shape."""
        node = self.graph.nodes[number]
        name = plain_name(node.ref)
        if self.graph.given[number] is not None and self.is_large(number):
            self.large.append(f"{name} ({' × '.join(map(str, node.shape))})")
            return doc.Chain((Quantity(node.ref),), name)
        trees = self.trees(number)
        if trees is None:
            return doc.Chain((Quantity(node.ref),), name)
        array: Any = trees[0] if node.per_sample and self.graph.single else trees
        by_step = array.ndim == len(node.shape) and not is_matrix(node.ref.part, array.ndim)
        written = _matrix(array, self.graph.in_out, by_step=by_step)
        return doc.Chain((Quantity(node.ref), written), name)

    def is_large(self, number: int) -> bool:
        """Return whether the array is too large for a page."""
        shape = self.graph.nodes[number].shape
        if len(shape) > 2:
            return math.prod(shape) > MOST_ROWS
        if self.graph.nodes[number].per_sample and len(shape) == 1:
            return shape[0] > (MOST_ROWS if self.graph.single else MOST_COLUMNS)
        rows, columns = (*shape, 1, 1)[:2]
        return rows > MOST_ROWS or columns > MOST_COLUMNS

    def samples(self, data: list[int]) -> doc.Block:
        """Return the batch as a table, a row a sample."""
        columns = [column("sample")]
        rows: list[list[doc.Inline | None]] = [
            [doc.Text(str(i + 1))] for i in range(self.graph.samples)
        ]
        for number in data:
            node = self.graph.nodes[number]
            large = self.is_large(number) or self.graph.samples > MOST_ROWS * 2
            trees = None if large else self.trees(number)
            if trees is None:
                said = f"{plain_name(node.ref)} ({sized((self.graph.samples, *node.shape))})"
                self.large.append(said)
                continue
            for at in np.ndindex(node.shape):
                one = node.ref.at(*(k + 1 for k in at))
                columns.append(doc.Column((doc.Math(Quantity(one)),)))
                for row, tree in zip(rows, trees[(slice(None), *at)], strict=True):
                    row.append(doc.Math(tree))
        if len(columns) == 1:
            return paragraph(counted(self.graph.samples, "sample"))
        return doc.Table(tuple(columns), tuple(map(tuple, rows)))

    def trees(self, number: int) -> Array | None:
        """Return a leaf's numbers as they were written: 1/3 stays 1/3."""
        given, node = self.graph.given[number], self.graph.nodes[number]
        if given is None:
            return None
        source = given.texts if given.texts is not None else np.asarray(given.floats)
        shape = (self.graph.samples, *node.shape) if node.per_sample else node.shape
        return each(self.tree, source).reshape(shape)

    def tree(self, value: Any) -> Expr:
        """Return one number as it was written, and note the decimals that it needs."""
        try:
            tree = number_tree(value) if isinstance(value, str) else Number(float(value))
        except ExpressionError:
            return Number(float(value))
        if isinstance(tree, Number):
            exact = tree.value
            if not isinstance(exact, Fraction):
                exact = Fraction(repr(float(exact)))
            places = _places(exact)
            self.rounded = self.rounded or places is None
            self.decimals = max(self.decimals, MOST_DECIMALS if places is None else places)
        return tree

    # -- functions

    def functions(self) -> list[doc.Chain]:
        """Return each layer's equations for a general unit, and the loss."""
        chains: list[doc.Chain] = []
        for layer in self.graph.layers:
            for ref in layer.values[:-2]:
                chains += general_chain(self.graph, ref)
            chains += general_chains(self.graph, layer)
        return chains + self.loss()

    def loss(self) -> list[doc.Chain]:
        """Return the loss: an output's share, a sample's cost, the batch, the penalties."""
        graph = self.graph
        rule = None if graph.terms is None else graph.nodes[graph.terms].rule
        if graph.terms is None or rule is None or isinstance(rule, UnspecifiedLoss):
            return []
        n = None if graph.single else "n"
        penalties = [graph.nodes[number].ref for number in graph.penalties]
        total = Ref("data_loss" if penalties else "loss")
        cost = Ref("cost", sample=n)
        term = graph.general(Ref("loss_terms", sample=n), "k")
        wanted = [(term, term), (cost, cost)]
        if graph.nodes[graph.terms].shape == (1,):
            wanted = [(cost, Ref("loss_terms", sample=n, index=(1,)))]
        wanted += [] if graph.single else [(total, total)]
        wanted += [(ref, ref) for ref in (*penalties, Ref("loss"))] if penalties else []
        writer = Writer(graph, general=True)
        chains = []
        if graph.mixed and graph.mean:
            costs = BigSum("n", graph.samples, Quantity(Ref("cost", sample="n")))
            chains.append(doc.Chain((Quantity(graph.total), costs)))
        for target, of in wanted:
            try:
                chains.append(doc.Chain((Quantity(target), writer.value_formula(of))))
            except (ValueError, KeyError):
                continue
        return chains

    def notes(self) -> list[doc.Block]:
        """Return what is said of numbers that are not shown, or not whole."""
        said: list[doc.Line] = []
        if self.large:
            said.append((doc.Text("in the network's file: "), doc.Code(", ".join(self.large))))
        if self.rounded:
            words = f"given numbers are shown to {MOST_DECIMALS} decimals; the file has them whole"
            said.append((doc.Text(words),))
        if self.graph.symbolic:
            said.append((doc.Text("without numbers: "), doc.Code(", ".join(self.graph.symbolic))))
        return [doc.Note(line) for line in said]


def _equations(chains: list[doc.Chain]) -> list[doc.Block]:
    """Return the chains that say something, as one display."""
    said = tuple(chain for chain in chains if len(chain.forms) > 1)
    return [doc.Equations(said)] if said else []


def _matrix(trees: Array, rows: bool, *, by_step: bool) -> Expr:
    """Return the numbers as they stand in a formula: a vector is a row in courses of x·W.

    ``by_step`` says that what has rows has one a step, which they stay in any course.
    """
    if trees.shape == ():
        number: Expr = trees.item()
        return number
    table = trees
    if trees.ndim == 1:
        table = trees[None, :] if rows else trees[:, None]
    return Matrix(tuple(tuple(row) for row in table), by_step=by_step and trees.ndim == 2)


def _places(number: Fraction) -> int | None:
    """Return how many decimals the number has; None for more than MOST_DECIMALS."""
    for places in range(MOST_DECIMALS + 1):
        if (number * 10**places).denominator == 1:
            return places
    return None


def _network(graph: Graph) -> doc.Text:
    """Return the network in words: ``2 inputs; layer 1: 2 units, sigmoid; …``."""
    alone = len(graph.inputs) == 1
    inputs = counted(graph.inputs[0], "input") if alone else f"{sized(graph.inputs)} inputs"
    parts: list[str | int] = [inputs]
    for layer in graph.layers:
        kind = "" if layer.type == "dense" else f" ({layer.type})"
        activation = "" if layer.activation == "identity" else f", {layer.activation}"
        units = counted(layer.units, "unit")
        if len(layer.shape) > 1:
            units = f"{sized(layer.shape)} values"
        parts += ["; layer ", *titled(layer), f"{kind}: {units}{activation}"]
    if graph.loss_name:
        parts.append(f"; loss: {graph.loss_name}")
    if not graph.single:
        over = "averaged" if graph.mean else "added up"
        parts.append(f"; {counted(graph.samples, 'sample')}, whose losses are {over}")
    return with_layers((*parts, "."))
