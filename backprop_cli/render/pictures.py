"""A document's pictures, drawn in the letters and digits of the page around them."""

from __future__ import annotations

from msgspec import Struct

from ..diagrams.drawing import scenes_of
from ..diagrams.formats._labels import described
from ..diagrams.formats.svg import svg_text
from ..diagrams.lettering import RunMath
from ..diagrams.scene import Scene
from ..diagrams.splitting import PAGE, Room
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


def svgs_of(
    picture: Picture, printer: MathPrinter, page: Page, *, settled: bool = False
) -> list[SvgPicture]:
    """Return the picture's parts; ``settled`` places each letter, for the shipped fonts."""
    if isinstance(picture.subject, Plotted):
        plot = picture.subject
        size = size_of(plot, headed=False)
        return [SvgPicture(svg_of(plot, headed=False), *size, words_of(plot))]
    letters = RunMath(printer.profile, printer.settings)
    return [
        SvgPicture(svg_text(scene, letters, settled=settled), scene.width, scene.height, said)
        for scene in scenes_for(picture, printer, room_of(page))
        if (said := described(scene, printer))
    ]


def room_of(page: Page) -> Room:
    """Return the room for pictures on a page."""
    wide = page.layout.width
    return PAGE if wide is None else Room.of(wide.points)


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
    found = pictures_of(document.blocks)
    drawn = [part for picture in found for part in svgs_of(picture, printer, page)]
    return {picture_name(page.stem, number): part.svg for number, part in enumerate(drawn, 1)}


def scenes_for(
    picture: Picture, printer: MathPrinter, room: Room | None = PAGE, *, of_units: bool = False
) -> list[Scene]:
    """Return the parts of a document's picture of a network; ``of_units`` asks for single units."""
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
    printing = (printer.profile, printer.settings)
    return scenes_of(graph, trace, wish, *printing, room, headed=False)
