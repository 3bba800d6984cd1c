"""A quantity as grids of cells: a channel beside the other, an entry's gradient under its value."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import structs

from ..expression.refs import Ref, plain_name, turned
from ..expression.tree import Expr, Known, Quantity
from ..worked.document import Inline, Math, Text
from ..worked.steps import entry
from .finish import moved, moved_cell, moved_grid
from .lettering import SMALLPRINT
from .scene import CellMark, DrawnCell, DrawnGrid, DrawnNode, Label, NodeKind, Role
from .scribe import Scribe
from .wish import MOST_UNITS

Position = tuple[int, ...]
"""Which entry, counted from 1 along each axis of the array as the file has it."""
GridContents = tuple[tuple[Label, ...], tuple[tuple[DrawnCell, ...], ...], list[tuple[Label, ...]]]
"""Names, rows of cells and the counts of columns and rows, not yet placed."""
CellMarks = Mapping[Position, frozenset[CellMark]]
GridRange = tuple[int, int]
"""From where to where, as a slice has it."""
GridPart = tuple[int, GridRange, GridRange]
"""Which of a quantity's grids, and which of its rows and columns."""
MOST_ACROSS = 12
"""Columns of a quantity's grids, so far as more than two channels stand beside each other."""
NARROWEST, PAD, GAP = 26.0, 10.0, 18.0
"""Of a cell: its least width, the room beside its number; the width of a gap."""
COUNT, WIDEST = SMALLPRINT, 84.0
"""The size of a count's letters; the width past which an exact number is a decimal one."""
APART = 16.0
"""Between two channels."""


class Cells:
    """Writes quantities as nodes with grids."""

    def __init__(self, scribe: Scribe) -> None:
        self.scribe, self.graph, self.wish = scribe, scribe.graph, scribe.wish
        self.left_out: list[str] = []

    def node(
        self, ref: Ref, kind: NodeKind, marked: CellMarks, same: Ref | None = None
    ) -> DrawnNode:
        """Return the quantity as a node, its top left at 0, 0; ``same`` is its other name."""
        shape = self.graph.nodes[self.graph.number(ref)].shape or (1,)
        wanted = {at for at, marks in marked.items() if marks != {"winner"}}
        *outer, rows, columns = shape if len(shape) > 1 else (*shape, 1)
        down, across = (
            self._along(size, {at[axis] for at in wanted if axis < len(at)})
            for axis, size in ((len(outer), rows), (len(outer) + 1, columns))
        )
        blocks = self._blocks(outer, len(across), {at[: len(outer)] for at in wanted})
        self._note(ref, shape, len(blocks) * _count(down) * _count(across))
        shown = self.shown(ref, kind)
        drawn = [self._grid(shown, same, (block, down, across), marked) for block in blocks]
        least = max(
            label.width for _, rows, _ in drawn for r in rows for c in r for label in c.labels
        )
        grids, x, y, widest = [], 0.0, 0.0, 0.0
        for before, block, parts in zip((None, *blocks), blocks, drawn, strict=False):
            if before and len(block) > 1 and before[0] != block[0]:
                x, y = 0.0, widest
            grid = moved_grid(_placed(*parts, max(NARROWEST, least + PAD)), x, y)
            grids.append(grid)
            _, _, right, bottom = extent(grid)
            x, widest = right + APART, max(widest, bottom + APART / 2)
        refs = (ref, ref.grad(), *(() if same is None else (same, same.grad())))
        name = f"{ref.part}{'' if ref.layer is None else ref.layer}"
        return _around(DrawnNode(name, kind, refs=refs, title=plain_name(ref)), grids)

    def _along(self, size: int, wanted: set[int]) -> tuple[int, ...]:
        """Return which rows or columns are drawn: some that are wanted, or many of them in part."""
        return self.wish.shown(size, *(wanted if len(wanted) <= MOST_UNITS else ()))

    def _blocks(
        self, outer: Sequence[int], across: int, marked: set[Position]
    ) -> tuple[Position, ...]:
        """Return the channels drawn: all of a few, else the first, the marked and the last."""
        every = list(itertools.product(*(range(1, size + 1) for size in outer)))
        most = max(2, MOST_ACROSS // across)
        if self.wish.full or len(every) <= most:
            return tuple(every)
        kept = {*every[: most - 1], every[-1], *(block for block in every if block in marked)}
        return tuple(block for block in every if block in kept)

    def _note(self, ref: Ref, shape: tuple[int, ...], kept: int) -> None:
        count = 1
        for size in shape:
            count *= size
        if kept < count:
            said = f"{count - kept} of the {count} entries of {plain_name(ref.of())}"
            self.left_out.append(said)

    def has_gradient(self, ref: Ref) -> bool:
        """Return whether the passes that are shown reach the quantity's gradient."""
        number = self.graph.number(ref)
        if not self.wish.backward or number not in self.graph.reached:
            return False
        trace = self.scribe.trace
        if trace is not None:
            return trace.gradients[number] is not None
        return self.graph.nodes[number].wants_gradient

    def shown(self, ref: Ref, kind: NodeKind) -> list[tuple[Ref, Role]]:
        """Return the value and the gradient, as far as the picture shows them, with their roles."""
        roles: dict[NodeKind, Role] = {"parameter": "parameter", "target": "name"}
        graded = self.has_gradient(ref)
        valued = self.wish.forward or not graded or kind == "parameter"
        found: list[tuple[Ref, Role]] = [(ref, roles.get(kind, "forward"))] if valued else []
        return [*found, (ref.grad(), "gradient")] if graded else found

    def _grid(
        self,
        shown: list[tuple[Ref, Role]],
        same: Ref | None,
        parts: tuple[Position, tuple[int, ...], tuple[int, ...]],
        marked: CellMarks,
    ) -> GridContents:
        """Return what one channel consists of."""
        block, down, across = parts
        ref = shown[0][0]
        shape = self.graph.nodes[self.graph.number(ref)].shape

        def cell(row: int, column: int) -> DrawnCell:
            if not row or not column:
                return DrawnCell()
            at = (*block, row, column)[: len(block) + max(1, len(shape))]
            index = turned(ref.part, at, self.graph.in_out) if shape else ()
            labels = tuple(self._number(each.at(*index), role) for each, role in shown)
            return DrawnCell(labels, marked.get(at, frozenset()))

        rows = tuple(tuple(cell(row, column) for column in across) for row in down)
        names = tuple(
            self._name(each, block, role, None if each.gradient else same) for each, role in shown
        )
        counts = [across if len(shape) > 1 else (), down if len(down) > 1 else ()]
        return names, rows, [tuple(map(self._count, each)) for each in counts]

    def _count(self, number: int) -> Label:
        return self.scribe.words(str(number) if number else "…", "quiet", COUNT)

    def _name(self, ref: Ref, block: Position, role: Role, same: Ref | None) -> Label:
        """Return the name over a grid: z¹₁ᵢⱼ, or z¹₁ᵢⱼ = a¹₁ᵢⱼ."""
        whole = self.graph.general(ref)
        axes = turned(ref.part, whole.index, self.graph.in_out)
        index = turned(ref.part, (*block, *axes[len(block) :]), self.graph.in_out)
        line: list[Inline] = []
        for each in (ref, *(() if same is None else (same,))):
            (name,) = self.scribe.adapted(Quantity(each.at(*index)))
            line += [*([Text(" = ")] if line else []), Math(name)]
        return self.scribe.line(tuple(line), role, SMALLPRINT)

    def _number(self, ref: Ref, role: Role) -> Label:
        """Return what stands in a cell: a number, an exact one as a decimal where it is long."""
        if self.scribe.trace is None:
            return self.scribe.symbol(ref, role, SMALLPRINT)
        value: Any = entry(self.scribe.trace, ref)
        label = self._written(Known(ref, value), role)
        if label.width > WIDEST or getattr(value, "approximate", False):
            return self._written(Known(ref, float(value)), role)
        return label

    def _written(self, number: Expr, role: Role) -> Label:
        of = number.ref if isinstance(number, Known) else Ref("x")
        adapted = self.scribe.adapted(Quantity(of), number)[1]
        return self.scribe.line((Math(adapted),), role, SMALLPRINT)


def _count(shown: tuple[int, ...]) -> int:
    return sum(1 for each in shown if each)


def _placed(
    names: tuple[Label, ...],
    rows: tuple[tuple[DrawnCell, ...], ...],
    counts: list[tuple[Label, ...]],
    width: float,
) -> DrawnGrid:
    """Return a grid with its cells in rows, of one width, names over them, counts beside."""
    across, down = counts
    every = [cell for row in rows for cell in row]
    height = max(sum(la.height for la in cell.labels) for cell in every) + 4.0
    gutter = max((count.width for count in down), default=0.0) + (4.0 if down else 0.0)
    widths = [width if any(row[c].labels for row in rows) else GAP for c in range(len(rows[0]))]
    inside = sum(widths)
    widest = max((name.width for name in names), default=0.0)
    left = max(gutter, (widest - inside) / 2)
    middle, top = left + inside / 2, 0.0
    found = []
    for name in names:
        found.append(moved(name, middle, top + name.height / 2))
        top += name.height
    placed_counts = []
    middles = [left + sum(widths[:c]) + widths[c] / 2 for c in range(len(widths))]
    for count, x in zip(across, middles, strict=False):
        placed_counts.append(moved(count, x, top + count.height / 2))
    top += max((count.height for count in across), default=2.0)
    placed_rows = []
    for number, row in enumerate(rows):
        gap = not any(cell.labels for cell in row)
        tall = COUNT * 1.42 if gap else height
        y = top + tall / 2
        top += tall
        if down:
            count = down[number]
            placed_counts.append(moved(count, left - 2 - count.width / 2, y))
        cells = zip(row, middles, widths, strict=True)
        placed_rows.append(tuple(_cell(cell, x, y, wide, tall) for cell, x, wide in cells))
    return DrawnGrid(tuple(found), tuple(placed_rows), tuple(placed_counts))


def _cell(cell: DrawnCell, x: float, y: float, width: float, height: float) -> DrawnCell:
    """Return the cell in its place, what is written in it under one another."""
    top = y - sum(label.height for label in cell.labels) / 2
    labels = []
    for label in cell.labels:
        labels.append(moved(label, x, top + label.height / 2))
        top += label.height
    return structs.replace(cell, labels=tuple(labels), x=x, y=y, width=width, height=height)


def extent(grid: DrawnGrid) -> tuple[float, float, float, float]:
    """Return left, top, right, bottom of a grid with all that is written at it."""
    things: list[Label | DrawnCell] = [*grid.labels, *grid.cells]
    return (
        min(thing.x - thing.width / 2 for thing in things),
        min(thing.y - thing.height / 2 for thing in things),
        max(thing.x + thing.width / 2 for thing in things),
        max(thing.y + thing.height / 2 for thing in things),
    )


def regridded(node: DrawnNode, which: Sequence[GridPart] | None = None) -> DrawnNode:
    """Return a node with its grids, or some of their rows, over one another."""
    if not node.grids:
        return node
    whole = [(k, (0, len(g.rows)), (0, len(g.rows[0]))) for k, g in enumerate(node.grids)]
    grids, y = [], 0.0
    for number, rows, columns in whole if which is None else which:
        grid = _part_of(node.grids[number], rows, columns)
        left, top, _, bottom = extent(grid)
        grids.append(moved_grid(grid, -left, y - top))
        y += bottom - top + APART / 2
    return _around(node, grids)


def _part_of(grid: DrawnGrid, rows: GridRange, columns: GridRange) -> DrawnGrid:
    """Return some of the grid's rows and columns with their counts, its names over them."""
    first, last = grid.rows[0][0], grid.rows[-1][-1]
    kept = [row[slice(*columns)] for row in grid.rows[slice(*rows)]]
    low, high = kept[0][0], kept[-1][-1]
    top, bottom = low.y - low.height / 2, high.y + high.height / 2
    left, right = low.x - low.width / 2, high.x + high.width / 2
    up, back = first.y - first.height / 2 - top, first.x - first.width / 2 - left
    middle = (left + right) / 2 - (first.x - first.width / 2 + last.x + last.width / 2) / 2
    over = [c for c in grid.counts if c.y < first.y - first.height / 2 and left < c.x < right]
    beside = [c for c in grid.counts if top < c.y < bottom]
    return DrawnGrid(
        tuple(moved(name, middle + back, 0.0) for name in grid.names),
        tuple(tuple(moved_cell(cell, back, up) for cell in row) for row in kept),
        (*(moved(c, back, 0.0) for c in over), *(moved(c, 0.0, up) for c in beside)),
    )


def _around(node: DrawnNode, grids: Sequence[DrawnGrid]) -> DrawnNode:
    """Return the node as large as its grids, which begin at 0, 0."""
    boxes = [extent(grid) for grid in grids]
    width, height = (max(box[side] for box in boxes) for side in (2, 3))
    return structs.replace(
        node, x=width / 2, y=height / 2, width=width, height=height, grids=tuple(grids)
    )


def middle_of(node: DrawnNode) -> float:
    """Return the height at which a line meets a node: its middle, between two rows of cells."""
    cells = [cell for grid in node.grids for cell in grid.cells]
    if not cells:
        return node.y
    tops = [cell.y - cell.height / 2 for cell in cells]
    middle = (min(tops) + max(cell.y + cell.height / 2 for cell in cells)) / 2
    between = [row[0].y - row[0].height / 2 for grid in node.grids for row in grid.rows[1:]]
    return min(between, key=lambda y: (round(abs(y - middle), 3), y), default=middle)


def ends_of(node: DrawnNode) -> tuple[float, float]:
    """Return where a line from the left ends and one to the right begins: at the node's cells."""
    rows, half = [row for grid in node.grids for row in grid.rows], node.width / 2
    counted = [row for grid in node.grids if len(grid.rows) > 1 for row in grid.rows]
    left = min((row[0].x - row[0].width / 2 for row in counted), default=node.x - half)
    return left, max((row[-1].x + row[-1].width / 2 for row in rows), default=node.x + half)
