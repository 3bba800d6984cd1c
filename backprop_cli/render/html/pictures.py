"""Pictures in HTML: the network as SVG within the page, in the page's letters and digits."""

from __future__ import annotations

from msgspec import structs

from ...diagrams.drawing import scene_of
from ...diagrams.finish import moved, moved_edge, moved_node
from ...diagrams.formats.svg import svg_text
from ...diagrams.lettering import RunMath
from ...diagrams.scene import Scene
from ...diagrams.wish import Wish, usual_kind
from ...passes.trace import Trace
from ...printing.mathematics import MathPrinter
from ...worked.document import Picture, ValueCurve
from ..plot import svg_plot

WIDEST = 1300.0
"""Pixels up to which a picture is made as narrow as the page; a wider one scrolls."""
BROAD = 640.0
"""Pixels from which its letters would be too small on a telephone: there it scrolls as well."""


def figure(picture: Picture, printer: MathPrinter, prefix: str) -> str:
    """Return the picture as a figure."""
    if isinstance(picture.subject, ValueCurve):
        return f'<figure class="picture">\n{svg_plot(picture.subject, within=True)}</figure>'
    return figure_of(scene_for(picture, printer), printer, prefix)


def scene_for(picture: Picture, printer: MathPrinter, *, of_units: bool = False) -> Scene:
    """Return what a document's picture of a network shows; ``of_units`` asks for single units."""
    subject = picture.subject
    if isinstance(subject, ValueCurve):
        raise TypeError("a plot is no network")
    trace = subject if isinstance(subject, Trace) else None
    graph = subject.graph if isinstance(subject, Trace) else subject
    wish = Wish(
        usual_kind(graph, of_units=of_units, focused=picture.focus is not None),
        picture.passes,
        picture.focus,
        sample=picture.sample,
    )
    return without_heading(scene_of(graph, trace, wish, printer.profile, printer.settings))


def without_heading(scene: Scene) -> Scene:
    """Return the scene without its heading, which the page has, and without the room for it."""
    if scene.heading is None:
        return scene
    up = -(scene.heading.height + 12)
    return structs.replace(
        scene,
        heading=None,
        nodes=tuple(moved_node(node, 0.0, up) for node in scene.nodes),
        edges=tuple(moved_edge(edge, 0.0, up) for edge in scene.edges),
        captions=tuple(moved(label, 0.0, up) for label in scene.captions),
        notes=tuple(moved(label, 0.0, up) for label in scene.notes),
        legend=tuple(moved(label, 0.0, up) for label in scene.legend),
        height=scene.height + up,
    )


def figure_of(scene: Scene, printer: MathPrinter, prefix: str) -> str:
    """Return the scene as a figure that scrolls where it is wider than the page."""
    svg = svg_text(scene, RunMath(printer.profile, printer.settings), prefix=prefix)
    size = " wide" if scene.width > WIDEST else " broad" if scene.width > BROAD else ""
    return f'<figure class="picture{size}"><div class="scroll">\n{svg}</div></figure>'
