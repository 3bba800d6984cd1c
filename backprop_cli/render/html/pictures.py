"""Pictures in HTML: the network as SVG within the page, in the page's letters and digits."""

from __future__ import annotations

from ...diagrams.formats.svg import svg_text
from ...diagrams.lettering import RunMath
from ...diagrams.scene import Scene
from ...diagrams.splitting import PAGE, Room
from ...printing.mathematics import MathPrinter
from ...worked.document import Picture, Plotted
from ..pictures import scenes_for
from ..plotted import svg_of

WIDEST = 1300.0
"""Pixels up to which a picture is made as narrow as the page; a wider one scrolls."""
BROAD = 640.0
"""Pixels from which its letters would be too small on a telephone: there it scrolls as well."""


def figures(picture: Picture, printer: MathPrinter, prefix: str, room: Room = PAGE) -> list[str]:
    """Return the picture's parts, a figure each, as many as the room asks for."""
    if isinstance(picture.subject, Plotted):
        plot = svg_of(picture.subject, within=True)
        return [f'<figure class="picture plot"><div class="scroll">\n{plot}</div></figure>']
    scenes = enumerate(scenes_for(picture, printer, room), 1)
    prefixes = ((scene, f"{prefix}{number}-" if number > 1 else prefix) for number, scene in scenes)
    return [figure_of(scene, printer, own) for scene, own in prefixes]


def figure_of(scene: Scene, printer: MathPrinter, prefix: str) -> str:
    """Return the scene as a figure that scrolls where it is wider than the page."""
    svg = svg_text(scene, RunMath(printer.profile, printer.settings), prefix=prefix)
    size = " wide" if scene.width > WIDEST else " broad" if scene.width > BROAD else ""
    return f'<figure class="picture{size}"><div class="scroll">\n{svg}</div></figure>'
