"""Layout: columns from left to right, each incoming edge in a slot of its own before its target.

From left to right a column has a zone where lines fan out of the column before, a zone of slots in
which each line runs level with its label over and under it, a zone where the lines come together,
and the nodes. A line that passes a column runs level through a lane of its own. So no line crosses
a label, and no label can meet another: every crossing of lines lies in the first zone.

Written here because no kept library has it: grandalf is unmaintained, networkx has no layered
layout and pygraphviz needs a compiler and Graphviz, which puts labels upon lines.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from msgspec import Struct, structs

from .ordering import isotonic, ordered
from .scene import DrawnEdge, DrawnNode, Label, Point

GAP = 16.0
"""Between two nodes of one column."""
CLEAR = 3.0
"""Between a line and what is written over or under it."""
APART = 4.0
"""Half the room between what is written at one line and at the next."""
LANE = 14.0
"""Height of a lane through which a line passes a column."""
BETWEEN = 12.0
"""Between the captions of two columns."""
TRUNK = 8.0, 6.0
"""How far a line runs level beside a node, and where the width is dear."""
BESIDE = 10.0, 4.0
"""How much longer a line is than what is written at it, and where the width is dear."""
NARROWEST, WIDEST = 44.0, 170.0
"""Of the zone where lines fan out."""
CLOSEST = 16.0, 60.0
"""The same, where the width is dear."""


FLOW = 480.0
"""Width that stacks of labels under a picture may have where it is narrower."""


class ColumnItem(Struct):
    """What has a place in a column: a node, or the lane of an edge that passes."""

    key: str
    column: int
    node: DrawnNode | None = None
    up: float = LANE / 2
    down: float = LANE / 2
    y: float = 0.0


class Placed(Struct, frozen=True):
    """Nodes and edges in their places, and the columns' captions; the top left is at 0, 0."""

    nodes: tuple[DrawnNode, ...]
    edges: tuple[DrawnEdge, ...]
    captions: tuple[Label, ...]
    width: float
    height: float


class ColumnZones(Struct):
    """The zones of one column: where each ends, from left to right."""

    slots: float = 0.0
    joining: float = 0.0
    nodes: float = 0.0
    end: float = 0.0


def placed(
    nodes: Sequence[DrawnNode],
    edges: Sequence[DrawnEdge],
    headers: Mapping[int, Label],
    footers: Mapping[int, tuple[Label, ...]],
    *,
    fixed: bool,
    lanes: Mapping[str, float] | None = None,
    under: Sequence[tuple[Label, ...]] = (),
    tight: bool = False,
) -> Placed:
    """Return everything in its place.

    ``headers`` and ``footers`` stand over and under a column. ``fixed`` keeps the nodes' rows;
    else each column is put in the order that crosses fewest lines. ``lanes`` says at which row an
    edge passes the fixed nodes of a column (``edge@column``); others pass over them. ``under`` are
    stacks of labels under it all. ``tight`` lets lines be steep, so that columns stand closer.
    """
    plan = _LayoutPlan(nodes, edges, headers, footers, lanes or {}, tight=tight)
    plan.order(fixed=fixed)
    plan.set_rows()
    plan.set_columns()
    laid = plan.result()
    if not under:
        return laid
    below = flowed(under, laid.width, laid.height + 12.0)
    return structs.replace(
        laid,
        captions=(*laid.captions, *below),
        width=max(laid.width, *(label.x + label.width / 2 for label in below)),
        height=max(label.y + label.height / 2 for label in below),
    )


class _LayoutPlan:
    def __init__(
        self,
        nodes: Sequence[DrawnNode],
        edges: Sequence[DrawnEdge],
        headers: Mapping[int, Label],
        footers: Mapping[int, tuple[Label, ...]],
        lanes: Mapping[str, float],
        *,
        tight: bool,
    ) -> None:
        self.tight = tight
        self.nodes = {node.id: node for node in nodes}
        self.edges = list(edges)
        self.headers, self.footers, self.lanes = headers, footers, lanes
        self.items = {n.id: ColumnItem(n.id, n.column, n) for n in nodes}
        self.ways: dict[str, list[str]] = {}
        for edge in self.edges:
            self.ways[edge.id] = self._way(edge)
        last = max(node.column for node in nodes)
        self.columns = [
            sorted(
                (item for item in self.items.values() if item.column == column),
                key=lambda item: item.node.row if item.node else lanes.get(item.key, -1),
            )
            for column in range(last + 1)
        ]
        self.fixed = False
        self.zones: list[ColumnZones] = []
        self.incoming: dict[str, list[DrawnEdge]] = {}
        self.slot_y: dict[str, float] = {}
        self._heads = [headers[n].width if n in headers else 0.0 for n in range(last + 1)]
        self._feet = [
            max((f.width for f in footers.get(n, ())), default=0.0) for n in range(last + 1)
        ]

    def _way(self, edge: DrawnEdge) -> list[str]:
        """Return the items along an edge: its source, a lane in each column between, its target."""
        first, last = self.nodes[edge.source].column, self.nodes[edge.target].column
        way = [edge.source]
        for column in range(first + 1, last):
            key = f"{edge.id}@{column}"
            self.items[key] = ColumnItem(key, column)
            way.append(key)
        return [*way, edge.target]

    # -- from top to bottom

    def order(self, *, fixed: bool) -> None:
        """Put each column in order: lanes over the nodes where these are fixed."""
        self.fixed = fixed
        links = [pair for way in self.ways.values() for pair in pairwise(way)]
        keys = ordered([[item.key for item in column] for column in self.columns], links, fixed)
        self.columns = [[self.items[key] for key in column] for column in keys]

    def set_rows(self) -> None:
        """Give each item its y, and each edge its slot before its target."""
        rank = {item.key: i for column in self.columns for i, item in enumerate(column)}
        for edge in self.edges:
            self.incoming.setdefault(edge.target, []).append(edge)
        for edges in self.incoming.values():
            edges.sort(key=lambda edge: rank[self.ways[edge.id][-2]])
        for item in self.items.values():
            if item.node is not None:
                item.up, item.down = self._reach(item.node)
        for column in self.columns:
            self._stack([item for item in column if not self._passes_over(item)])
        if self.fixed:
            self._pass_over()
        else:
            self._straighten()
        for target, edges in self.incoming.items():
            for edge, y in zip(edges, _lines(edges), strict=True):
                self.slot_y[edge.id] = self.items[target].y + y

    def _reach(self, node: DrawnNode) -> tuple[float, float]:
        """Return how far a node and its rows, or its slots, go over and under its middle."""
        edges = self.incoming.get(node.id, ())
        lines = _lines(edges)
        top = _slot(edges[0])[0] - lines[0] if edges else 0.0
        bottom = _slot(edges[-1])[1] + lines[-1] if edges else 0.0
        over = node.height / 2 + CLEAR + sum(label.height for label in node.above)
        under = node.height / 2 + CLEAR + sum(label.height for label in node.below)
        return max(over, top) + GAP / 2, max(under, bottom) + GAP / 2

    def _stack(self, column: list[ColumnItem]) -> None:
        """Stack a column's items, the outermost lines equally far from 0."""
        y = 0.0
        for item in column:
            item.y = y + item.up
            y += item.up + item.down
        middle = (column[0].y + column[-1].y) / 2 if column else 0.0
        for item in column:
            item.y -= middle

    def _passes_over(self, item: ColumnItem) -> bool:
        """Return whether the lane lies over the whole column, not at a row of its own."""
        return self.fixed and item.node is None and item.key not in self.lanes

    def _pass_over(self) -> None:
        """Lay each line that passes over columns as low as these and the lines so far let it."""
        tops = [
            min((i.y - i.up for i in column if not self._passes_over(i)), default=0.0)
            for column in self.columns
        ]
        ways = [
            [self.items[key] for key in way[1:-1] if self._passes_over(self.items[key])]
            for way in self.ways.values()
        ]
        for way in sorted(filter(None, ways), key=len):
            y = min(tops[item.column] for item in way) - LANE / 2
            for item in way:
                item.y = y
                tops[item.column] = y - LANE / 2

    def _straighten(self) -> None:
        """Move items towards their neighbours, keeping each column's order and distances."""
        links: dict[str, list[str]] = {}
        for way in self.ways.values():
            for before, after in pairwise(way):
                links.setdefault(before, []).append(after)
                links.setdefault(after, []).append(before)
        for turn in range(8):
            columns = self.columns if turn % 2 else self.columns[::-1]
            for column in columns:
                self._towards(column, links)

    def _towards(self, column: list[ColumnItem], links: Mapping[str, list[str]]) -> None:
        wanted, weights = [], []
        for item in column:
            near = [self.items[key].y for key in links.get(item.key, ())]
            wanted.append(sum(near) / len(near) if near else item.y)
            weights.append(4.0 if item.node is None else 1.0 if near else 0.1)
        distances = [above.down + below.up for above, below in pairwise(column)]
        for item, y in zip(column, isotonic(wanted, weights, distances), strict=True):
            item.y = y

    # -- from left to right

    def set_columns(self) -> None:
        """Give each column its zones: the wider its labels and the steeper its lines, the wider."""
        left = 0.0
        for number, column in enumerate(self.columns):
            nodes = [item.node for item in column if item.node is not None]
            edges = [edge for node in nodes for edge in self.incoming.get(node.id, ())]
            labels = [label for edge in edges for label in (*edge.above, *edge.below)]
            node_width = max((_breadth(node) for node in nodes), default=0.0)
            fan = 0.0 if number == 0 else self._fan(number)
            slots = max((label.width for label in labels), default=0.0)
            slots += BESIDE[self.tight] if slots else 0.0
            several = max(
                (abs(self.slot_y[e.id] - self.items[e.target].y) for e in edges), default=0
            )
            joining = min(60.0, max(18.0 if several else 0.0, 0.55 * several))
            joining = min(joining, 20.0) if self.tight else joining
            zone = ColumnZones(left + fan)
            zone.joining = zone.slots + slots
            zone.nodes = zone.joining + joining
            zone.end = zone.nodes + node_width + 2 * TRUNK[self.tight]
            self.zones.append(zone)
            self._make_room(number)
            left = zone.end

    def _make_room(self, number: int) -> None:
        """Move a column to the right where its captions would meet those before them."""
        zone, meets = self.zones[number], 0.0
        for captions in (self._heads, self._feet):
            left = self._centre(number) - captions[number] / 2
            before = [self._centre(n) + captions[n] / 2 + BETWEEN for n in range(number)]
            meets = max(meets, max([0.0, *before]) - left if captions[number] else 0.0)
        zone.slots, zone.joining = zone.slots + meets, zone.joining + meets
        zone.nodes, zone.end = zone.nodes + meets, zone.end + meets

    def _fan(self, number: int) -> float:
        """Return the width of the zone where the lines of the column before fan out."""
        steepest = 0.0
        for edge, way in self.ways.items():
            for before, after in pairwise(way):
                if self.items[after].column == number:
                    end = self.items[after].y
                    if self.items[after].node is not None:
                        end = self.slot_y[edge]
                    steepest = max(steepest, abs(end - self.items[before].y))
        if self.tight:
            return min(CLOSEST[1], CLOSEST[0] + 0.12 * steepest)
        return min(WIDEST, NARROWEST + 0.3 * steepest)

    # -- what came of it

    def result(self) -> Placed:
        """Return the nodes, edges and captions with their places, from 0, 0 on."""
        over = min(item.y - item.up for item in self.items.values())
        under = max(item.y + item.down for item in self.items.values())
        captions = []
        for number, label in self.headers.items():
            x = self._centre(number)
            captions.append(structs.replace(label, x=x, y=over - label.height / 2 - 4))
        for number, labels in self.footers.items():
            y = under + 4
            for label in labels:
                y += label.height / 2
                captions.append(structs.replace(label, x=self._centre(number), y=y))
                y += label.height / 2
        boxes = [(c.y - c.height / 2, c.y + c.height / 2) for c in captions]
        top = min([over, *(box[0] for box in boxes)])
        bottom = max([under, *(box[1] for box in boxes)])
        nodes = tuple(self._node(node, -top) for node in self.nodes.values())
        edges = tuple(self._edge(edge, -top) for edge in self.edges)
        moved = tuple(structs.replace(c, y=c.y - top) for c in captions)
        right = max([self.zones[-1].end, *(c.x + c.width / 2 for c in captions)])
        return Placed(nodes, edges, moved, right, bottom - top)

    def _centre(self, column: int) -> float:
        zone = self.zones[column]
        return (zone.nodes + zone.end) / 2

    def _node(self, node: DrawnNode, shift: float) -> DrawnNode:
        item = self.items[node.id]
        x, y = self._centre(item.column), item.y + shift
        row = [other.key for other in self.columns[item.column]].index(node.id)
        return structs.replace(
            node,
            x=x,
            y=y,
            row=row,
            label=None if node.label is None else structs.replace(node.label, x=x, y=y),
            above=over_line(node.above, x, y - node.height / 2),
            below=under_line(node.below, x, y + node.height / 2),
        )

    def _edge(self, edge: DrawnEdge, shift: float) -> DrawnEdge:
        zone = self.zones[self.items[edge.target].column]
        source, target = self.nodes[edge.source], self.nodes[edge.target]
        y = self.items[edge.source].y
        begin = self.zones[source.column]
        points: list[Point] = [
            (self._centre(source.column) + source.width / 2, y),
            (begin.end, y),
        ]
        for key in self.ways[edge.id][1:-1]:
            lane = self.items[key]
            passed = self.zones[lane.column]
            points += [(passed.slots, lane.y), (passed.end, lane.y)]
        slot = self.slot_y[edge.id]
        y = self.items[edge.target].y
        points += [(zone.slots, slot), (zone.joining, slot)]
        points += [(zone.nodes, y), (self._centre(target.column) - target.width / 2, y)]
        x = (zone.slots + zone.joining) / 2
        moved = tuple((px, py + shift) for px, py in points)
        return structs.replace(
            edge,
            points=moved,
            above=over_line(edge.above, x, slot + shift),
            below=under_line(edge.below, x, slot + shift),
        )


def flowed(stacks: Sequence[tuple[Label, ...]], width: float, top: float) -> list[Label]:
    """Return stacks of labels in rows no wider than ``width``, from ``top`` on."""
    found: list[Label] = []
    x, deepest = 0.0, 0.0
    for stack in stacks:
        wide = max(label.width for label in stack)
        if x and x + wide > width:
            x, top, deepest = 0.0, top + deepest + 10.0, 0.0
        y = top
        for label in stack:
            found.append(structs.replace(label, x=x + wide / 2, y=y + label.height / 2))
            y += label.height
        deepest = max(deepest, y - top)
        x += wide + 26.0
    return found


def over_line(labels: Sequence[Label], x: float, y: float) -> tuple[Label, ...]:
    """Return labels stacked upwards from a line at y, the last one lowest."""
    placed_labels = []
    bottom = y - CLEAR
    for label in reversed(labels):
        placed_labels.append(structs.replace(label, x=x, y=bottom - label.height / 2))
        bottom -= label.height
    return tuple(reversed(placed_labels))


def under_line(labels: Sequence[Label], x: float, y: float) -> tuple[Label, ...]:
    """Return labels stacked downwards from a line at y."""
    placed_labels = []
    top = y + CLEAR
    for label in labels:
        placed_labels.append(structs.replace(label, x=x, y=top + label.height / 2))
        top += label.height
    return tuple(placed_labels)


def _slot(edge: DrawnEdge) -> tuple[float, float]:
    """Return how much room an edge's slot takes over and under its line."""
    over = sum(label.height for label in edge.above)
    under = sum(label.height for label in edge.below)
    return over + CLEAR + APART, under + CLEAR + APART


def _lines(edges: Sequence[DrawnEdge]) -> list[float]:
    """Return the heights of the lines before a node at 0, the outermost equally far from it."""
    heights, y = [], 0.0
    for edge in edges:
        over, under = _slot(edge)
        heights.append(y + over)
        y += over + under
    middle = (heights[0] + heights[-1]) / 2 if heights else 0.0
    return [height - middle for height in heights]


def _breadth(node: DrawnNode) -> float:
    """Return the width of a node with its rows."""
    return max([node.width, *(label.width for label in (*node.above, *node.below))])
