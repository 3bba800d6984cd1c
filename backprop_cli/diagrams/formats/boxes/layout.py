"""Where boxes stand on a page of characters: columns as in the scene, rows by their neighbours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from msgspec import Struct

from ....printing.styled import Styled, cell_len
from ...ordering import isotonic
from ...scene import DrawnEdge, DrawnNode
from .routing import APART, Net, tracks

ARROW = 2
"""Columns that an arrow takes before a box."""


class Pin(Struct):
    """Where a line comes to an item: of which source, with which words over and under it."""

    source: str
    above: tuple[Styled, ...] = ()
    below: tuple[Styled, ...] = ()
    edge: DrawnEdge | None = None
    row: int = 0


class Item(Struct):
    """What has a place in a column: a box, a name without one, dots, or a line that passes."""

    key: str
    column: int
    y: float
    node: DrawnNode | None = None
    lines: tuple[Styled, ...] = ()
    border: bool = False
    pins: list[Pin] = []
    out: int = 0
    height: int = 1
    top: int = 0
    least: int = 0

    @property
    def width(self) -> int:
        """Columns that it takes."""
        inner = max((cell_len(text) for text, _ in self.lines), default=0)
        return max(self.least, inner + (4 if self.border else 0))


class Channel(Struct):
    """The room between two columns: its nets with their tracks, and how wide each part is."""

    nets: list[Net]
    places: dict[str, int]
    words: int
    leaving: frozenset[str]
    """The items from which lines lead on."""

    @property
    def width(self) -> int:
        """Columns of the whole channel."""
        last = max(self.places.values(), default=-1)
        return 1 + APART * (last + 1) + self.words + ARROW


class Drawing(Struct, frozen=True):
    """Items in their rows, and the channels between the columns."""

    columns: list[list[Item]]
    channels: list[Channel]

    @property
    def widths(self) -> list[int]:
        """Each column's width."""
        return [max((i.width for i in column), default=1) for column in self.columns]

    @property
    def width(self) -> int:
        """Columns of the whole drawing."""
        return sum(self.widths) + sum(channel.width for channel in self.channels)

    @property
    def height(self) -> int:
        """Rows of the whole drawing."""
        return max(i.top + i.height for column in self.columns for i in column)


def laid_out(
    items: Sequence[Item],
    edges: Sequence[DrawnEdge],
    said: Mapping[str, tuple[tuple[Styled, ...], tuple[Styled, ...]]],
    *,
    labelled: frozenset[int],
) -> Drawing:
    """Return the drawing, with ``said`` of each edge over and under its line.

    That is before the ``labelled`` columns; before others, edges that lead from several sources to
    the same targets share one line.
    """
    for spread in (False, True):
        drawing = _BoxesPlan(items, edges, said, labelled=labelled, spread=spread).drawing()
        if drawing is not None:
            return drawing
    raise AssertionError("lines on rows of their own cannot meet")


class _BoxesPlan:
    def __init__(
        self,
        items: Sequence[Item],
        edges: Sequence[DrawnEdge],
        said: Mapping[str, tuple[tuple[Styled, ...], tuple[Styled, ...]]],
        *,
        labelled: frozenset[int],
        spread: bool,
    ) -> None:
        self.labelled, self.spread, self.said = labelled, spread, said
        self.items = {
            item.key: Item(
                item.key,
                item.column,
                item.y,
                item.node,
                item.lines,
                item.border,
                [],
                least=item.least,
            )
            for item in items
        }
        self.outgoing: dict[str, list[str]] = {}
        for edge in edges:
            self.connect(edge)
        last = max(item.column for item in self.items.values())
        self.columns = [
            sorted(
                (item for item in self.items.values() if item.column == column),
                key=lambda item: item.y,
            )
            for column in range(last + 1)
        ]

    def connect(self, edge: DrawnEdge) -> None:
        """Lead an edge to its target, in a lane through each column between."""
        source, target = self.items[edge.source], self.items[edge.target]
        before = source.key
        for column in range(source.column + 1, target.column):
            key = f"{source.key}@{column}"
            if key not in self.items:
                share = (column - source.column) / (target.column - source.column)
                y = source.y + share * (target.y - source.y)
                self.items[key] = Item(key, column, _height_at(edge, y), pins=[Pin(before)])
                self.outgoing.setdefault(before, []).append(key)
            before = key
        above: tuple[Styled, ...] = ()
        below: tuple[Styled, ...] = ()
        if target.column in self.labelled:
            above, below = self.said.get(edge.id, ((), ()))
        target.pins.append(Pin(before, above, below, edge))
        self.outgoing.setdefault(before, []).append(target.key)

    # -- rows

    def drawing(self) -> Drawing | None:
        """Return the finished drawing, or None where lines would run along each other."""
        rank = {item.key: i for column in self.columns for i, item in enumerate(column)}
        for item in self.items.values():
            item.pins.sort(key=lambda pin: rank[pin.source])
        self.join()
        for item in self.items.values():
            self.measure(item)
        self.place()
        channels = []
        for number in range(len(self.columns) - 1):
            nets = self.nets(number)
            places = tracks(nets)
            if places is None:
                return None
            words = max(
                (
                    cell_len(text) + 2
                    for item in self.columns[number + 1]
                    for pin in item.pins
                    for text, _ in (*pin.above, *pin.below)
                ),
                default=0,
            )
            leaving = frozenset(i.key for i in self.columns[number] if i.key in self.outgoing)
            channels.append(Channel(nets, places, words, leaving))
        return Drawing(self.columns, channels)

    def group(self, key: str) -> str:
        """Return the first of the items that lead to the same targets as this one.

        A line that passes a column stays by itself: it could be followed back the wrong way.
        """
        own = self.items[key].column
        if own + 1 in self.labelled or self.items[key].node is None:
            return key
        mine = set(self.outgoing[key])
        column = self.columns[own]
        boxes = (item.key for item in column if item.node is not None)
        return next(other for other in boxes if set(self.outgoing.get(other, ())) == mine)

    def join(self) -> None:
        """Give an item one pin for all sources of one net."""
        for item in self.items.values():
            if item.column in self.labelled:
                continue
            pins: dict[str, Pin] = {}
            for pin in item.pins:
                own = self.group(pin.source)
                pins.setdefault(own, Pin(own, edge=pin.edge))
            item.pins = list(pins.values())

    def measure(self, item: Item) -> None:
        """Give an item its height, and the rows of its pins and of its way out."""
        if item.node is None and not item.lines:
            item.height, item.out = (2, 0) if self.spread else (1, 0)
            item.pins[0].row = 1 if self.spread else 0
            return
        edge = 1 if item.border else 0
        sizes = [len(pin.above) + 1 + len(pin.below) for pin in item.pins]
        worded = any(size > 1 for size in sizes)
        if self.spread:
            sizes = [size + 2 - size % 2 for size in sizes]
        inner = max(len(item.lines), sum(sizes), 1)
        if self.spread:
            inner += (inner + 2 * edge) % 2
        item.height = inner + 2 * edge
        item.out = edge + (inner - 1) // 2
        row = edge + (inner - sum(sizes)) // 2
        for number, (pin, size) in enumerate(zip(item.pins, sizes, strict=True)):
            if worded or self.spread:
                pin.row = row + len(pin.above)
                row += size
            else:
                count = len(item.pins)
                pin.row = edge + ((2 * number + 1) * inner - 1) // (2 * count)
        if self.spread:
            item.out += item.out % 2
            for pin in item.pins:
                pin.row += 1 - pin.row % 2

    def place(self) -> None:
        """Stack each column, then move the items towards those that they are joined to."""
        for column in self.columns:
            top = 0
            for item in column:
                item.top = top
                top += item.height
        tops = {item.key: float(item.top) for item in self.items.values()}
        for column in self.columns:
            shift = sum(item.height for item in column) / 2
            for item in column:
                tops[item.key] -= shift
        for turn in range(8):
            for column in self.columns if turn % 2 else self.columns[::-1]:
                self.towards(column, tops)
        least = min(tops.values())
        for column in self.columns:
            free = 0
            for item in column:
                item.top = max(free, round(tops[item.key] - least))
                item.top += item.top % 2 if self.spread else 0
                if free and self.alone(item):
                    item.top = free
                free = item.top + item.height

    def alone(self, item: Item) -> bool:
        """Return whether no line leads to the item or from it, as with dots."""
        return not item.pins and item.key not in self.outgoing

    def towards(self, column: list[Item], tops: dict[str, float]) -> None:
        """Move one column's items towards their neighbours."""
        wanted = []
        for item in column:
            near = [tops[pin.source] + self.items[pin.source].out - pin.row for pin in item.pins]
            targets = dict.fromkeys(self.outgoing.get(item.key, ()))
            own = self.group(item.key) if targets else item.key
            for key in targets:
                near += [
                    tops[key] + pin.row - item.out
                    for pin in self.items[key].pins
                    if pin.source == own
                ]
            wanted.append(sum(near) / len(near) if near else tops[item.key])
        distances = [float(above.height) for above, _ in pairwise(column)]
        weights = [0.01 if self.alone(item) else 1.0 for item in column]
        for item, top in zip(column, isotonic(wanted, weights, distances), strict=True):
            tops[item.key] = top

    def nets(self, number: int) -> list[Net]:
        """Return the nets between a column and the next."""
        left: dict[str, list[int]] = {}
        right: dict[str, list[int]] = {}
        for item in self.columns[number]:
            if item.key in self.outgoing:
                left.setdefault(self.group(item.key), []).append(item.top + item.out)
        for item in self.columns[number + 1]:
            for pin in item.pins:
                right.setdefault(pin.source, []).append(item.top + pin.row)
        return [Net(name, tuple(rows), tuple(right[name])) for name, rows in left.items()]


def _height_at(edge: DrawnEdge, otherwise: float) -> float:
    """Return where an edge passes a column: lanes stand in pairs of points of one height."""
    level = [a[1] for a, b in pairwise(edge.points) if abs(a[1] - b[1]) < 0.05]
    passed = level[1:-2]
    return min(passed, key=lambda y: abs(y - otherwise)) if passed else otherwise
