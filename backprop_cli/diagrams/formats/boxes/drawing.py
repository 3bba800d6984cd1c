"""Boxes drawn with characters, for a terminal: values in the boxes, weights at the lines.

Where the weights do not fit beside their lines, lines that lead from several units to the same
units are joined into one, and the weights stand in tables under the picture. A picture wider than
the page goes on in a second part below.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from itertools import groupby

from msgspec import Struct, structs

from ....printing.styled import Styled, cell_len, coloured, plain
from ....printing.wrapping import wrap
from ....problems import shortened
from ...scene import Drawable, DrawnEdge, DrawnNode, Label, Role, Scene
from .. import Pen, PictureFormat
from .._canvas import in_ascii
from .._labels import asides, lines_of, marks_key, name_of, said, text_printer
from .cells import cells_lines
from .grid import grid_parts
from .layout import Drawing, Item, laid_out
from .painting import painted
from .plot import plot_lines
from .tables import aligned, parameter_tables, too_wide

STYLES: dict[Role, str] = {
    "forward": "blue",
    "gradient": "red",
    "parameter": "green",
    "cost": "magenta",
    "local": "yellow",
    "name": "",
    "quiet": "dim",
}
"""Role → style of a terminal."""
LONGEST = 24
"""Columns of a name beside a table, or of a word over a column, before it is cut."""
LEAST = 30
"""Columns of a box's line before it is broken, if not half a page."""
NARROW = 14
"""Columns of what is written at a line of a grid, before it is broken, if not a fifth of a page."""
TALLEST = 36
"""Rows past which weights at the lines would stretch the picture more than they help."""


class StyledLabels(Struct, frozen=True):
    """Every label of a scene as styled text: inside the nodes, at the edges.

    ``widest`` is the longest word that stands over each column.
    """

    nodes: dict[str, tuple[Styled, ...]]
    edges: dict[str, tuple[tuple[Styled, ...], tuple[Styled, ...]]]
    names: dict[str, str]
    widest: dict[int, int]


def draw_boxes(picture: Drawable, pen: Pen) -> str:
    """Return the picture as lines of characters no wider than the page, coloured where it is."""
    lines = _scene(picture, pen) if isinstance(picture, Scene) else plot_lines(picture, pen, STYLES)
    lines = [_safe(line, pen) for line in lines]
    written = coloured(lines) if pen.page.colour else map(plain, lines)
    return "\n".join(line.rstrip() for line in written) + "\n"


def _scene(scene: Scene, pen: Pen) -> list[list[Styled]]:
    """Return the title, the drawing in one part or several, tables and notes."""
    if scene.kind == "grids":
        return [*_title(scene, pen), [], *cells_lines(scene, pen, STYLES), *_asides(scene, pen)]
    written = _written(scene, pen)
    if scene.kind in ("rolled", "unrolled"):
        return _grid(scene, written, pen)
    width = pen.page.width
    aside: dict[str, tuple[Styled, ...]] = {}
    parts: list[Drawing] = []
    everything = frozenset(node.column for node in scene.nodes)
    for labelled in dict.fromkeys((everything, everything - _weighted(scene), frozenset[int]())):
        drawing = _drawn(written, scene.nodes, scene.edges, labelled=labelled)
        if drawing.width <= width and (drawing.height <= TALLEST or not labelled):
            parts = [drawing]
            break
    else:
        written, aside = _without_biases(scene, written, pen)
        drawing = _drawn(written, scene.nodes, scene.edges, labelled=labelled)
        parts = [drawing]
        if drawing.width > width:
            parts = _in_parts(scene, written, width)
    columns = {node.id: node.column for node in scene.nodes}
    worded = (edge for edge in scene.edges if edge.above or edge.below)
    tabled = [edge for edge in worded if columns[edge.target] not in labelled]
    lines = _title(scene, pen)
    for number, part in enumerate(parts):
        if number:
            lines += [[], [("continued:", "dim")]]
        lines += [[], *painted(scene, part, pen)]
    rows = parameter_tables(scene, tabled, aside, written.edges, written.names, pen, STYLES)
    lines += [[], *rows] if rows else []
    lines += _reading(scene, pen, at_lines=not tabled)
    lines += _asides(scene, pen)
    return lines


def _grid(scene: Scene, written: StyledLabels, pen: Pen) -> list[list[Styled]]:
    """Return the title, the steps side by side as far as they fit, and what stands under them."""
    lines = _title(scene, pen)
    most = max(NARROW, pen.page.width // 5)
    words = {
        name: (_broken(above, most), _broken(below, most))
        for name, (above, below) in written.edges.items()
    }
    for number, part in enumerate(grid_parts(scene, written.nodes, words, pen)):
        lines += [[], [("continued:", "dim")]] if number else []
        lines += [[], *part]
    return [*lines, *_asides(scene, pen)]


def _broken(labels: Iterable[Styled], width: int) -> tuple[Styled, ...]:
    """Return what is written at a line no wider than this, a vector broken between entries."""
    return tuple(
        (line, style)
        for text, style in labels
        for line in textwrap.wrap(text, width, break_long_words=False)
    )


def _weighted(scene: Scene) -> frozenset[int]:
    """Return the columns of nodes to which weights lead."""
    columns = {node.id: node.column for node in scene.nodes}
    return frozenset(
        columns[edge.target]
        for edge in scene.edges
        if any(label.role == "parameter" for label in edge.above)
    )


def _safe(line: list[Styled], pen: Pen) -> list[Styled]:
    if not pen.page.ascii_only:
        return line
    return [(in_ascii(text), style) for text, style in line]


# -- what is written


def _written(scene: Scene, pen: Pen) -> StyledLabels:
    printer = text_printer(pen)

    def styled(labels: Iterable[Label]) -> tuple[Styled, ...]:
        return tuple((said(label, printer), STYLES[label.role]) for label in labels)

    nodes = {}
    for node in scene.nodes:
        lines = tuple(
            (line, style)
            for text, style in styled(lines_of(node))
            for line in wrap(text, max(LEAST, pen.page.width // 2))
        )
        nodes[node.id] = lines if node.kind != "ellipsis" else ((_dots(pen), "dim"),)
    edges = {edge.id: (styled(edge.above), styled(edge.below)) for edge in scene.edges}
    names = {
        node.id: shortened(name_of(node, printer), LONGEST) if node.label else _dots(pen)
        for node in scene.nodes
    }
    widest: dict[int, int] = {}
    for caption in scene.captions:
        for node in scene.nodes:
            if caption.role == "quiet" and abs(caption.x - node.x) < 1:
                words = (cell_len(word) for word in said(caption, printer).split())
                widest[node.column] = min(LONGEST, max(words, default=0))
    return StyledLabels(nodes, edges, names, widest)


def _dots(pen: Pen) -> str:
    return ":" if pen.page.ascii_only else "⋮"


def _without_biases(
    scene: Scene, written: StyledLabels, pen: Pen
) -> tuple[StyledLabels, dict[str, tuple[Styled, ...]]]:
    """Return what is written in the boxes without the units' biases, and these by themselves."""
    printer = text_printer(pen)
    nodes, aside = dict(written.nodes), {}
    for node in scene.nodes:
        if node.kind != "unit":
            continue
        biases = [number for number, label in enumerate(node.below) if label.role == "parameter"]
        if not biases:
            continue
        moved = {said(label, printer) for label in node.below[biases[0] :]}
        aside[node.id] = tuple(line for line in written.nodes[node.id] if line[0] in moved)
        nodes[node.id] = tuple(line for line in written.nodes[node.id] if line[0] not in moved)
    return structs.replace(written, nodes=nodes), aside


def _title(scene: Scene, pen: Pen) -> list[list[Styled]]:
    title = said(scene.heading, text_printer(pen)) if scene.heading is not None else scene.title
    return [[(line, "bold")] for line in textwrap.wrap(title, pen.page.width)]


def _reading(scene: Scene, pen: Pen, *, at_lines: bool) -> list[list[Styled]]:
    """Return how what stands at a computation graph's edges is read.

    Those are bare numbers of both passes, or local derivatives that look like the boxes' own;
    elsewhere each number stands beside its name.
    """
    above = any(edge.above for edge in scene.edges)
    below = {label.role for edge in scene.edges for label in edge.below}
    if scene.kind != "computation":
        return []
    if above and below:
        sentence = "Beside each edge: the value carried forward, then the gradient carried back."
        if at_lines:
            sentence = (
                "Over a line: the value carried forward; under it: the gradient carried back."
            )
    elif "local" in below:
        sentence = "Beside each edge: the local derivative; beside each node: the output's."
        if at_lines:
            sentence = "Under a line: the local derivative; in a box: the derivative of the output."
    else:
        return []
    return [
        [],
        *(
            [(line, STYLES["quiet"])]
            for line in textwrap.wrap(pen.settings.said(sentence), pen.page.width)
        ),
    ]


def _asides(scene: Scene, pen: Pen) -> list[list[Styled]]:
    """Return shared biases, then the notes, then what the colours mean where there are some."""
    printer = text_printer(pen)
    lines: list[list[Styled]] = []
    shared = [label for label in asides(scene) if label not in scene.notes]
    by_column = groupby(shared, key=lambda label: label.x)
    rows = [[(said(label, printer), STYLES[label.role]) for label in one] for _, one in by_column]
    if too_wide(table := aligned(rows), pen):
        table = aligned([[word] for row in rows for word in row])
    lines += [[], *table] if rows else []
    notes = " ".join(
        [*(said(note, printer) for note in scene.notes), *marks_key(scene, printer.settings.said)]
    )
    if notes:
        lines += [[], *([(line, "dim")] for line in textwrap.wrap(notes, pen.page.width))]
    if pen.page.colour and scene.legend:
        lines.append([])
        row: list[Styled] = []
        for label in scene.legend:
            word = said(label, printer)
            if row and sum(len(text) for text, _ in row) + len(word) + 3 > pen.page.width:
                lines.append(row)
                row = []
            row += (
                [("   ", ""), (word, STYLES[label.role])] if row else [(word, STYLES[label.role])]
            )
        lines.append(row)
    return lines


# -- where it stands


def _drawn(
    written: StyledLabels,
    nodes: Sequence[DrawnNode],
    edges: Sequence[DrawnEdge],
    *,
    labelled: frozenset[int] = frozenset(),
    stubs: Sequence[DrawnNode] = (),
) -> Drawing:
    """Return the drawing of some nodes; ``stubs`` stand before them with their names alone.

    What is written at lines is drawn before the ``labelled`` columns.
    """
    old = sorted({node.column for node in nodes})
    place = {column: i + bool(stubs) for i, column in enumerate(old)}
    items = [
        Item(
            node.id,
            place[node.column],
            node.y,
            node,
            written.nodes[node.id],
            node.kind != "ellipsis",
            [],
            least=written.widest.get(node.column, 0),
        )
        for node in nodes
    ]
    items += [
        Item(node.id, 0, node.y, node, ((written.names[node.id], "dim"),), False, [])
        for node in stubs
    ]
    places = frozenset(place[column] for column in labelled)
    return laid_out(items, edges, written.edges, labelled=places)


def _in_parts(scene: Scene, written: StyledLabels, width: int) -> list[Drawing]:
    """Return the drawing cut between columns, each part as wide as the page lets it be."""
    columns = sorted({node.column for node in scene.nodes})
    where = {node.id: node.column for node in scene.nodes}
    parts: list[Drawing] = []
    while columns:
        possible: list[tuple[int, int, Drawing]] = []
        for count in range(1, len(columns) + 1):
            chosen = set(columns[:count])
            nodes = tuple(node for node in scene.nodes if node.column in chosen)
            drawing = _part(scene, written, nodes)
            if drawing.width > width and possible:
                break
            later = {
                e.source
                for e in scene.edges
                if where[e.source] <= columns[count - 1] < where[e.target]
            }
            possible.append((len(later), -count, drawing))
        _, less, drawing = min(possible[len(possible) // 2 :], key=lambda cut: cut[:2])
        own = [node for node in scene.nodes if node.column == columns[0]]
        parts += [drawing] if drawing.width <= width else _in_rows(scene, written, own, width)
        columns = columns[-less:]
    return parts


def _part(scene: Scene, written: StyledLabels, nodes: Sequence[DrawnNode]) -> Drawing:
    """Return the drawing of some nodes, and what leads to them."""
    names = {node.id for node in nodes}
    edges = [edge for edge in scene.edges if edge.target in names]
    earlier = {edge.source for edge in edges} - names
    stubs = [node for node in scene.nodes if node.id in earlier]
    return _drawn(written, nodes, edges, stubs=stubs)


def _in_rows(
    scene: Scene, written: StyledLabels, nodes: Sequence[DrawnNode], width: int
) -> list[Drawing]:
    """Return the drawing of one column, halved until its lines have room beside each other."""
    drawing = _part(scene, written, nodes)
    if drawing.width <= width or len(nodes) == 1:
        return [drawing]
    nodes, half = sorted(nodes, key=lambda node: node.y), len(nodes) // 2
    return [
        *_in_rows(scene, written, nodes[:half], width),
        *_in_rows(scene, written, nodes[half:], width),
    ]


FORMAT = PictureFormat(
    "boxes",
    ("txt", "text", "terminal"),
    "boxes of characters, for a terminal",
    draw_boxes,
    widths=False,
)
