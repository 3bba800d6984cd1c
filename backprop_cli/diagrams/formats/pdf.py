"""PDF: the SVG on a page of its own size, its text still text."""

from __future__ import annotations

import json
from collections.abc import Sequence

from ...problems import printable
from ..lettering import POINT, RunMath
from ..scene import Drawable
from ..typesetting import pdf_of
from . import Pen, PictureFormat
from ._labels import described
from .svg import svg_text


def draw_pdf(picture: Drawable, pen: Pen) -> bytes:
    """Return the picture as PDF; raise Refusal where the extra is not installed."""
    return draw_pages([picture], pen)


def draw_pages(parts: Sequence[Drawable], pen: Pen) -> bytes:
    """Return a picture's parts as pages of their own size, or as wide as was asked for."""
    title = _quoted(printable(parts[0].title))
    pages = "".join(_page(part, pen) for part in parts)
    return pdf_of(f"#set document(title: {title}, date: none)\n{pages}")


def _page(picture: Drawable, pen: Pen) -> str:
    wide = pen.page.layout.width
    across = picture.width * POINT
    if wide is not None:
        across = wide.points * 72 / 72.27 * pen.share(picture)
    width = f"{across:.2f}pt"
    height = f"{across * picture.height / picture.width:.2f}pt"
    printer = RunMath(pen.notation, pen.settings)
    svg = _quoted(svg_text(picture, printer, settled=True))
    said = _quoted(described(picture, printer))
    image = f'image(bytes({svg}), format: "svg", width: {width}, height: {height}, alt: {said})'
    return f"#page(width: {width}, height: {height}, margin: 0pt, {image})\n"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


FORMAT = PictureFormat(
    "pdf",
    ("pdf",),
    "a page for print (needs the extra pdf)",
    draw_pdf,
    binary=True,
    takes=("--width",),
    draw_pages=draw_pages,
)
