"""Every picture that the tests look at: networks, kinds, passes and notations."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, get_args
from xml.etree import ElementTree

from backprop_cli.api import load
from backprop_cli.diagrams.drawing import scenes_of
from backprop_cli.diagrams.formats import Pen
from backprop_cli.diagrams.formats.svg import draw_svg
from backprop_cli.diagrams.options import wish_of
from backprop_cli.diagrams.scene import Drawable, DrawnEdge, Label, Pass, Plot, Scene
from backprop_cli.graph.records import Graph
from backprop_cli.notation import profile, profile_names
from backprop_cli.notation.bound import Notation, bound
from backprop_cli.notation.facts import facts_of
from backprop_cli.passes.run import check_numbers, run
from backprop_cli.passes.trace import Trace
from backprop_cli.printing.page import Page
from backprop_cli.printing.settings import Settings
from backprop_cli.problems import Refusal

from ..commands.running import EXAMPLES, config

SVG = "{http://www.w3.org/2000/svg}"
GRAPHS = {name: load(config(name)) for name in EXAMPLES}
"""Every example, by enumeration."""
CASES = [
    (name, kind, passes)
    for name, graph in GRAPHS.items()
    for kind in ("network", "weights-as-nodes", "computation")
    if graph.layered or kind == "computation"
    for passes in get_args(Pass)
]
NOTATIONS = tuple(profile_names())


USUAL = Settings()


def traced(graph: Graph) -> Trace | None:
    """Return the numbers of a graph that has them."""
    try:
        check_numbers(graph, False)
    except Refusal:
        return None
    return run(graph)


TRACES = {name: traced(graph) for name, graph in GRAPHS.items()}


def letters(graph: Graph, notation: str = "standard") -> Notation:
    """Return a notation bound to the graph."""
    return bound(profile(notation), facts_of(graph))


def scene(
    graph: Graph,
    notation: str = "standard",
    settings: Settings = USUAL,
    trace: Trace | None = None,
    **wishes: Any,
) -> Scene:
    """Return a picture of the graph."""
    trace = trace or traced(graph)
    wish = wish_of(graph, **wishes)
    (whole,) = scenes_of(graph, trace, wish, letters(graph, notation), settings)
    return whole


def example(name: str, notation: str = "standard", **wishes: Any) -> Scene:
    """Return a picture of an example network."""
    return scene(GRAPHS[name], notation, trace=TRACES[name], **wishes)


def svg(picture: Drawable, graph: Graph, notation: str = "standard") -> str:
    """Return the picture as SVG."""
    return draw_svg(picture, Pen(letters(graph, notation), Settings(), Page()))


def parsed(text: str) -> ElementTree.Element:
    """Return the SVG as a tree."""
    return ElementTree.fromstring(text)


def words_of(element: ElementTree.Element) -> list[str]:
    """Return what is written in the texts of an element."""
    return ["".join(text.itertext()) for text in element.iter(f"{SVG}text")]


def labels_of(picture: Drawable) -> list[Label]:
    """Return every label of a picture."""
    if isinstance(picture, Plot):
        found = [picture.heading, picture.axis, *picture.facts]
        found += [curve.label for curve in picture.curves]
        found += [tick.label for tick in (*picture.x_ticks, *picture.y_ticks)]
        optional = [mark.label for mark in picture.marks]
        optional += [span.label for span in picture.spans]
        return [*found, *(label for label in optional if label is not None)]
    found = [*picture.captions, *picture.notes, *picture.legend]
    found += [picture.heading] if picture.heading is not None else []
    for node in picture.nodes:
        found += node.labels
    for edge in picture.edges:
        found += [*edge.above, *edge.below]
    return found


Box = tuple[float, float, float, float]


def box_of(label: Any) -> Box:
    """Return left, top, right, bottom of what has a centre and a size."""
    x, y, w, h = label.x, label.y, label.width / 2, label.height / 2
    return x - w, y - h, x + w, y + h


def meet(one: Box, other: Box) -> bool:
    """Return whether two boxes have an area in common."""
    across = min(one[2], other[2]) - max(one[0], other[0])
    return across > 0.01 and min(one[3], other[3]) - max(one[1], other[1]) > 0.01


def first_meeting(boxes: list[tuple[Box, str]]) -> tuple[str, str] | None:
    """Return two boxes that overlap, found by a sweep from left to right."""
    boxes = sorted(boxes)
    open_boxes: list[tuple[Box, str]] = []
    for box, name in boxes:
        open_boxes = [other for other in open_boxes if other[0][2] > box[0]]
        for other, its_name in open_boxes:
            if meet(box, other):
                return its_name, name
        open_boxes.append((box, name))
    return None


def way(edge: DrawnEdge) -> list[tuple[float, float]]:
    """Return points along an edge as it is drawn: curves level at both ends."""
    points = []
    for (x0, y0), (x1, y1) in pairwise(edge.points):
        middle = (x0 + x1) / 2
        for step in range(13):
            t = step / 12
            across = (x0, middle, middle, x1)
            down = (y0, y0, y1, y1)
            weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3)
            x = sum(w * v for w, v in zip(weights, across, strict=True))
            y = sum(w * v for w, v in zip(weights, down, strict=True))
            points.append((x, y))
    return points
