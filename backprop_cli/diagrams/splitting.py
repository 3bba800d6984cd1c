"""A picture too wide for its place, in parts: its columns from left to right, one of them in both.

A part has the lines that end in its columns, and what these begin at: in the column that it shares
with the part before, or in one more before that where they come from further left. So each line is
drawn once, with both of its ends.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct, structs

from ..expression.tree import Matrix
from ..worked.document import Inline, Math, Text
from .chain import GridChain
from .grid import EVERY, GridParts, sized
from .lettering import POINT, Letterer
from .network import Parts
from .scene import DrawnNode, Label, Scene

READABLE = 6.0
"""Points under which letters cannot be read in print."""
EQUALS, SHORT, LONG = (Text(" = "), Text(" ≈ ")), 60.0, 120.0
"""What a label is broken before; the widths of one left whole, and of an array that is not."""
Content = Parts | GridParts | GridChain
"""What a picture is made of, not yet placed."""


def natural(pixels: float) -> float:
    """Return the points of letters that are drawn as large as they were laid out."""
    return pixels * POINT


class Room(Struct, frozen=True):
    """A place for pictures: its width in pixels, and how large letters of so many are drawn."""

    width: float
    drawn: Callable[[float], float] = natural

    @classmethod
    def of(cls, points: float, drawn: Callable[[float], float] = natural) -> Room:
        """Return the room of a width in TeX's points."""
        return cls(points * 72 / 72.27 / POINT, drawn)

    def least(self, scene: Scene) -> float:
        """Return the size in points of the picture's smallest letters, made narrow enough."""
        size = min((self.drawn(label.size) for label in scene.labels), default=READABLE)
        return size * min(1.0, self.width / scene.width)

    def holds(self, scene: Scene) -> bool:
        """Return whether the picture can be read there."""
        return self.least(scene) >= READABLE - 1e-9


PAGE = Room(165 / 25.4 * 96)
"""The text of a page, 165 mm wide."""


def split(content: Content, fits: Callable[[Content], bool]) -> list[Content]:
    """Return the parts, each of as many columns as fit; of two columns at least."""
    columns = columns_of(content)
    found: list[Content] = []
    first, last = columns[0], columns[-1]
    while first < last:
        end = first + 1
        part = stretch(content, first, end)
        while end < last:
            wider = stretch(content, first, end + 1)
            if part.edges and not fits(wider):
                break
            part, end = wider, end + 1
        found.append(part)
        first = end
    return found or [content]


def folded(content: Content, letterer: Letterer) -> Content:
    """Return the content with what is long in two lines: the name over its number."""

    def lines(labels: tuple[Label, ...]) -> tuple[Label, ...]:
        return tuple(line for label in labels for line in _lines_of(label, letterer))

    if isinstance(content, GridChain):
        return structs.replace(content, stacked=True)
    edges = [
        structs.replace(edge, above=lines(edge.above), below=lines(edge.below))
        for edge in content.edges
    ]
    nodes = []
    for node in content.nodes:
        above, below = lines(node.above), lines(node.below)
        if node.boxed and node.label is not None:
            first, *more = _lines_of(node.label, letterer)
            node = structs.replace(node, label=first, above=(*more, *above), below=below)
            nodes.append(sized(structs.replace(node, width=0.0, height=0.0)))
        else:
            nodes.append(structs.replace(node, above=above, below=below))
    if isinstance(content, GridParts):
        under = [lines(stack) for stack in content.under]
        rows = {row: lines(stack) for row, stack in content.rows.items()}
        return structs.replace(content, nodes=nodes, edges=edges, under=under, rows=rows)
    return structs.replace(content, nodes=nodes, edges=edges)


def _lines_of(label: Label, letterer: Letterer) -> tuple[Label, ...]:
    """Return a label broken before its number, before a dot, and within a vector that is long."""
    if label.width <= SHORT:
        return (label,)
    found: list[list[Inline]] = [[]]
    for part in label.line:
        starts = part in EQUALS or (isinstance(part, Text) and part.text.startswith(" · "))
        if starts and found[-1]:
            found.append([])
        is_array = isinstance(part, Math) and isinstance(part.expr, Matrix)
        if is_array and letterer.label((part,), label.role, label.size).width > LONG:
            first, *others = _rows_of(part)
            found[-1] += first
            found += others
        else:
            found[-1].append(part)
    return tuple(letterer.label(_stripped(line), label.role, label.size) for line in found)


def _rows_of(array: Inline) -> list[list[Inline]]:
    """Return an array in lines: its rows, or the halves of its only one."""
    assert isinstance(array, Math)
    assert isinstance(array.expr, Matrix)
    rows = [list(row) for row in array.expr.rows]
    end = ";"
    if len(rows) == 1:
        half = (len(rows[0]) + 1) // 2
        rows, end = [rows[0][:half], rows[0][half:]], ""
    found: list[list[Inline]] = []
    for row in filter(None, rows):
        entries = [part for entry in row for part in (Text("  "), Math(entry))]
        found.append([*entries[1:], Text(end)])
    found[0].insert(0, Text("["))
    found[-1][-1] = Text("]")
    return found


def _stripped(line: list[Inline]) -> tuple[Inline, ...]:
    first, *rest = line
    return (Text(first.text.lstrip()) if isinstance(first, Text) else first, *rest)


def columns_of(content: Content) -> list[int]:
    """Return the numbers of the columns, from left to right."""
    items = content.blocks if isinstance(content, GridChain) else content.nodes
    return sorted({item.column for item in items if item.column != EVERY})


def stretch(content: Content, first: int, last: int) -> Content:
    """Return what is drawn from one column to another."""
    if isinstance(content, GridParts):
        return _of_steps(content, first, last)
    if isinstance(content, GridChain):
        return _of_blocks(content, first, last)
    return _of_columns(content, first, last)


def _of_columns(parts: Parts, first: int, last: int) -> Parts:
    column = {node.id: node.column for node in parts.nodes}
    edges = [edge for edge in parts.edges if first < column[edge.target] <= last]
    joined = {end for edge in parts.edges for end in (edge.source, edge.target)}
    ends = {end for edge in edges for end in (edge.source, edge.target)}

    def belongs(node: DrawnNode) -> bool:
        # Dots stand for units of a column; what nothing joins is drawn all the same.
        alone = node.id not in joined and first <= node.column <= last
        return node.id in ends or alone

    nodes = [node for node in parts.nodes if belongs(node)]
    before = any(node.column < first for node in nodes)
    start = first - 1 if before and parts.headers else first
    place = {node.id: max(node.column, start) - start for node in nodes}
    kept = {edge.id for edge in edges}
    lanes = {}
    for key, row in parts.lanes.items():
        edge_id, _, at = key.rpartition("@")
        if edge_id in kept and int(at) > start:
            lanes[f"{edge_id}@{int(at) - start}"] = row
    within = {node.column for node in nodes if first <= node.column <= last}
    return structs.replace(
        parts,
        nodes=[structs.replace(node, column=place[node.id]) for node in nodes],
        edges=edges,
        headers={c - start: label for c, label in parts.headers.items() if c in within},
        footers={c - start: rows for c, rows in parts.footers.items() if c in within},
        lanes=lanes,
    )


def _of_steps(parts: GridParts, first: int, last: int) -> GridParts:
    nodes = [n for n in parts.nodes if first <= n.column <= last or n.column == EVERY]
    kept = {node.id for node in nodes}
    edges = [e for e in parts.edges if e.source in kept and e.target in kept]
    drawn = {node.row for node in nodes}
    rows = {row: label for row, label in parts.rows.items() if row in drawn}
    under = parts.under if first == min(columns_of(parts)) else []
    return structs.replace(parts, nodes=nodes, edges=edges, rows=rows, under=under)


def _of_blocks(chain: GridChain, first: int, last: int) -> GridChain:
    own = {node.id: b for b in chain.blocks for node in (b.first, b.second, *b.held) if node}
    edges = [edge for edge in chain.edges if first < own[edge.target].column <= last]
    read = [own[edge.source] for edge in edges]
    blocks = []
    for block in chain.blocks:
        if first < block.column <= last:
            blocks.append(structs.replace(block, column=block.column - first))
        elif block in read:
            blocks.append(structs.replace(block, column=0, held=()))
            edges += [
                edge
                for edge in chain.edges
                if block.second and {edge.source, edge.target} == {block.first.id, block.second.id}
            ]
    return structs.replace(chain, blocks=blocks, edges=edges)
