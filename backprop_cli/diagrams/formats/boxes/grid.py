"""A grid of boxes on a page of characters: steps side by side, layers over one another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from ....printing.styled import Styled, cell_len
from ....printing.wrapping import wrap
from ...grid import EVERY
from ...scene import DrawnEdge, DrawnNode, Scene
from .. import Pen
from .._canvas import DOWN, LEFT, RIGHT, UP, Canvas
from .._labels import said, text_printer
from .painting import OUTLINES

GAP = 5
"""Columns of a level line without words."""
BESIDE = 16
"""Columns of the words beside a row, before they are broken."""
LANE = 2
LineWords = Mapping[str, tuple[tuple[Styled, ...], tuple[Styled, ...]]]


class Area(Struct):
    """Where a box stands: its left and top cell, its size."""

    left: int
    top: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """Its last column."""
        return self.left + self.width - 1

    @property
    def bottom(self) -> int:
        """Its last row."""
        return self.top + self.height - 1

    @property
    def middle(self) -> int:
        """The column in the middle."""
        return self.left + (self.width - 1) // 2


def grid_parts(
    scene: Scene, nodes: Mapping[str, tuple[Styled, ...]], words: LineWords, pen: Pen
) -> list[list[list[Styled]]]:
    """Return the drawing's lines, in as many parts as the page's width needs."""
    columns = sorted({node.column for node in scene.nodes if node.column != EVERY})
    parts: list[list[list[Styled]]] = []
    first = 0
    while first < len(columns):
        last, titled = len(columns), True
        while True:
            made = _PaintedGrid(scene, nodes, words, pen, columns, (first, last), titled=titled)
            drawn = made.lines()
            width = max((sum(cell_len(text) for text, _ in line) for line in drawn), default=0)
            if width <= pen.page.width or (last == first + 1 and not titled):
                break
            titled = last > first + 1
            last = max(last - 1, first + 1)
        parts.append(drawn)
        first = last
    return parts


class _PaintedGrid:
    def __init__(
        self,
        scene: Scene,
        nodes: Mapping[str, tuple[Styled, ...]],
        words: LineWords,
        pen: Pen,
        columns: Sequence[int],
        part: tuple[int, int],
        *,
        titled: bool,
    ) -> None:
        self.titled = titled
        self.scene, self.texts, self.words, self.pen = scene, nodes, words, pen
        self.every, self.columns = columns, columns[slice(*part)]
        self.nodes = {n.id: n for n in scene.nodes if n.column in (EVERY, *self.columns)}
        self.edges = [e for e in scene.edges if e.source in self.nodes or e.target in self.nodes]
        self.at = {node.id: node for node in scene.nodes}
        self.canvas = Canvas(ascii_only=pen.page.ascii_only)
        self.style = "red" if scene.passes == "backward" else "dim"
        self.areas: dict[str, Area] = {}

    def lines(self) -> list[list[Styled]]:
        """Return the drawing."""
        beside = self.beside() if self.titled else {}
        self.place(max((cell_len(line) for lines in beside.values() for line in lines), default=0))
        for row, lines in beside.items():
            middle = self.tops[row] + (self.heights[row] - len(lines)) // 2
            for number, line in enumerate(lines):
                self.canvas.write(0, middle + number, line, "dim")
        for node in self.nodes.values():
            self.box(node)
        for edge in self.edges:
            self.draw(edge)
        return self.canvas.lines()

    def beside(self) -> dict[int, list[str]]:
        """Return the words that stand beside each row."""
        printer, found = text_printer(self.pen), {}
        for caption in self.scene.captions:
            for node in self.nodes.values():
                if caption.role == "quiet" and abs(caption.y - node.y) < 1:
                    found[node.row] = wrap(said(caption, printer), BESIDE)
        return found

    # -- which line goes how

    def kind(self, edge: DrawnEdge) -> str:
        """Return level, upright, round or loop, as the scene has it."""
        source, target = self.at[edge.source], self.at[edge.target]
        if edge.source == edge.target:
            return "loop"
        if source.row == target.row:
            return "level"
        return "round" if len(edge.points) > 2 else "upright"

    def column(self, edge: DrawnEdge) -> int:
        """Return the column that an upright line, or one that goes round, stands in."""
        ends = (self.at[edge.source], self.at[edge.target])
        own = [node.column for node in ends if node.column != EVERY]
        return own[0] if own else self.columns[-1]

    def said(self, edge: DrawnEdge) -> tuple[Styled, ...]:
        """Return everything that is written at a line."""
        above, below = self.words[edge.id]
        return (*above, *below)

    # -- where things stand

    def place(self, left: int) -> None:
        """Give each box its place."""
        x = left + 2 if left else 0
        self.gaps: dict[int, int] = {}
        self.starts: dict[int, int] = {}
        middles: dict[int, tuple[int, int]] = {}
        for column in self.columns:
            own = [n for n in self.nodes.values() if n.column == column]
            width = max((self.size(n)[0] for n in own), default=5)
            upright = [e for e in self.edges if self.runs_up(e, column)]
            words = [cell_len(text) for e in upright for text, _ in self.said(e)]
            right = max([width - (width - 1) // 2, *(size + 4 for size in words)])
            lanes = sum(self.lane(e) for e in self.around_in(column))
            self.gaps[column] = self.gap(column)
            place = self.every.index(column)
            x += self.gaps[column] if place else 0
            self.starts[column] = x
            x += lanes + (1 if lanes else 0)
            middles[column] = (x, width)
            x += (width - 1) // 2 + right
            loops = [e for e in self.edges if self.kind(e) == "loop"]
            x += max((5 + cell_len(t) for e in loops for t, _ in self.said(e)), default=0)
        self.end = x
        self.heights = {
            row: max(self.size(n)[1] for n in self.nodes.values() if n.row == row)
            for row in {n.row for n in self.nodes.values()}
        }
        self.tops: dict[int, int] = {}
        y = 0
        for row in sorted(self.heights, reverse=True):
            self.tops[row] = y
            above = [e for e in self.edges if self.kind(e) == "upright" and self.low(e) == row - 1]
            y += self.heights[row] + max([2, *(len(self.said(e)) for e in above)])
        start = min((middle[0] for middle in middles.values()), default=0)
        for node in self.nodes.values():
            width, height = self.size(node)
            top = self.tops[node.row] + (self.heights[node.row] - height) // 2
            if node.column == EVERY:
                self.areas[node.id] = Area(start, top, max(width, self.end - start), height)
                continue
            x, wide = middles[node.column]
            self.areas[node.id] = Area(x + (wide - width) // 2, top, width, height)
        self.middles = {c: x + (wide - 1) // 2 for c, (x, wide) in middles.items()}
        self.lefts = {c: x for c, (x, _) in middles.items()}

    def around_in(self, column: int) -> list[DrawnEdge]:
        """Return the lines that go round boxes of a column, from the innermost."""
        return [e for e in self.edges if self.kind(e) == "round" and self.column(e) == column]

    def lane(self, edge: DrawnEdge) -> int:
        """Return how many columns a line that goes round takes with its words."""
        words = [cell_len(text) + 1 for text, _ in self.said(edge)]
        return LANE + max(words, default=0)

    def low(self, edge: DrawnEdge) -> int:
        """Return the row that an upright line leads up from."""
        return min(self.at[edge.source].row, self.at[edge.target].row)

    def runs_up(self, edge: DrawnEdge, column: int) -> bool:
        return self.kind(edge) == "upright" and self.column(edge) == column

    def gap(self, column: int) -> int:
        """Return the columns between a column and the one before it."""
        levels = [e for e in self.scene.edges if self.kind(e) == "level"]
        ends = {e.id: (self.at[e.source].column, self.at[e.target].column) for e in levels}
        here = [e for e in levels if max(ends[e.id]) == column]
        return GAP + max((cell_len(text) for e in here for text, _ in self.said(e)), default=0)

    def size(self, node: DrawnNode) -> tuple[int, int]:
        """Return how many columns and rows a box takes."""
        lines = self.texts[node.id]
        width = max((cell_len(text) for text, _ in lines), default=1)
        if node.kind == "ellipsis":
            return 3, 1
        sides: dict[str, int] = {}
        for edge in self.edges:
            if self.kind(edge) == "level" and node.id in (edge.source, edge.target):
                other = self.at[edge.target if edge.source == node.id else edge.source]
                sides[other.id] = sides.get(other.id, 0) + len(self.said(edge)) + 1
        loops = sum(2 for e in self.edges if e.source == e.target == node.id)
        lanes = any(self.kind(e) == "round" and node.id in (e.source, e.target) for e in self.edges)
        several = [need for need in sides.values() if need > 3]
        rows = [len(lines), loops, *several, (3 if sides else 2) if lanes else 0]
        return width + 4, max(rows) + 2

    # -- what is drawn

    def box(self, node: DrawnNode) -> None:
        """Draw a box with its lines, or the dots of what is left out."""
        area = self.areas[node.id]
        if node.kind == "ellipsis":
            self.canvas.write(area.left, area.top, "..." if self.pen.page.ascii_only else "···")
            return
        style = OUTLINES.get(node.kind, "")
        place = (area.left, area.top, area.width, area.height)
        self.canvas.box(f"box {node.id}", place, style, square=False)
        lines = self.texts[node.id]
        top = area.top + (area.height - len(lines)) // 2
        for number, (text, look) in enumerate(lines):
            left = area.left + 2 if node.column != EVERY else area.middle - cell_len(text) // 2
            self.canvas.write(left, top + number, text, look)

    def head(self, x: int, y: int, way: int) -> None:
        """Draw the head of an arrow."""
        signs = {UP: "↑^", DOWN: "↓v", LEFT: "←<", RIGHT: "→>"}[way]
        self.canvas.write(x, y, signs[1 if self.pen.page.ascii_only else 0], self.style)

    def draw(self, edge: DrawnEdge) -> None:
        """Draw a line with its head and what is written at it."""
        kind = self.kind(edge)
        backward = edge.arrow == "backward"
        if kind == "level":
            self.level(edge, backward)
        elif edge.source in self.areas and edge.target in self.areas:
            source, target = self.areas[edge.source], self.areas[edge.target]
            if kind == "upright":
                self.upright(edge, source, target, backward)
            elif kind == "loop":
                self.loop(edge, source, backward)
            elif self.column(edge) in self.lefts:
                self.around(edge, source, target, backward)

    def join(self, name: str, x: int, y: int, way: int) -> None:
        """Let a box's border lead on into a line; dots have no border."""
        if self.at[name].kind != "ellipsis":
            self.canvas.touch(f"box {name}", x, y, way)

    def upright(self, edge: DrawnEdge, source: Area, target: Area, backward: bool) -> None:
        """Draw a line to a layer above, its words on the right."""
        if self.column(edge) not in self.middles:
            return
        x, start, end = self.middles[self.column(edge)], target.bottom + 1, source.top - 1
        self.canvas.upright(f"line {edge.id}", x, start, end, self.style)
        for y, way in ((start, UP), (end, DOWN)):
            self.canvas.touch(f"line {edge.id}", x, y, way, self.style)
        if backward:
            self.head(x, end, DOWN)
            self.join(edge.target, x, target.bottom, DOWN)
        else:
            self.head(x, start, UP)
            self.join(edge.source, x, source.top, UP)
        for number, (text, look) in enumerate(self.said(edge)):
            self.canvas.write(x + 2, start + number, text, look)

    def level(self, edge: DrawnEdge, backward: bool) -> None:
        """Draw a line to another step; to one that is not drawn here it leads into the open."""
        ends = [self.at[edge.source], self.at[edge.target]]
        left, right = sorted(ends, key=lambda node: node.column)
        one = self.areas.get(left.id)
        other = self.areas.get(right.id)
        gap = self.gap(right.column)
        begins = self.starts.get(right.column, 0) - gap
        start = one.right + 1 if one else begins
        end = other.left - 1 if other else start + GAP - 1
        known = one or other
        if known is None:
            return
        same = [e for e in self.edges if {e.source, e.target} == {edge.source, edge.target}]
        sizes = [len(self.said(e)) + 1 for e in same]
        place = [e.id for e in same].index(edge.id)
        # What leads into the open says its words in the next part, where it arrives.
        above, below = self.words[edge.id] if other else ((), ())
        y = known.top + (known.height - sum(sizes)) // 2 + sum(sizes[:place]) + len(above)
        y = known.top + (known.height - 1) // 2 if len(same) == 1 else y
        self.canvas.level(f"line {edge.id}", y, start, end, self.style)
        self.canvas.touch(f"line {edge.id}", start, y, LEFT, self.style)
        self.canvas.touch(f"line {edge.id}", end, y, RIGHT, self.style)
        rightward = (edge.target == right.id) != backward
        for node, x, way in ((left, start, LEFT), (right, end, RIGHT)):
            if (way == RIGHT) == rightward:
                self.head(x, y, way)
            elif node.id in self.areas:
                area = self.areas[node.id]
                border, out = (area.right, RIGHT) if way == LEFT else (area.left, LEFT)
                self.join(node.id, border, y, out)
        middle = begins + gap // 2
        for row, lines in ((y - len(above), above), (y + 1, below)):
            for number, (text, look) in enumerate(lines):
                self.canvas.write(middle - cell_len(text) // 2, row + number, text, look)

    def loop(self, edge: DrawnEdge, area: Area, backward: bool) -> None:
        """Draw a line from a box back to itself, its words on the right."""
        same = [e for e in self.edges if e.source == e.target == edge.source]
        place = [e.id for e in same].index(edge.id)
        top = area.top + (area.height - 2 * len(same)) // 2 + 2 * place
        x, name = area.right, f"line {edge.id}"
        self.canvas.upright(name, x + 3, top, top + 1, self.style)
        for y in (top, top + 1):
            self.canvas.level(name, y, x + 1, x + 3, self.style)
            self.canvas.touch(name, x + 1, y, LEFT, self.style)
        self.head(x + 1, top + 1 if backward else top, LEFT)
        self.join(edge.source, x, top if backward else top + 1, RIGHT)
        text = " ".join(text for text, _ in self.said(edge))
        look = next((look for _, look in self.said(edge)), "")
        self.canvas.write(x + 5, top, text, look)

    def around(self, edge: DrawnEdge, source: Area, target: Area, backward: bool) -> None:
        """Draw a line that goes round boxes on the left."""
        column = self.column(edge)
        own = self.around_in(column)
        place = [e.id for e in own].index(edge.id)
        x = self.lefts[column] - LANE - sum(map(self.lane, own[:place]))
        name = f"line {edge.id}"
        for number, (text, look) in enumerate(self.said(edge)):
            self.canvas.write(x - cell_len(text) - 1, target.bottom + 1 + number, text, look)
        start, end = source.top + 1, target.bottom - 1
        self.canvas.upright(name, x, end, start, self.style)
        for area, y in ((source, start), (target, end)):
            self.canvas.level(name, y, x, area.left - 1, self.style)
            self.canvas.touch(name, area.left - 1, y, RIGHT, self.style)
        ends = [(edge.target, target.left, end), (edge.source, source.left, start)]
        (_, left, y), (box, border, row) = ends[::-1] if backward else ends
        self.head(left - 1, y, RIGHT)
        self.join(box, border, row, LEFT)
