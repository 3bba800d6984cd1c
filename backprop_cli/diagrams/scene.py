"""Scene: what is drawn and where, in no letters' shapes and no file format.

A scene is made in two steps: ``subjects`` say which nodes and edges there are and what is written
at them (``Node`` and ``Edge`` without places), ``layout`` gives each its place. A format draws the
finished scene, or, where it places things itself (Mermaid, DOT), reads only who is joined to whom.
Lengths are in pixels, x to the right and y downwards; a label's place is the centre of its box.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from ..expression.refs import Ref
from ..worked.document import Line

Role = Literal["forward", "gradient", "parameter", "cost", "local", "name", "quiet"]
"""What a label or a line says, which gives its colour: a value of the forward pass, a gradient, a
parameter, the cost, a local derivative; ``name`` and ``quiet`` are plain ink."""
NodeKind = Literal["input", "unit", "parameter", "operation", "target", "cost", "ellipsis"]
Fill = Literal["", "input", "hidden", "output", "expected", "error"]
Arrow = Literal["forward", "backward", "none"]
SceneKind = Literal[
    "network",
    "weights-as-nodes",
    "computation",
    "grids",
    "rolled",
    "unrolled",
    "cell",
    "generic",
]
IN_TIME = ("rolled", "unrolled", "cell")
"""The kinds of pictures that draw a layer's whole vector at a step in time."""
Pass = Literal["forward", "backward", "both"]
Point = tuple[float, float]

MEANINGS: dict[str, str] = {
    "forward": "value of the forward pass",
    "gradient": "gradient of the cost",
    "parameter": "parameter",
    "cost": "cost",
    "local": "local derivative",
}
"""The legend: what each colour means."""


class Label(Struct, frozen=True):
    """One line of mathematics, numbers and words: its letters' size, and its box.

    ``finest`` is the size of its smallest letters, in em: 1 where it has no index.
    The box has its centre at x, y; the line stands in the middle of it, or at its left edge.
    """

    line: Line
    role: Role = "name"
    size: float = 14.0
    finest: float = 1.0
    x: float = 0.0
    y: float = 0.0
    width: float = 0.0
    height: float = 0.0
    anchor: Literal["middle", "start"] = "middle"


CellMark = Literal["read", "chosen", "winner"]
"""Of a cell: in the window that the chosen entry reads, that entry, the largest of a window."""


class DrawnCell(Struct, frozen=True):
    """One entry of a grid: its value over its gradient; without labels a gap, which has no frame.

    Its place is the centre.
    """

    labels: tuple[Label, ...] = ()
    marks: frozenset[CellMark] = frozenset()
    x: float = 0.0
    y: float = 0.0
    width: float = 0.0
    height: float = 0.0

    @property
    def corner(self) -> Point:
        """Where a winner has its dot."""
        return self.x + self.width / 2 - 5, self.y - self.height / 2 + 5


class DrawnGrid(Struct, frozen=True):
    """A matrix as rows of cells: its names over it, its rows and columns counted at its sides."""

    names: tuple[Label, ...]
    rows: tuple[tuple[DrawnCell, ...], ...]
    counts: tuple[Label, ...] = ()

    @property
    def cells(self) -> tuple[DrawnCell, ...]:
        """Every cell, row by row."""
        return tuple(cell for row in self.rows for cell in row)

    @property
    def labels(self) -> tuple[Label, ...]:
        """All that is written in it and at it."""
        return (*self.names, *self.counts, *(la for cell in self.cells for la in cell.labels))


class DrawnNode(Struct, frozen=True):
    """A circle, a box, three dots, or grids side by side.

    ``label`` stands inside; ``above`` and ``below`` are rows of values outside it. ``column`` and
    ``row`` count from 0, left to right and downwards. ``refs`` are the quantities it shows, which
    a page that follows the passes lights it up by. ``title`` is its plain name (``a1[2]``).
    A ``boxed`` one holds everything that is written at it, its name first. ``grids`` are drawn in
    place of a shape. ``fill`` is its colour where a notation has one for each kind; a ``faded`` one
    is beside what the picture is about.
    """

    id: str
    kind: NodeKind
    label: Label | None = None
    above: tuple[Label, ...] = ()
    below: tuple[Label, ...] = ()
    column: int = 0
    row: int = 0
    x: float = 0.0
    y: float = 0.0
    width: float = 0.0
    height: float = 0.0
    refs: tuple[Ref, ...] = ()
    title: str = ""
    boxed: bool = False
    grids: tuple[DrawnGrid, ...] = ()
    fill: Fill = ""
    faded: bool = False

    @property
    def labels(self) -> tuple[Label, ...]:
        """All that is written at it, in the order in which a picture draws it."""
        own = () if self.label is None else (self.label,)
        inside = (label for grid in self.grids for label in grid.labels)
        return (*own, *self.above, *self.below, *inside)

    @property
    def dots(self) -> tuple[Point, ...]:
        """Three dots, over one another, or side by side where it is wider than high."""
        if self.width > self.height:
            return tuple((self.x + d, self.y) for d in (-8, 0, 8))
        return tuple((self.x, self.y + d) for d in (-8, 0, 8))

    @property
    def round(self) -> bool:
        """Whether it is drawn as a circle; operations, parameters and whole vectors are boxes."""
        return not self.boxed and self.kind in ("input", "unit", "target", "cost")


class DrawnEdge(Struct, frozen=True):
    """A line from ``source`` to ``target``, in the direction of the forward pass.

    ``arrow`` says where its head points: ``backward`` is to the source. ``above`` and ``below``
    are what is written over and under it. ``points`` is the way it takes, from shape to shape.
    ``strength`` from 0 to 1 is its thickness, None the usual one.
    """

    id: str
    source: str
    target: str
    role: Role = "quiet"
    arrow: Arrow = "none"
    above: tuple[Label, ...] = ()
    below: tuple[Label, ...] = ()
    points: tuple[Point, ...] = ()
    strength: float | None = None
    refs: tuple[Ref, ...] = ()
    title: str = ""
    faded: bool = False


class Scene(Struct, frozen=True):
    """The whole picture.

    ``description`` says in words what it shows, for who cannot see it. ``captions`` are headings
    over columns and what stands under them; ``notes`` are sentences under the picture (what was
    left out, which sample it is); ``legend`` says what each colour means.
    """

    kind: SceneKind
    passes: Pass
    title: str
    description: str
    nodes: tuple[DrawnNode, ...]
    edges: tuple[DrawnEdge, ...]
    heading: Label | None = None
    captions: tuple[Label, ...] = ()
    notes: tuple[Label, ...] = ()
    legend: tuple[Label, ...] = ()
    width: float = 0.0
    height: float = 0.0

    @property
    def labels(self) -> list[Label]:
        """All that is written in the picture."""
        found = [*self.captions, *self.notes, *self.legend]
        found += [self.heading] if self.heading is not None else []
        for node in self.nodes:
            found += node.labels
        for edge in self.edges:
            found += [*edge.above, *edge.below]
        return found

    def node(self, name: str) -> DrawnNode:
        """Return the node of this id; raise KeyError where there is none."""
        return {node.id: node for node in self.nodes}[name]


def fills_of(picture: Scene | Plot) -> list[str]:
    """Return the kinds that nodes are filled by, each once."""
    nodes = picture.nodes if isinstance(picture, Scene) else ()
    return sorted({node.fill for node in nodes if node.fill})


class Curve(Struct, frozen=True):
    """One function of a plot, in pieces between its jumps: its name and its points (z, value)."""

    label: Label
    pieces: tuple[tuple[Point, ...], ...]
    role: Role


class Mark(Struct, frozen=True):
    """A point of a plot that is pointed out: a maximum, a kink, the end of a piece.

    ``open`` is a ring: the end of a piece that does not hold its own point.
    """

    at: Point
    role: Role
    label: Label | None = None
    open: bool = False


class Span(Struct, frozen=True):
    """A range of z that is marked, as far as the plot shows it: where f is saturated, or off."""

    low: float
    high: float
    label: Label | None = None


class Tick(Struct, frozen=True):
    """A number at an axis."""

    at: float
    label: Label


class PlotField(Struct, frozen=True):
    """The field of a plot in pixels: its left and top edge, its width and height."""

    left: float
    top: float
    width: float
    height: float


class Plot(Struct, frozen=True):
    """A function and its derivative over z; ``facts`` are the sentences that stand under them.

    Curves, marks, spans and ticks are in the units of the function, labels' places in pixels;
    ``to_pixels`` leads from the one to the other.
    """

    title: str
    description: str
    heading: Label
    curves: tuple[Curve, ...]
    marks: tuple[Mark, ...]
    spans: tuple[Span, ...]
    x_range: tuple[float, float]
    y_range: tuple[float, float]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    axis: Label
    box: PlotField
    facts: tuple[Label, ...] = ()
    width: float = 0.0
    height: float = 0.0

    def to_pixels(self, point: Point) -> Point:
        """Return where a point of the function stands."""
        return pixels(point, self.box, self.x_range, self.y_range)


def pixels(
    point: Point, box: PlotField, x_range: tuple[float, float], y_range: tuple[float, float]
) -> Point:
    """Return where a point of a function stands in a plot's field."""
    across = (point[0] - x_range[0]) / (x_range[1] - x_range[0])
    up = (point[1] - y_range[0]) / (y_range[1] - y_range[0])
    return box.left + across * box.width, box.top + (1 - up) * box.height


Drawable = Scene | Plot
