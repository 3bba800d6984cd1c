"""A document's pictures, drawn in the letters and digits of the page around them."""

from __future__ import annotations

from msgspec import Struct, structs

from ..diagrams.drawing import scene_of
from ..diagrams.finish import moved, moved_edge, moved_node
from ..diagrams.formats.svg import svg_text
from ..diagrams.lettering import RunMath
from ..diagrams.scene import Scene
from ..diagrams.wish import Wish, usual_kind
from ..passes.trace import Trace
from ..printing.mathematics import MathPrinter
from ..printing.page import Page
from ..worked.document import Block, Document, Picture, Plotted, Section
from .plotted import size_of, svg_of, words_of


class SvgPicture(Struct, frozen=True):
    """A picture as SVG: its size in pixels, and in words what it shows."""

    svg: str
    width: float
    height: float
    said: str


def picture_svg(picture: Picture, printer: MathPrinter, *, settled: bool = False) -> SvgPicture:
    """Return the picture; ``settled`` places each letter, for who draws with the shipped fonts."""
    if isinstance(picture.subject, Plotted):
        plot = picture.subject
        return SvgPicture(svg_of(plot, headed=False), *size_of(plot, headed=False), words_of(plot))
    scene = scene_for(picture, printer)
    svg = svg_text(scene, RunMath(printer.profile, printer.settings), settled=settled)
    return SvgPicture(svg, scene.width, scene.height, scene.description)


def pictures_of(blocks: tuple[Block, ...]) -> list[Picture]:
    """Return the pictures that stand among blocks, in their order."""
    found = []
    for block in blocks:
        if isinstance(block, Picture):
            found.append(block)
        elif isinstance(block, Section):
            found += pictures_of(block.blocks)
    return found


def picture_name(stem: str, number: int) -> str:
    """Return the name of the file that a document's picture is in, counted from 1."""
    return f"{stem}-picture-{number}.svg"


def picture_files(document: Document, printer: MathPrinter, page: Page) -> dict[str, str]:
    """Return the files with the document's pictures, by name."""
    if page.embed or not page.stem:
        return {}
    return {
        picture_name(page.stem, number): picture_svg(picture, printer).svg
        for number, picture in enumerate(pictures_of(document.blocks), 1)
    }


def scene_for(picture: Picture, printer: MathPrinter, *, of_units: bool = False) -> Scene:
    """Return what a document's picture of a network shows; ``of_units`` asks for single units."""
    subject = picture.subject
    if isinstance(subject, Plotted):
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
