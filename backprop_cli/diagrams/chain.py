"""A chain: blocks from left to right, parameters over the line that they act on, z over a.

A column has a zone where lines come from other heights, one with the parameters over the line and
words under it, then its block. A line that passes blocks goes under all of them. So no line meets
a label.
"""

from __future__ import annotations

from itertools import groupby

from msgspec import Struct, structs

from .cells import ends_of, middle_of
from .finish import moved, moved_node
from .layout import Placed
from .scene import DrawnEdge, DrawnNode, Label, Point

FAN, TRUNK, HEAD = 40.0, 8.0, 16.0
"""Where lines change height; beside a block; before a head."""
CLOSE = 14.0, 5.0, 12.0
"""The same, where the width is dear."""
ASIDE = 10.0
"""Beside a stack of parameters."""
LANE, SPREAD = 12.0, 6.0
"""From a line under the blocks to the next; between two that lead there."""
UPRIGHT = 34.0
"""From z to its activation."""
OVER, BESIDE, APART = 12.0, 6.0, 26.0
"""Over a line, beside an upright one, between two blocks of a column."""


class GridBlock(Struct):
    """What stands in a column: a node, what is made of it under it, parameters before it."""

    column: int
    first: DrawnNode
    header: Label
    second: DrawnNode | None = None
    held: tuple[DrawnNode, ...] = ()
    track: int = 0


class GridChain(Struct):
    """What the picture is made of, each node with its top left at 0, 0.

    The parameters before a block are ``stacked`` where they would be too wide side by side.
    """

    blocks: list[GridBlock]
    edges: list[DrawnEdge]
    notes: list[str] = []
    stacked: bool = False


def in_a_chain(chain: GridChain, *, tight: bool = False) -> Placed:
    """Return everything in its place; ``tight`` lets columns stand closer."""
    return _ChainPlan(chain, *(CLOSE if tight else (FAN, TRUNK, HEAD))).result()


class _ChainPlan:
    def __init__(self, chain: GridChain, fan: float, trunk: float, head: float) -> None:
        self.fan, self.trunk, self.head = fan, trunk, head
        self.edges, self.stacked = chain.edges, chain.stacked
        self.columns: dict[int, list[GridBlock]] = {}
        by_column = sorted(chain.blocks, key=lambda block: block.column)
        for column, blocks in groupby(by_column, key=lambda block: block.column):
            self.columns[column] = list(blocks)
            for track, block in enumerate(self.columns[column]):
                block.track = track
        self.blocks = by_column
        self.owner = {
            node.id: block
            for block in self.blocks
            for node in (block.first, *([block.second] if block.second else []))
        }
        self.nodes: dict[str, DrawnNode] = {}
        self.captions: list[Label] = []
        self.left: dict[int, float] = {}
        self.right: dict[int, float] = {}
        self.zone: dict[int, float] = {}
        self.lines = self._down()
        self._across()

    # -- where blocks stand

    def _words(self, block: GridBlock) -> tuple[Label, ...]:
        """Return what stands under the line that leads to a block."""
        return next((e.below for e in self.edges if e.target == block.first.id and e.below), ())

    def _between(self, block: GridBlock) -> Label | None:
        """Return what stands beside the line from z to a."""
        second = block.second
        edges = [
            e for e in self.edges if second and {e.source, e.target} == {block.first.id, second.id}
        ]
        return next((label for e in edges for label in e.below), None)

    def _down(self) -> list[float]:
        """Return the height of each track's line."""
        lines: list[float] = []
        bottom = 0.0
        for track in range(max(block.track for block in self.blocks) + 1):
            here = [block for block in self.blocks if block.track == track]
            up = max(map(self._up, here))
            lines.append(bottom + up)
            bottom = lines[-1] + max(map(self._under, here)) + APART
        self.bottom = bottom - APART
        return lines

    def _up(self, block: GridBlock) -> float:
        """Return how far a block goes up from its line, its header on top of it."""
        heights = [node.height + OVER for node in block.held]
        held = sum(heights) if self.stacked else max(heights, default=0.0)
        return max(middle_of(block.first) + 4 + block.header.height, held)

    def _under(self, block: GridBlock) -> float:
        """Return how far a block goes down from its line."""
        words = sum(label.height for label in self._words(block)) + 4
        down = _bottom(block.first) - middle_of(block.first)
        if block.second is not None:
            down += UPRIGHT + block.second.height
        return max(words, down)

    def _across(self) -> None:
        """Place the columns one after the other, each after the room its lines need."""
        x, before = 0.0, -1
        for column, blocks in self.columns.items():
            bending = [edge for edge in self.edges if self._into(edge) and self._bends(edge)]
            ends = [(self._into(e), self.owner[e.source].column) for e in bending]
            if any(into in blocks or source == before for into, source in ends):
                x += self.fan
            self.zone[column] = x + self.trunk
            room = 0.0
            for block in blocks:
                held = self._held(block)
                words = max((label.width for label in self._words(block)), default=0.0)
                room = max(room, held, words)
            start = x + room + 2 * self.trunk + self.head if column or room else x
            halves = [self._halves(block) for block in blocks]
            left, right = (max(half[side] for half in halves) for side in (0, 1))
            middle = start + left
            end = middle + right
            self.left[column], self.right[column] = start, end
            for block in blocks:
                self._place(block, middle, self.zone[column] + room / 2)
            x, before = end + self.trunk, column
        self.width = x - self.trunk

    def _held(self, block: GridBlock) -> float:
        """Return the width of the parameters before a block; of a stack, with room beside it."""
        if self.stacked and len(block.held) > 1:
            return max(node.width for node in block.held) + 2 * ASIDE
        return sum(node.width + 10 for node in block.held) - (10 if block.held else 0)

    def _halves(self, block: GridBlock) -> tuple[float, float]:
        label = self._between(block)
        widths = [_width(node) for node in (block.first, block.second) if node]
        half = max(*widths, block.header.width) / 2
        return half, max(half, label.width + 2 * BESIDE if label else 0.0)

    def _place(self, block: GridBlock, middle: float, zone: float) -> None:
        line = self.lines[block.track]
        top = line - middle_of(block.first)
        self._set(moved_node(block.first, middle - _width(block.first) / 2, top))
        if block.second is not None:
            under = top + _bottom(block.first) + UPRIGHT
            self._set(moved_node(block.second, middle - _width(block.second) / 2, under))
        x, up = zone - self._held(block) / 2, line - OVER
        for node in block.held:
            if self.stacked:
                self._set(moved_node(node, zone - node.width / 2, up - node.height))
                up -= node.height + OVER
                continue
            self._set(moved_node(node, x, up - node.height))
            x += node.width + 10
        self.captions.append(moved(block.header, middle, top - 4 - block.header.height / 2))

    def _set(self, node: DrawnNode) -> None:
        self.nodes[node.id] = node

    # -- lines

    def _beside(self, edge: DrawnEdge) -> list[DrawnNode]:
        """Return the parameters of a block, those of the line among them, in their places."""
        own = next(block for block in self.blocks if edge.target == block.first.id)
        return [self.nodes[node.id] for node in own.held]

    def _into(self, edge: DrawnEdge) -> GridBlock | None:
        """Return the block that a line leads to from another one."""
        target, source = self.owner.get(edge.target), self.owner.get(edge.source)
        return target if source is not None and source is not target else None

    def _is_near(self, edge: DrawnEdge) -> bool:
        """Return whether a line leads to the next column."""
        order = list(self.columns)
        source, target = (self.owner[end].column for end in (edge.source, edge.target))
        return order.index(target) == order.index(source) + 1

    def _bends(self, edge: DrawnEdge) -> bool:
        source, target = self.owner[edge.source], self.owner[edge.target]
        level = source.track == target.track and edge.source == source.first.id
        return not (self._is_near(edge) and level)

    def result(self) -> Placed:
        """Return the nodes, the lines and the headers with their places."""
        lanes: dict[str, float] = {}
        edges = []
        for edge in self.edges:
            if self._into(edge) is not None and not self._is_near(edge):
                lanes.setdefault(edge.source, self.bottom + LANE * (len(lanes) + 1))
            edges.append(self._edge(edge, lanes))
        height = max([self.bottom, *lanes.values()])
        return Placed(
            tuple(self.nodes.values()), tuple(edges), tuple(self.captions), self.width, height
        )

    def _edge(self, edge: DrawnEdge, lanes: dict[str, float]) -> DrawnEdge:
        source, target = self.nodes[edge.source], self.nodes[edge.target]
        y0, y1 = middle_of(source), middle_of(target)
        x0, x1 = ends_of(source)[1], ends_of(target)[0]
        points: tuple[Point, ...]
        if edge.source not in self.owner:
            points = ((source.x, _bottom(source)), (source.x, y1), (x1, y1))
            if self.stacked:
                # One over another: its line goes round those below it.
                out = max(n.x + n.width / 2 for n in self._beside(edge)) + ASIDE
                points = ((source.x + source.width / 2, source.y), (out, source.y))
                points = (*points, (out, y1), (x1, y1))
            return structs.replace(edge, points=points)
        own = self._into(edge)
        if own is None:
            down = source.y < target.y
            upper, lower = (source, target) if down else (target, source)
            ends = (upper.x, _bottom(upper)), (lower.x, lower.y - lower.height / 2)
            middle = (ends[0][1] + ends[1][1]) / 2
            labels = tuple(
                structs.replace(label, x=upper.x + BESIDE + label.width / 2, y=middle)
                for label in edge.below
            )
            return structs.replace(edge, points=ends if down else ends[::-1], below=labels)
        zone = self.zone[own.column]
        out = self.right[self.owner[edge.source].column] + self.trunk
        if self._is_near(edge):
            points = ((x0, y0), (out, y0), (zone, y1), (x1, y1))
            points = points if y0 != y1 else ((x0, y0), (x1, y1))
        else:
            lane = lanes[edge.source]
            out += min(SPREAD * list(lanes).index(edge.source), self.fan - self.trunk)
            points = ((x0, y0), (out, y0), (out, lane), (zone, lane), (zone, y1), (x1, y1))
        at, labels_below = y1 + 4, []
        middle = (zone + self.left[own.column] - self.head - self.trunk) / 2
        for label in edge.below:
            labels_below.append(structs.replace(label, x=middle, y=at + label.height / 2))
            at += label.height
        return structs.replace(edge, points=points, below=tuple(labels_below))


def _bottom(node: DrawnNode) -> float:
    return node.y + node.height / 2


def _width(node: DrawnNode) -> float:
    """Return the width of a node with what stands over it."""
    return 2 * node.x
