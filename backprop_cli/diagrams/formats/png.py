"""PNG: the SVG in pixels, on white, with the fonts that it was laid out for."""

from __future__ import annotations

from ...problems import refuse
from ..lettering import RunMath
from ..metrics import FILES, widths
from ..scene import Drawable
from . import Pen, PictureFormat
from .svg import svg_text

ZOOM = 2.0
"""Pixels of the picture to one of the scene, so that small letters stay sharp on any screen."""
MOST_PIXELS = 16_000
"""Width or height past which the picture is made with fewer pixels."""


def draw_png(picture: Drawable, pen: Pen) -> bytes:
    """Return the picture as PNG; raise Refusal where the extra is not installed."""
    svg = svg_text(picture, RunMath(pen.notation, pen.settings), settled=True)
    return pixels(svg, min(ZOOM, MOST_PIXELS / max(picture.width, picture.height)))


def pixels(svg: str, zoom: float = ZOOM) -> bytes:
    """Return an SVG as PNG; raise Refusal where the extra is not installed."""
    try:
        import resvg_py
    except ImportError:
        cure = "pip install 'backprop-cli[png]', or draw SVG: -o FILE.svg"
        raise refuse("PNG needs the package resvg-py", None, cure) from None
    drawn = resvg_py.svg_to_bytes(
        svg_string=svg,
        zoom=zoom,
        background="#ffffff",
        font_files=[str(path) for path in FILES.values()],
        skip_system_fonts=has_every_letter(svg),
        serif_family="STIXGeneral",
        sans_serif_family="STIXGeneral",
        font_family="STIXGeneral",
    )
    return bytes(drawn)


def has_every_letter(svg: str) -> bool:
    """Return whether the shipped fonts have all that is written, so that no others are read."""
    return all(character in widths(False) or character == "\n" for character in svg)


FORMAT = PictureFormat(
    "png", ("png",), "a picture in pixels (needs the extra png)", draw_png, binary=True
)
