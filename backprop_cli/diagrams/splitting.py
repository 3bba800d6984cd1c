"""A picture too wide for its place, in parts: its columns from left to right, one of them in both.

A part has the lines that end in its columns, and what these begin at: in the column that it shares
with the part before, or in one more before that where they come from further left. So each line is
drawn once, with both of its ends.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from msgspec import Struct, structs

from .chain import GridChain
from .columns import in_columns
from .grid import EVERY, GridParts
from .lettering import POINT, SMALL, SMALLPRINT
from .network import Parts
from .scene import DrawnNode, Scene

READABLE = 6.0
"""Points under which letters cannot be read in print."""
TEXT_HEIGHT = 220 / 25.4 * 96
"""Height of a page's text, on A4 and Letter, 220 mm."""
PIXELS = 72 / 72.27 / POINT
"""Pixels of one of TeX's points."""
DrawnSize = Callable[[float, float], float]
"""How many points letters have that were laid out in so many pixels, of so many em."""
Content = Parts | GridParts | GridChain
"""What a picture is made of, not yet placed."""


def natural(pixels: float, finest: float = 1.0) -> float:
    """Return the points of letters, or of their indices, drawn as large as they were laid out."""
    return pixels * finest * POINT


class Room(Struct, frozen=True):
    """A place for pictures: its width and height in pixels, how large letters of so many are drawn.

    ``drawn`` has a label's pixels, and the size of an index beside its letters, and gives points.
    ``height`` is that of a page's text where nothing else is said. Letters of fewer points than
    ``readable`` cannot be read; down to ``overview`` the whole is shown before its parts.
    """

    width: float
    drawn: DrawnSize = natural
    height: float = TEXT_HEIGHT
    readable: float = READABLE
    overview: float = math.inf

    @classmethod
    def of(cls, points: float, drawn: DrawnSize = natural, high: float = math.inf) -> Room:
        """Return the room of a width in TeX's points, and of a height where it is lower."""
        return cls(points * PIXELS, drawn, min(high * PIXELS, TEXT_HEIGHT))

    def scale(self, scene: Scene) -> float:
        """Return how much smaller the picture is drawn so that the room holds it."""
        return min(1.0, self.width / scene.width, self.height / scene.height)

    @property
    def most(self) -> tuple[float, float]:
        """Return the width and height, in pixels, of the largest picture that can be read."""
        larger = max(1.0, self.drawn(SMALLPRINT, SMALL) / self.readable)
        return self.width * larger, self.height * larger

    def least(self, scene: Scene) -> float:
        """Return the size in points of the picture's smallest letters, made small enough."""
        sizes = (self.drawn(label.size, label.finest) for label in scene.labels)
        return min(sizes, default=self.readable) * self.scale(scene)

    def holds(self, scene: Scene) -> bool:
        """Return whether the picture can be read there."""
        return self.scale(scene) == 1.0 or self.least(scene) >= self.readable - 1e-9

    def is_wide_enough(self, scene: Scene) -> bool:
        """Return whether it could be read if it were as high as it liked."""
        return structs.replace(self, height=math.inf).holds(scene)


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
    place = {number: max(number, start) - start for number in column.values()}
    within = {node.column for node in nodes if first <= node.column <= last}
    return in_columns(parts, nodes, edges, place, headed=within, footed=within)


def _of_steps(parts: GridParts, first: int, last: int) -> GridParts:
    nodes = [n for n in parts.nodes if first <= n.column <= last or n.column == EVERY]
    kept = {node.id for node in nodes}
    edges = [e for e in parts.edges if e.source in kept and e.target in kept]
    drawn = {node.row for node in nodes}
    rows = {row: label for row, label in parts.rows.items() if row in drawn}
    under = parts.under if last == max(columns_of(parts)) else []
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
