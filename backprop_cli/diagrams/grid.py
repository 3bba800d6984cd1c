"""A grid: steps in time from left to right, layers from the bottom up, straight lines between.

A line to the next step is level, one to the layer above upright, with its labels beside it. One
that passes layers goes round them, on the left, in a lane of its own. So no line meets a label.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct, structs

from .layout import CLEAR, FLOW, Placed, flowed, over_line, under_line
from .scene import DrawnEdge, DrawnNode, Label, Point

PAD = 9.0
"""Room in a box around what is written in it."""
LEVEL, UPRIGHT = 36.0, 40.0
"""Length of a line without a label."""
LANE = 13.0
"""From one lane to the next."""
LOOP = 30.0
"""How far a loop goes out to the right of its box."""
BESIDE = 6.0
"""Between an upright line and what is written beside it."""
EVERY = -1
"""The column of a box as wide as the whole grid."""


class GridParts(Struct):
    """What a grid is made of: boxes, lines, what stands beside each row and under it all.

    Rows count from the bottom. What stands beside one, and each of ``under``, is a stack of labels.
    """

    nodes: list[DrawnNode]
    edges: list[DrawnEdge]
    rows: dict[int, tuple[Label, ...]] = {}
    under: list[tuple[Label, ...]] = []
    notes: list[str] = []


def on_grid(parts: GridParts, flow: float = FLOW) -> Placed:
    """Return everything in its place; the top left is at 0, 0.

    What stands under the grid may be as wide as ``flow``, or as the grid.
    """
    return _GridPlan(parts, flow).result()


def sized(node: DrawnNode) -> DrawnNode:
    """Return the box as wide and as high as what is written in it."""
    labels = [*([node.label] if node.label else []), *node.above, *node.below]
    width = max((label.width for label in labels), default=0.0) + 2 * PAD
    height = sum(label.height for label in labels) + 2 * PAD
    return structs.replace(node, width=max(width, 44.0), height=max(height, 36.0), boxed=True)


class _GridPlan:
    def __init__(self, parts: GridParts, flow: float) -> None:
        self.parts, self.flow = parts, flow
        self.nodes = {node.id: node for node in parts.nodes}
        self.columns = sorted({n.column for n in parts.nodes if n.column != EVERY})
        self.rows = sorted({n.row for n in parts.nodes})
        self.lanes = self._lanes()
        self.x = self._across()
        self.y = self._down()

    # -- which lines go how

    def kind(self, edge: DrawnEdge) -> str:
        """Return level, upright, round (in a lane) or loop."""
        source, target = self.nodes[edge.source], self.nodes[edge.target]
        if source is target:
            return "loop"
        if source.row == target.row:
            return "level"
        low, high = sorted((source.row, target.row))
        between = (n for n in self.parts.nodes if low < n.row < high)
        column = self.column(edge)
        return "round" if any(n.column in (column, EVERY) for n in between) else "upright"

    def column(self, edge: DrawnEdge) -> int:
        """Return the column that an upright line stands in."""
        own = (self.nodes[edge.source].column, self.nodes[edge.target].column)
        return next((column for column in own if column != EVERY), self.columns[-1])

    def _lanes(self) -> dict[str, float]:
        """Return how far out the lane of each line is that goes round, with room for its words."""
        found: dict[str, float] = {}
        out: dict[int, float] = {}
        for edge in self.parts.edges:
            if self.kind(edge) == "round":
                column = self.column(edge)
                found[edge.id] = out.get(column, 0.0) + LANE
                words = max((la.width for la in (*edge.above, *edge.below)), default=-BESIDE)
                out[column] = found[edge.id] + words + BESIDE
        self.outermost = out
        return found

    # -- where columns and rows stand

    def _across(self) -> dict[int, float]:
        """Return each column's middle."""
        x, left = {}, self._beside()
        for column in self.columns:
            here = [n for n in self.parts.nodes if n.column == column]
            half = max((n.width / 2 for n in here), default=22.0)
            upright = [e for e in self.parts.edges if self._is_upright(e, column)]
            right = max([half, *(label.width + 2 * BESIDE for e in upright for label in e.above)])
            back = self._out(column) + self.outermost.get(column, 0.0)
            if column != self.columns[0]:
                left += self._before(column)
            x[column] = left + back
            loops = any(e.source == e.target for e in self.parts.edges)
            left = x[column] + right + (self._loops() if loops else 0.0)
        self.width = left
        return x

    def _out(self, column: int) -> float:
        """Return how far a column's boxes, and what stands left of its lines, go to the left."""
        halves = [n.width / 2 for n in self.parts.nodes if n.column == column]
        edges = [e for e in self.parts.edges if self._is_upright(e, column)]
        return max([*halves, *(la.width + 2 * BESIDE for e in edges for la in e.below)])

    def _edge_of(self, name: str) -> DrawnEdge:
        return next(edge for edge in self.parts.edges if edge.id == name)

    def _is_upright(self, edge: DrawnEdge, column: int) -> bool:
        return self.kind(edge) == "upright" and self.column(edge) == column

    def _loops(self) -> float:
        loops = [e for e in self.parts.edges if e.source == e.target]
        labels = [label for e in loops for label in (*e.above, *e.below)]
        return LOOP + BESIDE + max((label.width for label in labels), default=0.0)

    def _beside(self) -> float:
        """Return how much room the words beside the rows take."""
        rows = self.parts.rows.values()
        widest = max((label.width for stack in rows for label in stack), default=0.0)
        return widest + 24.0 if widest else 0.0

    def _before(self, column: int) -> float:
        """Return the room for the level lines before a column."""
        place = self.columns.index(column)
        pair = {self.columns[place - 1], column}
        labels = [
            label
            for edge in self.parts.edges
            if self.kind(edge) == "level"
            and {self.nodes[edge.source].column, self.nodes[edge.target].column} == pair
            for label in (*edge.above, *edge.below)
        ]
        return LEVEL + max((label.width for label in labels), default=0.0)

    def _down(self) -> dict[int, float]:
        """Return each row's middle, the lowest row at the bottom; boxes are made high enough."""
        for name, node in self.nodes.items():
            need = self._sides(name)
            self.nodes[name] = structs.replace(node, height=max(node.height, need))
        y, top = {}, 0.0
        for row in reversed(self.rows):
            half = self._half(row)
            if row != self.rows[-1]:
                top += self._over(row)
            y[row] = top + half
            top = y[row] + half
        self.height = top
        return y

    def _sides(self, name: str) -> float:
        """Return how high a box must be for the lines that come to its sides."""
        levels: dict[str, list[float]] = {}
        for edge in self.parts.edges:
            if self.kind(edge) == "level" and name in (edge.source, edge.target):
                other = edge.target if edge.source == name else edge.source
                levels.setdefault(other, []).append(_room(edge))
        loops = [_room(e) for e in self.parts.edges if e.source == e.target == name]
        several = [sum(rooms) for rooms in levels.values() if len(rooms) > 1]
        return max([*several, sum(loops), 24.0 + 16.0 * len(self._lanes_at(name))])

    def _lanes_at(self, name: str) -> list[str]:
        """Return the lines in lanes that begin or end at a box."""
        ends = {e: self._edge_of(e) for e in self.lanes}
        return [e for e, edge in ends.items() if name in (edge.source, edge.target)]

    def _over(self, row: int) -> float:
        """Return the room for the upright lines above a row."""
        edges = [
            e
            for e in self.parts.edges
            if self.kind(e) in ("upright", "round")
            and min(self.nodes[e.source].row, self.nodes[e.target].row) == row
        ]
        stacks = [
            sum(label.height for label in stack)
            for e in edges
            for stack in ([(*e.above, *e.below)] if e.id in self.lanes else [e.above, e.below])
        ]
        return max([UPRIGHT, *(stack + 22.0 for stack in stacks)])

    # -- what came of it

    def result(self) -> Placed:
        """Return the boxes, the lines and the captions with their places."""
        left = self.x[self.columns[0]] if self.columns else 0.0
        captions = []
        for row, stack in self.parts.rows.items():
            beside = _beside(stack, 0.0, self.y[row], 1)
            captions += [structs.replace(label, anchor="start") for label in beside]
        nodes = {name: self._node(node) for name, node in self.nodes.items()}
        edges = tuple(self._edge(edge, nodes) for edge in self.parts.edges)
        bottom = self.height
        captions += flowed(self.parts.under, max(self.width, self.flow), bottom + 22.0)
        lowest = max([bottom, *(c.y + c.height / 2 for c in captions)])
        right = max([self.width, left, *(c.x + c.width / 2 for c in captions)])
        return Placed(tuple(nodes.values()), edges, tuple(captions), right, lowest)

    def _node(self, node: DrawnNode) -> DrawnNode:
        if node.column == EVERY:
            first, last = self.x[self.columns[0]], self.x[self.columns[-1]]
            width = max(node.width, last - first + 90.0)
            x = (first + last) / 2
        else:
            x, width = self.x[node.column], node.width
        y = self.y[node.row]
        labels = [*([node.label] if node.label else []), *node.above, *node.below]
        at = y - sum(label.height for label in labels) / 2
        placed = []
        for label in labels:
            placed.append(structs.replace(label, x=x, y=at + label.height / 2))
            at += label.height
        head = 1 if node.label else 0
        middle = head + len(node.above)
        return structs.replace(
            node,
            x=x,
            y=y,
            width=width,
            label=placed[0] if node.label else None,
            above=tuple(placed[head:middle]),
            below=tuple(placed[middle:]),
        )

    def _edge(self, edge: DrawnEdge, nodes: Mapping[str, DrawnNode]) -> DrawnEdge:
        source, target = nodes[edge.source], nodes[edge.target]
        match self.kind(edge):
            case "loop":
                return self._loop(edge, source)
            case "level":
                return self._level(edge, source, target)
            case "round":
                return self._round(edge, source, target)
        x = self.x[self.column(edge)]
        up = source.y > target.y
        y0 = source.y - source.height / 2 * (1 if up else -1)
        y1 = target.y + target.height / 2 * (1 if up else -1)
        middle = (y0 + y1) / 2
        return structs.replace(
            edge,
            points=((x, y0), (x, y1)),
            above=_beside(edge.above, x + BESIDE, middle, 1),
            below=_beside(edge.below, x - BESIDE, middle, -1),
        )

    def _level(self, edge: DrawnEdge, source: DrawnNode, target: DrawnNode) -> DrawnEdge:
        """Return a line to another step; several between two boxes stand over one another."""
        same = [
            e
            for e in self.parts.edges
            if {e.source, e.target} == {edge.source, edge.target} and self.kind(e) == "level"
        ]
        rooms = [_room(e) for e in same]
        place = [e.id for e in same].index(edge.id)
        y = source.y - sum(rooms) / 2 + sum(rooms[:place])
        y += CLEAR + 2 + sum(label.height for label in edge.above)
        y = source.y if len(same) == 1 else y
        sign = 1 if target.x > source.x else -1
        x0, x1 = source.x + sign * source.width / 2, target.x - sign * target.width / 2
        right = max(source, target, key=lambda node: node.x)
        left = min(source, target, key=lambda node: node.x)
        pair = (left.column, right.column)
        middle = self._gap(pair)
        return structs.replace(
            edge,
            points=((x0, y), (x1, y)),
            above=over_line(edge.above, middle, y),
            below=under_line(edge.below, middle, y),
        )

    def _gap(self, pair: tuple[int, int]) -> float:
        """Return the middle of the room between two columns that labels of level lines have."""
        left, right = pair
        edges = [e for e in self.parts.edges if self._is_upright(e, left)]
        halves = [n.width / 2 for n in self.nodes.values() if n.column == left]
        end = max([*halves, *(la.width + 2 * BESIDE for e in edges for la in e.above)])
        return self.x[left] + end + self._before(right) / 2

    def _round(self, edge: DrawnEdge, source: DrawnNode, target: DrawnNode) -> DrawnEdge:
        """Return a line that goes round boxes on the left."""
        column = self.column(edge)
        lane = self.x[column] - self._out(column) - self.lanes[edge.id]
        here, there = self._side(edge, source), self._side(edge, target)
        points: tuple[Point, ...] = (
            (source.x - source.width / 2, here),
            (lane, here),
            (lane, there),
            (target.x - target.width / 2, there),
        )
        low = min(source.row, target.row)
        over = self.rows[self.rows.index(low) + 1]
        top = self.y[over] + self._half(over)
        middle = (self.y[low] - self._half(low) + top) / 2
        labels = _beside((*edge.above, *edge.below), lane - BESIDE, middle, -1)
        count = len(edge.above)
        return structs.replace(edge, points=points, above=labels[:count], below=labels[count:])

    def _half(self, row: int) -> float:
        return max(n.height for n in self.nodes.values() if n.row == row) / 2

    def _side(self, edge: DrawnEdge, node: DrawnNode) -> float:
        """Return where a line that goes round meets a box: each at a height of its own."""
        names = self._lanes_at(node.id)
        low = edge.target == node.id
        place = names.index(edge.id) + 1
        shift = min(8.0 * place + 2.0, node.height / 2 - 3.0)
        return node.y + (shift if low else -shift)

    def _loop(self, edge: DrawnEdge, node: DrawnNode) -> DrawnEdge:
        """Return a line from a box back to itself, with its labels to the right."""
        same = [e for e in self.parts.edges if e.source == e.target == node.id]
        rooms = [_room(e) for e in same]
        place = [e.id for e in same].index(edge.id)
        middle = node.y - sum(rooms) / 2 + sum(rooms[:place]) + rooms[place] / 2
        half = max(8.0, min(13.0, rooms[place] / 2 - 3.0))
        right = node.x + node.width / 2
        points = (
            (right, middle + half),
            (right + LOOP, middle + half),
            (right + LOOP, middle - half),
            (right, middle - half),
        )
        labels = _beside((*edge.above, *edge.below), right + LOOP + BESIDE, middle, 1)
        count = len(edge.above)
        return structs.replace(edge, points=points, above=labels[:count], below=labels[count:])


def _room(edge: DrawnEdge) -> float:
    """Return how much height a level line takes with what is written over and under it."""
    return sum(label.height for label in (*edge.above, *edge.below)) + 2 * CLEAR + 8.0


def _beside(labels: Sequence[Label], x: float, y: float, side: int) -> tuple[Label, ...]:
    """Return labels in a stack to the right (1) or the left (−1) of an upright line."""
    top = y - sum(label.height for label in labels) / 2
    placed = []
    for label in labels:
        placed.append(
            structs.replace(label, x=x + side * label.width / 2, y=top + label.height / 2)
        )
        top += label.height
    return tuple(placed)
